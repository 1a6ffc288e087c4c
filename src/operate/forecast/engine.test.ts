import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { openCalendar } from '../../units/period.ts';
import { cutHistory, measureAccuracy, wapeOf } from './accuracy.ts';
import { reconcile } from './coherence.ts';
import { adviseCommitment } from './commitment.ts';
import { dayClass } from './day-class.ts';
import { forecastCompany } from './engine.ts';
import { dateText } from './history.ts';
import type { History, WorkflowHistory } from './history.ts';
import { spreadOf } from './off.ts';
import { baseLines, monthsAhead, reachOf } from './outlook.ts';
import { project } from './scenario.ts';
import { judgeMonth } from './variance.ts';
import type { LockedMonth } from './variance.ts';

const DAYS = 300;
const TODAY = '2026-11-05';

interface Shape {
  readonly name: string;
  readonly team?: string;
  readonly calls: (day: number) => number;
  readonly tokens?: (day: number) => number;
  /** Dollars per thousand tokens. */
  readonly rate?: (day: number) => number;
  readonly first?: number;
}

/** From day 0 on; 1 January 2026 plus `DAYS` days is the day under way, of which nothing is known. */
function company(shapes: readonly Shape[], days = DAYS): History {
  const dates = Array.from({ length: days }, (_, at) =>
    dateText({ year: 2026, month: 11, day: 5 }, at - days),
  );
  const workflows = shapes.map(
    ({ name, team = 'T', calls, tokens = () => 1_000, rate = () => 0.005, first = 0 }) => {
      const column = (of: (day: number) => number): Float64Array =>
        Float64Array.from({ length: days }, (_, at) => (at < first ? 0 : of(at)));
      const volume = (at: number): number => calls(at) * tokens(at);
      const models = [
        {
          provider: 'p',
          model: 'm',
          calls: 28,
          inputTokens: 25_200,
          outputTokens: 2_800,
          cachedTokens: 0,
          cost: 0.14,
          inputCost: 0.07,
          outputCost: 0.07,
          cachedCost: 0,
        },
      ];
      return {
        workflow: name,
        team,
        first,
        models,
        fanOut: undefined,
        parts: undefined,
        days: {
          calls: column(calls),
          inputTokens: column((at) => 0.9 * volume(at)),
          outputTokens: column((at) => 0.1 * volume(at)),
          cachedTokens: column(() => 0),
          cost: column((at) => (volume(at) * rate(at)) / 1000),
        },
      } satisfies WorkflowHistory;
    },
  );
  return {
    dates,
    workflows,
    today: { date: TODAY, part: 0, cost: new Map() },
    calendar: openCalendar('UTC'),
    untilMs: Date.parse(`${TODAY}T00:00:00Z`),
    priceVersions: [],
    unpricedCalls: 0,
    completeUntilMs: 0,
  };
}

const week = (day: number): number => [1, 1.1, 1.05, 0.95, 0.9, 0.4, 0.35][day % 7]!;
/** Noise that is the same in every run, with a mean of about nothing. */
const noise = (day: number, seed = 0): number => Math.sin(day * 12.9898 + seed * 78.233) * 0.05;
const ahead = { untilDate: '2027-01-01', level: 0.8 };

describe('the forecast of a company', () => {
  it('carries a weekly rhythm on, and its cost is calls × tokens × rate', async () => {
    const forecast = await forecastCompany({
      history: company([{ name: 'a', calls: (day) => 1_000 * week(day) }]),
      ...ahead,
    });
    const [line] = forecast.lines;
    for (const [at, cost] of line!.cost.entries()) {
      expect(line!.calls[at]! / (1_000 * week(DAYS + at))).toBeCloseTo(1, 2);
      expect(cost / (line!.calls[at]! * 0.005)).toBeCloseTo(1, 2);
    }
  });

  it('expects nothing of a workflow that was quiet for four weeks, and little is lost by one that began lately', async () => {
    const forecast = await forecastCompany({
      history: company([
        { name: 'old', calls: (day) => (day < DAYS - 30 ? 900 : 0) },
        { name: 'steady', calls: (day) => 1_000 * week(day) * (1 + noise(day)) },
        { name: 'new', calls: (day) => 500 * week(day), first: DAYS - 12 },
      ]),
      ...ahead,
    });
    const line = (name: string) => forecast.lines.find(({ history }) => history.workflow === name)!;
    expect(line('old').cost.every((cost) => cost === 0)).toBe(true);
    const month = line('new')
      .cost.slice(0, 28)
      .reduce((sum, one) => sum + one, 0);
    expect(month / (500 * 0.005 * 4 * (1 + 1.1 + 1.05 + 0.95 + 0.9 + 0.4 + 0.35))).toBeCloseTo(1, 0);
    expect(line('new').drivers!.calls).toMatchObject({ method: 'pooled', skill: 'unknown' });
    expect(line('steady').drivers!.calls.skill).not.toBe('unknown');
    const { low, high } = monthsAhead(forecast, [line('new')])[1]!.ahead;
    expect(high).toBeGreaterThan(low); // leans on what its neighbour was off by
  });

  it('takes a level shift as the new level and not as a trend', async () => {
    const forecast = await forecastCompany({
      history: company([
        { name: 'a', calls: (day) => 1_000 * week(day) * (day < DAYS - 40 ? 1 : 1.5) * (1 + noise(day)) },
      ]),
      ...ahead,
    });
    const month = forecast.lines[0]!.cost.slice(0, 28).reduce((sum, one) => sum + one, 0);
    const expected = 1_500 * 0.005 * 4 * 5.75;
    expect(month / expected).toBeGreaterThan(0.95);
    expect(month / expected).toBeLessThan(1.05);
  });

  it('learns what the ends of months are like', async () => {
    const date = (day: number): string => dateText({ year: 2026, month: 11, day: 5 }, day - DAYS);
    const history = company([
      {
        name: 'a',
        calls: (day) =>
          1_000 * week(day) * (dayClass(date(day)) === 'month-end' ? 2.2 : 1) * (1 + noise(day)),
      },
    ]);
    const forecast = await forecastCompany({ history, ...ahead });
    const calls = new Map(forecast.dates.map((one, at) => [one, forecast.lines[0]!.calls[at]!]));
    const [end, before] = [calls.get('2026-11-30')!, calls.get('2026-11-23')!];
    expect(end / before).toBeGreaterThan(1.9);
    expect(end / before).toBeLessThan(2.5);
  });

  it('is the base of its scenarios: months without changes are the months of the forecast', async () => {
    const forecast = await forecastCompany({
      history: company([
        { name: 'a', team: 'X', calls: (day) => 1_000 * week(day) * (1 + noise(day, 1)) },
        { name: 'b', team: 'X', calls: (day) => 300 * week(day) * (1 + noise(day, 2)), tokens: () => 4_000 },
        { name: 'c', team: 'Y', calls: (day) => 90 * (1 + noise(day, 3)) },
      ]),
      ...ahead,
    });
    const lines = baseLines(forecast, forecast.lines, undefined);
    const nothingSpent = lines.map((line) => ({
      ...line,
      months: line.months.map((month) => ({ ...month, spent: 0 })),
    }));
    const base = project(nothingSpent);
    for (const { month, ahead: range } of monthsAhead(forecast, forecast.lines)) {
      const projected = base.months.find((one) => one.month === month)!;
      expect(projected.cost / range.point).toBeCloseTo(1, 9);
      const { calls, tokensPerCall, rate } = projected.headline;
      expect((calls * tokensPerCall * rate) / 1000 / projected.cost).toBeCloseTo(1, 9);
    }
    const spread = spreadOf(forecast, forecast.lines);
    for (const [row, values] of spread.correlation.entries()) expect(values[row]).toBe(1);
    expect(spread.months.map(({ month }) => month)).toEqual(['2026-11', '2026-12']);
  });

  it('knows nothing of the days after it: what comes later changes no forecast', async () => {
    const shape = (after: number) =>
      company([
        { name: 'a', calls: (day) => 1_000 * week(day) * (day < 200 ? 1 : after) * (1 + noise(day)) },
      ]);
    const cut = async (after: number) =>
      (
        await forecastCompany({
          history: cutHistory(shape(after), 200)!,
          untilDate: '2026-09-01',
          level: 0.8,
        })
      ).lines[0]!.cost;
    expect(await cut(1)).toEqual(await cut(9));
  });

  it('judges itself by forecasts that were made before, and is off by little where little changes', async () => {
    const history = company([{ name: 'a', calls: (day) => 1_000 * week(day) * (1 + noise(day)) }]);
    const { nextMonth, monthEnd, weeks } = await measureAccuracy({ history, level: 0.8, within: () => true });
    expect(nextMonth.length).toBeGreaterThanOrEqual(7);
    expect(wapeOf(nextMonth)).toBeLessThan(0.03);
    expect(wapeOf(monthEnd)).toBeLessThan(0.03);
    expect(weeks).toHaveLength(8);
  });
});

describe('levels that add up', () => {
  const level = fc.record({
    point: fc.array(fc.double({ min: 0, max: 1_000, noNaN: true }), { minLength: 3, maxLength: 3 }),
    variance: fc.double({ min: 0.1, max: 100, noNaN: true }),
  });
  const hierarchy = fc.record({
    workflows: fc.array(fc.tuple(level, fc.constantFrom('x', 'y', 'z')), { minLength: 2, maxLength: 6 }),
    organisation: level,
  });

  it('stay as they are where they add up already', () => {
    fc.assert(
      fc.property(hierarchy, ({ workflows }) => {
        const lines = workflows.map(([one, team]) => ({ ...one, team }));
        const point = [0, 1, 2].map((step) => lines.reduce((sum, one) => sum + one.point[step]!, 0));
        const result = reconcile({
          workflows: lines,
          teams: new Map(),
          organisation: { point, variance: 1 },
        });
        for (const [at, values] of result.entries())
          for (const [step, value] of values.entries()) expect(value).toBeCloseTo(lines[at]!.point[step]!, 6);
      }),
    );
  });

  it('move between what the parts and the whole say, more where a part is believed less', () => {
    fc.assert(
      fc.property(hierarchy, ({ workflows, organisation }) => {
        const lines = workflows.map(([one, team]) => ({ ...one, team }));
        const result = reconcile({ workflows: lines, teams: new Map(), organisation });
        for (let step = 0; step < 3; step += 1) {
          const parts = lines.reduce((sum, one) => sum + one.point[step]!, 0);
          const whole = organisation.point[step]!;
          const sum = result.reduce((all, values) => all + values[step]!, 0);
          expect(sum).toBeGreaterThanOrEqual(Math.min(parts, whole) - 1e-6);
          // Nothing falls below zero, so that the sum may stay above what was meant, and never above the parts.
          expect(sum).toBeLessThanOrEqual(Math.max(parts, whole) + 1e-6);
        }
      }),
    );
    const sure = { point: [10], variance: 0.001, team: 'x' };
    const unsure = { point: [10], variance: 100, team: 'x' };
    const [[left], [right]] = reconcile({
      workflows: [sure, unsure],
      teams: new Map(),
      organisation: { point: [30], variance: 0.001 },
    }) as [number[], number[]];
    expect(left).toBeCloseTo(10, 2);
    expect(right).toBeCloseTo(20, 2);
  });

  it('agree with a team between them', () => {
    const [[a], [b], [c]] = reconcile({
      workflows: [
        { point: [10], variance: 1, team: 'x' },
        { point: [10], variance: 1, team: 'x' },
        { point: [10], variance: 1, team: 'y' },
      ],
      teams: new Map([['x', { point: [24], variance: 1e-9 }]]),
      organisation: { point: [34], variance: 1e-9 },
    }) as [number[], number[], number[]];
    expect(a).toBeCloseTo(12, 3);
    expect(b).toBeCloseTo(12, 3);
    expect(c).toBeCloseTo(10, 3);
  });
});

describe('an interval', () => {
  it('is the conformal quantile where there are enough errors, and wider than all of them where there are few', () => {
    const ratios = Array.from({ length: 19 }, (_, at) => Math.exp((at + 1) / 100));
    expect(reachOf(ratios, 0.8)).toBeCloseTo(0.16, 9); // the 16th of 19: ⌈20 × 0.8⌉
    expect(reachOf([1.1, 0.9], 0.8)).toBeGreaterThan(Math.log(1.1));
    expect(reachOf([1.1], 0.8)).toBeUndefined();
  });
});

describe('a commitment', () => {
  const ask = { unitTokens: 100, unitPrice: 0.6, tokenPrice: 0.01 };

  it('is sized where demand passes it in as many hours as its price is of the price as it goes', () => {
    const hours = Array.from({ length: 1_000 }, (_, at) => at); // P(D > K) = c_r ÷ c_p = 0.6: at 400 tokens
    const { best, breakEven } = adviseCommitment({ ...ask, hours });
    expect(best.units).toBe(4);
    expect(breakEven).toBeCloseTo(0.6, 9);
  });

  it('never costs more than every other number of units, and nothing where demand is even and full', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2_000), { minLength: 1, maxLength: 60 }), (hours) => {
        const { best, options } = adviseCommitment({ ...ask, hours });
        for (const one of options) {
          expect(best.costPerHour).toBeLessThanOrEqual(one.costPerHour + 1e-9);
          expect(one.regretLow).toBeGreaterThanOrEqual(-1e-9);
          expect(one.spill).toBeGreaterThanOrEqual(0);
        }
      }),
    );
    expect(adviseCommitment({ ...ask, hours: [300, 300] }).best).toMatchObject({
      units: 3,
      spill: 0,
      utilisation: 1,
    });
    expect(adviseCommitment({ ...ask, unitPrice: 2, hours: [300, 300] }).best.units).toBe(0);
  });
});

describe('a month against its plan', () => {
  const month = { month: '2026-10', startMs: 100, endMs: 200, actual: 110n, budget: undefined };
  const plan = (amount: bigint, lockedAtMs: number): LockedMonth => ({
    plan: `p${lockedAtMs}`,
    name: '',
    month: '2026-10',
    amount,
    low: 0n,
    high: 0n,
    lockedAtMs,
  });

  it('is the plan that was locked last before it began, never one that was locked when it ran', () => {
    const judged = judgeMonth(month, [plan(50n, 10), plan(100n, 90), plan(110n, 101)], 300);
    expect(judged).toMatchObject({ plan: { plan: 'p90' }, within: true, why: '' });
    expect(judged.error).toBeCloseTo(-10 / 110, 5);
    expect(judged.errorOfForecast).toBeCloseTo(-10 / 100, 5);
  });

  it('is not judged while it runs, without a plan, or without spend', () => {
    expect(judgeMonth(month, [plan(100n, 90)], 150)).toMatchObject({
      state: 'under-way',
      error: null,
      why: 'under-way',
    });
    expect(judgeMonth(month, [plan(100n, 150)], 300)).toMatchObject({ error: null, why: 'no-plan' });
    expect(judgeMonth({ ...month, actual: 0n }, [plan(100n, 90)], 300)).toMatchObject({
      within: null,
      why: 'no-spend',
    });
  });

  it('is within its budget by 5 %, both ways', () => {
    const of = (budget: bigint) => judgeMonth({ ...month, budget }, [], 300).withinBudget;
    expect([of(110n), of(105n), of(100n), of(120n)]).toEqual([true, true, false, false]);
  });
});
