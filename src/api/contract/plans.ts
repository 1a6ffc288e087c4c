/** Scenarios over the forecast, and plans that were locked, in the API. */
import { z } from '@hono/zod-openapi';

import { CHANGE_BASES, LEVERS, SCENARIO_DRIVERS, STEPS } from '../../operate/forecast/scenario.ts';
import {
  date,
  ForecastHeadline,
  ForecastScope,
  month,
  monthState,
  ratio,
  scope,
  unknowable,
} from './forecast.ts';
import { count, instant, label, money, timeZone } from './words.ts';

const positive = z.number().min(0);
export const ScenarioChange = z
  .strictObject({
    driver: z.enum(SCENARIO_DRIVERS),
    times: positive.optional(),
    to: positive.optional(),
    low: positive.optional(),
    high: positive.optional(),
    workflow: z.string().max(256).optional(),
    model: z.string().max(256).optional(),
    part: z
      .string()
      .max(32)
      .optional()
      .openapi({ description: 'Of inputTokens: system, tools, history, retrieval, user, media, overhead.' }),
    from: z.string().max(10).optional(),
    until: z.string().max(10).optional(),
    basis: z.enum(CHANGE_BASES).optional().openapi({ description: 'Default: assumed.' }),
    lever: z.enum(LEVERS).optional(),
    evidence: z.string().max(256).optional(),
    note: z.string().max(1_000).optional(),
  })
  .openapi('ScenarioChange');

export const StatedBase = z
  .strictObject({
    workflow: z.string().max(256).optional(),
    calls: positive,
    actions: positive.optional(),
    inputTokens: positive,
    outputTokens: positive,
    rate: positive.openapi({ description: 'Dollars per 1K tokens.' }),
  })
  .openapi('StatedBase', {
    description: 'A month as somebody states it, in place of what the ledger says; marked assumed.',
  });

const drafted = {
  name: label.min(1),
  ...scope,
  changes: z.array(ScenarioChange).max(50),
  note: z.string().max(1_000).optional(),
};
export const DraftScenario = z.strictObject(drafted).openapi('DraftScenario');
export type ScenarioDraft = z.infer<typeof DraftScenario>;

export const ProjectScenarios = z
  .strictObject({
    ...scope,
    timeZone,
    months: count.min(1).max(12).optional(),
    level: z.number().min(0.5).max(0.99).optional(),
    base: StatedBase.optional(),
    budget: money.optional().openapi({ description: 'Dollars a month, in place of the budget in force.' }),
    scenarios: z.array(DraftScenario).max(12),
  })
  .openapi('ProjectScenarios');
export type ProjectAsk = z.infer<typeof ProjectScenarios>;

const waterfallStep = z.object({
  step: z.enum(STEPS),
  amount: money,
  before: money,
  after: money,
  basis: z.enum(CHANGE_BASES),
});
export const ProjectedScenario = z
  .object({
    name: z.string(),
    basis: z
      .enum([...CHANGE_BASES, 'measured'])
      .openapi({ description: 'Of the weakest change; measured: the base.' }),
    months: z.array(z.object({ month, total: money, low: money, high: money, headline: ForecastHeadline })),
    days: z.array(z.object({ date, cost: money })),
    monthly: money.openapi({ description: 'The last month.' }),
    rounded: money.openapi({ description: 'The last month to $100.' }),
    difference: money.openapi({ description: 'Of the last month to the base.' }),
    percent: z.number().nullable(),
    waterfall: z.array(waterfallStep).openapi({ description: 'Of the last month, from the base.' }),
    tornado: z.array(z.object({ name: z.string(), low: money, high: money })).openapi({
      description: 'The last month with one driver at its P10 and P90, the others as they are; widest first.',
    }),
    crossing: z
      .object({ kind: z.enum(['crosses', 'stays']), date: date.nullable(), budget: money })
      .nullable()
      .openapi({ description: 'The day on which a month passes the budget first; null: no budget.' }),
    chanceOverBudget: ratio.openapi({ description: 'Share of draws whose last month passes the budget.' }),
    draws: count,
  })
  .openapi('ProjectedScenario');
export type ScenarioProjection = z.infer<typeof ProjectedScenario>;

export const ScenarioProjections = z
  .object({
    sentence: z.string(),
    scope: ForecastScope,
    level: z.number(),
    base: ProjectedScenario,
    scenarios: z.array(ProjectedScenario),
    swing: z
      .object({ amount: money, rounded: money, highest: z.string(), lowest: z.string() })
      .nullable()
      .openapi({
        description: 'Dearest less cheapest scenario in the last month: what is still to be decided.',
      }),
    currency: z.literal('USD'),
    timeZone: z.string(),
    asOf: instant,
  })
  .openapi('ScenarioProjections');
export type ProjectionAnswer = z.infer<typeof ScenarioProjections>;

const decided = { author: z.string(), decidedAt: instant, reason: z.string() };
export const SavedScenario = z
  .object({
    id: z.string(),
    version: count,
    name: z.string(),
    scope: ForecastScope,
    changes: z.array(ScenarioChange),
    note: z.string(),
    ...decided,
  })
  .openapi('SavedScenario');
export type ScenarioRecord = z.infer<typeof SavedScenario>;
export const ScenarioList = z.object({ scenarios: z.array(SavedScenario) }).openapi('ScenarioList');
export const SaveScenario = z
  .strictObject({ ...drafted, reason: z.string().max(1_000).optional() })
  .openapi('SaveScenario');

export const PlanMonth = z.object({
  month,
  amount: money,
  low: money,
  high: money,
  workflows: z.array(z.object({ workflow: z.string(), team: z.string(), amount: money })).readonly(),
});
export const Plan = z
  .object({
    id: z.string(),
    name: z.string(),
    state: z.enum(['proposed', 'locked', 'withdrawn']),
    scope: ForecastScope,
    scenario: z.object({
      id: z.string().nullable(),
      version: count.nullable(),
      name: z.string(),
      changes: z.array(ScenarioChange).readonly(),
    }),
    months: z.array(PlanMonth).readonly(),
    basis: z.enum([...CHANGE_BASES, 'measured']),
    madeFrom: instant.openapi({ description: 'The ledger as it stood then.' }),
    timeZone: z.string(),
    proposed: z.object(decided),
    locked: z.object(decided).nullable(),
    withdrawn: z.object(decided).nullable(),
    digest: z.string().openapi({ description: 'SHA-256 of what was locked.' }),
  })
  .openapi('Plan');
export type PlanRecord = z.infer<typeof Plan>;
export const PlanList = z.object({ sentence: z.string(), plans: z.array(Plan) }).openapi('PlanList');
export const ProposePlan = z
  .strictObject({
    name: label.min(1),
    ...scope,
    scenario: z
      .string()
      .max(48)
      .optional()
      .openapi({ description: 'Id of a saved scenario; absent: the forecast as it is.' }),
    months: count.min(1).max(12).optional(),
    timeZone,
    reason: z.string().max(1_000).optional(),
  })
  .openapi('ProposePlan');
export type PlanProposal = z.infer<typeof ProposePlan>;
export const DecidePlan = z.strictObject({ reason: z.string().max(1_000).optional() }).openapi('DecidePlan');

export const PlanAccuracy = z
  .object({
    sentence: z.string(),
    months: z.array(
      z.object({
        month,
        scope: ForecastScope,
        state: monthState,
        plan: z
          .object({
            id: z.string(),
            name: z.string(),
            amount: money,
            low: money,
            high: money,
            lockedAt: instant,
          })
          .nullable(),
        actual: money,
        error: z.number().nullable().openapi({ description: '(plan − actual) ÷ actual.' }),
        errorOfForecast: z
          .number()
          .nullable()
          .openapi({ description: '(plan − actual) ÷ plan, as FinOps counts it.' }),
        within: z.boolean().nullable().openapi({ description: 'Within 10 %; null: not to be judged.' }),
        budget: unknowable,
        variance: z.number().nullable().openapi({ description: '(actual − budget) ÷ budget.' }),
        withinBudget: z.boolean().nullable().openapi({ description: 'Within 5 %.' }),
        why: z.enum(['', 'no-plan', 'under-way', 'no-spend']),
      }),
    ),
    accuracyTarget: z.number(),
    varianceTarget: z.number(),
    timeZone: z.string(),
    asOf: instant,
  })
  .openapi('PlanAccuracy', {
    description:
      'Months against the plan that was locked before each began, never against a forecast made afterwards.',
  });
export type PlanAccuracyAnswer = z.infer<typeof PlanAccuracy>;
