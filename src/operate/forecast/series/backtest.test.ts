/** A back-test that peeks is worth nothing: what it may look at, and what it may not. */
import { describe, expect, it } from 'vitest';

import { choose, knowing, planFolds, runFolds } from './backtest.ts';
import { variantsOf } from './candidates.ts';
import { judge } from './intervals.ts';
import type { Circumstances } from './prepare.ts';

const GIVEN: Circumstances = { periods: [7], positive: true, shifts: [], calendar: [], setAside: true };
const VARIANTS = variantsOf([7], true, false);
const WEEK = [10, 12, 13, 12, 11, 5, 4];

function values(days: number): Float64Array {
  return Float64Array.from(
    { length: days },
    (_, day) => (WEEK[day % 7] as number) * (1 + 0.2 * Math.sin(day * day)),
  );
}

function folds(raw: Float64Array): ReturnType<typeof runFolds> {
  const plan = planFolds(raw.length, 0, [7], 14);
  const cold = VARIANTS.map(() => undefined);
  return runFolds(raw, GIVEN, VARIANTS, plan, false, cold);
}

describe('a fold', () => {
  it('does not change with what happened after its origin', () => {
    const plain = folds(values(200));
    for (const [index, fold] of plain.entries()) {
      const other = values(200).map((value, day) => (day < fold.origin ? value : 50 * value + day));
      const again = folds(other)[index];
      expect(again?.paths).toEqual(fold.paths);
      expect(again?.actual).not.toEqual(fold.actual); // so there was something to peek at
    }
  });

  it('is not judged by an interval that its own values made', () => {
    const raw = values(200);
    const plain = folds(raw);
    const wild = plain.map((fold, index) =>
      index === plain.length - 1 ? { ...fold, actual: fold.actual.map((value) => 100 * value) } : fold,
    );
    const [before, after] = [plain, wild].map((some) => judge(some, VARIANTS, 0.8, true));
    // Had the last fold made its own interval, that would have grown with it and held 80 %.
    expect((before?.inside ?? 0) - (after?.inside ?? 0)).toBeGreaterThan(8);
    expect(after?.judged).toBe(before?.judged);
  });
});

describe('the plan', () => {
  it('has folds inside the values, oldest first, the last one at the end', () => {
    for (const [count, horizon] of [
      [30, 7],
      [80, 13],
      [400, 90],
      [400, 365],
      [12, 1],
    ] as const) {
      const plan = planFolds(count, 0, [7], horizon);
      expect(plan.origins.toSorted((a, b) => a - b)).toEqual(plan.origins);
      expect((plan.origins.at(-1) ?? 0) + plan.horizon).toBe(count);
      expect(plan.horizon).toBeLessThanOrEqual(horizon);
      expect(plan.origins[0]).toBeGreaterThanOrEqual(10);
    }
    expect(planFolds(9, 0, [7], 7).origins).toEqual([]);
  });
});

describe('a choice', () => {
  it('is the last cycle again where nothing is better', () => {
    const walk = Float64Array.from(
      { length: 300 },
      (_, day) => 100 + 30 * Math.sin(day / 40) ** 3 + 5 * Math.sin(day * day),
    );
    const made = choose(folds(walk), VARIANTS);
    expect(made?.wape).toBeLessThanOrEqual(made?.naiveWape ?? 0);
    if (made?.isSkilled === false) expect(made.members).toEqual([made.naive]);
  });

  it('takes all that are near the best', () => {
    const made = choose(folds(values(300)), VARIANTS);
    expect(made?.isSkilled).toBe(true);
    expect(made?.members.length).toBeGreaterThan(1);
  });
});

it('a change of level that is known now is taken out of folds that could not know it', () => {
  const raw = values(200).map((value, day) => (day >= 150 ? 2 * value : value));
  const made = knowing(folds(raw), [{ at: 150, factor: 2, found: true }], 7);
  const earlier = made.filter(({ origin }) => origin < 150);
  expect(earlier.length).toBeGreaterThan(0);
  for (const { origin, actual } of earlier)
    for (const [step, value] of actual.entries())
      expect(value).toBeCloseTo(values(200)[origin + step] as number, 9);
});
