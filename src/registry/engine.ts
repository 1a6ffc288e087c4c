/** Opening the tables on either engine. */
import { Kysely } from 'kysely';

import type { Gate, PostgresPlace } from './place.ts';
import { sqliteDialect } from './sqlite.ts';
import type { Tables } from './tables.ts';

/** Path of a SQLite file, whose directory must exist; or a database of PostgreSQL. */
export type RegistryPlace = { readonly file: string } | { readonly postgres: PostgresPlace };

/** The client of PostgreSQL is loaded where it is used: gateway workers and an embedded Setpoint never load it. */
export async function openDatabase(
  place: RegistryPlace,
  gate: Gate = { fence: undefined },
): Promise<Kysely<Tables>> {
  if ('file' in place) return new Kysely<Tables>({ dialect: sqliteDialect(place.file) });
  const { postgresDialect } = await import('./postgres.ts');
  return new Kysely<Tables>({ dialect: postgresDialect(place.postgres, gate) });
}
