/**
 * Moves journals into the ledger, each line exactly once, whatever dies in between.
 *
 * A batch is cut, frozen in the manifest, inserted under a token of its own, and checkpointed. A batch whose insert
 * may or may not have happened is first compared with what the ledger holds; what is missing is sent under the same
 * token again. So a line is doubled only if the ledger forgets a token *and* hides a line that it holds.
 */
import { mkdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Failpoints } from '../failpoints.ts';
import { FailpointReached, noFailpoints } from '../failpoints.ts';
import type { Lock, Owner } from '../journal/owner.ts';
import { takeLock } from '../journal/owner.ts';
import type { JournalPlace } from '../journal/segment.ts';
import { listJournals } from '../journal/segment.ts';
import { EndNotTaken, JournalDrain } from './journal-drain.ts';
import type { LineSink, OnFinished, Protections } from './sink.ts';

export type { FinishedJournal, LineSink, OnFinished, Protections } from './sink.ts';

export interface DrainSettings {
  /** Root of all journals. */
  readonly root: string;
  /** Where checkpoints and manifests are kept; made when it is missing. */
  readonly stateDirectory: string;
  readonly sink: LineSink;
  readonly now: () => number;
  readonly batchFrames?: number;
  readonly batchBytes?: number;
  readonly halfPresentPauseMs?: number;
  readonly failpoints?: Failpoints;
  readonly protections?: Protections;
  readonly isOwnerAlive?: (owner: Owner, nowMs: number) => boolean;
  /**
   * Told of each journal that has ended (its writer is gone, its seal was read) once every line of it is surely in the
   * store, before its files and what is remembered of it are removed. Told again after a crash in between, and after
   * every start for a journal whose files are kept; so what it does must be repeatable. While it fails, the journal
   * stays and it is told again with the next step.
   */
  readonly onFinished?: OnFinished;
}

export interface DrainStep {
  /** Frames with lines that reached the ledger in this step. */
  readonly inserted: number;
  /** Frames on the disk that the ledger does not have yet. */
  readonly backlogFrames: number;
  /** Every settlement that was recorded before this is in the ledger. Never goes back. */
  readonly completeUntilMs: number;
  /** Empty when all is well, else what is wrong and what it means. */
  readonly trouble: string;
  /** Frames that a damaged disk took, over all journals that are still there. Their journals are kept. */
  readonly missingFrames: number;
  /** Journals that may still hold lines that the ledger does not have, now or later. */
  readonly openJournals: readonly string[];
  /** Rises with every step of this drain. */
  readonly step: number;
}

export interface Drain {
  /** Moves everything that is on the disk now; one try per batch. Never rejects for a failing store. */
  step(signal?: AbortSignal): Promise<DrainStep>;
  /** Steps until the signal, pausing between steps, and longer and longer (to 5 s) while the store fails. */
  run(ask: {
    readonly everyMs: number;
    readonly signal: AbortSignal;
    readonly onStep?: (step: DrainStep) => void;
  }): Promise<void>;
  /** Does something while nothing is moved, and while no file that the drain reads is removed. */
  still<Result>(work: () => Promise<Result>): Promise<Result>;
  close(): void;
}

export const ALL_PROTECTIONS: Protections = { freezeBatch: true, deduplicate: true, reconcile: true };
/** A backlog is moved in batches as large as memory allows: two are in it, one on its way and one that is read meanwhile. */
const BATCH_FRAMES = 50_000;
const BATCH_BYTES = 48 * 1024 * 1024;
const HALF_PRESENT_PAUSE_MS = 5_000;
const FIRST_BACK_OFF_MS = 100;
const LONGEST_BACK_OFF_MS = 5_000;

/** @throws JournalError `in_use` when another process drains with the same state directory. */
export function createDrain(settings: DrainSettings): Drain {
  mkdirSync(settings.stateDirectory, { recursive: true, mode: 0o750 });
  const lock = takeLock({
    root: settings.stateDirectory,
    name: '~drain',
    nowMs: settings.now(),
    ...(settings.isOwnerAlive === undefined ? {} : { isAlive: settings.isOwnerAlive }),
  });
  return new AllJournals(settings, lock);
}

class AllJournals implements Drain {
  readonly #settings: DrainSettings;
  readonly #lock: Lock;
  readonly #journals = new Map<string, JournalDrain>();
  #completeUntilMs = 0;
  #steps = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(settings: DrainSettings, lock: Lock) {
    this.#settings = settings;
    this.#lock = lock;
  }

  step(signal?: AbortSignal): Promise<DrainStep> {
    return this.still(() => this.#step(signal));
  }

  still<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #step(signal: AbortSignal | undefined): Promise<DrainStep> {
    const startedAtMs = this.#settings.now(); // before the listing: a journal that appears later is younger than this
    let inserted = 0;
    let trouble = '';
    let completeUntilMs = startedAtMs;
    let backlogFrames = 0;
    let missingFrames = 0;
    const openJournals: string[] = [];
    const places = listJournals(this.#settings.root);
    this.#forgetGone(places);
    for (const place of places) {
      const journal = this.#journal(place);
      const result = await journal.step(startedAtMs, signal);
      inserted += result.inserted;
      backlogFrames += result.backlogFrames;
      missingFrames += result.missingFrames;
      completeUntilMs = Math.min(completeUntilMs, result.completeUntilMs);
      if (!result.ended) openJournals.push(place.id);
      if (result.failure === undefined) continue;
      this.#drop(place.id); // its next step starts from what the disk says, as after a crash
      if (result.failure instanceof FailpointReached) throw result.failure;
      trouble ||= describe(place.id, result.failure);
    }
    this.#completeUntilMs = Math.max(this.#completeUntilMs, completeUntilMs);
    this.#steps += 1;
    return {
      inserted,
      backlogFrames,
      completeUntilMs: this.#completeUntilMs,
      trouble,
      missingFrames,
      openJournals,
      step: this.#steps,
    };
  }

  async run(ask: Parameters<Drain['run']>[0]): Promise<void> {
    let backOffMs = FIRST_BACK_OFF_MS;
    while (!ask.signal.aborted) {
      const step = await this.step(ask.signal);
      ask.onStep?.(step);
      const waitMs = step.trouble === '' ? ask.everyMs : backOffMs;
      backOffMs = step.trouble === '' ? FIRST_BACK_OFF_MS : Math.min(2 * backOffMs, LONGEST_BACK_OFF_MS);
      await pause(waitMs, undefined, { signal: ask.signal }).catch(() => undefined); // rejects only when cut short
    }
  }

  close(): void {
    for (const id of this.#journals.keys()) this.#drop(id);
    this.#lock.release();
  }

  #journal(place: JournalPlace): JournalDrain {
    const known = this.#journals.get(place.id);
    if (known !== undefined) return known;
    const { failpoints = noFailpoints, protections = ALL_PROTECTIONS } = this.#settings;
    const limits = {
      frames: this.#settings.batchFrames ?? BATCH_FRAMES,
      bytes: this.#settings.batchBytes ?? BATCH_BYTES,
    };
    const halfPresentPauseMs = this.#settings.halfPresentPauseMs ?? HALF_PRESENT_PAUSE_MS;
    const journal = new JournalDrain(place, {
      ...this.#settings,
      failpoints,
      protections,
      limits,
      halfPresentPauseMs,
    });
    this.#journals.set(place.id, journal);
    return journal;
  }

  #forgetGone(places: readonly JournalPlace[]): void {
    const present = new Set(places.map((place) => place.id));
    for (const id of this.#journals.keys()) if (!present.has(id)) this.#drop(id);
  }

  #drop(id: string): void {
    this.#journals.get(id)?.close();
    this.#journals.delete(id);
  }
}

function describe(journal: string, failure: unknown): string {
  const reason = failure instanceof Error ? failure.message : String(failure);
  if (failure instanceof EndNotTaken)
    return (
      `Journal ${journal} has ended and every line of it is in the ledger, but its end could not be passed on: ${reason}. ` +
      'Figures are right; its files are kept and it is tried again by itself.'
    );
  return (
    `Journal ${journal} cannot be moved into the ledger: ${reason}. No call is lost: it waits on the disk and is ` +
    'tried again by itself. Figures may be behind until then.'
  );
}
