/**
 * What the drain remembers of a journal across restarts, both files in its state directory:
 * `<journal>.checkpoint`, how far the ledger has it, and `<journal>.manifest`, the batches that were decided on.
 * A batch is in the manifest, on the disk, before it is first sent; so a retry after any crash sends the same bytes.
 */
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DrainedJournal } from '../care.ts';
import type { Position } from '../journal/reader.ts';
import { JOURNAL_START } from '../journal/reader.ts';
import { isMissing } from '../journal/segment.ts';

export interface Checkpoint {
  /** Every line through this position is in the ledger. */
  readonly position: Position;
  /** Intents before the position that have not ended; their segments must stay. */
  readonly open: readonly number[];
  /** Nothing comes after the position: the journal was sealed there. */
  readonly sealed: boolean;
  /** Frames that were lost to a damaged disk so far. */
  readonly missingFrames: number;
  readonly completeUntilMs: number;
  /** Frames with lines through the position; absent where a version began the journal that did not count. */
  readonly movedFrames?: number;
}

/** A batch that was decided on: exactly these frames, for ever. */
export interface FrozenBatch {
  readonly from: Position;
  readonly first: number;
  readonly last: number;
  /** Frames with lines in it. */
  readonly count: number;
  /** Of the rows, in order. */
  readonly sha256: string;
  readonly token: string;
}

/** A journal that is in the ledger as a whole; one line each in `ended.ndjson`. Said twice after a crash, it is one. */
interface EndedJournal {
  readonly journal: string;
  readonly through: number;
  readonly frames?: number;
  readonly missingFrames: number;
}

const ENDED_FILE = 'ended.ndjson';
const MANIFEST_BYTES = 256 * 1024;

/** The memory of one journal. Writers return when the disk has it. */
export class Remembered {
  readonly #directory: string;
  readonly #journal: string;
  #manifestBytes = 0;

  constructor(directory: string, journal: string) {
    this.#directory = directory;
    this.#journal = journal;
  }

  async checkpoint(openedAtMs: number): Promise<Checkpoint> {
    const text = await readIfThere(this.#path('checkpoint'));
    if (text !== '') return JSON.parse(text) as Checkpoint;
    // No settlement of a journal is older than the journal.
    return {
      position: JOURNAL_START,
      open: [],
      sealed: false,
      missingFrames: 0,
      completeUntilMs: openedAtMs,
      movedFrames: 0,
    };
  }

  /** A journal goes and its checkpoint with it; how much there was of it stays known, to hold the ledger against. */
  async noteEnd({ position, movedFrames, missingFrames }: Checkpoint): Promise<void> {
    const ended: EndedJournal = {
      journal: this.#journal,
      through: position.sequence,
      ...(movedFrames !== undefined && { frames: movedFrames }),
      missingFrames,
    };
    const file = await open(join(this.#directory, ENDED_FILE), 'a', 0o640);
    try {
      await file.appendFile(`${JSON.stringify(ended)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  async advance(checkpoint: Checkpoint, beforeRename: () => void): Promise<void> {
    await replaceDurably(this.#path('checkpoint'), JSON.stringify(checkpoint), beforeRename);
    if (this.#manifestBytes < MANIFEST_BYTES) return;
    await replaceDurably(this.#path('manifest'), '', () => undefined); // all of its batches are behind the checkpoint
    this.#manifestBytes = 0;
  }

  /** The batch that was decided on and not checkpointed, if there is one. Call before the first `freeze`. */
  async outstanding(after: number): Promise<FrozenBatch | undefined> {
    const text = await readIfThere(this.#path('manifest'));
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    // A torn last line was never on the disk as a whole, so its batch was never sent.
    if (whole.length < text.length) await replaceDurably(this.#path('manifest'), whole, () => undefined);
    this.#manifestBytes = Buffer.byteLength(whole);
    const line = whole.trimEnd().split('\n').at(-1) ?? '';
    const batch = line === '' ? undefined : (JSON.parse(line) as FrozenBatch);
    return batch !== undefined && batch.last > after ? batch : undefined;
  }

  async freeze(batch: FrozenBatch): Promise<void> {
    const line = `${JSON.stringify(batch)}\n`;
    const isNew = this.#manifestBytes === 0;
    const file = await open(this.#path('manifest'), 'a', 0o640);
    try {
      await file.appendFile(line);
      await file.sync();
    } finally {
      await file.close();
    }
    if (isNew) await syncDirectory(this.#directory);
    this.#manifestBytes += Buffer.byteLength(line);
  }

  async forget(): Promise<void> {
    await rm(this.#path('manifest'), { force: true });
    await rm(this.#path('checkpoint'), { force: true });
  }

  #path(kind: 'checkpoint' | 'manifest'): string {
    return join(this.#directory, `${this.#journal}.${kind}`);
  }
}

/** How far every journal is in the ledger: those that ended, and those that are still written. */
export async function readDrained(directory: string): Promise<DrainedJournal[]> {
  const drained = new Map<string, DrainedJournal>();
  const ended = await readIfThere(join(directory, ENDED_FILE));
  for (const line of ended.slice(0, ended.lastIndexOf('\n') + 1).split('\n')) {
    if (line === '') continue;
    const one = JSON.parse(line) as EndedJournal;
    drained.set(one.journal, { ...one, frames: one.frames });
  }
  for (const name of await namesIn(directory)) {
    if (!name.endsWith('.checkpoint')) continue;
    const text = await readIfThere(join(directory, name));
    if (text === '') continue; // its journal ended in this moment, and is among the others
    const { position, movedFrames, missingFrames } = JSON.parse(text) as Checkpoint;
    const journal = name.slice(0, -'.checkpoint'.length);
    drained.set(journal, { journal, through: position.sequence, frames: movedFrames, missingFrames });
  }
  return [...drained.values()];
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}

async function replaceDurably(path: string, content: string, beforeRename: () => void): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o640);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  beforeRename();
  await rename(`${path}.new`, path);
  await syncDirectory(dirname(path));
}

/** Makes the names in a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
