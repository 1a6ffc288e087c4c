import fc from 'fast-check';
import { expect, it } from 'vitest';

import { extent, labelStep, runningSums, stacked } from './stack.ts';

const amount = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 16n });
const grid = fc.integer({ min: 1, max: 12 }).chain((buckets) =>
  fc.record({
    buckets: fc.constant(buckets),
    amounts: fc.array(fc.array(amount, { minLength: buckets, maxLength: buckets }), {
      minLength: 1,
      maxLength: 9,
    }),
  }),
);
const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);

it('adds up to the total of each bucket', () => {
  fc.assert(
    fc.property(grid, ({ buckets, amounts }) => {
      const stacks = stacked({ buckets, amounts, cumulative: false });
      for (const [bucket, parts] of stacks.entries())
        expect(sum(parts.map(({ from, to }) => to - from))).toBe(
          sum(amounts.map((its) => its[bucket] ?? 0n)),
        );
    }),
  );
});

it('lets no two parts of a bucket overlap, and begins at the base line', () => {
  fc.assert(
    fc.property(grid, fc.boolean(), ({ buckets, amounts }, cumulative) => {
      for (const parts of stacked({ buckets, amounts, cumulative })) {
        const spans = parts
          .map(({ from, to }) => [from, to].toSorted((a, b) => (a < b ? -1 : 1)))
          .filter(([low, high]) => low !== high)
          .toSorted(([a = 0n], [b = 0n]) => (a < b ? -1 : 1));
        for (const [at, [low]] of spans.entries()) if (at > 0) expect(low).toBe(spans[at - 1]?.[1]);
        if (spans.length > 0) expect(spans.flat().includes(0n)).toBe(true);
      }
    }),
  );
});

it('ends a cumulative stack with the total of everything', () => {
  fc.assert(
    fc.property(grid, ({ buckets, amounts }) => {
      const last = stacked({ buckets, amounts, cumulative: true }).at(-1) ?? [];
      expect(sum(last.map(({ from, to }) => to - from))).toBe(sum(amounts.flat()));
    }),
  );
});

it('has every level and the ghost inside its extent', () => {
  fc.assert(
    fc.property(grid, fc.array(fc.option(amount, { nil: undefined })), ({ buckets, amounts }, ghost) => {
      const stacks = stacked({ buckets, amounts, cumulative: false });
      const [least, most] = extent(stacks, ghost);
      for (const { to } of stacks.flat()) expect(to >= least && to <= most).toBe(true);
      for (const one of ghost) if (one !== undefined) expect(one <= most).toBe(true);
    }),
  );
});

it('sums what is known and keeps what is not', () => {
  expect(runningSums([1n, undefined, 2n])).toEqual([1n, undefined, 3n]);
});

it('thins labels until they fit', () => {
  expect(labelStep(31, 24, 48)).toBe(2);
  expect(labelStep(31, 60, 48)).toBe(1);
  expect(labelStep(400, 0.1, 48)).toBe(400);
});
