/** The dialects as the providers' own clients read them: what they accept and parse is the measure, not our idea of it. */
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { startSimulator } from './simulator.ts';
import type { Simulator } from './simulator.ts';

let simulator: Simulator;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  simulator = await startSimulator({ host: '127.0.0.1', port: 0, seed: 'test', timeScale: 0 });
  openai = new OpenAI({ baseURL: `${simulator.url}/v1`, apiKey: 'none', maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: simulator.url, apiKey: 'none', maxRetries: 0 });
});
afterAll(() => simulator.close());

const PARAMETERS = { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] };
const QUESTION = { role: 'user' as const, content: 'Please use get_weather for Vienna.' };

describe('openai responses', () => {
  const RESPONSE_TOOLS = [
    { type: 'function' as const, name: 'get_weather', parameters: PARAMETERS, strict: false },
  ];

  test('whole and streamed say the same', async () => {
    const ask = { model: 'sim-reasoner', instructions: 'Be brief.', input: 'What is a setpoint?' };
    const whole = await openai.responses.create(ask);
    expect(whole.output_text).toContain('Simulated answer');
    expect(whole.usage?.output_tokens_details.reasoning_tokens).toBeGreaterThan(0);
    expect(whole.output.map(({ type }) => type)).toEqual(['reasoning', 'message']);
    const streamed = await openai.responses.stream(ask).finalResponse();
    expect(streamed.output_text).toBe(whole.output_text);
    expect(streamed.usage?.output_tokens).toBe(whole.usage?.output_tokens);
  });

  test('an answer that met its limit is incomplete', async () => {
    const cut = await openai.responses.create({
      model: 'sim-small',
      input: 'Tell me much.',
      max_output_tokens: 16,
    });
    expect(cut).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
    expect(cut.usage?.output_tokens).toBe(16);
  });

  test('a function is called, streamed and whole, and its result is answered', async () => {
    const ask = { model: 'sim-small', input: [QUESTION], tools: RESPONSE_TOOLS };
    const whole = await openai.responses.create(ask);
    const streamed = await openai.responses.stream(ask).finalResponse();
    const [call] = whole.output;
    if (call?.type !== 'function_call') throw new Error('a function call was expected');
    expect(JSON.parse(call.arguments)).toEqual({ city: 'Vienna' });
    expect(streamed.output[0]).toMatchObject({ type: 'function_call', arguments: call.arguments });
    const output = { type: 'function_call_output' as const, call_id: call.call_id, output: '21 degrees' };
    const second = await openai.responses.create({ ...ask, input: [QUESTION, call, output] });
    expect(second.output_text).toContain('21 degrees');
  });

  test('what is wrong is an error of the client', async () => {
    await expect(openai.responses.create({ model: 'sim-small' })).rejects.toBeInstanceOf(
      OpenAI.BadRequestError,
    );
    await expect(
      openai.responses.create({ model: 'sim-small@error-429', input: 'x' }),
    ).rejects.toBeInstanceOf(OpenAI.RateLimitError);
    const stream = openai.responses.stream({ model: 'sim-small', input: 'Hi [[simulate: error-in-stream]]' });
    await expect(stream.finalResponse()).rejects.toBeInstanceOf(OpenAI.APIError);
  });
});

describe('openai embeddings', () => {
  const cosine = (left: readonly number[], right: readonly number[]): number =>
    left.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0);

  test('are vectors of length 1, near where words are shared, the same each time', async () => {
    const input = ['the cat sat on the mat', 'the cat sat on a mat', 'quarterly revenue forecast'];
    const { data, usage } = await openai.embeddings.create({ model: 'sim-small', input });
    const [cat, sameCat, revenue] = data.map(({ embedding }) => embedding);
    expect(data).toHaveLength(3);
    expect(cosine(cat!, cat!)).toBeCloseTo(1, 4);
    expect(cosine(cat!, sameCat!)).toBeGreaterThan(cosine(cat!, revenue!) + 0.3);
    expect(usage.total_tokens).toBe(usage.prompt_tokens);
    const plain = await openai.embeddings.create({ model: 'sim-small', input, encoding_format: 'float' });
    expect(plain.data[0]?.embedding[5]).toBeCloseTo(cat![5]!, 6);
  });

  test('count tokens that are given as such, and take dimensions', async () => {
    const { data, usage } = await openai.embeddings.create({
      model: 'sim-small',
      input: [[1, 2, 3], [4]],
      dimensions: 8,
    });
    expect(data.map(({ embedding }) => embedding.length)).toEqual([8, 8]);
    expect(usage.prompt_tokens).toBe(4);
  });

  test.each([{ input: '' }, { input: [] }, { input: 'a', dimensions: 0 }])('%j is refused', async (ask) =>
    expect(openai.embeddings.create({ model: 'sim-small', ...ask })).rejects.toBeInstanceOf(
      OpenAI.BadRequestError,
    ),
  );
});

describe('openai', () => {
  test('models and chat', async () => {
    const models = (await openai.models.list()).data;
    expect(models.map((model) => model.id)).toContain('sim-large');
    const answer = await openai.chat.completions.create({ model: 'sim-small', messages: [QUESTION] });
    expect(answer.choices[0]?.message.content).toContain('Simulated answer');
  });

  test('a stream is accumulated to the same completion', async () => {
    const stream = openai.chat.completions.stream({
      model: 'sim-small',
      messages: [QUESTION],
      stream_options: { include_usage: true },
    });
    const final = await stream.finalChatCompletion();
    const whole = await openai.chat.completions.create({ model: 'sim-small', messages: [QUESTION] });
    expect(final.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
    expect(await stream.totalUsage()).toMatchObject({
      prompt_tokens: whole.usage?.prompt_tokens,
      completion_tokens: whole.usage?.completion_tokens,
    });
  });

  test('a tool is called, streamed and whole, and its result is answered', async () => {
    const tools = [{ type: 'function' as const, function: { name: 'get_weather', parameters: PARAMETERS } }];
    const ask = { model: 'sim-small', messages: [QUESTION], tools };
    const streamed = await openai.chat.completions.stream(ask).finalChatCompletion();
    const whole = await openai.chat.completions.create(ask);
    const message = whole.choices[0]?.message;
    expect(whole.choices[0]?.finish_reason).toBe('tool_calls');
    expect(streamed.choices[0]?.message.tool_calls).toMatchObject(message?.tool_calls ?? []);
    const [call] = message?.tool_calls ?? [];
    if (!message || call?.type !== 'function') throw new Error('a function call was expected');
    expect(JSON.parse(call.function.arguments)).toEqual({ city: 'Vienna' });
    const second = await openai.chat.completions.create({
      ...ask,
      messages: [QUESTION, message, { role: 'tool', tool_call_id: call.id, content: '21 degrees' }],
    });
    expect(second.choices[0]?.message.content).toContain('21 degrees');
  });

  test('errors have their class and fields', async () => {
    const limited = await openai.chat.completions
      .create({ model: 'm@error-429', messages: [QUESTION] })
      .catch((error: unknown) => error);
    expect(limited).toBeInstanceOf(OpenAI.RateLimitError);
    expect(limited).toMatchObject({
      status: 429,
      code: 'rate_limit_exceeded',
      requestID: expect.stringMatching(/^req_sim_/),
    });
    const wrong = await openai.chat.completions
      .create({ model: 'm', messages: [] })
      .catch((error: unknown) => error);
    expect(wrong).toBeInstanceOf(OpenAI.BadRequestError);
    expect(wrong).toMatchObject({ param: 'messages', code: 'empty_array' });
  });
});

describe('@anthropic-ai/sdk', () => {
  const ask = { model: 'sim-small', max_tokens: 2_000, messages: [QUESTION] };
  const tools = [{ name: 'get_weather', input_schema: PARAMETERS }];

  test('models, count and message', async () => {
    const models = (await anthropic.models.list()).data;
    expect(models.map((model) => model.id)).toContain('sim-large');
    const answer = await anthropic.messages.create(ask);
    expect(answer.content[0]?.type).toBe('text');
    expect(
      (await anthropic.messages.countTokens({ model: 'sim-small', messages: [QUESTION] })).input_tokens,
    ).toBe(answer.usage.input_tokens);
  });

  test('a stream is accumulated to the same message, thinking included', async () => {
    const thoughtful = { ...ask, thinking: { type: 'enabled' as const, budget_tokens: 1_024 } };
    const final = await anthropic.messages.stream(thoughtful).finalMessage();
    const whole = await anthropic.messages.create(thoughtful);
    expect(final.content).toEqual(whole.content);
    expect(final.content.map((block) => block.type)).toEqual(['thinking', 'text']);
    expect(final.usage).toMatchObject({
      input_tokens: whole.usage.input_tokens,
      output_tokens: whole.usage.output_tokens,
    });
  });

  test('a tool is called, streamed and whole, and its result is answered', async () => {
    const streamed = await anthropic.messages.stream({ ...ask, tools }).finalMessage();
    const whole = await anthropic.messages.create({ ...ask, tools });
    expect(whole.stop_reason).toBe('tool_use');
    expect(streamed.content).toEqual(whole.content);
    const [use] = whole.content;
    if (use?.type !== 'tool_use') throw new Error('a tool use was expected');
    expect(use.input).toEqual({ city: 'Vienna' });
    const result = { type: 'tool_result' as const, tool_use_id: use.id, content: '21 degrees' };
    const second = await anthropic.messages.create({
      ...ask,
      tools,
      messages: [
        QUESTION,
        { role: 'assistant', content: whole.content },
        { role: 'user', content: [result] },
      ],
    });
    expect(second.content[0]).toMatchObject({ type: 'text', text: expect.stringContaining('21 degrees') });
  });

  test('cache writes and reads arrive in their fields', async () => {
    const text = Array.from({ length: 400 }, (_, at) => `Rule ${at} applies.`).join(' ');
    const cached = {
      ...ask,
      system: [
        { type: 'text' as const, text, cache_control: { type: 'ephemeral' as const, ttl: '1h' as const } },
      ],
    };
    const first = await anthropic.messages.create(cached);
    const second = await anthropic.messages.create(cached);
    expect(first.usage.cache_creation?.ephemeral_1h_input_tokens).toBe(
      first.usage.cache_creation_input_tokens,
    );
    expect(first.usage.cache_creation_input_tokens).toBeGreaterThan(1_024);
    expect(second.usage.cache_read_input_tokens).toBe(first.usage.cache_creation_input_tokens);
    expect(second.usage.cache_creation_input_tokens).toBe(0);
  });

  test('errors have their class and fields', async () => {
    const limited = await anthropic.messages
      .create({ ...ask, model: 'm@error-429' })
      .catch((error: unknown) => error);
    expect(limited).toBeInstanceOf(Anthropic.RateLimitError);
    expect(limited).toMatchObject({
      status: 429,
      requestID: expect.stringMatching(/^req_sim_/),
      error: { error: { type: 'rate_limit_error' } },
    });
    const inside = await anthropic.messages
      .stream({ ...ask, model: 'm@error-in-stream' })
      .finalMessage()
      .catch((error: unknown) => error);
    expect(inside).toBeInstanceOf(Anthropic.APIError);
  });
});
