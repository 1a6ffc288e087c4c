/** What the whole forecast of a company costs: every driver of 200 workflows, made to add up, and a slider over it. */
import { baseLines, forecastCompany, spreadOf } from '../src/operate/forecast/forecast.ts';
import type { History } from '../src/operate/forecast/forecast.ts';
import { project } from '../src/operate/forecast/scenario.ts';
import type { DriverChange } from '../src/operate/forecast/scenario.ts';
import { openCalendar } from '../src/units/period.ts';

export interface CompanyCost {
  readonly workflows: number;
  /** Processor seconds from history to intervals, base and spread. */
  readonly forecastSeconds: number;
  /** Processor milliseconds of one move of a slider, over all workflows and over one. */
  readonly sliderMs: number;
  readonly sliderOneMs: number;
}

const WORKFLOWS = 200;
const DAYS = 400;
const TODAY = Date.UTC(2026, 10, 5);
const UNTIL = '2027-02-01';
const DAY_MS = 86_400_000;
const MOVES = 20;
const CHANGES: readonly DriverChange[] = [
  { driver: 'actions', times: 1.4, from: '2026-11-10', until: '2027-01-20', basis: 'assumed' },
  { driver: 'tokens', times: 0.6, basis: 'assumed' },
];

export async function measureWhole(normal: () => number): Promise<CompanyCost> {
  const history = companyHistory(normal);
  const began = process.cpuUsage();
  const forecast = await forecastCompany({ history, untilDate: UNTIL, level: 0.8 });
  const base = baseLines(forecast, forecast.lines, undefined);
  spreadOf(forecast, forecast.lines);
  const forecastSeconds = seconds(began);
  const slide = (lines: typeof base): number => {
    for (let warm = 0; warm < 3; warm += 1) project(lines, CHANGES);
    const from = process.cpuUsage();
    for (let move = 0; move < MOVES; move += 1) project(lines, CHANGES);
    return (seconds(from) * 1_000) / MOVES;
  };
  return {
    workflows: WORKFLOWS,
    forecastSeconds,
    sliderMs: slide(base),
    sliderOneMs: slide(base.slice(0, 1)),
  };
}

function seconds(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1e6;
}

function companyHistory(normal: () => number): History {
  const dates = Array.from({ length: DAYS }, (_, at) =>
    new Date(TODAY + (at - DAYS) * DAY_MS).toISOString().slice(0, 10),
  );
  return {
    dates,
    workflows: Array.from({ length: WORKFLOWS }, (_, at) => workflowOf(at, normal)),
    today: { date: new Date(TODAY).toISOString().slice(0, 10), part: 0, cost: new Map() },
    calendar: openCalendar('UTC'),
    untilMs: TODAY,
    priceVersions: [],
    unpricedCalls: 0,
    completeUntilMs: TODAY,
  };
}

function workflowOf(at: number, normal: () => number): History['workflows'][number] {
  const [size, growth] = [100 * Math.exp(2 * normal()), 0.002 * normal()];
  const column = (of: (day: number) => number): Float64Array =>
    Float64Array.from({ length: DAYS }, (_, day) => of(day));
  const calls = column((day) =>
    Math.round(size * Math.exp(growth * day + 0.12 * normal()) * (day % 7 < 5 ? 1 : 0.4)),
  );
  const tokens = column(() => 900 * Math.exp(0.06 * normal()));
  const rate = column(() => 0.0025 * Math.exp(0.02 * normal()));
  const value = (of: Float64Array, day: number): number => of[day] ?? 0;
  const volume = (day: number): number => value(calls, day) * value(tokens, day);
  return {
    workflow: `workflow ${at}`,
    team: `team ${at % 12}`,
    first: 0,
    fanOut: 2,
    parts: undefined,
    models: [
      {
        provider: 'p',
        model: 'm',
        calls: 1_000,
        inputTokens: 800_000,
        outputTokens: 100_000,
        cachedTokens: 80_000,
        cost: 2.25,
        inputCost: 1.5,
        outputCost: 0.75,
        cachedCost: 0.02,
      },
    ],
    days: {
      calls,
      inputTokens: column((day) => 0.88 * volume(day)),
      outputTokens: column((day) => 0.12 * volume(day) * Math.exp(0.03 * normal())),
      cachedTokens: column((day) => 0.08 * volume(day)),
      cost: column((day) => (volume(day) * value(rate, day)) / 1_000),
    },
  };
}
