/**
 * A backup of everything that cannot be made again, while calls are served.
 *
 * Postings stand still meanwhile: first the ledger's moment is held, then the registry's, so that what the registry says was
 * posted is in the copy, and what it only planned is posted again under the same id. Derived files are left out.
 */
import { existsSync } from 'node:fs';
import { cp, link, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';

import type { LedgerCare } from '../../ledger/ledger.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Settings } from '../settings.ts';
import { describeFiles, readManifest, writeManifest } from './manifest.ts';
import type { BackupFile, BackupManifest } from './manifest.ts';

export interface BackupParts {
  readonly settings: Settings;
  readonly registry: Pick<Registry, 'copyTo' | 'verifyAudit' | 'level'>;
  readonly care: Pick<LedgerCare, 'copyTo'>;
  /** Runs work while nothing is posted. */
  readonly holdPostings: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Of this program. */
  readonly version: string;
  readonly nowMs: () => number;
}

export interface BackupAsk {
  /** Absolute; absent or empty. */
  readonly directory: string;
  /** Key files too, by which sealed secrets can be opened. */
  readonly withKeys: boolean;
  /** An earlier backup: files that did not change are links to its files. Undefined: every file is a copy. */
  readonly base?: string | undefined;
}

/** Made elsewhere in the copy, or made again from it. */
const OTHERWISE: ReadonlySet<string> = new Set(['ledger', 'journal', 'drain', 'backups', 'supervisor.json']);
/** Holds providers' credentials, and control writes it anew at the next start. */
const DERIVED = 'rulebook.json';
const REGISTRY = /^registry\.sqlite(-wal|-shm)?$/;
/** Fingerprints begin anew without it, and it opens no secret. */
const FINGERPRINT_KEY = 'fingerprint.key';

/** @throws Error that says what to do; then nothing of it is left. */
export async function makeBackup(parts: BackupParts, ask: BackupAsk): Promise<BackupManifest> {
  const directory = resolve(ask.directory);
  await refuseUnfit(parts.settings.data, directory);
  const base =
    ask.base === undefined ? undefined : { directory: resolve(ask.base), manifest: readManifest(ask.base) };
  const wasThere = existsSync(directory);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  try {
    const madeAt = new Date(parts.nowMs()).toISOString();
    const { copy, audit } = await parts.holdPostings(() => copyStores(parts, directory));
    const leftOut = await copyRest(parts.settings, directory, ask.withKeys);
    const files = await describeFiles(directory);
    if (base !== undefined) await linkUnchanged(files, directory, base);
    const manifest: BackupManifest = {
      kind: 'setpoint-backup',
      format: 1,
      madeAt,
      version: parts.version,
      schema: { ledger: copy.schema, registry: parts.registry.level },
      months: copy.months,
      waitingFrames: copy.waitingFrames,
      audit,
      withKeys: ask.withKeys,
      leftOut,
      files,
    };
    await syncAll(directory, files);
    await writeManifest(directory, manifest);
    return manifest;
  } catch (fault) {
    await removeContents(directory, !wasThere);
    throw fault;
  }
}

async function refuseUnfit(data: string, directory: string): Promise<void> {
  const own = resolve(data);
  if (directory === own || own.startsWith(`${directory}${sep}`))
    throw new RangeError(
      `${directory} holds the data themselves. Nothing was written. Name another directory.`,
    );
  if (directory.startsWith(`${own}${sep}`) && !directory.startsWith(join(own, 'backups') + sep))
    throw new RangeError(
      `${directory} lies inside the data directory. Nothing was written. Name a directory elsewhere, best on another disk.`,
    );
  if (existsSync(directory) && (await readdir(directory)).length > 0)
    throw new RangeError(
      `${directory} is not empty. Nothing was written. Name a directory that is new or empty.`,
    );
}

async function copyStores({ care, registry }: BackupParts, directory: string) {
  const copy = await care.copyTo(directory);
  await registry.copyTo(join(directory, 'registry.sqlite'));
  const verdict = await registry.verifyAudit();
  if (verdict.kind === 'broken')
    throw new Error(
      `The audit chain is broken at ${verdict.seq} (${verdict.reason}), so a backup of it would be one of changed decisions. ` +
        'Nothing was written. Restore an earlier backup, or find out with "setpoint verify" what was changed.',
    );
  return { copy, audit: { seq: verdict.head.seq, hash: verdict.head.hash } };
}

const HOST_ID = 'host-id';

/** @returns what was left out, in words. */
async function copyRest(settings: Settings, directory: string, withKeys: boolean): Promise<string[]> {
  const leftOut: string[] = ['rulebook.json: control writes it anew, and it holds credentials'];
  for (const entry of await readdir(settings.data, { withFileTypes: true })) {
    const { name } = entry;
    // A socket belongs to a running process, the host's id to this machine: two machines of one id would mix their journals.
    if (entry.isSocket() || name === HOST_ID) continue;
    if (OTHERWISE.has(name) || name === DERIVED || REGISTRY.test(name) || /\.new$|\.\d+$/.test(name))
      continue;
    if (name.endsWith('.key') && name !== FINGERPRINT_KEY && !withKeys) {
      leftOut.push(`${name}: it opens sealed secrets; keep it elsewhere, or back up with --with-keys`);
      continue;
    }
    await cp(join(settings.data, name), join(directory, name), { recursive: true, preserveTimestamps: true });
  }
  // Places of secrets, never secrets: what the data were run with, for a person to compare.
  await writeFile(join(directory, 'settings.json'), `${JSON.stringify(settings, null, 2)}\n`, {
    mode: 0o600,
  });
  return leftOut;
}

async function linkUnchanged(
  files: readonly BackupFile[],
  directory: string,
  base: { readonly directory: string; readonly manifest: BackupManifest },
): Promise<void> {
  const before = new Map(base.manifest.files.map((file) => [file.sha256, file]));
  for (const { path, bytes, sha256 } of files) {
    const same = before.get(sha256);
    if (same?.bytes !== bytes || bytes === 0) continue;
    const aside = join(directory, `${path}.link`);
    try {
      await link(join(base.directory, same.path), aside);
      await rename(aside, join(directory, path));
    } catch {
      return; // another file system: then every file is a copy
    }
  }
}

/** A backup that a power cut can empty is none. */
async function syncAll(directory: string, files: readonly BackupFile[]): Promise<void> {
  for (const { path } of files) {
    const file = await open(join(directory, path), 'r');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

async function removeContents(directory: string, itself: boolean): Promise<void> {
  if (itself) return rm(directory, { recursive: true, force: true });
  for (const name of await readdir(directory))
    await rm(join(directory, name), { recursive: true, force: true });
}
