/** Drains one journal: cut, freeze, insert, checkpoint, and removes what nobody needs any more. */
import { stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Failpoints } from '../failpoints.ts';
import type { JournalReader, Position } from '../journal/reader.ts';
import { JOURNAL_START, openReader } from '../journal/reader.ts';
import type { JournalPlace } from '../journal/segment.ts';
import { listSegments, readWatermark, segmentPath } from '../journal/segment.ts';
import type { Cut, CutLimits } from './batch.ts';
import { batchToken, cutBatch, cutBatchBeside, freezeCut, hashRows } from './batch.ts';
import type { LineSink, OnFinished, Protections } from './sink.ts';
import type { Checkpoint, FrozenBatch } from './remembered.ts';
import { Remembered } from './remembered.ts';
import { removeJournal, removeSegments } from './remove.ts';

interface JournalDrainSettings {
  readonly stateDirectory: string;
  readonly sink: LineSink;
  readonly now: () => number;
  readonly failpoints: Failpoints;
  readonly protections: Protections;
  /** How long a half-present batch is left alone, since its insert may still be running in the store. */
  readonly halfPresentPauseMs: number;
  readonly limits: { readonly frames: number; readonly bytes: number };
  readonly onFinished?: OnFinished;
}

export interface JournalStep {
  readonly inserted: number;
  readonly backlogFrames: number;
  readonly missingFrames: number;
  readonly completeUntilMs: number;
  /** Its last line is in the ledger, and there can be no more. */
  readonly ended: boolean;
  /** What ended the step early; undefined when nothing did. */
  readonly failure: unknown;
}

/** A cut, and the frames that were found missing up to its end. */
type NumberedCut = Cut & { readonly missingFrames: number };

/** The end of a journal's files at a moment. */
interface Mark {
  readonly atMs: number;
  readonly segment: number;
  readonly bytes: number;
}

/** The journal is in the ledger, but whoever is told so failed. */
export class EndNotTaken extends Error {
  override readonly name = 'EndNotTaken';

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

const NO_LIMITS = { frames: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

export class JournalDrain {
  readonly #place: JournalPlace;
  readonly #settings: JournalDrainSettings;
  readonly #remembered: Remembered;
  #loaded = false;
  #reader: JournalReader | undefined;
  #open: ReadonlySet<number> = new Set();
  #sealed = false;
  /** Found missing by the reader, which may be a batch ahead of the ledger. */
  #foundMissing = 0;
  #missingFrames = 0;
  /** The batch behind the one that is being inserted, read meanwhile. */
  #ahead: NumberedCut | undefined;
  #completeUntilMs = 0;
  #mark: Mark | undefined;
  #outstanding: FrozenBatch | undefined;
  /** Whether the next batch may be in the ledger already: after a start, a failure, or a restored backup. */
  #unsure = true;
  #moved: Position = JOURNAL_START;
  /** Undefined where it was not counted from the beginning. */
  #movedFrames: number | undefined = 0;
  #inserted = 0;
  #tries = 0;

  constructor(place: JournalPlace, settings: JournalDrainSettings) {
    this.#place = place;
    this.#settings = settings;
    this.#remembered = new Remembered(settings.stateDirectory, place.id);
  }

  /** Moves everything that is on the disk. After a failure this object must be dropped: the disk knows better. */
  async step(startedAtMs: number, signal: AbortSignal | undefined): Promise<JournalStep> {
    this.#inserted = 0;
    let failure: unknown;
    let watermark = 0;
    try {
      if (!this.#loaded) await this.#load();
      const end = await this.#endOfFiles(startedAtMs);
      watermark = readWatermark(this.#place.directory);
      let more = true;
      while (more && signal?.aborted !== true) more = await this.#moveBatch(watermark);
      this.#noteComplete(end);
    } catch (error) {
      failure = error;
    }
    return {
      inserted: this.#inserted,
      backlogFrames: Math.max(0, watermark - this.#moved.sequence),
      missingFrames: this.#missingFrames,
      completeUntilMs: this.#sealed ? Number.POSITIVE_INFINITY : this.#completeUntilMs,
      ended: this.#sealed && failure === undefined,
      failure,
    };
  }

  close(): void {
    this.#reader?.close();
  }

  async #load(): Promise<void> {
    const checkpoint = await this.#remembered.checkpoint(Math.min(this.#place.epoch, this.#settings.now()));
    this.#outstanding = await this.#remembered.outstanding(checkpoint.position.sequence);
    this.#open = new Set(checkpoint.open);
    this.#sealed = checkpoint.sealed;
    this.#missingFrames = checkpoint.missingFrames;
    this.#foundMissing = checkpoint.missingFrames;
    this.#movedFrames = checkpoint.movedFrames;
    this.#completeUntilMs = checkpoint.completeUntilMs;
    this.#moved = checkpoint.position;
    this.#reader = openReader(this.#place.directory, checkpoint.position, (damage) => {
      if (damage.kind === 'frames') this.#foundMissing += damage.lastMissing - damage.firstMissing + 1;
    });
    this.#loaded = true;
    if (this.#sealed) await this.#removeUnneeded(checkpoint);
  }

  /** @returns false when there is nothing more to move. */
  async #moveBatch(watermark: number): Promise<boolean> {
    if (this.#sealed || this.#reader === undefined) return false;
    const frozen = this.#outstanding;
    const limits = frozen === undefined ? this.#settings.limits : NO_LIMITS;
    const cut =
      this.#ahead ?? this.#cut(this.#open, { throughSequence: frozen?.last ?? watermark, ...limits });
    this.#ahead = undefined;
    if (frozen === undefined && cut.frames.length === 0) {
      if (cut.sealed) await this.#checkpoint(cut, cut.to.sequence);
      else this.#keep(cut, cut.to.sequence);
      return false;
    }
    const batch = frozen ?? (await this.#freeze(cut));
    // The store works elsewhere: read on meanwhile. What is read is not decided on before this batch is checkpointed.
    const [delivered, ahead] = await Promise.allSettled([
      this.#deliver(batch, cut),
      this.#readAhead(cut, watermark),
    ]);
    if (delivered.status === 'rejected') throw delivered.reason;
    if (ahead.status === 'rejected') throw ahead.reason;
    this.#ahead = ahead.value;
    this.#settings.failpoints.hit('drain.after-insert');
    this.#outstanding = undefined;
    if (this.#movedFrames !== undefined) this.#movedFrames += cut.frames.length;
    this.#inserted += cut.frames.length;
    await this.#checkpoint(cut, batch.last);
    return true;
  }

  #cut(openBefore: ReadonlySet<number>, limits: CutLimits): NumberedCut {
    const cut = cutBatch(this.#reader as JournalReader, openBefore, limits);
    return { ...cut, missingFrames: this.#foundMissing };
  }

  /** The next batch of a backlog; undefined when the files may have no more than `cut`. */
  async #readAhead(cut: Cut, watermark: number): Promise<NumberedCut | undefined> {
    if (!cut.isFull || cut.sealed || this.#reader === undefined) return undefined;
    const limits = { throughSequence: watermark, ...this.#settings.limits };
    const next = await cutBatchBeside(this.#reader, cut.open, limits);
    return { ...next, missingFrames: this.#foundMissing };
  }

  async #freeze(cut: Cut): Promise<FrozenBatch> {
    const { failpoints, protections } = this.#settings;
    const batch = freezeCut(this.#place.id, cut);
    failpoints.hit('drain.before-freeze');
    if (!protections.freezeBatch) return { ...batch, token: `${this.#place.id}:${batch.first}` };
    await this.#remembered.freeze(batch);
    failpoints.hit('drain.after-freeze');
    return batch;
  }

  /**
   * After a start or a failure a batch may be in the ledger wholly, in part (a store in shards or partitions), or not
   * at all, so it is compared first. A whole batch keeps its token: a first insert that is still running in the store
   * and this one count as one.
   */
  async #deliver(batch: FrozenBatch, cut: Cut): Promise<void> {
    if (!this.#unsure || !this.#settings.protections.reconcile) return this.#insert(batch.token, cut.frames);
    const present = await this.#settings.sink.existing(this.#place.id, batch.first, batch.last);
    const missing = cut.frames.filter((frame) => !present.has(frame.sequence));
    if (missing.length === 0) return;
    const unchanged = cut.frames.length === batch.count && hashRows(cut.frames) === batch.sha256;
    if (unchanged && missing.length === cut.frames.length) {
      await this.#insert(batch.token, cut.frames);
      this.#unsure = false;
      return;
    }
    await this.#awaitStillness(batch, present.size);
    const first = missing[0]?.sequence ?? batch.first;
    const last = missing.at(-1)?.sequence ?? batch.last;
    await this.#insert(batchToken(this.#place.id, first, last, hashRows(missing)), missing);
  }

  /** @throws Error while an earlier insert of the batch is still adding to it. */
  async #awaitStillness(batch: FrozenBatch, presentBefore: number): Promise<void> {
    await pause(this.#settings.halfPresentPauseMs);
    const present = await this.#settings.sink.existing(this.#place.id, batch.first, batch.last);
    if (present.size !== presentBefore)
      throw new Error('an earlier insert of the same batch is still running');
  }

  async #insert(token: string, frames: Cut['frames']): Promise<void> {
    this.#tries += 1;
    const unprotected = `${token}:${this.#settings.now()}:${this.#tries}`;
    await this.#settings.sink.insert({
      token: this.#settings.protections.deduplicate ? token : unprotected,
      rows: frames.map((frame) => frame.rows),
      count: frames.length,
    });
  }

  async #checkpoint(cut: NumberedCut, through: number): Promise<void> {
    const { failpoints } = this.#settings;
    this.#keep(cut, through);
    const checkpoint: Checkpoint = {
      position: this.#moved,
      open: [...cut.open],
      sealed: cut.sealed,
      missingFrames: this.#missingFrames,
      completeUntilMs: this.#completeUntilMs,
      ...(this.#movedFrames !== undefined && { movedFrames: this.#movedFrames }),
    };
    await this.#remembered.advance(checkpoint, () => failpoints.hit('drain.after-checkpoint-write'));
    failpoints.hit('drain.after-checkpoint');
    await this.#removeUnneeded(checkpoint);
  }

  #keep(cut: NumberedCut, through: number): void {
    this.#open = cut.open;
    this.#sealed = cut.sealed;
    this.#missingFrames = cut.missingFrames;
    this.#moved = { ...cut.to, sequence: Math.max(cut.to.sequence, through) };
  }

  /** Only what is behind a checkpoint on the disk is removed, and nothing of a journal that lost frames: it is evidence. */
  async #removeUnneeded(checkpoint: Checkpoint): Promise<void> {
    const { failpoints } = this.#settings;
    if (checkpoint.sealed) await this.#announceEnd(checkpoint); // while its files are there, or a crash would swallow it
    if (checkpoint.missingFrames > 0) return;
    if (!checkpoint.sealed) return removeSegments(this.#place.directory, checkpoint, failpoints);
    this.#reader?.close();
    await this.#remembered.noteEnd(checkpoint);
    if (await removeJournal(this.#place.directory, failpoints)) await this.#remembered.forget();
  }

  async #announceEnd({ missingFrames }: Checkpoint): Promise<void> {
    const { id, slot, epoch } = this.#place;
    try {
      await this.#settings.onFinished?.(id, { slot, epoch, missingFrames });
    } catch (error) {
      throw new EndNotTaken(error);
    }
    this.#settings.failpoints.hit('drain.after-finished');
  }

  async #endOfFiles(atMs: number): Promise<Mark> {
    const segment = listSegments(this.#place.directory).at(-1);
    if (segment === undefined) return { atMs, segment: 0, bytes: 0 };
    return { atMs, segment, bytes: (await stat(segmentPath(this.#place.directory, segment))).size };
  }

  /** Complete until the last moment whose end of the files lies behind the position. */
  #noteComplete(end: Mark): void {
    const position = this.#moved;
    if (this.#sealed) return;
    const isBehind = (mark: Mark): boolean =>
      position.segment > mark.segment || (position.segment === mark.segment && position.offset >= mark.bytes);
    if (this.#mark !== undefined && isBehind(this.#mark)) {
      this.#completeUntilMs = this.#mark.atMs;
      this.#mark = undefined;
    }
    if (isBehind(end)) this.#completeUntilMs = end.atMs;
    else this.#mark ??= end;
  }
}
