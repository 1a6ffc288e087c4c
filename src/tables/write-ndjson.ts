/** Rows of cells as JSON, one object a line: counts and estimates are numbers, money is decimal text. */
import type { Cell, Cells, FileColumn, Stored } from './table.ts';

export async function* writeNdjson(
  columns: readonly FileColumn[],
  batches: AsyncIterable<readonly Cells[]>,
): AsyncGenerator<Uint8Array> {
  for await (const batch of batches) {
    if (batch.length === 0) continue;
    const lines = batch.map((cells) =>
      JSON.stringify(
        Object.fromEntries(columns.map(({ name, stored }) => [name, valueOf(cells[name] ?? null, stored)])),
      ),
    );
    yield Buffer.from(`${lines.join('\n')}\n`);
  }
}

function valueOf(value: Cell, stored: Stored): string | number | null {
  return value === null || (stored !== 'count' && stored !== 'number') ? value : Number(value);
}
