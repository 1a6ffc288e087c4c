/**
 * Budgets under kills: they count every call, in money and in tokens, and refuse nobody. When all is
 * quiet nothing may be reserved any more, and what the authority counted must be what the ledger holds.
 */
import { expect, vi } from 'vitest';

import type { BudgetList } from '../../src/api/contract/budgets.ts';
import type { System } from '../e2e/system.ts';

const every = {
  scope: { kind: 'organisation' },
  window: { kind: 'calendar', unit: 'year' },
  mode: 'expected',
  onAuthorityLoss: 'open',
} as const;

/** For the settings of a system under kills. While control is away, calls go on: kills are what is tested, not refusals. */
export const KEPT_BUDGETS = [
  { ...every, name: 'All money', amount: '1000000' },
  { ...every, name: 'All tokens', unit: 'tokens', amount: '1000000000000' },
] as const;

const QUIET_WITHIN_MS = 60_000;

interface Sums {
  readonly total: { readonly cost?: string; readonly inputTokens?: number; readonly outputTokens?: number };
}

/** @throws when anything is still reserved a minute after the last call, or a counter is not the ledger's sum. */
export async function expectKeptBudgets(system: System): Promise<void> {
  const seen = await vi.waitUntil(
    async () => {
      const { budgets, authority } = await system.api<BudgetList>('/api/v1/budgets');
      const accounts = budgets.map(({ name, accounts: [one] }) => ({
        name,
        spent: one?.spent,
        reserved: one?.reserved,
      }));
      const isQuiet =
        authority === 'reachable' &&
        accounts.length === 2 &&
        accounts.every(({ reserved }) => reserved === '0');
      return isQuiet ? accounts : undefined;
    },
    { timeout: QUIET_WITHIN_MS, interval: 500 },
  );
  const { total } = await system.api<Sums>(
    '/api/v1/ledger?of=cost,inputTokens,outputTokens&during=all&limit=1',
  );
  const tokens = (total.inputTokens ?? 0) + (total.outputTokens ?? 0);
  expect(seen).toEqual([
    { name: 'All money', spent: total.cost, reserved: '0' },
    { name: 'All tokens', spent: String(tokens), reserved: '0' },
  ]);
}
