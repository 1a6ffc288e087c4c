/** Limits as clients meet them: whatever is sent is answered or refused, and whoever is slow does not hold what others need. */
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';

import { startGatewayAlone } from '../e2e/gateway-alone.ts';
import type { GatewayAlone, GatewayAloneOptions } from '../e2e/gateway-alone.ts';

const ANSWER = JSON.stringify({
  id: 'x',
  model: 'm',
  choices: [],
  usage: { prompt_tokens: 1, completion_tokens: 1 },
});
const PROVIDERS = [
  { name: 'openai', dialect: 'openai', models: ['*'] },
  { name: 'anthropic', dialect: 'anthropic', models: ['*'] },
  { name: 'google', dialect: 'google', models: ['*'] },
  { name: 'azure', dialect: 'azure', models: ['*'] },
  { name: 'bedrock', dialect: 'bedrock', models: ['*'], region: 'eu-central-1' },
] as const;
const PATHS = [
  '/v1/chat/completions',
  '/v1/responses',
  '/v1/embeddings',
  '/v1/messages',
  '/v1/messages/count_tokens',
  '/v1beta/models/m:generateContent',
  '/model/m/converse',
  '/model/m/invoke',
  '/openai/deployments/m/chat/completions',
  '/v1/images/generations',
];
const JSON_HEADERS = { 'content-type': 'application/json' };

let gateway: GatewayAlone | undefined;
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});

async function start(more: Partial<GatewayAloneOptions> = {}): Promise<GatewayAlone> {
  gateway = await startGatewayAlone({
    provider: (_request, response) => void response.writeHead(200, JSON_HEADERS).end(ANSWER),
    providers: PROVIDERS,
    ...more,
  });
  return gateway;
}

/** A connection that keeps what it got; it reads unless told not to. */
function open(
  port: number,
  text: string,
  reads = true,
): { socket: Socket; got: () => string; closed: Promise<void> } {
  const socket = connect(port, '127.0.0.1');
  let got = '';
  if (reads) socket.on('data', (chunk: Buffer) => void (got += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  socket.write(text);
  return { socket, got: () => got, closed };
}

/** Resolves to whether something happened within a while: for controls, where the answer is that it does not. */
async function within(ms: number, event: Promise<unknown>): Promise<boolean> {
  return Promise.race([
    event.then(() => true),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), ms)),
  ]);
}

describe('any body on any path', () => {
  const field = fc.constantFrom(
    'model',
    'messages',
    'input',
    'contents',
    'prompt',
    'max_tokens',
    'max_completion_tokens',
    'n',
    'stream',
    'stream_options',
    'tools',
    'system',
    'metadata',
    'inferenceConfig',
    'generationConfig',
    '__proto__',
    'constructor',
    'toString',
  );
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 4 }),
    fc.constantFrom(
      'm',
      [{ role: 'user', content: 'hi' }],
      [{ role: 'user', parts: [{ text: 'hi' }] }],
      1,
      1e308,
      -1,
      2 ** 53,
      true,
      null,
    ),
  );
  const body = fc.oneof(
    fc
      .array(fc.tuple(field, value), { maxLength: 8 })
      .map(
        (entries) =>
          `{${entries.map(([name, one]) => `${JSON.stringify(name)}:${JSON.stringify(one)}`).join()}}`,
      ),
    fc.array(fc.tuple(field, value), { maxLength: 6 }).map((entries) =>
      JSON.stringify({
        model: 'm',
        messages: [{ role: 'user', content: 'hi' }],
        ...Object.fromEntries(entries),
      }),
    ),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '{"a":1e999999999}',
      `{"max_tokens":${'9'.repeat(120)}}`,
      '{"model":"m","n":1e400}',
      `${'{"a":'.repeat(10_000)}1`,
      '\ufeff{}',
      '[]',
      '{"model":"m","model":"n"}',
    ),
  );

  it('is answered or refused with a 4xx in JSON, and breaks nothing', async () => {
    const { url, faults } = await start();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...PATHS), body, async (path, text) => {
        const response = await fetch(`${url}${path}`, { method: 'POST', headers: JSON_HEADERS, body: text });
        const answer = await response.text();
        expect(response.status === 200 || (response.status >= 400 && response.status < 500)).toBe(true);
        expect(() => JSON.parse(answer) as unknown).not.toThrow();
        expect(answer).not.toMatch(/\bat .*\.ts:\d+/); // no stack trace
      }),
      { numRuns: 400 },
    );
    expect(faults).toEqual([]);
  });

  it('headers of 16 KiB are the most', async () => {
    const { port } = await start();
    const ask = (bytes: number): ReturnType<typeof open> =>
      open(
        port,
        `GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nx: ${'y'.repeat(bytes)}\r\n\r\n`,
      );
    const [fits, tooLarge] = [ask(15_000), ask(17_000)];
    await Promise.all([fits.closed, tooLarge.closed]);
    expect([fits.got().slice(9, 12), tooLarge.got().slice(9, 12)]).toEqual(['200', '431']);
  });
});

describe('a slow client', () => {
  const HEAD = 'POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';

  it('is given the times that are written, whatever Node’s own are', async () => {
    const { server } = await start({ limits: { connections: 77 } });
    expect(server).toMatchObject({
      headersTimeout: 10_000,
      keepAliveTimeout: 65_000,
      maxRequestsPerSocket: 10_000,
      maxHeadersCount: 0,
      maxConnections: 77,
      dropMaxConnection: true,
    });
  });

  it('of headers gets 408 and is closed; where there is no limit it stays (control)', async () => {
    const { server, port } = await start();
    server.headersTimeout = 100;
    const slow = open(port, 'POST /v1/chat/completions HTTP/1.1\r\nHost: local');
    await slow.closed;
    expect(slow.got()).toMatch(/^HTTP\/1\.1 408 .*connection: close/s);
    server.headersTimeout = 0;
    const kept = open(port, 'POST /v1/chat/completions HTTP/1.1\r\nHost: local');
    expect(await within(2_500, kept.closed)).toBe(false);
    kept.socket.destroy();
  });

  it('of a JSON body gets 408, nothing is sent; where there is no limit it stays (control)', async () => {
    const { port, seen, settlements } = await start({ limits: { clientBodyMs: 100 } });
    const slow = open(port, `${HEAD}Content-Length: 1000\r\n\r\n{"model":`);
    await slow.closed;
    expect(slow.got()).toMatch(/^HTTP\/1\.1 408 .*too slowly/s);
    expect([seen.length, settlements.length]).toEqual([0, 0]);
    await gateway?.stop();
    const free = await start();
    const kept = open(free.port, `${HEAD}Content-Length: 1000\r\n\r\n{"model":`);
    expect(await within(2_500, kept.closed)).toBe(false);
    kept.socket.destroy();
  });

  it('of an upload that has begun is cut off, at the provider too, and its line is written', async () => {
    let aheadMs = 0;
    let arrived = (): void => undefined;
    const begun = new Promise<void>((resolve) => (arrived = resolve));
    let broken = (): void => undefined;
    const cut = new Promise<void>((resolve) => (broken = resolve));
    const provider = createServer((request) => {
      request.once('data', arrived).on('data', () => undefined);
      request.on('error', () => undefined).on('close', broken);
    });
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`;
    const { port, settled, settlements, faults } = await start({
      providers: [{ name: 'openai', baseUrl }],
      monotonicMs: () => performance.now() + aheadMs,
    });
    const upload = open(
      port,
      `POST /v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000000\r\n\r\n${'x'.repeat(2_000_000)}`,
    );
    await begun;
    aheadMs = 3_600_000;
    await Promise.all([upload.closed, cut, settled(1)]);
    expect(upload.got()).toMatch(/^HTTP\/1\.1 408 .*too slowly/s);
    expect(settlements).toMatchObject([{ status: 'upstream_failed' }]);
    expect(faults).toEqual([]);
    provider.closeAllConnections();
    provider.close();
  });

  const LARGE = JSON.stringify({ ...(JSON.parse(ANSWER) as object), padding: 'x'.repeat(24_000_000) });
  const ask = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] });
  const asking = `${HEAD}Content-Length: ${ask.length}\r\n\r\n${ask}`;
  const large: Partial<GatewayAloneOptions> = {
    provider: (_request, response) => void response.writeHead(200, JSON_HEADERS).end(LARGE),
  };

  it('that does not read a whole answer is cut, and the answer is charged; without the limit it is held (control)', async () => {
    const { port, settled, settlements, server } = await start({
      ...large,
      limits: { clientStallMs: 50, clientReadBytesPerSecond: 1e9 },
    });
    const closed = new Promise<void>((resolve) =>
      server.once('connection', (socket) => socket.once('close', () => resolve())),
    );
    const slow = open(port, asking, false);
    await settled(1);
    await closed;
    expect(settlements).toMatchObject([{ status: 'ok', charges: [{ basis: 'reported' }] }]);
    slow.socket.destroy();
    await gateway?.stop();
    const free = await start(large);
    const held = new Promise<void>((resolve) =>
      free.server.once('connection', (socket) => socket.once('close', () => resolve())),
    );
    const kept = open(free.port, asking, false);
    await free.settled(1);
    expect(await within(1_000, held)).toBe(false);
    kept.socket.destroy();
  });

  it('that reads gets it whole', async () => {
    const { url } = await start({ ...large, limits: { clientStallMs: 5_000 } });
    const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body: ask });
    expect((await response.text()).length).toBe(LARGE.length);
  });

  it('too many are closed at once and counted; without the limit they stay (control)', async () => {
    const { port, url } = await start({ limits: { connections: 3 } });
    const some = Array.from({ length: 6 }, () => open(port, ''));
    await Promise.all(some.slice(3).map(({ closed }) => closed));
    some[0]?.socket.destroy();
    await some[0]?.closed;
    let text = '';
    while (!text.includes('dropped_total'))
      text = await fetch(`${url}/metrics`).then(
        async (response) => response.text(),
        () => '',
      );
    expect(Number(/setpoint_connections_dropped_total (\d+)/.exec(text)?.[1])).toBeGreaterThanOrEqual(3);
    for (const { socket } of some) socket.destroy();
    await gateway?.stop();
    const free = await start();
    const all = Array.from({ length: 6 }, () => open(free.port, ''));
    expect(await within(300, Promise.race(all.map(({ closed }) => closed)))).toBe(false);
    for (const { socket } of all) socket.destroy();
  });
});
