/** Reading lines: pages, receipts and the live tail. Cursors and positions are opaque to callers. */
import { formatDollars, parseDollars } from '../../units/money.ts';
import { BUCKETS } from '../../units/tokens.ts';
import type { BucketSide } from '../../units/tokens.ts';
import type { LedgerLine, LedgerReader, LinePage, PartTokens, Receipt } from '../question.ts';
import { checkConditions, checkSpan } from './ask.ts';
import { BUCKET_COLUMNS, INPUT_PART_COLUMNS, LINE_COLUMNS, OUTPUT_PART_COLUMNS } from './columns.ts';
import { isTimeDimension } from './dimensions.ts';
import type { Bindings, Engine, Row } from './engine.ts';
import { wholeLinesWhere } from './plan.ts';
import { CONTEXT_BAND_SQL } from './uses.ts';

const MOST_LINES = 1_000;
const DAY_MS = 86_400_000;

const COLUMN_LIST = LINE_COLUMNS.map(({ name }) =>
  name === 'started_at' ? 'toUnixTimestamp64Milli(started_at)' : `\`${name}\``,
).join(', ');
const PLACES = new Map(LINE_COLUMNS.map(({ name }, at) => [name, at]));

const PERIOD =
  "started_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND started_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')";
const NEWEST = 'ORDER BY started_at DESC, journal DESC, sequence DESC, part_number DESC';

/** A page of lines, newest first; each line is on one page however many arrive meanwhile. @throws RangeError on a bad ask. */
export async function readPage(engine: Engine, ask: Parameters<LedgerReader['page']>[0]): Promise<LinePage> {
  checkSpan(ask.during);
  checkConditions(ask.where);
  checkLimit(ask.limit);
  if (ask.where.some(({ dimension }) => isTimeDimension(dimension))) {
    throw new RangeError('lines are narrowed in time by their period, not by a condition');
  }
  const found = await newestLines(engine, ask);
  const rows = found.slice(0, ask.limit);
  const last = rows.at(-1);
  return {
    lines: rows.map(readLine),
    nextCursor: found.length > rows.length && last ? encodeOpaque(cursorOf(last)) : null,
  };
}

const FIRST_WINDOW_MS = DAY_MS;
const WINDOW_GROWTH = 8;

/**
 * One line more than the page holds. First which lines, then all their columns: a hundred lines are few, and the columns are
 * many. Looked for from the newest backwards, in windows that grow, so that also what is rare is found without reading
 * everything that is older than the page.
 */
async function newestLines(
  engine: Engine,
  ask: Parameters<LedgerReader['page']>[0],
): Promise<readonly Row[]> {
  const where = wholeLinesWhere(ask.where);
  const after = ask.cursor === null ? undefined : afterCursor(ask.cursor);
  const simulated = { exclude: 'NOT simulated', only: 'simulated', include: '1' }[ask.simulated];
  const conditions = `${simulated} AND ${where.sql}${after ? ` AND ${after.sql}` : ''}`;
  const fromMs = Math.ceil(ask.during.fromMs);
  const keys: Row[] = [];
  let toMs = Math.min(Math.ceil(ask.during.toMs), after === undefined ? Infinity : after.atMs + 1);
  for (let length = FIRST_WINDOW_MS; toMs > fromMs && keys.length <= ask.limit; length *= WINDOW_GROWTH) {
    const window = { from: Math.max(fromMs, toMs - length), to: toMs };
    const more = await engine.select(
      `WITH ${CONTEXT_BAND_SQL} AS context_band SELECT toUnixTimestamp64Milli(started_at), journal, sequence, part_number ` +
        `FROM ${engine.database}.lines WHERE ${PERIOD} AND ${conditions} ${NEWEST} LIMIT ${ask.limit + 1 - keys.length}`,
      { ...window, ...where.bindings, ...after?.bindings },
    );
    keys.push(...more);
    toMs = window.from;
  }
  if (keys.length === 0) return [];
  return engine.select(
    `SELECT ${COLUMN_LIST} FROM ${engine.database}.lines WHERE ${PERIOD} ` +
      `AND (toUnixTimestamp64Milli(started_at), journal, sequence, part_number) IN ` +
      `arrayZip({at:Array(Int64)}, {journals:Array(String)}, {sequences:Array(UInt64)}, {parts:Array(UInt16)}) ${NEWEST}`,
    {
      from: Number(keys.at(-1)?.[0]),
      to: Number(keys[0]?.[0]) + 1,
      at: keys.map(([at]) => Number(at)),
      journals: keys.map(([, journal]) => String(journal)),
      sequences: keys.map(([, , sequence]) => Number(sequence)),
      parts: keys.map(([, , , part]) => Number(part)),
    },
  );
}

function cursorOf(row: Row): readonly unknown[] {
  const number = (name: string): number => Number(cell(row, name));
  return [number('started_at'), cell(row, 'journal'), number('sequence'), number('part_number')];
}

function afterCursor(cursor: string): {
  readonly sql: string;
  readonly bindings: Bindings;
  readonly atMs: number;
} {
  const [startedAt, journal, sequence, part] = decodeOpaque(cursor, Array.isArray) as unknown[];
  if (!isWhole(startedAt) || typeof journal !== 'string' || !isWhole(sequence) || !isWhole(part))
    throw badOpaque();
  const instant = "fromUnixTimestamp64Milli({cursor_at:Int64}, 'UTC')";
  return {
    atMs: startedAt,
    // the first comparison follows from the second; it is what lets the engine skip what is newer
    sql:
      `started_at <= ${instant} AND (started_at, journal, sequence, part_number) < ` +
      `(${instant}, {cursor_journal:String}, {cursor_sequence:UInt64}, {cursor_part:UInt16})`,
    bindings: { cursor_at: startedAt, cursor_journal: journal, cursor_sequence: sequence, cursor_part: part },
  };
}

/** All lines of one call, attempt by attempt, and their sum; undefined when there is none. */
export async function readReceipt(engine: Engine, call: string): Promise<Receipt | undefined> {
  const id = call.toLowerCase();
  if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(id)) return undefined;
  const statement = (period: string): string =>
    `SELECT ${COLUMN_LIST} FROM ${engine.database}.lines WHERE call_id = {call:UUID}${period} ` +
    'ORDER BY attempt_number, journal, sequence, part_number';
  const hint = periodOf(id);
  let found = hint && (await engine.select(statement(hint.sql), { call: id, ...hint.bindings }));
  if (!found || found.length === 0) found = await engine.select(statement(''), { call: id });
  if (found.length === 0) return undefined;
  const lines = found.map(readLine);
  const total = lines.reduce((sum, { cost }) => sum + (cost === null ? 0n : parseDollars(cost)), 0n);
  return {
    call: id,
    lines,
    total: formatDollars(total),
    unpricedLines: found.reduce((sum, row) => sum + Math.sign(Number(cell(row, 'unpriced'))), 0),
  };
}

/** An id of version 7 begins with its time, and no attempt starts a day before its call or a month after it. */
function periodOf(id: string): { readonly sql: string; readonly bindings: Bindings } | undefined {
  if (id[14] !== '7') return undefined;
  const madeAtMs = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  return {
    sql:
      " AND started_at >= fromUnixTimestamp64Milli({made_from:Int64}, 'UTC')" +
      " AND started_at < fromUnixTimestamp64Milli({made_to:Int64}, 'UTC')",
    bindings: { made_from: madeAtMs - DAY_MS, made_to: madeAtMs + 31 * DAY_MS },
  };
}

/** Where a tail stands: per journal the next sequence, for lines that started no longer than a day before the tail. */
interface TailPosition {
  readonly sinceMs: number;
  readonly next: Readonly<Record<string, number>>;
}

/** @see LedgerReader.tail. Lines arrive in the order of their journal, so a position per journal misses none. */
export async function readTail(
  engine: Engine,
  position: string,
  limit: number,
  nowMs: number,
): Promise<{ readonly lines: readonly LedgerLine[]; readonly position: string }> {
  checkLimit(limit);
  if (position === '') return { lines: [], position: encodeOpaque(await tailStart(engine, nowMs)) };
  const { sinceMs: before, next } = readPosition(position);
  const sinceMs = Math.max(before, nowMs - DAY_MS); // a tail left open for weeks reads no more than a new one
  const found = await engine.select(
    `SELECT ${COLUMN_LIST} FROM ${engine.database}.lines ` +
      "WHERE started_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND sequence >= {next:Map(String, UInt64)}[journal] " +
      `ORDER BY sequence, journal LIMIT ${limit} WITH TIES`, // never half of an attempt's lines
    { since: sinceMs, next },
  );
  const reached: Record<string, number> = { ...next };
  for (const row of found) reached[String(cell(row, 'journal'))] = Number(cell(row, 'sequence')) + 1;
  const lines = found.toSorted((a, b) => endOf(a) - endOf(b)).map(readLine);
  return { lines, position: encodeOpaque({ sinceMs, next: reached } satisfies TailPosition) };
}

async function tailStart(engine: Engine, nowMs: number): Promise<TailPosition> {
  const sinceMs = nowMs - DAY_MS;
  const found = await engine.select(
    `SELECT journal, max(sequence) + 1 FROM ${engine.database}.lines ` +
      "WHERE started_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') GROUP BY journal",
    { since: sinceMs },
  );
  return {
    sinceMs,
    next: Object.fromEntries(found.map(([journal, next]) => [String(journal), Number(next)])),
  };
}

function readPosition(position: string): TailPosition {
  const value = decodeOpaque(
    position,
    (found) => typeof found === 'object' && found !== null,
  ) as Partial<TailPosition>;
  if (!isWhole(value.sinceMs) || typeof value.next !== 'object' || value.next === null) throw badOpaque();
  if (!Object.values(value.next).every(isWhole)) throw badOpaque();
  return { sinceMs: value.sinceMs, next: value.next };
}

function endOf(row: Row): number {
  return Number(cell(row, 'started_at')) + Number(cell(row, 'duration_ms'));
}

/** A row of `COLUMN_LIST` as people see it. */
function readLine(row: Row): LedgerLine {
  const fields: Record<string, unknown> = {};
  LINE_COLUMNS.forEach(({ field }, at) => {
    if (!field) return;
    if ('text' in field) fields[field.text] = String(row[at]);
    else if ('count' in field) fields[field.count] = Number(row[at]);
    else fields[field.truth] = Boolean(row[at]);
  });
  const providerCost = cell(row, 'provider_cost');
  return {
    ...(fields as unknown as LedgerLine), // each scalar field has its column: a test holds the two lists together
    id: `${String(cell(row, 'journal'))}:${String(cell(row, 'sequence'))}:${String(cell(row, 'part_number'))}`,
    startedAt: new Date(Number(cell(row, 'started_at'))).toISOString(),
    tags: cell(row, 'tags') as Record<string, string>,
    inputTokens: sideTokens(row, 'input'),
    outputTokens: sideTokens(row, 'output'),
    source: String(cell(row, 'source')) || 'gateway',
    cost: isUnpriced(row) ? null : String(cell(row, 'cost')),
    listCost: isUnpriced(row) ? null : listCost(row),
    providerCost: providerCost === null ? null : String(providerCost),
    composition: readComposition(row),
    buckets: readBuckets(row),
  };
}

/** Also the line that takes an unpriced one back is unpriced: nobody knows by how much. */
function isUnpriced(row: Row): boolean {
  return Number(cell(row, 'unpriced')) !== 0;
}

function listCost(row: Row): string {
  return formatDollars(
    parseDollars(String(cell(row, 'cost'))) + parseDollars(String(cell(row, 'above_list'))),
  );
}

function readComposition(row: Row): PartTokens {
  const tokens = (columns: ReadonlyArray<{ part: string; name: string }>): Record<string, number> =>
    Object.fromEntries(
      columns.map(({ part, name }) => [part, Number(cell(row, name))]).filter(([, count]) => count !== 0),
    );
  return { input: tokens(INPUT_PART_COLUMNS), output: tokens(OUTPUT_PART_COLUMNS) };
}

/** The priced buckets as they were priced, then those with units that no price was found for. */
function readBuckets(row: Row): LedgerLine['buckets'] {
  const [buckets, units, rates, costs] = ['bucket', 'units', 'rate', 'cost'].map(
    (name) => cell(row, `priced.${name}`) as unknown[],
  );
  const listRates = cell(row, 'list_rates') as unknown[];
  const priced = (buckets ?? []).map((bucket, at) => ({
    bucket: String(bucket),
    units: Number(units?.[at]),
    rate: String(rates?.[at]),
    listRate: String(listRates[at] ?? rates?.[at]),
    cost: String(costs?.[at]),
  }));
  const seen = new Set(priced.map(({ bucket }) => bucket));
  const unpriced = BUCKET_COLUMNS.map(({ bucket, name }) => ({
    bucket,
    units: Number(cell(row, name)),
    rate: null,
    listRate: null,
    cost: null,
  }));
  return [...priced, ...unpriced.filter(({ bucket, units: count }) => count !== 0 && !seen.has(bucket))];
}

function sideTokens(row: Row, side: BucketSide): number {
  return BUCKET_COLUMNS.reduce(
    (sum, { bucket, name }) => (BUCKETS[bucket].side === side ? sum + Number(cell(row, name)) : sum),
    0,
  );
}

function cell(row: Row, name: string): unknown {
  return row[PLACES.get(name) ?? -1];
}

function encodeOpaque(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decodeOpaque(text: string, isShape: (value: unknown) => boolean): unknown {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    throw badOpaque();
  }
  if (!isShape(value)) throw badOpaque();
  return value;
}

function badOpaque(): RangeError {
  return new RangeError('this cursor is not one that the ledger gave out. Start again without it.');
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function checkLimit(limit: number): void {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MOST_LINES) {
    throw new RangeError(`the limit of lines must be a whole number from 1 to ${MOST_LINES}`);
  }
}
