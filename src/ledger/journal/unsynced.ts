/**
 * The frames that are not yet known to be on the disk, kept in memory so that they can be written again elsewhere when
 * the disk fails. Frames are encoded straight into blocks and written from there: no copy and no object per frame.
 */
import { decodeFrame, FRAME_OVERHEAD_BYTES, MAXIMUM_FRAME_BYTES } from './frame.ts';

const BLOCK_BYTES = 1024 * 1024;
/** Any frame fits in this room, since no character takes more than three bytes. */
const MOST_ROOM = FRAME_OVERHEAD_BYTES + 3 * MAXIMUM_FRAME_BYTES;

export interface Block {
  readonly bytes: Buffer;
  used: number;
  lastSequence: number;
}

export class UnsyncedFrames {
  #blocks: Block[] = [newBlock()];
  #spare: Block[] = [];

  /** A block with room for a text of so many characters, to be encoded at its `used`. */
  room(characters: number): Block {
    const needed = Math.min(FRAME_OVERHEAD_BYTES + 3 * characters, MOST_ROOM);
    const current = this.#blocks.at(-1);
    if (current !== undefined && current.used + needed <= BLOCK_BYTES) return current;
    const next = this.#spare.pop() ?? newBlock();
    this.#blocks.push(next);
    return next;
  }

  /** Forgets the frames that have reached the disk. A block is reused when all of its frames have. */
  release(throughSequence: number): void {
    while (this.#blocks.length > 1 && (this.#blocks[0] as Block).lastSequence <= throughSequence) {
      const block = this.#blocks.shift() as Block;
      block.used = 0;
      if (this.#spare.length < 2) this.#spare.push(block);
    }
    const last = this.#blocks[0] as Block;
    if (last.lastSequence <= throughSequence) last.used = 0;
  }

  /** Visits the runs of bytes that hold every frame after a sequence, in order. */
  forEachAfter(sequence: number, visit: (bytes: Buffer) => void): void {
    for (const block of this.#blocks) {
      if (block.used === 0 || block.lastSequence <= sequence) continue;
      visit(block.bytes.subarray(firstAfter(block, sequence), block.used));
    }
  }
}

function newBlock(): Block {
  return { bytes: Buffer.allocUnsafe(BLOCK_BYTES), used: 0, lastSequence: 0 };
}

function firstAfter(block: Block, sequence: number): number {
  let at = 0;
  while (at < block.used) {
    const decoded = decodeFrame(block.bytes, at, block.used);
    if (decoded.kind !== 'frame') throw new Error('a frame in memory does not match its own checksum');
    if (decoded.frame.sequence > sequence) break;
    at += decoded.frame.bytes;
  }
  return at;
}
