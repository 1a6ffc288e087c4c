/**
 * Demand with labelled anomalies (taxi rides in New York, hourly): whether what is out of the ordinary bends the forecast of
 * the week after it. Every origin is the end of a labelled window; the control is the same forecast with nothing set aside.
 */
import { existsSync, readFileSync } from 'node:fs';

import { parse } from 'csv-parse/sync';

import { forecastSeries } from '../src/operate/forecast/series/series.ts';
import type { SeriesForecast } from '../src/operate/forecast/series/series.ts';
import { SERIES_FOLDER } from './forecast-m4.ts';

const HOUR_MS = 3_600_000;
const WEEK = 168;

export interface TaxiWindow {
  readonly from: string;
  readonly wape: number;
  readonly controlWape: number;
  readonly setAsideHours: number;
}

export interface TaxiFigures {
  readonly windows: readonly TaxiWindow[];
  /** Mean over the windows. */
  readonly wape: number;
  readonly controlWape: number;
  /** Labelled windows in which the whole series sets something aside, and runs outside of them. */
  readonly found: number;
  readonly others: number;
  readonly days: number;
}

/** @returns undefined where the fixtures are not beside the project. */
export function measureTaxi(): TaxiFigures | undefined {
  if (!existsSync(SERIES_FOLDER)) return undefined;
  const { hours, spans } = readHours();
  const windows = spans.map(({ from, to, label }) => {
    const history = hours.slice(0, to);
    // The week after Christmas runs into New Year: hours of another window are not asked of a forecast.
    const actual = hours
      .slice(to, to + WEEK)
      .map((value, step) => (spans.some((one) => to + step >= one.from && to + step < one.to) ? NaN : value));
    const clean = forecast(history, true);
    return {
      from: label,
      wape: wape(actual, clean.point),
      controlWape: wape(actual, forecast(history, false).point),
      setAsideHours: clean.setAside.filter(({ at }) => at >= from && at < to).length,
    };
  });
  const runs = runsOf(forecast(hours, true).setAside.map(({ at }) => at));
  const inside = (span: { from: number; to: number }, run: readonly [number, number]): boolean =>
    run[0] < span.to && run[1] >= span.from;
  const mean = (of: (window: TaxiWindow) => number): number =>
    windows.reduce((sum, window) => sum + of(window), 0) / windows.length;
  return {
    windows,
    wape: mean((window) => window.wape),
    controlWape: mean((window) => window.controlWape),
    found: spans.filter((span) => runs.some((run) => inside(span, run))).length,
    others: runs.filter((run) => !spans.some((span) => inside(span, run))).length,
    days: Math.round(hours.length / 24),
  };
}

function forecast(values: readonly number[], setAside: boolean): SeriesForecast {
  return forecastSeries({ values, periods: [24, WEEK], horizon: WEEK, setAside });
}

function wape(actual: readonly number[], point: readonly number[]): number {
  let [misses, total] = [0, 0];
  for (const [step, value] of actual.entries()) {
    if (Number.isNaN(value)) continue;
    misses += Math.abs(value - (point[step] ?? NaN));
    total += value;
  }
  return misses / total;
}

function readHours(): {
  readonly hours: number[];
  readonly spans: ReadonlyArray<{ readonly from: number; readonly to: number; readonly label: string }>;
} {
  const rows = parse<Record<'timestamp' | 'value', string>>(
    readFileSync(new URL('taxi-demand-30min.csv', SERIES_FOLDER)),
    { columns: true },
  );
  const labels = JSON.parse(readFileSync(new URL('anomaly-windows.json', SERIES_FOLDER), 'utf8')) as Record<
    string,
    Array<[string, string]>
  >;
  const startMs = instant(rows[0]?.timestamp ?? '');
  const hours = Array.from({ length: Math.floor(rows.length / 2) }, (_, at) =>
    [rows[2 * at], rows[2 * at + 1]].reduce((sum, row) => sum + Number(row?.value), 0),
  );
  const spans = (labels['taxi-demand-30min'] ?? []).map(([from, to]) => ({
    from: Math.floor((instant(from) - startMs) / HOUR_MS),
    to: Math.ceil((instant(to) - startMs) / HOUR_MS),
    label: from.slice(0, 10),
  }));
  return { hours, spans };
}

function instant(text: string): number {
  return Date.parse(`${text.slice(0, 19).replace(' ', 'T')}Z`);
}

/** Hours that follow each other within a day, as one run. */
function runsOf(steps: readonly number[]): Array<[number, number]> {
  const runs: Array<[number, number]> = [];
  for (const at of steps) {
    const last = runs.at(-1);
    if (last !== undefined && at - last[1] <= 24) last[1] = at;
    else runs.push([at, at]);
  }
  return runs;
}
