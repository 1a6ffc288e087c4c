/**
 * Every recording of Google and Bedrock against a table that was read off the files by hand, as in wires.test.ts, and
 * what the paths of the three clouds mean. Azure's recordings are OpenAI's bodies: see wires-openai.test.ts.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { onAzure } from '../../src/gateway/wires/azure-openai/wire.ts';
import { bedrockConverse } from '../../src/gateway/wires/bedrock-converse/wire.ts';
import { bedrockInvoke } from '../../src/gateway/wires/bedrock-invoke/wire.ts';
import { googleGenerate } from '../../src/gateway/wires/google-generate/wire.ts';
import { openaiChat } from '../../src/gateway/wires/openai-chat/wire.ts';
import { openaiOther } from '../../src/gateway/wires/openai-other/wire.ts';
import { openaiResponses } from '../../src/gateway/wires/openai-responses/wire.ts';
import { findTarget } from '../../src/gateway/wires/wires.ts';
import type { JsonObject, JsonValue } from '../../src/gateway/wires/wire.ts';
import { sideTotal } from '../../src/units/tokens.ts';
import { cloudMeter, frameCloud, readCloudBody, readCloudBytes } from './wires-clouds-reading.ts';
import type { Cloud } from './wires-clouds-reading.ts';
import {
  call,
  cutAt,
  equalReadings,
  hasFixtures,
  listFixtures,
  loadJson,
  loadResponses,
  summary,
  WIRE_FIXTURES,
} from './wires-reading.ts';
import type { Part } from './wires-reading.ts';

const thought = (reasoningOut: number): Part => ({ reasoningOut });

const GOOGLE: Record<string, Part[]> = {
  'google-429-retry-info.json': [],
  'google-reasoning-gemini3.chunks.txt': call(9, 23, thought(302)),
  'google-reasoning-gemini3.json': call(9, 29, thought(258)),
  'google-reasoning.chunks.txt': call(9, 29, thought(256)),
  'google-reasoning.json': call(9, 29, thought(282)),
  // Only the last of fifteen chunks reports tokens; the others say the traffic type.
  'google-stream-no-args-tool-call.chunks.txt': call(249, 58, thought(183)),
  'google-stream-tool-call-arguments.chunks.txt': call(26, 23, thought(132)),
  'google-stream-tool-call-array-arguments-missing-terminal-function-call.chunks.txt': call(
    54,
    74,
    thought(121),
  ),
  'google-text.chunks.txt': call(9, 23, thought(185)),
  'google-text.json': call(9, 28, thought(244)),
  'google-tool-call-gemini3.chunks.txt': call(29, 15, thought(804)),
  'google-tool-call-gemini3.json': call(29, 15, thought(1801)),
  'google-tool-call.chunks.txt': call(29, 15, thought(45)),
  'google-tool-call.json': call(29, 15, thought(893)),
  'google-vertex-stream-tool-call-arguments-nested.1.chunks.txt': call(31, 684, thought(1026)),
};

const BEDROCK: Record<string, Part[]> = {
  'amazon-bedrock-json-only-text-first.1.chunks.txt': call(100, 20),
  'amazon-bedrock-json-other-tool.1.chunks.txt': call(843, 28),
  'amazon-bedrock-json-other-tool.1.json': call(843, 28),
  'amazon-bedrock-json-tool-text-then-weather-then-json.1.chunks.txt': call(500, 100),
  'amazon-bedrock-json-tool-with-answer.1.json': call(156, 35),
  // Five recordings end before `metadata`: no usage, which is not a usage of zero.
  'amazon-bedrock-json-tool.1.chunks.txt': [],
  'amazon-bedrock-json-tool.1.json': call(15, 42),
  'amazon-bedrock-json-tool.2.chunks.txt': [],
  'amazon-bedrock-json-tool.2.json': call(12, 28),
  'amazon-bedrock-json-tool.3.chunks.txt': [],
  'amazon-bedrock-json-tool.3.json': call(18, 35),
  'amazon-bedrock-json-with-tool.1.chunks.txt': [],
  'amazon-bedrock-json-with-tool.1.json': call(22, 48),
  'amazon-bedrock-json-with-tools.1.chunks.txt': [],
  'amazon-bedrock-json-with-tools.1.json': call(28, 62),
  'amazon-bedrock-reasoning.chunks.txt': call(51, 94),
  'amazon-bedrock-reasoning.json': call(51, 78),
  'amazon-bedrock-text.chunks.txt': call(22, 55),
  'amazon-bedrock-text.json': call(22, 57),
  // Here `metadata` comes before `messageStop`.
  'amazon-bedrock-tool-call.1.chunks.txt': call(125, 45),
  'amazon-bedrock-tool-call.1.json': call(10, 20),
  'amazon-bedrock-tool-no-args.chunks.txt': call(100, 25),
  'amazon-bedrock-tool-no-args.json': call(100, 25),
};

/** Streams of at most this many bytes are cut at every byte; the others at every hundredth of them. */
const EVERY_CUT_BYTES = 3_500;

function check(cloud: Cloud, folder: string, table: Record<string, Part[]>): void {
  it.for(Object.entries(table))('%s', ([file, expected]) => {
    if (file.endsWith('.json')) {
      expect(summary(readCloudBody(cloud, loadJson(folder, file)))).toEqual(expected);
      return;
    }
    const bytes = frameCloud(cloud, loadResponses(folder, file).flat());
    const whole = readCloudBytes(cloud, [bytes]);
    expect(summary(whole)).toEqual(expected);
    expect(whole.failed).toBe(false);
    expect(whole.finishReason).not.toBe('');
    const step = bytes.length <= EVERY_CUT_BYTES ? 1 : Math.ceil(bytes.length / 100);
    for (let at = 1; at < bytes.length; at += step)
      expect(equalReadings(readCloudBytes(cloud, cutAt(bytes, at)), whole)).toBe(true);
  });
}

const present = hasFixtures(WIRE_FIXTURES);

describe.skipIf(!present)('recordings', () => {
  describe('google', () => check('google', 'google', GOOGLE));
  describe('google as one array', () => check('google-array', 'google', GOOGLE));
  describe('bedrock', () => check('bedrock', 'bedrock', BEDROCK));
  describe('bedrock by InvokeModel, whose Nova bodies are the same', () =>
    check('bedrock-invoke', 'bedrock', BEDROCK));

  it('are all in the table', () => {
    expect(Object.keys(GOOGLE).toSorted()).toEqual(listFixtures('google'));
    expect(Object.keys(BEDROCK).toSorted()).toEqual(listFixtures('bedrock'));
  });

  it('add up to the provider’s own totals', () => {
    for (const [cloud, folder, table, name] of [
      ['google', 'google', GOOGLE, 'totalTokenCount'],
      ['bedrock', 'bedrock', BEDROCK, 'totalTokens'],
    ] as const) {
      for (const file of Object.keys(table).filter((one) => one.endsWith('.json'))) {
        const json = loadJson(folder, file) as { usageMetadata?: JsonObject; usage?: JsonObject };
        const total = (json.usageMetadata ?? json.usage)?.[name];
        if (total === undefined) continue;
        const { usage } = readCloudBody(cloud, json).parts[0]!;
        expect([file, sideTotal(usage, 'input') + sideTotal(usage, 'output')]).toEqual([file, total]);
      }
    }
  });
});

describe.skipIf(!present)('what else a recording says', () => {
  const stream = (cloud: Cloud, file: string) =>
    readCloudBytes(cloud, [frameCloud(cloud, loadResponses(cloud, file).flat())]);

  it('Google: model, id, reason and the capacity that served', () => {
    expect(stream('google', 'google-stream-no-args-tool-call.chunks.txt')).toMatchObject({
      modelReturned: 'gemini-3-flash-preview',
      responseId: '_vr4aYiWEJnYodAPkujX0QM',
      finishReason: 'STOP',
      serviceTier: 'provisioned',
    });
    expect(stream('google', 'google-stream-tool-call-arguments.chunks.txt').serviceTier).toBe('on_demand');
    expect(readCloudBody('google', loadJson('google', 'google-text.json')).serviceTier).toBe('');
  });

  it('Google: thoughts, text and streamed arguments of calls are kept apart', () => {
    const { output } = stream('google', 'google-stream-no-args-tool-call.chunks.txt');
    expect(output.reasoning).toContain('Processing User Requests');
    expect(output.toolCalls).toContain('read_theme');
    expect(output.text).toBe('');
    expect(stream('google', 'google-stream-tool-call-arguments.chunks.txt').output.toolCalls).toContain(
      'getWeatherBoston',
    );
  });

  it('Google: an error is a failure without usage', () =>
    expect(readCloudBody('google', loadJson('google', 'google-429-retry-info.json'))).toMatchObject({
      failed: true,
      parts: [],
    }));

  it('Bedrock: reason and kinds of output', () => {
    const reading = stream('bedrock', 'amazon-bedrock-reasoning.chunks.txt');
    expect(reading).toMatchObject({ finishReason: 'end_turn', complete: true });
    expect(reading.output.reasoning).toContain('Let me count');
    expect(reading.output.text).toContain('There are **3**');
    expect(stream('bedrock', 'amazon-bedrock-tool-call.1.chunks.txt').output.toolCalls).toBe(
      'test-tool{"value":"Sparkle Day"}',
    );
  });

  it('Bedrock: a stream cut before metadata has no usage and has not ended', () => {
    const payloads = loadResponses('bedrock', 'amazon-bedrock-text.chunks.txt').flat();
    const meter = cloudMeter('bedrock');
    for (const payload of payloads.slice(0, -1)) meter.event(payload);
    expect(meter.ended).toBe(false);
    expect(meter.reading()).toMatchObject({ parts: [], complete: false, finishReason: 'end_turn' });
    expect(meter.reading().output.text).toContain('strawberry');
    meter.event(payloads.at(-1)!);
    expect(meter.ended).toBe(true);
  });
});

describe('Google’s rules', () => {
  const read = (body: JsonObject) => readCloudBody('google', { modelVersion: 'gemini-3-pro', ...body });
  const usageOf = (usageMetadata: JsonObject, more: JsonObject = {}) =>
    summary(read({ usageMetadata, ...more }));

  it('cached tokens are part of the prompt, of each modality', () =>
    expect(
      usageOf({
        promptTokenCount: 3297,
        cachedContentTokenCount: 2918,
        candidatesTokenCount: 55,
        thoughtsTokenCount: 95,
        totalTokenCount: 3447,
        promptTokensDetails: [
          { modality: 'TEXT', tokenCount: 83 },
          { modality: 'VIDEO', tokenCount: 2893 },
          { modality: 'AUDIO', tokenCount: 321 },
        ],
        cacheTokensDetails: [
          { modality: 'AUDIO', tokenCount: 284 },
          { modality: 'TEXT', tokenCount: 73 },
          { modality: 'VIDEO', tokenCount: 2561 },
        ],
      }),
    ).toEqual([
      {
        part: 'call',
        freshIn: 342,
        cacheRead: 2634,
        audioIn: 37,
        audioCacheRead: 284,
        textOut: 55,
        reasoningOut: 95,
      },
    ]));

  it('thoughts and the prompts of tools stand beside the other counts', () =>
    expect(
      usageOf({
        promptTokenCount: 294,
        toolUsePromptTokenCount: 605,
        candidatesTokenCount: 230,
        thoughtsTokenCount: 158,
        totalTokenCount: 1287,
      }),
    ).toEqual([{ part: 'call', freshIn: 294, toolPromptIn: 605, textOut: 230, reasoningOut: 158 }]));

  it('images and audio that were made have prices of their own', () =>
    expect(
      usageOf({
        promptTokenCount: 10,
        candidatesTokenCount: 1304,
        totalTokenCount: 1314,
        candidatesTokensDetails: [
          { modality: 'IMAGE', tokenCount: 1290 },
          { modality: 'AUDIO', tokenCount: 4 },
        ],
      }),
    ).toEqual([{ part: 'call', freshIn: 10, textOut: 10, audioOut: 4, imageOut: 1290 }]));

  it('a blocked prompt bills its input only', () => {
    const reading = read({
      promptFeedback: { blockReason: 'PROHIBITED_CONTENT' },
      usageMetadata: { promptTokenCount: 7, totalTokenCount: 7 },
    });
    expect(summary(reading)).toEqual(call(7, 0));
    expect(reading).toMatchObject({ finishReason: 'PROHIBITED_CONTENT', complete: true, failed: false });
  });

  it.each([
    ['gemini-2.5-flash', ['a', 'b', ''], 1],
    ['gemini-2.5-flash', [''], 0],
    ['gemini-3-pro-preview', ['a', 'b', '', 'a'], 2],
    ['gemini-3.5-flash', [], 0],
    ['gemini-flash-latest', ['a', 'b'], 2],
  ] as const)('%s with the searches %j bills %i', (modelVersion, webSearchQueries, expected) => {
    const reading = read({
      modelVersion,
      candidates: [{ groundingMetadata: { webSearchQueries } }],
      usageMetadata: { promptTokenCount: 1 },
    });
    expect(reading.parts[0]?.usage.webSearch ?? 0).toBe(expected);
  });

  it('a prompt that was grounded in maps is one query', () =>
    expect(
      usageOf(
        { promptTokenCount: 1 },
        {
          candidates: [
            {
              groundingMetadata: {
                groundingChunks: [{ maps: { placeId: 'x' } }, { maps: { placeId: 'y' } }],
              },
            },
          ],
        },
      ),
    ).toEqual([{ part: 'call', freshIn: 1, mapsQuery: 1 }]));

  it.each([
    [{ trafficType: 'PROVISIONED_THROUGHPUT' }, 'provisioned'],
    [{ trafficType: 'ON_DEMAND' }, 'on_demand'],
    [{ trafficType: 'ON_DEMAND_FLEX' }, 'flex'],
    [{ trafficType: 'ON_DEMAND_PRIORITY' }, 'priority'],
    [{ serviceTier: 'FLEX' }, 'flex'],
    [{ serviceTier: 'standard', trafficType: 'PROVISIONED_THROUGHPUT' }, 'provisioned'],
    [{}, ''],
  ])('%j is the tier "%s"', (more, tier) =>
    expect(read({ usageMetadata: { promptTokenCount: 1, ...more } }).serviceTier).toBe(tier),
  );

  it('a header names the tier where the body does not', () => {
    const meter = cloudMeter('google');
    meter.headers?.({ 'x-gemini-service-tier': 'Flex' });
    meter.body({ usageMetadata: { promptTokenCount: 1 } });
    expect(meter.reading().serviceTier).toBe('flex');
  });

  it.each([
    [
      { promptTokenCount: 5, cachedContentTokenCount: 9 },
      'cachedContentTokenCount exceeds promptTokenCount: 9 of 5',
    ],
    [{ promptTokenCount: 5, totalTokenCount: 9 }, 'totalTokenCount 9 but its parts make 5'],
    [{ candidatesTokenCount: 5 }, 'promptTokenCount not reported'],
    [{ promptTokenCount: 5, thoughtsTokenCount: -1 }, 'thoughtsTokenCount is not a whole number'],
  ])('%j is flagged', (usageMetadata, flag) => expect(read({ usageMetadata }).parts[0]?.flag).toBe(flag));
});

describe('Bedrock’s rules', () => {
  const usageOf = (usage: JsonObject) =>
    summary(
      readCloudBody('bedrock', { output: { message: { content: [] } }, stopReason: 'end_turn', usage }),
    );

  it('cache stands outside the input, under two names for one value', () =>
    expect(
      usageOf({
        inputTokens: 22,
        outputTokens: 13,
        totalTokens: 2527,
        cacheWriteInputTokens: 2492,
        cacheWriteInputTokenCount: 2492,
        cacheReadInputTokens: 0,
        cacheReadInputTokenCount: 0,
      }),
    ).toEqual([{ part: 'call', freshIn: 22, cacheWriteUnknown: 2492, textOut: 13 }]));

  it('writes are split by lifetime; the rest has an unknown one', () =>
    expect(
      usageOf({
        inputTokens: 3,
        outputTokens: 61,
        totalTokens: 664,
        cacheWriteInputTokens: 600,
        cacheDetails: [
          { ttl: '5m', inputTokens: 100 },
          { ttl: '1h', inputTokens: 300 },
        ],
      }),
    ).toEqual([
      {
        part: 'call',
        freshIn: 3,
        cacheWrite5m: 100,
        cacheWrite1h: 300,
        cacheWriteUnknown: 200,
        textOut: 61,
      },
    ]));

  it.each([
    [
      { inputTokens: 1, outputTokens: 1, cacheReadInputTokens: 4, cacheReadInputTokenCount: 5 },
      'cacheReadInputTokens 4 but cacheReadInputTokenCount 5',
    ],
    [{ inputTokens: 1, outputTokens: 1, totalTokens: 9 }, 'totalTokens 9 but its parts make 2'],
    [
      {
        inputTokens: 1,
        outputTokens: 1,
        cacheWriteInputTokens: 2,
        cacheDetails: [{ ttl: '5m', inputTokens: 3 }],
      },
      'cache write split 3 exceeds its total 2',
    ],
  ])('%j is flagged', (usage, flag) => expect(usageOf(usage)).toMatchObject([{ flag }]));

  it('the tier and the latency that were returned count', () => {
    const meter = cloudMeter('bedrock');
    meter.event(
      '{"metadata":{"usage":{"inputTokens":1,"outputTokens":1},"serviceTier":{"type":"flex"},"performanceConfig":{"latency":"optimized"}}}',
    );
    expect(meter.reading()).toMatchObject({ serviceTier: 'flex', speed: 'optimized' });
  });

  it('a damaged frame ends the trust, not the stream', () => {
    const bytes = frameCloud('bedrock', [
      '{"messageStart":{"role":"assistant"}}',
      '{"contentBlockDelta":{"delta":{"text":"hello"}}}',
      '{"messageStop":{"stopReason":"end_turn"}}',
      '{"metadata":{"usage":{"inputTokens":1,"outputTokens":1}}}',
    ]);
    bytes[bytes.indexOf('hello')]! ^= 1;
    expect(readCloudBytes('bedrock', [bytes])).toMatchObject({
      parts: [],
      complete: false,
      finishReason: '',
    });
  });

  it('an exception inside a stream is a failure', () =>
    expect(readEvents('bedrock', ['{"exception":{"throttlingException":{"message":"no"}}}'])).toMatchObject({
      failed: true,
    }));
});

function readEvents(cloud: Cloud, events: readonly string[]) {
  const meter = cloudMeter(cloud);
  for (const event of events) meter.event(event);
  return meter.reading();
}

describe('InvokeModel bodies', () => {
  const invoke = (body: JsonObject, headers: Record<string, string> = {}) => {
    const meter = cloudMeter('bedrock-invoke');
    meter.headers?.(headers);
    meter.body(body);
    return meter.reading();
  };
  const HEADERS = {
    'x-amzn-bedrock-input-token-count': '12',
    'x-amzn-bedrock-output-token-count': '34',
    'x-amzn-requestid': 'r-1',
  };

  it.each<
    [name: string, body: JsonObject, headers: Record<string, string>, expected: Part[], reason: string]
  >([
    [
      'anthropic',
      {
        type: 'message',
        stop_reason: 'end_turn',
        content: [{ type: 'text', text: 'hi' }],
        usage: { input_tokens: 5, output_tokens: 6, cache_read_input_tokens: 7 },
      },
      HEADERS,
      call(5, 6, { cacheRead: 7 }),
      'end_turn',
    ],
    [
      'nova',
      {
        output: { message: { content: [{ text: 'hi' }] } },
        stopReason: 'end_turn',
        usage: { inputTokens: 3, outputTokens: 4 },
      },
      {},
      call(3, 4),
      'end_turn',
    ],
    [
      'titan',
      { inputTextTokenCount: 5, results: [{ tokenCount: 6, outputText: 'hi', completionReason: 'FINISH' }] },
      {},
      call(5, 6),
      'FINISH',
    ],
    ['titan embeddings', { embedding: [0.1], inputTextTokenCount: 9 }, {}, call(9, 0), ''],
    [
      'llama',
      { generation: 'hi', prompt_token_count: 7, generation_token_count: 8, stop_reason: 'stop' },
      {},
      call(7, 8),
      'stop',
    ],
    ['mistral, older', { outputs: [{ text: 'hi', stop_reason: 'stop' }] }, HEADERS, call(12, 34), 'stop'],
    [
      'mistral, newer',
      {
        choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'hi' } }],
        usage: { prompt_tokens: 5, completion_tokens: 6, total_tokens: 11 },
      },
      HEADERS,
      call(5, 6),
      'stop',
    ],
    [
      'cohere',
      { generations: [{ text: 'hi', finish_reason: 'COMPLETE' }] },
      HEADERS,
      call(12, 34),
      'COMPLETE',
    ],
    [
      'cohere with units',
      {
        text: 'hi',
        finish_reason: 'COMPLETE',
        meta: { billed_units: { input_tokens: 2, output_tokens: 3 } },
      },
      {},
      call(2, 3),
      'COMPLETE',
    ],
    ['nobody’s, with nothing said', { something: 1 }, {}, [], ''],
    ['nobody’s, with headers', { something: 1 }, HEADERS, call(12, 34), ''],
  ])('%s', (_, body, headers, expected, reason) => {
    const reading = invoke(body, headers);
    expect(summary(reading)).toEqual(expected);
    expect(reading).toMatchObject({ complete: true, failed: false, finishReason: reason });
  });

  const metrics = {
    'amazon-bedrock-invocationMetrics': {
      inputTokenCount: 12,
      outputTokenCount: 34,
      cacheReadInputTokenCount: 5,
    },
  };

  it.each<[name: string, pieces: JsonObject[], expected: Part[], text: string]>([
    [
      'anthropic',
      [
        { type: 'message_start', message: { id: 'm', usage: { input_tokens: 5, output_tokens: 1 } } },
        { type: 'content_block_delta', delta: { type: 'text_delta', text: 'hi' } },
        { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 6 } },
        { type: 'message_stop', ...metrics },
      ],
      call(5, 6),
      'hi',
    ],
    [
      'llama',
      [
        { generation: 'h', prompt_token_count: 7, generation_token_count: 1 },
        {
          generation: 'i',
          prompt_token_count: null,
          generation_token_count: 2,
          stop_reason: 'stop',
          ...metrics,
        },
      ],
      call(7, 2),
      'hi',
    ],
    [
      'titan',
      [
        { outputText: 'h', inputTextTokenCount: 4, totalOutputTextTokenCount: null },
        {
          outputText: 'i',
          completionReason: 'FINISH',
          inputTextTokenCount: 4,
          totalOutputTextTokenCount: 9,
          ...metrics,
        },
      ],
      call(4, 9),
      'hi',
    ],
    [
      'mistral, whose stream counts nothing',
      [{ outputs: [{ text: 'h' }] }, { outputs: [{ text: 'i', stop_reason: 'stop' }], ...metrics }],
      call(12, 34, { cacheRead: 5 }),
      'hi',
    ],
  ])('stream of %s', (_, pieces, expected, text) => {
    const bytes = frameCloud(
      'bedrock-invoke',
      pieces.map((piece) => JSON.stringify(piece)),
    );
    const whole = readCloudBytes('bedrock-invoke', [bytes]);
    expect(summary(whole)).toEqual(expected);
    expect(whole).toMatchObject({ complete: true, failed: false });
    expect(whole.output.text).toBe(text);
    for (let at = 1; at < bytes.length; at += 1)
      expect(equalReadings(readCloudBytes('bedrock-invoke', cutAt(bytes, at)), whole)).toBe(true);
  });
});

describe('paths', () => {
  const deep =
    'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-20250514-v1:0';
  it.each([
    [
      '/v1beta/models/gemini-2.5-pro:generateContent',
      'google-generate',
      'google',
      'inference',
      'gemini-2.5-pro',
    ],
    [
      '/v1/models/gemini-2.5-pro:streamGenerateContent',
      'google-generate',
      'google',
      'inference',
      'gemini-2.5-pro',
    ],
    [
      '/v1beta/models/gemini-2.5-pro:countTokens',
      'google-generate',
      'google',
      'count-tokens',
      'gemini-2.5-pro',
    ],
    [
      '/v1beta/models/gemini-embedding-001:embedContent',
      'google-generate',
      'google',
      'embeddings',
      'gemini-embedding-001',
    ],
    ['/v1beta/models/e:batchEmbedContents', 'google-generate', 'google', 'embeddings', 'e'],
    [
      '/v1/projects/p/locations/europe-west4/publishers/google/models/gemini-2.5-pro:generateContent',
      'google-generate',
      'google',
      'inference',
      'gemini-2.5-pro',
    ],
    [
      '/v1beta1/projects/p/locations/l/publishers/google/models/m:countTokens',
      'google-generate',
      'google',
      'count-tokens',
      'm',
    ],
    [
      '/model/amazon.nova-pro-v1%3A0/converse',
      'bedrock-converse',
      'bedrock',
      'inference',
      'amazon.nova-pro-v1:0',
    ],
    [
      '/model/amazon.nova-pro-v1:0/converse-stream',
      'bedrock-converse',
      'bedrock',
      'inference',
      'amazon.nova-pro-v1:0',
    ],
    [`/model/${encodeURIComponent(deep)}/converse`, 'bedrock-converse', 'bedrock', 'inference', deep],
    [`/model/${deep}/invoke`, 'bedrock-invoke', 'bedrock', 'inference', deep],
    [
      '/model/meta.llama3-8b-instruct-v1:0/invoke-with-response-stream',
      'bedrock-invoke',
      'bedrock',
      'inference',
      'meta.llama3-8b-instruct-v1:0',
    ],
    [
      '/model/amazon.titan-embed-text-v2:0/invoke',
      'bedrock-invoke',
      'bedrock',
      'embeddings',
      'amazon.titan-embed-text-v2:0',
    ],
    [
      '/model/amazon.nova-canvas-v1:0/invoke',
      'bedrock-invoke',
      'bedrock',
      'images',
      'amazon.nova-canvas-v1:0',
    ],
    [
      '/model/us.stability.sd3-5-large-v1:0/invoke',
      'bedrock-invoke',
      'bedrock',
      'images',
      'us.stability.sd3-5-large-v1:0',
    ],
    ['/model/cohere.rerank-v3-5:0/invoke', 'bedrock-invoke', 'bedrock', 'other', 'cohere.rerank-v3-5:0'],
    ['/openai/deployments/my%20chat/chat/completions', 'openai-chat', 'azure', 'inference', 'my chat'],
    ['/openai/deployments/d/responses', 'openai-responses', 'azure', 'inference', 'd'],
    ['/openai/deployments/d/embeddings', 'openai-embeddings', 'azure', 'embeddings', 'd'],
    ['/openai/v1/chat/completions', 'openai-chat', 'azure', 'inference', ''],
    ['/openai/v1/responses', 'openai-responses', 'azure', 'inference', ''],
    ['/openai/responses', 'openai-responses', 'azure', 'inference', ''],
    ['/openai/deployments/d/completions', 'openai-other', 'azure', 'inference', 'd'],
  ])('%s', (path, name, dialect, endpoint, model) => {
    const found = findTarget('POST', path, { 'content-type': 'application/json' });
    expect([found?.wire.name, found?.wire.dialect, found?.target.endpoint, found?.target.model]).toEqual([
      name,
      dialect,
      endpoint,
      model,
    ]);
  });

  it.each([
    ['GET', '/v1beta/models/gemini-2.5-pro:generateContent'],
    ['POST', '/v1beta/models/gemini-2.5-pro:doSomethingElse'],
    ['POST', '/v1beta/models/:generateContent'],
    ['POST', '/v1beta/models/toString:toString'],
    ['POST', '/v1/projects/../locations/l/publishers/google/models/m:generateContent'],
    ['GET', '/model/m/converse'],
    ['POST', '/model/../converse'],
    ['POST', '/model//converse'],
    ['POST', '/openai/deployments/../chat/completions'],
    ['POST', '/openai/deployments/%2e%2e/chat/completions'],
    ['POST', '/openai'],
  ])('%s %s is no wire’s of the clouds', (method, path) => {
    const wires = [
      googleGenerate,
      bedrockConverse,
      bedrockInvoke,
      ...[openaiChat, openaiResponses, openaiOther].map(onAzure),
    ];
    for (const wire of wires) expect(wire.target(method, path, {})).toBeUndefined();
  });
});

describe('anything at all', () => {
  const strange = fc.oneof(fc.jsonValue(), fc.constantFrom(-1, 1.5, 1e300, '7', null, [], {}, [null], true));
  const spoilt = fc
    .tuple(
      fc.constantFrom<JsonObject[]>(
        {
          modelVersion: 'm',
          candidates: [
            { content: { parts: [{ text: 'a' }] }, groundingMetadata: { webSearchQueries: ['q'] } },
          ],
          usageMetadata: { promptTokenCount: 1, promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 1 }] },
        },
        { metadata: { usage: { inputTokens: 1, cacheDetails: [{ ttl: '5m', inputTokens: 1 }] } } },
        {
          output: { message: { content: [{ text: 'a', toolUse: { name: 'n', input: {} } }] } },
          usage: { inputTokens: 1 },
        },
        { chunk: { bytes: 'eyJhIjoxfQ==' } },
        { results: [{ tokenCount: 1 }], inputTextTokenCount: 2 },
      ),
      fc.nat(30),
      strange,
    )
    .map(([value, at, replacement]) => replaceAt(value, { left: at }, replacement));

  it.each(['google', 'bedrock', 'bedrock-invoke'] as const)(
    'is read by %s without a throw, and never below zero',
    (cloud) =>
      fc.assert(
        fc.property(fc.oneof(strange as fc.Arbitrary<JsonValue>, spoilt), (json) => {
          for (const reading of [
            readCloudBody(cloud, json),
            readEvents(cloud, [JSON.stringify(json)]),
            readCloudBytes(cloud, [frameCloud('google', [JSON.stringify(json)])]),
          ])
            for (const { usage } of reading.parts)
              for (const count of Object.values(usage))
                expect(Number.isSafeInteger(count) && count > 0).toBe(true);
        }),
        { numRuns: 500 },
      ),
  );
});

function replaceAt(value: JsonValue, at: { left: number }, replacement: JsonValue): JsonValue {
  const here = at.left === 0;
  at.left -= 1;
  if (here) return replacement;
  if (Array.isArray(value)) return value.map((item: JsonValue) => replaceAt(item, at, replacement));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([name, item]) => [
      name,
      replaceAt(item ?? null, at, replacement),
    ]),
  );
}
