/** Peers that are slow on purpose: clients that trickle (slowhttptest), and providers that never answer. */
import { expect, it } from 'vitest';

import type { GatewayAloneOptions } from '../e2e/gateway-alone.ts';
import {
  chat,
  completion,
  gateways,
  said,
  sendJson,
  SMALL_USAGE,
  sse,
} from '../regression/complaints/world.ts';
import { hasSlowhttptest, holdSlowly, SLOW_WAYS } from './slow-peers.ts';

const start = gateways();

it.for(Object.keys(SLOW_WAYS))('slow %s leave others served', async (way, { skip }) => {
  if (!hasSlowhttptest()) return skip('no slowhttptest here (apt-get install slowhttptest)');
  const gateway = await start({
    provider: (_request, response) => sendJson(response, completion(SMALL_USAGE)),
  });
  const path = way === 'readers' ? '/v1/models' : '/v1/chat/completions';
  let isHolding = true;
  const holding = holdSlowly(`${gateway.url}${path}`, way, 120, 3).then(() => (isHolding = false));
  const statuses: number[] = [];
  while (isHolding) {
    statuses.push((await chat(gateway)).status);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  await holding;
  expect(statuses.length).toBeGreaterThan(5);
  expect(statuses.filter((status) => status !== 200)).toEqual([]);
  expect(gateway.faults).toEqual([]);
});

const HUNG = 60;

/** Answers nothing, or begins and says no more. */
const hanging: GatewayAloneOptions['provider'] = (request, response) => {
  if (!request.body.includes('hang')) return sendJson(response, completion(SMALL_USAGE));
  if (request.body.includes('"stream":true'))
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(sse(said('and then')));
};

it('hung upstreams are settled when their time is up, and others are served meanwhile', async () => {
  const limits = { upstreamHeadersMs: 1_500, upstreamIdleMs: 1_500 };
  const gateway = await start({ provider: hanging, limits });
  const hung = Array.from({ length: HUNG }, async (_, index) => {
    const answer = await chat(gateway, { user: 'hang', stream: index % 2 === 0 });
    return [answer.status, await answer.text()] as const;
  });
  await expect.poll(() => gateway.seen.length, { timeout: 20_000 }).toBe(HUNG);
  expect((await chat(gateway)).status).toBe(200);
  for (const [status, text] of await Promise.all(hung)) {
    expect([200, 504]).toContain(status);
    expect(text).toContain('setpoint_upstream_failed');
  }
  await gateway.settled(HUNG + 1);
  const failed = gateway.settlements.filter(({ status }) => status === 'upstream_failed');
  expect(failed).toHaveLength(HUNG);
  expect(new Set(failed.map(({ charges }) => charges[0]?.basis))).toEqual(new Set(['presumed', 'counted']));
});

it('control: without its limits a hung upstream is never settled', async () => {
  const [limited, patient] = await Promise.all([
    start({ provider: hanging, limits: { upstreamHeadersMs: 300, upstreamIdleMs: 300 } }),
    start({ provider: hanging }),
  ]);
  const waiting = chat(patient, { user: 'hang' }).catch(() => 'cut at the end of the test');
  await chat(limited, { user: 'hang' });
  await limited.settled(1);
  await expect.poll(() => patient.seen.length, { timeout: 10_000 }).toBe(1);
  expect([limited.settlements.length, patient.settlements.length]).toEqual([1, 0]);
  await patient.stop();
  await waiting;
});
