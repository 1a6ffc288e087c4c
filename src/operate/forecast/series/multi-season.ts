/**
 * Several seasons at once, as smoothing with a state per phase of each (Taylor 2003) and a first-order correction of the
 * last error. First states are the robust profiles. With one season it is smoothing of level and season on a robust start.
 */
import { descend } from './methods.ts';
import type { Fit, Season, Warmth } from './methods.ts';
import { mean } from './numbers.ts';
import { takeSeasons } from './seasons.ts';

const ALPHA = [0, 0.002, 0.005, 0.01, 0.03, 0.06, 0.1, 0.2, 0.35, 0.5, 0.8];
const SHORT = [0, 0.03, 0.06, 0.1, 0.2, 0.3, 0.45];
const LONG = [0, 0.05, 0.1, 0.2, 0.3, 0.45];
const CARRY = [0, 0.2, 0.4, 0.6, 0.75, 0.85, 0.92, 0.96];
const SIZES = [ALPHA.length, SHORT.length, LONG.length, CARRY.length];
const FIRST: Warmth = Int32Array.of(3, 2, 2, 4);

interface Setup {
  readonly values: Float64Array;
  readonly multiplicative: boolean;
  readonly level: number;
  readonly short: Float64Array;
  readonly long: Float64Array;
}

interface State {
  level: number;
  error: number;
  readonly short: Float64Array;
  readonly long: Float64Array;
  /** The level when each phase of the short season was last seen. */
  readonly past: Float64Array;
}

export function fitMultiSeason(
  values: Float64Array,
  season: Season,
  horizon: number,
  warmth: Warmth | undefined,
): Fit | undefined {
  const known = season.periods.filter((period) => values.length >= 2 * period);
  if (known.length === 0) return undefined;
  const setup = setUp(values, season, known);
  const state: State = {
    level: 0,
    error: 0,
    short: new Float64Array(setup.short.length),
    long: new Float64Array(setup.long.length),
    past: new Float64Array(setup.short.length),
  };
  const { place } = descend(SIZES, warmth ?? FIRST, (at) => pass(setup, at, state, undefined));
  const fitted = new Float64Array(values.length);
  pass(setup, place, state, fitted);
  return { point: ahead(setup, state, CARRY[place[3]!]!, horizon), fitted, warmth: place };
}

function setUp(values: Float64Array, season: Season, known: readonly number[]): Setup {
  const { multiplicative } = season;
  const periods = known.length > 2 ? [known[0]!, known.at(-1)!] : known;
  const short = takeSeasons(values, { periods: periods.slice(0, 1), multiplicative });
  const nothing = Float64Array.of(multiplicative ? 1 : 0);
  const long =
    periods.length === 1
      ? nothing
      : takeSeasons(short.rest, { periods: periods.slice(1), multiplicative }).profile;
  const cycle = known.at(-1)!;
  return { values, multiplicative, level: mean(values, 0, cycle), short: short.profile, long };
}

function pass(setup: Setup, at: Warmth, state: State, fitted: Float64Array | undefined): number {
  const { values, multiplicative } = setup;
  const { short, long, past } = state;
  short.set(setup.short);
  long.set(setup.long);
  const [alpha, delta, omega, carry] = [ALPHA[at[0]!]!, SHORT[at[1]!]!, LONG[at[2]!]!, CARRY[at[3]!]!];
  let level = setup.level;
  let error = 0;
  let loss = 0;
  let day = 0;
  let week = 0;
  for (let step = 0; step < values.length; step += 1) {
    const [inDay, inWeek] = [short[day]!, long[week]!];
    const base = multiplicative ? level * inDay * inWeek : level + inDay + inWeek;
    const expected = base + carry * error;
    if (fitted !== undefined) fitted[step] = expected;
    const miss = values[step]! - expected;
    error = values[step]! - base;
    const before = step < short.length ? setup.level : past[day]!;
    const cycleMiss = values[step]! - (multiplicative ? before * inDay * inWeek : before + inDay + inWeek);
    loss += (miss < 0 ? -miss : miss) + (cycleMiss < 0 ? -cycleMiss : cycleMiss);
    if (multiplicative) {
      const part = Math.max(-MOST_PART, Math.min(MOST_PART, miss / (base > LEAST ? base : LEAST)));
      level *= 1 + alpha * part;
      short[day] = inDay * (1 + delta * part);
      long[week] = inWeek * (1 + omega * part);
      if (!(level > LEAST)) level = LEAST;
    } else {
      level += alpha * miss;
      short[day] = inDay + delta * miss;
      long[week] = inWeek + omega * miss;
    }
    past[day] = level;
    day = day + 1 === short.length ? 0 : day + 1;
    week = week + 1 === long.length ? 0 : week + 1;
  }
  state.level = level;
  state.error = error;
  return loss;
}

const LEAST = 1e-9;
/** One step moves a state by no more than its own size: an error carried from a busy phase into a quiet one is many times that. */
const MOST_PART = 1;

function ahead(setup: Setup, state: State, carry: number, horizon: number): Float64Array {
  const { values, multiplicative } = setup;
  const point = new Float64Array(horizon);
  let { error } = state;
  for (let step = 0; step < horizon; step += 1) {
    const inDay = state.short[(values.length + step) % state.short.length]!;
    const inWeek = state.long[(values.length + step) % state.long.length]!;
    error *= carry;
    point[step] = (multiplicative ? state.level * inDay * inWeek : state.level + inDay + inWeek) + error;
  }
  return point;
}
