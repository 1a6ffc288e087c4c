/**
 * The forecast of everything: each driver of each workflow by itself, multiplied to cost, and made to add up with what teams and
 * the organisation are expected to spend. Pure: history in, expectations out.
 */
import type { PriceBook } from '../../prices/prices.ts';
import { dayClass } from './day-class.ts';
import { reconcile } from './coherence.ts';
import { dateText } from './history.ts';
import type { DayColumns, History, WorkflowHistory } from './history.ts';
import { rateSteps } from './rate-index.ts';
import type { RateStep } from './rate-index.ts';
import { costSeries, shiftsOf, varianceOf } from './totals.ts';
import { forecastSeries, priorOf } from './series/series.ts';
import type { SeriesForecast, SeriesPrior } from './series/series.ts';

const WEEK = [7];
/** A workflow that was not called for so long is not expected back. */
const QUIET_DAYS = 28;
/** Below this many days a series leans on what its neighbours were like. */
const SHORT_DAYS = 42;
/** A reconciled day stays within these factors of what its drivers say. */
const MOST_PULL = 2;

export interface EngineAsk {
  readonly history: History;
  /** ISO date after the last day that is asked for. */
  readonly untilDate: string;
  readonly level: number;
  /** Absent: prices stay as they were paid. */
  readonly book?: PriceBook | undefined;
  /** Lets others work between two workflows, told how many are done. What it throws ends the forecast. */
  readonly pause?: ((done: number, of: number) => Promise<void>) | undefined;
}

/** The drivers of one workflow, each forecast by itself. Rates are dollars per thousand tokens. */
export interface DriverSeries {
  readonly calls: SeriesForecast;
  readonly inputTokens: SeriesForecast;
  readonly outputTokens: SeriesForecast;
  readonly rate: SeriesForecast;
}

export interface LineForecast {
  readonly history: WorkflowHistory;
  /** Undefined: it was quiet for four weeks and nothing is expected of it. */
  readonly drivers: DriverSeries | undefined;
  /** Dollars and calls by day ahead, made to add up. */
  readonly cost: readonly number[];
  readonly calls: readonly number[];
  /** By fold of the back-test, newest last: actual ÷ forecast − 1 of cost, by day ahead. */
  readonly paths: readonly (readonly number[])[];
  readonly steps: readonly RateStep[];
}

export interface CompanyForecast {
  readonly history: History;
  /** Days ahead; the first is the one under way, of which `parts[0]` is left. */
  readonly dates: readonly string[];
  readonly parts: readonly number[];
  readonly lines: readonly LineForecast[];
  readonly level: number;
}

export async function forecastCompany(ask: EngineAsk): Promise<CompanyForecast> {
  const { history, level, pause } = ask;
  const dates = datesAhead(history, ask.untilDate);
  const classes = [...history.dates, ...dates].map(dayClass);
  const made: MadeLine[] = [];
  // Long histories first: short ones lean on them.
  const order = history.workflows.toSorted((a, b) => a.first - b.first);
  for (const workflow of order) {
    await pause?.(made.length, order.length);
    made.push(makeLine(workflow, { ...ask, dates, classes, priorOfOthers: () => priorFrom(made) }));
  }
  const cost = await reconciled(made, { ...ask, dates });
  const lines = made.map((line, at): LineForecast => ({ ...line, ...adjusted(line, cost[at] ?? []) }));
  const byCost = (line: LineForecast): number => line.cost.reduce((sum, one) => sum + one, 0);
  return {
    history,
    dates,
    parts: dates.map((_, at) => (at === 0 ? 1 - history.today.part : 1)),
    lines: lines.toSorted((a, b) => byCost(b) - byCost(a)),
    level,
  };
}

export function datesAhead({ today }: Pick<History, 'today'>, untilDate: string): string[] {
  const [year = 0, month = 1, day = 1] = today.date.split('-').map(Number);
  const dates: string[] = [];
  for (let at = 0, date = today.date; date < untilDate; at += 1) {
    dates.push(date);
    date = dateText({ year, month, day }, at + 1);
  }
  return dates;
}

interface MadeLine {
  readonly history: WorkflowHistory;
  readonly drivers: DriverSeries | undefined;
  /** By its own drivers, before anything was made to add up. */
  readonly point: readonly number[];
  readonly paths: readonly (readonly number[])[];
  readonly steps: readonly RateStep[];
}

interface LineAsk extends EngineAsk {
  readonly dates: readonly string[];
  /** Classes of the days of history and horizon. */
  readonly classes: readonly string[];
  readonly priorOfOthers: () => Priors;
}

type Priors = { readonly [driver in keyof DriverSeries]?: SeriesPrior | undefined };

function priorFrom(made: readonly MadeLine[]): Priors {
  const long = made.flatMap(({ drivers, history }) =>
    drivers !== undefined && history.days.calls.length - history.first >= SHORT_DAYS ? [drivers] : [],
  );
  if (long.length === 0) return {};
  const of = (driver: keyof DriverSeries): SeriesPrior => priorOf(long.map((one) => one[driver]));
  return {
    calls: of('calls'),
    inputTokens: of('inputTokens'),
    outputTokens: of('outputTokens'),
    rate: of('rate'),
  };
}

function makeLine(workflow: WorkflowHistory, ask: LineAsk): MadeLine {
  const { history, dates, level } = ask;
  const { days, first } = workflow;
  const nothing = {
    history: workflow,
    drivers: undefined,
    point: dates.map(() => 0),
    paths: [],
    steps: [],
  };
  if (first < 0 || days.calls.slice(-QUIET_DAYS).every((calls) => calls === 0)) return nothing;
  const columns = driverColumns(days, first);
  const calendar = ask.classes.slice(first);
  const steps = stepsOf(workflow, ask);
  const common = { periods: WEEK, horizon: dates.length, level };
  const short = history.dates.length - first < SHORT_DAYS;
  const prior = short ? ask.priorOfOthers() : {};
  const lean = (driver: keyof DriverSeries) => (prior[driver] === undefined ? {} : { prior: prior[driver] });
  const drivers: DriverSeries = {
    calls: forecastSeries({ ...common, values: columns.calls, calendar, ...lean('calls') }),
    inputTokens: forecastSeries({ ...common, values: columns.inputTokens, ...lean('inputTokens') }),
    outputTokens: forecastSeries({ ...common, values: columns.outputTokens, ...lean('outputTokens') }),
    rate: forecastSeries({
      ...common,
      values: columns.rate,
      shifts: shiftsOf(steps, history, first),
      ...lean('rate'),
    }),
  };
  return {
    history: workflow,
    drivers,
    point: dates.map((_, at) => productAt(drivers, at)),
    paths: costPaths(drivers, dates.length),
    steps,
  };
}

/** Dollars of a day: calls × tokens per call × dollars per thousand tokens. */
export function productAt({ calls, inputTokens, outputTokens, rate }: DriverSeries, at: number): number {
  const tokens = (inputTokens.point[at] ?? 0) + (outputTokens.point[at] ?? 0);
  return ((calls.point[at] ?? 0) * tokens * (rate.point[at] ?? 0)) / 1000;
}

/** From its first call on; a ratio of a day without calls is not known. */
export function driverColumns(days: DayColumns, first: number) {
  const { calls, inputTokens, outputTokens, cost } = days;
  const length = calls.length - first;
  const per = (of: (at: number) => number, over: (at: number) => number): number[] =>
    Array.from({ length }, (_, at) => {
      const whole = over(first + at);
      return whole > 0 ? of(first + at) / whole : Number.NaN;
    });
  const callsAt = (at: number): number => calls[at] ?? 0;
  const tokensAt = (at: number): number => (inputTokens[at] ?? 0) + (outputTokens[at] ?? 0);
  return {
    calls: Array.from(calls.subarray(first)),
    inputTokens: per((at) => inputTokens[at] ?? 0, callsAt),
    outputTokens: per((at) => outputTokens[at] ?? 0, callsAt),
    rate: per((at) => (cost[at] ?? 0) * 1000, tokensAt),
  };
}

/** A past change is taken at its known size while the mix is still that of the days that it is worked out from. */
const KNOWN_DAYS = 35;

function stepsOf({ team, models }: WorkflowHistory, { history, book, dates }: LineAsk): RateStep[] {
  if (book === undefined || models.length === 0) return [];
  const startOf = (date: string): number => {
    const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
    return history.calendar.startOfDay({ year, month, day });
  };
  const from = history.dates.at(-KNOWN_DAYS) ?? history.dates[0] ?? history.today.date;
  return rateSteps({
    book,
    team,
    models,
    fromMs: startOf(from),
    toMs: startOf(dates.at(-1) ?? history.today.date),
  });
}

/** Folds are counted back from the newest, so that all drivers of a fold were forecast on the same day. */
export function costPaths(drivers: DriverSeries, horizon: number): number[][] {
  const all = [drivers.calls, drivers.inputTokens, drivers.outputTokens, drivers.rate];
  const folds = Math.min(...all.map(({ residuals }) => residuals.length));
  const weightIn = (at: number): number => {
    const [input, output] = [drivers.inputTokens.point[at] ?? 0, drivers.outputTokens.point[at] ?? 0];
    return input + output === 0 ? 0.5 : input / (input + output);
  };
  return Array.from({ length: folds }, (_, fold) => {
    const [calls, input, output, rate] = all.map(({ residuals }) => residuals.at(fold - folds) ?? []);
    return Array.from({ length: horizon }, (_unused, at) => {
      const share = weightIn(at);
      const tokens = 1 + share * stretched(input, at) + (1 - share) * stretched(output, at);
      return (1 + stretched(calls, at)) * tokens * (1 + stretched(rate, at)) - 1;
    });
  });
}

/** Beyond what the back-test reached, errors grow with the root of the distance. */
export function stretched(path: readonly number[] | undefined, at: number): number {
  if (path === undefined || path.length === 0) return 0;
  if (at < path.length) return path[at] ?? 0;
  const half = path.slice(path.length >> 1);
  const mean = half.reduce((sum, one) => sum + one, 0) / half.length;
  return mean * Math.sqrt((at + 1) / path.length);
}

async function reconciled(
  made: readonly MadeLine[],
  ask: LineAsk | (EngineAsk & { readonly dates: readonly string[] }),
) {
  const live = made.map((line, at) => ({ line, at })).filter(({ line }) => line.drivers !== undefined);
  const teams = [...new Set(live.map(({ line }) => line.history.team))];
  const membersOf = (team: string) => live.flatMap(({ line }) => (line.history.team === team ? [line] : []));
  const together = new Map<string, ReturnType<typeof totalOf>>();
  for (const team of teams) {
    await ask.pause?.(made.length, made.length);
    if (membersOf(team).length > 1) together.set(team, totalOf(membersOf(team), ask));
  }
  const organisation = totalOf(
    live.map(({ line }) => line),
    ask,
  );
  const result = reconcile({
    workflows: live.map(({ line }) => ({
      team: line.history.team,
      point: line.point,
      variance: varianceOf(line.point, line.paths),
    })),
    teams: together,
    organisation,
  });
  const cost: number[][] = made.map(({ point }) => [...point]);
  for (const [place, { at }] of live.entries()) cost[at] = result[place] ?? [];
  return cost;
}

function totalOf(lines: readonly MadeLine[], ask: EngineAsk & { readonly dates: readonly string[] }) {
  const { point, residuals } = costSeries(lines, ask);
  return { point, variance: varianceOf(point, residuals) };
}

/** Drivers and money agree: what a day was moved by, its calls are moved by. */
function adjusted({ drivers, point }: MadeLine, cost: readonly number[]) {
  if (drivers === undefined) return { cost: point, calls: point };
  const pulls = point.map((own, at) => {
    if (own <= 0) return 1;
    return Math.min(MOST_PULL, Math.max(1 / MOST_PULL, (cost[at] ?? own) / own));
  });
  return {
    cost: point.map((own, at) => own * (pulls[at] ?? 1)),
    calls: drivers.calls.point.map((calls, at) => calls * (pulls[at] ?? 1)),
  };
}
