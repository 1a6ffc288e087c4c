import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { columnDecimals, countText, exactMoney, moneyCell, moneyText, shareText } from './figures.ts';
import { formatDollars, parseDollars } from './money.ts';

describe('figures for people', () => {
  it.each([[0, '0'], [999, '999'], [1_240_000, '1,240,000'], [-1234.4, '−1,234']])('count %s is %s', (count, text) =>
    expect(countText(count)).toBe(text));

  it.each<[number | null, string]>([[null, '–'], [0, '0%'], [0.38, '38%'], [0.0995, '10%'], [0.004, '0.4%'], [0.00001, '<0.1%'], [1, '100%'], [0.999, '100%']])(
    'share %s is %s', (share, text) => expect(shareText(share)).toBe(text));

  it.each([
    ['0', '$0'],
    ['110000', '$110,000'],
    ['9999.994', '$9,999.99'],
    ['1', '$1.00'],
    ['0.0336', '$0.0336'],
    ['0.5', '$0.50'],
    ['0.00012345678', '$0.0001235'],
    ['0.0000009', '<$0.000001'],
    ['-41.271', '−$41.27'],
  ])('%s dollars in a sentence is %s', (amount, text) => expect(moneyText(amount)).toBe(text));

  it('a column takes its precision from its largest figure', () => {
    expect(columnDecimals(['41800', '0.2'])).toBe(0);
    expect(columnDecimals(['41.8', '0.2'])).toBe(2);
    expect(columnDecimals(['0.02', '0.000001'])).toBe(4);
    expect(columnDecimals(['0.002'])).toBe(6);
    expect(columnDecimals([])).toBe(6);
    expect(moneyCell('41800', 0)).toBe('41,800');
    expect(moneyCell('0.2', 0)).toBe('<1');
    expect(moneyCell('0.00001', 4)).toBe('<0.0001');
    expect(moneyCell('0', 4)).toBe('0.0000');
  });

  it('a receipt shows every digit', () => {
    expect(exactMoney('0.033641')).toBe('0.03364100');
    expect(exactMoney('0.000000000001')).toBe('0.000000000001');
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 18n }), (amount) => {
        expect(parseDollars(exactMoney(formatDollars(amount)).replaceAll(',', ''))).toBe(amount);
      }),
    );
  });

  it('what is there never shows as zero', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 18n }), fc.integer({ min: 0, max: 8 }), (amount, decimals) => {
        expect(moneyCell(formatDollars(amount), decimals)).not.toMatch(/^[0.]+$/);
        expect(moneyText(formatDollars(amount))).not.toMatch(/^\$[0.]+$/);
      }),
    );
  });
});
