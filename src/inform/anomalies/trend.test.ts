import { describe, expect, it } from 'vitest';

import { findTrend } from './trend.ts';

const DAYS = 42;

function days(of: (at: number) => number, seed = 7): number[] {
  let state = seed;
  return Array.from({ length: DAYS }, (_, at) => {
    state = (state * 16_807) % 2_147_483_647;
    const weekend = at % 7 >= 5 ? 0.7 : 1;
    return of(at) * weekend * (1 + 0.04 * ((state / 2_147_483_647) * 2 - 1));
  });
}

describe('trend', () => {
  it('a release that doubles the prompt is a step on its day', () => {
    expect(findTrend(days((at) => (at < 25 ? 3_000 : 6_000)))).toMatchObject({ kind: 'step', at: 25 });
    const { change = 0 } = findTrend(days((at) => (at < 25 ? 3_000 : 6_000))) ?? {};
    expect(change).toBeGreaterThan(0.9);
    expect(change).toBeLessThan(1.1);
  });

  it('one per cent a day is creep that no single day shows', () => {
    const found = findTrend(days((at) => 3_000 * 1.01 ** at));
    expect(found).toMatchObject({ kind: 'creep', at: 0 });
    expect(found?.change).toBeGreaterThan(0.35);
    expect(found?.change).toBeLessThan(0.65);
  });

  it('a falling cache share is a trend too', () => {
    expect(findTrend(days((at) => 0.6 - 0.008 * at))?.change).toBeLessThan(-0.3);
  });

  it.each(Array.from({ length: 40 }, (_, seed) => seed + 1))(
    'level days with weekends are none (seed %d)',
    (seed) => {
      expect(findTrend(days(() => 3_000, seed))).toBeUndefined();
    },
  );

  it('too few days, days without anything, and a level of nothing say nothing', () => {
    expect(findTrend([1, 2, 3])).toBeUndefined();
    expect(findTrend(Array.from({ length: 60 }, () => NaN))).toBeUndefined();
    expect(findTrend(days((at) => (at < 20 ? 0 : 5)))).toBeUndefined();
  });

  it('a step is found through missing days', () => {
    const values = days((at) => (at < 25 ? 3_000 : 6_000)).map((value, at) => (at % 6 === 0 ? NaN : value));
    expect(findTrend(values)).toMatchObject({ kind: 'step', at: 25 });
  });
});
