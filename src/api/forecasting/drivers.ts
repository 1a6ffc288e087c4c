/** Each driver of a scope as the API says it: its history, what is expected, and how well that went before. */
import { linesWithin, RECENT_DAYS } from '../../operate/forecast/forecast.ts';
import type {
  CompanyForecast,
  DriverSeries,
  LineForecast,
  Scope,
  SeriesForecast,
} from '../../operate/forecast/forecast.ts';
import type { BacktestOfForecast, DriverOfForecast } from '../contract/forecast.ts';
import { rounded } from './amounts.ts';

const HISTORY_DAYS = 120;
type Name = DriverOfForecast['driver'];

const WORDS: Readonly<Record<Name, readonly [name: string, unit: string]>> = {
  calls: ['Calls', 'a day'],
  actions: ['User actions', 'a day'],
  fanOut: ['Fan-out', 'calls per action'],
  inputTokens: ['Input', 'tokens per call'],
  outputTokens: ['Output', 'tokens per call'],
  cachedShare: ['Cached share', 'of the input'],
  rate: ['Rate', 'dollars per 1K tokens'],
};
const DECIMALS: Readonly<Record<Name, number>> = {
  calls: 0,
  actions: 0,
  fanOut: 3,
  inputTokens: 1,
  outputTokens: 1,
  cachedShare: 4,
  rate: 8,
};

export function presentDrivers(forecast: CompanyForecast, scope: Scope): DriverOfForecast[] {
  const lines = linesWithin(forecast, scope).filter(({ drivers }) => drivers !== undefined);
  const [only] = lines;
  if (only === undefined) return [];
  const single = lines.length === 1;
  return [
    forecastDriver(forecast, lines, 'calls', single ? only : undefined),
    ...actionDrivers(forecast, lines),
    forecastDriver(forecast, lines, 'inputTokens', single ? only : undefined),
    forecastDriver(forecast, lines, 'outputTokens', single ? only : undefined),
    cachedDriver(forecast, lines),
    forecastDriver(forecast, lines, 'rate', single ? only : undefined),
  ];
}

/** Sums of columns over lines, of a day of the history. */
function past(lines: readonly LineForecast[], at: number) {
  let [calls, input, output, cached, cost] = [0, 0, 0, 0, 0];
  for (const { history } of lines) {
    calls += history.days.calls[at] ?? 0;
    input += history.days.inputTokens[at] ?? 0;
    output += history.days.outputTokens[at] ?? 0;
    cached += history.days.cachedTokens[at] ?? 0;
    cost += history.days.cost[at] ?? 0;
  }
  return { calls, input, output, cached, cost };
}

type Sums = ReturnType<typeof past>;

const VALUE: Readonly<Record<keyof DriverSeries | 'cachedShare', (sums: Sums) => number | null>> = {
  calls: ({ calls }) => calls,
  inputTokens: ({ input, calls }) => (calls > 0 ? input / calls : null),
  outputTokens: ({ output, calls }) => (calls > 0 ? output / calls : null),
  cachedShare: ({ cached, input }) => (input > 0 ? cached / input : null),
  rate: ({ cost, input, output }) => (input + output > 0 ? (cost * 1000) / (input + output) : null),
};

function historyOf(forecast: CompanyForecast, lines: readonly LineForecast[], name: keyof typeof VALUE) {
  const { dates } = forecast.history;
  const from = Math.max(0, dates.length - HISTORY_DAYS);
  return dates.slice(from).map((date, place) => {
    const value = VALUE[name](past(lines, from + place));
    return { date, value: value === null ? null : rounded(value, DECIMALS[name]) };
  });
}

function nowOf(
  forecast: CompanyForecast,
  lines: readonly LineForecast[],
  name: keyof typeof VALUE,
): number | null {
  const { length } = forecast.history.dates;
  const days = Array.from({ length: Math.min(RECENT_DAYS, length) }, (_, back) =>
    past(lines, length - 1 - back),
  );
  const add = (key: keyof Sums): number => days.reduce((sum, one) => sum + one[key], 0);
  const value = VALUE[name]({
    calls: add('calls'),
    input: add('input'),
    output: add('output'),
    cached: add('cached'),
    cost: add('cost'),
  });
  if (value === null) return null;
  return rounded(name === 'calls' ? value / Math.max(1, days.length) : value, DECIMALS[name]);
}

function forecastDriver(
  forecast: CompanyForecast,
  lines: readonly LineForecast[],
  name: keyof DriverSeries,
  single: LineForecast | undefined,
): DriverOfForecast {
  const series = single?.drivers?.[name];
  const now = nowOf(forecast, lines, name);
  return {
    driver: name,
    basis: now === null ? 'unknown' : 'measured',
    now,
    history: historyOf(forecast, lines, name),
    ahead: forecast.dates.map((date, at) => ({ date, ...aheadOf(forecast, lines, name, at) })),
    method: series?.method ?? null,
    skill: series?.skill ?? 'unknown',
    backtest: series === undefined ? null : presentBacktest(series),
    tried: (series?.tried ?? []).map(({ method, wape }) => ({ method, wape: rounded(wape, 4) })),
    ...marksOf(forecast, single, series),
    sentence: `${sentenceOf(name, now, series)}${name === 'inputTokens' && now !== null ? partsText(lines, now) : ''}`,
  };
}

/** Calls add up; ratios are weighted by what they are ratios to. A range of several is as wide as its parts are. */
function aheadOf(
  forecast: CompanyForecast,
  lines: readonly LineForecast[],
  name: keyof DriverSeries,
  at: number,
) {
  let [value, low, high, weight] = [0, 0, 0, 0];
  for (const { drivers, calls } of lines) {
    const series = drivers?.[name];
    const point = series?.point[at] ?? 0;
    const volume = calls[at] ?? 0;
    const tokens = volume * ((drivers?.inputTokens.point[at] ?? 0) + (drivers?.outputTokens.point[at] ?? 0));
    // Calls are those that money agrees with; their interval moves with them.
    const scale = name === 'calls' ? (point > 0 ? volume / point : 1) : name === 'rate' ? tokens : volume;
    value += point * scale;
    low += (series?.lower[at] ?? 0) * scale;
    high += (series?.upper[at] ?? 0) * scale;
    weight += scale;
  }
  const by = name === 'calls' ? 1 : Math.max(weight, Number.MIN_VALUE);
  const show = (one: number): number => rounded(one / by, DECIMALS[name]);
  return { value: show(value), low: show(low), high: show(high) };
}

function marksOf(
  { history }: CompanyForecast,
  single: LineForecast | undefined,
  series: SeriesForecast | undefined,
) {
  const first = single?.history.first ?? 0;
  const [year = 0, month = 1, day = 1] = (history.dates[0] ?? history.today.date).split('-').map(Number);
  const dateOf = (at: number): string =>
    new Date(Date.UTC(year, month - 1, day + first + at)).toISOString().slice(0, 10);
  return {
    shifts: (series?.shifts ?? []).map(({ at, factor, found, name }) => ({
      date: dateOf(at),
      factor: rounded(factor, 4),
      found,
      name: name ?? '',
    })),
    setAside: (series?.setAside ?? []).map(({ at, value, expected }) => ({
      date: dateOf(at),
      value: rounded(value, 8),
      expected: rounded(expected, 8),
    })),
  };
}

export function presentBacktest({ backtest }: Pick<SeriesForecast, 'backtest'>): BacktestOfForecast {
  const { folds, horizon, wape, naiveWape, mase, naiveMase, coverage, judged } = backtest;
  const show = (value: number | null): number | null => (value === null ? null : rounded(value, 4));
  return {
    folds,
    horizonDays: horizon,
    wape: show(wape),
    naiveWape: show(naiveWape),
    mase: show(mase),
    naiveMase: show(naiveMase),
    coverage: show(coverage),
    judged,
  };
}

/** User actions and fan-out, of the last four weeks: the ledger knows requests where calls say theirs. */
function actionDrivers(forecast: CompanyForecast, lines: readonly LineForecast[]): DriverOfForecast[] {
  const known = lines.every(({ history }) => history.fanOut !== undefined);
  const recent = (line: LineForecast): number =>
    line.history.days.calls.slice(-RECENT_DAYS).reduce((sum, one) => sum + one, 0);
  const calls = lines.reduce((sum, line) => sum + recent(line), 0);
  const actions = lines.reduce((sum, line) => sum + recent(line) / (line.history.fanOut ?? 1), 0);
  const days = Math.min(RECENT_DAYS, forecast.history.dates.length);
  const aheadAt = (at: number, of: (line: LineForecast) => readonly number[] | undefined): number =>
    lines.reduce((sum, line) => sum + (of(line)?.[at] ?? 0) / (line.history.fanOut ?? 1), 0);
  const common = {
    basis: known ? ('measured' as const) : ('unknown' as const),
    history: [],
    method: null,
    skill: 'unknown' as const,
    backtest: null,
    tried: [],
    shifts: [],
    setAside: [],
  };
  const actionsNow = known && days > 0 ? rounded(actions / days, 0) : null;
  const fanOutNow = known && actions > 0 ? rounded(calls / actions, 3) : null;
  return [
    {
      ...common,
      driver: 'actions',
      now: actionsNow,
      ahead: !known
        ? []
        : forecast.dates.map((date, at) => ({
            date,
            value: rounded(
              aheadAt(at, (line) => line.calls),
              0,
            ),
            low: rounded(
              aheadAt(at, (line) => line.drivers?.calls.lower),
              0,
            ),
            high: rounded(
              aheadAt(at, (line) => line.drivers?.calls.upper),
              0,
            ),
          })),
      sentence: known
        ? `User actions follow calls at the fan-out of the last ${days} days.`
        : 'Which calls belong to one user action is not known: send a request id with them.',
    },
    {
      ...common,
      driver: 'fanOut',
      now: fanOutNow,
      ahead: [],
      sentence: known
        ? `One user action made ${fanOutNow ?? '–'} calls over the last ${days} days; it is carried on as it is.`
        : 'Fan-out is not known where calls name no request.',
    },
  ];
}

function cachedDriver(forecast: CompanyForecast, lines: readonly LineForecast[]): DriverOfForecast {
  const now = nowOf(forecast, lines, 'cachedShare');
  return {
    driver: 'cachedShare',
    basis: now === null ? 'unknown' : 'measured',
    now,
    history: historyOf(forecast, lines, 'cachedShare'),
    ahead: [],
    method: null,
    skill: 'unknown',
    backtest: null,
    tried: [],
    shifts: [],
    setAside: [],
    sentence:
      now === null
        ? 'No input tokens are known, so neither is what of them was cached.'
        : `${Math.round(now * 100)} % of the input is read from a prompt cache; its effect is in the rate.`,
  };
}

function sentenceOf(name: Name, now: number | null, series: SeriesForecast | undefined): string {
  const [title, unit] = WORDS[name];
  if (now === null) return `${title}: not known.`;
  const figure = now.toLocaleString('en-US', { maximumSignificantDigits: name === 'calls' ? 12 : 4 });
  const base = `${title}: ${figure} ${unit} now`;
  if (series === undefined) return `${base}; each workflow is forecast by itself and added.`;
  const { wape, naiveWape, coverage } = series.backtest;
  const percent = (value: number | null): string =>
    value === null ? 'n/a' : `${(value * 100).toFixed(1)} %`;
  switch (series.skill) {
    case 'better':
      return `${base}; ${series.method} was off by ${percent(wape)} where seasonal naive was off by ${percent(naiveWape)}, and its interval held ${percent(coverage)} of days.`;
    case 'none':
      return `${base}; nothing had skill over seasonal naive (${percent(naiveWape)}), so seasonal naive is used; its interval held ${percent(coverage)} of days.`;
    case 'unknown':
      return `${base}; too short a history to judge a method, so it leans on what related workflows were like.`;
  }
}

/** What the input is made of, largest first, in tokens of a call: where context grows, a part of it does. */
function partsText(lines: readonly LineForecast[], inputTokens: number): string {
  const sizes = new Map<string, number>();
  let whole = 0;
  for (const { history } of lines) {
    const tokens = history.days.inputTokens.slice(-RECENT_DAYS).reduce((sum, one) => sum + one, 0);
    whole += tokens;
    for (const [part, share] of Object.entries(history.parts ?? { unknown: 1 }))
      sizes.set(part, (sizes.get(part) ?? 0) + share * tokens);
  }
  if (whole === 0 || (sizes.size === 1 && sizes.has('unknown'))) return ' What it is made of is not known.';
  const told = [...sizes]
    .toSorted((a, b) => b[1] - a[1])
    .map(([part, tokens]) => `${part} ${Math.round((tokens / whole) * inputTokens).toLocaleString('en-US')}`);
  return ` Made of ${told.join(', ')} (estimated).`;
}
