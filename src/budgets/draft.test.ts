import { describe, expect, it } from 'vitest';

import { budgetIdOf, budgetOfRule, readBudgetDraft, toBudgetRule } from './budgets.ts';
import type { BudgetDraft } from './budgets.ts';

const DRAFT: BudgetDraft = {
  name: 'Support',
  scope: { kind: 'team', value: 'CX' },
  amount: '500',
  window: { kind: 'calendar', unit: 'month' },
};

function read(more: Partial<BudgetDraft> = {}) {
  return readBudgetDraft({ ...DRAFT, ...more }, 'Europe/Zurich');
}

function budgetOf(more: Partial<BudgetDraft> = {}) {
  const found = read(more);
  if (found.kind === 'problems') throw new Error(JSON.stringify(found.problems));
  return found.budget;
}

describe('a budget as people write it', () => {
  it('is filled in: money, hard, local, the server’s time zone, an id made of the name', () => {
    expect(budgetOf()).toEqual({
      id: 'support',
      name: 'Support',
      scope: { kind: 'team', value: 'CX', tag: '' },
      unit: 'money',
      amount: '500000000000000',
      window: { kind: 'calendar', unit: 'month', timeZone: 'Europe/Zurich' },
      mode: 'hard',
      thresholds: [],
      onAuthorityLoss: 'local',
      unboundedCall: '',
    });
  });

  it('keeps every digit of money, and whole units of the others', () => {
    expect(budgetOf({ amount: '0.000000000001' }).amount).toBe('1');
    expect(budgetOf({ amount: '12.5', unboundedCall: '0.25' })).toMatchObject({
      amount: '12500000000000',
      unboundedCall: '250000000000',
    });
    expect(budgetOf({ unit: 'tokens', amount: '3000000' }).amount).toBe('3000000');
  });

  it('puts thresholds in order', () => {
    const thresholds = [
      { percent: 95, action: { kind: 'downgrade', model: 'gpt-4o-mini' } },
      { percent: 80, action: { kind: 'warn' } },
    ] as const;
    expect(budgetOf({ thresholds }).thresholds.map(({ percent }) => percent)).toEqual([80, 95]);
  });

  it.each<[string, Partial<BudgetDraft>, string]>([
    ['nothing', { amount: '0' }, 'amount'],
    ['less than nothing', { amount: '-5' }, 'amount'],
    ['words', { amount: 'much' }, 'amount'],
    ['finer than a picodollar', { amount: '0.0000000000001' }, 'amount'],
    ['half a call', { unit: 'calls', amount: '1.5' }, 'amount'],
    ['a slip', { amount: '1000000000001' }, 'amount'],
    ['no name', { name: ' ', id: 'x' }, 'name'],
    ['a name without letters', { name: '···' }, 'id'],
    ['an id of capitals', { id: 'CX' }, 'id'],
    ['nobody’s', { scope: { kind: 'team' } }, 'scope.value'],
    ['a tag without a name', { scope: { kind: 'tag', value: 'prod' } }, 'scope.tag'],
    ['an organisation of somebody', { scope: { kind: 'organisation', value: 'a' } }, 'scope'],
    ['no hours', { window: { kind: 'rolling', hours: 0 } }, 'window.hours'],
    ['more than a year', { window: { kind: 'rolling', hours: 8_785 } }, 'window.hours'],
    ['half an hour', { window: { kind: 'rolling', hours: 0.5 } }, 'window.hours'],
    ['no zone', { window: { kind: 'calendar', unit: 'day', timeZone: 'Mars' } }, 'window.timeZone'],
    ['101 %', { thresholds: [{ percent: 101, action: { kind: 'warn' } }] }, 'thresholds[0].percent'],
    ['0 %', { thresholds: [{ percent: 0, action: { kind: 'warn' } }] }, 'thresholds[0].percent'],
    [
      'a stop of all calls as a throttle',
      { thresholds: [{ percent: 90, action: { kind: 'throttle', callsPerSecond: 0 } }] },
      'thresholds[0].action',
    ],
    [
      'a downgrade to nothing',
      { thresholds: [{ percent: 90, action: { kind: 'downgrade', model: '' } }] },
      'thresholds[0].action',
    ],
    [
      'the same step twice',
      {
        thresholds: [
          { percent: 80, action: { kind: 'warn' } },
          { percent: 80, action: { kind: 'warn' } },
        ],
      },
      'thresholds',
    ],
    [
      'a step after the end',
      {
        thresholds: [
          { percent: 90, action: { kind: 'block' } },
          { percent: 95, action: { kind: 'throttle', callsPerSecond: 1 } },
        ],
      },
      'thresholds',
    ],
    ['hard and open', { onAuthorityLoss: 'open' }, 'onAuthorityLoss'],
    ['observing and closed', { mode: 'observe', onAuthorityLoss: 'closed' }, 'onAuthorityLoss'],
    [
      'observing and blocking',
      { mode: 'observe', thresholds: [{ percent: 90, action: { kind: 'block' } }] },
      'thresholds[0].action',
    ],
    ['a call dearer than all', { unboundedCall: '501' }, 'unboundedCall'],
  ])('%s is refused in words', (_, more, path) => {
    const found = read(more);
    expect(found.kind).toBe('problems');
    expect(found.kind === 'problems' && found.problems.map((one) => one.path)).toContain(path);
  });

  it('expected may be open', () => {
    expect(budgetOf({ mode: 'expected', onAuthorityLoss: 'open' }).onAuthorityLoss).toBe('open');
  });
});

describe('the rule that gateways obey', () => {
  it('has another id for another count, and the same for another amount, mode or name', () => {
    const rule = toBudgetRule(budgetOf());
    expect(budgetOfRule(rule.id)).toBe('support');
    expect(toBudgetRule(budgetOf({ amount: '900', mode: 'expected', id: 'support', name: 'Other' })).id).toBe(
      rule.id,
    );
    const others = [
      budgetOf({ unit: 'tokens' }),
      budgetOf({ window: { kind: 'calendar', unit: 'week' } }),
      budgetOf({ window: { kind: 'calendar', unit: 'month', timeZone: 'UTC' } }),
      budgetOf({ scope: { kind: 'team', value: 'Legal' } }),
    ].map((one) => toBudgetRule(one).id);
    expect(new Set([rule.id, ...others]).size).toBe(5);
  });

  it('names give ids without accents and signs', () => {
    expect(budgetIdOf('Zürich: Support & Söhne')).toBe('zurich-support-sohne');
  });
});
