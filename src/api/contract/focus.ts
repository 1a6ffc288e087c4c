/** FOCUS in the API: the export's question, and the report of a check. */
import { z } from '@hono/zod-openapi';

import { count, during } from './words.ts';

const list = z.array(z.string());

export const FocusQuery = z.strictObject({
  spec: z
    .enum(['1.2', '1.4', '1.5-draft'])
    .optional()
    .openapi({ description: 'Version of FOCUS. Default: 1.2.' }),
  format: z.enum(['csv', 'parquet']).optional().openapi({ description: 'Default: csv.' }),
  during,
  granularity: z
    .enum(['hour', 'day'])
    .optional()
    .openapi({ description: 'Length of a charge period. Default: day.' }),
  tags: z.string().max(500).optional().openapi({
    description: 'Up to three tags, separated by commas, beside workflow, team and customer.',
    example: 'env,feature',
  }),
});

export const FocusCheckQuery = z.strictObject({
  supports: z.string().max(2_000).optional().openapi({
    description:
      'Criteria of applicability that the provider of the data supports, separated by commas; or all, none, token-provider (the default).',
  }),
});

const counts = z.object({ pass: count, fail: count, 'not-applicable': count, dynamic: count });
const FocusRule = z
  .object({
    id: z.string(),
    entity: z.string(),
    reference: z.string(),
    kind: z.string(),
    obligation: z.enum(['must', 'should', 'may']),
    verdict: z.enum(['pass', 'fail', 'not-applicable', 'dynamic']),
    reason: z.string(),
    sentence: z.string(),
    rowsChecked: count,
    rowsFailed: count,
    first: z
      .array(z.object({ row: count, values: z.record(z.string(), z.string().nullable()) }))
      .openapi({ description: 'The first offending rows, counted from 1 below the header.' }),
    parts: z.object({ join: z.enum(['AND', 'OR']), counts, failed: list }).nullable(),
    failedDependencies: list,
    defect: z
      .string()
      .nullable()
      .openapi({ description: 'What is wrong with the rule in the model; it was judged by its sentence.' }),
  })
  .openapi('FocusRule');
export const FocusReport = z
  .object({
    rows: count,
    columns: list,
    supported: list,
    sets: z.array(
      z.object({
        name: z.string(),
        version: z.string(),
        counts,
        broken: count.openapi({ description: 'Rules that must be kept and are not, without composites.' }),
        advised: count,
        defects: count,
        rules: z.array(FocusRule),
      }),
    ),
    notes: list,
    conforms: z.boolean(),
    model: z.string().openapi({
      description: 'The requirements model that was used; where there is none, how to get one.',
    }),
  })
  .openapi('FocusReport');
export type FocusReport = z.infer<typeof FocusReport>;
