/**
 * Gateways that are replaced end in order, and the drain removes their journals while recovery looks for dead ones. Recovery
 * then told of damage where nothing was lost, and left a new segment behind.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, unlinkSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { openJournal, recoverJournals } from '../../src/ledger/ledger.ts';
import { someIntent, someSettlement } from '../chaos/journal-world.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'setpoint-removed-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** A journal whose segments are gone and whose watermark is still there: the drain is between two files. */
async function halfRemoved(): Promise<string> {
  mkdirSync(root, { recursive: true });
  const journal = openJournal({ directory: root, slot: 'gateway-1', now: Date.now, ballastBytes: 0 });
  journal.intend(someIntent('a1'));
  journal.settle(someSettlement(someIntent('a1')));
  await journal.close();
  const directory = join(root, journal.id);
  for (const name of readdirSync(directory)) if (name.endsWith('.wal')) unlinkSync(join(directory, name));
  return directory;
}

test('a journal that is being removed is left alone', async () => {
  const directory = await halfRemoved();
  expect(recoverJournals({ root, now: Date.now })).toEqual([]);
  expect(readdirSync(directory)).toEqual(['synced']);
});

test('a journal whose segments have been gone for a while is damaged', async () => {
  const directory = await halfRemoved();
  const before = Date.now() / 1_000 - 60;
  utimesSync(directory, before, before);
  expect(recoverJournals({ root, now: Date.now })).toMatchObject([
    { damage: [{ kind: 'frames', firstMissing: 1, lastMissing: 3 }] },
  ]);
});
