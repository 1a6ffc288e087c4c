/** The price book in the API. */
import { z } from '@hono/zod-openapi';

import { count, during, format, instant, label, money, repeatable, timeZone, where } from './words.ts';

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
    team: z.string().nullable().openapi({ description: 'Team it was agreed for; null: everybody.' }),
    account: z.string().nullable(),
    region: z.string().nullable(),
    kind: z.enum(['agreed', 'list']).openapi({ description: 'Agreed, or the provider’s public price.' }),
    decision: z
      .string()
      .nullable()
      .openapi({ description: 'The decision it comes from; see /prices/decisions.' }),
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
const Source = z
  .object({ name: z.string(), edition: z.string(), publishedOn: z.string(), license: z.string() })
  .nullable()
  .openapi({ description: 'Where the list prices came from; null: nowhere named.' });
export const PriceList = z
  .object({
    priceBookVersion: z.string(),
    source: Source,
    at: instant.openapi({ description: 'The prices hold at this time.' }),
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
  version: z
    .string()
    .max(100)
    .optional()
    .openapi({ description: 'A kept version of the book. Default: in force.' }),
  at: z.iso.datetime().optional().openapi({ description: 'Prices that hold at this time. Default: now.' }),
  limit: z.coerce.number().int().min(1).max(10_000).optional().openapi({ type: 'integer' }),
  format,
});

export const PriceVersions = z
  .object({
    inForce: z.string(),
    versions: z.array(z.object({ version: z.string(), keptAt: instant, source: Source, overrides: count })),
  })
  .openapi('PriceVersions');

const decimal = z.string().regex(/^-?\d{1,15}(\.\d+)?$/, 'must be a decimal number in quotes, such as "2.5"');
const day = z
  .string()
  .regex(
    /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z)?$/,
    'must be 2026-12-01 or 2026-12-01T00:00:00Z',
  );
const reason = label.min(3, 'say why, in at least three characters').max(128);

const edit = {
  provider: label.min(1),
  model: z
    .string()
    .min(1)
    .max(256)
    .openapi({ description: 'Name or pattern; * matches any run of characters.' }),
  rates: z
    .record(z.string(), decimal)
    .optional()
    .openapi({ description: 'Dollars per million units, by bucket.' }),
  percentOff: z.string().max(20).optional().openapi({ description: 'Per cent off list, such as "15".' }),
  multiplier: decimal.optional().openapi({ description: 'Multiple of list; instead of percentOff.' }),
  from: day.optional(),
  until: day.optional(),
  team: label.min(1).optional(),
  account: label.min(1).optional(),
  region: label.min(1).optional(),
  tier: label.min(1).optional(),
  aboveTokens: count.min(0).optional(),
  kind: z.enum(['agreed', 'list']).optional().openapi({ description: 'Default: agreed.' }),
  note: label.optional(),
};
export const PriceEdit = z.strictObject(edit).openapi('PriceEdit');
export const NewPrice = z
  .strictObject({
    ...edit,
    reason,
    supersedes: label.optional().openapi({ description: 'The decision that this one ends where it begins.' }),
    confirm: reason.optional().openapi({ description: 'Why a suspicious price is meant.' }),
    dryRun: z.boolean().optional().openapi({ description: 'Judge and compare only; nothing is decided.' }),
  })
  .openapi('NewPrice');
export const NewWithdrawal = z.strictObject({ reason, from: day.optional() }).openapi('NewPriceWithdrawal');
export const NewRestoration = z.strictObject({ reason }).openapi('NewPriceRestoration');
export const NewPriceSheet = z
  .strictObject({
    csv: z.string().min(1),
    columns: z
      .record(z.string(), z.string())
      .optional()
      .openapi({
        description: 'Field → column of the sheet. Fields not named are looked for under their own name.',
        example: { provider: 'Vendor', model: 'SKU', input: 'Input $/M' },
      }),
    reason,
    confirm: reason.optional(),
    dryRun: z.boolean().optional(),
  })
  .openapi('NewPriceSheet');

export const PriceDecisionView = z
  .object({
    id: z.string(),
    at: instant,
    actor: z.string(),
    action: z.enum(['set', 'withdraw']),
    reason: z.string(),
    origin: z.string(),
    confirmed: z.array(z.string()),
    provider: z.string().nullable(),
    model: z.string().nullable(),
    price: z
      .record(z.string(), z.unknown())
      .nullable()
      .openapi({ description: 'As decided; null on a withdrawal.' }),
    from: z.string().nullable(),
    until: z.string().nullable(),
    ends: z.string().nullable().openapi({ description: 'The decision that it supersedes or withdraws.' }),
    standing: z.enum(['announced', 'in-force', 'ended', 'superseded', 'withdrawn', 'done']),
    endedBy: z.string().nullable(),
  })
  .openapi('PriceDecision');
export const PriceDecisions = z
  .object({ decisions: z.array(PriceDecisionView), priceBookVersion: z.string() })
  .openapi('PriceDecisions');

const figures = {
  before: money.openapi({ description: 'As the ledger has it.' }),
  after: money,
  difference: money,
  least: money.openapi({ description: 'What `after` is at least, where sums do not tell exactly.' }),
  most: money,
};
const note = { provider: z.string(), model: z.string(), bucket: z.string(), units: count, before: money };
const Impact = z
  .object({ during: z.object({ from: instant, to: instant }), exact: z.boolean(), ...figures })
  .nullable()
  .openapi({ description: 'Last month’s money at this price; null: the ledger did not answer.' });
export const PricesDecided = z
  .object({
    decisions: z.array(PriceDecisionView),
    warnings: z.array(z.string()),
    lastMonth: Impact,
    priceBookVersion: z.string(),
    published: z.boolean(),
    dryRun: z.boolean(),
  })
  .openapi('PricesDecided');

export const PriceDiffQuery = z.strictObject({
  from: z.string().max(100).optional().openapi({ description: 'Version. Default: in force.' }),
  to: z.string().max(100).optional().openapi({ description: 'Version. Default: in force.' }),
});
export const NewPriceDiff = z
  .strictObject({ from: z.string().max(100).optional(), draft: PriceEdit })
  .openapi('NewPriceDiff');
export const PriceDiff = z
  .object({
    from: z.string(),
    to: z.string(),
    currency: z.literal('USD'),
    changes: z.array(
      z.object({
        provider: z.string(),
        model: z.string(),
        team: z.string(),
        account: z.string(),
        region: z.string(),
        tier: z.string(),
        bucket: z.string(),
        aboveTokens: count.nullable(),
        from: instant.nullable().openapi({ description: 'Null: holds already.' }),
        before: money.nullable().openapi({ description: 'Dollars per million units; null: unpriced.' }),
        after: money.nullable(),
        percent: z.string().nullable(),
        follows: z.string().nullable().openapi({ description: 'The bucket whose price it takes.' }),
        spend: money.nullable().openapi({ description: 'Booked in the last 30 days; null: not known.' }),
      }),
    ),
    spendDuring: z.object({ from: instant, to: instant }),
    asOf: instant.nullable(),
    hasMore: z.boolean(),
  })
  .openapi('PriceDiff');

export const WhatIfAsk = z
  .strictObject({
    during,
    where,
    timeZone,
    by: z
      .string()
      .max(200)
      .optional()
      .openapi({ description: 'Dimensions, comma separated. Default: provider,model.' }),
    version: z.string().max(100).optional(),
    draft: PriceEdit.optional().openapi({ description: 'Without `from` it is taken to have held always.' }),
    mapping: z
      .array(z.strictObject({ from: z.string().max(400), to: z.string().max(400) }))
      .max(50)
      .optional()
      .openapi({ description: 'provider/model → provider/model: the same tokens at another model.' }),
  })
  .openapi('PriceWhatIfAsk');
/** The same in an address, so that a browser can save it. */
export const WhatIfQuery = z.strictObject({
  ...WhatIfAsk.omit({ draft: true, mapping: true }).shape,
  map: repeatable.optional().openapi({
    description: 'provider/model=provider/model; repeat it for more.',
    example: 'openai/gpt-4o=openai/gpt-5',
  }),
  draft: z
    .string()
    .max(4_000)
    .optional()
    .openapi({ description: 'The same as in the body of a POST, as JSON.' }),
  format,
});
export const WhatIfAnswer = z
  .object({
    by: z.array(z.string()),
    during: z.object({ text: z.string(), from: instant, to: instant }),
    rows: z.array(z.object({ group: z.array(z.string()), ...figures })),
    total: z.object(figures),
    exact: z.boolean(),
    inexact: z.array(z.object({ ...note, reason: z.enum(['size', 'time', 'rounding', 'partly-unpriced']) })),
    unpriced: z.array(z.object(note)),
    lockedMonths: z.array(z.string()),
    basis: z
      .enum(['measured', 'assumed'])
      .openapi({ description: 'Assumed: another model would have used the same tokens.' }),
    priceBookVersion: z.string(),
    timeZone: z.string(),
    currency: z.literal('USD'),
  })
  .openapi('PriceWhatIf');

export const RepriceAsk = z
  .strictObject({ during, timeZone, version: z.string().max(100).optional(), apply: z.boolean().optional() })
  .openapi('RepriceAsk');
export const RepriceAnswer = z
  .object({
    during: z.object({ text: z.string(), from: instant, to: instant }),
    lines: count,
    drifted: count,
    unpriced: count.openapi({ description: 'Priced lines that the book does not price: left as they are.' }),
    mixed: count.openapi({
      description: 'Lines of several calls whose sizes decide their price: left as they are.',
    }),
    before: money,
    after: money,
    difference: money,
    posted: count,
    applied: z.boolean(),
    priceBookVersion: z.string(),
    currency: z.literal('USD'),
  })
  .openapi('RepriceAnswer');

export const PriceCheck = z
  .object({
    ok: z.boolean(),
    notices: z.array(
      z.object({
        kind: z.enum([
          'unpriced-model',
          'stale-source',
          'no-source',
          'contract-expired',
          'contract-expiring',
          'announced',
        ]),
        provider: z.string(),
        model: z.string(),
        at: z.string(),
        decision: z.string(),
        units: count.nullable().openapi({ description: 'Tokens of an unpriced model in the last 30 days.' }),
        message: z.string(),
      }),
    ),
    priceBookVersion: z.string(),
    source: Source,
    asOf: instant,
  })
  .openapi('PriceCheck');

export type Price = z.infer<typeof Price>;
export type PriceList = z.infer<typeof PriceList>;
export type PriceVersions = z.infer<typeof PriceVersions>;
export type PriceEdit = z.infer<typeof PriceEdit>;
export type NewPrice = z.infer<typeof NewPrice>;
export type NewWithdrawal = z.infer<typeof NewWithdrawal>;
export type NewRestoration = z.infer<typeof NewRestoration>;
export type NewPriceSheet = z.infer<typeof NewPriceSheet>;
export type PriceDecisionView = z.infer<typeof PriceDecisionView>;
export type PriceDecisions = z.infer<typeof PriceDecisions>;
export type PricesDecided = z.infer<typeof PricesDecided>;
export type NewPriceDiff = z.infer<typeof NewPriceDiff>;
export type PriceDiff = z.infer<typeof PriceDiff>;
export type WhatIfAsk = z.infer<typeof WhatIfAsk>;
export type WhatIfAnswer = z.infer<typeof WhatIfAnswer>;
export type RepriceAsk = z.infer<typeof RepriceAsk>;
export type RepriceAnswer = z.infer<typeof RepriceAnswer>;
export type PriceCheck = z.infer<typeof PriceCheck>;
