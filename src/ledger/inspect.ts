/** What lies in the journals and who holds them, read from outside without touching anything. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { readDrained } from './drain/remembered.ts';
import { lockHolder, ownerIsAlive } from './journal/owner.ts';
import { listJournals, readWatermark } from './journal/segment.ts';

export interface InspectedJournal {
  readonly journal: string;
  readonly bytes: number;
  /** Frames on the disk that the ledger does not have yet. */
  readonly waitingFrames: number;
  /** Frames that a damaged disk took. */
  readonly missingFrames: number;
  /** Whether a living process writes it. */
  readonly written: boolean;
  /** Epoch milliseconds of its beginning, by the clock of then. */
  readonly begunMs: number;
  /** Bytes that recovery had to cut and kept for a person. */
  readonly kept: readonly string[];
}

export interface InspectedLock {
  readonly name: string;
  readonly pid: number;
  readonly alive: boolean;
}

export async function inspectJournals(ask: {
  readonly root: string;
  readonly drainState: string;
  readonly nowMs: number;
}): Promise<{ readonly journals: readonly InspectedJournal[]; readonly locks: readonly InspectedLock[] }> {
  const { root, drainState, nowMs } = ask;
  const drained = new Map((await readDrained(drainState)).map((one) => [one.journal, one]));
  const journals = listJournals(root).map(({ id, slot, epoch, directory }): InspectedJournal => {
    const names = namesIn(directory);
    const holder = lockHolder(root, slot);
    const known = drained.get(id);
    return {
      journal: id,
      bytes: names
        .filter((name) => name.endsWith('.wal'))
        .reduce((sum, name) => sum + sizeOf(join(directory, name)), 0),
      waitingFrames: Math.max(0, readWatermark(directory) - (known?.through ?? 0)),
      missingFrames: known?.missingFrames ?? 0,
      written: holder !== undefined && holder.epoch === epoch && ownerIsAlive(holder.owner, nowMs),
      begunMs: epoch,
      kept: names.filter((name) => name.endsWith('.cut')).map((name) => join(directory, name)),
    };
  });
  return { journals, locks: [root, drainState].flatMap((directory) => locksIn(directory, nowMs)) };
}

/** Locks that were never given back; one of a process that is gone is taken over by the next that needs it. */
function locksIn(directory: string, nowMs: number): InspectedLock[] {
  const names = new Set(namesIn(directory).flatMap((name) => /^(.+)\.lock\.\d+$/.exec(name)?.[1] ?? []));
  return [...names].flatMap((name) => {
    const holder = lockHolder(directory, name);
    if (holder === undefined) return [];
    return [{ name, pid: holder.owner.pid, alive: ownerIsAlive(holder.owner, nowMs) }];
  });
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0; // removed in this moment
  }
}
