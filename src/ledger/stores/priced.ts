/** The prices of a charge as cells: what each bucket cost, and what it would have cost at list. */
import type { Charge } from '../../gateway/call.ts';
import type { PricedBucket } from '../../prices/prices.ts';
import { divideRounded } from '../../units/money.ts';
import type { Picodollars } from '../../units/money.ts';
import type { LineDraft } from './column.ts';

/** One value per priced bucket. */
export function pricedList(write: (bucket: PricedBucket) => string): (draft: LineDraft) => string {
  return ({ charge }) => (charge.cost.kind === 'unpriced' ? '[]' : listOf(charge.cost.buckets, write));
}

function listOf(buckets: readonly PricedBucket[], write: (bucket: PricedBucket) => string): string {
  let list = '';
  for (const bucket of buckets) list += list === '' ? write(bucket) : `,${write(bucket)}`;
  return `[${list}]`;
}

/** One value per priced bucket; none at all where list is what was paid, which is nearly always. */
export function listArray(write: (bucket: PricedBucket) => string): (draft: LineDraft) => string {
  return ({ charge }) => (hasListPrices(charge) ? listOf(charge.cost.buckets, write) : '[]');
}

type PricedCharge = Charge & { readonly cost: Extract<Charge['cost'], { readonly kind: 'priced' }> };

function hasListPrices(charge: Charge): charge is PricedCharge {
  return charge.cost.kind === 'priced' && charge.cost.buckets.some(isOffList);
}

function isOffList({ rate, listRate }: PricedBucket): boolean {
  return listRate !== undefined && listRate !== rate;
}

export function listGap(charge: Charge): Picodollars {
  if (!hasListPrices(charge)) return 0n;
  return charge.cost.buckets.reduce((gap, one) => gap + listCostOf(one) - one.cost, 0n);
}

const UNITS_PER_RATE = 1_000_000n;

/** Rounded like the cost itself, so that a bucket at list costs what it costs. */
export function listCostOf(one: PricedBucket): Picodollars {
  return isOffList(one) ? divideRounded(BigInt(one.units) * (one.listRate ?? 0n), UNITS_PER_RATE) : one.cost;
}
