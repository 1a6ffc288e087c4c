/**
 * The demo company's curve, forecast as of its past: months by back-test over a year, and each named story handled. Days are
 * summed from its lines, so that no ledger is asked. Every figure that is held against a bound is printed.
 */
import { beforeAll, describe, expect, it } from 'vitest';

import { createDemo } from '../../src/demo/demo.ts';
import type { Demo } from '../../src/demo/demo.ts';
import type { PricedLine } from '../../src/demo/priced.ts';
import { coverageOf, cutHistory, forecastCompany, wapeOf } from '../../src/operate/forecast/forecast.ts';
import type { CompanyForecast, History, RecentModel } from '../../src/operate/forecast/forecast.ts';
import { measureAccuracy } from '../../src/operate/forecast/accuracy.ts';
import { openPriceBook } from '../../src/prices/prices.ts';
import type { PriceBook } from '../../src/prices/prices.ts';
import { openCalendar } from '../../src/units/period.ts';
import { sideTotal } from '../../src/units/tokens.ts';

const NOW_MS = Date.UTC(2026, 10, 25);
const DAY_MS = 86_400_000;
const LEVEL = 0.8;
/** The price cut is announced so long before it. */
const CUT_KNOWN_DAYS = 7;

let demo: Demo;
let history: History;

beforeAll(async () => {
  demo = await createDemo({ seed: 'harborline', nowMs: NOW_MS, rowShare: 0.004 });
  history = historyOf(demo);
}, 300_000);

interface Sums {
  readonly calls: Float64Array;
  readonly inputTokens: Float64Array;
  readonly outputTokens: Float64Array;
  readonly cachedTokens: Float64Array;
  readonly cost: Float64Array;
}

/** Of the weeks before the price cut, by workflow: what a forecast of then knows of the mix. */
const mixBeforeCut = new Map<string, Map<string, RecentModel>>();

function historyOf({ stories, lines }: Demo): History {
  const days = Math.round((NOW_MS - stories.fromMs) / DAY_MS);
  const column = (): Float64Array => new Float64Array(days);
  const groups = new Map<string, Sums>();
  for (const priced of lines()) {
    const { line, cost } = priced;
    const at = Math.floor((line.atMs - stories.fromMs) / DAY_MS);
    if (at >= days) continue;
    const name = line.tagged ? line.cell.workflow.name : '';
    const sums = groups.get(name) ?? {
      calls: column(),
      inputTokens: column(),
      outputTokens: column(),
      cachedTokens: column(),
      cost: column(),
    };
    groups.set(name, sums);
    sums.calls[at]! += line.calls;
    sums.inputTokens[at]! += sideTotal(line.usage, 'input');
    sums.outputTokens[at]! += sideTotal(line.usage, 'output');
    sums.cachedTokens[at]! += line.usage.cacheRead ?? 0;
    sums.cost[at]! += Number(cost) / 1e12;
    const before = stories.priceCutAtMs - line.atMs;
    if (before > CUT_KNOWN_DAYS * DAY_MS && before <= (CUT_KNOWN_DAYS + 28) * DAY_MS) addToMix(name, priced);
  }
  return {
    dates: Array.from({ length: days }, (_, at) =>
      new Date(stories.fromMs + at * DAY_MS).toISOString().slice(0, 10),
    ),
    workflows: [...groups].map(([workflow, columns]) => ({
      workflow,
      team: '',
      days: columns,
      first: columns.calls.findIndex((calls) => calls > 0),
      models: [],
      fanOut: undefined,
      parts: undefined,
    })),
    today: { date: new Date(NOW_MS).toISOString().slice(0, 10), part: 0, cost: new Map() },
    calendar: openCalendar('UTC'),
    untilMs: NOW_MS,
    priceVersions: [],
    unpricedCalls: 0,
    completeUntilMs: NOW_MS,
  };
}

function addToMix(workflow: string, { line, cost }: PricedLine): void {
  const models = mixBeforeCut.get(workflow) ?? new Map<string, RecentModel>();
  mixBeforeCut.set(workflow, models);
  const { name, provider } = line.model;
  const known = models.get(name);
  const [input, output] = [sideTotal(line.usage, 'input'), sideTotal(line.usage, 'output')];
  models.set(name, {
    provider,
    model: name,
    calls: (known?.calls ?? 0) + line.calls,
    inputTokens: (known?.inputTokens ?? 0) + input,
    outputTokens: (known?.outputTokens ?? 0) + output,
    cachedTokens: (known?.cachedTokens ?? 0) + (line.usage.cacheRead ?? 0),
    cost: (known?.cost ?? 0) + Number(cost) / 1e12,
    inputCost: 0,
    outputCost: 0,
    cachedCost: 0,
  });
}

const dayOf = (ms: number): number => Math.floor((ms - demo.stories.fromMs) / DAY_MS);
const dateOf = (day: number): string =>
  new Date(demo.stories.fromMs + day * DAY_MS).toISOString().slice(0, 10);

/** A forecast made before a day, of so many days. */
function made(before: number, days: number, book?: PriceBook): Promise<CompanyForecast> {
  const known = cutHistory(history, before)!;
  const mixed = book === undefined ? known : { ...known, workflows: known.workflows.map(withMix) };
  return forecastCompany({ history: mixed, untilDate: dateOf(before + days), level: LEVEL, book });
}

function withMix(one: History['workflows'][number]): History['workflows'][number] {
  return { ...one, models: [...(mixBeforeCut.get(one.workflow)?.values() ?? [])] };
}

/** Forecast against actual over days ahead of one workflow, or of all: expected ÷ came − 1. */
function errorOf(
  forecast: CompanyForecast,
  before: number,
  [from, to]: readonly [number, number],
  workflow?: string,
): number {
  let [expected, came] = [0, 0];
  for (const { history: line, cost } of forecast.lines) {
    if (workflow !== undefined && line.workflow !== workflow) continue;
    const actual = history.workflows.find((one) => one.workflow === line.workflow)!.days.cost;
    for (let at = from; at < to; at += 1) {
      expected += cost[at] ?? 0;
      came += actual[before + at] ?? 0;
    }
  }
  return expected / came - 1;
}

const percent = (value: number | null): string => `${((value ?? Number.NaN) * 100).toFixed(1)} %`;

describe('months of the demo company, forecast as of their past', () => {
  it('are within 10 % on day 10 and within 12 % before they begin, over twelve months', async () => {
    const { monthEnd, nextMonth, weeks } = await measureAccuracy({
      history,
      level: LEVEL,
      within: () => true,
    });
    console.info(
      `month-end on day 10: WAPE ${percent(wapeOf(monthEnd))}, interval held ${percent(coverageOf(monthEnd))}; next month: WAPE ${percent(wapeOf(nextMonth))}, last month carried on ${percent(wapeOf(nextMonth, (one) => one.naive))}, interval held ${percent(coverageOf(nextMonth))}; weeks ${percent(wapeOf(weeks))}`,
    );
    console.info(nextMonth.map((one) => `${one.of} ${percent(one.point / one.actual - 1)}`).join(' · '));
    expect(monthEnd).toHaveLength(12);
    expect(nextMonth).toHaveLength(12);
    expect(wapeOf(monthEnd)).toBeLessThan(0.1);
    expect(wapeOf(nextMonth)).toBeLessThan(0.12);
    expect(wapeOf(nextMonth)).toBeLessThan(wapeOf(nextMonth, (one) => one.naive)!);
  });
});

describe('stories that bend the curve', () => {
  it('a step of growth is the new level two weeks later', async () => {
    const before = dayOf(demo.stories.growthStep.atMs) + 14;
    const error = errorOf(await made(before, 28), before, [0, 28]);
    console.info(`four weeks after the growth step: ${percent(error)}`);
    expect(Math.abs(error)).toBeLessThan(0.08);
  });

  it('an announced price cut is taken in before it happens; without the price book it is not', async () => {
    const cut = dayOf(demo.stories.priceCutAtMs);
    const before = cut - CUT_KNOWN_DAYS;
    const after = [CUT_KNOWN_DAYS + 1, CUT_KNOWN_DAYS + 15] as const;
    const knowing = await made(before, 28, openPriceBook(demo.priceBook));
    const unaware = await made(before, 28);
    const touched = knowing.lines
      .filter(({ steps }) => steps.some(({ factor }) => factor < 1))
      .map(({ history: line }) => line.workflow);
    expect(touched.length).toBeGreaterThan(0);
    const errors = touched.map(
      (name) => [errorOf(knowing, before, after, name), errorOf(unaware, before, after, name)] as const,
    );
    console.info(
      `two weeks after the price cut: ${touched.map((name, at) => `${name} ${percent(errors[at]![0])} (not knowing it ${percent(errors[at]![1])})`).join(', ')}`,
    );
    const mean = (which: 0 | 1): number =>
      errors.reduce((sum, one) => sum + Math.abs(one[which]), 0) / errors.length;
    expect(mean(0)).toBeLessThan(0.1);
    expect(mean(0)).toBeLessThan(mean(1));
  });

  it('a prompt release that doubled the input is the new context two weeks later', async () => {
    const before = dayOf(demo.stories.promptReleaseAtMs) + 14;
    const forecast = await made(before, 28);
    const error = errorOf(forecast, before, [0, 28], 'Internal knowledge bot');
    console.info(`four weeks after the prompt release: ${percent(error)}`);
    expect(Math.abs(error)).toBeLessThan(0.1);
    const bot = forecast.lines.find(({ history: line }) => line.workflow === 'Internal knowledge bot')!;
    expect(bot.drivers!.inputTokens.shifts.some(({ found, factor }) => found && factor > 1.3)).toBe(true);
  });

  it('the end of a month peaks in Contract extraction, again', async () => {
    const end = dayOf(demo.stories.paperMonth.toMs);
    const before = end - 20;
    const error = errorOf(await made(before, 28), before, [17, 21], 'Contract extraction');
    console.info(`the four days of a month's end, seventeen days ahead: ${percent(error)}`);
    expect(Math.abs(error)).toBeLessThan(0.2);
  });

  it('a retry storm bends nothing after it', async () => {
    const before = dayOf(demo.stories.retryStorm.toMs) + 1;
    const error = errorOf(await made(before, 5), before, [0, 5], 'Support copilot');
    console.info(`the days after the retry storm: ${percent(error)}`);
    expect(Math.abs(error)).toBeLessThan(0.1);
  });

  it('a migration from one model to another is followed while it runs', async () => {
    const { fromMs, toMs } = demo.stories.migration;
    const before = dayOf((fromMs + toMs) / 2);
    const error = errorOf(await made(before, 28), before, [0, 28]);
    console.info(`four weeks from the middle of the migration: ${percent(error)}`);
    expect(Math.abs(error)).toBeLessThan(0.12);
  });

  it('tagging moves spend between workflows and none of it is lost or counted twice', async () => {
    const before = dayOf(demo.stories.rollout.fromMs) + 28;
    const error = errorOf(await made(before, 28), before, [0, 28]);
    console.info(`four weeks from within the tagging roll-out: ${percent(error)}`);
    expect(Math.abs(error)).toBeLessThan(0.1);
  });
});
