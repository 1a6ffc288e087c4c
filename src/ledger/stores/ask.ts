/**
 * Answers the one question. All groups and their total come from a single statement, hence from one state of the
 * ledger: groups, the rest and the total add up however many lines arrive meanwhile.
 */
import { formatDollars } from '../../units/money.ts';
import { openCalendar } from '../../units/period.ts';
import { MEASURES } from '../question.ts';
import type { Answer, AnswerRow, Condition, Question, Span } from '../question.ts';
import { checkDimension, dimensionSql, inRollup, isTimeDimension, labeller, whereSql } from './dimensions.ts';
import type { Bindings, Engine, Row } from './engine.ts';
import { readSums, subtract, sumSql, sumsFor, toCount, toFigures } from './figures.ts';
import type { Sums } from './figures.ts';
import { QUARTER_MS, ROLLUP_DIMENSIONS, SUMS } from './rollups.ts';

const MOST_GROUPS = 10_000;
const MOST_DIMENSIONS = 8;
const MOST_CONDITIONS = 50;
const MOST_VALUES = 1_000;

/** Which of the two tables to read: `rollup-if-possible` unless a test compares them. */
export type Sources = 'rollup-if-possible' | 'lines-only';

/** @throws RangeError when the question is not one that the ledger can answer; the message says why. */
export async function answerQuestion(
  engine: Engine,
  question: Question,
  freshness: { readonly nowMs: number; readonly completeUntilMs: number },
  sources: Sources = 'rollup-if-possible',
): Promise<Answer> {
  checkQuestion(question);
  const plan = planQuestion(engine.database, question, sources);
  const [counted, versions] = await Promise.all([
    engine.select(`${plan.groups} LIMIT ${question.limit + 2}`, plan.bindings), // the total, and one to see that there is more
    engine.select(plan.versions, plan.bindings),
  ]);
  const sumNames = sumsFor(question.of);
  const toSums = (row: Row): Sums => readSums(sumNames, row.slice(1 + plan.keyCount));
  const total = toSums(counted.find(isTotal) ?? []);
  const totalCost = total.get('cost') ?? 0n;
  const groups = counted.filter((row) => !isTotal(row) && toSums(row).get('lines') !== 0n);
  const shown = groups.slice(0, question.limit);
  const sums = shown.map(toSums);
  const label = labeller(question.by, question.timeZone);
  const rows: AnswerRow[] = shown.map((row, at) => ({
    group: label(row.slice(1, 1 + question.by.length).map(String)),
    figures: toFigures(question.of, sums[at] ?? new Map(), totalCost),
  }));
  const rest = groups.length > shown.length ? await restOf(engine, plan, question, total, sums) : null;
  return {
    rows,
    other: rest && toFigures(question.of, rest, totalCost),
    total: toFigures(question.of, total, totalCost),
    timeZone: question.timeZone,
    priceVersions: versions.filter((row) => row[2] !== '0' && row[0] !== '').map((row) => String(row[0])),
    asOfMs: freshness.nowMs,
    completeUntilMs: freshness.completeUntilMs,
    unpricedCalls: toCount(total.get('unpriced') ?? 0n),
    unattributedCalls: toCount(total.get('unattributedCalls') ?? 0n),
    unattributedCost: formatDollars(total.get('unattributedCost') ?? 0n),
    simulatedCalls: toCount(versions.reduce((sum, row) => sum + BigInt(String(row[3])), 0n)),
  };
}

function isTotal(row: Row): boolean {
  return Number(row[0]) === 1;
}

/** Requests can be in several groups, so those of the rest are counted, not subtracted. */
async function restOf(
  engine: Engine,
  plan: Plan,
  question: Question,
  total: Sums,
  shown: readonly Sums[],
): Promise<Sums> {
  const rest = new Map(subtract(total, shown));
  if (!question.of.includes('requests')) return rest;
  const names = plan.names.join(', ');
  const counted = await engine.select(
    `SELECT uniqExactIf(request, endpoint = 'inference') FROM (SELECT ${plan.keys}, request, endpoint FROM (${plan.source})) ` +
      `WHERE (${names}) NOT IN (SELECT ${names} FROM (${plan.groups} LIMIT ${question.limit + 1}) WHERE is_total = 0)`,
    plan.bindings,
  );
  return rest.set('requests', BigInt(String(counted[0]?.[0] ?? 0)));
}

interface Plan {
  /** `expression AS group_n`, one per dimension; one that is the same for all lines where there is none. */
  readonly keys: string;
  readonly names: readonly string[];
  readonly keyCount: number;
  readonly source: string;
  /** The total, then all groups in order; a limit is added. Cells: is it the total, the group's values, the sums. */
  readonly groups: string;
  /** Price versions, newest use first: name, last quarter of use, lines that they priced, simulated calls. */
  readonly versions: string;
  readonly bindings: Bindings;
}

function planQuestion(database: string, question: Question, sources: Sources): Plan {
  const bindings: Record<string, unknown> = { zone: question.timeZone };
  const keys = question.by.map((dimension, at) => {
    const value = dimensionSql(dimension, `by_${at}`);
    Object.assign(bindings, value.bindings);
    return `${value.sql} AS group_${at}`;
  });
  const where = whereSql(question.where);
  Object.assign(bindings, where.bindings);
  const branches = useRollup(question, sources)
    ? withRollup(database, question.during)
    : [{ columns: [...LINE_DIMENSIONS], ofLines: true, table: `${database}.lines`, ...question.during }];
  const source = (selected: string, conditions: string): string =>
    branches
      .map((branch, at) => branchSql(branch, at, selected, `${where.sql}${conditions}`, bindings))
      .join(' UNION ALL ');
  const versionSums =
    `sumIf(m_lines - m_unpriced, 1${SIMULATED_SQL[question.simulated]}) AS priced_lines, ` +
    'sumIf(m_calls, simulated) AS simulated_calls';
  const sums = sumsFor(question.of).map(sumSql).join(', ');
  const counted = source(sums, SIMULATED_SQL[question.simulated]);
  if (keys.length === 0) keys.push("materialize('') AS group_0");
  const names = keys.map((_, at) => `group_${at}`);
  return {
    keys: keys.join(', '),
    names,
    keyCount: keys.length,
    source: counted,
    groups:
      `SELECT grouping(group_0) AS is_total, ${keys.join(', ')}, ${sums} FROM (${counted}) ` +
      `GROUP BY GROUPING SETS ((${names.join(', ')}), ()) ORDER BY is_total DESC, ${orderSql(question)}`,
    versions:
      `SELECT price_version, max(toStartOfFifteenMinutes(started_at)) AS last_use, ${versionSums} ` +
      `FROM (${source(versionSums, '')}) GROUP BY price_version ORDER BY last_use DESC, price_version DESC`,
    bindings,
  };
}

const SIMULATED_SQL = { exclude: ' AND NOT simulated', only: ' AND simulated', include: '' } as const;

/** Time first, in its order; then the largest cost; then names, so that equals keep their places. */
function orderSql(question: Question): string {
  const names = question.by.map((dimension, at) => ({
    name: `group_${at}`,
    time: isTimeDimension(dimension),
  }));
  const times = names.filter(({ time }) => time).map(({ name }) => name);
  const others = names.filter(({ time }) => !time).map(({ name }) => name);
  return [...times, 'sum_cost DESC', ...others].join(', ');
}

function useRollup(question: Question, sources: Sources): boolean {
  if (sources === 'lines-only' || question.of.includes('requests')) return false;
  return question.by.every(inRollup) && question.where.every(({ dimension }) => inRollup(dimension));
}

interface Branch extends Span {
  readonly table: string;
  readonly ofLines: boolean;
  readonly columns: readonly string[];
}

const LINE_DIMENSIONS = [
  ...ROLLUP_DIMENSIONS,
  'customer',
  'key',
  'request',
  'session',
  'model_requested',
  'wire',
  'stream',
  'geo',
  'tags',
  'path',
  'fingerprint',
  'attributed_by',
  'response_id',
] as const;

/** Whole quarters from the roll-up, and what sticks out at either end from the lines. */
function withRollup(database: string, during: Span): Branch[] {
  const from = Math.ceil(during.fromMs / QUARTER_MS) * QUARTER_MS;
  const to = Math.floor(during.toMs / QUARTER_MS) * QUARTER_MS;
  const columns = [...ROLLUP_DIMENSIONS];
  const lines = { table: `${database}.lines`, ofLines: true, columns };
  if (from >= to) return [{ ...lines, ...during }];
  const branches: Branch[] = [
    { table: `${database}.rollup`, ofLines: false, columns, fromMs: from, toMs: to },
  ];
  if (during.fromMs < from) branches.push({ ...lines, fromMs: during.fromMs, toMs: from });
  if (to < during.toMs) branches.push({ ...lines, fromMs: to, toMs: during.toMs });
  return branches;
}

/** One table's rows with the same columns from either table: `started_at`, dimensions, and the sums that `selected` names, prefixed `m_`. */
function branchSql(
  branch: Branch,
  at: number,
  selected: string,
  conditions: string,
  bindings: Record<string, unknown>,
): string {
  const { table, ofLines, columns } = branch;
  bindings[`from_${at}`] = Math.ceil(branch.fromMs);
  bindings[`to_${at}`] = Math.ceil(branch.toMs);
  const time = ofLines ? 'started_at' : "toDateTime64(quarter, 3, 'UTC') AS started_at";
  const named = new Set(selected.match(/\bm_\w+/g));
  const sums = SUMS.filter(({ name }) => named.has(`m_${name}`)).map(
    ({ name, type, ofLine }) => `${ofLines ? `CAST(${ofLine}, '${type}')` : name} AS m_${name}`,
  );
  const clock = ofLines ? 'started_at' : 'quarter';
  return (
    `SELECT ${time}, ${columns.join(', ')}, ${sums.join(', ')} FROM ${table} ` +
    `WHERE ${clock} >= fromUnixTimestamp64Milli({from_${at}:Int64}, 'UTC') ` +
    `AND ${clock} < fromUnixTimestamp64Milli({to_${at}:Int64}, 'UTC') AND ${conditions}`
  );
}

function checkQuestion({ of, by, during, where, timeZone, limit }: Question): void {
  openCalendar(timeZone);
  for (const measure of of) {
    if (!(MEASURES as readonly string[]).includes(measure)) {
      throw new RangeError(`"${measure}" is not a measure. Use some of: ${MEASURES.join(', ')}`);
    }
  }
  for (const dimension of by) checkDimension(dimension);
  if (by.length > MOST_DIMENSIONS)
    throw new RangeError(`a question can be broken down by at most ${MOST_DIMENSIONS} dimensions at once`);
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MOST_GROUPS) {
    throw new RangeError(`the limit of groups must be a whole number from 1 to ${MOST_GROUPS}`);
  }
  checkSpan(during);
  checkConditions(where);
}

/** @throws RangeError when the span is not one. */
export function checkSpan({ fromMs, toMs }: Span): void {
  if (!Number.isFinite(fromMs) || !Number.isFinite(toMs))
    throw new RangeError('the period has no beginning or no end');
  if (toMs < fromMs) throw new RangeError('the period ends before it begins');
}

/** @throws RangeError when there are too many conditions, or one names no dimension. */
export function checkConditions(where: readonly Condition[]): void {
  if (where.length > MOST_CONDITIONS)
    throw new RangeError(`a question can have at most ${MOST_CONDITIONS} conditions`);
  for (const { dimension, is = [], not = [] } of where) {
    checkDimension(dimension);
    if (is.length + not.length > MOST_VALUES)
      throw new RangeError(`a condition can name at most ${MOST_VALUES} values`);
  }
}
