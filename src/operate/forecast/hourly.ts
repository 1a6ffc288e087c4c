/** The next days by the hour: the same drivers with the seasons of a day and a week. Hours are those of UTC: each is as long as the others. */
import type { Condition, LedgerReader } from '../../ledger/question.ts';
import { costPaths, driverColumns, productAt } from './engine.ts';
import type { DriverSeries } from './engine.ts';
import { dollars, emptyColumns } from './history.ts';
import { dayRange, judgeLines } from './outlook.ts';
import type { Range } from './outlook.ts';
import { forecastSeries } from './series/series.ts';

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
const SEASONS = [DAY_HOURS, 7 * DAY_HOURS];
/** Eight weeks: a profile of the hours of a week, and folds to judge it by. */
const HISTORY_HOURS = 56 * DAY_HOURS;
const MOST_GROUPS = 10_000;

export interface HourlyAsk {
  readonly atMs: number;
  readonly hours: number;
  readonly where: readonly Condition[];
  readonly level: number;
}

export interface HourAhead {
  readonly startMs: number;
  readonly calls: Range;
  readonly tokensPerCall: number;
  /** Dollars per thousand tokens. */
  readonly rate: number;
  /** Dollars. */
  readonly cost: Range;
}

export interface Hourly {
  readonly history: ReadonlyArray<{
    readonly startMs: number;
    readonly calls: number;
    readonly cost: number;
  }>;
  readonly ahead: readonly HourAhead[];
  readonly drivers: DriverSeries;
  /** Of cost, on folds that an interval was not made from. */
  readonly judged: ReturnType<typeof judgeLines>;
}

/** @returns undefined where nothing was called in eight weeks. */
export async function forecastHours(reader: LedgerReader, ask: HourlyAsk): Promise<Hourly | undefined> {
  const { level, where } = ask;
  const toMs = Math.floor(ask.atMs / HOUR_MS) * HOUR_MS;
  const fromMs = toMs - HISTORY_HOURS * HOUR_MS;
  const answer = await reader.ask({
    of: ['calls', 'inputTokens', 'outputTokens', 'cost'],
    by: ['hour'],
    during: { fromMs, toMs },
    where,
    timeZone: 'UTC',
    simulated: 'exclude',
    limit: MOST_GROUPS,
  });
  const columns = emptyColumns(HISTORY_HOURS);
  for (const { group, figures } of answer.rows) {
    const at = Math.round((Date.parse(group[0] ?? '') - fromMs) / HOUR_MS);
    if (!(at >= 0 && at < HISTORY_HOURS)) continue;
    columns.calls[at] = figures.calls ?? 0;
    columns.inputTokens[at] = figures.inputTokens ?? 0;
    columns.outputTokens[at] = figures.outputTokens ?? 0;
    columns.cost[at] = dollars(figures.cost);
  }
  const first = columns.calls.findIndex((calls) => calls > 0);
  if (first < 0) return undefined;
  const values = driverColumns(columns, first);
  const series = (of: readonly number[], periods: readonly number[]) =>
    forecastSeries({ values: of, periods, horizon: ask.hours, level });
  const drivers = {
    calls: series(values.calls, SEASONS),
    inputTokens: series(values.inputTokens, [DAY_HOURS]),
    outputTokens: series(values.outputTokens, [DAY_HOURS]),
    rate: series(values.rate, [DAY_HOURS]),
  };
  const start = (at: number): number => toMs + at * HOUR_MS;
  return {
    drivers,
    ...aheadOf(drivers, { ...ask, start }),
    history: Array.from(columns.calls, (calls, at) => ({
      startMs: fromMs + at * HOUR_MS,
      calls,
      cost: columns.cost[at] ?? 0,
    })),
  };
}

function aheadOf(
  drivers: DriverSeries,
  { hours, level, start }: HourlyAsk & { readonly start: (at: number) => number },
): Pick<Hourly, 'ahead' | 'judged'> {
  const { calls, inputTokens, outputTokens, rate } = drivers;
  const steps = Array.from({ length: hours }, (_, at) => at);
  const line = { cost: steps.map((at) => productAt(drivers, at)), paths: costPaths(drivers, hours) };
  const span = {
    dates: steps.map((at) => new Date(start(at)).toISOString()),
    parts: steps.map(() => 1),
    level,
  };
  return {
    judged: judgeLines(span, [line], hours),
    ahead: steps.map((at) => ({
      startMs: start(at),
      calls: { point: calls.point[at] ?? 0, low: calls.lower[at] ?? 0, high: calls.upper[at] ?? 0 },
      tokensPerCall: (inputTokens.point[at] ?? 0) + (outputTokens.point[at] ?? 0),
      rate: rate.point[at] ?? 0,
      cost: dayRange(span, [line], at),
    })),
  };
}
