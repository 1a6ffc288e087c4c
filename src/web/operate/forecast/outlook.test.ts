import { describe, expect, it } from 'vitest';

import { fakeForecast } from '../../../../test/fakes/forecast.ts';
import type { DriverChange } from '../../../operate/forecast/scenario.ts';
import { fanOf } from './fan-data.ts';
import {
  budgetOf,
  chanceOver,
  DRAWS,
  projectedOf,
  sensitivityOf,
  spreadOf,
  stepsTo,
  swingOf,
} from './outlook.ts';

const answer = fakeForecast();
const GROWTH: readonly DriverChange[] = [{ driver: 'calls', times: 1.4, basis: 'assumed' }];
const LEVERS: readonly DriverChange[] = [
  ...GROWTH,
  { driver: 'tokens', times: 0.5, basis: 'assumed', lever: 'compression' },
];
const budget = budgetOf(answer);
const named = (key: string, changes: readonly DriverChange[]) =>
  projectedOf(answer.base, { key, name: key, changes }, budget);
const all = [named('base', []), named('growth', GROWTH), named('levers', LEVERS)];
const [base, growth, levers] = all as [(typeof all)[0], (typeof all)[0], (typeof all)[0]];

describe('a scenario in the browser', () => {
  it('without a change is the forecast that the API gave, day by day and month by month', () => {
    for (const [at, { total }] of answer.months.entries())
      expect(base.months[at]?.cost).toBeCloseTo(Number(total), 4);
    expect(base.days.map(({ date }) => date)).toEqual(answer.days.map(({ date }) => date));
    expect(base.basis).toBe('measured');
  });
  it('multiplies', () => {
    expect(growth.last.cost / base.last.cost).toBeCloseTo(1.4);
    expect(levers.last.cost / base.last.cost).toBeCloseTo(0.7);
    expect(levers.last.headline.calls / base.last.headline.calls).toBeCloseTo(1.4);
    expect(growth.basis).toBe('assumed');
  });
  it('has steps that add up to it', () => {
    const steps = stepsTo(answer, LEVERS);
    expect(steps.map(({ step }) => step)).toEqual(['calls', 'context']);
    expect(steps.reduce((sum, { amount }) => sum + amount, base.last.cost)).toBeCloseTo(levers.last.cost, 6);
  });
  it('passes the budget on a day, or does not', () => {
    expect(growth.crossing).toBe('2026-11-29');
    expect(levers.crossing).toBeUndefined();
  });
  it('the swing is from the dearest to the cheapest', () => {
    expect(swingOf(all)).toMatchObject({ highest: { key: 'growth' }, lowest: { key: 'levers' } });
    expect(swingOf(all)?.amount).toBeCloseTo(growth.last.cost - levers.last.cost);
    expect(swingOf([base])).toBeUndefined();
  });
});

describe('how sure it is', () => {
  it('of the forecast is what the API measured; the half interval lies within', () => {
    const spread = spreadOf({ answer, changes: [], level: 0.8, draws: DRAWS.moving });
    for (const [at, { low, high, midLow, midHigh }] of spread.entries()) {
      expect(low).toBe(Number(answer.months[at]?.low));
      expect(high).toBe(Number(answer.months[at]?.high));
      expect(midLow).toBeGreaterThanOrEqual(low);
      expect(midHigh).toBeLessThanOrEqual(high);
    }
  });
  it('of a scenario lies around it, and grows with the level', () => {
    const ask = { answer, changes: GROWTH, draws: DRAWS.still };
    const [narrow, wide] = [0.5, 0.95].map((level) => spreadOf({ ...ask, level }).at(-1)!);
    expect(narrow!.low).toBeGreaterThan(wide!.low);
    expect(narrow!.high).toBeLessThan(wide!.high);
    expect(narrow!.low).toBeLessThan(growth.last.cost);
    expect(narrow!.high).toBeGreaterThan(growth.last.cost);
  });
  it('the chance to pass a budget is no chance without a budget', () => {
    expect(chanceOver(answer, GROWTH, budget)).toBeGreaterThan(0.9);
    expect(chanceOver(answer, LEVERS, budget)).toBeLessThan(0.1);
    expect(chanceOver(answer, GROWTH, undefined)).toBeUndefined();
  });
  it('says what it depends on most first', () => {
    expect(sensitivityOf(answer, []).map(({ name }) => name)).toEqual(['calls', 'context', 'rate']);
  });
});

describe('the fan', () => {
  const spread = spreadOf({ answer, changes: LEVERS, level: 0.8, draws: DRAWS.moving });
  const fan = fanOf({ answer, all, picked: levers, spread, budget, swing: swingOf(all) });
  it('has a line per scenario that ends at its last month, and goes on where the actual ends', () => {
    expect(fan.lines.map(({ name }) => name)).toEqual(['base', 'growth', 'levers']);
    for (const line of fan.lines) expect(line.points[0]).toEqual(fan.actual.at(-1));
    expect(fan.lines[0]?.points.at(-1)?.value).toBeCloseTo(base.last.cost, 0);
  });
  it('has an area for the scenario in question alone, around it, which begins with nothing', () => {
    const line = fan.lines.find(({ picked }) => picked)!;
    expect(line.name).toBe('levers');
    expect(fan.band).toHaveLength(line.points.length);
    expect(fan.band[0]?.low).toBeCloseTo(fan.band[0]!.high);
    for (const [at, { low, midLow, midHigh, high }] of fan.band.entries()) {
      const { value } = line.points[at]!;
      for (const [less, more] of [
        [low, midLow],
        [midLow, value],
        [value, midHigh],
        [midHigh, high],
      ])
        expect(less).toBeLessThanOrEqual(more! * 1.02);
    }
  });
  it('says crossings, shifts and what was set aside, in words', () => {
    expect(fan.crossings.map(({ text }) => text)).toEqual(['30 Nov, base', '29 Nov, growth']);
    expect(fan.marks.map(({ text }) => text)).toEqual(['calls set aside', 'calls ×1.20']);
    expect(fan.caption).toContain('“growth” on 29 Nov');
    expect(fan.sayAt(fan.actual.at(-1)!.day)).toContain('actual');
    expect(fan.sayAt(fan.lines[0]!.points.at(-1)!.day)).toMatch(/^28 Feb, forecast: base \$\S+, growth/);
  });
  it('outlines a plan at the rate of the month that all is shown as', () => {
    const [plan] = fan.plans;
    expect(plan?.amount).toBeCloseTo((52_000 * 28) / 31);
  });
  it('does not draw a budget that nobody set', () => {
    const none = fanOf({ answer, all, picked: base, spread, budget: undefined, swing: undefined });
    expect(none.budget).toBeUndefined();
    expect(none.caption).toContain('No budget in money by month');
  });
});
