/**
 * The forecast of one series: a point and an interval per step, with what they rest on. Numbers in, numbers out.
 *
 * Several methods are tried by rolling origin on the series' own past; those near the best are combined by their middle,
 * and where that is no better than the last cycle again, the last cycle is used and `skill` says 'none'. Intervals are
 * conformal on the residuals of the same folds, and `backtest.coverage` is what they held when they were made in time
 * order. Deterministic: the same values give the same forecast to the bit on one machine.
 */
import { NOT_JUDGED, backtestOf } from './accuracy.ts';
import {
  choose,
  knowing,
  leanOf,
  missOf,
  pathOf,
  planFolds,
  restored,
  runFolds,
  wapeOf,
} from './backtest.ts';
import type { Choice, Fold } from './backtest.ts';
import { fitAll, middleOf, variantsOf } from './candidates.ts';
import type { Variant } from './candidates.ts';
import { fitEts } from './ets.ts';
import { LEAST_FOLDS, calibrate, halfWidths, judge, leaning } from './intervals.ts';
import type { Fit, Method, Warmth } from './methods.ts';
import { fitMultiSeason } from './multi-season.ts';
import { fitNaive } from './naive.ts';
import { growth, pooledPath, pooledSpread } from './pooled.ts';
import { prepare } from './prepare.ts';
import type { Circumstances, Prepared } from './prepare.ts';
import { assumedPaths, measuredPaths } from './residuals.ts';
import { isSparse } from './sparse.ts';
import { fitTheta } from './theta.ts';
import { normalQuantile, unknowns } from './numbers.ts';
import type { MethodName, SeriesAsk, SeriesForecast } from './words.ts';

export { priorOf } from './pooled.ts';
export type {
  Backtest,
  KnownShift,
  MethodName,
  SeriesAsk,
  SeriesForecast,
  SeriesPrior,
  SetAside,
  Shift,
} from './words.ts';

const LEVEL = 0.8;

/** Everything that the ask says, in the form that the parts work with. */
interface Task {
  readonly ask: SeriesAsk;
  readonly raw: Float64Array;
  readonly given: Circumstances;
  readonly horizon: number;
  readonly level: number;
  /** Season of the scores: the shortest. */
  readonly period: number;
}

export function forecastSeries(ask: SeriesAsk): SeriesForecast {
  const task = read(ask);
  const prepared = prepare(task.raw, task.given);
  if (prepared === undefined) return unknown(task);
  const { raw, given, horizon } = task;
  const sparse = given.positive && isSparse(raw.subarray(prepared.first));
  const variants = variantsOf(given.periods, given.positive, sparse);
  const warmths: Array<Warmth | undefined> = variants.map(() => undefined);
  const plan = planFolds(raw.length, prepared.first, given.periods, horizon);
  const folds = runFolds(raw, given, variants, plan, sparse, warmths);
  const learnt = knowing(folds, prepared.shifts, prepared.season.periods.at(-1) ?? 1);
  const choice = folds.length < LEAST_FOLDS ? undefined : choose(folds, variants);
  if (choice === undefined) return pooled(task, prepared);
  return judgedForecast(task, prepared, variants, warmths, { folds, learnt }, choice);
}

function read(ask: SeriesAsk): Task {
  const raw = Float64Array.from(ask.values, (value) => (Number.isFinite(value) ? value : NaN));
  const periods = [...new Set(ask.periods)].filter((period) => Number.isInteger(period) && period > 1);
  return {
    ask,
    raw,
    horizon: Math.max(0, Math.floor(ask.horizon)),
    level: Math.min(Math.max(ask.level ?? LEVEL, 0.01), 0.999),
    period: periods.length === 0 ? 1 : Math.min(...periods),
    given: {
      periods: periods.toSorted((a, b) => a - b),
      positive: ask.positive ?? true,
      shifts: ask.shifts ?? [],
      calendar: ask.calendar ?? [],
      setAside: ask.setAside ?? true,
    },
  };
}

// --- judged by its own past -------------------------------------------------------------------------------

function judgedForecast(
  task: Task,
  prepared: Prepared,
  variants: readonly Variant[],
  warmths: ReadonlyArray<Warmth | undefined>,
  { folds, learnt }: { readonly folds: readonly Fold[]; readonly learnt: readonly Fold[] },
  choice: Choice,
): SeriesForecast {
  const { raw, given, horizon, level } = task;
  const { positive } = given;
  const used = choice.members.map((index) => variants[index]!);
  const warm = choice.members.map((index) => warmths[index]);
  const fits = fitAll(used, prepared.values, prepared.season, horizon, warm).filter(
    (fit) => fit !== undefined,
  );
  const lean = leanOf(learnt, choice, positive);
  const paths = fits.map((fit) => restored(fit.point, prepared, raw.length, positive));
  const point = leaning(middleOf(paths), lean);
  const judgement = judge(folds, variants, level, positive);
  const calibration = calibrate(learnt, choice.members, positive, lean);
  const widths = halfWidths(point, calibration, judgement.missShare, positive);
  return {
    ...bounds(point, widths, positive),
    level,
    method: methodOf(used),
    backtest: backtestOf(raw, task.period, folds, choice, judgement),
    tried: triedOf(folds, variants, choice),
    skill: choice.isSkilled ? 'better' : 'none',
    shifts: prepared.shifts,
    setAside: prepared.setAside,
    residuals: measuredPaths(learnt, choice.members, horizon, positive, lean),
    fitted: fittedOf(fits, prepared, raw.length, positive),
  };
}

function methodOf(used: readonly Variant[]): MethodName {
  const [first] = used;
  return first !== undefined && used.every(({ method }) => method === first.method)
    ? first.method
    : 'combination';
}

/** The best variant of each method, and the middle of those near the best. */
function triedOf(
  folds: readonly Fold[],
  variants: readonly Variant[],
  choice: Choice,
): SeriesForecast['tried'] {
  const total = folds.reduce((sum, fold) => sum + fold.total, 0);
  const best = new Map<MethodName, number>();
  for (const [index, { method }] of variants.entries()) {
    const wape = wapeOf(folds, total, ({ paths, actual }) => {
      const path = paths[index];
      return path === undefined ? NaN : missOf(path, actual);
    });
    if (Number.isFinite(wape)) best.set(method, Math.min(wape, best.get(method) ?? Infinity));
  }
  if (choice.near.length > 1)
    best.set(
      'combination',
      wapeOf(folds, total, (fold) => missOf(pathOf(fold, choice.near), fold.actual)),
    );
  return [...best].map(([method, wape]) => ({ method, wape })).toSorted((a, b) => a.wape - b.wape);
}

function fittedOf(fits: readonly Fit[], prepared: Prepared, count: number, positive: boolean): number[] {
  const known = middleOf(fits.map((fit) => restored(fit.fitted, prepared, prepared.first, positive)));
  return [...unknowns(count - known.length), ...known];
}

function bounds(
  point: Float64Array,
  widths: Float64Array,
  positive: boolean,
): Pick<SeriesForecast, 'point' | 'lower' | 'upper'> {
  const floor = positive ? 0 : -Infinity;
  return {
    point: Array.from(point),
    lower: Array.from(point, (value, step) => Math.max(floor, value - widths[step]!)),
    upper: Array.from(point, (value, step) => value + widths[step]!),
  };
}

// --- too short to judge -----------------------------------------------------------------------------------

function pooled(task: Task, prepared: Prepared): SeriesForecast {
  const { raw, given, horizon, level, ask, period } = task;
  const { values } = prepared;
  const own = prepared.season.periods.length > 0 && values.length >= 2 * period;
  const path = own
    ? middleOf([
        fitNaive(values, period, horizon)!.point,
        fitEts(values, prepared.season, horizon, undefined)!.point,
      ])
    : pooledPath(values, period, horizon, ask.prior);
  const point = restored(path, prepared, raw.length, given.positive);
  const spread = pooledSpread(values, ask.prior);
  const quantile = normalQuantile((1 + level) / 2);
  const known = raw.filter((value) => value === value);
  const typical = known.reduce((sum, value) => sum + Math.abs(value), 0) / known.length;
  const sizes = Array.from(point, (value) => (given.positive ? value : typical));
  const widths = Float64Array.from(sizes, (size, step) => quantile * spread * growth(step) * size);
  const fitted = unknowns(raw.length);
  return {
    ...bounds(point, widths, given.positive),
    level,
    method: 'pooled',
    backtest: NOT_JUDGED,
    tried: [],
    skill: 'unknown',
    shifts: prepared.shifts,
    setAside: prepared.setAside,
    residuals: assumedPaths(horizon, spread, given.positive ? undefined : sizes, ask.prior),
    fitted,
  };
}

/** Nothing is known: nothing is said, which is not the same as zero. */
function unknown({ raw, horizon, level }: Task): SeriesForecast {
  const nothing = unknowns(horizon);
  return {
    point: nothing,
    lower: nothing,
    upper: nothing,
    level,
    method: 'pooled',
    backtest: NOT_JUDGED,
    tried: [],
    skill: 'unknown',
    shifts: [],
    setAside: [],
    residuals: [],
    fitted: unknowns(raw.length),
  };
}

// --- each method by itself, for benches and tests ---------------------------------------------------------

/** Values without gaps. Factors are used where all are above zero. */
function alone(
  method: Method,
  values: readonly number[],
  periods: readonly number[],
  horizon: number,
): number[] {
  const multiplicative = values.every((value) => value > 0);
  const fit = method(Float64Array.from(values), { periods, multiplicative }, horizon, undefined);
  return fit === undefined ? unknowns(horizon) : Array.from(fit.point);
}

/** The last cycle of the shortest season again. */
export function seasonalNaive(
  values: readonly number[],
  periods: readonly number[],
  horizon: number,
): number[] {
  return alone((known, _, steps) => fitNaive(known, periods[0] ?? 1, steps), values, periods, horizon);
}

export function ets(values: readonly number[], periods: readonly number[], horizon: number): number[] {
  return alone(fitEts, values, periods, horizon);
}

export function theta(values: readonly number[], periods: readonly number[], horizon: number): number[] {
  return alone(fitTheta, values, periods, horizon);
}

export function multiSeason(
  values: readonly number[],
  periods: readonly number[],
  horizon: number,
): number[] {
  return alone(fitMultiSeason, values, periods, horizon);
}
