/**
 * The front door of the forecast: what was read and worked out is remembered for a while, so that a page that asks three
 * questions forecasts once. The reader, the prices and the clock are arguments.
 */
import { readingFor } from '../../ledger/ledger.ts';
import type { LedgerReader } from '../../ledger/question.ts';
import { openPriceBook } from '../../prices/prices.ts';
import type { PriceBook, PriceBookData } from '../../prices/prices.ts';
import { measureAccuracy } from './accuracy.ts';
import type { Accuracy } from './accuracy.ts';
import { forecastCompany } from './engine.ts';
import type { CompanyForecast, EngineAsk, LineForecast } from './engine.ts';
import { readHistory } from './history.ts';
import type { History, WorkflowHistory } from './history.ts';
import { KEPT_MS, remembering } from './remembering.ts';
import type { Progress, Work } from './remembering.ts';

export { coverageOf, cutHistory, MADE_ON_DAY, wapeOf } from './accuracy.ts';
export type { Accuracy, Judged } from './accuracy.ts';
export { adviseCommitment, HOURS_A_MONTH } from './commitment.ts';
export type { Commitment, CommitmentOption } from './commitment.ts';
export { statedDrivers } from './drivers.ts';
export type { Headline } from './drivers.ts';
export { forecastHours } from './hourly.ts';
export type { Hourly } from './hourly.ts';
export { forecastCompany } from './engine.ts';
export type { CompanyForecast, DriverSeries, LineForecast } from './engine.ts';
export { dateText, readHistory, RECENT_DAYS } from './history.ts';
export type { History, RecentModel } from './history.ts';
export { baseLines, dayRange, judgeLines, monthsAhead } from './outlook.ts';
export { spreadOf } from './off.ts';
export type { Range } from './outlook.ts';
export type { Progress } from './remembering.ts';
export { expectedAmount, forecastFigures, freezePlan, scenarioFigures } from './plan.ts';
export type { PlanBody, PlanWords } from './plan.ts';
export type { SeriesForecast } from './series/series.ts';
export { costSeries } from './totals.ts';
export { ACCURACY_TARGET, judgeMonth, VARIANCE_TARGET } from './variance.ts';
export type { JudgedMonth, LockedMonth } from './variance.ts';

/** Fifteen months and some: twelve to judge, and what the first of them is forecast from. */
export const HISTORY_DAYS = 460;

export interface ForecasterParts {
  readonly ledger: LedgerReader;
  readonly priceBook: () => PriceBookData;
  readonly now: () => number;
  /** Lets others work between two workflows: 200 of them take seconds. */
  readonly pause?: (() => Promise<void>) | undefined;
}

export interface CompanyAsk {
  /** The instant that the forecast is made at; nothing later is read. */
  readonly atMs: number;
  /** Calendar months beside the one under way. */
  readonly months: number;
  readonly timeZone: string;
  readonly level: number;
  /** Of who asks, and may leave; absent: who asks waits to the end. */
  readonly signal?: AbortSignal | undefined;
}

export interface Scope {
  readonly workflow?: string | undefined;
  readonly team?: string | undefined;
}

export interface Forecaster {
  company(ask: CompanyAsk): Promise<CompanyForecast>;
  /** How many workflows of such a forecast are done; undefined: none is being made, or its history is still read. */
  progress(ask: CompanyAsk): Progress | undefined;
  accuracy(ask: Omit<CompanyAsk, 'months'>, scope: Scope): Promise<Accuracy>;
  book(): PriceBook;
}

export function openForecaster(parts: ForecasterParts): Forecaster {
  const { ledger, priceBook, now, pause } = parts;
  const histories = remembering<History>(now);
  const companies = remembering<CompanyForecast>(now);
  const accuracies = remembering<Accuracy>(now);
  const book = (): PriceBook => openPriceBook(priceBook());
  const historyAt = ({ atMs, timeZone }: Pick<CompanyAsk, 'atMs' | 'timeZone'>, { signal }: Work) =>
    histories.of(
      keyOf([minuteOf(atMs), timeZone]),
      (work) => readHistory(readingFor(ledger, work.signal), { atMs, timeZone, days: HISTORY_DAYS }),
      signal,
    );
  const companyKey = (ask: CompanyAsk): string =>
    keyOf([minuteOf(ask.atMs), ask.months, ask.timeZone, ask.level, priceBook().version]);
  return {
    book,
    company: (ask) =>
      companies.of(
        companyKey(ask),
        async (work) => {
          const history = trimmed(await historyAt(ask, work));
          const untilDate = monthAfter(history.today.date, ask.months + 1);
          // What a book of today says of later prices was not known at an earlier time.
          const known = ask.atMs >= now() - KEPT_MS ? book() : undefined;
          const between = pauseOf(work, pause);
          return forecastCompany({ history, untilDate, level: ask.level, book: known, pause: between });
        },
        ask.signal,
      ),
    progress: (ask) => companies.progress(companyKey(ask)),
    accuracy: (ask, scope) =>
      accuracies.of(
        keyOf([dayOf(ask.atMs), ask.timeZone, ask.level, scope.workflow, scope.team]),
        async (work) => {
          const history = trimmed(await historyAt(ask, work));
          const within = (line: WorkflowHistory): boolean => isWithin(line, scope);
          return measureAccuracy({ history, level: ask.level, within, pause: pauseOf(work, pause) });
        },
        ask.signal,
      ),
  };
}

/** Between two workflows: says how far it is, lets others work, and goes no further for nobody. */
function pauseOf(work: Work, pause: ForecasterParts['pause']): NonNullable<EngineAsk['pause']> {
  return async (done, of) => {
    work.tell({ done, of });
    await pause?.();
    work.signal.throwIfAborted();
  };
}

export function isWithin(
  { workflow, team }: Pick<WorkflowHistory, 'workflow' | 'team'>,
  scope: Scope,
): boolean {
  if (scope.workflow !== undefined) return workflow === scope.workflow;
  return scope.team === undefined || team === scope.team;
}

export function linesWithin(forecast: CompanyForecast, scope: Scope): LineForecast[] {
  return forecast.lines.filter(({ history }) => isWithin(history, scope));
}

/** Days before the first call of all are no history. */
function trimmed(history: History): History {
  const firsts = history.workflows.map(({ first }) => first).filter((first) => first >= 0);
  const start = Math.min(history.dates.length, ...firsts);
  if (start === 0) return history;
  return {
    ...history,
    dates: history.dates.slice(start),
    workflows: history.workflows.map((one) => ({
      ...one,
      first: one.first < 0 ? one.first : one.first - start,
      days: {
        calls: one.days.calls.subarray(start),
        inputTokens: one.days.inputTokens.subarray(start),
        outputTokens: one.days.outputTokens.subarray(start),
        cachedTokens: one.days.cachedTokens.subarray(start),
        cost: one.days.cost.subarray(start),
      },
    })),
  };
}

/** The first day of the month so many months on, as an ISO date. */
export function monthAfter(date: string, months: number): string {
  return new Date(Date.UTC(Number(date.slice(0, 4)), Number(date.slice(5, 7)) - 1 + months, 1))
    .toISOString()
    .slice(0, 10);
}

function minuteOf(ms: number): number {
  return Math.floor(ms / KEPT_MS);
}

function dayOf(ms: number): number {
  return Math.floor(ms / 86_400_000);
}

function keyOf(parts: readonly unknown[]): string {
  return JSON.stringify(parts.map((part) => part ?? null));
}
