import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { decompose, DRIVERS } from './decompose.ts';
import type { CellPair, CellSpend, Effects } from './decompose.ts';

const EMPTY: CellSpend = { calls: 0n, buckets: [] };

function cell(calls: number, input: number, output: number, inputRate = 3, outputRate = 15): CellSpend {
  return {
    calls: BigInt(calls),
    buckets: [
      { bucket: 'freshIn', fee: false, units: BigInt(input), cost: BigInt(input * inputRate) },
      { bucket: 'textOut', fee: false, units: BigInt(output), cost: BigInt(output * outputRate) },
    ],
  };
}

function pair(key: string, before: CellSpend, after: CellSpend): CellPair {
  return { key, before, after };
}

function sum(effects: Effects): bigint {
  return DRIVERS.reduce((total, driver) => total + effects[driver], 0n);
}

function only(effects: Effects): string[] {
  return DRIVERS.filter((driver) => effects[driver] !== 0n);
}

describe('one driver moves, and nothing else is blamed', () => {
  const before = cell(100, 100_000, 20_000);
  const cases: ReadonlyArray<readonly [name: string, pairs: CellPair[], drivers: string[]]> = [
    ['twice the calls', [pair('a', before, cell(200, 200_000, 40_000))], ['calls']],
    ['longer context, same shape', [pair('a', before, cell(100, 150_000, 30_000))], ['context']],
    ['a price cut', [pair('a', before, cell(100, 100_000, 20_000, 2, 10))], ['rate']],
    ['more output in the same tokens', [pair('a', before, cell(100, 90_000, 30_000))], ['tokenMix']],
    [
      'traffic moves to the cheaper cell',
      [
        pair('dear', cell(50, 50_000, 10_000, 6, 30), cell(10, 10_000, 2_000, 6, 30)),
        pair('cheap', cell(50, 50_000, 10_000), cell(90, 90_000, 18_000)),
      ],
      ['mix'],
    ],
  ];
  it.each(cases)('%s', (_, pairs, drivers) => {
    const { effects, before: first, after, beside } = decompose(pairs);
    expect(only(effects)).toEqual(drivers);
    expect(sum(effects)).toBe(after - first);
    expect(beside).toBe(0n);
  });
});

describe('what appears, goes, or has no calls', () => {
  it('a new workflow is calls and mix, never a new rate', () => {
    const { effects } = decompose([
      pair('old', cell(100, 100_000, 20_000), cell(100, 100_000, 20_000)),
      pair('new', EMPTY, cell(50, 400_000, 9_000, 7, 30)),
    ]);
    expect(effects.rate).toBe(0n);
    expect(effects.context).toBe(0n);
    expect(effects.calls + effects.mix).toBe(400_000n * 7n + 9_000n * 30n);
  });

  it('a retired workflow is the mirror image', () => {
    const pairs = [
      pair('old', cell(100, 100_000, 20_000), cell(100, 100_000, 20_000)),
      pair('new', EMPTY, cell(50, 400_000, 9_000, 7, 30)),
    ];
    const there = decompose(pairs).effects;
    const back = decompose(pairs.map(({ key, before, after }) => pair(key, after, before))).effects;
    for (const driver of DRIVERS) expect(back[driver]).toBe(-there[driver]);
  });

  it('a correction without calls stands beside the drivers', () => {
    const correction: CellSpend = {
      calls: 0n,
      buckets: [{ bucket: 'textOut', fee: false, units: -10n, cost: -150n }],
    };
    const { effects, beside } = decompose([
      pair('a', cell(10, 1_000, 100), cell(10, 1_000, 100)),
      pair('corrected', EMPTY, correction),
    ]);
    expect(beside).toBe(-150n);
    expect(sum(effects)).toBe(0n);
  });

  it('searches per call are context, their price is rate', () => {
    const searching = (units: bigint, rate: bigint): CellSpend => ({
      calls: 10n,
      buckets: [{ bucket: 'webSearch', fee: true, units, cost: units * rate }],
    });
    expect(only(decompose([pair('a', searching(10n, 7n), searching(30n, 7n))]).effects)).toEqual(['context']);
    expect(only(decompose([pair('a', searching(10n, 7n), searching(10n, 9n))]).effects)).toEqual(['rate']);
  });

  it('a price per request without units is one use per call', () => {
    const priced = (calls: bigint, cost: bigint): CellSpend => ({
      calls,
      buckets: [{ bucket: 'webSearch', fee: false, units: 0n, cost }],
    });
    expect(only(decompose([pair('a', priced(10n, 100n), priced(20n, 200n))]).effects)).toEqual(['calls']);
    expect(only(decompose([pair('a', priced(10n, 100n), priced(10n, 150n))]).effects)).toEqual(['rate']);
  });

  it('nothing on both sides is no change', () => {
    expect(decompose([])).toEqual({
      before: 0n,
      after: 0n,
      effects: decompose([]).effects,
      beside: 0n,
      cells: [],
    });
  });
});

describe('for any two periods', () => {
  const spend = fc.record({
    calls: fc.bigInt({ min: 0n, max: 2_000_000n }),
    buckets: fc.uniqueArray(
      fc.record({
        bucket: fc.constantFrom('freshIn', 'cacheRead', 'textOut', 'reasoningOut', 'webSearch'),
        units: fc.bigInt({ min: -50n, max: 10_000_000_000n }),
        cost: fc.bigInt({ min: -1_000_000n, max: 90_000_000_000_000_000n }),
      }),
      { selector: ({ bucket }) => bucket, maxLength: 5 },
    ),
  });
  const pairs = fc
    .array(fc.tuple(spend, spend), { maxLength: 8 })
    .map((list) => list.map(([before, after], at) => pair(`cell ${at}`, withFees(before), withFees(after))));

  function withFees({
    calls,
    buckets,
  }: {
    calls: bigint;
    buckets: readonly { bucket: string; units: bigint; cost: bigint }[];
  }): CellSpend {
    return { calls, buckets: buckets.map((one) => ({ ...one, fee: one.bucket === 'webSearch' })) };
  }

  it('effects, cells and the beside add up to the change, to the picodollar', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const { before, after, effects, beside, cells } = decompose(list);
        expect(sum(effects) + beside).toBe(after - before);
        for (const one of cells) expect(sum(one.effects) + one.beside).toBe(one.after - one.before);
        for (const driver of DRIVERS)
          expect(cells.reduce((total, one) => total + one.effects[driver], 0n)).toBe(effects[driver]);
      }),
    );
  });

  it('the order of cells changes nothing', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const { effects, beside } = decompose(list);
        const turned = decompose(list.toReversed());
        expect(turned.effects).toEqual(effects);
        expect(turned.beside).toBe(beside);
      }),
    );
  });

  it('back is there with the sign turned, but for a picodollar of rounding a cell', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const there = decompose(list).effects;
        const back = decompose(list.map(({ key, before, after }) => pair(key, after, before))).effects;
        for (const driver of DRIVERS) {
          const off = there[driver] + back[driver];
          expect(off <= BigInt(list.length) * 2n && -off <= BigInt(list.length) * 2n).toBe(true);
        }
      }),
    );
  });
});
