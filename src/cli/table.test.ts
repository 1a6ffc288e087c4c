import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { count, duration, exactMoney, moneyColumn, share, unitCost } from './figures.ts';
import { renderCsv, renderMarkdown, renderTable } from './table.ts';
import type { Sheet } from './table.ts';
import { displayWidth, fit, printable } from './width.ts';

const PLAIN = { drawing: 'unicode', bold: (text: string) => text, faint: (text: string) => text } as const;
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('日本語', '👩‍👩‍👧 family', 'e\u0301', '\u001b[31mred', 'a\nb', '\u202eabc'),
);

describe('a table', () => {
  it('has the same width in every line, whatever is in it', () => {
    const sheets = fc.integer({ min: 1, max: 6 }).chain((columns) => {
      const row = fc.array(anyText, { minLength: columns, maxLength: columns });
      return fc.record({
        columns: fc.array(
          fc.record({ header: anyText, align: fc.constantFrom('left' as const, 'right' as const) }),
          { minLength: columns, maxLength: columns },
        ),
        rows: fc.array(row, { maxLength: 6 }),
        total: row,
      });
    });
    fc.assert(
      fc.property(sheets, fc.constantFrom('unicode' as const, 'ascii' as const), (sheet: Sheet, drawing) => {
        const lines = renderTable(sheet, { ...PLAIN, drawing }).split('\n');
        expect(lines).toHaveLength(sheet.rows.length + 4);
        expect(new Set(lines.map(displayWidth)).size).toBe(1);
        expect(lines.join('')).not.toMatch(/\p{Cc}/u);
      }),
    );
  });

  it('counts wide and combining characters as terminals do', () => {
    expect([
      displayWidth('abc'),
      displayWidth('日本'),
      displayWidth('e\u0301'),
      displayWidth('🚀'),
      displayWidth('–…×'),
    ]).toEqual([3, 4, 1, 2, 3]);
    expect(fit('日本語', 5, '…')).toBe('日本…');
    expect(printable('a\u001b[31mb\u202ec')).toBe('a[31mbc');
  });

  it('escapes Markdown', () => {
    expect(
      renderMarkdown({ columns: [{ header: 'A|B', align: 'right' }], rows: [['x*y']], total: ['t'] }),
    ).toBe('| A\\|B |\n| ---: |\n| x\\*y |\n| **t** |');
  });
});

describe('CSV', () => {
  it('has no cell that a spreadsheet would run, and gives every text back', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyText,
          fc.tuple(fc.constantFrom('=', '+', '-', '@', '\t', '\r'), anyText).map((parts) => parts.join('')),
        ),
        (text) => {
          const cell = renderCsv([[text]]);
          const inner = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
          const isNumber = /^-?\d+(\.\d+)?$/.test(text);
          expect(isNumber || !/^[=+\-@\t\r\n]/.test(inner)).toBe(true);
          expect([text, `'${text}`]).toContain(inner);
        },
      ),
    );
    expect(renderCsv([['-12.5', 3, null, 'a,b', '=1+1']])).toBe('-12.5,3,,"a,b",\'=1+1');
  });
});

describe('figures', () => {
  it.each([
    [['41800.4', '4399.99'], '41800.4', '$41,800'],
    [['41800.4', '0.2'], '0.2', '<$1'],
    [['12.5', '0.004'], '12.5', '$12.50'],
    [['12.5', '0.004'], '0.004', '<$0.01'],
    [['0.2'], '0.2', '$0.2000'],
    [['0.00001'], '0.00001', '<$0.0001'],
    [['0'], '0', '$0'],
    [['-3.456'], '-3.456', '-$3.46'],
    [['1'], null, '–'],
    [['999999999999999.999999999999'], '999999999999999.999999999999', '$1,000,000,000,000,000'],
  ])('money of a column %j: %j reads %s', (column, amount, shown) => {
    expect(moneyColumn(column)(amount)).toBe(shown);
  });

  it('never shows as nothing what is not nothing', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 10n ** 20n }),
        fc.bigInt({ min: 1n, max: 10n ** 20n }),
        (one, other) => {
          const text = (pico: bigint): string =>
            `${pico / 10n ** 12n}.${(pico % 10n ** 12n).toString().padStart(12, '0')}`;
          for (const shown of [moneyColumn([text(one), text(other)])(text(one)), unitCost(text(one))])
            expect(shown).toMatch(/[1-9]/);
        },
      ),
    );
  });

  it.each([
    ['0.0336774', '$0.03368'],
    ['41.8', '$41.80'],
    ['0.000000123456', '$0.0000001235'],
    ['0.000000000001', '$0.000000000001'],
    ['1234.5', '$1,234.50'],
    ['0', '$0'],
  ])('unit cost %s reads %s', (amount, shown) => {
    expect(unitCost(amount)).toBe(shown);
  });

  it('exact money keeps every digit', () => {
    expect([
      exactMoney('0.01385'),
      exactMoney('1234.000000000001'),
      exactMoney('2.5', 2),
      exactMoney('-1'),
    ]).toEqual(['$0.01385000', '$1,234.000000000001', '$2.50', '-$1.00000000']);
  });

  it('counts, shares and durations', () => {
    expect([
      count(1_240_000),
      count(12_400.3),
      count(null),
      share(0.38),
      share(0.001),
      share(0.999),
      share(1),
      share(null),
      duration(310),
      duration(1_840),
    ]).toEqual(['1,240,000', '12,400', '–', '38%', '<1%', '>99%', '100%', '–', '310 ms', '1.84 s']);
  });
});
