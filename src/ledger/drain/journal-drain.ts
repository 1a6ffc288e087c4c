/** Drains one journal: cut, freeze, insert, checkpoint, and removes what nobody needs any more. */
import { rm, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Failpoints } from '../failpoints.ts';
import type { JournalReader, Position } from '../journal/reader.ts';
import { openReader } from '../journal/reader.ts';
import type { JournalPlace } from '../journal/segment.ts';
import { isMissing, listSegments, readWatermark, segmentPath } from '../journal/segment.ts';
import type { Cut } from './batch.ts';
import { batchToken, cutBatch, freezeCut, hashRows } from './batch.ts';
import type { LineSink, Protections } from './drain.ts';
import type { Checkpoint, FrozenBatch } from './remembered.ts';
import { Remembered } from './remembered.ts';
import { removeJournal, removeSegments } from './remove.ts';

interface JournalDrainSettings {
  readonly stateDirectory: string;
  readonly sink: LineSink;
  readonly now: () => number;
  readonly failpoints: Failpoints;
  readonly protections: Protections;
  readonly limits: { readonly frames: number; readonly bytes: number };
}

export interface JournalStep {
  readonly inserted: number;
  readonly backlogFrames: number;
  readonly missingFrames: number;
  readonly completeUntilMs: number;
  /** What ended the step early; undefined when nothing did. */
  readonly failure: unknown;
}

/** The end of a journal's files at a moment. */
interface Mark {
  readonly atMs: number;
  readonly segment: number;
  readonly bytes: number;
}

/** How long a half-present batch is left alone, since its insert may still be running in the store. */
const HALF_PRESENT_PAUSE_MS = 5_000;

export class JournalDrain {
  readonly #place: JournalPlace;
  readonly #settings: JournalDrainSettings;
  readonly #remembered: Remembered;
  #loaded = false;
  #reader: JournalReader | undefined;
  #open: ReadonlySet<number> = new Set();
  #sealed = false;
  #missingFrames = 0;
  #completeUntilMs = 0;
  #mark: Mark | undefined;
  #outstanding: FrozenBatch | undefined;
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
      while (signal?.aborted !== true && (await this.#moveBatch(watermark)));
      if (!this.#sealed) this.#noteComplete(end);
    } catch (error) {
      failure = error;
    }
    return {
      inserted: this.#inserted,
      backlogFrames: Math.max(0, watermark - (this.#reader?.position.sequence ?? 0)),
      missingFrames: this.#missingFrames,
      completeUntilMs: this.#sealed ? Number.POSITIVE_INFINITY : this.#completeUntilMs,
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
    this.#completeUntilMs = checkpoint.completeUntilMs;
    this.#reader = this.#readFrom(checkpoint.position);
    this.#loaded = true;
    if (this.#sealed) await this.#removeUnneeded(checkpoint);
  }

  #readFrom(position: Position): JournalReader {
    return openReader(this.#place.directory, position, (damage) => {
      if (damage.kind === 'frames') this.#missingFrames += damage.lastMissing - damage.firstMissing + 1;
    });
  }

  /** @returns false when there is nothing more to move. */
  async #moveBatch(watermark: number): Promise<boolean> {
    if (this.#sealed || this.#reader === undefined) return false;
    const frozen = this.#outstanding;
    const throughSequence = frozen?.last ?? watermark;
    const limits = frozen === undefined ? this.#settings.limits : NO_LIMITS;
    const cut = cutBatch(this.#reader, this.#open, { throughSequence, ...limits });
    if (frozen === undefined && cut.frames.length === 0) {
      this.#open = cut.open;
      if (cut.sealed) await this.#checkpoint(cut);
      return false;
    }
    if (frozen === undefined) await this.#deliverFirst(cut);
    else await this.#deliverAgain(frozen, cut);
    this.#settings.failpoints.hit('drain.after-insert');
    await this.#checkpoint(cut);
    this.#inserted += cut.frames.length;
    this.#outstanding = undefined;
    return true;
  }

  async #deliverFirst(cut: Cut): Promise<void> {
    const { failpoints, protections } = this.#settings;
    const batch = freezeCut(this.#place.id, cut);
    failpoints.hit('drain.before-freeze');
    if (protections.freezeBatch) await this.#remembered.freeze(batch);
    failpoints.hit('drain.after-freeze');
    await this.#insert(protections.freezeBatch ? batch.token : `${this.#place.id}:${batch.first}`, cut.frames);
  }

  /**
   * The batch may be in the ledger wholly, in part (a store that is sharded or partitioned), or not at all.
   * The whole batch keeps its token, so that a first insert that is still running and this one count as one.
   */
  async #deliverAgain(frozen: FrozenBatch, cut: Cut): Promise<void> {
    const same = cut.frames.length === frozen.count && hashRows(cut.frames) === frozen.sha256;
    if (!this.#settings.protections.reconcile) return this.#insert(frozen.token, cut.frames);
    const present = await this.#settings.sink.existing(this.#place.id, frozen.first, frozen.last);
    const missing = cut.frames.filter((frame) => !present.has(frame.sequence));
    if (missing.length === 0) return;
    if (same && missing.length === cut.frames.length) return this.#insert(frozen.token, cut.frames);
    await this.#awaitStillness(frozen, present.size);
    const sha256 = hashRows(missing);
    const first = missing[0]?.sequence ?? frozen.first;
    return this.#insert(batchToken(this.#place.id, first, missing.at(-1)?.sequence ?? first, sha256), missing);
  }

  /** @throws Error while an earlier insert of the batch may still be adding to it. */
  async #awaitStillness(frozen: FrozenBatch, presentBefore: number): Promise<void> {
    await this.#settings.pause(HALF_PRESENT_PAUSE_MS);
    const present = await this.#settings.sink.existing(this.#place.id, frozen.first, frozen.last);
    if (present.size !== presentBefore) throw new Error('an earlier insert of the same batch is still running');
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
}
