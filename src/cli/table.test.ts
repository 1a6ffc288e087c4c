import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatDollars } from '../units/money.ts';
import { costPerCallColumn, exactDollars, moneyColumn } from './figures.ts';
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
          const cell = renderCsv([[text]]).slice(0, -1);
          const inner = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
          const isNumber = /^-?\d+(\.\d+)?$/.test(text);
          expect(isNumber || !/^[=+\-@\t\r\n]/.test(inner)).toBe(true);
          expect([text, `'${text}`]).toContain(inner);
        },
      ),
    );
    expect(renderCsv([['-12.5', 3, null, 'a,b', '=1+1']])).toBe('-12.5,3,,"a,b",\'=1+1\r');
  });

  it('ends every line alike once it is printed', () => {
    expect(`${renderCsv([['a'], ['b']])}\n`).toBe('a\r\nb\r\n');
  });
});

describe('money in a terminal', () => {
  it.each([
    [['41800.4', '4399.99'], '41800.4', '$41,800'],
    [['41800.4', '0.2'], '0.2', '<$1'],
    [['12.5', '0.004'], '12.5', '$12.50'],
    [['12.5', '0.004'], '0.004', '<$0.01'],
    [['0.2'], '0.2', '$0.2000'],
    [['0.00001'], '0.00001', '<$0.0001'],
    [['0'], '0', '$0'],
    [['-3.456'], '-3.456', '−$3.46'],
    [['1'], null, '–'],
    [['999999999999999.999999999999'], '999999999999999.999999999999', '$1,000,000,000,000,000'],
  ])('money of a column %j: %j reads %s', (column, amount, shown) => {
    expect(moneyColumn(column)(amount)).toBe(shown);
  });

  it.each([
    [['0.0336774', '0.1833'], '0.0336774', 'Cost per call', '$0.0337'],
    [['41.8', '0.2'], '41.8', 'Cost per call', '$41.80'],
    [['0.0042', '0.0000009'], '0.0042', 'Cost per 1K calls', '$4.20'],
    [['0.0042', '0.0000009'], '0.0000009', 'Cost per 1K calls', '<$0.01'],
    [['0.000000123456'], '0.000000123456', 'Cost per 1M calls', '$0.1235'],
    [['0', null], '0', 'Cost per call', '$0'],
    [['0', null], null, 'Cost per call', '–'],
  ])('cost per call of a column %j: %j reads as %s %s', (column, amount, header, shown) => {
    const shownColumn = costPerCallColumn(column);
    expect([shownColumn.header, shownColumn.show(amount)]).toEqual([header, shown]);
  });

  it('never shows as nothing what is not nothing', () => {
    const amounts = fc.bigInt({ min: 1n, max: 10n ** 20n }).map(formatDollars);
    fc.assert(
      fc.property(amounts, amounts, (one, other) => {
        const column = [one, other];
        for (const show of [moneyColumn(column), costPerCallColumn(column).show])
          expect(show(one)).toMatch(/[1-9]/);
      }),
    );
  });

  it('exact money keeps every digit', () => {
    expect([
      exactDollars('0.01385'),
      exactDollars('1234.000000000001'),
      exactDollars('2.5', 2),
      exactDollars('-1'),
    ]).toEqual(['$0.01385000', '$1,234.000000000001', '$2.50', '−$1.00000000']);
  });
});
