/**
 * Commitments: capacity that is paid for by the hour, used or not (provisioned throughput). Each day or month of one
 * becomes a line once it is over, under the name `unused`; a split by usage gives it to those who used it.
 */
import type { LedgerReader, Span } from '../../ledger/question.ts';
import type { LedgerPoster, Posting } from '../../ledger/posting.ts';
import type { AttributionPosting, AttributionRegistry } from '../../registry/registry.ts';
import { divideRounded, formatDollars, parseDollars, splitByWeights } from '../../units/money.ts';
import type { Picodollars } from '../../units/money.ts';
import { toPosting } from './cost-lines.ts';
import { bookingOf, monthSpan, monthsIn } from './months.ts';
import { UNUSED } from './split.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The cause of lines that are a commitment. */
export const COMMITTED = 'commitment';

/** How ledger lines name the commitment that they are. */
export function commitmentName(id: string): string {
  return `commitment:${id}`;
}

export interface Commitment {
  readonly id: string;
  readonly version: number;
  readonly provider: string;
  /** Empty: any account of the provider. */
  readonly account: string;
  /** The model or deployment that it is for; empty: any. */
  readonly model: string;
  /** Decimal dollars per hour. */
  readonly hourly: string;
  readonly fromMs: number;
  readonly untilMs?: number;
  readonly lines: 'daily' | 'monthly';
  /** Tokens that it can carry in an hour; without it, what was not used cannot be known. */
  readonly tokensPerHour?: number;
}

/** One period of a commitment that is over. */
export interface CommittedPeriod {
  /** `2026-09` or `2026-09-03`, UTC. */
  readonly period: string;
  readonly month: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly cost: Picodollars;
}

/**
 * The periods of a commitment that lie in a span and are over. Pure. The days of a month are parts of the month's
 * cost, so that it is the same in days as in one.
 */
export function committedPeriods(commitment: Commitment, during: Span, nowMs: number): CommittedPeriod[] {
  return monthsIn(during).flatMap(({ month }) => {
    const whole = monthSpan(month);
    const held = clip(whole, commitment);
    if (held === undefined) return [];
    const cost = divideRounded(
      parseDollars(commitment.hourly) * BigInt(held.toMs - held.fromMs),
      BigInt(HOUR_MS),
    );
    if (commitment.lines === 'monthly')
      return whole.toMs <= nowMs ? [{ period: month, month, ...held, cost }] : [];
    const days = daysOf(whole).flatMap((day) => clip(day, commitment) ?? []);
    const costs = splitByWeights(
      cost,
      days.map(({ fromMs, toMs }) => BigInt(toMs - fromMs)),
    );
    return days
      .map((day, at) => ({ period: dayOf(day.fromMs), month, ...day, cost: costs[at] ?? 0n }))
      .filter(({ fromMs }) => {
        const end = startOfDay(fromMs) + DAY_MS;
        return end <= nowMs && end > during.fromMs && fromMs < during.toMs;
      });
  });
}

function clip(span: Span, { fromMs, untilMs = Infinity }: Commitment): Span | undefined {
  const cut = { fromMs: Math.max(span.fromMs, fromMs), toMs: Math.min(span.toMs, untilMs) };
  return cut.fromMs < cut.toMs ? cut : undefined;
}

function daysOf({ fromMs, toMs }: Span): Span[] {
  const count = Math.round((toMs - fromMs) / DAY_MS);
  return Array.from({ length: count }, (_, at) => ({
    fromMs: fromMs + at * DAY_MS,
    toMs: fromMs + (at + 1) * DAY_MS,
  }));
}

function startOfDay(atMs: number): number {
  return Math.floor(atMs / DAY_MS) * DAY_MS;
}

function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

export interface CommitmentParts {
  readonly ledger: Pick<LedgerReader, 'lockedMonths'>;
  readonly poster: Pick<LedgerPoster, 'post'>;
  readonly registry: Pick<AttributionRegistry, 'plan' | 'finish' | 'postings'>;
  readonly nowMs: number;
}

export interface PostedPeriod {
  readonly commitment: string;
  readonly period: string;
  readonly cost: string;
  readonly lines: number;
}

/** What is needed to post a period again. */
interface PeriodRecord {
  readonly commitment: Commitment;
  readonly period: string;
  readonly atMs: number;
  readonly cost: string;
  readonly forMonth?: string;
}

/** Posts the periods that are over and not posted. A period is posted once, whatever version of the commitment did it. */
export async function postCommitment(
  parts: CommitmentParts,
  commitment: Commitment,
  ask: { readonly during: Span; readonly actor: string },
): Promise<PostedPeriod[]> {
  const { registry, ledger, nowMs } = parts;
  for (const open of (await registry.postings('commitment')).filter(({ doneAtMs }) => doneAtMs === undefined))
    await tell(parts, open);
  const known = (await registry.postings('commitment')).filter(({ subject }) => subject === commitment.id);
  const ids = new Set(known.map(({ id }) => id));
  const locked = await ledger.lockedMonths();
  const posted: PostedPeriod[] = [];
  for (const { period, month, fromMs, cost } of committedPeriods(commitment, ask.during, nowMs)) {
    const id = `commitment.${commitment.id}.${period}`;
    if (ids.has(id) || known.some((one) => one.month === month && one.id.length !== id.length)) continue;
    const bookAtMs = bookingOf(month, locked);
    const record: PeriodRecord = {
      commitment,
      period,
      atMs: bookAtMs ?? startOfDay(fromMs) + (commitment.lines === 'daily' ? DAY_MS / 2 : DAY_MS),
      cost: formatDollars(cost),
      ...(bookAtMs !== undefined && { forMonth: month }),
    };
    const body = record as unknown as Readonly<Record<string, unknown>>;
    const { id: subject, version } = commitment;
    const planned = await registry.plan({ id, kind: 'commitment', subject, version, month, body }, ask.actor);
    const lines = await tell(parts, planned);
    posted.push({ commitment: commitment.id, period, cost: record.cost, lines });
  }
  return posted;
}

async function tell(
  { poster, registry }: CommitmentParts,
  { id, body }: AttributionPosting,
): Promise<number> {
  const { lines } = await poster.post({ id, postings: [periodPosting(id, body as unknown as PeriodRecord)] });
  await registry.finish(id, lines);
  return lines;
}

function periodPosting(seed: string, { commitment, atMs, cost, forMonth }: PeriodRecord): Posting {
  const { id, provider, account, model } = commitment;
  return toPosting({
    seed,
    atMs,
    origin: { provider, account, region: '', model, serviceTier: 'provisioned' },
    target: UNUSED,
    by: commitmentName(id),
    costs: [{ bucket: '', cost: parseDollars(cost) }],
    part: 'commitment',
    leg: forMonth === undefined ? 'settle' : 'adjust',
    source: 'rule',
    cause: COMMITTED,
    correction: commitmentName(id),
    ...(forMonth !== undefined && { forMonth }),
  });
}
