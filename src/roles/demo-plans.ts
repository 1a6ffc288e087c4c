/**
 * Scenarios and plans of the demo company. Its plans were locked before the months that they are about, so they are made from
 * what was known then and written with the clock of then; only a registry of a fiction is ever written with another clock.
 */
import { demoScenarios, PLANNED_MONTHS } from '../demo/demo.ts';
import type { DemoBudget } from '../demo/demo.ts';
import type { LedgerReader } from '../ledger/question.ts';
import {
  cutHistory,
  forecastCompany,
  forecastFigures,
  freezePlan,
  HISTORY_DAYS,
  monthAfter,
  readHistory,
} from '../operate/forecast/forecast.ts';
import type { CompanyForecast, History } from '../operate/forecast/forecast.ts';
import type { Registry } from '../registry/registry.ts';
import { setDemoBudgets } from './demo.ts';

const MONTHS_AHEAD = 3;
const LEVEL = 0.8;
const DAY_MS = 86_400_000;
const ACTOR = 'demo';

export interface DemoPlansAsk {
  readonly ledger: LedgerReader;
  /** The demo's now. */
  readonly nowMs: number;
  /** Opens the registry of the demo with a clock of its own. */
  readonly registryAt: (nowMs: () => number) => Promise<Registry | undefined>;
  readonly publish: () => Promise<void>;
}

/** What the demo company decided, once its lines are in the ledger: plans, budgets as of the begin of its month, and scenarios. */
export function deciding(ask: DemoPlansAsk): (budgets: readonly DemoBudget[]) => Promise<void> {
  return (budgets) => decideDemo(ask, budgets);
}

async function decideDemo(
  { ledger, nowMs, registryAt, publish }: DemoPlansAsk,
  budgets: readonly DemoBudget[],
): Promise<void> {
  let clockMs = nowMs;
  const registry = await registryAt(() => clockMs);
  if (registry === undefined) return;
  try {
    const history = await readHistory(ledger, { atMs: nowMs, days: HISTORY_DAYS, timeZone: 'UTC' });
    for (const first of planStarts(history)) {
      const forecast = await forecastAt(history, first);
      if (forecast === undefined) continue;
      const date = history.dates[first] ?? '';
      const id = `forecast-${date.slice(0, 7)}`;
      clockMs = Date.parse(`${date}T00:00:00Z`) - DAY_MS / 2;
      const { decide } = registry.forecasts;
      const body = { ...planFrom(forecast, { date, atMs: clockMs }) };
      await decide({ kind: 'plan', id, action: 'propose', body, reason: 'The forecast of the month' }, ACTOR);
      await decide({ kind: 'plan', id, action: 'lock', reason: 'Agreed in the monthly review' }, ACTOR);
    }
    // Before the month that they are about, so that what is past says when one was used up.
    clockMs = Math.min(nowMs, Date.parse(`${history.today.date.slice(0, 7)}-01T00:00:00Z`));
    await setDemoBudgets(registry, budgets, publish);
    clockMs = nowMs;
    for (const { id, body, reason } of demoScenarios())
      await registry.forecasts.decide(
        { kind: 'scenario', id, action: 'set', body, reason, fresh: true },
        ACTOR,
      );
  } finally {
    await registry.close();
  }
}

/** Places of the first days of the last months, oldest first, the one under way among them. */
function planStarts({ dates, today }: History): number[] {
  const starts = dates.flatMap((date, at) => (date.endsWith('-01') ? [at] : []));
  return today.date.endsWith('-01') ? starts.slice(-PLANNED_MONTHS) : starts.slice(-PLANNED_MONTHS - 1);
}

async function forecastAt(history: History, first: number): Promise<CompanyForecast | undefined> {
  const known = cutHistory(history, first);
  if (known === undefined) return undefined;
  const untilDate = monthAfter(history.dates[first] ?? '', MONTHS_AHEAD);
  return forecastCompany({ history: known, untilDate, level: LEVEL });
}

function planFrom(
  forecast: CompanyForecast,
  { date, atMs }: { readonly date: string; readonly atMs: number },
) {
  const words = {
    name: `Forecast of ${date.slice(0, 7)}`,
    scope: { kind: 'organisation', name: '' },
    scenario: { id: null, version: null, name: 'The forecast as it is', changes: [] },
    madeFrom: new Date(atMs).toISOString(),
    timeZone: 'UTC',
  } as const;
  return freezePlan(words, forecastFigures(forecast, forecast.lines));
}
