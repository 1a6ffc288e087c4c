/** Shared cost in the API: splits, what they divided, and commitments. */
import { z } from '@hono/zod-openapi';

import { reason } from './attribution.ts';
import { count, instant, label, money } from './words.ts';

const id = z.string().min(1).max(48).openapi({ example: 'platform-fee' });
const month = z
  .string()
  .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'is a month such as 2026-09')
  .openapi({ example: '2026-09' });
const target = z.strictObject({
  workflow: label,
  team: label.optional(),
  customer: label.optional(),
  weight: z.string().max(40).optional().openapi({ description: 'Decimal; only for the method `weights`.' }),
});
const source = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('workflow'), workflow: label.min(1) }),
  z
    .strictObject({ kind: z.literal('account'), provider: label.min(1), account: label.min(1) })
    .openapi({ description: 'What an account cost that no workflow is named for.' }),
  z
    .strictObject({
      kind: z.literal('amount'),
      monthly: money,
      provider: label.min(1),
      account: label.optional(),
    })
    .openapi({ description: 'A cost per month that no call has.' }),
  z.strictObject({ kind: z.literal('commitment'), commitment: id }),
]);
const method = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('even'), targets: z.array(target).min(1).max(200) }),
  z.strictObject({ kind: z.literal('weights'), targets: z.array(target).min(1).max(200) }),
  z.strictObject({
    kind: z.literal('usage'),
    measure: z.enum(['cost', 'tokens', 'calls']),
    workflows: z
      .array(label)
      .max(200)
      .optional()
      .openapi({ description: 'Default: all that used something.' }),
  }),
]);

export const NewSplit = z
  .strictObject({
    id,
    name: label.optional(),
    source,
    method,
    from: month,
    until: month.optional().openapi({ description: 'The last month that it applies to.' }),
    reason: reason.optional(),
  })
  .openapi('NewSplit');
export const Split = z
  .object({
    id: z.string(),
    version: count,
    name: z.string(),
    source,
    method,
    from: z.string(),
    until: z.string().nullable(),
  })
  .openapi('Split');
export const SplitList = z.object({ splits: z.array(Split) }).openapi('SplitList');

const shareOfCost = z.object({
  workflow: z.string(),
  team: z.string(),
  customer: z.string(),
  ratio: z.string().openapi({ description: 'FOCUS AllocatedRatio; the ratios of a split sum to exactly 1.' }),
  amount: money,
});
export const Allocation = z
  .object({
    id: z.string().openapi({ description: 'Of the batch of ledger lines; null in a preview.' }).nullable(),
    split: z.string(),
    month: z.string(),
    method: z
      .string()
      .openapi({ description: 'How it was divided; FOCUS AllocatedMethodId is `<split>/<method>`.' }),
    amount: money,
    bookedIn: z.string().nullable().openapi({ description: 'The open month, where its own is locked.' }),
    shares: z.array(shareOfCost),
    lines: count.nullable(),
  })
  .openapi('Allocation');
export const AllocationList = z
  .object({ currency: z.literal('USD'), allocations: z.array(Allocation) })
  .openapi('AllocationList');
export const AllocationsQuery = z.strictObject({ month });

export const SplitOutcome = z
  .object({
    kind: z.enum(['split', 'reversed', 'left', 'preview']),
    month: z.string(),
    amount: money,
    reason: z.string().openapi({ description: 'Why the cost stays where it is; empty when it does not.' }),
    allocation: Allocation.nullable(),
  })
  .openapi('SplitOutcome');
export const SplitOutcomes = z
  .object({ currency: z.literal('USD'), outcomes: z.array(SplitOutcome) })
  .openapi('SplitOutcomes');
export const MonthAsk = z.strictObject({ month }).openapi('MonthAsk');
export const DuringAsk = z
  .strictObject({
    during: z.string().max(100).optional().openapi({ description: 'UTC. Default: last-month.' }),
  })
  .openapi('DuringAsk');

export const NewCommitment = z
  .strictObject({
    id,
    provider: label.min(1),
    account: label.optional(),
    model: label.optional().openapi({ description: 'The model or deployment that it is for.' }),
    hourly: money.openapi({ description: 'Decimal dollars per hour, used or not.' }),
    from: z.iso.datetime({ offset: true }),
    until: z.iso.datetime({ offset: true }).optional(),
    lines: z.enum(['daily', 'monthly']).optional().openapi({ description: 'Default: daily.' }),
    tokensPerHour: z
      .number()
      .int()
      .positive()
      .optional()
      .openapi({ description: 'Its capacity; with it, what was not used stays with `unused`.' }),
    reason: reason.optional(),
  })
  .openapi('NewCommitment');
export const Commitment = z
  .object({
    id: z.string(),
    version: count,
    provider: z.string(),
    account: z.string(),
    model: z.string(),
    hourly: money,
    from: instant,
    until: instant.nullable(),
    lines: z.enum(['daily', 'monthly']),
    tokensPerHour: count.nullable(),
  })
  .openapi('Commitment');
export const CommitmentList = z.object({ commitments: z.array(Commitment) }).openapi('CommitmentList');
export const PostedPeriods = z
  .object({
    currency: z.literal('USD'),
    periods: z.array(z.object({ commitment: z.string(), period: z.string(), cost: money, lines: count })),
  })
  .openapi('PostedPeriods');

export type NewSplit = z.infer<typeof NewSplit>;
export type Split = z.infer<typeof Split>;
export type SplitList = z.infer<typeof SplitList>;
export type Allocation = z.infer<typeof Allocation>;
export type AllocationList = z.infer<typeof AllocationList>;
export type SplitOutcome = z.infer<typeof SplitOutcome>;
export type SplitOutcomes = z.infer<typeof SplitOutcomes>;
export type NewCommitment = z.infer<typeof NewCommitment>;
export type Commitment = z.infer<typeof Commitment>;
export type CommitmentList = z.infer<typeof CommitmentList>;
export type PostedPeriods = z.infer<typeof PostedPeriods>;
