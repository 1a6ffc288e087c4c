/** Opening the registry that the settings name. PostgreSQL may be away when control starts: then it is waited for, in words. */
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';

import { dataFiles, readFingerprintKey, readSecretAt } from '../operate/operate.ts';
import type { Settings } from '../operate/operate.ts';
import { describePlace, openRegistry, RegistryAway } from '../registry/registry.ts';
import type { Fence, PostgresPlace, Registry } from '../registry/registry.ts';
import type { RoleWorld } from './places.ts';

const TRY_AGAIN_MS = 1_000;

/** Where PostgreSQL is; undefined where the registry is SQLite in the data directory. */
export function postgresPlace(
  { registry }: Settings,
  environment: RoleWorld['environment'],
): PostgresPlace | undefined {
  if (registry === undefined) return undefined;
  return { url: registry.url, password: () => readSecretAt(registry.password, environment) };
}

/**
 * Opens the registry; while PostgreSQL does not answer it says so once per reason and tries again.
 * @returns undefined when it was asked to stop first.
 */
export async function openSettledRegistry(
  settings: Settings,
  postgres: PostgresPlace | undefined,
  world: RoleWorld,
  fence: Fence | undefined,
): Promise<Registry | undefined> {
  const given = { nowMs: world.nowMs, randomBytes, fence };
  if (postgres === undefined) return openRegistry({ file: dataFiles(settings.data).registry, ...given });
  let said = '';
  for (;;) {
    try {
      const registry = await openRegistry({ postgres, ...given });
      if (said !== '') world.say(`registry: PostgreSQL at ${describePlace(postgres)} answers`);
      return registry;
    } catch (error) {
      if (!(error instanceof RegistryAway)) throw error;
      if (error.message !== said)
        world.say(
          `registry: PostgreSQL at ${describePlace(postgres)} does not answer (${error.message}). Nothing is lost: gateways serve on the last rulebook. Control tries again every second.`,
        );
      said = error.message;
    }
    if ((await Promise.race([world.untilAskedToStop.then(() => 'stop'), pause(TRY_AGAIN_MS)])) === 'stop')
      return undefined;
  }
}

/**
 * The key of fingerprints. Controls of several hosts must have the same one, or a rule that looks at fingerprints would match
 * no more after a takeover: a host without the file takes the key of the rulebook that was published last.
 */
export async function sharedFingerprintKey(file: string, { rulebooks }: Registry): Promise<string> {
  if (!existsSync(file)) {
    const last = await rulebooks.latest(0);
    const { fingerprintKey } = (last === undefined ? {} : JSON.parse(last.body)) as {
      fingerprintKey?: unknown;
    };
    if (typeof fingerprintKey === 'string') writeFileSync(file, `${fingerprintKey}\n`, { mode: 0o600 });
  }
  return readFingerprintKey(file, randomBytes);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
