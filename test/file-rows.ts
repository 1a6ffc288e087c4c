/** The rows of a CSV or Parquet file by the names of their columns, with one way to write each figure. */
import { tableOfBytes } from '../src/tables/tables.ts';
import type { ColumnKind } from '../src/tables/tables.ts';
import { formatDollars, parseDollars } from '../src/units/money.ts';

/** An absent column is null too. */
export type FileRow = Readonly<Record<string, string | null>>;

export async function fileRows(bytes: Uint8Array): Promise<readonly FileRow[]> {
  const { columns, batches } = await tableOfBytes(bytes);
  const rows: FileRow[] = [];
  for await (const batch of batches)
    for (const cells of batch)
      rows.push(
        Object.fromEntries(columns.map(({ name, kind }, at) => [name, plain(cells[at] ?? null, kind)])),
      );
  return rows;
}

/** CSV has no types, and Parquet writes `3.0` and seconds without a fraction: amounts and instants are written as JSON has them. */
function plain(value: string | null, kind: ColumnKind): string | null {
  if (value === null) return null;
  if (kind === 'decimal') return formatDollars(parseDollars(value));
  if (kind === 'float') return String(Number(value));
  return kind === 'timestamp' ? new Date(value).toISOString() : value;
}
