/** The geometry of a fan: days, the rate that spend runs at, labels that do not lie on each other, and where months begin. */

const DAY_MS = 86_400_000;
const WEEK = 7;

/** Whole days since 1970, of an ISO date. */
export function dayNumber(date: string): number {
  return Math.round(Date.parse(`${date.slice(0, 10)}T00:00:00Z`) / DAY_MS);
}

export function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** Of a month, or of the month of a date. */
export function daysInMonth(date: string): number {
  const [year = 0, month = 1] = date.split('-').map(Number);
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

export interface FanPoint {
  readonly day: number;
  readonly value: number;
}

interface DayCost {
  readonly date: string;
  readonly cost: number;
}

/**
 * What a month would cost at the rate of the week that ends with a day: the mean of seven days × the days of that month. A week has a
 * shape of its own, so that no single day says what a month costs. Days that lack six before them are left out.
 */
export function monthlyRate(days: readonly DayCost[], month: string): FanPoint[] {
  const length = daysInMonth(month);
  let sum = 0;
  return days.flatMap(({ date, cost }, at) => {
    sum += cost - (days[at - WEEK]?.cost ?? 0);
    return at < WEEK - 1 ? [] : [{ day: dayNumber(date), value: (sum / WEEK) * length }];
  });
}

/** The rate of the days ahead, from the last that was: the first weeks ahead lean on days that have happened. */
export function rateAhead(history: readonly DayCost[], ahead: readonly DayCost[], month: string): FanPoint[] {
  const first = ahead[0]?.date;
  if (first === undefined) return [];
  return monthlyRate([...history.slice(-WEEK), ...ahead], month).filter(
    ({ day }) => day >= dayNumber(first) - 1,
  );
}

export interface MonthFactors {
  readonly month: string;
  /** Of what a month comes to: 0.9 is 10 % below. */
  readonly factors: readonly number[];
}

/**
 * How far off a day may be: nothing now, what was measured for a month in the middle of it, a straight line between. Intervals are those
 * of months, since nobody pays by the day.
 */
export function factorsAt(months: readonly MonthFactors[], now: number): (day: number) => number[] {
  const size = months[0]?.factors.length ?? 0;
  const stops = [
    { day: now, factors: Array.from({ length: size }, () => 1) },
    ...months
      .map(({ month, factors }) => ({
        day: dayNumber(`${month}-01`) + Math.floor(daysInMonth(month) / 2),
        factors,
      }))
      .filter(({ day }) => day > now),
  ];
  return (day) => {
    const next = stops.findIndex((stop) => stop.day >= day);
    const to = stops[next === -1 ? stops.length - 1 : next];
    const from = stops[next === -1 ? stops.length - 1 : Math.max(next - 1, 0)];
    if (from === undefined || to === undefined) return [];
    const share = to.day === from.day ? 1 : (day - from.day) / (to.day - from.day);
    return to.factors.map((factor, at) => {
      const before = from.factors[at] ?? 1;
      return before + (factor - before) * share;
    });
  };
}

/** Pushes boxes apart that want to stand at the same height, in their order from above, inside of a range. */
export function apart(
  wanted: readonly number[],
  height: number,
  [top, bottom]: readonly [number, number],
): number[] {
  const order = wanted.map((_, at) => at).toSorted((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  const placed = wanted.map((y) => y);
  let least = top;
  for (const at of order) {
    placed[at] = Math.max(placed[at] ?? 0, least);
    least = placed[at] + height;
  }
  let most = bottom;
  for (const at of order.toReversed()) {
    placed[at] = Math.min(placed[at] ?? 0, most);
    most = placed[at] - height;
  }
  return placed;
}

/** The first days of months in a range; where there is no room for each, every second, third, … */
export function monthStarts(from: number, to: number, most: number): number[] {
  const starts: number[] = [];
  for (let day = from; day <= to; day += 1) if (dateOf(day).endsWith('-01')) starts.push(day);
  const step = Math.max(1, Math.ceil(starts.length / Math.max(most, 1)));
  return starts.filter((_, at) => at % step === 0);
}

interface Word {
  readonly x: number;
  readonly width: number;
}

/** The line on which each text stands so that none lies on another; those that find none within `lines` get −1 and are left out. */
export function linesOf(words: readonly Word[], lines: number): number[] {
  const ends: number[] = Array.from({ length: lines }, () => Number.NEGATIVE_INFINITY);
  return words.map(({ x, width }) => {
    const line = ends.findIndex((end) => end <= x - width / 2);
    if (line !== -1) ends[line] = x + width / 2 + 6;
    return line;
  });
}
