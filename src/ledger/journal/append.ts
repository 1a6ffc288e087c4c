/**
 * The append-only file behind a journal: numbers the frames, writes each at once to the page cache, brings them to the
 * disk in groups, begins new segments, and survives a disk that fails without ever asking the failed file again.
 */
import { join } from 'node:path';
import type { Failpoints } from '../failpoints.ts';
import type { Disk } from './disk.ts';
import { writeAll } from './disk.ts';
import type { FrameType } from './frame.ts';
import { encodeFrame, MAXIMUM_FRAME_BYTES } from './frame.ts';
import { JournalError } from './owner.ts';
import type { JournalPlace } from './segment.ts';
import {
  encodeHeader,
  encodeWatermark,
  HEADER_BYTES,
  segmentPath,
  WATERMARK_BYTES,
  watermarkPath,
} from './segment.ts';
import { UnsyncedFrames } from './unsynced.ts';

export interface AppendSettings {
  readonly segmentBytes: number;
  /** Disk space held back so that calls in flight can be settled when the disk is full. */
  readonly ballastBytes: number;
  /** How long frames are gathered for one fdatasync. At most 5 in default mode. */
  readonly groupMs: number;
}

/**
 * `full`: calls in flight are settled, new ones refused. `stopped`: nothing can be written. Both end by themselves.
 * `fenced`: another process owns the slot now; for good.
 */
export type AppendState = 'open' | 'full' | 'stopped' | 'fenced' | 'closed';

/** A frame of more than 256 KiB. It was not written and took no sequence. */
export const TOO_LARGE = -1;

const ATTEMPTS_WITHOUT_SYNC = 4;
const REVIVAL_PAUSE_MS = 1_000;

interface Waiter {
  readonly sequence: number;
  readonly resolve: () => void;
  readonly reject: (cause: Error) => void;
}

export class Appender {
  readonly #place: JournalPlace;
  readonly #settings: AppendSettings;
  readonly #disk: Disk;
  readonly #failpoints: Failpoints;
  readonly #now: () => number;
  readonly #unsynced = new UnsyncedFrames();
  readonly #watermark = Buffer.alloc(WATERMARK_BYTES);
  readonly #watermarkFile: number;
  #state: AppendState = 'open';
  #cause: unknown;
  #triedAtMs = 0;
  #segment = 0;
  #file = -1;
  #position = 0;
  #lastSequence = 0;
  #syncedSequence = 0;
  #unsyncedSinceMs = 0;
  #lastGroupAtMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #watermarkTimer: NodeJS.Timeout | undefined;
  #revival: NodeJS.Timeout | undefined;
  #syncing = false;
  #failuresSinceSync = 0;
  /** Files that may not be closed yet because an fdatasync runs on them. */
  #left: number[] = [];
  #waiters: Waiter[] = [];

  constructor(
    place: JournalPlace,
    settings: AppendSettings,
    disk: Disk,
    failpoints: Failpoints,
    now: () => number,
  ) {
    this.#place = place;
    this.#settings = settings;
    this.#disk = disk;
    this.#failpoints = failpoints;
    this.#now = now;
    this.#watermarkFile = disk.create(watermarkPath(place.directory));
    this.#layBallast();
    this.#beginSegment();
  }

  get nextSequence(): number {
    return this.#lastSequence + 1;
  }

  get syncedSequence(): number {
    return this.#syncedSequence;
  }

  get state(): AppendState {
    return this.#state;
  }

  /** Age of the oldest frame that is not yet known to be on the disk; 0 when all are. */
  syncLagMs(): number {
    return this.#syncedSequence === this.#lastSequence ? 0 : Math.max(0, this.#now() - this.#unsyncedSinceMs);
  }

  /**
   * Appends one frame; it survives the end of this process when this returns.
   * @returns its sequence, or `TOO_LARGE`.
   * @throws JournalError `unavailable` when it cannot be written. The frame keeps its sequence and is written as soon
   * as the disk takes it, so the sequence is never used for anything else.
   */
  append(type: FrameType, reference: number, text: string): number {
    if (this.#state !== 'open' && this.#state !== 'full') this.#revive();
    if (text.length > MAXIMUM_FRAME_BYTES) return TOO_LARGE;
    const block = this.#unsynced.room(text.length);
    const at = block.used;
    const length = encodeFrame(block.bytes, at, { sequence: this.nextSequence, type, reference, text });
    if (length > MAXIMUM_FRAME_BYTES) return TOO_LARGE;
    if (this.#position + length > this.#settings.segmentBytes && this.#position > HEADER_BYTES) this.#roll();
    if (this.#lastSequence === this.#syncedSequence) this.#unsyncedSinceMs = this.#now();
    this.#lastSequence += 1;
    block.used = at + length;
    block.lastSequence = this.#lastSequence;
    this.#failpoints.hit('journal.before-write');
    this.#write(block.bytes, at, length);
    this.#failpoints.hit('journal.after-write');
    this.#schedule();
    return this.#lastSequence;
  }

  /** @throws JournalError `unavailable` while new calls must be refused. */
  assertTakesCalls(): void {
    if (this.#state !== 'open' && this.#state !== 'full') this.#revive();
    if (this.#state === 'full') this.#endFullness();
  }

  /** Resolves when everything appended so far is on the disk. */
  durable(): Promise<void> {
    if (this.#syncedSequence === this.#lastSequence) return Promise.resolve();
    if (this.#state === 'stopped' || this.#state === 'fenced') return Promise.reject(this.#unavailable());
    return new Promise((resolve, reject) => {
      this.#waiters.push({ sequence: this.#lastSequence, resolve, reject });
      this.#schedule();
      this.#timer?.ref(); // somebody waits: the process must not end before the disk has answered
    });
  }

  /** Closes the files. What is not yet on the disk is left to the operating system and to recovery. */
  close(): void {
    this.#state = 'closed';
    clearTimeout(this.#timer);
    clearTimeout(this.#watermarkTimer);
    clearTimeout(this.#revival);
    this.#left.push(this.#file, this.#watermarkFile);
    if (!this.#syncing) this.#closeLeft();
    this.#disk.remove(this.#ballastPath());
  }

  /** Refuses everything from now on: another process has taken the slot over. */
  fence(): void {
    this.#stop(new Error('another process has taken this journal over'));
    this.#state = 'fenced';
  }

  #write(bytes: Buffer, at: number, length: number): void {
    let cause: unknown;
    try {
      const written = this.#disk.write(this.#file, bytes, at, length, this.#position);
      if (written === length) {
        this.#position += length;
        return;
      }
      cause = outOfSpace(`the disk took ${written} of ${length} bytes`);
    } catch (error) {
      cause = error;
    }
    this.#failOver(cause);
  }

  #roll(): void {
    try {
      // The old segment first: frames of the new one on the disk without those before them would be a hole.
      this.#disk.syncNow(this.#file);
      this.#synced(this.#lastSequence);
      this.#leaveFile();
      this.#beginSegment();
    } catch (error) {
      this.#failOver(error);
    }
  }

  #beginSegment(): void {
    const path = segmentPath(this.#place.directory, this.#segment + 1);
    this.#disk.remove(path); // left by a try that failed; none of its frames counts
    this.#file = this.#disk.create(path);
    this.#segment += 1;
    const header = {
      journal: this.#place.id,
      epoch: this.#place.epoch,
      firstSequence: this.#syncedSequence + 1,
    };
    writeAll(this.#disk, this.#file, encodeHeader(header), 0);
    this.#position = HEADER_BYTES;
    this.#failpoints.hit('journal.after-segment-create');
    this.#disk.syncNow(this.#file);
    this.#disk.syncDirectory(this.#place.directory);
    this.#failpoints.hit('journal.after-segment-ready');
  }

  /**
   * After a failed write or fdatasync the file's state is unknown and a second fdatasync would report success for data
   * that is gone. So: a new segment, and every frame not yet synced again, from memory.
   */
  #failOver(cause: unknown): void {
    this.#failuresSinceSync += 1;
    const full = isOutOfSpace(cause);
    if (full) this.#disk.remove(this.#ballastPath());
    try {
      if (this.#failuresSinceSync > ATTEMPTS_WITHOUT_SYNC) throw cause;
      this.#leaveFile();
      this.#beginSegment();
      this.#unsynced.forEachAfter(this.#syncedSequence, (bytes) => {
        writeAll(this.#disk, this.#file, bytes, this.#position);
        this.#position += bytes.length;
      });
    } catch (error) {
      this.#stop(error);
      throw this.#unavailable();
    }
    this.#state = full ? 'full' : 'open';
    this.#triedAtMs = this.#now();
    this.#schedule();
  }

  #stop(cause: unknown): void {
    this.#state = 'stopped';
    this.#cause = cause;
    this.#triedAtMs = this.#now();
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(this.#unavailable());
    clearTimeout(this.#revival);
    this.#revival = setTimeout(() => this.#reviveUnasked(), REVIVAL_PAUSE_MS + 100).unref();
  }

  /** What lies in memory must reach the disk also where no call follows that would ask for it. */
  #reviveUnasked(): void {
    if (this.#state !== 'stopped') return;
    try {
      this.#revive();
    } catch {
      // Still stopped, so it is tried again: a failed revival stops anew.
    }
  }

  #revive(): void {
    if (this.#state === 'closed')
      throw new JournalError('unavailable', 'The journal is closed: no call can be recorded.');
    if (this.#state === 'fenced') throw this.#unavailable();
    if (this.#now() - this.#triedAtMs < REVIVAL_PAUSE_MS) throw this.#unavailable();
    this.#failuresSinceSync = 0;
    this.#failOver(this.#cause);
  }

  #endFullness(): void {
    if (this.#now() - this.#triedAtMs >= REVIVAL_PAUSE_MS) {
      this.#triedAtMs = this.#now();
      try {
        this.#layBallast();
        this.#state = 'open';
        return;
      } catch (error) {
        this.#cause = error;
        this.#disk.remove(this.#ballastPath());
      }
    }
    throw this.#unavailable();
  }

  #unavailable(): JournalError {
    const reason = this.#cause instanceof Error ? this.#cause.message : 'the disk is full';
    return new JournalError(
      'unavailable',
      `Calls cannot be recorded in ${this.#place.directory} (${reason}), so new calls are refused: none goes out ` +
        'unrecorded. Free or repair the disk; calls are taken again by themselves within seconds.',
      this.#cause,
    );
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#syncing || this.#state === 'closed') return;
    const urgent = this.#waiters.length > 0;
    this.#timer = setTimeout(() => this.#sync(), urgent ? 0 : this.#settings.groupMs);
    if (!urgent) this.#timer.unref(); // what was written survives this process's end without its help
  }

  #sync(): void {
    this.#timer = undefined;
    if (this.#syncing || (this.#state !== 'open' && this.#state !== 'full')) return;
    this.#syncing = true;
    const file = this.#file;
    const through = this.#lastSequence;
    this.#lastGroupAtMs = this.#now();
    this.#failpoints.hit('journal.before-sync');
    this.#disk.sync(file, (error) => {
      this.#syncing = false;
      this.#closeLeft();
      if (this.#state !== 'open' && this.#state !== 'full') return;
      // A file that was left meanwhile was either synced before it was left, or its frames were written again.
      if (file === this.#file) this.#endSync(error, through);
      if (this.#lastSequence > this.#syncedSequence) this.#schedule();
    });
  }

  #endSync(error: Error | null, through: number): void {
    if (error === null) {
      this.#failpoints.hit('journal.after-sync');
      this.#synced(through);
      return;
    }
    try {
      this.#failOver(error);
    } catch {
      // Stopped: whoever appends next is told.
    }
  }

  #synced(through: number): void {
    this.#syncedSequence = through;
    this.#unsyncedSinceMs = this.#lastGroupAtMs;
    this.#failuresSinceSync = 0;
    this.#unsynced.release(through);
    this.#writeWatermark();
    if (this.#waiters.length === 0) return;
    const done = this.#waiters.filter((waiter) => waiter.sequence <= through);
    this.#waiters = this.#waiters.filter((waiter) => waiter.sequence > through);
    for (const waiter of done) waiter.resolve();
  }

  /** An old watermark only delays the drain; but where no frame follows, there would be no next one, so it is tried again. */
  #writeWatermark(): void {
    encodeWatermark(this.#watermark, this.#syncedSequence);
    try {
      writeAll(this.#disk, this.#watermarkFile, this.#watermark, 0);
    } catch {
      clearTimeout(this.#watermarkTimer);
      this.#watermarkTimer = setTimeout(() => this.#writeWatermark(), REVIVAL_PAUSE_MS).unref();
    }
  }

  #leaveFile(): void {
    if (this.#file >= 0) this.#left.push(this.#file);
    this.#file = -1;
    if (!this.#syncing) this.#closeLeft();
  }

  #closeLeft(): void {
    for (const file of this.#left.splice(0)) {
      try {
        this.#disk.close(file);
      } catch {
        // Nothing depends on it any more.
      }
    }
  }

  #ballastPath(): string {
    return join(this.#place.directory, 'ballast');
  }

  #layBallast(): void {
    if (this.#settings.ballastBytes === 0) return;
    this.#disk.remove(this.#ballastPath());
    const file = this.#disk.create(this.#ballastPath());
    try {
      const zeros = Buffer.alloc(Math.min(this.#settings.ballastBytes, 1024 * 1024));
      for (let at = 0; at < this.#settings.ballastBytes; at += zeros.length)
        writeAll(this.#disk, file, zeros, at);
      this.#disk.syncNow(file);
    } finally {
      this.#disk.close(file);
    }
  }
}

function outOfSpace(message: string): Error {
  return Object.assign(new Error(message), { code: 'ENOSPC' }); // what a short write to a file nearly always is
}

function isOutOfSpace(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC';
}
