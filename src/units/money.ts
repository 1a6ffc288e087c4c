/**
 * Money is a whole number of picodollars (1e-12 USD) held in a bigint.
 *
 * $0.30 per million tokens is exactly 300,000 picodollars per token, so every
 * price that a provider publishes multiplies without a fraction. No float ever
 * holds money: text comes in as a decimal string and goes out as one.
 */

/** A whole number of picodollars, 1e-12 USD. May be negative in corrections. */
export type Picodollars = bigint;

export const PICODOLLARS_PER_DOLLAR = 1_000_000_000_000n;
const DECIMALS = 12;

/**
 * Reads a decimal dollar amount such as "0.0375" or "-12".
 * @throws RangeError when the text is no decimal number or is finer than a picodollar.
 */
export function parseDollars(text: string): Picodollars {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text.trim());
  if (!match) throw new RangeError(`"${text}" is not a decimal dollar amount`);
  const [, sign = '', whole = '0', fraction = ''] = match;
  if (fraction.length > DECIMALS && /[1-9]/.test(fraction.slice(DECIMALS))) {
    throw new RangeError(`"${text}" is finer than a picodollar (12 decimals)`);
  }
  const pico =
    BigInt(whole) * PICODOLLARS_PER_DOLLAR + BigInt(fraction.slice(0, DECIMALS).padEnd(DECIMALS, '0'));
  return sign === '-' ? -pico : pico;
}

/** Writes picodollars as a decimal dollar string without trailing zeros: 1500000000n → "0.0015". */
export function formatDollars(amount: Picodollars): string {
  const negative = amount < 0n;
  const digits = (negative ? -amount : amount).toString().padStart(DECIMALS + 1, '0');
  const whole = digits.slice(0, -DECIMALS);
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, '');
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/**
 * Divides and rounds half to even, the rule that adds no bias over many lines.
 * @throws RangeError when the divisor is not positive.
 */
export function divideRounded(dividend: bigint, divisor: bigint): bigint {
  if (divisor <= 0n) throw new RangeError('the divisor must be positive');
  const negative = dividend < 0n;
  const magnitude = negative ? -dividend : dividend;
  const quotient = magnitude / divisor;
  const twice = (magnitude % divisor) * 2n;
  const up = twice > divisor || (twice === divisor && quotient % 2n === 1n);
  const rounded = up ? quotient + 1n : quotient;
  return negative ? -rounded : rounded;
}

/**
 * Splits a whole by weights so that the parts sum to it exactly (largest remainder;
 * equal remainders go to the earlier part). All weights zero: the whole goes to the last part.
 */
export function splitByWeights(whole: bigint, weights: readonly bigint[]): bigint[] {
  if (weights.length === 0) throw new RangeError('nothing to split over');
  if (weights.some((weight) => weight < 0n)) throw new RangeError('weights must not be negative');
  const sum = weights.reduce((total, weight) => total + weight, 0n);
  if (sum === 0n) return weights.map((_, index) => (index === weights.length - 1 ? whole : 0n));
  const negative = whole < 0n;
  const magnitude = negative ? -whole : whole;
  const parts = weights.map((weight) => (magnitude * weight) / sum);
  const remainders = weights.map((weight) => (magnitude * weight) % sum);
  let left = magnitude - parts.reduce((total, part) => total + part, 0n);
  const order = remainders
    .map((remainder, index) => ({ remainder, index }))
    .toSorted((a, b) =>
      a.remainder === b.remainder ? a.index - b.index : a.remainder < b.remainder ? 1 : -1,
    );
  for (const { index } of order) {
    if (left === 0n) break;
    parts[index] = (parts[index] ?? 0n) + 1n;
    left -= 1n;
  }
  return negative ? parts.map((part) => -part) : parts;
}
