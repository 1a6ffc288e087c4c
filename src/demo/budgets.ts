/** The budgets that the demo company set itself: one breaks on its known day, the others show what else a budget can be. */
import type { BudgetDraft } from '../budgets/budgets.ts';
import type { Truth } from './report.ts';

export interface DemoBudget {
  readonly draft: BudgetDraft;
  readonly reason: string;
}

/** @param budgetBreach the story of the budget that breaks; its amount is the story's. */
export function demoBudgets({ budgetBreach }: Pick<Truth['stories'], 'budgetBreach'>): DemoBudget[] {
  const month = { kind: 'calendar', unit: 'month', timeZone: 'UTC' } as const;
  return [
    {
      draft: {
        name: budgetBreach.team,
        scope: { kind: 'team', value: budgetBreach.team },
        amount: budgetBreach.budget,
        window: month,
        mode: 'expected',
        thresholds: [
          { percent: 80, action: { kind: 'warn' } },
          { percent: 95, action: { kind: 'downgrade', model: 'gpt-5.4-mini' } },
        ],
      },
      reason: 'Agreed with the team for the quarter',
    },
    {
      draft: {
        name: 'Whole company',
        scope: { kind: 'organisation' },
        amount: '150000',
        window: month,
        mode: 'observe',
        thresholds: [{ percent: 90, action: { kind: 'warn' } }],
      },
      reason: 'The figure of the annual plan',
    },
    {
      draft: {
        name: 'Support copilot',
        scope: { kind: 'workflow', value: 'Support copilot' },
        amount: '50000',
        window: month,
        mode: 'hard',
        thresholds: [
          { percent: 80, action: { kind: 'warn' } },
          { percent: 95, action: { kind: 'throttle', callsPerSecond: 20 } },
        ],
      },
      reason: 'After the retry storm: no night may cost more than the month',
    },
    {
      draft: {
        name: 'Knowledge bot tokens',
        scope: { kind: 'workflow', value: 'Internal knowledge bot' },
        unit: 'tokens',
        amount: '250000000',
        window: { kind: 'rolling', hours: 24 },
        mode: 'hard',
      },
      reason: 'Twice what a busy day takes',
    },
    {
      draft: {
        name: 'Each customer',
        scope: { kind: 'customer', value: '*' },
        amount: '9000',
        window: month,
        mode: 'expected',
        thresholds: [{ percent: 80, action: { kind: 'warn' } }],
      },
      reason: 'No customer may cost more than the largest plan pays',
    },
  ];
}
