import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { jsonArray } from './json-array.ts';
import type { EventSplitter, SplitEvent } from './wire.ts';

const splitter = (maximumEventBytes = 1_000_000): EventSplitter => jsonArray.splitter({ maximumEventBytes });

function split(
  chunks: readonly Buffer[],
  maximumEventBytes?: number,
): { events: SplitEvent[]; rest: string } {
  const one = splitter(maximumEventBytes);
  const events = chunks.flatMap((chunk) => one.push(chunk));
  return { events, rest: one.rest().toString() };
}

const datas = (events: readonly SplitEvent[]): string[] => events.map(({ data }) => data);
const bytesOf = (events: readonly SplitEvent[]): string =>
  Buffer.concat(events.map(({ bytes }) => bytes)).toString();

describe('a stream that is one JSON array', () => {
  it('gives its elements as they end, with the bytes between them', () => {
    const one = splitter();
    expect(datas(one.push(Buffer.from('[{"a":1}\n')))).toEqual(['{"a":1}']);
    expect(datas(one.push(Buffer.from(',\r\n{"b":[{"c":"]}"}'))).length).toBe(0);
    expect(datas(one.push(Buffer.from(']}')))).toEqual(['{"b":[{"c":"]}"}]}']);
    expect(one.push(Buffer.from('\n]\n'))).toEqual([]);
    expect(one.rest().toString()).toBe('\n]\n');
  });

  it('takes an object in its place for one element', () =>
    expect(datas(split([Buffer.from(' {"error":{"code":429}}\n')]).events)).toEqual([
      '{"error":{"code":429}}',
    ]));

  it('is not misled by brackets, quotes and backslashes in strings', () => {
    const text = String.raw`[{"a":"\\\"]}[{"},{"b":"\\"}]`;
    expect(datas(split([Buffer.from(text)]).events).map((data) => JSON.parse(data) as unknown)).toEqual(
      JSON.parse(text),
    );
  });

  it('gives the same elements and bytes wherever it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 3 })), {
          maxLength: 5,
        }),
        fc.constantFrom('', ' ', '\n', '\r\n\t'),
        (elements, space) => {
          const text = `${space}[${space}${elements.map((one) => JSON.stringify(one, undefined, space.length)).join(`${space},${space}`)}${space}]`;
          const bytes = Buffer.from(text);
          for (let at = 0; at <= bytes.length; at += 1) {
            const { events, rest } = split([bytes.subarray(0, at), bytes.subarray(at)]);
            if (
              datas(events)
                .map((data) => JSON.stringify(JSON.parse(data)))
                .join() !== elements.map((one) => JSON.stringify(one)).join()
            )
              throw new Error(`cut at ${at}`);
            if (bytesOf(events) + rest !== text) throw new Error(`bytes of a cut at ${at}`);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('passes an element that is too large in pieces, unread, and reads on after it', () => {
    const text = `[{"a":"${'x'.repeat(500)}"},{"b":1}]`;
    const chunks = Array.from({ length: Math.ceil(text.length / 50) }, (_, at) =>
      Buffer.from(text.slice(at * 50, at * 50 + 50)),
    );
    const { events, rest } = split(chunks, 100);
    expect(bytesOf(events) + rest).toBe(text);
    expect(events.filter(({ oversize }) => oversize).every(({ data }) => data === '')).toBe(true);
    expect(datas(events).filter((data) => data !== '')).toEqual(['{"b":1}']);
  });

  it('loses no byte of what is no JSON', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }), (pieces) => {
        const chunks = pieces.map((piece) => Buffer.from(piece));
        const one = splitter(64);
        const events = chunks.flatMap((chunk) => one.push(chunk));
        const passed = Buffer.concat([...events.map(({ bytes }) => bytes), one.rest()]);
        expect(passed.equals(Buffer.concat(chunks))).toBe(true);
      }),
    );
  });

  it('reads nothing from an element that never ended', () =>
    expect(jsonArray.restData(Buffer.from('[{"a":'))).toBe(''));
});
