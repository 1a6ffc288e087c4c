/**
 * Accounts: one counter for each budget, value and window. A call has one account in every budget that counts it, and
 * is admitted in all of them or in none.
 */
import type { BudgetRule } from '../rulebook/rulebook.ts';
import { windowsOf } from './window.ts';
import type { Window } from './window.ts';

/** Amounts are whole units of the budget: picodollars, tokens or calls. */
export type Amount = bigint;

export interface Account {
  /** Unique and the same in every process: budget, value, begin of the window, and whether simulated calls. */
  readonly id: string;
  readonly rule: BudgetRule;
  /** Whose spend counts here; the scope's value, or the call's where every value has its own. */
  readonly value: string;
  readonly window: Window;
  readonly cap: Amount;
  /** Calls of the simulator cost nothing, so they have accounts of their own beside the real ones. */
  readonly simulated: boolean;
}

/** Who caused a call, as far as budgets ask. Empty text is unattributed. */
export interface CallOwner {
  readonly workflow: string;
  readonly team: string;
  readonly customer: string;
  readonly key: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface BudgetBook {
  readonly rules: readonly BudgetRule[];
  /** The accounts that count a call; a fresh list, in the order of the rules. */
  accountsOf(owner: CallOwner, simulated: boolean, atMs: number): Account[];
  /** The account of a rule for a value, at an instant. */
  accountFor(rule: BudgetRule, value: string, simulated: boolean, atMs: number): Account;
}

const ACCOUNTS_REMEMBERED = 10_000;
export const EVERY = '*';

/** Opens budgets for use. Pure: the same rules give the same accounts. */
export function openBudgets(rules: readonly BudgetRule[]): BudgetBook {
  const opened = rules.map((rule) => ({
    rule,
    cap: BigInt(rule.amount),
    windowAt: windowsOf(rule.window),
  }));
  const remembered = new Map<string, Account>();

  function account(one: (typeof opened)[number], value: string, simulated: boolean, atMs: number): Account {
    const window = one.windowAt(atMs);
    const id = accountId(one.rule.id, value, window, simulated);
    let found = remembered.get(id);
    if (found === undefined) {
      found = { id, rule: one.rule, value, window, cap: one.cap, simulated };
      if (remembered.size >= ACCOUNTS_REMEMBERED) remembered.clear(); // a stream of invented customers must not grow memory
      remembered.set(id, found);
    }
    return found;
  }

  return {
    rules,
    accountsOf(owner, simulated, atMs) {
      const accounts: Account[] = [];
      for (const one of opened) {
        const value = valueOf(one.rule, owner);
        if (value !== undefined) accounts.push(account(one, value, simulated, atMs));
      }
      return accounts;
    },
    accountFor(rule, value, simulated, atMs) {
      const one = opened.find((other) => other.rule === rule);
      if (one === undefined) throw new Error(`the budget ${rule.id} is not of this book`);
      return account(one, value, simulated, atMs);
    },
  };
}

/** @returns the value whose account counts this call, or undefined when the budget does not count it. */
export function valueOf({ scope }: BudgetRule, owner: CallOwner): string | undefined {
  if (scope.kind === 'organisation') return '';
  const value = scope.kind === 'tag' ? (owner.tags[scope.tag] ?? '') : owner[scope.kind];
  if (scope.value === EVERY) return value === '' ? undefined : value;
  return scope.value === value ? value : undefined;
}

function accountId(rule: string, value: string, { fromMs, stepMs }: Window, simulated: boolean): string {
  const begin = stepMs === 0 ? String(fromMs) : 'rolling';
  return `${rule}|${encodeURIComponent(value)}|${begin}|${simulated ? 'simulated' : 'real'}`;
}
