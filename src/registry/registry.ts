/**
 * What people decided: keys and sealed credentials, prices, attribution, invoices, and the audit chain of every decision. The front door of the room.
 * A decision and its audit line are one transaction: neither exists without the other.
 */
import { Kysely, sql } from 'kysely';

import { attributionTrouble, openAttributionRegistry } from './attribution.ts';
import { invoiceTrouble, openInvoiceRegistry } from './invoices.ts';
import type { InvoiceRegistry } from './invoices.ts';
import type { AttributionRegistry } from './attribution.ts';
import { anomalyNotes, anomalyTrouble } from './anomalies.ts';
import type { AnomalyNotes } from './anomalies.ts';
import { budgetTrouble, openBudgetRegistry } from './budgets.ts';
import type { BudgetRegistry } from './budgets.ts';
import { readAudit, verifyChain } from './audit.ts';
import type { Anchor, AuditEntry, AuditVerdict } from './audit.ts';
import { keyTrouble, openKeyRegistry } from './keys.ts';
import type { KeyRegistry } from './keys.ts';
import { migrate } from './migrations.ts';
import { openPriceDecisions, priceTrouble } from './prices.ts';
import type { PriceDecisions } from './prices.ts';
import { reconciliationTrouble } from './reconciliations.ts';
import { openSecretRegistry, secretTrouble } from './secrets.ts';
import type { SecretRegistry } from './secrets.ts';
import { sqliteDialect } from './sqlite.ts';
import type { Tables } from './tables.ts';

export { keyState, secretState } from './keys.ts';
export type { KeyAsk, KeyRecord, KeyRegistry, NewSecret } from './keys.ts';
export type { SecretRecord, SecretRegistry } from './secrets.ts';
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

export interface Registry {
  readonly keys: KeyRegistry;
  /** Sealed credentials of providers; they are opened elsewhere. */
  readonly secrets: SecretRegistry;
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

/** Opens the registry, created and migrated where needed. */
export async function openRegistry(options: RegistryOptions): Promise<Registry> {
  const database = new Kysely<Tables>({ dialect: sqliteDialect(options.file) });
  const level = await migrate(database, options.nowMs);
  return {
    level,
    keys: openKeyRegistry(database, options),
    secrets: openSecretRegistry(database, options.nowMs),
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

/** The chain must hold, and every table must be what the chain says that people decided. */
async function verifyRegistry(database: Kysely<Tables>, anchor: Anchor | undefined): Promise<AuditVerdict> {
  return database.transaction().execute(async (transaction) => {
    const lines = await transaction.selectFrom('audit').selectAll().orderBy('seq').execute();
    const verdict = verifyChain(lines, anchor);
    if (verdict.kind === 'broken') return verdict;
    const decisions = await transaction.selectFrom('price_decisions').selectAll().orderBy('seq').execute();
    const trouble =
      (await keyTrouble(transaction, lines)) ??
      (await secretTrouble(transaction, lines)) ??
      priceTrouble(decisions, lines) ??
      (await attributionTrouble(transaction, lines)) ??
      (await invoiceTrouble(transaction, lines)) ??
      (await reconciliationTrouble(transaction, lines)) ??
      (await anomalyTrouble(transaction, lines)) ??
      (await budgetTrouble(transaction, lines));
    return trouble === undefined ? verdict : { kind: 'broken', seq: lines.length + 1, reason: trouble };
  });
}
