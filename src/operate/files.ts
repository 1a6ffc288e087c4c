/** Where things are on disk: the settings file, and what the data directory holds. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { checkSettings } from './settings.ts';
import type { SettingFlags, SettingsCheck } from './settings.ts';

export const SETTINGS_FILE = 'setpoint.yaml';

/** Names inside the data directory that more than one process must agree on. */
export function dataFiles(directory: string): { readonly registry: string; readonly rulebook: string } {
  return { registry: join(directory, 'registry.sqlite'), rulebook: join(directory, 'rulebook.json') };
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
    ...(check.kind === 'settings' ? absolute(check, ask.workingDirectory) : check),
    file: there ? file : undefined,
  };
}

/** Processes must agree on the data directory whatever becomes of the directory that they were started in. */
function absolute(
  check: Extract<SettingsCheck, { kind: 'settings' }>,
  workingDirectory: string,
): SettingsCheck {
  return {
    kind: 'settings',
    settings: { ...check.settings, data: resolve(workingDirectory, check.settings.data) },
  };
}
