import { randomBytes } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { readBudgetDraft } from '../budgets/budgets.ts';
import type { DecidedBudget } from '../budgets/budgets.ts';
import { budgetsInForce, openRegistry } from './registry.ts';

function budgetOf(name: string, amount = '500'): DecidedBudget {
  const window = { kind: 'calendar', unit: 'month' } as const;
  const read = readBudgetDraft({ name, scope: { kind: 'organisation' }, amount, window }, 'UTC');
  if (read.kind === 'problems') throw new Error(JSON.stringify(read.problems));
  return read.budget;
}

async function open() {
  let ms = Date.UTC(2026, 10, 1);
  const registry = await openRegistry({ file: ':memory:', nowMs: () => (ms += 1_000), randomBytes });
  const set = (name: string, how: 'new' | 'change' | 'set' = 'set', amount?: string, most = 3) =>
    registry.budgets.set({ budget: budgetOf(name, amount), reason: 'why', how, most }, 'ada');
  return { registry, set };
}

describe('decisions about budgets', () => {
  it('are versions that are only added, each with an audit line; the newest that is set is in force', async () => {
    const { registry, set } = await open();
    await set('a');
    await set('b');
    await set('a', 'change', '900');
    await registry.budgets.end({ id: 'b', reason: 'over' }, 'bob');
    const decisions = await registry.budgets.decisions();
    expect(decisions.map(({ id, version, action, author }) => [id, version, action, author])).toEqual([
      ['a', 1, 'set', 'ada'],
      ['b', 1, 'set', 'ada'],
      ['a', 2, 'set', 'ada'],
      ['b', 2, 'end', 'bob'],
    ]);
    expect(budgetsInForce(decisions).map(({ budget }) => [budget.id, budget.amount])).toEqual([
      ['a', '900000000000000'],
    ]);
    const lines = await registry.audit({ afterSeq: 0, limit: 10 });
    expect(lines.map(({ action, subject, actor }) => [action, subject, actor])).toEqual([
      ['budget.set', 'a@1', 'ada'],
      ['budget.set', 'b@1', 'ada'],
      ['budget.set', 'a@2', 'ada'],
      ['budget.end', 'b@2', 'bob'],
    ]);
    expect(lines[2]!.detail).toMatchObject({ amount: '900000000000000', reason: 'why' });
    expect((await registry.verifyAudit()).kind).toBe('intact');
    await registry.close();
  });

  it('say what does not fit: one that exists, one that does not, and no room for more', async () => {
    const { registry, set } = await open();
    expect((await set('a', 'change')).kind).toBe('absent');
    await set('a', 'new');
    expect((await set('a', 'new')).kind).toBe('exists');
    await set('b');
    await set('c');
    expect((await set('d')).kind).toBe('many');
    expect((await set('a', 'change')).kind).toBe('decided'); // changing one needs no room
    expect((await registry.budgets.end({ id: 'c', reason: '' }, 'ada')).kind).toBe('decided');
    expect((await registry.budgets.end({ id: 'c', reason: '' }, 'ada')).kind).toBe('absent');
    expect((await set('d')).kind).toBe('decided');
    await registry.close();
  });
});
