/** Scenarios worked out over a base, as the API says them. */
import { expectedAmount } from '../../operate/forecast/forecast.ts';
import type { Headline } from '../../operate/forecast/forecast.ts';
import { project, waterfall, weakestBasis } from '../../operate/forecast/scenario.ts';
import type { BaseLine, DriverChange, Projection } from '../../operate/forecast/scenario.ts';
import { crossingDay, drawMonth, quantile, shareAbove, tornado } from '../../operate/forecast/spread.ts';
import type { Spread } from '../../operate/forecast/spread.ts';
import { formatDollars, parseDollars } from '../../units/money.ts';
import type { ForecastAnswer } from '../contract/forecast.ts';
import type { ProjectionAnswer, ScenarioDraft, ScenarioProjection } from '../contract/plans.ts';
import { moneyOf, rounded, shareOf, sumOf, toHundred } from './amounts.ts';

type Changes = readonly DriverChange[];

const NOTHING: Headline = {
  calls: 0,
  actions: null,
  fanOut: null,
  inputTokens: 0,
  outputTokens: 0,
  tokensPerCall: 0,
  cachedShare: 0,
  rate: 0,
  cost: 0,
};

/** Volumes to a whole call, tokens to a tenth, rates to eight decimals: what is below says nothing. */
export function presentHeadline(headline: Headline = NOTHING): ForecastAnswer['months'][number]['headline'] {
  const { calls, actions, fanOut, inputTokens, outputTokens, tokensPerCall, cachedShare, rate } = headline;
  return {
    calls: rounded(calls, 0),
    actions: actions === null ? null : rounded(actions, 0),
    fanOut: fanOut === null ? null : rounded(fanOut, 3),
    inputTokens: rounded(inputTokens, 1),
    outputTokens: rounded(outputTokens, 1),
    tokensPerCall: rounded(tokensPerCall, 1),
    cachedShare: rounded(cachedShare, 4),
    rate: rounded(rate, 8),
  };
}

/** What is left unsaid is assumed. */
export function changesOf({ changes }: Pick<ScenarioDraft, 'changes'>): DriverChange[] {
  return changes.map(({ basis = 'assumed', ...rest }) => {
    const said = Object.entries(rest).filter(([, value]) => value !== undefined);
    return { ...(Object.fromEntries(said) as Omit<DriverChange, 'basis'>), basis };
  });
}

export interface ProjectionAsk {
  readonly base: readonly BaseLine[];
  readonly spread: Spread;
  readonly level: number;
  /** Dollars a month; undefined: there is none. */
  readonly budget: string | undefined;
  /** Of the base: a month that somebody stated is assumed. */
  readonly stated: boolean;
}

export function projectScenario(ask: ProjectionAsk, name: string, changes: Changes): ScenarioProjection {
  const { base, spread, level, budget, stated } = ask;
  const projection = project(base, changes);
  const last = projection.months.at(-1)?.month ?? '';
  const monthly = monthOf(projection, last);
  const before = monthOf(project(base), last);
  const draws = drawMonth({ base, changes, month: last, spread });
  const over = budget === undefined ? null : rounded(shareAbove(draws, Number(budget)), 4);
  const uncertain = { base, changes, spread };
  return {
    name,
    basis: stated ? 'assumed' : changes.length === 0 ? 'measured' : weakestBasis(changes),
    months: projection.months.map(({ month, cost, headline }) => {
      const of = month === last ? draws : drawMonth({ ...uncertain, month, draws: 2_000 });
      return {
        month,
        total: moneyOf(cost),
        low: moneyOf(quantile(of, (1 - level) / 2)),
        high: moneyOf(quantile(of, (1 + level) / 2)),
        headline: presentHeadline(headline),
      };
    }),
    days: projection.days.map(({ date, cost }) => ({ date, cost: moneyOf(cost) })),
    monthly: formatDollars(monthly),
    rounded: formatDollars(toHundred(monthly)),
    difference: formatDollars(monthly - before),
    percent: shareOf(monthly - before, before),
    waterfall: presentWaterfall(base, changes, last),
    tornado: tornado({ ...uncertain, month: last }).map((bar) => ({
      name: bar.name,
      low: moneyOf(bar.low),
      high: moneyOf(bar.high),
    })),
    crossing: budget === undefined ? null : presentCrossing(projection, base, budget),
    chanceOverBudget: over,
    draws: draws.costs.length,
  };
}

function monthOf({ months }: Projection, month: string): bigint {
  return expectedAmount(months.find((one) => one.month === month)?.cost ?? 0);
}

/** Amounts are differences of what stands on both sides, so that they add up as they are said. */
function presentWaterfall(
  base: readonly BaseLine[],
  changes: Changes,
  month: string,
): ScenarioProjection['waterfall'] {
  return waterfall(base, changes, month).map(({ step, before, after, basis }) => ({
    step,
    amount: formatDollars(expectedAmount(after) - expectedAmount(before)),
    before: moneyOf(before),
    after: moneyOf(after),
    basis,
  }));
}

function presentCrossing(
  projection: Projection,
  base: readonly BaseLine[],
  budget: string,
): NonNullable<ScenarioProjection['crossing']> {
  const date = crossingDay(projection, base, Number(budget));
  return { kind: date === undefined ? 'stays' : 'crosses', date: date ?? null, budget };
}

/** The dearest less the cheapest of all scenarios and the base: what is still to be decided. */
export function swingOf(all: readonly ScenarioProjection[]): ProjectionAnswer['swing'] {
  if (all.length < 2) return null;
  const sorted = all.toSorted((a, b) => (parseDollars(a.monthly) < parseDollars(b.monthly) ? -1 : 1));
  const [lowest, highest] = [sorted[0]!, sorted.at(-1)!];
  const amount = sumOf([parseDollars(highest.monthly), -parseDollars(lowest.monthly)]);
  // To $100 it is the difference of what is printed, so that a reader can take one from the other.
  const printed = parseDollars(highest.rounded) - parseDollars(lowest.rounded);
  return {
    amount: formatDollars(amount),
    rounded: formatDollars(printed),
    highest: highest.name,
    lowest: lowest.name,
  };
}
