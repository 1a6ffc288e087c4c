import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { divideRounded, formatDollars, parseDollars, splitByWeights } from './money.ts';

const amounts = fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n });

describe('dollars as text', () => {
  it.each([
    ['0', 0n],
    ['0.000000000001', 1n],
    ['0.0375', 37_500_000_000n],
    ['-12', -12_000_000_000_000n],
    ['9007199254.740993', 9_007_199_254_740_993_000_000n],
    ['1.2345000000000000', 1_234_500_000_000n],
  ])('%s is %s picodollars', (text, pico) => expect(parseDollars(text)).toBe(pico));

  it.each(['', '1e-3', '.5', '1,000', 'NaN', '0x1', '1.', '--1', '0.0000000000001'])('refuses %j', (text) =>
    expect(() => parseDollars(text)).toThrow(RangeError),
  );

  it('writes no trailing zeros and no exponent', () => {
    expect(formatDollars(1_500_000_000n)).toBe('0.0015');
    expect(formatDollars(-1n)).toBe('-0.000000000001');
    expect(formatDollars(110_000n * 10n ** 12n)).toBe('110000');
  });

  it('reads back what it wrote, for any amount', () => {
    fc.assert(fc.property(amounts, (amount) => parseDollars(formatDollars(amount)) === amount));
  });
});

describe('division', () => {
  it.each([
    [5n, 2n, 2n],
    [7n, 2n, 4n],
    [-5n, 2n, -2n],
    [-7n, 2n, -4n],
    [1n, 3n, 0n],
    [2n, 3n, 1n],
  ])('%s ÷ %s rounds half to even: %s', (dividend, divisor, quotient) =>
    expect(divideRounded(dividend, divisor)).toBe(quotient),
  );

  it('is never further than half a unit away', () => {
    fc.assert(
      fc.property(amounts, fc.bigInt({ min: 1n, max: 10n ** 12n }), (dividend, divisor) => {
        const off = divideRounded(dividend, divisor) * divisor - dividend;
        expect((off < 0n ? -off : off) * 2n <= divisor).toBe(true);
      }),
    );
  });
});

describe('splitting', () => {
  const weights = fc.array(fc.bigInt({ min: 0n, max: 10n ** 15n }), { minLength: 1, maxLength: 20 });

  it('gives parts that sum to the whole exactly', () => {
    fc.assert(
      fc.property(amounts, weights, (whole, shares) => {
        expect(splitByWeights(whole, shares).reduce((sum, part) => sum + part, 0n)).toBe(whole);
      }),
    );
  });

  it('gives each part its share, less than one unit off', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 20n }), weights, (whole, shares) => {
        const sum = shares.reduce((total, share) => total + share, 0n);
        fc.pre(sum > 0n);
        splitByWeights(whole, shares).forEach((part, index) => {
          const off = part * sum - whole * (shares[index] ?? 0n);
          expect(off > -sum && off < sum).toBe(true);
        });
      }),
    );
  });

  it('refuses to split over nothing or over negative weights', () => {
    expect(() => splitByWeights(1n, [])).toThrow(RangeError);
    expect(() => splitByWeights(1n, [1n, -1n])).toThrow(RangeError);
  });
});
