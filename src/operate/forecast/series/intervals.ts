/**
 * Intervals from how far forecasts were off before: conformal (Vovk; split conformal), on the residuals of the rolling
 * origin. A residual is scaled by the size of its forecast and by what is usual so many steps ahead, so that those of all
 * steps make one pool. The share of misses is steered by the misses that happened (adaptive conformal inference, Gibbs &
 * Candès 2021), one step per fold. Exchangeability fails for series: what is claimed is what was measured.
 */
import { choose, leanOf, pathOf } from './backtest.ts';
import type { Fold } from './backtest.ts';
import type { Variant } from './candidates.ts';
import { mean } from './numbers.ts';

export interface Calibration {
  /** Usual size of a scaled residual by step ahead. */
  readonly byStep: Float64Array;
  /** Sizes of residuals against those, sorted. */
  readonly scores: Float64Array;
  readonly folds: number;
  /** Nothing is the usual value: every interval reaches down to it. */
  readonly sparse: boolean;
}

export interface Judgement {
  readonly inside: number;
  readonly judged: number;
  /** The share of misses to ask for from now on. */
  readonly missShare: number;
}

/** Folds from which an interval is made; below, the past says too little by itself. */
export const LEAST_FOLDS = 3;
const ADAPT = 0.1;
/** Residuals of one path go together: a path counts as so many, not as its steps. */
const WORTH_OF_PATH = 3;

export function calibrate(
  folds: readonly Fold[],
  members: readonly number[],
  positive: boolean,
  lean: number,
): Calibration {
  const horizon = folds[0]?.actual.length ?? 0;
  const scaled = folds.map((fold) =>
    scaledMisses(leaning(pathOf(fold, members), lean), fold.actual, positive),
  );
  const byStep = usualByStep(scaled, horizon);
  const scores = new Float64Array(folds.length * horizon);
  let known = 0;
  for (const misses of scaled)
    for (let step = 0; step < horizon; step += 1) {
      const score = misses[step]! / byStep[step]!;
      if (score === score) scores[known++] = score;
    }
  const sparse = folds.some((fold) => fold.sparse);
  return { byStep, scores: scores.subarray(0, known).toSorted(), folds: folds.length, sparse };
}

/** A path at the level that its own past asks for: see `leanOf`. */
export function leaning(path: Float64Array, lean: number): Float64Array {
  return lean === 1 ? path : path.map((value) => value * lean);
}

function scaledMisses(path: Float64Array, actual: Float64Array, positive: boolean): Float64Array {
  const level = levelOf(path);
  return actual.map((value, step) => Math.abs(value - path[step]!) / sizeAt(path[step]!, level, positive));
}

/** Between proportional and constant noise: the root of the forecast, as of counts; constant where signs mix. */
function sizeAt(point: number, level: number, positive: boolean): number {
  if (!positive) return 1;
  return level > 0 ? level * Math.sqrt(Math.max(point / level, LEAST_SIZE)) : 1;
}
const LEAST_SIZE = 0.01;

function levelOf(path: Float64Array): number {
  return mean(path);
}

/** Mean over folds and neighbouring steps, drawn towards the mean of all where folds are few. */
function usualByStep(scaled: readonly Float64Array[], horizon: number): Float64Array {
  const sums = new Float64Array(horizon + 1);
  const counts = new Float64Array(horizon + 1);
  for (let step = 0; step < horizon; step += 1) {
    let [sum, count] = [0, 0];
    for (const misses of scaled) {
      const miss = misses[step]!;
      if (miss === miss) {
        sum += miss;
        count += 1;
      }
    }
    sums[step + 1] = sums[step]! + sum;
    counts[step + 1] = counts[step]! + count;
  }
  const all = counts[horizon]! > 0 ? sums[horizon]! / counts[horizon]! : 0;
  const reach = Math.max(1, Math.round(horizon / 6));
  const trust = scaled.length / (scaled.length + 2);
  return Float64Array.from({ length: horizon }, (_, step) => {
    const [from, to] = [Math.max(0, step - reach), Math.min(horizon, step + reach + 1)];
    const count = counts[to]! - counts[from]!;
    const own = count > 0 ? (sums[to]! - sums[from]!) / count : all;
    return Math.max(trust * own + (1 - trust) * all, Number.MIN_VALUE);
  });
}

/** Half width of the interval at each step. */
export function halfWidths(
  path: Float64Array,
  { byStep, scores, folds, sparse }: Calibration,
  missShare: number,
  positive: boolean,
): Float64Array {
  const level = levelOf(path);
  const worth = folds * WORTH_OF_PATH;
  const share = Math.min(1, ((1 - missShare) * (worth + 1)) / worth);
  const rank = Math.min(scores.length, Math.max(1, Math.ceil(scores.length * share)));
  const size = scores[rank - 1] ?? 0;
  const last = byStep.length - 1;
  return path.map((point, step) => {
    const beyond = step > last ? Math.sqrt((step + 1) / (last + 1)) : 1;
    const width = size * byStep[Math.min(step, last)]! * beyond * sizeAt(point, level, positive);
    return sparse ? Math.max(width, point) : width;
  });
}

/** Goes through the folds as time did: each interval from earlier folds alone, its method chosen by them alone. */
export function judge(
  folds: readonly Fold[],
  variants: readonly Variant[],
  level: number,
  positive: boolean,
): Judgement {
  const wanted = 1 - level;
  let missShare = wanted;
  let [inside, judged] = [0, 0];
  for (const fold of folds) {
    const known = folds.filter(({ origin, actual }) => origin + actual.length <= fold.origin);
    if (known.length < LEAST_FOLDS) continue;
    const choice = choose(known, variants);
    if (choice === undefined) continue;
    const lean = leanOf(known, choice, positive);
    const calibration = calibrate(known, choice.members, positive, lean);
    const path = leaning(pathOf(fold, choice.members), lean);
    const widths = halfWidths(path, calibration, missShare, positive);
    const [held, of] = countInside(path, widths, fold.actual);
    inside += held;
    judged += of;
    if (of > 0) missShare = bounded(missShare + ADAPT * (wanted - (1 - held / of)), wanted);
  }
  return { inside, judged, missShare };
}

function bounded(share: number, wanted: number): number {
  return Math.min(Math.max(share, wanted / 4), Math.min(0.9, 2 * wanted));
}

function countInside(path: Float64Array, widths: Float64Array, actual: Float64Array): [number, number] {
  let [held, of] = [0, 0];
  for (let step = 0; step < actual.length; step += 1) {
    const value = actual[step]!;
    if (value !== value) continue;
    of += 1;
    if (Math.abs(value - path[step]!) <= widths[step]! * (1 + ROUNDING) + ROUNDING * Math.abs(value))
      held += 1;
  }
  return [held, of];
}
/** A constant series is inside an interval without width, whatever the last bit says. */
const ROUNDING = 1e-9;
