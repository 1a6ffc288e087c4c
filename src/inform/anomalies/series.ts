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
/** A slice holds at most so many steps, so that its groups stay below the ledger's limit. */
const STEPS_A_SLICE = 168;

/** Hours and days are those of UTC: a day of a clock change would not be like the others. */
export async function readSeries(reader: LedgerReader, ask: SeriesAsk): Promise<Series> {
  const stepMs = ask.step === 'hour' ? HOUR_MS : DAY_MS;
  const fromMs = Math.floor(ask.during.fromMs / stepMs) * stepMs;
  const toMs = Math.floor(ask.during.toMs / stepMs) * stepMs; // a step under way is not a small one
  const count = Math.max(0, Math.round((toMs - fromMs) / stepMs));
  const groups = new Map<string, Array<Figures | undefined>>();
  let cut = false;
  for (let first = 0; first < count; first += STEPS_A_SLICE) {
    const last = Math.min(first + STEPS_A_SLICE, count);
    const answer = await reader.ask({
      of: ask.of,
      by: ask.by === undefined ? [ask.step] : [ask.step, ask.by],
      during: { fromMs: fromMs + first * stepMs, toMs: fromMs + last * stepMs },
      where: ask.where,
      timeZone: 'UTC',
      simulated: 'exclude',
      limit: MOST_GROUPS,
    });
    cut ||= answer.other !== null;
    for (const { group, figures } of answer.rows) {
      const at = Math.round((instantOf(group[0] ?? '', ask.step) - fromMs) / stepMs);
      const name = group[1] ?? '';
      const steps = groups.get(name) ?? Array.from<Figures | undefined>({ length: count });
      groups.set(name, steps);
      if (at >= 0 && at < count) steps[at] = figures;
    }
  }
  return { starts: Array.from({ length: count }, (_, at) => fromMs + at * stepMs), groups, cut };
}

/** `2026-10-25T02:00+00:00` or `2026-10-25`. */
function instantOf(label: string, step: 'hour' | 'day'): number {
  return Date.parse(step === 'hour' ? label : `${label}T00:00:00Z`);
}

/** Dollars as a number, for statistics only: never an amount of the ledger. */
export function dollars(amount: string | null | undefined): number {
  return amount === null || amount === undefined ? 0 : Number(amount);
}
