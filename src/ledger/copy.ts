/**
 * Copies ledger, drain state and journals as they are at one moment, while gateways write on.
 *
 * The drain stands still meanwhile. So whatever is not in the frozen ledger is in a journal that was not removed, and the
 * checkpoints say how far the ledger is. Of a journal that is being written, `synced` is copied before the segments: all it
 * promises is in them. What was under way is presumed when the copy is used, as after a crash.
 */
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { LedgerCare } from './care.ts';
import type { Drain } from './drain/drain.ts';
import { readDrained } from './drain/remembered.ts';
import { listJournals, listSegments, readWatermark, segmentPath, watermarkPath } from './journal/segment.ts';
import type { Store } from './stores/store.ts';

export interface CareParts {
  readonly store: Pick<Store, 'verify' | 'freeze'>;
  readonly drain: Pick<Drain, 'still'>;
  readonly journalRoot: string;
  readonly drainState: string;
}

/** Names inside a copy. */
export const COPY = { ledger: 'ledger', drain: 'drain', journals: 'journal' } as const;

export function careFor({ store, drain, journalRoot, drainState }: CareParts): LedgerCare {
  return {
    verify: async () => store.verify(await readDrained(drainState)),
    async copyTo(directory) {
      const { held, waitingFrames } = await drain.still(async () => {
        const frozen = await store.freeze();
        await copyFiles(drainState, join(directory, COPY.drain), (name) => !name.includes('.lock.'));
        const waiting = await copyJournals(journalRoot, join(directory, COPY.journals), drainState);
        return { held: frozen, waitingFrames: waiting };
      });
      await mkdir(join(directory, COPY.ledger), { recursive: true, mode: 0o700 });
      await held.copyTo(join(directory, COPY.ledger));
      return { schema: held.schema, months: held.months, waitingFrames };
    },
  };
}

async function copyFiles(from: string, to: string, takes: (name: string) => boolean): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const entry of await readdir(from, { withFileTypes: true }))
    if (entry.isFile() && takes(entry.name)) await cp(join(from, entry.name), join(to, entry.name));
}

async function copyJournals(root: string, to: string, drainState: string): Promise<number> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  const drained = new Map((await readDrained(drainState)).map((one) => [one.journal, one.through]));
  let waiting = 0;
  for (const { id, directory } of listJournals(root)) {
    const own = join(to, id);
    await mkdir(own, { mode: 0o750 });
    const through = readWatermark(directory);
    await cp(watermarkPath(directory), watermarkPath(own)).catch(ignoreMissing);
    for (const segment of listSegments(directory))
      await cp(segmentPath(directory, segment), segmentPath(own, segment));
    await copyFiles(directory, own, (name) => name.endsWith('.cut'));
    waiting += Math.max(0, through - (drained.get(id) ?? 0));
  }
  await copyLocks(root, to);
  return waiting;
}

/** A copy has no owner, but the epochs that were used before stay used. */
async function copyLocks(root: string, to: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (!/\.lock\.\d+$/.test(name) || name.startsWith('~')) continue;
    const text = await readFile(join(root, name), 'utf8').catch(ignoreMissing);
    if (text) await writeFile(join(to, name), JSON.stringify({ ...JSON.parse(text), released: true }));
  }
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
