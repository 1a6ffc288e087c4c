/** Cutting a batch out of a journal, and reading exactly the same one again. */
import { createHash } from 'node:crypto';
import type { Frame } from '../journal/frame.ts';
import { carriesLines } from '../journal/frame.ts';
import type { JournalReader, Position } from '../journal/reader.ts';
import type { FrozenBatch } from './remembered.ts';

export interface LineFrame {
  readonly sequence: number;
  readonly rows: Buffer;
}

/** Frames as read from a journal, and what is known after them. */
export interface Cut {
  readonly from: Position;
  readonly to: Position;
  readonly frames: readonly LineFrame[];
  /** Intents without an end among all frames through `to`. */
  readonly open: ReadonlySet<number>;
  readonly sealed: boolean;
}

export interface CutLimits {
  readonly throughSequence: number;
  readonly frames: number;
  readonly bytes: number;
}

/** Reads frames until one of the limits, or until there are no more. */
export function cutBatch(reader: JournalReader, openBefore: ReadonlySet<number>, limits: CutLimits): Cut {
  const from = reader.position;
  const frames: LineFrame[] = [];
  const open = new Set(openBefore);
  let bytes = 0;
  let sealed = false;
  while (frames.length < limits.frames && bytes < limits.bytes) {
    const frame = reader.next(limits.throughSequence);
    if (frame === undefined) break;
    followIntents(open, frame);
    sealed = frame.type === 'seal';
    if (!carriesLines(frame.type)) continue;
    frames.push({ sequence: frame.sequence, rows: frame.text });
    bytes += frame.bytes;
  }
  return { from, to: reader.position, frames, open, sealed };
}

function followIntents(open: Set<number>, frame: Frame): void {
  if (frame.type === 'intent') open.add(frame.sequence);
  else open.delete(frame.reference);
}

export function freezeCut(journal: string, cut: Cut): FrozenBatch {
  const sha256 = hashRows(cut.frames);
  const first = cut.from.sequence + 1;
  const last = cut.to.sequence;
  return {
    from: cut.from,
    first,
    last,
    count: cut.frames.length,
    sha256,
    token: batchToken(journal, first, last, sha256),
  };
}

/** The store drops an insert whose token it has seen, so a token must never stand for other rows. */
export function batchToken(journal: string, first: number, last: number, sha256: string): string {
  return `${journal}:${first}:${last}:${sha256.slice(0, 16)}`;
}

export function hashRows(frames: readonly LineFrame[]): string {
  const hash = createHash('sha256');
  for (const frame of frames) hash.update(frame.rows);
  return hash.digest('hex');
}
