/** The disk fails at the n-th operation of a drain and of a recovery, for every n: each line still comes exactly once. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { ALL_PROTECTIONS, createDrain } from '../../src/ledger/drain/drain.ts';
import type { Drain, Protections } from '../../src/ledger/drain/drain.ts';
import { recoverJournals } from '../../src/ledger/journal/recover.ts';
import { openJournal } from '../../src/ledger/journal/writer.ts';
import { failCalls } from './failing-calls.ts';
import {
  inDirectory,
  legs,
  plainLines,
  plainPresumed,
  someIntent,
  someSettlement,
  TokenSink,
} from './journal-world.ts';

const CALLS = 14;
const source = mkdtempSync(join(tmpdir(), 'drain-disk-'));
const expected: string[] = [];
let now = 1_000;

/** A journal in several segments whose last two calls have not ended. */
beforeAll(async () => {
  const journal = openJournal({
    directory: join(source, 'journals'),
    slot: 's',
    now: () => 1_000,
    ballastBytes: 0,
    segmentBytes: 6_000,
    lines: plainLines,
  });
  for (let call = 0; call < CALLS; call += 1) {
    const intent = someIntent(`a${call}`);
    journal.intend(intent);
    const isOpen = call >= CALLS - 2;
    expected.push(`a${call} ${isOpen ? 'presume' : 'settle'}`);
    if (!isOpen) journal.settle(someSettlement(intent));
  }
  await journal.close();
});
afterAll(() => rmSync(source, { recursive: true }));

function recover(root: string): void {
  recoverJournals({ root, now: () => now, presume: plainPresumed, isOwnerAlive: () => false });
}

/** Recovers and drains; what throws is begun anew, as its process would be. */
async function recoverAndDrain(directory: string, sink: TokenSink, parts: Parts): Promise<void> {
  let drain: Drain | undefined;
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    now += 60_000;
    try {
      if (parts.recover) recover(join(directory, 'journals'));
      if (!parts.drain) return;
      drain ??= createDrain({
        root: join(directory, 'journals'),
        stateDirectory: join(directory, 'drain'),
        sink,
        now: () => now,
        batchFrames: 4,
        halfPresentPauseMs: 0,
        isOwnerAlive: () => false,
        protections: parts.protections ?? ALL_PROTECTIONS,
      });
      const { trouble, backlogFrames } = await drain.step();
      if (trouble === '' && backlogFrames === 0) break;
    } catch {
      closeQuietly(drain);
      drain = undefined;
    }
  }
  closeQuietly(drain);
}

interface Parts {
  readonly recover: boolean;
  readonly drain: boolean;
  readonly protections?: Protections;
}

const MOST_TRIES = 6;

function closeQuietly(drain: Drain | undefined): void {
  try {
    drain?.close();
  } catch {
    // The disk failed it; its lock is taken over.
  }
}

/**
 * Runs a part with each of its operations failing, once or from there on; then everything with a disk that works.
 * @returns how many operations there were.
 */
async function forEveryOperation(part: Parts, isForEver: boolean, step = 1): Promise<number> {
  for (let at = 1; ; at += step) {
    let reached = 0;
    await inDirectory(async (directory) => {
      cpSync(source, directory, { recursive: true });
      if (!part.recover) recover(join(directory, 'journals'));
      const sink = new TokenSink();
      const failing = failCalls((operation) => (isForEver ? operation >= at : operation === at));
      try {
        await recoverAndDrain(directory, sink, part);
      } finally {
        reached = failing.count();
        failing.restore();
      }
      await recoverAndDrain(directory, sink, { ...part, recover: true, drain: true });
      expect(legs(sink.rows).toSorted(), `operation ${at}`).toEqual(expected.toSorted());
    });
    if (reached < at) return at - 1;
  }
}

test('a drain, each operation of which fails once', async () => {
  expect(await forEveryOperation({ recover: false, drain: true }, false)).toBeGreaterThan(60);
});

test('a drain whose disk fails from some operation on', async () => {
  expect(await forEveryOperation({ recover: false, drain: true }, true, 5)).toBeGreaterThan(30);
});

test('a recovery, each operation of which fails once', async () => {
  expect(await forEveryOperation({ recover: true, drain: false }, false)).toBeGreaterThan(30);
});

test('a recovery whose disk fails from some operation on', async () => {
  expect(await forEveryOperation({ recover: true, drain: false }, true, 3)).toBeGreaterThan(20);
});

test('control: without tokens and comparison some failing operation doubles lines', async () => {
  const protections = { freezeBatch: true, deduplicate: false, reconcile: false };
  await expect(forEveryOperation({ recover: false, drain: true, protections }, false)).rejects.toThrow(
    'deeply equal',
  );
});
