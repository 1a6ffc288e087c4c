/** The registry's tables as Kysely sees them. Instants are RFC 3339 text in UTC, which sorts as time and is portable. */
export interface KeysTable {
  readonly id: string;
  readonly digest: string;
  readonly name: string;
  readonly workflow: string;
  readonly team: string;
  readonly customer: string;
  /** JSON object of texts. */
  readonly tags: string;
  /** Last four characters of the key, so that a person can tell two keys apart. */
  readonly hint: string;
  readonly created_at: string;
  readonly expires_at: string | null;
  revoked_at: string | null;
  readonly environment: string;
  /** JSON object of a `KeyScope`; `{}`: all calls. */
  readonly scope: string;
  /** Id of the key that made it; empty: a person did. */
  readonly parent: string;
}

/** Each secret of a key after its first, append-only. */
export interface KeyRotationsTable {
  readonly key_id: string;
  readonly version: number;
  readonly digest: string;
  readonly hint: string;
  /** Until when the secrets before it work. */
  readonly former_until: string;
  readonly actor: string;
  readonly at: string;
}

/** Credentials of providers, a row for each version. */
export interface SecretsTable {
  readonly id: string;
  readonly version: number;
  readonly hint: string;
  /** Of the sealed text, without its wrapping. */
  readonly digest: string;
  /** JSON of a `SealedText`; empty once it was replaced or removed. */
  sealed: string;
  readonly actor: string;
  readonly at: string;
  removed_by: string | null;
  removed_at: string | null;
}

export interface AuditTable {
  readonly seq: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  /** JSON text, kept exactly as it was hashed. */
  readonly detail: string;
  readonly previous_hash: string;
  readonly hash: string;
}

/** What people said of anomalies, append-only. */
export interface AnomalyNotesTable {
  readonly seq: number;
  readonly anomaly: string;
  readonly state: string;
  readonly note: string;
  readonly workflow: string;
  readonly from_at: string;
  readonly to_at: string;
  readonly actor: string;
  readonly at: string;
}

/** Append-only: a decision is never edited; another row supersedes or withdraws it. */
export interface PriceDecisionsTable {
  readonly seq: number;
  readonly id: string;
  readonly at: string;
  readonly actor: string;
  /** `set` or `withdraw`. */
  readonly action: string;
  readonly reason: string;
  readonly origin: string;
  /** JSON array of the findings that were confirmed. */
  readonly confirmed: string;
  /** JSON of the price; empty on a withdrawal. */
  readonly price: string;
  /** The decision that it ends; empty for none. */
  readonly ends: string;
  /** When it begins to hold (or the other to end); null: since always. */
  readonly effective_from: string | null;
}

/** The parts of price books that many books have in common, once. */
export interface PriceSeedsTable {
  readonly hash: string;
  /** Gzipped JSON in base64, which every engine can hold. */
  readonly data: string;
}

export interface PriceBooksTable {
  readonly version: string;
  readonly kept_at: string;
  readonly seed: string;
  /** JSON of the overrides. */
  readonly overrides: string;
}

export interface MigrationsTable {
  readonly level: number;
  readonly name: string;
  readonly applied_at: string;
}

/** Rules of attribution, splits of shared cost and commitments, every version of them. */
export interface AttributionDecisionsTable {
  readonly seq: number;
  readonly kind: string;
  readonly id: string;
  readonly version: number;
  readonly action: string;
  /** JSON object, kept as it was decided. */
  readonly body: string;
  readonly reason: string;
  readonly author: string;
  readonly decided_at: string;
}

export interface AttributionPostingsTable {
  readonly seq: number;
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly version: number;
  readonly month: string;
  /** JSON object: all that is needed to post it again. */
  readonly body: string;
  readonly planned_at: string;
  done_at: string | null;
  lines: number | null;
}

/** Statement files that were imported: a file is its content, so the same file is one import. */
export interface InvoiceImportsTable {
  readonly id: string;
  readonly kind: string;
  readonly file_name: string;
  readonly digest: string;
  readonly bytes: number;
  readonly lines: number;
  readonly first_day: string;
  readonly last_day: string;
  readonly invoice: string;
  /** The earlier import that this one stands in for; empty for none. */
  readonly replaces: string;
  readonly actor: string;
  readonly at: string;
}

export interface StatementLinesTable {
  readonly import_id: string;
  readonly place: number;
  /** Row of the file. */
  readonly file_row: number;
  readonly provider: string;
  readonly month: string;
  readonly day: string;
  /** JSON object, as it was read. */
  readonly body: string;
}

export interface ReconciliationsTable {
  readonly id: string;
  readonly month: string;
  /** Empty: all providers. */
  readonly provider: string;
  /** JSON object: the report and its corrections. */
  readonly body: string;
  readonly actor: string;
  readonly at: string;
  /** Set once, before the first line is posted: all later tries post the same lines. */
  applying_at: string | null;
  applied_at: string | null;
  /** Instant at which the lines of a closed month are booked. */
  book_at: string | null;
  lines: number | null;
}

/** What each key came to, append-only; the last one counts, and it is never earlier than the one before. */
export interface ReconciledKeysTable {
  readonly seq: number;
  readonly month: string;
  readonly key: string;
  readonly state: string;
  readonly reconciliation: string;
  readonly at: string;
}

export interface ClosedMonthsTable {
  readonly month: string;
  /** JSON object: the sums that were frozen. */
  readonly sums: string;
  readonly actor: string;
  readonly at: string;
}

/** Who led, one row for each time that a control took the lead; the last one leads. Only where the registry is PostgreSQL. */
export interface LeadershipTable {
  readonly epoch: number;
  readonly holder: string;
  readonly taken_at: string;
}

/** The newest published rulebooks, for gateways of other hosts. Only where the registry is PostgreSQL. */
export interface RulebooksTable {
  readonly version: number;
  /** Of the leader that published it. */
  readonly epoch: number;
  readonly published_at: string;
  /** JSON, opaque here. */
  readonly body: string;
}

/** How far a job of the leading control has come. Only where the registry is PostgreSQL. */
export interface PositionsTable {
  readonly name: string;
  value: string;
}

/** Versions of budgets, only added; the newest of a budget counts. */
export interface BudgetDecisionsTable {
  readonly seq: number;
  readonly budget: string;
  readonly version: number;
  /** `set` or `end`. */
  readonly action: string;
  /** JSON object: the budget as it was decided; an ending repeats what it ends. */
  readonly body: string;
  readonly reason: string;
  readonly author: string;
  readonly decided_at: string;
}

/** Versions of scenarios and plans, only added; the newest of an id counts. */
export interface ForecastDecisionsTable {
  readonly seq: number;
  /** `scenario` or `plan`. */
  readonly kind: string;
  readonly id: string;
  readonly version: number;
  readonly action: string;
  /** JSON object. */
  readonly body: string;
  readonly reason: string;
  readonly author: string;
  readonly decided_at: string;
}

/** Versions of saved views, only added; the newest of a view counts. */
export interface ViewDecisionsTable {
  readonly seq: number;
  readonly view: string;
  readonly version: number;
  /** `save`, `delete` or `restore`. */
  readonly action: string;
  /** JSON object: the view as it was saved; a deletion repeats what it takes away. */
  readonly body: string;
  readonly author: string;
  readonly decided_at: string;
}

export interface Tables {
  view_decisions: ViewDecisionsTable;
  forecast_decisions: ForecastDecisionsTable;
  positions: PositionsTable;
  leadership: LeadershipTable;
  rulebooks: RulebooksTable;
  budget_decisions: BudgetDecisionsTable;
  invoice_imports: InvoiceImportsTable;
  statement_lines: StatementLinesTable;
  reconciliations: ReconciliationsTable;
  reconciled_keys: ReconciledKeysTable;
  closed_months: ClosedMonthsTable;
  keys: KeysTable;
  key_rotations: KeyRotationsTable;
  secrets: SecretsTable;
  attribution_decisions: AttributionDecisionsTable;
  attribution_postings: AttributionPostingsTable;
  audit: AuditTable;
  price_decisions: PriceDecisionsTable;
  price_seeds: PriceSeedsTable;
  price_books: PriceBooksTable;
  anomaly_notes: AnomalyNotesTable;
  migrations: MigrationsTable;
}
