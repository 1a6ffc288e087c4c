/**
 * One charge of a FOCUS file before it belongs to a version: the internal row. And how groups of the ledger become
 * charges: what is the same charge is one row, what has no price is no row at all.
 */
import { BUCKETS } from '../../units/tokens.ts';
import type { Bucket } from '../../units/tokens.ts';
import type { AllocatedShare, AllocationOf } from './allocation.ts';
import { divideRounded, parseDollars } from '../../units/money.ts';
import type { Picodollars } from '../../units/money.ts';

/** A group of the ledger's answer, by name. */
export interface UseGroup {
  readonly fromMs: number;
  readonly toMs: number;
  readonly provider: string;
  readonly account: string;
  readonly region: string;
  readonly model: string;
  readonly serviceTier: string;
  /** `''` for what a line costs beyond its buckets. */
  readonly bucket: string;
  /** Dollars per million units; `''` where there is no price. */
  readonly rate: string;
  readonly cause: string;
  /** The decision behind it; empty unless allocations were asked for. */
  readonly correction: string;
  readonly forMonth: string;
  /** Workflow, team, customer and the tags that were asked for; `''` is not a tag. */
  readonly tags: Readonly<Record<string, string>>;
  readonly units: number;
  readonly lines: number;
  readonly cost: string;
  readonly listCost: string;
}

/** What is paid for: units of a bucket at a price, or an amount of money alone. */
export type Priced =
  | {
      readonly kind: 'units';
      readonly bucket: Bucket;
      readonly units: bigint;
      /** Picodollars per million units: agreed with the provider, and on its public list. */
      readonly rate: Picodollars;
      readonly listRate: Picodollars;
    }
  | { readonly kind: 'amount' };

export interface Charge {
  readonly fromMs: number;
  readonly toMs: number;
  readonly provider: string;
  readonly account: string;
  readonly region: string;
  readonly model: string;
  readonly serviceTier: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly priced: Priced;
  /** What the ledger says that it costs, to the picodollar. */
  readonly cost: Picodollars;
  /** A correction of a month that was closed; null on everything else. */
  readonly correction: { readonly cause: string; readonly month: string } | null;
  /** The part of a shared cost that it is; undefined on everything else. */
  readonly allocated: AllocatedShare | undefined;
}

/** Units without a price, which are no charge: nobody knows what they cost, so a row of 0 would be a lie. */
export interface Unpriced {
  readonly provider: string;
  readonly model: string;
  readonly bucket: string;
  readonly units: bigint;
}

const UNITS_PER_RATE = 1_000_000n;

/** Charges of one slice of time, and what was left out for want of a price. The costs of the charges sum to those of the groups. */
export function chargesOf(
  groups: readonly UseGroup[],
  allocationOf: AllocationOf = () => undefined,
): {
  readonly charges: readonly Charge[];
  readonly unpriced: readonly Unpriced[];
} {
  const sums = new Map<string, Sum>();
  const unpriced: Unpriced[] = [];
  for (const group of groups) {
    const cost = parseDollars(group.cost);
    if (isBucket(group.bucket) && group.rate === '' && cost === 0n) {
      const { provider, model, bucket } = group;
      if (group.units !== 0) unpriced.push({ provider, model, bucket, units: BigInt(group.units) });
      continue;
    }
    addUp(sums, group, cost, allocationOf(group));
  }
  return { charges: [...sums.values()].filter(isSomething).map(toCharge), unpriced };
}

interface Sum {
  readonly group: UseGroup;
  readonly allocated: AllocatedShare | undefined;
  units: bigint;
  lines: number;
  cost: Picodollars;
  listCost: Picodollars;
}

/** A correction within an open month is part of what it corrects; only one of a closed month stands apart. */
function addUp(
  sums: Map<string, Sum>,
  group: UseGroup,
  cost: Picodollars,
  allocated: AllocatedShare | undefined,
): void {
  const { fromMs, provider, account, region, model, serviceTier, bucket, rate, forMonth, tags } = group;
  const apart = forMonth === '' ? [] : [forMonth, group.cause];
  const key = JSON.stringify([
    fromMs,
    provider,
    account,
    region,
    model,
    serviceTier,
    bucket,
    rate,
    apart,
    tags,
    allocated?.correction,
  ]);
  const sum = sums.get(key) ?? { group, allocated, units: 0n, lines: 0, cost: 0n, listCost: 0n };
  sum.units += BigInt(group.units);
  sum.lines += group.lines;
  sum.cost += cost;
  sum.listCost += parseDollars(group.listCost);
  sums.set(key, sum);
}

/** What was taken back to the last unit and picodollar never happened. */
function isSomething({ units, cost, listCost }: Sum): boolean {
  return units !== 0n || cost !== 0n || listCost !== 0n;
}

function toCharge({ group, allocated, units, lines, cost, listCost }: Sum): Charge {
  const { fromMs, toMs, provider, account, region, model, serviceTier, tags, cause, forMonth } = group;
  return {
    fromMs,
    toMs,
    provider,
    account,
    region,
    model,
    serviceTier,
    tags,
    cost,
    allocated,
    priced: pricedOf(group, units, { cost, listCost, lines }),
    correction: forMonth === '' ? null : { cause, month: forMonth },
  };
}

function pricedOf(
  { bucket, rate: rateText }: UseGroup,
  units: bigint,
  sums: { readonly cost: Picodollars; readonly listCost: Picodollars; readonly lines: number },
): Priced {
  if (!isBucket(bucket) || rateText === '' || units === 0n) return { kind: 'amount' };
  const rate = parseDollars(rateText);
  const { cost, listCost, lines } = sums;
  return {
    kind: 'units',
    bucket,
    units,
    rate,
    listRate: cost === listCost ? rate : listRateOf(units, listCost, lines),
  };
}

/**
 * The list price behind a sum of costs at list, each of them rounded to a picodollar: of all prices that would round
 * to this sum, the one with the fewest digits, for lists have few.
 */
export function listRateOf(units: bigint, listCost: Picodollars, lines: number): Picodollars {
  const size = units < 0n ? -units : units;
  const scaled = (units < 0n ? -listCost : listCost) * UNITS_PER_RATE;
  const exact = divideRounded(scaled, size);
  if (exact <= 0n) return 0n;
  const tolerance = BigInt(Math.max(1, lines)) * UNITS_PER_RATE;
  for (let step = 10n ** BigInt(exact.toString().length); step > 1n; step /= 10n) {
    const rounded = divideRounded(exact, step) * step;
    const off = rounded * size - scaled;
    if (rounded > 0n && (off < 0n ? -off : off) <= tolerance) return rounded;
  }
  return exact;
}

function isBucket(name: string): name is Bucket {
  return Object.hasOwn(BUCKETS, name);
}
