import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { expectSeries, HOURS_OF_WEEK, median } from './expectation.ts';
import { ORDINARY_RUNS, strangeRuns } from './events.ts';

const WEEK = 168;

/** Deterministic noise in −1 … 1. */
function noise(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state / 2 ** 32) * 2 - 1;
  };
}

/** A working week: busy by day, quiet at night and at the weekend. */
function workload(weeks: number, seed = 1, growth = 0): number[] {
  const random = noise(seed);
  return Array.from({ length: weeks * WEEK }, (_, at) => {
    const hour = at % 24;
    const weekday = Math.floor(at / 24) % 7;
    const shape = (hour >= 8 && hour < 19 ? 10 : 2) * (weekday < 5 ? 1 : 0.4);
    return 100 * shape * (1 + growth) ** (at / WEEK) * (1 + 0.1 * random());
  });
}

describe('expectation', () => {
  it('says nothing before there is history, and only then', () => {
    const { points } = expectSeries(workload(8));
    expect(points.slice(0, 2 * WEEK).every((point) => point === undefined)).toBe(true);
    expect(points.slice(4 * WEEK).every((point) => point !== undefined)).toBe(true);
  });

  it('holds about the share of hours that it is meant to hold', () => {
    for (const seed of [1, 2, 3, 4]) {
      const { coverage } = expectSeries(workload(30, seed));
      expect(coverage).toBeGreaterThan(0.975);
      expect(coverage).toBeLessThanOrEqual(1);
    }
  });

  it('follows growth without calling it strange', () => {
    const values = workload(30, 5, 0.015);
    const { points, coverage } = expectSeries(values);
    expect(coverage).toBeGreaterThan(0.97);
    expect(strangeRuns(values, points, { ...ORDINARY_RUNS, leastShare: 0.3 })).toEqual([]);
  });

  it('finds an incident of eleven hours at its hours, and nothing else', () => {
    const values = workload(14);
    const from = 12 * WEEK + 2 * 24 + 7;
    for (let at = from; at < from + 11; at += 1) values[at] = (values[at] ?? 0) * 3;
    const runs = strangeRuns(values, expectSeries(values).points);
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({ direction: 'above' });
    expect(Math.abs((runs[0]?.from ?? 0) - from)).toBeLessThanOrEqual(1);
    expect(Math.abs((runs[0]?.to ?? 0) - (from + 11))).toBeLessThanOrEqual(1);
  });

  it('finds an outage', () => {
    const values = workload(14);
    const from = 12 * WEEK + 3 * 24 + 9;
    for (let at = from; at < from + 6; at += 1) values[at] = 0;
    const runs = strangeRuns(values, expectSeries(values).points);
    expect(runs).toMatchObject([{ direction: 'below', from, to: from + 6, actual: 0 }]);
  });

  it('an incident does not teach the next week that it was normal', () => {
    const clean = workload(16, 9);
    const hit = clean.map((value, at) => (at >= 12 * WEEK + 30 && at < 12 * WEEK + 60 ? value * 8 : value));
    const of = (values: number[]): number => expectSeries(values).points[13 * WEEK + 40]?.value ?? NaN;
    expect(of(hit) / of(clean)).toBeLessThan(1.35);
  });

  it('a lasting shift is the new normal within two weeks', () => {
    const values = workload(20, 3).map((value, at) => (at >= 12 * WEEK ? value * 2 : value));
    const { points } = expectSeries(values);
    const late = points.slice(15 * WEEK).filter((point) => Math.abs(point?.score ?? 0) > 1);
    expect(late.length / (5 * WEEK)).toBeLessThan(0.03);
  });

  it('hours declared expected are no incident and teach nothing', () => {
    const values = workload(14);
    const ignored = new Set(Array.from({ length: 24 }, (_, at) => 12 * WEEK + at));
    for (const at of ignored) values[at] = 5_000;
    const after = (given: ReadonlySet<number>): number =>
      expectSeries(values, HOURS_OF_WEEK, given).points[13 * WEEK + 3]?.value ?? NaN;
    const untouched = expectSeries(workload(14)).points[13 * WEEK + 3]?.value ?? NaN;
    expect(Math.abs(after(ignored) / untouched - 1)).toBeLessThan(0.2);
  });

  it('survives any series', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e9, noNaN: true })), { maxLength: 700 }),
        (values) => {
          const { points } = expectSeries(values, {
            season: 24,
            seasons: 4,
            coverage: 0.9,
            calibration: 100,
          });
          expect(points).toHaveLength(values.length);
          for (const point of points) {
            if (point === undefined) continue;
            expect(point.low).toBeLessThanOrEqual(point.high);
            expect(Number.isNaN(point.score)).toBe(false);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('median', () => {
  it.each([
    [[3], 3],
    [[1, 9], 5],
    [[9, 1, 4], 4],
  ])('%j → %d', (values, middle) => expect(median(values)).toBe(middle));
});

it.each([
  [6, 8],
  [6, 9],
  [10, 14],
  [20, 26],
])('weeks of decline to %i do not make the steady weeks at %i after them strange', (end, after) => {
  const hours = Array.from({ length: 14 * WEEK }, (_, at) => {
    const level = at < 6 * WEEK ? 100 - ((100 - end) * at) / (6 * WEEK) : after;
    const busy = at % 24 >= 8 && at % 24 < 18 ? 1 : 0.2;
    return level * busy * (1 + 0.08 * Math.sin(at * 12.9898));
  });
  const { points } = expectSeries(hours);
  const later = points.slice(7 * WEEK).filter((point) => point !== undefined);
  expect(later).toHaveLength(7 * WEEK);
  expect(later.filter(({ score }) => score > 1).length).toBeLessThan(0.01 * later.length);
});
