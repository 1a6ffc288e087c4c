/**
 * What people decided: keys today, and the audit chain of every decision. The front door of the room.
 * A decision and its audit line are one transaction: neither exists without the other.
 */
import { Kysely, sql } from 'kysely';
import type { Transaction } from 'kysely';

import { keyDigest } from '../rulebook/rulebook.ts';
import { attributionTrouble, openAttributionRegistry } from './attribution.ts';
import { invoiceTrouble, openInvoiceRegistry } from './invoices.ts';
import type { InvoiceRegistry } from './invoices.ts';
import type { AttributionRegistry } from './attribution.ts';
import { anomalyNotes, anomalyTrouble } from './anomalies.ts';
import type { AnomalyNotes } from './anomalies.ts';
import { budgetTrouble, openBudgetRegistry } from './budgets.ts';
import type { BudgetRegistry } from './budgets.ts';
import { appendAudit, readAudit, verifyChain } from './audit.ts';
import type { Anchor, AuditEntry, AuditVerdict } from './audit.ts';
import { createKeySecret } from './keys.ts';
import { migrate } from './migrations.ts';
import { openPriceDecisions, priceTrouble } from './prices.ts';
import type { PriceDecisions } from './prices.ts';
import { reconciliationTrouble } from './reconciliations.ts';
import { sqliteDialect } from './sqlite.ts';
import type { AuditTable, KeysTable, Tables } from './tables.ts';

export { createKeySecret, parseKey } from './keys.ts';
export type { KeySecret } from './keys.ts';
export type {
  AttributionDecision,
  AttributionKind,
  AttributionPosting,
  AttributionRegistry,
} from './attribution.ts';
export type { AnomalyNote, AnomalyNotes, AnomalyState } from './anomalies.ts';
export { budgetsInForce } from './budgets.ts';
export type { BudgetDecision, BudgetDeciding, BudgetRegistry } from './budgets.ts';
export type { ImportOutcome, InvoiceRegistry } from './invoices.ts';
export type { ReconciliationRecord } from './reconciliations.ts';
export type { Anchor, AuditEntry, AuditVerdict } from './audit.ts';
export type { KeptBook, NewDecision, PriceDecisions } from './prices.ts';

/** A key as it is kept: never the secret itself. Empty workflow, team or customer is no default. */
export interface KeyRecord {
  readonly id: string;
  /** SHA-256 of the whole key, lower-case hex. */
  readonly digest: string;
  readonly name: string;
  readonly workflow: string;
  readonly team: string;
  readonly customer: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly hint: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | undefined;
  readonly revokedAtMs: number | undefined;
}

export interface KeyAsk {
  readonly name: string;
  readonly workflow?: string | undefined;
  readonly team?: string | undefined;
  readonly customer?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly expiresAtMs?: number | undefined;
}

export interface Registry {
  readonly keys: {
    /** @returns the record and the secret, which is nowhere else and cannot be had again. */
    create(ask: KeyAsk, actor: string): Promise<{ readonly key: KeyRecord; readonly secret: string }>;
    /** All keys, oldest first, revoked ones included. */
    list(): Promise<KeyRecord[]>;
    /** Revoking twice is revoking once. @returns undefined when there is no such key. */
    revoke(id: string, actor: string): Promise<KeyRecord | undefined>;
  };
  /** Rules of attribution, splits of shared cost, commitments, and what was posted because of them. */
  readonly attribution: AttributionRegistry;
  /** Imported statements, reconciliations, what they came to, and closed months. */
  readonly invoices: InvoiceRegistry;
  readonly anomalies: AnomalyNotes;
  readonly prices: PriceDecisions;
  readonly budgets: BudgetRegistry;
  audit(ask: { readonly afterSeq: number; readonly limit: number }): Promise<AuditEntry[]>;
  /** @param anchor a head noted elsewhere, which shows that the end was not cut off. */
  verifyAudit(anchor?: Anchor): Promise<AuditVerdict>;
  /** Migration level of the database. */
  readonly level: number;
  /** Whether the database answers. */
  alive(): Promise<boolean>;
  /** Writes the database of this moment, whole, into a file that does not exist. */
  copyTo(file: string): Promise<void>;
  close(): Promise<void>;
}

export interface RegistryOptions {
  /** Path of the SQLite file; its directory must exist. */
  readonly file: string;
  readonly nowMs: () => number;
  /** Cryptographically strong: `crypto.randomBytes`. */
  readonly randomBytes: (count: number) => Uint8Array;
}

/** Whether a key opens the gateway at a time. */
export function keyState(key: KeyRecord, atMs: number): 'active' | 'expired' | 'revoked' {
  if (key.revokedAtMs !== undefined) return 'revoked';
  return key.expiresAtMs !== undefined && key.expiresAtMs <= atMs ? 'expired' : 'active';
}

/** Opens the registry, created and migrated where needed. */
export async function openRegistry(options: RegistryOptions): Promise<Registry> {
  const database = new Kysely<Tables>({ dialect: sqliteDialect(options.file) });
  const level = await migrate(database, options.nowMs);
  return {
    level,
    keys: {
      create: (ask, actor) => createKey(database, options, ask, actor),
      async list() {
        return (
          await database.selectFrom('keys').selectAll().orderBy('created_at').orderBy('id').execute()
        ).map(toRecord);
      },
      revoke: (id, actor) => revokeKey(database, options.nowMs(), id, actor),
    },
    attribution: openAttributionRegistry(database, options.nowMs),
    invoices: openInvoiceRegistry(database, options.nowMs),
    anomalies: anomalyNotes(database, options.nowMs),
    prices: openPriceDecisions(database, options),
    budgets: openBudgetRegistry(database, options.nowMs),
    audit: ({ afterSeq, limit }) => readAudit(database, afterSeq, limit),
    verifyAudit: (anchor) => verifyRegistry(database, anchor),
    alive: () => isAlive(database),
    copyTo: async (file) => void (await sql`vacuum into ${file}`.execute(database)),
    close: () => database.destroy(),
  };
}

async function isAlive(database: Kysely<Tables>): Promise<boolean> {
  try {
    await database.selectFrom('migrations').select('level').limit(1).execute();
    return true;
  } catch {
    return false;
  }
}

async function createKey(
  database: Kysely<Tables>,
  { nowMs, randomBytes }: RegistryOptions,
  ask: KeyAsk,
  actor: string,
): Promise<{ key: KeyRecord; secret: string }> {
  const { id, secret } = createKeySecret(randomBytes);
  const row: KeysTable = {
    id,
    digest: keyDigest(secret),
    name: ask.name,
    workflow: ask.workflow ?? '',
    team: ask.team ?? '',
    customer: ask.customer ?? '',
    tags: JSON.stringify(ask.tags ?? {}),
    hint: secret.slice(-4),
    created_at: instantText(nowMs()),
    expires_at: ask.expiresAtMs === undefined ? null : instantText(ask.expiresAtMs),
    revoked_at: null,
  };
  await database.transaction().execute(async (transaction) => {
    await transaction.insertInto('keys').values(row).execute();
    await appendAudit(transaction, {
      at: row.created_at,
      actor,
      action: 'key.create',
      subject: id,
      detail: createDetail(row),
    });
  });
  return { key: toRecord(row), secret };
}

async function revokeKey(
  database: Kysely<Tables>,
  nowMs: number,
  id: string,
  actor: string,
): Promise<KeyRecord | undefined> {
  return database.transaction().execute(async (transaction) => {
    const key = await findKey(transaction, id);
    if (key === undefined || key.revoked_at !== null) return key && toRecord(key);
    const at = instantText(nowMs);
    await transaction.updateTable('keys').set({ revoked_at: at }).where('id', '=', id).execute();
    await appendAudit(transaction, {
      at,
      actor,
      action: 'key.revoke',
      subject: id,
      detail: { name: key.name },
    });
    return toRecord({ ...key, revoked_at: at });
  });
}

function findKey(transaction: Transaction<Tables>, id: string): Promise<KeysTable | undefined> {
  return transaction.selectFrom('keys').selectAll().where('id', '=', id).executeTakeFirst();
}

/** The chain must hold, and every table must be what the chain says that people decided. */
async function verifyRegistry(database: Kysely<Tables>, anchor: Anchor | undefined): Promise<AuditVerdict> {
  return database.transaction().execute(async (transaction) => {
    const lines = await transaction.selectFrom('audit').selectAll().orderBy('seq').execute();
    const verdict = verifyChain(lines, anchor);
    if (verdict.kind === 'broken') return verdict;
    const keys = await transaction.selectFrom('keys').selectAll().execute();
    const decisions = await transaction.selectFrom('price_decisions').selectAll().orderBy('seq').execute();
    const trouble =
      keyTrouble(keys, lines) ??
      priceTrouble(decisions, lines) ??
      (await attributionTrouble(transaction, lines)) ??
      (await invoiceTrouble(transaction, lines)) ??
      (await reconciliationTrouble(transaction, lines)) ??
      (await anomalyTrouble(transaction, lines)) ??
      (await budgetTrouble(transaction, lines));
    return trouble === undefined ? verdict : { kind: 'broken', seq: lines.length + 1, reason: trouble };
  });
}

function keyTrouble(keys: readonly KeysTable[], lines: readonly AuditTable[]): string | undefined {
  const created = new Map(
    lines.filter(({ action }) => action === 'key.create').map((line) => [line.subject, line]),
  );
  const revoked = new Map(
    lines.filter(({ action }) => action === 'key.revoke').map((line) => [line.subject, line]),
  );
  for (const key of keys) {
    const line = created.get(key.id);
    if (line === undefined) return `key ${key.id} exists and no line says who created it`;
    if (line.detail !== JSON.stringify(createDetail(key)))
      return `key ${key.id} is not what its line says was created`;
    if ((revoked.get(key.id)?.at ?? null) !== key.revoked_at)
      return `key ${key.id} and its line disagree on whether it is revoked`;
  }
  const missing = [...created.keys()].find((id) => !keys.some((key) => key.id === id));
  return missing === undefined ? undefined : `key ${missing} was created and is gone`;
}

/** What the audit line of a key's creation says: all of it that may never change. */
function createDetail(key: KeysTable): Record<string, unknown> {
  const { digest, name, workflow, team, customer, tags, expires_at: expiresAt } = key;
  return { digest, name, workflow, team, customer, tags: JSON.parse(tags) as unknown, expiresAt };
}

function toRecord(row: KeysTable): KeyRecord {
  const { id, digest, name, workflow, team, customer, hint } = row;
  return {
    id,
    digest,
    name,
    workflow,
    team,
    customer,
    hint,
    tags: JSON.parse(row.tags) as Record<string, string>,
    createdAtMs: Date.parse(row.created_at),
    expiresAtMs: row.expires_at === null ? undefined : Date.parse(row.expires_at),
    revokedAtMs: row.revoked_at === null ? undefined : Date.parse(row.revoked_at),
  };
}

function instantText(ms: number): string {
  return new Date(ms).toISOString();
}
