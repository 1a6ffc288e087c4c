/**
 * The gateway's pen: records intents and settlements so that no acknowledged call is lost when this process ends.
 * Implements the gateway's `Recorder`. See README.md beside this file for what each durability promises.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Intent, Recorder, Settlement, StrictRecorder } from '../../gateway/call.ts';
import type { Failpoints } from '../failpoints.ts';
import { noFailpoints } from '../failpoints.ts';
import type { LinePosition } from '../line.ts';
import { encodeLines } from '../line.ts';
import { Appender, TOO_LARGE } from './append.ts';
import type { AppendState } from './append.ts';
import type { Disk } from './disk.ts';
import { realDisk } from './disk.ts';
import { MAXIMUM_FRAME_BYTES } from './frame.ts';
import { encodeIntent } from './intents.ts';
import type { Lock } from './owner.ts';
import { HEARTBEAT_MS, JournalError, takeLock } from './owner.ts';
import { Owed } from './owed.ts';
import type { Payment } from './owed.ts';
import type { JournalPlace } from './segment.ts';
import { listJournals } from './segment.ts';

/** `default`: survives the end of any process. `strict`: the caller also waits for the disk, so it survives a power cut. */
export type Durability = 'default' | 'strict';

export interface JournalSettings {
  /** Root of all journals; made when it is missing. */
  readonly directory: string;
  /** Names the writer: stable over restarts, unique among all writers of one ledger (machine and worker). */
  readonly slot: string;
  readonly now: () => number;
  readonly durability?: Durability;
  readonly segmentBytes?: number;
  readonly ballastBytes?: number;
  readonly failpoints?: Failpoints;
  readonly disk?: Disk;
  readonly lines?: (settlement: Settlement, at: LinePosition) => string;
}

/** `too_large` wrote nothing and left the attempt open: shorten it and settle again, or recovery presumes its cost. */
export type SettleOutcome =
  | { readonly kind: 'recorded' }
  | { readonly kind: 'too_large'; readonly maximumBytes: number };

export interface Journal extends Recorder {
  /** Unique for ever: `<slot>-<epoch>`. */
  readonly id: string;
  intend(intent: Intent, takenBack?: () => void): void;
  /** Where it throws because of the disk, the settlement is kept, written as soon as the disk takes it, and `recorded` called. */
  settle(settlement: Settlement, recorded?: () => void): SettleOutcome;
  /** What a caller must wait for; undefined unless durability is `strict`. */
  readonly strict: StrictRecorder | undefined;
  /** Resolves when everything recorded so far would survive a power cut. */
  durable(): Promise<void>;
  /** Age of the oldest record that a power cut could still take; 0 when there is none. */
  syncLagMs(): number;
  /**
   * Whether calls are taken now. Asking looks at the disk where calls were refused, at most once a second, so that a disk
   * that is well again is noticed although no call comes any more.
   */
  state(): AppendState;
  /** Attempts that have begun and not ended. */
  openAttempts(): number;
  /** Brings everything to the disk. Attempts still open are presumed by the next recovery. */
  close(): Promise<void>;
}

const SEGMENT_BYTES = 64 * 1024 * 1024;
const BALLAST_BYTES = 8 * 1024 * 1024;
/** Leaves room for the row that recovery writes from the intent. */
const MAXIMUM_INTENT_CHARACTERS = MAXIMUM_FRAME_BYTES / 4;
const GROUP_MS: Readonly<Record<Durability, number>> = { default: 5, strict: 0 };
const RECORDED: SettleOutcome = { kind: 'recorded' };

/**
 * Opens a new journal for a slot: a new epoch, so that the slot's earlier journals can only be recovered.
 * @throws JournalError `in_use` when a living process writes this slot.
 */
export function openJournal(settings: JournalSettings): Journal {
  const { directory: root, slot, now, disk = realDisk, failpoints = noFailpoints } = settings;
  if (!/^[a-zA-Z0-9_.-]{1,80}$/.test(slot))
    throw new RangeError(`"${slot}" cannot name a journal: letters, digits, . _ - only`);
  mkdirSync(root, { recursive: true, mode: 0o750 });
  const lock = takeLock({ root, name: slot, nowMs: now() });
  try {
    const place = beginEpoch(root, slot, now(), lock);
    disk.syncDirectory(root);
    const limits = {
      segmentBytes: settings.segmentBytes ?? SEGMENT_BYTES,
      ballastBytes: settings.ballastBytes ?? BALLAST_BYTES,
      groupMs: GROUP_MS[settings.durability ?? 'default'],
    };
    const appender = new Appender(place, limits, disk, failpoints, now);
    return new JournalWriter({ ...settings, id: place.id, appender, lock, failpoints });
  } catch (error) {
    lock.release();
    throw error;
  }
}

function beginEpoch(root: string, slot: string, nowMs: number, lock: Lock): JournalPlace {
  const used = listJournals(root)
    .filter((place) => place.slot === slot)
    .map((place) => place.epoch);
  const epoch = Math.max(nowMs, lock.lastEpoch + 1, ...used.map((earlier) => earlier + 1)); // clocks may jump back
  lock.stamp(epoch);
  const id = `${slot}-${epoch}`;
  const directory = join(root, id);
  mkdirSync(directory, { mode: 0o750 });
  return { id, slot, epoch, directory };
}

interface WriterParts extends Pick<JournalSettings, 'now' | 'lines' | 'durability'> {
  readonly id: string;
  readonly appender: Appender;
  readonly lock: Lock;
  readonly failpoints: Failpoints;
}

class JournalWriter implements Journal {
  readonly id: string;
  readonly strict: StrictRecorder | undefined;
  readonly #appender: Appender;
  readonly #lock: Lock;
  readonly #failpoints: Failpoints;
  readonly #lines: (settlement: Settlement, at: LinePosition) => string;
  readonly #heartbeat: NodeJS.Timeout;
  /** Sequence of the intent of each attempt in flight. */
  readonly #open = new Map<string, number>();
  /** Intents that were refused after they had been given a sequence; a `void` frame takes each of them back. */
  readonly #refused: Array<{ readonly sequence: number; readonly takenBack: () => void }> = [];
  readonly #owed = new Owed((settlement) => this.#pay(settlement));

  constructor({ id, appender, lock, now, failpoints, lines, durability }: WriterParts) {
    this.id = id;
    this.#appender = appender;
    this.#lock = lock;
    this.#failpoints = failpoints;
    this.#lines = lines ?? encodeLines;
    this.#heartbeat = setInterval(() => beat(lock, appender, now()), HEARTBEAT_MS).unref();
    this.strict =
      durability === 'strict'
        ? {
            durable: () => appender.durable(),
            withdraw: (intent, takenBack) => this.#withdraw(intent, takenBack),
          }
        : undefined;
  }

  intend(intent: Intent, takenBack: () => void = () => undefined): void {
    let before = Number.POSITIVE_INFINITY;
    try {
      this.#appender.assertTakesCalls();
      if (this.#refused.length > 0) this.#takeBackRefused();
      const text = encodeIntent(intent);
      if (text.length > MAXIMUM_INTENT_CHARACTERS) throw tooLarge(intent.attempt);
      before = this.#appender.nextSequence;
      this.#open.set(intent.attempt, this.#appender.append('intent', 0, text));
    } catch (error) {
      // An intent that has its sequence may still reach the disk; then only a `void` frame takes it back for good.
      if (this.#appender.nextSequence <= before) takenBack();
      else this.#refuse(before, takenBack);
      throw error;
    }
  }

  #refuse(sequence: number, takenBack: () => void): void {
    this.#refused.push({ sequence, takenBack });
    this.#owed.add({ settlement: undefined, recorded: () => this.#takeBackQuietly() });
  }

  settle(settlement: Settlement, recorded: () => void = () => undefined): SettleOutcome {
    if (this.#owed.any) this.#owed.payAll();
    const sequence = this.#appender.nextSequence;
    try {
      return this.#write(settlement);
    } catch (error) {
      if (error instanceof JournalError && error.code === 'broken') throw error;
      const taken = this.#appender.nextSequence > sequence;
      this.#owed.add({ settlement: taken ? undefined : settlement, recorded });
      throw error;
    }
  }

  /** Never throws: a disk that still fails is tried again. */
  #pay(settlement: Settlement | undefined): Payment {
    const sequence = this.#appender.nextSequence;
    try {
      if (settlement !== undefined) this.#write(settlement);
      else if (!this.#writes()) this.#appender.assertTakesCalls();
      return 'paid';
    } catch {
      if (settlement === undefined) return this.#writes() ? 'paid' : 'refused'; // a full disk still takes what is under way
      return this.#appender.nextSequence > sequence ? 'taken' : 'refused';
    }
  }

  #writes(): boolean {
    return this.#appender.state === 'open' || this.#appender.state === 'full';
  }

  #write(settlement: Settlement): SettleOutcome {
    const { attempt } = settlement.intent;
    const reference = this.#open.get(attempt);
    if (reference === undefined) {
      throw new JournalError(
        'broken',
        `attempt ${attempt} was settled twice, or never intended; nothing was recorded for it`,
      );
    }
    const sequence = this.#appender.nextSequence;
    const text = this.#lines(settlement, { journal: this.id, sequence });
    try {
      if (this.#appender.append('settle', reference, text) === TOO_LARGE) {
        return { kind: 'too_large', maximumBytes: MAXIMUM_FRAME_BYTES };
      }
    } catch (error) {
      // The frame has its sequence and is written as soon as the disk takes it: settling again would count it twice.
      if (this.#appender.nextSequence > sequence) this.#open.delete(attempt);
      throw error;
    }
    this.#open.delete(attempt);
    return RECORDED;
  }

  /** @throws nothing: where the disk refuses the frame now, it is written before the next intent. */
  #withdraw({ attempt }: Intent, takenBack: () => void): void {
    const sequence = this.#open.get(attempt);
    if (sequence === undefined) return;
    this.#open.delete(attempt);
    this.#refused.push({ sequence, takenBack });
    this.#takeBackQuietly();
  }

  #takeBackQuietly(): void {
    try {
      this.#takeBackRefused();
    } catch {
      // Nothing was sent and the caller is refused; the next intent, or the disk's recovery, tries again.
      this.#owed.add({ settlement: undefined, recorded: () => this.#takeBackQuietly() });
    }
  }

  durable(): Promise<void> {
    return this.#appender.durable();
  }

  syncLagMs(): number {
    return this.#appender.syncLagMs();
  }

  state(): AppendState {
    try {
      this.#appender.assertTakesCalls();
    } catch {
      // The state says it.
    }
    return this.#appender.state;
  }

  openAttempts(): number {
    return this.#open.size;
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    try {
      this.#owed.payAll();
      this.#owed.close();
      if (this.#appender.state === 'open' || this.#appender.state === 'full') {
        this.#takeBackRefused();
        this.#failpoints.hit('journal.before-seal');
        // Sealed only when nothing is left to presume; else recovery presumes first.
        if (this.#open.size === 0) this.#appender.append('seal', 0, '');
        await this.#appender.durable();
      }
    } finally {
      this.#appender.close();
      this.#lock.release();
    }
  }

  #takeBackRefused(): void {
    for (let [first] = this.#refused; first !== undefined; [first] = this.#refused) {
      const { sequence, takenBack } = first;
      const next = this.#appender.nextSequence;
      try {
        this.#appender.append('void', sequence, '');
      } catch (error) {
        if (this.#appender.nextSequence > next) {
          this.#refused.shift(); // it has a sequence, so it is written as soon as the disk takes it, and not before
          this.#owed.add({ settlement: undefined, recorded: () => this.#whenDurable(takenBack) });
        }
        throw error;
      }
      this.#refused.shift();
      this.#whenDurable(takenBack);
    }
  }

  /** What a failing disk was given is sure only when it is on it. */
  #whenDurable(then: () => void): void {
    this.#appender.durable().then(then, () => {
      this.#owed.add({ settlement: undefined, recorded: () => this.#whenDurable(then) });
    });
  }
}

function beat(lock: Lock, appender: Appender, nowMs: number): void {
  try {
    lock.heartbeat(nowMs);
  } catch {
    appender.fence(); // the lock is gone: somebody judged this process dead and has taken over
  }
}

function tooLarge(attempt: string): JournalError {
  return new JournalError(
    'unavailable',
    `What is known of attempt ${attempt} before it is sent does not fit the journal, so it was not sent. ` +
      'Shorten its tags or its attribution.',
  );
}
