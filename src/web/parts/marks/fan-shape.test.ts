import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  apart,
  dateOf,
  dayNumber,
  factorsAt,
  linesOf,
  monthStarts,
  monthlyRate,
  rateAhead,
} from './fan-shape.ts';

const flat = (from: string, count: number, cost: number) =>
  Array.from({ length: count }, (_, at) => ({ date: dateOf(dayNumber(from) + at), cost }));

describe('the rate that spend runs at', () => {
  it('of a flat month is the month', () => {
    const points = monthlyRate(flat('2026-11-01', 30, 10), '2026-11');
    expect(points).toHaveLength(24);
    expect(points.every(({ value }) => Math.abs(value - 300) < 1e-9)).toBe(true);
  });
  it('does not see which weekday a week ends with', () => {
    const days = flat('2026-11-01', 30, 10).map((one, at) => ({ ...one, cost: at % 7 === 0 ? 70 : 0 }));
    expect(new Set(monthlyRate(days, '2026-11').map(({ value }) => Math.round(value)))).toEqual(
      new Set([300]),
    );
  });
  it('needs a week', () => {
    expect(monthlyRate(flat('2026-11-01', 6, 10), '2026-11')).toEqual([]);
  });
  it('goes on where it stood: the first point ahead is the last that was', () => {
    const history = flat('2026-11-01', 20, 10);
    const ahead = rateAhead(history, flat('2026-11-21', 10, 20), '2027-02');
    expect(ahead[0]).toEqual(monthlyRate(history, '2027-02').at(-1));
    expect(dateOf(ahead.at(-1)?.day ?? 0)).toBe('2026-11-30');
    expect(ahead.at(-1)?.value).toBeCloseTo(560);
  });
  it('is nothing where nothing is ahead', () => {
    expect(rateAhead(flat('2026-11-01', 20, 10), [], '2026-12')).toEqual([]);
  });
});

describe('how far off a day may be', () => {
  const at = factorsAt(
    [
      { month: '2026-12', factors: [0.8, 1.4] },
      { month: '2027-01', factors: [0.6, 1.8] },
    ],
    dayNumber('2026-11-25'),
  );
  it('is nothing now, that of a month in its middle, and stays after the last', () => {
    expect(at(dayNumber('2026-11-25'))).toEqual([1, 1]);
    expect(at(dayNumber('2026-12-16'))).toEqual([0.8, 1.4]);
    expect(at(dayNumber('2027-01-31'))).toEqual([0.6, 1.8]);
    const [low = 0, high = 0] = at(dayNumber('2026-12-05'));
    expect(low).toBeGreaterThan(0.8);
    expect(low).toBeLessThan(1);
    expect(high).toBeGreaterThan(1);
  });
  it('knows nothing of no month', () => {
    expect(factorsAt([], 5)(7)).toEqual([]);
  });
});

describe('labels', () => {
  it('stand apart and inside, in the order of what they name', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { maxLength: 10 }), (wanted) => {
        const placed = apart(wanted, 26, [0, 300]);
        const sorted = placed.toSorted((a, b) => a - b);
        for (const [at, y] of sorted.entries()) {
          expect(y).toBeGreaterThanOrEqual(0);
          expect(y).toBeLessThanOrEqual(300);
          if (at > 0) expect(y - (sorted[at - 1] ?? 0)).toBeGreaterThanOrEqual(26 - 1e-9);
        }
        for (const [one, y] of wanted.entries())
          for (const [other, z] of wanted.entries())
            if (y < z) expect(placed[one]).toBeLessThanOrEqual(placed[other] ?? 0);
      }),
    );
  });
  it('stay where they want to where there is room', () => {
    expect(apart([200, 100], 26, [0, 300])).toEqual([200, 100]);
  });
  it('take another line where they would lie on each other, and give up after the last', () => {
    const word = { x: 50, width: 40 };
    expect(linesOf([word, word, { x: 200, width: 40 }, word], 2)).toEqual([0, 1, 0, -1]);
  });
});

it('months begin on the first', () => {
  const [from, to] = [dayNumber('2026-08-10'), dayNumber('2027-02-28')];
  expect(monthStarts(from, to, 9).map(dateOf)).toEqual([
    '2026-09-01',
    '2026-10-01',
    '2026-11-01',
    '2026-12-01',
    '2027-01-01',
    '2027-02-01',
  ]);
  expect(monthStarts(from, to, 3).map(dateOf)).toEqual(['2026-09-01', '2026-11-01', '2027-01-01']);
});
