/** The periods that people choose from, and how each is called. */
import { addMonths, dayIn, monthOf } from './days.ts';
import type { Day, Month } from './days.ts';
import { monthText } from './instants.ts';
import { dateFormat } from '../../units/date-format.ts';

interface Preset {
  readonly during: string;
  readonly label: string;
  /** The single key that chooses it. */
  readonly key?: string;
}

export const PRESETS: readonly Preset[] = [
  { during: 'today', label: 'Today', key: '1' },
  { during: 'yesterday', label: 'Yesterday' },
  { during: '7d', label: 'Last 7 days', key: '7' },
  { during: '30d', label: 'Last 30 days', key: '3' },
  { during: '90d', label: 'Last 90 days' },
  { during: 'this-month', label: 'This month', key: 'm' },
  { during: 'last-month', label: 'Last month' },
  { during: 'this-quarter', label: 'This quarter', key: 'q' },
  { during: 'this-year', label: 'This year', key: 'y' },
  { during: 'all', label: 'All time' },
];

/** The twelve months before the one of a day, newest first. */
export function billingMonths(today: Day): Month[] {
  return Array.from({ length: 12 }, (_, back) => monthOf(addMonths(today, -1 - back)));
}

export interface DayRange {
  readonly first: Day;
  readonly last: Day;
}

/** A period that begins and ends with whole days, both of them in it. */
export function rangeOf(during: string): DayRange | undefined {
  const [first = '', last = first, ...more] = during.split('..');
  return isDay(first) && isDay(last) && more.length === 0 ? { first, last } : undefined;
}

export function rangeText({ first, last }: DayRange): string {
  return first === last ? first : `${first}..${last}`;
}

/** `Last 30 days`, `October 2026`, `17–23 November 2026`; the text itself where it is none of these. */
export function periodLabel(during: string): string {
  const preset = PRESETS.find((one) => one.during === during);
  if (preset !== undefined) return preset.label;
  if (/^\d{4}-\d\d$/.test(during)) return monthText(during);
  const range = rangeOf(during);
  if (range === undefined) return during.replaceAll('-', ' ').replace('..', ' to ');
  return dateFormat('en-GB', {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  })
    .formatRange(Date.parse(range.first), Date.parse(range.last))
    .replace(/\s*–\s*/u, '–');
}

/** The same span with its dates written out, so that a link means tomorrow what it means today. */
export function absolutePeriod({ from, to }: { from: string; to: string }, timeZone: string): string {
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  const midnight = (ms: number): boolean => dayIn(timeZone, ms) !== dayIn(timeZone, ms - 1);
  if (!midnight(fromMs) || !midnight(toMs)) return `${instant(fromMs)}..${instant(toMs)}`;
  return rangeText({ first: dayIn(timeZone, fromMs), last: dayIn(timeZone, toMs - 1) });
}

export const COMPARES: Readonly<Record<string, string>> = {
  previous: 'Previous period',
  year: 'Same period last year',
  off: 'Off',
};

export function compareLabel(compare: string): string {
  return COMPARES[compare] ?? periodLabel(compare);
}

export const GRAINS: Readonly<Record<string, string>> = {
  hour: 'Hour',
  day: 'Day',
  week: 'Week',
  month: 'Month',
};

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));
}

function instant(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
