/** A budget from its decision to a refusal, on the running program: set by the API, obeyed by the gateway, seen in its accounts. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

import type { BudgetList } from '../../src/api/contract/budgets.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';

let system: System;

beforeAll(async () => {
  system = await startSystem({ workers: 1 });
}, 240_000);
afterAll(() => system?.stop());

function call(workflow = 'support'): Promise<Response> {
  return fetch(`${system.gatewayUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-setpoint-workflow': workflow },
    body: JSON.stringify({ model: 'gpt-4o', max_tokens: 20, messages: [{ role: 'user', content: 'Hello' }] }),
  });
}

function api(method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`${system.apiUrl}/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

/** Calls until the gateway obeys: a rulebook takes a moment to reach it. */
async function until(obeys: (response: Response) => boolean, workflow?: string): Promise<Response> {
  return vi.waitUntil<Response | undefined>(
    async () => {
      const response = await call(workflow);
      await response.text();
      return obeys(response) ? response : undefined;
    },
    { timeout: 30_000, interval: 200 },
  );
}

it('is obeyed by the gateway once it is set, seen in its accounts, raised, and over once it is ended', async () => {
  expect((await call('other')).status).toBe(200); // the control: without a budget a call goes
  const budget = {
    name: 'Two calls',
    scope: { kind: 'workflow', value: 'support' },
    unit: 'calls',
    amount: '2',
    window: { kind: 'calendar', unit: 'year' },
  };
  expect((await api('POST', '/budgets', budget)).status).toBe(201);
  // One that is set after it and shows in a header: then the rulebook with both has reached the gateway.
  const later = { ...budget, name: 'Later', scope: { kind: 'workflow', value: 'later' }, amount: '1000' };
  expect((await api('POST', '/budgets', later)).status).toBe(201);
  await until(({ headers }) => headers.has('x-setpoint-budget-remaining'), 'later');
  const first = await call();
  expect([first.status, first.headers.get('x-setpoint-budget-remaining')]).toEqual([200, '1 calls']);
  expect((await call()).status).toBe(200);
  const refused = await call();
  expect([refused.status, refused.headers.get('x-should-retry')]).toEqual([429, 'false']);
  const { error } = (await refused.json()) as { error: { code: string; message: string } };
  expect(error.code).toBe('setpoint_budget_exceeded');
  expect(error.message).toContain('"Two calls"');

  const accounts = await vi.waitUntil(
    async () => {
      const { budgets, authority } = await system.api<BudgetList>('/api/v1/budgets');
      expect(authority).toBe('reachable');
      const found = budgets.find(({ id }) => id === 'two-calls')?.accounts;
      return found?.some(({ simulated, spent }) => simulated && spent === '2') ? found : undefined;
    },
    { timeout: 20_000, interval: 200 },
  );
  // The simulator answered: its calls have an account of their own, and no real one was touched.
  expect(accounts?.map(({ simulated, spent }) => [simulated, spent])).toEqual([
    [false, '0'],
    [true, '2'],
  ]);

  expect((await api('PUT', '/budgets/two-calls', { ...budget, amount: '3' })).status).toBe(200);
  await until(({ status }) => status === 200);
  expect((await call()).status).toBe(429);
  expect((await api('DELETE', '/budgets/two-calls?reason=over')).status).toBe(200);
  const free = await until(({ status }) => status === 200);
  expect(free.headers.has('x-setpoint-budget-remaining')).toBe(false);
}, 120_000);
