/** The geometry of intervals on one axis: what it reaches over, and on which side of a limit an interval lies. */
import type { Reading } from './reading.ts';

export interface IntervalRow {
  readonly key: string;
  readonly label: string;
  readonly low: Reading;
  readonly at: Reading;
  readonly high: Reading;
}

/** A little wider than what it shows, so that no mark stands on the edge. */
export function intervalDomain(
  rows: readonly Omit<IntervalRow, 'key' | 'label'>[],
  others: readonly number[],
): [number, number] {
  const all = [...rows.flatMap(({ low, at, high }) => [low.at, at.at, high.at]), ...others];
  if (all.length === 0) return [0, 1];
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const pad = (most - least) * 0.06 || Math.abs(most) * 0.06 || 1;
  return [least - pad, most + pad];
}

/** Only a whole interval can be on one side; one that holds the limit is undecided. */
export function sideOf(
  { low, high }: Pick<IntervalRow, 'low' | 'high'>,
  limit: number,
): 'below' | 'above' | 'undecided' {
  if (high.at < limit) return 'below';
  if (low.at > limit) return 'above';
  return 'undecided';
}
