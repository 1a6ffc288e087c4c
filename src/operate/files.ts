/** Where things are on disk: the settings file, and what the data directory holds. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { checkSettings } from './settings.ts';
import type { SettingFlags, SettingsCheck } from './settings.ts';

export const SETTINGS_FILE = 'setpoint.yaml';

/** Names inside the data directory that more than one process must agree on. */
export function dataFiles(directory: string): {
  readonly registry: string;
  readonly rulebook: string;
  readonly fingerprintKey: string;
  /** Where no other place is named. */
  readonly masterKey: string;
  readonly ledger: string;
  readonly journals: string;
  /** What the drain remembers. */
  readonly drain: string;
} {
  return {
    registry: join(directory, 'registry.sqlite'),
    rulebook: join(directory, 'rulebook.json'),
    fingerprintKey: join(directory, 'fingerprint.key'),
    masterKey: join(directory, 'master.key'),
    ledger: join(directory, 'ledger'),
    journals: join(directory, 'journal'),
    drain: join(directory, 'drain'),
  };
}

/** In a data directory while a backup is being restored into it: then nothing may start there. */
export const RESTORING = 'restore-unfinished';

/** @throws Error when a restore into the directory was cut short. */
export function refuseUnfinishedRestore(directory: string): void {
  if (existsSync(join(directory, RESTORING)))
    throw new Error(
      `A restore into ${directory} was cut short, so its data are not whole and nothing is started with them. ` +
        'Remove the directory and restore again; the backup is untouched.',
    );
}

const FINGERPRINT_KEY_BYTES = 32;

/**
 * The key of fingerprints, hex: random per installation and made once, so that a fingerprint stays the same and cannot
 * be guessed back into a prompt by anyone who lacks this file. It is no derived file: without it, rules that look at
 * fingerprints match no more.
 */
export function readFingerprintKey(file: string, randomBytes: (count: number) => Uint8Array): string {
  if (!existsSync(file)) {
    const made = Buffer.from(randomBytes(FINGERPRINT_KEY_BYTES)).toString('hex');
    try {
      writeFileSync(file, `${made}\n`, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if (!existsSync(file)) throw error; // another process made it first: its key holds
    }
  }
  const key = readFileSync(file, 'utf8').trim();
  if (!/^[0-9a-f]{64}$/.test(key))
    throw new Error(
      `${file} is no fingerprint key. No call is affected; restore it from a backup, or remove it: then rules that look at fingerprints must be made anew.`,
    );
  return key;
}

/**
 * Finds and checks the settings: the file that was named (flag or `SETPOINT_CONFIG`), else `setpoint.yaml` in the
 * working directory, else none.
 */
export function loadSettings(ask: {
  readonly config?: string | undefined;
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly flags: SettingFlags;
}): SettingsCheck & { readonly file: string | undefined } {
  const named = ask.config ?? ask.environment['SETPOINT_CONFIG'];
  const file = resolve(ask.workingDirectory, named ?? SETTINGS_FILE);
  const there = existsSync(file);
  if (named !== undefined && !there) {
    return { kind: 'problems', problems: [{ path: named, message: 'there is no such settings file' }], file };
  }
  const yamlText = there ? readFileSync(file, 'utf8') : undefined;
  const check = checkSettings({ yamlText, environment: ask.environment, flags: ask.flags });
  return {
    ...(check.kind === 'settings' ? placed(check, ask.workingDirectory, there ? file : '') : check),
    file: there ? file : undefined,
  };
}

/** Processes must agree on the data directory whatever becomes of the directory that they were started in. */
function placed(
  { settings }: Extract<SettingsCheck, { kind: 'settings' }>,
  workingDirectory: string,
  file: string,
): SettingsCheck {
  const data = resolve(workingDirectory, settings.data);
  return {
    kind: 'settings',
    settings: { ...settings, data, ...(settings.said !== undefined && { said: { ...settings.said, file } }) },
  };
}
