/** What spend was made of, in the API. */
import { z } from '@hono/zod-openapi';

import { count, during, format, instant, money, repeatable, timeZone, where } from './words.ts';

export const CompositionQuery = z.strictObject({
  during,
  where,
  timeZone,
  by: repeatable.optional().openapi({
    description:
      'Dimensions of a group, at most five; add day, week or month for its history. Not bucket or rate. Default: workflow.',
    example: 'workflow,month',
  }),
  format,
});

const parts = z
  .object({
    system: money,
    tools: money,
    history: money,
    retrieval: money,
    user: money,
    media: money,
    overhead: money,
    text: money,
    reasoning: money,
    toolCalls: money,
    fees: money,
    unknown: money,
  })
  .openapi('CostParts', { description: 'Dollars by part; they sum to the cost exactly.' });

const composed = z.object({
  cost: money,
  calls: count,
  unpricedCalls: count.openapi({ description: 'Calls whose cost is not known: they are in no part.' }),
  parts,
});

export const CompositionOfSpend = z
  .object({
    dimensions: z.array(z.string()),
    groups: z.array(composed.extend({ group: z.array(z.string()) })),
    beyondLimit: composed
      .nullable()
      .openapi({ description: 'What the ledger’s limit on groups cut off, as one; null: nothing.' }),
    total: composed,
    basis: z.literal('estimated').openapi({
      description: 'Costs are divided by tokens per model; whose prefix was cached is not told apart.',
    }),
    during: z.object({ text: z.string(), from: instant, to: instant }),
    currency: z.literal('USD'),
    timeZone: z.string(),
    priceVersions: z.array(z.string()),
    unpriced: count,
    unattributed: count,
    asOf: instant,
    completeUntil: instant,
  })
  .openapi('CompositionOfSpend');

export type CompositionAnswer = z.infer<typeof CompositionOfSpend>;
