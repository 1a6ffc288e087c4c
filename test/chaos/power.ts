/**
 * Power cuts played out: a disk that notes every operation, and what a cut after any of them may leave behind
 * (what ALICE and LazyFS do for whole file systems: unsynced writes dropped, reordered, torn; unsynced names lost).
 */
import { writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import type { Disk } from '../../src/ledger/journal/disk.ts';
import { realDisk } from '../../src/ledger/journal/disk.ts';

/** What a disk holds: every operation in order, to be played back up to a power cut. */
export interface Operation {
  readonly name: 'create' | 'write' | 'sync' | 'directory' | 'remove';
  readonly path: string;
  readonly bytes: Buffer;
  readonly position: number;
}

export function recordingDisk(trace: Operation[]): Disk {
  const paths = new Map<number, string>();
  const note = (name: Operation['name'], path: string, bytes = Buffer.alloc(0), position = 0): void => {
    trace.push({ name, path, bytes, position });
  };
  return {
    ...realDisk,
    create: (path) => {
      const file = realDisk.create(path);
      paths.set(file, path);
      note('create', path);
      return file;
    },
    write: (file, bytes, offset, length, position) => {
      note('write', paths.get(file) ?? '', Buffer.from(bytes.subarray(offset, offset + length)), position);
      return realDisk.write(file, bytes, offset, length, position);
    },
    sync: (file, done) => {
      setImmediate(() => {
        note('sync', paths.get(file) ?? '');
        done(null);
      });
    },
    syncNow: (file) => note('sync', paths.get(file) ?? ''),
    syncDirectory: (path) => note('directory', path),
    remove: (path) => {
      note('remove', path);
      realDisk.remove(path);
    },
  };
}

/** What of the unsynced writes a power cut leaves: none, all, all but one, or all but the last and half of that. */
export type Fate =
  | { readonly kind: 'none' | 'all' | 'torn' }
  | { readonly kind: 'without'; readonly index: number };

/** Puts on disk what a power cut after `trace` may leave of one journal's files. */
export function leaveBehind(trace: readonly Operation[], directory: string, fate: Fate): void {
  const files = new Map<string, { named: boolean; synced: Operation[]; unsynced: Operation[] }>();
  for (const operation of trace) {
    if (operation.name === 'create') files.set(operation.path, { named: false, synced: [], unsynced: [] });
    const file = files.get(operation.path);
    if (operation.name === 'write') file?.unsynced.push(operation);
    if (operation.name === 'sync') file?.synced.push(...file.unsynced.splice(0));
    if (operation.name === 'remove') files.delete(operation.path);
    if (operation.name !== 'directory') continue;
    for (const [path, other] of files) other.named ||= dirname(path) === operation.path;
  }
  for (const [path, file] of files) {
    if (path.endsWith('ballast')) continue;
    if (!file.named && fate.kind !== 'all') continue;
    writeFileSync(
      join(directory, basename(path)),
      compose([...file.synced, ...survivors(file.unsynced, fate)]),
    );
  }
}

function survivors(unsynced: readonly Operation[], fate: Fate): Operation[] {
  if (fate.kind === 'none') return [];
  if (fate.kind === 'without') return unsynced.filter((_, index) => index !== fate.index);
  const last = unsynced.at(-1);
  if (fate.kind === 'all' || last === undefined) return [...unsynced];
  return [...unsynced.slice(0, -1), { ...last, bytes: last.bytes.subarray(0, last.bytes.length >> 1) }];
}

function compose(writes: readonly Operation[]): Buffer {
  const size = Math.max(0, ...writes.map((write) => write.position + write.bytes.length));
  const content = Buffer.alloc(size);
  for (const write of writes) write.bytes.copy(content, write.position);
  return content;
}

export const FATES: readonly Fate[] = [
  { kind: 'none' },
  { kind: 'all' },
  { kind: 'torn' },
  { kind: 'without', index: 0 },
  { kind: 'without', index: 1 },
];
