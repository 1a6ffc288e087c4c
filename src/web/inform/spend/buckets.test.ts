import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { addDays } from '../../parts/days.ts';
import { bucketsOf, clockAt, rangeOf } from './buckets.ts';

const ZURICH = 'Europe/Zurich';
const LATE = Date.parse('2030-01-01T00:00:00Z');

describe('buckets of a period', () => {
  it('has a day for each date, also of a month with a clock change', () => {
    const october = { from: '2026-09-30T22:00:00Z', to: '2026-10-31T23:00:00Z' };
    const days = bucketsOf('day', october, ZURICH, LATE);
    expect(days).toHaveLength(31);
    expect(days[0]?.key).toBe('2026-10-01');
    expect(days.at(-1)?.key).toBe('2026-10-31');
  });

  it.each([
    ['2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z', 25],
    ['2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z', 23],
  ])('has as many hours as the day of a clock change (%s)', (from, to, count) => {
    const hours = bucketsOf('hour', { from, to }, ZURICH, LATE);
    expect(hours).toHaveLength(count);
    expect(new Set(hours.map(({ key }) => key)).size).toBe(count);
  });

  it('names the hours of a clock change with their offsets', () => {
    const hours = bucketsOf(
      'hour',
      { from: '2026-10-25T00:00:00Z', to: '2026-10-25T02:00:00Z' },
      ZURICH,
      LATE,
    );
    expect(hours.map(({ key }) => key)).toEqual(['2026-10-25T02:00+02:00', '2026-10-25T02:00+01:00']);
  });

  it('begins weeks on Monday, and the first lies before the period where it must', () => {
    const weeks = bucketsOf(
      'week',
      { from: '2026-11-01T00:00:00Z', to: '2026-12-01T00:00:00Z' },
      'UTC',
      LATE,
    );
    expect(weeks.map(({ key }) => key)).toEqual([
      '2026-10-26',
      '2026-11-02',
      '2026-11-09',
      '2026-11-16',
      '2026-11-23',
      '2026-11-30',
    ]);
  });

  it('ends with now, whose bucket is partial', () => {
    const now = Date.parse('2026-11-25T16:00:00Z');
    const days = bucketsOf('day', { from: '2026-11-01T00:00:00Z', to: '2026-12-01T00:00:00Z' }, 'UTC', now);
    expect(days).toHaveLength(25);
    expect(days.filter(({ partial }) => partial).map(({ key }) => key)).toEqual(['2026-11-25']);
  });

  it('turns a choice of buckets into a period that holds them all', () => {
    const months = bucketsOf(
      'month',
      { from: '2026-01-01T00:00:00Z', to: '2026-12-01T00:00:00Z' },
      'UTC',
      LATE,
    );
    expect(rangeOf('month', months[1]!, months[3]!)).toBe('2026-02..2026-04');
    const [day] = bucketsOf('day', { from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z' }, 'UTC', LATE);
    expect(rangeOf('day', day!, day!)).toBe('2026-11-01');
    const [week] = bucketsOf(
      'week',
      { from: '2026-11-02T00:00:00Z', to: '2026-11-09T00:00:00Z' },
      'UTC',
      LATE,
    );
    expect(rangeOf('week', week!, week!)).toBe('2026-11-02..2026-11-08');
    const [hour] = bucketsOf(
      'hour',
      { from: '2026-11-02T05:00:00Z', to: '2026-11-02T06:00:00Z' },
      'UTC',
      LATE,
    );
    expect(rangeOf('hour', hour!, hour!)).toBe('2026-11-02T05:00+00:00..2026-11-02T06:00:00.000Z');
  });

  it('has every instant of a period in exactly one day', () => {
    const instants = fc.integer({ min: Date.parse('2024-01-01'), max: Date.parse('2027-01-01') });
    const zones = fc.constantFrom('UTC', ZURICH, 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe');
    fc.assert(
      fc.property(instants, fc.integer({ min: 1, max: 90 }), zones, (startMs, days, zone) => {
        const from = new Date(startMs).toISOString();
        const to = new Date(startMs + days * 86_400_000).toISOString();
        const keys = bucketsOf('day', { from, to }, zone, LATE).map(({ key }) => key);
        expect(keys[0]).toBe(clockAt(startMs, zone).date);
        expect(keys.at(-1)).toBe(clockAt(startMs + days * 86_400_000 - 1, zone).date);
        for (const [at, key] of keys.entries()) if (at > 0) expect(addDays(keys[at - 1]!, 1)).toBe(key);
      }),
    );
  });
});
