/** What a bar chart of spend is given. */
import { compactMoney } from '../compact.ts';
import type { BarNote } from './note-shape.ts';

/** Picodollars in a dollar, for lengths only. */
export const DOLLAR = 1e12;

export interface BarBucket {
  readonly key: string;
  /** `12 Nov`, `14:00`. */
  readonly label: string;
  readonly partial: boolean;
  /** Not yet: its amounts are a forecast and hatched. */
  readonly forecast?: boolean;
  /** Nothing was measured in it: hatched over its whole height, since unknown is not zero. */
  readonly unknown?: boolean;
  /** Picodollars that a partial bucket is expected to come to; the rest is dotted. */
  readonly expected?: bigint;
}

export interface BarSeries {
  readonly name: string;
  readonly label: string;
  /** Class of its hue: `k1` to `k8`, `k0`. */
  readonly hue: string;
  /** Picodollars, one per bucket. */
  readonly amounts: readonly bigint[];
}

export interface SpendBarsProps {
  readonly buckets: readonly BarBucket[];
  readonly series: readonly BarSeries[];
  /** The compared period, bucket by bucket; undefined where it has none. */
  readonly ghost?: readonly (bigint | undefined)[];
  /** What happened, and in which bucket. */
  readonly notes?: readonly BarNote[];
  /** The series that is looked at, from here or from the table. */
  readonly lit: string | undefined;
  readonly onLit: (name: string | undefined) => void;
  readonly onOpen: (bucket: number, series: string | undefined) => void;
  readonly onRange?: (first: number, last: number) => void;
  readonly kind: 'bars' | 'cumulative';
  /** A sentence made of the same data. */
  readonly caption: string;
  readonly height?: number;
}

/** Money in what is said of a mark. */
export function barMoney(amount: bigint): string {
  return compactMoney(Number(amount) / DOLLAR);
}
