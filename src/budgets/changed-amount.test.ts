/** A budget that is changed while gateways hold a part of it: the new amount holds from the next call on. */
import { describe, expect, it } from 'vitest';

import { BudgetAuthority, openBudgets, readBudgetDraft, SliceHolder, toBudgetRule } from './budgets.ts';
import type { Account, Admission, AuthorityLink } from './budgets.ts';

const NOW_MS = Date.UTC(2026, 10, 25, 12);
const NOBODY = { workflow: '', team: '', customer: '', key: '', tags: {} };

function accountOf(calls: number): Account {
  const read = readBudgetDraft(
    {
      name: 'All',
      scope: { kind: 'organisation' },
      unit: 'calls',
      amount: String(calls),
      window: { kind: 'calendar', unit: 'month' },
    },
    'UTC',
  );
  if (read.kind === 'problems') throw new Error(JSON.stringify(read.problems));
  const [account] = openBudgets([toBudgetRule(read.budget)]).accountsOf(NOBODY, false, NOW_MS);
  return account!;
}

function worker(): { admit(account: Account, amount: bigint): Promise<Admission> } {
  const authority = new BudgetAuthority();
  const link: AuthorityLink = {
    attach: async (attach) => authority.attach(attach, NOW_MS),
    grant: async (ask) => {
      for (const line of ask.lines) authority.expect(line);
      for (const { account, known, revision } of authority.booked())
        if (!known) authority.rebase({ account, revision, base: new Map(), ended: [] });
      return authority.grant(ask, NOW_MS);
    },
    report: async (report) => authority.report(report, NOW_MS),
  };
  const holder = new SliceHolder({
    holder: 'worker-1',
    link,
    nowMs: () => NOW_MS,
    monotonicMs: () => 0,
    pause: async () => undefined,
    longestWaitMs: 0,
    onTrouble: () => undefined,
  });
  return { admit: async (account, amount) => holder.admit([{ account, amount }], NOW_MS) };
}

describe('an amount that was changed', () => {
  it('lets more through once it is raised, and less once it is lowered', async () => {
    const { admit } = worker();
    const taken = await admit(accountOf(10), 10n);
    if (taken.kind !== 'reserved') throw new Error(taken.kind);
    taken.reservation.settle([10n]);
    expect((await admit(accountOf(10), 1n)).kind).toBe('full'); // the control: as long as it is not raised
    const more = await admit(accountOf(15), 5n);
    if (more.kind !== 'reserved') throw new Error(more.kind);
    more.reservation.settle([2n]);
    expect((await admit(accountOf(14), 4n)).kind).toBe('full'); // twelve are spent, and three are held here
    expect((await admit(accountOf(16), 4n)).kind).toBe('reserved');
  });
});
