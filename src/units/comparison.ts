/**
 * What a period is compared with: the one before it, and the same one a year before. Pure. A period that is still running is
 * compared with the same stretch of the one before, since a part compared with a whole says nothing.
 */
import { openCalendar } from './period.ts';
import type { Calendar, Period } from './period.ts';

interface Around {
  readonly nowMs: number;
  readonly timeZone: string;
}

const MONTHS_A_YEAR = 12;
const DAY_MS = 86_400_000;

/**
 * The period before. Whole months are moved by months, whole days by days, anything else by its length, so that November
 * until the 25th at 16:00 is compared with October until the 25th at 16:00.
 */
export function periodBefore(period: Period, { nowMs, timeZone }: Around): Period {
  const calendar = openCalendar(timeZone);
  const soFarMs = soFar(period, nowMs);
  const months = wholeMonths(period, calendar);
  if (months > 0) return movedBy(calendar, { ...period, toMs: soFarMs }, months, period.fromMs);
  const days = wholeDays(period, calendar);
  if (days > 0) {
    const back = (ms: number): number => moveDays(calendar, ms, -days);
    return { fromMs: back(period.fromMs), toMs: Math.min(back(soFarMs), period.fromMs) };
  }
  return { fromMs: period.fromMs - (soFarMs - period.fromMs), toMs: period.fromMs };
}

/** The same dates a year before; the 29th of February becomes the 28th. */
export function yearBefore(period: Period, { nowMs, timeZone }: Around): Period {
  const calendar = openCalendar(timeZone);
  return movedBy(
    calendar,
    { fromMs: period.fromMs, toMs: soFar(period, nowMs) },
    MONTHS_A_YEAR,
    period.fromMs,
  );
}

function soFar({ fromMs, toMs }: Period, nowMs: number): number {
  return nowMs > fromMs ? Math.min(toMs, nowMs) : toMs;
}

function movedBy(calendar: Calendar, { fromMs, toMs }: Period, months: number, latestMs: number): Period {
  return {
    fromMs: moveMonths(calendar, fromMs, -months, 'start'),
    toMs: Math.min(moveMonths(calendar, toMs, -months, 'end'), latestMs),
  };
}

/** For a day that the month does not have: its last day where a period begins, its end where one ends. */
function moveMonths(calendar: Calendar, ms: number, months: number, edge: 'start' | 'end'): number {
  const { year, month, day } = calendar.dateAt(ms);
  const last = new Date(Date.UTC(year, month - 1 + months + 1, 0)).getUTCDate();
  const moved = { year, month: month + months, day };
  if (day > last) return calendar.startOfDay({ ...moved, day: edge === 'start' ? last : last + 1 });
  return calendar.instantAt(moved, timeOfDay(calendar, ms));
}

function moveDays(calendar: Calendar, ms: number, days: number): number {
  const { year, month, day } = calendar.dateAt(ms);
  return calendar.instantAt({ year, month, day: day + days }, timeOfDay(calendar, ms));
}

/** On the wall clock, so that nine o'clock stays nine o'clock over a clock change. */
function timeOfDay(calendar: Calendar, ms: number): number {
  return (((ms + calendar.offsetMs(ms)) % DAY_MS) + DAY_MS) % DAY_MS;
}

/** How many months a period is, where it begins and ends with months; else 0. */
function wholeMonths({ fromMs, toMs }: Period, calendar: Calendar): number {
  const [from, to] = [calendar.dateAt(fromMs), calendar.dateAt(toMs)];
  if (from.day !== 1 || to.day !== 1 || !isMidnight(calendar, fromMs) || !isMidnight(calendar, toMs))
    return 0;
  return (to.year - from.year) * MONTHS_A_YEAR + to.month - from.month;
}

function wholeDays({ fromMs, toMs }: Period, calendar: Calendar): number {
  if (!isMidnight(calendar, fromMs) || !isMidnight(calendar, toMs)) return 0;
  const [from, to] = [calendar.dateAt(fromMs), calendar.dateAt(toMs)];
  return (Date.UTC(to.year, to.month - 1, to.day) - Date.UTC(from.year, from.month - 1, from.day)) / DAY_MS;
}

function isMidnight(calendar: Calendar, ms: number): boolean {
  return calendar.startOfDay(calendar.dateAt(ms)) === ms;
}

export type Step = 'hour' | 'day' | 'week' | 'month';

/** How far apart two periods begin, in the largest unit that both calendars share. */
type Distance = { readonly unit: 'months' | 'days' | 'milliseconds'; readonly count: number };

const HOUR_MS = 3_600_000;
const DAYS_A_WEEK = 7;

/**
 * Which step of the other period each step of this one is compared with: the 5th with the 5th where months are compared, the
 * third day with the third where days are, nine o'clock with nine o'clock. Undefined where there is none: the 31st of a month of
 * 30 days, the hour that a clock change skips, the second of an hour that it repeats, weeks of periods that are no weeks apart.
 * Steps are written as the ledger writes them: `2026-10`, `2026-10-05`, a week by its Monday, `2026-10-25T02:00+02:00`.
 */
export function stepMatcher(
  period: Period,
  other: Period,
  timeZone: string,
): (step: Step, value: string) => string | undefined {
  const calendar = openCalendar(timeZone);
  const distance = distanceOf(period, other, calendar);
  return (step, value) => {
    if (step === 'month') return distance.unit === 'months' ? monthsBack(value, distance.count) : undefined;
    if (step === 'hour') return hourBack(value, distance, calendar);
    const days = daysOf(distance);
    if (step === 'week')
      return days !== undefined && days % DAYS_A_WEEK === 0 ? daysBack(value, days) : undefined;
    return days === undefined ? dayBack(value, distance) : daysBack(value, days);
  };
}

function distanceOf(period: Period, other: Period, calendar: Calendar): Distance {
  if (!isMidnight(calendar, period.fromMs) || !isMidnight(calendar, other.fromMs))
    return { unit: 'milliseconds', count: period.fromMs - other.fromMs };
  const [from, to] = [calendar.dateAt(other.fromMs), calendar.dateAt(period.fromMs)];
  const isSameDay = from.day === to.day && (from.day === 1 || from.month === to.month);
  if (isSameDay)
    return { unit: 'months', count: (to.year - from.year) * MONTHS_A_YEAR + to.month - from.month };
  const days = Date.UTC(to.year, to.month - 1, to.day) - Date.UTC(from.year, from.month - 1, from.day);
  return { unit: 'days', count: days / DAY_MS };
}

function daysOf({ unit, count }: Distance): number | undefined {
  if (unit === 'days') return count;
  return unit === 'milliseconds' && count % DAY_MS === 0 ? count / DAY_MS : undefined;
}

function daysBack(date: string, days: number): string {
  return new Date(Date.parse(date) - days * DAY_MS).toISOString().slice(0, 10);
}

function monthsBack(month: string, months: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 - months, 1)).toISOString().slice(0, 7);
}

/** The same day of another month, where that month has it. */
function dayBack(date: string, { unit, count }: Distance): string | undefined {
  if (unit !== 'months') return undefined;
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  const moved = new Date(Date.UTC(year, month - 1 - count, day));
  return moved.getUTCDate() === day ? moved.toISOString().slice(0, 10) : undefined;
}

function hourBack(hour: string, distance: Distance, calendar: Calendar): string | undefined {
  const atMs = Date.parse(hour);
  if (distance.unit === 'milliseconds')
    return distance.count % HOUR_MS === 0 ? hourText(atMs - distance.count, calendar) : undefined;
  const time = timeOfDay(calendar, atMs);
  if (calendar.instantAt(calendar.dateAt(atMs), time) !== atMs) return undefined; // the second of its name
  const [date] = hour.split('T');
  const moved =
    distance.unit === 'days' ? daysBack(date ?? '', distance.count) : dayBack(date ?? '', distance);
  if (moved === undefined) return undefined;
  const [year = 0, month = 1, day = 1] = moved.split('-').map(Number);
  const foundMs = calendar.instantAt({ year, month, day }, time);
  return timeOfDay(calendar, foundMs) === time ? hourText(foundMs, calendar) : undefined;
}

function hourText(atMs: number, calendar: Calendar): string {
  const text = calendar.format(atMs);
  return text.slice(0, 16) + text.slice(19);
}
