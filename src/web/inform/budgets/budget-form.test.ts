import { describe, expect, it } from 'vitest';

import type { Budget } from '../../../api/contract/budgets.ts';
import { budgetOf, EMPTY_BUDGET, formOfBudget, problemOfBudget } from './budget-form.ts';

const FILLED = { ...EMPTY_BUDGET, name: ' Support ', value: 'CX', amount: '$1,200.50', reason: 'agreed' };

const BUDGET: Budget = {
  id: 'support',
  name: 'Support',
  version: 3,
  origin: 'decided',
  state: 'in-force',
  scope: { kind: 'tag', value: 'prod', tag: 'env' },
  unit: 'tokens',
  currency: null,
  amount: '5000',
  window: { kind: 'calendar', unit: 'week', timeZone: 'Europe/Zurich' },
  mode: 'expected',
  thresholds: [
    { percent: 50, action: { kind: 'warn' } },
    { percent: 80, action: { kind: 'warn' } },
    { percent: 90, action: { kind: 'throttle', callsPerSecond: 5 } },
    { percent: 95, action: { kind: 'downgrade', model: 'gpt-4o-mini' } },
    { percent: 99, action: { kind: 'block' } },
  ],
  onAuthorityLoss: 'open',
  unboundedCall: '100',
  author: 'ada',
  reason: 'old',
  decidedAt: '2026-11-01T00:00:00.000Z',
};

describe('a budget as it is typed', () => {
  it('is the one that the API takes', () => {
    expect(budgetOf(FILLED)).toEqual({
      name: 'Support',
      scope: { kind: 'team', value: 'CX' },
      unit: 'money',
      amount: '1200.50',
      window: { kind: 'calendar', unit: 'month' },
      mode: 'hard',
      thresholds: [{ percent: 80, action: { kind: 'warn' } }],
      onAuthorityLoss: 'local',
      reason: 'agreed',
    });
    expect(budgetOf({ ...FILLED, kind: 'organisation', value: 'left over' }).scope).toEqual({
      kind: 'organisation',
    });
    expect(budgetOf({ ...FILLED, window: 'rolling', hours: '48' }).window).toEqual({
      kind: 'rolling',
      hours: 48,
    });
  });

  it('that is changed loses nothing of what it was, thresholds that the form does not show included', () => {
    const { name, scope, unit, amount, window, mode, thresholds, onAuthorityLoss, unboundedCall } = BUDGET;
    const { reason, ...changed } = budgetOf({ ...formOfBudget(BUDGET), reason: 'why' });
    expect(reason).toBe('why');
    expect({ ...changed, thresholds: changed.thresholds?.toSorted((a, b) => a.percent - b.percent) }).toEqual(
      {
        name,
        scope,
        unit,
        amount,
        window,
        mode,
        thresholds,
        onAuthorityLoss,
        unboundedCall,
      },
    );
  });

  it.each([
    [{ ...FILLED, name: ' ' }, 'Give it a name.'],
    [{ ...FILLED, value: '' }, 'Say which team, or * for each.'],
    [{ ...FILLED, kind: 'tag' as const }, 'Say which tag it looks at.'],
    [{ ...FILLED, amount: '' }, 'Say how much.'],
    [{ ...FILLED, window: 'rolling', hours: 'a while' }, 'Say how many hours.'],
    [{ ...FILLED, throttle: '90' }, 'Say how many calls a second.'],
    [{ ...FILLED, downgrade: '95' }, 'Say which model is asked instead.'],
    [FILLED, ''],
  ])('says what is missing first: %#', (form, problem) => {
    expect(problemOfBudget(form)).toBe(problem);
  });
});
