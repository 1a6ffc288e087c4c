/** The official `openai` client's responses and embeddings, through the whole program; each call's line is then in the ledger. */
import OpenAI, { toFile } from 'openai';
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

function as(request: string) {
  return {
    headers: {
      'x-setpoint-request': request,
      'x-setpoint-workflow': 'sdk-responses',
      'x-setpoint-team': 'platform',
    },
  };
}

const TOOLS = [
  {
    type: 'function' as const,
    name: 'get_weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    strict: false,
  },
];
const QUESTION = { role: 'user' as const, content: 'Please use get_weather for Vienna.' };

test('a response: its headers and its line', async () => {
  const { data, response } = await client.responses
    .create({ model: 'sim-small', input: 'What is a setpoint?' }, as('whole'))
    .withResponse();
  expect(data.output_text).toContain('Simulated answer');
  expect(response.headers.get('x-setpoint-cost')).toMatch(/^0\.0\d+$/);
  const line = await lineOfRequest(system, 'whole');
  expect(line).toMatchObject({
    call: response.headers.get('x-setpoint-call-id'),
    workflow: 'sdk-responses',
    team: 'platform',
    provider: 'simulator',
    wire: 'openai-responses',
    endpoint: 'inference',
    model: 'sim-small',
    responseId: data.id,
    status: 'ok',
    basis: 'reported',
    flag: '',
    inputTokens: data.usage?.input_tokens,
    outputTokens: data.usage?.output_tokens,
  });
});

test('a streamed response is the same line', async () => {
  const stream = client.responses.stream(
    { model: 'sim-reasoner', input: 'What is a setpoint?' },
    as('stream'),
  );
  const types = new Set<string>();
  for await (const event of stream) types.add(event.type);
  const final = await stream.finalResponse();
  expect([...types]).toEqual(
    expect.arrayContaining(['response.created', 'response.output_text.delta', 'response.completed']),
  );
  expect(await lineOfRequest(system, 'stream')).toMatchObject({
    stream: true,
    status: 'ok',
    basis: 'reported',
    responseId: final.id,
    finishReason: 'completed',
    inputTokens: final.usage?.input_tokens,
    outputTokens: final.usage?.output_tokens,
  });
});

test('a function round trip: two calls of one request, two lines', async () => {
  const first = await client.responses.create(
    { model: 'sim-small', input: [QUESTION], tools: TOOLS },
    as('tool'),
  );
  const [call] = first.output;
  if (call?.type !== 'function_call') throw new Error('a function call was expected');
  const output = { type: 'function_call_output' as const, call_id: call.call_id, output: '21 degrees' };
  const second = await client.responses.create(
    { model: 'sim-small', input: [QUESTION, call, output], tools: TOOLS },
    as('tool'),
  );
  expect(second.output_text).toContain('21 degrees');
  const lines = await linesOfRequest(system, 'tool', 2);
  expect(new Set(lines.map((line) => line.responseId))).toEqual(new Set([first.id, second.id]));
});

test('a client that leaves in the middle of a stream leaves a line that says so', async () => {
  const stream = await client.responses.create(
    { model: 'sim-small', input: 'Hello [[simulate: slow]]', stream: true },
    as('abort'),
  );
  for await (const event of stream) if (event.type === 'response.output_text.delta') break;
  const line = await lineOfRequest(system, 'abort');
  expect(line.status).toBe('client_aborted');
  expect(line.outputTokens).toBeGreaterThan(0);
});

test.each([
  // What may pass is tried once more: an attempt, and a line, of its own.
  [429, OpenAI.RateLimitError, 2],
  [500, OpenAI.InternalServerError, 2],
] as const)('an upstream error %i has its class and its line', async (status, expected, attempts) => {
  const ask = { model: `sim-small@error-${status}`, input: 'Hi' };
  const error: unknown = await client.responses
    .create(ask, as(`error-${status}`))
    .catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(expected);
  for (const line of await linesOfRequest(system, `error-${status}`, attempts))
    expect(line).toMatchObject({ status: 'upstream_error', httpStatus: status, outputTokens: 0 });
});

test('an error inside a stream is an error of the client, and no success in the ledger', async () => {
  const stream = client.responses.stream(
    { model: 'sim-small', input: 'Hi [[simulate: error-in-stream]]' },
    as('broken'),
  );
  await expect(stream.finalResponse()).rejects.toBeInstanceOf(OpenAI.APIError);
  expect(await lineOfRequest(system, 'broken')).toMatchObject({ status: 'upstream_error' });
});

test('embeddings: the vectors, and a line that is no call of the workflow', async () => {
  const answer = await client.embeddings.create(
    { model: 'sim-small', input: ['one', 'two three'] },
    as('embed'),
  );
  expect(answer.data.map(({ embedding }) => embedding.length)).toEqual([256, 256]);
  expect(await lineOfRequest(system, 'embed')).toMatchObject({
    wire: 'openai-embeddings',
    endpoint: 'embeddings',
    inputTokens: answer.usage.prompt_tokens,
    outputTokens: 0,
    basis: 'reported',
  });
});

test('what the simulator does not serve is refused by it, and is a line all the same', async () => {
  const file = await toFile(Buffer.from('{}'), 'batch.jsonl');
  const error: unknown = await client.files
    .create({ file, purpose: 'batch' }, as('upload'))
    .catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(OpenAI.NotFoundError);
  expect(await lineOfRequest(system, 'upload')).toMatchObject({
    endpoint: 'files',
    status: 'upstream_error',
    httpStatus: 404,
  });
});
