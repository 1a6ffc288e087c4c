/** Instants and periods as people read them, in the time zone that the server reports in. */
import { dateFormat } from '../../units/date-format.ts';

/** `23 Nov 19:56:56.424`, for a column whose head names the zone. */
export function clockIn(timeZone: string): (instant: string) => string {
  const format = dateFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
  });
  return (instant) => format.format(Date.parse(instant)).replace(',', '');
}

/** `23 November 2026, 19:56:56.424`. */
export function fullInstant(instant: string, timeZone: string): string {
  const time = clockIn(timeZone)(instant).split(' ').at(-1);
  return `${longDay(Date.parse(instant), timeZone)}, ${time}`;
}

/** `23 Nov, 19:57`. */
export function shortInstant(instant: string, timeZone: string): string {
  return dateFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(Date.parse(instant));
}

/** `1 Jan 2027`, of an instant or a date; with its time where it is no midnight. In UTC, where price books count. */
export function dateText(instant: string): string {
  const ms = Date.parse(instant);
  const time = isMidnight(ms, 'UTC')
    ? {}
    : ({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const);
  return dateFormat('en-GB', {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    ...time,
  }).format(ms);
}

/** `5 Oct`, of `2026-10-05`. */
export function dayText(day: string): string {
  return dateFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'short' }).format(Date.parse(day));
}

/** `October 2026`, of `2026-10`. */
export function monthText(month: string): string {
  return dateFormat('en-GB', { timeZone: 'UTC', month: 'long', year: 'numeric' }).format(
    Date.parse(`${month}-01T00:00:00Z`),
  );
}

/** `2026-10` of an instant in November 2026, in UTC. */
export function monthBefore(instant: string): string {
  const now = new Date(instant);
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1)).toISOString().slice(0, 7);
}

interface Period {
  readonly text: string;
  readonly from: string;
  readonly to: string;
}

/** `November 2026`, `23 November 2026`, `17–23 November 2026`, `All time`. */
export function periodText({ text, from, to }: Period, timeZone: string): string {
  if (text === 'all') return 'All time';
  const fromMs = Date.parse(from);
  const toMs = Date.parse(to);
  const isMonthStart = (ms: number): boolean =>
    dateFormat('en-GB', { timeZone, day: 'numeric' }).format(ms) === '1' && isMidnight(ms, timeZone);
  const month = dateFormat('en-GB', { timeZone, month: 'long', year: 'numeric' });
  if (isMonthStart(fromMs) && isMonthStart(toMs)) return month.formatRange(fromMs, toMs - 1);
  const wholeDays = isMidnight(fromMs, timeZone) && isMidnight(toMs, timeZone);
  return dateFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    ...(wholeDays ? {} : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
  }).formatRange(fromMs, toMs - 1);
}

/** A stretch that something is compared with, by its dates: `1–25 October 2026`, whatever the time of day at its end. */
export function stretchText({ text, from, to }: Period, timeZone: string): string {
  const whole = periodText({ text, from, to }, timeZone);
  if (!whole.includes(':')) return whole;
  const days = dateFormat('en-GB', { timeZone, day: 'numeric', month: 'long', year: 'numeric' });
  return days.formatRange(Date.parse(from), Date.parse(to) - 1);
}

function longDay(ms: number, timeZone: string): string {
  return dateFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  }).format(ms);
}

function isMidnight(ms: number, timeZone: string): boolean {
  const time = dateFormat('en-GB', { timeZone, timeStyle: 'medium', hourCycle: 'h23' }).format(ms);
  return time === '00:00:00';
}
