/** Days of the calendar as ISO text, without a clock or a time zone: what a date picker counts in. */
import { dateFormat } from '../../units/date-format.ts';

/** `2026-11-25`. */
export type Day = string;
/** `2026-11`. */
export type Month = string;

const DAY_MS = 86_400_000;

export function addDays(day: Day, count: number): Day {
  return new Date(Date.parse(day) + count * DAY_MS).toISOString().slice(0, 10);
}

/** The same day of another month; its last, where that month is shorter. */
export function addMonths(day: Day, count: number): Day {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const first = new Date(Date.UTC(year, month - 1 + count, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  return `${first.toISOString().slice(0, 8)}${String(Math.min(date, last)).padStart(2, '0')}`;
}

export function monthOf(day: Day): Month {
  return day.slice(0, 7);
}

/** Monday is 0. */
export function weekdayOf(day: Day): number {
  return (new Date(Date.parse(day)).getUTCDay() + 6) % 7;
}

/** The weeks of a month from Monday; days of other months are left out. */
export function weeksOf(month: Month): (Day | undefined)[][] {
  const first = `${month}-01`;
  const before = weekdayOf(first);
  const days: (Day | undefined)[] = Array.from({ length: before }, () => undefined);
  for (let day = first; monthOf(day) === month; day = addDays(day, 1)) days.push(day);
  while (days.length % 7 !== 0) days.push(undefined);
  return Array.from({ length: days.length / 7 }, (_, week) => days.slice(week * 7, week * 7 + 7));
}

/** The day that an instant belongs to where a zone's clocks hang. */
export function dayIn(timeZone: string, instantMs: number): Day {
  return dateFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(instantMs);
}
