/** How the words a provider returned with an answer (tier, place, speed) move list prices. */
import type { ReturnedDimension, ReturnedRule } from './book.ts';
import { compilePattern } from './names.ts';
import type { NameTest } from './names.ts';
import { instantMs } from './overrides.ts';

/** A decimal as a fraction, so that a multiple of a rate is exact until its one rounding. */
export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export const ONE: Fraction = { numerator: 1n, denominator: 1n };

/** Reads a decimal of at least zero, such as "1.1". @throws RangeError */
export function parseFraction(text: string): Fraction {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) throw new RangeError(`"${text}" is no decimal multiple`);
  const [, whole = '0', fraction = ''] = match;
  return { numerator: BigInt(whole + fraction), denominator: 10n ** BigInt(fraction.length) };
}

export function multiply(left: Fraction, right: Fraction): Fraction {
  return { numerator: left.numerator * right.numerator, denominator: left.denominator * right.denominator };
}

export interface CompiledReturnedRule {
  readonly dimension: ReturnedDimension;
  readonly provider: string;
  readonly value: string;
  readonly fits: NameTest;
  readonly fromMs: number;
  readonly times: Fraction | 'unpriced';
}

export function compileReturnedRules(rules: readonly ReturnedRule[]): CompiledReturnedRule[] {
  return rules.map((rule) => {
    const named = rule.models?.map(compilePattern);
    const spared = (rule.except ?? []).map(compilePattern);
    return {
      dimension: rule.dimension,
      provider: rule.provider,
      value: rule.value,
      fits: (name) => (named?.some((test) => test(name)) ?? true) && !spared.some((test) => test(name)),
      fromMs: instantMs(rule.from, -Infinity),
      times: rule.times === 'unpriced' ? 'unpriced' : parseFraction(rule.times),
    };
  });
}

/**
 * The multiple of list that one returned word means. A word that no rule knows is unpriced; but a place means nothing
 * at a provider that has no rule for places.
 */
export function multipleOf(
  rules: readonly CompiledReturnedRule[],
  dimension: ReturnedDimension,
  ask: { readonly provider: string; readonly model: string; readonly value: string; readonly atMs: number },
): Fraction | 'unpriced' {
  if (ask.value === '') return ONE;
  const ofProvider = rules.filter(
    (rule) => rule.dimension === dimension && (rule.provider === ask.provider || rule.provider === '*'),
  );
  const rule = ofProvider.find(
    (one) => one.value === ask.value && one.fromMs <= ask.atMs && one.fits(ask.model),
  );
  if (rule) return rule.times;
  return dimension === 'geo' && ofProvider.length === 0 ? ONE : 'unpriced';
}
