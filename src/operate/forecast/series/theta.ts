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
  const line = straightLine(seasons.rest);
  const { place } = descend([ALPHA.length, THETA.length], warmth ?? FIRST, (at) =>
    thetaPass(seasons.rest, line, ALPHA[at[0]!]!, THETA[at[1]!]!, undefined),
  );
  const fitted = new Float64Array(values.length);
  const [alpha, bend] = [ALPHA[place[0]!]!, THETA[place[1]!]!];
  thetaPass(seasons.rest, line, alpha, bend, fitted);
  const point = thetaAhead(seasons.rest, line, alpha, bend, horizon);
  seasons.putBack(fitted, 0);
  seasons.putBack(point, values.length);
  return { point, fitted, warmth: place };
}

export interface Line {
  /** Value before the first step. */
  readonly start: number;
  readonly slope: number;
}

/** Least squares through all values, steps counted from one. */
export function straightLine(values: Float64Array): Line {
  const count = values.length;
  let sum = 0;
  let moment = 0;
  for (let at = 0; at < count; at += 1) {
    sum += values[at]!;
    moment += (at + 1) * values[at]!;
  }
  const centre = (count + 1) / 2;
  const slope = count < 2 ? 0 : (12 * (moment - centre * sum)) / (count * (count * count - 1));
  return { start: sum / count - slope * centre, slope };
}

/** One walk; @returns the sum of absolute errors one step ahead. */
function thetaPass(
  values: Float64Array,
  { start, slope }: Line,
  alpha: number,
  bend: number,
  fitted: Float64Array | undefined,
): number {
  const share = 1 - 1 / bend;
  let level = values[0]!;
  let forgotten = 1 - alpha; // (1 − alpha) to the power of the steps seen
  let loss = 0;
  if (fitted !== undefined) fitted[0] = NaN;
  for (let at = 1; at < values.length; at += 1) {
    const line = forgotten * start + ((1 - forgotten * (1 - alpha)) / alpha) * slope;
    const expected = level + share * line;
    const error = values[at]! - expected;
    loss += error < 0 ? -error : error;
    if (fitted !== undefined) fitted[at] = expected;
    level += alpha * (values[at]! - level);
    forgotten *= 1 - alpha;
  }
  return loss;
}

/** Theta from the last value on, for given parameters: the golden values of the tests. */
export function thetaAhead(
  values: Float64Array,
  { start, slope }: Line,
  alpha: number,
  bend: number,
  horizon: number,
): Float64Array {
  const share = 1 - 1 / bend;
  let level = values[0]!;
  for (let at = 1; at < values.length; at += 1) level += alpha * (values[at]! - level);
  const forgotten = (1 - alpha) ** values.length;
  const point = new Float64Array(horizon);
  for (let step = 0; step < horizon; step += 1)
    point[step] =
      level + share * (forgotten * start + (step + (1 - forgotten * (1 - alpha)) / alpha) * slope);
  return point;
}
