/** The official `openai` client, pointed at the gateway by its base URL only; each call's line is then in the ledger. */
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { lineOfRequest, linesOfRequest } from './ledger-lines.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';

let system: System;
let client: OpenAI;

beforeAll(async () => {
  system = await startSystem();
  client = new OpenAI({ baseURL: `${system.gatewayUrl}/v1`, apiKey: 'none', maxRetries: 0 });
}, 240_000);
afterAll(() => system?.stop());

const QUESTION = { role: 'user' as const, content: 'Please use get_weather for Vienna.' };
const TOOLS = [
  {
    type: 'function' as const,
    function: {
      name: 'get_weather',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
];

function as(request: string, workflow = 'sdk-openai') {
  return {
    headers: {
      'x-setpoint-request': request,
      'x-setpoint-workflow': workflow,
      'x-setpoint-team': 'platform',
      'x-setpoint-customer': 'acme',
    },
  };
}

test('chat: the answer, its headers and its line', async () => {
  const { data, response } = await client.chat.completions
    .create({ model: 'sim-small', messages: [QUESTION] }, as('chat'))
    .withResponse();
  expect(data.choices[0]?.message.content).toContain('Simulated answer');
  const line = await lineOfRequest(system, 'chat');
  expect(line).toMatchObject({
    call: response.headers.get('x-setpoint-call-id'),
    workflow: 'sdk-openai',
    team: 'platform',
    customer: 'acme',
    provider: 'simulator',
    wire: 'openai-chat',
    model: 'sim-small',
    responseId: data.id,
    stream: false,
    status: 'ok',
    httpStatus: 200,
    simulated: true,
    basis: 'reported',
    inputTokens: data.usage?.prompt_tokens,
    outputTokens: data.usage?.completion_tokens,
  });
});

test('a stream: usage that the client did not ask for is metered and kept from it', async () => {
  const stream = await client.chat.completions.create(
    { model: 'sim-small', messages: [QUESTION], stream: true },
    as('stream'),
  );
  const chunks = await collect(stream);
  expect(chunks.every((chunk) => chunk.choices.length === 1 && !chunk.usage)).toBe(true);
  expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop');
  const line = await lineOfRequest(system, 'stream');
  expect(line).toMatchObject({
    stream: true,
    status: 'ok',
    basis: 'reported',
    responseId: chunks[0]?.id,
    flag: '',
  });
  expect(line.outputTokens).toBeGreaterThan(0);
});

test('a stream: usage that the client asked for reaches it and equals the line', async () => {
  const helper = client.chat.completions.stream(
    { model: 'sim-small', messages: [QUESTION], stream_options: { include_usage: true } },
    as('stream-usage'),
  );
  const final = await helper.finalChatCompletion();
  const usage = await helper.totalUsage();
  const line = await lineOfRequest(system, 'stream-usage');
  expect(final.choices[0]?.message.content).toContain('Simulated answer');
  expect(line).toMatchObject({ inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens });
});

test('a tool round trip: two calls of one request, two lines', async () => {
  const ask = { model: 'sim-small', messages: [QUESTION], tools: TOOLS };
  const first = await client.chat.completions.create(ask, as('tool'));
  const message = first.choices[0]?.message;
  const call = message?.tool_calls?.[0];
  if (!message || call?.type !== 'function') throw new Error('a function call was expected');
  expect(JSON.parse(call.function.arguments)).toEqual({ city: 'Vienna' });
  const answer = { role: 'tool' as const, tool_call_id: call.id, content: '21 degrees' };
  const second = await client.chat.completions.create(
    { ...ask, messages: [QUESTION, message, answer] },
    as('tool'),
  );
  expect(second.choices[0]?.message.content).toContain('21 degrees');
  const lines = await linesOfRequest(system, 'tool', 2);
  expect(new Set(lines.map((line) => line.responseId))).toEqual(new Set([first.id, second.id]));
  expect(lines.map((line) => line.finishReason).toSorted()).toEqual(['stop', 'tool_calls']);
});

test.each([
  // What may pass is tried once more: an attempt, and a line, of its own.
  [429, OpenAI.RateLimitError, 2],
  [400, OpenAI.BadRequestError, 1],
  [500, OpenAI.InternalServerError, 2],
] as const)('an upstream error %i has its class and its line', async (status, expected, attempts) => {
  const request = `error-${status}`;
  const ask = {
    model: 'sim-small',
    messages: [{ role: 'user' as const, content: `[[simulate: error-${status}]]` }],
  };
  const error: unknown = await client.chat.completions
    .create(ask, as(request))
    .catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(expected);
  expect(error).toMatchObject({ status });
  if (status === 429) expect(error).toMatchObject({ code: 'rate_limit_exceeded', type: 'requests' });
  for (const line of await linesOfRequest(system, request, attempts))
    expect(line).toMatchObject({ status: 'upstream_error', httpStatus: status, outputTokens: 0 });
});

test('a refusal of the gateway itself is an error of the client too', async () => {
  const ask = { messages: [QUESTION] } as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming;
  const error: unknown = await client.chat.completions.create(ask).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(OpenAI.BadRequestError);
  expect(error).toMatchObject({ status: 400, code: 'setpoint_bad_request' });
});

test('a client that leaves in the middle of a stream leaves a line that says so', async () => {
  const ask = {
    model: 'sim-small',
    messages: [{ role: 'user' as const, content: 'Hello [[simulate: slow]]' }],
    stream: true as const,
  };
  const stream = await client.chat.completions.create(ask, as('abort'));
  for await (const chunk of stream) {
    if (chunk.choices[0]?.delta.content) break; // leaving the loop closes the connection
  }
  const line = await lineOfRequest(system, 'abort');
  expect(line.status).toBe('client_aborted');
  expect(line.outputTokens).toBeGreaterThan(0);
});

test('the models that the gateway offers', async () => {
  const models = (await client.models.list()).data.map((model) => model.id);
  expect(models).toContain('sim-small');
});

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of stream) all.push(one);
  return all;
}
