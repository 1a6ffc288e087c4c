/**
 * One frame of the journal, little-endian:
 *
 *     length u32 | crc32 u32 | sequence u64 | type u8 | reference u64 | text (UTF-8)
 *
 * `length` counts the bytes after the checksum; the checksum covers them all. `reference` is the sequence of the
 * intent that the frame answers (0: none), so that recovery pairs frames without parsing their text.
 */
import { crc32 } from 'node:zlib';

export const FRAME_TYPES = { intent: 1, settle: 2, void: 3, presume: 4, adjust: 5, seal: 6 } as const;
export type FrameType = keyof typeof FRAME_TYPES;

const NAMES: readonly (FrameType | undefined)[] = [
  undefined,
  'intent',
  'settle',
  'void',
  'presume',
  'adjust',
  'seal',
];
const CHECKED_AT = 8;
const TEXT_AT = 25;
const TWO_TO_32 = 0x1_0000_0000;

/** The bytes of a frame around its text. */
export const FRAME_OVERHEAD_BYTES = TEXT_AT;
export const MAXIMUM_FRAME_BYTES = 256 * 1024;

export interface Frame {
  readonly sequence: number;
  readonly type: FrameType;
  /** Sequence of the intent that this frame answers; 0 when it answers none. */
  readonly reference: number;
  /** Rows of the ledger in `settle`, `presume` and `adjust`; an encoded intent in `intent`; empty else. */
  readonly text: Buffer;
  /** Bytes of the whole frame in its file. */
  readonly bytes: number;
}

/** True for the frames whose text is inserted into the ledger. */
export function carriesLines(type: FrameType): boolean {
  return type === 'settle' || type === 'presume' || type === 'adjust';
}

/**
 * Writes a frame into `target` at `at`, which must have room for three bytes per character and the overhead.
 * @returns the bytes of the frame; more than `MAXIMUM_FRAME_BYTES` says that it is too large to be appended.
 */
export function encodeFrame(
  target: Buffer,
  at: number,
  frame: {
    readonly sequence: number;
    readonly type: FrameType;
    readonly reference: number;
    readonly text: string;
  },
): number {
  const bytes = TEXT_AT + target.write(frame.text, at + TEXT_AT);
  target.writeUInt32LE(bytes - CHECKED_AT, at);
  writeSequence(target, frame.sequence, at + 8);
  target[at + 16] = FRAME_TYPES[frame.type];
  writeSequence(target, frame.reference, at + 17);
  target.writeUInt32LE(crc32(target.subarray(at + CHECKED_AT, at + bytes)), at + 4);
  return bytes;
}

/** Two halves instead of a BigInt write: this runs twice per call. */
export function writeSequence(target: Buffer, sequence: number, at: number): void {
  const high = Math.floor(sequence / TWO_TO_32);
  target.writeUInt32LE(sequence - high * TWO_TO_32, at);
  target.writeUInt32LE(high, at + 4);
}

export function readSequence(source: Buffer, at: number): number {
  return source.readUInt32LE(at) + source.readUInt32LE(at + 4) * TWO_TO_32;
}

/** `short`: the bytes end before the frame does. `bad`: these bytes are no frame. */
export type Decoded = { readonly kind: 'frame'; readonly frame: Frame } | { readonly kind: 'short' | 'bad' };

const SHORT: Decoded = { kind: 'short' };
const BAD: Decoded = { kind: 'bad' };

/** Reads the frame at `at` of `source[0, end)`. Its text is a view into `source`, not a copy. */
export function decodeFrame(source: Buffer, at: number, end: number): Decoded {
  if (at + 4 > end) return SHORT;
  const bytes = source.readUInt32LE(at) + CHECKED_AT;
  if (bytes < TEXT_AT || bytes > MAXIMUM_FRAME_BYTES) return BAD;
  if (at + bytes > end) return SHORT;
  if (crc32(source.subarray(at + CHECKED_AT, at + bytes)) !== source.readUInt32LE(at + 4)) return BAD;
  const type = NAMES[source[at + 16] ?? 0];
  if (type === undefined) return BAD;
  const text = source.subarray(at + TEXT_AT, at + bytes);
  return {
    kind: 'frame',
    frame: {
      sequence: readSequence(source, at + 8),
      type,
      reference: readSequence(source, at + 17),
      text,
      bytes,
    },
  };
}
