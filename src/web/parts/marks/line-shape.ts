/** The geometry of a line with an interval: its stretches, the places where nothing was measured, and a fitting axis. */
import { clampedMiddle, textWidth } from './reading.ts';
import type { Reading } from './reading.ts';

export interface LinePoint {
  readonly key: string;
  /** `28 Sep`. */
  readonly label: string;
  /** Undefined: not measured. Unknown is not zero, so no line is drawn there. */
  readonly value: Reading | undefined;
  readonly interval?: readonly [Reading, Reading];
  /** Not yet: dashed, its interval hatched. */
  readonly forecast?: boolean;
}

/** First and last place of something, both inside. */
export type Stretch = readonly [number, number];

/** Where the line is drawn, and where it is not; together every point, once. */
export function stretchesOf(points: readonly Pick<LinePoint, 'value'>[]): {
  readonly measured: readonly Stretch[];
  readonly gaps: readonly Stretch[];
} {
  const measured: Stretch[] = [];
  const gaps: Stretch[] = [];
  let from = 0;
  for (let at = 1; at <= points.length; at += 1) {
    const isKnown = points[from]?.value !== undefined;
    if (at < points.length && (points[at]?.value !== undefined) === isKnown) continue;
    (isKnown ? measured : gaps).push([from, at - 1]);
    from = at;
  }
  return { measured, gaps };
}

/** A stretch in what was and what is forecast; they meet at the last point that was, so that the line does not break. */
export function partsOf(
  [from, to]: Stretch,
  points: readonly Pick<LinePoint, 'forecast'>[],
): ReadonlyArray<{ readonly stretch: Stretch; readonly forecast: boolean }> {
  const first = points.findIndex(({ forecast }, at) => at >= from && forecast === true);
  if (first === -1 || first > to) return [{ stretch: [from, to], forecast: false }];
  if (first === from) return [{ stretch: [from, to], forecast: true }];
  return [
    { stretch: [from, first - 1], forecast: false },
    { stretch: [first - 1, to], forecast: true },
  ];
}

/** From zero, or below where something is below, to the highest of all. */
export function lineDomain(points: readonly LinePoint[], others: readonly number[]): [number, number] {
  const levels = points.flatMap(({ value, interval = [] }) => [
    ...(value === undefined ? [] : [value.at]),
    ...interval.map(({ at }) => at),
  ]);
  const all = [0, ...levels, ...others];
  const [least, most] = [Math.min(...all), Math.max(...all)];
  return most === least ? [least, least + 1] : [least, most];
}

/** Ticks of one precision: as many decimals as their distance needs. */
export function tickDecimals(ticks: readonly number[]): number {
  const step = Math.abs((ticks[1] ?? 1) - (ticks[0] ?? 0));
  if (step === 0 || step >= 1) return 0;
  return Math.min(8, Math.ceil(-Math.log10(step) - 1e-9));
}

/** From the first point to the last; a single one stands in the middle, away from the figures of the axis. */
export function placeDomain(points: number): [number, number] {
  return points === 1 ? [-1, 1] : [0, Math.max(points - 1, 1)];
}

/** Between two labels, and between a label and a line. */
const GAP = 6;
const LINE_HEIGHT = 14;

export interface PlacedText {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** Labels of the axis around their points, each within the room; one that would touch the one before is left out. */
export function labelsAlong(
  labels: readonly string[],
  x: (at: number) => number,
  room: readonly [number, number],
): ReadonlyArray<{ readonly at: number; readonly x: number }> {
  let end = -Infinity;
  return labels.flatMap((text, at) => {
    const middle = clampedMiddle(x(at), text, room);
    const half = textWidth(text) / 2;
    if (middle - half < end + GAP) return [];
    end = middle + half;
    return [{ at, x: middle }];
  });
}

interface Valued {
  readonly text: string;
  readonly x: number;
  /** Of its interval: the higher end has the smaller y. */
  readonly high: number;
  readonly low: number;
}

/**
 * Where the figure of a line's end stands, by its middle: over its interval, else under it, within the room, and not in the
 * way of a text that ends at the right edge of the room.
 */
export function valuePlace(
  { text, x, high, low }: Valued,
  room: { readonly x: readonly [number, number]; readonly y: readonly [number, number] },
  other: { readonly y: number; readonly text: string } | undefined,
): PlacedText {
  // It ends at its point where there is room: a line comes from the left.
  const middle = clampedMiddle(x - textWidth(text) / 2, text, room.x);
  const touches = (y: number): boolean =>
    other !== undefined &&
    Math.abs(y - other.y) < LINE_HEIGHT &&
    middle + textWidth(text) / 2 + GAP > room.x[1] - textWidth(other.text);
  const fits = (y: number): boolean => y - LINE_HEIGHT >= room.y[0] && y <= room.y[1] && !touches(y);
  const beside = (other?.y ?? 0) - LINE_HEIGHT;
  // Below zero the end of the interval that was given first may be the higher one.
  const [over, under] = [Math.min(high, low) - 8, Math.max(high, low) + 16];
  const y = [over, under, beside, beside + 2 * LINE_HEIGHT].find(fits) ?? over;
  return { x: middle, y, text };
}
