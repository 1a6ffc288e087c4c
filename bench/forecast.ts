/**
 * How good the forecast is: on the M4 competition's hourly and weekly samples, on demand with labelled anomalies, and what
 * it costs for a company of two hundred workflows.
 *
 * Nothing here was fitted to the test parts: methods and their combination are chosen per series by a back-test inside its
 * train part, and the constants of the code were set with the last values of the train parts held out. That weekly series
 * are asked with a season of 52 (their year) was decided on those too. MASE divides by M4's own scale: a season of 24, and
 * of 1 for weekly series.
 */
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

import {
  ets,
  forecastSeries,
  multiSeason,
  seasonalNaive,
  theta,
} from '../src/operate/forecast/series/series.ts';
import { measureTaxi } from './forecast-taxi.ts';
import type { TaxiFigures } from './forecast-taxi.ts';

interface Part {
  readonly name: 'hourly' | 'weekly';
  readonly periods: readonly number[];
  readonly horizon: number;
  /** Season of the naive method and of the scale of MASE. */
  readonly scaleSeason: number;
}

const PARTS: readonly Part[] = [
  { name: 'hourly', periods: [24, 168], horizon: 48, scaleSeason: 24 },
  { name: 'weekly', periods: [52], horizon: 13, scaleSeason: 1 },
];

interface Sample {
  readonly id: string;
  readonly train: readonly number[];
  readonly test: readonly number[];
}

interface Score {
  readonly method: string;
  readonly smape: number;
  readonly mase: number;
  readonly coverage80?: number;
}

export function samplesOf(name: Part['name']): readonly Sample[] {
  const file = new URL(`../../shared/fixtures/series/m4-${name}-sample.json`, import.meta.url);
  if (!existsSync(file))
    throw new Error(`The series are missing (${file.pathname}); this figure cannot be measured.`);
  return JSON.parse(readFileSync(file, 'utf8')) as Sample[];
}

export async function run(_options: { json: boolean } = { json: false }): Promise<Record<string, unknown>> {
  const scores = PARTS.map((part) => ({ part, scores: scorePart(part) }));
  const taxi = measureTaxi();
  const company = measureCompany();
  const keys = Object.fromEntries(
    scores.map(({ part, scores: [naive, ...others] }) => {
      const own = others.at(-1);
      return [
        part.name,
        {
          smape: own?.smape,
          mase: own?.mase,
          coverage80: own?.coverage80,
          naiveSmape: naive?.smape,
          naiveMase: naive?.mase,
        },
      ];
    }),
  );
  return {
    ...keys,
    taxi: taxi && { ...taxi, windows: taxi.windows.length },
    companySeries: company.series,
    companyCpuSeconds: company.cpuSeconds,
    companyWallSeconds: company.wallSeconds,
    companyCoverage80: company.coverage,
    machine: cpus()[0]?.model ?? 'unknown',
    node: process.version,
    runs: 1,
    table: tableOf(scores, taxi, company),
  };
}

// --- M4 ---------------------------------------------------------------------------------------------------

function scorePart(part: Part): Score[] {
  const samples = samplesOf(part.name);
  const { periods, horizon, scaleSeason } = part;
  const season = scaleSeason === 1 ? [] : [scaleSeason];
  const methods: ReadonlyArray<readonly [string, (train: readonly number[]) => readonly number[]]> = [
    ['seasonal naive', (train) => seasonalNaive(train, season, horizon)],
    ['theta', (train) => theta(train, season, horizon)],
    ['ets', (train) => ets(train, season, horizon)],
    ['multi-season', (train) => multiSeason(train, periods, horizon)],
  ];
  const alone = methods.map(([method, forecast]) =>
    scored(method, part, samples, (train) => ({ point: forecast(train) })),
  );
  const middle = (train: readonly number[]): readonly number[] =>
    middleOf(methods.map(([, forecast]) => forecast(train)));
  alone.push(scored('combination of all', part, samples, (train) => ({ point: middle(train) })));
  return [
    ...alone,
    scored('chosen by back-test', part, samples, (values) => forecastSeries({ values, periods, horizon })),
  ];
}

/** The middle of those that have a value. */
function middleOf(paths: ReadonlyArray<readonly number[]>): number[] {
  return (paths[0] ?? []).map((_, step) => {
    const known = paths.map((path) => path[step] ?? NaN).filter((value) => Number.isFinite(value));
    const sorted = known.toSorted((a, b) => a - b);
    const half = sorted.length >> 1;
    return sorted.length % 2 === 1
      ? (sorted[half] ?? NaN)
      : ((sorted[half - 1] ?? NaN) + (sorted[half] ?? NaN)) / 2;
  });
}

interface Made {
  readonly point: readonly number[];
  readonly lower?: readonly number[];
  readonly upper?: readonly number[];
}

/** Means over the series for which the method has a forecast at all. */
function scored(
  method: string,
  { scaleSeason }: Part,
  samples: readonly Sample[],
  forecast: (train: readonly number[]) => Made,
): Score {
  const made = samples
    .map(({ train, test }) => ({ train, test, ...forecast(train) }))
    .filter(({ point }) => point.every((value) => Number.isFinite(value)));
  const coverage = mean(
    made.map(({ test, lower, upper }) =>
      mean(
        test.map((value, step) =>
          value >= (lower?.[step] ?? NaN) && value <= (upper?.[step] ?? NaN) ? 1 : 0,
        ),
      ),
    ),
  );
  return {
    method: made.length === samples.length ? method : `${method} (${made.length} of ${samples.length})`,
    smape:
      100 *
      mean(made.map(({ test, point }) => mean(test.map((value, step) => smape(value, point[step] ?? NaN))))),
    mase: mean(
      made.map(
        ({ train, test, point }) =>
          mean(test.map((value, step) => Math.abs(value - (point[step] ?? NaN)))) /
          scaleOf(train, scaleSeason),
      ),
    ),
    ...(made[0]?.lower !== undefined && { coverage80: coverage }),
  };
}

function smape(actual: number, point: number): number {
  const size = Math.abs(actual) + Math.abs(point);
  return size === 0 ? 0 : (2 * Math.abs(actual - point)) / size;
}

function scaleOf(train: readonly number[], season: number): number {
  return mean(train.slice(season).map((value, at) => Math.abs(value - (train[at] ?? NaN))));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

// --- a company --------------------------------------------------------------------------------------------

const WORKFLOWS = 200;
const DAYS = 400;
const HORIZON = 90;
const WEEK = [1, 1.1, 1.15, 1.1, 1, 0.5, 0.4];

interface Company {
  readonly series: number;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly coverage: number;
}

/** Calls, tokens per call and cost per thousand tokens of every workflow, fitted from nothing with back-test and intervals. */
function measureCompany(): Company {
  const all = companySeries();
  const calendar = Array.from({ length: DAYS + HORIZON }, (_, day) => (day % 30 === 29 ? 'month-end' : ''));
  let [inside, judged] = [0, 0];
  const wallStart = performance.now();
  const cpuStart = process.cpuUsage();
  for (const values of all) {
    const { backtest } = forecastSeries({ values, periods: [7], horizon: HORIZON, calendar });
    inside += (backtest.coverage ?? 0) * backtest.judged;
    judged += backtest.judged;
  }
  const { user, system } = process.cpuUsage(cpuStart);
  return {
    series: all.length,
    cpuSeconds: (user + system) / 1e6,
    wallSeconds: (performance.now() - wallStart) / 1e3,
    coverage: inside / judged,
  };
}

function companySeries(): number[][] {
  const normal = normals(20_261_126);
  return Array.from({ length: WORKFLOWS }, () => {
    const [size, growth] = [100 * Math.exp(2 * normal()), 0.002 * normal()];
    const [launch, more] = [150 + Math.round(60 * normal()), normal() > 1 ? 1.6 : 1];
    const days = Array.from({ length: DAYS }, (_, day) => day);
    return [
      days.map((day) =>
        Math.round(
          size *
            Math.exp(growth * day + 0.12 * normal()) *
            (WEEK[day % 7] ?? 1) *
            (day % 30 === 29 ? 1.5 : 1),
        ),
      ),
      days.map((day) => 900 * Math.exp(0.06 * normal()) * (day >= launch ? more : 1)),
      days.map(() => 2.5 * Math.exp(0.02 * normal())),
    ];
  }).flat();
}

function normals(seed: number): () => number {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
}

// --- words ------------------------------------------------------------------------------------------------

function tableOf(
  parts: ReadonlyArray<{ readonly part: Part; readonly scores: readonly Score[] }>,
  taxi: TaxiFigures | undefined,
  company: Company,
): string {
  const lines = ['M4 sample  method                     sMAPE    MASE  coverage of 80 %'];
  for (const { part, scores } of parts)
    for (const { method, smape: error, mase, coverage80 } of scores)
      lines.push(
        `${part.name.padEnd(10)} ${method.padEnd(24)} ${error.toFixed(2).padStart(7)} ${mase.toFixed(2).padStart(7)}  ${coverage80 === undefined ? '' : percent(coverage80)}`,
      );
  if (taxi !== undefined) {
    lines.push('', 'week after a labelled window   WAPE   with nothing set aside   hours set aside in it');
    for (const { from, wape, controlWape, setAsideHours } of taxi.windows)
      lines.push(
        `${from.padEnd(28)} ${percent(wape).padStart(7)} ${percent(controlWape).padStart(12)} ${String(setAsideHours).padStart(21)}`,
      );
    lines.push(
      `${'mean'.padEnd(28)} ${percent(taxi.wape).padStart(7)} ${percent(taxi.controlWape).padStart(12)}`,
      `${taxi.found} of ${taxi.windows.length} labelled windows found, ${taxi.others} other runs set aside in ${taxi.days} days`,
    );
  }
  lines.push(
    '',
    `${company.series} series of ${DAYS} days, ${HORIZON} days ahead: ${company.cpuSeconds.toFixed(1)} s of one processor, measured coverage ${percent(company.coverage)}`,
  );
  return lines.join('\n');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
