import fc from 'fast-check';
import { expect, it } from 'vitest';

import { intervalDomain, sideOf } from './interval-shape.ts';

const row = fc
  .tuple(fc.integer(), fc.integer(), fc.integer())
  .map((all) => all.toSorted((a, b) => a - b).map((at) => ({ at, text: `${at}` })))
  .map(([low, at, high]) => ({ low: low!, at: at!, high: high! }));

it('has every interval and limit strictly inside its axis', () => {
  fc.assert(
    fc.property(fc.array(row), fc.array(fc.integer()), (rows, others) => {
      const [least, most] = intervalDomain(rows, others);
      expect(most).toBeGreaterThan(least);
      for (const one of [...rows.flatMap(({ low, high }) => [low.at, high.at]), ...others])
        expect(one > least && one < most).toBe(true);
    }),
  );
});

it('decides only where the whole interval lies on one side', () => {
  fc.assert(
    fc.property(row, fc.integer(), (one, limit) => {
      const side = sideOf(one, limit);
      expect(side === 'undecided').toBe(one.low.at <= limit && limit <= one.high.at);
      if (side === 'below') expect(one.at.at).toBeLessThan(limit);
      if (side === 'above') expect(one.at.at).toBeGreaterThan(limit);
    }),
  );
});
