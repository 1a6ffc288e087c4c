/** Prices demo usage by the price book that the product itself prices by. */
import type { Cost, PriceBook } from '../prices/prices.ts';
import type { Usage } from '../units/tokens.ts';
import type { Model } from './lanes.ts';

export function priceUsage(
  book: PriceBook,
  model: Model,
  tier: string,
  usage: Usage,
  atMs: number,
): Cost {
  return book.price({
    provider: model.provider,
    model: model.name,
    usage,
    atMs,
    serviceTier: tier,
    geo: '',
  });
}
