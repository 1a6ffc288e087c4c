/** What must hold of the meters for any response, not only for recorded ones. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { JsonObject, JsonValue, Reading } from '../../src/gateway/wires/wire.ts';
import { BUCKET_NAMES, sideTotal } from '../../src/units/tokens.ts';
import type { Usage } from '../../src/units/tokens.ts';
import { cutAt, equalReadings, frame, newMeter, readBytes, readWhole, units } from './wires-reading.ts';
import type { Dialect } from './wires-reading.ts';

const tokens = fc.oneof(fc.constant(0), fc.nat(5_000), fc.nat(2_000_000));
const words = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), {
  minLength: 1,
  maxLength: 6,
});

/** A usage and one of the ways in which providers of a wire write it. */
interface Written {
  readonly usage: Usage;
  readonly report: JsonObject;
}

const chatUsage: fc.Arbitrary<Written> = fc
  .record({
    usage: fc.record({
      freshIn: tokens,
      cacheRead: tokens,
      cacheWriteUnknown: tokens,
      audioIn: tokens,
      audioCacheRead: tokens,
      imageIn: tokens,
      textOut: tokens,
      reasoningOut: tokens,
      audioOut: tokens,
      imageOut: tokens,
    }),
    cachedName: fc.constantFrom(
      'details',
      'cached_tokens',
      'num_cached_tokens',
      'prompt_cache_hit_tokens',
      'both',
    ),
    reasoningName: fc.constantFrom('details', 'top'),
    total: fc.boolean(),
  })
  .map(({ usage, cachedName, reasoningName, total }) => {
    const prompt = sideTotal(usage, 'input');
    const completion = sideTotal(usage, 'output');
    const cached = usage.cacheRead + usage.audioCacheRead;
    const inDetails = cachedName === 'details' || cachedName === 'both';
    const report: JsonObject = {
      prompt_tokens: prompt,
      completion_tokens: completion,
      ...(total && { total_tokens: prompt + completion }),
      ...(cachedName === 'both' && {
        prompt_cache_hit_tokens: cached,
        prompt_cache_miss_tokens: prompt - cached,
      }),
      ...(!inDetails && { [cachedName]: cached }),
      ...(reasoningName === 'top' && { reasoning_tokens: usage.reasoningOut }),
      prompt_tokens_details: {
        ...(inDetails && { cached_tokens: cached }),
        cache_write_tokens: usage.cacheWriteUnknown,
        audio_tokens: usage.audioIn + usage.audioCacheRead,
        image_tokens: usage.imageIn,
        cached_tokens_details: { audio_tokens: usage.audioCacheRead },
      },
      completion_tokens_details: {
        ...(reasoningName === 'details' && { reasoning_tokens: usage.reasoningOut }),
        audio_tokens: usage.audioOut,
        image_tokens: usage.imageOut,
      },
    };
    return { usage, report };
  });

const messageUsage: fc.Arbitrary<Written> = fc
  .record({
    freshIn: tokens,
    cacheRead: tokens,
    cacheWrite5m: tokens,
    cacheWrite1h: tokens,
    cacheWriteUnknown: tokens,
    textOut: tokens,
    reasoningOut: tokens,
    webSearch: fc.nat(5),
  })
  .map((usage) => ({
    usage,
    report: {
      input_tokens: usage.freshIn,
      output_tokens: usage.textOut + usage.reasoningOut,
      cache_read_input_tokens: usage.cacheRead,
      cache_creation_input_tokens: usage.cacheWrite5m + usage.cacheWrite1h + usage.cacheWriteUnknown,
      cache_creation: {
        ephemeral_5m_input_tokens: usage.cacheWrite5m,
        ephemeral_1h_input_tokens: usage.cacheWrite1h,
      },
      output_tokens_details: { thinking_tokens: usage.reasoningOut },
      server_tool_use: { web_search_requests: usage.webSearch, web_fetch_requests: 3 },
    },
  }));

/** The same answer as a body and as a stream. Where the report rides in the stream varies among providers. */
interface Answer {
  readonly body: JsonObject;
  readonly payloads: readonly string[];
}

const HEAD = { id: 'chatcmpl-1', model: 'm-1', service_tier: 'default' };

function chatAnswer(report: JsonObject, text: readonly string[], place: string): Answer {
  const chunk = (more: JsonObject): JsonObject => ({
    ...HEAD,
    object: 'chat.completion.chunk',
    usage: null,
    ...more,
  });
  const choice = (delta: JsonObject, reason: string | null = null) => [
    { index: 0, delta, finish_reason: reason },
  ];
  const last = chunk({
    choices: choice({}, 'stop'),
    ...(place === 'terminal' && { usage: report }),
    ...(place === 'groq' && { x_groq: { usage: report } }),
  });
  const chunks = [
    chunk({ choices: [], id: '', model: '', prompt_filter_results: [] }),
    ...text.map((content) =>
      chunk({
        choices: choice({ content }),
        ...(place === 'every' && { usage: { prompt_tokens: 1, completion_tokens: 1 } }),
      }),
    ),
    last,
    ...(place === 'own' || place === 'every' ? [chunk({ choices: [], usage: report })] : []),
  ];
  return {
    body: {
      ...HEAD,
      object: 'chat.completion',
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: text.join('') } }],
      usage: report,
    },
    payloads: chunks.map((one) => JSON.stringify(one)),
  };
}

function messageAnswer(report: JsonObject, text: readonly string[], place: string): Answer {
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm-1' };
  const { cache_creation: split, ...rest } = report;
  const start =
    place === 'delta only'
      ? {}
      : { usage: { input_tokens: 1, output_tokens: 1, cache_read_input_tokens: 7, cache_creation: split } };
  const events: JsonObject[] = [
    { type: 'message_start', message: { ...message, content: [], stop_reason: null, ...start } },
    ...(place === 'twice'
      ? [{ type: 'message_start', message: { ...message, content: [], stop_reason: null, ...start } }]
      : []),
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'ping' },
    ...text.map((piece) => ({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'text_delta', text: piece },
    })),
    { type: 'content_block_stop', index: 0 },
    ...(place === 'growing'
      ? [{ type: 'message_delta', delta: {}, usage: { output_tokens: 1, input_tokens: null } }]
      : []),
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn' },
      usage: place === 'delta only' ? report : { ...rest, cache_creation: null },
    },
    { type: 'message_stop' },
  ];
  return {
    body: {
      ...message,
      content: [{ type: 'text', text: text.join('') }],
      stop_reason: 'end_turn',
      usage: report,
    },
    payloads: events.map((event) => JSON.stringify(event)),
  };
}

const WIRES = [
  {
    dialect: 'openai-chat' as Dialect,
    written: chatUsage,
    answer: chatAnswer,
    places: ['own', 'terminal', 'groq', 'every'],
  },
  {
    dialect: 'anthropic' as Dialect,
    written: messageUsage,
    answer: messageAnswer,
    places: ['start', 'twice', 'growing', 'delta only'],
  },
];

describe.each(WIRES)('$dialect', ({ dialect, written, answer, places }) => {
  const answers = fc.record({ written, text: words, place: fc.constantFrom(...places) });

  it('reads every bucket as it was written, and buckets sum to the totals', () => {
    fc.assert(
      fc.property(written, ({ usage, report }) => {
        const [part] = readWhole(dialect, { usage: report }).parts;
        expect(part?.flag).toBe('');
        expect(units(part!.usage)).toEqual(units(usage));
      }),
      { numRuns: 500 },
    );
  });

  it('says the same of a stream as of a body', () => {
    fc.assert(
      fc.property(answers, ({ written: { usage, report }, text, place }) => {
        const { body, payloads } = answer(report, text, place);
        const whole = readWhole(dialect, body);
        expect(readBytes(dialect, [frame(dialect, payloads)])).toEqual(whole);
        expect(units(whole.parts[0]!.usage)).toEqual(units(usage));
        expect(whole.output.text).toBe(text.join(''));
      }),
      { numRuns: 300 },
    );
  });

  it('says the same however the bytes are cut', () => {
    fc.assert(
      fc.property(answers, ({ written: { report }, text, place }) => {
        const bytes = frame(dialect, answer(report, text, place).payloads);
        const uncut = readBytes(dialect, [bytes]);
        for (let at = 1; at < bytes.length; at += 1)
          expect(equalReadings(readBytes(dialect, cutAt(bytes, at)), uncut)).toBe(true);
      }),
      { numRuns: 3 },
    );
  });

  it('a stream that is cut is not complete, and claims no more than was said', () => {
    fc.assert(
      fc.property(answers, fc.nat(), ({ written: { report }, text, place }, at) => {
        const { payloads } = answer(report, text, place);
        const said = payloads.slice(0, at % payloads.length);
        const meter = newMeter(dialect);
        for (const payload of said) meter.event(payload);
        expect(meter.ended).toBe(false);
        expect(meter.reading()).toMatchObject({ complete: false, failed: false });
        expect(text.join('').startsWith(meter.reading().output.text)).toBe(true);
      }),
    );
  });

  it('junk never throws, and no bucket is negative or broken', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string(),
            junk(written, answer).map((value) => JSON.stringify(value)),
          ),
        ),
        (events) => {
          const meter = newMeter(dialect);
          for (const event of events) meter.event(event);
          expectSound(meter.reading());
        },
      ),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(junk(written, answer), (body) => expectSound(readWhole(dialect, body))),
      { numRuns: 500 },
    );
  });
});

/** Any JSON, and real answers with any JSON in place of one of their values. */
function junk(
  written: fc.Arbitrary<Written>,
  answer: (typeof WIRES)[number]['answer'],
): fc.Arbitrary<JsonValue> {
  const strange = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(-1, 1.5, 1e300, '7', null, [], {}, [null], true),
  ) as fc.Arbitrary<JsonValue>;
  const spoilt = fc.tuple(written, fc.nat(), fc.nat(), strange).map(([{ report }, which, place, value]) => {
    const { body, payloads } = answer(report, ['hi'], 'own');
    const all = [body, ...payloads.map((payload) => JSON.parse(payload) as JsonValue)];
    return replaceAt(all[which % all.length]!, { left: place % 40 }, value);
  });
  return fc.oneof(strange, spoilt);
}

function replaceAt(value: JsonValue, at: { left: number }, replacement: JsonValue): JsonValue {
  if (at.left === 0) {
    at.left -= 1;
    return replacement;
  }
  at.left -= 1;
  if (Array.isArray(value)) return value.map((item: JsonValue) => replaceAt(item, at, replacement));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([name, item]) => [
      name,
      replaceAt(item ?? null, at, replacement),
    ]),
  );
}

function expectSound({ parts, output }: Reading): void {
  for (const { part, model, usage, flag } of parts) {
    expect([typeof part, typeof model, typeof flag]).toEqual(['string', 'string', 'string']);
    for (const bucket of BUCKET_NAMES) {
      const count = usage[bucket];
      if (count !== undefined) expect(Number.isInteger(count) && count > 0).toBe(true);
    }
  }
  expect(Object.values(output).every((text) => typeof text === 'string')).toBe(true);
}
