/** The figures of a plan, asked of the forecast as it is now. */
import { freezePlan, scenarioFigures } from '../../operate/forecast/forecast.ts';
import type { PlanBody, PlanWords } from '../../operate/forecast/forecast.ts';
import type { ApiParts } from '../parts.ts';
import type { ReadAsk } from './asks.ts';
import { openBase } from './scenarios.ts';

/** @throws RangeError where there is nothing to plan from. */
export async function planOf(parts: ApiParts, ask: ReadAsk, words: PlanWords): Promise<PlanBody> {
  const { base, spread } = await openBase(parts, ask, undefined);
  if (base.length === 0)
    throw new RangeError('The ledger has nothing to plan this from. Nothing was proposed.');
  return freezePlan(words, scenarioFigures(base, words.scenario.changes, { spread, level: ask.level }));
}
