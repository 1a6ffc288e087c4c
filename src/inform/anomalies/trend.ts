/**
 * Creep and steps in a daily driver: what spike tests miss because each day looks like the one before.
 *
 * Days of the week are levelled first. A step is the split that explains most of the absolute deviation; creep is a
 * trend by Mann and Kendall (rank test, no distribution assumed) with the slope of Theil and Sen (median of all
 * pairwise slopes). Of the two the one that leaves less unexplained is reported.
 */
import { median } from './expectation.ts';

export interface Trend {
  readonly kind: 'step' | 'creep';
  /** Index of the first day of the new level; for creep, of the first day looked at. */
  readonly at: number;
  /** Levels before and after (first and last fitted value for creep). */
  readonly before: number;
  readonly after: number;
  /** after ÷ before − 1; the level before is above zero. */
  readonly change: number;
  /** Two-sided p-value of the rank test: of trend for creep, of the two halves for a step. */
  readonly pValue: number;
}

export interface TrendSetting {
  readonly leastDays: number;
  readonly mostPValue: number;
  /** Relative change from which it is worth a person's time. */
  readonly leastChange: number;
}

export const ORDINARY_TRENDS: TrendSetting = { leastDays: 14, mostPValue: 0.001, leastChange: 0.15 };

const WEEK = 7;
const LEAST_SIDE = 4;

/** @param values one per day, oldest first; NaN where the day had nothing to measure. */
export function findTrend(
  values: readonly number[],
  setting: TrendSetting = ORDINARY_TRENDS,
): Trend | undefined {
  const known = values.flatMap((value, at) => (Number.isFinite(value) ? [{ at, value }] : []));
  if (known.length < setting.leastDays) return undefined;
  const level = levelDays(known);
  const step = findStep(level);
  const creep = findCreep(level);
  const best = step !== undefined && (creep === undefined || step.left <= creep.left) ? step : creep;
  if (best === undefined) return undefined;
  const { kind, at, before, after, pValue } = best;
  if (!(before > 0) || pValue > setting.mostPValue) return undefined;
  const change = after / before - 1;
  return Math.abs(change) < setting.leastChange ? undefined : { kind, at, before, after, change, pValue };
}

interface Day {
  readonly at: number;
  readonly value: number;
}

type Candidate = Omit<Trend, 'change'> & { readonly left: number };

/** Divides each day by what its day of the week usually is against the days around it. */
function levelDays(days: readonly Day[]): Day[] {
  if (days.length < 3 * WEEK) return [...days];
  const local = days.map(({ at }) =>
    median(days.filter((other) => Math.abs(other.at - at) <= 3).map(({ value }) => value)),
  );
  const factors = Array.from({ length: WEEK }, (_, weekday) => {
    const ratios = days.flatMap(({ at, value }, index) =>
      at % WEEK === weekday && (local[index] as number) > 0 ? [value / (local[index] as number)] : [],
    );
    const factor = ratios.length === 0 ? 1 : median(ratios);
    return factor > 0 ? factor : 1;
  });
  return days.map(({ at, value }) => ({ at, value: value / (factors[at % WEEK] as number) }));
}

function findStep(days: readonly Day[]): Candidate | undefined {
  let best: Candidate | undefined;
  for (let split = LEAST_SIDE; split <= days.length - LEAST_SIDE; split += 1) {
    const [first, second] = [days.slice(0, split), days.slice(split)];
    const [before, after] = [median(first.map(valueOf)), median(second.map(valueOf))];
    const left = deviation(first, () => before) + deviation(second, () => after);
    if (best === undefined || left < best.left)
      best = { kind: 'step', at: second[0]?.at ?? 0, before, after, pValue: 1, left };
  }
  if (best === undefined) return undefined;
  const { at } = best;
  const [first, second] = [days.filter((day) => day.at < at), days.filter((day) => day.at >= at)];
  return { ...best, pValue: rankSumPValue(first.map(valueOf), second.map(valueOf)) };
}

function findCreep(days: readonly Day[]): Candidate {
  const slopes: number[] = [];
  let signs = 0;
  for (const [index, first] of days.entries()) {
    for (const second of days.slice(index + 1)) {
      slopes.push((second.value - first.value) / (second.at - first.at));
      signs += Math.sign(second.value - first.value);
    }
  }
  const slope = median(slopes);
  const base = median(days.map(({ at, value }) => value - slope * at));
  const line = (at: number): number => base + slope * at;
  const n = days.length;
  const variance = (n * (n - 1) * (2 * n + 5)) / 18;
  const z = signs === 0 ? 0 : (signs - Math.sign(signs)) / Math.sqrt(variance);
  const [first, last] = [days[0]?.at ?? 0, days.at(-1)?.at ?? 0];
  return {
    kind: 'creep',
    at: first,
    before: line(first),
    after: line(last),
    pValue: twoSided(z),
    left: deviation(days, ({ at }) => line(at)),
  };
}

function valueOf({ value }: Day): number {
  return value;
}

function deviation(days: readonly Day[], fit: (day: Day) => number): number {
  return days.reduce((sum, day) => sum + Math.abs(day.value - fit(day)), 0);
}

/** Wilcoxon and Mann–Whitney, normal approximation with middle ranks for ties. */
function rankSumPValue(first: readonly number[], second: readonly number[]): number {
  let wins = 0;
  for (const a of first) for (const b of second) wins += b > a ? 1 : b === a ? 0.5 : 0;
  const [n, m] = [first.length, second.length];
  const spread = Math.sqrt((n * m * (n + m + 1)) / 12);
  return twoSided((wins - (n * m) / 2) / spread);
}

/** Two-sided p-value of a standard normal; Abramowitz and Stegun 7.1.26, off by less than 1.5e-7. */
function twoSided(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const terms = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];
  const polynomial = terms.reduce((sum, term) => (sum + term) * t, 0);
  return Math.min(1, Math.max(0, polynomial * Math.exp(-x * x)));
}
