/**
 * Rolling origin: forecasts as they would have been made, from what was known then, at several points of the past. Gaps,
 * levels, special days and anomalies are worked out again from each part, so that nothing after the origin is looked at.
 * What is judged against is the values as they were.
 */
import { fitAll, middleOf } from './candidates.ts';
import type { Variant } from './candidates.ts';
import type { Warmth } from './methods.ts';
import { median } from './numbers.ts';
import { prepare } from './prepare.ts';
import type { Circumstances, Prepared } from './prepare.ts';
import type { Shift } from './words.ts';

export interface Fold {
  /** Values known when it was made; the path begins at this step. */
  readonly origin: number;
  /** What happened; NaN where it is not known. */
  readonly actual: Float64Array;
  /** One path per variant, undefined where it could not be fitted. */
  readonly paths: ReadonlyArray<Float64Array | undefined>;
  /** Per variant, sum of absolute errors over the known steps; of a sparse series, square of the error of the total. */
  readonly errors: Float64Array;
  readonly sparse: boolean;
  readonly total: number;
  /** Changes of level that were known when it was made. */
  readonly shifts: readonly Shift[];
}

export interface Choice {
  /** Variants whose middle is the forecast. */
  readonly members: readonly number[];
  /** Variants near the best, whether they are used or not. */
  readonly near: readonly number[];
  readonly wape: number;
  readonly naiveWape: number;
  /** Variant that is the best of the naive ones. */
  readonly naive: number;
  readonly isSkilled: boolean;
}

const MOST_FOLDS = 12;
const LEAST_TRAIN = 10;
/** Share of the history before the first origin. */
const FIRST_SHARE = 0.35;
/** Methods whose error is so near the best belong to the combination: nearer than a back-test can tell apart. */
const NEAR = 1.25;

export interface Plan {
  readonly origins: readonly number[];
  readonly horizon: number;
}

/** @param first the first known step. */
export function planFolds(count: number, first: number, periods: readonly number[], horizon: number): Plan {
  const known = count - first;
  const longest = periods.findLast((period) => 3 * period <= known) ?? 1;
  const least = Math.max(LEAST_TRAIN, 2 * longest, Math.floor(FIRST_SHARE * known));
  const room = known - least;
  const judged = Math.min(horizon, Math.floor(room / 2));
  if (judged < 1) return { origins: [], horizon: 0 };
  const range = room - judged;
  const step = Math.max(1, Math.min(judged, Math.floor(range / (MOST_FOLDS - 1))));
  const folds = Math.min(MOST_FOLDS, Math.floor(range / step) + 1);
  const last = count - judged;
  return {
    origins: Array.from({ length: folds }, (_, fold) => last - (folds - 1 - fold) * step),
    horizon: judged,
  };
}

export function runFolds(
  raw: Float64Array,
  given: Circumstances,
  variants: readonly Variant[],
  plan: Plan,
  sparse: boolean,
  warmths: Array<Warmth | undefined>,
): Fold[] {
  return plan.origins.flatMap((origin) => {
    const actual = raw.subarray(origin, origin + plan.horizon);
    const prepared = prepare(raw.subarray(0, origin), given);
    if (prepared === undefined) return [];
    const fits = fitAll(variants, prepared.values, prepared.season, plan.horizon, warmths);
    const paths = fits.map((fit) => fit && restored(fit.point, prepared, origin, given.positive));
    return [{ ...foldOf(origin, actual, paths, sparse), shifts: prepared.shifts }];
  });
}

function foldOf(
  origin: number,
  actual: Float64Array,
  paths: Fold['paths'],
  sparse: boolean,
): Omit<Fold, 'shifts'> {
  const errors = Float64Array.from(paths, (path) =>
    path === undefined ? NaN : errorOf(path, actual, sparse),
  );
  return { origin, actual, paths, errors, sparse, total: sizeOf(actual) };
}

/**
 * The folds as they stand now that a change of level is known which their forecasts could not know: what happened, at the
 * level that they were made for. A change that is over says nothing of how far off the next forecast will be.
 */
export function knowing(folds: readonly Fold[], shifts: readonly Shift[], cycle: number): readonly Fold[] {
  if (shifts.length === 0) return folds;
  // One so shortly before the origin was still taken for an incident.
  const near = Math.min(Math.max(cycle, NEAR_SHIFT), MOST_NEAR_SHIFT);
  return folds.map((fold) => {
    const news = shifts.filter(
      ({ at, factor }) =>
        factor > 0 &&
        at >= fold.origin - near &&
        !fold.shifts.some((known) => Math.abs(known.at - at) <= near),
    );
    if (news.length === 0) return fold;
    const actual = fold.actual.map((value, step) =>
      news.reduce((now, { at, factor }) => (fold.origin + step >= at ? now / factor : now), value),
    );
    return { ...foldOf(fold.origin, actual, fold.paths, fold.sparse), shifts: fold.shifts };
  });
}
const NEAR_SHIFT = 7;
const MOST_NEAR_SHIFT = 168;

/** Back from the prepared series to the given one: special days, known changes; never below zero where that is asked. */
export function restored(
  path: Float64Array,
  prepared: Prepared,
  from: number,
  positive: boolean,
): Float64Array {
  for (let step = 0; step < path.length; step += 1) {
    const value = path[step]! * prepared.factorOf(from + step);
    path[step] = positive && value < 0 ? 0 : value;
  }
  return path;
}

function errorOf(path: Float64Array, actual: Float64Array, sparse: boolean): number {
  if (!sparse) return missOf(path, actual);
  let sum = 0;
  for (let step = 0; step < actual.length; step += 1) {
    const miss = actual[step]! - path[step]!;
    if (miss === miss) sum += miss;
  }
  return sum * sum;
}

export function missOf(path: Float64Array, actual: Float64Array): number {
  let sum = 0;
  for (let step = 0; step < actual.length; step += 1) {
    const miss = Math.abs(actual[step]! - path[step]!);
    if (miss === miss) sum += miss;
  }
  return sum;
}

function sizeOf(actual: Float64Array): number {
  let sum = 0;
  for (const value of actual) if (value === value) sum += Math.abs(value);
  return sum;
}

/** Which variants the folds speak for: all that are near the best, unless no better than the last cycle again. */
export function choose(folds: readonly Fold[], variants: readonly Variant[]): Choice | undefined {
  const total = folds.reduce((sum, fold) => sum + fold.total, 0);
  const wapes = variants.map((_, index) => wapeOf(folds, total, (fold) => fold.errors[index]!));
  const usable = wapes.flatMap((wape, index) => (Number.isFinite(wape) ? [index] : []));
  const best = usable.toSorted((a, b) => wapes[a]! - wapes[b]!)[0];
  if (best === undefined) return undefined;
  const near = usable.filter((index) => wapes[index]! <= NEAR * wapes[best]!);
  const wape = wapeOf(folds, total, (fold) => errorOf(pathOf(fold, near), fold.actual, fold.sparse));
  const naives = usable.filter((index) => variants[index]!.method === 'seasonal-naive');
  const naive = naives.toSorted((a, b) => wapes[a]! - wapes[b]!)[0] ?? best;
  const naiveWape = wapes[naive]!;
  const isSkilled = wape < naiveWape;
  const members = isSkilled ? near : [naive];
  return { members, near, wape: isSkilled ? wape : naiveWape, naiveWape, naive, isSkilled };
}

export function wapeOf(folds: readonly Fold[], total: number, missIn: (fold: Fold) => number): number {
  let sum = 0;
  for (const fold of folds) sum += missIn(fold);
  return total > 0 ? sum / total : sum === 0 ? 0 : Infinity;
}

export function pathOf(fold: Fold, members: readonly number[]): Float64Array {
  return middleOf(members.flatMap((index) => fold.paths[index] ?? []));
}

const LEAST_LEANING = 6;
const SAME_SIDE = 0.8;
const TRUST = 0.5;
const MOST_LEAN = 1.25;

/** By how much forecasts were too low or too high in nearly every fold, half believed: damped trends lag behind steady growth. */
export function leanOf(folds: readonly Fold[], { members, isSkilled }: Choice, positive: boolean): number {
  if (!positive || !isSkilled || folds.length < LEAST_LEANING || folds[0]?.sparse === true) return 1;
  const ratios = folds.flatMap((fold) => {
    const path = pathOf(fold, members);
    let [came, expected] = [0, 0];
    for (let step = 0; step < path.length; step += 1) {
      if (Number.isNaN(fold.actual[step]!)) continue;
      came += fold.actual[step]!;
      expected += path[step]!;
    }
    return expected > 0 && came > 0 ? [came / expected] : [];
  });
  const usual = ratios.length < LEAST_LEANING ? 1 : median(ratios);
  const same = ratios.filter((ratio) => ratio > 1 === usual > 1).length;
  if (same < SAME_SIDE * folds.length) return 1;
  return Math.min(Math.max(1 + TRUST * (usual - 1), 1 / MOST_LEAN), MOST_LEAN);
}
