import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { countTokens } from './counting.ts';
import { startSimulator } from './simulator.ts';
import type { BookEntry, Simulator } from './simulator.ts';

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator({ host: '127.0.0.1', port: 0, seed: 'test', timeScale: 0 });
});
afterAll(() => simulator.close());

const CHAT = '/v1/chat/completions';
const MESSAGES = '/v1/messages';
const HI = [{ role: 'user', content: 'Hi' }];

function post(path: string, body: unknown, init: RequestInit = {}): Promise<Response> {
  return fetch(`${simulator.url}${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
  });
}

/** Loosely typed on purpose: what the body holds is what the tests are about. */
function parse(text: string) {
  return JSON.parse(text);
}

async function events(response: Response): Promise<string[]> {
  return [...(await response.text()).matchAll(/^data: (.*)$/gm)].map(([, data = '']) => data);
}

function entryOf(id: string): BookEntry | undefined {
  return simulator.book().find((entry) => entry.id === id);
}

describe('OpenAI', () => {
  test('a body: marked, counted and booked', async () => {
    const response = await post(CHAT, { model: 'gpt-4o-mini', messages: HI });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-simulated')).toBe('true');
    const body = await response.text().then(parse);
    expect(body).toMatchObject({
      object: 'chat.completion',
      model: 'gpt-4o-mini',
      system_fingerprint: 'fp_simulated',
      choices: [{ index: 0, finish_reason: 'stop' }],
    });
    expect(body.usage.completion_tokens).toBe(countTokens(body.choices[0].message.content));
    expect(body.usage.total_tokens).toBe(body.usage.prompt_tokens + body.usage.completion_tokens);
    expect(body.usage.prompt_tokens).toBe(countTokens('Hi') + 2 * 3);
    expect(entryOf(body.id)).toMatchObject({
      usage: body.usage,
      ending: 'whole',
      reported: true,
      stream: false,
    });
  });

  test('the same question gets the same words, another seed others; ids differ', async () => {
    const ask = { model: 'sim-large', messages: HI };
    const [first, second] = [
      await (await post(CHAT, ask)).text().then(parse),
      await (await post(CHAT, ask)).text().then(parse),
    ];
    expect(second.choices).toEqual(first.choices);
    expect(second.id).not.toBe(first.id);
    const other = await startSimulator({ host: '127.0.0.1', port: 0, seed: 'other', timeScale: 0 });
    const elsewhere = await (
      await fetch(`${other.url}${CHAT}`, { method: 'POST', body: JSON.stringify(ask) })
    )
      .text()
      .then(parse);
    await other.close();
    expect(elsewhere.choices).not.toEqual(first.choices);
  });

  test('a stream without usage asked: no chunk has the field', async () => {
    const data = await events(await post(CHAT, { model: 'sim-small', messages: HI, stream: true }));
    expect(data.at(-1)).toBe('[DONE]');
    const chunks = data.slice(0, -1).map((text) => JSON.parse(text));
    expect(chunks.some((chunk) => 'usage' in chunk)).toBe(false);
    expect(chunks.every((chunk) => chunk.choices.length === 1)).toBe(true);
    expect(chunks[0].choices[0].delta.role).toBe('assistant');
    expect(chunks.at(-1).choices[0].finish_reason).toBe('stop');
    expect(entryOf(chunks[0].id)).toMatchObject({ ending: 'whole', reported: false });
  });

  test('a stream with usage asked: null on every chunk, then one without choices; the text is that of the body', async () => {
    const ask = { model: 'sim-small', messages: HI };
    const whole = await (await post(CHAT, ask)).text().then(parse);
    const data = await events(
      await post(CHAT, { ...ask, stream: true, stream_options: { include_usage: true } }),
    );
    const chunks = data.slice(0, -1).map((text) => JSON.parse(text));
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage });
    const text = chunks
      .slice(0, -1)
      .map((chunk) => chunk.choices[0].delta.content ?? '')
      .join('');
    expect(text).toBe(whole.choices[0].message.content);
  });

  test('a limit cuts the answer and says so; hidden reasoning uses it up first', async () => {
    const short = await (
      await post(CHAT, { model: 'sim-small', messages: HI, max_tokens: 3 })
    )
      .text()
      .then(parse);
    expect(short.choices[0].finish_reason).toBe('length');
    expect(short.usage.completion_tokens).toBe(3);
    const reasoned = await (
      await post(CHAT, { model: 'sim-reasoner', messages: HI, max_completion_tokens: 64 })
    )
      .text()
      .then(parse);
    expect(reasoned.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: '' } });
    expect(reasoned.usage.completion_tokens_details.reasoning_tokens).toBe(64);
    const free = await (await post(CHAT, { model: 'sim-reasoner', messages: HI })).text().then(parse);
    expect(free.usage.completion_tokens_details.reasoning_tokens % 64).toBe(0);
    expect(free.usage.completion_tokens).toBe(
      free.usage.completion_tokens_details.reasoning_tokens + countTokens(free.choices[0].message.content),
    );
  });

  test('several answers: input counted once, output for each', async () => {
    const body = await (await post(CHAT, { model: 'sim-small', messages: HI, n: 3 })).text().then(parse);
    const texts: string[] = body.choices.map(
      (choice: { message: { content: string } }) => choice.message.content,
    );
    expect(new Set(texts).size).toBe(3);
    expect(body.usage.completion_tokens).toBe(texts.reduce((sum, text) => sum + countTokens(text), 0));
  });

  test('JSON answers parse, and stops cut', async () => {
    const json = await (
      await post(CHAT, { model: 'sim-small', messages: HI, response_format: { type: 'json_object' } })
    )
      .text()
      .then(parse);
    expect(JSON.parse(json.choices[0].message.content)).toMatchObject({ simulated: true });
    const stopped = await (
      await post(CHAT, { model: 'sim-small', messages: HI, stop: ' answer' })
    )
      .text()
      .then(parse);
    expect(stopped.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'Simulated' } });
  });

  test('an answer that the prompt expects is given at the model’s quality', async () => {
    const ask = (at: number) => ({
      model: 'sim-large',
      messages: [{ role: 'user', content: `Question ${at} [[answer: 42]]` }],
    });
    const bodies = await Promise.all(
      Array.from({ length: 60 }, async (_, at) => (await post(CHAT, ask(at))).text().then(parse)),
    );
    const right = bodies.filter((body) => body.choices[0].message.content.endsWith('#### 42')).length;
    expect(right).toBeGreaterThan(40);
    expect(right).toBeLessThan(60);
  });

  test.each([
    ['{', null, null],
    [{ messages: HI }, null, null],
    [{ model: 'm' }, 'messages', 'missing_required_parameter'],
    [{ model: 'm', messages: [] }, 'messages', 'empty_array'],
    [{ model: 'm', messages: [{ role: 'robot', content: '' }] }, 'messages[0].role', 'invalid_value'],
    [{ model: 'm', messages: HI, max_tokens: 0 }, 'max_tokens', 'integer_below_min_value'],
    [{ model: 'm', messages: HI, stream_options: { include_usage: true } }, 'stream_options', null],
    [{ model: 'm', messages: [{ role: 'tool', tool_call_id: 'x', content: '1' }] }, 'messages[0].role', null],
    [{ model: 'm', messages: HI, tool_choice: 'required' }, 'tool_choice', null],
  ])('400 for %j', async (body, param, code) => {
    const response = await post(CHAT, body);
    expect(response.status).toBe(400);
    expect(await response.text().then(parse)).toMatchObject({
      error: { type: 'invalid_request_error', param, code },
    });
  });
});

describe('Anthropic', () => {
  const ask = { model: 'sim-small', max_tokens: 500, messages: HI };

  test('a body: marked, counted and booked', async () => {
    const response = await post(MESSAGES, ask);
    expect(response.headers.get('x-simulated')).toBe('true');
    const body = await response.text().then(parse);
    expect(body).toMatchObject({
      type: 'message',
      role: 'assistant',
      stop_reason: 'end_turn',
      usage: { service_tier: 'standard', cache_read_input_tokens: 0 },
    });
    expect(body.usage.output_tokens).toBe(countTokens(body.content[0].text));
    expect(entryOf(body.id)).toMatchObject({ usage: body.usage, dialect: 'anthropic' });
    const count = await (
      await post(`${MESSAGES}/count_tokens`, { model: 'sim-small', messages: HI })
    )
      .text()
      .then(parse);
    expect(count).toEqual({ input_tokens: body.usage.input_tokens });
  });

  test('a stream: the events in their order, usage cumulative, the split only at the start', async () => {
    const response = await post(MESSAGES, { ...ask, stream: true });
    const whole = await (await post(MESSAGES, ask)).text().then(parse);
    const sent = (await events(response)).map((text) => JSON.parse(text));
    const kinds = sent.map((event) => event.type).filter((type, at, all) => type !== all[at - 1]);
    expect(kinds).toEqual([
      'message_start',
      'content_block_start',
      'ping',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(sent[0].message.usage).toMatchObject({
      output_tokens: 1,
      cache_creation: { ephemeral_1h_input_tokens: 0 },
    });
    const { usage } = sent.at(-2);
    expect(usage).toEqual({
      input_tokens: whole.usage.input_tokens,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: whole.usage.output_tokens,
    });
    const text = sent.map((event) => event.delta?.text ?? '').join('');
    expect(text).toBe(whole.content[0].text);
  });

  test('thinking comes first, signed, and counts as output', async () => {
    const body = await (
      await post(MESSAGES, { ...ask, max_tokens: 3000, thinking: { type: 'enabled', budget_tokens: 1024 } })
    )
      .text()
      .then(parse);
    expect(body.content.map((block: { type: string }) => block.type)).toEqual(['thinking', 'text']);
    expect(body.content[0].signature).not.toBe('');
    expect(body.usage.output_tokens).toBe(
      countTokens(body.content[0].thinking) + countTokens(body.content[1].text),
    );
  });

  test.each([
    [{ model: 'm', messages: HI }, 'max_tokens: Field required'],
    [{ model: 'm', max_tokens: 5, messages: [] }, 'messages: at least one message is required'],
    [
      { model: 'm', max_tokens: 5, messages: [{ role: 'system', content: 'x' }] },
      'messages.0.role: Unexpected role "system"',
    ],
    [
      { model: 'm', max_tokens: 5, messages: HI, thinking: { type: 'enabled', budget_tokens: 1024 } },
      'must be greater than `thinking.budget_tokens`',
    ],
    [
      {
        model: 'm',
        max_tokens: 5,
        messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'x', content: '' }] }],
      },
      'unexpected `tool_use_id`',
    ],
    [
      {
        model: 'm',
        max_tokens: 5,
        messages: HI,
        system: Array.from({ length: 5 }, () => ({
          type: 'text',
          text: 'x',
          cache_control: { type: 'ephemeral' },
        })),
      },
      'maximum of 4 blocks',
    ],
  ])('400 for %j', async (body, message) => {
    const response = await post(MESSAGES, body);
    expect(response.status).toBe(400);
    const problem = await response.text().then(parse);
    expect(problem).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } });
    expect(problem.error.message).toContain(message);
  });
});

describe('models, and what is not served', () => {
  test('models in the dialect of the asker', async () => {
    const openai = await (await fetch(`${simulator.url}/v1/models`)).text().then(parse);
    expect(openai).toMatchObject({
      object: 'list',
      data: [{ id: 'sim-small', object: 'model' }, { id: 'sim-large' }, { id: 'sim-reasoner' }],
    });
    const anthropic = await (
      await fetch(`${simulator.url}/v1/models`, { headers: { 'anthropic-version': '2023-06-01' } })
    )
      .text()
      .then(parse);
    expect(anthropic).toMatchObject({
      has_more: false,
      first_id: 'sim-small',
      last_id: 'sim-reasoner',
      data: [{ type: 'model' }, {}, {}],
    });
  });

  test('404 in the dialect', async () => {
    const openai = await post('/v1/audio/speech', { model: 'm', input: 'x' });
    expect(openai.status).toBe(404);
    expect(await openai.text().then(parse)).toMatchObject({ error: { type: 'invalid_request_error' } });
    const anthropic = await post('/v1/messages/batches', {});
    expect(anthropic.status).toBe(404);
    expect(await anthropic.text().then(parse)).toMatchObject({
      type: 'error',
      error: { type: 'not_found_error' },
    });
  });
});

describe('faults', () => {
  test.each([429, 500, 529])('an error %i in both dialects, not booked', async (status) => {
    const before = simulator.book().length;
    const openai = await post(CHAT, { model: `sim-small@error-${status}`, messages: HI });
    expect(openai.status).toBe(status);
    expect((await openai.text().then(parse)).error.message).toContain(String(status));
    const anthropic = await post(MESSAGES, {
      model: 'm',
      max_tokens: 5,
      messages: [{ role: 'user', content: `[[simulate: error-${status}]]` }],
    });
    expect(anthropic.status).toBe(status);
    expect((await anthropic.text().then(parse)).type).toBe('error');
    expect(simulator.book().length).toBe(before);
  });

  test('fail-first fails so often, then serves', async () => {
    const statuses = [];
    for (let time = 0; time < 3; time += 1)
      statuses.push((await post(CHAT, { model: 'sim-small@fail-first-2', messages: HI })).status);
    expect(statuses).toEqual([500, 500, 200]);
  });

  test('a cut stream ends without its end, and what was sent is booked', async () => {
    const response = await post(CHAT, { model: 'sim-small@cut-after-5', messages: HI, stream: true });
    let text = '';
    const decoder = new TextDecoder();
    await expect(
      (async () => {
        for await (const part of response.body ?? [])
          text += decoder.decode(part as Uint8Array, { stream: true });
      })(),
    ).rejects.toThrow();
    const data = [...text.matchAll(/^data: (.*)$/gm)].map(([, one = '']) => one);
    expect(data).toHaveLength(5);
    expect(entryOf(JSON.parse(data[0] ?? '').id)).toMatchObject({
      ending: 'cut',
      reported: false,
      invoiced: { output: 4 },
    });
  });

  test('a cut body breaks off', async () => {
    const response = await post(CHAT, { model: 'sim-small@cut-after-1', messages: HI });
    await expect(response.text()).rejects.toThrow();
  });

  test('an error inside a stream, in both dialects', async () => {
    const openai = await events(
      await post(CHAT, { model: 'sim-small@error-in-stream', messages: HI, stream: true }),
    );
    expect(JSON.parse(openai.at(-1) ?? '')).toMatchObject({
      error: { message: expect.stringContaining('Overloaded') },
    });
    expect(openai).not.toContain('[DONE]');
    const anthropic = await events(
      await post(MESSAGES, { model: 'm@error-in-stream', max_tokens: 99, messages: HI, stream: true }),
    );
    expect(JSON.parse(anthropic.at(-1) ?? '')).toMatchObject({
      type: 'error',
      error: { type: 'overloaded_error' },
    });
  });

  test('without usage: reported nowhere, booked all the same', async () => {
    const body = await (await post(CHAT, { model: 'sim-small@no-usage', messages: HI })).text().then(parse);
    expect(body).not.toHaveProperty('usage');
    expect(entryOf(body.id)?.reported).toBe(false);
    expect(entryOf(body.id)?.invoiced.output).toBeGreaterThan(0);
  });

  test('a client that leaves is booked with what it was sent', async () => {
    const leaving = new AbortController();
    const response = await post(
      CHAT,
      { model: 'sim-small@slow', messages: HI, stream: true },
      { signal: leaving.signal },
    );
    const first = await response.body?.getReader().read();
    const id = /"id":"([^"]+)"/.exec(new TextDecoder().decode(first?.value as Uint8Array))?.[1] ?? '';
    leaving.abort();
    await expect.poll(() => entryOf(id)).toMatchObject({ ending: 'client-left', reported: false });
    const whole = await (await post(CHAT, { model: 'sim-small', messages: HI })).text().then(parse);
    expect(entryOf(id)?.invoiced.output).toBeLessThan(whole.usage.completion_tokens);
  });

  test('a request that hangs gets nothing until the client leaves', async () => {
    const outcome = await post(
      CHAT,
      { model: 'sim-small@hang', messages: HI },
      { signal: AbortSignal.timeout(150) },
    ).catch((error: Error) => error.name);
    expect(outcome).toBe('TimeoutError');
  });

  test('closing ends what hangs', async () => {
    const other = await startSimulator({ host: '127.0.0.1', port: 0, seed: 's', timeScale: 0 });
    const hanging = fetch(`${other.url}${CHAT}`, {
      method: 'POST',
      body: JSON.stringify({ model: 'm@hang', messages: HI }),
    });
    const outcome = hanging.then(
      () => 'answered',
      () => 'broken off',
    );
    await expect.poll(() => fetch(`${other.url}/healthz`).then((response) => response.status)).toBe(200);
    await other.close();
    expect(await outcome).toBe('broken off');
  });
});

test('the book over HTTP: read and cleared', async () => {
  await post(CHAT, { model: 'sim-small', messages: HI });
  const response = await fetch(`${simulator.url}/simulator/book`);
  expect(response.headers.get('x-book-dropped')).toBe('0');
  expect(await response.text().then(parse)).toEqual(simulator.book());
  expect((await fetch(`${simulator.url}/simulator/book`, { method: 'DELETE' })).status).toBe(204);
  expect(simulator.book()).toEqual([]);
});
