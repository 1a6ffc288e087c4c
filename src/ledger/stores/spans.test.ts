import fc from 'fast-check';
import { expect, test } from 'vitest';

import { openCalendar } from '../../units/period.ts';
import { splitSpan } from './spans.ts';
import type { Fineness } from './spans.ts';

const DAY_MS = 86_400_000;
const QUARTER_MS = 900_000;
const FROM_MS = Date.parse('2026-01-01T00:00:00Z');
const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Apia'];

const anySpan = fc
  .tuple(fc.integer({ min: 0, max: 300 * 96 }), fc.integer({ min: 0, max: 120 * 96 }), fc.nat(QUARTER_MS))
  .map(([from, length, slip]) => {
    const fromMs = FROM_MS + from * QUARTER_MS + slip;
    return { fromMs, toMs: fromMs + length * QUARTER_MS };
  });

function unitOf(timeZone: string, fineness: Fineness): (atMs: number) => string {
  const calendar = openCalendar(timeZone);
  return (atMs) => {
    const { year, month, day } = calendar.dateAt(atMs);
    if (fineness === 'month') return `${year}-${month}`;
    const days = Math.floor(Date.UTC(year, month - 1, day) / DAY_MS);
    return String(fineness === 'week' ? Math.floor((days + 3) / 7) : days);
  };
}

test('the parts make the span, without gap or overlap; whole steps lie in one local unit each', () => {
  const asks = fc.record({
    during: anySpan,
    stepMs: fc.constantFrom(QUARTER_MS, DAY_MS),
    fineness: fc.constantFrom<Fineness>('none', 'month', 'week', 'day', 'hour'),
    timeZone: fc.constantFrom(...ZONES),
  });
  fc.assert(
    fc.property(asks, ({ during, stepMs, fineness, timeZone }) => {
      const split = splitSpan(during, stepMs, fineness, timeZone);
      if (split === undefined) return;
      const parts = [...split.whole, ...split.rest].toSorted((a, b) => a.fromMs - b.fromMs);
      let at = during.fromMs;
      for (const part of parts) {
        expect(part.fromMs).toBe(at);
        at = part.toMs;
      }
      expect(at).toBe(during.toMs);
      const unit = unitOf(timeZone, fineness);
      for (const { fromMs, toMs } of split.whole) {
        expect([fromMs % stepMs, toMs % stepMs]).toEqual([0, 0]);
        if (fineness === 'none' || stepMs === QUARTER_MS) continue;
        for (let step = fromMs; step < toMs; step += stepMs) expect(unit(step)).toBe(unit(step + stepMs - 1));
      }
    }),
    { numRuns: 300 },
  );
});

test('most of a year is whole days, also where months begin in the middle of one', () => {
  const during = { fromMs: FROM_MS, toMs: FROM_MS + 365 * DAY_MS };
  expect(splitSpan(during, DAY_MS, 'day', 'UTC')).toEqual({ whole: [during], rest: [] });
  const berlin = splitSpan(during, DAY_MS, 'month', 'Europe/Berlin');
  expect(berlin?.rest).toHaveLength(12); // eleven months that begin inside, and January 2027 on the last evening
  expect(splitSpan(during, DAY_MS, 'hour', 'UTC')).toBeUndefined();
  expect(splitSpan(during, DAY_MS, 'day', 'Europe/Berlin')?.whole).toEqual([]);
});
