/** Budgets over the running program: workers ask the authority in control over its socket, and it is told by the ledger. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { startSystem } from './system.ts';
import type { System } from './system.ts';

let system: System;

beforeAll(async () => {
  system = await startSystem({
    workers: 2,
    settings: {
      budgets: [
        {
          name: 'Everybody',
          scope: { kind: 'organisation' },
          unit: 'calls',
          amount: 12,
          window: { kind: 'calendar', unit: 'year' },
          mode: 'hard',
        },
      ],
      limits: { budgetWaitMs: 500 },
    },
  });
}, 240_000);
afterAll(() => system?.stop());

async function call(): Promise<Response> {
  const response = await fetch(`${system.gatewayUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ model: 'sim-1', max_tokens: 8, messages: [{ role: 'user', content: 'Hello' }] }),
  });
  await response.arrayBuffer();
  return response;
}

async function untilServed(): Promise<Response> {
  for (;;) {
    const response = await call(); // the runner's own limit ends a wait for what never comes
    if (response.status === 200) return response;
    await pause(100);
  }
}

it('holds over all workers, and over the end of control and of a worker', async () => {
  expect(existsSync(join(system.directory, 'data/budgets.sock'))).toBe(true);
  expect((await untilServed()).headers.get('x-setpoint-budget-remaining')).toMatch(/^1[01] calls$/);
  let served = 1;
  for (let at = 0; at < 3; at += 1) served += (await call()).status === 200 ? 1 : 0;
  await system.kill('control');
  await system.ready();
  await untilServed();
  served += 1;
  await system.kill('gateway');
  await system.ready();
  for (; served < 12; served += 1) await untilServed(); // what the killed worker held is free once its journal is drained
  for (let at = 0; at < 5; at += 1) expect((await call()).status).not.toBe(200);
}, 120_000);
