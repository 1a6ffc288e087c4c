/** The band against a public series with labelled anomalies (taxi demand, New York): every window is found. */
import { existsSync, readFileSync } from 'node:fs';

import { parse } from 'csv-parse/sync';
import { expect, it } from 'vitest';

import { strangeRuns } from '../../src/inform/anomalies/events.ts';
import { expectSeries } from '../../src/inform/anomalies/expectation.ts';

const FOLDER = new URL('../../../shared/fixtures/series/', import.meta.url);
const HOUR_MS = 3_600_000;

it('finds all five labelled windows with few others, and holds its coverage', (context) => {
  if (!existsSync(FOLDER)) return context.skip('no reference series beside the project');
  const rows = parse<Record<'timestamp' | 'value', string>>(
    readFileSync(new URL('taxi-demand-30min.csv', FOLDER)),
    { columns: true },
  );
  const labels = JSON.parse(readFileSync(new URL('anomaly-windows.json', FOLDER), 'utf8')) as Record<
    string,
    Array<[string, string]>
  >;
  const windows = (labels['taxi-demand-30min'] ?? []).map((pair) => pair.map(instant));
  const startMs = instant(rows[0]?.timestamp ?? '');
  const hours = Array.from({ length: Math.floor(rows.length / 2) }, (_, at) =>
    [rows[2 * at], rows[2 * at + 1]].reduce((sum, row) => sum + Number(row?.value), 0),
  );
  const { points, coverage } = expectSeries(hours);
  const runs = strangeRuns(hours, points).map(({ from, to }) => [
    startMs + from * HOUR_MS,
    startMs + to * HOUR_MS,
  ]);
  const overlaps = ([from = 0, to = 0]: number[], [a = 0, b = 0]: number[]): boolean => from < b && to > a;
  const found = windows.filter((window) => runs.some((run) => overlaps(run, window)));
  const others = runs.filter((run) => !windows.some((window) => overlaps(run, window)));
  console.info(
    `taxi demand: ${found.length} of ${windows.length} labelled windows found, ${others.length} other windows in ${Math.round(hours.length / 24)} days, coverage ${coverage?.toFixed(3)} of 0.99 asked`,
  );
  expect(found).toHaveLength(windows.length);
  expect(others.length).toBeLessThanOrEqual(8); // Labor Day and Columbus Day are among them, and are not labelled
  expect(coverage).toBeGreaterThan(0.97); // the labelled incidents themselves are a hundred hours outside of any band
});

function instant(text: string): number {
  return Date.parse(`${text.slice(0, 19).replace(' ', 'T')}Z`);
}
