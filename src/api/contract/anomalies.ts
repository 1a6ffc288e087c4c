/** Anomalies and what changed, in the API. */
import { z } from '@hono/zod-openapi';

import { count, during, format, instant, money, repeatable, timeZone, where } from './words.ts';

const estimate = z.number().openapi({
  description: 'Dollars as a number: compared and shown, never booked. The ledger has the exact amounts.',
});

export const AnomaliesQuery = z.strictObject({
  during: during.openapi({
    description: 'Where to look. Ten weeks before it are read as history. Default: 30d.',
  }),
  where,
  timeZone,
  leastDollars: z.coerce.number().min(0).max(1e9).optional().openapi({
    description: 'Anomalies below this many dollars are left out. Default: 1.',
    type: 'number',
  }),
  format,
});

export const AnomalyState = z.enum(['open', 'acknowledged', 'expected', 'resolved']);

const node = z.object({
  dimension: z.string(),
  value: z.string(),
  excess: estimate,
  share: z.number().openapi({ description: 'Share of the excess of the node above, 0 to 1.' }),
  telling: z.boolean().openapi({
    description:
      'Whether it carries more of the excess than it usually does of the spend; a sole key tells nothing.',
  }),
});

export const SpendAnomaly = z
  .object({
    id: z.string(),
    from: instant,
    to: instant,
    hours: count,
    direction: z.enum(['above', 'below']),
    workflow: z.string(),
    actual: estimate,
    expected: estimate,
    excess: estimate,
    score: z.number().openapi({ description: 'Furthest hour, in half widths of the conformal band.' }),
    path: z
      .array(node)
      .openapi({ description: 'From the workflow down to the lowest node that carries it; empty: spread.' }),
    spread: z
      .array(z.string())
      .openapi({ description: 'Dimensions with several values of which no single one carries it.' }),
    against: node
      .pick({ dimension: true, value: true, excess: true })
      .nullable()
      .openapi({ description: 'What moved most the other way, for instance who stood in during an outage.' }),
    explained: z.boolean().openapi({ description: 'Whether the path was looked for: the largest are.' }),
    state: AnomalyState,
    note: z.string(),
    sentence: z.string(),
  })
  .openapi('SpendAnomaly');

export const ShapeAnomaly = z
  .object({
    id: z.string(),
    from: instant,
    to: instant,
    workflow: z.string(),
    signal: z.string(),
    label: z.string(),
    kind: z.enum(['step', 'creep']),
    before: z.number(),
    after: z.number(),
    change: z.number().openapi({ description: 'after ÷ before − 1.' }),
    pValue: z.number(),
    dearer: z.boolean(),
    state: AnomalyState,
    note: z.string(),
    sentence: z.string(),
  })
  .openapi('ShapeAnomaly');

export const Anomalies = z
  .object({
    spend: z.array(SpendAnomaly),
    shape: z.array(ShapeAnomaly),
    during: z.object({ text: z.string(), from: instant, to: instant }),
    band: z.object({
      asked: z.number(),
      measured: z.number().nullable().openapi({ description: 'Share of judged hours inside their band.' }),
      judgedHours: count,
    }),
    anomalyShare: z
      .number()
      .nullable()
      .openapi({ description: 'Spend beyond expectation ÷ spend; below 2 % is good, above 7 % is not.' }),
    tooYoung: z
      .array(z.string())
      .openapi({ description: 'Workflows with too little history to expect anything of.' }),
    sentence: z.string(),
    currency: z.literal('USD'),
    timeZone: z.string(),
  })
  .openapi('Anomalies');

export const NewAnomalyNote = z
  .strictObject({
    state: AnomalyState,
    note: z.string().max(1_000).optional(),
    workflow: z.string().max(256),
    from: z.iso.datetime({ offset: true }),
    to: z.iso.datetime({ offset: true }),
    ifState: AnomalyState.optional().openapi({
      description:
        'Only while this is the last word about it (409 `version_moved` else); absent: in any case.',
    }),
  })
  .openapi('NewAnomalyNote');
export const AnomalyNote = z
  .object({
    anomaly: z.string(),
    state: AnomalyState,
    note: z.string(),
    workflow: z.string(),
    from: instant,
    to: instant,
    actor: z.string(),
    at: instant,
  })
  .openapi('AnomalyNote');

export const ChangesQuery = z.strictObject({
  after: during.openapi({ description: 'The later period, up to now at most. Default: this-month.' }),
  before: during.openapi({
    description:
      'The earlier period: previous (the one before `after`, by the calendar; of a running one the same stretch), year (the same dates a year before), or a period. Default: previous.',
  }),
  by: repeatable.optional().openapi({ description: 'What a cell is, beside its model. Default: workflow.' }),
  where,
  timeZone,
  limit: z.coerce.number().int().min(1).max(1_000).optional().openapi({ type: 'integer' }),
  format,
});

export const Effects = z
  .object({ calls: money, mix: money, context: money, tokenMix: money, rate: money })
  .openapi('Effects', { description: 'Signed dollars; with `beside` they sum to after − before exactly.' });

export const Changes = z
  .object({
    before: z.object({ text: z.string(), from: instant, to: instant, cost: money }),
    after: z.object({ text: z.string(), from: instant, to: instant, cost: money }),
    change: money,
    effects: Effects,
    beside: money.openapi({ description: 'What no driver explains: corrections and costs without calls.' }),
    beyondLimit: money,
    dimensions: z.array(z.string()),
    cells: z.array(
      z.object({
        group: z.array(z.string()),
        before: money,
        after: money,
        change: money,
        effects: Effects,
        beside: money,
      }),
    ),
    otherCells: z
      .object({ cells: count, change: money, effects: Effects, beside: money })
      .nullable()
      .openapi({ description: 'The cells beyond the limit, as one.' }),
    sentence: z.string(),
    currency: z.literal('USD'),
    timeZone: z.string(),
    priceVersions: z.array(z.string()),
    unpriced: count,
    asOf: instant,
    completeUntil: instant,
  })
  .openapi('Changes');

export type AnomaliesAnswer = z.infer<typeof Anomalies>;
export type SpendAnomaly = z.infer<typeof SpendAnomaly>;
export type ShapeAnomaly = z.infer<typeof ShapeAnomaly>;
export type NewAnomalyNote = z.infer<typeof NewAnomalyNote>;
export type AnomalyNote = z.infer<typeof AnomalyNote>;
export type ChangesAnswer = z.infer<typeof Changes>;
