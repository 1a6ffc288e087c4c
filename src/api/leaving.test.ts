/** Who asks and goes away: what only reads for it stops between two steps, what decides is finished. */
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';

import { serve } from '@hono/node-server';
import { afterEach, describe, expect, test } from 'vitest';

import { fakeApi, NOW_MS } from '../../test/fakes/api.ts';
import { COMPANY, forecastAnswer } from '../../test/fakes/forecast-ledger.ts';
import { fakeLedger, LINE } from '../../test/fakes/ledger.ts';
import type { FakeLedger } from '../../test/fakes/ledger.ts';
import type { Question } from '../ledger/question.ts';
import { createClient } from './client.ts';
import { ForecastProgress } from './contract/forecast.ts';

const HOST = 'http://127.0.0.1:4001/api/v1';

/** Leaves as soon as a question is answered that passes the check. */
function leavingLedger(leaving: AbortController | undefined, at: (question: Question) => boolean) {
  const base = fakeLedger({ answer: (question) => forecastAnswer(question, { nowMs: NOW_MS }) });
  const ledger: FakeLedger = {
    ...base,
    async ask(question) {
      const answer = await base.ask(question);
      if (at(question)) leaving?.abort();
      return answer;
    },
  };
  return ledger;
}

async function ask(path: string, leaving: AbortController | undefined, ledger: FakeLedger) {
  const fake = await fakeApi({ ledger });
  const response = await fake.api.request(`${HOST}${path}`, leaving && { signal: leaving.signal });
  return { fake, response };
}

const MANY_STEPS = [
  '/ledger?by=workflow&during=2026-03&compare=previous',
  '/anomalies?during=2026-03',
  '/forecasts',
] as const;

describe('a question of several steps', () => {
  test.each(MANY_STEPS)('%s: asks no second when its asker left after the first', async (path) => {
    const leaving = new AbortController();
    const ledger = leavingLedger(leaving, () => true);
    const { fake, response } = await ask(path, leaving, ledger);
    expect(ledger.asked).toHaveLength(1);
    expect(response.status).toBe(499);
    expect(fake.troubles).toEqual([]); // nothing is wrong
  });

  test.each(MANY_STEPS)('%s: asks all for one who stays', async (path) => {
    const ledger = leavingLedger(undefined, () => true);
    const { response } = await ask(path, undefined, ledger);
    expect(response.status).toBe(200);
    expect(ledger.asked.length).toBeGreaterThan(1);
  });

  test('what is under way is not waited for', async () => {
    const leaving = new AbortController();
    const ledger: FakeLedger = {
      ...fakeLedger(),
      ask: () => {
        leaving.abort();
        return new Promise(() => undefined); // never
      },
    };
    expect((await ask('/ledger', leaving, ledger)).response.status).toBe(499);
  });

  test('an aborted question of somebody who is there is trouble as ever', async () => {
    const ledger: FakeLedger = {
      ...fakeLedger(),
      ask: () => Promise.reject(new DOMException('the store gave up', 'AbortError')),
    };
    const { fake, response } = await ask('/ledger', undefined, ledger);
    expect(response.status).toBe(503);
    expect(fake.troubles).toHaveLength(1);
  });
});

describe('a file', () => {
  const lines = Array.from({ length: 5_000 }, (_, at) => ({ ...LINE, id: `j:${at}:0` }));
  const paged = (onPage: () => void) => {
    const base = fakeLedger({ lines });
    let pages = 0;
    const ledger: FakeLedger = {
      ...base,
      async page(page) {
        pages += 1;
        const answer = await base.page(page);
        onPage();
        return answer;
      },
    };
    return { ledger, pages: () => pages };
  };

  test('reads no further page when its asker left', async () => {
    const leaving = new AbortController();
    const { ledger, pages } = paged(() => leaving.abort());
    const { response } = await ask('/calls?format=csv&during=2026-03', leaving, ledger);
    await expect(response.text()).rejects.toThrow();
    expect(pages()).toBe(1);
  });

  test('reads all for one who stays', async () => {
    const { ledger, pages } = paged(() => undefined);
    const { response } = await ask('/calls?format=csv&during=2026-03', undefined, ledger);
    await response.text();
    expect(pages()).toBe(5);
  });
});

describe('what decides', () => {
  test('is finished: a key that is made is made, whoever left', async () => {
    const leaving = new AbortController();
    const fake = await fakeApi({
      publish: async () => leaving.abort(), // after the decision, before the answer
    });
    const response = await fake.api.request(`${HOST}/keys`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'ci', team: 'CX', environment: 'live' }),
      signal: leaving.signal,
    });
    expect(response.status).toBe(201);
    const keys = (await (await fake.api.request(`${HOST}/keys`)).json()) as { keys: unknown[] };
    expect(keys.keys).toHaveLength(1);
  });
});

const closers: Array<() => void> = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A server whose forecast engine waits at each step for what the test does there. */
async function forecasting(onStep: (step: number, sockets: readonly Socket[]) => Promise<void> | void) {
  const sockets: Socket[] = [];
  let steps = 0;
  const ledger = fakeLedger({ answer: (question) => forecastAnswer(question, { nowMs: NOW_MS }) });
  const pause = async (): Promise<void> => {
    steps += 1;
    await onStep(steps, sockets);
    await new Promise((resolve) => void setImmediate(resolve)); // a turn in which a closed connection is heard
  };
  const { api, troubles } = await fakeApi({ ledger, pause });
  const server = serve({ fetch: api.fetch, port: 0, hostname: '127.0.0.1' });
  server.on('connection', (socket: Socket) => void sockets.push(socket));
  closers.push(() => void server.close());
  if (!server.listening) await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, steps: () => steps, asked: () => ledger.asked.length, troubles };
}

describe('the forecast engine', () => {
  const show = (url: string, signal?: AbortSignal) =>
    createClient({ url, ...(signal !== undefined && { signal }) }).forecast.show();
  const leaveAt = (step: number, leaving: AbortController, others = 0) =>
    forecasting(async (now, sockets) => {
      if (now !== step) return;
      const closed = sockets.slice(others).map((socket) => once(socket, 'close'));
      leaving.abort();
      await Promise.race(closed);
    });

  test('goes on for one who stays, and is remembered', async () => {
    const { url, steps, asked } = await forecasting(() => undefined);
    await show(url);
    const [made, read] = [steps(), asked()];
    expect(made).toBeGreaterThan(COMPANY.length);
    await show(url);
    expect(steps()).toBe(made);
    expect(asked()).toBe(read + 2); // what is spent, and the days that are drawn
  });

  test('stops at the workflow at which its only asker left, and begins anew for the next', async () => {
    const leaving = new AbortController();
    const { url, steps, troubles } = await leaveAt(2, leaving);
    await expect(show(url, leaving.signal)).rejects.toThrow('aborted');
    const whole = await forecasting(() => undefined);
    await show(whole.url);
    await show(url);
    // Had it gone on, it would have been remembered, and the second asker had cost no step.
    expect(steps()).toBe(2 + whole.steps());
    expect(troubles).toEqual([]);
  });

  test('goes on while another waits for the same', async () => {
    const leaving = new AbortController();
    const together = await forecasting(async (step, sockets) => {
      if (step !== 2) return;
      staying = show(together.url);
      while (sockets.length < 2) await new Promise((resolve) => void setImmediate(resolve));
      const closed = once(sockets[0]!, 'close');
      // The second is being answered when its question of progress is: connections are served in their order.
      await createClient({ url: together.url }).forecast.progress();
      leaving.abort();
      await closed;
    });
    let staying: ReturnType<typeof show> | undefined;
    await expect(show(together.url, leaving.signal)).rejects.toThrow('aborted');
    expect((await staying)?.months.length).toBeGreaterThan(0);
    const whole = await forecasting(() => undefined);
    await show(whole.url);
    expect(together.steps()).toBe(whole.steps());
  });

  test('says how many workflows are done while it works, and nothing before or after', async () => {
    const told: Array<ForecastProgress> = [];
    const around = await forecasting(async () => {
      told.push(ForecastProgress.parse(await createClient({ url: around.url }).forecast.progress()));
    });
    const progress = () => createClient({ url: around.url }).forecast.progress();
    expect(await progress()).toEqual({ done: null, of: null });
    await show(around.url);
    expect(told.slice(0, COMPANY.length)).toEqual(COMPANY.map((_, done) => ({ done, of: COMPANY.length })));
    expect(await progress()).toEqual({ done: null, of: null });
  });
});
