/**
 * Working without a server: on the machine that holds the data, decisions go into the registry itself, to take effect
 * at the next start. Never where another server was named.
 */
import type { Settings, Vault } from '../operate/operate.ts';
import type { Registry } from '../registry/registry.ts';
import { CliError, EXIT } from './surroundings.ts';
import type { Command } from './surroundings.ts';

export const ACTOR = 'local command line';
export const OFFLINE_WORDS =
  'No server is running here, so this was done in the registry itself; it takes effect at the next start.';

export interface Offline {
  readonly registry: Registry;
  readonly settings: Settings;
  /** Sealed credentials; a master key by command is refused here, since only control runs it. */
  readonly vault: Vault;
}

/** Asks the server; where none answers at the address of the settings, opens the registry of the data directory. */
export async function reachOr<T>(
  command: Command,
  online: () => Promise<T>,
  offline: (here: Offline) => Promise<T>,
): Promise<{ answer: T; offline: boolean }> {
  try {
    return { answer: await online(), offline: false };
  } catch (error) {
    if (command.addressNamed || !isUnreachable(error)) throw error;
  }
  const here = await openHere(command);
  try {
    return { answer: await offline(here), offline: true };
  } finally {
    await here.registry.close();
  }
}

/** What was given to Setpoint on this machine, opened; nothing where no registry is. Reads only. */
export async function sealedHere(command: Command): Promise<Awaited<ReturnType<Vault['open']>> | undefined> {
  const [{ dataFiles }, { existsSync }, path] = await Promise.all([
    import('../operate/operate.ts'),
    import('node:fs'),
    import('node:path'),
  ]);
  const settings = await command.settings();
  const data = path.resolve(command.around.workingDirectory, settings.data);
  if (settings.registry !== undefined || !existsSync(dataFiles(data).registry)) return undefined;
  const here = await openHere(command);
  try {
    return await here.vault.open();
  } finally {
    await here.registry.close();
  }
}

async function openHere(command: Command): Promise<Offline> {
  const [{ dataFiles, openMasterKeys, openVault }, { openRegistry }, { mkdirSync }, path, { randomBytes }] =
    await Promise.all([
      import('../operate/operate.ts'),
      import('../registry/registry.ts'),
      import('node:fs'),
      import('node:path'),
      import('node:crypto'),
    ]);
  const settings = await command.settings();
  if (settings.registry !== undefined)
    throw new CliError(
      'No control answers here, and decisions are kept in PostgreSQL, where another host may lead. Nothing was changed. Start "setpoint control", or name a control that runs with --url.',
      EXIT.unreachable,
    );
  const { environment, workingDirectory, nowMs } = command.around;
  const data = path.resolve(workingDirectory, settings.data);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const registry = await openRegistry({ file: dataFiles(data).registry, nowMs, randomBytes });
  const masterKeys = openMasterKeys({ ...settings, data }, { environment, randomBytes });
  return { registry, settings, vault: openVault(registry.secrets, masterKeys, randomBytes) };
}

export function publishedWords(published: boolean, words: string): string {
  return published
    ? words
    : 'The gateways could not be told yet; they will be at the next publication. "setpoint doctor" may say why.';
}

function isUnreachable(error: unknown): boolean {
  return error instanceof Error && error.name === 'ApiUnreachable';
}
