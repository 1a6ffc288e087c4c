/** Public complaints 13 to 18: clients that leave. Each is one test on a running gateway. */
import type { ServerResponse } from 'node:http';
import { once } from 'node:events';

import { describe, expect, it } from 'vitest';

import {
  chargeOf,
  chat,
  chunk,
  completion,
  costOf,
  DONE,
  gateways,
  readAndLeave,
  said,
  sendJson,
  SMALL_USAGE,
  sse,
} from './world.ts';

const start = gateways();
const USAGE = sse(chunk({ choices: [], usage: SMALL_USAGE }));

/** Says something at once and the rest after a while, as a model does. */
function slowly(response: ServerResponse, ms = 400): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(sse(said('The answer is long. ')));
  setTimeout(() => response.end(sse(said('It ends here.')) + USAGE + DONE), ms);
}

async function leaveEarly(gateway: { url: string }, more: object = {}): Promise<void> {
  const leave = new AbortController();
  await readAndLeave(await chat(gateway, { stream: true, ...more }, {}, leave.signal), leave);
}

describe('clients that leave', () => {
  it('13 #14457: a client that leaves loses no usage, streamed or whole', async () => {
    const gateway = await start({
      provider: (request, response) => {
        if (request.body.includes('"stream":true')) slowly(response);
        else setTimeout(() => sendJson(response, completion(SMALL_USAGE)), 400);
      },
    });
    await leaveEarly(gateway);
    const leave = new AbortController();
    const whole = chat(gateway, {}, {}, leave.signal).catch(() => undefined);
    while (gateway.seen.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    leave.abort();
    await whole;
    await gateway.settled(2);
    for (const settlement of gateway.settlements) {
      expect(settlement.status).toBe('client_aborted');
      expect(chargeOf(settlement)).toMatchObject({ basis: 'reported', usage: { freshIn: 12, textOut: 3 } });
    }
  });

  it('14 #30630: a stream that is cancelled half way is charged for its half', async () => {
    const gateway = await start({
      providers: [{ onClientGone: 'cancel' }],
      provider: (_request, response) => slowly(response, 10_000),
    });
    await leaveEarly(gateway);
    await gateway.settled(1);
    expect(chargeOf(gateway.settlements[0])).toMatchObject({ basis: 'counted' });
    expect(costOf(gateway.settlements[0])).toBeGreaterThan(0n);
  });

  it('15 #36008: streams are read on after their client left, so many at once and no more', async () => {
    const gateway = await start({
      limits: { drainsAtOnce: 1 },
      provider: (_request, response) => slowly(response),
    });
    await Promise.all([leaveEarly(gateway), leaveEarly(gateway), leaveEarly(gateway)]);
    await gateway.settled(3);
    const bases = gateway.settlements.map((settlement) => chargeOf(settlement).basis).toSorted();
    expect(bases).toEqual(['counted', 'counted', 'reported']);
  });

  it('16 #35958: a client that reads 2,000 bytes and is gone leaves the provider’s own usage', async () => {
    const gateway = await start({
      provider: (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        for (let at = 0; at < 2_000; at += 1) response.write(sse(said(`word${at} `)));
        setTimeout(() => response.end(USAGE + DONE), 30);
      },
    });
    const leave = new AbortController();
    await readAndLeave(await chat(gateway, { stream: true }, {}, leave.signal), leave, 2_000);
    await gateway.settled(1);
    expect(chargeOf(gateway.settlements[0])).toMatchObject({
      basis: 'reported',
      usage: { freshIn: 12, textOut: 3 },
    });
  });

  it('17 #17364: by policy the upstream’s connection is closed when the client leaves', async () => {
    let closed: Promise<unknown> = Promise.reject(new Error('nothing was asked'));
    closed.catch(() => undefined);
    let finished = true;
    const gateway = await start({
      providers: [{ onClientGone: 'cancel' }],
      provider: (_request, response) => {
        closed = once(response, 'close').then(() => void (finished = response.writableFinished));
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(sse(said('a')));
      },
    });
    await leaveEarly(gateway);
    await closed;
    expect(finished).toBe(false);
  });

  it('18 #39589: an aborted call is no success', async () => {
    const gateway = await start({ provider: (_request, response) => slowly(response) });
    await leaveEarly(gateway);
    await gateway.settled(1);
    expect(gateway.settlements.map(({ status }) => status)).toEqual(['client_aborted']);
  });
});
