/**
 * Setpoint keys as people decided them: made, rotated, revoked. A key keeps its id and its owner over rotations; its first
 * secret is in its row, each later one in a row of its own that says how long the ones before it still work.
 */
import type { Kysely, Transaction } from 'kysely';

import type { KeyScope } from '../rulebook/rulebook.ts';
import { createKeySecret, DEFAULT_KEY_ENVIRONMENT, keyDigest } from '../secrets/secrets.ts';
import { disagreement } from './agreement.ts';
import type { Said } from './agreement.ts';
import { appendAudit } from './audit.ts';
import type { AuditTable, KeyRotationsTable, KeysTable, Tables } from './tables.ts';

/** A key as it is kept: never the secret itself. Empty workflow, team or customer is no default. */
export interface KeyRecord {
  readonly id: string;
  /** SHA-256 of the whole key as it is now, lower-case hex. */
  readonly digest: string;
  readonly name: string;
  readonly environment: string;
  readonly workflow: string;
  readonly team: string;
  readonly customer: string;
  readonly tags: Readonly<Record<string, string>>;
  /** What it may do; undefined: all calls. */
  readonly scope: KeyScope | undefined;
  /** The key that made it; empty: a person did. */
  readonly parent: string;
  readonly hint: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | undefined;
  readonly revokedAtMs: number | undefined;
  readonly rotatedAtMs: number | undefined;
  /** Secrets that were replaced, oldest first, each with the end of its overlap. */
  readonly former: ReadonlyArray<{ readonly digest: string; readonly untilMs: number }>;
}

export interface KeyAsk {
  readonly name: string;
  readonly environment?: string | undefined;
  readonly workflow?: string | undefined;
  readonly team?: string | undefined;
  readonly customer?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly scope?: KeyScope | undefined;
  readonly parent?: string | undefined;
  readonly expiresAtMs?: number | undefined;
}

export interface NewSecret {
  readonly key: KeyRecord;
  /** Nowhere else, and cannot be had again. */
  readonly secret: string;
}

export interface KeyRegistry {
  create(ask: KeyAsk, actor: string): Promise<NewSecret>;
  /** All keys, oldest first, revoked ones included. */
  list(): Promise<KeyRecord[]>;
  /** The key that a secret belongs or belonged to, by its digest. */
  find(digest: string): Promise<KeyRecord | undefined>;
  /**
   * Gives a key another secret. All earlier ones work for `overlapMs` more at most.
   * @returns `inactive` when it is revoked or expired, undefined when there is no such key.
   */
  rotate(id: string, overlapMs: number, actor: string): Promise<NewSecret | 'inactive' | undefined>;
  /**
   * Revokes a key and every key that was made with it. Twice is once. @param reason kept in the audit chain; empty: none was
   * given. @returns undefined when there is no such key.
   */
  revoke(id: string, actor: string, reason?: string): Promise<KeyRecord | undefined>;
}

interface KeyWorld {
  readonly nowMs: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
}

/** Whether a key opens the gateway at a time. */
export function keyState(
  key: Pick<KeyRecord, 'revokedAtMs' | 'expiresAtMs'>,
  atMs: number,
): 'active' | 'expired' | 'revoked' {
  if (key.revokedAtMs !== undefined) return 'revoked';
  return key.expiresAtMs !== undefined && key.expiresAtMs <= atMs ? 'expired' : 'active';
}

/** Whether this secret of the key works at a time: the newest one, or one whose overlap is not over. */
export function secretState(key: KeyRecord, digest: string, atMs: number): 'active' | 'expired' | 'revoked' {
  const state = keyState(key, atMs);
  if (state !== 'active' || digest === key.digest) return state;
  const former = key.former.find((one) => one.digest === digest);
  return former !== undefined && former.untilMs > atMs ? 'active' : 'expired';
}

export function openKeyRegistry(database: Kysely<Tables>, world: KeyWorld): KeyRegistry {
  return {
    create: (ask, actor) => createKey(database, world, ask, actor),
    list: () => listKeys(database),
    find: (digest) => findByDigest(database, digest),
    rotate: (id, overlapMs, actor) => rotateKey(database, world, { id, overlapMs, actor }),
    revoke: (id, actor, reason = '') => revokeKey(database, world.nowMs(), { id, actor, reason }),
  };
}

async function createKey(
  database: Kysely<Tables>,
  { nowMs, randomBytes }: KeyWorld,
  ask: KeyAsk,
  actor: string,
): Promise<NewSecret> {
  const { id, secret } = createKeySecret(randomBytes, { environment: ask.environment });
  const row: KeysTable = {
    id,
    digest: keyDigest(secret),
    name: ask.name,
    environment: ask.environment ?? DEFAULT_KEY_ENVIRONMENT,
    workflow: ask.workflow ?? '',
    team: ask.team ?? '',
    customer: ask.customer ?? '',
    tags: JSON.stringify(ask.tags ?? {}),
    scope: JSON.stringify(ask.scope ?? {}),
    parent: ask.parent ?? '',
    hint: secret.slice(-4),
    created_at: instantText(nowMs()),
    expires_at: ask.expiresAtMs === undefined ? null : instantText(ask.expiresAtMs),
    revoked_at: null,
  };
  await database.transaction().execute(async (transaction) => {
    await transaction.insertInto('keys').values(row).execute();
    await appendAudit(transaction, { ...createSaid(row), actor });
  });
  return { key: toRecord(row, []), secret };
}

async function listKeys(database: Kysely<Tables>): Promise<KeyRecord[]> {
  const rotations = await database.selectFrom('key_rotations').selectAll().orderBy('version').execute();
  const byKey = Map.groupBy(rotations, ({ key_id: id }) => id);
  const keys = await database.selectFrom('keys').selectAll().orderBy('created_at').orderBy('id').execute();
  return keys.map((key) => toRecord(key, byKey.get(key.id) ?? []));
}

async function findByDigest(database: Kysely<Tables>, digest: string): Promise<KeyRecord | undefined> {
  const first = await database
    .selectFrom('keys')
    .select('id')
    .where('digest', '=', digest)
    .executeTakeFirst();
  const later = await database
    .selectFrom('key_rotations')
    .select('key_id as id')
    .where('digest', '=', digest)
    .executeTakeFirst();
  const id = first?.id ?? later?.id;
  return id === undefined ? undefined : readKey(database, id);
}

async function readKey(database: Kysely<Tables>, id: string): Promise<KeyRecord | undefined> {
  const key = await database.selectFrom('keys').selectAll().where('id', '=', id).executeTakeFirst();
  return key && toRecord(key, await rotationsOf(database, id));
}

function rotationsOf(database: Kysely<Tables>, id: string): Promise<KeyRotationsTable[]> {
  return database
    .selectFrom('key_rotations')
    .selectAll()
    .where('key_id', '=', id)
    .orderBy('version')
    .execute();
}

async function rotateKey(
  database: Kysely<Tables>,
  { nowMs, randomBytes }: KeyWorld,
  { id, overlapMs, actor }: { id: string; overlapMs: number; actor: string },
): Promise<NewSecret | 'inactive' | undefined> {
  return database.transaction().execute(async (transaction) => {
    const atMs = nowMs();
    const key = await readKey(transaction, id);
    if (key === undefined) return undefined;
    if (keyState(key, atMs) !== 'active') return 'inactive';
    const { secret } = createKeySecret(randomBytes, key);
    const row: KeyRotationsTable = {
      key_id: id,
      version: key.former.length + 2, // the first secret is version 1
      digest: keyDigest(secret),
      hint: secret.slice(-4),
      former_until: instantText(atMs + overlapMs),
      actor,
      at: instantText(atMs),
    };
    await transaction.insertInto('key_rotations').values(row).execute();
    await appendAudit(transaction, { ...rotateSaid(row), actor });
    const rotated = await readKey(transaction, id);
    return rotated && { key: rotated, secret };
  });
}

async function revokeKey(
  database: Kysely<Tables>,
  nowMs: number,
  { id, actor, reason }: { id: string; actor: string; reason: string },
): Promise<KeyRecord | undefined> {
  return database.transaction().execute(async (transaction) => {
    const at = instantText(nowMs);
    // A key may have made keys: whoever stole it has them too.
    const pending = [id];
    for (const next of pending) {
      const key = await findRow(transaction, next);
      if (key?.revoked_at === null)
        await revokeOne(transaction, key, { at, actor, by: next === id ? '' : id, reason });
      const made = await transaction.selectFrom('keys').select('id').where('parent', '=', next).execute();
      pending.push(...made.map((child) => child.id));
    }
    return readKey(transaction, id);
  });
}

async function revokeOne(
  transaction: Transaction<Tables>,
  { id, name }: KeysTable,
  { at, actor, by, reason }: { at: string; actor: string; by: string; reason: string },
): Promise<void> {
  await transaction.updateTable('keys').set({ revoked_at: at }).where('id', '=', id).execute();
  const detail = { name, ...(by !== '' && { with: by }), ...(reason !== '' && { reason }) };
  await appendAudit(transaction, { at, actor, action: 'key.revoke', subject: id, detail });
}

function findRow(transaction: Transaction<Tables>, id: string): Promise<KeysTable | undefined> {
  return transaction.selectFrom('keys').selectAll().where('id', '=', id).executeTakeFirst();
}

/** What about the keys disagrees with the chain; undefined when nothing does. */
export async function keyTrouble(
  database: Kysely<Tables>,
  lines: readonly AuditTable[],
): Promise<string | undefined> {
  const keys = await database.selectFrom('keys').selectAll().execute();
  const rotations = await database.selectFrom('key_rotations').selectAll().execute();
  const revoked = new Map(
    lines.filter(({ action }) => action === 'key.revoke').map((line) => [line.subject, line.at]),
  );
  const undone = keys.find((key) => (revoked.get(key.id) ?? null) !== key.revoked_at);
  return (
    disagreement('key', keys.map(createSaid), lines, (action) => action === 'key.create') ??
    disagreement('rotation of key', rotations.map(rotateSaid), lines, (action) => action === 'key.rotate') ??
    (undone && `key ${undone.id} and its line disagree on whether it is revoked`)
  );
}

/** What the line of a key's creation says: all of it that may never change. What earlier programs did not know is absent. */
function createSaid(key: KeysTable): Said {
  const { digest, name, workflow, team, customer, tags, expires_at: expiresAt } = key;
  const detail = {
    digest,
    name,
    workflow,
    team,
    customer,
    tags: JSON.parse(tags) as unknown,
    expiresAt,
    ...(key.environment !== DEFAULT_KEY_ENVIRONMENT && { environment: key.environment }),
    ...(key.scope !== '{}' && { scope: JSON.parse(key.scope) as unknown }),
    ...(key.parent !== '' && { parent: key.parent }),
  };
  return { at: key.created_at, action: 'key.create', subject: key.id, detail };
}

function rotateSaid(row: KeyRotationsTable): Said {
  const { at, actor, version, digest, hint, former_until: formerUntil } = row;
  return {
    at,
    actor,
    action: 'key.rotate',
    subject: row.key_id,
    detail: { version, digest, hint, formerUntil },
  };
}

function toRecord(row: KeysTable, rotations: readonly KeyRotationsTable[]): KeyRecord {
  const { id, name, environment, workflow, team, customer, parent } = row;
  const digests = [row.digest, ...rotations.map(({ digest }) => digest)];
  const last = rotations.at(-1);
  const scope = JSON.parse(row.scope) as KeyScope;
  return {
    id,
    digest: digests.at(-1) ?? row.digest,
    name,
    environment,
    workflow,
    team,
    customer,
    parent,
    hint: last?.hint ?? row.hint,
    tags: JSON.parse(row.tags) as Record<string, string>,
    scope: Object.keys(scope).length === 0 ? undefined : scope,
    createdAtMs: Date.parse(row.created_at),
    expiresAtMs: milliseconds(row.expires_at),
    revokedAtMs: milliseconds(row.revoked_at),
    rotatedAtMs: milliseconds(last?.at ?? null),
    // A rotation ends all secrets before it: one without an overlap takes back a longer one that was given earlier.
    former: digests.slice(0, -1).map((digest, index) => ({
      digest,
      untilMs: Math.min(...rotations.slice(index).map(({ former_until: until }) => Date.parse(until))),
    })),
  };
}

function milliseconds(instant: string | null): number | undefined {
  return instant === null ? undefined : Date.parse(instant);
}

function instantText(ms: number): string {
  return new Date(ms).toISOString();
}
