/** Opens a file or a body as a table: what it is, its first bytes say. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';

import type { AsyncBuffer } from 'hyparquet';

import { readCsv } from './read-csv.ts';
import { readParquet } from './read-parquet.ts';
import type { Table } from './table.ts';

const PARQUET_MAGIC = 'PAR1';
const BYTES_PER_READ = 1_048_576;

/** Opens a file, gives its table to `use`, and closes it whatever happens. @throws TableUnreadable */
export async function withTableFile<Result>(
  path: string,
  use: (table: Table) => Promise<Result>,
): Promise<Result> {
  const file = await open(path, 'r');
  try {
    const start = await file.read(Buffer.alloc(4), 0, 4, 0);
    if (start.buffer.toString('latin1', 0, start.bytesRead) !== PARQUET_MAGIC) {
      const bytes = createReadStream(path, { highWaterMark: BYTES_PER_READ });
      try {
        return await use(await readCsv(bytes));
      } finally {
        bytes.destroy();
      }
    }
    const { size } = await file.stat();
    return await use(
      await readParquet({
        byteLength: size,
        async slice(from, until = size) {
          const bytes = Buffer.alloc(until - from);
          await file.read(bytes, 0, bytes.length, from);
          return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
        },
      }),
    );
  } finally {
    await file.close();
  }
}

/** The same of bytes in memory. @throws TableUnreadable */
export async function tableOfBytes(bytes: Uint8Array): Promise<Table> {
  if (Buffer.from(bytes.subarray(0, 4)).toString('latin1') !== PARQUET_MAGIC) return readCsv(piecesOf(bytes));
  const buffer: AsyncBuffer = {
    byteLength: bytes.length,
    slice: (from, until) => Uint8Array.from(bytes.subarray(from, until)).buffer,
  };
  return readParquet(buffer);
}

/** In pieces, so that no text as large as the whole is made of it. */
async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += BYTES_PER_READ) yield bytes.subarray(at, at + BYTES_PER_READ);
}
