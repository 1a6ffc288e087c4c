/** Errors of a back-test in the field's measures. */
import { missOf, pathOf, wapeOf } from './backtest.ts';
import type { Choice, Fold } from './backtest.ts';
import type { Judgement } from './intervals.ts';
import type { Backtest } from './words.ts';

export const NOT_JUDGED: Backtest = {
  folds: 0,
  horizon: 0,
  wape: null,
  smape: null,
  mase: null,
  naiveWape: null,
  naiveSmape: null,
  naiveMase: null,
  coverage: null,
  judged: 0,
};

export function backtestOf(
  raw: Float64Array,
  period: number,
  folds: readonly Fold[],
  choice: Choice,
  { inside, judged }: Judgement,
): Backtest {
  const known = folds.reduce((sum, { actual }) => sum + countKnown(actual), 0);
  if (known === 0) return NOT_JUDGED;
  const total = folds.reduce((sum, fold) => sum + fold.total, 0);
  const scale = naiveScale(raw, period);
  const mase = (members: readonly number[]): number | null =>
    scale === null
      ? null
      : folds.reduce((sum, fold) => sum + missOf(pathOf(fold, members), fold.actual), 0) / known / scale;
  const smape = (members: readonly number[]): number =>
    folds.reduce((sum, fold) => sum + smapeSum(pathOf(fold, members), fold.actual), 0) / known;
  return {
    folds: folds.length,
    horizon: folds[0]?.actual.length ?? 0,
    wape: finite(wapeOf(folds, total, (fold) => missOf(pathOf(fold, choice.members), fold.actual))),
    smape: smape(choice.members),
    mase: mase(choice.members),
    naiveWape: finite(wapeOf(folds, total, (fold) => missOf(pathOf(fold, [choice.naive]), fold.actual))),
    naiveSmape: smape([choice.naive]),
    naiveMase: mase([choice.naive]),
    coverage: judged === 0 ? null : inside / judged,
    judged,
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function countKnown(values: Float64Array): number {
  return values.reduce((sum, value) => sum + (value === value ? 1 : 0), 0);
}

/** Sum of 2|a − f| ÷ (|a| + |f|), as a share (not percent); both zero is no error. */
function smapeSum(path: Float64Array, actual: Float64Array): number {
  let sum = 0;
  for (let step = 0; step < actual.length; step += 1) {
    const [value, point] = [actual[step]!, path[step]!];
    const size = Math.abs(value) + Math.abs(point);
    if (value === value && size > 0) sum += (2 * Math.abs(value - point)) / size;
  }
  return sum;
}

/** Mean absolute difference from one cycle before: what MASE divides by (Hyndman & Koehler 2006). Null if there is none. */
function naiveScale(raw: Float64Array, period: number): number | null {
  let [sum, count] = [0, 0];
  for (let at = period; at < raw.length; at += 1) {
    const miss = Math.abs(raw[at]! - raw[at - period]!);
    if (miss !== miss) continue;
    sum += miss;
    count += 1;
  }
  return sum > 0 ? sum / count : null;
}
