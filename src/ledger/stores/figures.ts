/**
 * From sums to the figures of an answer. Sums are exact (bigint money, integer counts); what does not add up, such as
 * averages and shares, is worked out here from the sums, for a group, the rest and the total alike.
 */
import { divideRounded, formatDollars, parseDollars } from '../../units/money.ts';
import type { Picodollars } from '../../units/money.ts';
import type { Figures, Measure, PartTokens } from '../question.ts';
import { INPUT_PART_COLUMNS, OUTPUT_PART_COLUMNS, bucketsSql } from './columns.ts';

/** A sum over a group's lines: its SQL over the columns of lines or roll-up (each prefixed `m_`), and whether it is money. */
interface SumSql {
  readonly sql: string;
  readonly money?: true;
}

const measured = (expression: string): string => expression.replaceAll(/\w+/g, 'm_$&');
const sumOf = (expression: string): SumSql => ({ sql: `sum(${measured(expression)})` });
const moneyOf = (name: string): SumSql => ({ sql: `sum(m_${name})`, money: true });

const PART_SUMS = Object.fromEntries(
  [...INPUT_PART_COLUMNS, ...OUTPUT_PART_COLUMNS].map(({ name }) => [name, sumOf(name)]),
);

const SUM_SQL: Readonly<Record<string, SumSql>> = {
  lines: sumOf('lines'),
  calls: sumOf('calls'),
  attempts: sumOf('attempts'),
  timedAttempts: sumOf('timed_attempts'),
  timedDurationMs: sumOf('timed_duration_ms'),
  unpriced: sumOf('unpriced'),
  flagged: sumOf('flagged'),
  inputTokens: sumOf('input_units'),
  outputTokens: sumOf('output_units'),
  callInputTokens: sumOf('call_input'),
  callOutputTokens: sumOf('call_output'),
  cacheReadTokens: sumOf(bucketsSql((bucket) => /cacheRead$/i.test(bucket))),
  cacheWriteTokens: sumOf(bucketsSql((bucket) => bucket.startsWith('cacheWrite'))),
  reasoningTokens: sumOf(bucketsSql((bucket) => bucket === 'reasoningOut')),
  cost: moneyOf('cost'),
  inputCost: moneyOf('input_cost'),
  outputCost: moneyOf('output_cost'),
  feeCost: moneyOf('fee_cost'),
  unattributedCalls: { sql: "sumIf(m_calls, workflow = '')" },
  unattributedCost: { sql: "sumIf(m_cost, workflow = '')", money: true },
  units: sumOf(bucketsSql(() => true)),
  aboveList: moneyOf('above_list'),
  ...PART_SUMS,
};

/** Sums that every answer needs, whatever was asked: order, completeness and the unattributed. */
const ALWAYS = ['lines', 'calls', 'cost', 'unpriced', 'unattributedCalls', 'unattributedCost'];

/**
 * Sums that belong to a whole line: where the buckets of a line are told apart, each of its groups has them, and the
 * total must be counted without buckets.
 */
export const LINE_SUMS = [
  'lines',
  'calls',
  'attempts',
  'timedAttempts',
  'timedDurationMs',
  'unpriced',
  'flagged',
  'unattributedCalls',
] as const;

const NEEDS: Readonly<Record<Measure, readonly string[]>> = {
  calls: ['calls'],
  requests: [], // counted apart: one request can be in several groups
  attempts: ['attempts'],
  inputTokens: ['inputTokens'],
  outputTokens: ['outputTokens'],
  cacheReadTokens: ['cacheReadTokens'],
  cacheWriteTokens: ['cacheWriteTokens'],
  reasoningTokens: ['reasoningTokens'],
  averageInputTokens: ['calls', 'callInputTokens'],
  averageOutputTokens: ['calls', 'callOutputTokens'],
  cost: ['cost'],
  inputCost: ['inputCost'],
  outputCost: ['outputCost'],
  feeCost: ['feeCost'],
  share: ['cost'],
  costPerCall: ['cost', 'calls'],
  unpricedCalls: ['unpriced'],
  flaggedCalls: ['flagged'],
  averageDurationMs: ['timedAttempts', 'timedDurationMs'],
  composition: Object.keys(PART_SUMS),
  units: ['units'],
  listCost: ['cost', 'aboveList'],
  lines: ['lines'],
};

/** Sums by name; money in picodollars, counts as they are. */
export type Sums = ReadonlyMap<string, bigint>;

/** The names of the sums that these measures need, in the order in which they are selected. */
export function sumsFor(measures: readonly Measure[]): string[] {
  return [...new Set([...ALWAYS, ...measures.flatMap((measure) => NEEDS[measure])])];
}

/** `expression AS sum_name`, for a SELECT over lines or a roll-up. */
export function sumSql(name: string): string {
  return `${SUM_SQL[name]?.sql} AS sum_${name}`;
}

/** The sums (`cost`, `fresh_in` …) that stand as `m_…` in some SQL. */
export function measuredIn(sql: string): ReadonlySet<string> {
  return new Set([...sql.matchAll(/\bm_(\w+)/g)].map(([, name]) => name ?? ''));
}

/** Reads the cells of a row that stand for these sums. */
export function readSums(names: readonly string[], cells: readonly unknown[]): Sums {
  return new Map(names.map((name, at) => [name, readSum(name, cells[at])]));
}

function readSum(name: string, cell: unknown): bigint {
  const text = String(cell ?? 0);
  return SUM_SQL[name]?.money ? parseDollars(text) : BigInt(text);
}

/** What is left of a whole when the parts are taken out. Right for every sum but requests, which are counted anew. */
export function subtract(whole: Sums, parts: readonly Sums[]): Sums {
  return new Map(
    [...whole].map(([name, sum]) => [name, parts.reduce((left, part) => left - (part.get(name) ?? 0n), sum)]),
  );
}

/** The measures that were asked for, of one group. `totalCost` is what shares are shares of. */
export function toFigures(measures: readonly Measure[], sums: Sums, totalCost: Picodollars): Figures {
  const figures: Record<string, unknown> = {};
  for (const measure of measures) figures[measure] = FIGURES[measure](sums, totalCost);
  return figures;
}

const SHARE_STEPS = 1_000_000_000_000n;

const FIGURES: Readonly<Record<Measure, (sums: Sums, totalCost: Picodollars) => unknown>> = {
  calls: countOf('calls'),
  requests: countOf('requests'),
  attempts: countOf('attempts'),
  inputTokens: countOf('inputTokens'),
  outputTokens: countOf('outputTokens'),
  cacheReadTokens: countOf('cacheReadTokens'),
  cacheWriteTokens: countOf('cacheWriteTokens'),
  reasoningTokens: countOf('reasoningTokens'),
  averageInputTokens: averageOf('callInputTokens', 'calls'),
  averageOutputTokens: averageOf('callOutputTokens', 'calls'),
  cost: dollarsOf('cost'),
  inputCost: dollarsOf('inputCost'),
  outputCost: dollarsOf('outputCost'),
  feeCost: dollarsOf('feeCost'),
  share: (sums, total) =>
    total <= 0n ? null : Number(divideRounded(get(sums, 'cost') * SHARE_STEPS, total)) / Number(SHARE_STEPS),
  costPerCall: (sums) => {
    const calls = get(sums, 'calls');
    return calls > 0n ? formatDollars(divideRounded(get(sums, 'cost'), calls)) : null;
  },
  unpricedCalls: countOf('unpriced'),
  flaggedCalls: countOf('flagged'),
  averageDurationMs: averageOf('timedDurationMs', 'timedAttempts'),
  composition: (sums): PartTokens => ({
    input: partTokens(sums, INPUT_PART_COLUMNS),
    output: partTokens(sums, OUTPUT_PART_COLUMNS),
  }),
  units: countOf('units'),
  listCost: (sums) => formatDollars(get(sums, 'cost') + get(sums, 'aboveList')),
  lines: countOf('lines'),
};

/** An exact count as a number. @throws RangeError past 2^53, where a number would no longer be exact. */
export function toCount(value: bigint): number {
  const count = Number(value);
  if (!Number.isSafeInteger(count))
    throw new RangeError(`the count ${value} is too large to be exact; ask about a shorter period`);
  return count;
}

function get(sums: Sums, name: string): bigint {
  return sums.get(name) ?? 0n;
}

function countOf(name: string): (sums: Sums) => number {
  return (sums) => toCount(get(sums, name));
}

function dollarsOf(name: string): (sums: Sums) => string {
  return (sums) => formatDollars(get(sums, name));
}

function averageOf(name: string, over: string): (sums: Sums) => number | null {
  return (sums) => (get(sums, over) > 0n ? toCount(get(sums, name)) / toCount(get(sums, over)) : null);
}

function partTokens(
  sums: Sums,
  columns: ReadonlyArray<{ part: string; name: string }>,
): Record<string, number> {
  const tokens: Record<string, number> = {};
  for (const { part, name } of columns) {
    const count = toCount(get(sums, name));
    if (count !== 0) tokens[part] = count;
  }
  return tokens;
}
