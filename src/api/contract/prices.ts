/** The price book in the API. */
import { z } from '@hono/zod-openapi';

import { count, money } from './words.ts';

export const Price = z
  .object({
    provider: z.string(),
    model: z.string(),
    origin: z.enum(['list', 'override']),
    source: z.string().openapi({ description: 'The edition of the list, or the settings.' }),
    from: z
      .string()
      .nullable()
      .openapi({ description: 'ISO date or instant from which it holds; null: always did.' }),
    until: z.string().nullable(),
    daily: z
      .object({ fromSecond: count, untilSecond: count })
      .nullable()
      .openapi({ description: 'Seconds of each UTC day in which it holds; null: all day.' }),
    tier: z.string().nullable().openapi({ description: 'Service tier that it holds for; null: any.' }),
    multiplier: z.string().nullable().openapi({ description: 'Multiple of list that an override sets.' }),
    rates: z.array(
      z.object({
        bucket: z.string(),
        rate: money.openapi({ description: 'Dollars per million units.' }),
        aboveTokens: count.nullable().openapi({
          description: 'Holds for requests with more input tokens than this; null: from the first.',
        }),
      }),
    ),
    note: z.string(),
  })
  .openapi('Price');
export const PriceList = z
  .object({
    priceBookVersion: z.string(),
    currency: z.literal('USD'),
    prices: z.array(Price),
    hasMore: z.boolean(),
  })
  .openapi('PriceList');
export const PricesQuery = z.strictObject({
  provider: z.string().max(128).optional(),
  model: z
    .string()
    .max(256)
    .optional()
    .openapi({ description: 'Model name; * matches any run of characters.' }),
  limit: z.coerce.number().int().min(1).max(10_000).optional().openapi({ type: 'integer' }),
});

export type Price = z.infer<typeof Price>;
export type PriceList = z.infer<typeof PriceList>;
