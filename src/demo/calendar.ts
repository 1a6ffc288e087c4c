/** When people work: regions with their hours, weekends and holidays, the nightly batch, the end of a month, growth. Pure. */

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
const MONTH_DAYS = 365.25 / 12;

/** How a workflow's calls spread over time. */
export type Rhythm = 'customers' | 'office' | 'nightly' | 'month-end';

interface Region {
  readonly share: number;
  /** Hours ahead of UTC; the demo company keeps no summer time. */
  readonly offsetHours: number;
}

const REGIONS: readonly Region[] = [
  { share: 0.46, offsetHours: 1 },
  { share: 0.38, offsetHours: -6 },
  { share: 0.16, offsetHours: 8 },
];

/** Days on which hardly anyone works: month × 100 + day. */
const HOLIDAYS: ReadonlySet<number> = new Set([101, 501, 1224, 1225, 1226, 1231]);

const GROWTH_A_MONTH = 1.06;

/** The relative number of calls in the hour that begins at `atMs`. Only ratios mean something. */
export function rhythmWeight(rhythm: Rhythm, atMs: number): number {
  switch (rhythm) {
    case 'customers':
      return regional(atMs, 0.12, 0.45);
    case 'office':
      return regional(atMs, 0.03, 0.08);
    case 'nightly':
      return hourOf(atMs) >= 1 && hourOf(atMs) < 5 ? 1 : 0.02;
    case 'month-end':
      return regional(atMs, 0.08, 0.25) * (isMonthEnd(atMs) ? 2.2 : 1);
  }
}

/** 6 % a month, with one step. Relative to the month that begins at `baseMs`. */
export function growth(
  atMs: number,
  baseMs: number,
  step: { readonly atMs: number; readonly times: number },
): number {
  const months = (atMs - baseMs) / (MONTH_DAYS * DAY_MS);
  const stepped = (at: number): number => (at >= step.atMs ? step.times : 1);
  return (GROWTH_A_MONTH ** months * stepped(atMs)) / stepped(baseMs);
}

function regional(atMs: number, night: number, weekend: number): number {
  let weight = 0;
  for (const { share, offsetHours } of REGIONS) {
    const localMs = atMs + offsetHours * HOUR_MS;
    weight += share * hourWeight(hourOf(localMs), night) * dayWeight(localMs, weekend);
  }
  return weight;
}

/** Of UTC, by arithmetic: asked a million times, a `Date` each would be most of the work. */
function hourOf(atMs: number): number {
  return Math.floor(atMs / HOUR_MS) % 24;
}

/** Two humps with a lunch between them; a floor through the night. */
function hourWeight(hour: number, night: number): number {
  if (hour < 7 || hour >= 21) return night;
  const morning = Math.exp(-((hour - 10.5) ** 2) / 5);
  const afternoon = 0.9 * Math.exp(-((hour - 15) ** 2) / 8);
  return Math.max(night, morning + afternoon);
}

function dayWeight(localMs: number, weekend: number): number {
  if (isHoliday(localMs)) return weekend * 0.7;
  const day = (Math.floor(localMs / DAY_MS) + EPOCH_WEEKDAY) % 7;
  if (day === 0 || day === 6) return weekend;
  return day === 5 ? 0.9 : 1;
}

/** The epoch began on a Thursday. */
const EPOCH_WEEKDAY = 4;

function isHoliday(atMs: number): boolean {
  const date = new Date(atMs);
  const [month, day] = [date.getUTCMonth() + 1, date.getUTCDate()];
  return HOLIDAYS.has(month * 100 + day);
}

/** The last three days of a month and the first. */
function isMonthEnd(atMs: number): boolean {
  const date = new Date(atMs);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return date.getUTCDate() === 1 || date.getUTCDate() > last - 3;
}

/** The first instant of a UTC month, `months` after that of `atMs`. */
export function monthStart(atMs: number, months = 0): number {
  const date = new Date(atMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1);
}
