import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { statedDrivers } from './drivers.ts';
import { problemsOfChanges, project, SCENARIO_DRIVERS, waterfall } from './scenario.ts';
import type { BaseLine, DriverChange } from './scenario.ts';
import { crossingDay, drawMonth, NO_SPREAD, quantile, shareAbove, tornado } from './spread.ts';

const MONTH = '2027-01';

/** The support copilot of today: 1,240,000 calls of 7,010 tokens. The rate prints as $0.0048 and fits all six rows. */
function copilot(workflow = 'Support copilot'): BaseLine {
  const drivers = statedDrivers({
    calls: 1_240_000,
    actions: 310_000,
    inputTokens: 6_800,
    outputTokens: 210,
    rate: 0.004805,
  });
  return {
    workflow,
    team: 'CX',
    months: [{ month: MONTH, drivers, days: [{ date: '2027-01-01', share: 1 }], part: 1, spent: 0 }],
  };
}

const ADOPTION: DriverChange = { driver: 'actions', times: 1.4, basis: 'assumed' };
const DRIFT: DriverChange = { driver: 'tokens', to: 9_100, basis: 'assumed' };
const SHORTER: DriverChange = {
  driver: 'tokens',
  to: 3_900,
  basis: 'gated',
  evidence: 'v-1',
  lever: 'compression',
};
const CHEAPER: DriverChange = {
  driver: 'rate',
  to: 0.0042,
  basis: 'gated',
  evidence: 'v-2',
  lever: 'routing',
};

const cost = (base: readonly BaseLine[], changes: readonly DriverChange[] = []): number =>
  project(base, changes).months[0]!.cost;
const hundreds = (dollars: number): number => Math.round(dollars / 100) * 100;

describe('the projection table', () => {
  const base = [copilot()];
  const today = cost(base);
  const table: ReadonlyArray<
    readonly [
      name: string,
      changes: readonly DriverChange[],
      calls: number,
      tokens: number,
      rate: string,
      dollars: number,
      percent: number,
    ]
  > = [
    ['today', [], 1_240_000, 7_010, '0.0048', 41_800, 0],
    ['flat usage, no action', [], 1_240_000, 7_010, '0.0048', 41_800, 0],
    ['adoption +40 %', [ADOPTION], 1_736_000, 7_010, '0.0048', 58_500, 40],
    ['adoption +40 %, context unmanaged', [ADOPTION, DRIFT], 1_736_000, 9_100, '0.0048', 75_900, 82],
    ['adoption +40 %, levers applied', [ADOPTION, SHORTER, CHEAPER], 1_736_000, 3_900, '0.0042', 28_400, -32],
  ];
  it.each(table)('%s', (_name, changes, calls, tokens, rate, dollars, percent) => {
    const [month] = project(base, changes).months;
    expect(Math.round(month!.headline.calls)).toBe(calls);
    expect(Math.round(month!.headline.tokensPerCall)).toBe(tokens);
    expect(month!.headline.rate.toFixed(4)).toBe(rate);
    expect(hundreds(month!.cost)).toBe(dollars);
    expect(Math.round((month!.cost / today - 1) * 100)).toBe(percent);
  });

  it('leaves $47,500 a month to decide', () => {
    const [unmanaged, managed] = [cost(base, [ADOPTION, DRIFT]), cost(base, [ADOPTION, SHORTER, CHEAPER])];
    expect(hundreds(unmanaged - managed)).toBe(47_500);
    expect(hundreds(unmanaged) - hundreds(managed)).toBe(47_500);
  });

  it('walks from today to the levers by calls, context and rate', () => {
    const steps = waterfall(base, [ADOPTION, SHORTER, CHEAPER]);
    // To $100, a step is the difference of what stands on both sides of it, so that the steps add up as they are printed.
    const printed = steps.map(({ step, before, after, basis }) => [
      step,
      hundreds(after) - hundreds(before),
      basis,
    ]);
    expect(printed).toEqual([
      ['calls', 16_700, 'assumed'],
      ['context', -26_000, 'gated'],
      ['rate', -4_100, 'gated'],
    ]);
  });
});

/** Two months of days, two models with prices of their own, caching in use. */
function agent(workflow: string): BaseLine {
  const model = (name: string, share: number, price: number) => ({
    model: name,
    share,
    inputTokens: 4_000 * share + 1_000,
    outputTokens: 300,
    cachedShare: 0.3,
    inputRate: price,
    cachedRate: price / 10,
    outputRate: price * 5,
    otherPerCall: 0.0001,
  });
  const drivers = {
    calls: 60_000,
    actions: 12_000,
    models: [model('large', 0.7, 3), model('small', 0.3, 0.25)],
  };
  const days = (month: string) =>
    Array.from({ length: 28 }, (_, at) => ({
      date: `${month}-${String(at + 1).padStart(2, '0')}`,
      share: 1 / 28,
    }));
  const months = ['2026-12', '2027-01'].map((month) => ({
    month,
    drivers,
    days: days(month),
    part: 1,
    spent: 0,
  }));
  return { workflow, team: 'T', months };
}

const change = fc.record({
  driver: fc.constantFrom(...SCENARIO_DRIVERS.filter((one) => one !== 'mix')),
  times: fc.double({ min: 0.1, max: 3, noNaN: true }),
  basis: fc.constant('assumed' as const),
});

describe('a scenario', () => {
  const base = [agent('a'), agent('b')];
  const near = (left: number, right: number): void =>
    expect(left).toBeCloseTo(right, 6 - Math.ceil(Math.log10(Math.abs(right) + 1)) + 3);

  it('without changes is the base, and its days and workflows add up to its months', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 5 }), (changes) => {
        const { months, days, workflows } = project(base, changes);
        for (const { month, cost: whole } of months) {
          const ofDays = days.filter(({ date }) => date.startsWith(month));
          near(
            ofDays.reduce((sum, one) => sum + one.cost, 0),
            whole,
          );
          const parts = workflows.flatMap((one) => one.months.filter((other) => other.month === month));
          near(
            parts.reduce((sum, one) => sum + one.cost, 0),
            whole,
          );
        }
      }),
    );
  });

  it('does not care in which order its changes were written, and its steps add up to the difference', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 5 }), (changes) => {
        near(cost(base, changes), cost(base, changes.toReversed()));
        const steps = waterfall(base, changes, '2026-12');
        near(cost(base) + steps.reduce((sum, { amount }) => sum + amount, 0), cost(base, changes));
      }),
    );
  });

  it('is what the three figures multiply to: calls × tokens × rate', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 5 }), (changes) => {
        const [month] = project(base, changes).months;
        const { calls, tokensPerCall, rate } = month!.headline;
        near((calls * tokensPerCall * rate) / 1000, month!.cost);
      }),
    );
  });

  it('changes one workflow, or one model, and no other', () => {
    const only = project(base, [{ driver: 'calls', times: 2, workflow: 'a', basis: 'assumed' }]);
    const before = project(base);
    expect(only.workflows[1]).toEqual(before.workflows[1]);
    near(only.workflows[0]!.months[0]!.cost, 2 * before.workflows[0]!.months[0]!.cost);
  });

  it('moves calls to the cheaper model by its mix, and the other gives way', () => {
    const [line] = base;
    const routed = project([line!], [{ driver: 'mix', model: 'small', to: 0.8, basis: 'assumed' }]);
    expect(routed.months[0]!.cost).toBeLessThan(project([line!]).months[0]!.cost);
    const all = project([line!], [{ driver: 'mix', model: 'small', to: 1, basis: 'assumed' }]);
    const small = line!.months[0]!.drivers.models[1]!;
    const perCall =
      (small.inputTokens * (0.7 * small.inputRate + 0.3 * small.cachedRate) +
        small.outputTokens * small.outputRate) /
        1e6 +
      0.0001;
    near(all.months[0]!.cost, 60_000 * perCall);
  });

  it('moves one part of the input, and the others stay', () => {
    const [line] = base;
    const parts = { history: 0.5, system: 0.3, unknown: 0.2 };
    const told = {
      ...line!,
      months: line!.months.map((one) => ({ ...one, drivers: { ...one.drivers, parts } })),
    };
    const doubled: DriverChange = { driver: 'inputTokens', part: 'history', times: 2, basis: 'assumed' };
    const [before] = project([told]).months;
    const [after] = project([told], [doubled]).months;
    near(after!.headline.inputTokens, 1.5 * before!.headline.inputTokens);
    near(after!.headline.outputTokens, before!.headline.outputTokens);
    // Twice, the second time on parts that have moved: history is 2 of 3 then, and grows by as much as it is.
    const again = project([told], [doubled, { ...doubled, times: 1.5 }]).months[0]!;
    near(again.headline.inputTokens, 2 * before!.headline.inputTokens);
    expect(problemsOfChanges([doubled], [told])).toEqual([]);
    expect(problemsOfChanges([{ ...doubled, part: 'media' }], [told])[0]?.message).toContain(
      'history, system',
    );
    expect(problemsOfChanges([{ ...doubled, driver: 'calls' }], [told])[0]?.message).toContain('inputTokens');
  });

  it('ramps on a straight line from its first day to its last', () => {
    const ramp: DriverChange = {
      driver: 'calls',
      times: 2,
      from: '2026-12-01',
      until: '2026-12-28',
      basis: 'assumed',
    };
    const flat = project([agent('a')]).days;
    const rising = project([agent('a')], [ramp]).days;
    const factors = rising.map(({ cost: now }, at) => now / flat[at]!.cost);
    expect(factors[0]).toBeCloseTo(1 + 1 / 28, 9);
    expect(factors[13]).toBeCloseTo(1.5, 9);
    expect(factors[27]).toBeCloseTo(2, 9);
    expect(factors[40]).toBeCloseTo(2, 9);
    const before = project([agent('a')], [{ ...ramp, from: '2027-01-01', until: '2027-01-28' }]).days;
    expect(before[0]!.cost).toBe(flat[0]!.cost);
  });

  it('holds what is said of a whole month for the part of it that is ahead', () => {
    const line = agent('a');
    const half = { ...line, months: line.months.map((one) => ({ ...one, part: 0.5, spent: 100 })) };
    const { months } = project([half], [{ driver: 'calls', to: 50_000, basis: 'assumed' }]);
    near(months[0]!.headline.calls, 25_000);
    expect(months[0]!.cost).toBeGreaterThan(100);
  });

  it.each<readonly [string, DriverChange, string]>([
    ['neither factor nor end', { driver: 'calls', basis: 'assumed' }, 'either'],
    ['both', { driver: 'calls', times: 1, to: 1, basis: 'assumed' }, 'either'],
    ['a negative factor', { driver: 'calls', times: -1, basis: 'assumed' }, 'negative'],
    ['a share above one', { driver: 'cachedShare', to: 40, basis: 'assumed' }, '0.4'],
    ['a mix of no model', { driver: 'mix', to: 0.4, basis: 'assumed' }, 'name the model'],
    ['a model that nobody uses', { driver: 'mix', to: 0.4, model: 'huge', basis: 'assumed' }, 'huge'],
    ['a workflow that is not there', { driver: 'calls', times: 2, workflow: 'z', basis: 'assumed' }, '"z"'],
    [
      'a ramp without a beginning',
      { driver: 'calls', times: 2, until: '2027-01-01', basis: 'assumed' },
      'begins',
    ],
    ['an end on all workflows', { driver: 'calls', to: 2, basis: 'assumed' }, 'name the workflow'],
    ['gated without evidence', { driver: 'tokens', times: 0.6, basis: 'gated' }, 'evidence'],
  ])('refuses %s', (_name, one, words) => {
    const problems = problemsOfChanges([one], base);
    expect(problems.map(({ message }) => message).join()).toContain(words);
  });
});

describe('the spread of a scenario', () => {
  const base = [agent('a'), agent('b')];
  const month = '2026-12';
  const spread = { ...NO_SPREAD, months: [{ month, deviations: [0.1, 0.05, 0.02] }] };

  it('is a point where nothing is known to be off', () => {
    const draws = drawMonth({ base, changes: [], month, spread: NO_SPREAD, draws: 100 });
    expect(quantile(draws, 0.1)).toBeCloseTo(quantile(draws, 0.9), 9);
    expect(quantile(draws, 0.5)).toBeCloseTo(cost(base), 6);
  });

  it('has the width that the deviations say, of one workflow whose drivers are independent', () => {
    const draws = drawMonth({ base: [agent('a')], changes: [], month, spread, draws: 40_000 });
    const expected = cost([agent('a')]);
    const scale = Math.hypot(0.1, 0.05, 0.02) * 1.2815515655446;
    expect(Math.log(quantile(draws, 0.9) / expected)).toBeCloseTo(scale, 2);
    expect(Math.log(quantile(draws, 0.1) / expected)).toBeCloseTo(-scale, 2);
  });

  it('is wider where drivers go together and narrower where they go against each other', () => {
    const correlated = (rho: number) => ({
      ...spread,
      months: [{ month, deviations: [0.1, 0.1, 0] }],
      correlation: [
        [1, rho, 0],
        [rho, 1, 0],
        [0, 0, 1],
      ],
    });
    const width = (rho: number): number => {
      const draws = drawMonth({
        base: [agent('a')],
        changes: [],
        month,
        spread: correlated(rho),
        draws: 20_000,
      });
      return quantile(draws, 0.9) - quantile(draws, 0.1);
    };
    expect(width(0.8)).toBeGreaterThan(width(0));
    expect(width(-0.8)).toBeLessThan(width(0));
  });

  it('evens out over workflows that go their own ways, and not over those that go together', () => {
    const many = Array.from({ length: 16 }, (_, at) => agent(`w${at}`));
    const width = (between: number): number => {
      const draws = drawMonth({ base: many, changes: [], month, spread: { ...spread, between } });
      return (quantile(draws, 0.9) - quantile(draws, 0.1)) / quantile(draws, 0.5);
    };
    expect(width(0) * 3).toBeLessThan(width(1));
  });

  it('draws the same again from the same seed', () => {
    const ask = { base, changes: [], month, spread };
    expect(drawMonth(ask).costs).toEqual(drawMonth(ask).costs);
    expect(drawMonth({ ...ask, seed: 2 }).costs).not.toEqual(drawMonth(ask).costs);
    expect(drawMonth(ask).costs).toHaveLength(10_000);
  });

  it('shows what a doubtful effect may come to, in the draws and in the tornado', () => {
    const doubtful: DriverChange = {
      driver: 'tokens',
      times: 0.7,
      low: 0.6,
      high: 0.9,
      basis: 'assumed',
      lever: 'compression',
    };
    const ask = { base, changes: [doubtful], month, spread: NO_SPREAD };
    const [widest] = tornado(ask);
    expect(widest!.name).toBe('compression');
    expect(widest!.low).toBeCloseTo(cost(base, [{ ...doubtful, times: 0.6 }]), 6);
    expect(widest!.high).toBeCloseTo(cost(base, [{ ...doubtful, times: 0.9 }]), 6);
    const draws = drawMonth(ask);
    expect(quantile(draws, 0.9) / widest!.high).toBeCloseTo(1, 1);
    expect(quantile(draws, 0.1) / widest!.low).toBeCloseTo(1, 1);
    expect(shareAbove(draws, widest!.high)).toBeCloseTo(0.1, 1);
  });

  it('says the day on which a month passes a budget', () => {
    const projection = project(base);
    const budget = projection.months[0]!.cost * 0.52;
    expect(crossingDay(projection, base, budget)).toBe('2026-12-15');
    expect(crossingDay(projection, base, budget * 3)).toBeUndefined();
  });
});
