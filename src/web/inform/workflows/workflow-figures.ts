/** Figures of a workflow that are worked out of those of the ledger; money exact. Undefined: there is nothing to divide by. */
import type { Figures } from '../../../api/contract.ts';
import type { CompositionAnswer } from '../../../api/contract/composition.ts';
import { divideRounded, formatDollars, parseDollars } from '../../../units/money.ts';
import type { Picodollars } from '../../../units/money.ts';

/** The three factors of a cost: calls, tokens in each, and what a thousand of them cost. */
export const FACTORS = [
  'calls',
  'cost',
  'costPerCall',
  'averageInputTokens',
  'averageOutputTokens',
  'inputTokens',
  'outputTokens',
  'cacheReadTokens',
  'inputCost',
  'outputCost',
  'unpricedCalls',
  'share',
] as const;

const TOKENS = 1_000n;
const SHARE_STEPS = 1_000_000n;

export function tokensPerCall({ averageInputTokens, averageOutputTokens }: Figures): number | undefined {
  if (typeof averageInputTokens !== 'number' || typeof averageOutputTokens !== 'number') return undefined;
  return averageInputTokens + averageOutputTokens;
}

/** Input in the cost; the rest is output and fees. Where corrections gave back more than was spent there is no share. */
export function inputShare({ cost = '0', inputCost = '0' }: Figures): number | undefined {
  const [all, input] = [parseDollars(cost), parseDollars(inputCost)];
  if (all <= 0n || input < 0n || input > all) return undefined;
  return Number((input * SHARE_STEPS) / all) / Number(SHARE_STEPS);
}

/** Input that came from a cache. */
export function cachedShare({ inputTokens = 0, cacheReadTokens = 0 }: Figures): number | undefined {
  return inputTokens > 0 ? cacheReadTokens / inputTokens : undefined;
}

/** Dollars for a thousand tokens, input and output together; fees are for no tokens. */
export function ratePerThousand(figures: Figures): string | undefined {
  const { inputTokens = 0, outputTokens = 0, inputCost = '0', outputCost = '0' } = figures;
  const tokens = BigInt(Math.round(inputTokens + outputTokens));
  if (tokens <= 0n) return undefined;
  return formatDollars(divideRounded((parseDollars(inputCost) + parseDollars(outputCost)) * TOKENS, tokens));
}

/** Dollars by part, as the marks take them. */
export function amountsOf(parts: CompositionAnswer['total']['parts']): Record<string, Picodollars> {
  return Object.fromEntries(Object.entries(parts).map(([name, amount]) => [name, parseDollars(amount)]));
}
