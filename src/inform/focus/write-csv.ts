/** Rows of cells as CSV (RFC 4180): null is nothing between two commas, decimals always have a point. */
import type { FocusColumn } from './columns.ts';
import type { Cells } from './project.ts';

export async function* writeCsv(
  columns: readonly FocusColumn[],
  batches: AsyncIterable<readonly Cells[]>,
): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${columns.map(({ name }) => name).join(',')}\n`);
  for await (const batch of batches) {
    if (batch.length === 0) continue;
    const lines = batch.map((cells) => columns.map(({ name }) => field(cells[name] ?? null)).join(','));
    yield Buffer.from(`${lines.join('\n')}\n`);
  }
}

function field(value: string | null): string {
  if (value === null) return '';
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
