import { describe, expect, it } from 'vitest';

import type { BudgetRule } from '../../rulebook/budget-rules.ts';
import type { PriceBookData, PriceDecision } from '../../prices/prices.ts';
import { annotationsOf, annotationsSentence } from './annotations.ts';
import type { Known } from './annotations.ts';
import { inScope } from './scope.ts';

const AUGUST = { fromMs: Date.parse('2026-08-01T00:00:00Z'), toMs: Date.parse('2026-09-01T00:00:00Z') };
const MID = Date.parse('2026-08-15T00:00:00Z');
const BOOK: PriceBookData = {
  version: 'test',
  providers: ['acme', 'other'].map((id) => ({
    id,
    name: id,
    apiPattern: '',
    models: ['swift', 'deep'].map((model) => ({
      id: model,
      match: { equals: model },
      rows: [
        { rates: { freshIn: '2', textOut: '8' } },
        { from: '2026-08-20', rates: { freshIn: '3', textOut: '8' } },
      ],
    })),
  })),
};

function known(some: Partial<Known> = {}): Known {
  return {
    book: { ...BOOK, providers: [] },
    providers: new Set(['acme']),
    prices: [],
    commitments: [],
    rules: [],
    budgets: [],
    crossings: [],
    anomalies: [],
    plans: [],
    closed: [],
    teamOf: () => '',
    amountOf: ({ amount }) => `$${amount}`,
    ...some,
  };
}

const textsOf = (some: Partial<Known>, where: Parameters<typeof annotationsOf>[1]['where'] = []): string[] =>
  annotationsOf(known(some), { during: AUGUST, where }).map(({ text }) => text);

const decided = (id: string, version: number, body: object, action: 'set' | 'withdraw' = 'set') => ({
  kind: 'rule' as const,
  id,
  version,
  action,
  body: body as Readonly<Record<string, unknown>>,
  reason: '',
  author: 'anna',
  decidedAtMs: MID,
});

describe('marks of prices', () => {
  it('says of an agreed price that ends what the rates come to, and which way', () => {
    const overrides = [
      {
        provider: 'acme',
        model: 'swift',
        until: '2026-08-15T00:00:00Z',
        rates: { freshIn: '2.5', textOut: '20' },
      },
    ];
    const book = { ...BOOK, overrides } as PriceBookData;
    expect(textsOf({ book })[0]).toBe(
      'Price of acme swift falls: input $2.50 to $2.00, output $20.00 to $8.00 per million tokens',
    );
  });

  it('keeps silent where what ends and what follows are the same', () => {
    const overrides = [
      { provider: 'acme', model: 'swift', until: '2026-08-15', rates: { freshIn: '2', textOut: '8' } },
    ];
    expect(textsOf({ book: { ...BOOK, overrides }, providers: new Set() })).toEqual([]);
  });

  it('says the terms of an agreement over many models', () => {
    const overrides = [
      { provider: 'acme', model: '*', from: '2026-08-03', multiplier: '0.9', note: 'committed' },
    ];
    const book = { ...BOOK, overrides } as PriceBookData;
    expect(textsOf({ book, providers: new Set() })).toEqual([
      'Agreed price of acme begins: 10% off list (committed)',
    ]);
  });

  it('joins list prices of a provider that is used, and tells none of others', () => {
    expect(textsOf({ book: BOOK })).toEqual(['List prices of acme change: swift, deep']);
  });

  it('puts a price for all time where it was decided', () => {
    const price = { provider: 'acme', model: 'swift', multiplier: '1.2' };
    const decision = {
      action: 'set',
      id: 'p1',
      at: '2026-08-09T10:00:00Z',
      actor: '',
      reason: '',
      origin: 'set',
      confirmed: [],
      supersedes: '',
      price,
    } as PriceDecision;
    expect(textsOf({ prices: [decision] })).toEqual(['Price of acme swift set for all time: 20% above list']);
  });
});

describe('marks of decisions', () => {
  it('says set, changed and ended of a budget, with both amounts', () => {
    const budget = (amount: string) =>
      ({
        id: 'cx',
        name: 'CX',
        amount,
        unit: 'money',
        scope: { kind: 'team', value: 'CX', tag: '' },
      }) as BudgetRule;
    const version = (number: number, amount: string, action: 'set' | 'end') => ({
      id: 'cx',
      version: number,
      action,
      budget: budget(amount),
      reason: '',
      author: '',
      decidedAtMs: MID + number,
    });
    const budgets = [version(1, '5', 'set'), version(2, '9', 'set'), version(3, '9', 'end')];
    expect(textsOf({ budgets })).toEqual([
      'Budget CX set to $5',
      'Budget CX changed from $5 to $9',
      'Budget CX ended',
    ]);
    const others = [{ dimension: 'team' as const, is: ['Search'] }];
    expect(textsOf({ budgets }, others)).toEqual([]);
  });

  it('says of a budget that it was used up or refuses calls, whose it was, and leads to it', () => {
    const rule = (value: string) =>
      ({
        id: 'cx',
        name: 'CX',
        amount: '9',
        unit: 'money',
        scope: { kind: 'team', value, tag: '' },
      }) as BudgetRule;
    const crossings = [
      { rule: rule('CX'), value: 'CX', percent: 80, atMs: MID, spent: 8n },
      { rule: rule('*'), value: 'Search', percent: 100, atMs: MID + 1, spent: 10n },
    ];
    const during = AUGUST;
    const marks = annotationsOf(known({ crossings }), { during, where: [] });
    expect(marks.map(({ text, link, scope }) => [text, link, scope])).toEqual([
      ['Budget CX at 80%, where it refuses calls: $8 of $9', '/budgets?show=cx', { team: 'CX' }],
      ['Budget CX of Search used up: $10 of $9', '/budgets?show=cx', { team: 'Search' }],
    ]);
    const others = [{ dimension: 'team' as const, is: ['Search'] }];
    expect(annotationsOf(known({ crossings }), { during, where: others })).toHaveLength(1);
  });

  it('keeps the last word of an anomaly, where it was, and not one that was opened again', () => {
    const note = (anomaly: string, state: 'expected' | 'open' | 'resolved', words: string) => ({
      anomaly,
      state,
      note: words,
      workflow: 'support',
      fromMs: MID,
      toMs: MID + 3_600_000,
      actor: '',
      atMs: MID + 1,
    });
    const anomalies = [
      note('a', 'resolved', ''),
      note('a', 'expected', 'load test'),
      note('b', 'resolved', ''),
      note('b', 'open', ''),
    ];
    expect(annotationsOf(known({ anomalies, teamOf: () => 'CX' }), { during: AUGUST, where: [] })).toEqual([
      {
        atMs: MID,
        kind: 'anomaly',
        short: 'Expected',
        text: 'Anomaly in support, expected: load test',
        link: '/anomalies?during=2026-08-15T00:00:00.000Z..2026-08-15T01:00:00.000Z',
        scope: { workflow: 'support', team: 'CX' },
      },
    ]);
  });

  it('tells commitments by their own dates, and withdrawn ones not at all', () => {
    const body = { provider: 'acme', model: '', hourly: '4', fromMs: MID, untilMs: AUGUST.toMs };
    const commitments = [
      decided('ptu', 1, body),
      decided('old', 1, body),
      decided('old', 2, body, 'withdraw'),
    ];
    expect(textsOf({ commitments })).toEqual(['Commitment ptu to acme begins: $4.00 an hour, used or not']);
  });

  it('tells rules, closed months and locked plans', () => {
    const sums = {} as Known['closed'][number]['frozen'];
    const plan = (action: 'propose' | 'lock') => ({
      ...decided('p', 1, { name: 'Q3', scope: { kind: 'organisation', name: '' } }),
      kind: 'plan' as const,
      action,
    });
    expect(
      textsOf({
        rules: [decided('cx', 2, { set: { team: 'CX' } }), decided('cx', 3, { set: {} }, 'withdraw')],
        closed: [{ month: '2026-07', lockedAtMs: MID, frozen: sums } as Known['closed'][number]],
        plans: [plan('propose'), plan('lock')],
      }),
    ).toEqual([
      '2026-07 was closed: later corrections are booked in the month in which they are found',
      'Attribution rule cx in force, version 2',
      'Attribution rule cx withdrawn',
      'Plan Q3 locked',
    ]);
  });

  it('says in a sentence how much there is, and when there is nothing', () => {
    expect(annotationsSentence([])).toContain('Nothing was decided');
    const [one] = annotationsOf(known({ rules: [decided('cx', 1, {})] }), { during: AUGUST, where: [] });
    expect(annotationsSentence([one!])).toBe(
      'One thing happened in this period: Attribution rule cx in force.',
    );
  });
});

describe('inScope', () => {
  it.each([
    [{ model: 'gpt-*' }, { dimension: 'model', is: ['gpt-5.2'] }, true],
    [{ model: 'gpt-*' }, { dimension: 'model', is: ['claude'] }, false],
    [{ model: 'gpt-*' }, { dimension: 'model', not: ['gpt-5.2'] }, true],
    [{ model: 'a.c' }, { dimension: 'model', is: ['abc'] }, false],
    [{ team: 'CX' }, { dimension: 'team', not: ['CX'] }, false],
    [{ team: 'CX' }, { dimension: 'team', is: ['Search', 'CX'] }, true],
    [{ team: 'CX' }, { dimension: 'workflow', is: ['support'] }, true],
    [{}, { dimension: 'team', is: ['CX'] }, true],
    [{ workflow: '' }, { dimension: 'workflow', is: [''] }, true],
    [{ workflow: 'x' }, { dimension: 'customer', is: ['y'] }, true],
  ] as const)('%j under %j: %s', (scope, condition, expected) => {
    expect(inScope(scope, [condition])).toBe(expected);
  });
});
