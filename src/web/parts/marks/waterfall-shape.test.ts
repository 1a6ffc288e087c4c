import fc from 'fast-check';
import { expect, it } from 'vitest';

import { cutAt, domainOf, fitsColumns, levelsOf, spansOf } from './waterfall-shape.ts';

const amount = fc.integer({ min: -1_000_000, max: 1_000_000 });
const change = fc.record({ from: fc.integer({ min: 0, max: 1_000_000 }), amounts: fc.array(amount) });
const stepsOf = (amounts: readonly number[]) => amounts.map((one) => ({ amount: one }));

it('has steps that lead from the first column to the last', () => {
  fc.assert(
    fc.property(change, ({ from, amounts }) => {
      const levels = levelsOf(from, stepsOf(amounts));
      const to = from + amounts.reduce((sum, one) => sum + one, 0);
      const spans = spansOf(levels, to);
      expect(spans).toHaveLength(amounts.length + 2);
      expect(levels.at(-1)).toBe(to);
      for (const [at, one] of amounts.entries()) {
        const span = spans[at + 1];
        expect((span?.to ?? 0) - (span?.from ?? 0)).toBe(one);
        expect(span?.from).toBe(at === 0 ? from : spans[at]?.to);
      }
    }),
  );
});

it('draws every level inside its domain, and the base line unless it says that it is cut', () => {
  fc.assert(
    fc.property(change, ({ from, amounts }) => {
      const levels = levelsOf(from, stepsOf(amounts));
      const to = levels.at(-1) ?? 0;
      const [floor, top] = domainOf(levels, to);
      for (const span of spansOf(levels, to))
        for (const level of [span.from, span.to]) expect(level >= floor && level <= top).toBe(true);
      if (cutAt(levels, to) === 0) expect(floor <= 0 && top >= 0).toBe(true);
      expect(top).toBeGreaterThan(floor);
    }),
  );
});

it('never cuts away a level, and does not cut a change that is large beside its columns', () => {
  expect(cutAt([100, 180], 180)).toBe(0);
  expect(cutAt([-5, 100], 100)).toBe(0);
  const cut = cutAt([100, 104], 104);
  expect(cut > 0 && cut < 100).toBe(true);
});

it('gives each step a row where its label does not fit under a column', () => {
  const labels = ['Before', 'Context', 'Unattributed', 'After'];
  expect(fitsColumns(labels, 4, 720)).toBe(true);
  expect(fitsColumns(labels, 4, 300)).toBe(false);
});
