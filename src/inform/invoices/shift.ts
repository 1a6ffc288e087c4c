/** Whether the statement's days are those of another time zone: then the ledger's hours, counted by its days, fit far better. */
import type { LedgerFact } from './facts.ts';
import type { SourcedLine } from './match.ts';
import { dayOfMs } from './match.ts';
import { classOfBucket } from './names.ts';

const HOUR_MS = 3_600_000;
const MOST_HOURS = 14;

export interface Shift {
  /** Hours that the statement's day begins after the UTC one. */
  readonly hours: number;
  readonly before: bigint;
  readonly after: bigint;
}

/**
 * Compares whole days by token class. Only sums are needed here, and a month has few hours.
 * @param facts of the month and of the day around it; @param inMonth whether an instant counts.
 */
export function findShift(
  facts: readonly LedgerFact[],
  lines: readonly SourcedLine[],
  inMonth: (atMs: number) => boolean,
): Shift | undefined {
  if (lines.every(({ monthly }) => monthly)) return undefined;
  const counts = lines.some(({ units }) => units !== null);
  const hours = hourSums(facts, counts);
  const stated = statedSums(lines, counts);
  const scoreAt = (offset: number): bigint => score(hours, stated, offset, inMonth);
  const before = scoreAt(0);
  let best: Shift = { hours: 0, before, after: before };
  for (let offset = -MOST_HOURS; offset <= MOST_HOURS && before > 0n; offset += 1) {
    const after = scoreAt(offset);
    if (after < best.after) best = { hours: offset, before, after };
  }
  return best.hours !== 0 && best.after * 4n <= before ? best : undefined;
}

/** Facts as a day that begins so many hours later counts them. */
export function shifted(
  facts: readonly LedgerFact[],
  hours: number,
  inMonth: (atMs: number) => boolean,
): LedgerFact[] {
  return facts
    .map((fact) => (hours === 0 ? fact : { ...fact, atMs: fact.atMs - hours * HOUR_MS }))
    .filter(({ atMs }) => inMonth(atMs));
}

interface HourSum {
  readonly atMs: number;
  readonly name: string;
  sum: bigint;
}

function hourSums(facts: readonly LedgerFact[], counts: boolean): readonly HourSum[] {
  const sums = new Map<string, HourSum>();
  for (const { atMs, bucket, units, cost } of facts) {
    const name = counts ? wide(classOfBucket(bucket)) : '';
    const id = `${atMs} ${name}`;
    const hour = sums.get(id) ?? { atMs, name, sum: 0n };
    hour.sum += counts ? units : cost;
    sums.set(id, hour);
  }
  return [...sums.values()];
}

/** Costs and reports of use may both count: whichever counts more is compared. */
function statedSums(lines: readonly SourcedLine[], counts: boolean): ReadonlyMap<string, bigint> {
  const [costs, reports] = [true, false].map((priced) => {
    const sums = new Map<string, bigint>();
    for (const { day, bucket, units, cost } of lines) {
      if ((cost !== null) !== priced) continue;
      const id = `${day} ${counts ? wide(bucket ?? '') : ''}`;
      sums.set(id, (sums.get(id) ?? 0n) + ((counts ? units : cost) ?? 0n));
    }
    return sums;
  }) as [Map<string, bigint>, Map<string, bigint>];
  return [...costs.values()].some((sum) => sum !== 0n) ? costs : reports;
}

function wide(name: string): string {
  return name.startsWith('cacheWrite') ? 'cacheWrite' : name;
}

function score(
  hours: readonly HourSum[],
  stated: ReadonlyMap<string, bigint>,
  offset: number,
  inMonth: (atMs: number) => boolean,
): bigint {
  const gaps = new Map(stated);
  for (const { atMs, name, sum } of hours) {
    const at = atMs - offset * HOUR_MS;
    if (!inMonth(at)) continue;
    const id = `${dayOfMs(at)} ${name}`;
    gaps.set(id, (gaps.get(id) ?? 0n) - sum);
  }
  return [...gaps.values()].reduce((total, gap) => total + (gap < 0n ? -gap : gap), 0n);
}
