/** Second attempts: what may be sent again, how much of it, and when a provider is left alone. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';

import type { GatewayAlone, GatewayAloneOptions } from '../e2e/gateway-alone.ts';
import {
  chat,
  completion,
  DONE,
  gateways,
  post,
  said,
  sendJson,
  SMALL_USAGE,
  sse,
} from '../regression/complaints/world.ts';

const start = gateways();

const OPENAI = { name: 'openai', dialect: 'openai', models: ['gpt-*'], priceProvider: 'openai' } as const;
const QUICK = { most: 1, deadlineMs: 5_000 };

/** How each attempt ended, in the order of their settlements. */
function attempts(gateway: GatewayAlone): unknown[] {
  return gateway.settlements.map(({ intent, status, httpStatus }) => [
    intent.attemptNumber,
    intent.kind,
    `${intent.provider}/${intent.model}`,
    status,
    httpStatus,
  ]);
}

/** Fails with a status so often, then answers. */
function failing(
  times: number,
  status = 503,
  headers: Record<string, string> = {},
): GatewayAloneOptions['provider'] {
  let failed = 0;
  return (_request, response) => {
    failed += 1;
    if (failed > times) return sendJson(response, completion(SMALL_USAGE));
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end('{"error":{}}');
  };
}

describe('a failure of which the client knows nothing', () => {
  it.each([429, 500, 502, 503, 529])(
    '%d is tried again once, and both attempts have a line',
    async (status) => {
      const gateway = await start({ provider: failing(1, status), chance: () => 0 });
      expect((await chat(gateway)).status).toBe(200);
      await gateway.settled(2);
      expect(attempts(gateway)).toEqual([
        [1, 'primary', 'openai/gpt-4o', 'upstream_error', status],
        [2, 'retry', 'openai/gpt-4o', 'ok', 200],
      ]);
      const [first, second] = gateway.settlements;
      expect(first?.intent.call).toBe(second?.intent.call);
      expect(first?.intent.attempt).not.toBe(second?.intent.attempt);
      expect(first?.charges).toMatchObject([{ cost: { kind: 'priced', total: 0n } }]);
    },
  );

  it('a second failure is passed on as the provider said it', async () => {
    const gateway = await start({ provider: failing(9, 503, { 'retry-after': '0' }), chance: () => 0 });
    const answer = await chat(gateway);
    expect([answer.status, answer.headers.get('retry-after'), await answer.text()]).toEqual([
      503,
      '0',
      '{"error":{}}',
    ]);
    expect(gateway.seen).toHaveLength(2);
  });

  it('a provider that cannot be reached is tried again', async () => {
    const closed = createServer();
    await new Promise<void>((listening) => closed.listen(0, '127.0.0.1', () => listening()));
    const baseUrl = `http://127.0.0.1:${(closed.address() as AddressInfo).port}/v1`;
    await new Promise((done) => closed.close(done));
    const gateway = await start({
      provider: failing(0),
      providers: [{ ...OPENAI, baseUrl }],
      chance: () => 0,
    });
    expect((await chat(gateway)).status).toBe(502);
    await gateway.settled(2);
    expect(attempts(gateway)).toEqual([
      [1, 'primary', 'openai/gpt-4o', 'upstream_failed', 0],
      [2, 'retry', 'openai/gpt-4o', 'upstream_failed', 0],
    ]);
  });

  it.each([400, 401, 404, 413, 422, 501, 504])('%d is no such failure', async (status) => {
    const gateway = await start({ provider: failing(1, status) });
    expect((await chat(gateway)).status).toBe(status);
    expect(gateway.seen).toHaveLength(1);
  });

  it('what it asks for is waited for, unless that is past the deadline', async () => {
    const slow = await start({ provider: failing(1, 429, { 'retry-after': '60' }) });
    expect((await chat(slow)).status).toBe(429);
    expect(slow.seen).toHaveLength(1);
    const quick = await start({ provider: failing(1, 429, { 'retry-after-ms': '40' }), chance: () => 0 });
    const beganMs = performance.now();
    expect((await chat(quick)).status).toBe(200);
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(40); // a bound from below is no timing
  });

  it('is not tried again where the settings say so, not on a closed connection either', async () => {
    const gateway = await start({
      provider: failing(9),
      providers: [{ ...OPENAI, retries: { most: 0, deadlineMs: 5_000 } }],
    });
    expect((await chat(gateway)).status).toBe(503);
    expect(gateway.seen).toHaveLength(1);
  });

  it('is tried as often as the settings say', async () => {
    const gateway = await start({
      provider: failing(3),
      providers: [{ ...OPENAI, retries: { most: 3, deadlineMs: 5_000 } }],
      chance: () => 0,
    });
    expect((await chat(gateway)).status).toBe(200);
    await gateway.settled(4);
    expect(gateway.settlements.map(({ intent }) => intent.attemptNumber)).toEqual([1, 2, 3, 4]);
  });

  it('is not tried again when the client leaves meanwhile', async () => {
    const gateway = await start({ provider: failing(9, 503, { 'retry-after-ms': '300' }) });
    const leave = new AbortController();
    const answer = chat(gateway, {}, {}, leave.signal).catch(() => 'left');
    await gateway.settled(1);
    leave.abort();
    await answer;
    await expect.poll(() => gateway.metrics(), { timeout: 10_000 }).toContain('second_attempts_under_way 0');
    expect(gateway.seen).toHaveLength(1);
  });
});

describe('never again', () => {
  it('after the first byte: a stream that breaks off is told so', async () => {
    const gateway = await start({
      provider: (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(sse(said('hello')));
        setTimeout(() => response.destroy(), 5);
      },
    });
    expect(await (await chat(gateway, { stream: true })).text()).not.toContain('[DONE]');
    expect(gateway.seen).toHaveLength(1);
  });

  it('after an error inside a stream', async () => {
    const gateway = await start({
      provider: (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end(`data: {"error":{"message":"overloaded"}}\n\n${DONE}`);
      },
    });
    await (await chat(gateway, { stream: true })).text();
    expect(gateway.seen).toHaveLength(1);
  });

  it('an upload, which is gone when it has passed', async () => {
    const gateway = await start({ provider: failing(9) });
    const form = new FormData();
    form.set('purpose', 'batch');
    form.set('file', new Blob(['{}']), 'x.jsonl');
    const answer = await fetch(`${gateway.url}/v1/files`, { method: 'POST', body: form });
    expect([answer.status, gateway.seen.length]).toEqual([503, 1]);
  });

  it('what makes something: a batch may have been made before the error', async () => {
    const gateway = await start({ provider: failing(9) });
    const answer = await post(gateway, '/v1/batches', {
      input_file_id: 'f',
      endpoint: '/v1/chat/completions',
    });
    expect([answer.status, gateway.seen.length]).toEqual([503, 1]);
  });

  it('a refusal of our own', async () => {
    const gateway = await start({ provider: failing(9), rulebook: { unkeyed: false } });
    expect((await chat(gateway)).status).toBe(401);
    expect([gateway.seen.length, gateway.intents.length]).toEqual([0, 0]);
  });
});

describe('fallbacks', () => {
  const second = { ...OPENAI, name: 'second', models: ['other-*'], secret: 'second-secret' };
  const withFallback = { ...OPENAI, fallbacks: { 'gpt-*': ['second/gpt-4o-mini'] } };

  it('are asked when the first has failed for good, priced as what they are, with their own key', async () => {
    const gateway = await start({
      provider: (request, response) =>
        request.headers.authorization === 'Bearer second-secret'
          ? sendJson(response, completion(SMALL_USAGE, { model: 'gpt-4o-mini' }))
          : void response.writeHead(500).end('{}'),
      providers: [withFallback, second],
      chance: () => 0,
    });
    const answer = await chat(gateway);
    expect([answer.status, answer.headers.get('x-setpoint-route')]).toEqual([200, 'second/gpt-4o-mini']);
    await gateway.settled(3);
    expect(attempts(gateway)).toEqual([
      [1, 'primary', 'openai/gpt-4o', 'upstream_error', 500],
      [2, 'retry', 'openai/gpt-4o', 'upstream_error', 500],
      [3, 'fallback', 'second/gpt-4o-mini', 'ok', 200],
    ]);
    expect(gateway.seen[2]?.body.toString()).toContain('"model":"gpt-4o-mini"');
    expect(gateway.settlements[2]?.charges[0]?.model).toBe('gpt-4o-mini');
  });

  it('of a stream are asked for usage once', async () => {
    const gateway = await start({
      provider: (_request, response) => {
        if (gateway.seen.length < 3) return void response.writeHead(500).end('{}');
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end(sse(said('a')) + DONE);
      },
      providers: [withFallback, second],
      chance: () => 0,
    });
    await (await chat(gateway, { stream: true })).text();
    expect(gateway.seen[2]?.body.toString().match(/stream_options/g)).toHaveLength(1);
  });

  it('never get the credential that a caller brought for another provider', async () => {
    const gateway = await start({
      provider: failing(9, 500),
      providers: [withFallback, second],
      rulebook: { passThroughKeys: true },
      chance: () => 0,
    });
    expect((await chat(gateway, {}, { authorization: 'Bearer sk-own' })).status).toBe(500);
    expect(gateway.seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer sk-own',
      'Bearer sk-own',
    ]);
  });

  it('take the calls at once while the breaker of the first is open', async () => {
    const gateway = await start({
      provider: (request, response) =>
        request.headers.authorization === 'Bearer second-secret'
          ? sendJson(response, completion(SMALL_USAGE))
          : void response.writeHead(500).end('{}'),
      providers: [{ ...withFallback, breaker: { failures: 2, pauseMs: 60_000 } }, second],
      chance: () => 0,
    });
    for (let call = 0; call < 4; call += 1) expect((await chat(gateway)).status).toBe(200);
    await gateway.settled(6);
    expect(attempts(gateway).slice(3)).toEqual([
      [1, 'fallback', 'second/gpt-4o-mini', 'ok', 200],
      [1, 'fallback', 'second/gpt-4o-mini', 'ok', 200],
      [1, 'fallback', 'second/gpt-4o-mini', 'ok', 200],
    ]);
  });
});

describe('the breaker', () => {
  let clock: { now: number } | undefined;
  afterEach(() => {
    clock = undefined;
  });

  it('opens after failures in a row, says so in the dialect, lets one call find out, and closes', async () => {
    const provider = { fails: true };
    clock = { now: 0 };
    const gateway = await start({
      provider: (request, response) =>
        provider.fails ? failing(9)(request, response) : failing(0)(request, response),
      providers: [
        { ...OPENAI, retries: { most: 0, deadlineMs: 1_000 }, breaker: { failures: 4, pauseMs: 100 } },
      ],
      monotonicMs: () => clock?.now ?? 0,
    });
    for (let call = 0; call < 4; call += 1) expect((await chat(gateway)).status).toBe(503);
    expect(gateway.seen).toHaveLength(4);
    const refused = await chat(gateway);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await refused.json()).toMatchObject({ error: { code: 'setpoint_upstream_failed' } });
    expect([gateway.seen.length, gateway.intents.length]).toEqual([4, 4]);
    expect(gateway.metrics()).toContain('setpoint_breakers_open 1');
    provider.fails = false;
    clock.now = 150;
    expect((await chat(gateway)).status).toBe(200);
    expect((await chat(gateway)).status).toBe(200);
    expect(gateway.metrics()).toContain('setpoint_breakers_open 0');
  });

  it('of one model leaves the others alone, and refusals of requests leave it closed', async () => {
    const gateway = await start({
      provider: (request, response) =>
        failing(9, request.body.includes('gpt-4o-mini') ? 500 : 429)(request, response),
      providers: [
        { ...OPENAI, retries: { most: 0, deadlineMs: 1_000 }, breaker: { failures: 2, pauseMs: 60_000 } },
      ],
    });
    for (let call = 0; call < 3; call += 1) await (await chat(gateway, { model: 'gpt-4o-mini' })).text();
    for (let call = 0; call < 5; call += 1) expect((await chat(gateway)).status).toBe(429);
    expect(gateway.seen).toHaveLength(2 + 5);
  });
});

/** Many at once against a provider that fails everything, slowly. @returns attempts for each request. */
async function outage(options: Partial<GatewayAloneOptions>): Promise<number> {
  const gateway = await start({
    provider: (_request, response) => void setTimeout(() => response.writeHead(500).end('{}'), 30),
    chance: () => 0.1,
    ...options,
  });
  const callers = 100;
  let requests = 0;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (let call = 0; call < 6; call += 1) {
        requests += 1;
        await (await chat(gateway)).text();
      }
    }),
  );
  await gateway.settled(gateway.intents.length);
  await expect.poll(() => gateway.metrics(), { timeout: 10_000 }).toContain('second_attempts_under_way 0');
  return gateway.seen.length / requests;
}

describe('a full outage', () => {
  const NO_BREAKER = { failures: 0, pauseMs: 1_000 };

  it('adds at most a fifth of attempts, the budget alone', async () => {
    const extra = (await outage({ providers: [{ ...OPENAI, retries: QUICK, breaker: NO_BREAKER }] })) - 1;
    expect(extra).toBeGreaterThan(0);
    expect(extra).toBeLessThanOrEqual(0.2);
  });

  it('that closes every connection adds at most a fifth as well', async () => {
    let asked = 0;
    const extra = await outage({
      provider: (_request, response) => {
        asked += 1;
        if (asked <= 20) sendJson(response, completion(SMALL_USAGE));
        else setTimeout(() => response.destroy(), 30);
      },
      providers: [{ ...OPENAI, retries: QUICK, breaker: NO_BREAKER }],
    });
    expect(extra - 1).toBeLessThanOrEqual(0.2);
  });

  it('is not asked at all once the breaker has opened', async () => {
    const rate = await outage({
      providers: [{ ...OPENAI, retries: QUICK, breaker: { failures: 10, pauseMs: 60_000 } }],
    });
    expect(rate).toBeLessThan(0.5);
  });

  it('control: without the budget every request goes out twice', async () => {
    const providers = [{ ...OPENAI, retries: QUICK, breaker: NO_BREAKER }];
    expect((await outage({ providers, retryShare: Number.POSITIVE_INFINITY })) - 1).toBeGreaterThan(0.9);
  });
});
