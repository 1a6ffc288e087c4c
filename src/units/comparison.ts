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
