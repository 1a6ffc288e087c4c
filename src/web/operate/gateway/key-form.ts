/** A key as it is typed, and as the API takes it. Pure. */
import type { NewBudget } from '../../../api/contract/budgets.ts';
import type { NewKey } from '../../../api/contract/keys.ts';

export interface KeyForm {
  readonly name: string;
  readonly workflow: string;
  readonly team: string;
  readonly customer: string;
  readonly use: 'calls' | 'read' | 'keys';
  readonly models: string;
  /** Days; 0: it does not expire. */
  readonly days: number;
  /** Dollars a month; empty: no budget of its own. */
  readonly budget: string;
}

export const EMPTY_KEY: KeyForm = {
  name: '',
  workflow: '',
  team: '',
  customer: '',
  use: 'calls',
  models: '',
  days: 90,
  budget: '',
};

export const MOST_DAYS = 3_650;
const DAY_MS = 86_400_000;
const AMOUNT = /^\d{1,12}(\.\d{1,12})?$/;

/** What is wrong; empty: nothing is. */
export function problemOfKey({ name, budget, use, models }: KeyForm): string {
  if (name.trim() === '') return 'Give it a name.';
  if (use === 'read' && models.trim() !== '') return 'A key that only reads calls no model.';
  if (budget.trim() !== '' && (!AMOUNT.test(budget.trim()) || Number(budget) === 0))
    return 'Write the budget as dollars above zero, such as 50 or 12.50.';
  return '';
}

export function keyOf(form: KeyForm, nowMs: number): NewKey {
  const { name, workflow, team, customer, use, models, days } = form;
  const named = models
    .split(',')
    .map((model) => model.trim())
    .filter((model) => model !== '');
  const scope = {
    ...(use !== 'calls' && { uses: [use] }),
    ...(named.length > 0 && { models: named }),
  };
  return {
    name: name.trim(),
    ...(workflow.trim() !== '' && { workflow: workflow.trim() }),
    ...(team.trim() !== '' && { team: team.trim() }),
    ...(customer.trim() !== '' && { customer: customer.trim() }),
    ...(Object.keys(scope).length > 0 && { scope }),
    ...(days > 0 && { expiresAt: new Date(nowMs + days * DAY_MS).toISOString() }),
  };
}

/** The hard budget of a key that was just made; undefined where none is wanted. */
export function budgetOfKey({ name, budget }: KeyForm, id: string): NewBudget | undefined {
  if (budget.trim() === '') return undefined;
  return {
    name: `Key ${name.trim()}`,
    scope: { kind: 'key', value: id },
    amount: budget.trim(),
    window: { kind: 'calendar', unit: 'month' },
    reason: `set with the key ${name.trim()}`,
  };
}
