/**
 * What people decided: keys and sealed credentials, prices, attribution, invoices, and the audit chain of every decision. The front door of the room.
 * A decision and its audit line are one transaction: neither exists without the other.
 */
import { sql } from 'kysely';
import type { Kysely, Transaction } from 'kysely';

import { attributionTrouble, openAttributionRegistry } from './attribution.ts';
import { invoiceTrouble, openInvoiceRegistry } from './invoices.ts';
import type { InvoiceRegistry } from './invoices.ts';
import type { AttributionRegistry } from './attribution.ts';
import { anomalyNotes, anomalyTrouble } from './anomalies.ts';
import type { AnomalyNotes } from './anomalies.ts';
import { forecastTrouble, openForecastRegistry } from './forecasts.ts';
import type { ForecastRegistry } from './forecasts.ts';
import { budgetTrouble, openBudgetRegistry } from './budgets.ts';
import type { BudgetRegistry } from './budgets.ts';
import { readAudit, verifyChain } from './audit.ts';
import type { Anchor, AuditEntry, AuditVerdict } from './audit.ts';
import { copyDatabase } from './copy.ts';
import type { Copied } from './copy.ts';
import { openDatabase } from './engine.ts';
import type { RegistryPlace } from './engine.ts';
import { keyTrouble, openKeyRegistry } from './keys.ts';
import type { KeyRegistry } from './keys.ts';
import { levelOf, migrate } from './migrations.ts';
import { latestRulebook, openRulebooks } from './rulebooks.ts';
import type { PublishedRulebook, Rulebooks } from './rulebooks.ts';
import type { Leader } from './leadership.ts';
import type { Fence, Gate, PostgresPlace } from './place.ts';
import { openPositions } from './positions.ts';
import type { Positions } from './positions.ts';
import { openPriceDecisions, priceTrouble } from './prices.ts';
import type { PriceDecisions } from './prices.ts';
import { reconciliationTrouble } from './reconciliations.ts';
import { openSecretRegistry, secretTrouble } from './secrets.ts';
import type { SecretRegistry } from './secrets.ts';
import type { Tables } from './tables.ts';
import { openViewRegistry, viewTrouble } from './views.ts';
import type { ViewRegistry } from './views.ts';

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
export { NotLeading, RegistryAway } from './away.ts';
export { VersionMoved } from './moved.ts';
export { LEASE_MS, openLeaderLock, RENEW_EVERY_MS } from './leadership.ts';
export type { Leader, LeaderLock, Standing } from './leadership.ts';
export type { RegistryPlace } from './engine.ts';
export { describePlace } from './place.ts';
export type { Fence, PostgresPlace } from './place.ts';
export type { Positions } from './positions.ts';
export type { PublishedRulebook, Rulebooks } from './rulebooks.ts';
export { standingForecasts } from './forecasts.ts';
export type {
  ForecastBody,
  ForecastDecision,
  ForecastDeciding,
  ForecastKind,
  ForecastRegistry,
} from './forecasts.ts';
export type { ViewBody, ViewDeciding, ViewRecord, ViewRegistry } from './views.ts';
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
  readonly rulebooks: Rulebooks;
  readonly positions: Positions;
  readonly budgets: BudgetRegistry;
  /** Scenarios that are kept; plans, proposed and locked. */
  readonly forecasts: ForecastRegistry;
  readonly views: ViewRegistry;
  audit(ask: { readonly afterSeq: number; readonly limit: number }): Promise<AuditEntry[]>;
  /** @param anchor a head noted elsewhere, which shows that the end was not cut off. */
  verifyAudit(anchor?: Anchor): Promise<AuditVerdict>;
  /** Who took the lead last among several controls; undefined where none ever did. */
  lastLeader(): Promise<Leader | undefined>;
  /** Asks the database whether this process may write, for what is written elsewhere. @throws NotLeading */
  confirmMayWrite(): Promise<void>;
  /** Migration level of the database. */
  readonly level: number;
  /** Whether the database answers. */
  alive(): Promise<boolean>;
  /** Writes the database of this moment, whole, into a SQLite file that does not exist; of PostgreSQL, what people decided. */
  copyTo(file: string): Promise<void>;
  close(): Promise<void>;
}

export type RegistryOptions = RegistryPlace & {
  readonly nowMs: () => number;
  /** Cryptographically strong: `crypto.randomBytes`. */
  readonly randomBytes: (count: number) => Uint8Array;
  /** With several controls: what is written while another leads is refused. Absent: this process may write. */
  readonly fence?: Fence | undefined;
  /** Neither creates nor migrates, for a look at what others run. */
  readonly asItIs?: boolean;
};

/**
 * Opens the registry, created and migrated where needed.
 * @throws RegistryAway when PostgreSQL does not answer: then it may be tried again.
 */
export async function openRegistry(options: RegistryOptions): Promise<Registry> {
  const gate: Gate = { fence: undefined };
  const database = await openDatabase(options, gate);
  const opened = options.asItIs === true ? levelOf(database) : migrate(database, options.nowMs);
  const level = await opened.catch(async (error: unknown) => {
    await database.destroy();
    throw error;
  });
  gate.fence = options.fence;
  return {
    level,
    keys: openKeyRegistry(database, options),
    secrets: openSecretRegistry(database, options.nowMs),
    attribution: openAttributionRegistry(database, options.nowMs),
    invoices: openInvoiceRegistry(database, options.nowMs),
    anomalies: anomalyNotes(database, options.nowMs),
    prices: openPriceDecisions(database, options),
    rulebooks: openRulebooks(database, options.nowMs),
    positions: openPositions(database),
    budgets: openBudgetRegistry(database, options.nowMs),
    forecasts: openForecastRegistry(database, options.nowMs),
    views: openViewRegistry(database, options),
    audit: ({ afterSeq, limit }) => readAudit(database, afterSeq, limit),
    verifyAudit: (anchor) => verifyRegistry(database, anchor),
    lastLeader: () =>
      database
        .selectFrom('leadership')
        .select(['epoch', 'holder', 'taken_at as since'])
        .orderBy('epoch', 'desc')
        .limit(1)
        .executeTakeFirst(),
    confirmMayWrite: () => database.transaction().execute(async () => undefined), // its beginning is the question
    alive: () => isAlive(database),
    async copyTo(file) {
      if ('file' in options) await sql`vacuum into ${file}`.execute(database);
      else await copyRegistry(options, { file }, options.nowMs);
    },
    close: () => database.destroy(),
  };
}

/**
 * Copies a registry into an empty one, of another engine or the same; all or nothing, and only a registry whose chain holds. The
 * one that is copied is not changed.
 * @throws RangeError when the other holds decisions, RegistryAway when it does not answer
 */
export async function copyRegistry(
  from: RegistryPlace,
  to: RegistryPlace,
  nowMs: () => number,
): Promise<Copied> {
  const [source, target] = [await openDatabase(from), await openDatabase(to)];
  try {
    for (const database of [source, target]) await migrate(database, nowMs);
    return await copyDatabase(source, target, verdictOf);
  } finally {
    await Promise.all([source.destroy(), target.destroy()]);
  }
}

/** Published rulebooks for a process that may see nothing else of the registry. It creates nothing. */
export async function openRulebookSource(postgres: PostgresPlace): Promise<{
  /** The newest, if its version is greater. @throws RegistryAway when PostgreSQL does not answer. */
  latest(after: number): Promise<PublishedRulebook | undefined>;
  close(): Promise<void>;
}> {
  const database = await openDatabase({ postgres });
  return { latest: (after) => latestRulebook(database, after), close: () => database.destroy() };
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
  const reading = database.transaction().setAccessMode('read only');
  return reading.execute((transaction) => verdictOf(transaction, anchor));
}

async function verdictOf(transaction: Transaction<Tables>, anchor?: Anchor): Promise<AuditVerdict> {
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
    (await budgetTrouble(transaction, lines)) ??
    (await forecastTrouble(transaction, lines)) ??
    (await viewTrouble(transaction, lines));
  return trouble === undefined ? verdict : { kind: 'broken', seq: lines.length + 1, reason: trouble };
}
