/**
 * The price book: dated, versioned prices; usage × price = cost. Pure.
 * STUB REPLACED BY THE PRICES WORK; the exported names and types are the contract.
 */
import type { Picodollars } from '../units/money.ts';
import type { Bucket, Usage } from '../units/tokens.ts';

/** One priced bucket of a charge: `cost = units × rate ÷ 1,000,000`, rounded half to even to a picodollar. */
export interface PricedBucket {
  readonly bucket: Bucket;
  readonly units: number;
  /** Picodollars per million units. */
  readonly rate: Picodollars;
  readonly cost: Picodollars;
}

/** Unpriced is a state, never zero: `missing` names the buckets that had units and no price (empty: the model is unknown). */
export type Cost =
  | { readonly kind: 'priced'; readonly total: Picodollars; readonly buckets: readonly PricedBucket[] }
  | { readonly kind: 'unpriced'; readonly missing: readonly Bucket[] };


export interface PriceBookData { readonly version: string }
export interface PriceBook {
  readonly version: string;
  /** Prices a usage at a time. `serviceTier` and `geo` are those the provider returned; empty when it said nothing. */
  price(ask: { provider: string; model: string; usage: Usage; atMs: number; serviceTier: string; geo: string }): Cost;
}
export function openPriceBook(data: PriceBookData): PriceBook {
  return { version: data.version, price: () => ({ kind: 'unpriced', missing: [] }) };
}
