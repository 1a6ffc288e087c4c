/**
 * Sealed credentials of providers, as people set them. This room cannot open them: it is given sealed text and keeps it.
 * The text of a version that was replaced or removed is wiped; that it existed stays, in its row and in the chain.
 */
import type { Kysely, Transaction } from 'kysely';

import type { SealedText } from '../secrets/secrets.ts';
import { digestOf, disagreement } from './agreement.ts';
import type { Said } from './agreement.ts';
import { appendAudit } from './audit.ts';
import type { AuditTable, SecretsTable, Tables } from './tables.ts';

export interface SecretRecord {
  /** `provider/openai/openai` */
  readonly id: string;
  /** Counts on over removals, so that an older seal never fits a newer place. */
  readonly version: number;
  /** Last four characters; empty where the secret is too short to show any. */
  readonly hint: string;
  readonly sealed: SealedText;
  readonly actor: string;
  readonly setAtMs: number;
}

export interface SecretRegistry {
  /** @param ask.seal makes the sealed text for the version that it will have */
  set(
    ask: { readonly id: string; readonly hint: string; readonly seal: (version: number) => SealedText },
    actor: string,
  ): Promise<SecretRecord>;
  /** @returns what was there, without its text; undefined when nothing was. */
  remove(id: string, actor: string): Promise<Omit<SecretRecord, 'sealed'> | undefined>;
  /** Those in force, by id. */
  list(): Promise<SecretRecord[]>;
  /**
   * Replaces the wrapping of every secret in force, all or none, and says in the chain under which master key they are.
   * @param under id of that master key
   * @returns how many there were
   */
  rewrap(
    ask: { readonly under: string; readonly rewrap: (secret: SecretRecord) => SealedText },
    actor: string,
  ): Promise<number>;
}

export function openSecretRegistry(database: Kysely<Tables>, nowMs: () => number): SecretRegistry {
  return {
    set: (ask, actor) => setSecret(database, { ...ask, actor, at: instantText(nowMs()) }),
    remove: (id, actor) => removeSecret(database, { id, actor, at: instantText(nowMs()) }),
    list: () => inForce(database),
    rewrap: (ask, actor) => rewrapAll(database, { ...ask, actor, at: instantText(nowMs()) }),
  };
}

async function setSecret(
  database: Kysely<Tables>,
  ask: { id: string; hint: string; seal: (version: number) => SealedText; actor: string; at: string },
): Promise<SecretRecord> {
  const { id, hint, actor, at } = ask;
  return database.transaction().execute(async (transaction) => {
    const last = await transaction
      .selectFrom('secrets')
      .select((has) => has.fn.max('version').as('version'))
      .where('id', '=', id)
      .executeTakeFirst();
    const version = (last?.version ?? 0) + 1;
    const sealed = ask.seal(version);
    await wipe(transaction, id);
    const row = {
      id,
      version,
      hint,
      digest: digestOf([sealed.text]),
      sealed: JSON.stringify(sealed),
      actor,
      at,
    };
    await transaction
      .insertInto('secrets')
      .values({ ...row, removed_by: null, removed_at: null })
      .execute();
    await appendAudit(transaction, { ...setSaid(row), actor });
    return { id, version, hint, sealed, actor, setAtMs: Date.parse(at) };
  });
}

async function removeSecret(
  database: Kysely<Tables>,
  { id, actor, at }: { id: string; actor: string; at: string },
): Promise<Omit<SecretRecord, 'sealed'> | undefined> {
  return database.transaction().execute(async (transaction) => {
    const present = (await inForce(transaction)).find((one) => one.id === id);
    if (present === undefined) return undefined;
    const { sealed: _, ...shown } = present;
    await wipe(transaction, id);
    await transaction
      .updateTable('secrets')
      .set({ removed_by: actor, removed_at: at })
      .where('id', '=', id)
      .where('version', '=', shown.version)
      .execute();
    await appendAudit(transaction, { ...removeSaid({ id, version: shown.version, by: actor, at }), actor });
    return shown;
  });
}

/** A secret that is no longer in force leaves nothing that a later thief of the master key could open. */
async function wipe(transaction: Transaction<Tables>, id: string): Promise<void> {
  await transaction.updateTable('secrets').set({ sealed: '' }).where('id', '=', id).execute();
}

async function inForce(database: Kysely<Tables>): Promise<SecretRecord[]> {
  const rows = await database
    .selectFrom('secrets')
    .selectAll()
    .where('sealed', '!=', '')
    .orderBy('id')
    .orderBy('version')
    .execute();
  return rows.map(({ id, version, hint, sealed, actor, at }) => ({
    id,
    version,
    hint,
    actor,
    sealed: JSON.parse(sealed) as SealedText,
    setAtMs: Date.parse(at),
  }));
}

async function rewrapAll(
  database: Kysely<Tables>,
  ask: { under: string; rewrap: (secret: SecretRecord) => SealedText; actor: string; at: string },
): Promise<number> {
  const { under, actor, at } = ask;
  return database.transaction().execute(async (transaction) => {
    const secrets = await inForce(transaction);
    for (const secret of secrets)
      await transaction
        .updateTable('secrets')
        .set({ sealed: JSON.stringify(ask.rewrap(secret)) })
        .where('id', '=', secret.id)
        .where('version', '=', secret.version)
        .execute();
    const former = [...new Set(secrets.map(({ sealed }) => sealed.key))].toSorted();
    await appendAudit(transaction, {
      at,
      actor,
      action: 'secret.rotate-master',
      subject: under,
      detail: { from: former, secrets: secrets.length },
    });
    return secrets.length;
  });
}

/**
 * What about the secrets disagrees with the chain; undefined when nothing does. The chain holds the digest of the sealed
 * text, which a new wrapping does not change; that the wrapping is right shows when it opens.
 */
export async function secretTrouble(
  database: Kysely<Tables>,
  lines: readonly AuditTable[],
): Promise<string | undefined> {
  const rows = await database.selectFrom('secrets').selectAll().orderBy('id').orderBy('version').execute();
  const newest = new Map(rows.map(({ id, version }) => [id, version]));
  for (const row of rows) {
    const there = row.sealed !== '';
    const expected = newest.get(row.id) === row.version && row.removed_at === null;
    if (there !== expected) return `secret ${row.id}@${row.version} is not in the state that its lines say`;
    if (there && digestOf([(JSON.parse(row.sealed) as SealedText).text]) !== row.digest)
      return `secret ${row.id}@${row.version} is not what its line says was set`;
  }
  const removals = rows.flatMap(({ id, version, removed_at: at, removed_by: by }) =>
    at === null ? [] : [removeSaid({ id, version, at, by: by ?? '' })],
  );
  const said = [...rows.map(setSaid), ...removals];
  return disagreement(
    'secret',
    said,
    lines,
    (action) => action === 'secret.set' || action === 'secret.remove',
  );
}

function setSaid(row: Pick<SecretsTable, 'id' | 'version' | 'hint' | 'digest' | 'actor' | 'at'>): Said {
  const { id, version, hint, digest, actor, at } = row;
  return { at, actor, action: 'secret.set', subject: id, detail: { version, hint, digest } };
}

function removeSaid({ id, version, by, at }: { id: string; version: number; by: string; at: string }): Said {
  return { at, actor: by, action: 'secret.remove', subject: id, detail: { version } };
}

function instantText(ms: number): string {
  return new Date(ms).toISOString();
}
