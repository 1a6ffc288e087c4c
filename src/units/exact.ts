/**
 * Decimal numbers as they are written, exactly: digits and how many of them stand behind the point.
 * FOCUS compares with no tolerance, so 0.000015 × 20 has to be 0.0003 and not 0.00030000000000000003.
 */

/** digits × 10^-scale; scale ≥ 0. */
export interface Exact {
  readonly digits: bigint;
  readonly scale: number;
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE](-?\d{1,3}))?$/;
/** Longer than any amount; a cell beyond it is text that happens to be digits. */
const MOST_CHARACTERS = 200;

/** Whether `readExact` would read it, without the work. */
export function isExact(text: string): boolean {
  return text.length <= MOST_CHARACTERS && NUMBER.test(text);
}

/** Reads an integer, a decimal or `mEn`, as FOCUS writes numbers; undefined for everything else. */
export function readExact(text: string): Exact | undefined {
  if (text.length > MOST_CHARACTERS) return undefined;
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const magnitude = BigInt(whole + fraction);
  const digits = sign === '-' ? -magnitude : magnitude;
  const scale = fraction.length - Number(exponent);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

/** Negative, zero or positive, as left is below, equal to or above right. */
export function compareExact(left: Exact, right: Exact): number {
  const scale = Math.max(left.scale, right.scale);
  const difference = rescale(left, scale) - rescale(right, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function multiplyExact(left: Exact, right: Exact): Exact {
  return { digits: left.digits * right.digits, scale: left.scale + right.scale };
}

/** The digits at another scale. @throws RangeError when that would lose some. */
export function rescale({ digits, scale }: Exact, to: number): bigint {
  if (to >= scale) return digits * 10n ** BigInt(to - scale);
  const divisor = 10n ** BigInt(scale - to);
  if (digits % divisor !== 0n)
    throw new RangeError(`${formatExact({ digits, scale })} does not fit ${to} decimals`);
  return digits / divisor;
}

/** Plain decimal text without superfluous zeros, but always with a point: `3.0`, so that no reader takes it for an integer. */
export function formatExact({ digits, scale }: Exact): string {
  const negative = digits < 0n;
  const text = (negative ? -digits : digits).toString().padStart(scale + 1, '0');
  const whole = scale === 0 ? text : text.slice(0, -scale);
  const fraction = scale === 0 ? '' : text.slice(-scale).replace(/0+$/, '');
  return `${negative ? '-' : ''}${whole}.${fraction === '' ? '0' : fraction}`;
}
