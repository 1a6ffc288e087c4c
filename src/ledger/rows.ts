/** Rows that lie behind each other in memory are one piece of bytes: nothing needs to be copied to hash or to send them. */

/** The same bytes in the same order, in as few pieces as they lie in. */
export function runsOf(rows: readonly Buffer[]): Buffer[] {
  const runs: Buffer[] = [];
  let first: Buffer | undefined;
  let bytes = 0;
  for (const row of rows) {
    if (first !== undefined && row.buffer === first.buffer && row.byteOffset === first.byteOffset + bytes) {
      bytes += row.length;
      continue;
    }
    if (first !== undefined) runs.push(Buffer.from(first.buffer, first.byteOffset, bytes));
    first = row;
    bytes = row.length;
  }
  if (first !== undefined) runs.push(Buffer.from(first.buffer, first.byteOffset, bytes));
  return runs;
}

const FIRST_CHUNK_BYTES = 64 * 1024;
const LARGEST_CHUNK_BYTES = 8 * 1024 * 1024;

/**
 * Keeps copies of rows behind each other. What a journal was read in holds intents too, so a view into it would keep twice
 * the memory for as long as a batch is on its way.
 */
export class RowKeeper {
  #chunk: Buffer = Buffer.alloc(0);
  #used = 0;
  #chunkBytes = FIRST_CHUNK_BYTES;

  keep(row: Buffer): Buffer {
    if (this.#used + row.length > this.#chunk.length) {
      this.#chunk = Buffer.allocUnsafeSlow(Math.max(this.#chunkBytes, row.length));
      this.#used = 0;
      this.#chunkBytes = Math.min(2 * this.#chunkBytes, LARGEST_CHUNK_BYTES);
    }
    const kept = this.#chunk.subarray(this.#used, this.#used + row.length);
    row.copy(kept);
    this.#used += row.length;
    return kept;
  }
}
