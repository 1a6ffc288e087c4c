import { describe, expect, it } from 'vitest';

import { statedCost } from './stated-cost.ts';

describe('a stated cost', () => {
  it.each([
    [0, 0n],
    [0.00216775, 2_167_750_000n],
    [0.0000401, 40_100_000n],
    [1e-7, 100_000n],
    [1.5e-12, 2n], // half to even
    [2.5e-12, 2n],
    [1e-30, 0n],
    [0.000041400000000000003, 41_400_000n],
    [12, 12_000_000_000_000n],
    ['0.00045', 450_000_000n],
    ['1E-3', 1_000_000_000n],
  ])('%s is %s picodollars', (value, pico) => expect(statedCost(value)).toBe(pico));

  it.each([-1, NaN, Infinity, 1e300, '', 'free', '-1', '1e999999', null, undefined, true, {}])(
    '%s is none',
    (value) => expect(statedCost(value as never)).toBeUndefined(),
  );
});
