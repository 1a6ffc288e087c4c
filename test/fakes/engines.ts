/** The two engines of the registry, so that the same cases run on both; PostgreSQL's are skipped by name where there is none. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { Client } from 'pg';
import { afterAll } from 'vitest';

import { openRegistry } from '../../src/registry/registry.ts';
import type { Fence, Registry, RegistryPlace } from '../../src/registry/registry.ts';
import { findPostgres, startPostgres, withPassword } from '../servers.ts';
import type { TestPostgres } from '../servers.ts';

/** An empty database of one test, with the means to look at it and to change it behind the registry's back. */
export interface TestDatabase {
  readonly place: RegistryPlace;
  open(nowMs: () => number, fence?: Fence): Promise<Registry>;
  /** @returns how many rows the last statement changed. */
  execute(sql: string, parameters?: readonly string[]): Promise<number>;
  query(sql: string): Promise<Array<Record<string, unknown>>>;
  /** All that is kept, as text, to look for what must not be there. */
  everything(): Promise<string>;
}

export interface Engine {
  readonly name: 'SQLite' | 'PostgreSQL';
  /** @param context of the test, which is skipped where the engine is missing. */
  database(context: { skip(reason: string): never }): Promise<TestDatabase>;
}

/** One server for all tests of a file, started by the first that needs it. Call it once, at the top of the file. */
export function registryEngines(): readonly Engine[] {
  const folders: string[] = [];
  let server: Promise<TestPostgres> | undefined;
  afterAll(async () => {
    await (await server)?.stop();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  return [
    {
      name: 'SQLite',
      async database() {
        const folder = mkdtempSync(join(tmpdir(), 'setpoint-registry-'));
        folders.push(folder);
        return sqliteDatabase(folder);
      },
    },
    {
      name: 'PostgreSQL',
      async database(context) {
        const found = findPostgres();
        if (found.kind === 'missing') return context.skip(found.reason);
        server ??= startPostgres();
        const { url, password } = await server;
        await empty(url, password);
        return postgresDatabase(url, password);
      },
    },
  ];
}

/** What the test before left, connections of a failed one included. Faster than a database for each. */
async function empty(url: string, password: string): Promise<void> {
  const client = new Client(withPassword(url, password));
  await client.connect();
  await client.query(`
    select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend';
    set client_min_messages = error;
    drop schema public cascade;
    create schema public;
  `);
  await client.end();
}

function sqliteDatabase(folder: string): TestDatabase {
  const file = join(folder, 'registry.sqlite');
  const raw = <T>(use: (database: DatabaseSync) => T): T => {
    const database = new DatabaseSync(file);
    try {
      return use(database);
    } finally {
      database.close();
    }
  };
  return {
    place: { file },
    open: (nowMs) => openRegistry({ file, nowMs, randomBytes }),
    execute: async (sql, parameters = []) =>
      raw((database) => {
        const statements = sql.split(';').filter((one) => one.trim() !== '');
        const counts = statements.map((one) => database.prepare(one).run(...parameters).changes);
        return Number(counts.at(-1) ?? 0);
      }),
    query: async (sql) => raw((database) => database.prepare(sql).all()),
    everything: async () =>
      readdirSync(folder)
        .map((name) => readFileSync(join(folder, name), 'latin1'))
        .join(''),
  };
}

function postgresDatabase(url: string, password: string): TestDatabase {
  const place = { postgres: { url, password: () => password } };
  const run = async (sql: string, parameters: readonly string[] = []) => {
    const client = new Client(withPassword(url, password));
    try {
      await client.connect();
      return await client.query<Record<string, unknown>>(
        sql,
        parameters.length === 0 ? undefined : [...parameters],
      );
    } finally {
      await client.end();
    }
  };
  return {
    place,
    open: (nowMs, fence) => openRegistry({ ...place, nowMs, randomBytes, fence }),
    async execute(sql, parameters) {
      let count = 0;
      const numbered = sql.replaceAll('?', () => `$${(count += 1)}`);
      const done = [await run(numbered, parameters)].flat().at(-1);
      return done?.rowCount ?? 0;
    },
    query: async (sql) => (await run(sql)).rows,
    async everything() {
      const { rows } = await run("select tablename as name from pg_tables where schemaname = 'public'");
      const tables = await Promise.all(rows.map(({ name }) => run(`select * from "${String(name)}"`)));
      return JSON.stringify(tables.map((table) => table.rows));
    },
  };
}
