import fc from 'fast-check';
import { expect, it } from 'vitest';

import { huesOf } from './hues.ts';

it('gives the eight largest a hue each, and no two the same', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 8, maxLength: 20 }), (names) => {
      const hues = huesOf(names);
      expect([...hues.keys()].toSorted()).toEqual(names.slice(0, 8).toSorted());
      expect(new Set(hues.values()).size).toBe(8);
    }),
  );
});

it('does not move the hue of a larger one when a smaller one comes or goes', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 9 }), (names) => {
      const fewer = huesOf(names.slice(0, -1));
      const all = huesOf(names);
      for (const [name, hue] of fewer) expect(all.get(name)).toBe(hue);
    }),
  );
});

it('has no hue for what nobody named', () => {
  expect(huesOf(['', 'support']).has('')).toBe(false);
});
