/**
 * How good the forecast is: on the M4 competition's hourly and weekly samples (`forecast-m4.ts`), on demand with labelled
 * anomalies (`forecast-taxi.ts`), and what it costs for a company of two hundred workflows.
 */
import { cpus } from 'node:os';

import { forecastSeries } from '../src/operate/forecast/series/series.ts';
import { measureWhole } from './forecast-company.ts';
import { PARTS, scorePart } from './forecast-m4.ts';
import type { Part, Score } from './forecast-m4.ts';
import { measureTaxi } from './forecast-taxi.ts';
import type { TaxiFigures } from './forecast-taxi.ts';

export async function run(_options: { json: boolean } = { json: false }): Promise<Record<string, unknown>> {
  const scores = PARTS.map((part) => ({ part, scores: scorePart(part) }));
  const taxi = measureTaxi();
  const company = measureCompany();
  const whole = await measureWhole(normals(20_261_126));
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
    wholeCpuSeconds: whole.forecastSeconds,
    sliderMs: whole.sliderMs,
    sliderOneMs: whole.sliderOneMs,
    machine: cpus()[0]?.model ?? 'unknown',
    node: process.version,
    runs: 1,
    table: `${tableOf(scores, taxi, company)}\n${whole.workflows} workflows, four drivers each, made to add up: ${whole.forecastSeconds.toFixed(1)} s of one processor; a move of a slider ${whole.sliderMs.toFixed(1)} ms over all of them, ${whole.sliderOneMs.toFixed(1)} ms over one`,
  };
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
