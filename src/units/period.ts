/**
 * Spans of time as people name them. Inside the program a span is half-open UTC milliseconds; days, weeks
 * (from Monday), months, quarters and years begin where they begin in the reporting time zone, so a day of a
 * clock change has 23 or 25 hours. Pure: now and the time zone are arguments.
 */
import { dateFormat } from './date-format.ts';

/** A half-open span, UTC milliseconds: `fromMs` belongs to it, `toMs` does not. */
export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A date of the calendar, without a time zone. `month` is 1 to 12. */
export interface CalendarDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** The calendar of one time zone. Opening one builds a formatter, so callers that ask often keep it. */
export interface Calendar {
  readonly timeZone: string;
  /** What the zone's clocks are ahead of UTC at an instant, in milliseconds. */
  offsetMs(atMs: number): number;
  dateAt(atMs: number): CalendarDate;
  /** The first instant of a date; days past the end of a month roll over, so `day: 0` is the last of the month before. */
  startOfDay(date: CalendarDate): number;
  /** Milliseconds of a wall-clock time. Skipped times move on by the gap; repeated times mean the first of the two. */
  instantAt(date: CalendarDate, timeOfDayMs: number): number;
  /** `2026-10-25T02:00:00+02:00`. */
  format(atMs: number): string;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const EXAMPLES =
  'today, yesterday, 24h, 7d, this-week, this-month, last-month, this-quarter, 2026, 2026-10, 2026-10-05, 2026-10-01..2026-10-31, all';

/** @throws RangeError when the name is no IANA time zone. */
export function openCalendar(timeZone: string): Calendar {
  // UTC needs no table of offsets, and budgets and questions ask it far more often than any other zone.
  const format = timeZone === 'UTC' ? undefined : zoneFormat(timeZone);

  function offsetMs(atMs: number): number {
    if (format === undefined) return 0;
    const wholeSeconds = Math.floor(atMs / 1000) * 1000;
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(wholeSeconds)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second) - wholeSeconds;
  }

  /** The first instant whose wall clock shows `localMs` (a wall-clock time written as if it were UTC), or has passed it. */
  function firstInstant(localMs: number): number {
    const offsets = [offsetMs(localMs - DAY_MS), offsetMs(localMs + DAY_MS)];
    const candidates = offsets.map((offset) => localMs - offset).toSorted((a, b) => a - b);
    const exact = candidates.find((candidate) => candidate + offsetMs(candidate) === localMs);
    if (exact !== undefined) return exact;
    let [low = 0, high = 0] = candidates; // the clock skipped this time: find the moment of the skip
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (middle + offsetMs(middle) >= localMs) high = middle;
      else low = middle;
    }
    return high;
  }

  return {
    timeZone,
    offsetMs,
    dateAt: (atMs) => toDate(atMs + offsetMs(atMs)),
    startOfDay: (date) => firstInstant(Date.UTC(date.year, date.month - 1, date.day)),
    instantAt: (date, timeOfDayMs) =>
      firstInstant(Date.UTC(date.year, date.month - 1, date.day) + timeOfDayMs),
    format(atMs) {
      const offset = offsetMs(atMs);
      const minutes = Math.round(Math.abs(offset) / MINUTE_MS);
      const clock = `${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
      return `${new Date(atMs + offset).toISOString().slice(0, 19)}${offset < 0 ? '-' : '+'}${clock}`;
    },
  };
}

/** Writes an instant with its offset, such as `2026-10-25T02:00:00+02:00`. @throws RangeError on an unknown time zone. */
export function formatInstant(atMs: number, timeZone: string): string {
  return openCalendar(timeZone).format(atMs);
}

/**
 * Reads a period. `24h`, `7d`, `2w` end now and are whole multiples of 3,600 s, 86,400 s and 604,800 s; named and dated
 * periods are whole calendar units of the time zone, the present one included to its end. The end of `a..b` is
 * inclusive when it is a date, month or year and exclusive when it has a time of day.
 * @throws RangeError with the accepted forms when the text is none of them.
 */
export function parsePeriod(
  text: string,
  setting: { readonly nowMs: number; readonly timeZone: string },
): Period {
  const calendar = openCalendar(setting.timeZone);
  const trimmed = text.trim();
  const period =
    namedPeriod(trimmed, calendar, setting.nowMs) ??
    rollingPeriod(trimmed, setting.nowMs) ??
    rangePeriod(trimmed, calendar) ??
    datedPeriod(trimmed, calendar);
  if (!period) throw new RangeError(`"${text}" is not a period. Use one of: ${EXAMPLES}`);
  if (period.toMs <= period.fromMs) throw new RangeError(`the period "${text}" ends before it begins`);
  return period;
}

function namedPeriod(text: string, calendar: Calendar, nowMs: number): Period | undefined {
  const { year, month, day } = calendar.dateAt(nowMs);
  const days = (first: number, last: number): Period => ({
    fromMs: calendar.startOfDay({ year, month, day: first }),
    toMs: calendar.startOfDay({ year, month, day: last }),
  });
  const months = (first: number, last: number): Period => ({
    fromMs: calendar.startOfDay({ year, month: first, day: 1 }),
    toMs: calendar.startOfDay({ year, month: last, day: 1 }),
  });
  const monday = day - ((new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7);
  const quarter = month - ((month - 1) % 3);
  switch (text) {
    case 'today':
      return days(day, day + 1);
    case 'yesterday':
      return days(day - 1, day);
    case 'this-week':
    case 'week':
      return days(monday, monday + 7);
    case 'last-week':
      return days(monday - 7, monday);
    case 'this-month':
    case 'month':
      return months(month, month + 1);
    case 'last-month':
      return months(month - 1, month);
    case 'this-quarter':
    case 'quarter':
      return months(quarter, quarter + 3);
    case 'last-quarter':
      return months(quarter - 3, quarter);
    case 'this-year':
    case 'year':
      return months(1, 13);
    case 'all': // to the end of tomorrow: a caller's clock may be ahead of ours
      return { fromMs: 0, toMs: calendar.startOfDay({ year, month, day: day + 2 }) };
    default:
      return undefined;
  }
}

const ROLLING_UNITS = { h: HOUR_MS, d: DAY_MS, w: 7 * DAY_MS } as const;

function rollingPeriod(text: string, nowMs: number): Period | undefined {
  const match = /^(\d{1,5})([hdw])$/.exec(text);
  if (!match) return undefined;
  const unit = ROLLING_UNITS[match[2] as keyof typeof ROLLING_UNITS];
  return { fromMs: nowMs - Number(match[1]) * unit, toMs: nowMs };
}

function rangePeriod(text: string, calendar: Calendar): Period | undefined {
  const [from, to, ...more] = text.split('..');
  if (from === undefined || to === undefined || more.length > 0) return undefined;
  const begin = instantPeriod(from.trim(), calendar) ?? datedPeriod(from.trim(), calendar);
  const end = instantPeriod(to.trim(), calendar) ?? datedPeriod(to.trim(), calendar);
  return begin && end && { fromMs: begin.fromMs, toMs: end.toMs };
}

/** A year, month or day as the period that it covers. */
function datedPeriod(text: string, calendar: Calendar): Period | undefined {
  const match = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(text);
  if (!match) return undefined;
  const [, year, month, day] = match.map((part) => (part === undefined ? undefined : Number(part)));
  if (year === undefined) return undefined;
  if (!isDate(year, month ?? 1, day ?? 1)) throw new RangeError(`"${text}" is not a date of the calendar`);
  const next =
    day !== undefined && month !== undefined
      ? { year, month, day: day + 1 }
      : month !== undefined
        ? { year, month: month + 1, day: 1 }
        : { year: year + 1, month: 1, day: 1 };
  return {
    fromMs: calendar.startOfDay({ year, month: month ?? 1, day: day ?? 1 }),
    toMs: calendar.startOfDay(next),
  };
}

/** A time of day on a date; without `Z` or an offset it is the time zone's own clock. An instant begins and ends at itself. */
function instantPeriod(text: string, calendar: Calendar): Period | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?$/.exec(
    text,
  );
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  if (!isDate(year, month, day) || hour > 23 || minute > 59 || second > 59) {
    throw new RangeError(`"${text}" is not a time of the calendar`);
  }
  const fractionMs = Math.round(Number(match[7] ?? 0) * 1000);
  const timeOfDayMs = hour * HOUR_MS + minute * MINUTE_MS + second * 1000 + fractionMs;
  const atMs =
    match[8] === undefined ? calendar.instantAt({ year, month, day }, timeOfDayMs) : Date.parse(text);
  return { fromMs: atMs, toMs: atMs };
}

function isDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return year >= 1970 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function toDate(localMs: number): CalendarDate {
  const local = new Date(localMs);
  return { year: local.getUTCFullYear(), month: local.getUTCMonth() + 1, day: local.getUTCDate() };
}

function zoneFormat(timeZone: string): Intl.DateTimeFormat {
  try {
    return dateFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw new RangeError(`"${timeZone}" is not a time zone. Use an IANA name such as Europe/Berlin or UTC`);
  }
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

/** Whether a text is the IANA name of a time zone. */
export function isTimeZone(text: string): boolean {
  try {
    zoneFormat(text);
    return true;
  } catch {
    return false;
  }
}
