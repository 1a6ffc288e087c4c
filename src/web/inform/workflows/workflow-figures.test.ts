import { expect, it } from 'vitest';

import { cachedShare, inputShare, ratePerThousand, tokensPerCall } from './workflow-figures.ts';

it('has a rate for a thousand tokens, exact and without fees', () => {
  const figures = { inputTokens: 3_000, outputTokens: 1_000, inputCost: '0.03', outputCost: '0.01' };
  expect(ratePerThousand({ ...figures, cost: '5.04' })).toBe('0.01');
  expect(ratePerThousand({})).toBeUndefined();
});

it('has shares of what is there, and none of nothing', () => {
  expect(inputShare({ cost: '2', inputCost: '0.5' })).toBe(0.25);
  expect(inputShare({ cost: '0', inputCost: '0' })).toBeUndefined();
  // A correction of the output below zero would make the input more than all.
  expect(inputShare({ cost: '1', inputCost: '1.5' })).toBeUndefined();
  expect(cachedShare({ inputTokens: 400, cacheReadTokens: 100 })).toBe(0.25);
  expect(cachedShare({ inputTokens: 0, cacheReadTokens: 0 })).toBeUndefined();
});

it('does not take an unknown average for zero', () => {
  expect(tokensPerCall({ averageInputTokens: 100, averageOutputTokens: 20 })).toBe(120);
  expect(tokensPerCall({ averageInputTokens: null, averageOutputTokens: null })).toBeUndefined();
});
