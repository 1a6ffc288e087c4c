/** A data directory made out of a backup, and proof that it is the one that was backed up. */
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { restoreLedger } from '../../ledger/ledger.ts';
import type { Check, MonthTotal } from '../../ledger/ledger.ts';
import { dataFiles, RESTORING } from '../files.ts';
import { openOffline } from '../offline.ts';
import { verifySystem } from '../verification.ts';
import type { Verification } from '../verification.ts';
import { checkFiles, readManifest } from './manifest.ts';
import type { BackupManifest } from './manifest.ts';

export interface RestoreAsk {
  readonly backup: string;
  /** Absent or empty. */
  readonly data: string;
  readonly nowMs: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Off only to show what the check is for. */
  readonly check?: boolean;
}

export interface Restored {
  readonly manifest: BackupManifest;
  readonly verification: Verification;
}

/**
 * Restores into an empty directory and verifies what came of it.
 * @throws Error that says what to do; then the directory is as it was.
 */
export async function restoreBackup(ask: RestoreAsk): Promise<Restored> {
  const manifest = readManifest(ask.backup);
  if (existsSync(ask.data) && (await readdir(ask.data)).length > 0)
    throw new Error(
      `${ask.data} is not empty, and a restore never overwrites data. Nothing was changed. Name an empty directory with --data, or move that one away.`,
    );
  if (ask.check !== false) {
    const wrong = (await checkFiles(ask.backup, manifest)).filter(({ state }) => state === 'off');
    if (wrong.length > 0)
      throw new Error(
        `This backup is damaged, so nothing was restored. ${wrong.map(({ detail }) => detail).join(' ')}`,
      );
  }
  const wasThere = existsSync(ask.data);
  await mkdir(ask.data, { recursive: true, mode: 0o700 });
  try {
    await writeFile(join(ask.data, RESTORING), `from ${manifest.madeAt}\n`);
    await copyIn(ask.backup, ask.data, manifest);
    await restoreLedger(join(ask.backup, 'ledger'), dataFiles(ask.data).ledger);
    const verification = await verifyRestored(ask, manifest);
    await rm(join(ask.data, RESTORING));
    return { manifest, verification };
  } catch (fault) {
    for (const name of await readdir(ask.data))
      await rm(join(ask.data, name), { recursive: true, force: true });
    if (!wasThere) await rm(ask.data, { recursive: true, force: true });
    throw fault;
  }
}

async function copyIn(backup: string, data: string, manifest: BackupManifest): Promise<void> {
  for (const { path } of manifest.files) {
    if (path.startsWith('ledger/') || path === 'settings.json') continue;
    if (path.split('/').includes('..')) throw new Error(`the manifest names "${path}", which lies outside`);
    await cp(join(backup, path), join(data, path), { preserveTimestamps: true });
  }
  const { journals, drain } = dataFiles(data);
  for (const directory of [journals, drain]) await mkdir(directory, { recursive: true, mode: 0o750 });
}

/** The sums must be those of the manifest before anything else happens to the ledger. */
async function verifyRestored(ask: RestoreAsk, manifest: BackupManifest): Promise<Verification> {
  const offline = await openOffline(ask);
  try {
    const verification = await verifySystem({ ...offline, anchor: manifest.audit, nowMs: ask.nowMs });
    const sums = compareMonths(manifest.months, verification.months);
    return {
      ...verification,
      checks: [sums, ...verification.checks],
      ok: verification.ok && sums.state === 'ok',
    };
  } finally {
    await offline.close();
  }
}

function compareMonths(backed: readonly MonthTotal[], restored: readonly MonthTotal[]): Check {
  const of = (months: readonly MonthTotal[]): Map<string, string> =>
    new Map(months.map((one) => [one.month, `${one.lines} lines, ${one.calls} calls, $${one.cost}`]));
  const [was, is] = [of(backed), of(restored)];
  const astray = [...new Set([...was.keys(), ...is.keys()])].filter(
    (month) => was.get(month) !== is.get(month),
  );
  if (astray.length === 0)
    return {
      name: 'sums',
      state: 'ok',
      detail: `the sums of ${backed.length} months are those of the backup`,
    };
  const words = astray.map(
    (month) => `${month}: ${was.get(month) ?? 'nothing'} backed up, ${is.get(month) ?? 'nothing'} restored`,
  );
  return {
    name: 'sums',
    state: 'off',
    detail: `Sums differ from the backup: ${words.join('; ')}. Do not use this directory.`,
  };
}
