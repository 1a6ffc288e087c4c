/** What each key was used for lately: one question to the ledger for all of them. */
import type { LedgerAnswer } from '../../../api/contract.ts';
import { formatDollars, parseDollars } from '../../../units/money.ts';
import { api } from '../../parts/server.ts';

export interface KeyUse {
  /** `2026-11-25` */
  readonly lastDay: string;
  readonly calls: number;
  readonly unpricedCalls: number;
  /** Decimal dollars. */
  readonly cost: string;
}

const MOST_GROUPS = 10_000;

export async function readKeyUses(): Promise<ReadonlyMap<string, KeyUse>> {
  return usesOf(
    await api.ledger({
      by: ['key', 'day'],
      of: ['calls', 'cost', 'unpricedCalls'],
      during: '30d',
      simulated: 'include',
      limit: MOST_GROUPS,
    }),
  );
}

export function usesOf({ rows }: Pick<LedgerAnswer, 'rows'>): Map<string, KeyUse> {
  const uses = new Map<string, KeyUse>();
  for (const { group, figures } of rows) {
    const [key = '', day = ''] = group;
    if (key === '') continue;
    const before = uses.get(key) ?? { lastDay: '', calls: 0, unpricedCalls: 0, cost: '0' };
    uses.set(key, {
      lastDay: day > before.lastDay ? day : before.lastDay,
      calls: before.calls + (figures.calls ?? 0),
      unpricedCalls: before.unpricedCalls + (figures.unpricedCalls ?? 0),
      cost: formatDollars(parseDollars(before.cost) + parseDollars(figures.cost ?? '0')),
    });
  }
  return uses;
}
