/** What a backup says of itself: every file with its digest, and the sums that a restored ledger must have. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

import type { Check, MonthTotal } from '../../ledger/ledger.ts';

export interface BackupManifest {
  readonly kind: 'setpoint-backup';
  readonly format: 1;
  readonly madeAt: string;
  /** Of the program that made it. */
  readonly version: string;
  readonly schema: { readonly ledger: number; readonly registry: number };
  /** Sums of the copied ledger, by month. */
  readonly months: readonly MonthTotal[];
  /** Frames of journals that were copied because the ledger did not have them yet. */
  readonly waitingFrames: number;
  /** The head of the audit chain. */
  readonly audit: { readonly seq: number; readonly hash: string };
  /** Whether key files are in it (`--with-keys`). */
  readonly withKeys: boolean;
  /** What was left out, and why. */
  readonly leftOut: readonly string[];
  readonly files: readonly BackupFile[];
}

export interface BackupFile {
  /** With `/` between folders. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export const MANIFEST = 'manifest.json';
/** The digest of the manifest: its sums are as good as its files. */
const MANIFEST_DIGEST = 'manifest.sha256';

export function isBackup(directory: string): boolean {
  return existsSync(join(directory, MANIFEST));
}

/** Written last, so that a backup without it is known to be unfinished. */
export async function writeManifest(directory: string, manifest: BackupManifest): Promise<void> {
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  await writeSynced(join(directory, MANIFEST_DIGEST), `${digestOf(text)}  ${MANIFEST}\n`);
  await writeSynced(join(directory, MANIFEST), text);
}

/** @throws Error that says what is wrong with it, and that a newer Setpoint made it where one did. */
export function readManifest(directory: string): BackupManifest {
  const text = readText(join(directory, MANIFEST));
  if (text === undefined)
    throw new Error(
      `${directory} holds no finished backup: there is no ${MANIFEST}. Nothing was changed. Name the directory that "setpoint backup" wrote.`,
    );
  let found: Partial<BackupManifest> | undefined;
  try {
    found = JSON.parse(text) as Partial<BackupManifest>;
  } catch {
    found = undefined;
  }
  if (found?.kind !== 'setpoint-backup' || typeof found.format !== 'number')
    throw new Error(`${join(directory, MANIFEST)} is damaged. Nothing was changed. Use another backup.`);
  if (found.format > 1)
    throw new Error(
      `This backup has format ${String(found.format)} and this Setpoint knows only 1: a newer Setpoint made it. Nothing was changed. Use the newer version.`,
    );
  return found as BackupManifest;
}

/** Every file against its digest, and no file beside them. */
export async function checkFiles(directory: string, manifest: BackupManifest): Promise<Check[]> {
  const said = readText(join(directory, MANIFEST_DIGEST))?.slice(0, 64);
  const whole = said === digestOf(readText(join(directory, MANIFEST)) ?? '');
  const wrong: string[] = [];
  for (const { path, bytes, sha256 } of manifest.files) {
    const file = join(directory, path);
    const size = await stat(file).then(
      (found) => found.size,
      () => -1,
    );
    if (size !== bytes || (await digestOfFile(file)) !== sha256)
      wrong.push(size === -1 ? `${path} is gone` : path);
  }
  const known = new Set([...manifest.files.map(({ path }) => path), MANIFEST, MANIFEST_DIGEST]);
  const strange = (await listFiles(directory)).filter((path) => !known.has(path));
  return [
    whole
      ? { name: 'manifest', state: 'ok', detail: `made ${manifest.madeAt} by ${manifest.version}` }
      : {
          name: 'manifest',
          state: 'off',
          detail: 'the manifest was changed after it was written; its sums cannot be trusted',
        },
    wrong.length === 0
      ? { name: 'files', state: 'ok', detail: `${manifest.files.length} files are what they were` }
      : {
          name: 'files',
          state: 'off',
          detail: `${wrong.length} of ${manifest.files.length} files are not what was backed up (${wrong.slice(0, 5).join(', ')}). What they hold cannot be restored from here: use another backup.`,
        },
    ...(strange.length === 0
      ? []
      : [
          {
            name: 'other files',
            state: 'warning' as const,
            detail: `${strange.length} files are not part of the backup and are ignored (${strange.slice(0, 5).join(', ')})`,
          },
        ]),
  ];
}

export async function describeFiles(directory: string): Promise<BackupFile[]> {
  const files: BackupFile[] = [];
  for (const path of await listFiles(directory)) {
    const file = join(directory, path);
    files.push({ path, bytes: (await stat(file)).size, sha256: await digestOfFile(file) });
  }
  return files;
}

async function listFiles(directory: string): Promise<string[]> {
  const found = await readdir(directory, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .toSorted();
}

async function digestOfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function readText(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
