/** Paths of residuals, for draws of whole paths: days of one month go together, and so do their errors. */
import { pathOf } from './backtest.ts';
import type { Fold } from './backtest.ts';
import { leaning } from './intervals.ts';
import { growth } from './pooled.ts';
import type { SeriesPrior } from './words.ts';

/** A forecast near zero has no relative residual to speak of: it is measured against this share of its path. */
const LEAST_SIZE = 0.02;

export function measuredPaths(
  folds: readonly Fold[],
  members: readonly number[],
  horizon: number,
  positive: boolean,
  lean: number,
): number[][] {
  return folds.map((fold) => {
    const path = leaning(pathOf(fold, members), lean);
    const level = path.reduce((sum, value) => sum + Math.abs(value), 0) / path.length;
    const known = Array.from(path, (point, step) => {
      const miss = fold.actual[step]! - point;
      return positive ? relative(miss, point, level) : miss;
    });
    return carriedOn(filled(known), horizon);
  });
}

function relative(miss: number, point: number, level: number): number {
  const size = Math.max(point, LEAST_SIZE * level);
  return size > 0 ? miss / size : miss === 0 ? 0 : NaN;
}

/** A step that was not known takes the residual of the one before it. */
function filled(values: readonly number[]): number[] {
  const result: number[] = [];
  for (const value of values) result.push(Number.isFinite(value) ? value : (result.at(-1) ?? 0));
  return result;
}

/** Beyond what was judged: the last cycle of the path again, wider with the root of the distance. */
function carriedOn(known: readonly number[], horizon: number): number[] {
  const judged = known.length;
  return Array.from({ length: horizon }, (_, step) => {
    const value = known[step % judged] ?? 0;
    return step < judged ? value : Math.max(-1, value * Math.sqrt((step + 1) / ((step % judged) + 1)));
  });
}

/** Where nothing was measured: those of related series, and without them a fan by the assumed spread. */
export function assumedPaths(
  horizon: number,
  spread: number,
  sizes: readonly number[] | undefined,
  prior: SeriesPrior | undefined,
): number[][] {
  if (prior !== undefined && prior.residuals.length > 0)
    return prior.residuals.map((path) => carriedOn(path.slice(0, horizon), horizon));
  return NORMAL_DECILES.map((quantile) =>
    Array.from({ length: horizon }, (_, step) => {
      const relativeMiss = quantile * spread * growth(step);
      return sizes === undefined ? Math.max(-1, relativeMiss) : relativeMiss * (sizes[step] ?? 0);
    }),
  );
}

const NORMAL_DECILES = [-1.645, -1.036, -0.674, -0.385, -0.126, 0.126, 0.385, 0.674, 1.036, 1.645];
