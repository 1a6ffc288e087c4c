/** Migration 6: what keys may do and how they were rotated, and the sealed credentials of providers. */
import type { Kysely } from 'kysely';

import type { Tables } from './tables.ts';

export async function createSecretTables(database: Kysely<Tables>): Promise<void> {
  // One column a statement, as SQLite wants it; keys of before are live ones without limits, made by people.
  for (const [name, value] of [
    ['environment', 'live'],
    ['scope', '{}'],
    ['parent', ''],
  ] as const)
    await database.schema
      .alterTable('keys')
      .addColumn(name, 'text', (column) => column.notNull().defaultTo(value))
      .execute();
  await database.schema
    .createTable('key_rotations')
    .addColumn('key_id', 'varchar(8)', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('digest', 'varchar(64)', (column) => column.notNull().unique())
    .addColumn('hint', 'varchar(4)', (column) => column.notNull())
    .addColumn('former_until', 'varchar(32)', (column) => column.notNull())
    .addColumn('actor', 'text', (column) => column.notNull())
    .addColumn('at', 'varchar(32)', (column) => column.notNull())
    .addPrimaryKeyConstraint('key_rotations_version', ['key_id', 'version'])
    .execute();
  await database.schema
    .createTable('secrets')
    .addColumn('id', 'varchar(160)', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('hint', 'varchar(4)', (column) => column.notNull())
    .addColumn('digest', 'varchar(64)', (column) => column.notNull())
    .addColumn('sealed', 'text', (column) => column.notNull())
    .addColumn('actor', 'text', (column) => column.notNull())
    .addColumn('at', 'varchar(32)', (column) => column.notNull())
    .addColumn('removed_by', 'text')
    .addColumn('removed_at', 'varchar(32)')
    .addPrimaryKeyConstraint('secrets_version', ['id', 'version'])
    .execute();
}
