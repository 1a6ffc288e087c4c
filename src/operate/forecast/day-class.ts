/** What a day is beyond its place in the week: the ends of a month have peaks of their own, and around the year's end nobody works. */

const HOLIDAYS: ReadonlySet<string> = new Set(['12-24', '12-25', '12-26', '12-31', '01-01']);

/**
 * `''` is a day like others. Holidays are those that most of the world keeps; what else a company keeps shows in its history as
 * anomalies. Classes are few, since a class is learned only where it occurred before.
 */
export function dayClass(date: string): string {
  if (HOLIDAYS.has(date.slice(5))) return 'holiday';
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  if (month === 12 && day > 26) return 'between-years';
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (day > last - 3) return 'month-end';
  if (day === 1) return 'month-start';
  return '';
}
