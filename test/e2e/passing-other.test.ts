/** What passes through beside chats and messages: responses, embeddings, uploads, batches, and all the rest of `/v1/*`. */
import { createHash } from 'node:crypto';
import { inspect } from 'node:util';

import { afterEach, describe, expect, it } from 'vitest';

import { keyDigest } from '../../src/secrets/secrets.ts';
import type { KeyRule } from '../../src/rulebook/rulebook.ts';
import { formatDollars } from '../../src/units/money.ts';
import { startGatewayAlone } from './gateway-alone.ts';
import type { GatewayAlone, GatewayAloneOptions, SeenRequest } from './gateway-alone.ts';

let gateway: GatewayAlone | undefined;
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});

async function start(options: GatewayAloneOptions): Promise<GatewayAlone> {
  gateway = await startGatewayAlone(options);
  return gateway;
}

/** A provider that answers each path with JSON. */
function answering(answers: (request: SeenRequest) => unknown): GatewayAloneOptions['provider'] {
  return (request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answers(request)));
  };
}

function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

const USAGE = {
  input_tokens: 1_000,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 100,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 1_100,
};
function made(more: object = {}): object {
  return {
    id: 'resp_1',
    object: 'response',
    model: 'gpt-5-mini-2025-08-07',
    status: 'completed',
    background: false,
    error: null,
    output: [],
    usage: USAGE,
    service_tier: 'default',
    ...more,
  };
}

describe('responses', () => {
  it('are charged what they report, and say so in a header', async () => {
    const { url, settlements } = await start({ provider: answering(() => made()) });
    const answer = await post(`${url}/v1/responses`, { model: 'gpt-5-mini', input: 'Hello' });
    expect(await answer.json()).toEqual(made());
    const [charge] = settlements[0]!.charges;
    expect(settlements[0]!.intent).toMatchObject({
      wire: 'openai-responses',
      endpoint: 'inference',
      path: '/v1/responses',
    });
    expect(charge).toMatchObject({ usage: { freshIn: 1_000, textOut: 100 }, basis: 'reported' });
    expect(charge!.cost.kind === 'priced' && formatDollars(charge!.cost.total)).toBe(
      answer.headers.get('x-setpoint-cost'),
    );
  });

  it('are charged the tools that they used beside their tokens', async () => {
    const output = [
      { id: 'w', type: 'web_search_call', status: 'completed', action: { type: 'search', query: 'q' } },
      { id: 'f', type: 'file_search_call', status: 'completed' },
    ];
    const { url, settlements } = await start({ provider: answering(() => made({ output })) });
    await post(`${url}/v1/responses`, { model: 'gpt-5-mini', input: 'Hello' });
    const cost = settlements[0]!.charges[0]!.cost;
    if (cost.kind !== 'priced') throw new Error('priced');
    const fees = cost.buckets.filter(({ bucket }) => bucket === 'webSearch' || bucket === 'fileSearch');
    // $10 and $2.50 per thousand calls
    expect(fees.map(({ bucket, cost: fee }) => [bucket, formatDollars(fee)])).toEqual([
      ['webSearch', '0.01'],
      ['fileSearch', '0.0025'],
    ]);
  });

  it('show a fee without a price apart from tokens that have one', async () => {
    const output = [
      { id: 'c', type: 'code_interpreter_call', status: 'completed', container_id: 'cntr_1' },
      { id: 'd', type: 'code_interpreter_call', status: 'completed', container_id: 'cntr_1' },
    ];
    const { url, settlements } = await start({ provider: answering(() => made({ output })) });
    const answer = await post(`${url}/v1/responses`, { model: 'gpt-5-mini', input: 'Hello' });
    expect(answer.headers.has('x-setpoint-cost')).toBe(false);
    expect(settlements[0]!.charges).toMatchObject([
      { part: 'call', usage: { freshIn: 1_000, textOut: 100 }, cost: { kind: 'priced' } },
      { part: 'tool fees', usage: { codeSession: 1 }, cost: { kind: 'unpriced', missing: ['codeSession'] } },
    ]);
  });

  it('do not claim to know a prompt that the provider keeps', async () => {
    const { url, settlements } = await start({ provider: answering(() => made()) });
    await post(`${url}/v1/responses`, {
      model: 'gpt-5-mini',
      input: 'And now?',
      previous_response_id: 'resp_0',
    });
    await post(`${url}/v1/responses`, { model: 'gpt-5-mini', instructions: 'Be brief.', input: 'And now?' });
    expect(settlements[0]!.composition).toMatchObject({ basis: 'unknown', input: { unknown: 1_000 } });
    expect(settlements[1]!.composition.input).toMatchObject({
      system: expect.any(Number),
      user: expect.any(Number),
    });
  });

  it('stream as they came, and their end is recorded', async () => {
    const events = [
      { type: 'response.created', response: made({ status: 'in_progress', usage: null }) },
      { type: 'response.output_text.delta', delta: 'Hello' },
      { type: 'response.incomplete', response: made({ status: 'incomplete' }) },
    ];
    const bytes = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
    const { url, settled, settlements } = await start({
      provider: (_request, answer) =>
        void answer.writeHead(200, { 'content-type': 'text/event-stream' }).end(bytes),
    });
    const answer = await post(`${url}/v1/responses`, { model: 'gpt-5-mini', input: 'Hello', stream: true });
    expect(await answer.text()).toBe(bytes);
    await settled(1);
    expect(settlements[0]).toMatchObject({ status: 'ok', finishReason: 'incomplete' });
    expect(settlements[0]!.charges[0]).toMatchObject({ basis: 'reported', usage: { freshIn: 1_000 } });
  });

  it('that break off are refused inside the stream, as an event that official clients read', async () => {
    const { url, settled, settlements } = await start({
      provider: (_request, answer) => {
        answer.writeHead(200, { 'content-type': 'text/event-stream' });
        answer.write(
          'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"Hel"}\n\n',
        );
        setTimeout(() => answer.destroy(), 20);
      },
    });
    const answer = await post(`${url}/v1/responses`, { model: 'gpt-5-mini', input: 'Hello', stream: true });
    const last = (await answer.text()).trim().split('\n').at(-1)!.slice('data: '.length);
    expect(JSON.parse(last)).toMatchObject({ type: 'error', error: { code: 'setpoint_upstream_failed' } });
    await settled(1);
    expect(settlements[0]).toMatchObject({ status: 'upstream_failed' });
    expect(settlements[0]!.charges[0]).toMatchObject({ basis: 'counted' });
  });

  it('that fail before a word cost nothing', async () => {
    const failed = {
      type: 'response.failed',
      response: made({ status: 'failed', usage: null, error: { code: 'insufficient_quota' } }),
    };
    const { url, settled, settlements } = await start({
      provider: (_request, answer) =>
        void answer
          .writeHead(200, { 'content-type': 'text/event-stream' })
          .end(`data: ${JSON.stringify(failed)}\n\n`),
    });
    await (await post(`${url}/v1/responses`, { model: 'gpt-5-mini', input: 'Hello', stream: true })).text();
    await settled(1);
    expect(settlements[0]).toMatchObject({ status: 'upstream_error' });
    expect(settlements[0]!.charges[0]!.cost).toMatchObject({ kind: 'priced', total: 0n });
  });

  it('in the background are pending, and their retrieval is one more attempt of the same call, once', async () => {
    let state: object = made({ status: 'queued', background: true, usage: null });
    const { url, settlements } = await start({ provider: answering(() => state) });
    await post(`${url}/v1/responses`, { model: 'gpt-5-mini', input: 'Hello', background: true });
    expect(settlements[0]!.charges[0]).toMatchObject({
      cost: { kind: 'unpriced' },
      flag: expect.stringMatching(/^pending/),
    });

    state = made({ status: 'in_progress', background: true, usage: null });
    await (await fetch(`${url}/v1/responses/resp_1`)).text();
    expect(settlements.map(({ intent }) => intent.endpoint)).toEqual(['inference', 'retrieve']);

    state = made({ background: true });
    for (const _ of [1, 2]) await (await fetch(`${url}/v1/responses/resp_1`)).text();
    expect(settlements.map(({ intent }) => [intent.endpoint, intent.kind])).toEqual([
      ['inference', 'primary'],
      ['retrieve', 'primary'],
      ['retrieve', 'primary'],
      ['inference', 'result'],
      ['retrieve', 'primary'],
    ]);
    const [created, , , result] = settlements;
    expect(result!.intent).toMatchObject({ call: created!.intent.call, attemptNumber: 2 });
    expect(result!.intent.attempt).not.toBe(created!.intent.attempt);
    expect(result!.charges[0]).toMatchObject({
      usage: { freshIn: 1_000, textOut: 100 },
      cost: { kind: 'priced' },
    });
  });

  it('of others, retrieved here, are not charged: whoever made them may have', async () => {
    const { url, settlements } = await start({ provider: answering(() => made({ background: true })) });
    await (await fetch(`${url}/v1/responses/resp_1`)).text();
    expect(settlements).toHaveLength(1);
    expect(settlements[0]!.charges[0]).toMatchObject({ usage: {}, cost: { total: 0n } });
  });
});

describe('embeddings', () => {
  it('are charged by their input', async () => {
    const { url, settlements } = await start({
      provider: answering(() => ({
        object: 'list',
        data: [{ object: 'embedding', index: 0, embedding: 'AAAA' }],
        model: 'text-embedding-3-small',
        usage: { prompt_tokens: 12, total_tokens: 12 },
      })),
      providers: [{ models: ['*'] }],
    });
    await post(`${url}/v1/embeddings`, { model: 'text-embedding-3-small', input: ['one', 'two'] });
    await post(`${url}/v1/embeddings`, { model: 'text-embedding-3-small', input: [1, 2, 3] });
    expect(settlements.map(({ intent }) => [intent.wire, intent.endpoint])).toEqual([
      ['openai-embeddings', 'embeddings'],
      ['openai-embeddings', 'embeddings'],
    ]);
    // $0.02 per million tokens
    expect(settlements[0]!.charges[0]).toMatchObject({ usage: { freshIn: 12 }, cost: { total: 240_000n } });
    expect(settlements[0]!.composition.input).toMatchObject({ user: expect.any(Number) });
  });
});

describe('every other path', () => {
  const FREE = { kind: 'priced', total: 0n };
  const UNKNOWN = { kind: 'unpriced' };
  const CASES = [
    ['GET', '/v1/files', 'files', FREE],
    ['DELETE', '/v1/files/file-1', 'files', FREE],
    ['POST', '/v1/batches', 'batches', FREE],
    ['GET', '/v1/models/gpt-4o', 'models', FREE],
    ['POST', '/v1/moderations', 'moderations', FREE],
    ['GET', '/v1/vector_stores/vs_1', 'retrieve', FREE],
    ['POST', '/v1/vector_stores', 'other', UNKNOWN],
    ['POST', '/v1/fine_tuning/jobs', 'other', UNKNOWN],
    ['POST', '/v1/images/generations', 'images', UNKNOWN],
    ['POST', '/v1/audio/speech', 'audio', UNKNOWN],
    ['POST', '/v1/videos', 'videos', UNKNOWN],
  ] as const;

  it.each(CASES)('%s %s leaves one line of kind %s', async (method, path, endpoint, cost) => {
    const { url, seen, intents, settlements } = await start({ provider: answering(() => ({ id: 'x' })) });
    const answer = await fetch(`${url}${path}?limit=2`, {
      method,
      ...(method === 'POST' && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ input: 'Hello' }),
      }),
    });
    expect([answer.status, await answer.json()]).toEqual([200, { id: 'x' }]);
    expect(seen.map((one) => [one.method, one.url])).toEqual([[method, `${path}?limit=2`]]);
    expect(intents).toHaveLength(1);
    expect(settlements).toHaveLength(1);
    expect(settlements[0]).toMatchObject({ status: 'ok', intent: { endpoint, path, wire: 'openai-other' } });
    expect(settlements[0]!.charges[0]!.cost).toMatchObject(cost);
    expect(answer.headers.has('x-setpoint-cost')).toBe(cost === FREE);
  });

  it('an answer without a body is an answer', async () => {
    const { url, settlements } = await start({
      provider: (_request, answer) => void answer.writeHead(204).end(),
    });
    expect((await fetch(`${url}/v1/files/f`, { method: 'DELETE' })).status).toBe(204);
    expect(settlements[0]).toMatchObject({ status: 'ok', httpStatus: 204 });
  });

  it('binary answers pass as they come', async () => {
    const audio = Buffer.from(Array.from({ length: 100_000 }, (_, at) => at % 256));
    const { url, settled, settlements } = await start({
      provider: (_request, answer) => void answer.writeHead(200, { 'content-type': 'audio/mpeg' }).end(audio),
    });
    const answer = await post(`${url}/v1/audio/speech`, {
      model: 'gpt-4o-mini-tts',
      input: 'Hi',
      voice: 'x',
    });
    expect(answer.headers.get('content-type')).toBe('audio/mpeg');
    expect(Buffer.from(await answer.arrayBuffer()).equals(audio)).toBe(true);
    await settled(1);
    expect(settlements[0]).toMatchObject({
      status: 'ok',
      intent: { endpoint: 'audio', model: 'gpt-4o-mini-tts' },
    });
  });

  it('the provider’s own administration is closed, also by a detour', async () => {
    const { url, port, seen } = await start({ provider: answering(() => ({})) });
    expect((await fetch(`${url}/v1/organization/costs`)).status).toBe(404);
    expect((await fetch(`${url}/v1/files/%2e%2e/organization`)).status).toBe(404);
    const { request } = await import('node:http');
    const status = await new Promise((resolve) =>
      request({ port, host: '127.0.0.1', path: '/v1/files/../organization/costs' }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      }).end(),
    );
    expect(status).toBe(404);
    expect(seen).toEqual([]);
  });

  it('completions are asked for their usage like chats', async () => {
    const { url, seen, settled, settlements } = await start({
      provider: (_request, answer) => {
        answer.writeHead(200, { 'content-type': 'text/event-stream' });
        answer.write(
          'data: {"id":"c","model":"gpt-4o","choices":[{"text":"Hi","index":0,"finish_reason":"stop"}]}\n\n',
        );
        answer.write(
          'data: {"id":"c","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}\n\n',
        );
        answer.end('data: [DONE]\n\n');
      },
    });
    const answer = await post(`${url}/v1/completions`, { model: 'gpt-4o', prompt: 'Hi', stream: true });
    expect(await answer.text()).not.toContain('usage');
    expect(seen[0]!.body.toString()).toContain('"stream_options":{"include_usage":true}');
    await settled(1);
    expect(settlements[0]!.charges[0]).toMatchObject({
      usage: { freshIn: 3, textOut: 1 },
      basis: 'reported',
    });
  });
});

describe('uploads', () => {
  function form(model: string, fileBytes: number, modelFirst = true): FormData {
    const body = new FormData();
    if (modelFirst) body.set('model', model);
    body.set('file', new Blob([Buffer.alloc(fileBytes, 0xfe)]), 'speech.wav');
    if (!modelFirst) body.set('model', model);
    return body;
  }
  const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
  const echo = answering(({ body, headers }) => ({
    bytes: body.length,
    digest: digest(body),
    type: headers['content-type'],
    text: 'Hi.',
    usage: {
      type: 'tokens',
      input_tokens: 14,
      input_token_details: { audio_tokens: 10, text_tokens: 4 },
      output_tokens: 4,
      total_tokens: 18,
    },
  }));

  it.each([
    ['held', 40_000, false],
    ['streamed', 3_000_000, true],
  ] as const)(
    'a form that is %s arrives byte by byte, with its type, and is priced by its model',
    async (_how, size, first) => {
      const { url, settlements } = await start({ provider: echo });
      const sent = new Request(`${url}/v1/audio/transcriptions`, {
        method: 'POST',
        body: form('gpt-4o-transcribe', size, first),
      });
      const bytes = Buffer.from(await sent.clone().arrayBuffer());
      const answer = (await (await fetch(sent)).json()) as Record<string, unknown>;
      expect(answer).toMatchObject({
        bytes: bytes.length,
        digest: digest(bytes),
        type: sent.headers.get('content-type'),
      });
      expect(settlements[0]!.intent).toMatchObject({
        endpoint: 'audio',
        modelRequested: 'gpt-4o-transcribe',
        model: 'gpt-4o-transcribe',
      });
      expect(settlements[0]!.charges[0]!.usage).toEqual({ freshIn: 4, audioIn: 10, textOut: 4 });
    },
  );

  it('a routed model is replaced in a form too, and nothing else', async () => {
    const { url, seen } = await start({
      provider: echo,
      providers: [{ name: 'groq', models: ['whisper*'] }],
    });
    const sent = new Request(`${url}/v1/audio/transcriptions`, {
      method: 'POST',
      body: form('groq/whisper-large-v3', 10, false),
    });
    const before = Buffer.from(await sent.clone().arrayBuffer()).toString('latin1');
    await (await fetch(sent)).text();
    expect(seen[0]!.body.toString('latin1')).toBe(
      before.replace('groq/whisper-large-v3', 'whisper-large-v3'),
    );
  });

  it('that are too large are refused, stated or not', async () => {
    const { url, settlements } = await start({ provider: echo, limits: { uploadBytes: 2_000_000 } });
    const stated = await fetch(`${url}/v1/files`, { method: 'POST', body: Buffer.alloc(2_000_001) });
    expect(stated.status).toBe(413);
    expect(settlements).toEqual([]);
    const pieces = new ReadableStream({
      start(controller) {
        for (let piece = 0; piece < 30; piece += 1) controller.enqueue(new Uint8Array(100_000));
        controller.close();
      },
    });
    const unstated = await fetch(`${url}/v1/files`, {
      method: 'POST',
      body: pieces,
      duplex: 'half',
    }).catch(() => undefined);
    expect(unstated?.status ?? 413).toBe(413);
    await gateway!.settled(1);
    expect(settlements[0]).toMatchObject({ status: expect.stringMatching(/upstream_failed|client_aborted/) });
  });
});

describe('batches', () => {
  const result = (id: string, more: object = {}): string =>
    JSON.stringify({
      id: `batch_req_${id}`,
      custom_id: `job-${id}`,
      response: {
        status_code: 200,
        request_id: `req_${id}`,
        body: {
          id: `chatcmpl-${id}`,
          object: 'chat.completion',
          model: 'gpt-4o',
          choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
          usage: { prompt_tokens: 1_000, completion_tokens: 100, total_tokens: 1_100 },
        },
        ...more,
      },
      error: null,
    });

  it('each result of a file is a call of its own at half the price, once', async () => {
    const file = `${result('1')}\n${result('2')}\n{"custom_id":"job-3","response":{"status_code":400,"body":{"error":{"message":"x"}}}}\n${result('4')}`;
    const { url, settled, settlements } = await start({
      provider: (_request, answer) => {
        answer.writeHead(200, { 'content-type': 'application/octet-stream' });
        for (let at = 0; at < file.length; at += 97) answer.write(file.slice(at, at + 97));
        answer.end();
      },
    });
    for (const _ of [1, 2])
      expect(
        await (
          await fetch(`${url}/v1/files/file-1/content`, { headers: { 'x-setpoint-workflow': 'nightly' } })
        ).text(),
      ).toBe(file);
    await settled(5);
    const results = settlements.filter(({ intent }) => intent.kind === 'result');
    expect(settlements).toHaveLength(5);
    expect(results.map(({ charges }) => charges[0]!.flag)).toEqual(
      ['1', '2', '4'].map((id) => `batch result job-${id}, priced when it was fetched`),
    );
    for (const { intent, charges, serviceTier } of results) {
      expect(intent).toMatchObject({
        wire: 'openai-chat',
        endpoint: 'inference',
        model: 'gpt-4o',
        attemptNumber: 1,
        attribution: { workflow: 'nightly' },
      });
      expect(serviceTier).toBe('batch');
      // half of 1000 × $2.50 and 100 × $10 per million
      expect(charges[0]).toMatchObject({
        usage: { freshIn: 1_000, textOut: 100 },
        cost: { total: 1_750_000_000n },
      });
    }
    expect(new Set(results.map(({ intent }) => intent.call)).size).toBe(3);
  });

  it('messages of Anthropic’s batches too', async () => {
    const line = (id: string, outcome: object): string => JSON.stringify({ custom_id: id, result: outcome });
    const message = {
      id: 'msg_1',
      type: 'message',
      model: 'claude-sonnet-4-5',
      stop_reason: 'end_turn',
      usage: { input_tokens: 1_000, output_tokens: 100 },
    };
    const file = [
      line('a', { type: 'succeeded', message }),
      line('b', { type: 'errored', error: { type: 'invalid_request' } }),
      line('c', { type: 'expired' }),
    ].join('\n');
    const { url, settled, settlements } = await start({
      provider: (_request, answer) =>
        void answer.writeHead(200, { 'content-type': 'application/x-jsonl' }).end(file),
    });
    const answer = await fetch(`${url}/v1/messages/batches/b_1/results`, {
      headers: { 'anthropic-version': '2023-06-01' },
    });
    expect(await answer.text()).toBe(file);
    await settled(2);
    expect(settlements).toHaveLength(2);
    const [own] = settlements.filter(({ intent }) => intent.kind === 'result');
    expect(own).toMatchObject({
      intent: { wire: 'anthropic-messages', model: 'claude-sonnet-4-5' },
      responseId: 'msg_1',
    });
    // half of 1000 × $3 and 100 × $15 per million
    expect(own!.charges[0]!.cost).toMatchObject({ total: 2_250_000_000n });
  });

  it('other files are read by nobody', async () => {
    const file =
      '{"messages":[]}\n{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{}}\n';
    const { url, settled, settlements } = await start({
      provider: (_request, answer) =>
        void answer.writeHead(200, { 'content-type': 'application/octet-stream' }).end(file),
    });
    expect(await (await fetch(`${url}/v1/files/f/content`)).text()).toBe(file);
    await settled(1);
    expect(settlements).toHaveLength(1);
  });
});

describe('credentials', () => {
  const SECRET = 'sp_live_0123456789abcdef';
  const KEY: KeyRule = {
    id: 'key-1',
    digest: keyDigest(SECRET),
    workflow: 'w',
    team: 't',
    customer: '',
    tags: {},
    expiresAtMs: undefined,
  };
  const PLACES: ReadonlyArray<readonly [string, string, Record<string, string>]> = [
    ['authorization', '', { authorization: `Bearer ${SECRET}` }],
    ['x-api-key', '', { 'x-api-key': SECRET }],
    ['api-key', '', { 'api-key': SECRET }],
    ['x-goog-api-key', '', { 'x-goog-api-key': SECRET }],
    ['?key=', `?key=${SECRET}&alt=sse`, {}],
    ['?key= escaped', `?alt=sse&%6bey=${SECRET}`, {}],
  ];

  it.each(PLACES)('a Setpoint key is taken from %s and goes nowhere', async (_place, query, headers) => {
    const { url, seen, intents } = await start({
      provider: answering(() => made()),
      rulebook: { unkeyed: false, keys: [KEY] },
    });
    const answer = await post(`${url}/v1/responses${query}`, { model: 'gpt-5-mini', input: 'Hi' }, headers);
    expect(answer.status).toBe(200);
    expect(intents[0]).toMatchObject({ key: 'key-1', path: '/v1/responses' });
    expect(inspect([seen[0]!.url, seen[0]!.headers, intents], { depth: 9 })).not.toContain(SECRET);
    expect(seen[0]!.headers.authorization).toBe('Bearer provider-secret');
    expect(seen[0]!.url).toBe(query === '' ? '/v1/responses' : '/v1/responses?alt=sse');
  });

  it('a provider that wants its key in another header gets it there', async () => {
    const { url, seen } = await start({
      provider: answering(() => made()),
      providers: [{ keyHeader: 'api-key', models: ['*'] }],
    });
    await post(`${url}/v1/responses`, { model: 'gpt-5-mini', input: 'Hi' });
    expect(seen[0]!.headers).toMatchObject({ 'api-key': 'provider-secret' });
    expect(seen[0]!.headers.authorization).toBeUndefined();
  });
});

describe('where a call goes', () => {
  const PROVIDERS = [
    { name: 'openai', models: ['gpt-*'], account: 'org-1' },
    { name: 'groq', models: ['*'], priceProvider: 'groq', region: 'eu-1' },
  ];

  it('a prefix names the provider and is taken off', async () => {
    const { url, seen, intents } = await start({
      provider: answering(() => made()),
      providers: PROVIDERS,
    });
    await post(`${url}/v1/responses`, { model: 'groq/openai/gpt-oss-120b', input: 'Hi' });
    expect(JSON.parse(seen[0]!.body.toString())).toEqual({ model: 'openai/gpt-oss-120b', input: 'Hi' });
    expect(intents[0]).toMatchObject({
      provider: 'groq',
      priceProvider: 'groq',
      model: 'openai/gpt-oss-120b',
      modelRequested: 'groq/openai/gpt-oss-120b',
      region: 'eu-1',
      account: '',
    });
  });

  it('a request without a model goes to the first provider, or to the one that its header names', async () => {
    const { url, intents } = await start({ provider: answering(() => ({ data: [] })), providers: PROVIDERS });
    await (await fetch(`${url}/v1/files`)).text();
    await (await fetch(`${url}/v1/files`, { headers: { 'x-setpoint-provider': 'groq' } })).text();
    expect(intents.map(({ provider, account }) => [provider, account])).toEqual([
      ['openai', 'org-1'],
      ['groq', ''],
    ]);
    const nobody = await fetch(`${url}/v1/files`, { headers: { 'x-setpoint-provider': 'nobody' } });
    expect([nobody.status, await nobody.text()]).toEqual([
      404,
      expect.stringContaining('x-setpoint-provider'),
    ]);
  });

  it('a caller that pays itself says for which of its accounts', async () => {
    const { url, seen, intents } = await start({
      provider: answering(() => made()),
      providers: [{ models: ['*'] }],
      rulebook: { unkeyed: false, passThroughKeys: true },
    });
    const headers = { authorization: 'Bearer sk-own', 'openai-project': 'proj_9' };
    await post(`${url}/v1/responses`, { model: 'gpt-5-mini', input: 'Hi' }, headers);
    expect(intents[0]).toMatchObject({ key: 'pass-through', account: 'proj_9' });
    expect(seen[0]!.headers).toMatchObject(headers);
  });
});
