/** Rows of cells as CSV (RFC 4180): null is nothing between two commas, numbers are written as they are. */
import type { Cell, Cells, FileColumn, Stored } from './table.ts';

/**
 * `formulas`: what becomes of a text that a spreadsheet would run as a formula. `kept` is for files that a specification
 * describes to the character; `quoted` puts a quote mark before it, so that a name which a caller chose stays a name.
 */
export async function* writeCsv(
  columns: readonly FileColumn[],
  batches: AsyncIterable<readonly Cells[]>,
  formulas: 'kept' | 'quoted' = 'kept',
): AsyncGenerator<Uint8Array> {
  const safe = formulas === 'kept' ? (text: string): string => text : asText;
  const field = (value: Cell, stored: Stored): string =>
    value === null ? '' : quoted(stored === 'text' ? safe(value) : value);
  yield Buffer.from(`${columns.map(({ name }) => quoted(safe(name))).join(',')}\n`);
  for await (const batch of batches) {
    if (batch.length === 0) continue;
    const lines = batch.map((cells) =>
      columns.map(({ name, stored }) => field(cells[name] ?? null, stored)).join(','),
    );
    yield Buffer.from(`${lines.join('\n')}\n`);
  }
}

function quoted(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** Spreadsheets run what begins with one of these; a tab or a line break before it changes nothing. */
function asText(value: string): string {
  return /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
}
