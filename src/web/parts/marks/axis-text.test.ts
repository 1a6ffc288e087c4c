import { scaleLinear } from '@visx/scale';
import fc from 'fast-check';
import { expect, it } from 'vitest';

import { moneyTicks } from './axis-text.ts';

it('writes no two ticks of an axis alike, however large or small', () => {
  fc.assert(
    fc.property(fc.integer({ min: -8, max: 9 }), fc.integer({ min: 1, max: 999 }), (decade, digits) => {
      const ticks = scaleLinear<number>({
        domain: [0, digits * 10 ** decade],
        range: [0, 100],
        nice: 4,
      }).ticks(4);
      const texts = ticks.map(moneyTicks(ticks));
      expect(new Set(texts).size).toBe(ticks.length);
      for (const text of texts) expect(text.startsWith('$')).toBe(true);
    }),
  );
});

it('keeps one unit and one precision on an axis', () => {
  const of = (ticks: number[]): string[] => ticks.map(moneyTicks(ticks));
  expect(of([0, 1_000, 2_000])).toEqual(['$0', '$1k', '$2k']);
  expect(of([0, 500, 1_000])).toEqual(['$0', '$0.5k', '$1.0k']);
  expect(of([0, 0.05, 0.1])).toEqual(['$0', '$0.05', '$0.10']);
  expect(of([-20, 0, 20])).toEqual(['−$20', '$0', '$20']);
});
