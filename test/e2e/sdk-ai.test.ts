/** The `ai` package with its OpenAI and Anthropic providers, pointed at the gateway by base URL only. */
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { APICallError, generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai';
import type { LanguageModel } from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { lineOfRequest, linesOfRequest } from './ledger-lines.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';

let system: System;

beforeAll(async () => {
  system = await startSystem();
}, 240_000);
afterAll(() => system?.stop());

const PROVIDERS: ReadonlyArray<readonly [wire: string, model: (name: string) => LanguageModel]> = [
  ['openai-chat', (name) => createOpenAI({ baseURL: `${system.gatewayUrl}/v1`, apiKey: 'none' }).chat(name)],
  [
    'anthropic-messages',
    (name) => createAnthropic({ baseURL: `${system.gatewayUrl}/v1`, apiKey: 'none' })(name),
  ],
];

const weather = tool({
  description: 'The weather of a city.',
  inputSchema: jsonSchema<{ city: string }>({
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
  }),
  execute: ({ city }) => Promise.resolve(`21 degrees in ${city}`),
});

describe.each(PROVIDERS)('%s', (wire, model) => {
  const as = (request: string) => ({
    maxRetries: 0,
    headers: { 'x-setpoint-request': `${wire}-${request}`, 'x-setpoint-workflow': 'sdk-ai' },
  });
  const line = (request: string) => lineOfRequest(system, `${wire}-${request}`);

  test('text', async () => {
    const { text, usage, response } = await generateText({
      model: model('sim-small'),
      prompt: 'Hello',
      ...as('text'),
    });
    expect(text).toContain('Simulated answer');
    expect(await line('text')).toMatchObject({
      wire,
      workflow: 'sdk-ai',
      status: 'ok',
      stream: false,
      responseId: response.id,
      inputTokens: usage.inputTokens,
      outputTokens: usage.outputTokens,
    });
  });

  test('a stream', async () => {
    const result = streamText({ model: model('sim-small'), prompt: 'Hello', ...as('stream') });
    let text = '';
    for await (const part of result.textStream) text += part;
    const usage = await result.usage;
    expect(text).toContain('Simulated answer');
    expect(await line('stream')).toMatchObject({
      wire,
      status: 'ok',
      stream: true,
      inputTokens: usage.inputTokens,
      outputTokens: usage.outputTokens,
    });
  });

  test('a tool round trip in two steps: two lines whose usage sums to the client’s', async () => {
    const { steps, totalUsage } = await generateText({
      model: model('sim-small'),
      prompt: 'Please use get_weather for Vienna.',
      tools: { get_weather: weather },
      stopWhen: stepCountIs(3),
      ...as('tool'),
    });
    expect(steps).toHaveLength(2);
    expect(steps[1]?.text).toContain('21 degrees in Vienna');
    const lines = await linesOfRequest(system, `${wire}-tool`, 2);
    expect(lines.reduce((sum, one) => sum + one.inputTokens, 0)).toBe(totalUsage.inputTokens);
    expect(lines.reduce((sum, one) => sum + one.outputTokens, 0)).toBe(totalUsage.outputTokens);
  });

  test('an error keeps its status and whether to retry', async () => {
    const error: unknown = await generateText({
      model: model('sim-small'),
      prompt: '[[simulate: error-429]]',
      ...as('error'),
    }).catch((caught: unknown) => caught);
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({
      statusCode: 429,
      isRetryable: true,
      message: expect.stringContaining('429'),
    });
    // Tried once more after the second that was asked for: each attempt has its line.
    for (const one of await linesOfRequest(system, `${wire}-error`, 2))
      expect(one).toMatchObject({ status: 'upstream_error', httpStatus: 429 });
  });

  test('a client that leaves in the middle of a stream leaves a line that says so', async () => {
    const leaving = new AbortController();
    const result = streamText({
      model: model('sim-small'),
      prompt: 'Hello [[simulate: slow]]',
      abortSignal: leaving.signal,
      onError: () => undefined,
      ...as('abort'),
    });
    for await (const part of result.fullStream) {
      if (part.type === 'text-delta') leaving.abort();
    }
    expect((await line('abort')).status).toBe('client_aborted');
  });
});
