/**
 * What an hour was expected to be, and how far from it is still ordinary.
 *
 * The expectation of an hour is the level of the last week times the profile of the hour of the week: the median, over
 * the weeks before, of what that hour was against the level of its week. Medians, so that one bad hour teaches nothing.
 * The band around it is conformal (Vovk; Gibbs & Candès 2021 for the adaptive form): no distribution is assumed; the
 * quantiles of the scores of the last four weeks are taken, and the asked-for share of misses is steered by those that
 * happened, so that the band follows drift. Its measured coverage is part of the answer. Pure; statistics in floats,
 * which never become an amount of the ledger.
 */

export interface ExpectationSetting {
  /** Points per season: 168 for hours of a week. */
  readonly season: number;
  /** Seasons looked back on for the profile. */
  readonly seasons: number;
  /** Share of points that the band is meant to hold, for instance 0.99. */
  readonly coverage: number;
  /** Points whose scores make the band. */
  readonly calibration: number;
}

export const HOURS_OF_WEEK: ExpectationSetting = {
  season: 168,
  seasons: 6,
  coverage: 0.99,
  calibration: 672,
};

/** One point: undefined where the series is too short to expect anything. */
export interface Expected {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Distance from the expectation in units of the band's half width on that side; above 1 is outside. Signed. */
  readonly score: number;
}

export interface Expectation {
  readonly points: ReadonlyArray<Expected | undefined>;
  /** Share of judged points inside the band; null when none was judged. */
  readonly coverage: number | null;
}

/** How strongly a miss widens the band: the step of the adaptive method. */
const ADAPT = 0.005;
/** The least scale of a score, as a share of the level: near midnight a dollar is not a hundred times a cent. */
const LEAST_SCALE = 0.15;
/** Beyond this a score says no more: something where nothing was expected. */
const MOST_SCORE = 1_000;
/**
 * A side of the band is at least this share of the other side, and of the scale: weeks of decline have no score above
 * zero, and without a width on that side the first steady week after them would be strange, and never learned.
 */
const LEAST_SIDE = 0.5;
const LEAST_HALF = 0.05;
/** What one incident may add to the furthest score that is known. */
const MOST_GROWTH = 1.25;
/** A point this many half widths out is left out of what later points learn from. */
const UNLEARNED = 1;

/**
 * @param values one per hour, oldest first, without gaps.
 * @param ignored points that people declared expected or wrong: nothing is learned from them.
 */
export function expectSeries(
  values: readonly number[],
  setting: ExpectationSetting = HOURS_OF_WEEK,
  ignored: ReadonlySet<number> = new Set(),
): Expectation {
  const band = new AdaptiveBand(setting);
  const learned: number[] = []; // the series as it would have been without what was out of the ordinary
  const points: Array<Expected | undefined> = [];
  for (const [at, value] of values.entries()) {
    const forecast = forecastAt(learned, at, setting);
    if (forecast === undefined) {
      learned.push(value);
      points.push(undefined);
      continue;
    }
    const { expected, scale } = forecast;
    const raw = (value - expected) / scale;
    const point = band.judge(raw, expected, scale);
    points.push(point);
    const strange = ignored.has(at) || (point !== undefined && Math.abs(point.score) > UNLEARNED);
    learned.push(strange ? mildly(point, expected, value) : value);
    if (!ignored.has(at)) band.learn(raw, strange && point !== undefined);
  }
  return { points, coverage: band.coverage };
}

/** A strange point teaches only the edge of the band, so that a lasting shift is still learned within days. */
function mildly(point: Expected | undefined, expected: number, value: number): number {
  if (point === undefined) return value;
  return Math.min(Math.max(value, point.low), Math.max(point.high, expected));
}

function forecastAt(
  learned: readonly number[],
  at: number,
  { season, seasons }: ExpectationSetting,
): { readonly expected: number; readonly scale: number } | undefined {
  if (at < 2 * season) return undefined; // one week to know the level, one to know the profile
  const level = mean(learned, at - season, at);
  const ratios: number[] = [];
  for (let back = 1; back <= seasons; back += 1) {
    const then = at - back * season;
    if (then < 0) break;
    const around = mean(learned, Math.max(0, then - season / 2), Math.min(at, then + season / 2));
    if (around > 0) ratios.push((learned[then] ?? 0) / around);
  }
  const expected = ratios.length === 0 ? level : level * median(ratios);
  return { expected, scale: Math.max(expected, LEAST_SCALE * level, Number.MIN_VALUE) };
}

/** Split-conformal quantiles of signed scores, with the share of misses adapted to what happened. */
class AdaptiveBand {
  readonly #setting: ExpectationSetting;
  readonly #scores: number[] = [];
  #sorted: number[] = [];
  /** Scores that the asked-for quantile needs: below them it would be the largest, whatever that is. */
  readonly #least: number;
  #missShare: number;
  #strangeFor = 0;
  #judged = 0;
  #inside = 0;

  constructor(setting: ExpectationSetting) {
    this.#setting = setting;
    this.#missShare = 1 - setting.coverage;
    this.#least = Math.min(setting.calibration, Math.ceil(2 / this.#missShare) - 1);
  }

  get coverage(): number | null {
    return this.#judged === 0 ? null : this.#inside / this.#judged;
  }

  /** Undefined until there are enough scores for the asked-for quantile. */
  judge(raw: number, expected: number, scale: number): Expected | undefined {
    const side = Math.min(0.25, Math.max(0.0005, this.#missShare / 2));
    if (this.#scores.length < this.#least) return undefined;
    const [lowest, highest] = [quantile(this.#sorted, side), quantile(this.#sorted, 1 - side)];
    const low = Math.min(lowest, -LEAST_SIDE * highest, -LEAST_HALF);
    const high = Math.max(highest, -LEAST_SIDE * lowest, LEAST_HALF);
    const score = Math.max(-MOST_SCORE, Math.min(MOST_SCORE, raw < 0 ? -(raw / low) : raw / high));
    this.#judged += 1;
    const out = Math.abs(score) > 1;
    if (!out) this.#inside += 1;
    const wanted = 1 - this.#setting.coverage;
    this.#missShare += ADAPT * (wanted - (out ? 1 : 0));
    return {
      value: expected,
      low: Math.max(0, expected + low * scale),
      high: expected + high * scale,
      score,
    };
  }

  /** An incident widens the band by a quarter once, however long it lasts: it must not blind the weeks after it. */
  learn(raw: number, strange: boolean): void {
    const kept = strange ? this.#clamped(raw) : raw;
    this.#strangeFor = strange ? this.#strangeFor + 1 : 0;
    this.#scores.push(kept);
    insertSorted(this.#sorted, kept);
    if (this.#scores.length > this.#setting.calibration) {
      const oldest = this.#scores.shift() as number;
      this.#sorted.splice(searchSorted(this.#sorted, oldest), 1);
    }
  }

  #clamped(raw: number): number {
    const growth = this.#strangeFor === 0 ? MOST_GROWTH : 1;
    const low = Math.min(0, this.#sorted[0] ?? raw) * growth;
    const high = Math.max(0, this.#sorted.at(-1) ?? raw) * growth;
    return Math.min(Math.max(raw, low), high);
  }
}

function mean(values: readonly number[], from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at += 1) sum += values[at] ?? 0;
  return to > from ? sum / (to - from) : 0;
}

/** The middle value, or the mean of the two in the middle. Not a number for an empty list. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** The conformal quantile: rank ceil((n + 1) p), clamped to what there is. */
function quantile(sorted: readonly number[], share: number): number {
  const rank = Math.ceil((sorted.length + 1) * share) - 1;
  return sorted[Math.min(Math.max(rank, 0), sorted.length - 1)] ?? 0;
}

function searchSorted(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insertSorted(sorted: number[], value: number): void {
  sorted.splice(searchSorted(sorted, value), 0, value);
}
