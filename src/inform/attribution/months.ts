/** Months of the ledger: UTC, half-open, `2026-09`. Corrections of a locked one are booked in the next that is open. */
import type { Condition, LockedMonth, Span } from '../../ledger/question.ts';

const DAY_MS = 86_400_000;

export interface MonthSpan extends Span {
  readonly month: string;
}

/** The beginning of a month. @throws RangeError when the text is no month. */
export function monthSpan(month: string): MonthSpan {
  const match = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month);
  if (match === null) throw new RangeError(`"${month}" is not a month. Write it as 2026-09`);
  const year = Number(match[1]);
  const index = Number(match[2]) - 1;
  return { month, fromMs: Date.UTC(year, index, 1), toMs: Date.UTC(year, index + 1, 1) };
}

export function monthOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 7);
}

/** The months that a span touches, each cut to what the span has of it. */
export function monthsIn({ fromMs, toMs }: Span): MonthSpan[] {
  const months: MonthSpan[] = [];
  for (let at = fromMs; at < toMs;) {
    const whole = monthSpan(monthOf(at));
    months.push({ month: whole.month, fromMs: at, toMs: Math.min(whole.toMs, toMs) });
    at = whole.toMs;
  }
  return months;
}

/** Where a correction of a month is booked: undefined where it may stand in the month itself. */
export function bookingOf(month: string, locked: readonly Pick<LockedMonth, 'month'>[]): number | undefined {
  const closed = new Set(locked.map((one) => one.month));
  if (!closed.has(month)) return undefined;
  let { toMs } = monthSpan(month);
  while (closed.has(monthOf(toMs))) toMs = monthSpan(monthOf(toMs)).toMs;
  return toMs + DAY_MS; // a day into the month, so that it is that month in every time zone
}

/** Where lines of a month are: in it, and where corrections of it were booked after it was locked. */
export interface Place {
  readonly during: Span;
  readonly where: readonly Condition[];
  readonly isLater: boolean;
}

/** After every line of a ledger, and within what its dates can say (until 2106). */
const FAR_MS = Date.UTC(2100, 0, 1);

/** The places of a part of a month. Lines that are booked in it for an earlier one are not its own. */
export function placesOf(
  { month, fromMs, toMs }: MonthSpan,
  locked: readonly Pick<LockedMonth, 'month'>[],
): Place[] {
  if (locked.length === 0) return [{ during: { fromMs, toMs }, where: [], isLater: false }];
  const own: Place = {
    during: { fromMs, toMs },
    where: [{ dimension: 'forMonth', is: ['', month] }],
    isLater: false,
  };
  if (!locked.some((one) => one.month === month)) return [own];
  const later = { fromMs: monthSpan(month).toMs, toMs: FAR_MS };
  return [own, { during: later, where: [{ dimension: 'forMonth', is: [month] }], isLater: true }];
}
