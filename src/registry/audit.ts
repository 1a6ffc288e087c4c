/**
 * The audit chain: every decision is a line whose hash covers the line before it, so that an edit, a removal or a
 * swap anywhere breaks every hash after it. What a chain alone cannot show is that its end was cut off; for that
 * there are an anchor (a head that was noted elsewhere) and the tables themselves (see `verifyRegistry`).
 */
import { createHash } from 'node:crypto';

import type { Kysely, Transaction } from 'kysely';

import type { AuditTable, Tables } from './tables.ts';

export interface AuditEntry {
  readonly seq: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly hash: string;
}

/** A head of the chain that was noted somewhere else. */
export interface Anchor {
  readonly seq: number;
  readonly hash: string;
}

export type AuditVerdict =
  | { readonly kind: 'intact'; readonly entries: number; readonly head: Anchor }
  /** `seq` is the first line that is wrong or missing. */
  | { readonly kind: 'broken'; readonly seq: number; readonly reason: string };

export const FIRST_HASH = '0'.repeat(64);

/** Adds a line to the chain, inside the transaction of the decision that it records. */
export async function appendAudit(
  transaction: Transaction<Tables>,
  entry: Omit<AuditEntry, 'seq' | 'hash'>,
): Promise<void> {
  const last = await transaction
    .selectFrom('audit')
    .select(['seq', 'hash'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  const line = {
    seq: (last?.seq ?? 0) + 1,
    at: entry.at,
    actor: entry.actor,
    action: entry.action,
    subject: entry.subject,
    detail: JSON.stringify(entry.detail),
    previous_hash: last?.hash ?? FIRST_HASH,
  };
  await transaction
    .insertInto('audit')
    .values({ ...line, hash: hashLine(line) })
    .execute();
}

export async function readAudit(
  database: Kysely<Tables>,
  afterSeq: number,
  limit: number,
): Promise<AuditEntry[]> {
  const rows = await database
    .selectFrom('audit')
    .selectAll()
    .where('seq', '>', afterSeq)
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.map(({ seq, at, actor, action, subject, detail, hash }) => ({
    seq,
    at,
    actor,
    action,
    subject,
    hash,
    detail: JSON.parse(detail) as Record<string, unknown>,
  }));
}

/** Recomputes the chain over its lines in order. Pure. */
export function verifyChain(lines: readonly AuditTable[], anchor: Anchor | undefined): AuditVerdict {
  let previous = FIRST_HASH;
  for (const [index, line] of lines.entries()) {
    const seq = index + 1;
    const reason = lineTrouble(line, seq, previous);
    if (reason !== undefined) return { kind: 'broken', seq, reason };
    if (anchor?.seq === seq && anchor.hash !== line.hash) {
      return { kind: 'broken', seq, reason: 'the chain is not the one whose head was noted' };
    }
    previous = line.hash;
  }
  if (anchor !== undefined && anchor.seq > lines.length) {
    return {
      kind: 'broken',
      seq: lines.length + 1,
      reason: `lines up to ${anchor.seq} existed and are gone`,
    };
  }
  return { kind: 'intact', entries: lines.length, head: { seq: lines.length, hash: previous } };
}

function lineTrouble(line: AuditTable, seq: number, previous: string): string | undefined {
  if (line.seq !== seq) return `line ${seq} is missing`;
  if (line.previous_hash !== previous) return 'it does not follow the line before it';
  return line.hash === hashLine(line) ? undefined : 'its content was changed after it was written';
}

function hashLine(line: Omit<AuditTable, 'hash'>): string {
  const { seq, at, actor, action, subject, detail, previous_hash } = line;
  return createHash('sha256')
    .update(JSON.stringify([seq, at, actor, action, subject, detail, previous_hash]))
    .digest('hex');
}
