/**
 * Reads a journal from a position, also while it is written. Yields every frame once and in order, stops where the
 * last segment is not complete yet, and passes over damage: what is missing afterwards is reported, never guessed.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Frame } from './frame.ts';
import { decodeFrame, FRAME_OVERHEAD_BYTES, MAXIMUM_FRAME_BYTES } from './frame.ts';
import { decodeHeader, HEADER_BYTES, isMissing, listSegments, segmentPath } from './segment.ts';

/** Where reading goes on: after the frame `sequence`, at a byte of a segment. */
export interface Position {
  readonly segment: number;
  readonly offset: number;
  readonly sequence: number;
}

export const JOURNAL_START: Position = { segment: 0, offset: 0, sequence: 0 };

/**
 * `frames`: were written and cannot be read any more. `header`: of a segment whose frames could be read all the same.
 */
export type Damage =
  | {
      readonly kind: 'frames';
      readonly segment: number;
      readonly firstMissing: number;
      readonly lastMissing: number;
    }
  | { readonly kind: 'header'; readonly segment: number };

export interface JournalReader {
  /** Where the next frame is looked for. */
  readonly position: Position;
  /**
   * The next frame with a sequence of at most `throughSequence`, or undefined when there is none yet. Frames through
   * that sequence are known to be complete, so one that does not check out is damage and not the end.
   * The frame's text stays valid; it is a view into a block that is never written again.
   */
  next(throughSequence: number): Frame | undefined;
  close(): void;
}

const BLOCK_BYTES = 1024 * 1024;

/** `onDamage` is told of frames that are missing. A directory that is gone reads as empty. */
export function openReader(
  directory: string,
  from: Position = JOURNAL_START,
  onDamage: (damage: Damage) => void = () => undefined,
): JournalReader {
  return new SegmentedReader(directory, from, onDamage);
}

class SegmentedReader implements JournalReader {
  readonly #directory: string;
  readonly #onDamage: (damage: Damage) => void;
  #segment: number;
  #offset: number;
  #sequence: number;
  #file = -1;
  /** Bytes of the file from `#blockAt`. */
  #block: Buffer = Buffer.alloc(0);
  #blockAt = 0;
  /** Nothing is known of the frames before the first one that is found. */
  #begun: boolean;

  constructor(directory: string, from: Position, onDamage: (damage: Damage) => void) {
    this.#directory = directory;
    this.#onDamage = onDamage;
    this.#segment = from.segment;
    this.#offset = from.offset;
    this.#sequence = from.sequence;
    this.#begun = from.segment > 0;
  }

  get position(): Position {
    return { segment: this.#segment, offset: this.#offset, sequence: this.#sequence };
  }

  next(throughSequence: number): Frame | undefined {
    for (;;) {
      if (!this.#openSegment()) return undefined;
      if (this.#offset < HEADER_BYTES && !this.#readHeader()) {
        if (!this.#passDamage(throughSequence)) return undefined;
        continue;
      }
      const frame = this.#frameAt(this.#offset);
      if (frame === undefined) {
        if (!this.#passDamage(throughSequence)) return undefined;
      } else if (frame.sequence <= this.#sequence) {
        this.#offset += frame.bytes; // written again after a failed disk
      } else {
        if (frame.sequence > throughSequence) return undefined;
        this.#accept(frame);
        return frame;
      }
    }
  }

  close(): void {
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
  }

  #accept(frame: Frame): void {
    if (this.#begun && frame.sequence > this.#sequence + 1) {
      this.#onDamage({
        kind: 'frames',
        segment: this.#segment,
        firstMissing: this.#sequence + 1,
        lastMissing: frame.sequence - 1,
      });
    }
    this.#begun = true;
    this.#sequence = frame.sequence;
    this.#offset += frame.bytes;
  }

  #openSegment(): boolean {
    if (this.#file >= 0) return true;
    const present = listSegments(this.#directory);
    const segment = present.find((number) => number >= this.#segment);
    if (segment === undefined) return false;
    if (segment !== this.#segment) this.#offset = 0;
    this.#segment = segment;
    try {
      this.#file = openSync(segmentPath(this.#directory, segment), 'r');
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
    this.#block = Buffer.alloc(0);
    return true;
  }

  #readHeader(): boolean {
    this.#fill(0, HEADER_BYTES);
    const header = decodeHeader(this.#block.subarray(0, HEADER_BYTES));
    if (header === undefined) return false;
    if (!this.#begun) {
      this.#begun = true;
      this.#sequence = header.firstSequence - 1;
    }
    this.#offset = HEADER_BYTES;
    return true;
  }

  #frameAt(offset: number): Frame | undefined {
    const at = offset - this.#blockAt;
    const held = at < 0 ? undefined : decodeFrame(this.#block, at, this.#block.length);
    if (held?.kind === 'frame') return held.frame;
    this.#read(offset); // the block may be older than the file: only fresh bytes are judged
    const fresh = decodeFrame(this.#block, 0, this.#block.length);
    return fresh.kind === 'frame' ? fresh.frame : undefined;
  }

  /** Makes the block hold `bytes` bytes from `offset`, or fewer when the file ends before. */
  #fill(offset: number, bytes: number): void {
    const held = this.#blockAt + this.#block.length - offset;
    if (offset < this.#blockAt || held < bytes) this.#read(offset);
  }

  #read(offset: number): void {
    const held = fstatSync(this.#file).size - offset;
    // A fresh block each time: frames already handed out keep their views into the old one.
    const fresh = Buffer.allocUnsafe(Math.max(0, Math.min(BLOCK_BYTES, held)));
    this.#block = fresh.subarray(
      0,
      fresh.length === 0 ? 0 : readSync(this.#file, fresh, 0, fresh.length, offset),
    );
    this.#blockAt = offset;
  }

  /**
   * Looks past bytes that are no frame. @returns false when they may be the end of a segment that is still written.
   */
  #passDamage(throughSequence: number): boolean {
    const later = listSegments(this.#directory).some((number) => number > this.#segment);
    const complete = Number.isFinite(throughSequence) && this.#sequence < throughSequence;
    if (!later && !complete) return false;
    const found = this.#findFrame(Math.max(this.#offset, HEADER_BYTES));
    if (found !== undefined) {
      if (this.#offset < HEADER_BYTES) this.#onDamage({ kind: 'header', segment: this.#segment });
      this.#offset = found;
      return true;
    }
    if (!later) return false;
    this.close();
    this.#segment += 1;
    this.#offset = 0;
    return true;
  }

  /** The nearest offset with a whole frame that was not read yet. */
  #findFrame(from: number): number | undefined {
    for (let offset = from; ; offset += 1) {
      this.#fill(offset, 4);
      if (offset - this.#blockAt + 4 > this.#block.length) return undefined;
      const frame = this.#plausible(offset) ? this.#frameAt(offset) : undefined;
      if (frame !== undefined && frame.sequence > this.#sequence) return offset;
    }
  }

  /** No text of ours holds a byte below 32, so the length of a frame cannot occur inside one. */
  #plausible(offset: number): boolean {
    const bytes = this.#block.readUInt32LE(offset - this.#blockAt) + 8;
    return bytes >= FRAME_OVERHEAD_BYTES && bytes <= MAXIMUM_FRAME_BYTES;
  }
}
