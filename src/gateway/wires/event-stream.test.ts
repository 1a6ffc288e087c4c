import { EventStreamCodec } from '@smithy/eventstream-codec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { eventStream, writeFrame } from './event-stream.ts';
import type { SplitEvent } from './wire.ts';

type MessageHeaders = Parameters<EventStreamCodec['encode']>[0]['headers'];

/** Amazon's own codec, as the other side of the wire. */
const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (text) => new Uint8Array(Buffer.from(text)),
);

function split(
  chunks: readonly Buffer[],
  maximumEventBytes = 8_000_000,
): { events: SplitEvent[]; rest: Buffer } {
  const one = eventStream.splitter({ maximumEventBytes });
  const events = chunks.flatMap((chunk) => one.push(chunk));
  return { events, rest: one.rest() };
}

const datas = (events: readonly SplitEvent[]): string[] => events.map(({ data }) => data);
const passed = ({ events, rest }: { events: SplitEvent[]; rest: Buffer }): Buffer =>
  Buffer.concat([...events.map(({ bytes }) => bytes), rest]);

const EVENT = { ':message-type': 'event', ':content-type': 'application/json' };
const frame = (type: string, payload: unknown): Buffer =>
  writeFrame({ ...EVENT, ':event-type': type }, JSON.stringify(payload));

const STREAM = [
  frame('messageStart', { role: 'assistant' }),
  frame('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Grüße' } }),
  frame('messageStop', { stopReason: 'end_turn' }),
  frame('metadata', { usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 } }),
];
const READ = [
  '{"messageStart":{"role":"assistant"}}',
  '{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"Grüße"}}}',
  '{"messageStop":{"stopReason":"end_turn"}}',
  '{"metadata":{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3}}}',
];

const headerValue: fc.Arbitrary<MessageHeaders[string]> = fc.oneof(
  fc.record({ type: fc.constant('string' as const), value: fc.string({ unit: 'grapheme', maxLength: 20 }) }),
  fc.record({ type: fc.constant('boolean' as const), value: fc.boolean() }),
  fc.record({ type: fc.constant('byte' as const), value: fc.integer({ min: -128, max: 127 }) }),
  fc.record({ type: fc.constant('short' as const), value: fc.integer({ min: -32_768, max: 32_767 }) }),
  fc.record({ type: fc.constant('integer' as const), value: fc.integer() }),
  fc.record({ type: fc.constant('binary' as const), value: fc.uint8Array({ maxLength: 20 }) }),
  fc.record({
    type: fc.constant('timestamp' as const),
    value: fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }),
  }),
  fc.record({
    type: fc.constant('uuid' as const),
    value: fc.uuid(),
  }),
);

describe('frames of an event stream', () => {
  it('are read one by one, wherever the stream is cut', () => {
    const bytes = Buffer.concat(STREAM);
    expect(datas(split([bytes]).events)).toEqual(READ);
    for (let at = 0; at <= bytes.length; at += 1) {
      const cut = split([bytes.subarray(0, at), bytes.subarray(at)]);
      expect(datas(cut.events).join('\n')).toBe(READ.join('\n'));
      expect(passed(cut).equals(bytes)).toBe(true);
    }
    expect(datas(split(Array.from(bytes, (byte) => Buffer.from([byte]))).events)).toEqual(READ);
  });

  it('that Amazon’s own codec wrote are read, whatever other headers they have', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ minLength: 1, maxLength: 12 }).filter((name) => !name.startsWith(':')),
          headerValue,
          { maxKeys: 5 },
        ),
        fc.constantFrom('chunk', 'metadata', 'a "b"'),
        fc.jsonValue(),
        (others, type, payload) => {
          const text = JSON.stringify(payload);
          const headers: MessageHeaders = {
            ...others,
            ':event-type': { type: 'string', value: type },
            ':message-type': { type: 'string', value: 'event' },
          };
          const bytes = Buffer.from(codec.encode({ headers, body: new Uint8Array(Buffer.from(text)) }));
          const { events, rest } = split([bytes]);
          expect(datas(events)).toEqual([`{${JSON.stringify(type)}:${text}}`]);
          expect(rest.length).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('that we write are read by Amazon’s own codec', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: 'grapheme', maxLength: 50 }),
        (payload, type) => {
          const decoded = codec.decode(new Uint8Array(writeFrame({ ':event-type': type }, payload)));
          expect(Buffer.from(decoded.body).toString()).toBe(payload);
          expect(decoded.headers[':event-type']).toEqual({ type: 'string', value: type });
        },
      ),
    );
  });

  it('tell exceptions and errors from events', () => {
    const exception = writeFrame(
      { ':message-type': 'exception', ':exception-type': 'throttlingException' },
      '{"message":"slow down"}',
    );
    const error = writeFrame({ ':message-type': 'error', ':error-code': '500', ':error-message': 'oh' }, '');
    expect(datas(split([exception, error]).events)).toEqual([
      '{"exception":{"throttlingException":{"message":"slow down"}}}',
      '{"exception":{"500":{"message":"oh"}}}',
    ]);
  });

  it('without a payload or a type are harmless', () =>
    expect(
      datas(split([writeFrame({ ...EVENT, ':event-type': 'ping' }, ''), writeFrame({}, '{}')]).events),
    ).toEqual(['{"ping":{}}', '']));
});

describe('damage', () => {
  const corrupt = (data: string): boolean => data.startsWith('{"corrupt":');

  it('of any one byte is noticed, never read as something else, and every byte still passes', () => {
    const bytes = Buffer.concat(STREAM);
    for (let at = 0; at < bytes.length; at += 1) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 0x41;
      const result = split([damaged.subarray(0, 60), damaged.subarray(60)]);
      expect(passed(result).equals(damaged)).toBe(true);
      const read = datas(result.events).filter((data) => data !== '');
      expect(read.some(corrupt)).toBe(true);
      for (const data of read) if (!corrupt(data)) expect(READ).toContain(data);
    }
  });

  it('of a prelude ends the reading; of a frame’s content it does not', () => {
    const content = Buffer.concat(STREAM);
    content[STREAM[0]!.length + 40]! ^= 1;
    expect(datas(split([content]).events).map((data) => (corrupt(data) ? 'corrupt' : data))).toEqual([
      READ[0],
      'corrupt',
      READ[2],
      READ[3],
    ]);
    const prelude = Buffer.concat(STREAM);
    prelude[STREAM[0]!.length]! ^= 1;
    const { events } = split([prelude]);
    expect(
      datas(events)
        .slice(0, 2)
        .map((data) => (corrupt(data) ? 'corrupt' : data)),
    ).toEqual([READ[0], 'corrupt']);
    expect(events.slice(2).every(({ data }) => data === '')).toBe(true);
  });

  it('loses no byte of what is no event stream', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 }), (pieces) => {
        const chunks = pieces.map((piece) => Buffer.from(piece));
        expect(passed(split(chunks, 100)).equals(Buffer.concat(chunks))).toBe(true);
      }),
    );
  });
});

describe('limits', () => {
  it('a frame that is too large passes in pieces, unread, and reading goes on after it', () => {
    const large = frame('contentBlockDelta', { delta: { text: 'x'.repeat(5_000) } });
    const bytes = Buffer.concat([STREAM[0]!, large, STREAM[3]!]);
    const chunks = Array.from({ length: Math.ceil(bytes.length / 70) }, (_, at) =>
      bytes.subarray(at * 70, at * 70 + 70),
    );
    const result = split(chunks, 1_000);
    expect(passed(result).equals(bytes)).toBe(true);
    expect(datas(result.events).filter((data) => data !== '')).toEqual([READ[0], READ[3]]);
  });

  it('a frame that never ended is not read', () => {
    const { events, rest } = split([STREAM[0]!.subarray(0, 30)]);
    expect(events).toEqual([]);
    expect(eventStream.restData(rest)).toBe('');
  });
});
