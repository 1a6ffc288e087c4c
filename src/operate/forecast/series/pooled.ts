/**
 * Series too short to judge: their own level, and from related series the season and how far forecasts were off. Nothing
 * here is measured on the series itself, and the answer says so (`skill: 'unknown'`).
 */
import { medianInPlace, medianOfFew, robustSpread } from './numbers.ts';
import type { SeriesForecast, SeriesPrior } from './words.ts';

/** Relative spread of a new series that nothing is known about: the next value may well be half or one and a half. */
const UNKNOWN_SPREAD = 0.5;
/** Values of its own that the spread of related series weighs as much as. */
const PRIOR_WORTH = 8;
const MOST_PATHS = 240;
const LEVEL_VALUES = 14;

/** What related forecasts teach a short series. Their paths have to begin at the same step as the one they are for. */
export function priorOf(related: readonly SeriesForecast[]): SeriesPrior {
  const judged = related.filter(({ residuals, backtest }) => residuals.length > 0 && backtest.folds > 0);
  const shapes = related.flatMap(({ point }) => {
    const level = point.reduce((sum, value) => sum + value, 0) / point.length;
    return level > 0 ? [point.map((value) => value / level)] : [];
  });
  const length = Math.min(...shapes.map((shape) => shape.length));
  const profile = Number.isFinite(length)
    ? Array.from({ length }, (_, step) => medianInPlace(Float64Array.from(shapes, (shape) => shape[step]!)))
    : [];
  const paths = judged.flatMap(({ residuals }) => residuals);
  const every = Math.max(1, Math.ceil(paths.length / MOST_PATHS));
  return {
    series: related.length,
    profile,
    residuals: paths.filter((_, index) => index % every === 0),
  };
}

/** Continues the level of the last known values under the season of related series. */
export function pooledPath(
  values: Float64Array,
  period: number,
  horizon: number,
  prior: SeriesPrior | undefined,
): Float64Array {
  const count = values.length;
  const shape = shapeOf(prior, period, horizon);
  const known = Math.min(count, Math.max(LEVEL_VALUES, period));
  const few = new Float64Array(known);
  for (let back = 1; back <= known; back += 1)
    few[back - 1] = values[count - back]! / shape[(period - (back % period)) % period]!;
  const level = medianOfFew(few, known);
  return Float64Array.from({ length: horizon }, (_, step) => level * shape[step % period]!);
}

/** The first cycle of the profile, if it is whole; flat otherwise. */
function shapeOf(prior: SeriesPrior | undefined, period: number, horizon: number): Float64Array {
  const profile = prior?.profile ?? [];
  const flat = new Float64Array(period).fill(1);
  if (period === 1 || profile.length < period || horizon < 1) return flat;
  const cycle = Float64Array.from(profile.slice(0, period));
  return cycle.every((part) => part > 0) ? cycle : flat;
}

/** Relative spread of one step, of its own differences and of related series by how many values there are. */
export function pooledSpread(values: Float64Array, prior: SeriesPrior | undefined): number {
  const related =
    prior === undefined || prior.residuals.length === 0
      ? UNKNOWN_SPREAD
      : robustSpread(prior.residuals.flat().filter((value) => Number.isFinite(value)));
  const differences = new Float64Array(Math.max(0, values.length - 1));
  for (let at = 1; at < values.length; at += 1) {
    const size = (Math.abs(values[at]!) + Math.abs(values[at - 1]!)) / 2;
    differences[at - 1] = size > 0 ? (values[at]! - values[at - 1]!) / size : 0;
  }
  const own = differences.length > 0 ? robustSpread(differences) : related;
  const count = differences.length;
  return (count * own + PRIOR_WORTH * related) / (count + PRIOR_WORTH);
}

/** Growth of a spread with the steps ahead, between that of a level that stays and of one that wanders. */
export function growth(step: number): number {
  return (step + 1) ** 0.25;
}
