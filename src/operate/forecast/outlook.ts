/** From daily expectations to months: intervals, the base that scenarios start from, and how far drivers were off. Pure. */
import type { PriceBook } from '../../prices/prices.ts';
import { callCost, costOf } from './drivers.ts';
import type { DriverSet, ModelDrivers } from './drivers.ts';
import { stretched } from './engine.ts';
import type { CompanyForecast, LineForecast } from './engine.ts';
import { daysIn } from './history.ts';
import type { RecentModel } from './history.ts';
import type { BaseLine, BaseMonth } from './scenario.ts';

export interface Range {
  readonly point: number;
  readonly low: number;
  readonly high: number;
}

/** What an interval needs of a line: what is expected by step, and what it was off by, by fold. */
export type JudgedLine = Pick<LineForecast, 'cost' | 'paths'>;
export type JudgedSpan = Pick<CompanyForecast, 'dates' | 'parts' | 'level'>;

/** Distances on the scale of logarithms: what is off by half and by double is off by as much. */
export function logRatio(ratio: number): number {
  return Math.log(Math.max(ratio, 0.02));
}

/** Standard normal quantiles of the two-sided levels that are asked for most; between them a straight line does. */
const NORMAL: ReadonlyArray<readonly [level: number, deviate: number]> = [
  [0.5, 0.674],
  [0.8, 1.282],
  [0.9, 1.645],
  [0.95, 1.96],
  [0.99, 2.576],
];

export function deviateOf(level: number): number {
  const above = NORMAL.findIndex(([known]) => known >= level);
  if (above <= 0) return NORMAL[0]![1];
  const [[low, left], [high, right]] = [NORMAL[above - 1]!, NORMAL[above]!];
  return left + ((right - left) * (level - low)) / (high - low);
}

/**
 * How far an interval reaches on the logarithmic scale: the conformal quantile of what was off before. Where there are too few
 * to have one, the root mean square times the normal deviate, widened for how few they are.
 */
export function reachOf(ratios: readonly number[], level: number): number | undefined {
  if (ratios.length < 2) return undefined;
  const distances = ratios.map((one) => Math.abs(logRatio(one))).toSorted((a, b) => a - b);
  const rank = Math.ceil((distances.length + 1) * level);
  if (rank <= distances.length) return distances[rank - 1];
  const square = distances.reduce((sum, one) => sum + one * one, 0) / distances.length;
  return Math.sqrt(square) * deviateOf(level) * (1 + 1 / distances.length);
}

/** What nobody could judge yet is said to be this far off. */
const UNKNOWN_REACH = 0.5;
/** Days beside a day whose errors say how far it may be off. */
const NEIGHBOURS = 3;

/** Actual ÷ forecast of the sum of several lines over some days, one ratio per fold of the back-test. */
export function ratiosOf(
  lines: readonly JudgedLine[],
  days: readonly number[],
  parts: readonly number[],
): number[] {
  const judged = lines.filter(({ paths }) => paths.length > 0);
  const folds = Math.max(0, ...judged.map(({ paths }) => paths.length));
  return Array.from({ length: folds }, (_, fold) => {
    let [expected, came] = [0, 0];
    for (const { cost, paths } of lines) {
      const path = paths.length === 0 ? [] : paths[fold % paths.length];
      for (const day of days) {
        const point = (cost[day] ?? 0) * (parts[day] ?? 1);
        expected += point;
        came += point * (1 + stretched(path, day));
      }
    }
    return expected > 0 ? came / expected : 1;
  });
}

/** The interval of one day. */
export function dayRange(forecast: JudgedSpan, lines: readonly JudgedLine[], day: number): Range {
  const point = lines.reduce((sum, { cost }) => sum + (cost[day] ?? 0), 0) * (forecast.parts[day] ?? 1);
  const near = Array.from({ length: 2 * NEIGHBOURS + 1 }, (_, at) => day - NEIGHBOURS + at);
  const ratios = near
    .filter((at) => at >= 0 && at < forecast.dates.length)
    .flatMap((at) => ratiosOf(lines, [at], forecast.parts));
  return rangeOf(point, ratios, forecast.level);
}

export function rangeOf(point: number, ratios: readonly number[], level: number): Range {
  const reach = reachOf(ratios, level) ?? UNKNOWN_REACH;
  return { point, low: point * Math.exp(-reach), high: point * Math.exp(reach) };
}

/** How cost as drivers multiply to it was off in the back-test, over the first days ahead; an interval is judged by folds that it was not made from. */
export function judgeLines(forecast: JudgedSpan, lines: readonly JudgedLine[], days: number) {
  const folds = Math.max(0, ...lines.map(({ paths }) => paths.length));
  let [off, came, inside, judged] = [0, 0, 0, 0];
  for (let at = 0; at < days; at += 1) {
    const ratios = ratiosOf(lines, [at], forecast.parts);
    const cost = lines.reduce((sum, line) => sum + (line.cost[at] ?? 0), 0);
    for (const [fold, ratio] of ratios.entries()) {
      off += Math.abs(ratio - 1) * cost;
      came += ratio * cost;
      const others = ratios.filter((_, other) => other !== fold);
      const reach = reachOf(others, forecast.level);
      if (reach === undefined) continue;
      judged += 1;
      if (Math.abs(logRatio(ratio)) <= reach) inside += 1;
    }
  }
  const share = (part: number, whole: number): number | null =>
    whole > 0 ? Number((part / whole).toFixed(4)) : null;
  return { folds, wape: share(off, came), coverage: share(inside, judged), judged };
}

export interface OutlookMonth {
  readonly month: string;
  readonly days: readonly number[];
  /** Dollars expected of the days ahead; nothing that is spent. */
  readonly ahead: Range;
}

export function monthsAhead(forecast: CompanyForecast, lines: readonly LineForecast[]): OutlookMonth[] {
  const { dates, parts, level } = forecast;
  const names = [...new Set(dates.map((date) => date.slice(0, 7)))];
  return names.map((month) => {
    const days = dates.flatMap((date, at) => (date.startsWith(month) ? [at] : []));
    const point = days.reduce(
      (sum, at) => sum + lines.reduce((day, { cost }) => day + (cost[at] ?? 0), 0) * (parts[at] ?? 1),
      0,
    );
    return { month, days, ahead: rangeOf(point, ratiosOf(lines, days, parts), level) };
  });
}

/** Dollars of a month that are in the ledger: whole days, and the day under way so far. */
export function spentOf(
  { history }: CompanyForecast,
  { history: line }: LineForecast,
  month: string,
): number {
  const days = history.dates.reduce(
    (sum, date, at) => sum + (date.startsWith(month) ? (line.days.cost[at] ?? 0) : 0),
    0,
  );
  return days + (history.today.date.startsWith(month) ? (history.today.cost.get(line.workflow) ?? 0) : 0);
}

const MOST_MODELS = 8;
const MILLION = 1_000_000;
export const OTHER_MODELS = 'other models';

export function baseLines(
  forecast: CompanyForecast,
  lines: readonly LineForecast[],
  book: PriceBook | undefined,
): BaseLine[] {
  return lines.flatMap((line): BaseLine[] => {
    const { workflow, team } = line.history;
    const mix = mixOf(line, book, forecast.history.untilMs);
    if (line.drivers === undefined || mix.length === 0) return [];
    const months = monthsAhead(forecast, [line]).map(({ month, days }) =>
      baseMonth(forecast, line, { month, days, mix }),
    );
    return [{ workflow, team, months }];
  });
}

interface MonthAsk {
  readonly month: string;
  readonly days: readonly number[];
  readonly mix: readonly ModelDrivers[];
}

function baseMonth(forecast: CompanyForecast, line: LineForecast, { month, days, mix }: MonthAsk): BaseMonth {
  const { dates, parts } = forecast;
  const { drivers, calls, cost } = line;
  const callsOf = (at: number): number => (calls[at] ?? 0) * (parts[at] ?? 1);
  const all = days.reduce((sum, at) => sum + callsOf(at), 0);
  const mean = (of: readonly number[] | undefined): number =>
    all === 0
      ? (of?.[days[0] ?? 0] ?? 0)
      : days.reduce((sum, at) => sum + callsOf(at) * (of?.[at] ?? 0), 0) / all;
  const target = days.reduce((sum, at) => sum + (cost[at] ?? 0) * (parts[at] ?? 1), 0);
  const models = fitted(mix, {
    inputTokens: mean(drivers?.inputTokens.point),
    outputTokens: mean(drivers?.outputTokens.point),
    perCall: all === 0 ? 0 : target / all,
  });
  const { fanOut, parts: composition } = line.history;
  const set: DriverSet = {
    calls: all,
    actions: fanOut === undefined ? null : all / fanOut,
    models,
    ...(composition !== undefined && { parts: composition }),
  };
  const whole = costOf(set);
  return {
    month,
    drivers: set,
    // A day's share is of the money, so that the days of a base are the days of its forecast.
    days: days.map((at) => ({
      date: dates[at] ?? '',
      share: whole > 0 ? ((cost[at] ?? 0) * (parts[at] ?? 1)) / whole : 1 / days.length,
    })),
    part: days.reduce((sum, at) => sum + (parts[at] ?? 1), 0) / daysIn(month),
    spent: spentOf(forecast, line, month),
  };
}

/** The recent mix, moved in proportion to what tokens per call and cost per call are expected to be. */
function fitted(
  mix: readonly ModelDrivers[],
  target: { readonly inputTokens: number; readonly outputTokens: number; readonly perCall: number },
): ModelDrivers[] {
  const mean = (of: (one: ModelDrivers) => number): number =>
    mix.reduce((sum, one) => sum + one.share * of(one), 0);
  const [input, output] = [mean((one) => one.inputTokens), mean((one) => one.outputTokens)];
  const sized = mix.map((one) => ({
    ...one,
    inputTokens: input === 0 ? one.inputTokens : (one.inputTokens * target.inputTokens) / input,
    outputTokens: output === 0 ? one.outputTokens : (one.outputTokens * target.outputTokens) / output,
  }));
  const cost = sized.reduce((sum, one) => sum + one.share * callCost(one), 0);
  const times = cost === 0 ? 1 : target.perCall / cost;
  return sized.map((one) => ({
    ...one,
    inputRate: one.inputRate * times,
    cachedRate: one.cachedRate * times,
    outputRate: one.outputRate * times,
    otherPerCall: one.otherPerCall * times,
  }));
}

function mixOf({ history }: LineForecast, book: PriceBook | undefined, atMs: number): ModelDrivers[] {
  const models = history.models.filter(({ calls }) => calls > 0).toSorted((a, b) => b.cost - a.cost);
  const all = models.reduce((sum, { calls }) => sum + calls, 0);
  if (all === 0) return [];
  const kept = models.slice(0, MOST_MODELS);
  const rest = models.slice(MOST_MODELS);
  const joined = rest.length === 0 ? [] : [rest.reduce(joinModels)];
  return [...kept, ...joined.map((one) => ({ ...one, model: OTHER_MODELS }))].map((one) => ({
    ...ratesOf(one, book, { team: history.team, atMs }),
    share: one.calls / all,
  }));
}

function joinModels(left: RecentModel, right: RecentModel): RecentModel {
  return {
    ...left,
    calls: left.calls + right.calls,
    inputTokens: left.inputTokens + right.inputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    cachedTokens: left.cachedTokens + right.cachedTokens,
    cost: left.cost + right.cost,
    inputCost: left.inputCost + right.inputCost,
    outputCost: left.outputCost + right.outputCost,
    cachedCost: left.cachedCost + right.cachedCost,
  };
}

/** Rates as they were paid; what a cached token would cost, where none was cached, by the price book, else as any other. */
function ratesOf(
  one: RecentModel,
  book: PriceBook | undefined,
  { team, atMs }: { readonly team: string; readonly atMs: number },
): Omit<ModelDrivers, 'share'> {
  const {
    provider,
    model,
    calls,
    inputTokens,
    outputTokens,
    cachedTokens,
    inputCost,
    outputCost,
    cachedCost,
  } = one;
  const fresh = inputTokens - cachedTokens;
  const per = (cost: number, tokens: number): number => (tokens > 0 ? (cost / tokens) * MILLION : 0);
  const inputRate = fresh > 0 ? per(inputCost - cachedCost, fresh) : per(inputCost, inputTokens);
  const listed = (bucket: 'freshIn' | 'cacheRead'): number =>
    Number(
      book?.rate({
        provider,
        model,
        team,
        bucket,
        atMs,
        serviceTier: '',
        geo: '',
        inputTokens: Math.round(inputTokens / calls),
      })?.rate ?? 0n,
    );
  const cut = listed('freshIn') > 0 && listed('cacheRead') > 0 ? listed('cacheRead') / listed('freshIn') : 1;
  return {
    model,
    inputTokens: inputTokens / calls,
    outputTokens: outputTokens / calls,
    cachedShare: inputTokens > 0 ? cachedTokens / inputTokens : 0,
    inputRate,
    cachedRate: cachedTokens > 0 ? per(cachedCost, cachedTokens) : inputRate * cut,
    outputRate: per(outputCost, outputTokens),
    otherPerCall: (one.cost - inputCost - outputCost) / calls,
  };
}
