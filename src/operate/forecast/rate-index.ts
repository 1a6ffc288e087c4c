/**
 * Price changes that the price book knows, as steps of a workflow's rate: what its present mix of models and tokens costs from
 * each instant on, against before. Announced changes are taken into a forecast this way and no other. Pure.
 */
import type { PriceBook } from '../../prices/prices.ts';
import type { Bucket } from '../../units/tokens.ts';
import type { RecentModel } from './history.ts';

export interface RateStep {
  readonly atMs: number;
  /** Rate from then on ÷ rate before. */
  readonly factor: number;
  readonly name: string;
}

export interface RateStepAsk {
  readonly book: PriceBook;
  readonly team: string;
  readonly models: readonly RecentModel[];
  readonly fromMs: number;
  readonly toMs: number;
}

/** Below this a change does not show. */
const LEAST = 0.002;

export function rateSteps({ book, team, models, fromMs, toMs }: RateStepAsk): RateStep[] {
  const askOf = ({ provider, model }: RecentModel) => ({ provider, model, team, serviceTier: '', geo: '' });
  const starts = new Map<number, Set<string>>();
  for (const one of models)
    for (const atMs of book.shape(askOf(one))?.startsMs ?? [])
      if (atMs > fromMs && atMs < toMs) starts.set(atMs, (starts.get(atMs) ?? new Set()).add(one.model));
  const costAt = (atMs: number): number =>
    models.reduce((sum, one) => {
      const rate = (bucket: Bucket): number => {
        const inputTokens = one.calls === 0 ? 0 : Math.round(one.inputTokens / one.calls);
        return Number(book.rate({ ...askOf(one), bucket, inputTokens, atMs })?.rate ?? 0n);
      };
      const fresh = Math.max(0, one.inputTokens - one.cachedTokens);
      return (
        sum +
        fresh * rate('freshIn') +
        one.cachedTokens * rate('cacheRead') +
        one.outputTokens * rate('textOut')
      );
    }, 0);
  return [...starts]
    .toSorted((a, b) => a[0] - b[0])
    .flatMap(([atMs, names]): RateStep[] => {
      const [before, after] = [costAt(atMs - 1), costAt(atMs)];
      if (before <= 0 || after <= 0 || Math.abs(after / before - 1) < LEAST) return [];
      return [{ atMs, factor: after / before, name: `price of ${[...names].toSorted().join(', ')}` }];
    });
}
