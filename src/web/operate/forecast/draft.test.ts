import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { fakeBase } from '../../../../test/fakes/forecast.ts';
import { problemsOfChanges, project, SCENARIO_DRIVERS } from '../../../operate/forecast/scenario.ts';
import type { DriverChange } from '../../../operate/forecast/scenario.ts';
import {
  changeOf,
  described,
  draftFrom,
  draftText,
  endOfChange,
  moved,
  numberOf,
  valueIn,
  without,
} from './draft.ts';
import { LEVERS_OFFERED, percentOf, withLever } from './levers.ts';

const base = fakeBase();
const headline = (changes: readonly DriverChange[], lines = base) =>
  project(lines, changes).months.at(-1)!.headline;

describe('a driver that is moved', () => {
  it.each(['calls', 'inputTokens', 'outputTokens', 'rate'] as const)(
    '%s comes to what was typed, of one workflow and of all alike',
    (driver) => {
      for (const lines of [base, base.slice(0, 1)]) {
        const from = valueIn(headline([], lines), driver)!;
        const draft = moved([], { key: { driver }, value: from * 1.4, from, several: lines.length > 1 });
        expect(valueIn(headline(draft, lines), driver)! / from).toBeCloseTo(1.4, 9);
        expect(problemsOfChanges(draft, lines)).toEqual([]);
      }
    },
  );
  it('a share is a value for all of them, and is not passed', () => {
    const draft = moved([], { key: { driver: 'cachedShare' }, value: 0.4, from: 0.2, several: true });
    expect(draft).toEqual([{ driver: 'cachedShare', to: 0.4, basis: 'assumed' }]);
    expect(headline(draft).cachedShare).toBeCloseTo(0.4);
  });
  it('is one change however often it moves, keeps its dates, and goes back to nothing', () => {
    const key = { driver: 'calls' as const, workflow: 'Support copilot' };
    const first = moved([], { key, value: 500, from: 400, several: false });
    const dated = [
      described(changeOf(first, key)!, {
        from: '2026-12-01',
        until: '2027-01-31',
        low: '450',
        high: '600',
        note: 'launch',
      }),
    ];
    const again = moved(dated, { key, value: 550, from: 400, several: false });
    expect(again).toEqual([
      {
        driver: 'calls',
        workflow: 'Support copilot',
        to: 550,
        from: '2026-12-01',
        until: '2027-01-31',
        low: 450,
        high: 600,
        note: 'launch',
        basis: 'assumed',
      },
    ]);
    expect(without(again, key)).toEqual([]);
  });
  it('is no longer as sure as was said once it has left that range', () => {
    const key = { driver: 'calls' as const };
    const draft: DriverChange[] = [{ driver: 'calls', to: 500, low: 450, high: 600, basis: 'assumed' }];
    expect(moved(draft, { key, value: 700, from: 400, several: false })[0]).not.toHaveProperty('low');
  });
  it('of one workflow and of all are two changes', () => {
    const all = moved([], { key: { driver: 'calls' }, value: 2, from: 1, several: true });
    const both = moved(all, { key: { driver: 'calls', workflow: '' }, value: 3, from: 1, several: false });
    expect(both).toHaveLength(2);
    expect(both.map((one) => endOfChange(one, 1))).toEqual([2, 3]);
  });
  it('an end without a beginning is not taken: nobody knows what it would ramp from', () => {
    const change: DriverChange = { driver: 'calls', to: 5, basis: 'assumed' };
    expect(described(change, { from: '', until: '2027-01-01', low: '', high: '', note: '' })).toEqual(change);
  });
});

describe('levers', () => {
  it.each(LEVERS_OFFERED)(
    '$lever is assumed, makes it cheaper or not dearer, and can be taken back',
    (lever) => {
      const on = withLever([], lever, { percent: 40, workflow: undefined });
      expect(on).toHaveLength(1);
      expect(on[0]).toMatchObject({ lever: lever.lever, basis: 'assumed' });
      expect(percentOf(on, lever, undefined)).toBe(40);
      expect(problemsOfChanges(on, base)).toEqual([]);
      expect(headline(on).cost).toBeLessThanOrEqual(headline([]).cost);
      expect(withLever(on, lever, { percent: undefined, workflow: undefined })).toEqual([]);
    },
  );
  it('stand beside what is typed of the same driver', () => {
    const typed = moved([], { key: { driver: 'calls' }, value: 2, from: 1, several: true });
    const policy = LEVERS_OFFERED.find(({ lever }) => lever === 'policy')!;
    const both = withLever(typed, policy, { percent: 50, workflow: undefined });
    expect(headline(both).calls).toBeCloseTo(headline([]).calls);
  });
  it('takes no more than everything', () => {
    const [compression] = LEVERS_OFFERED;
    const on = withLever([], compression!, { percent: 150, workflow: undefined });
    expect(on[0]?.times).toBe(0);
  });
});

it.each([
  ['434,000', 434_000],
  ['0.0042', 0.0042],
  ['$1.5', 1.5],
  ['40%', 0.4],
  ['×1.4', 1.4],
  ['.5', 0.5],
  ['', undefined],
  ['1.', undefined],
  ['-3', undefined],
  ['1e9', undefined],
  ['lots', undefined],
])('"%s" is %s', (text, number) => {
  expect(numberOf(text)).toBe(number);
});

describe('a draft in an address', () => {
  it('comes back as it went', () => {
    const change = fc.record(
      {
        driver: fc.constantFrom(...SCENARIO_DRIVERS),
        times: fc.double({ min: 0, max: 100, noNaN: true, noDefaultInfinity: true }),
        workflow: fc.string(),
        from: fc.constantFrom('2026-12-01'),
        basis: fc.constant('assumed' as const),
        lever: fc.constantFrom('compression' as const, 'routing' as const),
      },
      { requiredKeys: ['driver', 'basis'] },
    );
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const kept = new URLSearchParams({ draft: draftText(changes) }).toString();
        const back = draftFrom(new URLSearchParams(kept).get('draft') ?? '');
        expect(JSON.stringify(back)).toBe(JSON.stringify(changes));
      }),
    );
  });
  it.each([
    'nonsense',
    '{"driver":"calls"}',
    '[{"driver":"hope"}]',
    '[{"times":2}]',
    '[{"driver":"calls","times":"2"}]',
    '[null]',
    '[{"driver":"calls","evil":1}]',
  ])('%s is no draft', (text) => {
    expect(draftFrom(text)).toEqual([]);
  });
});
