/** Rates of the demo's price book by model, tier and day, so that a line is priced by multiplying and nothing else. */
import { openPriceBook } from '../prices/prices.ts';
import type { Cost, PriceBook, PriceBookData } from '../prices/prices.ts';
import { divideRounded } from '../units/money.ts';
import type { Picodollars } from '../units/money.ts';
import type { Bucket, Usage } from '../units/tokens.ts';
import { DAY_MS } from './calendar.ts';
import type { Model } from './lanes.ts';

const UNITS_PER_RATE = 1_000_000n;

export function priceUsage(book: PriceBook, model: Model, tier: string, usage: Usage, atMs: number): Cost {
  return book.price({
    provider: model.provider,
    model: model.name,
    usage,
    atMs,
    serviceTier: tier,
    geo: '',
  });
}

export interface Rate {
  /** Picodollars per million units. */
  readonly rate: Picodollars;
  /** The same at list prices. */
  readonly listRate: Picodollars;
}

export interface Rates {
  readonly version: string;
  /** @throws RangeError when the book has no price: the demo's lines are all priced. */
  rateOf(model: Model, tier: string, bucket: Bucket, atMs: number): Rate;
}

/**
 * All prices of the demo change at midnight UTC and none depends on the size of a request, so a day's rates are the same
 * for all its lines.
 * @param list the same book without the discount that the company agreed on
 */
export function openRates(data: PriceBookData, list: PriceBookData): Rates {
  const books = [openPriceBook(data), openPriceBook(list)] as const;
  const known = new Map<Model, Map<string, Rate>>();
  const look = (book: PriceBook, model: Model, tier: string, bucket: Bucket, atMs: number): Picodollars => {
    const cost = priceUsage(book, model, tier, { [bucket]: 1 }, atMs);
    const rate = cost.kind === 'priced' ? cost.buckets[0]?.rate : undefined;
    if (rate === undefined) throw new RangeError(`the demo has no price for ${bucket} of ${model.name}`);
    return rate;
  };
  return {
    version: data.version,
    rateOf(model, tier, bucket, atMs) {
      let ofModel = known.get(model);
      if (ofModel === undefined) known.set(model, (ofModel = new Map()));
      const id = `${Math.floor(atMs / DAY_MS)} ${bucket} ${tier}`;
      let found = ofModel.get(id);
      if (found === undefined) {
        const [agreed, listed] = books;
        found = {
          rate: look(agreed, model, tier, bucket, atMs),
          listRate: look(listed, model, tier, bucket, atMs),
        };
        ofModel.set(id, found);
      }
      return found;
    },
  };
}

/** units × rate ÷ 1,000,000, rounded half to even: how every line of the ledger is priced. */
export function costOf(units: number, rate: Picodollars): Picodollars {
  return divideRounded(BigInt(units) * rate, UNITS_PER_RATE);
}
