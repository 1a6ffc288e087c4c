/**
 * What the ledger is asked so that budgets know what was spent, and what its answer means for each account. All accounts
 * of one budget in one window are one question. Pure.
 */
import type { Account, Amount, BookedAccount, Steps } from '../budgets/budgets.ts';
import type { Condition, Dimension, SpendAsk, SpendRow } from '../ledger/question.ts';
import type { BudgetRule, BudgetScope, RulebookData } from '../rulebook/rulebook.ts';

export interface BookedOf {
  readonly account: Account;
  readonly booked: BookedAccount;
}

/** Accounts that one question answers. */
export interface BaseQuestion {
  readonly rule: BudgetRule;
  readonly accounts: readonly BookedOf[];
  readonly ask: SpendAsk;
}

/** Naming more values than this in a question costs more than reading all of them. */
const MOST_VALUES = 500;
/** Clocks of gateways may be ahead of this one. */
const AHEAD_MS = 86_400_000;

/**
 * @param sinceRulebook the first rulebook that had the budget: what its workers' calls spent before, nobody reserved,
 *   so it is not in their totals either.
 */
export function baseQuestions(
  accounts: readonly BookedOf[],
  sinceRulebook: (rule: BudgetRule) => number,
  nowMs: number,
): BaseQuestion[] {
  const groups = new Map<string, BookedOf[]>();
  for (const one of accounts) {
    const { rule, window, simulated } = one.account;
    const name = JSON.stringify([rule.id, window.stepMs === 0 ? window.fromMs : 'rolling', simulated]);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [one]);
    else group.push(one);
  }
  return [...groups.values()].map((group) => {
    const { rule } = group[0]!.account;
    return { rule, accounts: group, ask: askOf(group, sinceRulebook(rule), nowMs) };
  });
}

function askOf(group: readonly BookedOf[], sinceRulebook: number, nowMs: number): SpendAsk {
  const { rule, window, simulated } = group[0]!.account;
  const by = dimensionOf(rule.scope);
  const { fromMs, toMs, lengthMs, stepMs } = window;
  return {
    // Whole steps: one that began before the window still counts as long as any of it is inside.
    during: stepMs === 0 ? { fromMs, toMs } : { fromMs: nowMs - lengthMs - stepMs, toMs: nowMs + AHEAD_MS },
    by,
    where: by === null ? [] : [valuesOf(by, group)],
    simulated: simulated ? 'only' : 'exclude',
    stepMs,
    journals: [...new Set(group.flatMap(({ booked }) => booked.holders))],
    sinceRulebook,
  };
}

function dimensionOf({ kind, tag }: BudgetScope): Dimension | null {
  if (kind === 'organisation') return null;
  return kind === 'tag' ? `tag:${tag}` : kind;
}

function valuesOf(dimension: Dimension, group: readonly BookedOf[]): Condition {
  const values = group.map(({ account }) => account.value);
  return values.length <= MOST_VALUES ? { dimension, is: values } : { dimension, not: [''] };
}

/**
 * The base of each account, in the order of the question's: all lines but those of holders whose totals count in the
 * account and that have not ended.
 */
export function basesOf(
  { rule, accounts }: BaseQuestion,
  rows: readonly SpendRow[],
  ended: ReadonlySet<string>,
): Steps[] {
  const byValue = Map.groupBy(rows, ({ value }) => value);
  return accounts.map(({ account, booked }) => {
    const counted = new Set(booked.holders.filter((holder) => !ended.has(holder)));
    const steps = new Map<number, Amount>();
    for (const row of byValue.get(account.value) ?? []) {
      if (counted.has(row.journal)) continue;
      const step = account.window.stepMs === 0 ? account.window.fromMs : row.stepMs;
      steps.set(step, (steps.get(step) ?? 0n) + amountOf(rule, row));
    }
    return steps;
  });
}

/** Unknown is not zero: a call without a price counts what the budget takes such calls to cost at most. */
function amountOf({ unit, unboundedCall }: BudgetRule, row: SpendRow): Amount {
  if (unit === 'calls') return row.calls;
  if (unit === 'tokens') return row.tokens;
  return row.cost + row.unpricedCalls * BigInt(unboundedCall === '' ? 0 : unboundedCall);
}

/**
 * Says for each budget the first rulebook since which it has counted the same calls without a gap.
 * @param before the rulebook that this one follows.
 */
export function withBudgetsSince(
  data: RulebookData,
  before: Pick<RulebookData, 'budgets' | 'budgetsSince'> | undefined,
): RulebookData {
  const { budgets = [], version } = data;
  if (budgets.length === 0) return data;
  const budgetsSince = budgets.map((rule): [string, number] => {
    const former = before?.budgets?.find(({ id }) => id === rule.id);
    const same = former !== undefined && countsTheSame(former, rule);
    return [rule.id, same ? (before?.budgetsSince?.[rule.id] ?? version) : version];
  });
  return { ...data, budgetsSince: Object.fromEntries(budgetsSince) };
}

function countsTheSame(one: BudgetRule, other: BudgetRule): boolean {
  const what = ({ scope: { kind, value, tag }, unit, window }: BudgetRule): string =>
    JSON.stringify([kind, value, tag, unit, window]);
  return what(one) === what(other);
}
