/** The geometry of a back-test: an axis that shows misses and not the distance from zero, and what is written beside a miss. */

export interface BacktestPoint {
  readonly key: string;
  readonly label: string;
  readonly low: number;
  readonly high: number;
  readonly forecast: number;
  readonly actual: number;
  readonly inside: boolean;
  /** `−6.8%`. */
  readonly error: string;
  /** All four as figures. */
  readonly said: string;
}

const ROOM = 0.12;

/** From the least to the most of all with some room; an axis of a back-test need not begin at zero, since nothing is stacked on it. */
export function backtestDomain(
  points: readonly Pick<BacktestPoint, 'low' | 'high' | 'actual'>[],
): [number, number] {
  const all = points.flatMap(({ low, high, actual }) => [low, high, actual]);
  if (all.length === 0) return [0, 1];
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const room = (most - least || Math.abs(most) || 1) * ROOM;
  return [least >= 0 ? Math.max(0, least - room) : least - room, most + room];
}

/** Every label, or every second, third … where there is no room for all. */
export function everyNth(count: number, slot: number, width: number): number {
  return count === 0 ? 1 : Math.max(1, Math.ceil(width / Math.max(slot, 1)));
}
