import fc from 'fast-check';
import { expect, it } from 'vitest';

import type { LedgerAnswer } from '../../../api/contract.ts';
import { formatDollars, parseDollars } from '../../../units/money.ts';
import type { Bucket } from './buckets.ts';
import { seriesOf } from './series.ts';

const bucket = (key: string): Bucket => ({ key, startsAt: key, partial: false });
const answer = (rows: readonly (readonly [readonly string[], bigint])[]): LedgerAnswer =>
  ({
    rows: rows.map(([group, cost]) => ({ group: [...group], figures: { cost: formatDollars(cost) } })),
  }) as LedgerAnswer;

it('adds up to the total of every bucket, whatever is left out', () => {
  const cell = fc.bigInt({ min: -1_000_000_000_000n, max: 1_000_000_000_000_000n });
  const grid = fc.array(fc.array(cell, { minLength: 4, maxLength: 4 }), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(grid, fc.integer({ min: 0, max: 4 }), (amounts, shown) => {
      const keys = amounts.map((_, at) => `2026-11-${at + 1}`);
      const values = ['support', '', 'research', 'voice'];
      const cells = answer(
        amounts.flatMap((row, at) => row.map((cost, of) => [[keys[at]!, values[of]!], cost] as const)),
      );
      const sums = amounts.map((row) => row.reduce((sum, cost) => sum + cost, 0n));
      const totals = answer(sums.map((cost, at) => [[keys[at]!], cost] as const));
      const series = seriesOf({ buckets: keys.map(bucket), totals, cells, names: values.slice(0, shown) });
      for (const [at, sum] of sums.entries())
        expect(series.reduce((total, { amounts: of }) => total + (of[at] ?? 0n), 0n)).toBe(sum);
    }),
  );
});

it('keeps the unattributed apart from the rest', () => {
  const totals = answer([[['d'], parseDollars('10')]]);
  const cells = answer([[['d', ''], parseDollars('2')]]);
  const series = seriesOf({ buckets: [bucket('d')], totals, cells, names: [''] });
  expect(series).toEqual([
    { name: '', rest: false, amounts: [parseDollars('2')] },
    { name: '', rest: true, amounts: [parseDollars('8')] },
  ]);
});
