/**
 * Changes of level: a launch, a price, another model. Found where the middle of the cycles after a step differs from the
 * middle of those before it by far more than such middles usually differ in this series, and where nearly every value
 * keeps to its side: a bad day, or an outage of some days that ended, is no change of level.
 */
import { median, robustSpread } from './numbers.ts';

export interface Step {
  readonly at: number;
  /** Level after ÷ level before. */
  readonly factor: number;
}

const MOST_STEPS = 4;
/** A contrast that is so many spreads of all contrasts out is not of this series. */
const LEAST_EVIDENCE = 5;
const LEAST_CHANGE = 0.12;
/** Share of values on each side that has to keep to its side. */
const LEAST_KEPT = 0.85;
const LEAST_WINDOW = 7;
const MOST_CANDIDATES = 6;

/** @param rest values without seasons, above zero. @param cycle steps of the longest season; 1 without. */
export function findSteps(rest: Float64Array, cycle: number): Step[] {
  const short = Math.max(LEAST_WINDOW, cycle);
  const long = Math.max(2 * LEAST_WINDOW, cycle);
  const levelled = rest.slice();
  const steps: Step[] = [];
  while (steps.length < MOST_STEPS) {
    const found = strongest(levelled, short, long);
    if (found === undefined) break;
    steps.push(found);
    for (let at = 0; at < found.at; at += 1) levelled[at] = levelled[at]! * found.factor;
  }
  return steps.toSorted((a, b) => a.at - b.at);
}

/** Factor between the values before and after a known step; undefined with too few on either side. */
export function factorAt(rest: Float64Array, at: number, cycle: number): number | undefined {
  const width = Math.max(2 * LEAST_WINDOW, cycle);
  const before = rest.subarray(Math.max(0, at - width), at);
  const after = rest.subarray(at, at + width);
  if (before.length < LEAST_KNOWN || after.length < LEAST_KNOWN) return undefined;
  const factor = median(after) / median(before);
  return factor > 0 && Number.isFinite(factor) ? factor : undefined;
}

const LEAST_KNOWN = 3;

function strongest(values: Float64Array, short: number, long: number): Step | undefined {
  const count = values.length;
  if (count < 2 * short + long) return undefined;
  const logs = values.map((value) => Math.log(value));
  const contrasts = contrastsOf(logs, short, long);
  const usual = median(contrasts);
  const spread = robustSpread(contrasts.map((one) => one - usual));
  const least = Math.max(LEAST_EVIDENCE * spread, Math.log(1 + LEAST_CHANGE));
  const open = contrasts.map((one) => Math.abs(one - usual));
  for (let tries = 0; tries < MOST_CANDIDATES; tries += 1) {
    let best = 0;
    for (let at = 1; at < open.length; at += 1) if (open[at]! > open[best]!) best = at;
    if (!(open[best]! > least)) return undefined;
    const at = refine(logs, best + short, short, long);
    const step = confirmed(logs, at, short, long, usual, least);
    if (step !== undefined) return step;
    open.fill(0, Math.max(0, best - short), best + short);
  }
  return undefined;
}

/** Mean after minus mean before, for every split with a short window on each side; sums make it linear. */
function contrastsOf(logs: Float64Array, short: number, long: number): Float64Array {
  const sums = new Float64Array(logs.length + 1);
  for (let at = 0; at < logs.length; at += 1) sums[at + 1] = sums[at]! + logs[at]!;
  const contrasts = new Float64Array(logs.length - 2 * short + 1);
  for (let split = short; split <= logs.length - short; split += 1) {
    const from = Math.max(0, split - long);
    const to = Math.min(logs.length, split + long);
    contrasts[split - short] =
      (sums[to]! - sums[split]!) / (to - split) - (sums[split]! - sums[from]!) / (split - from);
  }
  return contrasts;
}

/** The split near the strongest contrast that leaves least unexplained by two levels. */
function refine(logs: Float64Array, near: number, short: number, long: number): number {
  const from = Math.max(0, near - long);
  const to = Math.min(logs.length, near + long);
  const before = median(logs.subarray(from, Math.max(from + 1, near - (short >> 1))));
  const after = median(logs.subarray(Math.min(to - 1, near + (short >> 1)), to));
  let gain = 0;
  let best = 0;
  let at = from;
  for (let split = from; split < to; split += 1) {
    gain += Math.abs(logs[split]! - after) - Math.abs(logs[split]! - before);
    if (gain > best) {
      best = gain;
      at = split + 1;
    }
  }
  return at;
}

function confirmed(
  logs: Float64Array,
  at: number,
  short: number,
  long: number,
  usual: number,
  least: number,
): Step | undefined {
  if (at < short || logs.length - at < short) return undefined;
  const before = logs.subarray(Math.max(0, at - long), at);
  const after = logs.subarray(at, at + long);
  const [low, high] = [median(before), median(after)];
  if (!(Math.abs(high - low - usual) > least)) return undefined;
  const middle = (low + high) / 2;
  const up = high > low;
  const kept = (side: Float64Array, above: boolean): number =>
    side.reduce((sum, value) => sum + (value > middle === above ? 1 : 0), 0) / side.length;
  if (kept(before, !up) < LEAST_KEPT || kept(after, up) < LEAST_KEPT) return undefined;
  return { at, factor: Math.exp(high - low) };
}
