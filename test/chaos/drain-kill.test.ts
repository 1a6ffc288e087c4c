import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recoverJournals } from '../../src/ledger/journal/recover.ts';
import { acknowledged, runChild } from './journal-processes.ts';
import { doubled, inDirectory, legs, plainPresumed, TokenSink } from './journal-world.ts';

test.each([
  'drain.before-freeze=kill@2',
  'drain.after-freeze=kill@2',
  'drain.after-insert=kill@2',
  'drain.after-checkpoint-write=kill@2',
  'drain.after-checkpoint=kill@2',
  'drain.after-remove-segment=kill',
  'drain.after-remove-journal=kill',
])('a drain process killed at %s and started again moves each line exactly once', (failpoints) =>
  inDirectory(async (directory) => {
    const written = await runChild('write', directory, { failpoints: 'journal.before-write=kill@260' });
    recoverJournals({ root: join(directory, 'journals'), now: Date.now, presume: plainPresumed });
    const killed = await runChild('drain', directory, { failpoints });
    expect(killed.signal, killed.errors).toBe('SIGKILL');
    const ended = await runChild('drain', directory);
    expect(ended.lines, ended.errors).toEqual(['done']);
    const { rows } = new TokenSink(join(directory, 'ledger'));
    const there = new Set(legs(rows));
    expect(acknowledged(written).filter((attempt) => !there.has(`${attempt} settle`))).toEqual([]);
    expect(doubled(rows)).toEqual([]);
    expect(legs(rows).some((leg) => leg.endsWith('presume'))).toBe(true);
  }),
);
