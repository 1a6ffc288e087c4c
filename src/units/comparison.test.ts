import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { periodBefore, stepMatcher, yearBefore } from './comparison.ts';
import type { Step } from './comparison.ts';
import { openCalendar, parsePeriod } from './period.ts';

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

describe('the step that a step is compared with', () => {
  const match = (
    period: string,
    other: string,
    step: Step,
    value: string,
    timeZone = 'UTC',
  ): string | undefined => {
    const around = { nowMs: Date.parse(NOW), timeZone };
    return stepMatcher(parsePeriod(period, around), parsePeriod(other, around), timeZone)(step, value);
  };

  it.each([
    ['2026-10', '2026-09', 'day', '2026-10-05', '2026-09-05'],
    ['2026-10', '2026-09', 'day', '2026-10-31', undefined], // September has 30 days
    ['2026', '2025', 'month', '2026-02', '2025-02'],
    ['2026-10', '2026-09', 'month', '2026-10', '2026-09'],
    ['2026-11-10..2026-11-12', '2026-11-07..2026-11-09', 'day', '2026-11-11', '2026-11-08'],
    ['2026-11-10..2026-11-12', '2026-11-07..2026-11-09', 'month', '2026-11', undefined],
    ['2026-11-05..2026-11-20', '2025-11-05..2025-11-20', 'day', '2026-11-20', '2025-11-20'],
    ['2024-02', '2023-02', 'day', '2024-02-29', undefined],
    ['2026-11-16..2026-11-22', '2026-11-09..2026-11-15', 'week', '2026-11-16', '2026-11-09'],
    ['2026-10', '2026-09', 'week', '2026-10-05', undefined],
    ['2026-10', '2026-09', 'hour', '2026-10-05T09:00+00:00', '2026-09-05T09:00+00:00'],
    [
      '24h',
      '2026-11-23T16:00Z..2026-11-24T16:00Z',
      'hour',
      '2026-11-25T09:00+00:00',
      '2026-11-24T09:00+00:00',
    ],
    ['24h', '2026-11-23T16:00Z..2026-11-24T16:00Z', 'day', '2026-11-25', '2026-11-24'],
    [
      '2026-11-25T10:00Z..2026-11-25T12:00Z',
      '2026-11-25T07:30Z..2026-11-25T09:30Z',
      'hour',
      '2026-11-25T10:00+00:00',
      undefined,
    ],
  ] as const)('of %s against %s: the %s %s is %s', (period, other, step, value, expected) => {
    expect(match(period, other, step, value)).toBe(expected);
  });

  it.each([
    // the clocks of Zurich go back on 2026-10-25 and forward on 2026-03-29
    ['2026-10-26', '2026-10-25', '2026-10-26T02:00+01:00', '2026-10-25T02:00+02:00'],
    ['2026-10-25', '2026-10-24', '2026-10-25T02:00+02:00', '2026-10-24T02:00+02:00'],
    ['2026-10-25', '2026-10-24', '2026-10-25T02:00+01:00', undefined],
    ['2026-10-25', '2026-10-24', '2026-10-25T03:00+01:00', '2026-10-24T03:00+02:00'],
    ['2026-03-30', '2026-03-29', '2026-03-30T02:00+02:00', undefined],
    ['2026-03-30', '2026-03-29', '2026-03-30T03:00+02:00', '2026-03-29T03:00+02:00'],
  ])(
    'keeps the wall clock over a clock change: %s against %s, %s is %s',
    (period, other, value, expected) => {
      expect(match(period, other, 'hour', value, 'Europe/Zurich')).toBe(expected);
    },
  );

  it('is another one for each: nothing is counted twice', () => {
    const zones = fc.constantFrom('UTC', 'Europe/Zurich', 'America/New_York', 'Australia/Lord_Howe');
    const days = fc.integer({ min: 0, max: 1_500 });
    fc.assert(
      fc.property(
        days,
        fc.integer({ min: 1, max: 45 }),
        zones,
        fc.boolean(),
        (start, length, timeZone, isYear) => {
          const first = new Date(Date.UTC(2022, 0, 1 + start)).toISOString().slice(0, 10);
          const last = new Date(Date.UTC(2022, 0, start + length)).toISOString().slice(0, 10);
          const around = { nowMs: Date.UTC(2030, 0, 1), timeZone };
          const period = parsePeriod(`${first}..${last}`, around);
          const other = (isYear ? yearBefore : periodBefore)(period, around);
          const matcher = stepMatcher(period, other, timeZone);
          const calendar = openCalendar(timeZone);
          const hours = new Set<string>();
          for (let ms = period.fromMs; ms < period.toMs; ms += 3_600_000) {
            const text = calendar.format(ms);
            hours.add(text.slice(0, 16) + text.slice(19));
          }
          const dates = new Set([...hours].map((hour) => hour.slice(0, 10)));
          for (const [step, values] of [
            ['hour', hours],
            ['day', dates],
          ] as const) {
            const found = [...values].map((value) => matcher(step, value)).filter((one) => one !== undefined);
            expect(new Set(found).size).toBe(found.length);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
