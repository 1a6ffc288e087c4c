/** Reading series from the ledger: hours or days of a span without gaps, per group. */
import type { Condition, Dimension, Figures, LedgerReader, Measure, Span } from '../../ledger/question.ts';

export interface SeriesAsk {
  readonly during: Span;
  readonly step: 'hour' | 'day';
  readonly by: Dimension | undefined;
  readonly of: readonly Measure[];
  readonly where: readonly Condition[];
}

export interface Series {
  /** Starts of the steps, UTC milliseconds. */
  readonly starts: readonly number[];
  /** Figures of each group and step; undefined where nothing happened. */
  readonly groups: ReadonlyMap<string, ReadonlyArray<Figures | undefined>>;
  /** Groups were cut off at the ledger's limit. */
  readonly cut: boolean;
}

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
const MOST_GROUPS = 10_000;
/** Steps of the first slice; the next is as long as the groups seen so far allow. */
const FIRST_STEPS = 336;
const FILLED = 0.8;

/** Hours and days are those of UTC: a day of a clock change would not be like the others. */
export async function readSeries(reader: LedgerReader, ask: SeriesAsk): Promise<Series> {
  const stepMs = ask.step === 'hour' ? HOUR_MS : DAY_MS;
  const fromMs = Math.floor(ask.during.fromMs / stepMs) * stepMs;
  const toMs = Math.floor(ask.during.toMs / stepMs) * stepMs; // a step under way is not a small one
  const count = Math.max(0, Math.round((toMs - fromMs) / stepMs));
  const groups = new Map<string, Array<Figures | undefined>>();
  let cut = false;
  let steps = FIRST_STEPS;
  for (let first = 0; first < count;) {
    const last = Math.min(first + steps, count, sliceEnd(fromMs / stepMs + first, steps) - fromMs / stepMs);
    const answer = await reader.ask({
      of: ask.of,
      by: ask.by === undefined ? [ask.step] : [ask.step, ask.by],
      during: { fromMs: fromMs + first * stepMs, toMs: fromMs + last * stepMs },
      where: ask.where,
      timeZone: 'UTC',
      simulated: 'exclude',
      limit: MOST_GROUPS,
    });
    const most = Math.max(
      1,
      Math.floor(((last - first) * FILLED * MOST_GROUPS) / Math.max(1, answer.rows.length)),
    );
    if (answer.other !== null && last - first > 1) {
      steps = Math.min(most, (last - first) >> 1);
      continue; // some groups are missing: fewer steps hold them
    }
    cut ||= answer.other !== null;
    for (const { group, figures } of answer.rows) {
      const at = Math.round((instantOf(group[0] ?? '', ask.step) - fromMs) / stepMs);
      const name = group[1] ?? '';
      const values = groups.get(name) ?? Array.from<Figures | undefined>({ length: count });
      groups.set(name, values);
      if (at >= 0 && at < count) values[at] = figures;
    }
    first = last;
    steps = most;
  }
  return { starts: Array.from({ length: count }, (_, at) => fromMs + at * stepMs), groups, cut };
}

/** The same slices whenever it is asked, so that an answer about weeks that are over can be kept. */
function sliceEnd(first: number, steps: number): number {
  const end = Math.floor((first + steps) / FIRST_STEPS) * FIRST_STEPS;
  return end > first ? end : first + steps;
}

/** `2026-10-25T02:00+00:00` or `2026-10-25`. */
function instantOf(label: string, step: 'hour' | 'day'): number {
  return Date.parse(step === 'hour' ? label : `${label}T00:00:00Z`);
}

/** Dollars as a number, for statistics only: never an amount of the ledger. */
export function dollars(amount: string | null | undefined): number {
  return amount === null || amount === undefined ? 0 : Number(amount);
}
