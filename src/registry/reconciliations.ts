/** Reconciliations and what each key came to: made once, applied once, never edited. */
import type { Kysely, Transaction } from 'kysely';

import { digestOf, disagreement } from './agreement.ts';
import type { Said } from './agreement.ts';
import { appendAudit } from './audit.ts';
import type { AuditTable, ReconciliationsTable, Tables } from './tables.ts';

const ROWS_AT_ONCE = 500;

export interface ReconciliationRecord {
  readonly id: string;
  readonly month: string;
  readonly provider: string;
  readonly body: string;
  readonly actor: string;
  readonly at: string;
  readonly applyingAt: string | null;
  readonly appliedAt: string | null;
  readonly bookAt: string | null;
  readonly lines: number | null;
}

export interface KeyStateRecord {
  readonly month: string;
  readonly key: string;
  readonly state: string;
  readonly reconciliation: string;
  readonly at: string;
}

export async function saveReconciliation(
  step: Transaction<Tables>,
  made: Pick<ReconciliationRecord, 'id' | 'month' | 'provider' | 'body'>,
  keys: ReadonlyArray<{ readonly key: string; readonly state: string }>,
  actor: string,
  at: string,
): Promise<ReconciliationRecord> {
  const row: ReconciliationsTable = {
    ...made,
    actor,
    at,
    applying_at: null,
    applied_at: null,
    book_at: null,
    lines: null,
  };
  await step.insertInto('reconciliations').values(row).execute();
  await appendStates(step, made.month, made.id, keys, at);
  await appendAudit(step, { ...makeSaid(row), actor });
  return toReconciliation(row);
}

async function appendStates(
  step: Transaction<Tables>,
  month: string,
  reconciliation: string,
  keys: ReadonlyArray<{ readonly key: string; readonly state: string }>,
  at: string,
): Promise<void> {
  const last = await step
    .selectFrom('reconciled_keys')
    .select((has) => has.fn.max('seq').as('seq'))
    .executeTakeFirst();
  const first = (last?.seq ?? 0) + 1;
  for (let from = 0; from < keys.length; from += ROWS_AT_ONCE) {
    const values = keys
      .slice(from, from + ROWS_AT_ONCE)
      .map(({ key, state }, index) => ({ seq: first + from + index, month, key, state, reconciliation, at }));
    await step.insertInto('reconciled_keys').values(values).execute();
  }
}

export async function findReconciliation(
  database: Kysely<Tables>,
  id: string,
): Promise<ReconciliationRecord | undefined> {
  const row = await database
    .selectFrom('reconciliations')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row && toReconciliation(row);
}

/** Two reconciliations of one ledger would each correct the same difference: the older one is out of date. */
export async function beginApply(
  step: Transaction<Tables>,
  id: string,
  bookAtMs: number | undefined,
  actor: string,
  at: string,
): Promise<ReconciliationRecord | { readonly applied: string }> {
  const own = await step
    .selectFrom('reconciliations')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  if (own.applying_at !== null) return toReconciliation(own);
  const others = await step
    .selectFrom('reconciliations')
    .selectAll()
    .where('month', '=', own.month)
    .where('applying_at', '>=', own.at)
    .execute();
  const other = others.find(
    ({ provider }) => provider === '' || own.provider === '' || provider === own.provider,
  );
  if (other !== undefined) return { applied: other.id };
  const bookAt = bookAtMs === undefined ? null : new Date(bookAtMs).toISOString();
  await step
    .updateTable('reconciliations')
    .set({ applying_at: at, book_at: bookAt })
    .where('id', '=', id)
    .execute();
  await appendAudit(step, {
    at,
    actor,
    action: 'reconciliation.apply',
    subject: id,
    detail: { month: own.month, bookAt },
  });
  return toReconciliation({ ...own, applying_at: at, book_at: bookAt });
}

export async function finishApply(
  step: Transaction<Tables>,
  done: { readonly id: string; readonly lines: number; readonly keys: readonly string[] },
  actor: string,
  at: string,
): Promise<ReconciliationRecord> {
  const own = await step
    .selectFrom('reconciliations')
    .selectAll()
    .where('id', '=', done.id)
    .executeTakeFirstOrThrow();
  if (own.applied_at !== null) return toReconciliation(own);
  await step
    .updateTable('reconciliations')
    .set({ applied_at: at, lines: done.lines })
    .where('id', '=', done.id)
    .execute();
  await appendStates(
    step,
    own.month,
    done.id,
    done.keys.map((key) => ({ key, state: 'corrected' })),
    at,
  );
  await appendAudit(step, {
    at,
    actor,
    action: 'reconciliation.applied',
    subject: done.id,
    detail: { month: own.month, lines: done.lines },
  });
  return toReconciliation({ ...own, applied_at: at, lines: done.lines });
}

function makeSaid({ id, month, provider, body, actor, at }: ReconciliationsTable): Said {
  const detail = { month, provider, body: digestOf([body]) };
  return { at, actor, action: 'reconciliation.make', subject: id, detail };
}

/** What about the reconciliations disagrees with the chain; undefined when nothing does. */
export async function reconciliationTrouble(
  database: Kysely<Tables>,
  lines: readonly AuditTable[],
): Promise<string | undefined> {
  const rows = await database.selectFrom('reconciliations').selectAll().execute();
  const said = rows.flatMap((row): Said[] => {
    const { id: subject, month, applying_at: begun, applied_at: done, book_at: bookAt } = row;
    return [
      makeSaid(row),
      ...(begun === null
        ? []
        : [{ at: begun, action: 'reconciliation.apply', subject, detail: { month, bookAt } }]),
      ...(done === null
        ? []
        : [{ at: done, action: 'reconciliation.applied', subject, detail: { month, lines: row.lines } }]),
    ];
  });
  return disagreement('reconciliation', said, lines, (action) => action.startsWith('reconciliation.'));
}

export function toReconciliation({
  applying_at: applyingAt,
  applied_at: appliedAt,
  book_at: bookAt,
  ...rest
}: ReconciliationsTable): ReconciliationRecord {
  return { ...rest, applyingAt, appliedAt, bookAt };
}
