/**
 * A question as SQL. Which table answers is decided here: the shortest roll-up that keeps everything apart that was asked
 * for, the lines for what sticks out of its steps, and the lines alone where no roll-up can.
 */
import type { Condition, Dimension, Question, Span } from '../question.ts';
import { columnsOf, dimensionSql, finenessOf, isOfUses, isTimeDimension, whereSql } from './dimensions.ts';
import type { Bindings } from './engine.ts';
import { measuredIn, sumSql } from './figures.ts';
import { DERIVED, PREFERRED, QUARTERS, STEPS_MS, SUMS } from './rollups.ts';
import type { Rollup } from './rollups.ts';
import { intersect, joined, splitMonths, splitSpan } from './spans.ts';
import type { Split } from './spans.ts';
import { USES_SQL, USE_COLUMNS, USE_SUMS } from './uses.ts';

/** The spans of which condensed roll-ups may be read; a test that compares reads no roll-up at all. */
export type Sources = readonly Span[] | 'lines-only';

/** The part of a question that says which lines. */
export type Scope = Pick<Question, 'during' | 'where' | 'timeZone' | 'simulated'>;

export interface Statement {
  readonly sql: string;
  readonly bindings: Bindings;
}

interface Asked {
  readonly database: string;
  readonly scope: Scope;
  readonly by: readonly Dimension[];
  readonly sources: Sources;
}

const SIMULATED = { exclude: 'NOT simulated', only: 'simulated', include: '1' } as const;

/** The names of the cells that hold a group's values; one that is the same for all lines where nothing is asked apart. */
export function groupNames(by: readonly Dimension[]): string[] {
  return by.length === 0 ? ['group_0'] : by.map((_, at) => `group_${at}`);
}

/**
 * The total, then all groups in order, so many of them. Cells: is it the total, the group's values, the sums.
 * Sums of groups are summed again to the total: one pass over the table.
 */
export function groupsStatement(asked: Asked, sums: readonly string[], limit: number): Statement {
  const names = groupNames(asked.by);
  const keys = keysOf(asked.by);
  const selected = sums.map(sumSql).join(', ');
  const source = sourceOf(asked, measuredIn(selected), []);
  const inner = `SELECT ${keys.sql}, ${selected} FROM (${source.sql}) GROUP BY ${names.join(', ')}`;
  return {
    sql:
      `SELECT grouping(group_0) AS is_total, ${names.join(', ')}, ` +
      `${sums.map((name) => `sum(sum_${name}) AS all_${name}`).join(', ')} FROM (${inner}) ` +
      `GROUP BY GROUPING SETS ((${names.join(', ')}), ()) ORDER BY is_total DESC, ${orderOf(asked.by)} LIMIT ${limit}`,
    bindings: { ...source.bindings, ...keys.bindings },
  };
}

/** One row of sums over whole lines, also where the question tells buckets apart. */
export function totalStatement(asked: Asked, sums: readonly string[]): Statement {
  const selected = sums.map(sumSql).join(', ');
  const source = sourceOf({ ...asked, by: [] }, measuredIn(selected), [], 'whole lines');
  return { sql: `SELECT ${selected} FROM (${source.sql})`, bindings: source.bindings };
}

/** Price versions, last used first: name, day of last use, lines that they priced, simulated calls. */
export function versionsStatement(asked: Asked): Statement {
  const chosen = SIMULATED[asked.scope.simulated];
  const selected = `sumIf(m_priced, ${chosen}) AS priced_lines, sumIf(m_calls, simulated) AS simulated_calls`;
  const all = {
    ...asked,
    by: ['priceVersion' as const],
    scope: { ...asked.scope, simulated: 'include' as const },
  };
  const source = sourceOf(all, measuredIn(selected), ['simulated'], 'whole lines');
  return {
    sql:
      `SELECT price_version, max(toDate(started_at, 'UTC')) AS last_use, ${selected} ` +
      `FROM (${source.sql}) GROUP BY price_version ORDER BY last_use DESC, price_version DESC`,
    bindings: source.bindings,
  };
}

/** The engine tells texts apart by the same 128 bits, only three times as slowly. */
const REQUEST = 'reinterpretAsUInt128(sipHash128(request))';

/** Requests per group, or of all lines when `by` is empty; `among` narrows to some groups, or to all but some. */
export function requestsStatement(
  asked: Asked,
  by: readonly Dimension[],
  among?: { readonly not: boolean; readonly groups: ReadonlyArray<readonly string[]> },
): Statement {
  const keys = keysOf(asked.by);
  const names = groupNames(asked.by).join(', ');
  const source = sourceOf({ ...asked, sources: 'lines-only' }, new Set(), ['request', 'endpoint']);
  const narrowed = among ? ` AND [${names}] ${among.not ? 'NOT ' : ''}IN {among:Array(Array(String))}` : '';
  const inner = `SELECT ${keys.sql}, request FROM (${source.sql}) WHERE endpoint = 'inference'${narrowed}`;
  const grouped = by.length > 0;
  return {
    sql: `SELECT ${grouped ? `${names}, ` : ''}uniqExact(${REQUEST}) FROM (${inner})${grouped ? ` GROUP BY ${names}` : ''}`,
    bindings: { ...source.bindings, ...keys.bindings, ...(among && { among: among.groups }) },
  };
}

function keysOf(by: readonly Dimension[]): Statement {
  if (by.length === 0) return { sql: "materialize('') AS group_0", bindings: {} };
  const bindings: Record<string, unknown> = {};
  const keys = by.map((dimension, at) => {
    const value = dimensionSql(dimension, `by_${at}`);
    Object.assign(bindings, value.bindings);
    return `${value.sql} AS group_${at}`;
  });
  return { sql: keys.join(', '), bindings };
}

/** Time first, in its order; then the largest cost; then names, so that equals keep their places. */
function orderOf(by: readonly Dimension[]): string {
  const names = by.map((dimension, at) => ({ name: `group_${at}`, time: isTimeDimension(dimension) }));
  const times = names.filter(({ time }) => time).map(({ name }) => name);
  const others = names.filter(({ time }) => !time).map(({ name }) => name);
  return [...times, 'all_cost DESC', ...others].join(', ');
}

interface Branch {
  readonly table: Rollup | 'lines';
  readonly spans: readonly Span[];
}

/**
 * All rows that the question is about, from one or two tables: `started_at`, the columns of the dimensions, `extra` ones,
 * and the sums in `measured` as `m_…`. `whole lines` does not tell their buckets apart: a line counts when any does.
 */
function sourceOf(
  { database, scope, by, sources }: Asked,
  measured: ReadonlySet<string>,
  extra: readonly string[],
  unit: 'as asked' | 'whole lines' = 'as asked',
): Statement {
  const dimensions = [...by, ...scope.where.map(({ dimension }) => dimension)];
  const ofUses = unit === 'as asked' && dimensions.some(isOfUses);
  const choosesUses = unit === 'whole lines' && scope.where.some(({ dimension }) => isOfUses(dimension));
  const where = unit === 'whole lines' ? wholeLinesWhere(scope.where) : whereSql(scope.where);
  const columns = [...new Set(['workflow', 'endpoint', ...extra, ...dimensions.flatMap(columnsOf)])].filter(
    (name) => ofUses || (name !== 'bucket' && name !== 'rate'),
  );
  const asked = { scope, columns, ofUses, dimensions, measured };
  const branches =
    sources === 'lines-only' || choosesUses
      ? [{ table: 'lines' as const, spans: [scope.during] }]
      : branchesOf(asked, sources);
  const bindings: Record<string, unknown> = { zone: scope.timeZone, ...where.bindings };
  const conditions = `${SIMULATED[scope.simulated]} AND ${where.sql}`;
  const parts = branches.map(({ table, spans }, at) => {
    const clock = spansSql(table === 'lines' ? 'started_at' : table.clock, spans, at, bindings);
    const sums = [...measured].map((name) => `${sumOf(name, table, ofUses)} AS m_${name}`);
    const cells = [...columns.map((name) => cellOf(name, table)), ...sums].join(', ');
    if (table !== 'lines')
      return `SELECT ${TIMES[table.clock]} AS started_at, ${cells} FROM ${database}.${table.table} WHERE ${clock} AND ${conditions}`;
    if (!ofUses) return `SELECT started_at, ${cells} FROM ${database}.lines WHERE ${clock} AND ${conditions}`;
    return `SELECT started_at, ${cells} FROM ${usesOfLines(database, clock)} WHERE ${conditions}`;
  });
  return { sql: parts.join(' UNION ALL '), bindings };
}

/** Conditions on lines as a whole: those on buckets and rates hold when one bucket of the line fulfils them all. */
export function wholeLinesWhere(where: readonly Condition[]): Statement {
  const ofLine = whereSql(where.filter(({ dimension }) => !isOfUses(dimension)));
  const ofUse = where.filter(({ dimension }) => isOfUses(dimension));
  if (ofUse.length === 0) return ofLine;
  const some = whereSql(ofUse, 'use_');
  return {
    sql: `${ofLine.sql} AND arrayExists(use -> ${withUses(some.sql)}, ${USES_SQL})`,
    bindings: { ...ofLine.bindings, ...some.bindings },
  };
}

function withUses(sql: string): string {
  return sql.replace(/\b(bucket|rate)\b/g, (name) => USE_COLUMNS[name as 'bucket' | 'rate']);
}

/** The lines of a time, once per bucket that they used. */
function usesOfLines(database: string, clock: string): string {
  const made = Object.entries(USE_COLUMNS).map(([name, sql]) => `${sql} AS ${name}`);
  return `(SELECT *, ${made.join(', ')} FROM (SELECT * FROM ${database}.lines WHERE ${clock}) ARRAY JOIN ${USES_SQL} AS use)`;
}

interface Wanted {
  readonly scope: Scope;
  readonly columns: readonly string[];
  readonly ofUses: boolean;
  readonly dimensions: readonly Dimension[];
  readonly measured: ReadonlySet<string>;
}

/** Each roll-up that knows all columns and sums answers what it can of what those before it left; the lines the rest. */
function branchesOf(asked: Wanted, covered: readonly Span[]): Branch[] {
  const branches: Branch[] = [];
  let left: readonly Span[] = [asked.scope.during];
  for (const rollup of PREFERRED) {
    if (!canAnswer(rollup, asked)) continue;
    const open = rollup === QUARTERS ? { whole: left, rest: [] } : intersect(left, covered);
    const splits = open.whole.map((span) => splitBy(rollup, span, asked));
    const spans = splits.flatMap(({ whole }) => whole);
    if (spans.length === 0 || spans.length > MOST_PIECES) continue;
    branches.push({ table: rollup, spans });
    left = joined(
      [...open.rest, ...splits.flatMap(({ rest }) => rest)].toSorted((a, b) => a.fromMs - b.fromMs),
    );
  }
  return left.length === 0 && branches.length > 0 ? branches : [...branches, { table: 'lines', spans: left }];
}

/** Past so many spans, telling them apart costs more than a shorter table saves. */
const MOST_PIECES = 400;

function canAnswer(rollup: Rollup, { columns, measured, ofUses }: Wanted): boolean {
  return (
    rollup.ofUses === ofUses &&
    columns.every((name) => rollup.dimensions.includes(name)) &&
    [...measured].every((name) => hasSum(rollup, name))
  );
}

function splitBy({ clock }: Rollup, span: Span, { dimensions, scope: { timeZone } }: Wanted): Split {
  const fineness = finenessOf(dimensions);
  const split =
    clock === 'month'
      ? splitMonths(span, fineness, timeZone)
      : splitSpan(span, STEPS_MS[clock], fineness, timeZone);
  return split ?? { whole: [], rest: [span] };
}

function hasSum({ sums, ofUses }: Rollup, name: string): boolean {
  return (ofUses && USE_SUMS.has(name)) || sums.some((sum) => sum.name === name);
}

const TIMES = {
  quarter: "toDateTime64(quarter, 3, 'UTC')",
  day: "toDateTime64(day, 3, 'UTC')",
  month: "toDateTime64(month, 3, 'UTC')",
} as const;

function cellOf(column: string, table: Branch['table']): string {
  const made = table === 'lines' ? DERIVED[column] : undefined;
  return made === undefined ? column : `${made} AS ${column}`;
}

function sumOf(name: string, table: Branch['table'], ofUses: boolean): string {
  const own = ofUses ? USE_SUMS.get(name) : undefined;
  if (own !== undefined) return own;
  const sum = SUMS.find((one) => one.name === name);
  if (sum === undefined) throw new Error(`there is no sum ${name}`);
  return table === 'lines' ? `CAST(${sum.ofLine}, '${sum.type}')` : name;
}

function spansSql(
  clock: string,
  spans: readonly Span[],
  at: number,
  bindings: Record<string, unknown>,
): string {
  const toInstant = (name: string): string => {
    const instant = `fromUnixTimestamp64Milli({${name}:Int64}, 'UTC')`;
    return clock === 'day' || clock === 'month' ? `toDate(${instant}, 'UTC')` : instant;
  };
  const ranges = spans.map(({ fromMs, toMs }, span) => {
    bindings[`from_${at}_${span}`] = Math.ceil(fromMs);
    bindings[`to_${at}_${span}`] = Math.ceil(toMs);
    return `(${clock} >= ${toInstant(`from_${at}_${span}`)} AND ${clock} < ${toInstant(`to_${at}_${span}`)})`;
  });
  return `(${ranges.join(' OR ')})`;
}
