import { describe, expect, it } from 'vitest';

import { lineLedger } from '../../../test/fakes/line-ledger.ts';
import type { FakeLine } from '../../../test/fakes/line-ledger.ts';
import { readBudgetDraft } from '../../budgets/budgets.ts';
import type { BudgetDraft } from '../../budgets/budgets.ts';
import { formatDollars } from '../../units/money.ts';
import { readCrossings } from './crossings.ts';
import type { StoodBudget } from './crossings.ts';

const DAY_MS = 86_400_000;
const day = (date: number, month = 10): number => Date.UTC(2026, month, date);
const NOVEMBER = { fromMs: day(1), toMs: day(1, 11) };
const DRAFT: BudgetDraft = {
  name: 'Support',
  scope: { kind: 'team', value: 'CX' },
  amount: '100',
  window: { kind: 'calendar', unit: 'month' },
};

function stood(more: Partial<BudgetDraft> = {}, fromMs = -Infinity, toMs = Infinity): StoodBudget {
  const read = readBudgetDraft({ ...DRAFT, ...more }, 'UTC');
  if (read.kind === 'problems') throw new Error(JSON.stringify(read.problems));
  return { rule: read.budget, fromMs, toMs };
}

/** Ten dollars at 12:30 of every day of October and November. */
function daily(team = 'CX', cost = '10'): FakeLine[] {
  return Array.from({ length: 61 }, (_, at) => ({
    atMs: day(1, 9) + at * DAY_MS + 12.5 * 3_600_000,
    cost,
    is: { team, customer: `${team} Ltd` },
    tokens: 1_000,
  }));
}

async function told(versions: readonly StoodBudget[], during = NOVEMBER, lines = daily()) {
  const { crossings, untold } = await readCrossings(lineLedger(lines).reader, versions, during);
  return {
    untold,
    marks: crossings.map(({ value, percent, atMs, spent }) =>
      [value, percent, new Date(atMs).toISOString().slice(0, 13), formatDollars(spent)].join(' '),
    ),
  };
}

describe('when a budget was crossed', () => {
  it('is the hour in which its window came to the amount, once in each window, and never below it', async () => {
    expect((await told([stood()])).marks).toEqual(['CX 100 2026-11-10T12 100']);
    expect((await told([stood()], { fromMs: day(1, 9), toMs: day(1, 11) })).marks).toEqual([
      'CX 100 2026-10-10T12 100',
      'CX 100 2026-11-10T12 100',
    ]);
    expect((await told([stood({ amount: '300.01' })])).marks).toEqual([]);
    expect((await told([stood()], { fromMs: day(11), toMs: day(1, 11) })).marks).toEqual([]);
  });

  it('is told too of thresholds that refuse calls, not of those that warn', async () => {
    const thresholds: BudgetDraft['thresholds'] = [
      { percent: 50, action: { kind: 'warn' } },
      { percent: 80, action: { kind: 'block' } },
    ];
    expect((await told([stood({ thresholds })])).marks).toEqual([
      'CX 80 2026-11-08T12 80',
      'CX 100 2026-11-10T12 100',
    ]);
  });

  it('goes by the budget that was in force: raised before, set after, lowered, ended', async () => {
    const raised = [stood({}, day(1), day(5)), stood({ amount: '200' }, day(5))];
    expect((await told(raised)).marks).toEqual(['CX 100 2026-11-20T12 200']);
    expect((await told([stood({}, day(15))])).marks).toEqual(['CX 100 2026-11-15T12 150']);
    const lowered = [stood({ amount: '250' }, day(1), day(15)), stood({}, day(15))];
    expect((await told(lowered)).marks).toEqual(['CX 100 2026-11-15T12 150']);
    expect((await told([stood({}, day(1), day(9))])).marks).toEqual([]);
    const renamed = [
      stood({}, day(1), day(15)),
      stood({ reason: 'as before' } as Partial<BudgetDraft>, day(15)),
    ];
    expect((await told(renamed)).marks).toEqual(['CX 100 2026-11-10T12 100']);
  });

  it('is told of each value that has a budget of its own', async () => {
    const each = stood({ scope: { kind: 'customer', value: '*' } });
    const lines = [...daily(), ...daily('Search', '3'), ...daily('Lab', '4')];
    expect((await told([each], NOVEMBER, lines)).marks).toEqual([
      'CX Ltd 100 2026-11-10T00 100',
      'Lab Ltd 100 2026-11-25T00 100',
    ]);
  });

  it('counts tokens, and what a rolling window has left is not in it', async () => {
    const tokens = stood({ unit: 'tokens', amount: '7000' });
    expect((await told([tokens])).marks.map((mark) => mark.slice(0, 20))).toEqual(['CX 100 2026-11-07T12']);
    const rolling = (amount: string) => stood({ amount, window: { kind: 'rolling', hours: 72 } });
    expect((await told([rolling('30.01')])).marks).toEqual([]);
    expect((await told([rolling('30')])).marks[0]).toBe('CX 100 2026-11-01T12 30');
  });

  it('is not told, and that is said, where a year would have to be read by the hour', async () => {
    const year = { fromMs: day(1, -2), toMs: day(1, 11) };
    const rolling = stood({ window: { kind: 'rolling', hours: 24 } });
    expect(await told([rolling], year)).toEqual({ marks: [], untold: ['Support'] });
    expect((await told([stood()], year)).marks).toEqual([
      'CX 100 2026-10-10T00 100',
      'CX 100 2026-11-10T00 100',
    ]);
  });
});
