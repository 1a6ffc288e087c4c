import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { periodBefore, yearBefore } from './comparison.ts';
import { parsePeriod } from './period.ts';

const NOW = '2026-11-25T16:00:00Z';

function before(text: string, timeZone = 'UTC', now = NOW, of = periodBefore): string {
  const around = { nowMs: Date.parse(now), timeZone };
  const { fromMs, toMs } = of(parsePeriod(text, around), around);
  return `${new Date(fromMs).toISOString().slice(0, 16)} to ${new Date(toMs).toISOString().slice(0, 16)}`;
}

describe('the period before', () => {
  it.each([
    ['this-month', '2026-10-01T00:00 to 2026-10-25T16:00'],
    ['last-month', '2026-09-01T00:00 to 2026-10-01T00:00'],
    ['2026-02', '2026-01-01T00:00 to 2026-02-01T00:00'],
    ['2026', '2025-01-01T00:00 to 2025-11-25T16:00'],
    ['today', '2026-11-24T00:00 to 2026-11-24T16:00'],
    ['yesterday', '2026-11-23T00:00 to 2026-11-24T00:00'],
    ['this-week', '2026-11-16T00:00 to 2026-11-18T16:00'],
    ['7d', '2026-11-11T16:00 to 2026-11-18T16:00'],
    ['24h', '2026-11-23T16:00 to 2026-11-24T16:00'],
    ['2026-11-10..2026-11-12', '2026-11-07T00:00 to 2026-11-10T00:00'],
  ])('of %s', (text, expected) => {
    expect(before(text)).toBe(expected);
  });

  it('keeps the wall clock over a clock change', () => {
    expect(before('this-month', 'Europe/Zurich')).toBe('2026-09-30T22:00 to 2026-10-25T16:00');
    expect(before('today', 'Europe/Zurich', '2026-10-25T12:00:00Z')).toBe(
      '2026-10-23T22:00 to 2026-10-24T11:00',
    );
  });

  it('ends a stretch that the month before does not have with that month', () => {
    expect(before('this-month', 'UTC', '2026-03-31T10:00:00Z')).toBe('2026-02-01T00:00 to 2026-03-01T00:00');
  });

  it('never reaches into the period itself', () => {
    const days = fc.integer({ min: 0, max: 2_000 });
    const zones = fc.constantFrom('UTC', 'Europe/Zurich', 'America/New_York', 'Australia/Lord_Howe');
    fc.assert(
      fc.property(days, fc.integer({ min: 1, max: 120 }), days, zones, (start, length, at, timeZone) => {
        const dayMs = 86_400_000;
        const first = new Date(Date.UTC(2022, 0, 1) + start * dayMs).toISOString().slice(0, 10);
        const last = new Date(Date.parse(first) + (length - 1) * dayMs).toISOString().slice(0, 10);
        const around = { nowMs: Date.UTC(2022, 0, 1) + at * dayMs + 12_345_678, timeZone };
        const period = parsePeriod(`${first}..${last}`, around);
        for (const of of [periodBefore, yearBefore]) {
          const found = of(period, around);
          expect(found.fromMs).toBeLessThan(found.toMs);
          expect(found.toMs).toBeLessThanOrEqual(period.fromMs);
        }
      }),
    );
  });
});

describe('a year before', () => {
  it.each([
    ['this-month', '2025-11-01T00:00 to 2025-11-25T16:00'],
    ['2024-02-29', '2023-02-28T00:00 to 2023-03-01T00:00'],
    ['2026-10-05', '2025-10-05T00:00 to 2025-10-06T00:00'],
  ])('of %s', (text, expected) => {
    expect(before(text, 'UTC', NOW, yearBefore)).toBe(expected);
  });
});
