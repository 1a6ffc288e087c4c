/** Tables of text: CSV with a head, or Parquet with its decimals kept exact. */
import { parse } from 'csv-parse/sync';

import { isRow, parsePages } from '../json.ts';

export type TableRow = Readonly<Record<string, string>>;

/** Sentinels that exports write where they mean nothing. */
const NOTHING = new Set(['', '-2', 'unassigned', 'null', 'not applicable', 'n/a']);

/** The text of the first of these columns that says something. */
export function cell(row: TableRow, ...names: readonly string[]): string | null {
  for (const name of names) {
    const value = row[name];
    if (value !== undefined && !NOTHING.has(value.trim().toLowerCase())) return value.trim();
  }
  return null;
}

/** @throws SyntaxError when the text is no table. */
export function parseTable(text: string): readonly TableRow[] {
  try {
    return parse(text, {
      columns: true,
      bom: true,
      skip_empty_lines: true,
      trim: true,
      max_record_size: 1_048_576,
    });
  } catch (error) {
    throw new SyntaxError(error instanceof Error ? error.message : String(error));
  }
}

/** Rows of a table or of JSON, as texts; nested values stay JSON text. */
export function parseTableOrJson(text: string): readonly TableRow[] {
  if (!/^\s*[[{]/.test(text)) return parseTable(text);
  return parsePages(text)
    .filter(isRow)
    .map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          value === null || value === undefined
            ? ''
            : typeof value === 'string'
              ? value
              : JSON.stringify(value),
        ]),
      ),
    );
}

/** Decimals of Parquet are whole numbers with a scale in the schema; they never pass through a binary fraction here. */
export async function parseParquet(bytes: Uint8Array): Promise<readonly TableRow[]> {
  const { parquetMetadata, parquetReadObjects } = await import('hyparquet');
  const copy = bytes.slice().buffer;
  const metadata = parquetMetadata(copy);
  const scales = new Map<string, number>();
  for (const element of metadata.schema) {
    const logical = element.logical_type;
    if (element.converted_type !== 'DECIMAL' && logical?.type !== 'DECIMAL') continue;
    scales.set(element.name, element.scale ?? (logical?.type === 'DECIMAL' ? logical.scale : 0));
    delete element.converted_type;
    delete element.logical_type;
  }
  const rows = await parquetReadObjects({ file: copy, metadata, utf8: false });
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cellText(value, scales.get(name))])),
  );
}

function cellText(value: unknown, scale: number | undefined): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  if (scale !== undefined) return decimalText(value, scale);
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function decimalText(value: unknown, scale: number): string {
  return `${value instanceof Uint8Array ? bigEndian(value) : BigInt(value as number | bigint)}e-${scale}`;
}

function bigEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(bytes.length * 8, value);
}
