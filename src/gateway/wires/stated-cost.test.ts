import { describe, expect, it } from 'vitest';

import { readStatedCost, statedCost } from './stated-cost.ts';

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

describe('the cost in a report', () => {
  it.each([
    [{ cost: 0.0021, is_byok: false }, 2_100_000_000n], // OpenRouter
    [{ cost: 0, is_byok: true, cost_details: { upstream_inference_cost: 0.5 } }, 0n], // its fee for a client's own key
    [{ cost: { input_tokens_cost: 0.001, total_cost: 0.006 } }, 6_000_000_000n], // Perplexity
    [{ cost_in_usd_ticks: 37_756_000 }, 3_775_600_000n], // xAI: $0.0037756
    [{ cost_in_usd_ticks: -1 }, undefined],
    [{ prompt_tokens: 1 }, undefined],
  ])('%j is %s picodollars', (report, pico) => expect(readStatedCost(report)).toBe(pico));
});
