/**
 * Removes what the ledger has and recovery does not need. Called only behind a checkpoint that is on the disk. Every
 * removal may be repeated: a missing file is fine.
 */
import { open, readdir, rmdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Failpoints } from '../failpoints.ts';
import { decodeHeader, HEADER_BYTES, isMissing, listSegments, segmentPath } from '../journal/segment.ts';
import type { Checkpoint } from './remembered.ts';
import { syncDirectory } from './remembered.ts';

/** Removes segments that lie wholly behind the checkpoint and hold no intent that has not ended. */
export async function removeSegments(
  directory: string,
  checkpoint: Checkpoint,
  failpoints: Failpoints,
): Promise<void> {
  const oldestOpen = checkpoint.open.reduce(
    (oldest, sequence) => Math.min(oldest, sequence),
    Number.POSITIVE_INFINITY,
  );
  const segments = listSegments(directory).filter((segment) => segment <= checkpoint.position.segment);
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    if (next === undefined) return;
    const first = await firstSequence(directory, next);
    if (first === undefined || first > oldestOpen) return;
    await removeFile(segmentPath(directory, segment));
    failpoints.hit('drain.after-remove-segment');
  }
}

/**
 * Removes a journal that ended with its seal and is in the ledger as a whole.
 * @returns false when it is kept: what is remembered of it must stay too, or it would be read again from its start.
 */
export async function removeJournal(directory: string, failpoints: Failpoints): Promise<boolean> {
  try {
    const names = await readdir(directory);
    if (names.some((name) => name.endsWith('.cut'))) return false; // frames that recovery had to cut: kept for a person
    // Oldest first: a journal without its end would look as if its process were still writing.
    for (const name of names.toSorted()) await removeFile(join(directory, name));
    await rmdir(directory);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  await syncDirectory(dirname(directory)); // before the checkpoint goes, or a power cut could bring the journal back alone
  failpoints.hit('drain.after-remove-journal');
  return true;
}

async function removeFile(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
}

/** A segment whose header cannot be read keeps everything before it. */
async function firstSequence(directory: string, segment: number): Promise<number | undefined> {
  const file = await open(segmentPath(directory, segment), 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    return decodeHeader(buffer.subarray(0, bytesRead))?.firstSequence;
  } finally {
    await file.close();
  }
}
