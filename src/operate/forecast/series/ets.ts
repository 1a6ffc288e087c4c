/**
 * Exponential smoothing with a damped trend and one season (Holt 1957, Winters 1960, Gardner & McKenzie 1985), in the
 * error-correction form of Hyndman et al. 2008. Season additive or multiplicative, whichever explains the past better.
 *
 * Parameters come from a walk down a grid, which is deterministic and cheap: some thirty passes over the series. What is
 * made small is the sum of absolute errors one step ahead, so that single bad days do not steer it.
 */
import { descend } from './methods.ts';
import type { Fit, Season, Warmth } from './methods.ts';
import { mean } from './numbers.ts';

const ALPHA = [0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 0.9, 0.99];
/** Of the level's own step. */
const BETA = [0, 0.01, 0.03, 0.06, 0.1, 0.2, 0.3];
const GAMMA = [0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.45];
const PHI = [0.8, 0.9, 0.95, 0.98];
const SIZES = [ALPHA.length, BETA.length, PHI.length, GAMMA.length];
const FIRST: Warmth = Int32Array.of(5, 0, 2, 3);
/** A trend has two parameters to pay for. */
const TREND_COST = 4;

interface Setup {
  readonly values: Float64Array;
  readonly period: number;
  readonly multiplicative: boolean;
  readonly season: Float64Array;
  readonly level: number;
  readonly trend: number;
}

interface State {
  level: number;
  trend: number;
  readonly season: Float64Array;
  /** What the level was going to be when the phase was last seen. */
  readonly past: Float64Array;
}

export function fitEts(
  values: Float64Array,
  { periods, multiplicative }: Season,
  horizon: number,
  warmth: Warmth | undefined,
): Fit | undefined {
  if (values.length < LEAST_VALUES) return undefined;
  const period = periods.findLast((one) => values.length >= 2 * one && one <= LONGEST_PERIOD) ?? 1;
  if (period === 1) return fitOne(setUp(values, 1, false), horizon, warmth).fit;
  const additive = fitOne(setUp(values, period, false), horizon, warmth?.subarray(0, 4));
  if (!multiplicative) return additive.fit;
  const factors = fitOne(setUp(values, period, true), horizon, warmth?.subarray(4));
  const warm = Int32Array.of(...additive.fit.warmth, ...factors.fit.warmth);
  return { ...(factors.loss <= additive.loss ? factors : additive).fit, warmth: warm };
}

const LEAST_VALUES = 4;
/** Longer seasons have more states than a few cycles can teach; they are for `multi-season`. */
const LONGEST_PERIOD = 60;

function fitOne(
  setup: Setup,
  horizon: number,
  warmth: Warmth | undefined,
): { readonly fit: Fit; readonly loss: number } {
  const state: State = {
    level: 0,
    trend: 0,
    season: new Float64Array(setup.period),
    past: new Float64Array(setup.period),
  };
  const sizes = setup.period === 1 ? SIZES.slice(0, 3) : SIZES;
  const start = warmth !== undefined && warmth.length === 4 ? warmth : FIRST;
  const count = setup.values.length;
  const { place, loss } = descend(sizes, start, (at) => {
    const cost = BETA[at[1]!]! > 0 ? 1 + TREND_COST / count : 1;
    return cost * pass(setup, at, state, undefined);
  });
  const fitted = new Float64Array(count);
  pass(setup, place, state, fitted);
  return { fit: { point: ahead(setup, state, PHI[place[2]!]!, horizon), fitted, warmth: place }, loss };
}

/** First states: level and season of the first cycles. */
function setUp(values: Float64Array, period: number, multiplicative: boolean): Setup {
  const count = values.length;
  if (period === 1)
    return { values, period, multiplicative, season: new Float64Array(1), level: values[0]!, trend: 0 };
  const cycles = Math.min(MOST_CYCLES, Math.floor(count / period));
  const season = new Float64Array(period);
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    const level = mean(values, cycle * period, (cycle + 1) * period);
    for (let at = 0; at < period; at += 1) {
      const value = values[cycle * period + at]!;
      season[at] = season[at]! + (multiplicative ? value / level : value - level) / cycles;
    }
  }
  return { values, period, multiplicative, season, level: mean(values, 0, period), trend: 0 };
}

const MOST_CYCLES = 4;

/** One walk over the series; leaves the last state in `state`. @returns the sum of absolute errors. */
function pass(setup: Setup, at: Warmth, state: State, fitted: Float64Array | undefined): number {
  const { values, period, multiplicative } = setup;
  const season = state.season;
  season.set(setup.season);
  const alpha = ALPHA[at[0]!]!;
  const beta = alpha * BETA[at[1]!]!;
  const phi = PHI[at[2]!]!;
  const gamma = period === 1 ? 0 : GAMMA[at[3]!]! * (1 - alpha);
  const past = state.past;
  const reach = (phi * (1 - phi ** period)) / (1 - phi);
  let { level, trend } = setup;
  let loss = 0;
  let phase = 0;
  for (let step = 0; step < values.length; step += 1) {
    const base = level + phi * trend;
    const now = season[phase]!;
    const expected = period === 1 ? base : multiplicative ? base * now : base + now;
    if (fitted !== undefined) fitted[step] = expected;
    let error = values[step]! - expected;
    loss += error < 0 ? -error : error;
    if (period > 1) {
      const before = step < period ? setup.level : past[phase]!;
      const cycleError = values[step]! - (multiplicative ? before * now : before + now);
      loss += cycleError < 0 ? -cycleError : cycleError;
    }
    // One step moves a state by no more than its own size: a factor near zero would throw it anywhere.
    if (multiplicative) error = Math.min(Math.max(error, -Math.abs(expected)), Math.abs(expected));
    const own = multiplicative ? error / (now > LEAST ? now : LEAST) : error;
    level = base + alpha * own;
    trend = phi * trend + beta * own;
    if (period > 1) {
      const part = multiplicative ? error / (base > LEAST ? base : LEAST) : error;
      season[phase] = now + gamma * part;
      past[phase] = level + reach * trend;
      phase = phase + 1 === period ? 0 : phase + 1;
    }
  }
  state.level = level;
  state.trend = trend;
  return loss;
}

const LEAST = 1e-9;

function ahead(setup: Setup, state: State, phi: number, horizon: number): Float64Array {
  const { period, multiplicative, values } = setup;
  const point = new Float64Array(horizon);
  let damped = 0;
  let power = 1;
  for (let step = 0; step < horizon; step += 1) {
    power *= phi;
    damped += power;
    const base = state.level + damped * state.trend;
    const now = state.season[(values.length + step) % period]!;
    point[step] = period === 1 ? base : multiplicative ? base * now : base + now;
  }
  return point;
}
