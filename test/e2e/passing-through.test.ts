import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { startGatewayAlone } from './gateway-alone.ts';
import type { GatewayAlone, GatewayAloneOptions } from './gateway-alone.ts';

const FIXTURES = join(import.meta.dirname, '../../../shared/fixtures/wire');
const CHAT = { model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] };
const MESSAGE = { model: 'claude-sonnet-4-5', max_tokens: 64, messages: [{ role: 'user', content: 'hi' }] };

let gateway: GatewayAlone | undefined;
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});

async function start(options: GatewayAloneOptions): Promise<GatewayAlone> {
  gateway = await startGatewayAlone(options);
  return gateway;
}

function post(
  url: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

function sse(events: readonly string[], anthropic: boolean): Buffer {
  const name = (data: string): string =>
    anthropic ? `event: ${(JSON.parse(data) as { type?: string }).type ?? 'x'}\n` : '';
  return Buffer.from(
    events.map((data) => `${name(data)}data: ${data}\n\n`).join('') + (anthropic ? '' : 'data: [DONE]\n\n'),
  );
}

describe.skipIf(!existsSync(FIXTURES))(
  'recorded answers (skipped where ../shared/fixtures/wire is absent)',
  () => {
    const recorded = ['openai-chat', 'anthropic'].flatMap((folder) =>
      existsSync(join(FIXTURES, folder))
        ? readdirSync(join(FIXTURES, folder)).map((file) => ({ folder, file }))
        : [],
    );

    it.each(recorded)(
      '$folder/$file reaches the client as the provider sent it',
      async ({ folder, file }) => {
        const anthropic = folder === 'anthropic';
        const raw = readFileSync(join(FIXTURES, folder, file));
        const stream = file.endsWith('.chunks.txt');
        const bytes = stream
          ? sse(
              raw
                .toString('utf8')
                .split('\n')
                .filter((line) => line.trim() !== ''),
              anthropic,
            )
          : raw;
        const { url, seen, settled, settlements } = await start({
          provider: (_request, response) => {
            response.writeHead(200, {
              'content-type': stream ? 'text/event-stream; charset=utf-8' : 'application/json',
              'set-cookie': 'a=b',
              'x-request-id': 'req_1',
            });
            for (let at = 0; at < bytes.length; at += 700) response.write(bytes.subarray(at, at + 700)); // cuts events anywhere
            response.end();
          },
        });
        const body = {
          ...(anthropic ? MESSAGE : CHAT),
          stream,
          ...(stream && !anthropic ? { stream_options: { include_usage: true } } : {}),
        };
        const sent = JSON.stringify(body);
        const answer = await post(url, anthropic ? '/v1/messages' : '/v1/chat/completions', sent);
        expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
        expect(seen[0]?.body.toString()).toBe(sent);
        expect(answer.headers.get('x-request-id')).toBe('req_1');
        expect(answer.headers.get('set-cookie')).toBeNull();
        await settled(1);
        expect(settlements[0]?.charges.length).toBeGreaterThan(0);
      },
    );
  },
);

const USAGE = { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 };
function chunk(fields: object): string {
  return JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o', ...fields });
}
const STREAM = [
  chunk({ choices: [{ index: 0, delta: { role: 'assistant', content: 'Hel' }, finish_reason: null }] }),
  chunk({ choices: [{ index: 0, delta: { content: 'lo' }, finish_reason: null }] }),
  chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
];

describe('usage of OpenAI streams', () => {
  const provider: GatewayAloneOptions['provider'] = (request, response) => {
    const asked = request.body.includes('"include_usage":true');
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(sse([...STREAM, ...(asked ? [chunk({ choices: [], usage: USAGE })] : [])], false));
  };

  it('is asked for, charged, and taken out again for a client that did not ask', async () => {
    const { url, seen, settled, settlements } = await start({ provider });
    const text = await (await post(url, '/v1/chat/completions', { ...CHAT, stream: true })).text();
    expect(text).toBe(sse(STREAM, false).toString());
    expect(JSON.parse(seen[0]?.body.toString() ?? '')).toEqual({
      ...CHAT,
      stream: true,
      stream_options: { include_usage: true },
    });
    await settled(1);
    expect(settlements[0]).toMatchObject({
      status: 'ok',
      charges: [{ basis: 'reported', usage: { freshIn: 12, textOut: 3 } }],
    });
  });

  it('stays for a client that asked', async () => {
    const { url } = await start({ provider });
    const text = await (
      await post(url, '/v1/chat/completions', {
        ...CHAT,
        stream: true,
        stream_options: { include_usage: true },
      })
    ).text();
    expect(text).toContain('"usage":{"prompt_tokens":12');
  });

  it('is counted and said to be counted where the provider never reports it', async () => {
    const silent: GatewayAloneOptions['provider'] = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(sse(STREAM, false));
    };
    const { url, settled, settlements } = await start({ provider: silent });
    expect(await (await post(url, '/v1/chat/completions', { ...CHAT, stream: true })).text()).toBe(
      sse(STREAM, false).toString(),
    );
    await settled(1);
    const usage = settlements[0]?.charges[0]?.usage;
    expect(settlements[0]?.charges[0]?.basis).toBe('counted');
    expect(usage?.textOut).toBeGreaterThan(0);
    expect(usage?.freshIn).toBeGreaterThan(0);
  });
});

describe('a client that leaves', () => {
  /** Streams for ever, slowly, until told to end; says whether its own client stayed. */
  function patient(): {
    provider: GatewayAloneOptions['provider'];
    closed: Promise<void>;
    finish: () => void;
  } {
    const left = Promise.withResolvers<void>();
    let end: () => void = () => undefined;
    return {
      closed: left.promise,
      finish: () => end(),
      provider: (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const beat = setInterval(
          () => response.write(sse([STREAM[1]!], false).subarray(0, -'data: [DONE]\n\n'.length)),
          5,
        );
        end = () => {
          clearInterval(beat);
          response.end(sse([STREAM[2]!, chunk({ choices: [], usage: USAGE })], false));
        };
        response.on('close', () => {
          clearInterval(beat);
          left.resolve();
        });
      },
    };
  }

  async function leave(url: string): Promise<void> {
    const abort = new AbortController();
    const answer = await post(url, '/v1/chat/completions', { ...CHAT, stream: true }, {}, abort.signal);
    const reader = answer.body?.getReader();
    await reader?.read();
    abort.abort();
  }

  it('is drained by default: the line carries the provider’s own usage', async () => {
    const upstream = patient();
    const { url, connected, settled, settlements } = await start({ provider: upstream.provider });
    await leave(url);
    await connected(0);
    expect(settlements).toHaveLength(0);
    upstream.finish();
    await settled(1);
    expect(settlements[0]).toMatchObject({
      status: 'client_aborted',
      charges: [{ basis: 'reported', usage: { freshIn: 12, textOut: 3 } }],
    });
  });

  it('is cancelled by policy: the upstream is closed and what was delivered is counted', async () => {
    const upstream = patient();
    const { url, settled, settlements } = await start({
      provider: upstream.provider,
      providers: [{ onClientGone: 'cancel' }],
    });
    await leave(url);
    await upstream.closed;
    await settled(1);
    expect(settlements[0]?.status).toBe('client_aborted');
    expect(settlements[0]?.charges[0]).toMatchObject({ basis: 'counted' });
    expect(settlements[0]?.charges[0]?.usage.textOut).toBeGreaterThan(0);
  });

  it('is drained no longer than the limit', async () => {
    const upstream = patient();
    const { url, settled, settlements } = await start({
      provider: upstream.provider,
      limits: { drainMs: 30 },
    });
    await leave(url);
    await upstream.closed;
    await settled(1);
    expect(settlements[0]).toMatchObject({ status: 'client_aborted', charges: [{ basis: 'counted' }] });
  });

  it('loses no line when it leaves before a whole answer', async () => {
    const asked = Promise.withResolvers<ServerResponse>();
    const { url, connected, settled, settlements } = await start({
      provider: (_request, response) => asked.resolve(response),
    });
    const abort = new AbortController();
    const answer = post(url, '/v1/chat/completions', CHAT, {}, abort.signal);
    const response = await asked.promise;
    abort.abort();
    await expect(answer).rejects.toThrow();
    await connected(0);
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ id: 'x', model: 'gpt-4o', choices: [], usage: USAGE }));
    await settled(1);
    expect(settlements[0]).toMatchObject({
      status: 'client_aborted',
      charges: [{ basis: 'reported', usage: { freshIn: 12 } }],
    });
  });
});

describe('a provider that fails', () => {
  it('with an error status is passed on and costs nothing', async () => {
    const body = JSON.stringify({
      error: { message: 'slow down', type: 'rate_limit', code: 'rate_limit_exceeded' },
    });
    const { url, settlements } = await start({
      provider: (_request, response) =>
        void response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '7' }).end(body),
    });
    const answer = await post(url, '/v1/chat/completions', CHAT);
    expect([answer.status, answer.headers.get('retry-after'), await answer.text()]).toEqual([429, '7', body]);
    expect(settlements).toMatchObject([
      { status: 'upstream_error', httpStatus: 429, charges: [{ cost: { kind: 'priced', total: 0n } }] },
    ]);
  });

  it('by closing in the middle of a stream ends the stream with an error the client can read', async () => {
    const { url, settled, settlements } = await start({
      provider: (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(sse([STREAM[0]!], false).subarray(0, -'data: [DONE]\n\n'.length));
        setTimeout(() => response.destroy(), 20);
      },
    });
    const text = await (await post(url, '/v1/chat/completions', { ...CHAT, stream: true })).text();
    expect(text).toContain('setpoint_upstream_failed');
    await settled(1);
    expect(settlements[0]).toMatchObject({ status: 'upstream_failed', charges: [{ basis: 'counted' }] });
  });

  it('by not answering leaves a presumed line; by refusing the connection, a free one', async () => {
    const { url, settled, settlements } = await start({
      provider: (_request, response) => void response.destroy(),
    });
    const answer = await post(url, '/v1/messages', MESSAGE);
    expect(answer.status).toBe(502);
    expect(await answer.json()).toMatchObject({ type: 'error', error: { code: 'setpoint_upstream_failed' } });
    await settled(1);
    expect(settlements[0]).toMatchObject({ status: 'upstream_failed', charges: [{ basis: 'presumed' }] });
    await gateway?.stop();

    const refused = await start({
      provider: () => undefined,
      providers: [{ baseUrl: 'http://127.0.0.1:9/v1' }],
    });
    expect((await post(refused.url, '/v1/chat/completions', CHAT)).status).toBe(502);
    await refused.settled(1);
    expect(refused.settlements[0]).toMatchObject({
      status: 'upstream_failed',
      charges: [{ basis: 'reported', cost: { kind: 'priced', total: 0n } }],
    });
  });

  it('by hanging is given up after the limit', async () => {
    const { url, settled, settlements } = await start({
      provider: () => undefined,
      limits: { upstreamHeadersMs: 1_100 },
    });
    expect((await post(url, '/v1/chat/completions', CHAT)).status).toBe(504);
    await settled(1);
    expect(settlements[0]).toMatchObject({ status: 'upstream_failed', charges: [{ basis: 'presumed' }] });
  });
});

describe('what is never sent on', () => {
  const untouched: GatewayAloneOptions = {
    provider: (_request, response) =>
      void response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
    limits: { bodyBytes: 1024 * 1024 },
  };
  const deep = `{"model":"gpt-4o","messages":${'['.repeat(1_000)}${']'.repeat(1_000)}}`;

  it.each<[string, unknown, number]>([
    ['broken JSON', '{"model": ', 400],
    ['no model', { messages: [{ role: 'user', content: 'x' }] }, 400],
    ['a model of the wrong type', { ...CHAT, model: 7 }, 400],
    ['messages of the wrong type', { ...CHAT, messages: 'hi' }, 400],
    ['stream of the wrong type', { ...CHAT, stream: 'yes' }, 400],
    ['1,000 levels', deep, 400],
    [
      'a __proto__ key',
      '{"model":"gpt-4o","messages":[{"role":"user","content":"x"}],"__proto__":{"stream":true}}',
      400,
    ],
    ['a model nobody serves', { ...CHAT, model: 'no-such-model' }, 404],
    ['30 MB', JSON.stringify({ ...CHAT, padding: 'x'.repeat(30_000_000) }), 413],
    ['no body', '', 400],
  ])('%s', async (_name, body, status) => {
    const { url, seen, intents, faults } = await start(untouched);
    for (const path of ['/v1/chat/completions', '/v1/messages']) {
      const answer = await post(url, path, body).catch((fault: Error) => fault);
      // A client that is still sending when it is refused may see its connection end instead of the answer.
      if (answer instanceof Error) continue;
      expect(answer.status).toBe(path === '/v1/messages' && status === 404 ? 404 : status);
      const text = await answer.text();
      expect(text).not.toMatch(/\bat .*\.ts:\d+/);
      const said = JSON.parse(text) as {
        type?: string;
        error: { code: string; type: string; message: string };
      };
      expect(said.error.code).toBe('setpoint_bad_request');
      expect(said.type).toBe(path === '/v1/messages' ? 'error' : undefined);
    }
    expect([seen.length, intents.length, faults.length]).toEqual([0, 0, 0]);
  });

  it('bad UTF-8', async () => {
    const { url, seen } = await start(untouched);
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      body: Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d]),
    });
    expect([answer.status, seen.length]).toEqual([400, 0]);
  });

  it('a wrong, a missing and a foreign key', async () => {
    const digest = createHash('sha256').update('sp_live_right').digest('hex');
    const key = {
      id: 'k1',
      digest,
      workflow: 'support',
      team: 'CX',
      customer: '',
      tags: { env: 'prod' },
      expiresAtMs: undefined,
    };
    const { url, seen, intents } = await start({
      ...untouched,
      rulebook: {
        unkeyed: false,
        keys: [
          key,
          {
            ...key,
            id: 'k2',
            digest: createHash('sha256').update('sp_live_old').digest('hex'),
            expiresAtMs: 1,
          },
        ],
      },
    });
    for (const headers of [
      {},
      { authorization: 'Bearer sp_live_wrong' },
      { 'x-api-key': 'sp_live_old' },
      { authorization: 'Bearer sk-proj-123' },
    ]) {
      const answer = await post(url, '/v1/chat/completions', CHAT, headers);
      expect(answer.status).toBe(401);
      expect(await answer.text()).not.toMatch(/sk-proj|sp_live_w|sp_live_o/);
    }
    expect(seen).toHaveLength(0);
    for (const headers of [
      { authorization: 'Bearer sp_live_right' },
      { 'x-api-key': 'sp_live_right' },
      { 'api-key': 'sp_live_right' },
      { 'x-goog-api-key': 'sp_live_right' },
    ]) {
      expect((await post(url, '/v1/chat/completions', CHAT, headers)).status).toBe(200);
    }
    expect(intents[0]).toMatchObject({
      key: 'k1',
      attribution: { workflow: 'support', team: 'CX', tags: { env: 'prod' } },
    });
    expect(seen[0]?.headers['authorization']).toBe('Bearer provider-secret');
  });

  it('a header flood', async () => {
    const { port, seen } = await start(untouched);
    const reply = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(port, '127.0.0.1', () => {
        socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n`);
        for (let index = 0; index < 2_000; index += 1)
          socket.write(`x-flood-${index}: ${'y'.repeat(50)}\r\n`);
        socket.write('content-length: 2\r\n\r\n{}');
      });
      socket.on('data', (bytes) => void (text += bytes.toString()));
      socket.on('close', () => resolve(text));
      socket.on('error', () => resolve(text));
    });
    expect(reply).toMatch(/^HTTP\/1\.1 431 /);
    expect(reply).toContain('setpoint_bad_request');
    expect(seen).toHaveLength(0);
  });
});

describe('what is recorded', () => {
  it('nothing is sent when nothing can be recorded', async () => {
    const { url, seen, faults } = await start({
      provider: () => undefined,
      recorder: {
        intend: () => {
          throw new Error('disk full');
        },
      },
    });
    const answer = await post(url, '/v1/chat/completions', CHAT);
    expect([answer.status, seen.length, faults.length]).toEqual([503, 0, 1]);
    expect(await answer.text()).not.toContain('disk full');
  });

  it('who caused the call, what it cost, and its name for the client', async () => {
    const { url, settlements } = await start({
      provider: (_request, response) =>
        void response.writeHead(200, { 'content-type': 'application/json' }).end(
          JSON.stringify({
            id: 'chatcmpl-1',
            model: 'gpt-4o-2024-08-06',
            choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }],
            usage: USAGE,
          }),
        ),
    });
    const answer = await post(url, '/v1/chat/completions', CHAT, {
      'x-setpoint-workflow': 'support',
      'helicone-user-id': 'acme',
      baggage: 'setpoint.team=CX',
    });
    const [settlement] = settlements;
    expect(settlement?.intent.attribution).toMatchObject({
      workflow: 'support',
      team: 'CX',
      customer: 'acme',
    });
    expect(answer.headers.get('x-setpoint-call-id')).toBe(settlement?.intent.call);
    expect(answer.headers.get('x-setpoint-cost')).toBe('0.00006'); // 12 × $2.50 + 3 × $10 per million
    expect(answer.headers.get('x-setpoint-route')).toBe('openai/gpt-4o');
    expect(settlement).toMatchObject({
      responseId: 'chatcmpl-1',
      modelReturned: 'gpt-4o-2024-08-06',
      finishReason: 'stop',
      composition: { output: { text: 3 } },
    });
    expect(settlement?.intent.attribution.request).toBe(settlement?.intent.call);
  });

  it('models are listed in the asker’s dialect', async () => {
    const { url } = await start({ provider: () => undefined });
    const openai = (await (await fetch(`${url}/v1/models`)).json()) as {
      object: string;
      data: Array<{ id: string }>;
    };
    expect(openai.object).toBe('list');
    expect(openai.data.map(({ id }) => id)).toContain('gpt-4o');
    const anthropic = (await (
      await fetch(`${url}/v1/models`, { headers: { 'anthropic-version': '2023-06-01' } })
    ).json()) as { data: Array<{ type: string; id: string }> };
    expect(anthropic.data.every(({ type, id }) => type === 'model' && id.startsWith('claude-'))).toBe(true);
  });

  it('a token count is passed on and costs nothing', async () => {
    const { url, seen, settlements } = await start({
      provider: (_request, response) =>
        void response.writeHead(200, { 'content-type': 'application/json' }).end('{"input_tokens":9}'),
    });
    expect(
      await (
        await post(url, '/v1/messages/count_tokens', { model: MESSAGE.model, messages: MESSAGE.messages })
      ).json(),
    ).toEqual({ input_tokens: 9 });
    expect(seen[0]?.url).toBe('/v1/messages/count_tokens');
    expect(settlements[0]).toMatchObject({
      intent: { endpoint: 'count-tokens' },
      charges: [{ usage: {}, cost: { kind: 'priced', total: 0n } }],
    });
  });
});
