import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readJournal, someIntent, someSettlement } from '../../../test/chaos/journal-world.ts';
import { createFailpoints } from '../failpoints.ts';
import { encodeLines, encodePresumed } from '../line.ts';
import { MAXIMUM_FRAME_BYTES } from './frame.ts';
import { decodeIntent, encodeIntent } from './intents.ts';
import { JournalError, ownerIsAlive, thisOwner } from './owner.ts';
import { PRESUMED_REASON, recoverJournals } from './recover.ts';
import { listJournals, listSegments, readWatermark } from './segment.ts';
import type { Journal, JournalSettings } from './writer.ts';
import { openJournal } from './writer.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'writer-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const open = (more: Partial<JournalSettings> = {}): Journal =>
  openJournal({ directory: root, slot: 'gateway-1', now: () => 5_000, ballastBytes: 0, ...more });

test('what is recorded is read back: the intent, then the rows of its settlement unparsed, then the seal', async () => {
  const journal = open();
  const intent = someIntent('a1', { feature: 'bücher' });
  journal.intend(intent);
  expect(journal.openAttempts()).toBe(1);
  expect(journal.settle(someSettlement(intent))).toEqual({ kind: 'recorded' });
  await journal.close();
  const { frames, damage } = readJournal(join(root, journal.id));
  expect(damage).toEqual([]);
  expect(frames.map(({ sequence, type, reference }) => [sequence, type, reference])).toEqual([
    [1, 'intent', 0],
    [2, 'settle', 1],
    [3, 'seal', 0],
  ]);
  expect(decodeIntent(frames[0]?.text ?? '')).toEqual(intent);
  expect(frames[1]?.text).toBe(encodeLines(someSettlement(intent), { journal: journal.id, sequence: 2 }));
});

test('an attempt that is open at the close is presumed by recovery, with the row of its intent', async () => {
  const journal = open();
  journal.intend(someIntent('a1'));
  await journal.close();
  const [report] = recoverJournals({ root, now: () => 6_000 });
  expect(report).toMatchObject({ journal: journal.id, presumed: 1, cutBytes: 0, damage: [] });
  const { frames } = readJournal(join(root, journal.id));
  expect(frames.map((frame) => frame.type)).toEqual(['intent', 'presume', 'seal']);
  expect(frames[1]?.text).toBe(
    encodePresumed(someIntent('a1'), { journal: journal.id, sequence: 2 }, PRESUMED_REASON),
  );
  expect(readWatermark(join(root, journal.id))).toBe(3);
});

test('an intent survives its encoding, whatever its money and its words', () => {
  const money = fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n });
  const cost = fc.oneof(
    fc.record({
      kind: fc.constant('unpriced' as const),
      missing: fc.constantFrom(['freshIn'] as const, [] as const),
    }),
    fc.record({
      kind: fc.constant('priced' as const),
      total: money,
      buckets: fc.array(
        fc.record({ bucket: fc.constant('freshIn' as const), units: fc.nat(), rate: money, cost: money }),
      ),
    }),
  );
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.dictionary(fc.string(), fc.string()),
      cost,
      (attempt, tags, presumed) => {
        const intent = {
          ...someIntent(attempt, { ...tags }),
          presumed: { usage: { freshIn: 3 }, cost: presumed },
        };
        expect(decodeIntent(encodeIntent(intent))).toEqual(intent);
      },
    ),
  );
});

test('a second writer of a slot is refused, and taken in after the first has closed', async () => {
  const first = open();
  expect(() => open()).toThrow(JournalError);
  expect(() => open()).toThrow(/already in use by process \d+.*nothing was changed/s);
  await first.close();
  const second = open();
  expect(second.id).toBe('gateway-1-5001'); // the clock stood still; the epoch did not
  await second.close();
});

test('an epoch is never used twice, also when its journal is gone and the clock went back', async () => {
  const first = open();
  await first.close();
  rmSync(join(root, first.id), { recursive: true });
  const second = open({ now: () => 10 });
  expect(second.id).toBe('gateway-1-5001');
  await second.close();
});

test('a settlement that is too large is a value, and the shorter one is recorded', async () => {
  const journal = open();
  const intent = someIntent('a1');
  journal.intend(intent);
  const settlement = someSettlement(intent);
  for (const responseId of ['x'.repeat(MAXIMUM_FRAME_BYTES + 1), 'é'.repeat(MAXIMUM_FRAME_BYTES / 2)]) {
    expect(journal.settle({ ...settlement, responseId })).toEqual({
      kind: 'too_large',
      maximumBytes: MAXIMUM_FRAME_BYTES,
    });
  }
  expect(journal.settle(settlement)).toEqual({ kind: 'recorded' });
  await journal.close();
  expect(readJournal(join(root, journal.id)).frames.map((frame) => frame.type)).toEqual([
    'intent',
    'settle',
    'seal',
  ]);
});

test('an intent that does not fit is refused before anything is sent', async () => {
  const journal = open();
  expect(() => journal.intend(someIntent('a1', { note: 'x'.repeat(MAXIMUM_FRAME_BYTES) }))).toThrow(
    'so it was not sent',
  );
  expect(journal.openAttempts()).toBe(0);
  await journal.close();
});

test('settling twice, or without an intent, is a broken promise and records nothing', async () => {
  const journal = open();
  const intent = someIntent('a1');
  journal.intend(intent);
  journal.settle(someSettlement(intent));
  expect(() => journal.settle(someSettlement(intent))).toThrow('settled twice');
  await journal.close();
  expect(readJournal(join(root, journal.id)).frames).toHaveLength(3);
});

test('segments roll at their size and are read through as one', async () => {
  const journal = open({ segmentBytes: 5_000 });
  for (let call = 0; call < 40; call += 1) {
    const intent = someIntent(`a${call}`);
    journal.intend(intent);
    journal.settle(someSettlement(intent));
  }
  await journal.close();
  const directory = join(root, journal.id);
  expect(listSegments(directory).length).toBeGreaterThan(5);
  const { frames, damage } = readJournal(directory);
  expect(damage).toEqual([]);
  expect(frames.map((frame) => frame.sequence)).toEqual(Array.from({ length: 81 }, (_, index) => index + 1));
});

test('durable says when the disk has everything, and the sync lag falls to nothing', async () => {
  let nowMs = 5_000;
  const journal = open({ now: () => nowMs, durability: 'strict' });
  journal.intend(someIntent('a1'));
  nowMs += 40;
  expect(journal.syncLagMs()).toBe(40);
  await journal.durable();
  expect(journal.syncLagMs()).toBe(0);
  expect(readWatermark(join(root, journal.id))).toBe(1);
  await journal.close();
});

test('ballast is real disk space, and gone after the close', async () => {
  const journal = open({ ballastBytes: 2_000_000 });
  const directory = join(root, journal.id);
  expect(statSync(join(directory, 'ballast')).size).toBeGreaterThanOrEqual(2_000_000);
  await journal.close();
  expect(readdirSync(directory).toSorted()).toEqual(['000000000001.wal', 'synced']);
});

test('an owner is known by its process and the time it started', () => {
  const owner = thisOwner(1_000);
  expect(ownerIsAlive(owner, 1_000)).toBe(true);
  expect(ownerIsAlive({ ...owner, startedAtTicks: '1' }, 1_000)).toBe(false);
  expect(ownerIsAlive({ ...owner, pid: 2 ** 22 + 1 }, 1_000)).toBe(false);
  expect(ownerIsAlive({ ...owner, boot: 'another' }, 1_000)).toBe(false);
  const elsewhere = { ...owner, namespace: 'pid:[1]', seenAtMs: 1_000 };
  expect(ownerIsAlive(elsewhere, 2_000)).toBe(true);
  expect(ownerIsAlive(elsewhere, 200_000)).toBe(false);
});

test('only names and slots that exist are accepted', () => {
  expect(() => createFailpoints('drain.after-lunch=kill')).toThrow('is no failpoint');
  expect(() => createFailpoints('drain.after-insert=explode')).toThrow('is no failpoint');
  expect(() => open({ slot: '../elsewhere' })).toThrow('cannot name a journal');
  expect(listJournals(root)).toEqual([]);
});
