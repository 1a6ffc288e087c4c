/** Statements, reconciliations and closed months, in the API. */
import { z } from '@hono/zod-openapi';

import { count, format, instant, money } from './words.ts';

const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'is not a month; write it as 2026-10');
const units = z.string().openapi({ description: 'A whole number, signed.', example: '-1200' });

export const StatementKindName = z.enum([
  'openai-costs',
  'openai-usage',
  'anthropic-cost',
  'anthropic-usage',
  'azure-focus',
  'azure-cost',
  'aws-cur',
  'aws-focus',
  'google-billing',
  'google-focus',
  'focus',
  'csv',
]);

export const ImportQuery = z.strictObject({
  from: StatementKindName.openapi({ description: 'What the file is.' }),
  file: z.string().max(255).optional().openapi({ description: 'Its name, for people.' }),
  mapping: z
    .string()
    .max(20_000)
    .optional()
    .openapi({ description: 'Of csv: JSON that says which column is which field.' }),
  invoice: z.string().max(128).optional(),
  month: month.optional().openapi({ description: 'The month that every line must be of.' }),
  overlap: z.enum(['refuse', 'add', 'replace']).optional().openapi({
    description: 'What to do when an earlier import of this kind tells of the same days. Default: refuse.',
  }),
});

export const Invoice = z
  .object({
    id: z.string(),
    kind: z.string(),
    fileName: z.string(),
    digest: z.string().openapi({ description: 'SHA-256 of the file.' }),
    bytes: count,
    lines: count,
    firstDay: z.string(),
    lastDay: z.string(),
    invoice: z.string(),
    replaces: z.string(),
    actor: z.string(),
    at: instant,
  })
  .openapi('Invoice');
export const ImportedInvoice = Invoice.extend({ repeated: z.boolean() }).openapi('ImportedInvoice');
export const InvoiceList = z.object({ invoices: z.array(Invoice) }).openapi('InvoiceList');

export const StatementLineView = z
  .object({
    row: count,
    provider: z.string(),
    day: z.string(),
    charge: z.string(),
    account: z.string().nullable(),
    model: z.string().nullable(),
    bucket: z.string().nullable(),
    tier: z.string().nullable(),
    region: z.string().nullable(),
    units: units.nullable(),
    cost: money.nullable(),
    text: z.string(),
    invoice: z.string().nullable(),
  })
  .openapi('StatementLine');
export const InvoiceDetail = Invoice.extend({ statement: z.array(StatementLineView) }).openapi(
  'InvoiceDetail',
);

const claim = z.object({
  cause: z.string(),
  amount: money,
  units,
  arithmetic: z.string(),
  evidence: z.string(),
});
const sourceRow = z.object({ importId: z.string(), row: count });
const keyParts = {
  day: z.string(),
  account: z.string(),
  model: z.string(),
  bucket: z.string(),
  tier: z.string(),
  region: z.string(),
};

export const ReconciledKeyView = z
  .object({
    id: z.string(),
    ...keyParts,
    state: z.string(),
    ledgerUnits: units,
    ledgerCost: money,
    invoiceUnits: units.nullable(),
    invoiceCost: money.nullable(),
    residual: money.openapi({ description: 'Invoice minus ledger; its claims sum to it exactly.' }),
    claims: z.array(claim),
    rows: z.array(sourceRow),
  })
  .openapi('ReconciledKey');

const provider = z.object({
  provider: z.string(),
  grain: z.object({
    parts: z.array(z.string()),
    coarsened: z.array(z.object({ part: z.string(), because: z.enum(['ledger', 'statement', 'names']) })),
  }),
  costStated: z.boolean(),
  ledger: money,
  causes: z.array(z.object({ cause: z.string(), amount: money })),
  invoice: money.nullable(),
  coverage: z.array(z.object({ state: z.string(), keys: count, cost: money, share: z.number().nullable() })),
  objectives: z.array(
    z.object({
      name: z.string(),
      limit: z.number(),
      measured: z.number().nullable(),
      inside: count.nullable(),
      of: count.nullable(),
      pass: z.boolean().nullable().openapi({ description: 'Null where the statement cannot tell.' }),
    }),
  ),
  unknownTexts: z.array(z.string()),
  beside: z.array(claim.extend({ importId: z.string(), row: count, text: z.string() })),
  keys: z.array(ReconciledKeyView),
});

export const CorrectionView = z
  .object({
    provider: z.string(),
    ...keyParts,
    workflow: z.string(),
    team: z.string(),
    customer: z.string(),
    cause: z.string(),
    units,
    amount: money,
  })
  .openapi('Correction');

const summary = {
  id: z.string(),
  month: z.string(),
  provider: z.string().openapi({ description: 'Empty: all that a statement speaks of.' }),
  actor: z.string(),
  at: instant,
  appliedAt: instant.nullable(),
  bookAt: instant
    .nullable()
    .openapi({ description: 'When the lines of a closed month are booked; null: on their days.' }),
  lines: count.nullable(),
};

export const Reconciliation = z
  .object({
    ...summary,
    currency: z.literal('USD'),
    corrections: z.object({ count, sum: money }),
    providers: z.array(provider),
  })
  .openapi('Reconciliation');
export const ReconciliationQuery = z.strictObject({
  show: z.string().max(64).optional().openapi({
    description: 'Of a file: the cause or the state of the keys in it. Default: the keys that differ.',
    example: 'price-drift',
  }),
  format,
});
export const ReconciliationList = z
  .object({ reconciliations: z.array(z.object(summary)) })
  .openapi('ReconciliationList');
export const Corrections = z
  .object({ id: z.string(), sum: money, corrections: z.array(CorrectionView) })
  .openapi('Corrections');

export const NewReconciliation = z
  .strictObject({
    month,
    provider: z.string().max(64).optional(),
    source: StatementKindName.optional().openapi({
      description: 'Whose costs count, where several statements state them.',
    }),
    simulated: z.boolean().optional(),
  })
  .openapi('NewReconciliation');
export const ApplyAsk = z.strictObject({ final: z.boolean().optional() }).openapi('ApplyReconciliation');
export const AppliedView = z
  .object({ id: z.string(), lines: count, repeated: z.boolean(), bookAt: instant.nullable() })
  .openapi('AppliedReconciliation');
export const CloseAsk = z.strictObject({ month }).openapi('CloseMonth');
export const ClosedMonth = z
  .object({ month: z.string(), lockedAt: instant, lines: count, cost: money, movedCost: money })
  .openapi('ClosedMonth');

export type ImportAsk = z.infer<typeof ImportQuery>;
export type Invoice = z.infer<typeof Invoice>;
export type ImportedInvoice = z.infer<typeof ImportedInvoice>;
export type InvoiceList = z.infer<typeof InvoiceList>;
export type InvoiceDetail = z.infer<typeof InvoiceDetail>;
export type Reconciliation = z.infer<typeof Reconciliation>;
export type ReconciliationList = z.infer<typeof ReconciliationList>;
export type Corrections = z.infer<typeof Corrections>;
export type NewReconciliation = z.infer<typeof NewReconciliation>;
export type AppliedView = z.infer<typeof AppliedView>;
export type ClosedMonth = z.infer<typeof ClosedMonth>;
