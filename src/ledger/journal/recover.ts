/**
 * Ends the journals of processes that are gone: cuts a torn tail, charges what was in flight, and seals.
 *
 * The charges and the seal go into a segment of their own that appears in the directory whole or not at all, so a
 * crash anywhere in here leaves either nothing done or all of it, and doing it again gives the same lines.
 */
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Intent } from '../../gateway/call.ts';
import type { Failpoints } from '../failpoints.ts';
import { noFailpoints } from '../failpoints.ts';
import type { LinePosition } from '../line.ts';
import { encodePresumed } from '../line.ts';
import type { Disk } from './disk.ts';
import { realDisk, replaceFile, writeAll } from './disk.ts';
import type { Frame, FrameType } from './frame.ts';
import { decodeFrame, encodeFrame, FRAME_OVERHEAD_BYTES, MAXIMUM_FRAME_BYTES } from './frame.ts';
import { decodeIntent } from './intents.ts';
import type { Owner } from './owner.ts';
import { isThisProcess, JournalError, lockHolder, ownerIsAlive, retireLock, takeLock } from './owner.ts';
import type { Damage, Position } from './reader.ts';
import { openReader } from './reader.ts';
import type { JournalPlace } from './segment.ts';
import {
  encodeHeader,
  encodeWatermark,
  listJournals,
  listSegments,
  readWatermark,
  segmentPath,
  WATERMARK_BYTES,
  watermarkPath,
} from './segment.ts';

export interface RecoverySettings {
  readonly root: string;
  readonly now: () => number;
  readonly isOwnerAlive?: (owner: Owner, nowMs: number) => boolean;
  readonly failpoints?: Failpoints;
  readonly disk?: Disk;
  readonly presume?: (intent: Intent, at: LinePosition, reason: string) => string;
}

export interface RecoveredJournal {
  readonly journal: string;
  /** Attempts that were in flight and are charged what their intent presumed. */
  readonly presumed: number;
  /** Bytes cut from the end of the last segment. */
  readonly cutBytes: number;
  /** Where the cut bytes are kept because whole frames were among them; empty when none were. */
  readonly keptAt: string;
  readonly damage: readonly Damage[];
}

/** The flag on a presumed charge: why nobody knows what the attempt used. */
export const PRESUMED_REASON = 'process ended in flight';
/** Held while journals are recovered; `~` cannot occur in a slot's name. */
export const RECOVERY_LOCK = '~recovery';

/**
 * Recovers every journal whose owner is gone. Journals of living processes are left alone.
 * @returns the journals that were sealed now; empty when there was nothing to do.
 * @throws JournalError `in_use` when another process is recovering under the same root.
 */
export function recoverJournals(settings: RecoverySettings): readonly RecoveredJournal[] {
  const { root, now, isOwnerAlive = ownerIsAlive } = settings;
  mkdirSync(root, { recursive: true, mode: 0o750 });
  const lock = takeLock({
    root,
    name: RECOVERY_LOCK,
    nowMs: now(),
    // Recovery never overlaps itself in one process: its own lock was left by a try whose disk failed.
    isAlive: (owner, nowMs) => !isThisProcess(owner) && ownerIsAlive(owner, nowMs),
  });
  try {
    return listJournals(root)
      .filter((place) => takeFromDead(root, place, now(), isOwnerAlive))
      .flatMap((place) => recoverJournal(place, settings) ?? []);
  } finally {
    lock.release();
  }
}

/**
 * Whether nobody writes a journal any more. A slot's owner writes its newest epoch. An owner that is found dead loses
 * its lock here, so that if it only seemed dead (another container, stopped for long) it notices and refuses calls.
 */
function takeFromDead(
  root: string,
  place: JournalPlace,
  nowMs: number,
  isAlive: (owner: Owner, nowMs: number) => boolean,
): boolean {
  const holder = lockHolder(root, place.slot);
  if (holder === undefined || place.epoch < holder.epoch) return true;
  if (isAlive(holder.owner, nowMs)) return false;
  try {
    retireLock({ root, name: place.slot, nowMs, isAlive });
    return true;
  } catch (error) {
    if (error instanceof JournalError && error.code === 'in_use') return false; // taken in this moment
    throw error;
  }
}

function recoverJournal(place: JournalPlace, settings: RecoverySettings): RecoveredJournal | undefined {
  const { disk = realDisk, failpoints = noFailpoints } = settings;
  const watermark = readWatermark(place.directory);
  const sealedAt = sealOf(place.directory);
  if (sealedAt !== undefined && sealedAt <= watermark) return undefined;
  disk.remove(join(place.directory, 'ballast')); // it held space for a process that is gone
  const found = scan(place.directory, watermark);
  if (isBeingRemoved(place.directory, watermark, settings.now())) return undefined;
  const tail = settleTail(place, found.end, disk, failpoints);
  if (!found.sealed) writeRecoverySegment(place, found, settings);
  const through = found.sealed ? found.lastSequence : found.lastSequence + found.open.size + 1;
  writeWatermark(place.directory, through, disk);
  failpoints.hit('recover.after-watermark');
  return { journal: place.id, presumed: found.sealed ? 0 : found.open.size, ...tail, damage: found.damage };
}

const REMOVED_WITHIN_MS = 10_000;

/**
 * The drain removes a journal that the ledger has file by file, the watermark last. Looked at in between it would seem that all
 * of its segments were lost. Where they really were, the directory has been as it is for a while.
 */
function isBeingRemoved(directory: string, watermark: number, nowMs: number): boolean {
  if (watermark === 0 || listSegments(directory).length > 0) return false;
  const changed = statSync(directory, { throwIfNoEntry: false })?.mtimeMs;
  return changed === undefined || nowMs - changed < REMOVED_WITHIN_MS;
}

interface Scan {
  /** Encoded intents without an end, by sequence, oldest first. */
  readonly open: ReadonlyMap<number, string>;
  readonly sealed: boolean;
  /** No frame of the journal has a larger one. */
  readonly lastSequence: number;
  readonly end: Position;
  readonly damage: readonly Damage[];
}

function scan(directory: string, watermark: number): Scan {
  const damage: Damage[] = [];
  const open = new Map<number, string>();
  const reader = openReader(directory, undefined, (found) => damage.push(found));
  let sealed = false;
  const take = (frame: Frame): void => {
    sealed = frame.type === 'seal';
    if (frame.type === 'intent') open.set(frame.sequence, frame.text.toString());
    else open.delete(frame.reference);
  };
  // Through the watermark whatever does not check out is damage; after it, it is where the tail was torn.
  for (const through of [watermark, Number.POSITIVE_INFINITY]) {
    for (let frame = reader.next(through); frame !== undefined; frame = reader.next(through)) take(frame);
  }
  reader.close();
  const end = reader.position;
  if (end.sequence < watermark) {
    damage.push({
      kind: 'frames',
      segment: end.segment,
      firstMissing: end.sequence + 1,
      lastMissing: watermark,
    });
  }
  return { open, sealed, lastSequence: Math.max(end.sequence, watermark), end, damage };
}

/**
 * Cuts the last segment behind its last good frame and brings the rest to the disk. Everything is written once more
 * before the fdatasync: after a failed one the system takes the old pages for clean and would not write them again.
 */
function settleTail(
  place: JournalPlace,
  end: Position,
  disk: Disk,
  failpoints: Failpoints,
): Pick<RecoveredJournal, 'cutBytes' | 'keptAt'> {
  if (end.segment === 0 || listSegments(place.directory).length === 0) return { cutBytes: 0, keptAt: '' };
  const path = segmentPath(place.directory, end.segment);
  const cut = readFileSync(path).subarray(end.offset);
  const keptAt = holdsFrame(cut) ? `${path}.cut` : '';
  if (keptAt !== '') writeFileSync(keptAt, cut);
  failpoints.hit('recover.before-truncate');
  const file = disk.open(path);
  try {
    disk.truncate(file, end.offset);
    rewrite(disk, file, end.offset);
    disk.syncNow(file);
  } finally {
    disk.close(file);
  }
  disk.syncDirectory(place.directory);
  failpoints.hit('recover.after-truncate');
  return { cutBytes: cut.length, keptAt };
}

function rewrite(disk: Disk, file: number, bytes: number): void {
  const block = Buffer.alloc(Math.min(bytes, 1024 * 1024));
  for (let at = 0; at < bytes;) {
    const read = readSync(file, block, 0, Math.min(block.length, bytes - at), at);
    if (read === 0) throw new Error('a journal segment became shorter while it was recovered');
    writeAll(disk, file, block.subarray(0, read), at);
    at += read;
  }
}

function holdsFrame(bytes: Buffer): boolean {
  for (let at = 0; at + FRAME_OVERHEAD_BYTES <= bytes.length; at += 1) {
    const length = bytes.readUInt32LE(at);
    if (length <= MAXIMUM_FRAME_BYTES && decodeFrame(bytes, at, bytes.length).kind === 'frame') return true;
  }
  return false;
}

function writeRecoverySegment(place: JournalPlace, found: Scan, settings: RecoverySettings): void {
  const { disk = realDisk, failpoints = noFailpoints, presume = encodePresumed } = settings;
  let sequence = found.lastSequence;
  const header = { journal: place.id, epoch: place.epoch, firstSequence: sequence + 1 };
  const pieces = [encodeHeader(header)];
  for (const [reference, text] of found.open) {
    sequence += 1;
    const row = presume(decodeIntent(text), { journal: place.id, sequence }, PRESUMED_REASON);
    pieces.push(frameBytes(sequence, 'presume', reference, row));
  }
  pieces.push(frameBytes(sequence + 1, 'seal', 0, ''));
  const path = segmentPath(place.directory, found.end.segment + 1);
  replaceFile(disk, path, Buffer.concat(pieces), () => failpoints.hit('recover.after-write'));
  failpoints.hit('recover.after-rename');
}

function frameBytes(sequence: number, type: FrameType, reference: number, text: string): Buffer {
  const bytes = Buffer.alloc(FRAME_OVERHEAD_BYTES + 3 * text.length);
  return bytes.subarray(0, encodeFrame(bytes, 0, { sequence, type, reference, text }));
}

function writeWatermark(directory: string, sequence: number, disk: Disk): void {
  const bytes = Buffer.alloc(WATERMARK_BYTES);
  encodeWatermark(bytes, sequence);
  replaceFile(disk, watermarkPath(directory), bytes);
}

/** The sequence of the seal that ends a journal; undefined when it is not sealed. */
function sealOf(directory: string): number | undefined {
  const last = listSegments(directory).at(-1);
  if (last === undefined) return undefined;
  const bytes = Buffer.alloc(FRAME_OVERHEAD_BYTES);
  const file = openSync(segmentPath(directory, last), 'r');
  try {
    readSync(file, bytes, 0, bytes.length, Math.max(0, fstatSync(file).size - bytes.length));
  } finally {
    closeSync(file);
  }
  const decoded = decodeFrame(bytes, 0, bytes.length);
  return decoded.kind === 'frame' && decoded.frame.type === 'seal' ? decoded.frame.sequence : undefined;
}
