/**
 * The engine under the ledger: ClickHouse in this process (chDB) or a ClickHouse server, behind one client and one
 * SQL dialect. Settings ride inside each statement, because the embedded engine would keep one that was set for a
 * query (a deduplication token, for instance) for all that follow.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { createClient } from '@clickhouse/client';
import type { ClickHouseClient } from '@clickhouse/client';

export type StorePlace =
  /** A directory that this process alone owns while it is open. */
  | { readonly kind: 'embedded'; readonly path: string }
  /** `url` may carry user and password; `database` is made when it is missing. */
  | { readonly kind: 'clickhouse'; readonly url: string; readonly database: string };

/** Values bound to `{name:Type}` in a statement. User input reaches the engine in no other way. */
export type Bindings = Readonly<Record<string, unknown>>;

/** A row's cells are numbers, strings (64-bit integers and decimals, exactly), booleans, null, arrays or maps. */
export type Row = readonly unknown[];

export interface Engine {
  readonly place: StorePlace;
  readonly database: string;
  run(statement: string, bindings?: Bindings): Promise<void>;
  select(statement: string, bindings?: Bindings): Promise<readonly Row[]>;
  /** `statement` ends in FORMAT; the rows are in that format. */
  insert(statement: string, rows: readonly Buffer[]): Promise<void>;
  /** As `insert`, of columns in `FORMAT Native`; `into` is the statement up to its settings. */
  insertNative(into: string, block: readonly Buffer[]): Promise<void>;
  close(): Promise<void>;
}

const EMBEDDED_DATABASE = 'setpoint';
const EXACT = 'output_format_json_quote_64bit_integers = 1, output_format_json_quote_decimals = 1';

/** @throws Error that says what to do, when the directory is in use or the server cannot be reached. */
export async function openEngine(place: StorePlace): Promise<Engine> {
  const database = place.kind === 'embedded' ? EMBEDDED_DATABASE : place.database;
  if (!/^[A-Za-z_]\w{0,62}$/.test(database))
    throw new RangeError(`"${database}" is not a database name (letters, digits, _)`);
  const client = place.kind === 'embedded' ? openEmbedded(place.path) : createClient({ url: place.url });
  const engine = overClient(client, database, place);
  try {
    await engine.run(`CREATE DATABASE IF NOT EXISTS ${database}`);
  } catch (error) {
    await client.close();
    const where = place.kind === 'embedded' ? place.path : new URL(place.url).host;
    throw new Error(
      `the ledger at ${where} cannot be opened, so no call can be accounted for. Is the server running and the user allowed to create "${database}"?`,
      { cause: error },
    );
  }
  return engine;
}

type ClientConnection = NonNullable<NonNullable<Parameters<typeof createClient>[0]>['connection']>;

function openEmbedded(path: string): ClickHouseClient {
  mkdirSync(path, { recursive: true });
  // Loaded here and not at the top: half a gigabyte of native code that only the ledger's own process may hold.
  const chdb = createRequire(import.meta.url)('chdb/connection') as typeof import('chdb/connection');
  try {
    // chdb is typed against another copy of the client's contract; the shapes are the same
    const connection = chdb.createChdbConnection({ path }) as unknown as ClientConnection;
    return createClient({ connection });
  } catch (error) {
    throw new Error(
      `the ledger in ${path} is in use by another process or cannot be read, and no second one may write it. ` +
        'Stop the other Setpoint, or give this one its own data directory.',
      { cause: error },
    );
  }
}

function overClient(client: ClickHouseClient, database: string, place: StorePlace): Engine {
  const engine: Engine = {
    place,
    database,
    async run(statement, bindings = {}) {
      await client.command({ query: statement, query_params: { ...bindings } });
    },
    async select(statement, bindings = {}) {
      const query = `${statement} SETTINGS ${EXACT}`;
      const result = await client.query({
        query,
        format: 'JSONCompactEachRow',
        query_params: { ...bindings },
      });
      return await result.json<Row>();
    },
    async insert(statement, rows) {
      const { stream } = await client.exec({
        query: statement,
        values: Readable.from([Buffer.concat(rows)], { objectMode: false }),
      });
      stream.resume(); // an unread answer would hold the server's connection
    },
    async insertNative(into, block) {
      if (place.kind === 'clickhouse') return engine.insert(`${into} FORMAT Native`, block);
      // The embedded engine takes what is inserted as text, so bytes reach it through a file.
      const file = join(place.path, `.block-${randomUUID()}.native`);
      try {
        await writeFile(file, block);
        await engine.run(`${into} SELECT * FROM file({file:String}, 'Native')`, { file });
      } finally {
        await rm(file, { force: true });
      }
    },
    close: () => client.close(),
  };
  return engine;
}
