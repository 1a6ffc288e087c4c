/** Budgets in the API: what is set, where each of its accounts stands and goes, and whether a call would go. */
import { z } from '@hono/zod-openapi';

import {
  AUTHORITY_LOSS,
  BUDGET_MODES,
  BUDGET_PERIODS,
  BUDGET_SCOPES,
  BUDGET_UNITS,
} from '../../rulebook/budget-rules.ts';
import { count, format, ifVersion, ifVersionQuery, instant, label } from './words.ts';

const amount = z.string().max(40).openapi({
  description: 'Decimal dollars for `money`, a whole number of `tokens` or `calls` else.',
  example: '500',
});
const unknowable = amount.nullable();
const percent = z.number().nullable().openapi({ description: 'Of the cap, in tenths; null: not known.' });
export const budgetReason = z
  .string()
  .max(1_000)
  .openapi({ description: 'Why; kept with the decision for good.' });

const Action = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('warn') }),
  z.strictObject({ kind: z.literal('throttle'), callsPerSecond: z.number() }),
  z.strictObject({ kind: z.literal('downgrade'), model: label }),
  z.strictObject({ kind: z.literal('block') }),
]);
const Threshold = z
  .strictObject({
    percent: z
      .number()
      .openapi({ description: 'Spent and reserved in per cent of the amount, 1 to 100.', example: 80 }),
    action: Action,
  })
  .openapi('BudgetThreshold');
const Window = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('calendar'),
      unit: z.enum(BUDGET_PERIODS),
      timeZone: z
        .string()
        .max(64)
        .optional()
        .openapi({ description: 'Where it begins. Default: the server’s setting.' }),
    }),
    z.strictObject({
      kind: z.literal('rolling'),
      hours: z.number().openapi({ description: 'A whole number, 1 to 8784.' }),
    }),
  ])
  .openapi('BudgetWindow');

const drafted = {
  name: label.min(1).openapi({ example: 'Support' }),
  scope: z.strictObject({
    kind: z.enum(BUDGET_SCOPES),
    value: z.string().max(256).optional().openapi({
      description:
        'Whose spend counts; `*`: each value has a budget of this size. None for the organisation.',
    }),
    tag: z.string().max(128).optional().openapi({ description: 'The tag’s name, for `tag`.' }),
  }),
  unit: z.enum(BUDGET_UNITS).optional().openapi({ description: 'Default: money.' }),
  amount,
  window: Window,
  mode: z.enum(BUDGET_MODES).optional().openapi({
    description:
      'hard (default): overrun 0, an upper bound of each call is reserved. expected: what calls usually cost is reserved; the bound is printed. observe: nothing is refused.',
  }),
  thresholds: z.array(Threshold).max(10).optional(),
  onAuthorityLoss: z.enum(AUTHORITY_LOSS).optional().openapi({
    description: 'What calls do while the authority is away. Default: local. A hard budget is never open.',
  }),
  unboundedCall: amount.optional().openapi({
    description: 'What a call without an upper bound is taken to cost; absent: a hard budget refuses it.',
  }),
};

export const NewBudget = z
  .strictObject({
    id: z
      .string()
      .max(48)
      .optional()
      .openapi({ description: 'Lower-case letters, digits, `-`. Default: made of the name.' }),
    ...drafted,
    reason: budgetReason.optional(),
    ifVersion,
  })
  .openapi('NewBudget');
export const ChangedBudget = z
  .strictObject({ ...drafted, reason: budgetReason.optional(), ifVersion })
  .openapi('ChangedBudget', {
    description: 'The whole budget as it is to be; it takes the place of what it was.',
  });

const AccountStates = ['known', 'idle', 'unready', 'unreachable', 'past'] as const;

export const BudgetAccount = z
  .object({
    value: z.string().openapi({ description: 'Whose; empty for the organisation.' }),
    simulated: z.boolean().openapi({ description: 'Of calls that the simulator answered: no money.' }),
    state: z.enum(AccountStates).openapi({
      description:
        'known: the authority counts it. idle: no gateway has asked for it, spend is the ledger’s. unready: the authority has not learnt what was spent. unreachable: it cannot be asked. past: an instant that is over.',
    }),
    window: z.object({ text: z.string(), from: instant, to: instant }),
    cap: amount,
    spent: unknowable,
    spentBy: z.enum(['authority', 'ledger']).nullable(),
    reserved: unknowable.openapi({ description: 'Given to gateways and not settled; null: not known.' }),
    presumed: unknowable.openapi({
      description: 'The part of `reserved` whose gateway is gone: it counts as spent until its journal says.',
    }),
    exposed: unknowable.openapi({
      description: 'How far calls under way can pass their reservations: the bound of an overrun now.',
    }),
    remaining: unknowable,
    spentPercent: percent,
    percent: percent.openapi({ description: 'Spent and reserved: what thresholds look at.' }),
    passed: z.array(Threshold),
    burn: z.object({
      pace: z
        .string()
        .nullable()
        .openapi({ description: 'The span that the pace is taken over.', example: '7d' }),
      perDay: unknowable.openapi({ description: 'Per 24 hours, at that pace.' }),
      perDayOfWindow: unknowable.openapi({ description: 'Per 24 hours of the window so far.' }),
      projected: unknowable.openapi({
        description:
          'What the window comes to at that pace: at its end, or (rolling) once it holds only this pace.',
      }),
      breachAt: instant.nullable().openapi({ description: 'When the cap is reached at that pace.' }),
      why: z
        .enum(['', 'used-up', 'fits', 'rolling', 'nothing-spent', 'too-young', 'ledger-away', 'simulated'])
        .openapi({ description: 'Why there is no `breachAt`; empty: there is one.' }),
      crossed: z
        .object({ from: instant, step: z.enum(['day', 'hour']) })
        .nullable()
        .openapi({ description: 'The day or hour in which spend reached the cap, by the ledger.' }),
    }),
  })
  .openapi('BudgetAccount');

export const Budget = z
  .object({
    id: z.string(),
    name: z.string(),
    version: count.nullable().openapi({ description: 'Null for a budget of setpoint.yaml.' }),
    origin: z.enum(['decided', 'settings']).openapi({
      description: 'settings: it stands in setpoint.yaml, and only there can it be changed.',
    }),
    state: z.enum(['in-force', 'replaced', 'ended']),
    scope: z.object({ kind: z.enum(BUDGET_SCOPES), value: z.string(), tag: z.string() }),
    unit: z.enum(BUDGET_UNITS),
    currency: z.literal('USD').nullable(),
    amount,
    window: Window,
    mode: z.enum(BUDGET_MODES),
    thresholds: z.array(Threshold),
    onAuthorityLoss: z.enum(AUTHORITY_LOSS),
    unboundedCall: unknowable,
    author: z.string(),
    reason: z.string(),
    decidedAt: instant.nullable(),
  })
  .openapi('Budget');

const standing = {
  bound: z.string().openapi({ description: 'How far spend can pass the cap, in words.' }),
  accounts: z.array(BudgetAccount).openapi({ description: 'Nearest to the cap first; at most 100.' }),
  moreAccounts: z.boolean(),
};
const around = {
  at: instant.openapi({ description: 'The instant that the figures are of.' }),
  authority: z.enum(['reachable', 'unreachable', 'not-asked']),
  ledger: z.enum(['reachable', 'away']),
  completeUntil: instant.nullable(),
  timeZone: z.string(),
};

export const StandingBudget = z.object({ ...Budget.shape, ...standing }).openapi('StandingBudget');
export const BudgetList = z
  .object({
    sentence: z.string().openapi({ description: 'The budget that needs a person most, in one sentence.' }),
    budgets: z.array(StandingBudget),
    ...around,
  })
  .openapi('BudgetList');
export const PastWindow = z
  .object({
    value: z.string(),
    window: z.object({ text: z.string(), from: instant, to: instant }),
    spent: amount,
    percent: z.number(),
    crossed: BudgetAccount.shape.burn.shape.crossed,
  })
  .openapi('PastBudgetWindow', { description: 'A window that is over, against the budget as it is now.' });
export const BudgetDetail = z
  .object({
    budget: StandingBudget,
    history: z.array(Budget).openapi({ description: 'Every version, newest first.' }),
    past: z.array(PastWindow).openapi({ description: 'The windows before, newest first.' }),
    ...around,
  })
  .openapi('BudgetDetail');
export const BudgetAccounts = z
  .object({
    id: z.string(),
    ...standing,
    unit: z.enum(BUDGET_UNITS),
    currency: z.literal('USD').nullable(),
    ...around,
  })
  .openapi('BudgetAccounts');
export const DecidedBudgetAnswer = z
  .object({
    budget: Budget,
    published: z.boolean().openapi({
      description: 'False when the gateways could not be told yet; they will be at the next publication.',
    }),
  })
  .openapi('DecidedBudget');
export const BudgetsQuery = z.strictObject({
  at: z.iso
    .datetime({ offset: true })
    .optional()
    .openapi({ description: 'As it stood at an instant that is over, by the ledger. Default: now.' }),
});
export const BudgetListQuery = BudgetsQuery.extend({ format });
export const EndQuery = z.strictObject({ reason: budgetReason.optional(), ifVersion: ifVersionQuery });

const tokens = z.number().int().min(0).max(100_000_000);
export const BudgetCheckAsk = z
  .strictObject({
    workflow: label.optional(),
    team: label.optional().openapi({ description: 'Default: the team that owns the workflow.' }),
    customer: label.optional(),
    key: z
      .string()
      .max(128)
      .optional()
      .openapi({ description: 'Id of a key; its defaults fill what is not said.' }),
    tags: z.record(label.min(1), label).optional(),
    provider: label.optional().openapi({ description: 'Default: what `provider/model` says, else openai.' }),
    model: label.min(1),
    inputTokens: tokens.openapi({
      description: 'The most that the input can be. Gateways take the bytes of the body for it.',
    }),
    outputTokens: tokens.openapi({ description: 'The most that the answer can be: max_tokens × n.' }),
  })
  .openapi('BudgetCheckAsk');
export const BudgetCheck = z
  .object({
    verdict: z.enum(['go', 'waits', 'refused', 'unknown']),
    sentence: z.string(),
    call: z.object({
      workflow: z.string(),
      team: z.string(),
      customer: z.string(),
      key: z.string(),
      tags: z.record(z.string(), z.string()),
      provider: z.string(),
      model: z.string(),
      atMost: z
        .object({ tokens: count, cost: z.string().nullable() })
        .openapi({ description: 'The most that it can come to; `cost` null: the model has no price.' }),
    }),
    currency: z.literal('USD'),
    budgets: z
      .array(
        z.object({
          id: z.string(),
          name: z.string(),
          unit: z.enum(BUDGET_UNITS),
          mode: z.enum(BUDGET_MODES),
          value: z.string(),
          verdict: z.enum(['go', 'waits', 'refused', 'unknown']),
          reserves: unknowable,
          atMost: unknowable,
          remaining: unknowable,
          acting: z.array(Threshold),
          words: z.string(),
        }),
      )
      .openapi({ description: 'Those that count the call.' }),
    notCounting: count.openapi({ description: 'Budgets in force that do not count it.' }),
  })
  .openapi('BudgetCheck');

export const BudgetPreview = z
  .object({
    problems: z.array(z.object({ path: z.string(), message: z.string() })),
    standing: z
      .object({
        id: z.string(),
        bound: z.string(),
        unit: z.enum(BUDGET_UNITS),
        accounts: z.array(BudgetAccount),
        moreAccounts: z.boolean(),
      })
      .nullable(),
    replaces: Budget.nullable().openapi({ description: 'The budget in force that it would change.' }),
  })
  .openapi('BudgetPreview', { description: 'What a budget would count if it were set; nothing is written.' });

export type NewBudget = z.infer<typeof NewBudget>;
export type ChangedBudget = z.infer<typeof ChangedBudget>;
export type BudgetAccount = z.infer<typeof BudgetAccount>;
export type BudgetThreshold = z.infer<typeof Threshold>;
export type Budget = z.infer<typeof Budget>;
export type StandingBudget = z.infer<typeof StandingBudget>;
export type BudgetList = z.infer<typeof BudgetList>;
export type BudgetDetail = z.infer<typeof BudgetDetail>;
export type BudgetAccounts = z.infer<typeof BudgetAccounts>;
export type PastWindow = z.infer<typeof PastWindow>;
export type DecidedBudgetAnswer = z.infer<typeof DecidedBudgetAnswer>;
export type BudgetCheckAsk = z.infer<typeof BudgetCheckAsk>;
export type BudgetCheck = z.infer<typeof BudgetCheck>;
export type BudgetPreview = z.infer<typeof BudgetPreview>;
