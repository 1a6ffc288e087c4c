import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createEventSplitter, eventData, writeEvent } from './sse.ts';
import type { SplitEvent } from './wire.ts';

function split(chunks: readonly Buffer[], maximumEventBytes = 1_000): { events: SplitEvent[]; rest: Buffer } {
  const splitter = createEventSplitter({ maximumEventBytes });
  const events = chunks.flatMap((chunk) => splitter.push(chunk));
  return { events, rest: splitter.rest() };
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [
    0,
    ...places.map((place) => place % (bytes.length + 1)).toSorted((left, right) => left - right),
    bytes.length,
  ];
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

function data(text: string): string[] {
  return split([Buffer.from(text)]).events.map((event) => event.data);
}

describe('events', () => {
  it.each([
    ['data: a\n\ndata: b\n\n', ['a', 'b']],
    ['data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
    ['data: a\r\rdata: b\r\r', ['a', 'b']],
    ['data: a\r\n\ndata: b\n\r\n', ['a', 'b']],
    ['event: ping\nid: 7\ndata: a\nretry: 1\n\n', ['a']],
    ['data: a\ndata: b\ndata\ndata:\n\n', ['a\nb\n\n']],
    ['data:a\n\ndata:  b\n\n', ['a', ' b']],
    [': comment\n\n', ['']],
    ['database: no\ndat: no\nDATA: no\n\n', ['']],
    ['\uFEFFdata: a\n\n', ['a']],
    ['data: a\n', []],
    ['', []],
  ])('%j', (text, expected) => expect(data(text)).toEqual(expected));

  it('keep characters that a chunk boundary cuts', () => {
    const bytes = Buffer.from('data: grüß 🎈 dich\n\n');
    for (let at = 0; at <= bytes.length; at += 1) {
      expect(split([bytes.subarray(0, at), bytes.subarray(at)]).events.map((event) => event.data)).toEqual([
        'grüß 🎈 dich',
      ]);
    }
  });

  it('are views of the chunk where they came in one', () => {
    const chunk = Buffer.from('data: a\n\ndata: b\n\n');
    for (const { bytes } of split([chunk]).events) expect(bytes.buffer).toBe(chunk.buffer);
  });

  it('read back as they were written', () => {
    expect(data(writeEvent('{"a":1}', 'error'))).toEqual(['{"a":1}']);
    expect(eventData(Buffer.from('data: [DONE]'))).toBe('[DONE]');
  });
});

describe('too large an event', () => {
  it('is passed on in pieces, none of them held, and the next is read again', () => {
    const { events, rest } = split(
      [Buffer.from('data: 123'), Buffer.from('4567890'), Buffer.from('x\n\ndata: b\n\ndata: c')],
      12,
    );
    expect(events.map(({ data: text, bytes, oversize }) => [text, bytes.toString(), oversize])).toEqual([
      ['', 'data: 123', true],
      ['', '4567890', true],
      ['', 'x\n\n', true],
      ['b', 'data: b\n\n', false],
    ]);
    expect(rest.toString()).toBe('data: c');
  });

  it('is too large however it is cut', () => {
    const bytes = Buffer.from('data: 1234567890\n\n');
    for (let at = 0; at < bytes.length; at += 1) {
      const { events } = split([bytes.subarray(0, at), bytes.subarray(at)], 10);
      expect(events.every((event) => event.oversize && event.data === '')).toBe(true);
    }
  });
});

describe('for any stream, cut anywhere', () => {
  const piece = fc.constantFrom(
    'data: ',
    'data',
    ':',
    ' ',
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    'é',
    '🎈',
    'x',
    'event: e',
    '{"a":1}',
    '\uFEFF',
  );
  const streams = fc.array(piece, { maxLength: 60 }).map((pieces) => Buffer.from(pieces.join('')));
  const places = fc.array(fc.nat(), { maxLength: 12 });
  const limits = fc.constantFrom(5, 20, 10_000);

  it('slices and rest are the bytes that came', () => {
    fc.assert(
      fc.property(streams, places, limits, (bytes, at, limit) => {
        const { events, rest } = split(cut(bytes, at), limit);
        expect(Buffer.concat([...events.map((event) => event.bytes), rest]).equals(bytes)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('the data is the same as uncut', () => {
    fc.assert(
      fc.property(streams, places, (bytes, at) => {
        const texts = (chunks: Buffer[]) => split(chunks, 10_000).events.map((event) => event.data);
        expect(texts(cut(bytes, at))).toEqual(texts([bytes]));
      }),
      { numRuns: 500 },
    );
  });

  it('the data is what a plain reading of the standard gives', () => {
    fc.assert(
      fc.property(streams, (bytes) => {
        // A mark before an empty first line makes one event that says nothing more or less: compared are those with data.
        const texts = split([bytes], 10_000).events.map((event) => event.data);
        expect(texts.filter(Boolean)).toEqual(plainReading(bytes.toString('utf8')).filter(Boolean));
      }),
      { numRuns: 500 },
    );
  });
});

/** WHATWG's algorithm on text, written as simply as it can be. */
function plainReading(text: string): string[] {
  const lines = text
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
    .replaceAll('\r', '\n')
    .split('\n');
  const found: string[] = [];
  let pending: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (index === lines.length - 1) break; // not ended
    if (line !== '') pending.push(line);
    else {
      const values = pending.filter((one) => one === 'data' || one.startsWith('data:'));
      found.push(values.map((one) => one.slice(5).replace(/^ /, '')).join('\n'));
      pending = [];
    }
  }
  return found;
}
