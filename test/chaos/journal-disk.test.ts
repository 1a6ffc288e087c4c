/** The disk fails at its n-th operation, for every n; and the power is cut after every operation. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Disk } from '../../src/ledger/journal/disk.ts';
import { realDisk } from '../../src/ledger/journal/disk.ts';
import { recoverJournals } from '../../src/ledger/journal/recover.ts';
import { listJournals } from '../../src/ledger/journal/segment.ts';
import type { Journal } from '../../src/ledger/journal/writer.ts';
import { openJournal } from '../../src/ledger/journal/writer.ts';
import {
  inDirectory,
  plainLines,
  plainPresumed,
  readJournal,
  someIntent,
  someSettlement,
} from './journal-world.ts';
import { FATES, leaveBehind, recordingDisk } from './power.ts';
import type { Operation } from './power.ts';

type Fault = 'none' | 'error' | 'full' | 'short';
const CODES = { error: 'EIO', full: 'ENOSPC', short: 'EIO' } as const;

/** A disk whose operations fail as asked. `after` is told of every operation that succeeded. */
function faultyDisk(faultAt: (operation: number, name: string) => Fault): Disk {
  let count = 0;
  const guard = <T>(name: string, work: () => T): T => {
    count += 1;
    const fault = faultAt(count, name);
    if (fault === 'error' || fault === 'full')
      throw Object.assign(new Error(`${name} failed`), { code: CODES[fault] });
    return work();
  };
  return {
    ...realDisk,
    create: (path) => guard('create', () => realDisk.create(path)),
    write: (file, bytes, offset, length, position) => {
      count += 1;
      const fault = faultAt(count, 'write');
      if (fault === 'short') return realDisk.write(file, bytes, offset, length >> 1, position);
      if (fault !== 'none') throw Object.assign(new Error('write failed'), { code: CODES[fault] });
      return realDisk.write(file, bytes, offset, length, position);
    },
    sync: (file, done) => {
      count += 1;
      const fault = faultAt(count, 'sync');
      setImmediate(() =>
        done(fault === 'none' ? null : Object.assign(new Error('sync failed'), { code: 'EIO' })),
      );
      void file;
    },
    syncNow: () => guard('syncNow', () => undefined),
    syncDirectory: () => guard('syncDirectory', () => undefined),
  };
}

interface Told {
  readonly journal: Journal;
  readonly intended: string[];
  readonly settled: string[];
  refusals: number;
}

/** Records calls on a disk that may fail, and notes what the caller was told. */
async function recordCalls(
  root: string,
  disk: Disk,
  clock: { ms: number },
  calls = 12,
): Promise<Told | undefined> {
  let journal: Journal;
  try {
    const settings = { directory: root, slot: 's', now: () => clock.ms, lines: plainLines };
    journal = openJournal({ ...settings, disk, segmentBytes: 3_000, ballastBytes: 1_000 });
  } catch {
    return undefined; // refused at its start: nothing was sent
  }
  const told: Told = { journal, intended: [], settled: [], refusals: 0 };
  for (let call = 0; call < calls; call += 1) {
    clock.ms += 1_100;
    const intent = someIntent(`a${call}`);
    try {
      journal.intend(intent);
      told.intended.push(intent.attempt);
      journal.settle(someSettlement(intent));
      told.settled.push(intent.attempt);
    } catch {
      told.refusals += 1;
    }
    if (call % 3 === 2) await journal.durable().catch(() => undefined);
  }
  await journal.close().catch(() => undefined);
  return told;
}

function checkRecovered(root: string, told: Told): void {
  recoverJournals({ root, now: () => 0, presume: plainPresumed });
  for (const place of listJournals(root)) {
    const { frames, damage } = readJournal(place.directory);
    expect(damage).toEqual([]);
    expect(frames.map((frame) => frame.sequence)).toEqual(frames.map((_, index) => index + 1));
    const ends = frames.filter((frame) => ['settle', 'presume', 'void'].includes(frame.type));
    expect(new Set(ends.map((frame) => frame.reference)).size).toBe(ends.length);
    const attemptOf = new Map(
      frames
        .filter((frame) => frame.type === 'intent')
        .map((frame) => [frame.sequence, (JSON.parse(frame.text) as { attempt: string }).attempt]),
    );
    const ended = ends.map((frame) => ({ type: frame.type, attempt: attemptOf.get(frame.reference) ?? '' }));
    const settled = ended.filter((end) => end.type === 'settle').map((end) => end.attempt);
    expect(told.settled.filter((attempt) => !settled.includes(attempt))).toEqual([]);
    const charged = ended.filter((end) => end.type !== 'void').map((end) => end.attempt);
    expect(told.intended.filter((attempt) => !charged.includes(attempt))).toEqual([]);
    expect(attemptOf.size).toBe(ended.length);
  }
}

test.each(['error', 'full', 'short'] as const)(
  'with %s at the n-th operation nothing acknowledged is lost, for every n',
  async (fault) => {
    let failures = 0;
    for (let at = 1; ; at += 1) {
      let reached = 0;
      const landed = await inDirectory(async (root) => {
        const disk = faultyDisk((operation) => {
          reached = operation;
          return operation === at ? fault : 'none';
        });
        const told = await recordCalls(root, disk, { ms: 1_000 });
        if (told !== undefined) checkRecovered(root, told);
        return reached >= at;
      });
      if (!landed) break;
      failures = at;
    }
    expect(failures).toBeGreaterThan(40);
  },
);

test.each(['error', 'short'] as const)(
  'a disk that fails with %s from the n-th operation on refuses calls, for every n',
  async (fault) => {
    for (let at = 8; at < 40; at += 1) {
      await inDirectory(async (root) => {
        const told = await recordCalls(
          root,
          faultyDisk((operation) => (operation >= at ? fault : 'none')),
          { ms: 1_000 },
        );
        if (told === undefined) return;
        expect(told.refusals).toBeGreaterThan(0);
        checkRecovered(root, told);
      });
    }
  },
);

test('a full disk settles what is in flight, refuses new calls, and takes them again by itself', () =>
  inDirectory((root) => {
    const clock = { ms: 1_000 };
    let full = false;
    let ballast = true;
    const disk: Disk = {
      ...realDisk,
      create: (path) => {
        if (full && path.endsWith('ballast'))
          throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
        return realDisk.create(path);
      },
      remove: (path) => {
        if (path.endsWith('ballast')) ballast = false;
        realDisk.remove(path);
      },
      write: (file, bytes, offset, length, position) =>
        full && ballast ? 3 : realDisk.write(file, bytes, offset, length, position),
    };
    const journal = openJournal({
      directory: root,
      slot: 's',
      now: () => clock.ms,
      lines: plainLines,
      disk,
      ballastBytes: 1_000,
    });
    ballast = true;
    const inFlight = someIntent('in-flight');
    journal.intend(inFlight);
    full = true;
    expect(journal.settle(someSettlement(inFlight))).toEqual({ kind: 'recorded' });
    expect(journal.state()).toBe('full');
    expect(() => journal.intend(someIntent('new'))).toThrow('new calls are refused');
    clock.ms += 5_000;
    expect(() => journal.intend(someIntent('new'))).toThrow('new calls are refused');
    full = false;
    clock.ms += 1_000;
    journal.intend(someIntent('later'));
    expect(journal.state()).toBe('open');
    return journal.close();
  }));

/** Sequences that `durable()` promised, by length of the trace at the promise. */
async function traceOfCalls(
  root: string,
  break_: (disk: Disk) => Disk,
): Promise<{ trace: Operation[]; promised: Map<number, number> }> {
  const trace: Operation[] = [];
  const promised = new Map<number, number>();
  const disk = break_(recordingDisk(trace));
  const journal = openJournal({
    directory: root,
    slot: 's',
    now: () => 1_000,
    lines: plainLines,
    disk,
    segmentBytes: 3_000,
    ballastBytes: 0,
  });
  for (let call = 0; call < 12; call += 1) {
    const intent = someIntent(`a${call}`);
    journal.intend(intent);
    journal.settle(someSettlement(intent));
    if (call % 2 === 1) {
      await journal.durable();
      promised.set(trace.length, 2 * (call + 1));
    }
  }
  await journal.close();
  return { trace, promised };
}

/** Plays every power cut; returns the first broken promise, or an empty text. */
async function playPowerCuts(break_: (disk: Disk) => Disk = (disk) => disk): Promise<string> {
  return inDirectory(async (origin) => {
    const { trace, promised } = await traceOfCalls(origin, break_);
    for (let length = 1; length <= trace.length; length += 1) {
      const durable = Math.max(
        0,
        ...[...promised].filter(([at]) => at <= length).map(([, sequence]) => sequence),
      );
      for (const fate of FATES) {
        const broken = await inDirectory((root) => {
          const directory = join(root, 's-1000');
          mkdirSync(directory);
          leaveBehind(trace.slice(0, length), directory, fate);
          rmSync(join(directory, 'ballast'), { force: true });
          recoverJournals({
            root,
            now: () => 0,
            presume: plainPresumed,
            disk: { ...realDisk, syncNow: () => undefined },
          });
          const { frames, damage } = readJournal(directory);
          const sequences = frames.filter(
            (frame) => frame.type === 'intent' || frame.type === 'settle',
          ).length;
          const whole = frames.every((frame, index) => frame.sequence === index + 1);
          if (damage.length > 0 || !whole) return 'a hole';
          return sequences < durable ? `${durable - sequences} promised frames are gone` : '';
        });
        if (broken !== '') return `${broken} after operation ${length} (${fate.kind})`;
      }
    }
    return '';
  });
}

test('a power cut after any operation takes only what was not promised, and leaves no hole', async () => {
  expect(await playPowerCuts()).toBe('');
});

test('control: without syncing the directory a power cut takes promised calls', async () => {
  expect(await playPowerCuts((disk) => ({ ...disk, syncDirectory: () => undefined }))).toContain(
    'promised frames are gone',
  );
});

test('control: promising before the data is on the disk loses promised calls', async () => {
  const hasty = (disk: Disk): Disk => ({
    ...disk,
    sync: (_file, done) => void setImmediate(() => done(null)),
  });
  expect(await playPowerCuts(hasty)).toContain('promised frames are gone');
});
