/**
 * Seasons as robust profiles: what a phase is against the level around it, the middle over the cycles. For several
 * seasons the longest profile is drawn towards the shorter one where few cycles are known (MSTL in spirit, Bandara et al.
 * 2021; medians instead of LOESS).
 */
import type { Season } from './methods.ts';
import { medianOfFew, robustSpread } from './numbers.ts';

export interface Seasons {
  /** The values without their seasons. */
  readonly rest: Float64Array;
  /** Factor or amount per phase of `period`, counted from the first value. */
  readonly profile: Float64Array;
  readonly period: number;
  /** Puts the season back into values of which the first lies `from` steps after the first of the series. */
  putBack(values: Float64Array, from: number): void;
}

/** Cycles beyond which nothing more is looked back on: seasons change. */
const MOST_CYCLES = 12;

export function takeSeasons(values: Float64Array, { periods, multiplicative }: Season): Seasons {
  const known = periods.filter((period) => values.length >= 2 * period);
  let profile: Float64Array = Float64Array.of(multiplicative ? 1 : 0);
  let rest: Float64Array = values;
  for (const period of known) {
    const own = centred(profileOf(rest, period, multiplicative), multiplicative);
    profile = joined(profile, own, multiplicative);
    rest = without(values, profile, multiplicative);
  }
  const period = profile.length;
  return {
    rest,
    profile,
    period,
    putBack: (target, from) => {
      for (let at = 0; at < target.length; at += 1) {
        const part = profile[(from + at) % period]!;
        target[at] = multiplicative ? target[at]! * part : target[at]! + part;
      }
    },
  };
}

/** Of noise without a season a profile of `cycles` cycles explains one part in so many; a season has to do better. */
const MOST_LEFT = 0.85;

/** Those of the periods whose profile explains more than a profile of noise would. */
export function seasonsThatHold(
  values: Float64Array,
  periods: readonly number[],
  multiplicative: boolean,
): number[] {
  const held: number[] = [];
  let rest: Float64Array = values;
  for (const period of periods) {
    const cycles = Math.min(MOST_CYCLES, Math.floor(values.length / period));
    if (cycles < 2) continue;
    const profile = centred(profileOf(rest, period, multiplicative), multiplicative);
    const left = without(rest, profile, multiplicative);
    const [before, after] = [spreadAroundLevel(rest, period), spreadAroundLevel(left, period)];
    if (!(after * after < MOST_LEFT * (1 - 1 / cycles) * before * before)) continue;
    held.push(period);
    rest = left;
  }
  return held;
}

function spreadAroundLevel(values: Float64Array, period: number): number {
  const level = cycleLevel(values, period);
  return robustSpread(values.map((value, at) => value - level[at]!));
}

export function profileOf(values: Float64Array, period: number, multiplicative: boolean): Float64Array {
  const count = values.length;
  const level = cycleLevel(values, period);
  const cycles = Math.min(MOST_CYCLES, Math.floor(count / period));
  const few = new Float64Array(cycles + 1);
  const profile = new Float64Array(period);
  const first = Math.max(0, count - cycles * period);
  for (let phase = 0; phase < period; phase += 1) {
    let known = 0;
    let at = first + ((phase - (first % period) + period) % period);
    for (; at < count; at += period) {
      few[known] = multiplicative ? values[at]! / level[at]! : values[at]! - level[at]!;
      known += 1;
    }
    profile[phase] = medianOfFew(few, known);
  }
  return profile;
}

/** Mean over one whole cycle around each step, so that the season itself does not move it. */
export function cycleLevel(values: Float64Array, period: number): Float64Array {
  const count = values.length;
  const level = new Float64Array(count);
  const half = period >> 1;
  let sum = 0;
  for (let at = 0; at < period; at += 1) sum += values[at]!;
  let from = 0;
  for (let at = 0; at < count; at += 1) {
    const wanted = Math.min(Math.max(0, at - half), count - period);
    if (wanted > from) {
      sum += values[from + period]! - values[from]!;
      from += 1;
    }
    level[at] = sum / period;
  }
  return level;
}

function centred(profile: Float64Array, multiplicative: boolean): Float64Array {
  let sum = 0;
  for (const part of profile) sum += part;
  const centre = sum / profile.length;
  if (multiplicative && !(centre > 0)) return profile.fill(1);
  for (let at = 0; at < profile.length; at += 1)
    profile[at] = multiplicative ? Math.max(profile[at]! / centre, LEAST_FACTOR) : profile[at]! - centre;
  return profile;
}

const LEAST_FACTOR = 1e-6;

/** Two profiles as one over the longer period (which has to hold the shorter whole times; else the longer alone). */
function joined(short: Float64Array, long: Float64Array, multiplicative: boolean): Float64Array {
  if (long.length % short.length !== 0) return long;
  const both = new Float64Array(long.length);
  for (let at = 0; at < long.length; at += 1) {
    const part = short[at % short.length]!;
    both[at] = multiplicative ? part * long[at]! : part + long[at]!;
  }
  return both;
}

function without(values: Float64Array, profile: Float64Array, multiplicative: boolean): Float64Array {
  const rest = new Float64Array(values.length);
  const period = profile.length;
  for (let at = 0, phase = 0; at < values.length; at += 1) {
    const part = profile[phase]!;
    rest[at] = multiplicative ? values[at]! / part : values[at]! - part;
    phase = phase + 1 === period ? 0 : phase + 1;
  }
  return rest;
}
