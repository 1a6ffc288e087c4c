/** Strange hours become events: runs that lie close together, with what they cost beyond the expectation. */
import type { Expected } from './expectation.ts';

export interface StrangeRun {
  /** Index of the first and one past the last point. */
  readonly from: number;
  readonly to: number;
  readonly direction: 'above' | 'below';
  readonly actual: number;
  readonly expected: number;
  /** The furthest point, in half widths of the band. */
  readonly peakScore: number;
  /** Points outside the band. */
  readonly outside: number;
}

export interface RunSetting {
  /** Ordinary points that may lie between two strange ones of the same event. */
  readonly gap: number;
  /** A run is an event with at least this many points outside … */
  readonly leastOutside: number;
  /** … or with one this far out. */
  readonly loneScore: number;
  /** And what it is away from the expectation must be at least this much, in the unit of the series. */
  readonly leastExcess: number;
  /** And at least this share of the expectation. */
  readonly leastShare: number;
}

export const ORDINARY_RUNS: RunSetting = {
  gap: 3,
  leastOutside: 2,
  loneScore: 3,
  leastExcess: 0,
  leastShare: 0.2,
};

/** Events in order of time. A run never mixes above and below. */
export function strangeRuns(
  values: readonly number[],
  points: ReadonlyArray<Expected | undefined>,
  setting: RunSetting = ORDINARY_RUNS,
): StrangeRun[] {
  return [...runsOf('above', values, points, setting), ...runsOf('below', values, points, setting)]
    .filter((run) => isMaterial(run, setting))
    .toSorted((a, b) => a.from - b.from || a.direction.localeCompare(b.direction));
}

/**
 * Whether at most one of the same hours in the four seasons before was as extreme. A band that has drifted (a level that
 * fell for weeks, a week that follows a peak) calls hours strange that are like any other week.
 */
export function isUnseen(
  { from, to, direction, actual }: Pick<StrangeRun, 'from' | 'to' | 'direction' | 'actual'>,
  values: readonly number[],
  season: number,
): boolean {
  const before = [1, 2, 3, 4]
    .filter((back) => from - back * season >= 0)
    .map((back) => sumBetween(values, from - back * season, to - back * season));
  const asExtreme = before.filter((sum) => (direction === 'above' ? sum >= actual : sum <= actual));
  return asExtreme.length < 2;
}

function sumBetween(values: readonly number[], from: number, to: number): number {
  return values.slice(from, to).reduce((sum, value) => sum + value, 0);
}

function runsOf(
  direction: StrangeRun['direction'],
  values: readonly number[],
  points: ReadonlyArray<Expected | undefined>,
  { gap }: RunSetting,
): StrangeRun[] {
  const sign = direction === 'above' ? 1 : -1;
  const out = points.flatMap((point, at) => (point !== undefined && point.score * sign > 1 ? [at] : []));
  const runs: StrangeRun[] = [];
  for (let first = 0; first < out.length;) {
    let last = first;
    while (last + 1 < out.length && (out[last + 1] as number) - (out[last] as number) <= gap + 1) last += 1;
    const [from, to] = [out[first] as number, (out[last] as number) + 1];
    const inside = points.slice(from, to);
    runs.push({
      from,
      to,
      direction,
      actual: sumBetween(values, from, to),
      expected: inside.reduce((sum, point) => sum + (point?.value ?? 0), 0),
      peakScore: inside.reduce((most, point) => Math.max(most, (point?.score ?? 0) * sign), 0),
      outside: last - first + 1,
    });
    first = last + 1;
  }
  return runs;
}

function isMaterial(run: StrangeRun, setting: RunSetting): boolean {
  const excess = Math.abs(run.actual - run.expected);
  if (run.outside < setting.leastOutside && run.peakScore < setting.loneScore) return false;
  return excess >= setting.leastExcess && excess >= setting.leastShare * run.expected;
}
