import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { recoverJournals } from '../../src/ledger/journal/recover.ts';
import { listJournals } from '../../src/ledger/journal/segment.ts';
import { acknowledged, runChild } from './journal-processes.ts';
import { inDirectory, plainPresumed, readJournal } from './journal-world.ts';

interface Legs {
  readonly settled: string[];
  readonly presumed: string[];
  readonly intended: string[];
}

/** Recovers and reads everything, and checks what must hold of any journal. */
function recoverAndRead(directory: string): Legs {
  const root = join(directory, 'journals');
  recoverJournals({ root, now: Date.now, presume: plainPresumed });
  const all: Legs = { settled: [], presumed: [], intended: [] };
  for (const place of listJournals(root)) {
    const { frames, damage } = readJournal(place.directory);
    expect(damage).toEqual([]);
    expect(frames.map((frame) => frame.sequence)).toEqual(frames.map((_, index) => index + 1));
    expect(frames.at(-1)?.type).toBe('seal');
    for (const frame of frames) {
      if (frame.type === 'intent') all.intended.push((JSON.parse(frame.text) as { attempt: string }).attempt);
      if (frame.type === 'settle') all.settled.push((JSON.parse(frame.text) as string[])[0] ?? '');
      if (frame.type === 'presume') all.presumed.push((JSON.parse(frame.text) as string[])[0] ?? '');
    }
  }
  expect([...all.settled, ...all.presumed].toSorted()).toEqual(all.intended.toSorted());
  return all;
}

function lost(acknowledgedCalls: readonly string[], legs: Legs): string[] {
  const settled = new Set(legs.settled);
  return acknowledgedCalls.filter((attempt) => !settled.has(attempt));
}

test('forty processes killed at random moments lose no acknowledged call and end every attempt once', async () => {
  const delays = fc.sample(fc.integer({ min: 0, max: 60 }), { numRuns: 40, seed: 4_021 });
  let calls = 0;
  const killOne = (): Promise<void> =>
    inDirectory(async (directory) => {
      const delay = delays.pop() ?? 0;
      const ended = await runChild('write', directory, {}, delay);
      expect(ended.signal, ended.errors).toBe('SIGKILL');
      calls += acknowledged(ended).length;
      expect(lost(acknowledged(ended), recoverAndRead(directory))).toEqual([]);
    });
  while (delays.length > 0) await Promise.all([killOne(), killOne(), killOne(), killOne()]);
  expect(calls).toBeGreaterThan(100); // the kills landed while there was work
});

test.each([
  'journal.before-write=kill@41',
  'journal.after-write=kill@42',
  'journal.before-sync=kill@2',
  'journal.after-sync=kill@2',
  'journal.after-segment-create=kill@2',
  'journal.after-segment-ready=kill@2',
  'journal.before-seal=kill',
])('killed at %s, no acknowledged call is lost', (failpoints) =>
  inDirectory(async (directory) => {
    const ended = await runChild('write', directory, { failpoints, calls: 120 });
    expect(ended.signal, ended.errors).toBe('SIGKILL');
    expect(lost(acknowledged(ended), recoverAndRead(directory))).toEqual([]);
  }),
);

test('control: acknowledging before recording loses a call', () =>
  inDirectory(async (directory) => {
    const settings = { failpoints: 'journal.before-write=kill@41', calls: 120, acknowledgeFirst: true };
    const ended = await runChild('write', directory, settings);
    expect(lost(acknowledged(ended), recoverAndRead(directory))).toHaveLength(1);
  }));

test.each([
  'recover.before-truncate=kill',
  'recover.after-truncate=kill',
  'recover.after-write=kill',
  'recover.after-rename=kill',
  'recover.after-watermark=kill',
])('recovery killed at %s and run again gives the same lines once', (failpoints) =>
  inDirectory(async (directory) => {
    const written = await runChild('write', directory, { failpoints: 'journal.before-write=kill@48' });
    const ended = await runChild('recover', directory, { failpoints });
    expect(ended.signal, ended.errors).toBe('SIGKILL');
    const legs = recoverAndRead(directory);
    expect(lost(acknowledged(written), legs)).toEqual([]);
    expect(legs.presumed.length).toBeGreaterThan(0);
    expect(recoverAndRead(directory)).toEqual(legs);
  }),
);

test('a slot whose process lives is refused to a second one and left alone by recovery', () =>
  inDirectory(async (directory) => {
    const looked = Promise.withResolvers<void>();
    const first = runChild('write', directory, {}, looked.promise);
    await expect.poll(() => listJournals(join(directory, 'journals')).length, { timeout: 20_000 }).toBe(1);
    const second = await runChild('write', directory, { calls: 1 });
    expect(second.errors).toContain('already in use by process');
    expect(second.lines).toEqual([]);
    expect(
      recoverJournals({ root: join(directory, 'journals'), now: Date.now, presume: plainPresumed }),
    ).toEqual([]);
    looked.resolve();
    const ended = await first;
    expect(ended.signal).toBe('SIGKILL');
    expect(lost(acknowledged(ended), recoverAndRead(directory))).toEqual([]);
  }));

test('a slot that was killed is taken over with a larger epoch', () =>
  inDirectory(async (directory) => {
    await runChild('write', directory, { failpoints: 'journal.after-write=kill@9' });
    const ended = await runChild('write', directory, { calls: 3 });
    expect(ended.lines.at(-1), ended.errors).toBe('done');
    const [first, second] = listJournals(join(directory, 'journals'));
    expect(second?.epoch).toBeGreaterThan(first?.epoch ?? 0);
    expect(lost(acknowledged(ended), recoverAndRead(directory))).toEqual([]);
  }));
