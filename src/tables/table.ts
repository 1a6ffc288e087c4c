/**
 * Rows as files, whatever they are stored as. A leaf: types, and the one rule of what a cell is.
 *
 * Every cell is text or null, decimals as exact digits and instants in RFC 3339, so that a CSV and a Parquet file of the
 * same rows hold the same, and what is read of either is judged by the same code.
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

/** A column of a file that was read; what the storage knew of its type stands in `kind`. */
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

/**
 * How a column is stored where the storage has types: exact decimals with so many digits behind the point, UTC instants,
 * whole numbers, or numbers that are estimates and shares and never money.
 */
export type Stored = 'text' | 'instant' | 'count' | 'number' | { readonly decimals: number };

/** A column of a file that is written. */
export interface FileColumn {
  readonly name: string;
  readonly stored: Stored;
}

/** A row of a file that is written, by the names of its columns; a column that is not there is null. */
export type Cells = Readonly<Record<string, Cell>>;

/** The file cannot be read as a table. Nothing was judged. */
export class TableUnreadable extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TableUnreadable';
  }
}
