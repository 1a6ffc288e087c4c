/**
 * The ledger's tables on a ClickHouse cluster, as statements for whoever runs it. They are made from the same columns and
 * roll-ups as those of a single server.
 *
 * Lines lie in `lines_local`, replicated within a shard; `lines` spreads them over the shards by journal. So all rows of a
 * batch go to one shard, whole or not at all, and its token is known there: a repeat is dropped as on one server. Each shard
 * rolls up its own lines; sums of sums are the same whichever shard holds them. Small tables are the same on every node.
 */
import { QUARTERS, SUMMED, rollupDefinition, rollupSelect } from './rollups.ts';
import { LINES_KEPT, SCHEMA_VERSION, SMALL_TABLES, SYNCED, linesDefinition } from './schema.ts';

export interface ClusterAsk {
  readonly database: string;
  readonly cluster: string;
}

export interface ClusterFile {
  readonly name: string;
  /** Why it is there, in a sentence or two. */
  readonly about: string;
  readonly statements: readonly string[];
}

/** A repeat is known for as many inserts and for eight days, so that a week without the server loses no token. */
const KNOWN_AGAIN =
  'replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 691200';

/** @throws RangeError when a name cannot stand in a statement. */
export function clusterFiles({ database, cluster }: ClusterAsk): readonly ClusterFile[] {
  if (!/^[A-Za-z_]\w{0,62}$/.test(database))
    throw new RangeError(`"${database}" is not a database name (letters, digits, _)`);
  if (!/^[\w.-]{1,100}$/.test(cluster))
    throw new RangeError(`"${cluster}" is not a name of a cluster (letters, digits, . _ -)`);
  const on = `ON CLUSTER '${cluster}'`;
  const table = (name: string): string => `CREATE TABLE IF NOT EXISTS ${database}.${name} ${on}`;
  const perShard = (name: string): string => `'/clickhouse/tables/{shard}/${database}/${name}', '{replica}'`;
  const everywhere = (name: string): string =>
    `'/clickhouse/tables/all/${database}/${name}', '{shard}-{replica}'`;
  const spread = (name: string, key: string): string =>
    `${table(name)} AS ${database}.${name}_local ENGINE = Distributed('${cluster}', '${database}', '${name}_local', ${key})`;
  return [
    {
      name: '1-database.sql',
      about: 'The database, on every node.',
      statements: [`CREATE DATABASE IF NOT EXISTS ${database} ${on}`],
    },
    {
      name: '2-lines.sql',
      about:
        'One line per charge. A batch of one journal goes to one shard as a whole, so that its token is known there.',
      statements: [
        `${table('lines_local')} ${linesDefinition(`ReplicatedMergeTree(${perShard('lines')})`)} ` +
          `SETTINGS ${KNOWN_AGAIN}, fsync_after_insert = 1, fsync_part_directory = 1, ${LINES_KEPT}`,
        spread('lines', 'xxHash64(journal)'),
      ],
    },
    {
      name: '3-rollup.sql',
      about:
        'Sums by quarter of an hour, made on each shard from its own lines as they are inserted. Derived: it can be dropped and made again.',
      statements: [
        `${table('rollup_local')} ${rollupDefinition(QUARTERS, `ReplicatedSummingMergeTree(${perShard('rollup')}, ${SUMMED})`)} SETTINGS ${KNOWN_AGAIN}, ` +
          'fsync_after_insert = 1, fsync_part_directory = 1',
        `CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.rollup_view ${on} TO ${database}.rollup_local AS ${rollupSelect(database, QUARTERS, '1', 'lines_local')}`,
        spread('rollup', 'xxHash64(workflow)'),
      ],
    },
    {
      name: '4-books.sql',
      about:
        'Small tables that are the same on every node: postings, locked months, rebuilds of the roll-up, the version.',
      statements: Object.entries(SMALL_TABLES).map(
        ([name, [columns, order]]) =>
          `${table(name)} ${columns} ENGINE = ReplicatedMergeTree(${everywhere(name)}) ORDER BY ${order} SETTINGS ${SYNCED}`,
      ),
    },
    {
      name: '5-version.sql',
      about:
        'Says that the tables are those of this version; Setpoint refuses others. Run it last. Running it again changes nothing.',
      statements: [
        `INSERT INTO ${database}.schema_version SELECT ${SCHEMA_VERSION}, 'cluster', now64(3, 'UTC') ` +
          `FROM (SELECT count() AS there FROM ${database}.schema_version WHERE version = ${SCHEMA_VERSION}) WHERE there = 0`,
      ],
    },
  ];
}

/** The text of a file. */
export function clusterSql({ about, statements }: ClusterFile): string {
  return `-- ${about}\n-- Written by \`setpoint ledger ddl\`; do not edit.\n\n${statements.map((statement) => `${statement};\n`).join('\n')}`;
}
