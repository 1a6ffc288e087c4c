import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { parseCsv } from './csv.ts';

test.each([
  [
    'plain',
    'a,b\n1,2\n',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    'no line break at the end',
    'a,b\n1,2',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    'carriage returns',
    'a,b\r\n1,2\r\n',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  ['quoted comma, quote and line break', '"a,b","say ""hi""","1\n2"\n', [['a,b', 'say "hi"', '1\n2']]],
  [
    'empty fields',
    ',\n"",x\n',
    [
      ['', ''],
      ['', 'x'],
    ],
  ],
  ['a comma ends the file', 'a,', [['a', '']]],
  ['byte order mark', '\uFEFFa\n', [['a']]],
  ['a carriage return inside a field', 'a\rb,c\n', [['a\rb', 'c']]],
])('%s', (_name, text, rows) => {
  expect(parseCsv(text)).toEqual(rows);
});

test.each([
  ['a,"b', 'line 1: a quoted field never ends'],
  ['a\n"b"c\n', 'line 2: text follows a closing quote'],
])('%j is refused', (text, message) => {
  expect(() => parseCsv(text)).toThrow(message);
});

test('agrees with csv-parse on whatever was written by the rules', () => {
  const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r\n', ' ', 'é'), maxLength: 8 });
  fc.assert(
    fc.property(
      fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 }),
      (rows) => {
        const text = rows
          .map((row) => row.map((one) => `"${one.replaceAll('"', '""')}"`).join(','))
          .join('\r\n');
        expect(parseCsv(text)).toEqual(rows);
        expect(parse(text, { relax_column_count: true, record_delimiter: '\r\n' })).toEqual(rows);
      },
    ),
  );
});
