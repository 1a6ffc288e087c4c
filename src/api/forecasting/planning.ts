/** The figures of a plan: what a scenario comes to, by month and workflow, frozen as it is now. */
import { project, weakestBasis } from '../../operate/forecast/scenario.ts';
import { drawMonth, quantile } from '../../operate/forecast/spread.ts';
import { formatDollars } from '../../units/money.ts';
import type { PlanRecord, ScenarioDraft } from '../contract/forecast.ts';
import type { ApiParts } from '../parts.ts';
import { expected, moneyOf, sumOf } from './amounts.ts';
import type { ReadAsk } from './asks.ts';
import { changesOf } from './projecting.ts';
import { openBase } from './scenarios.ts';

/** @throws RangeError where there is nothing to plan from. */
export async function planMonths(
  parts: ApiParts,
  ask: ReadAsk,
  said: ScenarioDraft['changes'],
): Promise<Pick<PlanRecord, 'months' | 'basis'>> {
  const { base, spread } = await openBase(parts, ask, undefined);
  if (base.length === 0)
    throw new RangeError('The ledger has nothing to plan this from. Nothing was proposed.');
  const changes = changesOf({ changes: said });
  const { months, workflows } = project(base, changes);
  return {
    basis: changes.length === 0 ? 'measured' : weakestBasis(changes),
    months: months.map(({ month }) => {
      const shares = workflows.map(({ workflow, team, months: of }) => ({
        workflow,
        team,
        amount: expected(of.find((one) => one.month === month)?.cost ?? 0),
      }));
      const draws = drawMonth({ base, changes, month, spread });
      return {
        month,
        amount: formatDollars(sumOf(shares.map(({ amount }) => amount))),
        low: moneyOf(quantile(draws, (1 - ask.level) / 2)),
        high: moneyOf(quantile(draws, (1 + ask.level) / 2)),
        workflows: shares.map((one) => ({ ...one, amount: formatDollars(one.amount) })),
      };
    }),
  };
}
