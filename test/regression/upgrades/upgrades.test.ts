/**
 * Data of earlier versions, made by their own code (`make-golden.ts`): today's opens them, answers the same, and takes in what
 * they had not yet moved. A version that is newer than today's is refused and nothing of it is changed.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';

import { afterEach, describe, expect, it } from 'vitest';

import { createDrain, openLedger, recoverJournals } from '../../../src/ledger/ledger.ts';
import type { AnswerRow, Figures } from '../../../src/ledger/question.ts';
import { openEngine } from '../../../src/ledger/stores/engine.ts';
import { dataFiles, openOffline, readRulebook, verifySystem } from '../../../src/operate/operate.ts';
import { openRegistry } from '../../../src/registry/registry.ts';
import { NEWEST_LEVEL } from '../../../src/registry/migrations.ts';
import { openRulebook, unsealRulebook } from '../../../src/rulebook/rulebook.ts';
import { FULL } from './make-golden.ts';

interface Expected {
  readonly rows: readonly AnswerRow[];
  readonly total: Figures;
  readonly waiting: number;
  readonly open: number;
  readonly registry: {
    readonly keys: ReadonlyArray<{
      readonly id: string;
      readonly name: string;
      readonly team: string;
      readonly revoked: boolean;
    }>;
    readonly audit: {
      readonly kind: string;
      readonly entries: number;
      readonly head: { readonly seq: number; readonly hash: string };
    };
  };
}

const VERSIONS = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .toSorted();
const NOW = Date.UTC(2026, 10, 25);
const nowMs = (): number => NOW;
const progress = () => ({ backlogFrames: 0, completeUntilMs: 0, trouble: '' });

const made: string[] = [];
const open: Array<{ close(): Promise<void> }> = [];
/** One process has one ledger open: a test that fails must not hold it. */
function opened<Closable extends { close(): Promise<void> }>(one: Closable): Closable {
  open.push(one);
  return one;
}
afterEach(async () => {
  for (const one of open.splice(0)) await one.close().catch(() => undefined);
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

function unpack(version: string): { files: ReturnType<typeof dataFiles>; data: string; expected: Expected } {
  const data = mkdtempSync(join(tmpdir(), 'setpoint-upgrade-'));
  made.push(data);
  const golden = join(import.meta.dirname, version);
  execFileSync('tar', ['-xzf', join(golden, 'data.tar.gz'), '-C', data]);
  const expected = JSON.parse(readFileSync(join(golden, 'expected.json'), 'utf8')) as Expected;
  return { files: dataFiles(data), data, expected };
}

it('there are data of the landed versions', () => {
  expect(VERSIONS).toEqual(expect.arrayContaining(['inform', 'route-and-observe']));
});

describe.each(VERSIONS)('data of %s', (version) => {
  it('answer the same, and what waited in journals comes in once', { timeout: 300_000 }, async () => {
    const { files, data, expected } = unpack(version);
    const place = { kind: 'embedded', path: files.ledger } as const;
    let ledger = opened(await openLedger({ place, nowMs, progress }));
    const answer = await ledger.ask(FULL);
    expect([answer.rows, answer.total]).toEqual([expected.rows, expected.total]);
    expect(recoverJournals({ root: files.journals, now: nowMs })).toMatchObject([
      { presumed: expected.open, damage: [], cutBytes: 0 },
    ]);
    const drain = createDrain({
      root: files.journals,
      stateDirectory: files.drain,
      sink: ledger,
      now: nowMs,
    });
    expect(await drain.step()).toMatchObject({
      inserted: expected.waiting + expected.open,
      trouble: '',
      missingFrames: 0,
    });
    expect((await ledger.ask(FULL)).total.calls).toBe(
      (expected.total.calls ?? 0) + expected.waiting + expected.open,
    );
    drain.close();
    await ledger.close();
    ledger = opened(await openLedger({ place, nowMs, progress })); // the second opening finds nothing to upgrade
    expect(await ledger.rollupsAgree()).toBe(true);
    await ledger.close();
    const offline = opened(await openOffline({ data, nowMs, randomBytes }));
    const { ok, checks } = await verifySystem({ ...offline, nowMs });
    expect([ok, checks.filter(({ state }) => state !== 'ok')]).toEqual([true, []]);
    await offline.close();
  });

  it('keep their keys and decisions', async () => {
    const { files, expected } = unpack(version);
    const registry = await openRegistry({ file: files.registry, nowMs, randomBytes });
    const keys = (await registry.keys.list()).map(({ id, name, team, revokedAtMs }) => ({
      id,
      name,
      team,
      revoked: revokedAtMs !== undefined,
    }));
    expect(registry.level).toBe(NEWEST_LEVEL);
    expect(keys).toEqual(expected.registry.keys);
    expect(await registry.verifyAudit(expected.registry.audit.head)).toEqual(expected.registry.audit);
    await registry.close();
  });

  it('are obeyed by a gateway', () => {
    const { files } = unpack(version);
    const data = readRulebook(files.rulebook);
    if (data === undefined) throw new Error('there is no rulebook');
    expect(openRulebook(unsealRulebook(data, [])).version).toBe(7);
  });
});

describe('data of a newer version are refused', () => {
  const [version = ''] = VERSIONS.slice(-1);

  it('the ledger', { timeout: 120_000 }, async () => {
    const { files } = unpack(version);
    const place = { kind: 'embedded', path: files.ledger } as const;
    const engine = await openEngine(place);
    await engine.run("INSERT INTO setpoint.schema_version VALUES (99, '', '2027-01-01 00:00:00.000')");
    await engine.close();
    await expect(openLedger({ place, nowMs, progress })).rejects.toThrow(/schema 99.*Nothing was changed/s);
  });

  it('the registry', async () => {
    const { files } = unpack(version);
    const database = new DatabaseSync(files.registry);
    database.exec("insert into migrations (level, name, applied_at) values (99, 'later', '2027-01-01')");
    database.close();
    const before = readFileSync(files.registry);
    await expect(openRegistry({ file: files.registry, nowMs, randomBytes })).rejects.toThrow(
      /level 99.*Nothing was changed/s,
    );
    expect(readFileSync(files.registry)).toEqual(before);
  });

  it('a journal', async () => {
    const { files } = unpack(version);
    const [journal = ''] = readdirSync(files.journals).filter((name) => !name.includes('.lock.'));
    const segment = join(files.journals, journal, '000000000001.wal');
    const bytes = readFileSync(segment);
    bytes.writeUInt32LE(2, 8);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 156)), 156);
    writeFileSync(segment, bytes);
    expect(() => recoverJournals({ root: files.journals, now: nowMs })).toThrow(
      /format 2.*Nothing was changed/s,
    );
    expect(readFileSync(segment)).toEqual(bytes);
  });
});
