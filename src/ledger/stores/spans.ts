/**
 * Which part of a span a roll-up can answer: whole steps of its clock, each of which lies in one local hour, day, week
 * or month of the question. What sticks out is read from the lines. Pure.
 */
import { openCalendar } from '../../units/period.ts';
import type { Calendar, CalendarDate } from '../../units/period.ts';
import type { Span } from '../question.ts';

/** The finest unit of local time that a question tells apart; `none` when it asks for no time. */
export type Fineness = 'none' | 'month' | 'week' | 'day' | 'hour';

export interface Split {
  readonly whole: readonly Span[];
  readonly rest: readonly Span[];
}

const DAY_MS = 86_400_000;
/** Past so many pieces, reading the lines is quicker than telling the pieces apart. */
const MOST_PIECES = 400;

/** Undefined when steps are too coarse for the question, or the span too ragged. */
export function splitSpan(
  during: Span,
  stepMs: number,
  fineness: Fineness,
  timeZone: string,
): Split | undefined {
  const fromMs = Math.ceil(during.fromMs / stepMs) * stepMs;
  const toMs = Math.floor(during.toMs / stepMs) * stepMs;
  if (fromMs >= toMs) return { whole: [], rest: [during] };
  const cuts = stepMs < DAY_MS ? [] : cutsOf({ fromMs, toMs }, stepMs, fineness, timeZone);
  if (cuts === undefined) return undefined;
  const whole: Span[] = [];
  const rest: Span[] = [];
  let at = fromMs;
  if (during.fromMs < fromMs) rest.push({ fromMs: during.fromMs, toMs: fromMs });
  for (const cut of cuts) {
    if (at < cut) whole.push({ fromMs: at, toMs: cut });
    rest.push({ fromMs: cut, toMs: cut + stepMs });
    at = cut + stepMs;
  }
  if (at < toMs) whole.push({ fromMs: at, toMs });
  if (toMs < during.toMs) rest.push({ fromMs: toMs, toMs: during.toMs });
  return { whole, rest: joined(rest) };
}

/** As `splitSpan`, by months of UTC: they can tell only themselves apart. */
export function splitMonths(during: Span, fineness: Fineness, timeZone: string): Split | undefined {
  if (fineness !== 'none' && (fineness !== 'month' || timeZone !== 'UTC')) return undefined;
  const first = new Date(during.fromMs);
  const last = new Date(during.toMs);
  const startMs = Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), 1);
  const fromMs =
    startMs === during.fromMs ? startMs : Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 1);
  const toMs = Date.UTC(last.getUTCFullYear(), last.getUTCMonth(), 1);
  if (fromMs >= toMs) return undefined;
  const rest = [
    { fromMs: during.fromMs, toMs: fromMs },
    { fromMs: toMs, toMs: during.toMs },
  ];
  return { whole: [{ fromMs, toMs }], rest: rest.filter((span) => span.fromMs < span.toMs) };
}

/** What of some spans lies in others, and what does not. Both in order and without overlap. */
export function intersect(spans: readonly Span[], others: readonly Span[]): Split {
  const whole: Span[] = [];
  const rest: Span[] = [];
  for (const { fromMs, toMs } of spans) {
    let at = fromMs;
    for (const other of others) {
      const from = Math.max(at, other.fromMs);
      const to = Math.min(toMs, other.toMs);
      if (from >= to) continue;
      if (at < from) rest.push({ fromMs: at, toMs: from });
      whole.push({ fromMs: from, toMs: to });
      at = to;
    }
    if (at < toMs) rest.push({ fromMs: at, toMs });
  }
  return { whole, rest };
}

/** The steps in which a local unit begins somewhere inside, in order. */
function cutsOf(
  span: Span,
  stepMs: number,
  fineness: Fineness,
  timeZone: string,
): readonly number[] | undefined {
  if (fineness === 'none') return [];
  if (fineness === 'hour') return undefined;
  if (timeZone === 'UTC') return [];
  const calendar = openCalendar(timeZone);
  const cuts: number[] = [];
  for (let units = 0; ; units += 1) {
    if (units > MOST_PIECES) return undefined;
    const start = calendar.startOfDay(unitAfter(calendar, span.fromMs, fineness, units));
    if (start >= span.toMs) return cuts;
    const cut = Math.floor(start / stepMs) * stepMs;
    if (cut !== start && cut >= span.fromMs) cuts.push(cut);
  }
}

/** The date on which the n-th unit after an instant's own begins; the 0th is the instant's own. */
function unitAfter(
  calendar: Calendar,
  atMs: number,
  unit: 'month' | 'week' | 'day',
  n: number,
): CalendarDate {
  const { year, month, day } = calendar.dateAt(atMs);
  if (unit === 'month') return { year, month: month + n, day: 1 };
  if (unit === 'day') return { year, month, day: day + n };
  const sinceMonday = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
  return { year, month, day: day - sinceMonday + 7 * n };
}

/** Spans in order, those that touch made one. */
export function joined(spans: readonly Span[]): Span[] {
  const all: Span[] = [];
  for (const span of spans) {
    const last = all.at(-1);
    if (last?.toMs === span.fromMs) all[all.length - 1] = { fromMs: last.fromMs, toMs: span.toMs };
    else all.push(span);
  }
  return all;
}
