/** A forecast's months and workflows as the API says them: what is spent is the ledger's to the picodollar, what is ahead adds up. */
import {
  baseLines,
  dayRange,
  expectedAmount,
  judgeLines,
  linesWithin,
  monthsAhead,
} from '../../operate/forecast/forecast.ts';
import type { CompanyForecast, LineForecast, Scope } from '../../operate/forecast/forecast.ts';
import { project } from '../../operate/forecast/scenario.ts';
import type { BaseLine } from '../../operate/forecast/scenario.ts';
import { readingFor } from '../../ledger/ledger.ts';
import type { Condition } from '../../ledger/question.ts';
import { formatDollars, parseDollars } from '../../units/money.ts';
import type { Picodollars } from '../../units/money.ts';
import type { ForecastAnswer, MonthOfForecast } from '../contract/forecast.ts';
import type { ApiParts } from '../parts.ts';
import { moneyOf, sumOf } from './amounts.ts';
import type { ReadAsk } from './asks.ts';
import { presentHeadline } from './projecting.ts';

const HISTORY_DAYS = 180;
/** Days ahead that a workflow is judged over. */
const JUDGED_DAYS = 28;
const MOST_GROUPS = 10_000;

export function conditionsOf({ workflow, team }: Scope): Condition[] {
  return [
    ...(workflow === undefined ? [] : [{ dimension: 'workflow' as const, is: [workflow] }]),
    ...(team === undefined ? [] : [{ dimension: 'team' as const, is: [team] }]),
  ];
}

/** What the ledger holds of the month under way, by workflow, to the picodollar. */
export type Spent = ReadonlyMap<string, Picodollars>;

export async function readSpent(parts: ApiParts, ask: ReadAsk, forecast: CompanyForecast): Promise<Spent> {
  const { calendar, today } = forecast.history;
  const [year = 0, month = 1] = today.date.split('-').map(Number);
  const fromMs = calendar.startOfDay({ year, month, day: 1 });
  if (ask.atMs <= fromMs) return new Map();
  const answer = await readingFor(parts.ledger, ask.signal).ask({
    of: ['cost'],
    by: ['workflow'],
    during: { fromMs, toMs: ask.atMs },
    where: ask.scope.team === undefined ? [] : conditionsOf({ team: ask.scope.team }),
    timeZone: ask.timeZone,
    simulated: 'exclude',
    limit: MOST_GROUPS,
  });
  return new Map(
    answer.rows.map(({ group, figures }) => [group[0] ?? '', parseDollars(figures.cost ?? '0')]),
  );
}

export async function readDays(parts: ApiParts, ask: ReadAsk, forecast: CompanyForecast) {
  const { history } = forecast;
  const dates = history.dates.slice(-HISTORY_DAYS);
  const [first] = dates;
  if (first === undefined) return [];
  const startOf = (date: string): number => {
    const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
    return history.calendar.startOfDay({ year, month, day });
  };
  const answer = await readingFor(parts.ledger, ask.signal).ask({
    of: ['cost', 'calls'],
    by: ['day'],
    during: { fromMs: startOf(first), toMs: startOf(history.today.date) },
    where: conditionsOf(ask.scope),
    timeZone: ask.timeZone,
    simulated: 'exclude',
    limit: MOST_GROUPS,
  });
  const known = new Map(answer.rows.map(({ group, figures }) => [group[0] ?? '', figures]));
  return dates.map((date) => ({
    date,
    cost: known.get(date)?.cost ?? '0',
    calls: known.get(date)?.calls ?? 0,
  }));
}

export interface MonthsAsk {
  readonly forecast: CompanyForecast;
  readonly scope: Scope;
  readonly spent: Spent;
  /** Of this very scope, dollars a month. */
  readonly budget: string | null;
  readonly plans: ReadonlyMap<string, string>;
  readonly base: readonly BaseLine[];
}

export function presentMonths(ask: MonthsAsk): MonthOfForecast[] {
  const { forecast, scope, spent, budget, plans, base } = ask;
  const lines = linesWithin(forecast, scope);
  const projected = new Map(project(base).months.map((one) => [one.month, one.headline]));
  const [current] = forecast.dates;
  return monthsAhead(forecast, lines).map(({ month, ahead }) => {
    const underWay = current?.startsWith(month) === true;
    const sofar = underWay ? sumOf(lines.map((line) => spent.get(line.history.workflow) ?? 0n)) : 0n;
    const rest = sumOf(lines.map((line) => aheadOf(forecast, line, month)));
    const headline = projected.get(month);
    return {
      month,
      state: underWay ? 'under-way' : 'ahead',
      spent: formatDollars(sofar),
      ahead: formatDollars(rest),
      total: formatDollars(sofar + rest),
      low: formatDollars(sofar + expectedAmount(ahead.low)),
      high: formatDollars(sofar + expectedAmount(ahead.high)),
      budget,
      plan: plans.get(month) ?? null,
      headline: presentHeadline(headline),
    };
  });
}

function aheadOf(forecast: CompanyForecast, line: LineForecast, month: string): Picodollars {
  return expectedAmount(monthsAhead(forecast, [line]).find((one) => one.month === month)?.ahead.point ?? 0);
}

export function presentDays(forecast: CompanyForecast, scope: Scope): ForecastAnswer['days'] {
  const lines = linesWithin(forecast, scope);
  return forecast.dates.map((date, at) => {
    const { point, low, high } = dayRange(forecast, lines, at);
    return { date, cost: moneyOf(point), low: moneyOf(low), high: moneyOf(high) };
  });
}

export function presentGroups(
  forecast: CompanyForecast,
  scope: Scope,
  spent: Spent,
): ForecastAnswer['groups'] {
  const { dates, history } = forecast;
  return linesWithin(forecast, scope).map((line) => {
    const { workflow, team, first } = line.history;
    return {
      workflow,
      team,
      months: monthsAhead(forecast, [line]).map(({ month, ahead }) => {
        const sofar = dates[0]?.startsWith(month) === true ? (spent.get(workflow) ?? 0n) : 0n;
        return {
          month,
          total: formatDollars(sofar + expectedAmount(ahead.point)),
          low: formatDollars(sofar + expectedAmount(ahead.low)),
          high: formatDollars(sofar + expectedAmount(ahead.high)),
        };
      }),
      skill: line.drivers?.calls.skill ?? 'unknown',
      method: line.drivers?.calls.method ?? 'pooled',
      ...pick(judgeLines(forecast, [line], Math.min(JUDGED_DAYS, dates.length))),
      historyDays: first < 0 ? 0 : history.dates.length - first,
    };
  });
}

function pick({ wape, coverage }: ReturnType<typeof judgeLines>) {
  return { wape, coverage };
}

export function presentBase(
  forecast: CompanyForecast,
  scope: Scope,
  book: Parameters<typeof baseLines>[2],
): BaseLine[] {
  return baseLines(forecast, linesWithin(forecast, scope), book);
}
