/** The geometry of a tornado: how far the result goes when one driver alone goes from its low to its high. */
import type { Reading } from './reading.ts';

export interface TornadoRow {
  readonly key: string;
  readonly label: string;
  /** The result where the driver is low, and where it is high. */
  readonly low: Reading;
  readonly high: Reading;
}

export function swingOf({ low, high }: Pick<TornadoRow, 'low' | 'high'>): number {
  return Math.abs(high.at - low.at);
}

/** The largest swing above; equal ones keep their order. */
export function bySwing<Row extends Pick<TornadoRow, 'low' | 'high'>>(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => swingOf(b) - swingOf(a));
}

/** The base is the middle, so that left and right can be compared by eye. */
export function tornadoDomain(
  rows: readonly Pick<TornadoRow, 'low' | 'high'>[],
  base: number,
): [number, number] {
  const reach = Math.max(
    0,
    ...rows.flatMap(({ low, high }) => [low.at, high.at]).map((at) => Math.abs(at - base)),
  );
  return reach === 0 ? [base - 1, base + 1] : [base - reach, base + reach];
}
