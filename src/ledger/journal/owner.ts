/**
 * Who owns a slot (or a job such as the drain), so that two processes never write one journal.
 *
 * `<root>/<name>.lock.<n>` names the n-th owner. Taking over means to create number n+1, which the file system lets
 * only one process do; so two processes that both find a dead owner cannot both become the next one. The epoch in the
 * file outlives its owner: no later journal of the slot gets an epoch that was used before.
 */
import {
  linkSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { isMissing } from './segment.ts';

/** A process, told apart from a later one that was given the same number. */
export interface Owner {
  readonly pid: number;
  /** Clock ticks from the machine's start to the process's (Linux), empty where the system does not say. */
  readonly startedAtTicks: string;
  readonly boot: string;
  /** Process numbers mean nothing in another namespace (another container). */
  readonly namespace: string;
  /** When the owner last said that it lives; decides only when the process itself cannot be seen. */
  readonly seenAtMs: number;
}

interface LockRecord {
  readonly owner: Owner;
  readonly epoch: number;
  readonly released: boolean;
}

export interface Lock {
  /** The largest epoch that this lock has stood for, 0 at first. */
  readonly lastEpoch: number;
  stamp(epoch: number): void;
  /** Says that the owner lives; needed only where another container may judge it. */
  heartbeat(nowMs: number): void;
  release(): void;
}

/** Where a second owner was refused, or a journal cannot be written any more. The message says what to do. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
  readonly code: 'in_use' | 'unavailable' | 'broken';
  constructor(code: JournalError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

export const HEARTBEAT_MS = 10_000;
const SILENT_MS = 60_000;

/** This process, as it will be recognised by others. */
export function thisOwner(nowMs: number): Owner {
  return {
    pid: process.pid,
    seenAtMs: nowMs,
    ...identify(process.pid),
    boot: bootId(),
    namespace: namespaceOf('self'),
  };
}

/** Whether the process behind an owner still runs. A process in another container is judged by its heartbeat. */
export function ownerIsAlive(owner: Owner, nowMs: number): boolean {
  if (owner.boot !== bootId()) return false;
  if (owner.namespace !== namespaceOf('self')) return nowMs - owner.seenAtMs < SILENT_MS;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  return identify(owner.pid).startedAtTicks === owner.startedAtTicks;
}

function identify(pid: number): { readonly startedAtTicks: string } {
  const stat = readText(`/proc/${pid}/stat`);
  // The second field is the command in parentheses and may hold spaces; the start time is field 22 of the whole.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const zombie = fields[0] === 'Z';
  return { startedAtTicks: zombie ? 'ended' : (fields[19] ?? '') };
}

function bootId(): string {
  return readText('/proc/sys/kernel/random/boot_id').trim();
}

function namespaceOf(process: string): string {
  try {
    return readlinkSync(`/proc/${process}/ns/pid`);
  } catch {
    return '';
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

export interface LockAsk {
  readonly root: string;
  readonly name: string;
  readonly nowMs: number;
  readonly isAlive?: (owner: Owner, nowMs: number) => boolean;
}

/** Whether an owner is this very process. */
export function isThisProcess(owner: Owner): boolean {
  const { pid, startedAtTicks, boot, namespace } = thisOwner(owner.seenAtMs);
  return (
    owner.pid === pid &&
    owner.startedAtTicks === startedAtTicks &&
    owner.boot === boot &&
    owner.namespace === namespace
  );
}

/**
 * Takes a lock from an owner that is gone and leaves it free, in one step: a disk that failed between taking and freeing
 * would leave it to a process that lives and does not know of it.
 * @throws JournalError `in_use` when a living process holds it.
 */
export function retireLock(ask: LockAsk): void {
  claim(ask, true);
}

/**
 * Takes the lock `name` under `root`, which must exist.
 * @throws JournalError `in_use` when a living process holds it.
 */
export function takeLock(ask: LockAsk): Lock {
  const claimed = claim(ask, false);
  const { path } = claimed;
  let { record } = claimed;
  const write = (next: LockRecord): void => {
    record = next;
    // Renamed into place: a half-written lock would look like nobody's.
    writeFileSync(`${path}.${process.pid}`, JSON.stringify(next));
    renameSync(`${path}.${process.pid}`, path);
  };
  return {
    lastEpoch: record.epoch,
    stamp: (epoch) => write({ ...record, epoch }),
    heartbeat: (atMs) => utimesSync(path, atMs / 1000, atMs / 1000),
    release: () => write({ ...record, released: true }),
  };
}

function claim(
  { root, name, nowMs, isAlive = ownerIsAlive }: LockAsk,
  released: boolean,
): { readonly path: string; readonly record: LockRecord } {
  const held = readLock(root, name);
  if (held !== undefined && !held.record.released && isAlive(held.record.owner, nowMs)) {
    throw inUse(root, name, held.record.owner);
  }
  const path = lockPath(root, name, (held?.number ?? 0) + 1);
  const record: LockRecord = { owner: thisOwner(nowMs), epoch: held?.record.epoch ?? 0, released };
  if (!createWhole(path, record)) throw inUse(root, name, readLock(root, name)?.record.owner);
  removeOlder(root, name, (held?.number ?? 0) + 1);
  return { path, record };
}

/** The epoch and owner that a lock stands for now; undefined when nobody holds it. */
export function lockHolder(
  root: string,
  name: string,
): { readonly owner: Owner; readonly epoch: number } | undefined {
  const held = readLock(root, name);
  return held === undefined || held.record.released ? undefined : held.record;
}

function inUse(root: string, name: string, owner: Owner | undefined): JournalError {
  return new JournalError(
    'in_use',
    `"${name}" under ${root} is already in use by process ${owner?.pid ?? 'unknown'}. ` +
      'Two writers would damage the record of your spend, so this one was refused and nothing was changed. ' +
      'Stop the other process, or give this one its own slot or data directory.',
  );
}

function lockPath(root: string, name: string, number: number): string {
  return join(root, `${name}.lock.${number}`);
}

function lockNumbers(root: string, name: string): number[] {
  const prefix = `${name}.lock.`;
  return readdirSync(root)
    .filter((file) => file.startsWith(prefix) && /^\d+$/.test(file.slice(prefix.length)))
    .map((file) => Number(file.slice(prefix.length)));
}

function readLock(
  root: string,
  name: string,
): { readonly number: number; readonly record: LockRecord } | undefined {
  const number = Math.max(0, ...lockNumbers(root, name));
  if (number === 0) return undefined;
  const path = lockPath(root, name, number);
  try {
    const record = JSON.parse(readFileSync(path, 'utf8')) as LockRecord;
    const seenAtMs = Math.max(record.owner.seenAtMs, statSync(path).mtimeMs);
    return { number, record: { ...record, owner: { ...record.owner, seenAtMs } } };
  } catch (error) {
    if (isMissing(error)) return readLock(root, name); // a successor has just removed it
    // A power cut may leave an unsynced lock empty; no process survives one, so nobody holds it.
    if (error instanceof SyntaxError) return { number, record: { owner: NOBODY, epoch: 0, released: true } };
    throw error;
  }
}

const NOBODY: Owner = { pid: 0, startedAtTicks: '', boot: '', namespace: '', seenAtMs: 0 };

/** Creates a file with its whole content at once. @returns false when another process was first. */
function createWhole(path: string, record: LockRecord): boolean {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(record));
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function removeOlder(root: string, name: string, number: number): void {
  for (const older of lockNumbers(root, name)) {
    if (older < number) rmSync(lockPath(root, name, older), { force: true });
  }
}
