/** Where the ledger is by the settings, opened however long that takes; and how this host's writers are told from others'. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { openLedger } from '../ledger/ledger.ts';
import type { Ledger, StoreOptions, StorePlace } from '../ledger/ledger.ts';
import type { Settings } from '../operate/operate.ts';
import { ledgerDirectory } from './places.ts';
import type { RoleWorld } from './places.ts';

/** @throws Error naming the place of the password, when there is none at it. */
export function storePlace(settings: Settings, world: Pick<RoleWorld, 'environment'>): StorePlace {
  if (settings.ledger === undefined) return { kind: 'embedded', path: ledgerDirectory(settings) };
  const { url, database, user, password, cluster } = settings.ledger;
  return {
    kind: 'clickhouse',
    url,
    database,
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password: secretAt(password, world.environment) }),
    ...(cluster !== undefined && { cluster }),
  };
}

function secretAt(
  place: NonNullable<NonNullable<Settings['ledger']>['password']>,
  environment: RoleWorld['environment'],
): string {
  const found = place.kind === 'env' ? environment[place.name] : readFileSync(place.path, 'utf8').trim();
  if (found !== undefined && found !== '') return found;
  throw new Error(
    `ledger.password: there is nothing at ${place.kind === 'env' ? `the environment variable ${place.name}` : place.path}, so the ledger cannot be opened and calls wait in the journal`,
  );
}

const TRY_AGAIN_MS = 5_000;

/**
 * Opens a ledger on a server, again and again until it is there or `signal`: a server may be away for long, and calls wait
 * in the journal meanwhile. An embedded one is opened once: nobody else can bring it back.
 */
export async function openPatiently(
  options: StoreOptions,
  { say }: Pick<RoleWorld, 'say'>,
  signal: AbortSignal,
): Promise<Ledger | undefined> {
  let told = '';
  while (!signal.aborted) {
    try {
      return await openLedger(options);
    } catch (fault) {
      if (options.place.kind === 'embedded') throw fault;
      const reason = reasonOf(fault);
      if (reason !== told) say(`${reason} It is tried again every ${TRY_AGAIN_MS / 1_000} s.`);
      told = reason;
      await pause(TRY_AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}

function reasonOf(fault: unknown): string {
  if (!(fault instanceof Error)) return String(fault);
  const cause = fault.cause instanceof Error ? ` (${fault.cause.message})` : '';
  return `${fault.message}${cause}`;
}

/**
 * The slot of a worker's journal. Several hosts write to one server, so there their slots carry an id of the host, made
 * once and kept in its data directory.
 */
export function hostSlot(settings: Settings, slot: string): string {
  return settings.ledger === undefined ? slot : `${hostId(settings.data)}.${slot}`;
}

/** Names this host to others that share its ledger. */
export function hostId(data: string): string {
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const file = join(data, 'host-id');
  try {
    writeFileSync(file, `${randomBytes(5).toString('hex')}\n`, { flag: 'wx', mode: 0o600 });
  } catch {
    // it was made before; reading it says whether it can be read
  }
  const id = readFileSync(file, 'utf8').trim();
  if (/^[\w.]{1,40}$/.test(id)) return id;
  throw new Error(
    `${file} does not hold an id of this host (letters, digits, _); remove it and a new one is made`,
  );
}
