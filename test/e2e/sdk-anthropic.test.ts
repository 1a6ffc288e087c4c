/** The official `@anthropic-ai/sdk` client, pointed at the gateway by its base URL only; each call's line is then in the ledger. */
import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { lineOfRequest, linesOfRequest } from './ledger-lines.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';

let system: System;
let client: Anthropic;

beforeAll(async () => {
  system = await startSystem();
  client = new Anthropic({ baseURL: system.gatewayUrl, apiKey: 'none', maxRetries: 0 });
}, 240_000);
afterAll(() => system?.stop());

const QUESTION = { role: 'user' as const, content: 'Please use get_weather for Vienna.' };
const ASK = { model: 'sim-large', max_tokens: 2_000, messages: [QUESTION] };
const TOOLS = [
  {
    name: 'get_weather',
    input_schema: { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] },
  },
];

function as(request: string) {
  return {
    headers: {
      'x-setpoint-request': request,
      'x-setpoint-workflow': 'sdk-anthropic',
      'x-setpoint-team': 'platform',
    },
  };
}

test('a message: the answer, its headers and its line', async () => {
  const { data, response } = await client.messages.create(ASK, as('message')).withResponse();
  expect(data.content[0]?.type).toBe('text');
  expect(await lineOfRequest(system, 'message')).toMatchObject({
    call: response.headers.get('x-setpoint-call-id'),
    workflow: 'sdk-anthropic',
    team: 'platform',
    provider: 'simulator',
    wire: 'anthropic-messages',
    model: 'sim-large',
    responseId: data.id,
    stream: false,
    status: 'ok',
    basis: 'reported',
    serviceTier: 'standard',
    inputTokens: data.usage.input_tokens,
    outputTokens: data.usage.output_tokens,
  });
});

test('a stream with thinking', async () => {
  const ask = { ...ASK, thinking: { type: 'enabled' as const, budget_tokens: 1_024 } };
  const final = await client.messages.stream(ask, as('stream')).finalMessage();
  expect(final.content.map((block) => block.type)).toEqual(['thinking', 'text']);
  expect(await lineOfRequest(system, 'stream')).toMatchObject({
    stream: true,
    status: 'ok',
    responseId: final.id,
    inputTokens: final.usage.input_tokens,
    outputTokens: final.usage.output_tokens,
  });
});

test('a cache written for an hour, then read: each in its own bucket', async () => {
  const text = Array.from({ length: 400 }, (_, at) => `Rule ${at} applies here.`).join(' ');
  const ask = {
    ...ASK,
    system: [
      { type: 'text' as const, text, cache_control: { type: 'ephemeral' as const, ttl: '1h' as const } },
    ],
  };
  const written = await client.messages.create(ask, as('cache-write'));
  const read = await client.messages.create(ask, as('cache-read'));
  const units = (line: Awaited<ReturnType<typeof lineOfRequest>>) =>
    Object.fromEntries(line.buckets.map(({ bucket, units: count }) => [bucket, count]));
  const first = units(await lineOfRequest(system, 'cache-write'));
  const second = units(await lineOfRequest(system, 'cache-read'));
  expect(first).toMatchObject({
    cacheWrite1h: written.usage.cache_creation_input_tokens,
    freshIn: written.usage.input_tokens,
  });
  expect(first['cacheWrite1h']).toBeGreaterThan(1_024);
  expect(second).toMatchObject({
    cacheRead: read.usage.cache_read_input_tokens,
    freshIn: read.usage.input_tokens,
  });
  expect(second['cacheRead']).toBe(first['cacheWrite1h']);
});

test('a tool round trip: two calls of one request, two lines', async () => {
  const first = await client.messages.create({ ...ASK, tools: TOOLS }, as('tool'));
  const [use] = first.content;
  if (use?.type !== 'tool_use') throw new Error('a tool use was expected');
  expect(use.input).toEqual({ city: 'Vienna' });
  const result = { type: 'tool_result' as const, tool_use_id: use.id, content: '21 degrees' };
  const messages = [
    QUESTION,
    { role: 'assistant' as const, content: first.content },
    { role: 'user' as const, content: [result] },
  ];
  const second = await client.messages.stream({ ...ASK, tools: TOOLS, messages }, as('tool')).finalMessage();
  expect(second.content[0]).toMatchObject({ type: 'text', text: expect.stringContaining('21 degrees') });
  const lines = await linesOfRequest(system, 'tool', 2);
  expect(new Set(lines.map((line) => line.responseId))).toEqual(new Set([first.id, second.id]));
});

test('counting tokens costs nothing and is no call of the workflow', async () => {
  const counted = await client.messages.countTokens(
    { model: 'sim-large', messages: [QUESTION] },
    as('count'),
  );
  const message = await client.messages.create(ASK, as('counted'));
  expect(counted.input_tokens).toBe(message.usage.input_tokens);
  const answer = await system.api<{ total: { calls: number } }>(
    '/api/v1/ledger?of=calls&during=all&simulated=include&where=request=count',
  );
  expect(answer.total.calls).toBe(0);
});

test.each([
  // What may pass is tried once more: an attempt, and a line, of its own.
  [429, Anthropic.RateLimitError, 'rate_limit_error', 2],
  [400, Anthropic.BadRequestError, 'invalid_request_error', 1],
  [529, Anthropic.InternalServerError, 'overloaded_error', 2],
] as const)('an upstream error %i has its class and its line', async (status, expected, type, attempts) => {
  const request = `error-${status}`;
  const ask = { ...ASK, messages: [{ role: 'user' as const, content: `[[simulate: error-${status}]]` }] };
  const error: unknown = await client.messages.create(ask, as(request)).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(expected);
  expect(error).toMatchObject({ status, error: { type: 'error', error: { type } } });
  for (const line of await linesOfRequest(system, request, attempts))
    expect(line).toMatchObject({ status: 'upstream_error', httpStatus: status });
});

test('an error inside a stream reaches the client and its line', async () => {
  const ask = {
    ...ASK,
    messages: [{ role: 'user' as const, content: 'Hello [[simulate: error-in-stream]]' }],
  };
  const error: unknown = await client.messages
    .stream(ask, as('error-in-stream'))
    .finalMessage()
    .catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(Anthropic.APIError);
  expect((await lineOfRequest(system, 'error-in-stream')).status).toBe('upstream_error');
});

test('a refusal of the gateway itself is an error of the client too', async () => {
  const ask = {
    max_tokens: 10,
    messages: [QUESTION],
  } as unknown as Anthropic.MessageCreateParamsNonStreaming;
  const error: unknown = await client.messages.create(ask).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(Anthropic.BadRequestError);
  expect(error).toMatchObject({
    status: 400,
    error: { type: 'error', error: { type: 'invalid_request_error' } },
  });
});

test('a client that leaves in the middle of a stream leaves a line that says so', async () => {
  const stream = client.messages.stream(
    { ...ASK, messages: [{ role: 'user', content: 'Hello [[simulate: slow]]' }] },
    as('abort'),
  );
  const ended = stream.done().catch((caught: unknown) => caught);
  await new Promise<void>((heard) => void stream.once('text', () => heard()));
  stream.abort();
  expect(await ended).toBeInstanceOf(Anthropic.APIUserAbortError);
  const line = await lineOfRequest(system, 'abort');
  expect(line.status).toBe('client_aborted');
  expect(line.outputTokens).toBeGreaterThan(0);
});
