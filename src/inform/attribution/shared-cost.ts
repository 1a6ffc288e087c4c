/**
 * Splits of shared cost, applied to months: what a workflow or an account cost, a stated amount, or a commitment is
 * taken back from where it stands and given to those who share it, provider by provider, model by model, bucket by
 * bucket. Totals of providers, accounts and models do not move. The record of each month says by which ratios it was
 * divided (FOCUS: allocation method and ratio), and is all that is needed to take it back.
 */
import type { LedgerReader, LockedMonth, Span } from '../../ledger/question.ts';
import type { LedgerPoster, Posting } from '../../ledger/posting.ts';
import type { AttributionPosting, AttributionRegistry } from '../../registry/registry.ts';
import { formatDollars, parseDollars } from '../../units/money.ts';
import type { Picodollars } from '../../units/money.ts';
import type { Commitment } from './commitments.ts';
import { toPosting } from './cost-lines.ts';
import type { CostOrigin } from './cost-lines.ts';
import { bookingOf, monthOf, monthSpan, monthsIn } from './months.ts';
import { readOrigins, SHARED_COST, weigh, withoutDivided } from './origins.ts';
import type { Origin, SplitRecord, SplitSource } from './origins.ts';
import { divideCost, UNUSED } from './split.ts';
import type { Share, SplitMethod, SplitTarget } from './split.ts';

const DAY_MS = 86_400_000;
/** What one batch of the ledger takes. */
const MOST_POSTINGS = 5_000;

export interface Split {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly source: SplitSource;
  readonly method: SplitMethod;
  /** First and last month to which it applies, `2026-09`; no last month: until it is withdrawn. */
  readonly from: string;
  readonly until?: string;
}

export interface SplitParts {
  readonly ledger: LedgerReader;
  readonly poster: Pick<LedgerPoster, 'post'>;
  readonly registry: Pick<AttributionRegistry, 'plan' | 'finish' | 'postings'>;
  readonly nowMs: number;
}

export type SplitOutcome =
  | { readonly kind: 'split'; readonly month: string; readonly record: SplitRecord; readonly lines: number }
  | {
      readonly kind: 'reversed';
      readonly month: string;
      readonly record: SplitRecord;
      readonly lines: number;
    }
  /** Nothing to divide, or nothing to divide it by: the cost stays where it is. */
  | { readonly kind: 'left'; readonly month: string; readonly amount: string; readonly reason: string };

/** Divides what a split has not divided yet, month by month. Again: only what came since. A newer version starts anew. */
export async function applySplit(
  parts: SplitParts,
  split: Split,
  ask: { readonly during: Span; readonly commitments: readonly Commitment[]; readonly actor: string },
): Promise<SplitOutcome[]> {
  await resumeSplits(parts);
  const locked = await parts.ledger.lockedMonths();
  const outcomes: SplitOutcome[] = [];
  for (const { month } of monthsIn(ask.during)) {
    if (month < split.from || (split.until !== undefined && month > split.until)) continue;
    if (monthSpan(month).fromMs > parts.nowMs) continue;
    for (const old of (await standing(parts, split.id, month)).filter(
      ({ version }) => version !== split.version,
    ))
      outcomes.push(await reverseOne(parts, old, { locked, actor: ask.actor }));
    outcomes.push(await splitMonth(parts, split, { ...ask, month, locked }));
  }
  return outcomes;
}

/** Takes back what a split did in a month. */
export async function reverseSplit(
  parts: SplitParts,
  ask: { readonly split: string; readonly month: string; readonly actor: string },
): Promise<SplitOutcome[]> {
  await resumeSplits(parts);
  const locked = await parts.ledger.lockedMonths();
  const outcomes: SplitOutcome[] = [];
  for (const one of await standing(parts, ask.split, ask.month))
    outcomes.push(await reverseOne(parts, one, { locked, actor: ask.actor }));
  return outcomes;
}

/** What stands of a month: postings that were not taken back, oldest first. For FOCUS: method and ratio per target. */
export async function standing(
  { registry }: Pick<SplitParts, 'registry'>,
  split: string,
  month: string,
): Promise<AttributionPosting[]> {
  const all = (await registry.postings('split')).filter(
    (one) => one.subject === split && one.month === month,
  );
  const reversed = new Set(all.map((one) => recordOf(one).reverses));
  return all.filter((one) => recordOf(one).reverses === undefined && !reversed.has(one.id));
}

export function recordOf({ body }: AttributionPosting): SplitRecord {
  return body as unknown as SplitRecord;
}

interface MonthAsk {
  readonly month: string;
  readonly locked: readonly LockedMonth[];
  readonly commitments: readonly Commitment[];
  readonly actor: string;
}

/** What a split would do in a month, without doing it. */
export async function planSplit(
  { ledger, registry, nowMs }: Omit<SplitParts, 'poster'>,
  split: Split,
  { month, locked, commitments }: Omit<MonthAsk, 'actor'>,
): Promise<SplitRecord | Extract<SplitOutcome, { kind: 'left' }>> {
  const before = (await standing({ registry }, split.id, month)).filter(
    ({ version }) => version === split.version,
  );
  const origins = withoutDivided(
    await readOrigins(ledger, split.source, month, commitments),
    before.map(recordOf),
  );
  const parts = origins.flatMap(({ costs }) => costs.map(({ cost }) => cost));
  const amount = formatDollars(parts.reduce((sum, cost) => sum + cost, 0n));
  if (parts.length === 0) return { kind: 'left', month, amount, reason: 'there is nothing left to divide' };
  const weighted = await weigh(ledger, split, month, { commitments, nowMs });
  const shares = divideCost(parts, weighted);
  if (shares === undefined)
    return {
      kind: 'left',
      month,
      amount,
      reason: 'nobody used anything in it, so there is nothing to divide by',
    };
  if (shares.every(({ target, amount: own }) => target === UNUSED || own === 0n))
    return { kind: 'left', month, amount, reason: 'nobody used any of it, so it stays unused' };
  const bookAtMs = bookingOf(month, locked);
  return {
    split: `${split.id}@${split.version}`,
    month,
    method: methodWords(split.method),
    atMs: bookAtMs ?? Math.max(monthSpan(month).fromMs, Math.min(monthSpan(month).fromMs + DAY_MS, nowMs)),
    ...(bookAtMs !== undefined && { forMonth: month }),
    amount,
    shares: shares.map(toRecordShare),
    origins: origins.map(toRecordOrigin),
  };
}

async function splitMonth(parts: SplitParts, split: Split, ask: MonthAsk): Promise<SplitOutcome> {
  const record = await planSplit(parts, split, ask);
  if ('kind' in record) return record;
  const lines = await book(parts, record, { id: split.id, version: split.version, actor: ask.actor });
  return { kind: 'split', month: ask.month, record, lines };
}

async function reverseOne(
  parts: SplitParts,
  posting: AttributionPosting,
  { locked, actor }: { readonly locked: readonly LockedMonth[]; readonly actor: string },
): Promise<SplitOutcome> {
  const { forMonth, ...before } = recordOf(posting);
  const bookedIn = monthOf(before.atMs);
  const bookAtMs = bookingOf(bookedIn, locked);
  const closed = bookAtMs === undefined ? forMonth : before.month;
  const record: SplitRecord = {
    ...before,
    atMs: bookAtMs ?? before.atMs,
    ...(closed !== undefined && { forMonth: closed }),
    reverses: posting.id,
  };
  const lines = await book(parts, record, { id: posting.subject, version: posting.version, actor });
  return { kind: 'reversed', month: posting.month, record, lines };
}

/** Writes down, then posts. */
async function book(
  parts: SplitParts,
  record: SplitRecord,
  { id, version, actor }: { readonly id: string; readonly version: number; readonly actor: string },
): Promise<number> {
  const { month } = record;
  const known = (await parts.registry.postings('split')).filter(
    (one) => one.subject === id && one.month === month,
  );
  const batch = `split.${id}.${version}.${month}.${known.length + 1}`;
  const body = record as unknown as Readonly<Record<string, unknown>>;
  await parts.registry.plan({ id: batch, kind: 'split', subject: id, version, month, body }, actor);
  return tell(parts, batch, record);
}

async function tell({ poster, registry }: SplitParts, batch: string, record: SplitRecord): Promise<number> {
  const postings = toPostings(batch, record);
  let lines = 0;
  for (let at = 0; at < postings.length; at += MOST_POSTINGS) {
    const some = postings.slice(at, at + MOST_POSTINGS);
    lines += (await poster.post({ id: `${batch}.${at / MOST_POSTINGS + 1}`, postings: some })).lines;
  }
  await registry.finish(batch, lines);
  return lines;
}

/** Tells the ledger what was planned and perhaps never told. */
async function resumeSplits(parts: SplitParts): Promise<void> {
  const open = (await parts.registry.postings('split')).filter(({ doneAtMs }) => doneAtMs === undefined);
  for (const one of open) await tell(parts, one.id, recordOf(one));
}

export function methodWords(method: SplitMethod): string {
  return method.kind === 'usage' ? `usage by ${method.measure}` : method.kind;
}

function toRecordShare({ target, weight, ratio, amount }: Share): SplitRecord['shares'][number] {
  return { target, weight: weight.toString(), ratio, amount: formatDollars(amount) };
}

function toRecordOrigin({ origin, costs, taken }: Origin): SplitRecord['origins'][number] {
  return {
    origin,
    costs: toTexts(costs),
    taken: taken.map((one) => ({ ...one, costs: toTexts(one.costs) })),
  };
}

function toTexts(costs: ReadonlyArray<{ bucket: string; cost: Picodollars }>) {
  return costs.map(({ bucket, cost }) => ({ bucket, cost: formatDollars(cost) }));
}

/** The lines of a record. Pure: the same record gives the same lines, so it can be told twice. */
export function toPostings(batch: string, record: SplitRecord): Posting[] {
  const sign = record.reverses === undefined ? 1n : -1n;
  const weighted = record.shares.map(({ target, weight }) => ({ target, weight: BigInt(weight) }));
  const correction = `split:${record.split}:${record.month}`;
  const { atMs, forMonth } = record;
  const postings: Posting[] = [];
  const add = (
    origin: CostOrigin,
    target: SplitTarget,
    costs: ReadonlyArray<{ bucket: string; cost: Picodollars }>,
  ): void => {
    const seed = `${batch} ${postings.length}`;
    const by = target.workflow === '' ? '' : correction;
    const line = { seed, atMs, origin, target, by, costs, part: 'shared', cause: SHARED_COST, correction };
    postings.push(
      toPosting({ ...line, leg: 'adjust', source: 'rule', ...(forMonth !== undefined && { forMonth }) }),
    );
  };
  for (const { origin, costs, taken } of record.origins) {
    for (const { owner, costs: some } of taken)
      add(
        origin,
        owner,
        some.map(({ bucket, cost }) => ({ bucket, cost: -sign * parseDollars(cost) })),
      );
    const parts = costs.map(({ cost }) => sign * parseDollars(cost));
    for (const { target, parts: own } of divideCost(parts, weighted) ?? [])
      if (own.some((cost) => cost !== 0n))
        add(
          origin,
          target,
          costs.map(({ bucket }, at) => ({ bucket, cost: own[at] ?? 0n })),
        );
  }
  return postings;
}
