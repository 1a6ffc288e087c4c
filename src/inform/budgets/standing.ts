/**
 * Where a budget stands: what the authority knows of its accounts, beside what the ledger holds. What nobody can tell
 * now is undefined, never zero. Pure.
 */
import { findAccount, openBudgets } from '../../budgets/budgets.ts';
import type { Account, AccountView, Amount, BudgetBook } from '../../budgets/budgets.ts';
import type { Span } from '../../ledger/question.ts';
import type { BudgetRule, BudgetThreshold } from '../../rulebook/rulebook.ts';
import { burnOf, NO_BURN } from './burn.ts';
import type { Burn } from './burn.ts';
import { EACH, spanOf } from './spending.ts';
import type { LedgerSpending } from './spending.ts';

/**
 * - `known`: the authority counts it.
 * - `idle`: no gateway has asked for it, so nothing is reserved; spend is the ledger's.
 * - `unready`: the authority has not learnt yet what was spent; gateways get nothing until it has.
 * - `unreachable`: the authority cannot be asked: what is reserved is not known.
 * - `past`: an instant that is over; spend is the ledger's.
 */
export type AccountState = 'known' | 'idle' | 'unready' | 'unreachable' | 'past';

export interface AccountStanding {
  readonly account: string;
  readonly value: string;
  readonly simulated: boolean;
  readonly state: AccountState;
  readonly span: Span;
  readonly cap: Amount;
  readonly spent: Amount | undefined;
  readonly spentBy: 'authority' | 'ledger' | undefined;
  readonly reserved: Amount | undefined;
  /** The part of `reserved` whose gateway is gone. */
  readonly presumed: Amount | undefined;
  /** How far calls under way can pass their reservations. */
  readonly exposed: Amount | undefined;
  readonly remaining: Amount | undefined;
  /** Spent, and spent and reserved, in percent of the cap: tenths, rounded down. */
  readonly spentPercent: number | undefined;
  readonly percent: number | undefined;
  readonly passed: readonly BudgetThreshold[];
  readonly burn: Burn;
}

export interface BudgetStanding {
  readonly rule: BudgetRule;
  readonly accounts: readonly AccountStanding[];
  /** There are more values than are listed. */
  readonly more: boolean;
}

export interface StandingAsk {
  readonly rules: readonly BudgetRule[];
  /** Undefined: the authority cannot be asked. */
  readonly views: readonly AccountView[] | undefined;
  /** Undefined: the ledger cannot be asked. */
  readonly spending: LedgerSpending | undefined;
  readonly atMs: number;
  /** The instant is over: nothing of now belongs to it. */
  readonly past: boolean;
}

const MOST_ACCOUNTS = 100;

export function standingsOf(ask: StandingAsk): BudgetStanding[] {
  const book = openBudgets(ask.rules);
  const views = new Map((ask.views ?? []).map((view) => [view.account, view]));
  return ask.rules.map((rule) => {
    const accounts = accountsOf(rule, ask, book, views)
      .map((account) => standingOf(account, ask, views.get(account.id)))
      .toSorted(nearestFirst);
    const more = accounts.length > MOST_ACCOUNTS || (ask.spending?.valuesOf(rule).more ?? false);
    return { rule, accounts: accounts.slice(0, MOST_ACCOUNTS), more: rule.scope.value === EACH && more };
  });
}

/** The accounts of a rule that there is something to say of; simulated ones only where a gateway has asked for them. */
function accountsOf(
  rule: BudgetRule,
  { spending, atMs, past }: StandingAsk,
  book: BudgetBook,
  views: ReadonlyMap<string, AccountView>,
): Account[] {
  const each = rule.scope.value === EACH;
  const values = new Set(each ? (spending?.valuesOf(rule).values ?? []) : [rule.scope.value]);
  const simulated = new Set<string>();
  for (const id of past ? [] : views.keys()) {
    const account = findAccount(book, id);
    if (account?.rule !== rule) continue;
    const { value, simulated: isSimulated } = account;
    if (book.accountFor(rule, value, isSimulated, atMs).id !== id) continue; // of a window that is over
    (isSimulated ? simulated : values).add(value);
  }
  return [
    ...[...values].map((value) => book.accountFor(rule, value, false, atMs)),
    ...[...simulated].map((value) => book.accountFor(rule, value, true, atMs)),
  ];
}

function standingOf(account: Account, ask: StandingAsk, view: AccountView | undefined): AccountStanding {
  const { rule, value, simulated, cap } = account;
  const state = stateOf(ask, view);
  const span = spanOf(rule.window, ask.atMs);
  const spending = simulated ? undefined : ask.spending?.of(rule, value);
  const told = state === 'known' ? view : undefined;
  const spent = told?.spent ?? spending?.spent;
  const nothing = state === 'idle' || state === 'past' ? 0n : undefined;
  const reserved = told?.reserved ?? nothing;
  const taken = spent === undefined ? undefined : spent + (reserved ?? 0n);
  return {
    account: account.id,
    value,
    simulated,
    state,
    span,
    cap,
    spent,
    spentBy: told !== undefined ? 'authority' : spending === undefined ? undefined : 'ledger',
    reserved,
    presumed: told?.presumed ?? nothing,
    exposed: told?.exposed ?? nothing,
    remaining: taken === undefined || reserved === undefined ? undefined : atLeastZero(cap - taken),
    spentPercent: percentOf(spent, cap),
    percent: percentOf(taken, cap),
    passed: rule.thresholds.filter(
      ({ percent }) => taken !== undefined && taken * 100n >= cap * BigInt(percent),
    ),
    burn:
      spending === undefined || spent === undefined
        ? { ...NO_BURN, why: simulated ? 'simulated' : 'ledger-away' }
        : burnOf({ cap, spent, spending, window: rule.window, span, atMs: ask.atMs }),
  };
}

function stateOf({ views, past }: StandingAsk, view: AccountView | undefined): AccountState {
  if (past) return 'past';
  if (views === undefined) return 'unreachable';
  if (view === undefined) return 'idle';
  return view.known ? 'known' : 'unready';
}

function percentOf(amount: Amount | undefined, cap: Amount): number | undefined {
  if (amount === undefined) return undefined;
  return Number((atLeastZero(amount) * 1_000n) / cap) / 10;
}

function atLeastZero(amount: Amount): Amount {
  return amount > 0n ? amount : 0n;
}

/** Real before simulated, what is nearest to its cap first. */
function nearestFirst(a: AccountStanding, b: AccountStanding): number {
  if (a.simulated !== b.simulated) return a.simulated ? 1 : -1;
  return (b.percent ?? -1) - (a.percent ?? -1) || (a.value < b.value ? -1 : 1);
}
