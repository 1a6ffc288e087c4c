/** How a gateway ends: readiness turns first, calls under way finish, idle connections stay where another gateway takes over. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';

import { afterEach, expect, it, vi } from 'vitest';

import { drainServer } from '../../src/gateway/drain.ts';
import { startGatewayAlone } from './gateway-alone.ts';
import type { GatewayAlone } from './gateway-alone.ts';

const ANSWER = JSON.stringify({
  id: 'c',
  model: 'gpt-4o',
  choices: [{ index: 0, message: { role: 'assistant', content: 'yes' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6 },
});
const BODY = JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] });

let gateway: GatewayAlone | undefined;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await gateway?.stop();
});

/** One connection that is spoken over byte by byte, as a client that keeps it does. */
function kept(port: number): {
  call(): Promise<string>;
  closed: Promise<void>;
  path(path: string): Promise<string>;
} {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined); // its close is what is looked at
  let text = '';
  let waiting: ((answer: string) => void) | undefined;
  socket.on('data', (bytes) => {
    text += bytes.toString();
    const length = /content-length: (\d+)|transfer-encoding: chunked/i.exec(text);
    const bodyAt = text.indexOf('\r\n\r\n') + 4;
    const whole =
      length?.[1] === undefined ? text.endsWith('0\r\n\r\n') : text.length >= bodyAt + Number(length[1]);
    if (bodyAt < 4 || !whole) return;
    waiting?.(text);
    text = '';
  });
  const ask = (request: string): Promise<string> =>
    new Promise((resolve, reject) => {
      waiting = resolve;
      if (socket.destroyed) return reject(new Error('the connection was closed under the request'));
      socket.once('close', () => reject(new Error('the connection was closed under the request')));
      socket.write(request);
    });
  return {
    call: () =>
      ask(
        `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`,
      ),
    path: (path) => ask(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`),
    closed: new Promise((resolve) => void socket.once('close', () => resolve())),
  };
}

async function start(): Promise<GatewayAlone> {
  gateway = await startGatewayAlone({
    provider: (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER),
  });
  return gateway;
}

it('a replaced gateway answers on kept connections and says that it closes them', async () => {
  const { port, drain } = await start();
  const [busy, idle] = [kept(port), kept(port)];
  await Promise.all([busy.call(), idle.call()]);
  let stopping = false;
  const drained = drain(60_000, { keepIdle: () => !stopping });
  expect(await busy.path('/readyz')).toMatch(/503[^]*"status":"draining"/);
  await busy.closed;
  expect(await idle.call()).toMatch(/200 OK[^]*connection: close/i);
  await idle.closed;
  await drained; // by itself, since no connection is left
  stopping = true;
});

it('a stopped one closes idle connections: the control, which a client that writes then notices', async () => {
  const { port, drain } = await start();
  const idle = kept(port);
  await idle.call();
  await drain(60_000);
  await idle.closed;
  await expect(idle.call()).rejects.toThrow(/closed under the request/);
});

it('takes calls for a while after readiness has turned', async () => {
  const { port, drain } = await start();
  let over = (): void => undefined;
  const timers = vi.spyOn(globalThis, 'setTimeout').mockImplementationOnce(((end: () => void) => {
    over = end; // the notice ends when it has been looked at, on a busy machine too
  }) as typeof setTimeout);
  const noticed = drain(60_000, { noticeMs: 1_000 });
  timers.mockRestore();
  expect(await kept(port).path('/readyz')).toMatch(/503/);
  expect(await kept(port).call()).toMatch(/200 OK/);
  over();
  await noticed;
  await expect(kept(port).call()).rejects.toThrow();
});

it('cuts what has not ended in its time', async () => {
  const { port, drain, settled, settlements } = await startGatewayAlone({
    provider: (_, response) =>
      void response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {"id":"c"}\n\n'),
  }).then((started) => (gateway = started));
  const caller = kept(port);
  const answer = caller.call();
  answer.catch(() => undefined);
  while (gateway?.intents.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await drain(50);
  await expect(answer).rejects.toThrow(/closed/);
  await settled(1);
  expect(settlements).toHaveLength(1);
});

it('a server that does not listen drains at once', async () => {
  const { createServer } = await import('node:http');
  await drainServer({
    server: createServer(),
    underWay: () => 0,
    monotonicMs: () => performance.now(),
    withinMs: 60_000,
    noticeMs: 0,
    keepIdle: () => true,
  });
});
