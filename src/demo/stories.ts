/** When what happened in the demo company, relative to DEMO_NOW. Each story has one answer, which the truth file states. */
import { DAY_MS, HOUR_MS, monthStart } from './calendar.ts';

export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Stories {
  readonly nowMs: number;
  /** First instant of the company's history: fifteen months, the one under way included. */
  readonly fromMs: number;
  /** From here on single calls are kept; before it, sums per hour. */
  readonly rowsFromMs: number;
  /** From here on every lane is kept in every hour, so that the hours of a week can be compared; before it small lanes are not. */
  readonly hourlyFromMs: number;
  /** The last whole calendar month: the one that prints the known table. */
  readonly paperMonth: Window;
  readonly growthStep: { readonly atMs: number; readonly times: number };
  /** A large customer contract: 10 % off everything at one provider from here on. */
  readonly commitmentFromMs: number;
  readonly priceCutAtMs: number;
  /** Tagging calls, from 31 % of spend untagged to 4 %. */
  readonly rollout: Window;
  readonly promptReleaseAtMs: number;
  readonly migration: Window;
  readonly retryStorm: Window;
  readonly outage: Window;
}

export const HISTORY_MONTHS = 15;
const ROW_DAYS = 30;
/** Ten weeks and some: what the expectation of an hour is made of (inform/anomalies). */
const COMPARED_DAYS = 77;
const ROLLOUT_DAYS = 42;
const RETRY_STORM_HOURS = 11;
const OUTAGE_HOURS = 3;

/** @param nowMs DEMO_NOW; the beginning of its hour counts. */
export function tellStories(nowMs: number): Stories {
  const now = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const paper = monthStart(now, -1);
  const lasting = (fromMs: number, forMs: number): Window => ({ fromMs, toMs: fromMs + forMs });
  return {
    nowMs: now,
    fromMs: monthStart(now, 1 - HISTORY_MONTHS),
    rowsFromMs: today - ROW_DAYS * DAY_MS,
    hourlyFromMs: today - (ROW_DAYS + COMPARED_DAYS) * DAY_MS,
    paperMonth: { fromMs: paper, toMs: monthStart(now) },
    growthStep: { atMs: monthStart(paper, -6) + 11 * DAY_MS, times: 1.18 },
    commitmentFromMs: monthStart(paper, -8),
    priceCutAtMs: monthStart(paper, -4) + 14 * DAY_MS,
    rollout: { fromMs: paper - ROLLOUT_DAYS * DAY_MS, toMs: paper },
    promptReleaseAtMs: monthStart(paper, -3) + 8 * DAY_MS + 14 * HOUR_MS,
    migration: lasting(monthStart(paper, -5) + 6 * DAY_MS, 21 * DAY_MS),
    retryStorm: lasting(today - 6 * DAY_MS + 2 * HOUR_MS, RETRY_STORM_HOURS * HOUR_MS),
    outage: lasting(today - 12 * DAY_MS + 13 * HOUR_MS, OUTAGE_HOURS * HOUR_MS),
  };
}

export function isWithin({ fromMs, toMs }: Window, atMs: number): boolean {
  return fromMs <= atMs && atMs < toMs;
}

/** 0 before a window, 1 after it, a straight line inside. */
export function ramp({ fromMs, toMs }: Window, atMs: number): number {
  return Math.min(1, Math.max(0, (atMs - fromMs) / (toMs - fromMs)));
}

const UNTAGGED_BEFORE = 0.31;
const UNTAGGED_AFTER = 0.04;
/** What stays without an owner for good: the calls that the unattributed lane makes by itself. */
export const NEVER_TAGGED = 0.02;

/** The share of a workflow's calls that carry no tag at a time; the never tagged are not among them. */
export function untaggedShare({ rollout }: Stories, atMs: number): number {
  if (atMs >= rollout.toMs) return 0;
  const all = UNTAGGED_BEFORE - (UNTAGGED_BEFORE - UNTAGGED_AFTER) * ramp(rollout, atMs);
  return (all - NEVER_TAGGED) / (1 - NEVER_TAGGED);
}
