/** Tables as files: rows written as CSV, Parquet or lines of JSON, and files of either kind read. The front door. */
import type { FileFormat } from './formats.ts';
import type { Cells, FileColumn } from './table.ts';
import { writeCsv } from './write-csv.ts';
import { writeNdjson } from './write-ndjson.ts';
import { writeParquet } from './write-parquet.ts';

export { tableOfBytes, withTableFile } from './files.ts';
export { TableUnreadable } from './table.ts';
export type { Cell, Cells, Column, ColumnKind, FileColumn, Row, Stored, Table } from './table.ts';
export { writeCsv } from './write-csv.ts';
export { writeParquet } from './write-parquet.ts';

/** A table that is to be written. Its rows are made as they are taken. */
export interface FileTable {
  readonly columns: readonly FileColumn[];
  readonly batches: AsyncIterable<readonly Cells[]>;
  /** What the whole is of; stands in the footer of a Parquet file, asked for when all rows are written. */
  readonly about: () => Readonly<Record<string, string>>;
}

/** The same rows and columns in whichever format. */
export function writeTable(
  { columns, batches, about }: FileTable,
  format: FileFormat,
): AsyncGenerator<Uint8Array> {
  switch (format) {
    case 'csv':
      return writeCsv(columns, batches, 'quoted');
    case 'parquet':
      return writeParquet(columns, batches, about);
    case 'ndjson':
      return writeNdjson(columns, batches);
  }
}
