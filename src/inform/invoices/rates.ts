/**
 * Rates that a statement billed, found from costs that were rounded: every key-day says an interval that its rate must
 * lie in; days follow each other as long as their intervals meet. The simplest decimal where all meet is the rate.
 */
import { divideRounded } from '../../units/money.ts';
import type { Picodollars } from '../../units/money.ts';
import type { Cell } from './match.ts';

/** How costs of a statement's rows are rounded: to multiples of `quantum` picodollars, up, or to the nearest. */
export interface RoundingRule {
  readonly quantum: Picodollars;
  readonly mode: 'up' | 'nearest';
  /** Rows whose amounts are such multiples, and how many of them only rounding up gives. */
  readonly rows: number;
}

/** Rates are compared in picodollars per 1,000,000 units, times this: a rate in whole picodollars is not fine enough. */
const FINE = 1_000_000n;
const MILLION = 1_000_000n;
const QUANTA = [10_000_000_000n, 1_000_000_000n, 100_000_000n, 10_000_000n] as const;

/** The coarsest quantum that all rows are multiples of, once there are enough rows to tell. */
export function quantumOf(costs: readonly Picodollars[]): Picodollars {
  const stated = costs.filter((cost) => cost !== 0n);
  if (stated.length < 20) return 1n;
  return QUANTA.find((quantum) => stated.every((cost) => cost % quantum === 0n)) ?? 1n;
}

/** Exact cost of units at a rate per million. */
export function costAt(units: bigint, rate: Picodollars): Picodollars {
  return divideRounded(units * rate, MILLION);
}

export interface BilledRate {
  /** Picodollars per million units. */
  readonly rate: Picodollars;
  readonly fromDay: string;
  readonly days: number;
}

interface Interval {
  readonly low: bigint;
  readonly high: bigint;
}

/** The rates at which a series of keys (the same but for the day, in its order) was billed, key by key. */
export function billedRates(
  series: readonly Cell[],
  quantum: Picodollars,
  expected: readonly Picodollars[],
): ReadonlyMap<string, BilledRate> {
  const rates = new Map<string, BilledRate>();
  let run: Cell[] = [];
  let meet: Interval | undefined;
  const close = (): void => {
    if (meet === undefined || run.length === 0) return;
    const own = expected.find((rate) => within(rate * FINE, meet as Interval));
    const rate = own ?? simplest(meet);
    for (const cell of run) rates.set(cell.id, { rate, fromDay: run[0]?.key.day ?? '', days: run.length });
  };
  for (const cell of series) {
    const interval = intervalOf(cell, quantum);
    if (interval === undefined) continue;
    const both: Interval | undefined = meet && {
      low: max(meet.low, interval.low),
      high: min(meet.high, interval.high),
    };
    if (both !== undefined && both.low <= both.high && staysExpected(meet, both, expected)) {
      meet = both;
      run.push(cell);
      continue;
    }
    close();
    run = [cell];
    meet = interval;
  }
  close();
  return rates;
}

/** A run that the ledger's own rate explains ends where that rate no longer does, however wide the days' intervals are. */
function staysExpected(
  before: Interval | undefined,
  both: Interval,
  expected: readonly Picodollars[],
): boolean {
  return expected.every(
    (rate) => before === undefined || !within(rate * FINE, before) || within(rate * FINE, both),
  );
}

function intervalOf({ units, cost, lines }: Cell, quantum: Picodollars): Interval | undefined {
  if (units === null || units <= 0n || cost === null) return undefined;
  // Without a rule, a row is still rounded to the picodollar; a sum of calls may be off by one for each of a few thousand.
  const slack = quantum === 1n ? BigInt(lines.length) * 5_000n : quantum * BigInt(lines.length);
  return {
    low: floorDivide((cost - slack) * MILLION * FINE, units),
    high: floorDivide((cost + slack) * MILLION * FINE, units) + 1n,
  };
}

function within(value: bigint, { low, high }: Interval): boolean {
  return value >= low && value <= high;
}

/** The decimal with the fewest digits in an interval: prices are round. */
function simplest({ low, high }: Interval): Picodollars {
  for (let step = 10n ** 20n; step > FINE; step /= 10n) {
    for (const fine of [step, step / 2n, step / 4n]) {
      const found = ceilDivide(low, fine) * fine;
      if (found <= high && found > 0n && found % FINE === 0n) return found / FINE;
    }
  }
  return divideRounded((low + high) / 2n, FINE);
}

function floorDivide(left: bigint, right: bigint): bigint {
  const quotient = left / right;
  return left % right !== 0n && left < 0n ? quotient - 1n : quotient;
}

function ceilDivide(left: bigint, right: bigint): bigint {
  return -floorDivide(-left, right);
}

function max(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}

function min(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}
