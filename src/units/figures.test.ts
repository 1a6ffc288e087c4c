import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  columnDecimals,
  countText,
  durationText,
  exactMoney,
  moneyCell,
  moneyText,
  perText,
  pricedPart,
  shareText,
  unitCell,
  unitColumn,
} from './figures.ts';
import { formatDollars, parseDollars } from './money.ts';

const amounts = fc.bigInt({ min: 1n, max: 10n ** 18n }).map(formatDollars);

describe('figures for people', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1_240_000, '1,240,000'],
    [12_400.3, '12,400'],
    [-1234.4, '−1,234'],
    [9_007_199_254_740_993n, '9,007,199,254,740,993'],
    [-12_345n, '−12,345'],
    [null, '–'],
    [undefined, '–'],
  ])('count %s is %s', (count, text) => expect(countText(count)).toBe(text));

  it.each([
    [null, '–', '–'],
    [0, '0%', '0%'],
    [0.38, '38%', '38.0%'],
    [0.0995, '10%', '10.0%'],
    [0.004, '<1%', '0.4%'],
    [0.001, '<1%', '0.1%'],
    [0.00001, '<1%', '<0.1%'],
    [0.987, '99%', '98.7%'],
    [0.999, '>99%', '99.9%'],
    [0.9999999, '>99%', '>99.9%'],
    [1, '100%', '100%'],
    [-0.02, '−2%', '−2.0%'],
  ])('share %s is %s, with a decimal %s', (share, whole, decimal) =>
    expect([shareText(share), shareText(share, 1)]).toEqual([whole, decimal]),
  );

  it.each([
    [0.2, '0 ms'],
    [310, '310 ms'],
    [1_840, '1.84 s'],
    [null, '–'],
  ])('%s ms is %s', (ms, text) => expect(durationText(ms)).toBe(text));

  it.each([
    ['0', '$0'],
    ['110000', '$110,000'],
    ['9999.994', '$9,999.99'],
    ['1', '$1.00'],
    ['0.0336', '$0.0336'],
    ['0.5', '$0.50'],
    ['0.00012345678', '$0.0001235'],
    ['0.0000009', '<$0.0001'],
    ['-41.271', '−$41.27'],
    ['-0.0000009', '>−$0.0001'],
  ])('%s dollars in a sentence is %s', (amount, text) => expect(moneyText(amount)).toBe(text));

  it('a column takes its precision from its largest figure', () => {
    expect(columnDecimals(['41800', '0.2'])).toBe(0);
    expect(columnDecimals(['41.8', '0.2'])).toBe(2);
    expect(columnDecimals(['-41.8', null, undefined])).toBe(2);
    expect(columnDecimals(['0.02', '0.000001'])).toBe(4);
    expect(columnDecimals(['0.002'])).toBe(4);
    expect(columnDecimals([])).toBe(4);
  });

  it.each([
    ['41800', 0, '41,800'],
    ['0.2', 0, '<1'],
    ['0.00001', 4, '<0.0001'],
    ['-0.00001', 4, '>−0.0001'],
    ['0', 4, '0'],
    ['-3.456', 2, '−3.46'],
    [null, 2, '–'],
  ])('%s at %s decimals is %s', (amount, decimals, text) => expect(moneyCell(amount, decimals)).toBe(text));

  it.each([
    [['0.0337', '0.1833'], 'call', ['0.0337', '0.1833']],
    [['12.5', '0.004'], 'call', ['12.50', '<0.01']],
    [['0.0042', '0.00031'], '1K calls', ['4.20', '0.31']],
    [['0.00031', '0.000012'], '1K calls', ['0.3100', '0.0120']],
    [['0.0000042', null], '1M calls', ['4.20', '–']],
    [['0', '0'], 'call', ['0', '0']],
  ])('unit costs %j are given per %s: %j', (column, per, texts) => {
    const unit = unitColumn(column);
    expect(perText(unit, 'call', 'calls')).toBe(per);
    expect(column.map((amount) => unitCell(amount, unit))).toEqual(texts);
  });

  it('a receipt shows every digit', () => {
    expect(exactMoney('0.033641')).toBe('0.03364100');
    expect(exactMoney('0.000000000001')).toBe('0.000000000001');
    expect(exactMoney('12', 0, '$')).toBe('$12');
    fc.assert(
      fc.property(amounts, (amount) => {
        expect(parseDollars(exactMoney(amount).replaceAll(',', ''))).toBe(parseDollars(amount));
      }),
    );
  });

  it('what is there never shows as zero', () => {
    fc.assert(
      fc.property(amounts, amounts, fc.integer({ min: 0, max: 8 }), (amount, other, decimals) => {
        for (const text of [
          moneyCell(amount, decimals),
          moneyText(amount),
          unitCell(amount, unitColumn([amount, other])),
        ])
          expect(text).toMatch(/[1-9]/);
      }),
    );
  });

  it('a share of what is there is neither none nor, below the whole, all', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 999_999 }),
        fc.constantFrom(0 as const, 1 as const),
        (part, decimals) => {
          expect(shareText(part / 1_000_000, decimals)).not.toMatch(/^(0|0\.0|100|100\.0)%$/);
        },
      ),
    );
  });

  it('unknown is not zero', () => {
    expect([pricedPart(3, 0), pricedPart(3, 1), pricedPart(3, 3), pricedPart(0, 0)]).toEqual([
      'all',
      'some',
      'none',
      'all',
    ]);
  });
});
