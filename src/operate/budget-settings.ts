/** `budgets:` of `setpoint.yaml`: configuration as code, in the shape of the API. */
import { z } from 'zod';

import { MOST_BUDGETS, readBudgetDraft } from '../budgets/budgets.ts';
import type { DecidedBudget } from '../budgets/budgets.ts';
import {
  AUTHORITY_LOSS,
  BUDGET_MODES,
  BUDGET_PERIODS,
  BUDGET_SCOPES,
  BUDGET_UNITS,
} from '../rulebook/rulebook.ts';
import type { SettingProblem } from './problems.ts';

const amount = z.union([z.string(), z.number().transform(String)]);

const action = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('warn') }),
  z.strictObject({ kind: z.literal('throttle'), callsPerSecond: z.number() }),
  z.strictObject({ kind: z.literal('downgrade'), model: z.string() }),
  z.strictObject({ kind: z.literal('block') }),
]);

export const budgetSetting = z.strictObject({
  id: z.string().optional(),
  name: z.string(),
  scope: z.strictObject({
    kind: z.enum(BUDGET_SCOPES),
    value: z.string().optional(),
    tag: z.string().optional(),
  }),
  unit: z.enum(BUDGET_UNITS).optional(),
  amount: amount.describe('decimal dollars, or whole tokens or calls'),
  window: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('calendar'),
      unit: z.enum(BUDGET_PERIODS),
      timeZone: z.string().optional(),
    }),
    z.strictObject({ kind: z.literal('rolling'), hours: z.number() }),
  ]),
  mode: z.enum(BUDGET_MODES).optional(),
  thresholds: z.array(z.strictObject({ percent: z.number(), action })).optional(),
  onAuthorityLoss: z.enum(AUTHORITY_LOSS).optional(),
  unboundedCall: amount.optional(),
});

type BudgetSetting = z.infer<typeof budgetSetting>;

/** What no shape can say of budgets: amounts, names used twice, what contradicts itself. */
export function budgetProblems(settings: readonly BudgetSetting[], timeZone: string): SettingProblem[] {
  const problems: SettingProblem[] = [];
  if (settings.length > MOST_BUDGETS)
    problems.push({
      path: 'budgets',
      message: `are ${settings.length}; at most ${MOST_BUDGETS} can be in force`,
    });
  const seen = new Set<string>();
  for (const [index, setting] of settings.entries()) {
    const at = `budgets[${index}]`;
    const read = readBudgetDraft(setting, timeZone);
    if (read.kind === 'problems') {
      problems.push(...read.problems.map(({ path, message }) => ({ path: `${at}.${path}`, message })));
      continue;
    }
    const { id } = read.budget;
    if (seen.has(id))
      problems.push({
        path: `${at}.name`,
        message: `"${id}" is there twice; give one of them an id of its own`,
      });
    seen.add(id);
  }
  return problems;
}

/** @param settings those in which nothing is wrong. */
export function settledBudgets(settings: readonly BudgetSetting[], timeZone: string): DecidedBudget[] {
  return settings.flatMap((setting) => {
    const read = readBudgetDraft(setting, timeZone);
    return read.kind === 'budget' ? [read.budget] : [];
  });
}
