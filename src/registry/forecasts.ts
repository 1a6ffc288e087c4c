/**
 * Scenarios that people keep, and plans that they propose and lock. Versions are only added, each in one transaction with its
 * audit line. A locked plan is never changed: forecast accuracy is measured against it, so that nobody moves the mark afterwards.
 */
import type { Kysely, Transaction } from 'kysely';

import { disagreement } from './agreement.ts';
import type { Said } from './agreement.ts';
import { appendAudit } from './audit.ts';
import type { AuditTable, ForecastDecisionsTable, Tables } from './tables.ts';

/** What may follow what, per kind: an absent action is that of nothing yet. */
const FOLLOWS = {
  scenario: { set: ['', 'set', 'end'], end: ['set'] },
  plan: { propose: [''], lock: ['propose'], withdraw: ['propose'] },
} as const;

export type ForecastKind = keyof typeof FOLLOWS;
export type ForecastAction = 'set' | 'end' | 'propose' | 'lock' | 'withdraw';
export type ForecastBody = Readonly<Record<string, unknown>>;

export interface ForecastDecision {
  readonly kind: ForecastKind;
  readonly id: string;
  readonly version: number;
  readonly action: ForecastAction;
  /** As it was decided; an ending, a locking and a withdrawal repeat what they are about. */
  readonly body: ForecastBody;
  readonly reason: string;
  readonly author: string;
  readonly decidedAtMs: number;
}

/** `unfit`: the newest version does not let this follow; `last` is that version, undefined where there is none. */
export type ForecastDeciding =
  | { readonly kind: 'decided'; readonly decision: ForecastDecision }
  | { readonly kind: 'unfit'; readonly last: ForecastDecision | undefined }
  | { readonly kind: 'many' };

export interface ForecastAsk {
  readonly kind: ForecastKind;
  readonly id: string;
  readonly action: ForecastAction;
  /** Absent: that of the version before. */
  readonly body?: ForecastBody;
  readonly reason: string;
  /** The first version of its id; `set` of what is in force is refused then. */
  readonly fresh?: boolean;
  /** How many of the kind may stand (not ended, not withdrawn). */
  readonly most?: number;
}

export interface ForecastRegistry {
  decide(ask: ForecastAsk, actor: string): Promise<ForecastDeciding>;
  /** All versions of a kind, in the order in which they were decided. */
  decisions(kind: ForecastKind): Promise<ForecastDecision[]>;
}

export function openForecastRegistry(database: Kysely<Tables>, nowMs: () => number): ForecastRegistry {
  return {
    decide: (ask, actor) =>
      database.transaction().execute(async (step): Promise<ForecastDeciding> => {
        const row = await newestOf(step, ask);
        const last = row === undefined ? undefined : toDecision(row);
        if (!mayFollow(ask, last)) return { kind: 'unfit', last };
        const isNew = last === undefined || last.action === 'end';
        if (isNew && ask.most !== undefined && (await countStanding(step, ask.kind)) >= ask.most)
          return { kind: 'many' };
        return append(step, { ask, last, actor, at: new Date(nowMs()).toISOString() });
      }),
    async decisions(kind) {
      const rows = await database
        .selectFrom('forecast_decisions')
        .selectAll()
        .where('kind', '=', kind)
        .orderBy('seq')
        .execute();
      return rows.map(toDecision);
    },
  };
}

/** The newest version of each id that is neither ended nor withdrawn, in the order in which they were first decided. */
export function standingForecasts(decisions: readonly ForecastDecision[]): ForecastDecision[] {
  const newest = new Map<string, ForecastDecision>();
  for (const decision of decisions) newest.set(decision.id, decision);
  return [...newest.values()].filter(({ action }) => action !== 'end' && action !== 'withdraw');
}

function mayFollow({ kind, action, fresh }: ForecastAsk, last: ForecastDecision | undefined): boolean {
  const before = (FOLLOWS[kind] as Readonly<Record<string, readonly string[]>>)[action] ?? [];
  if (fresh === true && last?.action === 'set') return false;
  return before.includes(last?.action ?? '');
}

function newestOf(
  step: Transaction<Tables>,
  { kind, id }: ForecastAsk,
): Promise<ForecastDecisionsTable | undefined> {
  return step
    .selectFrom('forecast_decisions')
    .selectAll()
    .where('kind', '=', kind)
    .where('id', '=', id)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
}

async function countStanding(step: Transaction<Tables>, kind: ForecastKind): Promise<number> {
  const rows = await step
    .selectFrom('forecast_decisions')
    .select(['id', 'action'])
    .where('kind', '=', kind)
    .orderBy('seq')
    .execute();
  const newest = new Map(rows.map(({ id, action }) => [id, action]));
  return [...newest.values()].filter((action) => action !== 'end' && action !== 'withdraw').length;
}

interface Deciding {
  readonly ask: ForecastAsk;
  readonly last: ForecastDecision | undefined;
  readonly actor: string;
  readonly at: string;
}

async function append(
  step: Transaction<Tables>,
  { ask, last, actor, at }: Deciding,
): Promise<ForecastDeciding> {
  const newest = await step
    .selectFrom('forecast_decisions')
    .select((has) => has.fn.max('seq').as('seq'))
    .executeTakeFirst();
  const row: ForecastDecisionsTable = {
    seq: (newest?.seq ?? 0) + 1,
    kind: ask.kind,
    id: ask.id,
    version: (last?.version ?? 0) + 1,
    action: ask.action,
    body: JSON.stringify(ask.body ?? last?.body ?? {}),
    reason: ask.reason,
    author: actor,
    decided_at: at,
  };
  await step.insertInto('forecast_decisions').values(row).execute();
  await appendAudit(step, { ...said(row), actor });
  return { kind: 'decided', decision: toDecision(row) };
}

function said(row: ForecastDecisionsTable): Said {
  const { kind, id, version, action, body, reason, author, decided_at: at } = row;
  return {
    at,
    actor: author,
    action: `${kind}.${action}`,
    subject: `${id}@${version}`,
    detail: { ...(JSON.parse(body) as Record<string, unknown>), reason },
  };
}

/** What about the decisions disagrees with the chain; undefined when nothing does. */
export async function forecastTrouble(
  database: Kysely<Tables>,
  lines: readonly AuditTable[],
): Promise<string | undefined> {
  const rows = await database.selectFrom('forecast_decisions').selectAll().orderBy('seq').execute();
  return disagreement('scenario or plan', rows.map(said), lines, (action) =>
    Object.keys(FOLLOWS).some((kind) => action.startsWith(`${kind}.`)),
  );
}

function toDecision(row: ForecastDecisionsTable): ForecastDecision {
  const { kind, id, version, action, reason, author } = row;
  return {
    kind: kind as ForecastKind,
    id,
    version,
    action: action as ForecastAction,
    body: JSON.parse(row.body) as ForecastBody,
    reason,
    author,
    decidedAtMs: Date.parse(row.decided_at),
  };
}
