/**
 * The M4 competition's samples (Makridakis et al. 2020): each method and the forecast on values that nothing was fitted to.
 *
 * Methods and their combination are chosen per series by a back-test inside its train part, and the constants of the code
 * were set with the last values of the train parts held out. That weekly series are asked with a season of 52 (their year)
 * was decided on those too. MASE divides by M4's own scale: a season of 24, and of 1 for weekly series.
 */
import { existsSync, readFileSync } from 'node:fs';

import {
  ets,
  forecastSeries,
  multiSeason,
  seasonalNaive,
  theta,
} from '../src/operate/forecast/series/series.ts';

export const SERIES_FOLDER = new URL('../../shared/fixtures/series/', import.meta.url);

export interface Part {
  readonly name: 'hourly' | 'weekly';
  readonly periods: readonly number[];
  readonly horizon: number;
  /** Season of the naive method and of the scale of MASE. */
  readonly scaleSeason: number;
}

export const PARTS: readonly Part[] = [
  { name: 'hourly', periods: [24, 168], horizon: 48, scaleSeason: 24 },
  { name: 'weekly', periods: [52], horizon: 13, scaleSeason: 1 },
];

interface Sample {
  readonly id: string;
  readonly train: readonly number[];
  readonly test: readonly number[];
}

export interface Score {
  readonly method: string;
  readonly smape: number;
  readonly mase: number;
  readonly coverage80?: number;
}

function samplesOf(name: Part['name']): readonly Sample[] {
  const file = new URL(`m4-${name}-sample.json`, SERIES_FOLDER);
  if (!existsSync(file))
    throw new Error(`The series are missing (${file.pathname}); this figure cannot be measured.`);
  return JSON.parse(readFileSync(file, 'utf8')) as Sample[];
}

export function scorePart(part: Part): Score[] {
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
