import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recoverJournals } from '../../src/ledger/journal/recover.ts';
import { acknowledged, runChild } from './journal-processes.ts';
import { doubled, inDirectory, legs, plainPresumed, TokenSink } from './journal-world.ts';

const source = mkdtempSync(join(tmpdir(), 'drain-kill-'));
let calls: string[] = [];

/** The journal of a process that was killed, recovered; each test drains a copy of it. */
beforeAll(async () => {
  calls = acknowledged(await runChild('write', source, { failpoints: 'journal.before-write=kill@260' }));
  recoverJournals({ root: join(source, 'journals'), now: Date.now, presume: plainPresumed });
});
afterAll(() => rmSync(source, { recursive: true }));

test.each([
  'drain.before-freeze=kill@2',
  'drain.after-freeze=kill@2',
  'drain.after-insert=kill@2',
  'drain.after-checkpoint-write=kill@2',
  'drain.after-checkpoint=kill@2',
  'drain.after-finished=kill',
  'drain.after-remove-segment=kill',
  'drain.after-remove-journal=kill',
])('a drain process killed at %s and started again moves each line exactly once', (failpoints) =>
  inDirectory(async (directory) => {
    cpSync(source, directory, { recursive: true });
    const killed = await runChild('drain', directory, { failpoints });
    expect(killed.signal, killed.errors).toBe('SIGKILL');
    const ended = await runChild('drain', directory);
    expect(ended.lines, ended.errors).toEqual(['done']);
    const { rows } = new TokenSink(join(directory, 'ledger'));
    expect(calls.length).toBeGreaterThan(100); // the journal's process was killed in the middle of its work
    const there = new Set(legs(rows));
    expect(calls.filter((attempt) => !there.has(`${attempt} settle`))).toEqual([]);
    expect(doubled(rows)).toEqual([]);
    expect(legs(rows).some((leg) => leg.endsWith('presume'))).toBe(true);
  }),
);
