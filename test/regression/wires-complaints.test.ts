/**
 * Public complaints about how other gateways read usage, as many cases of ours as each deserves.
 * The complaints themselves, one test each, are in `complaints/`.
 */
import { describe, expect, it } from 'vitest';

import { createMeter as createMessageMeter } from '../../src/gateway/wires/anthropic-messages/meter.ts';
import { createMeter as createChatMeter } from '../../src/gateway/wires/openai-chat/meter.ts';
import { askForUsage } from '../../src/gateway/wires/openai-chat/request.ts';
import type { JsonObject, MeteredPart, Reading, RequestFacts } from '../../src/gateway/wires/wire.ts';
import { sideTotal } from '../../src/units/tokens.ts';

const FACTS: RequestFacts = {
  model: 'm',
  stream: true,
  maxOutputTokens: undefined,
  answers: 1,
  usageAsked: false,
  user: '',
  metadata: {},
};

function chatStream(...chunks: JsonObject[]): Reading {
  const meter = createChatMeter(FACTS);
  for (const chunk of chunks) meter.event(JSON.stringify(chunk));
  meter.event('[DONE]');
  return meter.reading();
}

function chatBody(usage: JsonObject): MeteredPart {
  const meter = createChatMeter(FACTS);
  meter.body({ choices: [], usage });
  return meter.reading().parts[0]!;
}

function messageStream(...events: JsonObject[]): Reading {
  const meter = createMessageMeter();
  for (const event of events) meter.event(JSON.stringify(event));
  return meter.reading();
}

const start = (usage: JsonObject, id = 'msg_1') => ({
  type: 'message_start',
  message: { id, model: 'claude', usage },
});
const delta = (usage: JsonObject) => ({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage });
const STOP = { type: 'message_stop' };

describe('streams', () => {
  it('a streamed answer costs what the same answer costs unstreamed', () => {
    const usage = {
      input_tokens: 10,
      cache_read_input_tokens: 900,
      cache_creation_input_tokens: 50,
      output_tokens: 70,
    };
    const meter = createMessageMeter();
    meter.body({ type: 'message', usage });
    expect(
      messageStream(start({ ...usage, output_tokens: 1 }), delta({ output_tokens: 70 }), STOP).parts,
    ).toEqual(meter.reading().parts);
  });

  it('usage on a terminal chunk that has choices is taken, cache included', () => {
    const usage = {
      prompt_tokens: 1000,
      completion_tokens: 5,
      total_tokens: 1005,
      prompt_tokens_details: { cached_tokens: 960 },
    };
    const reading = chatStream(
      { choices: [{ index: 0, delta: { content: 'a' } }] },
      { choices: [{ index: 0, delta: {} }], usage },
    );
    expect(reading.parts).toEqual([
      { part: 'call', model: '', usage: { freshIn: 40, cacheRead: 960, textOut: 5 }, flag: '' },
    ]);
  });

  it('usage on a chunk with choices is never kept from the client', () => {
    const meter = createChatMeter(FACTS);
    expect(
      meter.event(
        JSON.stringify({
          choices: [{ index: 0, delta: {} }],
          usage: { prompt_tokens: 1, completion_tokens: 1 },
        }),
      ),
    ).toBe(true);
  });

  it('a later, trimmed report drops neither details nor the stated cost', () => {
    const full = {
      prompt_tokens: 10,
      completion_tokens: 5,
      prompt_tokens_details: { cached_tokens: 8 },
      cost: 0.0021,
    };
    const reading = chatStream(
      { choices: [], usage: full },
      { choices: [], usage: { prompt_tokens: 10, completion_tokens: 6, prompt_tokens_details: null } },
    );
    expect(reading.parts[0]?.usage).toEqual({ freshIn: 2, cacheRead: 8, textOut: 6 });
    expect(reading.providerCost).toBe(2_100_000_000n);
  });

  it('a client that did not ask for usage does not see the chunk that we asked for', () => {
    const usageOnly = JSON.stringify({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } });
    expect(createChatMeter(FACTS).event(usageOnly)).toBe(false);
    expect(createChatMeter({ ...FACTS, usageAsked: true }).event(usageOnly)).toBe(true);
  });

  it.each([
    ['the filter results that begin an Azure stream', { choices: [], prompt_filter_results: [], model: '' }],
    ['a chunk whose usage is null', { choices: [], usage: null }],
    ['an error that comes with usage', { choices: [], usage: { prompt_tokens: 1 }, error: { message: 'x' } }],
  ])('but it does see %s', (_what, chunk) =>
    expect(createChatMeter(FACTS).event(JSON.stringify(chunk))).toBe(true),
  );

  it('a request that is no stream is not asked for stream usage', () => {
    const body = Buffer.from('{"model":"m","stream":false}');
    expect(askForUsage(body, { model: 'm', stream: false })).toBe(body);
  });

  it('what the provider reported stands, however much text was delivered', () => {
    const content = 'word '.repeat(500);
    const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
    expect(
      chatStream({ choices: [{ index: 0, delta: { content } }] }, { choices: [], usage }).parts[0]?.usage,
    ).toEqual({ freshIn: 3, textOut: 2 });
  });

  it('where nothing was reported there is no part, so that nothing is taken for a report', () => {
    expect(
      chatStream({ choices: [{ index: 0, delta: { content: 'a' } }] }, { choices: [], usage: {} }).parts,
    ).toEqual([]);
  });

  it('backends that report input and cache only in message_delta are read', () => {
    const reading = messageStream(
      start({ input_tokens: 0, output_tokens: 0 }),
      delta({
        input_tokens: 25,
        cache_read_input_tokens: 400,
        cache_creation_input_tokens: null,
        output_tokens: 9,
      }),
      delta({ input_tokens: null, output_tokens: 12 }),
      STOP,
    );
    expect(reading.parts[0]?.usage).toEqual({ freshIn: 25, cacheRead: 400, textOut: 12 });
  });

  it('cache writes that the split of message_start does not cover are kept, as of unknown lifetime', () => {
    const reading = messageStream(
      start({
        input_tokens: 3,
        cache_creation_input_tokens: 31_490,
        cache_creation: { ephemeral_5m_input_tokens: 31_490, ephemeral_1h_input_tokens: 0 },
        output_tokens: 1,
      }),
      delta({ input_tokens: 9, cache_creation_input_tokens: 184_457, output_tokens: 700 }),
      STOP,
    );
    expect(reading.parts[0]).toMatchObject({
      usage: { cacheWrite5m: 31_490, cacheWriteUnknown: 152_967 },
      flag: '',
    });
  });

  it('a total below its split is flagged, and neither is charged twice', () => {
    const [part] = messageStream(
      start({
        input_tokens: 3,
        cache_creation_input_tokens: 50,
        cache_creation: { ephemeral_5m_input_tokens: 50 },
        output_tokens: 1,
      }),
      delta({ cache_creation_input_tokens: 20, output_tokens: 7 }),
      STOP,
    ).parts;
    expect(part).toEqual({
      part: 'call',
      model: '',
      usage: { freshIn: 3, cacheWriteUnknown: 20, textOut: 7 },
      flag: 'cache write split 50 exceeds its total 20',
    });
  });

  it('compaction keeps the cache tokens that the top level leaves out', () => {
    const reading = messageStream(
      start({ input_tokens: 100, cache_read_input_tokens: 55_096, output_tokens: 3 }),
      delta({
        input_tokens: 181,
        output_tokens: 8,
        cache_read_input_tokens: 0,
        iterations: [
          { type: 'compaction', input_tokens: 100, output_tokens: 83, cache_read_input_tokens: 55_096 },
          { type: 'message', input_tokens: 181, output_tokens: 8 },
        ],
      }),
      STOP,
    );
    expect(reading.parts).toEqual([
      { part: 'call', model: '', usage: { freshIn: 181, textOut: 8 }, flag: '' },
      { part: 'compaction', model: '', usage: { freshIn: 100, cacheRead: 55_096, textOut: 83 }, flag: '' },
    ]);
    expect(reading.parts.reduce((sum, { usage }) => sum + sideTotal(usage, 'input'), 0)).toBe(55_377);
  });

  it('an answer that is only a compaction is charged once', () => {
    const compaction = { type: 'compaction', input_tokens: 100, output_tokens: 83 };
    expect(
      messageStream(
        start({ input_tokens: 100, output_tokens: 1 }),
        delta({ input_tokens: 100, output_tokens: 83, iterations: [compaction] }),
        STOP,
      ).parts,
    ).toEqual([
      { part: 'call', model: '', usage: {}, flag: '' },
      { part: 'compaction', model: '', usage: { freshIn: 100, textOut: 83 }, flag: '' },
    ]);
  });

  it('iterations that contradict their total are flagged', () => {
    const iterations = [{ type: 'message', input_tokens: 5, output_tokens: 8 }];
    expect(messageStream(delta({ input_tokens: 9, output_tokens: 8, iterations }), STOP).parts[0]?.flag).toBe(
      'iterations give 5 input tokens but the total is 9',
    );
  });

  it('a stream that was cancelled still holds all that was delivered, to be counted', () => {
    const pieces = Array.from({ length: 806 }, (_, index) => ({
      type: 'content_block_delta',
      delta: { type: 'text_delta', text: `word${index} ` },
    }));
    const { output, complete, finishReason } = messageStream(
      start({ input_tokens: 30, output_tokens: 1 }),
      ...pieces,
    );
    expect(output.text.split(' ')).toHaveLength(807);
    expect({ complete, finishReason }).toEqual({ complete: false, finishReason: '' });
  });

  it.each([
    ['openai', createChatMeter(FACTS), { error: { message: 'overloaded' } }],
    ['anthropic', createMessageMeter(), { type: 'error', error: { type: 'overloaded_error', message: 'x' } }],
  ] as const)('an %s error inside a stream is no success', (_name, meter, event) => {
    meter.event(JSON.stringify(event));
    expect(meter.ended).toBe(true);
    expect(meter.reading()).toMatchObject({ failed: true, complete: false });
  });

  it('what comes after [DONE] changes nothing', () => {
    const meter = createChatMeter(FACTS);
    meter.event(JSON.stringify({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } }));
    meter.event('[DONE]');
    meter.event(JSON.stringify({ choices: [], usage: { prompt_tokens: 500, completion_tokens: 500 } }));
    expect(meter.reading().parts[0]?.usage).toEqual({ freshIn: 1, textOut: 1 });
  });

  it('a message_start that is spliced in late does not undo the report', () => {
    const [part] = messageStream(
      start({ input_tokens: 17, output_tokens: 1 }),
      delta({ output_tokens: 65 }),
      start({ input_tokens: 17, output_tokens: 1, cache_read_input_tokens: 4 }, 'msg_2'),
      STOP,
    ).parts;
    expect(part?.usage).toEqual({ freshIn: 17, cacheRead: 4, textOut: 65 });
  });

  it('what comes after message_stop changes nothing', () => {
    const meter = createMessageMeter();
    for (const event of [start({ input_tokens: 17, output_tokens: 1 }), delta({ output_tokens: 5 }), STOP])
      meter.event(JSON.stringify(event));
    const before = meter.reading();
    for (const event of [
      start({ input_tokens: 99, output_tokens: 1 }, 'msg_2'),
      delta({ output_tokens: 500 }),
      STOP,
    ])
      meter.event(JSON.stringify(event));
    expect(meter.reading()).toEqual(before);
  });
});

describe('counts', () => {
  it('output is text and reasoning, each once', () => {
    const details = { reasoning_tokens: 64, rejected_prediction_tokens: 6, accepted_prediction_tokens: 2 };
    expect(
      chatBody({ prompt_tokens: 15, completion_tokens: 78, completion_tokens_details: details }).usage,
    ).toEqual({ freshIn: 15, textOut: 14, reasoningOut: 64 });
  });

  it('reasoning beside completion_tokens is added where the total proves it', () => {
    const xai = {
      prompt_tokens: 32,
      completion_tokens: 9,
      total_tokens: 135,
      completion_tokens_details: { reasoning_tokens: 94 },
    };
    expect(chatBody(xai)).toMatchObject({ usage: { freshIn: 32, textOut: 9, reasoningOut: 94 }, flag: '' });
  });

  it('or where the report is one of Perplexity’s research, which has fields of its own', () => {
    const research = {
      prompt_tokens: 33,
      completion_tokens: 7_163,
      total_tokens: 7_196,
      citation_tokens: 20_016,
      num_search_queries: 18,
      reasoning_tokens: 73_997,
    };
    expect(chatBody(research)).toMatchObject({
      usage: { freshIn: 33, toolPromptIn: 20_016, textOut: 7_163, reasoningOut: 73_997, webSearch: 18 },
      flag: '',
    });
  });

  it('and is flagged where nothing proves it', () => {
    const unproven = {
      prompt_tokens: 32,
      completion_tokens: 9,
      total_tokens: 41,
      completion_tokens_details: { reasoning_tokens: 94 },
    };
    expect(chatBody(unproven).flag).toBe('parts exceed completion_tokens: 94 of 9');
  });

  it('cache tokens beside prompt_tokens are counted once, and flagged', () => {
    const translated = {
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 115,
      cache_read_input_tokens: 90,
      cache_creation_input_tokens: 10,
    };
    expect(chatBody(translated)).toEqual({
      part: 'call',
      model: '',
      usage: { freshIn: 10, cacheRead: 90, cacheWriteUnknown: 10, textOut: 5 },
      flag: 'cache tokens 100 are counted beside prompt_tokens 10',
    });
  });

  it('a total that nothing explains is flagged and not guessed at', () => {
    expect(chatBody({ prompt_tokens: 35, completion_tokens: 12, total_tokens: 109 })).toMatchObject({
      usage: { freshIn: 35, textOut: 12 },
      flag: 'total_tokens 109 is not prompt_tokens 35 and completion_tokens 12',
    });
  });

  it('names of one value are not added, and a disagreement is flagged', () => {
    const twice = {
      prompt_tokens: 100,
      completion_tokens: 1,
      cached_tokens: 60,
      prompt_cache_hit_tokens: 60,
      prompt_cache_miss_tokens: 40,
    };
    expect(chatBody(twice)).toMatchObject({ usage: { freshIn: 40, cacheRead: 60 }, flag: '' });
    expect(chatBody({ ...twice, cached_tokens: 50 }).flag).toBe(
      'cached_tokens 50 but prompt_cache_hit_tokens 60; cache hits 50 and misses 40 are not prompt_tokens 100',
    );
  });

  it('counts that are no whole numbers are flagged and not used', () => {
    expect(chatBody({ prompt_tokens: 5, completion_tokens: -3 })).toMatchObject({
      usage: { freshIn: 5 },
      flag: 'completion_tokens is not a whole number; completion_tokens not reported',
    });
  });

  it('an hour-long cache write is not a five-minute one (synthetic: no recording has one)', () => {
    const usage = {
      input_tokens: 1,
      output_tokens: 1,
      cache_creation_input_tokens: 300,
      cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
    };
    expect(messageStream(start(usage), STOP).parts[0]?.usage).toMatchObject({
      cacheWrite5m: 100,
      cacheWrite1h: 200,
    });
  });

  it('speed, tier and place of inference are those returned (synthetic: no recording has a speed)', () => {
    const returned = {
      input_tokens: 1,
      output_tokens: 1,
      service_tier: 'priority',
      inference_geo: 'us',
      speed: 'fast',
    };
    expect(messageStream(start(returned), STOP)).toMatchObject({
      serviceTier: 'priority',
      geo: 'us',
      speed: 'fast',
    });
  });

  it('a fallback that also wrote before it gave up is charged for what it wrote', () => {
    const iterations = [
      { type: 'message', model: 'first', input_tokens: 40, output_tokens: 7 },
      { type: 'fallback_message', model: 'second', input_tokens: 41, output_tokens: 9 },
    ];
    expect(messageStream(delta({ input_tokens: 41, output_tokens: 9, iterations }), STOP).parts).toEqual([
      { part: 'call', model: 'second', usage: { freshIn: 41, textOut: 9 }, flag: '' },
      { part: 'message', model: 'first', usage: { freshIn: 40, textOut: 7 }, flag: '' },
    ]);
  });

  it('what is kept of an answer has a limit', () => {
    const pieces = Array.from({ length: 40 }, () => ({
      choices: [
        {
          index: 0,
          delta: {
            content: 'x'.repeat(10_000),
            reasoning: 'y',
            tool_calls: [{ index: 0, function: { name: 'f', arguments: '{}' } }],
          },
        },
      ],
    }));
    const { output } = chatStream(...pieces);
    expect(output.text).toHaveLength(256 * 1024);
    expect(output).toMatchObject({ reasoning: 'y'.repeat(40), toolCalls: 'f{}'.repeat(40) });
  });
});
