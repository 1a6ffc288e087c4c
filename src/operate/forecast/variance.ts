/**
 * Months against the plan that was locked before each began. Amounts are picodollars; only ratios are floats. A plan that was
 * locked later, or a forecast made afterwards, is never what a month is held to. Pure.
 */
import type { Picodollars } from '../../units/money.ts';

/** The paper's targets: forecast accuracy within 10 %, budget variance within 5 %. */
export const ACCURACY_TARGET = 0.1;
export const VARIANCE_TARGET = 0.05;

export interface LockedMonth {
  readonly plan: string;
  readonly name: string;
  readonly month: string;
  readonly amount: Picodollars;
  readonly low: Picodollars;
  readonly high: Picodollars;
  readonly lockedAtMs: number;
}

export interface MonthAsk {
  readonly month: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly actual: Picodollars;
  readonly budget: Picodollars | undefined;
}

export interface JudgedMonth {
  readonly month: string;
  readonly state: 'ended' | 'under-way' | 'ahead';
  readonly plan: LockedMonth | undefined;
  readonly actual: Picodollars;
  /** (plan − actual) ÷ actual, and ÷ plan as FinOps counts it. */
  readonly error: number | null;
  readonly errorOfForecast: number | null;
  readonly within: boolean | null;
  readonly budget: Picodollars | undefined;
  /** (actual − budget) ÷ budget. */
  readonly variance: number | null;
  readonly withinBudget: boolean | null;
  readonly why: '' | 'no-plan' | 'under-way' | 'no-spend';
}

export function judgeMonth(ask: MonthAsk, plans: readonly LockedMonth[], nowMs: number): JudgedMonth {
  const { month, startMs, endMs, actual, budget } = ask;
  const plan = planFor(month, startMs, plans);
  const state = nowMs >= endMs ? 'ended' : nowMs >= startMs ? 'under-way' : 'ahead';
  const over = state === 'ended';
  const variance = over && budget !== undefined ? ratio(actual - budget, budget) : null;
  const withinBudget = variance === null ? null : Math.abs(variance) <= VARIANCE_TARGET;
  const why =
    plan === undefined ? 'no-plan' : !over ? 'under-way' : actual === 0n ? 'no-spend' : ('' as const);
  const error = why === '' && plan !== undefined ? ratio(plan.amount - actual, actual) : null;
  return {
    month,
    state,
    plan,
    actual,
    error,
    errorOfForecast: why === '' && plan !== undefined ? ratio(plan.amount - actual, plan.amount) : null,
    within: error === null ? null : Math.abs(error) <= ACCURACY_TARGET,
    budget,
    variance,
    withinBudget,
    why,
  };
}

/** The last that was locked before the month began. */
function planFor(month: string, startMs: number, plans: readonly LockedMonth[]): LockedMonth | undefined {
  return plans
    .filter((one) => one.month === month && one.lockedAtMs <= startMs)
    .toSorted((a, b) => a.lockedAtMs - b.lockedAtMs)
    .at(-1);
}

/** To a millionth. */
function ratio(part: Picodollars, whole: Picodollars): number | null {
  return whole === 0n ? null : Number((part * 1_000_000n) / whole) / 1_000_000;
}
