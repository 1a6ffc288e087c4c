/** Each method by itself: values worked by hand, and what each has to continue exactly. */
import { describe, expect, it } from 'vitest';

import { fitEts } from './ets.ts';
import { descend } from './methods.ts';
import { fitMultiSeason } from './multi-season.ts';
import { ets, multiSeason, seasonalNaive, theta } from './series.ts';
import { slopeOf, thetaAhead } from './theta.ts';

const WEEK = [10, 12, 13, 12, 11, 5, 4];
const weeks = (count: number): number[] => Array.from({ length: count }, (_, at) => WEEK[at % 7] as number);

describe('values worked by hand', () => {
  const values = Float64Array.of(10, 12, 11, 13);

  it('smooths: 10, then half way to 12, to 11, to 13, is 12', () => {
    expect(thetaAhead(values, slopeOf(values), 0.5, 1, 3)).toEqual(Float64Array.of(12, 12, 12));
  });

  it('has the slope of least squares', () => {
    // (−1.5·10 − 0.5·12 + 0.5·11 + 1.5·13) ÷ (2.25 + 0.25 + 0.25 + 2.25) = 4 ÷ 5
    expect(slopeOf(values)).toBeCloseTo(0.8, 12);
  });

  it('is the mean of the line and of smoothing the bent curve', () => {
    // By the definition: line 10.3 + 0.8 t for t = 0 to 3, bent curve 2 y − line = 9.7, 12.9, 10.1, 13.3, smoothed at one half
    // from 9.7: 11.3, 10.7, 12. At t = 4 the line is 13.5, and (12 + 13.5) ÷ 2 = 12.75; each step adds 0.4.
    const ahead = thetaAhead(values, slopeOf(values), 0.5, 2, 3);
    for (const [step, value] of [12.75, 13.15, 13.55].entries()) expect(ahead[step]).toBeCloseTo(value, 12);
  });

  it('repeats the last cycle', () => {
    expect(seasonalNaive([1, 2, 3, 4, 5], [2], 5)).toEqual([4, 5, 4, 5, 4]);
    expect(seasonalNaive([1, 2, 3], [], 2)).toEqual([3, 3]);
  });
});

describe.each([
  ['ets', ets],
  ['theta', theta],
  ['multi-season', multiSeason],
] as const)('%s', (_name, method) => {
  it('continues a week exactly', () => {
    const ahead = method(weeks(70), [7], 10);
    for (const [step, value] of ahead.entries()) expect(value).toBeCloseTo(WEEK[step % 7] as number, 9);
  });

  it('continues a week around zero, where no factor can be used', () => {
    const ahead = method(
      weeks(70).map((value) => value - 10),
      [7],
      10,
    );
    for (const [step, value] of ahead.entries())
      expect(value).toBeCloseTo((WEEK[step % 7] as number) - 10, 9);
  });

  it('scales with its values', () => {
    const values = weeks(70).map((value, at) => value * (1 + 0.1 * Math.sin(at * at)));
    const once = method(values, [7], 10);
    const thousandfold = method(
      values.map((value) => 1000 * value),
      [7],
      10,
    );
    for (const [step, value] of once.entries())
      expect((thousandfold[step] as number) / 1000).toBeCloseTo(value, 8);
  });
});

it('knows day and week at once', () => {
  const isWeekday = (at: number): boolean => at % 168 < 120;
  const demand = (at: number): number =>
    (10 + 5 * Math.sin(((at % 24) * Math.PI) / 12)) * (isWeekday(at) ? 1 : 0.4);
  const values = Array.from({ length: 5 * 168 }, (_, at) => demand(at));
  const ahead = multiSeason(values, [24, 168], 168);
  for (const [step, value] of ahead.entries()) expect(value).toBeCloseTo(demand(values.length + step), 6);
  // The control: a day alone cannot know the weekend.
  expect(
    Math.abs((multiSeason(values, [24], 168)[30] as number) - demand(values.length + 30)),
  ).toBeGreaterThan(1);
});

it('lets a trend run out', () => {
  const values = Float64Array.from({ length: 60 }, (_, at) => 100 + 2 * at);
  const point = fitEts(values, { periods: [], multiplicative: true }, 400, undefined)?.point ?? [];
  expect(point[0]).toBeGreaterThan(218);
  expect((point[399] as number) - (point[398] as number)).toBeLessThan(0.01);
});

it('says nothing of series that are too short', () => {
  expect(seasonalNaive([1], [7], 2)).toEqual([NaN, NaN]);
  expect(multiSeason(weeks(13), [7], 2)).toEqual([NaN, NaN]);
  const empty = new Float64Array(0);
  for (const fit of [fitEts, fitMultiSeason])
    expect(fit(empty, { periods: [7], multiplicative: false }, 2, undefined)).toBeUndefined();
});

it('walks a grid to the bottom of a valley, from either end', () => {
  const loss = (place: Int32Array): number => (place[0]! - 7) ** 2 + (place[1]! - 2) ** 2;
  for (const start of [Int32Array.of(0, 0), Int32Array.of(9, 9)])
    expect([...descend([10, 10], start, loss).place]).toEqual([7, 2]);
});

it('is not thrown anywhere by an error that is carried from a busy day into a quiet one', () => {
  const values = Float64Array.from(
    { length: 140 },
    (_, at) => (at % 7 === 3 ? 0.01 : 100) * (1 + 0.3 * Math.sin(1.7 * at * at)),
  );
  const fit = fitMultiSeason(values, { periods: [7], multiplicative: true }, 28, undefined);
  for (const value of [...(fit?.fitted ?? [NaN]), ...(fit?.point ?? [NaN])])
    expect(Math.abs(value)).toBeLessThan(300);
});
