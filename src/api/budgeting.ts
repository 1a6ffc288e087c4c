/** What the routes of budgets have in common: which are set, where they stand, and how that is said. */
import { MOST_BUDGETS, toBudgetRule } from '../budgets/budgets.ts';
import type { AccountView, Amount, DecidedBudget } from '../budgets/budgets.ts';
import {
  amountText,
  boundText,
  openStandings,
  readStandings,
  windowText,
} from '../inform/budgets/budgets.ts';
import type { AccountStanding, BudgetStanding, StoodBudget } from '../inform/budgets/budgets.ts';
import { budgetsInForce } from '../registry/registry.ts';
import type { BudgetDecision } from '../registry/registry.ts';
import type { BudgetRule, BudgetUnit } from '../rulebook/rulebook.ts';
import type { Budget, BudgetAccount, BudgetList, StandingBudget } from './contract/budgets.ts';
import type { ApiParts } from './parts.ts';

/** A budget in force, and who set it. */
export interface SetBudget {
  readonly budget: DecidedBudget;
  /** Undefined: it stands in the settings. */
  readonly decision: BudgetDecision | undefined;
}

/** Those of the settings first; a decision whose id stands in the settings is not in force. */
export function setBudgets(parts: ApiParts, decisions: readonly BudgetDecision[]): SetBudget[] {
  const settled = parts.settledBudgets ?? [];
  const ids = new Set(settled.map(({ id }) => id));
  return [
    ...settled.map((budget) => ({ budget, decision: undefined })),
    ...budgetsInForce(decisions)
      .filter(({ id }) => !ids.has(id))
      .map((decision) => ({ budget: decision.budget, decision })),
  ].slice(0, MOST_BUDGETS);
}

/** Every version with the time in which it was in force. What stands in the settings has no history: it is taken to have stood always. */
export function stoodBudgets(parts: ApiParts, decisions: readonly BudgetDecision[]): StoodBudget[] {
  const settled = parts.settledBudgets ?? [];
  const ids = new Set(settled.map(({ id }) => id));
  const decided = decisions.filter(({ id }) => !ids.has(id));
  return [
    ...settled.map((rule) => ({ rule, fromMs: -Infinity, toMs: Infinity })),
    ...decided.flatMap(({ id, action, budget, decidedAtMs }, at) => {
      const next = decided.find((later, place) => place > at && later.id === id);
      return action === 'end'
        ? []
        : [{ rule: budget, fromMs: decidedAtMs, toMs: next?.decidedAtMs ?? Infinity }];
    }),
  ];
}

export interface Standings {
  readonly standings: readonly BudgetStanding[];
  readonly atMs: number;
  readonly around: Pick<BudgetList, 'at' | 'authority' | 'ledger' | 'completeUntil' | 'timeZone'>;
}

/** Where budgets stand. @param at an instant that is over; undefined: now. */
export type ReadStandings = (rules: readonly BudgetRule[], at?: string) => Promise<Standings>;

/** One reader serves all routes of an API, so that who looks at the same budgets asks the ledger once. */
export function openBudgeting(parts: ApiParts): ReadStandings {
  const { ledger } = parts;
  const readNow = openStandings(ledger);
  return async (rules, at) => {
    const past = at !== undefined;
    const atMs = past ? Date.parse(at) : parts.now();
    const views = past ? undefined : readViews(parts);
    const read = await (past
      ? readStandings({ ledger, rules, views, atMs, past })
      : readNow({ rules, views, atMs }));
    const { standings, completeUntilMs } = read;
    return {
      standings,
      atMs,
      around: {
        at: instant(atMs),
        authority: past ? 'not-asked' : views === undefined ? 'unreachable' : 'reachable',
        ledger: rules.length > 0 && completeUntilMs === undefined ? 'away' : 'reachable',
        completeUntil: completeUntilMs === undefined ? null : instant(completeUntilMs),
        timeZone: parts.timeZone,
      },
    };
  };
}

function readViews({ budgetAccounts }: ApiParts): readonly AccountView[] | undefined {
  try {
    return budgetAccounts?.();
  } catch {
    return undefined; // said as `authority: unreachable`
  }
}

export function presentStanding(set: SetBudget, standing: BudgetStanding): StandingBudget {
  return { ...presentBudget(set, 'in-force'), ...presentAccounts(standing) };
}

export function presentAccounts({ rule, accounts, more }: BudgetStanding) {
  return {
    bound: boundText(rule, accounts),
    accounts: accounts.map((account) => presentAccount(rule, account)),
    moreAccounts: more,
  };
}

export function presentBudget({ budget, decision }: SetBudget, state: Budget['state']): Budget {
  const { id, name, scope, unit, amount, window, mode, thresholds, onAuthorityLoss, unboundedCall } = budget;
  return {
    id,
    name,
    version: decision?.version ?? null,
    origin: decision === undefined ? 'settings' : 'decided',
    state,
    scope: { ...scope },
    unit,
    currency: unit === 'money' ? 'USD' : null,
    amount: amountText(BigInt(amount), unit),
    window: { ...window },
    mode,
    thresholds: thresholds.map((one) => ({ percent: one.percent, action: { ...one.action } })),
    onAuthorityLoss,
    unboundedCall: unboundedCall === '' ? null : amountText(BigInt(unboundedCall), unit),
    author: decision?.author ?? 'setpoint.yaml',
    reason: decision?.reason ?? '',
    decidedAt: decision === undefined ? null : instant(decision.decidedAtMs),
  };
}

/** Every version of a budget, newest first. */
export function presentHistory(parts: ApiParts, decisions: readonly BudgetDecision[], id: string): Budget[] {
  const settled = (parts.settledBudgets ?? []).find((one) => one.id === id);
  const versions = decisions.filter((one) => one.id === id).toReversed();
  const decided = versions.map((decision, at) => {
    const state =
      decision.action === 'end' ? 'ended' : at === 0 && settled === undefined ? 'in-force' : 'replaced';
    return presentBudget({ budget: decision.budget, decision }, state);
  });
  return [
    ...(settled === undefined ? [] : [presentBudget({ budget: settled, decision: undefined }, 'in-force')]),
    ...decided,
  ];
}

function presentAccount(rule: BudgetRule, account: AccountStanding): BudgetAccount {
  const { unit, window } = rule;
  const text = (amount: Amount | undefined): string | null => textOf(amount, unit);
  const { burn, span } = account;
  return {
    value: account.value,
    simulated: account.simulated,
    state: account.state,
    window: { text: windowText(window, span), from: instant(span.fromMs), to: instant(span.toMs) },
    cap: amountText(account.cap, unit),
    spent: text(account.spent),
    spentBy: account.spentBy ?? null,
    reserved: text(account.reserved),
    presumed: text(account.presumed),
    exposed: text(account.exposed),
    remaining: text(account.remaining),
    spentPercent: account.spentPercent ?? null,
    percent: account.percent ?? null,
    passed: account.passed.map(({ percent, action }) => ({ percent, action: { ...action } })),
    burn: {
      pace: burn.paceMs === undefined ? null : paceWord(burn.paceMs),
      perDay: text(burn.perDay),
      perDayOfWindow: text(burn.perDayOfWindow),
      projected: text(burn.projected),
      breachAt: burn.breachAtMs === undefined ? null : instant(burn.breachAtMs),
      why: burn.why,
      crossed:
        burn.crossed === undefined ? null : { from: instant(burn.crossed.fromMs), step: burn.crossed.step },
    },
  };
}

export function textOf(amount: Amount | undefined, unit: BudgetUnit): string | null {
  return amount === undefined ? null : amountText(amount, unit);
}

function paceWord(ms: number): string {
  const hours = ms / 3_600_000;
  return hours > 24 ? `${hours / 24}d` : `${hours}h`;
}

export function rulesOf(sets: readonly SetBudget[]): BudgetRule[] {
  return sets.map(({ budget }) => toBudgetRule(budget));
}

export function instant(ms: number): string {
  return new Date(ms).toISOString();
}

export function absentWords(id: string): string {
  return `There is no budget "${id}" in force. Nothing was changed. "setpoint budget list" shows the ids.`;
}
