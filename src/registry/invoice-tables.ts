/** The tables of level 4: statements and reconciliations. */
import type { Kysely } from 'kysely';

import type { Tables } from './tables.ts';

export async function createInvoiceTables(database: Kysely<Tables>): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('invoice_imports')
    .addColumn('id', 'varchar(64)', (column) => column.primaryKey().notNull())
    .addColumn('kind', 'varchar(32)', (column) => column.notNull())
    .addColumn('file_name', 'text', (column) => column.notNull())
    .addColumn('digest', 'varchar(64)', (column) => column.notNull())
    .addColumn('bytes', 'integer', (column) => column.notNull())
    .addColumn('lines', 'integer', (column) => column.notNull())
    .addColumn('first_day', 'varchar(10)', (column) => column.notNull())
    .addColumn('last_day', 'varchar(10)', (column) => column.notNull())
    .addColumn('invoice', 'text', (column) => column.notNull())
    .addColumn('replaces', 'varchar(64)', (column) => column.notNull())
    .addColumn('actor', 'text', (column) => column.notNull())
    .addColumn('at', 'varchar(32)', (column) => column.notNull())
    .execute();
  await schema
    .createTable('statement_lines')
    .addColumn('import_id', 'varchar(64)', (column) => column.notNull())
    .addColumn('place', 'integer', (column) => column.notNull())
    .addColumn('file_row', 'integer', (column) => column.notNull())
    .addColumn('provider', 'varchar(64)', (column) => column.notNull())
    .addColumn('month', 'varchar(7)', (column) => column.notNull())
    .addColumn('day', 'varchar(10)', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('statement_lines_place', ['import_id', 'place'])
    .execute();
  await schema
    .createTable('reconciliations')
    .addColumn('id', 'varchar(64)', (column) => column.primaryKey().notNull())
    .addColumn('month', 'varchar(7)', (column) => column.notNull())
    .addColumn('provider', 'varchar(64)', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('actor', 'text', (column) => column.notNull())
    .addColumn('at', 'varchar(32)', (column) => column.notNull())
    .addColumn('applying_at', 'varchar(32)')
    .addColumn('applied_at', 'varchar(32)')
    .addColumn('book_at', 'varchar(32)')
    .addColumn('lines', 'integer')
    .execute();
  await schema
    .createTable('reconciled_keys')
    .addColumn('seq', 'integer', (column) => column.primaryKey().notNull())
    .addColumn('month', 'varchar(7)', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('state', 'varchar(16)', (column) => column.notNull())
    .addColumn('reconciliation', 'varchar(64)', (column) => column.notNull())
    .addColumn('at', 'varchar(32)', (column) => column.notNull())
    .execute();
  await schema
    .createTable('closed_months')
    .addColumn('month', 'varchar(7)', (column) => column.primaryKey().notNull())
    .addColumn('sums', 'text', (column) => column.notNull())
    .addColumn('actor', 'text', (column) => column.notNull())
    .addColumn('at', 'varchar(32)', (column) => column.notNull())
    .execute();
}
