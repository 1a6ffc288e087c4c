/** Attribution in the API: rules, coverage, what is missing, previews and what was applied. */
import { z } from '@hono/zod-openapi';

import {
  count,
  during,
  format,
  ifVersion,
  instant,
  label,
  money,
  simulated,
  timeZone,
  where,
} from './words.ts';

export const Amount = z
  .object({
    cost: money,
    calls: count,
    unpricedCalls: count.openapi({ description: 'Of these calls, those whose cost is not in `cost`.' }),
  })
  .openapi('Amount');

const share = z
  .number()
  .nullable()
  .openapi({ description: 'Share of the cost, 0 to 1; null where nothing was spent.' });
const signName = z.string().min(1).max(160).openapi({
  description:
    'key, path, provider, account, region, model, modelRequested, fingerprint, workflow, team, customer, tag:<name> or header:<name>.',
  example: 'path',
});
const signValues = z
  .array(z.string().max(256))
  .max(200)
  .openapi({ description: '`*` matches any run of characters.' });
const owner = z.object({ workflow: z.string(), team: z.string(), customer: z.string() });
const ownerSet = z.strictObject({
  workflow: label.min(1).optional(),
  team: label.min(1).optional(),
  customer: label.min(1).optional(),
});
const ruleId = z.string().min(1).max(48).openapi({ example: 'batch-by-path' });
export const reason = z.string().max(1_000).openapi({ description: 'Why; kept with the decision.' });

const RuleCondition = z.strictObject({
  sign: signName,
  is: signValues.optional(),
  not: signValues.optional(),
});
const RuleHours = z.strictObject({
  days: z.array(z.number().int().min(1).max(7)).min(1).max(7).openapi({ description: '1 is Monday.' }),
  from: z.string().openapi({ example: '22:00' }),
  until: z.string().openapi({ example: '06:00' }),
  timeZone: z.string().max(64),
});

export const NewRule = z
  .strictObject({
    id: ruleId,
    order: z
      .number()
      .int()
      .min(0)
      .max(1_000_000)
      .optional()
      .openapi({ description: 'Lower goes first. Default: 100.' }),
    when: z.array(RuleCondition).max(12).openapi({ description: 'All must hold.' }),
    hours: RuleHours.optional().openapi({ description: 'A rule with hours names calls to come only.' }),
    set: ownerSet,
    override: z
      .array(label)
      .max(50)
      .optional()
      .openapi({ description: 'Said values that count as not said, such as `default`.' }),
    from: z.iso.datetime({ offset: true }).optional(),
    until: z.iso.datetime({ offset: true }).optional(),
    reason: reason.optional(),
    ifVersion,
  })
  .openapi('NewRule');

export const Rule = z
  .object({
    id: z.string(),
    version: count,
    name: z.string().openapi({ description: 'How ledger lines name it.', example: 'rule:batch-by-path@2' }),
    order: count,
    when: z.array(RuleCondition),
    hours: RuleHours.nullable(),
    set: ownerSet,
    override: z.array(z.string()),
    from: instant.nullable(),
    until: instant.nullable(),
    author: z.string(),
    reason: z.string(),
    decidedAt: instant,
    state: z.enum(['in-force', 'replaced', 'withdrawn']),
    forwardOnly: z
      .string()
      .nullable()
      .openapi({ description: 'Why it moves nothing of the past; null: it can.' }),
  })
  .openapi('Rule');
export const RuleList = z
  .object({ rules: z.array(Rule).openapi({ description: 'In the order in which they are tried.' }) })
  .openapi('RuleList');
export const RulesQuery = z.strictObject({
  all: z.enum(['true', 'false']).optional().openapi({ description: 'Replaced and withdrawn versions too.' }),
});
export const published = z.boolean().openapi({
  description: 'False when the gateways could not be told yet; they will be at the next publication.',
});
export const DecidedRule = z.object({ rule: Rule, published }).openapi('DecidedRule');

const periodLength = z.enum(['day', 'week', 'month']);
export const CoverageQuery = z.strictObject({
  during,
  where,
  timeZone,
  simulated,
  by: periodLength.optional().openapi({ description: 'Length of the periods of `over`. Default: day.' }),
  format,
});
const FieldCoverage = z.object({ tagged: Amount, missing: Amount, share }).openapi('FieldCoverage', {
  description: 'What has such a name, what has none, and the share of spend that has.',
});
const fieldsCoverage = z.object({ workflow: FieldCoverage, team: FieldCoverage, customer: FieldCoverage });
const spanText = z.object({ text: z.string(), from: instant, to: instant });
export const CoverageAnswer = z
  .object({
    during: spanText,
    timeZone: z.string(),
    simulated: z.enum(['exclude', 'include', 'only']),
    currency: z.literal('USD'),
    target: z.number().openapi({ description: 'The share of spend with a workflow that is aimed for.' }),
    total: Amount,
    fields: fieldsCoverage,
    known: z.array(z.object({ by: z.string(), amount: Amount, share })).openapi({
      description:
        'How workflows are known: said (by the call), key, rule (at the source), correction (a rule, afterwards), split (shared cost), unrecorded (before this was recorded).',
    }),
    over: z.array(z.object({ period: z.string(), total: Amount, fields: fieldsCoverage })),
    asOf: instant,
    completeUntil: instant,
    simulatedCalls: count,
  })
  .openapi('CoverageAnswer');

export const MissingQuery = z.strictObject({
  during,
  timeZone,
  simulated,
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(500)
    .optional()
    .openapi({ description: 'Parts shown; the rest is `other`. Default: 20.', type: 'integer' }),
  format,
});
const Suggestion = z.object({
  rule: z.object({ id: z.string(), order: count, when: z.array(RuleCondition), set: ownerSet }).openapi({
    description: 'A draft. Without a workflow in `set`, a person has to name it.',
  }),
  evidence: z.object({ workflow: z.string(), team: z.string(), share: z.number() }).nullable().openapi({
    description:
      'What calls with the same sign say, with its share of their spend; null: none says anything.',
  }),
});
export const MissingAnswer = z
  .object({
    during: spanText,
    timeZone: z.string(),
    simulated: z.enum(['exclude', 'include', 'only']),
    currency: z.literal('USD'),
    total: Amount,
    missing: Amount,
    share,
    parts: z
      .array(
        z.object({
          sign: z.string().openapi({ description: 'Empty: no sign tells these calls apart.' }),
          value: z.string(),
          amount: Amount,
          share,
          seen: z.array(z.object({ sign: z.string(), values: z.array(z.string()) })),
          suggestion: Suggestion.nullable(),
        }),
      )
      .openapi({ description: 'Biggest first.' }),
    other: Amount,
  })
  .openapi('MissingAnswer');

const onlyIds = z
  .array(ruleId)
  .max(500)
  .optional()
  .openapi({ description: 'Ids of rules; default: all in force.' });
export const PreviewAsk = z
  .strictObject({
    during: z.string().max(100).optional().openapi({ description: 'As in the ledger. Default: this-month.' }),
    timeZone: z.string().max(64).optional(),
    drafts: z.array(NewRule).max(50).optional().openapi({ description: 'Rules that are not decided yet.' }),
    only: onlyIds,
    simulated,
  })
  .openapi('PreviewAsk');
export const PreviewAnswer = z
  .object({
    during: spanText,
    currency: z.literal('USD'),
    total: Amount,
    before: z.object({ missing: Amount, share }),
    after: z.object({ missing: Amount, share }),
    moved: z.object({ amount: Amount, share }),
    rules: z.array(
      z.object({
        name: z.string(),
        forwardOnly: z.string().nullable(),
        amount: Amount,
        share,
        moves: z.array(z.object({ from: owner, to: owner, amount: Amount })),
      }),
    ),
  })
  .openapi('PreviewAnswer');

export const ApplyAsk = z
  .strictObject({
    during: z.string().max(100).optional().openapi({ description: 'As in the ledger. Default: this-month.' }),
    timeZone: z.string().max(64).optional(),
    only: onlyIds,
  })
  .openapi('ApplyAsk');
const partOwner = owner.partial();
export const AppliedAnswer = z
  .object({
    during: spanText,
    currency: z.literal('USD'),
    moved: Amount,
    resumed: count.openapi({ description: 'Moves that an earlier run had begun and this one ended.' }),
    moves: z.array(
      z.object({
        id: z.string(),
        rule: z.string(),
        month: z.string(),
        bookedIn: z.string().nullable().openapi({ description: 'The open month, where its own is locked.' }),
        from: partOwner,
        set: partOwner,
        lines: count,
        amount: Amount,
      }),
    ),
  })
  .openapi('AppliedAnswer');

export type Amount = z.infer<typeof Amount>;
export type NewRule = z.infer<typeof NewRule>;
export type Rule = z.infer<typeof Rule>;
export type RuleList = z.infer<typeof RuleList>;
export type DecidedRule = z.infer<typeof DecidedRule>;
export type CoverageAnswer = z.infer<typeof CoverageAnswer>;
export type MissingAnswer = z.infer<typeof MissingAnswer>;
export type PreviewAsk = z.infer<typeof PreviewAsk>;
export type PreviewAnswer = z.infer<typeof PreviewAnswer>;
export type ApplyAsk = z.infer<typeof ApplyAsk>;
export type AppliedAnswer = z.infer<typeof AppliedAnswer>;
