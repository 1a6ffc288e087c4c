/** The windows of a budget: which span an instant belongs to. */
import { openCalendar } from '../units/period.ts';
import type { CalendarDate } from '../units/period.ts';
import type { BudgetWindow } from '../rulebook/rulebook.ts';

/** A span in which one cap holds. A rolling one has no begin of its own: it ends now. */
export interface Window {
  /** Half-open, UTC milliseconds; for a rolling window the whole of time. */
  readonly fromMs: number;
  readonly toMs: number;
  /** 0 for a calendar window; else how long spend counts after it began. */
  readonly lengthMs: number;
  /** Spend is kept in steps of this length; 0: one step for the whole window. */
  readonly stepMs: number;
}

const HOUR_MS = 3_600_000;
/** A step leaves a rolling window as a whole, so spend counts up to a sixtieth longer: the safe side. */
const STEPS = 60;

/** @returns a function that knows the window of an instant; it remembers the last one, since calls come in order of time. */
export function windowsOf(window: BudgetWindow): (atMs: number) => Window {
  if (window.kind === 'rolling') {
    const lengthMs = window.hours * HOUR_MS;
    const rolling: Window = {
      fromMs: Number.NEGATIVE_INFINITY,
      toMs: Number.POSITIVE_INFINITY,
      lengthMs,
      stepMs: lengthMs / STEPS,
    };
    return () => rolling;
  }
  const calendar = openCalendar(window.timeZone);
  let last: Window | undefined;
  return (atMs) => {
    if (last === undefined || atMs < last.fromMs || atMs >= last.toMs) {
      const [fromMs, toMs] = spanAround(window.unit, calendar, atMs);
      last = { fromMs, toMs, lengthMs: 0, stepMs: 0 };
    }
    return last;
  };
}

/** The step that an instant's spend is kept under. */
export function stepOf({ fromMs, stepMs }: Window, atMs: number): number {
  return stepMs === 0 ? fromMs : Math.floor(atMs / stepMs) * stepMs;
}

type Unit = Extract<BudgetWindow, { kind: 'calendar' }>['unit'];

function spanAround(unit: Unit, calendar: ReturnType<typeof openCalendar>, atMs: number): [number, number] {
  const { year, month, day } = calendar.dateAt(atMs);
  const span = (from: CalendarDate, to: CalendarDate): [number, number] => [
    calendar.startOfDay(from),
    calendar.startOfDay(to),
  ];
  switch (unit) {
    case 'hour': {
      // Zones are offset by whole quarters, so an hour of the zone's clock need not be one of UTC.
      const into = (((atMs + calendar.offsetMs(atMs)) % HOUR_MS) + HOUR_MS) % HOUR_MS;
      return [atMs - into, atMs - into + HOUR_MS];
    }
    case 'day':
      return span({ year, month, day }, { year, month, day: day + 1 });
    case 'week': {
      const monday = day - ((new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7);
      return span({ year, month, day: monday }, { year, month, day: monday + 7 });
    }
    case 'month':
      return span({ year, month, day: 1 }, { year, month: month + 1, day: 1 });
    case 'quarter': {
      const first = month - ((month - 1) % 3);
      return span({ year, month: first, day: 1 }, { year, month: first + 3, day: 1 });
    }
    case 'year':
      return span({ year, month: 1, day: 1 }, { year: year + 1, month: 1, day: 1 });
  }
}
