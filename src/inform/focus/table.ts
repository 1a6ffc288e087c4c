/**
 * A file of rows as the checks see it, whatever it was stored as. A leaf: types, and the one rule of what a cell is.
 *
 * Every cell is text or null, decimals as exact digits and instants as FOCUS writes them, so that a CSV and a Parquet
 * file of the same rows are judged by the same code. What the storage knew of a column's type stands in `kind`.
 */

/** `text`: the storage has no types (CSV). `float`: digits beyond the 17th are not to be trusted. */
export type ColumnKind =
  | 'text'
  | 'string'
  | 'decimal'
  | 'integer'
  | 'float'
  | 'timestamp'
  | 'boolean'
  | 'other';

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
}

export type Cell = string | null;
export type Row = readonly Cell[];

export interface Table {
  readonly columns: readonly Column[];
  /** Rows in the order of the file, some thousands at a time. Can be read once. */
  readonly batches: AsyncIterable<readonly Row[]>;
}

/** The file cannot be read as a table. Nothing was judged. */
export class TableUnreadable extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TableUnreadable';
  }
}
