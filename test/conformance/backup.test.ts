/** A backup of data in use, restored and held against what it was; and what a verification finds. */
import { randomBytes } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { careFor, createDrain, openJournal, openLedger, recoverJournals } from '../../src/ledger/ledger.ts';
import type { Check, MonthTotal } from '../../src/ledger/ledger.ts';
import { openEngine } from '../../src/ledger/stores/engine.ts';
import {
  readSettings,
  dataFiles,
  makeBackup,
  openOffline,
  readFingerprintKey,
  readManifest,
  restoreBackup,
  verifySystem,
} from '../../src/operate/operate.ts';
import type { BackupManifest, Settings, Verification } from '../../src/operate/operate.ts';
import { openRegistry } from '../../src/registry/registry.ts';
import { sampleSettlements } from './ledger-samples.ts';

const SPAN = { fromMs: Date.UTC(2026, 8, 20), toMs: Date.UTC(2026, 9, 10) };
const NOW = Date.UTC(2026, 9, 12);
const nowMs = (): number => NOW;
const MOVED = 300;
const WAITING = 40;
const OPEN = 3;

let root = '';
let data = '';
let backup = '';
let manifest: BackupManifest;
let before: Verification;
/** Settled after the moment of the backup: must not be in it. */
let settledLater: () => Promise<void>;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'setpoint-backup-'));
  data = join(root, 'data');
  backup = join(root, 'backup');
  await makeWorld();
});
afterAll(async () => {
  await settledLater();
  rmSync(root, { recursive: true, force: true });
});

function settingsFor(directory: string): Settings {
  return readSettings({ yamlText: JSON.stringify({ data: directory }), environment: {}, flags: {} });
}

/** Calls in the ledger, calls in a journal, calls under way, a posting, a locked month, decisions; and a backup of it all. */
async function makeWorld(): Promise<void> {
  mkdirSync(data);
  const files = dataFiles(data);
  readFingerprintKey(files.fingerprintKey, randomBytes);
  writeFileSync(join(data, 'master.key'), 'opens every secret');
  writeFileSync(files.rulebook, '{"holds":"credentials"}');
  const registry = await openRegistry({ file: files.registry, nowMs, randomBytes });
  await registry.keys.create({ name: 'support production', team: 'CX' }, 'test');
  const { key } = await registry.keys.create({ name: 'old' }, 'test');
  await registry.keys.revoke(key.id, 'test');
  const ledger = await openLedger({
    place: { kind: 'embedded', path: files.ledger },
    nowMs,
    progress: () => ({ backlogFrames: 0, completeUntilMs: NOW, trouble: '' }),
  });
  const journal = openJournal({ directory: files.journals, slot: 'gateway-1', now: nowMs, ballastBytes: 0 });
  const drain = createDrain({ root: files.journals, stateDirectory: files.drain, sink: ledger, now: nowMs });
  const [posted, ...all] = sampleSettlements(11, 1 + MOVED + WAITING + OPEN, SPAN);
  for (const settlement of all.slice(0, MOVED)) {
    journal.intend(settlement.intent);
    journal.settle(settlement);
  }
  await journal.durable();
  expect(await drain.step()).toMatchObject({ inserted: MOVED, trouble: '' });
  if (posted !== undefined)
    await ledger.post({
      id: 'correction-1',
      postings: [{ settlement: posted, leg: 'settle', source: 'telemetry' }],
    });
  await ledger.lockMonth('2026-09');
  for (const settlement of all.slice(MOVED)) journal.intend(settlement.intent);
  for (const settlement of all.slice(MOVED, MOVED + WAITING)) journal.settle(settlement);
  await journal.durable();
  const care = careFor({ store: ledger, drain, journalRoot: files.journals, drainState: files.drain });
  before = await verifySystem({ care, registry, nowMs });
  const parts = {
    settings: settingsFor(data),
    registry,
    care,
    holdPostings: async <R>(work: () => Promise<R>) => work(),
    version: '0.0.0',
    nowMs,
  };
  manifest = await makeBackup(parts, { directory: backup, withKeys: false });
  settledLater = async () => {
    await journal.close();
    drain.close();
    await ledger.close();
    await registry.close();
  };
  await settledLater();
  settledLater = () => Promise.resolve();
}

function stateOf(checks: readonly Check[], name: string): string | undefined {
  return checks.find((check) => check.name === name)?.state;
}

function sum(months: readonly MonthTotal[], of: 'lines' | 'calls'): number {
  return months.reduce((total, month) => total + month[of], 0);
}

describe('a backup of data in use', () => {
  it('says what it holds, and leaves out what opens secrets and what can be made again', () => {
    expect(before.checks.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(manifest.months).toEqual(before.months);
    expect(manifest.months.map(({ month }) => month)).toEqual(['2026-09', '2026-10']);
    expect(manifest.audit).toEqual(before.audit);
    expect(manifest.waitingFrames).toBe(OPEN + 2 * WAITING); // an intent has a frame and so has its end
    const paths = manifest.files.map(({ path }) => path);
    expect(paths).toContain('fingerprint.key');
    expect(paths.filter((path) => /master\.key|rulebook|\.lock\.\d+\.|ballast|rollup/.test(path))).toEqual(
      [],
    );
    expect(manifest.leftOut.join()).toMatch(/master\.key.*--with-keys/);
    expect(readManifest(backup)).toEqual(manifest);
  });

  it(
    'is restored with equal sums, and what waited or was under way comes in once',
    { timeout: 300_000 },
    async () => {
      const restored = join(root, 'restored');
      const { verification } = await restoreBackup({ backup, data: restored, nowMs, randomBytes });
      expect(verification.checks.filter(({ state }) => state !== 'ok')).toEqual([]);
      expect(verification).toMatchObject({ ok: true, months: before.months, audit: before.audit });
      expect(readFileSync(join(restored, 'fingerprint.key'))).toEqual(
        readFileSync(join(data, 'fingerprint.key')),
      );
      expect(existsSync(join(restored, 'restore-unfinished'))).toBe(false);

      const files = dataFiles(restored);
      expect(recoverJournals({ root: files.journals, now: nowMs })).toMatchObject([
        { presumed: OPEN, damage: [] },
      ]);
      const ledger = await openLedger({
        place: { kind: 'embedded', path: files.ledger },
        nowMs,
        progress: () => ({ backlogFrames: 0, completeUntilMs: 0, trouble: '' }),
      });
      const drain = createDrain({
        root: files.journals,
        stateDirectory: files.drain,
        sink: ledger,
        now: nowMs,
      });
      expect(await drain.step()).toMatchObject({ inserted: WAITING + OPEN, trouble: '', backlogFrames: 0 });
      const care = careFor({ store: ledger, drain, journalRoot: files.journals, drainState: files.drain });
      const after = await care.verify();
      expect(after.checks.filter(({ state }) => state === 'off')).toEqual([]);
      expect(stateOf(after.checks, 'locked months')).toBe('warning'); // some of what waited was of the locked month
      expect(sum(after.months, 'lines')).toBeGreaterThanOrEqual(sum(before.months, 'lines') + WAITING + OPEN);
      drain.close();
      await ledger.close();
    },
  );

  it('is never restored over data', async () => {
    const full = join(root, 'full');
    mkdirSync(full);
    writeFileSync(join(full, 'mine'), '');
    await expect(restoreBackup({ backup, data: full, nowMs, randomBytes })).rejects.toThrow(
      /not empty.*Nothing was changed/,
    );
    expect(readdirSync(full)).toEqual(['mine']);
  });

  it('takes unchanged files from an earlier backup as links', { timeout: 300_000 }, async () => {
    const offline = await openOffline({ data, nowMs, randomBytes });
    const parts = {
      settings: settingsFor(data),
      ...offline,
      holdPostings: async <R>(work: () => Promise<R>) => work(),
      version: '0.0.0',
      nowMs,
    };
    const next = join(root, 'next');
    const made = await makeBackup(parts, { directory: next, withKeys: true, base: backup });
    const refusal = makeBackup(parts, { directory: next, withKeys: false });
    await expect(refusal).rejects.toThrow(/not empty/);
    await expect(makeBackup(parts, { directory: root, withKeys: false })).rejects.toThrow(
      /holds the data themselves/,
    );
    await offline.close();
    const part = made.files.find(({ path }) => path.startsWith('ledger/lines/') && path.endsWith('.bin'));
    expect(statSync(join(next, part?.path ?? '')).nlink).toBe(2);
    expect(made.files.map(({ path }) => path)).toContain('master.key');
    await restoreBackup({ backup: next, data: join(root, 'from-next'), nowMs, randomBytes });
  });
});

describe('a flipped bit', () => {
  const kinds = {
    'the lines': /^ledger\/lines\/.*\.bin$/,
    'the registry': /^registry\.sqlite$/,
    'a journal': /^journal\/.*\.wal$/,
    'what the drain remembers': /\.checkpoint$/,
    'the fingerprint key': /^fingerprint\.key$/,
  };

  function flipped(pattern: RegExp): { directory: string; path: string } {
    const directory = mkdtempSync(join(root, 'flipped-'));
    cpSync(backup, directory, { recursive: true });
    const { path = '' } = manifest.files.find((file) => pattern.test(file.path)) ?? {};
    const bytes = readFileSync(join(directory, path));
    const at = Math.floor(bytes.length / 2);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(join(directory, path), bytes);
    return { directory, path };
  }

  it.each(Object.entries(kinds))('in %s is found, and nothing is restored', async (_, pattern) => {
    const { directory, path } = flipped(pattern);
    const target = join(root, 'never');
    await expect(restoreBackup({ backup: directory, data: target, nowMs, randomBytes })).rejects.toThrow(
      path,
    );
    expect(existsSync(target)).toBe(false);
  });

  it('would go unnoticed without the check', { timeout: 300_000 }, async () => {
    const { directory } = flipped(kinds['the fingerprint key']);
    const target = join(root, 'unchecked');
    await restoreBackup({ backup: directory, data: target, nowMs, randomBytes, check: false });
    expect(readFileSync(join(target, 'fingerprint.key'))).not.toEqual(
      readFileSync(join(data, 'fingerprint.key')),
    );
  });

  it('in the manifest is found too', async () => {
    const directory = mkdtempSync(join(root, 'manifest-'));
    cpSync(backup, directory, { recursive: true });
    const text = readFileSync(join(directory, 'manifest.json'), 'utf8');
    const { cost = '' } = manifest.months[0] ?? {};
    writeFileSync(join(directory, 'manifest.json'), text.replace(cost, '1'));
    await expect(
      restoreBackup({ backup: directory, data: join(root, 'never'), nowMs, randomBytes }),
    ).rejects.toThrow(/manifest was changed/);
    writeFileSync(join(directory, 'manifest.json'), text.replace('"format": 1', '"format": 2'));
    await expect(
      restoreBackup({ backup: directory, data: join(root, 'never'), nowMs, randomBytes }),
    ).rejects.toThrow(/newer Setpoint made it/);
  });
});

describe('a verification finds', () => {
  /** What it says of the data after someone has changed them beside Setpoint. */
  async function verified(change: { statement?: string; decision?: string }): Promise<Verification> {
    const directory = mkdtempSync(join(root, 'tampered-'));
    cpSync(data, directory, { recursive: true });
    const files = dataFiles(directory);
    if (change.decision !== undefined) {
      const database = new DatabaseSync(files.registry);
      database.exec(change.decision);
      database.close();
    }
    if (change.statement !== undefined) {
      const engine = await openEngine({ kind: 'embedded', path: files.ledger });
      try {
        await engine.run(change.statement);
      } finally {
        await engine.close();
      }
    }
    const offline = await openOffline({ data: directory, nowMs, randomBytes });
    try {
      return await verifySystem({ ...offline, nowMs });
    } finally {
      await offline.close();
    }
  }
  const settings = 'SETTINGS mutations_sync = 1';
  const one =
    "journal LIKE 'gateway%' AND sequence = (SELECT min(sequence) FROM setpoint.lines WHERE journal LIKE 'gateway%')";

  it('nothing where nothing was changed', { timeout: 300_000 }, async () => {
    const { ok, checks } = await verified({});
    expect([ok, checks.filter(({ state }) => state !== 'ok')]).toEqual([true, []]);
  });

  it.each([
    ['a line that was taken out', 'journals', `ALTER TABLE setpoint.lines DELETE WHERE ${one} ${settings}`],
    [
      'a line of a posting that was taken out',
      'postings',
      `ALTER TABLE setpoint.lines DELETE WHERE startsWith(journal, 'post:') ${settings}`,
    ],
    [
      'a line that is there twice',
      'once',
      `INSERT INTO setpoint.lines SELECT * FROM setpoint.lines WHERE ${one}`,
    ],
    [
      'an attempt that is charged twice',
      'attempts',
      `INSERT INTO setpoint.lines SELECT * REPLACE (sequence + 100000 AS sequence) FROM setpoint.lines WHERE attempt_id = (SELECT attempt_id FROM setpoint.lines WHERE source = '' ORDER BY sequence LIMIT 1)`,
    ],
    [
      'a cost that was changed',
      'costs',
      `ALTER TABLE setpoint.lines UPDATE cost = cost + 1 WHERE notEmpty(priced.cost) ${settings}`,
    ],
    [
      'a rate that was changed',
      'prices',
      `ALTER TABLE setpoint.lines UPDATE "priced.rate" = arrayMap(x -> x + 1, "priced.rate") WHERE notEmpty(priced.cost) ${settings}`,
    ],
    [
      'a locked month that was changed',
      'locked months',
      `ALTER TABLE setpoint.lines DELETE WHERE toYYYYMM(started_at) = 202609 AND NOT simulated ${settings}`,
    ],
  ] as const)('%s', { timeout: 300_000 }, async (_, name, statement) => {
    const { ok, checks } = await verified({ statement });
    expect([ok, stateOf(checks, name)]).toEqual([false, 'off']);
    expect(checks.find((check) => check.name === name)?.detail).toMatch(/\. /);
  });

  it('a decision that was changed beside Setpoint', { timeout: 300_000 }, async () => {
    const { ok, checks } = await verified({ decision: "update keys set name = 'mine' where name = 'old'" });
    expect([ok, stateOf(checks, 'audit')]).toEqual([false, 'off']);
  });
});
