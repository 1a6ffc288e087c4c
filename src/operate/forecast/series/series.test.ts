/** The forecast of one series, by what has to hold for any. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { forecastSeries, priorOf } from './series.ts';
import type { SeriesAsk, SeriesForecast } from './series.ts';

const WEEK = [10, 12, 13, 12, 11, 5, 4];
const HORIZON = 14;

function normals(seed: number): () => number {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
}

/** Weeks with noise of so many percent. */
function noisy(days: number, noise: number, seed = 1): number[] {
  const normal = normals(seed);
  return Array.from({ length: days }, (_, day) => (WEEK[day % 7] as number) * Math.exp(noise * normal()));
}

function flat(count: number, value: number): number[] {
  return Array.from({ length: count }, () => value);
}

function ask(values: readonly number[], more: Partial<SeriesAsk> = {}): SeriesForecast {
  return forecastSeries({ values, periods: [7], horizon: HORIZON, ...more });
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function awayFrom(wanted: number, value: number | undefined): number {
  return Math.abs((value ?? NaN) - wanted);
}

/** Mean of a forecast against that of the noiseless weeks. */
function ratio({ point }: SeriesForecast): number {
  return meanOf(point) / meanOf(WEEK);
}

describe('what is exact', () => {
  it('gives a constant its constant, with no interval to speak of', () => {
    const made = ask(flat(60, 0.1));
    expect(made.point).toEqual(flat(HORIZON, 0.1));
    expect(made.lower).toEqual(made.point);
    expect(made.upper).toEqual(made.point);
    expect(made.backtest.coverage).toBe(1);
  });

  it('continues weeks without noise', () => {
    const made = ask(noisy(63, 0));
    for (const [step, value] of made.point.entries()) expect(value).toBeCloseTo(WEEK[step % 7] as number, 9);
  });

  it('is zero after nothing but zeros, and never below it', () => {
    const made = ask(flat(60, 0));
    expect(made.point).toEqual(flat(HORIZON, 0));
    const rare = ask(Array.from({ length: 90 }, (_, day) => (day % 11 === 0 ? 3 : 0)));
    expect(Math.min(...rare.lower, ...rare.point)).toBeGreaterThanOrEqual(0);
    expect(rare.point.every((value) => Number.isFinite(value))).toBe(true);
  });

  it('scales with its values, down to prices per token', () => {
    const values = noisy(120, 0.1);
    const made = ask(values);
    for (const factor of [1e-9, 3, 1e12]) {
      const scaled = ask(values.map((value) => factor * value));
      expect(scaled.method).toBe(made.method);
      for (const [step, value] of made.upper.entries())
        expect((scaled.upper[step] as number) / factor).toBeCloseTo(value, 6);
    }
  });

  it('is the same twice, and leaves what it was given', () => {
    const values = Object.freeze(noisy(100, 0.1));
    expect(ask(values)).toEqual(ask(values));
  });

  it('has a path of every length that is asked for', () => {
    for (const horizon of [0, 1, 400]) {
      const made = ask(noisy(80, 0.1), { horizon });
      for (const path of [made.point, made.lower, made.upper, ...made.residuals])
        expect(path).toHaveLength(horizon);
      expect(made.fitted).toHaveLength(80);
    }
  });
});

describe('whatever is given', () => {
  const value = fc.oneof(
    { weight: 6, arbitrary: fc.double({ min: 1, max: 100, noNaN: true }) },
    { weight: 2, arbitrary: fc.double({ min: -12, max: 12, noNaN: true }).map((power) => 10 ** power) },
    { weight: 1, arbitrary: fc.constantFrom(0, NaN, Infinity) },
  );
  const series = fc.oneof(
    fc.array(value, { maxLength: 120 }),
    // Weeks whose days differ by many powers of ten, one phase nearly zero.
    fc
      .tuple(
        fc.array(value, { minLength: 7, maxLength: 7 }),
        fc.array(value, { minLength: 40, maxLength: 120 }),
      )
      .map(([week, noise]) => noise.map((one, day) => (one * (week[day % 7] as number)) / 50)),
  );

  it('answers with finite numbers in their order, of the size of what was', () => {
    fc.assert(
      fc.property(series, fc.boolean(), (values, positive) => {
        const known = values.filter((one) => Number.isFinite(one));
        fc.pre(known.length > 0);
        const made = ask(values, { positive });
        const most = Math.max(...known.map((one) => Math.abs(one)));
        for (const [step, point] of made.point.entries()) {
          expect(Math.abs(point)).toBeLessThanOrEqual(10 * most);
          expect(made.lower[step]).toBeLessThanOrEqual(point);
          expect(made.upper[step]).toBeGreaterThanOrEqual(point);
        }
        expect([...made.upper, ...made.residuals.flat()].every((one) => Number.isFinite(one))).toBe(true);
        if (positive) expect(Math.min(...made.lower, 0)).toBe(0);
      }),
      { numRuns: 300, seed: 20_261_126 },
    );
  });
});

describe('what is not known', () => {
  it('fills gaps by their phase', () => {
    const values = noisy(70, 0).map((value, day) =>
      [0, 1, 9, 30, 31, 32, 33, 34, 35, 36, 69].includes(day) ? NaN : value,
    );
    const made = ask(values);
    for (const [step, value] of made.point.entries()) expect(value).toBeCloseTo(WEEK[step % 7] as number, 6);
    expect(made.backtest.judged).toBeGreaterThan(0);
  });

  it('says nothing where nothing is known', () => {
    for (const values of [[], [NaN, NaN]]) {
      const made = ask(values);
      expect(made.point).toEqual(flat(HORIZON, NaN));
      expect(made.skill).toBe('unknown');
    }
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('goes on from %i values without a claim of skill', (count) => {
    const made = ask(noisy(count, 0.1));
    expect(made.skill).toBe('unknown');
    expect(made.backtest).toMatchObject({ folds: 0, wape: null, coverage: null, judged: 0 });
    for (const [step, value] of made.point.entries()) {
      expect(value).toBeGreaterThan(0);
      expect(made.upper[step]).toBeGreaterThan(value);
      expect(made.lower[step]).toBeLessThan(value);
    }
    expect(made.residuals.length).toBeGreaterThan(0);
  });

  it('gives a new series the week and the spread of its relatives', () => {
    const related = [3, 4, 5, 6].map((seed) => ask(noisy(140, 0.05, seed)));
    const prior = priorOf(related);
    expect(prior.series).toBe(4);
    const values = noisy(3, 0).map((value) => 100 * value);
    // The relatives' paths begin with the first day of their week; so does this one's, four days of it unknown.
    const made = ask(
      [
        NaN,
        NaN,
        NaN,
        NaN,
        ...noisy(7, 0)
          .slice(4)
          .map((value) => 100 * value),
      ],
      { prior },
    );
    expect(made.method).toBe('pooled');
    for (const [step, value] of made.point.entries())
      expect(awayFrom(100, value / (WEEK[step % 7] as number))).toBeLessThan(10);
    const width = (one: SeriesForecast): number => meanOf(one.upper) / meanOf(one.lower);
    expect(width(made)).toBeLessThan(width(ask(values)));
    expect(made.residuals).toEqual(prior.residuals);
  });
});

describe('changes of level', () => {
  const at = 120;
  const doubled = noisy(150, 0.08).map((value, day) => (day >= at ? 2 * value : value));

  it('are found and not averaged over', () => {
    const made = ask(doubled);
    expect(made.shifts).toHaveLength(1);
    expect(Math.abs((made.shifts[0]?.at ?? 0) - at)).toBeLessThanOrEqual(1);
    expect(awayFrom(2, made.shifts[0]?.factor)).toBeLessThan(0.2);
    expect(made.shifts[0]?.found).toBe(true);
    expect(ratio(made)).toBeGreaterThan(1.85);
  });

  it.each([1, 2, 3, 4, 5])('are not seen in noise alone (seed %i)', (seed) => {
    expect(ask(noisy(400, 0.15, seed)).shifts).toEqual([]);
  });

  it('are learned where they are given a week after they happened', () => {
    const values = noisy(127, 0.08).map((value, day) => (day >= 123 ? 2 * value : value));
    expect(ratio(ask(values))).toBeLessThan(1.3); // four days may be an incident
    const made = ask(values, { shifts: [{ at: 123, name: 'launch' }] });
    expect(made.shifts).toMatchObject([{ at: 123, found: false, name: 'launch' }]);
    expect(ratio(made)).toBeGreaterThan(1.75);
  });

  it('are applied where they lie ahead', () => {
    const values = noisy(140, 0);
    const made = ask(values, { shifts: [{ at: 147, factor: 0.5 }] });
    expect(made.point[6]).toBeCloseTo(WEEK[6] as number, 9);
    expect(made.point[7]).toBeCloseTo((WEEK[0] as number) / 2, 9);
  });

  it('do not leave the interval as wide as the surprise was', () => {
    const made = ask(doubled);
    expect(meanOf(made.upper) / meanOf(made.lower)).toBeLessThan(1.6);
  });
});

describe('what begins, ends, or is mostly nothing', () => {
  const weekdays = noisy(140, 0.08).map((value, day) => (day % 7 > 4 ? 0 : value));

  it('a series that has been nothing for a week has stopped', () => {
    const made = ask(weekdays.map((value, day) => (day >= 130 ? 0 : value)));
    expect(made.point).toEqual(flat(HORIZON, 0));
    expect(made.shifts).toMatchObject([{ at: 130, factor: 0, found: true }]);
    expect(ratio(ask(weekdays.map((value, day) => (day >= 137 ? 0 : value))))).toBeGreaterThan(0.6); // three days have not
  });

  it('a series begins with its first life, not with the zeros before it', () => {
    const made = ask(weekdays.map((value, day) => (day < 112 ? 0 : value)));
    expect(ratio(made)).toBeGreaterThan(0.75); // weekends are nothing
    expect(made.backtest.folds).toBeLessThan(12);
    const yesterday = ask(weekdays.map((value, day) => (day < 130 ? 0 : value)));
    expect(yesterday.method).toBe('pooled');
    expect(yesterday.point[0]).toBeGreaterThan(8);
  });

  it('a change of level is found though weekends are nothing', () => {
    const made = ask(weekdays.map((value, day) => (day >= 112 ? 2 * value : value)));
    expect(made.shifts).toMatchObject([{ at: 112, found: true }]);
    expect((made.point[0] ?? 0) / (WEEK[0] as number)).toBeGreaterThan(1.8);
  });

  it('what happens now and then is forecast by its mean, and nothing is inside the interval', () => {
    const values = Array.from({ length: 200 }, (_, day) => ((day * 37) % 20 < 2 ? 10 : 0));
    const made = ask(values);
    expect(made.setAside).toEqual([]);
    expect(Math.abs(meanOf(made.point) - 1)).toBeLessThan(0.4);
    expect(Math.max(...made.lower)).toBe(0);
  });
});

describe('days out of the ordinary', () => {
  it.each([1, 2, 8])('a spike %i days ago does not move the forecast', (ago) => {
    const plain = noisy(119, 0.08);
    const values = plain.map((value, day) => (day === 119 - ago ? 6 * value : value));
    const off = (one: SeriesForecast): number =>
      Math.max(...one.point.map((value, step) => Math.abs(value / (WEEK[step % 7] as number) - 1)));
    const made = ask(values);
    expect(made.setAside.map((one) => one.at)).toEqual([119 - ago]);
    expect(made.setAside[0]?.value).toBe(values[119 - ago]);
    expect(awayFrom(1, (made.setAside[0]?.expected ?? 0) / (plain[119 - ago] as number))).toBeLessThan(0.25);
    expect(off(made)).toBeLessThan(0.15);
    // The control: left in, it bends what follows.
    expect(off(ask(values, { setAside: false }))).toBeGreaterThan(1.6 * off(made));
  });

  it('an outage of five days is no new level', () => {
    const values = noisy(140, 0.08).map((value, day) => (day >= 132 && day < 137 ? 0.1 * value : value));
    const made = ask(values);
    expect(made.shifts).toEqual([]);
    expect(ratio(made)).toBeGreaterThan(0.93);
  });

  it('nothing is set aside of a walk without an aim', () => {
    const normal = normals(5);
    let now = 100;
    const values = Array.from({ length: 300 }, () => (now *= Math.exp(0.03 * normal())));
    expect(ask(values, { periods: [] }).setAside.length).toBeLessThanOrEqual(3);
  });
});

describe('special days', () => {
  const calendar = Array.from({ length: 220 }, (_, day) => (day % 30 === 29 ? 'month-end' : ''));
  const values = noisy(200, 0.06).map((value, day) => (calendar[day] === '' ? value : 1.8 * value));

  it('have a factor that is learned', () => {
    const made = ask(values, { calendar });
    expect(awayFrom(1.8, (made.point[9] as number) / (WEEK[209 % 7] as number))).toBeLessThan(0.15);
    expect((made.point[8] as number) / (WEEK[208 % 7] as number)).toBeLessThan(1.15);
    expect(made.setAside).toEqual([]);
  });

  it('are ordinary days where nobody names them (control)', () => {
    expect((ask(values).point[9] as number) / (WEEK[209 % 7] as number)).toBeLessThan(1.2);
  });

  it('need two occurrences', () => {
    const once = calendar.map((name, day) => (day === 29 || day > 200 ? name : ''));
    const made = ask(values, { calendar: once });
    expect((made.point[9] as number) / (WEEK[209 % 7] as number)).toBeLessThan(1.2);
  });
});

it('follows steady growth, which a damped trend lags behind', () => {
  const values = noisy(400, 0.05).map((value, day) => value * Math.exp(0.003 * day));
  const made = ask(values, { horizon: 28 });
  const came = Array.from(
    { length: 28 },
    (_, step) => (WEEK[(400 + step) % 7] as number) * Math.exp(0.003 * (400 + step)),
  );
  expect(awayFrom(1, meanOf(made.point) / meanOf(came))).toBeLessThan(0.04);
});

describe('what is claimed', () => {
  it('says that nothing beats the last value of a walk without an aim', () => {
    const skills = [1, 2, 3, 4, 5, 6].map((seed) => {
      const normal = normals(seed);
      let now = 100;
      const values = Array.from({ length: 400 }, () => (now *= Math.exp(0.02 * normal())));
      const made = ask(values, { periods: [] });
      expect(made.backtest.wape).toBeLessThanOrEqual(made.backtest.naiveWape ?? 0);
      if (made.skill === 'none') expect(made.method).toBe('seasonal-naive');
      return made.skill;
    });
    expect(skills).toContain('none');
  });

  it('is better than the last week again where there is noise around a week', () => {
    const made = ask(noisy(300, 0.2));
    expect(made.skill).toBe('better');
    expect(made.backtest.wape).toBeLessThan(0.85 * (made.backtest.naiveWape ?? 0));
    expect(made.tried.map(({ method }) => method)).toContain('seasonal-naive');
    expect(made.tried.every(({ wape }, at) => at === 0 || wape >= (made.tried[at - 1]?.wape ?? 0))).toBe(
      true,
    );
  });

  it.each([0.5, 0.8, 0.95])('holds about the share of %d that was asked for, and measures it', (level) => {
    let [inside, of, measured, judged] = [0, 0, 0, 0];
    for (let seed = 1; seed <= 60; seed += 1) {
      const values = noisy(150 + HORIZON, 0.15, 7 * seed);
      const made = ask(values.slice(0, 150), { level });
      for (const [step, actual] of values.slice(150).entries()) {
        of += 1;
        if (actual >= (made.lower[step] ?? NaN) && actual <= (made.upper[step] ?? NaN)) inside += 1;
      }
      measured += (made.backtest.coverage ?? 0) * made.backtest.judged;
      judged += made.backtest.judged;
    }
    expect(Math.abs(inside / of - level)).toBeLessThan(0.06);
    expect(Math.abs(measured / judged - level)).toBeLessThan(0.06);
  });

  it('keeps residuals from which the folds can be drawn again', () => {
    const made = ask(noisy(300, 0.1));
    expect(made.residuals).toHaveLength(made.backtest.folds);
    const sizes = made.residuals.flat().map((value) => Math.abs(value));
    expect(meanOf(sizes)).toBeGreaterThan(0.05);
    expect(meanOf(sizes)).toBeLessThan(0.12);
    expect(Math.min(...made.residuals.flat())).toBeGreaterThanOrEqual(-1);
  });
});
