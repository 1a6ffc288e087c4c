/**
 * The Theta method (Assimakopoulos & Nikolopoulos 2000), optimised (Fiorucci et al. 2016): the mean of a straight line
 * and of a curve bent `theta` times as strongly, carried on by exponential smoothing. With theta = 2 it is smoothing with
 * half the slope of the line as drift (Hyndman & Billah 2003). On values from which the seasons were taken.
 */
import { descend } from './methods.ts';
import type { Fit, Season, Warmth } from './methods.ts';
import { takeSeasons } from './seasons.ts';

const ALPHA = [0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99];
const THETA = [1, 1.25, 1.5, 2, 3];
const FIRST: Warmth = Int32Array.of(6, 3);
const LEAST_VALUES = 4;

export function fitTheta(
  values: Float64Array,
  season: Season,
  horizon: number,
  warmth: Warmth | undefined,
): Fit | undefined {
  if (values.length < LEAST_VALUES) return undefined;
  const seasons = takeSeasons(values, season);
  const slope = slopeOf(seasons.rest);
  const { place } = descend([ALPHA.length, THETA.length], warmth ?? FIRST, (at) =>
    thetaPass(seasons.rest, slope, ALPHA[at[0]!]!, THETA[at[1]!]!, undefined),
  );
  const fitted = new Float64Array(values.length);
  const [alpha, bend] = [ALPHA[place[0]!]!, THETA[place[1]!]!];
  thetaPass(seasons.rest, slope, alpha, bend, fitted);
  const point = thetaAhead(seasons.rest, slope, alpha, bend, horizon);
  seasons.putBack(fitted, 0);
  seasons.putBack(point, values.length);
  return { point, fitted, warmth: place };
}

/** Slope of least squares through all values. */
export function slopeOf(values: Float64Array): number {
  const count = values.length;
  if (count < 2) return 0;
  const centre = (count - 1) / 2;
  let moment = 0;
  for (let at = 0; at < count; at += 1) moment += (at - centre) * values[at]!;
  return (12 * moment) / (count * (count * count - 1));
}

/** One walk; @returns the sum of absolute errors one step ahead. */
function thetaPass(
  values: Float64Array,
  slope: number,
  alpha: number,
  bend: number,
  fitted: Float64Array | undefined,
): number {
  const drift = (1 - 1 / bend) * slope;
  const reach = (1 - alpha) / alpha;
  let level = values[0]!;
  let forgotten = 1; // (1 − alpha) to the power of the steps walked
  let loss = 0;
  if (fitted !== undefined) fitted[0] = NaN;
  for (let at = 1; at < values.length; at += 1) {
    const expected = level + drift * (1 + reach * (1 - forgotten));
    const error = values[at]! - expected;
    loss += error < 0 ? -error : error;
    if (fitted !== undefined) fitted[at] = expected;
    level += alpha * (values[at]! - level);
    forgotten *= 1 - alpha;
  }
  return loss;
}

/**
 * Theta from the last value on, for given parameters: the smoothed level, and by how much the line is ahead of its own
 * smoothing. With a bend of one nothing is left of the line: simple exponential smoothing.
 */
export function thetaAhead(
  values: Float64Array,
  slope: number,
  alpha: number,
  bend: number,
  horizon: number,
): Float64Array {
  const drift = (1 - 1 / bend) * slope;
  let level = values[0]!;
  for (let at = 1; at < values.length; at += 1) level += alpha * (values[at]! - level);
  const behind = ((1 - alpha) / alpha) * (1 - (1 - alpha) ** (values.length - 1));
  return Float64Array.from({ length: horizon }, (_, step) => level + drift * (step + 1 + behind));
}
