/**
 * Spend as budgets count it: from the lines, since roll-ups do not know who wrote a line, and in one statement, so that
 * a line that arrives meanwhile is in all of the answer or in none of it.
 */
import { parseDollars } from '../../units/money.ts';
import type { SpendAsk, SpendRow } from '../question.ts';
import { checkConditions, checkSpan } from './ask.ts';
import { checkDimension, dimensionSql, isOfUses, isTimeDimension, whereSql } from './dimensions.ts';
import type { Engine } from './engine.ts';
import { SUMS } from './rollups.ts';

const MOST_ROWS = 1_000_000;
const MOST_JOURNALS = 10_000;
const SIMULATED = { exclude: 'NOT simulated', only: 'simulated' } as const;

/**
 * Results that an answer told of other calls (`kind` `result`) were never reserved by anybody, so no worker counts
 * them: they stay with the other lines whoever wrote them.
 */
const TOLD_APART =
  "if(journal IN {journals:Array(String)} AND rulebook_version >= {since:UInt64} AND kind != 'result', journal, '')";

/** @throws RangeError on an ask that cannot be answered, or one whose answer would be too long. */
export async function readSpend(engine: Engine, ask: SpendAsk): Promise<readonly SpendRow[]> {
  checkAsk(ask);
  const value = ask.by === null ? { sql: "''", bindings: {} } : dimensionSql(ask.by, 'by');
  const where = whereSql(ask.where);
  const rows = await engine.select(
    `SELECT ${value.sql} AS value, ${stepSql(ask.stepMs)} AS step, ${TOLD_APART} AS own, ` +
      `sum(cost), sum(${ofLine('input_units')} + ${ofLine('output_units')}), sum(calls), sum(unpriced) ` +
      `FROM ${engine.database}.lines WHERE started_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') ` +
      `AND started_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC') AND ${SIMULATED[ask.simulated]} AND ${where.sql} ` +
      `GROUP BY value, step, own LIMIT ${MOST_ROWS + 1}`,
    {
      ...value.bindings,
      ...where.bindings,
      from: Math.ceil(ask.during.fromMs),
      to: Math.ceil(ask.during.toMs),
      journals: ask.journals,
      since: ask.sinceRulebook,
      step: ask.stepMs,
    },
  );
  if (rows.length > MOST_ROWS)
    throw new RangeError(
      `a budget's spend has more than ${MOST_ROWS} parts; give it a shorter window or fewer values`,
    );
  return rows.map(([name, step, journal, cost, tokens, calls, unpriced]) => ({
    value: String(name),
    stepMs: Number(step),
    journal: String(journal),
    cost: parseDollars(String(cost)),
    tokens: BigInt(String(tokens)),
    calls: BigInt(String(calls)),
    unpricedCalls: BigInt(String(unpriced)),
  }));
}

function stepSql(stepMs: number): string {
  return stepMs === 0
    ? 'toInt64(0)'
    : 'intDiv(toUnixTimestamp64Milli(started_at), {step:Int64}) * {step:Int64}';
}

function ofLine(name: string): string {
  const sum = SUMS.find((one) => one.name === name);
  if (sum === undefined) throw new Error(`there is no sum ${name}`);
  return `toInt64(${sum.ofLine})`;
}

function checkAsk({ during, by, where, stepMs, journals, sinceRulebook }: SpendAsk): void {
  checkSpan(during);
  checkConditions(where);
  for (const dimension of [by, ...where.map((condition) => condition.dimension)]) {
    if (dimension === null) continue;
    checkDimension(dimension);
    if (isTimeDimension(dimension) || isOfUses(dimension) || dimension === 'contextBand')
      throw new RangeError(`the spend of a budget is not told apart by ${dimension}`);
  }
  if (!Number.isSafeInteger(stepMs) || stepMs < 0)
    throw new RangeError('a step is a whole number of milliseconds');
  if (!Number.isSafeInteger(sinceRulebook) || sinceRulebook < 0)
    throw new RangeError('a rulebook has a whole number');
  if (journals.length > MOST_JOURNALS)
    throw new RangeError(`at most ${MOST_JOURNALS} journals are told apart at once`);
}
