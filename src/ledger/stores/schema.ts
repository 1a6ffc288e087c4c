/**
 * The ledger's tables, and how an older ledger becomes a present one.
 * Lines are ground state: never updated, never dropped. Roll-ups are derived: when their definition changes they are
 * made again. A column that this version knows and the table lacks is added; anything else needs a step in `UPGRADES`.
 */
import { createHash } from 'node:crypto';

import { LINE_COLUMNS } from './columns.ts';
import type { LineColumn } from './column.ts';
import type { Engine } from './engine.ts';
import { CONDENSED, QUARTERS, quartersTable, quartersView, rollupTable } from './rollups.ts';

export const SCHEMA_VERSION = 3;

/** Statements that lead from version n - 1 to n, by n. */
const UPGRADES: Readonly<Record<number, (database: string) => readonly string[]>> = {
  // counts of one line were a byte; one imported line can stand for many calls
  2: (database) =>
    ['calls', 'attempts', 'unpriced'].map(
      (name) =>
        `ALTER TABLE ${database}.lines MODIFY COLUMN ${name} Int64 CODEC(ZSTD(1)) SETTINGS mutations_sync = 1`,
    ),
  // parts that inserts make were a file per column, each synced by itself; merged parts were not synced at all
  3: (database) => [
    `ALTER TABLE ${database}.lines MODIFY SETTING ${LINES_KEPT}`,
    ...Object.keys(SMALL_TABLES).map(
      (table) => `ALTER TABLE ${database}.${table} MODIFY SETTING ${MERGES_KEPT}`,
    ),
  ],
};

/**
 * The embedded engine removes what it merged as soon as it has merged it, so what takes its place must be on the disk, or a
 * power failure takes lines that were answered for.
 */
const MERGES_KEPT = 'min_rows_to_fsync_after_merge = 1';
/** A part below 256 MiB (about 350,000 lines) is one file to sync, and not two for each column. */
export const LINES_KEPT = `${MERGES_KEPT}, min_bytes_for_wide_part = 268435456`;

export const SYNCED = `fsync_after_insert = 1, fsync_part_directory = 1, ${MERGES_KEPT}`;

/** How many inserts back a repeated batch is recognised, and that an answered insert is on the disk. */
const DURABLE =
  'non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1';

/**
 * Makes or upgrades the tables.
 * @returns whether `QUARTERS` was made anew beside lines that may already exist, so that it must be rebuilt.
 * @throws Error when a newer version wrote this ledger.
 */
export async function migrate(engine: Engine, nowMs: number): Promise<{ readonly rollupIsNew: boolean }> {
  const { database } = engine;
  for (const table of smallTables(database)) await engine.run(table);
  const found = await engine.select(
    `SELECT version, rollup FROM ${database}.schema_version ORDER BY applied_at DESC, version DESC LIMIT 1`,
  );
  const [version, definition] = (found[0] ?? [0, '']) as [number, string];
  if (version > SCHEMA_VERSION) {
    throw new Error(
      `this ledger has schema ${version} and this Setpoint knows only ${SCHEMA_VERSION}: a newer Setpoint wrote it. ` +
        'Nothing was changed. Start the newer version, or restore a backup made by this one.',
    );
  }
  for (let next = version + 1; version > 0 && next <= SCHEMA_VERSION; next += 1) {
    for (const statement of UPGRADES[next]?.(database) ?? []) await engine.run(statement);
  }
  await engine.run(linesTable(database));
  await addMissingColumns(engine);
  const quarters = fingerprint(quartersTables(database));
  const condensed = fingerprint(condensedTables(database));
  const rollupIsNew = definition.split(' ')[0] !== quarters;
  const isNew = definition !== `${quarters} ${condensed}`;
  const outdated = [
    ...(rollupIsNew ? quartersDropped(database) : []),
    ...(isNew ? condensedDropped(database) : []),
  ];
  for (const statement of outdated) await engine.run(statement);
  for (const statement of [...quartersTables(database), ...condensedTables(database)])
    await engine.run(statement);
  if (isNew || version < SCHEMA_VERSION) {
    await engine.run(
      `INSERT INTO ${database}.schema_version SETTINGS async_insert = 0 VALUES (${SCHEMA_VERSION}, '${quarters} ${condensed}', ${nowMs})`,
    );
  }
  return { rollupIsNew };
}

/**
 * For a process that must not make or change tables.
 * @throws Error that says who does, when they are not those of this version.
 */
export async function checkTables(engine: Engine): Promise<{ readonly rollupIsNew: false }> {
  const { database, cluster } = engine;
  const tables = await engine.select(
    "SELECT count() FROM system.tables WHERE database = {database:String} AND name = 'schema_version'",
    { database },
  );
  const [[version = 0] = []] =
    Number(tables[0]?.[0]) === 0
      ? []
      : await engine.select(`SELECT max(version) FROM ${database}.schema_version`);
  if (Number(version) === SCHEMA_VERSION) return { rollupIsNew: false };
  throw new Error(
    `the ledger in database "${database}" has schema ${Number(version)} and this Setpoint needs ${SCHEMA_VERSION}. Nothing was changed, and calls wait in ` +
      (cluster === ''
        ? 'the journal: start the control of this version first, which makes or upgrades the tables.'
        : 'the journal: make the tables of the cluster with the statements of `setpoint ledger ddl`.'),
  );
}

/**
 * Sorted by time, because every question and every page has a period. The indexes find a call for its receipt and a
 * stretch of a journal for the drain without reading the rest.
 */
function linesTable(database: string): string {
  return `CREATE TABLE IF NOT EXISTS ${database}.lines ${linesDefinition('MergeTree')} SETTINGS ${DURABLE}, ${LINES_KEPT}`;
}

/** What stands behind the name of the table, up to its settings. */
export function linesDefinition(engine: string): string {
  return (
    `(${LINE_COLUMNS.map(columnSql).join(', ')}, ` +
    'INDEX by_call call_id TYPE bloom_filter(0.01) GRANULARITY 1, ' +
    'INDEX by_sequence sequence TYPE minmax GRANULARITY 1) ' +
    `ENGINE = ${engine} PARTITION BY toYYYYMM(started_at) ` +
    'ORDER BY (started_at, journal, sequence, part_number)'
  );
}

function columnSql({ name, type, codec = 'ZSTD(1)' }: LineColumn): string {
  return `\`${name}\` ${type} CODEC(${codec})`;
}

async function addMissingColumns(engine: Engine): Promise<void> {
  const found = await engine.select(
    'SELECT name FROM system.columns WHERE database = {database:String} AND table = {table:String}',
    {
      database: engine.database,
      table: 'lines',
    },
  );
  const names = new Set(found.map(([name]) => name));
  for (const column of LINE_COLUMNS) {
    if (!names.has(column.name))
      await engine.run(`ALTER TABLE ${engine.database}.lines ADD COLUMN ${columnSql(column)}`);
  }
}

/**
 * Tables of few rows, by name: their columns and their order. `rebuilds`: up to which sequence each journal's lines came into
 * the roll-up by a rebuild instead of by their insert. `postings`: which were begun and which are whole. `locked_…`: what
 * months were when they were locked. `drains`: how far the hosts without a control have come.
 */
export const SMALL_TABLES: Readonly<Record<string, readonly [columns: string, order: string]>> = {
  schema_version: ["(version UInt32, rollup String, applied_at DateTime64(3, 'UTC'))", 'applied_at'],
  rebuilds: ["(journal String, through UInt64, rebuilt_at DateTime64(3, 'UTC'))", 'journal'],
  postings: [
    "(journal String, sha256 String, lines UInt64, whole Bool, at DateTime64(3, 'UTC'))",
    '(journal, whole)',
  ],
  locked_months: ["(month String, sums String, at DateTime64(3, 'UTC'))", 'month'],
  drains: [
    "(host String, complete_until DateTime64(3, 'UTC'), backlog UInt64, trouble String, at DateTime64(3, 'UTC'))",
    '(host, at) TTL toDateTime(at) + INTERVAL 7 DAY',
  ],
  locked_journals: ['(month String, journal String, through UInt64)', '(month, journal)'],
};

function smallTables(database: string): readonly string[] {
  return Object.entries(SMALL_TABLES).map(
    ([name, [columns, order]]) =>
      `CREATE TABLE IF NOT EXISTS ${database}.${name} ${columns} ENGINE = MergeTree ORDER BY ${order} SETTINGS ${SYNCED}`,
  );
}

function quartersTables(database: string): readonly string[] {
  return [`${quartersTable(database)} SETTINGS ${DURABLE}`, quartersView(database)];
}

/** They need not outlast a power failure: what is missing is noticed by its count and made anew. */
function condensedTables(database: string): readonly string[] {
  return CONDENSED.map((rollup) => rollupTable(database, rollup, 'MergeTree'));
}

/** Roll-ups of the first versions that this one does not have. */
const FORMER = ['rollup_daily', 'rollup_buckets'];

function quartersDropped(database: string): readonly string[] {
  return [QUARTERS.table, ...FORMER].flatMap((table) => [
    `DROP VIEW IF EXISTS ${database}.${table}_view`,
    `DROP TABLE IF EXISTS ${database}.${table}`,
  ]);
}

function condensedDropped(database: string): readonly string[] {
  return CONDENSED.map(({ table }) => `DROP TABLE IF EXISTS ${database}.${table}`);
}

function fingerprint(statements: readonly string[]): string {
  return createHash('sha256').update(statements.join('')).digest('hex').slice(0, 16);
}
