import fc from 'fast-check';
import { expect, it } from 'vitest';

import { angleOf, dialScale, dialTicks, overshoot } from './dial-shape.ts';

const value = fc.double({ min: 0.0001, max: 10_000, noNaN: true });
const band = fc
  .tuple(value, value, value)
  .map((all) => all.toSorted((a, b) => a - b))
  .map(([low = 0, set = 0, high = 0]) => ({ low, set, high }));
const input = fc.record({
  now: value,
  band: fc.option(band, { nil: undefined }),
  gated: fc.option(value, { nil: undefined }),
});

it('has every reading on its arc, and ticks that can be counted', () => {
  fc.assert(
    fc.property(input, (given) => {
      const scale = dialScale(given);
      if (scale === undefined) throw new Error('no scale for a reading');
      for (const one of [given.now, given.gated, given.band?.low, given.band?.high])
        if (one !== undefined) expect(one >= scale.from && one <= scale.to).toBe(true);
      const ticks = dialTicks(scale, given);
      expect(ticks.length).toBeGreaterThan(10);
      expect(ticks.length).toBeLessThanOrEqual(92);
      expect(ticks[0]?.angle).toBeCloseTo(-135, 6);
      expect(ticks.at(-1)?.angle).toBeCloseTo(135, 6);
    }),
  );
});

it('goes clockwise with the unit', () => {
  fc.assert(
    fc.property(input, value, value, (given, one, other) => {
      const scale = dialScale(given);
      if (scale !== undefined && one < other)
        expect(angleOf(one, scale)).toBeLessThanOrEqual(angleOf(other, scale));
    }),
  );
});

it('turns red only where the whole interval is outside the band', () => {
  const target = { low: 0.072, set: 0.08, high: 0.088 };
  expect(overshoot({ now: 0.169, interval: [0.166, 0.171], band: target })).toEqual([0.088, 0.169]);
  expect(overshoot({ now: 0.095, interval: [0.08, 0.11], band: target })).toBeUndefined();
  expect(overshoot({ now: 0.05, interval: [0.04, 0.06], band: target })).toEqual([0.05, 0.072]);
  const given = { now: 0.095, interval: [0.08, 0.11] as const, band: target };
  const scale = dialScale(given);
  expect(scale && dialTicks(scale, given).some(({ look }) => look === 'over')).toBe(false);
});

it('has no scale where nothing is known', () => {
  expect(dialScale({ now: undefined })).toBeUndefined();
});
