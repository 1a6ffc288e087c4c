import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parsePeriod, startOfDay } from './during.ts';

const NOW_MS = Date.parse('2026-03-18T22:30:00Z'); // a Wednesday; in Zurich 23:30, in Tokyo already Thursday

function spanText(text: string, timeZone = 'UTC'): string | undefined {
  const span = parsePeriod(text, timeZone, NOW_MS);
  return (
    span &&
    `${new Date(span.fromMs).toISOString().slice(0, 16)} ${new Date(span.toMs).toISOString().slice(0, 16)}`
  );
}

describe('periods', () => {
  it.each([
    ['today', 'UTC', '2026-03-18T00:00 2026-03-19T00:00'],
    ['today', 'Asia/Tokyo', '2026-03-18T15:00 2026-03-19T15:00'],
    ['yesterday', 'Europe/Zurich', '2026-03-16T23:00 2026-03-17T23:00'],
    ['this-week', 'UTC', '2026-03-16T00:00 2026-03-23T00:00'],
    ['last-week', 'UTC', '2026-03-09T00:00 2026-03-16T00:00'],
    ['this-month', 'UTC', '2026-03-01T00:00 2026-04-01T00:00'],
    ['this-month', 'Europe/Zurich', '2026-02-28T23:00 2026-03-31T22:00'], // the clock goes forward inside it
    ['last-month', 'UTC', '2026-02-01T00:00 2026-03-01T00:00'],
    ['24h', 'UTC', '2026-03-17T22:30 2026-03-18T22:30'],
    ['1d', 'UTC', '2026-03-18T00:00 2026-03-19T00:00'],
    ['30d', 'UTC', '2026-02-17T00:00 2026-03-19T00:00'],
    ['2026', 'UTC', '2026-01-01T00:00 2027-01-01T00:00'],
    ['2024-02', 'UTC', '2024-02-01T00:00 2024-03-01T00:00'],
    ['2025-12', 'UTC', '2025-12-01T00:00 2026-01-01T00:00'],
    ['2026-03-29', 'Europe/Zurich', '2026-03-28T23:00 2026-03-29T22:00'], // 23 hours long
    ['2025-11-02', 'America/Havana', '2025-11-02T04:00 2025-11-03T05:00'], // midnight comes twice; the first counts
    ['2026-03-01..2026-03-08', 'UTC', '2026-03-01T00:00 2026-03-08T00:00'],
    ['2026-03-01..', 'UTC', '2026-03-01T00:00 2026-03-18T22:30'],
    ['2026-03-01T10:00Z..2026-03-01T10:30:00+00:00', 'UTC', '2026-03-01T10:00 2026-03-01T10:30'],
  ])('%s in %s', (text, timeZone, expected) => {
    expect(spanText(text, timeZone)).toBe(expected);
  });

  it.each([
    '',
    'monthly',
    '0d',
    '2026-13',
    '2026-02-30',
    '2026-3',
    '2026-03-08..2026-03-01',
    'a..b',
    '..',
    '2026-03-01..2026-03-01',
    '9999999h',
  ])('refuses %j', (text) => {
    expect(parsePeriod(text, 'UTC', NOW_MS)).toBeUndefined();
  });

  it('days follow each other without gap or overlap in every zone, and begin on their own date', () => {
    const zones = [
      'UTC',
      'Europe/Zurich',
      'America/New_York',
      'Asia/Kolkata',
      'Australia/Lord_Howe',
      'America/Santiago',
      'Africa/Cairo',
      'Pacific/Apia',
      'America/Havana',
      'Pacific/Chatham',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 730 }), (timeZone, offset) => {
        const day = { year: 2025, month: 1, day: 1 + offset };
        const start = startOfDay(day, timeZone);
        const next = startOfDay({ ...day, day: day.day + 1 }, timeZone);
        const hours = (next - start) / 3_600_000;
        expect(hours).toBeGreaterThanOrEqual(23);
        expect(hours).toBeLessThanOrEqual(25);
        const dateOf = (ms: number): string =>
          new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(ms);
        const expected = new Date(Date.UTC(2025, 0, day.day)).toISOString().slice(0, 10);
        expect(dateOf(start)).toBe(expected);
        expect(dateOf(start - 1)).not.toBe(expected);
      }),
    );
  });
});
