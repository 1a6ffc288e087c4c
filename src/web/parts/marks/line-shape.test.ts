import fc from 'fast-check';
import { expect, it } from 'vitest';

import {
  labelsAlong,
  lineDomain,
  partsOf,
  placeDomain,
  stretchesOf,
  tickDecimals,
  valuePlace,
} from './line-shape.ts';
import { textWidth } from './reading.ts';
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

it('writes labels of the axis that do not touch, within the room of a phone and of a wide page', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 120, max: 1_200 }),
      (labels, width) => {
        const x = (at: number): number => 40 + ((width - 50) * at) / Math.max(labels.length - 1, 1);
        const shown = labelsAlong(labels, x, [36, width]);
        expect(shown[0]?.at).toBe(0);
        const ends = shown.map(({ at, x: middle }) => {
          const half = textWidth(labels[at] ?? '') / 2;
          return [middle - half, middle + half] as const;
        });
        for (const [at, [from, to]] of ends.entries()) {
          expect(from).toBeGreaterThanOrEqual(36 - 1e-9);
          expect(to).toBeLessThanOrEqual(width + 1e-9);
          if (at > 0) expect(from).toBeGreaterThan(ends[at - 1]?.[1] ?? 0);
        }
      },
    ),
  );
});

it('has a single point in the middle, and several from end to end', () => {
  expect(placeDomain(1)).toEqual([-1, 1]);
  expect(placeDomain(2)).toEqual([0, 1]);
  expect(placeDomain(7)).toEqual([0, 6]);
});

it('writes the last figure over its point, under it, or beside, and never over the setpoint’s words', () => {
  const room = { x: [36, 300], y: [0, 190] } as const;
  const value = { text: '$0.16', x: 290, high: 100, low: 110 };
  expect(valuePlace(value, room, undefined)).toMatchObject({ y: 92 });
  const near = { text: 'setpoint $0.15', y: 95 };
  expect(valuePlace(value, room, near)).toMatchObject({ y: 126 });
  expect(valuePlace({ ...value, high: 10, low: 20 }, room, undefined)).toMatchObject({ y: 36 });
  // At the left end it stays off the axis, and the words at the right end are far.
  const single = valuePlace({ ...value, x: 40 }, room, near);
  expect(single).toMatchObject({ x: 36 + textWidth(value.text) / 2, y: 92 });
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 180 }), fc.integer({ min: 0, max: 120 }), (high, wordsAt) => {
      const words = { text: near.text, y: wordsAt + 30 };
      const placed = valuePlace({ ...value, high, low: Math.min(high + 4, 184) }, room, words);
      expect(Math.abs(placed.y - words.y)).toBeGreaterThanOrEqual(14);
    }),
  );
});
