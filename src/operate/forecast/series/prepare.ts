/**
 * What is learned from: the values with gaps filled, brought to today's level, without the effects of special days, and
 * without anomalies. Everything here looks only at the values it is given, so that a back-test may call it on a part.
 */
import type { Season } from './methods.ts';
import { median, robustSpread, rollingMedian } from './numbers.ts';
import { seasonsThatHold, takeSeasons } from './seasons.ts';
import { isSparse } from './sparse.ts';
import { factorAt, findSteps } from './shifts.ts';
import type { KnownShift, SetAside, Shift } from './words.ts';

export interface Circumstances {
  readonly periods: readonly number[];
  readonly positive: boolean;
  readonly shifts: readonly KnownShift[];
  readonly calendar: readonly string[];
  readonly setAside: boolean;
}

export interface Prepared {
  /** From the first known value on, in a unit of their own: see `factorOf`. */
  readonly values: Float64Array;
  readonly first: number;
  readonly season: Season;
  readonly shifts: readonly Shift[];
  readonly setAside: readonly SetAside[];
  /** What a step of history or horizon is multiplied by, against `values`. */
  factorOf(at: number): number;
}

/** @returns undefined where nothing is known. */
export function prepare(raw: Float64Array, given: Circumstances): Prepared | undefined {
  const { first, stopped } = beginningOf(raw, given);
  if (first === -1) return undefined;
  const values = fillGaps(raw.subarray(first), given.periods);
  const count = values.length;
  const unit = unitOf(values);
  for (let at = 0; at < count; at += 1) values[at] = values[at]! / unit;
  const multiplicative = given.positive && values.every((value) => value > 0);
  const periods = seasonsThatHold(values, given.periods, multiplicative);
  const season = { periods, multiplicative };
  const cycle = periods.at(-1) ?? 1;
  const named = given.calendar.slice(first, first + count);
  const known = given.shifts.filter(({ at }) => at > first);

  applyShifts(values, known.filter(isFactorKnown), first);
  const special = learnSpecialDays(values, season, named);
  divide(values, special, named);
  const learned = learnShifts(values, season, known, first, cycle);
  const found = given.positive && count >= 3 * cycle ? findShifts(values, season, learned, first, cycle) : [];
  const aside =
    given.setAside && !isSparse(values) ? setAnomaliesAside(values, season, raw.subarray(first)) : [];

  const shifts = [...known.filter(isFactorKnown).map(asGiven), ...stopped, ...learned, ...found].toSorted(
    (a, b) => a.at - b.at,
  );
  const end = first + count;
  const factorOf = (at: number): number => {
    let factor = unit * (special.get(given.calendar[at] ?? '') ?? 1);
    for (const shift of shifts) {
      if (shift.at <= first) continue; // nothing before it is looked at
      if (shift.at < end ? at < shift.at : false) factor /= shift.factor;
      else if (shift.at >= end && at >= shift.at) factor *= shift.factor;
    }
    return factor;
  };
  const setAside = aside.map(({ at, expected }) => ({
    at: first + at,
    value: raw[first + at]!,
    expected: expected * factorOf(first + at),
  }));
  return { values, first, season, shifts, setAside, factorOf };
}

/**
 * Where the series that is forecast begins: with its first known value; of one that was nothing for a cycle and then came to
 * life, with that; of one that has been nothing for a cycle after it was something, with the end.
 */
function beginningOf(
  raw: Float64Array,
  { periods, positive }: Circumstances,
): { readonly first: number; readonly stopped: readonly Shift[] } {
  const first = raw.findIndex((value) => Number.isFinite(value));
  const quiet = Math.max(LEAST_QUIET, periods.at(-1) ?? 1);
  const isSomething = (value: number): boolean => Number.isFinite(value) && value !== 0;
  const begun = raw.findIndex(isSomething);
  if (!positive || begun === -1) return { first, stopped: [] };
  const last = raw.findLastIndex(isSomething);
  const life = raw.subarray(begun, last + 1);
  const isLively = life.length >= LEAST_LIFE && life.filter(isSomething).length >= LEAST_LIVELY * life.length;
  if (!isLively) return { first, stopped: [] };
  const zeros = raw.subarray(last + 1).filter((value) => value === 0).length;
  if (zeros >= quiet && life.length >= quiet)
    return { first: last + 1, stopped: [{ at: last + 1, factor: 0, found: true }] };
  return { first: begun - first >= quiet ? begun : first, stopped: [] };
}
const LEAST_QUIET = 7;
const LEAST_LIFE = 3;
/** Share of steps with something in them: a series that is mostly nothing has not stopped when it is nothing. */
const LEAST_LIVELY = 0.5;

/** A power of two near the size of the values: it makes all series alike and costs no digit. */
function unitOf(values: Float64Array): number {
  const size = values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;
  return size > 0 ? 2 ** Math.floor(Math.log2(size)) : 1;
}

function isFactorKnown(shift: KnownShift): shift is KnownShift & { factor: number } {
  return shift.factor !== undefined && shift.factor > 0;
}

function asGiven({ at, factor, name }: KnownShift & { factor: number }): Shift {
  return { at, factor, found: false, ...(name !== undefined && { name }) };
}

/** A gap takes the value of its phase one cycle before or after, and without one the line between its neighbours. */
function fillGaps(raw: Float64Array, periods: readonly number[]): Float64Array {
  const values = raw.slice();
  if (values.every((value) => Number.isFinite(value))) return values;
  const isKnown = (at: number): boolean => at >= 0 && at < raw.length && Number.isFinite(raw[at]!);
  for (let at = 0; at < values.length; at += 1) {
    if (isKnown(at)) continue;
    const period = periods.findLast((one) => isKnown(at - one) || isKnown(at + one));
    if (period !== undefined) {
      const both = [at - period, at + period].filter(isKnown).map((one) => raw[one]!);
      values[at] = both.reduce((sum, one) => sum + one, 0) / both.length;
      continue;
    }
    let next = at + 1;
    while (next < raw.length && !isKnown(next)) next += 1;
    const before = values[at - 1]!; // the first value is known
    values[at] = next < raw.length ? before + (raw[next]! - before) / (next - at + 1) : before;
  }
  return values;
}

function applyShifts(
  values: Float64Array,
  shifts: ReadonlyArray<{ readonly at: number; readonly factor: number }>,
  first: number,
): void {
  for (const { at, factor } of shifts) {
    if (at - first >= values.length) continue;
    for (let step = 0; step < at - first; step += 1) values[step] = values[step]! * factor;
  }
}

const LEAST_OCCURRENCES = 2;

/** Per class of day, the middle of what its values are against level and season around them. */
function learnSpecialDays(
  values: Float64Array,
  season: Season,
  named: readonly string[],
): ReadonlyMap<string, number> {
  const steps = new Map<string, number[]>();
  for (const [at, name] of named.entries()) {
    if (name !== '') steps.set(name, [...(steps.get(name) ?? []), at]);
  }
  const factors = new Map<string, number>();
  if (steps.size === 0) return factors;
  const expected = expectation(values, season).around;
  for (const [name, places] of steps) {
    const ratios = places.flatMap((at) => (expected[at]! > 0 ? [values[at]! / expected[at]!] : []));
    const factor = ratios.length >= LEAST_OCCURRENCES ? median(ratios) : 1;
    if (factor > 0 && Number.isFinite(factor)) factors.set(name, factor);
  }
  return factors;
}

function divide(values: Float64Array, special: ReadonlyMap<string, number>, named: readonly string[]): void {
  if (special.size === 0) return;
  for (let at = 0; at < values.length; at += 1)
    values[at] = values[at]! / (special.get(named[at] ?? '') ?? 1);
}

/** Given steps without a factor, where they lie in the past. */
function learnShifts(
  values: Float64Array,
  season: Season,
  known: readonly KnownShift[],
  first: number,
  cycle: number,
): Shift[] {
  const learned: Shift[] = [];
  const open = known.filter((shift) => !isFactorKnown(shift) && shift.at - first < values.length);
  for (const { at, name } of open.toSorted((a, b) => a.at - b.at)) {
    const factor = factorAt(takeSeasons(values, season).rest, at - first, cycle);
    if (factor === undefined) continue;
    const shift = { at, factor, found: false, ...(name !== undefined && { name }) };
    applyShifts(values, [shift], first);
    learned.push(shift);
  }
  return learned;
}

function findShifts(
  values: Float64Array,
  season: Season,
  learned: readonly Shift[],
  first: number,
  cycle: number,
): Shift[] {
  const { rest, profile, period } = takeSeasons(values, { ...season, multiplicative: true });
  // Weekends without a call say nothing of the level.
  const steps = Array.from(rest.keys()).filter(
    (step) => rest[step]! > 0 && profile[step % period]! > LEAST_PART && Number.isFinite(rest[step]!),
  );
  const share = steps.length / values.length;
  if (share < LEAST_ABOVE_ZERO) return [];
  const above = Float64Array.from(steps, (step) => rest[step]!);
  const found = findSteps(above, Math.max(1, Math.round(cycle * share)));
  const news = found
    .map(({ at, factor }) => ({ at: first + steps[at]!, factor, found: true }))
    .filter(({ at }) => learned.every((shift) => Math.abs(shift.at - at) > cycle));
  applyShifts(values, news, first);
  return news;
}
const LEAST_PART = 1e-3;
const LEAST_ABOVE_ZERO = 0.5;

// --- anomalies --------------------------------------------------------------------------------------------

/** So many robust spreads from what was expected is out of the ordinary. */
const STRANGE = 5;
/** Below this share of what was expected nobody would call it an anomaly. */
const LEAST_SHARE = 0.1;
/** A series of which more than this is strange is not understood: nothing is set aside. */
const MOST_STRANGE = 0.12;
const LEAST_VALUES = 14;

function setAnomaliesAside(
  values: Float64Array,
  season: Season,
  raw: Float64Array,
): Array<{ readonly at: number; readonly expected: number }> {
  const count = values.length;
  const { around, before, width } = expectation(values, season);
  if (count < Math.max(LEAST_VALUES, width)) return [];
  const past = strangeness(values, before, season.multiplicative, width);
  const centred = strangeness(values, around, season.multiplicative, 0);
  const sizes = centred.map((size, at) =>
    // Near the end only the past can tell; elsewhere both sides have to agree.
    at < width ? (at >= count - (width >> 1) ? 0 : size) : Math.min(size, past[at]!),
  );
  const aside: Array<{ readonly at: number; readonly expected: number }> = [];
  const steps = strangeSteps(sizes);
  for (const at of withoutNews(steps, around, Math.max(LEAST_QUIET, season.periods.at(-1) ?? 1)))
    if (Number.isFinite(raw[at]!)) aside.push({ at, expected: around[at]! });
  if (aside.length > MOST_STRANGE * count) return [];
  for (const { at, expected } of aside) values[at] = expected;
  return aside;
}

/**
 * Steps beyond what is ordinary. Where several of them are near each other it is an incident, which has a beginning and an
 * end: the steps beside them that are nearly strange belong to it.
 */
function strangeSteps(sizes: Float64Array): number[] {
  const steps: number[] = [];
  let from = 0;
  while (from < sizes.length) {
    let to = from;
    let strange = 0;
    while (to < sizes.length && sizes[to]! > NEARLY) {
      if (sizes[to]! > 1) strange += 1;
      to += 1;
    }
    for (let at = from; at < to; at += 1) if (strange >= INCIDENT || sizes[at]! > 1) steps.push(at);
    from = to + 1;
  }
  return steps;
}
/** What has been strange for a cycle up to now is how things are now: the steps of that run stay. */
function withoutNews(steps: readonly number[], expected: Float64Array, cycle: number): readonly number[] {
  const strange = new Set(steps);
  const typical = median(expected.map((value) => Math.abs(value)));
  // Weekends that are nothing and were expected to be say nothing.
  const says = (at: number): boolean => Math.abs(expected[at]!) > LEAST_SHARE * typical;
  let from = expected.length;
  while (from > 0 && (strange.has(from - 1) || !says(from - 1))) from -= 1;
  const isNews = expected.length - from >= cycle;
  return isNews ? steps.filter((at) => at < from) : steps;
}

const NEARLY = 0.5;
const INCIDENT = 6;

/** Distance from what was expected as a multiple of what is still ordinary. */
function strangeness(
  values: Float64Array,
  expected: Float64Array,
  multiplicative: boolean,
  from: number,
): Float64Array {
  const sizes = new Float64Array(values.length);
  for (let at = 0; at < values.length; at += 1) {
    const miss = values[at]! - expected[at]!;
    sizes[at] = multiplicative ? miss / expected[at]! : miss;
  }
  const judged = sizes.subarray(Math.min(from, values.length - 1));
  const centre = median(judged);
  for (let at = 0; at < sizes.length; at += 1) sizes[at] = sizes[at]! - centre;
  const typical = multiplicative ? 1 : median(values.map((value) => Math.abs(value)));
  const limit = Math.max(STRANGE * robustSpread(judged), LEAST_SHARE * typical, Number.MIN_VALUE);
  return sizes.map((size) => Math.abs(size) / limit);
}

/** Season on the level around each step, and on the level of the steps before it alone. */
function expectation(
  values: Float64Array,
  season: Season,
): { readonly around: Float64Array; readonly before: Float64Array; readonly width: number } {
  const count = values.length;
  const seasons = takeSeasons(values, season);
  const cycle = season.periods.at(-1) ?? 1;
  const width = cycle === 1 ? WIDTH_WITHOUT_SEASON : cycle * (cycle > LONG_CYCLE ? 2 : 3);
  const around = rollingMedian(seasons.rest, width);
  // The window of the step half a width earlier ends where this one begins.
  const half = Math.min(width, count) >> 1;
  const before = around.map((level, at) => (at <= half ? level : around[at - half - 1]!));
  seasons.putBack(around, 0);
  seasons.putBack(before, 0);
  return { around, before, width };
}

const WIDTH_WITHOUT_SEASON = 11;
const LONG_CYCLE = 100;
