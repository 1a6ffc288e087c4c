/** A budget authority in this process, over a ledger that holds what it is told, and holders for gateways. */
import { BudgetAuthority, SliceHolder } from '../../../src/budgets/budgets.ts';
import type { AccountView, AuthorityLink } from '../../../src/budgets/budgets.ts';
import type { BudgetRule } from '../../../src/rulebook/rulebook.ts';

export interface OneAuthority {
  readonly authority: BudgetAuthority;
  holder(name: string, longestWaitMs?: number): SliceHolder;
  /** The only account that there is. */
  view(): AccountView;
}

/** @param ledger what earlier calls had spent, by the ledger, in picodollars */
export function oneAuthority(ledger = 0n): OneAuthority {
  const authority = new BudgetAuthority();
  const base = (): void => {
    for (const { account, known, revision } of authority.booked()) {
      if (known) continue;
      const begin = Number(account.split('|').at(-2));
      authority.rebase({ account, revision, base: new Map([[begin, ledger]]), ended: [] });
    }
  };
  const link: AuthorityLink = {
    attach: async (attach) => authority.attach(attach, Date.now()),
    grant: async (asked) => {
      for (const line of asked.lines) authority.expect(line);
      base();
      return authority.grant(asked, Date.now());
    },
    report: async (report) => authority.report(report, Date.now()),
  };
  return {
    authority,
    holder: (name, longestWaitMs = 0) =>
      new SliceHolder({
        holder: name,
        link,
        nowMs: Date.now,
        monotonicMs: () => performance.now(),
        pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        longestWaitMs,
        onTrouble: (trouble) => {
          throw trouble;
        },
      }),
    view() {
      const [account] = authority.view(Date.now());
      if (account === undefined) throw new Error('no call has asked for the budget');
      return account;
    },
  };
}

/** @param amount picodollars */
export function monthly(amount: bigint, more: Partial<BudgetRule> = {}): BudgetRule {
  return {
    id: 'all',
    name: 'All',
    scope: { kind: 'organisation', value: '', tag: '' },
    unit: 'money',
    amount: String(amount),
    window: { kind: 'calendar', unit: 'month', timeZone: 'UTC' },
    mode: 'hard',
    thresholds: [],
    onAuthorityLoss: 'closed',
    unboundedCall: '',
    ...more,
  };
}
