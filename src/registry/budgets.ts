/**
 * Decisions about budgets: set, changed, ended. Versions are only added, each in one transaction with its audit line;
 * ending one is a version too, and repeats what it ends.
 */
import type { Kysely, Transaction } from 'kysely';

import type { DecidedBudget } from '../budgets/budgets.ts';
import { disagreement } from './agreement.ts';
import type { Said } from './agreement.ts';
import { appendAudit } from './audit.ts';
import type { AuditTable, BudgetDecisionsTable, Tables } from './tables.ts';

export interface BudgetDecision {
  /** The budget's, as people use it. */
  readonly id: string;
  readonly version: number;
  readonly action: 'set' | 'end';
  readonly budget: DecidedBudget;
  readonly reason: string;
  readonly author: string;
  readonly decidedAtMs: number;
}

/**
 * `exists`: a new one was asked for and that id is in force. `absent`: none is in force to change or end. `many`: no room.
 * `moved`: its newest version is not the one that the asker had seen.
 */
export type BudgetDeciding =
  | { readonly kind: 'decided'; readonly decision: BudgetDecision }
  | { readonly kind: 'exists' | 'absent' | 'many' | 'moved' };

export interface BudgetRegistry {
  /**
   * @param how `new` must not be in force, `change` must be, `set` may be either.
   * @param most how many may be in force
   * @param ifVersion what the newest version must be, whether in force or ended
   */
  set(
    ask: {
      readonly budget: DecidedBudget;
      readonly reason: string;
      readonly how: 'new' | 'change' | 'set';
      readonly most: number;
      readonly ifVersion?: number | undefined;
    },
    actor: string,
  ): Promise<BudgetDeciding>;
  end(
    ask: { readonly id: string; readonly reason: string; readonly ifVersion?: number | undefined },
    actor: string,
  ): Promise<BudgetDeciding>;
  /** All versions, in the order in which they were decided. */
  decisions(): Promise<BudgetDecision[]>;
}

export function openBudgetRegistry(database: Kysely<Tables>, nowMs: () => number): BudgetRegistry {
  const now = (): string => new Date(nowMs()).toISOString();
  return {
    set: (ask, actor) =>
      database.transaction().execute(async (step): Promise<BudgetDeciding> => {
        const last = await newestOf(step, ask.budget.id);
        const inForce = last?.action === 'set';
        if (inForce && ask.how === 'new') return { kind: 'exists' };
        if (!inForce && ask.how === 'change') return { kind: 'absent' };
        if (hasMoved(last, ask.ifVersion)) return { kind: 'moved' };
        if (!inForce && (await countInForce(step)) >= ask.most) return { kind: 'many' };
        const body = JSON.stringify(ask.budget);
        return append(step, last, {
          id: ask.budget.id,
          action: 'set',
          body,
          reason: ask.reason,
          actor,
          at: now(),
        });
      }),
    end: ({ id, reason, ifVersion }, actor) =>
      database.transaction().execute(async (step): Promise<BudgetDeciding> => {
        const last = await newestOf(step, id);
        if (last?.action !== 'set') return { kind: 'absent' };
        if (hasMoved(last, ifVersion)) return { kind: 'moved' };
        return append(step, last, { id, action: 'end', body: last.body, reason, actor, at: now() });
      }),
    async decisions() {
      const rows = await database.selectFrom('budget_decisions').selectAll().orderBy('seq').execute();
      return rows.map(toDecision);
    },
  };
}

/** The newest version of each budget that is not ended, in the order in which they were first set. */
export function budgetsInForce(decisions: readonly BudgetDecision[]): BudgetDecision[] {
  const newest = new Map<string, BudgetDecision>();
  for (const decision of decisions) newest.set(decision.id, decision);
  return [...newest.values()].filter(({ action }) => action === 'set');
}

/** Looked at in the transaction that decides, so that nobody decides between the look and the decision. */
function hasMoved(last: BudgetDecisionsTable | undefined, ifVersion: number | undefined): boolean {
  return ifVersion !== undefined && (last?.version ?? 0) !== ifVersion;
}

function newestOf(step: Transaction<Tables>, id: string): Promise<BudgetDecisionsTable | undefined> {
  return step
    .selectFrom('budget_decisions')
    .selectAll()
    .where('budget', '=', id)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
}

async function countInForce(step: Transaction<Tables>): Promise<number> {
  const rows = await step
    .selectFrom('budget_decisions')
    .select(['budget', 'action'])
    .orderBy('seq')
    .execute();
  const newest = new Map(rows.map(({ budget, action }) => [budget, action]));
  return [...newest.values()].filter((action) => action === 'set').length;
}

interface Deciding {
  readonly id: string;
  readonly action: 'set' | 'end';
  readonly body: string;
  readonly reason: string;
  readonly actor: string;
  readonly at: string;
}

async function append(
  step: Transaction<Tables>,
  last: BudgetDecisionsTable | undefined,
  { id, action, body, reason, actor, at }: Deciding,
): Promise<BudgetDeciding> {
  const newest = await step
    .selectFrom('budget_decisions')
    .select((has) => has.fn.max('seq').as('seq'))
    .executeTakeFirst();
  const row: BudgetDecisionsTable = {
    seq: (newest?.seq ?? 0) + 1,
    budget: id,
    version: (last?.version ?? 0) + 1,
    action,
    body,
    reason,
    author: actor,
    decided_at: at,
  };
  await step.insertInto('budget_decisions').values(row).execute();
  await appendAudit(step, { ...said(row), actor });
  return { kind: 'decided', decision: toDecision(row) };
}

function said({ budget, version, action, body, reason, author, decided_at: at }: BudgetDecisionsTable): Said {
  return {
    at,
    actor: author,
    action: `budget.${action}`,
    subject: `${budget}@${version}`,
    detail: { ...(JSON.parse(body) as Record<string, unknown>), reason },
  };
}

/** What about the decisions disagrees with the chain; undefined when nothing does. */
export async function budgetTrouble(
  database: Kysely<Tables>,
  lines: readonly AuditTable[],
): Promise<string | undefined> {
  const rows = await database.selectFrom('budget_decisions').selectAll().orderBy('seq').execute();
  return disagreement('budget', rows.map(said), lines, (action) => action.startsWith('budget.'));
}

function toDecision(row: BudgetDecisionsTable): BudgetDecision {
  const { budget: id, version, action, reason, author } = row;
  return {
    id,
    version,
    action: action as BudgetDecision['action'],
    budget: JSON.parse(row.body) as DecidedBudget,
    reason,
    author,
    decidedAtMs: Date.parse(row.decided_at),
  };
}
