/** Which months are held to which plans, with what came of them and what was budgeted. */
import type { LockedMonth } from '../../operate/forecast/forecast.ts';
import { openCalendar } from '../../units/period.ts';
import { parseDollars } from '../../units/money.ts';
import type { BudgetDecision } from '../../registry/registry.ts';
import { setBudgets } from '../budgeting.ts';
import type { PlanRecord } from '../contract/plans.ts';
import type { ApiParts } from '../parts.ts';
import { budgetOf } from './answer.ts';
import type { ReadAsk } from './asks.ts';
import { conditionsOf } from './months.ts';
import { lockedMonths } from './planned.ts';

export interface PlannedMonth {
  readonly scope: PlanRecord['scope'];
  readonly month: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly actual: bigint;
  readonly budget: bigint | undefined;
  readonly plans: readonly LockedMonth[];
}

/** Months of the organisation, and of every other scope that a plan was locked for; oldest first. */
export async function judgedMonths(parts: ApiParts, ask: ReadAsk, count: number): Promise<PlannedMonth[]> {
  const locked = await lockedMonths(parts);
  const scopes = new Map<string, PlanRecord['scope']>([['', { kind: 'organisation', name: '' }]]);
  for (const { scope } of locked)
    if (scope.kind !== 'organisation') scopes.set(`${scope.kind}\n${scope.name}`, scope);
  const all = await Promise.all(
    [...scopes.values()].map((scope) => {
      const plans = locked.filter((one) => one.scope.kind === scope.kind && one.scope.name === scope.name);
      return monthsOf(parts, ask, { scope, count, plans });
    }),
  );
  return all.flat().toSorted((a, b) => a.startMs - b.startMs);
}

async function monthsOf(
  parts: ApiParts,
  { atMs, timeZone }: ReadAsk,
  {
    scope,
    count,
    plans,
  }: {
    readonly scope: PlanRecord['scope'];
    readonly count: number;
    readonly plans: readonly LockedMonth[];
  },
): Promise<PlannedMonth[]> {
  const calendar = openCalendar(timeZone);
  const { year, month } = calendar.dateAt(atMs);
  const startOf = (back: number): number => calendar.startOfDay({ year, month: month - back, day: 1 });
  const whose =
    scope.kind === 'workflow' ? { workflow: scope.name } : scope.kind === 'team' ? { team: scope.name } : {};
  const answer = await parts.ledger.ask({
    of: ['cost'],
    by: ['month'],
    during: { fromMs: startOf(count - 1), toMs: Math.max(atMs, startOf(count - 1) + 1) },
    where: conditionsOf(whose),
    timeZone,
    simulated: 'exclude',
    limit: 100,
  });
  const costs = new Map(
    answer.rows.map(({ group, figures }) => [group[0] ?? '', parseDollars(figures.cost ?? '0')]),
  );
  const decisions = await parts.registry.budgets.decisions();
  return Array.from({ length: count }, (_, at) => {
    const back = count - 1 - at;
    const name = new Date(Date.UTC(year, month - 1 - back, 1)).toISOString().slice(0, 7);
    return {
      scope,
      month: name,
      startMs: startOf(back),
      endMs: startOf(back - 1),
      actual: costs.get(name) ?? 0n,
      budget: budgetThen(parts, decisions, { scope: whose, atMs: startOf(back - 1) }),
      plans,
    };
  });
}

/** As it was decided when the month ended: a budget that was set later judges no month before it. */
function budgetThen(
  parts: ApiParts,
  decisions: readonly BudgetDecision[],
  { scope, atMs }: Pick<ReadAsk, 'scope' | 'atMs'>,
): bigint | undefined {
  const then = decisions.filter(({ decidedAtMs }) => decidedAtMs <= atMs);
  const amount = budgetOf(setBudgets(parts, then), scope);
  return amount === null ? undefined : parseDollars(amount);
}
