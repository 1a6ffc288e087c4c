/**
 * Parquet as a table, one row group (or a slice of a large one) at a time.
 *
 * Decimals never pass through a float: their columns are read as the raw integers that are stored, and the scale is
 * applied here. A column that the file itself keeps as a float is read at the shortest decimal that means this float.
 */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';

import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import type { AsyncBuffer, Compressors, FileMetaData, SchemaElement } from 'hyparquet';

import { formatExact, readExact } from '../units/exact.ts';
import { TableUnreadable } from './table.ts';
import type { Cell, Column, ColumnKind, Row, Table } from './table.ts';

const ROWS_PER_BATCH = 50_000;

const COMPRESSORS: Compressors = {
  GZIP: (input) => gunzipSync(input),
  BROTLI: (input) => brotliDecompressSync(input),
  ZSTD: (input) => zstdDecompressSync(input),
};

interface Reading {
  readonly column: Column;
  /** Turns a stored value that is not null into a cell. */
  readonly toText: (value: unknown) => string;
  /** The schema element, stripped of what would make the reader convert its values. */
  readonly raw: SchemaElement;
}

/** @throws TableUnreadable */
export async function readParquet(file: AsyncBuffer): Promise<Table> {
  const metadata = await parquetMetadataAsync(file).catch((error: unknown) => {
    throw new TableUnreadable(
      `This is no Parquet file that can be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  });
  const [root, ...elements] = metadata.schema;
  if (root === undefined || elements.some(({ num_children: children }) => children !== undefined))
    throw new TableUnreadable('The file has nested columns; tables here are flat.');
  const readings = elements.map(readingOf);
  const raw = { ...metadata, schema: [root, ...readings.map((reading) => reading.raw)] };
  return { columns: readings.map(({ column }) => column), batches: batchesOf(file, raw, readings) };
}

async function* batchesOf(
  file: AsyncBuffer,
  metadata: FileMetaData,
  readings: readonly Reading[],
): AsyncGenerator<readonly Row[]> {
  let start = 0;
  for (const { num_rows: rows } of metadata.row_groups) {
    const end = start + Number(rows);
    for (; start < end; start = Math.min(end, start + ROWS_PER_BATCH)) {
      const rowEnd = Math.min(end, start + ROWS_PER_BATCH);
      const read = await parquetReadObjects({
        file,
        metadata,
        rowStart: start,
        rowEnd,
        utf8: false,
        compressors: COMPRESSORS,
      });
      yield read.map((one) => readings.map(({ column, toText }) => cellOf(one[column.name], toText)));
    }
  }
}

function cellOf(value: unknown, toText: Reading['toText']): Cell {
  if (value === null || value === undefined) return null;
  const text = toText(value);
  return text === '' ? null : text;
}

function readingOf(element: SchemaElement): Reading {
  const { name } = element;
  const read = (kind: ColumnKind, toText: Reading['toText'], raw = element): Reading => ({
    column: { name, kind },
    toText,
    raw,
  });
  const logical = element.logical_type;
  const plain = strip(element);
  if (element.converted_type === 'DECIMAL' || logical?.type === 'DECIMAL') {
    const scale = element.scale ?? (logical?.type === 'DECIMAL' ? logical.scale : 0);
    return read('decimal', (value) => formatExact({ digits: integerOf(value), scale }), plain);
  }
  const unit = unitOf(element);
  if (unit !== undefined) return read('timestamp', (value) => instantText(integerOf(value), unit), plain);
  if (element.type === 'BYTE_ARRAY') {
    const decoded = element.converted_type === 'UTF8' || logical?.type === 'STRING';
    return decoded ? read('string', String) : read('string', bytesText, plain);
  }
  if (element.type === 'INT32' || element.type === 'INT64')
    return read(element.converted_type === 'DATE' ? 'other' : 'integer', String, plain);
  if (element.type === 'FLOAT' || element.type === 'DOUBLE') return read('float', floatText);
  if (element.type === 'BOOLEAN') return read('boolean', String);
  return read('other', String);
}

/** Without its logical type a column is read as the integers or bytes that are stored. */
function strip(element: SchemaElement): SchemaElement {
  const { converted_type: _converted, logical_type: _logical, ...rest } = element;
  return rest;
}

/** Digits behind the second of a timestamp column; undefined for other columns. */
function unitOf({ converted_type: converted, logical_type: logical }: SchemaElement): number | undefined {
  if (logical?.type === 'TIMESTAMP') {
    if (!logical.isAdjustedToUTC) return undefined; // a local time names no instant
    return logical.unit === 'MILLIS' ? 3 : logical.unit === 'MICROS' ? 6 : 9;
  }
  return converted === 'TIMESTAMP_MILLIS' ? 3 : converted === 'TIMESTAMP_MICROS' ? 6 : undefined;
}

/** Big-endian two's complement, as Parquet stores decimals in bytes. */
function integerOf(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return BigInt(value);
  if (!(value instanceof Uint8Array)) throw new TableUnreadable(`"${String(value)}" is no stored integer.`);
  let digits = 0n;
  for (const byte of value) digits = (digits << 8n) | BigInt(byte);
  return BigInt.asIntN(value.length * 8, digits);
}

function instantText(ticks: bigint, decimals: number): string {
  const perSecond = 10n ** BigInt(decimals);
  const fraction = ((ticks % perSecond) + perSecond) % perSecond;
  const text = new Date(Number((ticks - fraction) / perSecond) * 1_000).toISOString().slice(0, 19);
  return fraction === 0n ? `${text}Z` : `${text}.${String(fraction).padStart(decimals, '0')}Z`;
}

function bytesText(value: unknown): string {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value);
}

function floatText(value: unknown): string {
  const text = String(value).replace('e+', 'e');
  const exact = readExact(text);
  return exact === undefined ? text : formatExact(exact);
}
