/**
 * Rows of cells as Parquet: strings, UTC timestamps, and decimals as FIXED_LEN_BYTE_ARRAY(16) with their scale, written
 * from the exact digits. One row group is in memory at a time.
 */
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { SchemaElement } from 'hyparquet-writer';

import { scaleOf } from './columns.ts';
import type { FocusColumn } from './columns.ts';
import { readExact, rescale } from './exact.ts';
import type { Cells } from './project.ts';
import type { Cell } from './table.ts';

const ROWS_PER_GROUP = 50_000;
const PRECISION = 38;
const DECIMAL_BYTES = 16;

/** `metadata` is asked for at the end, when all is known, and stands in the footer as key and value. */
export async function* writeParquet(
  columns: readonly FocusColumn[],
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

function elementOf({ name, type }: FocusColumn): SchemaElement {
  const element = { name, repetition_type: 'OPTIONAL' } as const;
  const scale = scaleOf(type);
  if (scale !== undefined)
    return {
      ...element,
      type: 'FIXED_LEN_BYTE_ARRAY',
      type_length: DECIMAL_BYTES,
      converted_type: 'DECIMAL',
      logical_type: { type: 'DECIMAL', precision: PRECISION, scale },
      precision: PRECISION,
      scale,
    };
  if (type === 'instant')
    return {
      ...element,
      type: 'INT64',
      converted_type: 'TIMESTAMP_MILLIS',
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
    };
  return { ...element, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } };
}

function storedOf({ name, type }: FocusColumn, value: Cell): bigint | Date | string | null {
  if (value === null) return null;
  const scale = scaleOf(type);
  if (scale === undefined) return type === 'instant' ? new Date(value) : value;
  const exact = readExact(value);
  if (exact === undefined) throw new RangeError(`${name} holds "${value}", which is no decimal`);
  return rescale(exact, scale);
}
