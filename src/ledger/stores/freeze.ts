/**
 * A copy of the ledger's ground state: the tables that cannot be made again, part by part. Parts are never changed once they
 * are written, so a freeze (hard links, at once) holds the ledger of one moment while it is copied. Roll-ups are left out:
 * opening the copy makes them again.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Engine } from './engine.ts';
import { openEngine } from './engine.ts';
import { SCHEMA_VERSION } from './schema.ts';
import type { MonthTotal } from '../care.ts';
import { monthTotals } from './verify.ts';

const GROUND = [
  'lines',
  'postings',
  'locked_months',
  'locked_journals',
  'rebuilds',
  'schema_version',
] as const;

const TABLES_FILE = 'tables.json';

/** How each table is made, and which parts it has. */
type Tables = ReadonlyArray<{
  readonly table: string;
  readonly made: string;
  readonly parts: readonly string[];
}>;

export interface Frozen {
  readonly schema: number;
  readonly months: readonly MonthTotal[];
  /** Copies what was frozen, then lets it go. */
  copyTo(directory: string): Promise<void>;
}

/** Call while nothing is written. @throws RangeError when the ledger is on a server. */
export async function freezeLedger(engine: Engine): Promise<Frozen> {
  const { place, database } = engine;
  if (place.kind !== 'embedded')
    throw new RangeError(
      'This ledger is on a ClickHouse server, whose own BACKUP copies it. Nothing was copied here.',
    );
  const name = `setpoint_${randomUUID().replaceAll('-', '')}`;
  const tables = await describeTables(engine);
  for (const { table } of tables)
    await engine.run(`ALTER TABLE ${database}.${table} FREEZE WITH NAME '${name}'`);
  const months = await monthTotals(engine);
  const shadow = join(place.path, 'shadow', name);
  return {
    schema: SCHEMA_VERSION,
    months,
    async copyTo(directory) {
      try {
        await copyFrozen(tables, shadow, directory);
      } finally {
        await rm(shadow, { recursive: true, force: true });
      }
    },
  };
}

interface Described {
  readonly table: string;
  readonly made: string;
  readonly uuid: string;
}

async function describeTables(engine: Engine): Promise<Described[]> {
  const found = await engine.select(
    'SELECT name, create_table_query, toString(uuid) FROM system.tables WHERE database = {database:String} AND name IN {names:Array(String)}',
    { database: engine.database, names: [...GROUND] },
  );
  return found.map(([table, made, uuid]) => ({
    table: String(table),
    made: String(made),
    uuid: String(uuid),
  }));
}

async function copyFrozen(tables: readonly Described[], shadow: string, directory: string): Promise<void> {
  const copied: Array<Tables[number]> = [];
  for (const { table, made, uuid } of tables) {
    const from = join(shadow, 'store', uuid.slice(0, 3), uuid);
    const parts = existsSync(from) ? (await readdir(from)).toSorted() : []; // an empty table leaves nothing
    await mkdir(join(directory, table), { recursive: true, mode: 0o700 });
    for (const part of parts)
      await cp(join(from, part), join(directory, table, part), { recursive: true, preserveTimestamps: true });
    copied.push({ table, made, parts });
  }
  await writeFile(join(directory, TABLES_FILE), `${JSON.stringify(copied, null, 2)}\n`);
}

/**
 * Makes a ledger out of a copy, in a directory that holds none. It is of the schema of its time; opening it upgrades it and
 * makes its roll-ups.
 * @throws Error when a table or a part cannot be taken in.
 */
export async function restoreLedger(from: string, path: string): Promise<void> {
  const tables = JSON.parse(await readFile(join(from, TABLES_FILE), 'utf8')) as Tables;
  const engine = await openEngine({ kind: 'embedded', path });
  try {
    for (const { table, made, parts } of tables) {
      if (
        !GROUND.some((ground) => ground === table) ||
        !made.startsWith(`CREATE TABLE ${engine.database}.${table} `)
      )
        throw new Error(
          `${join(from, TABLES_FILE)} does not say how "${table}" was made; this is no copy of a ledger`,
        );
      await engine.run(made);
      const [paths] = await engine.select(
        'SELECT data_paths[1] FROM system.tables WHERE database = {database:String} AND name = {table:String}',
        { database: engine.database, table },
      );
      await attach(engine, table, {
        from: join(from, table),
        detached: join(absolute(path, String(paths?.[0])), 'detached'),
        parts,
      });
    }
  } finally {
    await engine.close();
  }
}

function absolute(path: string, dataPath: string): string {
  return dataPath.startsWith('/') ? dataPath : join(path, dataPath);
}

async function attach(
  engine: Engine,
  table: string,
  {
    from,
    detached,
    parts,
  }: { readonly from: string; readonly detached: string; readonly parts: readonly string[] },
): Promise<void> {
  for (const part of parts) {
    if (!/^[\w-]+$/.test(part)) throw new Error(`"${part}" is no part of a table`);
    await cp(join(from, part), join(detached, part), { recursive: true });
    await engine.run(`ALTER TABLE ${engine.database}.${table} ATTACH PART '${part}'`);
  }
}
