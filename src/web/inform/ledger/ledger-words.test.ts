/** The pure parts around the tables: dimensions, conditions on lines, columns, charges, timeline, the tree of a breakdown. */
import { describe, expect, it } from 'vitest';

import type { LedgerLine, Receipt } from '../../../api/contract.ts';
import { LINE } from '../../../../test/fakes/line.ts';
import { nodesOf, openedOf, rowKey, sorted, sortingOf } from './breakdown-tree.ts';
import { chargesOf } from './charges.ts';
import { cleaned, keepChoice, movedColumn, readChoice, STANDARD, toggledColumn } from './column-choice.ts';
import { levelsOf, splitSpans } from './dimensions.ts';
import { lineMatches } from './line-matches.ts';
import { timelineOf } from './timeline.ts';

const line = LINE as LedgerLine;

describe('levels of a breakdown', () => {
  it.each([
    ['workflow,customer', ['workflow', 'customer']],
    ['model,,model,tag:env', ['model', 'tag:env']],
    ['', ['workflow']],
    ['a,b,c,d,e', ['a', 'b', 'c', 'd']],
  ])('%s: %j', (by, levels) => expect(levelsOf(by)).toEqual(levels));

  it('takes spans of time apart from what lines fulfil', () => {
    expect(splitSpans(['team=a=b', 'day=2026-11-05', 'model='])).toEqual({
      where: ['team=a=b', 'model='],
      during: '2026-11-05',
    });
  });
});

describe('conditions on a line that arrives', () => {
  it.each([
    [['workflow=support'], true],
    [['workflow=other', 'workflow=support'], true],
    [['workflow=support', 'team=other'], false],
    [['workflow!=support'], false],
    [['workflow!=other', 'tag:env=prod'], true],
    [['tag:none='], true],
  ])('%j: %s', (where, is) => {
    const own = { ...line, workflow: 'support', team: 'CX', tags: { env: 'prod' } };
    expect(lineMatches(own, where)).toBe(is);
  });
});

describe('the choice of columns', () => {
  it('is kept, moved and cleaned of what is no column any more', () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => void kept.set(name, value),
      removeItem: (name: string) => void kept.delete(name),
    };
    const choice = movedColumn(toggledColumn(STANDARD, 'team'), 'model', -1);
    keepChoice(storage, choice);
    expect(readChoice(storage)).toEqual(choice);
    keepChoice(storage, STANDARD);
    expect(kept.size).toBe(0);
    expect(movedColumn(STANDARD, 'workflow', -1)).toBe(STANDARD); // the call stays before it
    const older = cleaned({ order: ['cost', 'gone', 'model', 'time'], hidden: ['gone', 'cost', 'model'] });
    expect(older.order.slice(0, 2)).toEqual(['time', 'call']);
    expect(older.order.at(-1)).toBe('cost');
    expect(older.order.toSorted()).toEqual(STANDARD.order.toSorted());
    expect(older.hidden).toContain('model');
    expect(older.hidden).not.toContain('cost');
  });
});

function receiptOf(own: Partial<LedgerLine>, total: string): Receipt {
  return { call: 'c', lines: [{ ...line, ...own }], currency: 'USD', total, unpricedLines: 0 };
}

describe('the charges of a receipt', () => {
  const buckets = [
    { bucket: 'freshIn', units: 4_912, rate: '4.9', listRate: '5', cost: '0.0240688' },
    { bucket: 'textOut', units: 168, rate: '24.5', listRate: '25', cost: '0.004116' },
  ];

  it('are at list prices with the discount below, where that is exact', () => {
    const { rows, agreed, units } = chargesOf(receiptOf({ buckets, listCost: '0.02876' }, '0.0281848'));
    expect(rows.map(({ rate, cost }) => [rate, cost])).toEqual([
      ['5', '0.02456'],
      ['25', '0.0042'],
    ]);
    expect(agreed).toEqual({ before: '0.02876', change: '-0.0005752', permille: -20 });
    expect(units).toBe(5_080);
  });

  it('are as charged where the list does not add up to the digit, or nothing else was agreed', () => {
    const off = chargesOf(receiptOf({ buckets, listCost: '0.0287600001' }, '0.0281848'));
    expect(off.agreed).toBeUndefined();
    expect(off.rows.map(({ rate }) => rate)).toEqual(['4.9', '24.5']);
    const same = buckets.map((one) => ({ ...one, listRate: one.rate }));
    expect(
      chargesOf(receiptOf({ buckets: same, listCost: '0.0281848' }, '0.0281848')).agreed,
    ).toBeUndefined();
  });
});

describe('the timeline of a call', () => {
  it('has every attempt in its order, then what was recorded and corrected', () => {
    const at = (ms: number): string => new Date(1e12 + ms).toISOString();
    const base = { ...line, part: 'call', leg: 'settle', status: 'ok', httpStatus: 200 };
    const happened = timelineOf([
      {
        ...base,
        id: 'b',
        attemptNumber: 2,
        kind: 'retry',
        startedAt: at(500),
        firstByteMs: 100,
        durationMs: 900,
      },
      {
        ...base,
        id: 'a',
        attemptNumber: 1,
        status: 'upstream_error',
        httpStatus: 529,
        startedAt: at(0),
        firstByteMs: 0,
        durationMs: 400,
      },
      { ...base, id: 'c', leg: 'adjust', cause: 'late-usage', cost: '-0.5', startedAt: at(0) },
    ]);
    expect(happened.map(({ what, afterMs }) => [what, afterMs])).toEqual([
      ['Started', 0],
      ['The provider answered with an error', 400],
      ['Dispatched again (retry)', 500],
      ['First byte', 600],
      ['Ended', 1_400],
      ['Recorded', null],
      ['Corrected', null],
    ]);
  });
});

describe('the tree of a breakdown', () => {
  const figures = (cost: string) => ({ calls: 1, cost, share: 0.1 });
  const answer = {
    by: ['workflow', 'team'],
    rows: [
      { group: ['a', 'x'], figures: figures('30') },
      { group: ['', ''], figures: figures('9.5') },
    ],
    other: figures('1'),
  };

  it('has groups with their conditions, nobody a row of its own, and last the rest', () => {
    const nodes = nodesOf(answer, ['workflow', 'model'], { level: 0, conditions: [] });
    expect(nodes.map(({ kind, name, next }) => [kind, name, next])).toEqual([
      ['group', 'a', 'model'],
      ['group', '', 'model'],
      ['other', '', 'workflow'],
    ]);
    expect(openedOf(nodes[0]?.id ?? '')).toMatchObject({
      conditions: ['workflow=a', 'team=x'],
      dimension: 'model',
    });
    const rest = nodesOf(answer, ['workflow', 'model'], {
      level: 1,
      conditions: [],
      listed: new Set([rowKey(nodes[0] ?? nodes[1]!)]),
    });
    expect(rest.map(({ kind, name, next }) => [kind, name, next])).toEqual([
      ['group', '', 'model'],
      ['other', '', undefined],
    ]);
  });

  it('is put in another order only where every row is there', () => {
    const all = nodesOf({ ...answer, other: null }, ['workflow'], { level: 0, conditions: [] });
    const up = sortingOf('cost.asc');
    expect(sorted(all, up).map(({ figures: { cost } }) => cost)).toEqual(['9.5', '30']);
    const some = nodesOf(answer, ['workflow'], { level: 0, conditions: [] });
    expect(sorted(some, up)).toBe(some);
    expect(sortingOf('nothing.asc')).toBeUndefined();
  });
});
