/** What people said of anomalies: append-only notes, of which the last one counts. */
import type { Kysely } from 'kysely';

import { disagreement } from './agreement.ts';
import type { Said } from './agreement.ts';
import { appendAudit } from './audit.ts';
import { VersionMoved } from './moved.ts';
import type { AnomalyNotesTable, AuditTable, Tables } from './tables.ts';

/** `expected`: planned, so nothing is learned from it and it is not shown again; `open` takes an earlier word back. */
export const ANOMALY_STATES = ['open', 'acknowledged', 'expected', 'resolved'] as const;
export type AnomalyState = (typeof ANOMALY_STATES)[number];

export interface AnomalyNote {
  /** The finding's own id. */
  readonly anomaly: string;
  readonly state: AnomalyState;
  readonly note: string;
  /** Where and when it was, so that an expected window is known without finding it again. */
  readonly workflow: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly actor: string;
  readonly atMs: number;
}

export interface AnomalyNotes {
  /**
   * @param ifState only while this is the last word about it.
   * @throws VersionMoved
   */
  add(note: Omit<AnomalyNote, 'actor' | 'atMs'>, actor: string, ifState?: AnomalyState): Promise<AnomalyNote>;
  /** All notes of one anomaly, or of all, oldest first. */
  list(anomaly?: string): Promise<AnomalyNote[]>;
}

export function anomalyNotes(database: Kysely<Tables>, nowMs: () => number): AnomalyNotes {
  return {
    add: (note, actor, ifState) => addNote(database, { ...note, actor, atMs: nowMs() }, ifState),
    async list(anomaly) {
      const all = database.selectFrom('anomaly_notes').selectAll().orderBy('seq');
      const rows = await (anomaly === undefined ? all : all.where('anomaly', '=', anomaly)).execute();
      return rows.map(toNote);
    },
  };
}

async function addNote(
  database: Kysely<Tables>,
  note: AnomalyNote,
  ifState: AnomalyState | undefined,
): Promise<AnomalyNote> {
  const { anomaly, state, workflow, actor } = note;
  const row = {
    anomaly,
    state,
    note: note.note,
    workflow,
    from_at: instantText(note.fromMs),
    to_at: instantText(note.toMs),
    actor,
    at: instantText(note.atMs),
  };
  await database.transaction().execute(async (transaction) => {
    const last = await transaction
      .selectFrom('anomaly_notes')
      .select((has) => has.fn.max('seq').as('seq'))
      .executeTakeFirst();
    const said = await transaction
      .selectFrom('anomaly_notes')
      .select('state')
      .where('anomaly', '=', anomaly)
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
    const was = said?.state ?? 'open';
    if (ifState !== undefined && was !== ifState) throw new VersionMoved(`the anomaly ${anomaly} is ${was}`);
    await transaction
      .insertInto('anomaly_notes')
      .values({ seq: (last?.seq ?? 0) + 1, ...row })
      .execute();
    await appendAudit(transaction, { ...noteSaid(row), actor });
  });
  return note;
}

function noteSaid(row: Omit<AnomalyNotesTable, 'seq'>): Said {
  const { anomaly, state, note, workflow, from_at: from, to_at: to, actor, at } = row;
  return { at, actor, action: `anomaly.${state}`, subject: anomaly, detail: { note, workflow, from, to } };
}

/** What about the notes disagrees with the chain; undefined when nothing does. */
export async function anomalyTrouble(
  database: Kysely<Tables>,
  lines: readonly AuditTable[],
): Promise<string | undefined> {
  const rows = await database.selectFrom('anomaly_notes').selectAll().orderBy('seq').execute();
  return disagreement('note on anomaly', rows.map(noteSaid), lines, (action) =>
    action.startsWith('anomaly.'),
  );
}

function toNote(row: AnomalyNotesTable): AnomalyNote {
  const { anomaly, state, note, workflow, actor } = row;
  return {
    anomaly,
    state: state as AnomalyState,
    note,
    workflow,
    actor,
    fromMs: Date.parse(row.from_at),
    toMs: Date.parse(row.to_at),
    atMs: Date.parse(row.at),
  };
}

function instantText(ms: number): string {
  return new Date(ms).toISOString();
}
