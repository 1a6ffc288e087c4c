/** A forecast as the API would give it, made without a ledger: a company of three workflows that adds up. */
import type { DriverOfForecast, ForecastAnswer } from '../../src/api/contract/forecast.ts';
import { project } from '../../src/operate/forecast/scenario.ts';
import type { BaseLine } from '../../src/operate/forecast/scenario.ts';

const DAY_MS = 86_400_000;
const HISTORY_FROM = Date.parse('2026-06-01');
/** The day that is under way; its rest is ahead. */
const TODAY = '2026-11-25';
const MONTHS = ['2026-11', '2026-12', '2027-01', '2027-02'];

interface Workflow {
  readonly workflow: string;
  readonly team: string;
  readonly callsPerDay: number;
  readonly actions: boolean;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly dollarsPerMillion: number;
}

const WORKFLOWS: readonly Workflow[] = [
  {
    workflow: 'Support copilot',
    team: 'CX',
    callsPerDay: 40_000,
    actions: true,
    inputTokens: 6_800,
    outputTokens: 210,
    dollarsPerMillion: 4.8,
  },
  {
    workflow: 'Contract extraction',
    team: 'Legal',
    callsPerDay: 2_000,
    actions: true,
    inputTokens: 18_000,
    outputTokens: 900,
    dollarsPerMillion: 9,
  },
  {
    workflow: '',
    team: '',
    callsPerDay: 500,
    actions: false,
    inputTokens: 900,
    outputTokens: 300,
    dollarsPerMillion: 6,
  },
];

const dayText = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const dollars = (amount: number): string => amount.toFixed(6).replace(/\.?0+$/, '');

function daysOf(month: string): string[] {
  const days: string[] = [];
  for (let ms = Date.parse(`${month}-01`); dayText(ms).startsWith(month); ms += DAY_MS)
    days.push(dayText(ms));
  return days;
}

/** A week has a shape; what a day has of the mean of its week. */
function shapeOf(date: string): number {
  return [0.55, 1.15, 1.2, 1.2, 1.15, 1.1, 0.65][new Date(date).getUTCDay()] ?? 1;
}

function costPerCall({ inputTokens, outputTokens, dollarsPerMillion }: Workflow): number {
  return ((inputTokens + outputTokens) * dollarsPerMillion) / 1_000_000;
}

export function fakeBase(workflows: readonly Workflow[] = WORKFLOWS): BaseLine[] {
  return workflows.map((one) => ({
    workflow: one.workflow,
    team: one.team,
    months: MONTHS.map((month) => {
      const all = daysOf(month);
      const ahead = all.filter((date) => date > TODAY);
      const weight = (dates: readonly string[]): number =>
        dates.reduce((sum, date) => sum + shapeOf(date), 0);
      const calls = one.callsPerDay * weight(ahead);
      const rates = {
        inputRate: one.dollarsPerMillion,
        cachedRate: one.dollarsPerMillion,
        outputRate: one.dollarsPerMillion,
      };
      const size = {
        inputTokens: one.inputTokens,
        outputTokens: one.outputTokens,
        cachedShare: 0.2,
        otherPerCall: 0,
      };
      return {
        month,
        drivers: {
          calls,
          actions: one.actions ? calls / 4 : null,
          models: [
            { model: 'gpt-4o', share: 0.75, ...size, ...rates },
            { model: 'gpt-4o-mini', share: 0.25, ...size, ...rates },
          ],
        },
        days: ahead.map((date) => ({ date, share: shapeOf(date) / weight(ahead) })),
        part: ahead.length / all.length,
        spent:
          one.callsPerDay *
          weight(all.filter((date) => date <= TODAY && month === '2026-11')) *
          costPerCall(one),
      };
    }),
  }));
}

/** @param workflow one alone; undefined: all of them. */
export function fakeForecast(workflow?: string): ForecastAnswer {
  const chosen = WORKFLOWS.filter((one) => workflow === undefined || one.workflow === workflow);
  const base = fakeBase(chosen);
  const { months, days, workflows } = project(base);
  const history = historyOf(chosen);
  const around = (amount: number, by: number) => ({
    low: dollars(amount * (1 - by)),
    high: dollars(amount * (1 + by)),
  });
  return {
    sentence: `November is expected to end at $${Math.round(months[0]?.cost ?? 0).toLocaleString('en')}.`,
    scope: workflow === undefined ? { kind: 'organisation', name: '' } : { kind: 'workflow', name: workflow },
    level: 0.8,
    history,
    days: days.map(({ date, cost }) => ({ date, cost: dollars(cost), ...around(cost, 0.2) })),
    months: months.map(({ month, cost, headline }, at) => {
      const spent = base.reduce((sum, line) => sum + (line.months[at]?.spent ?? 0), 0);
      const { cost: _cost, ...rest } = headline;
      return {
        month,
        state: at === 0 ? 'under-way' : 'ahead',
        spent: dollars(spent),
        ahead: dollars(cost - spent),
        total: dollars(cost),
        low: dollars(spent + (cost - spent) * 0.9),
        high: dollars(spent + (cost - spent) * 1.1),
        budget: '50000',
        plan: at === 1 ? '52000' : null,
        headline: rest,
      };
    }),
    groups: workflows.map(({ workflow: name, team, months: own }) => ({
      workflow: name,
      team,
      months: own.map(({ month, cost }) => ({ month, total: dollars(cost), ...around(cost, 0.15) })),
      skill: name === '' ? 'none' : 'better',
      method: name === '' ? 'seasonal-naive' : 'combination',
      wape: 0.08,
      coverage: 0.8,
      historyDays: 178,
    })),
    drivers: driversOf(history),
    backtest: BACKTEST,
    skill: 'better',
    notes: ['12 calls have no price: they are in no amount.'],
    base,
    spread: {
      drivers: ['calls', 'context', 'rate'],
      months: MONTHS.map((month, at) => ({ month, deviations: [0.05 + at * 0.02, 0.03, 0.01] })),
      correlation: [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
      between: 0.3,
    },
    currency: 'USD',
    timeZone: 'UTC',
    priceVersions: ['2026-10-01.3'],
    unpriced: 12,
    asOf: `${TODAY}T16:00:00Z`,
    completeUntil: `${TODAY}T15:59:00Z`,
    madeFrom: { from: '2026-06-01T00:00:00Z', to: `${TODAY}T16:00:00Z` },
  };
}

const BACKTEST = {
  folds: 8,
  horizonDays: 28,
  wape: 0.071,
  naiveWape: 0.11,
  mase: 0.7,
  naiveMase: 1,
  coverage: 0.81,
  judged: 224,
};

function historyOf(workflows: readonly Workflow[]): ForecastAnswer['history'] {
  const days: ForecastAnswer['history'][number][] = [];
  for (let ms = HISTORY_FROM; dayText(ms) <= TODAY; ms += DAY_MS) {
    const date = dayText(ms);
    const grown = 0.8 + (0.2 * (ms - HISTORY_FROM)) / (Date.parse(TODAY) - HISTORY_FROM);
    const calls = workflows.reduce((sum, one) => sum + one.callsPerDay * shapeOf(date) * grown, 0);
    const cost = workflows.reduce(
      (sum, one) => sum + one.callsPerDay * shapeOf(date) * grown * costPerCall(one),
      0,
    );
    days.push({ date, cost: dollars(cost), calls: Math.round(calls) });
  }
  return days;
}

function driversOf(history: ForecastAnswer['history']): DriverOfForecast[] {
  const ahead = MONTHS.flatMap(daysOf).filter((date) => date > TODAY);
  const of = (driver: DriverOfForecast['driver'], now: number | null): DriverOfForecast => ({
    driver,
    basis: now === null ? 'unknown' : 'measured',
    now,
    history: history.map(({ date }, at) => ({
      date,
      value: now === null ? null : now * (0.9 + (0.1 * at) / history.length),
    })),
    ahead: now === null ? [] : ahead.map((date) => ({ date, value: now, low: now * 0.9, high: now * 1.1 })),
    method: now === null ? null : driver === 'rate' ? 'seasonal-naive' : 'combination',
    skill: now === null ? 'unknown' : driver === 'rate' ? 'none' : 'better',
    backtest: now === null ? null : BACKTEST,
    tried: [
      { method: 'seasonal-naive', wape: 0.11 },
      { method: 'ets', wape: 0.08 },
    ],
    shifts: driver === 'calls' ? [{ date: '2026-10-05', factor: 1.2, found: true, name: '' }] : [],
    setAside: driver === 'calls' ? [{ date: '2026-09-15', value: 9_000, expected: 42_000 }] : [],
    sentence: now === null ? `Nothing is known of ${driver}.` : `${driver} goes on as it is.`,
  });
  return [
    of('calls', 42_500),
    of('actions', null),
    of('fanOut', null),
    of('inputTokens', 7_300),
    of('outputTokens', 240),
    of('cachedShare', 0.2),
    of('rate', 0.0051),
  ];
}
