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

/** Days on which hardly anyone works, `MM-DD`. */
const HOLIDAYS: ReadonlySet<string> = new Set(['01-01', '05-01', '12-24', '12-25', '12-26', '12-31']);

const GROWTH_A_MONTH = 1.06;

/** The relative number of calls in the hour that begins at `atMs`. Only ratios mean something. */
export function rhythmWeight(rhythm: Rhythm, atMs: number): number {
  switch (rhythm) {
    case 'customers':
      return regional(atMs, 0.12, 0.45);
    case 'office':
      return regional(atMs, 0.03, 0.08);
    case 'nightly':
      return new Date(atMs).getUTCHours() >= 1 && new Date(atMs).getUTCHours() < 5 ? 1 : 0.02;
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
    const local = new Date(atMs + offsetHours * HOUR_MS);
    weight += share * hourWeight(local.getUTCHours(), night) * dayWeight(local, weekend);
  }
  return weight;
}

/** Two humps with a lunch between them; a floor through the night. */
function hourWeight(hour: number, night: number): number {
  if (hour < 7 || hour >= 21) return night;
  const morning = Math.exp(-((hour - 10.5) ** 2) / 5);
  const afternoon = 0.9 * Math.exp(-((hour - 15) ** 2) / 8);
  return Math.max(night, morning + afternoon);
}

function dayWeight(local: Date, weekend: number): number {
  if (HOLIDAYS.has(local.toISOString().slice(5, 10))) return weekend * 0.7;
  const day = local.getUTCDay();
  if (day === 0 || day === 6) return weekend;
  return day === 5 ? 0.9 : 1;
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
