/**
 * How an intent is kept in the journal: its JSON, with money as decimal strings of picodollars. Named fields, not
 * positions: a field that the contract gains is kept without a change here, and money in a new place fails loudly.
 */
import type { Intent } from '../../gateway/call.ts';
import type { Cost, PricedBucket } from '../../prices/prices.ts';

type StoredCost =
  | { readonly kind: 'priced'; readonly total: string; readonly buckets: readonly StoredBucket[] }
  | Extract<Cost, { kind: 'unpriced' }>;
type StoredBucket = Omit<PricedBucket, 'rate' | 'cost'> & { readonly rate: string; readonly cost: string };
type StoredIntent = Omit<Intent, 'presumed'> & {
  readonly presumed: { readonly usage: Intent['presumed']['usage']; readonly cost: StoredCost };
};

export function encodeIntent(intent: Intent): string {
  const { usage, cost } = intent.presumed;
  return JSON.stringify({ ...intent, presumed: { usage, cost: storeCost(cost) } } satisfies StoredIntent);
}

/** @throws SyntaxError when the text is not an encoded intent; its checksum was right, so that is a defect. */
export function decodeIntent(text: string): Intent {
  const stored = JSON.parse(text) as StoredIntent;
  const { usage, cost } = stored.presumed;
  return { ...stored, presumed: { usage, cost: restoreCost(cost) } };
}

function storeCost(cost: Cost): StoredCost {
  if (cost.kind === 'unpriced') return cost;
  return {
    kind: 'priced',
    total: cost.total.toString(),
    buckets: cost.buckets.map((bucket) => ({
      bucket: bucket.bucket,
      units: bucket.units,
      rate: bucket.rate.toString(),
      cost: bucket.cost.toString(),
    })),
  };
}

function restoreCost(stored: StoredCost): Cost {
  if (stored.kind === 'unpriced') return stored;
  return {
    kind: 'priced',
    total: BigInt(stored.total),
    buckets: stored.buckets.map((bucket) => ({
      ...bucket,
      rate: BigInt(bucket.rate),
      cost: BigInt(bucket.cost),
    })),
  };
}
