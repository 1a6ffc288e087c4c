import fc from 'fast-check';
import { expect, it } from 'vitest';

import { bySwing, swingOf, tornadoDomain } from './tornado-shape.ts';

const reading = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((at) => ({ at, text: `${at}` }));
const rows = fc.array(fc.record({ low: reading, high: reading }));

it('narrows downwards and loses no driver', () => {
  fc.assert(
    fc.property(rows, (given) => {
      const ordered = bySwing(given);
      expect(new Set(ordered)).toEqual(new Set(given));
      for (const [at, row] of ordered.entries())
        if (at > 0) expect(swingOf(row)).toBeLessThanOrEqual(swingOf(ordered[at - 1] ?? row));
    }),
  );
});

it('stands around its base and holds every result', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: -1_000_000, max: 1_000_000 }), (given, base) => {
      const [least, most] = tornadoDomain(given, base);
      expect((least + most) / 2).toBeCloseTo(base, 6);
      expect(most).toBeGreaterThan(least);
      for (const { at } of given.flatMap(({ low, high }) => [low, high]))
        expect(at >= least && at <= most).toBe(true);
    }),
  );
});
