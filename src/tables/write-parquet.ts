/**
 * Rows of cells as Parquet: strings, UTC timestamps, whole numbers, and decimals as FIXED_LEN_BYTE_ARRAY(16) with their
 * scale, written from the exact digits. One row group is in memory at a time.
 */
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { SchemaElement } from 'hyparquet-writer';

import { readExact, rescale } from '../units/exact.ts';
import type { Cell, Cells, FileColumn } from './table.ts';

const ROWS_PER_GROUP = 50_000;
const PRECISION = 38;
const DECIMAL_BYTES = 16;

/** `metadata` is asked for at the end, when all is known, and stands in the footer as key and value. */
export async function* writeParquet(
  columns: readonly FileColumn[],
  batches: AsyncIterable<readonly Cells[]>,
  metadata: () => Readonly<Record<string, string>>,
  rowsPerGroup: number = ROWS_PER_GROUP,
): AsyncGenerator<Uint8Array> {
  const bytes = new ByteWriter();
  const schema = [{ name: 'root', num_children: columns.length }, ...columns.map(elementOf)];
  const writer = new ParquetWriter({ writer: bytes, schema, createdBy: 'setpoint' });
  let waiting: Cells[] = [];
  const write = (rows: readonly Cells[]): Uint8Array => {
    const columnData = columns.map((column) => ({
      name: column.name,
      data: rows.map((cells) => storedOf(column, cells[column.name] ?? null)),
    }));
    void writer.write({ columnData, rowGroupSize: rows.length });
    return take(bytes);
  };
  for await (const batch of batches) {
    for (const cells of batch) {
      waiting.push(cells);
      if (waiting.length < rowsPerGroup) continue;
      yield write(waiting);
      waiting = [];
    }
  }
  if (waiting.length > 0) yield write(waiting);
  writer.kvMetadata = Object.entries(metadata()).map(([key, value]) => ({ key, value }));
  void writer.finish();
  yield take(bytes);
}

/** What was written since the last time. Places in the file go on counting. */
function take(bytes: ByteWriter): Uint8Array {
  const taken = Uint8Array.from(bytes.getBytes());
  bytes.index = 0;
  return taken;
}

function elementOf({ name, stored }: FileColumn): SchemaElement {
  const element = { name, repetition_type: 'OPTIONAL' } as const;
  if (typeof stored === 'object') {
    const scale = stored.decimals;
    return {
      ...element,
      type: 'FIXED_LEN_BYTE_ARRAY',
      type_length: DECIMAL_BYTES,
      converted_type: 'DECIMAL',
      logical_type: { type: 'DECIMAL', precision: PRECISION, scale },
      precision: PRECISION,
      scale,
    };
  }
  switch (stored) {
    case 'instant':
      return {
        ...element,
        type: 'INT64',
        converted_type: 'TIMESTAMP_MILLIS',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
      };
    case 'count':
      return { ...element, type: 'INT64' };
    case 'number':
      return { ...element, type: 'DOUBLE' };
    case 'text':
      return { ...element, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } };
  }
}

function storedOf({ name, stored }: FileColumn, value: Cell): bigint | Date | number | string | null {
  if (value === null || stored === 'text') return value;
  if (stored === 'instant') return new Date(value);
  if (stored === 'number') return Number(value);
  const exact = readExact(value);
  if (exact === undefined) throw new RangeError(`${name} holds "${value}", which is no decimal`);
  return rescale(exact, stored === 'count' ? 0 : stored.decimals);
}
