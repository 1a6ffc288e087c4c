/**
 * A budget as people write it (a form, a command line, `setpoint.yaml`), and what is wrong with it, in words. What is
 * left unsaid is filled in here and nowhere else. Pure.
 */
import { createHash } from 'node:crypto';

import {
  AUTHORITY_LOSS,
  BUDGET_MODES,
  BUDGET_PERIODS,
  BUDGET_SCOPES,
  BUDGET_UNITS,
} from '../rulebook/rulebook.ts';
import type {
  AuthorityLoss,
  BudgetAction,
  BudgetMode,
  BudgetRule,
  BudgetScope,
  BudgetThreshold,
  BudgetUnit,
  BudgetWindow,
} from '../rulebook/rulebook.ts';
import { parseDollars } from '../units/money.ts';
import { isTimeZone } from '../units/period.ts';

/** Amounts are decimal dollars for `money`, whole numbers for the other units. */
export interface BudgetDraft {
  /** Lower-case letters, digits and `-`; absent: made of the name. */
  readonly id?: string | undefined;
  readonly name: string;
  readonly scope: {
    readonly kind: BudgetScope['kind'];
    readonly value?: string | undefined;
    readonly tag?: string | undefined;
  };
  readonly unit?: BudgetUnit | undefined;
  readonly amount: string;
  readonly window:
    | {
        readonly kind: 'calendar';
        readonly unit: (typeof BUDGET_PERIODS)[number];
        readonly timeZone?: string | undefined;
      }
    | { readonly kind: 'rolling'; readonly hours: number };
  readonly mode?: BudgetMode | undefined;
  readonly thresholds?: readonly BudgetThreshold[] | undefined;
  readonly onAuthorityLoss?: AuthorityLoss | undefined;
  readonly unboundedCall?: string | undefined;
}

/** A budget as it was decided: a rule whose `id` is the one that people use. */
export type DecidedBudget = BudgetRule;

export interface DraftProblem {
  readonly path: string;
  readonly message: string;
}

export type DraftReading =
  | { readonly kind: 'budget'; readonly budget: DecidedBudget }
  | { readonly kind: 'problems'; readonly problems: readonly DraftProblem[] };

export const MOST_BUDGETS = 1_000;
/** A year and a day. */
export const MOST_ROLLING_HOURS = 8_784;
const MOST_THRESHOLDS = 10;
const MOST_CALLS_PER_SECOND = 100_000;
/** A billion dollars, a quadrillion tokens or calls: beyond it somebody slipped on a key. */
const MOST_AMOUNT: Readonly<Record<BudgetUnit, bigint>> = {
  money: 1_000_000_000n * 1_000_000_000_000n,
  tokens: 1_000_000_000_000_000n,
  calls: 1_000_000_000_000_000n,
};
const MOST_NAME = 64;

/** @param timeZone where calendar windows begin when the draft does not say. */
export function readBudgetDraft(draft: BudgetDraft, timeZone: string): DraftReading {
  const problems: DraftProblem[] = [];
  const add = (path: string, message: string): void => void problems.push({ path, message });
  const unit = draft.unit ?? 'money';
  const mode = draft.mode ?? 'hard';
  const thresholds = (draft.thresholds ?? []).toSorted((a, b) => a.percent - b.percent);
  const budget: DecidedBudget = {
    id: draft.id ?? budgetIdOf(draft.name),
    name: draft.name.trim(),
    scope: readScope(draft.scope, add),
    unit,
    amount: readAmount(draft.amount, unit, 'amount', add),
    window:
      draft.window.kind === 'calendar'
        ? { ...draft.window, timeZone: draft.window.timeZone ?? timeZone }
        : draft.window,
    mode,
    thresholds,
    onAuthorityLoss: draft.onAuthorityLoss ?? (mode === 'observe' ? 'open' : 'local'),
    unboundedCall:
      draft.unboundedCall === undefined || draft.unboundedCall === ''
        ? ''
        : readAmount(draft.unboundedCall, unit, 'unboundedCall', add),
  };
  checkNames(budget, add);
  checkWords(budget, add);
  checkWindow(budget.window, add);
  for (const [index, one] of thresholds.entries()) checkThreshold(one, `thresholds[${index}]`, mode, add);
  checkTogether(budget, add);
  return problems.length === 0 ? { kind: 'budget', budget } : { kind: 'problems', problems };
}

/** The id that a name gives: `Support, hard` is `support-hard`. */
export function budgetIdOf(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 48);
}

/**
 * The rule that gateways obey. Its id carries what its accounts are counts of (scope, unit and window), so that a
 * budget that is changed from months to weeks, or from dollars to tokens, is never taken for the count that it was.
 */
export function toBudgetRule(budget: DecidedBudget): BudgetRule {
  const counted = JSON.stringify([budget.scope, budget.unit, budget.window]);
  const digest = createHash('sha256').update(counted).digest('hex').slice(0, 8);
  return { ...budget, id: `${budget.id}@${digest}` };
}

/** The id that people use, of a rule that `toBudgetRule` made. */
export function budgetOfRule(ruleId: string): string {
  return ruleId.split('@')[0] ?? ruleId;
}

type Add = (path: string, message: string) => void;

function readScope(scope: BudgetDraft['scope'], add: Add): BudgetScope {
  const { kind } = scope;
  const value = (scope.value ?? '').trim();
  const tag = (scope.tag ?? '').trim();
  if (!(BUDGET_SCOPES as readonly string[]).includes(kind))
    add('scope.kind', `"${kind}" is not one of ${BUDGET_SCOPES.join(', ')}`);
  if (kind === 'organisation') {
    if (value !== '' || tag !== '')
      add('scope', 'a budget of the organisation counts every call: name no value');
    return { kind, value: '', tag: '' };
  }
  if (value === '') add('scope.value', `say which ${kind} it counts, or * for one budget of this size each`);
  if (kind === 'tag' && tag === '') add('scope.tag', 'say which tag it looks at, for example env');
  if (kind !== 'tag' && tag !== '')
    add('scope.tag', `only a budget of a tag names one; this is of a ${kind}`);
  return { kind, value, tag: kind === 'tag' ? tag : '' };
}

/** Whole units as decimal text: picodollars for money. */
function readAmount(text: string, unit: BudgetUnit, path: string, add: Add): string {
  const amount = wholeUnits(text.trim(), unit);
  if (amount === undefined) {
    const form = unit === 'money' ? 'dollars, for example 500 or 12.50' : `a whole number of ${unit}`;
    add(path, `"${text}" is not ${form}`);
    return '0';
  }
  if (amount <= 0n)
    add(path, 'must be above zero: a budget of nothing refuses everything; revoke the key instead');
  if (amount > MOST_AMOUNT[unit])
    add(
      path,
      `is more than a budget can hold (${unit === 'money' ? '$1,000,000,000' : '10^15'}); is it a slip?`,
    );
  return String(amount);
}

function wholeUnits(text: string, unit: BudgetUnit): bigint | undefined {
  if (text.length > 40) return undefined;
  if (unit !== 'money') return /^\d+$/.test(text) ? BigInt(text) : undefined;
  try {
    return parseDollars(text);
  } catch {
    return undefined;
  }
}

function checkNames({ id, name }: BudgetRule, add: Add): void {
  if (name === '' || name.length > MOST_NAME || /\p{Cc}/u.test(name))
    add('name', `must be 1 to ${MOST_NAME} printable characters`);
  if (!/^[a-z0-9][a-z0-9-]{0,47}$/.test(id))
    add(
      'id',
      `"${id}" must be lower-case letters, digits and "-", at most 48; give one where the name has none`,
    );
}

function checkWords({ unit, mode, onAuthorityLoss }: BudgetRule, add: Add): void {
  const known = (path: string, word: string, words: readonly string[]): void => {
    if (!words.includes(word)) add(path, `"${word}" is not one of ${words.join(', ')}`);
  };
  known('unit', unit, BUDGET_UNITS);
  known('mode', mode, BUDGET_MODES);
  known('onAuthorityLoss', onAuthorityLoss, AUTHORITY_LOSS);
}

function checkWindow(window: BudgetWindow, add: Add): void {
  if (window.kind === 'rolling') {
    if (!Number.isInteger(window.hours) || window.hours < 1 || window.hours > MOST_ROLLING_HOURS)
      add('window.hours', `must be a whole number of hours from 1 to ${MOST_ROLLING_HOURS}`);
    return;
  }
  if (!(BUDGET_PERIODS as readonly string[]).includes(window.unit))
    add('window.unit', `"${window.unit}" is not one of ${BUDGET_PERIODS.join(', ')}`);
  if (!isTimeZone(window.timeZone))
    add('window.timeZone', `"${window.timeZone}" is no IANA time zone; write for example Europe/Zurich`);
}

function checkThreshold(
  { percent, action }: BudgetThreshold,
  path: string,
  mode: BudgetMode,
  add: Add,
): void {
  if (!Number.isInteger(percent) || percent < 1 || percent > 100)
    add(`${path}.percent`, 'must be a whole number from 1 to 100');
  if (mode === 'observe' && action.kind !== 'warn')
    add(
      `${path}.action`,
      `a budget that observes changes no call, so it cannot ${action.kind}; use mode expected or hard`,
    );
  const trouble = actionTrouble(action);
  if (trouble !== '') add(`${path}.action`, trouble);
}

function actionTrouble(action: BudgetAction): string {
  switch (action.kind) {
    case 'warn':
    case 'block':
      return '';
    case 'throttle': {
      const { callsPerSecond } = action;
      const fits =
        Number.isFinite(callsPerSecond) && callsPerSecond > 0 && callsPerSecond <= MOST_CALLS_PER_SECOND;
      return fits ? '' : `callsPerSecond must be above 0 and at most ${MOST_CALLS_PER_SECOND}`;
    }
    case 'downgrade':
      return action.model.trim() === '' ? 'say which model is asked instead, of the same dialect' : '';
  }
}

function checkTogether(
  { thresholds, mode, onAuthorityLoss, unboundedCall, amount }: BudgetRule,
  add: Add,
): void {
  if (thresholds.length > MOST_THRESHOLDS) add('thresholds', `at most ${MOST_THRESHOLDS} thresholds`);
  const seen = new Set<string>();
  for (const { percent, action } of thresholds) {
    const step = `${action.kind} at ${percent}%`;
    if (seen.has(step)) add('thresholds', `${step} is there twice`);
    seen.add(step);
  }
  const block = thresholds.findIndex(({ action }) => action.kind === 'block');
  const after =
    block === -1 ? undefined : thresholds.slice(block + 1).find(({ action }) => action.kind !== 'warn');
  if (after !== undefined)
    add(
      'thresholds',
      `nothing is left to ${after.action.kind} at ${after.percent}% once calls are blocked at ${thresholds[block]?.percent}%`,
    );
  if (mode === 'hard' && onAuthorityLoss === 'open')
    add(
      'onAuthorityLoss',
      'a hard budget never lets calls through unseen: use closed or local, or mode expected, whose overrun has no bound while the authority is away',
    );
  if (mode === 'observe' && onAuthorityLoss === 'closed')
    add('onAuthorityLoss', 'a budget that observes refuses nothing, so it cannot be closed');
  if (unboundedCall !== '' && BigInt(unboundedCall) > BigInt(amount))
    add('unboundedCall', 'is more than the whole budget, so no such call could ever go');
}
