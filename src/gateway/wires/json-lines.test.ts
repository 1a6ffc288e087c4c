import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { JsonLines } from './json-lines.ts';

const WORDS = ['"custom_id"', '"response"'];

function read(
  text: string,
  cuts: readonly number[],
  maximumBytes = 1_000,
): { found: unknown[]; skipped: number } {
  const bytes = Buffer.from(text);
  const lines = new JsonLines({ words: WORDS, maximumBytes });
  const places = [
    0,
    ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((left, right) => left - right),
    bytes.length,
  ];
  const found = places.slice(1).flatMap((end, index) => lines.push(bytes.subarray(places[index], end)));
  return { found: [...found, ...lines.rest()], skipped: lines.skipped };
}

const line = (id: string): string => JSON.stringify({ custom_id: id, response: { text: 'é😀' } });

describe('JSON lines', () => {
  it('are read the same wherever they are cut', () => {
    const text = `${line('a')}\n\n${line('b')}\r\nno json "custom_id" "response"\n${line('c')}`;
    const whole = read(text, []);
    expect(whole.found).toEqual(['a', 'b', 'c'].map((id) => JSON.parse(line(id))));
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 6 }), (cuts) => {
        expect(read(text, cuts)).toEqual(whole);
      }),
    );
  });

  it('without the words that were asked for are not parsed', () =>
    expect(read('{"messages":[]}\n{"custom_id":"a"}\n[1]\n', []).found).toEqual([]));

  it('that are too large are skipped and counted, and those after them are read', () => {
    const large = JSON.stringify({ custom_id: 'x'.repeat(400), response: {} });
    const text = `${line('a')}\n${large}\n${line('b')}`;
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 4 }), (cuts) => {
        const { found, skipped } = read(text, cuts, 100);
        expect([found, skipped]).toEqual([[JSON.parse(line('a')), JSON.parse(line('b'))], 1]);
      }),
    );
  });
});
