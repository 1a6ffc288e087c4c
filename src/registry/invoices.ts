/**
 * Statements as they were imported, reconciliations as they were made, and months that were closed. Nothing is edited: a
 * statement that replaces another is one more import, a state of a key one more row.
 */
import type { Kysely, Transaction } from 'kysely';

import { digestOf, disagreement } from './agreement.ts';
import type { Said } from './agreement.ts';
import { appendAudit } from './audit.ts';
import {
  beginApply,
  findReconciliation,
  finishApply,
  saveReconciliation,
  toReconciliation,
} from './reconciliations.ts';
import type { KeyStateRecord, ReconciliationRecord } from './reconciliations.ts';
import type { AuditTable, ClosedMonthsTable, InvoiceImportsTable, Tables } from './tables.ts';

export interface StoredLine {
  readonly row: number;
  readonly provider: string;
  readonly day: string;
  /** JSON object, as the importer read it. */
  readonly body: string;
}

export interface ImportRecord {
  readonly id: string;
  readonly kind: string;
  readonly fileName: string;
  /** SHA-256 of the file, lower-case hex. */
  readonly digest: string;
  readonly bytes: number;
  readonly lines: number;
  readonly firstDay: string;
  readonly lastDay: string;
  readonly invoice: string;
  readonly replaces: string;
  readonly actor: string;
  readonly at: string;
}

export interface NewImport {
  /** Content, kind and mapping as one digest. */
  readonly id: string;
  readonly kind: string;
  readonly fileName: string;
  readonly digest: string;
  readonly bytes: number;
  readonly invoice: string;
  readonly lines: readonly StoredLine[];
  /** What to do with an earlier import of the same kind, provider and days. */
  readonly overlap: 'refuse' | 'add' | 'replace';
}

export type ImportOutcome =
  | { readonly kind: 'imported' | 'repeated'; readonly record: ImportRecord }
  /** Nothing was imported: this one tells of the same days. */
  | { readonly kind: 'overlap'; readonly record: ImportRecord };

export interface InvoiceRegistry {
  /** All of a file or nothing. */
  add(statement: NewImport, actor: string): Promise<ImportOutcome>;
  /** Newest first. */
  imports(): Promise<ImportRecord[]>;
  find(id: string): Promise<ImportRecord | undefined>;
  /** Lines of a month, or of one import, in the order of their files; of replaced imports only when they are named. */
  lines(
    of: { readonly month: string } | { readonly importId: string },
  ): Promise<
    Array<StoredLine & { readonly importId: string; readonly kind: string; readonly invoice: string }>
  >;
  save(
    made: Pick<ReconciliationRecord, 'id' | 'month' | 'provider' | 'body'>,
    keys: ReadonlyArray<{ readonly key: string; readonly state: string }>,
    actor: string,
  ): Promise<ReconciliationRecord>;
  reconciliations(): Promise<ReconciliationRecord[]>;
  reconciliation(id: string): Promise<ReconciliationRecord | undefined>;
  /** Decides once when and where the lines are booked. @returns the other reconciliation that was applied since, if any: then nothing was begun. */
  beginApply(
    id: string,
    bookAtMs: number | undefined,
    actor: string,
  ): Promise<ReconciliationRecord | { readonly applied: string }>;
  finishApply(
    id: string,
    lines: number,
    keys: readonly string[],
    actor: string,
  ): Promise<ReconciliationRecord>;
  /** The history of the keys of a month, oldest first. */
  keyStates(month: string): Promise<KeyStateRecord[]>;
  close(month: string, sums: string, actor: string): Promise<void>;
}

export function openInvoiceRegistry(database: Kysely<Tables>, nowMs: () => number): InvoiceRegistry {
  const now = (): string => new Date(nowMs()).toISOString();
  return {
    add: (statement, actor) =>
      database.transaction().execute((step) => addImport(step, statement, actor, now())),
    async imports() {
      const rows = await database
        .selectFrom('invoice_imports')
        .selectAll()
        .orderBy('at', 'desc')
        .orderBy('id')
        .execute();
      return rows.map(toImport);
    },
    async find(id) {
      const row = await database
        .selectFrom('invoice_imports')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst();
      return row && toImport(row);
    },
    lines: (of) => readLines(database, of),
    save: (made, keys, actor) =>
      database.transaction().execute((step) => saveReconciliation(step, made, keys, actor, now())),
    async reconciliations() {
      const rows = await database
        .selectFrom('reconciliations')
        .selectAll()
        .orderBy('at', 'desc')
        .orderBy('id')
        .execute();
      return rows.map(toReconciliation);
    },
    reconciliation: (id) => findReconciliation(database, id),
    beginApply: (id, bookAtMs, actor) =>
      database.transaction().execute((step) => beginApply(step, id, bookAtMs, actor, now())),
    finishApply: (id, lines, keys, actor) =>
      database.transaction().execute((step) => finishApply(step, { id, lines, keys }, actor, now())),
    async keyStates(month) {
      return database
        .selectFrom('reconciled_keys')
        .select(['month', 'key', 'state', 'reconciliation', 'at'])
        .where('month', '=', month)
        .orderBy('seq')
        .execute();
    },
    close: (month, sums, actor) =>
      database.transaction().execute(async (step) => {
        const known = await step
          .selectFrom('closed_months')
          .select('month')
          .where('month', '=', month)
          .executeTakeFirst();
        if (known !== undefined) return;
        const row = { month, sums, actor, at: now() };
        await step.insertInto('closed_months').values(row).execute();
        await appendAudit(step, { ...closeSaid(row), actor });
      }),
  };
}

const ROWS_AT_ONCE = 500;

async function addImport(
  step: Transaction<Tables>,
  statement: NewImport,
  actor: string,
  at: string,
): Promise<ImportOutcome> {
  const known = await step
    .selectFrom('invoice_imports')
    .selectAll()
    .where('id', '=', statement.id)
    .executeTakeFirst();
  if (known !== undefined) return { kind: 'repeated', record: toImport(known) };
  const days = statement.lines.map(({ day }) => day).toSorted();
  const [firstDay = '', lastDay = ''] = [days[0], days.at(-1)];
  const before = await overlapping(step, statement, firstDay, lastDay);
  if (before !== undefined && statement.overlap === 'refuse')
    return { kind: 'overlap', record: toImport(before) };
  const row: InvoiceImportsTable = {
    id: statement.id,
    kind: statement.kind,
    file_name: statement.fileName,
    digest: statement.digest,
    bytes: statement.bytes,
    lines: statement.lines.length,
    first_day: firstDay,
    last_day: lastDay,
    invoice: statement.invoice,
    replaces: statement.overlap === 'replace' ? (before?.id ?? '') : '',
    actor,
    at,
  };
  await step.insertInto('invoice_imports').values(row).execute();
  for (let from = 0; from < statement.lines.length; from += ROWS_AT_ONCE) {
    const values = statement.lines.slice(from, from + ROWS_AT_ONCE).map((line, index) => ({
      import_id: statement.id,
      place: from + index,
      file_row: line.row,
      provider: line.provider,
      month: line.day.slice(0, 7),
      day: line.day,
      body: line.body,
    }));
    await step.insertInto('statement_lines').values(values).execute();
  }
  const bodies = statement.lines.map(({ body }) => body);
  await appendAudit(step, { ...importSaid(row, bodies), actor });
  return { kind: 'imported', record: toImport(row) };
}

function closeSaid({ month, sums, actor, at }: ClosedMonthsTable): Said {
  const detail = JSON.parse(sums) as Record<string, unknown>;
  return { at, actor, action: 'month.close', subject: month, detail };
}

/** @param bodies of its lines, in their order */
function importSaid(row: InvoiceImportsTable, bodies: readonly string[]): Said {
  const { id, kind, file_name: fileName, digest, lines, invoice, replaces, actor, at } = row;
  const { first_day: firstDay, last_day: lastDay } = row;
  const content = digestOf(bodies);
  const detail = { kind, fileName, digest, lines, firstDay, lastDay, invoice, replaces, content };
  return { at, actor, action: 'invoice.import', subject: id, detail };
}

/** What about imports and closed months disagrees with the chain; undefined when nothing does. */
export async function invoiceTrouble(
  database: Kysely<Tables>,
  audit: readonly AuditTable[],
): Promise<string | undefined> {
  const imports: Said[] = [];
  for (const row of await database.selectFrom('invoice_imports').selectAll().execute()) {
    const bodies = await database
      .selectFrom('statement_lines')
      .select('body')
      .where('import_id', '=', row.id)
      .orderBy('place')
      .execute();
    imports.push(
      importSaid(
        row,
        bodies.map(({ body }) => body),
      ),
    );
  }
  const closed = await database.selectFrom('closed_months').selectAll().execute();
  return (
    disagreement('import', imports, audit, (action) => action === 'invoice.import') ??
    disagreement('closed month', closed.map(closeSaid), audit, (action) => action === 'month.close')
  );
}

/** The newest import in force of the same kind that has a line of the same provider on one of the days. */
async function overlapping(
  step: Transaction<Tables>,
  { kind, lines }: NewImport,
  firstDay: string,
  lastDay: string,
): Promise<InvoiceImportsTable | undefined> {
  const providers = [...new Set(lines.map(({ provider }) => provider))];
  if (providers.length === 0) return undefined; // an empty list is no SQL everywhere
  const found = await step
    .selectFrom('statement_lines')
    .innerJoin('invoice_imports', 'invoice_imports.id', 'statement_lines.import_id')
    .selectAll('invoice_imports')
    .where('invoice_imports.kind', '=', kind)
    .where('statement_lines.provider', 'in', providers)
    .where('statement_lines.day', '>=', firstDay)
    .where('statement_lines.day', '<=', lastDay)
    .orderBy('invoice_imports.at', 'desc')
    .execute();
  const gone = await replacedIds(step);
  return found.find(({ id }) => !gone.has(id));
}

async function replacedIds(database: Kysely<Tables>): Promise<ReadonlySet<string>> {
  const rows = await database
    .selectFrom('invoice_imports')
    .select('replaces')
    .where('replaces', '!=', '')
    .execute();
  return new Set(rows.map(({ replaces }) => replaces));
}

async function readLines(
  database: Kysely<Tables>,
  of: { readonly month: string } | { readonly importId: string },
) {
  const all = database
    .selectFrom('statement_lines')
    .innerJoin('invoice_imports', 'invoice_imports.id', 'statement_lines.import_id')
    .select(['import_id', 'file_row', 'provider', 'day', 'body', 'kind', 'invoice'])
    .orderBy('import_id')
    .orderBy('place');
  const rows = await (
    'month' in of ? all.where('month', '=', of.month) : all.where('import_id', '=', of.importId)
  ).execute();
  const gone = 'month' in of ? await replacedIds(database) : new Set<string>();
  return rows
    .filter((row) => !gone.has(row.import_id))
    .map(({ import_id: importId, file_row: row, provider, day, body, kind, invoice }) => ({
      importId,
      row,
      provider,
      day,
      body,
      kind,
      invoice,
    }));
}

function toImport({
  file_name: fileName,
  first_day: firstDay,
  last_day: lastDay,
  ...rest
}: InvoiceImportsTable): ImportRecord {
  return { ...rest, fileName, firstDay, lastDay };
}
