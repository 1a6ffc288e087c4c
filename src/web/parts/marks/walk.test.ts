import fc from 'fast-check';
import { expect, it } from 'vitest';

import { clampedMiddle, textWidth } from './reading.ts';
import { stepped } from './walk.ts';

const KEYS = ['ArrowRight', 'ArrowLeft', 'ArrowUp', 'ArrowDown', 'Home', 'End'];

it('never leaves the marks, whatever is pressed', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.array(fc.constantFrom(...KEYS)), (count, keys) => {
      let here: number | undefined;
      for (const key of keys) here = stepped(key, here, count);
      expect(here === undefined ? keys.length === 0 : here >= 0 && here < count).toBe(true);
    }),
  );
});

it('reaches every mark from the first by going on', () => {
  let here: number | undefined;
  for (let at = 0; at < 5; at += 1) {
    here = stepped('ArrowRight', here, 5);
    expect(here).toBe(at);
  }
  expect(stepped('ArrowLeft', undefined, 5)).toBe(4);
});

it('leaves other keys and empty charts alone', () => {
  expect(stepped('a', 1, 5)).toBeUndefined();
  expect(stepped('ArrowRight', undefined, 0)).toBeUndefined();
});

it('keeps a label inside the drawing wherever it wants to stand', () => {
  const place = fc.integer({ min: -50, max: 450 });
  fc.assert(
    fc.property(place, fc.string({ maxLength: 20 }), (wanted, text) => {
      const middle = clampedMiddle(wanted, text, [0, 400]);
      expect(middle - textWidth(text) / 2).toBeGreaterThanOrEqual(-1e-9);
      expect(middle + textWidth(text) / 2).toBeLessThanOrEqual(400 + 1e-9);
    }),
  );
});
