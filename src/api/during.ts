/**
 * Periods as people write them, to half-open spans of UTC milliseconds. Pure: the clock is an argument.
 * Days, weeks (from Monday), months and years begin at midnight of the reporting time zone, whatever its offset is then.
 */
import type { Span } from '../ledger/question.ts';

interface Day {
  readonly year: number;
  /** 1 to 12; may run over, as in the month after December. */
  readonly month: number;
  /** From 1; may run over or under. */
  readonly day: number;
}

const HOUR_MS = 3_600_000;
/** Longest span back that can be asked for by number; `all` is there for more. */
const MOST_BACK = 100_000;

/** @returns the span, or undefined when the text is no period. */
export function parsePeriod(text: string, timeZone: string, nowMs: number): Span | undefined {
  const range = text.split('..');
  if (range.length === 2) return rangeSpan(range[0] ?? '', range[1] ?? '', timeZone, nowMs);
  return wordSpan(text, timeZone, nowMs) ?? backSpan(text, timeZone, nowMs) ?? calendarSpan(text, timeZone);
}

function wordSpan(text: string, timeZone: string, nowMs: number): Span | undefined {
  const today = dayOf(nowMs, timeZone);
  const { year, month, day } = today;
  const monday = day - ((new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7);
  const days = (from: Day, to: Day): Span => ({
    fromMs: startOfDay(from, timeZone),
    toMs: startOfDay(to, timeZone),
  });
  switch (text) {
    case 'today':
      return days(today, { year, month, day: day + 1 });
    case 'yesterday':
      return days({ year, month, day: day - 1 }, today);
    case 'this-week':
      return days({ year, month, day: monday }, { year, month, day: monday + 7 });
    case 'last-week':
      return days({ year, month, day: monday - 7 }, { year, month, day: monday });
    case 'this-month':
      return days({ year, month, day: 1 }, { year, month: month + 1, day: 1 });
    case 'last-month':
      return days({ year, month: month - 1, day: 1 }, { year, month, day: 1 });
    case 'all':
      return { fromMs: 0, toMs: nowMs + HOUR_MS };
    default:
      return undefined;
  }
}

/** `24h` ends now; `30d` is thirty whole days, today the last of them. */
function backSpan(text: string, timeZone: string, nowMs: number): Span | undefined {
  const match = /^(\d{1,6})([hd])$/.exec(text);
  const count = Number(match?.[1]);
  if (match === null || count < 1 || count > MOST_BACK) return undefined;
  if (match[2] === 'h') return { fromMs: nowMs - count * HOUR_MS, toMs: nowMs };
  const { year, month, day } = dayOf(nowMs, timeZone);
  return {
    fromMs: startOfDay({ year, month, day: day - count + 1 }, timeZone),
    toMs: startOfDay({ year, month, day: day + 1 }, timeZone),
  };
}

/** A year, a month or a day. */
function calendarSpan(text: string, timeZone: string): Span | undefined {
  const match = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(text);
  if (match === null) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2] ?? 1), Number(match[3] ?? 1)];
  if (!isDay({ year, month, day })) return undefined;
  const next =
    match[3] !== undefined
      ? { year, month, day: day + 1 }
      : match[2] !== undefined
        ? { year, month: month + 1, day: 1 }
        : { year: year + 1, month: 1, day: 1 };
  return { fromMs: startOfDay({ year, month, day }, timeZone), toMs: startOfDay(next, timeZone) };
}

/** Half-open: `2026-03-01..2026-03-08` is seven days. An empty end is now. */
function rangeSpan(from: string, to: string, timeZone: string, nowMs: number): Span | undefined {
  const fromMs = edge(from, timeZone);
  const toMs = to === '' ? nowMs : edge(to, timeZone);
  return fromMs === undefined || toMs === undefined || fromMs >= toMs ? undefined : { fromMs, toMs };
}

function edge(text: string, timeZone: string): number | undefined {
  const calendar = calendarSpan(text, timeZone);
  if (calendar !== undefined) return calendar.fromMs;
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

function isDay({ year, month, day }: Day): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** The calendar day of an instant in a zone. */
function dayOf(ms: number, timeZone: string): Day {
  const shifted = new Date(ms + offsetMs(ms, timeZone));
  return { year: shifted.getUTCFullYear(), month: shifted.getUTCMonth() + 1, day: shifted.getUTCDate() };
}

/**
 * The first instant of a day in a zone. The offset at the wanted instant is only known there, so it is looked up
 * twice; where midnight does not exist (clocks put forward at 00:00) the day begins when the clock has jumped.
 */
export function startOfDay({ year, month, day }: Day, timeZone: string): number {
  const wall = Date.UTC(year, month - 1, day);
  const guess = wall - offsetMs(wall, timeZone);
  const offsets = [guess - 12 * HOUR_MS, guess, guess + 12 * HOUR_MS].map((ms) => offsetMs(ms, timeZone));
  const fitting = offsets.map((offset) => wall - offset).filter((ms) => ms + offsetMs(ms, timeZone) === wall);
  return fitting.length > 0 ? Math.min(...fitting) : wall - Math.min(...offsets);
}

/** How far a zone's clock is ahead of UTC at an instant. */
function offsetMs(ms: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    era: 'short',
  });
  const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
}

export function isTimeZone(text: string): boolean {
  try {
    Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}
