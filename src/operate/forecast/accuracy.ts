/** Forecasts made again as of the past, each from the days before it and nothing else, held against what came. Pure. */
import { forecastCompany } from './engine.ts';
import type { CompanyForecast, EngineAsk } from './engine.ts';
import { dateText, daysIn } from './history.ts';
import type { DayColumns, History, WorkflowHistory } from './history.ts';
import { rangeOf, ratiosOf } from './outlook.ts';
import type { Range } from './outlook.ts';

export interface Judged extends Range {
  /** A month, or the first day of a week. */
  readonly of: string;
  /** ISO date: made before this day began. */
  readonly madeOn: string;
  readonly actual: number;
  /** The last whole month carried on, by its mean day; undefined: there is none before. */
  readonly naive: number | undefined;
}

export interface Accuracy {
  readonly monthEnd: readonly Judged[];
  readonly nextMonth: readonly Judged[];
  readonly weeks: readonly Judged[];
}

export interface AccuracyAsk {
  readonly history: History;
  readonly level: number;
  readonly within: (line: WorkflowHistory) => boolean;
  readonly pause?: EngineAsk['pause'];
}

/** Month-end is forecast from the days up to this one. */
export const MADE_ON_DAY = 10;
const MONTHS = 12;
const WEEKS = 8;
const WEEK_DAYS = 7;
/** Nothing is forecast from less. */
const LEAST_DAYS = 28;
/** Workflows beyond these are one line: a back-test makes many forecasts. */
const MOST_LINES = 30;

export async function measureAccuracy(ask: AccuracyAsk): Promise<Accuracy> {
  const history = foldSmall({ ...ask.history, workflows: ask.history.workflows.filter(ask.within) });
  const months = endedMonths(history).slice(-MONTHS);
  const judge = (of: Target, madeAt: number) => judgeOne(history, of, { ...ask, madeAt });
  const monthEnd: Judged[] = [];
  const nextMonth: Judged[] = [];
  for (const month of months) {
    const target = { name: month.name, from: month.from, to: month.to };
    const whole = await judge(target, month.from);
    if (whole !== undefined) nextMonth.push(whole);
    const late = await judge(target, month.from + MADE_ON_DAY);
    if (late !== undefined) monthEnd.push(late);
  }
  const weeks: Judged[] = [];
  for (let back = WEEKS; back >= 1; back -= 1) {
    const from = history.dates.length - back * WEEK_DAYS;
    const week = await judge({ name: history.dates[from] ?? '', from, to: from + WEEK_DAYS }, from);
    if (week !== undefined) weeks.push(week);
  }
  return { monthEnd, nextMonth, weeks };
}

interface Target {
  readonly name: string;
  /** Indices of days, half-open. */
  readonly from: number;
  readonly to: number;
}

function endedMonths({ dates }: History): Target[] {
  const names = [...new Set(dates.map((date) => date.slice(0, 7)))];
  return names.flatMap((name): Target[] => {
    const from = dates.indexOf(`${name}-01`);
    const to = from + daysIn(name);
    return from < 0 || to > dates.length ? [] : [{ name, from, to }];
  });
}

async function judgeOne(
  history: History,
  { name, from, to }: Target,
  ask: AccuracyAsk & { readonly madeAt: number },
): Promise<Judged | undefined> {
  const { madeAt, level, pause } = ask;
  const known = cutHistory(history, madeAt);
  if (known === undefined) return undefined;
  const untilDate = history.dates[to] ?? dateAfter(history.dates.at(-1) ?? '');
  const forecast = await forecastCompany({ history: known, untilDate, level, pause });
  const sofar = sumOf(history, from, madeAt);
  const ahead = aheadOf(forecast, to - Math.max(from, madeAt));
  return {
    of: name,
    madeOn: history.dates[madeAt] ?? untilDate,
    point: sofar + ahead.point,
    low: sofar + ahead.low,
    high: sofar + ahead.high,
    actual: sumOf(history, from, to),
    naive: naiveOf(history, { from, to, madeAt }),
  };
}

function aheadOf(forecast: CompanyForecast, count: number): Range {
  const { lines, parts, level } = forecast;
  const days = Array.from({ length: count }, (_, at) => at);
  const point = lines.reduce((sum, line) => sum + days.reduce((of, at) => of + (line.cost[at] ?? 0), 0), 0);
  return rangeOf(point, ratiosOf(lines, days, parts), level);
}

function naiveOf(history: History, { from, to, madeAt }: { from: number; to: number; madeAt: number }) {
  const before = endedMonths({ ...history, dates: history.dates.slice(0, madeAt) }).at(-1);
  if (before === undefined) return undefined;
  const mean = sumOf(history, before.from, before.to) / (before.to - before.from);
  return sumOf(history, from, madeAt) + mean * (to - Math.max(from, madeAt));
}

function sumOf({ workflows }: History, from: number, to: number): number {
  let sum = 0;
  for (const { days } of workflows) for (let at = from; at < to; at += 1) sum += days.cost[at] ?? 0;
  return sum;
}

/** The history as it was before a day; undefined: too little of it. */
export function cutHistory(history: History, at: number): History | undefined {
  if (at < LEAST_DAYS || at > history.dates.length) return undefined;
  const upTo = (columns: DayColumns): DayColumns => ({
    calls: columns.calls.subarray(0, at),
    inputTokens: columns.inputTokens.subarray(0, at),
    outputTokens: columns.outputTokens.subarray(0, at),
    cachedTokens: columns.cachedTokens.subarray(0, at),
    cost: columns.cost.subarray(0, at),
  });
  return {
    ...history,
    dates: history.dates.slice(0, at),
    workflows: history.workflows
      .filter(({ first }) => first >= 0 && first < at)
      // The mix of later days is not known then, so that no price change is known either.
      .map((one) => ({ ...one, days: upTo(one.days), models: [], fanOut: undefined, parts: undefined })),
    today: { date: history.dates[at] ?? dateAfter(history.dates.at(-1) ?? ''), part: 0, cost: new Map() },
  };
}

function dateAfter(date: string): string {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  return dateText({ year, month, day }, 1);
}

function foldSmall(history: History): History {
  const sum = ({ days }: WorkflowHistory): number => days.cost.reduce((total, one) => total + one, 0);
  const sorted = history.workflows.toSorted((a, b) => sum(b) - sum(a));
  const [kept, rest] = [sorted.slice(0, MOST_LINES), sorted.slice(MOST_LINES)];
  const [one, ...others] = rest;
  if (one === undefined) return history;
  const days = others.reduce((joined, other) => addColumns(joined, other.days), one.days);
  const joined = { ...one, days, first: days.calls.findIndex((calls) => calls > 0) };
  return { ...history, workflows: [...kept, joined] };
}

function addColumns(left: DayColumns, right: DayColumns): DayColumns {
  const add = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, at) => value + (b[at] ?? 0));
  return {
    calls: add(left.calls, right.calls),
    inputTokens: add(left.inputTokens, right.inputTokens),
    outputTokens: add(left.outputTokens, right.outputTokens),
    cachedTokens: add(left.cachedTokens, right.cachedTokens),
    cost: add(left.cost, right.cost),
  };
}

/** Σ|error| ÷ Σ actual; null where nothing came. */
export function wapeOf(
  judged: readonly Judged[],
  of: (one: Judged) => number | undefined = (one) => one.point,
) {
  const told = judged.flatMap((one) => {
    const value = of(one);
    return value === undefined ? [] : [{ value, actual: one.actual }];
  });
  const actual = told.reduce((sum, one) => sum + one.actual, 0);
  return actual > 0 ? told.reduce((sum, one) => sum + Math.abs(one.value - one.actual), 0) / actual : null;
}

export function coverageOf(judged: readonly Judged[]): number | null {
  if (judged.length === 0) return null;
  return judged.filter(({ low, high, actual }) => low <= actual && actual <= high).length / judged.length;
}
