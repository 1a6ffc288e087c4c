/**
 * What the page shows beside the forecast itself: each scenario worked out in the browser from the base that the answer carries, by the
 * same files that the API runs, so that a slider needs no request.
 */
import type { ForecastAnswer } from '../../../api/contract/forecast.ts';
import { project, waterfall, weakestBasis } from '../../../operate/forecast/scenario.ts';
import type { BaseLine, ChangeBasis, DriverChange, Projection } from '../../../operate/forecast/scenario.ts';
import { crossingDay, drawMonth, quantile, shareAbove, tornado } from '../../../operate/forecast/spread.ts';

export interface Named {
  /** `base`, `changes`, or the id of a saved one. */
  readonly key: string;
  readonly name: string;
  readonly changes: readonly DriverChange[];
}

export interface Projected extends Named {
  readonly basis: ChangeBasis | 'measured';
  readonly months: Projection['months'];
  readonly days: Projection['days'];
  /** The last month, which scenarios are compared in. */
  readonly last: Projection['months'][number];
  /** The first day on which a month passes the budget. */
  readonly crossing: string | undefined;
}

/** How far a month of a scenario may be off. */
export interface MonthSpread {
  readonly month: string;
  readonly low: number;
  readonly high: number;
  readonly midLow: number;
  readonly midHigh: number;
}

export const BASE = 'base';
export const CHANGES = 'changes';

/** Enough for a slider on its way, and for a figure at rest. */
export const DRAWS = { moving: 400, still: 10_000 } as const;
const MIDDLE = 0.5;

/** Of the last month, since that is what scenarios are compared in. Null: nobody set one for this very scope. */
export function budgetOf({ months }: Pick<ForecastAnswer, 'months'>): number | undefined {
  const budget = months.at(-1)?.budget ?? null;
  return budget === null ? undefined : Number(budget);
}

const NOTHING: Projection['months'][number] = {
  month: '',
  cost: 0,
  headline: {
    calls: 0,
    actions: null,
    fanOut: null,
    inputTokens: 0,
    outputTokens: 0,
    tokensPerCall: 0,
    cachedShare: 0,
    rate: 0,
    cost: 0,
  },
};

export function projectedOf(base: readonly BaseLine[], named: Named, budget: number | undefined): Projected {
  const projection = project(base, named.changes);
  return {
    ...named,
    basis: named.changes.length === 0 ? 'measured' : weakestBasis(named.changes),
    months: projection.months,
    days: projection.days,
    last: projection.months.at(-1) ?? NOTHING,
    crossing: budget === undefined ? undefined : crossingDay(projection, base, budget),
  };
}

/** One month of the base alone: what is asked of a month is not worked out for a year. */
function inMonth(base: readonly BaseLine[], month: string): BaseLine[] {
  return base.map((line) => ({ ...line, months: line.months.filter((one) => one.month === month) }));
}

interface SpreadAsk {
  readonly answer: ForecastAnswer;
  readonly changes: readonly DriverChange[];
  readonly level: number;
  readonly draws: number;
}

/** Intervals of every month. What the API measured of the forecast itself stands; a scenario is drawn. */
export function spreadOf({ answer, changes, level, draws }: SpreadAsk): MonthSpread[] {
  return answer.months.map(({ month, low, high }) => {
    const drawn = drawMonth({
      base: inMonth(answer.base, month),
      changes,
      month,
      spread: answer.spread,
      draws,
    });
    const at = (share: number): number => quantile(drawn, share);
    const outer =
      changes.length === 0
        ? { low: Number(low), high: Number(high) }
        : { low: at((1 - level) / 2), high: at((1 + level) / 2) };
    return {
      month,
      ...outer,
      midLow: Math.max(outer.low, at((1 - MIDDLE) / 2)),
      midHigh: Math.min(outer.high, at((1 + MIDDLE) / 2)),
    };
  });
}

/** Share of draws whose last month passes the budget. */
export function chanceOver(
  answer: ForecastAnswer,
  changes: readonly DriverChange[],
  budget: number | undefined,
): number | undefined {
  const month = answer.months.at(-1)?.month;
  if (budget === undefined || month === undefined) return undefined;
  return shareAbove(
    drawMonth({ base: inMonth(answer.base, month), changes, month, spread: answer.spread }),
    budget,
  );
}

export interface Swing {
  readonly amount: number;
  readonly highest: Projected;
  readonly lowest: Projected;
}

/** Dearest less cheapest in the last month: what is still to be decided. The forecast as it is counts as one of them. */
export function swingOf(all: readonly Projected[]): Swing | undefined {
  const sorted = all.toSorted((a, b) => a.last.cost - b.last.cost);
  const [lowest, highest] = [sorted[0], sorted.at(-1)];
  if (lowest === undefined || highest === undefined || lowest === highest) return undefined;
  return { amount: highest.last.cost - lowest.last.cost, highest, lowest };
}

export function stepsTo(answer: ForecastAnswer, changes: readonly DriverChange[]) {
  const month = answer.months.at(-1)?.month ?? '';
  return waterfall(inMonth(answer.base, month), changes, month);
}

/** What the last month depends on most. */
export function sensitivityOf(answer: ForecastAnswer, changes: readonly DriverChange[]) {
  const month = answer.months.at(-1)?.month ?? '';
  return tornado({ base: inMonth(answer.base, month), changes, month, spread: answer.spread });
}
