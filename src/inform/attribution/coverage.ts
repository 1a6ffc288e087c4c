/**
 * Attribution coverage as a measured figure: the share of spend that has a workflow, a team, a customer; over time;
 * and how it is known. What has no price has no spend to be a share of, so its calls are said beside every figure.
 */
import type { Answer, Condition, Dimension, LedgerReader, Question, Span } from '../../ledger/question.ts';
import { OWNER_FIELDS } from '../../rulebook/rulebook.ts';
import type { OwnerField } from '../../rulebook/rulebook.ts';
import { divideRounded } from '../../units/money.ts';
import type { Picodollars } from '../../units/money.ts';
import { addAmount, NO_AMOUNT, toAmount } from './groups.ts';
import type { Amount } from './groups.ts';

/** The share of spend that has a workflow in a practice that works (the KPI of the field: above 95 %). */
export const COVERAGE_TARGET = 0.95;

export type PeriodLength = 'day' | 'week' | 'month';

/**
 * How a workflow is known: the call said it, its key did, a rule named it at the source (`rule`) or afterwards
 * (`correction`), a shared cost was split (`split`), or the line is older than the record of who said so (`unrecorded`).
 */
export const KNOWN_BY = ['said', 'key', 'rule', 'correction', 'split', 'unrecorded'] as const;
export type KnownBy = (typeof KNOWN_BY)[number];

export interface CoverageAsk {
  readonly during: Span;
  readonly timeZone: string;
  readonly simulated: Question['simulated'];
  readonly by: PeriodLength;
  readonly where: readonly Condition[];
}

export interface FieldCoverage {
  readonly tagged: Amount;
  readonly missing: Amount;
  /** Tagged cost ÷ cost, 0 to 1; null where nothing was spent. */
  readonly share: number | null;
}

export interface Coverage {
  readonly total: Amount;
  readonly fields: Readonly<Record<OwnerField, FieldCoverage>>;
  readonly known: ReadonlyArray<Amount & { readonly by: KnownBy; readonly share: number | null }>;
  readonly over: ReadonlyArray<{
    readonly period: string;
    readonly total: Amount;
    readonly fields: Readonly<Record<OwnerField, FieldCoverage>>;
  }>;
  readonly asOfMs: number;
  readonly completeUntilMs: number;
  readonly simulatedCalls: number;
}

const MOST_PERIODS = 10_000;

export async function readCoverage(ledger: LedgerReader, ask: CoverageAsk): Promise<Coverage> {
  const put = (by: readonly Dimension[], where: readonly Condition[]): Promise<Answer> =>
    ledger.ask({
      of: ['cost', 'calls', 'unpricedCalls'],
      by,
      during: ask.during,
      where: [...ask.where, ...where],
      timeZone: ask.timeZone,
      simulated: ask.simulated,
      limit: MOST_PERIODS,
    });
  const [all, known, ...missing] = await Promise.all([
    put([ask.by], []),
    put(['attributedBy', 'leg', 'cause'], [{ dimension: 'workflow', not: [''] }]),
    ...OWNER_FIELDS.map((field) => put([ask.by], [{ dimension: field, is: [''] }])),
  ]);
  const periods = (answer: Answer | undefined): Map<string, Amount> =>
    new Map(answer?.rows.map(({ group, figures }) => [group[0] ?? '', toAmount(figures)]));
  const total = toAmount(all.total);
  const missingOver = missing.map(periods);
  return {
    total,
    fields: perField((_, at) => coverageOf(total, toAmount(missing[at]?.total ?? {}))),
    known: knownBy(known, total.cost),
    over: [...periods(all)].map(([period, amount]) => ({
      period,
      total: amount,
      fields: perField((_, at) => coverageOf(amount, missingOver[at]?.get(period) ?? NO_AMOUNT)),
    })),
    asOfMs: all.asOfMs,
    completeUntilMs: all.completeUntilMs,
    simulatedCalls: all.simulatedCalls,
  };
}

function perField(make: (field: OwnerField, at: number) => FieldCoverage): Record<OwnerField, FieldCoverage> {
  const [workflow, team, customer] = OWNER_FIELDS.map(make) as [FieldCoverage, FieldCoverage, FieldCoverage];
  return { workflow, team, customer };
}

export function coverageOf(total: Amount, missing: Amount): FieldCoverage {
  const tagged = {
    cost: total.cost - missing.cost,
    calls: total.calls - missing.calls,
    unpricedCalls: total.unpricedCalls - missing.unpricedCalls,
  };
  return { tagged, missing, share: shareOf(tagged.cost, total.cost) };
}

const STEPS = 1_000_000_000_000n;

/** A part of a whole, divided as integers; null where the whole is nothing. */
export function shareOf(part: Picodollars, whole: Picodollars): number | null {
  return whole <= 0n ? null : Number(divideRounded(part * STEPS, whole)) / Number(STEPS);
}

function knownBy(answer: Answer, total: Picodollars): Coverage['known'] {
  const sums = new Map<KnownBy, Amount>();
  for (const { group, figures } of answer.rows) {
    const by = knowledge(group[0] ?? '', group[1] ?? '', group[2] ?? '');
    sums.set(by, addAmount(sums.get(by) ?? NO_AMOUNT, toAmount(figures)));
  }
  return KNOWN_BY.flatMap((by) => {
    const amount = sums.get(by);
    return amount === undefined ? [] : [{ by, ...amount, share: shareOf(amount.cost, total) }];
  });
}

function knowledge(attributedBy: string, leg: string, cause: string): KnownBy {
  if (cause === 'shared-cost' || cause === 'commitment') return 'split';
  if (attributedBy.startsWith('rule:')) return leg === 'adjust' ? 'correction' : 'rule';
  return attributedBy === 'said' || attributedBy === 'key' ? attributedBy : 'unrecorded';
}
