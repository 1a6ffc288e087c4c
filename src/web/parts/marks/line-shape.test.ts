import fc from 'fast-check';
import { expect, it } from 'vitest';

import { lineDomain, partsOf, stretchesOf, tickDecimals } from './line-shape.ts';
import type { LinePoint } from './line-shape.ts';

const reading = fc.integer({ min: -1_000, max: 100_000 }).map((at) => ({ at, text: `${at}` }));
const points = fc.array(
  fc.record({
    key: fc.string(),
    label: fc.string(),
    value: fc.option(reading, { nil: undefined }),
    interval: fc.tuple(reading, reading),
  }),
);

it('has every point in one stretch, drawn only where it was measured', () => {
  fc.assert(
    fc.property(points, (given: LinePoint[]) => {
      const { measured, gaps } = stretchesOf(given);
      const covered = [...measured, ...gaps].flatMap(([from, to]) =>
        Array.from({ length: to - from + 1 }, (_, at) => from + at),
      );
      expect(covered.toSorted((a, b) => a - b)).toEqual(given.map((_, at) => at));
      for (const [from, to] of measured)
        for (const one of given.slice(from, to + 1)) expect(one.value).toBeDefined();
      for (const [from, to] of gaps)
        for (const one of given.slice(from, to + 1)) expect(one.value).toBeUndefined();
    }),
  );
});

it('has zero, every point and every interval on its axis', () => {
  fc.assert(
    fc.property(points, fc.array(fc.integer()), (given: LinePoint[], others) => {
      const [least, most] = lineDomain(given, others);
      expect(most).toBeGreaterThan(least);
      const all = given.flatMap(({ value, interval = [] }) => [
        value?.at ?? 0,
        ...interval.map(({ at }) => at),
      ]);
      for (const one of [0, ...others, ...all]) expect(one >= least && one <= most).toBe(true);
    }),
  );
});

it.each([
  [[0, 0.05, 0.1], 2],
  [[0, 0.002], 3],
  [[0, 500], 0],
  [[0, 0.5], 1],
  [[7], 0],
])('writes the ticks %j with %i decimals', (ticks, decimals) => {
  expect(tickDecimals(ticks)).toBe(decimals);
});

it('joins what was and what is forecast at the last point that was', () => {
  const course = [false, false, false, true, true].map((forecast) => ({ forecast }));
  expect(partsOf([0, 4], course)).toEqual([
    { stretch: [0, 2], forecast: false },
    { stretch: [2, 4], forecast: true },
  ]);
  expect(partsOf([0, 2], course)).toEqual([{ stretch: [0, 2], forecast: false }]);
  expect(partsOf([3, 4], course)).toEqual([{ stretch: [3, 4], forecast: true }]);
});
