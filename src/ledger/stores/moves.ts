/**
 * Pairs of correcting lines, made from the lines that they correct by one statement: the first takes back under the old
 * names (the same numbers, negative), the second gives again under the new. A line is taken back once; what was given can
 * be taken back in its turn.
 *
 * The pairs of a move have a journal of their own and say which line they correct. So a try that was cut short is
 * completed half by half: whatever of a pair is there is not made again.
 */
import type { Move } from '../posting.ts';
import type { Condition, Span } from '../question.ts';
import { checkConditions, checkSpan } from './ask.ts';
import { BUCKET_COLUMNS, INPUT_PART_COLUMNS, LINE_COLUMNS, OUTPUT_PART_COLUMNS } from './columns.ts';
import { isOfUses, isTimeDimension, whereSql } from './dimensions.ts';
import type { Bindings, Engine } from './engine.ts';
import { GROUPED } from './insert.ts';
import { monthSpan } from './months.ts';
import { DERIVED } from './rollups.ts';

const ADDITIVE: ReadonlySet<string> = new Set([
  'calls',
  'attempts',
  'unpriced',
  'cost',
  'input_cost',
  'output_cost',
  'fee_cost',
  'provider_cost',
  'above_list',
  ...[...INPUT_PART_COLUMNS, ...OUTPUT_PART_COLUMNS, ...BUCKET_COLUMNS].map(({ name }) => name),
]);
const ADDITIVE_LISTS: ReadonlySet<string> = new Set(['priced.units', 'priced.cost', 'list_costs']);

const LINE_ID = "concat(journal, ':', toString(sequence), ':', toString(part_number))";
const MONTH = "formatDateTime(started_at, '%Y-%m', 'UTC')";
const TAKES_BACK = 'sign < 0';
const instant = (name: string): string => `fromUnixTimestamp64Milli({${name}:Int64}, 'UTC')`;

/** Which lines, and what their pairs say that the lines do not. */
interface Pairs {
  readonly journal: string;
  /** SQL over the columns of a line. */
  readonly where: string;
  /** By column; SQL over the line, its `line_id` and the `sign` of the half. */
  readonly cells: Readonly<Record<string, string>>;
  readonly bindings: Bindings;
}

/** @throws RangeError when the move is none, or would change a locked month. */
export async function checkMove(engine: Engine, move: Move, locked: ReadonlySet<string>): Promise<void> {
  checkSpan(move.during);
  checkConditions(move.where);
  if (Object.values(move.set).every((value) => value === undefined))
    throw new RangeError('a move names a workflow, a team or a customer to move to');
  checkOfLines(move.where);
  const { bookAtMs } = move;
  if (bookAtMs !== undefined) checkOpen(bookAtMs, locked);
  if (bookAtMs !== undefined || locked.size === 0) return;
  const { where, bindings } = moved(move);
  const found = await engine.select(
    `SELECT DISTINCT ${MONTH} AS month FROM ${sourceOf(engine)} ` +
      `WHERE ${where} AND ${freeOf(engine)} AND month IN {locked:Array(String)} ORDER BY month`,
    { ...bindings, journal: journalOf(move), locked: [...locked] },
  );
  if (found.length === 0) return;
  throw new RangeError(
    `some of these lines lie in ${found.map(([month]) => String(month)).join(', ')}, which is locked: its sums do not move. ` +
      'Nothing was moved. Say with bookAtMs when the correction is booked; it will say which month it belongs to.',
  );
}

export function journalOf({ id }: Move): string {
  return `move:${id}`;
}

/** @returns how many lines were added. */
export function writeMove(engine: Engine, move: Move, locked: ReadonlySet<string>): Promise<number> {
  const { where, bindings } = moved(move);
  const named = (name: 'workflow' | 'team' | 'customer'): string =>
    move.set[name] === undefined ? name : `if(${TAKES_BACK}, ${name}, {to_${name}:String})`;
  const later = `${MONTH} IN {locked:Array(String)}`;
  return writePairs(engine, {
    journal: journalOf(move),
    where,
    cells: {
      workflow: named('workflow'),
      team: named('team'),
      customer: named('customer'),
      attributed_by: `if(${TAKES_BACK}, attributed_by, {by:String})`,
      source: "'rule'",
      cause: '{cause:String}',
      correction: '{correction:String}',
      for_month: `if(${later}, ${MONTH}, for_month)`,
      started_at: `if(${later}, ${instant('book_at')}, started_at)`,
    },
    bindings: {
      ...bindings,
      by: move.by,
      correction: move.correction ?? move.by,
      cause: move.cause,
      locked: [...locked],
      book_at: move.bookAtMs ?? 0,
    },
  });
}

/** The lines of a month that arrived after it was locked: taken back where they are, given again later. */
export function writeLate(engine: Engine, month: string, bookAtMs: number): Promise<number> {
  const { fromMs, toMs } = monthSpan(month);
  const { database } = engine;
  return writePairs(engine, {
    journal: `late:${month}`,
    where:
      `started_at >= ${instant('from')} AND started_at < ${instant('to')} AND (journal, sequence) IN (` +
      `SELECT journal, sequence FROM ${database}.lines LEFT ANY JOIN ` +
      `(SELECT journal, max(through) AS next FROM ${database}.locked_journals WHERE month = {month:String} GROUP BY journal) AS known USING journal ` +
      `WHERE started_at >= ${instant('from')} AND started_at < ${instant('to')} AND sequence >= next)`,
    cells: {
      cause: "'late'",
      correction: "concat('lock:', {month:String})",
      for_month: `if(${TAKES_BACK}, for_month, {month:String})`,
      started_at: `if(${TAKES_BACK}, started_at, ${instant('book_at')})`,
    },
    bindings: { month, from: fromMs, to: toMs, book_at: bookAtMs },
  });
}

/** @throws RangeError when the instant lies in a locked month. */
export function checkOpen(bookAtMs: number, locked: ReadonlySet<string>): void {
  const month = new Date(bookAtMs).toISOString().slice(0, 7);
  if (locked.has(month))
    throw new RangeError(`${month} is locked too: book the correction in a month that is still open`);
}

function moved(move: Move): { readonly where: string; readonly bindings: Bindings } {
  const where = whereSql(move.where);
  const named = (['workflow', 'team', 'customer'] as const).filter((name) => move.set[name] !== undefined);
  const same = named.map((name) => `${name} = {to_${name}:String}`).join(' AND ');
  return {
    where: `started_at >= ${instant('from')} AND started_at < ${instant('to')} AND ${where.sql} AND NOT (${same})`,
    bindings: {
      ...where.bindings,
      ...spanBindings(move.during),
      ...Object.fromEntries(named.map((name) => [`to_${name}`, move.set[name]])),
    },
  };
}

function spanBindings({ fromMs, toMs }: Span): Bindings {
  return { from: Math.ceil(fromMs), to: Math.ceil(toMs) };
}

function checkOfLines(where: readonly Condition[]): void {
  for (const { dimension } of where) {
    if (isTimeDimension(dimension))
      throw new RangeError('a move is narrowed in time by its period, not by a condition');
    if (isOfUses(dimension))
      throw new RangeError('a move is of whole lines: it cannot choose buckets or rates');
  }
}

/** Lines with the dimensions that are made from their columns. */
function sourceOf({ database }: Engine): string {
  const made = Object.entries(DERIVED).map(([name, sql]) => `${sql} AS ${name}`);
  return `(SELECT *, ${made.join(', ')}, ${LINE_ID} AS line_id FROM ${database}.lines)`;
}

/** In force, not taken back by another, and not given by this very move. */
function freeOf({ database }: Engine): string {
  return (
    'force >= 0 AND journal != {journal:String} AND ' +
    `line_id NOT IN (SELECT corrects FROM ${database}.lines WHERE force < 0 AND journal != {journal:String})`
  );
}

async function writePairs(engine: Engine, { journal, where, cells, bindings }: Pairs): Promise<number> {
  const { database } = engine;
  const own = `FROM ${database}.lines WHERE journal = {journal:String}`;
  const [before] = await engine.select(`SELECT count(), max(sequence) + 1 ${own}`, { journal });
  const [count, next] = [Number(before?.[0] ?? 0), Number(before?.[1] ?? 0)];
  const all: Readonly<Record<string, string>> = {
    ...cells,
    journal: '{journal:String}',
    sequence: '{next:UInt64} + place',
    part_number: `if(${TAKES_BACK}, 0, 1)`,
    leg: "'adjust'",
    corrects: 'line_id',
    force: `if(${TAKES_BACK}, -1, 0)`,
  };
  const names = LINE_COLUMNS.map(({ name }) => name);
  const selected = names.map((name) => `${all[name] ?? signed(name)} AS \`new_${name}\``);
  const missing = count === 0 ? '1' : `(line_id, ${TAKES_BACK}) NOT IN (SELECT corrects, force < 0 ${own})`;
  await engine.run(
    `INSERT INTO ${database}.lines (${names.map((name) => `\`${name}\``).join(', ')}) ` +
      `SELECT ${selected.join(', ')} FROM (` +
      `SELECT *, rowNumberInAllBlocks() AS place FROM ${sourceOf(engine)} WHERE ${where} AND ${freeOf(engine)}` +
      `) ARRAY JOIN [-1, 1] AS sign WHERE ${missing} ` +
      `SETTINGS async_insert = 0, insert_deduplicate = 0, max_partitions_per_insert_block = 0, ${GROUPED}`,
    { ...bindings, journal, next: count === 0 ? 0 : next },
  );
  const [after] = await engine.select(`SELECT count() ${own}`, { journal });
  return Number(after?.[0] ?? 0) - count;
}

function signed(name: string): string {
  if (ADDITIVE.has(name)) return `if(${TAKES_BACK}, -\`${name}\`, \`${name}\`)`;
  if (ADDITIVE_LISTS.has(name)) return `arrayMap(one -> if(${TAKES_BACK}, -one, one), \`${name}\`)`;
  return `\`${name}\``;
}
