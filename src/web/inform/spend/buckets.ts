/** The steps of a period on the time axis, also those in which nothing was spent, as the API names them. */

import { addDays, weekdayOf } from '../../parts/days.ts';
import { dateFormat } from '../../../units/date-format.ts';

export type Grain = 'hour' | 'day' | 'week' | 'month';

export interface Bucket {
  /** As the API groups: `2026-11-25T14:00+01:00`, `2026-11-25`, the Monday of a week, `2026-11`. */
  readonly key: string;
  /** Where it begins, on the clock of the zone: `2026-11-25` or `2026-11-25T14:00`. */
  readonly startsAt: string;
  /** It is not over yet: its bar says less than a whole one. */
  readonly partial: boolean;
}

interface Span {
  readonly from: string;
  readonly to: string;
}

const HOUR_MS = 3_600_000;
const DAYS_A_WEEK = 7;
/** More than that is no chart; the API refuses more groups too. */
const MOST = 5_000;

/** @param nowMs what is not before it has not begun, and gets no bucket. */
export function bucketsOf(grain: Grain, { from, to }: Span, timeZone: string, nowMs: number): Bucket[] {
  const endMs = Math.min(Date.parse(to), nowMs);
  const startMs = Date.parse(from);
  if (!(startMs < endMs)) return [];
  return grain === 'hour'
    ? hours(startMs, endMs, timeZone, nowMs)
    : dates(grain, startMs, endMs, timeZone, nowMs);
}

/** Hours are steps of time and not of the clock, so that the day of a change has 23 or 25. */
function hours(startMs: number, endMs: number, timeZone: string, nowMs: number): Bucket[] {
  const found: Bucket[] = [];
  for (let ms = startMs; ms < endMs && found.length < MOST; ms += HOUR_MS) {
    const { date, time, offset } = clockAt(ms, timeZone);
    const hour = `${date}T${time.slice(0, 2)}:00`;
    found.push({ key: `${hour}${offset}`, startsAt: hour, partial: ms + HOUR_MS > nowMs });
  }
  return found;
}

function dates(
  grain: Exclude<Grain, 'hour'>,
  startMs: number,
  endMs: number,
  timeZone: string,
  nowMs: number,
): Bucket[] {
  const first = bucketStart(grain, clockAt(startMs, timeZone).date);
  const last = clockAt(endMs - 1, timeZone).date;
  const today = clockAt(nowMs, timeZone).date;
  const found: Bucket[] = [];
  for (let date = first; date <= last && found.length < MOST; date = next(grain, date))
    found.push({
      key: grain === 'month' ? date.slice(0, 7) : date,
      startsAt: date,
      partial: date <= today && next(grain, date) > today,
    });
  return found;
}

function bucketStart(grain: Exclude<Grain, 'hour'>, date: string): string {
  if (grain === 'month') return `${date.slice(0, 7)}-01`;
  if (grain === 'day') return date;
  return addDays(date, -weekdayOf(date));
}

function next(grain: Exclude<Grain, 'hour'>, date: string): string {
  if (grain === 'day') return addDays(date, 1);
  if (grain === 'week') return addDays(date, DAYS_A_WEEK);
  const [year = 0, month = 1] = date.split('-').map(Number);
  return new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10);
}

interface Clock {
  readonly date: string;
  readonly time: string;
  /** `+01:00`. */
  readonly offset: string;
}

export function clockAt(ms: number, timeZone: string): Clock {
  const parts = Object.fromEntries(
    dateFormat('en-GB', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      timeZoneName: 'longOffset',
    })
      .formatToParts(ms)
      .map(({ type, value }) => [type, value]),
  );
  const offset = (parts['timeZoneName'] ?? 'GMT').replace('GMT', '').replace('−', '-');
  return {
    date: `${parts['year']}-${parts['month']}-${parts['day']}`,
    time: `${parts['hour']}:${parts['minute']}`,
    offset: offset === '' ? '+00:00' : offset,
  };
}

/** `2026-11-10..2026-11-12`, from the first chosen bucket to the end of the last, as a period of the API. */
export function rangeOf(grain: Grain, first: Bucket, last: Bucket): string {
  if (grain === 'hour') return `${first.key}..${hourAfter(last.key)}`;
  if (grain === 'month') return first.key === last.key ? first.key : `${first.key}..${last.key}`;
  const end = grain === 'week' ? addDays(last.startsAt, DAYS_A_WEEK - 1) : last.startsAt;
  return first.startsAt === end ? end : `${first.startsAt}..${end}`;
}

/** A time of day as the end of a period is not in it, so the range ends where the next hour begins. */
function hourAfter(key: string): string {
  return new Date(Date.parse(key) + HOUR_MS).toISOString();
}
