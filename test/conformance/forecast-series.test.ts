/** The forecast against public series: error and coverage on held-out values, and anomalies that must not bend it. */
import { existsSync } from 'node:fs';

import { expect, it } from 'vitest';

import { measureTaxi } from '../../bench/forecast-taxi.ts';
import { PARTS, SERIES_FOLDER, scorePart } from '../../bench/forecast-m4.ts';

const missing = !existsSync(SERIES_FOLDER);
const because = missing ? ' (skipped: no reference series beside the project)' : '';

it.skipIf(missing).each([
  { name: 'hourly', mostSmape: 9.7, mostMase: 1.0 },
  { name: 'weekly', mostSmape: 9.7, mostMase: 2.45 },
] as const)(
  `$name series of M4: sMAPE at most $mostSmape, and the interval holds what it says${because}`,
  ({ name, mostSmape, mostMase }) => {
    const part = PARTS.find((one) => one.name === name);
    if (part === undefined) throw new Error(`no part ${name}`);
    const scores = scorePart(part);
    const [naive, own] = [scores[0], scores.at(-1)];
    console.info(
      `M4 ${name}: sMAPE ${own?.smape.toFixed(2)} (naive ${naive?.smape.toFixed(2)}), MASE ${own?.mase.toFixed(2)} (${naive?.mase.toFixed(2)}), coverage ${own?.coverage80?.toFixed(3)} of 0.8 asked`,
    );
    expect(own?.smape).toBeLessThanOrEqual(mostSmape);
    expect(own?.mase).toBeLessThanOrEqual(mostMase);
    expect(own?.coverage80).toBeGreaterThanOrEqual(0.75);
    expect(own?.coverage80).toBeLessThanOrEqual(0.85);
  },
);

it.skipIf(missing)(`labelled anomalies do not bend the forecast of the week after them${because}`, () => {
  const taxi = measureTaxi();
  if (taxi === undefined) throw new Error('the series are there');
  console.info(
    `taxi demand: WAPE ${taxi.wape.toFixed(3)} in the weeks after, ${taxi.controlWape.toFixed(3)} with nothing set aside; ${taxi.found} of ${taxi.windows.length} windows found, ${taxi.others} other runs in ${taxi.days} days`,
  );
  expect(taxi.wape).toBeLessThan(0.85 * taxi.controlWape);
  expect(taxi.found).toBe(taxi.windows.length);
  expect(taxi.others).toBeLessThanOrEqual(8); // Labor Day and Columbus Day among them, which are not labelled
});
