/** What a day is beyond its place in the week: the ends of a month have peaks of their own, and around the year's end nobody works. */

/** `''` is a day like others. Holidays that most of the world keeps; what else a company keeps, its history shows as anomalies. */
export function dayClass(date: string): string {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  if ((month === 12 && day >= 24) || (month === 1 && day === 1)) return 'year-end';
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (day > last - 3) return 'month-end';
  if (day === 1) return 'month-start';
  return '';
}
