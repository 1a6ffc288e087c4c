/**
 * Migrations as data: each has a level and is applied once, in order, in a transaction of its own together with
 * its line in the version table. Only column types that every engine has.
 */
import type { Kysely } from 'kysely';

import { createInvoiceTables } from './invoice-tables.ts';
import { createSecretTables } from './secret-tables.ts';
import { createScaleTables } from './scale-tables.ts';
import type { Tables } from './tables.ts';

interface Migration {
  readonly level: number;
  readonly name: string;
  apply(database: Kysely<Tables>): Promise<void>;
}

export const MIGRATIONS: readonly Migration[] = [
  {
    level: 1,
    name: 'keys and audit',
    async apply(database) {
      await database.schema
        .createTable('keys')
        .addColumn('id', 'varchar(8)', (column) => column.primaryKey().notNull())
        .addColumn('digest', 'varchar(64)', (column) => column.notNull().unique())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('workflow', 'text', (column) => column.notNull())
        .addColumn('team', 'text', (column) => column.notNull())
        .addColumn('customer', 'text', (column) => column.notNull())
        .addColumn('tags', 'text', (column) => column.notNull())
        .addColumn('hint', 'varchar(4)', (column) => column.notNull())
        .addColumn('created_at', 'varchar(32)', (column) => column.notNull())
        .addColumn('expires_at', 'varchar(32)')
        .addColumn('revoked_at', 'varchar(32)')
        .execute();
      await database.schema
        .createTable('audit')
        .addColumn('seq', 'integer', (column) => column.primaryKey().notNull())
        .addColumn('at', 'varchar(32)', (column) => column.notNull())
        .addColumn('actor', 'text', (column) => column.notNull())
        .addColumn('action', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('detail', 'text', (column) => column.notNull())
        .addColumn('previous_hash', 'varchar(64)', (column) => column.notNull())
        .addColumn('hash', 'varchar(64)', (column) => column.notNull())
        .execute();
    },
  },
  {
    level: 2,
    name: 'prices',
    async apply(database) {
      await database.schema
        .createTable('price_decisions')
        .addColumn('seq', 'integer', (column) => column.primaryKey().notNull())
        .addColumn('id', 'varchar(40)', (column) => column.notNull().unique())
        .addColumn('at', 'varchar(32)', (column) => column.notNull())
        .addColumn('actor', 'text', (column) => column.notNull())
        .addColumn('action', 'varchar(16)', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('origin', 'text', (column) => column.notNull())
        .addColumn('confirmed', 'text', (column) => column.notNull())
        .addColumn('price', 'text', (column) => column.notNull())
        .addColumn('ends', 'varchar(40)', (column) => column.notNull())
        .addColumn('effective_from', 'varchar(32)')
        .execute();
      await database.schema
        .createTable('price_seeds')
        .addColumn('hash', 'varchar(64)', (column) => column.primaryKey().notNull())
        .addColumn('data', 'text', (column) => column.notNull())
        .execute();
      await database.schema
        .createTable('price_books')
        .addColumn('version', 'varchar(100)', (column) => column.primaryKey().notNull())
        .addColumn('kept_at', 'varchar(32)', (column) => column.notNull())
        .addColumn('seed', 'varchar(64)', (column) => column.notNull())
        .addColumn('overrides', 'text', (column) => column.notNull())
        .execute();
    },
  },
  {
    level: 3,
    name: 'attribution',
    async apply(database) {
      await database.schema
        .createTable('attribution_decisions')
        .addColumn('seq', 'integer', (column) => column.primaryKey().notNull())
        .addColumn('kind', 'varchar(16)', (column) => column.notNull())
        .addColumn('id', 'varchar(64)', (column) => column.notNull())
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('action', 'varchar(16)', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('author', 'text', (column) => column.notNull())
        .addColumn('decided_at', 'varchar(32)', (column) => column.notNull())
        .addUniqueConstraint('attribution_decisions_version', ['kind', 'id', 'version'])
        .execute();
      await database.schema
        .createTable('attribution_postings')
        .addColumn('seq', 'integer', (column) => column.primaryKey().notNull())
        .addColumn('id', 'varchar(100)', (column) => column.notNull().unique())
        .addColumn('kind', 'varchar(16)', (column) => column.notNull())
        .addColumn('subject', 'varchar(64)', (column) => column.notNull())
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('month', 'varchar(7)', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .addColumn('planned_at', 'varchar(32)', (column) => column.notNull())
        .addColumn('done_at', 'varchar(32)')
        .addColumn('lines', 'integer')
        .execute();
    },
  },
  { level: 4, name: 'invoices', apply: createInvoiceTables },
  {
    level: 5,
    name: 'notes on anomalies',
    async apply(database) {
      await database.schema
        .createTable('anomaly_notes')
        .addColumn('seq', 'integer', (column) => column.primaryKey().notNull())
        .addColumn('anomaly', 'varchar(12)', (column) => column.notNull())
        .addColumn('state', 'varchar(16)', (column) => column.notNull())
        .addColumn('note', 'text', (column) => column.notNull())
        .addColumn('workflow', 'text', (column) => column.notNull())
        .addColumn('from_at', 'varchar(32)', (column) => column.notNull())
        .addColumn('to_at', 'varchar(32)', (column) => column.notNull())
        .addColumn('actor', 'text', (column) => column.notNull())
        .addColumn('at', 'varchar(32)', (column) => column.notNull())
        .execute();
    },
  },
  { level: 6, name: 'secrets', apply: createSecretTables },
  {
    level: 7,
    name: 'budgets',
    async apply(database) {
      await database.schema
        .createTable('budget_decisions')
        .addColumn('seq', 'integer', (column) => column.primaryKey().notNull())
        .addColumn('budget', 'varchar(48)', (column) => column.notNull())
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('action', 'varchar(16)', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('author', 'text', (column) => column.notNull())
        .addColumn('decided_at', 'varchar(32)', (column) => column.notNull())
        .addUniqueConstraint('budget_decisions_version', ['budget', 'version'])
        .execute();
    },
  },
  { level: 8, name: 'leadership and rulebooks', apply: createScaleTables },
  {
    level: 9,
    name: 'saved views',
    async apply(database) {
      await database.schema
        .createTable('view_decisions')
        .addColumn('seq', 'integer', (column) => column.primaryKey().notNull())
        .addColumn('view', 'varchar(48)', (column) => column.notNull())
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('action', 'varchar(16)', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .addColumn('author', 'text', (column) => column.notNull())
        .addColumn('decided_at', 'varchar(32)', (column) => column.notNull())
        .addUniqueConstraint('view_decisions_version', ['view', 'version'])
        .execute();
    },
  },
  {
    level: 10,
    name: 'scenarios and plans',
    async apply(database) {
      await database.schema
        .createTable('forecast_decisions')
        .addColumn('seq', 'integer', (column) => column.primaryKey().notNull())
        .addColumn('kind', 'varchar(16)', (column) => column.notNull())
        .addColumn('id', 'varchar(48)', (column) => column.notNull())
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('action', 'varchar(16)', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('author', 'text', (column) => column.notNull())
        .addColumn('decided_at', 'varchar(32)', (column) => column.notNull())
        .addUniqueConstraint('forecast_decisions_version', ['kind', 'id', 'version'])
        .execute();
    },
  },
];

export const NEWEST_LEVEL = MIGRATIONS.at(-1)?.level ?? 0;

/**
 * Brings a database to the newest level and returns it.
 * @throws when the database is of a newer program: reading it with old rules could lose decisions.
 */
export async function migrate(database: Kysely<Tables>, nowMs: () => number): Promise<number> {
  await database.transaction().execute(createVersionTable);
  const done = await appliedLevels(database);
  const newest = Math.max(0, ...done);
  if (newest > NEWEST_LEVEL) {
    throw new Error(
      `The registry is at level ${newest} and this program knows ${NEWEST_LEVEL}. Nothing was changed. Run the newer Setpoint, or restore a backup of before the upgrade.`,
    );
  }
  // Each level is recorded for itself: one that was added below the newest is not skipped.
  for (const migration of MIGRATIONS.filter(({ level }) => !done.has(level))) {
    await database.transaction().execute(async (step) => {
      if ((await appliedLevels(step)).has(migration.level)) return; // another process was first
      await migration.apply(step);
      const { level, name } = migration;
      await step
        .insertInto('migrations')
        .values({ level, name, applied_at: new Date(nowMs()).toISOString() })
        .execute();
    });
  }
  return NEWEST_LEVEL;
}

/** @throws when there is no registry yet. */
export async function levelOf(database: Kysely<Tables>): Promise<number> {
  return Math.max(0, ...(await appliedLevels(database)));
}

async function appliedLevels(database: Kysely<Tables>): Promise<ReadonlySet<number>> {
  const rows = await database.selectFrom('migrations').select('level').execute();
  return new Set(rows.map(({ level }) => level));
}

async function createVersionTable(database: Kysely<Tables>): Promise<void> {
  await database.schema
    .createTable('migrations')
    .ifNotExists()
    .addColumn('level', 'integer', (column) => column.primaryKey().notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('applied_at', 'varchar(32)', (column) => column.notNull())
    .execute();
}
