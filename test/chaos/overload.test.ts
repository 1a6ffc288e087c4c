/** The overload ladder at the door of the gateway. */
import { request as httpRequest } from 'node:http';
import { expect, it } from 'vitest';

import { Ladder } from '../../src/gateway/gateway.ts';
import { DEFAULT_OVERLOAD } from '../../src/rulebook/rulebook.ts';
import {
  chat,
  chunk,
  completion,
  DONE,
  gateways,
  message,
  said,
  sendJson,
  SMALL_USAGE,
  sse,
} from '../regression/complaints/world.ts';

const start = gateways();
const IDLE = { busy: 0.1, loopDelayMs: 1, memory: 0.1, syncLagMs: 1, spool: 0 };

function ladder(memory: number): Ladder {
  const made = new Ladder();
  made.observe({ ...IDLE, memory }, DEFAULT_OVERLOAD);
  return made;
}

it('a call is refused before its body is read, in its dialect, and nothing is sent or recorded', async () => {
  const gateway = await start({
    provider: (_request, response) => sendJson(response, completion(SMALL_USAGE)),
    overload: ladder(0.99),
  });
  const refused = await chat(gateway);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await refused.json()).toMatchObject({ error: { code: 'setpoint_overloaded' } });
  expect(await (await message(gateway)).json()).toMatchObject({ type: 'error' });
  expect([gateway.seen.length, gateway.intents.length]).toEqual([0, 0]);
  expect(gateway.metrics()).toContain('setpoint_overload_step 2');
  // Headers alone are answered: the body that they announce never comes.
  const status = await new Promise((resolve) => {
    const half = httpRequest(
      {
        port: gateway.port,
        host: '127.0.0.1',
        method: 'POST',
        path: '/v1/chat/completions',
        headers: { 'content-length': '5000' },
      },
      (response) => {
        resolve(response.statusCode);
        half.destroy();
      },
    );
    half.on('error', () => undefined);
    half.flushHeaders();
  });
  expect(status).toBe(503);
});

it('health and metrics are told at any step', async () => {
  const gateway = await start({ provider: (_request, response) => response.end(), overload: ladder(0.99) });
  for (const path of ['/healthz', '/readyz', '/metrics'])
    expect((await fetch(`${gateway.url}${path}`)).status).toBe(200);
});

it('a stream under way is never cut', async () => {
  const overload = new Ladder();
  let finish = (): void => undefined;
  const gateway = await start({
    provider: (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(sse(said('slow')));
      finish = () => void response.end(sse(chunk({ choices: [], usage: SMALL_USAGE })) + DONE);
    },
    overload,
  });
  const stream = await chat(gateway, { stream: true });
  overload.observe({ busy: 1, loopDelayMs: 9_999, memory: 1, syncLagMs: 9_999, spool: 1 }, DEFAULT_OVERLOAD);
  expect((await chat(gateway)).status).toBe(503);
  finish();
  expect(await stream.text()).toContain('[DONE]');
  await gateway.settled(1);
  expect(gateway.settlements).toMatchObject([{ status: 'ok' }]);
});

it('below that, connections close after their answer and nothing is sent twice', async () => {
  const gateway = await start({
    provider: (_request, response) => sendJson(response, {}, 503),
    overload: ladder(0.86),
  });
  const answer = await chat(gateway);
  expect([answer.status, answer.headers.get('connection')]).toEqual([503, 'close']);
  expect(gateway.seen).toHaveLength(1);
  expect(gateway.metrics()).toContain('setpoint_overload_step 1');
});

it('control: without the ladder the same call is served', async () => {
  const gateway = await start({
    provider: (_request, response) => sendJson(response, completion(SMALL_USAGE)),
  });
  const answer = await chat(gateway);
  expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'keep-alive']);
});
