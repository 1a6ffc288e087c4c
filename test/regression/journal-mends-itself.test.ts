/**
 * A disk that failed for a moment and then nothing more: what lies in memory must reach it all the same. Each of these
 * left an acknowledged call out of the ledger until the next call came, or the process ended. Found by the simulation.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { realDisk } from '../../src/ledger/journal/disk.ts';
import type { Disk } from '../../src/ledger/journal/disk.ts';
import { readWatermark } from '../../src/ledger/journal/segment.ts';
import { openJournal } from '../../src/ledger/journal/writer.ts';
import type { Journal } from '../../src/ledger/journal/writer.ts';
import { plainLines, readJournal, someIntent, someSettlement } from '../chaos/journal-world.ts';

type Operation = 'write' | 'sync';

let root: string;
let journal: Journal;
let failing: (operation: Operation, bytes: number) => boolean;
let nowMs: number;

beforeEach(() => {
  vi.useFakeTimers();
  root = mkdtempSync(join(tmpdir(), 'mends-'));
  failing = () => false;
  nowMs = 1_790_000_000_000;
  const refuse = (): never => {
    throw Object.assign(new Error('EIO'), { code: 'EIO' });
  };
  const disk: Disk = {
    ...realDisk,
    write: (file, bytes, at, length, position) =>
      failing('write', length) ? refuse() : realDisk.write(file, bytes, at, length, position),
    sync: (_file, done) => void setTimeout(() => done(failing('sync', 0) ? new Error('EIO') : null), 1),
    syncNow: () => undefined,
  };
  journal = openJournal({
    directory: root,
    slot: 'g1',
    now: () => nowMs,
    ballastBytes: 0,
    disk,
    lines: plainLines,
  });
});

afterEach(async () => {
  failing = () => false;
  const closed = journal.close();
  await pass(2_000);
  await closed;
  vi.useRealTimers();
  rmSync(root, { recursive: true, force: true });
});

async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    nowMs += 100;
    await vi.advanceTimersByTimeAsync(100);
  }
}

/** What a drain would find: the frames through the watermark. */
function onDisk(): string[] {
  const directory = join(root, journal.id);
  const { frames } = readJournal(directory, readWatermark(directory));
  return frames.map(({ type }) => type);
}

describe('with no further call', () => {
  it('a settlement that the disk refused is written when it takes something again', async () => {
    const intent = someIntent('a1');
    journal.intend(intent);
    failing = () => true;
    const recorded = vi.fn<() => void>();
    expect(() => journal.settle(someSettlement(intent), recorded)).toThrow(/cannot be recorded/);
    await pass(3_000);
    expect(recorded).not.toHaveBeenCalled();
    failing = () => false;
    await pass(3_000);
    expect(recorded).toHaveBeenCalledTimes(1);
    expect(onDisk()).toEqual(['intent', 'settle']);
  });

  it('one that was refused while nothing could be written at all, too', async () => {
    const [first, second] = [someIntent('a1'), someIntent('a2')];
    journal.intend(first);
    journal.intend(second);
    failing = () => true;
    const recorded = vi.fn<() => void>();
    for (const intent of [first, second])
      expect(() => journal.settle(someSettlement(intent), recorded)).toThrow();
    failing = () => false;
    await pass(4_000);
    expect(recorded).toHaveBeenCalledTimes(2);
    expect(onDisk()).toEqual(['intent', 'intent', 'settle', 'settle']);
  });

  it('frames whose sync failed again and again are written anew', async () => {
    const intent = someIntent('a1');
    failing = (operation) => operation === 'sync';
    journal.intend(intent);
    journal.settle(someSettlement(intent));
    await pass(1_000);
    expect(journal.state()).toBe('stopped');
    failing = () => false;
    await pass(3_000);
    expect(journal.state()).toBe('open');
    expect(onDisk()).toEqual(['intent', 'settle']);
  });

  it('a watermark that could not be written is written later', async () => {
    const intent = someIntent('a1');
    journal.intend(intent);
    await pass(200);
    failing = (operation, bytes) => operation === 'write' && bytes <= 16;
    journal.settle(someSettlement(intent));
    await pass(500);
    expect(onDisk()).toEqual(['intent']);
    failing = () => false;
    await pass(2_000);
    expect(onDisk()).toEqual(['intent', 'settle']);
  });
});

describe('an intent that was refused', () => {
  it('is surely taken back where it never had a place', async () => {
    failing = () => true;
    const [first, second] = [vi.fn<() => void>(), vi.fn<() => void>()];
    expect(() => journal.intend(someIntent('a1'), first)).toThrow();
    expect(() => journal.intend(someIntent('a2'), second)).toThrow();
    expect(second).toHaveBeenCalledTimes(1); // the journal had stopped before it
    expect(first).not.toHaveBeenCalled(); // a failing disk may still have it
    failing = () => false;
    await pass(4_000);
    expect(first).toHaveBeenCalledTimes(1);
    expect(onDisk()).toEqual(['intent', 'void']);
  });
});
