/** The tables of level 8: who leads among several controls, rulebooks that gateways of other hosts fetch, how far jobs are. */
import type { Kysely } from 'kysely';

import type { Tables } from './tables.ts';

export async function createScaleTables({ schema }: Kysely<Tables>): Promise<void> {
  await schema
    .createTable('leadership')
    .addColumn('epoch', 'integer', (column) => column.primaryKey().notNull())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('taken_at', 'varchar(32)', (column) => column.notNull())
    .execute();
  await schema
    .createTable('rulebooks')
    .addColumn('version', 'integer', (column) => column.primaryKey().notNull())
    .addColumn('epoch', 'integer', (column) => column.notNull())
    .addColumn('published_at', 'varchar(32)', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .execute();
  await schema
    .createTable('positions')
    .addColumn('name', 'varchar(64)', (column) => column.primaryKey().notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute();
}
