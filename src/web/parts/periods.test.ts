import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parsePeriod } from '../../units/period.ts';
import { addDays, addMonths, dayIn, monthOf, weekdayOf, weeksOf } from './days.ts';
import { absolutePeriod, billingMonths, periodLabel, rangeOf } from './periods.ts';

const anyDay = fc
  .integer({ min: 0, max: 30_000 })
  .map((days) => new Date(days * 86_400_000).toISOString().slice(0, 10));

describe('days', () => {
  it('move by days and by months', () => {
    expect(addDays('2026-02-28', 1)).toBe('2026-03-01');
    expect(addDays('2026-01-01', -1)).toBe('2025-12-31');
    expect(addMonths('2026-03-31', -1)).toBe('2026-02-28');
    expect(addMonths('2026-12-15', 1)).toBe('2027-01-15');
    expect(dayIn('Asia/Kathmandu', Date.parse('2026-10-07T18:30:00Z'))).toBe('2026-10-08');
  });

  it('come back from where they went', () => {
    fc.assert(
      fc.property(anyDay, fc.integer({ min: -4_000, max: 4_000 }), (day, count) => {
        expect(addDays(addDays(day, count), -count)).toBe(day);
        expect(weekdayOf(addDays(day, 7 * count))).toBe(weekdayOf(day));
      }),
    );
  });

  it('stand in a month each once, in order, under their weekday', () => {
    fc.assert(
      fc.property(anyDay, (day) => {
        const weeks = weeksOf(monthOf(day));
        const days = weeks.flat().filter((one) => one !== undefined);
        expect(days).toEqual(days.toSorted());
        expect(days).toContain(day);
        expect(days.length).toBe(Number(addDays(`${monthOf(addMonths(day, 1))}-01`, -1).slice(8)));
        for (const week of weeks)
          for (const [at, one] of week.entries()) if (one !== undefined) expect(weekdayOf(one)).toBe(at);
      }),
    );
  });
});

describe('periods', () => {
  it.each([
    ['this-month', 'This month'],
    ['2026-10', 'October 2026'],
    ['2026-10-05', '5 Oct 2026'],
    ['2026-11-17..2026-11-23', '17–23 Nov 2026'],
    ['last-week', 'last week'],
  ])('%s is called %s', (during, label) => expect(periodLabel(during)).toBe(label));

  it('names the twelve months before this one', () => {
    expect(billingMonths('2026-03-31').slice(0, 4)).toEqual(['2026-02', '2026-01', '2025-12', '2025-11']);
    expect(billingMonths('2026-03-31')).toHaveLength(12);
  });

  it('is the same span when its dates are written out, in any zone', () => {
    const nowMs = Date.parse('2026-10-25T13:20:00Z');
    const names = [
      'today',
      'yesterday',
      '7d',
      '30d',
      'this-month',
      'last-month',
      'this-quarter',
      '2026-03',
      '2026',
    ];
    const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe'];
    for (const timeZone of zones)
      for (const during of names) {
        const { fromMs, toMs } = parsePeriod(during, { nowMs, timeZone });
        const span = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
        const written = absolutePeriod(span, timeZone);
        expect(parsePeriod(written, { nowMs: nowMs + 1e10, timeZone })).toEqual({ fromMs, toMs });
      }
  });

  it('is a range of days only where both ends are days', () => {
    expect(rangeOf('2026-10-05')).toEqual({ first: '2026-10-05', last: '2026-10-05' });
    expect(rangeOf('2026-10')).toBeUndefined();
    expect(rangeOf('2026-10-05T10:00Z..2026-10-06')).toBeUndefined();
  });
});
