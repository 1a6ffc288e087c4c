import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatDollars } from '../../units/money.ts';
import { changeText, signedBeside, signedMoney } from './change.ts';

describe('a change in words', () => {
  it.each([
    ['100', '25', '+$25.00 (+25.0%)'],
    ['100', '-25', '−$25.00 (−25.0%)'],
    ['110000.000451925', '-4206.905885125', '−$4,206.91 (−3.8%)'],
    ['3', '0.001', '+$0.001 (+<0.1%)'],
    ['100', '0', 'none'],
    ['0', '12', '+$12.00, new'],
    ['0.000000000001', '-0.000000000001', '>−$0.0001 (−100.0%)'],
  ])('of %s by %s is %s', (before, difference, text) => {
    expect(changeText(before, difference)).toBe(text);
  });

  it('is never without a sign, nor none, when something changed', () => {
    const amount = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }).filter((one) => one !== 0n);
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 18n }), amount, (before, difference) => {
        const text = changeText(formatDollars(before), formatDollars(difference));
        expect(text).toContain(difference > 0n ? '+' : '−');
      }),
    );
  });
});

describe('signed money', () => {
  it.each([
    ['1200', '+$1,200.00'],
    ['-42.1', '−$42.10'],
    ['0', '$0'],
  ])('of %s is %s', (amount, text) => {
    expect(signedMoney(amount)).toBe(text);
  });

  it('stands beside a total at the precision of the total', () => {
    expect(signedBeside('2244.5685', '106354.1')).toBe('+$2,245');
    expect(signedBeside('-1579.7855', '106354.1')).toBe('−$1,580');
    expect(signedBeside('2.5', '120')).toBe('+$2.50');
  });
});
