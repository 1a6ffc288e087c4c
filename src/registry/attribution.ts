/**
 * Decisions about who pays for what: rules of attribution, splits of shared cost, commitments. Versions are only
 * added; withdrawing is a version too. Beside them, what was posted because of them: each posting is written down
 * before the ledger is told, so that a second try after a crash tells it the same thing under the same id.
 */
import type { Kysely, Transaction } from 'kysely';

import { digestOf, disagreement } from './agreement.ts';
import type { Said } from './agreement.ts';
import { appendAudit } from './audit.ts';
import { VersionMoved } from './moved.ts';
import type { AttributionDecisionsTable, AttributionPostingsTable, AuditTable, Tables } from './tables.ts';

export type AttributionKind = 'rule' | 'split' | 'commitment';
type Body = Readonly<Record<string, unknown>>;

export interface AttributionDecision {
  readonly kind: AttributionKind;
  readonly id: string;
  readonly version: number;
  readonly action: 'set' | 'withdraw';
  /** What was decided; its shape is `inform/attribution`'s. A withdrawal repeats what it withdraws. */
  readonly body: Body;
  readonly reason: string;
  readonly author: string;
  readonly decidedAtMs: number;
}

/** Lines that were posted to the ledger, or are about to be. */
export interface AttributionPosting {
  /** The id under which the ledger knows the lines. */
  readonly id: string;
  readonly kind: AttributionKind;
  readonly subject: string;
  readonly version: number;
  /** `2026-09`: the month whose cost it is about. */
  readonly month: string;
  /** All that is needed to post it again. */
  readonly body: Body;
  readonly plannedAtMs: number;
  readonly doneAtMs: number | undefined;
  /** Ledger lines that it added; undefined until it is done. */
  readonly lines: number | undefined;
}

export interface AttributionRegistry {
  /**
   * Adds a version, only while `ifVersion` is the newest where it is given (0: there is none yet).
   * @returns undefined when there is nothing to withdraw.
   * @throws VersionMoved
   */
  decide(
    ask: {
      readonly ifVersion?: number | undefined;
      readonly kind: AttributionKind;
      readonly id: string;
      readonly action: 'set' | 'withdraw';
      readonly body?: Body;
      readonly reason: string;
    },
    actor: string,
  ): Promise<AttributionDecision | undefined>;
  /** All versions, in the order in which they were decided. */
  decisions(kind: AttributionKind): Promise<AttributionDecision[]>;
  /** Writes down what is about to be posted; an id that is there already is left as it is. */
  plan(
    posting: Omit<AttributionPosting, 'plannedAtMs' | 'doneAtMs' | 'lines'>,
    actor: string,
  ): Promise<AttributionPosting>;
  finish(id: string, lines: number): Promise<void>;
  /** In the order in which they were planned. */
  postings(kind: AttributionKind): Promise<AttributionPosting[]>;
}

export function openAttributionRegistry(database: Kysely<Tables>, nowMs: () => number): AttributionRegistry {
  return {
    decide: (ask, actor) =>
      database.transaction().execute((transaction) => decide(transaction, ask, { actor, nowMs: nowMs() })),
    async decisions(kind) {
      const rows = await database
        .selectFrom('attribution_decisions')
        .selectAll()
        .where('kind', '=', kind)
        .orderBy('seq')
        .execute();
      return rows.map(toDecision);
    },
    plan: (posting, actor) =>
      database.transaction().execute((transaction) => plan(transaction, posting, { actor, nowMs: nowMs() })),
    async finish(id, lines) {
      await database.transaction().execute((transaction) =>
        transaction
          .updateTable('attribution_postings')
          .set({ done_at: instantText(nowMs()), lines })
          .where('id', '=', id)
          .where('done_at', 'is', null)
          .execute(),
      );
    },
    async postings(kind) {
      const rows = await database
        .selectFrom('attribution_postings')
        .selectAll()
        .where('kind', '=', kind)
        .orderBy('seq')
        .execute();
      return rows.map(toPosting);
    },
  };
}

interface Deciding {
  readonly actor: string;
  readonly nowMs: number;
}

async function decide(
  transaction: Transaction<Tables>,
  ask: Parameters<AttributionRegistry['decide']>[0],
  { actor, nowMs }: Deciding,
): Promise<AttributionDecision | undefined> {
  const { kind, id, action, reason, ifVersion } = ask;
  const last = await transaction
    .selectFrom('attribution_decisions')
    .selectAll()
    .where('kind', '=', kind)
    .where('id', '=', id)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (action === 'withdraw' && (last === undefined || last.action === 'withdraw')) return undefined;
  if (ifVersion !== undefined && (last?.version ?? 0) !== ifVersion)
    throw new VersionMoved(`the ${kind} "${id}" has a newer version than ${ifVersion}`);
  const row: AttributionDecisionsTable = {
    seq: await nextSeq(transaction, 'attribution_decisions'),
    kind,
    id,
    version: (last?.version ?? 0) + 1,
    action,
    body: action === 'withdraw' ? (last?.body ?? '{}') : JSON.stringify(ask.body ?? {}),
    reason,
    author: actor,
    decided_at: instantText(nowMs),
  };
  await transaction.insertInto('attribution_decisions').values(row).execute();
  await appendAudit(transaction, { ...decisionSaid(row), actor });
  return toDecision(row);
}

async function plan(
  transaction: Transaction<Tables>,
  posting: Parameters<AttributionRegistry['plan']>[0],
  { actor, nowMs }: Deciding,
): Promise<AttributionPosting> {
  const { id, kind, subject, version, month, body } = posting;
  const before = await transaction
    .selectFrom('attribution_postings')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  if (before !== undefined) return toPosting(before);
  const row: AttributionPostingsTable = {
    seq: await nextSeq(transaction, 'attribution_postings'),
    id,
    kind,
    subject,
    version,
    month,
    body: JSON.stringify(body),
    planned_at: instantText(nowMs),
    done_at: null,
    lines: null,
  };
  await transaction.insertInto('attribution_postings').values(row).execute();
  await appendAudit(transaction, { ...postingSaid(row), actor });
  return toPosting(row);
}

function decisionSaid(row: AttributionDecisionsTable): Said {
  const { kind, action, id, version, reason, author, decided_at: at } = row;
  return {
    at,
    actor: author,
    action: `attribution.${kind}.${action}`,
    subject: `${id}@${version}`,
    detail: { ...(JSON.parse(row.body) as Body), reason },
  };
}

function postingSaid({
  kind,
  subject,
  version,
  id,
  month,
  body,
  planned_at: at,
}: AttributionPostingsTable): Said {
  return {
    at,
    action: `attribution.${kind}.post`,
    subject: `${subject}@${version}`,
    detail: { id, month, body: digestOf([body]) },
  };
}

/** What about the decisions and postings disagrees with the chain; undefined when nothing does. */
export async function attributionTrouble(
  database: Kysely<Tables>,
  lines: readonly AuditTable[],
): Promise<string | undefined> {
  const decisions = await database.selectFrom('attribution_decisions').selectAll().orderBy('seq').execute();
  const postings = await database.selectFrom('attribution_postings').selectAll().orderBy('seq').execute();
  const isPosting = (action: string): boolean => /^attribution\..*\.post$/.test(action);
  return (
    disagreement(
      'decision on attribution',
      decisions.map(decisionSaid),
      lines,
      (action) => action.startsWith('attribution.') && !isPosting(action),
    ) ?? disagreement('posting of attribution', postings.map(postingSaid), lines, isPosting)
  );
}

async function nextSeq(
  transaction: Transaction<Tables>,
  table: 'attribution_decisions' | 'attribution_postings',
): Promise<number> {
  const row = await transaction
    .selectFrom(table)
    .select((has) => has.fn.max('seq').as('seq'))
    .executeTakeFirst();
  return (row?.seq ?? 0) + 1;
}

function toDecision(row: AttributionDecisionsTable): AttributionDecision {
  const { kind, id, version, action, reason, author } = row;
  return {
    kind: kind as AttributionKind,
    id,
    version,
    action: action as AttributionDecision['action'],
    reason,
    author,
    body: JSON.parse(row.body) as Body,
    decidedAtMs: Date.parse(row.decided_at),
  };
}

function toPosting(row: AttributionPostingsTable): AttributionPosting {
  const { id, kind, subject, version, month } = row;
  return {
    id,
    kind: kind as AttributionKind,
    subject,
    version,
    month,
    body: JSON.parse(row.body) as Body,
    plannedAtMs: Date.parse(row.planned_at),
    doneAtMs: row.done_at === null ? undefined : Date.parse(row.done_at),
    lines: row.lines ?? undefined,
  };
}

function instantText(ms: number): string {
  return new Date(ms).toISOString();
}
