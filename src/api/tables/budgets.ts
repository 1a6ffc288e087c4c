/**
 * Where budgets stand as a file, an account a row. One call can count in several budgets, so there is no total; what is not
 * known is null, never zero. Pure.
 */
import type { BudgetAccount, BudgetList, StandingBudget } from '../contract/budgets.ts';
import type { FileTable, Stored } from '../../tables/tables.ts';
import { cellsOf, columnsOf, tableOf } from './shape.ts';
import type { MarkedRow } from './shape.ts';

/** Dollars of a budget in money, else whole tokens or calls: `unit` says which. */
const AMOUNT: Stored = { decimals: 12 };

const STORED: Readonly<Record<string, Stored>> = {
  id: 'text',
  name: 'text',
  version: 'count',
  origin: 'text',
  scope: 'text',
  unit: 'text',
  currency: 'text',
  mode: 'text',
  value: 'text',
  simulated: 'text',
  state: 'text',
  from: 'instant',
  to: 'instant',
  cap: AMOUNT,
  spent: AMOUNT,
  spentBy: 'text',
  reserved: AMOUNT,
  presumed: AMOUNT,
  exposed: AMOUNT,
  remaining: AMOUNT,
  spentPercent: 'number',
  percent: 'number',
  perDay: AMOUNT,
  projected: AMOUNT,
  breachAt: 'instant',
  crossed: 'instant',
  why: 'text',
};

export function budgetsTable(answer: BudgetList, question: string): FileTable {
  const rows = answer.budgets.flatMap((budget): MarkedRow[] => [
    ...budget.accounts.map((account): MarkedRow => [
      'group',
      cellsOf({ ...namesOf(budget), ...figuresOf(account) }),
    ]),
    // Accounts beyond those that are listed: that they are there is known, what they come to was not asked.
    ...(budget.moreAccounts ? [['other', cellsOf(namesOf(budget))] as const] : []),
  ]);
  const { timeZone, at, completeUntil } = answer;
  const facts = { timeZone, figureBasis: 'measured', asOf: at, completeUntil } as const;
  return tableOf({ columns: columnsOf(STORED), facts, question }, rows);
}

function namesOf(budget: StandingBudget): Readonly<Record<string, unknown>> {
  const { id, name, version, origin, unit, currency, mode } = budget;
  return { id, name, version, origin, scope: scopeText(budget), unit, currency, mode };
}

function figuresOf({
  window,
  burn,
  passed: _passed,
  ...account
}: BudgetAccount): Readonly<Record<string, unknown>> {
  const { perDay, projected, breachAt, crossed, why } = burn;
  const pace = { perDay, projected, breachAt, crossed: crossed?.from ?? null, why };
  return { ...account, from: window.from, to: window.to, ...pace };
}

function scopeText({ scope: { kind, value, tag } }: StandingBudget): string {
  if (kind === 'organisation') return kind;
  return `${kind === 'tag' ? `tag:${tag}` : kind}=${value}`;
}
