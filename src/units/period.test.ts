import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { formatInstant, openCalendar, parsePeriod } from './period.ts';

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Africa/Cairo',
];
const HOUR_MS = 3_600_000;
const nowMs = Date.parse('2026-10-07T13:20:00Z'); // a Wednesday

function iso(text: string, timeZone = 'UTC', at = nowMs): string {
  const period = parsePeriod(text, { nowMs: at, timeZone });
  return `${new Date(period.fromMs).toISOString()} ${new Date(period.toMs).toISOString()}`.replaceAll(
    ':00.000Z',
    'Z',
  );
}

describe('parsePeriod', () => {
  test.each([
    ['today', '2026-10-07T00:00Z 2026-10-08T00:00Z'],
    ['yesterday', '2026-10-06T00:00Z 2026-10-07T00:00Z'],
    ['24h', '2026-10-06T13:20Z 2026-10-07T13:20Z'],
    ['7d', '2026-09-30T13:20Z 2026-10-07T13:20Z'],
    ['30d', '2026-09-07T13:20Z 2026-10-07T13:20Z'],
    ['2w', '2026-09-23T13:20Z 2026-10-07T13:20Z'],
    ['this-week', '2026-10-05T00:00Z 2026-10-12T00:00Z'],
    ['last-week', '2026-09-28T00:00Z 2026-10-05T00:00Z'],
    ['this-month', '2026-10-01T00:00Z 2026-11-01T00:00Z'],
    ['month', '2026-10-01T00:00Z 2026-11-01T00:00Z'],
    ['last-month', '2026-09-01T00:00Z 2026-10-01T00:00Z'],
    ['this-quarter', '2026-10-01T00:00Z 2027-01-01T00:00Z'],
    ['last-quarter', '2026-07-01T00:00Z 2026-10-01T00:00Z'],
    ['this-year', '2026-01-01T00:00Z 2027-01-01T00:00Z'],
    ['2026', '2026-01-01T00:00Z 2027-01-01T00:00Z'],
    ['2026-12', '2026-12-01T00:00Z 2027-01-01T00:00Z'],
    ['2026-10-05', '2026-10-05T00:00Z 2026-10-06T00:00Z'],
    ['2026-10-01..2026-10-31', '2026-10-01T00:00Z 2026-11-01T00:00Z'],
    ['2026-01..2026-03', '2026-01-01T00:00Z 2026-04-01T00:00Z'],
    ['2026-10-05T10:00Z..2026-10-05T11:30:00Z', '2026-10-05T10:00Z 2026-10-05T11:30Z'],
    ['2026-10-05T10:00:00.000Z..2026-10-05T11:30:00.000Z', '2026-10-05T10:00Z 2026-10-05T11:30Z'], // as answers say them
    ['2026-10-05T10:00+02:00..2026-10-06', '2026-10-05T08:00Z 2026-10-07T00:00Z'],
    ['all', '1970-01-01T00:00Z 2026-10-09T00:00Z'],
  ])('%s', (text, expected) => expect(iso(text)).toBe(expected));

  test('days and months begin where the time zone says', () => {
    expect(iso('2026-10-05', 'Europe/Berlin')).toBe('2026-10-04T22:00Z 2026-10-05T22:00Z');
    expect(iso('today', 'Asia/Kathmandu', Date.parse('2026-10-07T18:30:00Z'))).toBe(
      '2026-10-07T18:15Z 2026-10-08T18:15Z',
    );
    expect(iso('2026-10-05T10:00..2026-10-05T11:00', 'America/New_York')).toBe(
      '2026-10-05T14:00Z 2026-10-05T15:00Z',
    );
    expect(iso('last-month', 'America/New_York', Date.parse('2026-01-01T03:00:00Z'))).toBe(
      '2025-11-01T04:00Z 2025-12-01T05:00Z',
    );
  });

  test.each([
    ['2026-03-29', 'Europe/Berlin', 23],
    ['2026-10-25', 'Europe/Berlin', 25],
    ['2026-03-08', 'America/New_York', 23],
    ['2026-11-01', 'America/New_York', 25],
    ['2026-04-05', 'Australia/Lord_Howe', 24.5],
    ['2026-04-24', 'Africa/Cairo', 23], // midnight itself is skipped
    ['2026-10-25', 'UTC', 24],
  ])('%s in %s has %d hours', (text, timeZone, hours) => {
    const period = parsePeriod(text, { nowMs, timeZone });
    expect((period.toMs - period.fromMs) / HOUR_MS).toBe(hours);
  });

  test.each([
    '',
    'soon',
    '2026-13',
    '2026-02-30',
    '2026-10-05T25:00..2026-10-06',
    '5',
    '-3d',
    'a..b',
    '2026-10-05..',
    '2026..2027..2028',
    '1969',
  ])('refuses "%s"', (text) =>
    expect(() => parsePeriod(text, { nowMs, timeZone: 'UTC' })).toThrow(RangeError),
  );

  test('says what is wrong', () => {
    expect(() => parsePeriod('soon', { nowMs, timeZone: 'UTC' })).toThrow(
      /"soon" is not a period\. Use one of: today/,
    );
    expect(() => parsePeriod('2026-10-05..2026-10-01', { nowMs, timeZone: 'UTC' })).toThrow(
      /ends before it begins/,
    );
    expect(() => parsePeriod('today', { nowMs, timeZone: 'Mars/Olympus' })).toThrow(/not a time zone/);
  });
});

describe('calendar', () => {
  test('day starts are contiguous, and each is the first instant of its date', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), fc.integer({ min: 0, max: 366 * 12 }), (timeZone, days) => {
        const calendar = openCalendar(timeZone);
        const date = calendar.dateAt(Date.UTC(2020, 0, 2 + days, 12));
        const start = calendar.startOfDay(date);
        const end = calendar.startOfDay({ ...date, day: date.day + 1 });
        expect(calendar.dateAt(start)).toEqual(date);
        expect(calendar.dateAt(end - 1)).toEqual(date);
        expect(calendar.dateAt(start - 1)).not.toEqual(date);
        expect(parsePeriod(calendar.format(start).slice(0, 10), { nowMs, timeZone })).toEqual({
          fromMs: start,
          toMs: end,
        });
      }),
      { numRuns: 400 },
    );
  });

  test('an instant is written with its offset and reads back to itself', () => {
    expect(formatInstant(Date.parse('2026-10-25T00:30:00Z'), 'Europe/Berlin')).toBe(
      '2026-10-25T02:30:00+02:00',
    );
    expect(formatInstant(Date.parse('2026-10-25T01:30:00Z'), 'Europe/Berlin')).toBe(
      '2026-10-25T02:30:00+01:00',
    );
    expect(formatInstant(0, 'America/New_York')).toBe('1969-12-31T19:00:00-05:00');
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.integer({ min: 0, max: 4_000_000_000 }),
        (timeZone, second) => {
          expect(Date.parse(formatInstant(second * 1000, timeZone))).toBe(second * 1000);
        },
      ),
    );
  });

  test('a skipped time of day moves on by the gap, a repeated one means the first', () => {
    const calendar = openCalendar('Europe/Berlin');
    const at = (month: number, day: number, hour: number) =>
      calendar.format(calendar.instantAt({ year: 2026, month, day }, hour * HOUR_MS));
    expect(at(3, 29, 2)).toBe('2026-03-29T03:00:00+02:00');
    expect(at(10, 25, 2)).toBe('2026-10-25T02:00:00+02:00');
  });
});
