/** `setpoint backup|restore|verify`: through the API where it answers, else on the data directory itself. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import packageFile from '../../../package.json' with { type: 'json' };

import type { Backup, Verification } from '../../api/contract/operations.ts';
import { bytesText } from '../../units/figures.ts';
import { CliError, EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';

export interface BackupOptions {
  readonly withKeys?: boolean;
  readonly base?: string;
  readonly data?: string;
}

/** A directory that was named by `--data` is taken as it is, without asking a server about its own. */
export async function runBackup(
  command: Command,
  directory: string | undefined,
  options: BackupOptions,
): Promise<number> {
  const from = command.around.workingDirectory;
  const ask = {
    ...(directory !== undefined && { directory: resolve(from, directory) }),
    withKeys: options.withKeys ?? false,
    ...(options.base !== undefined && { base: resolve(from, options.base) }),
  };
  const made = await reachOr<Backup>(
    command,
    options.data,
    async () => (await command.client()).backUp(ask),
    (data) => backUpOffline(command, data, ask),
  );
  if (isJson(command)) command.print(JSON.stringify(made));
  else command.print(made.directory);
  command.say(
    `Backed up ${made.files} files (${bytesText(made.bytes)}) with ${made.months.reduce((sum, { lines }) => sum + lines, 0)} ledger lines` +
      `${made.waitingFrames === 0 ? '' : `, and ${made.waitingFrames} frames of calls that were on their way there`}. Verify it with "setpoint verify ${made.directory}".`,
  );
  for (const words of made.leftOut) command.say(`Left out: ${words}.`);
  return EXIT.ok;
}

async function backUpOffline(
  command: Command,
  data: string,
  ask: { readonly directory?: string; readonly withKeys: boolean; readonly base?: string },
): Promise<Backup> {
  const { makeBackup, openOffline } = await import('../../operate/operate.ts');
  if (ask.directory === undefined)
    throw new CliError('Name the directory of the backup: setpoint backup <directory>', EXIT.usage);
  const { directory, withKeys, base } = ask;
  const { nowMs } = command.around;
  const settings = { ...(await command.settings()), data };
  const offline = await openOffline({ data, nowMs, randomBytes });
  try {
    const parts = {
      ...offline,
      settings,
      holdPostings: <R>(work: () => Promise<R>): Promise<R> => work(),
      version: packageFile.version,
      nowMs,
    };
    const { files, months, ...rest } = await makeBackup(parts, { directory, withKeys, base });
    return {
      ...rest,
      directory,
      files: files.length,
      bytes: files.reduce((sum, file) => sum + file.bytes, 0),
      months: [...months],
      leftOut: [...rest.leftOut],
    };
  } finally {
    await offline.close();
  }
}

export async function runRestore(
  command: Command,
  backup: string,
  options: { readonly data?: string },
): Promise<number> {
  const { restoreBackup } = await import('../../operate/operate.ts');
  const from = command.around.workingDirectory;
  const data = resolve(from, options.data ?? (await command.settings()).data);
  const { nowMs } = command.around;
  const { manifest, verification } = await restoreBackup({
    backup: resolve(from, backup),
    data,
    nowMs,
    randomBytes,
  });
  const { months, checks, ...rest } = verification;
  show(command, { ...rest, months: [...months], checks: [...checks] });
  command.say(`The backup of ${manifest.madeAt} is restored into ${data}.`);
  if (!manifest.withKeys)
    command.say('It holds no key files: put master.key back where it was, if secrets were sealed with it.');
  command.say('Its settings are in settings.json of the backup, to compare with yours.');
  return verification.ok ? EXIT.ok : EXIT.failure;
}

export async function runVerify(
  command: Command,
  directory: string | undefined,
  options: { readonly data?: string },
): Promise<number> {
  const { isBackup } = await import('../../operate/operate.ts');
  const from = command.around.workingDirectory;
  const named = directory === undefined ? undefined : resolve(from, directory);
  if (named !== undefined && isBackup(named)) return verifyBackup(command, named);
  if (named !== undefined && !existsSync(named))
    throw new CliError(`There is no ${named}. Name a backup or a data directory.`, EXIT.usage);
  const verification = await reachOr<Verification>(
    command,
    named ?? options.data,
    async () => (await command.client()).verification(),
    (data) => verifyOffline(command, data),
  );
  show(command, verification);
  return verification.ok ? EXIT.ok : EXIT.failure;
}

async function verifyBackup(command: Command, directory: string): Promise<number> {
  const { checkFiles, readManifest } = await import('../../operate/operate.ts');
  const manifest = readManifest(directory);
  const checks = await checkFiles(directory, manifest);
  const ok = checks.every(({ state }) => state !== 'off');
  const lines = manifest.months.reduce((sum, month) => sum + month.lines, 0);
  show(command, {
    at: manifest.madeAt,
    ok,
    lines,
    months: [...manifest.months],
    audit: manifest.audit,
    checks,
  });
  return ok ? EXIT.ok : EXIT.failure;
}

async function verifyOffline(command: Command, data: string): Promise<Verification> {
  const { openOffline, verifySystem } = await import('../../operate/operate.ts');
  const { nowMs } = command.around;
  const offline = await openOffline({ data, nowMs, randomBytes });
  try {
    const { months, checks, ...rest } = await verifySystem({ ...offline, nowMs });
    return { ...rest, months: [...months], checks: [...checks] };
  } finally {
    await offline.close();
  }
}

const MARKS = {
  unicode: { ok: '✓', warning: '!', off: '✗', unknown: '?' },
  ascii: { ok: 'ok', warning: '!', off: 'x', unknown: '?' },
} as const;

function show(command: Command, verification: Verification): void {
  if (isJson(command)) return command.print(JSON.stringify(verification));
  for (const { name, state, detail } of verification.checks)
    command.print(`${MARKS[command.style.drawing][state]} ${name}: ${detail}`);
  const months = verification.months.length;
  command.say(
    verification.ok
      ? `${verification.lines} lines of ${months} months: nothing is off.`
      : `${verification.lines} lines of ${months} months: something is off, as said above.`,
  );
}

/** Asks the server of the settings; a directory that was named, or one that no server runs with, is opened itself. */
async function reachOr<T>(
  command: Command,
  named: string | undefined,
  online: () => Promise<T>,
  offline: (data: string) => Promise<T>,
): Promise<T> {
  if (named !== undefined) return offline(resolve(command.around.workingDirectory, named));
  try {
    return await online();
  } catch (error) {
    const unreachable = error instanceof Error && error.name === 'ApiUnreachable';
    if (command.addressNamed || !unreachable) throw error;
  }
  command.say('No server answers here, so the data directory itself is opened.');
  return offline((await command.settings()).data);
}

function isJson({ format }: Command): boolean {
  return format === 'json' || format === 'ndjson';
}
