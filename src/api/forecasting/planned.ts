/** Plans: what was proposed and locked, and which of them a month is held to. */
import { standingForecasts } from '../../registry/registry.ts';
import type { ForecastDecision } from '../../registry/registry.ts';
import type { LockedMonth, PlanBody, Scope } from '../../operate/forecast/forecast.ts';
import { formatDollars, parseDollars } from '../../units/money.ts';
import type { PlanRecord } from '../contract/plans.ts';
import type { ApiParts } from '../parts.ts';
import { scopeOf } from './asks.ts';

export interface LockedPlanMonth extends LockedMonth {
  readonly scope: PlanRecord['scope'];
}

/** Every version of every plan, joined to what it came to: newest first. */
export function plansOf(decisions: readonly ForecastDecision[]): PlanRecord[] {
  const versions = new Map<string, ForecastDecision[]>();
  for (const one of decisions) versions.set(one.id, [...(versions.get(one.id) ?? []), one]);
  return [...versions.values()].map(presentPlan).toReversed();
}

export function presentPlan(versions: readonly ForecastDecision[]): PlanRecord {
  const said = (action: ForecastDecision['action']) => {
    const one = versions.find((version) => version.action === action);
    return one === undefined
      ? null
      : { author: one.author, decidedAt: new Date(one.decidedAtMs).toISOString(), reason: one.reason };
  };
  const last = versions.at(-1)!;
  const body = last.body as unknown as PlanBody;
  return {
    id: last.id,
    ...body,
    state: last.action === 'lock' ? 'locked' : last.action === 'withdraw' ? 'withdrawn' : 'proposed',
    proposed: said('propose') ?? { author: '', decidedAt: '', reason: '' },
    locked: said('lock'),
    withdrawn: said('withdraw'),
  };
}

/** Every month of every locked plan. */
export async function lockedMonths(parts: ApiParts): Promise<LockedPlanMonth[]> {
  const decisions = await parts.registry.forecasts.decisions('plan');
  return standingForecasts(decisions)
    .filter(({ action }) => action === 'lock')
    .flatMap((one) => {
      const body = one.body as unknown as PlanBody;
      return body.months.map((month) => ({
        plan: one.id,
        name: body.name,
        scope: body.scope,
        month: month.month,
        amount: parseDollars(month.amount),
        low: parseDollars(month.low),
        high: parseDollars(month.high),
        lockedAtMs: one.decidedAtMs,
      }));
    });
}

/** The plan that stands for each month of a scope: the one that was locked last. */
export function planOfMonths(locked: readonly LockedPlanMonth[], scope: Scope): Map<string, string> {
  const { kind, name } = scopeOf(scope);
  const mine = locked.filter((one) => one.scope.kind === kind && one.scope.name === name);
  return new Map(
    mine.toSorted((a, b) => a.lockedAtMs - b.lockedAtMs).map((one) => [one.month, formatDollars(one.amount)]),
  );
}
