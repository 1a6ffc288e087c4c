/** Cutting a batch out of a journal, and reading exactly the same one again. */
import { createHash } from 'node:crypto';
import { setImmediate as breath } from 'node:timers/promises';

import type { Frame } from '../journal/frame.ts';
import { carriesLines } from '../journal/frame.ts';
import type { JournalReader, Position } from '../journal/reader.ts';
import { RowKeeper, runsOf } from '../rows.ts';
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
  /** A limit ended it: there may be more. */
  readonly isFull: boolean;
}

export interface CutLimits {
  readonly throughSequence: number;
  readonly frames: number;
  readonly bytes: number;
}

/** Reads frames until one of the limits, or until there are no more. */
export function cutBatch(reader: JournalReader, openBefore: ReadonlySet<number>, limits: CutLimits): Cut {
  const cut = new GrowingCut(reader, openBefore, limits);
  while (cut.grow());
  return cut.finish();
}

/** Frames that are read in one go beside other work. */
const PIECE_FRAMES = 1_000;

/** As `cutBatch`, a piece at a time, so that what else this process does goes on. */
export async function cutBatchBeside(
  reader: JournalReader,
  openBefore: ReadonlySet<number>,
  limits: CutLimits,
): Promise<Cut> {
  const cut = new GrowingCut(reader, openBefore, limits);
  do await breath();
  while (growBy(cut, PIECE_FRAMES));
  return cut.finish();
}

/** @returns false when there is no more to read. */
function growBy(cut: GrowingCut, frames: number): boolean {
  for (let read = 0; read < frames; read += 1) if (!cut.grow()) return false;
  return true;
}

class GrowingCut {
  readonly #reader: JournalReader;
  readonly #limits: CutLimits;
  readonly #from: Position;
  readonly #frames: LineFrame[] = [];
  readonly #rows = new RowKeeper();
  readonly #open: Set<number>;
  #bytes = 0;
  #sealed = false;

  constructor(reader: JournalReader, openBefore: ReadonlySet<number>, limits: CutLimits) {
    this.#reader = reader;
    this.#limits = limits;
    this.#from = reader.position;
    this.#open = new Set(openBefore);
  }

  /** Reads one frame. @returns false when a limit is reached or there is none. */
  grow(): boolean {
    if (this.#isFull()) return false;
    const frame = this.#reader.next(this.#limits.throughSequence);
    if (frame === undefined) return false;
    followIntents(this.#open, frame);
    this.#sealed = frame.type === 'seal';
    if (!carriesLines(frame.type)) return true;
    this.#frames.push({ sequence: frame.sequence, rows: this.#rows.keep(frame.text) });
    this.#bytes += frame.bytes;
    return true;
  }

  finish(): Cut {
    return {
      from: this.#from,
      to: this.#reader.position,
      frames: this.#frames,
      open: this.#open,
      sealed: this.#sealed,
      isFull: this.#isFull(),
    };
  }

  #isFull(): boolean {
    return this.#frames.length >= this.#limits.frames || this.#bytes >= this.#limits.bytes;
  }
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
  for (const run of runsOf(frames.map(({ rows }) => rows))) hash.update(run);
  return hash.digest('hex');
}
