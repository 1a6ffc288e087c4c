import { randomFillSync } from 'node:crypto';

/**
 * UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then a 12-bit counter that keeps ids of one
 * millisecond in order, then 62 random bits. Random bytes are drawn in blocks, since one system call
 * per id would cost more than the rest of the id together.
 */
export type Id = string;

const BLOCK_BYTES = 8 * 512;

export function createIdSource(nowMs: () => number): () => Id {
  const block = Buffer.alloc(BLOCK_BYTES);
  let used = BLOCK_BYTES;
  let lastMs = 0;
  let counter = 0;
  return () => {
    if (used === BLOCK_BYTES) {
      randomFillSync(block);
      used = 0;
    }
    const ms = Math.max(nowMs(), lastMs); // a clock that jumps back must not reorder ids
    if (ms === lastMs) counter += 1;
    else {
      lastMs = ms;
      counter = block.readUInt16BE(used) & 0x3ff;
    }
    if (counter > 0xfff) {
      lastMs += 1;
      counter = 0;
    }
    const time = lastMs.toString(16).padStart(12, '0');
    const high = (0x8000 | (block.readUInt16BE(used) & 0x3fff)).toString(16);
    const low = block.toString('hex', used + 2, used + 8);
    used += 8;
    return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${high}-${low}`;
  };
}
