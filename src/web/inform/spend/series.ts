/** What the bars are made of: the largest values by bucket, and the rest of each bucket as one more. Exact, in picodollars. */
import type { LedgerAnswer } from '../../../api/contract.ts';
import { parseDollars } from '../../../units/money.ts';
import type { Bucket } from './buckets.ts';

export interface SpendSeries {
  /** The value; empty for the unattributed. */
  readonly name: string;
  /** Everything that has no series of its own. */
  readonly rest: boolean;
  /** Picodollars, one per bucket. */
  readonly amounts: readonly bigint[];
}

interface Parts {
  readonly buckets: readonly Bucket[];
  /** By bucket. */
  readonly totals: LedgerAnswer;
  /** By bucket and value, at least of the named values. */
  readonly cells: LedgerAnswer;
  /** Values with a series of their own, the largest first. */
  readonly names: readonly string[];
}

/** In each bucket the series add up to its total, which is the server's. */
export function seriesOf({ buckets, totals, cells, names }: Parts): SpendSeries[] {
  const totalOf = new Map(
    totals.rows.map(({ group, figures }) => [group[0] ?? '', parseDollars(figures.cost ?? '0')]),
  );
  const cellOf = new Map(
    cells.rows.map(({ group, figures }) => [JSON.stringify(group), parseDollars(figures.cost ?? '0')]),
  );
  const named = names.map((name) => ({
    name,
    rest: false,
    amounts: buckets.map(({ key }) => cellOf.get(JSON.stringify([key, name])) ?? 0n),
  }));
  const rest = buckets.map(({ key }, at) =>
    named.reduce((left, { amounts }) => left - (amounts[at] ?? 0n), totalOf.get(key) ?? 0n),
  );
  const isEmpty = rest.every((amount) => amount === 0n);
  return isEmpty ? named : [...named, { name: '', rest: true, amounts: rest }];
}

/** The course of the whole, from the parts that add up to it. */
export function totalsOf(series: readonly SpendSeries[]): bigint[] {
  const buckets = series[0]?.amounts.length ?? 0;
  return Array.from({ length: buckets }, (_, at) =>
    series.reduce((sum, { amounts }) => sum + (amounts[at] ?? 0n), 0n),
  );
}
