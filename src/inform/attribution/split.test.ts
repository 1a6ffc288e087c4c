import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatDollars, parseDollars } from '../../units/money.ts';
import { divideCost, statedWeights, UNUSED, withUnused } from './split.ts';
import type { SplitTarget, Weighted } from './split.ts';

const to = (workflow: string): SplitTarget => ({ workflow, team: '', customer: '' });
const anyCost = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });
const anyWeighted = fc
  .array(fc.bigInt({ min: 0n, max: 10n ** 15n }), { minLength: 1, maxLength: 12 })
  .map((weights) => weights.map((weight, at): Weighted => ({ target: to(`w${at}`), weight })));

describe('dividing a cost', () => {
  it('gives exactly what there is, part by part and in all, negative amounts and zeros too', () => {
    fc.assert(
      fc.property(fc.array(anyCost, { maxLength: 8 }), anyWeighted, (parts, weighted) => {
        const shares = divideCost(parts, weighted);
        if (weighted.every(({ weight }) => weight === 0n)) {
          expect(shares).toBeUndefined();
          return;
        }
        parts.forEach((part, at) => {
          expect(shares?.reduce((sum, share) => sum + (share.parts[at] ?? 0n), 0n)).toBe(part);
        });
        const whole = parts.reduce((sum, part) => sum + part, 0n);
        expect(shares?.reduce((sum, { amount }) => sum + amount, 0n)).toBe(whole);
      }),
    );
  });

  it('has ratios that sum to exactly 1', () => {
    fc.assert(
      fc.property(anyWeighted, (weighted) => {
        const shares = divideCost([1n], weighted);
        if (shares === undefined) return;
        expect(formatDollars(shares.reduce((sum, { ratio }) => sum + parseDollars(ratio), 0n))).toBe('1');
      }),
    );
  });

  it('is off its proportion by less than a picodollar in each part', () => {
    fc.assert(
      fc.property(anyCost, anyWeighted, (part, weighted) => {
        const sum = weighted.reduce((total, { weight }) => total + weight, 0n);
        for (const { weight, amount } of divideCost([part], weighted) ?? []) {
          const off = amount * sum - part * weight;
          expect(off < 0n ? -off < sum : off < sum).toBe(true);
        }
      }),
    );
  });

  it('taken back is the same amounts with the other sign', () => {
    fc.assert(
      fc.property(fc.array(anyCost, { maxLength: 5 }), anyWeighted, (parts, weighted) => {
        const given = divideCost(parts, weighted)?.map(({ parts: own }) => own);
        const back = divideCost(
          parts.map((part) => -part),
          weighted,
        )?.map(({ parts: own }) => own.map((part) => -part));
        expect(back).toEqual(given);
      }),
    );
  });

  it('gives a target of weight zero nothing', () => {
    const shares = divideCost(
      [100n],
      [
        { target: to('a'), weight: 0n },
        { target: to('b'), weight: 7n },
      ],
    );
    expect(shares?.map(({ amount, ratio }) => [amount, ratio])).toEqual([
      [0n, '0'],
      [100n, '1'],
    ]);
  });
});

describe('stated weights', () => {
  it('even is one each; the odd picodollars go to the first', () => {
    const weighted = statedWeights({ kind: 'even', targets: [to('a'), to('b'), to('c')] });
    expect(divideCost([100n], weighted)?.map(({ amount }) => amount)).toEqual([34n, 33n, 33n]);
  });

  it('are decimals, in proportion', () => {
    const weighted = statedWeights({
      kind: 'weights',
      targets: [
        { ...to('a'), weight: '0.75' },
        { ...to('b'), weight: '0.25' },
      ],
    });
    expect(divideCost([parseDollars('1200')], weighted)?.map(({ amount }) => formatDollars(amount))).toEqual([
      '900',
      '300',
    ]);
  });

  it('must not be negative', () => {
    const targets = [{ ...to('a'), weight: '-1' }];
    expect(() => statedWeights({ kind: 'weights', targets })).toThrow(/negative/);
  });
});

describe('the unused part', () => {
  it('is the capacity that nobody used, as a target of its own', () => {
    const used = [{ target: to('a'), weight: 30n }];
    expect(withUnused(used, 100n)).toEqual([...used, { target: UNUSED, weight: 70n }]);
  });

  it('is nothing when more was used than there is', () => {
    const used = [{ target: to('a'), weight: 130n }];
    expect(withUnused(used, 100n)).toEqual(used);
  });
});
