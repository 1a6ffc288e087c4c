import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';

import { formatDollars, parseDollars } from '../units/money.ts';
import { FILE_FORMATS } from './formats.ts';
import type { FileFormat } from './formats.ts';
import { tableOfBytes, writeParquet, writeTable } from './tables.ts';
import type { Cells, FileColumn, Row } from './tables.ts';

const COLUMNS: readonly FileColumn[] = [
  { name: 'name', stored: 'text' },
  { name: 'cost', stored: { decimals: 12 } },
  { name: 'calls', stored: 'count' },
  { name: 'share', stored: 'number' },
  { name: 'at', stored: 'instant' },
];
const AT = '2026-10-25T00:30:00.125Z';
const ROW: Cells = { name: 'Support, "x"', cost: '-0.000000000001', calls: '3', share: '0.25', at: AT };

async function* once(rows: readonly Cells[]): AsyncGenerator<readonly Cells[]> {
  yield rows;
}

async function gathered(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

function written(rows: readonly Cells[], format: FileFormat, columns = COLUMNS): Promise<Buffer> {
  return gathered(writeTable({ columns, batches: once(rows), about: () => ({ zone: 'UTC' }) }, format));
}

async function rowsOf(bytes: Uint8Array): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for await (const batch of (await tableOfBytes(bytes)).batches) rows.push(...batch);
  return rows;
}

describe('a table as a file', () => {
  it('is the same read back from CSV and from Parquet; what is absent is null', async () => {
    const rows = [ROW, { name: 'only a name' }];
    const [csv, parquet] = await Promise.all([written(rows, 'csv'), written(rows, 'parquet')]);
    const expected = [
      ['Support, "x"', '-0.000000000001', '3', '0.25', AT],
      ['only a name', null, null, null, null],
    ];
    expect(await rowsOf(csv)).toEqual(expected);
    expect(await rowsOf(parquet)).toEqual(expected);
  });

  it('has money as DECIMAL(38,12), counts as integers, instants as timestamps, and says what it is of', async () => {
    const bytes = await written([ROW], 'parquet');
    const buffer = Uint8Array.from(bytes).buffer;
    const { schema, key_value_metadata: about } = parquetMetadata(buffer);
    expect(schema.slice(1).map(({ name, type }) => [name, type])).toEqual([
      ['name', 'BYTE_ARRAY'],
      ['cost', 'FIXED_LEN_BYTE_ARRAY'],
      ['calls', 'INT64'],
      ['share', 'DOUBLE'],
      ['at', 'INT64'],
    ]);
    expect(schema[2]?.logical_type).toEqual({ type: 'DECIMAL', precision: 38, scale: 12 });
    expect(about).toEqual([{ key: 'zone', value: 'UTC' }]);
    const [read] = await parquetReadObjects({ file: buffer });
    expect(read).toMatchObject({ calls: 3n, share: 0.25, at: new Date(AT) });
  });

  it('is one JSON object a line: numbers are numbers, money is text', async () => {
    expect((await written([ROW], 'ndjson')).toString()).toBe(
      `{"name":"Support, \\"x\\"","cost":"-0.000000000001","calls":3,"share":0.25,"at":"${AT}"}\n`,
    );
  });

  it.each(FILE_FORMATS)('is whole without a row: %s', async (format) => {
    const bytes = await written([], format);
    if (format === 'ndjson') expect(bytes).toHaveLength(0);
    else
      expect((await tableOfBytes(bytes)).columns.map(({ name }) => name)).toEqual(
        COLUMNS.map(({ name }) => name),
      );
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '=HYPERLINK("http://x","y")'])(
    'keeps %j a text for spreadsheets, in a cell and in a header, and as it is in Parquet',
    async (name) => {
      const columns = [...COLUMNS, { name, stored: 'text' } as const];
      const rows = [{ ...ROW, name, [name]: name }];
      const [header, row] = parse(await written(rows, 'csv', columns));
      expect([header?.at(-1), row?.[0], row?.at(-1)]).toEqual([`'${name}`, `'${name}`, `'${name}`]);
      expect(row?.[1]).toBe(ROW['cost']); // a number that is negative is no formula
      expect((await rowsOf(await written(rows, 'parquet', columns)))[0]?.[0]).toBe(name);
    },
  );

  it('refuses an amount that is none', async () => {
    await expect(written([{ cost: '1,5' }], 'parquet')).rejects.toThrow('which is no decimal');
  });

  it('keeps every digit of any decimal, over many row groups', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.bigInt(-(10n ** 37n), 10n ** 37n), { minLength: 1, maxLength: 20 }),
        async (amounts) => {
          const column: FileColumn = { name: 'cost', stored: { decimals: 12 } };
          const cells = amounts.map((amount) => ({ cost: formatDollars(amount) }));
          const bytes = await gathered(writeParquet([column], once(cells), () => ({}), 3));
          const read = (await rowsOf(bytes)).map(([cost]) => parseDollars(cost ?? ''));
          expect(read).toEqual(amounts);
        },
      ),
      { numRuns: 40 },
    ));
});
