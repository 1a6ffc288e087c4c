import { copyFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Disk } from '../../src/ledger/journal/disk.ts';
import { realDisk } from '../../src/ledger/journal/disk.ts';
import { recoverJournals } from '../../src/ledger/journal/recover.ts';
import { HEADER_BYTES, listJournals, listSegments, segmentPath } from '../../src/ledger/journal/segment.ts';
import { openJournal } from '../../src/ledger/journal/writer.ts';
import {
  inDirectory,
  plainLines,
  plainPresumed,
  readJournal,
  someIntent,
  someSettlement,
} from './journal-world.ts';

const diskWithoutSync: Disk = { ...realDisk, syncNow: () => undefined, syncDirectory: () => undefined };

/** A journal of a few calls, two of them open, in one segment or in several. */
async function smallJournal(
  root: string,
  ask: { calls: number; segmentBytes?: number; open?: boolean },
): Promise<string> {
  const journal = openJournal({
    directory: root,
    slot: 'gateway-1',
    now: () => 1_000,
    ballastBytes: 0,
    lines: plainLines,
    segmentBytes: ask.segmentBytes ?? 1_000_000,
  });
  for (let call = 0; call < ask.calls; call += 1) {
    const intent = someIntent(`a${call}`);
    journal.intend(intent);
    if (ask.open !== true || call % 2 === 0) journal.settle(someSettlement(intent));
  }
  await journal.close();
  return join(root, journal.id);
}

const recover = (root: string): ReturnType<typeof recoverJournals> =>
  recoverJournals({ root, now: () => 2_000, disk: diskWithoutSync, presume: plainPresumed });

test('cut at any byte, a journal recovers to the whole frames before it, and what was open is presumed once', () =>
  inDirectory(async (original) => {
    const source = await smallJournal(original, { calls: 2, open: true });
    const path = segmentPath(source, 1);
    const bytes = readFileSync(path);
    const { frames } = readJournal(source);
    for (let length = 0; length < bytes.length; length += 1) {
      await inDirectory((root) => {
        const directory = join(root, 'gateway-1-1000');
        mkdirSync(directory);
        copyFileSync(path, segmentPath(directory, 1));
        truncateSync(segmentPath(directory, 1), length);
        const prefix = readJournal(directory).frames;
        expect(prefix).toEqual(frames.slice(0, prefix.length));
        recover(root);
        const after = readJournal(directory);
        expect(after.damage).toEqual([]);
        expect(after.frames.slice(0, prefix.length)).toEqual(prefix);
        const open = new Set(
          prefix.filter((frame) => frame.type === 'intent').map((frame) => frame.sequence),
        );
        for (const frame of prefix) open.delete(frame.reference);
        const added = after.frames.slice(prefix.length);
        expect(added.map((frame) => [frame.type, frame.reference])).toEqual([
          ...[...open].map((sequence) => ['presume', sequence]),
          ['seal', 0],
        ]);
        if (length % 8 > 0) return;
        expect(recover(root)).toEqual([]);
        expect(readJournal(directory)).toEqual(after);
      });
    }
  }));

test('any single flipped bit is noticed and never read as another frame', () =>
  inDirectory(async (root) => {
    const directory = await smallJournal(root, { calls: 2 });
    const path = segmentPath(directory, 1);
    const original = readFileSync(path);
    const { frames } = readJournal(directory, 5);
    expect(frames).toHaveLength(5);
    const known = new Set(frames.map((frame) => JSON.stringify(frame)));
    for (let bit = 0; bit < original.length * 8; bit += 1) {
      const flipped = Buffer.from(original);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      writeFileSync(path, flipped);
      const read = readJournal(directory, 5);
      if (!read.frames.every((frame) => known.has(JSON.stringify(frame))))
        expect.fail(`bit ${bit} made another frame`);
      if (read.damage.length === 0 && read.frames.length === frames.length)
        expect.fail(`bit ${bit} went unnoticed`);
      if (read.frames.length < frames.length - 1) expect.fail(`bit ${bit} took more than its own frame`);
    }
  }));

test('a bad frame in the middle is reported, and reading goes on behind it, also over segments', () =>
  inDirectory(async (root) => {
    const directory = await smallJournal(root, { calls: 12, segmentBytes: 4_000 });
    expect(listSegments(directory).length).toBeGreaterThan(2);
    const path = segmentPath(directory, 2);
    const bytes = readFileSync(path);
    bytes.fill(0, HEADER_BYTES + 10, bytes.length); // the rest of a whole segment is gone
    writeFileSync(path, bytes);
    const all = readJournal(directory, 25);
    const missing = all.damage.map((found) =>
      found.kind === 'frames' ? found.lastMissing - found.firstMissing + 1 : 0,
    );
    expect(missing).toHaveLength(1);
    expect(all.frames.length + (missing[0] ?? 0)).toBe(25);
  }));

test('frames behind a bad one in an unsynced tail are cut off and kept aside', () =>
  inDirectory(async (root) => {
    const directory = await smallJournal(root, { calls: 3 });
    rmSync(join(directory, 'synced'));
    const path = segmentPath(directory, 1);
    const bytes = readFileSync(path);
    bytes[HEADER_BYTES + 30] = 0;
    writeFileSync(path, bytes.subarray(0, bytes.length - 25)); // without its seal
    const [report] = recover(root);
    expect(report?.cutBytes).toBe(bytes.length - 25 - HEADER_BYTES);
    expect(readFileSync(report?.keptAt ?? '').length).toBe(report?.cutBytes);
    expect(readJournal(directory).frames.map((frame) => frame.type)).toEqual(['seal']);
  }));

test('frames that were synced are never cut: damage among them is reported and their sequences are not used again', () =>
  inDirectory(async (root) => {
    const directory = await smallJournal(root, { calls: 3, open: true });
    const path = segmentPath(directory, 1);
    const bytes = readFileSync(path);
    bytes[bytes.length - 5] = 0; // in the last settlement
    writeFileSync(path, bytes);
    const last = 5;
    const [report] = recover(root);
    expect(report?.damage).toEqual([{ kind: 'frames', segment: 1, firstMissing: last, lastMissing: last }]);
    expect(report?.presumed).toBe(2); // the one that was open, and the one whose settlement is gone
    expect(readJournal(directory).frames.map((frame) => frame.sequence)).toEqual([1, 2, 3, 4, 6, 7, 8]);
  }));

test('a journal of a newer format is not touched', () =>
  inDirectory(async (root) => {
    const directory = await smallJournal(root, { calls: 1, open: true });
    const path = segmentPath(directory, 1);
    const bytes = readFileSync(path);
    bytes.writeUInt32LE(2, 8);
    const { crc32 } = await import('node:zlib');
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 156)), 156);
    writeFileSync(path, bytes.subarray(0, bytes.length - 25));
    expect(() => readJournal(directory)).toThrow('has format 2');
    expect(() => recover(root)).toThrow('has format 2');
    expect(listJournals(root)).toHaveLength(1);
    expect(readFileSync(path)).toHaveLength(bytes.length - 25);
  }));
