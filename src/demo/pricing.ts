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
  /** Picodollars of one unit where that is a whole number, so that a cost needs no division; else 0. */
  readonly ofOne: number;
}

export interface Rates {
  readonly version: string;
  /** @throws RangeError when the book has no price: the demo's lines are all priced. */
  rateOf(model: Model, tier: string, bucket: Bucket, atMs: number): Rate;
}

interface Day {
  readonly day: number;
  readonly tiers: Record<string, { [bucket in Bucket]?: Rate }>;
}

/**
 * All prices of the demo change at midnight UTC and none depends on the size of a request, so a day's rates are the same
 * for all its lines. Equal rates are one object, whatever the day.
 * @param list the same book without the discount that the company agreed on
 */
export function openRates(data: PriceBookData, list: PriceBookData): Rates {
  const books = [openPriceBook(data), openPriceBook(list)] as const;
  const known = new Map<Model, Day>(); // lines come in order of time, so of each model the last day is enough
  const look = (book: PriceBook, model: Model, tier: string, bucket: Bucket, atMs: number): Picodollars => {
    const cost = priceUsage(book, model, tier, { [bucket]: 1 }, atMs);
    const rate = cost.kind === 'priced' ? cost.buckets[0]?.rate : undefined;
    if (rate === undefined) throw new RangeError(`the demo has no price for ${bucket} of ${model.name}`);
    return rate;
  };
  const distinct = new Map<string, Rate>();
  const rateOn = (model: Model, tier: string, bucket: Bucket, atMs: number): Rate => {
    const [rate, listRate] = books.map((book) => look(book, model, tier, bucket, atMs)) as [bigint, bigint];
    const id = `${rate} ${listRate}`;
    const found = distinct.get(id);
    if (found !== undefined) return found;
    const ofOne = rate % UNITS_PER_RATE === 0n ? Number(rate / UNITS_PER_RATE) : 0;
    const made = { rate, listRate, ofOne };
    distinct.set(id, made);
    return made;
  };
  return {
    version: data.version,
    rateOf(model, tier, bucket, atMs) {
      const day = Math.floor(atMs / DAY_MS);
      let ofDay = known.get(model);
      if (ofDay?.day !== day) known.set(model, (ofDay = { day, tiers: {} }));
      const rates = (ofDay.tiers[tier] ??= {});
      return (rates[bucket] ??= rateOn(model, tier, bucket, atMs));
    },
  };
}

/** `costOf`, sooner where the rate allows it: millions of buckets are priced. */
export function costAt(units: number, { rate, ofOne }: Rate): Picodollars {
  const cost = units * ofOne;
  return ofOne > 0 && cost <= Number.MAX_SAFE_INTEGER ? BigInt(cost) : costOf(units, rate);
}

/** units × rate ÷ 1,000,000, rounded half to even: how every line of the ledger is priced. */
export function costOf(units: number, rate: Picodollars): Picodollars {
  return divideRounded(BigInt(units) * rate, UNITS_PER_RATE);
}
