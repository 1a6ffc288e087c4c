/** Faults that the request path once had, one test each. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';

import { afterEach, describe, expect, it } from 'vitest';

import { EventEmitter } from 'node:events';

import type { Settlement } from '../../src/gateway/gateway.ts';
import { Exchange } from '../../src/gateway/stages/send.ts';
import type { ExchangeContext } from '../../src/gateway/stages/exchange-context.ts';
import { openaiChat } from '../../src/gateway/wires/openai-chat/wire.ts';
import { openPriceBook } from '../../src/prices/prices.ts';
import { DEFAULT_LIMITS } from '../../src/rulebook/rulebook.ts';
import { startGatewayAlone } from '../e2e/gateway-alone.ts';
import type { GatewayAlone, GatewayAloneOptions } from '../e2e/gateway-alone.ts';

const CHAT = { model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] };
const USAGE = { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 };
const ANSWER = JSON.stringify({
  id: 'x',
  model: 'gpt-4o',
  choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }],
  usage: USAGE,
});

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
  body: unknown,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

const answer: GatewayAloneOptions['provider'] = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER);
};

function event(fields: object): string {
  return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model: 'gpt-4o', ...fields })}\n\n`;
}
const SAID = event({ choices: [{ index: 0, delta: { content: 'hello' }, finish_reason: null }] });
const ENDED =
  event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }) + event({ choices: [], usage: USAGE });

describe('a model’s name', () => {
  it.each(['模型-4', 'a\nb', 'x\u0000y', '\ud800'])(
    '%j reaches no header raw and harms no worker',
    async (model) => {
      const { url, settled, faults } = await start({ provider: answer, providers: [{ models: ['*'] }] });
      const response = await post(url, { ...CHAT, model });
      expect(response.status).toBe(200);
      await response.text();
      await settled(1);
      expect(faults).toEqual([]);
    },
  );
});

describe('every attempt is settled once', () => {
  it('and an answer that was paid for goes out even when its settlement cannot be written', async () => {
    const { url, faults } = await start({
      provider: answer,
      recorder: {
        settle: () => {
          throw new Error('disk full');
        },
      },
    });
    const response = await post(url, CHAT);
    expect([response.status, await response.text()]).toEqual([200, ANSWER]);
    expect(faults).toHaveLength(1);
  });

  it.each(['compose', 'writeHead'] as const)(
    'also when %s fails: the connection is closed, the process lives',
    (step) => {
      const settled: Settlement[] = [];
      const faults: unknown[] = [];
      let destroyed = false;
      const fail = (): never => {
        throw new Error(step);
      };
      const response = Object.assign(new EventEmitter(), {
        headersSent: false,
        writableEnded: false,
        writableFinished: false,
        writeHead: step === 'writeHead' ? fail : () => undefined,
        end: () => undefined,
        destroy: () => void (destroyed = true),
      });
      const facts = {
        model: 'gpt-4o',
        stream: false,
        maxOutputTokens: undefined,
        answers: 1,
        usageAsked: true,
        user: '',
        metadata: {},
      };
      const context: Partial<ExchangeContext> = {
        response: response as unknown as ExchangeContext['response'],
        intent: {
          endpoint: 'inference',
          model: 'gpt-4o',
          presumed: { usage: {}, cost: { kind: 'unpriced', missing: [] } },
        } as unknown as ExchangeContext['intent'],
        wire: openaiChat,
        meter: openaiChat.meter(facts, { endpoint: 'inference', model: '', body: 'json', action: '' }),
        answerForm: () => 'json',
        prices: openPriceBook({ version: 'none' }),
        limits: DEFAULT_LIMITS,
        monotonicMs: () => 0,
        compose: step === 'compose' ? fail : () => ({ basis: 'unknown', input: {}, output: {} }),
        settle: (settlement) => settled.push(settlement) > 0,
        onFault: (fault) => void faults.push(fault),
        again: () => undefined,
      };
      const exchange = new Exchange(context as ExchangeContext);
      const controller = {
        aborted: false,
        paused: false,
        abort: () => undefined,
        pause: () => undefined,
        resume: () => undefined,
      } as never;
      exchange.onRequestStart(controller);
      exchange.onResponseStart(controller, 200, { 'content-type': 'application/json' });
      exchange.onResponseData(controller, Buffer.from(ANSWER));
      exchange.onResponseEnd();
      exchange.onResponseError(controller, new Error('aborted'));
      expect([settled.length, faults.length, destroyed]).toEqual([1, 1, true]);
    },
  );

  it('with nothing overtaking it: what follows an error event waits for the count', async () => {
    const { url, settled, settlements } = await start({
      provider: (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(SAID);
        response.write('data: {"error":{"message":"overloaded","type":"server_error"}}\n\n');
        setTimeout(() => response.end('data: [DONE]\n\n'), 2);
      },
    });
    const text = await (await post(url, { ...CHAT, stream: true })).text();
    expect(text.indexOf('"error"')).toBeLessThan(text.indexOf('[DONE]'));
    await settled(1);
    expect(settlements).toMatchObject([{ status: 'upstream_error' }]);
  });

  it('a stream that says all but the closing word is whole', async () => {
    const { url, settled, settlements } = await start({
      provider: (_request, response) =>
        void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(SAID + ENDED),
    });
    expect(await (await post(url, { ...CHAT, stream: true })).text()).not.toContain(
      'setpoint_upstream_failed',
    );
    await settled(1);
    expect(settlements).toMatchObject([{ status: 'ok', charges: [{ basis: 'reported' }] }]);
  });

  it('a last event without its blank line counts and reaches the client', async () => {
    const { url, settled, settlements } = await start({
      provider: (_request, response) =>
        void response
          .writeHead(200, { 'content-type': 'text/event-stream' })
          .end(`${SAID}${ENDED}data: [DONE]`),
    });
    expect(await (await post(url, { ...CHAT, stream: true })).text()).toContain('data: [DONE]');
    await settled(1);
    expect(settlements).toMatchObject([{ status: 'ok' }]);
  });
});

describe('what may have been charged', () => {
  it('is nothing when the request never left', async () => {
    const { url, settled, settlements } = await start({
      provider: answer,
      providers: [{ secret: 'bad\nsecret' }],
    });
    expect((await post(url, CHAT)).status).toBe(502);
    await settled(1);
    expect(settlements).toMatchObject([
      { status: 'upstream_failed', charges: [{ basis: 'reported', cost: { kind: 'priced', total: 0n } }] },
    ]);
  });

  it('is bounded whatever the caller states, and nothing for a token count', async () => {
    const { url, settled, intents } = await start({ provider: answer });
    await (await post(url, { ...CHAT, max_tokens: Number.MAX_SAFE_INTEGER })).text();
    await (
      await fetch(`${url}/v1/messages/count_tokens`, {
        method: 'POST',
        body: JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 100_000, messages: CHAT.messages }),
      })
    ).text();
    await settled(2);
    expect(intents[0]?.presumed.usage.textOut).toBeLessThanOrEqual(128_000);
    expect(intents[1]?.presumed.usage).toEqual({});
  });

  it('is presumed when a provider compresses its answer, which nobody can read: 502', async () => {
    const { url, settled, settlements } = await start({
      provider: (_request, response) =>
        void response
          .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
          .end(gzipSync(ANSWER)),
    });
    expect((await post(url, CHAT)).status).toBe(502);
    await settled(1);
    expect(settlements).toMatchObject([{ status: 'upstream_failed', charges: [{ basis: 'presumed' }] }]);
  });
});

describe('a connection that was kept and closed by the provider', () => {
  it('is tried again once on a fresh one; the first attempt has its own line', async () => {
    let served = 0;
    const provider = createServer((socket) => {
      let requests = 0;
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        if (!bytes.includes('"messages"')) return;
        requests += 1;
        if (requests === 2) return socket.resetAndDestroy(); // under the second request of a connection
        served += 1;
        socket.write(
          `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${ANSWER.length}\r\n\r\n${ANSWER}`,
        );
      });
    });
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`;
    const { url, settled, settlements } = await start({ provider: answer, providers: [{ baseUrl }] });
    for (let call = 0; call < 2; call += 1) {
      const response = await post(url, CHAT);
      expect([response.status, await response.text()]).toEqual([200, ANSWER]);
    }
    await settled(3);
    expect(served).toBe(2);
    expect(settlements.map(({ intent, status }) => [intent.attemptNumber, intent.kind, status])).toEqual([
      [1, 'primary', 'ok'],
      [1, 'primary', 'upstream_failed'],
      [2, 'retry', 'ok'],
    ]);
    expect(settlements[1]?.intent.call).toBe(settlements[2]?.intent.call);
    expect(settlements[1]?.charges[0]).toMatchObject({
      basis: 'presumed',
      cost: { kind: 'priced', total: 0n },
    });
    provider.close();
  });
});

describe('clients', () => {
  it('that leave after the last event take no place among the drained', async () => {
    const { url, settled, settlements } = await start({
      limits: { drainsAtOnce: 1 },
      provider: (request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        if (request.body.includes('"n":1')) response.write(`${SAID}${ENDED}data: [DONE]\n\n`); // and the connection stays open
        else {
          response.write(SAID);
          setTimeout(() => response.end(`${ENDED}data: [DONE]\n\n`), 200);
        }
      },
    });
    for (let leaver = 0; leaver < 3; leaver += 1) {
      const abort = new AbortController();
      const reader = (await post(url, { ...CHAT, stream: true, n: 1 }, {}, abort.signal)).body?.getReader();
      await reader?.read();
      await settled(leaver + 1);
      abort.abort();
    }
    const abort = new AbortController();
    const reader = (await post(url, { ...CHAT, stream: true }, {}, abort.signal)).body?.getReader();
    await reader?.read();
    abort.abort();
    await settled(4);
    expect(settlements[3]).toMatchObject({ status: 'client_aborted', charges: [{ basis: 'reported' }] });
  });

  it('that never read are cut, and their line is written', async () => {
    const { port, settled, settlements } = await start({
      limits: { clientStallMs: 150, drainMs: 100 },
      provider: (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const beat = setInterval(() => response.write(SAID.repeat(2_000)), 1);
        response.on('close', () => clearInterval(beat));
      },
    });
    const silent = httpRequest({
      port,
      host: '127.0.0.1',
      method: 'POST',
      path: '/v1/chat/completions',
      headers: { 'content-type': 'application/json' },
    });
    silent.on('response', (response) => void response.pause());
    silent.on('error', () => undefined);
    silent.end(JSON.stringify({ ...CHAT, stream: true }));
    await settled(1);
    expect(settlements[0]).toMatchObject({ status: 'client_aborted', charges: [{ basis: 'counted' }] });
    silent.destroy();
  });

  it('that are web pages of other sites cannot spend without a key', async () => {
    const { url, port, seen } = await start({ provider: answer });
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }] as Array<
      Record<string, string>
    >) {
      expect((await post(url, CHAT, headers)).status).toBe(403);
    }
    const rebound = await new Promise<number | undefined>((resolve) => {
      const request = httpRequest(
        {
          port,
          host: '127.0.0.1',
          method: 'POST',
          path: '/v1/chat/completions',
          headers: { host: 'evil.example' },
        },
        (response) => resolve(response.statusCode),
      );
      request.end(JSON.stringify(CHAT));
    });
    expect([rebound, seen.length]).toEqual([403, 0]);
    expect((await post(url, CHAT, { origin: 'http://localhost:3000' })).status).toBe(200);
  });

  it('may name the whole URL, and may not name an account that is billed to our key', async () => {
    const { port, seen } = await start({ provider: answer });
    const status = await new Promise<number | undefined>((resolve) => {
      const request = httpRequest(
        {
          port,
          host: '127.0.0.1',
          method: 'POST',
          path: `http://127.0.0.1:${port}/v1/chat/completions`,
          headers: { 'openai-organization': 'theirs' },
        },
        (response) => resolve(response.statusCode),
      );
      request.end(JSON.stringify(CHAT));
    });
    expect(status).toBe(200);
    expect(seen[0]?.headers['openai-organization']).toBeUndefined();
  });

  it('that are still being answered are waited for when the gateway stops', async () => {
    const { url, settlements } = await start({
      provider: (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(SAID);
        setTimeout(() => response.end(`${ENDED}data: [DONE]\n\n`), 300);
      },
    });
    const response = await post(url, { ...CHAT, stream: true });
    const stopped = gateway?.drain(10_000);
    expect(await response.text()).toContain('[DONE]');
    await stopped;
    expect(settlements).toMatchObject([{ status: 'ok' }]);
  });
});
