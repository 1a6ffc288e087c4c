/**
 * The vault: credentials of providers that were given to Setpoint itself. The registry keeps them sealed, the master key
 * is where the operator keeps it, and only here do the two come together.
 */
import type { SecretRecord, SecretRegistry } from '../registry/registry.ts';
import { open, rewrap, seal, SealBroken, sealKeys, TENANT } from '../secrets/secrets.ts';
import type { SealKey, SealPlace } from '../secrets/secrets.ts';
import type { MasterKeyring } from './master-key.ts';

/** A credential as people see it: never the credential. */
export interface SealedCredential {
  readonly provider: string;
  readonly dialect: string;
  readonly hint: string;
  readonly version: number;
  readonly actor: string;
  readonly setAtMs: number;
  /** Id of the master key that it is under. */
  readonly masterKey: string;
  /** Why it cannot be used; empty when it can. */
  readonly trouble: string;
}

export interface Vault {
  /** Every credential that opens, by `secretName`, and what about the others. Never throws for one of them. */
  open(): Promise<{
    readonly secrets: ReadonlyMap<string, string>;
    readonly problems: ReadonlyArray<{ readonly path: string; readonly message: string }>;
  }>;
  list(): Promise<SealedCredential[]>;
  /** @param name as `secretName` says it. */
  set(name: string, credential: string, actor: string): Promise<void>;
  /** @returns whether there was one. */
  remove(name: string, actor: string): Promise<boolean>;
  /**
   * Wraps everything under the newest master key. The former one is let go by `finishRotation`, once the rulebook is
   * published under the new one too.
   */
  rotateMaster(actor: string): Promise<MasterRotation>;
  finishRotation(): Promise<void>;
  /** The keys of the rulebook file, the one that seals first. */
  rulebookKeys(): Promise<readonly [SealKey, ...SealKey[]]>;
}

export interface MasterRotation {
  /** Ids of the master keys that secrets were under before. */
  readonly from: readonly string[];
  readonly to: string;
  readonly secrets: number;
  /** Nothing was to be done: the operator has put no new key first. */
  readonly unchanged: boolean;
  readonly place: string;
}

const PREFIX = 'provider/';
/** Below this, four characters would be too much of it to show. */
const SHORTEST_SHOWN = 16;

export function openVault(
  secrets: SecretRegistry,
  keyring: MasterKeyring,
  randomBytes: (count: number) => Uint8Array,
): Vault {
  /** The keys at hand; none where there is no master key, so that every secret says itself that it cannot be opened. */
  const keysAtHand = async (): Promise<SealKey[]> => sealKeys((await keyring.read()) ?? [], 'registry');
  return {
    async open() {
      const found = new Map<string, string>();
      const problems: Array<{ path: string; message: string }> = [];
      const records = await secrets.list();
      const keys = records.length === 0 ? [] : await keysAtHand().catch((error: unknown) => asError(error));
      for (const record of records) {
        const opened = tryOpen(record, keys);
        if ('trouble' in opened)
          problems.push({
            path: nameOf(record),
            message: `its key cannot be opened, so this provider is not used: ${opened.trouble}`,
          });
        else found.set(nameOf(record), opened.secret);
      }
      return { secrets: found, problems };
    },
    async list() {
      const records = await secrets.list();
      const keys = records.length === 0 ? [] : await keysAtHand().catch((error: unknown) => asError(error));
      return records.map((record) => toView(record, keys));
    },
    async set(name, credential, actor) {
      const [key] = sealKeys(await keyring.need(), 'registry');
      const id = PREFIX + name;
      const sealed = (version: number) =>
        seal(credential, placeOf({ id, version }), key as SealKey, randomBytes);
      await secrets.set({ id, hint: hintOf(credential), seal: sealed }, actor);
    },
    remove: async (name, actor) => (await secrets.remove(PREFIX + name, actor)) !== undefined,
    rotateMaster: (actor) => rotateMaster(secrets, keyring, randomBytes, actor),
    finishRotation: () => keyring.finish(),
    async rulebookKeys() {
      const [first, ...rest] = sealKeys(await keyring.need(), 'rulebook');
      return [first as SealKey, ...rest];
    },
  };
}

async function rotateMaster(
  secrets: SecretRegistry,
  keyring: MasterKeyring,
  randomBytes: (count: number) => Uint8Array,
  actor: string,
): Promise<MasterRotation> {
  const masters = await keyring.begin();
  const keys = sealKeys(masters, 'registry');
  const to = masters[0].id;
  const from = [...new Set((await secrets.list()).map(({ sealed }) => sealed.key))].toSorted();
  const { place, own } = keyring;
  if (!own && from.every((id) => id === to)) return { from, to, secrets: 0, unchanged: true, place };
  const count = await secrets.rewrap(
    {
      under: to,
      rewrap: (record) => rewrap(record.sealed, placeOf(record), keys, keys[0] as SealKey, randomBytes),
    },
    actor,
  );
  return { from, to, secrets: count, unchanged: false, place };
}

function tryOpen(
  record: SecretRecord,
  keys: readonly SealKey[] | Error,
): { secret: string } | { trouble: string } {
  if (keys instanceof Error) return { trouble: keys.message };
  try {
    return { secret: open(record.sealed, placeOf(record), keys) };
  } catch (error) {
    if (error instanceof SealBroken) return { trouble: error.message };
    throw error;
  }
}

function toView(record: SecretRecord, keys: readonly SealKey[] | Error): SealedCredential {
  const [provider = '', dialect = ''] = nameOf(record).split('/');
  const { hint, version, actor, setAtMs, sealed } = record;
  const opened = tryOpen(record, keys);
  const trouble = 'trouble' in opened ? opened.trouble : '';
  return { provider, dialect, hint, version, actor, setAtMs, masterKey: sealed.key, trouble };
}

function nameOf({ id }: Pick<SecretRecord, 'id'>): string {
  return id.slice(PREFIX.length);
}

function placeOf({ id, version }: Pick<SecretRecord, 'id' | 'version'>): SealPlace {
  return { tenant: TENANT, id, version };
}

/** Last four characters, of the part that names it where it is an access key of AWS. */
function hintOf(credential: string): string {
  const named = /"accessKeyId"\s*:\s*"([^"]*)"/.exec(credential)?.[1] ?? credential;
  return named.length < SHORTEST_SHOWN ? '' : named.slice(-4);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
