/**
 * The few file operations that the journal's promises rest on, as one small interface, so that tests can make the
 * n-th of them fail and can play out a power cut. Everything else that touches files only reads.
 */
import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

export interface Disk {
  /** Opens a file that must not exist yet. @returns a descriptor for reading and writing. */
  create(path: string): number;
  /** Opens a file that exists, for reading and writing. */
  open(path: string): number;
  /** @returns the bytes written, which may be fewer than asked for. */
  write(descriptor: number, bytes: Uint8Array, offset: number, length: number, position: number): number;
  /** Starts an fdatasync and reports when it has returned. */
  sync(descriptor: number, done: (error: Error | null) => void): void;
  /** fdatasync; returns when the data is on the disk. */
  syncNow(descriptor: number): void;
  /** Makes the names in a directory durable: a synced file whose name is lost is a lost file. */
  syncDirectory(path: string): void;
  truncate(descriptor: number, bytes: number): void;
  rename(from: string, to: string): void;
  /** A missing file is fine: a crash may have come between the removal and its record. */
  remove(path: string): void;
  close(descriptor: number): void;
}

export const realDisk: Disk = {
  create: (path) => openSync(path, 'wx+', 0o640),
  open: (path) => openSync(path, 'r+'),
  write: (descriptor, bytes, offset, length, position) =>
    writeSync(descriptor, bytes, offset, length, position),
  sync: (descriptor, done) => fdatasync(descriptor, done),
  syncNow: (descriptor) => fdatasyncSync(descriptor),
  syncDirectory: (path) => {
    const descriptor = openSync(path, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  },
  truncate: (descriptor, bytes) => ftruncateSync(descriptor, bytes),
  rename: (from, to) => renameSync(from, to),
  remove: (path) => rmSync(path, { force: true }),
  close: (descriptor) => closeSync(descriptor),
};

/** Writes all of the bytes at a position. @throws Error when the disk took fewer. */
export function writeAll(disk: Disk, descriptor: number, bytes: Uint8Array, position: number): void {
  const written = disk.write(descriptor, bytes, 0, bytes.length, position);
  if (written !== bytes.length) throw new Error(`the disk took ${written} of ${bytes.length} bytes`);
}

/**
 * Replaces a file so that after a crash at any moment either the old or the new content is there, whole.
 * `beforeRename` runs when the new content is on the disk but not yet in place.
 */
export function replaceFile(disk: Disk, path: string, content: Uint8Array, beforeRename?: () => void): void {
  const temporary = `${path}.new`;
  disk.remove(temporary);
  const descriptor = disk.create(temporary);
  try {
    writeAll(disk, descriptor, content, 0);
    disk.syncNow(descriptor);
  } finally {
    disk.close(descriptor);
  }
  beforeRename?.();
  disk.rename(temporary, path);
  disk.syncDirectory(dirname(path));
}
