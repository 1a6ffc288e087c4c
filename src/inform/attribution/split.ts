/**
 * Divides a shared cost among those who share it, to the picodollar. Pure.
 *
 * Every part of the cost (one per bucket, model, account …) is divided by the same weights and by largest remainder, so
 * the parts of a part sum to it, and the whole sums to the whole: nothing is lost, nothing is made.
 */
import { parseDollars, splitByWeights } from '../../units/money.ts';
import type { Picodollars } from '../../units/money.ts';

export interface SplitTarget {
  readonly workflow: string;
  readonly team: string;
  readonly customer: string;
}

/** The target that keeps what nobody used of a commitment. */
export const UNUSED: SplitTarget = { workflow: 'unused', team: '', customer: '' };

/**
 * How a cost is divided: evenly, by stated weights, or by what each target used in the month. The first two name their
 * targets; the third finds them, or takes only those that are named.
 */
export type SplitMethod =
  | { readonly kind: 'even'; readonly targets: readonly SplitTarget[] }
  | {
      readonly kind: 'weights';
      readonly targets: ReadonlyArray<SplitTarget & { readonly weight: string }>;
    }
  | {
      readonly kind: 'usage';
      readonly measure: UsageMeasure;
      /** Workflows that share; empty: all that used something. */
      readonly workflows: readonly string[];
    };

export const USAGE_MEASURES = ['cost', 'tokens', 'calls'] as const;
export type UsageMeasure = (typeof USAGE_MEASURES)[number];

export interface Weighted {
  readonly target: SplitTarget;
  /** Not negative; only its proportion to the others counts. */
  readonly weight: bigint;
}

export interface Share extends Weighted {
  /** Its weight over all weights, as a decimal to 12 digits; ratios of a split sum to exactly 1. */
  readonly ratio: string;
  /** What it gets of each part, in the order of the parts. */
  readonly parts: readonly Picodollars[];
  readonly amount: Picodollars;
}

/** Weights of stated targets. @throws RangeError when a weight is no decimal number, or negative. */
export function statedWeights(method: Extract<SplitMethod, { kind: 'even' | 'weights' }>): Weighted[] {
  if (method.kind === 'even') return method.targets.map((target) => ({ target, weight: 1n }));
  return method.targets.map(({ weight: text, ...target }) => {
    const weight = parseDollars(text);
    if (weight < 0n) throw new RangeError(`the weight of "${target.workflow}" is negative`);
    return { target, weight };
  });
}

/**
 * Adds the unused part of a commitment as a target of its own: capacity less what was used, at least nothing.
 * @param capacity in the same unit as the weights
 */
export function withUnused(weighted: readonly Weighted[], capacity: bigint): Weighted[] {
  const used = weighted.reduce((sum, { weight }) => sum + weight, 0n);
  const unused = capacity > used ? capacity - used : 0n;
  return unused === 0n ? [...weighted] : [...weighted, { target: UNUSED, weight: unused }];
}

const WHOLE = 1_000_000_000_000n;

/**
 * @returns one share per target in their order, or undefined when there is nothing to divide by (no target, or all
 * weights zero): then the cost stays where it is, since any division would be invented.
 */
export function divideCost(
  parts: readonly Picodollars[],
  weighted: readonly Weighted[],
): Share[] | undefined {
  const weights = weighted.map(({ weight }) => weight);
  if (weights.every((weight) => weight === 0n)) return undefined;
  const ratios = splitByWeights(WHOLE, weights);
  const divided = parts.map((part) => splitByWeights(part, weights));
  return weighted.map(({ target, weight }, at) => {
    const own = divided.map((one) => one[at] ?? 0n);
    const amount = own.reduce((sum, part) => sum + part, 0n);
    return { target, weight, ratio: ratioText(ratios[at] ?? 0n), parts: own, amount };
  });
}

function ratioText(ratio: bigint): string {
  const digits = ratio.toString().padStart(13, '0');
  const fraction = digits.slice(-12).replace(/0+$/, '');
  return `${digits.slice(0, -12)}${fraction === '' ? '' : `.${fraction}`}`;
}
