/**
 * The engine under the ledger: ClickHouse in this process (chDB) or a ClickHouse server, behind one client and one
 * SQL dialect. Settings ride inside each statement, because the embedded engine would keep one that was set for a
 * query (a deduplication token, for instance) for all that follow.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { ClickHouseClient } from '@clickhouse/client';

import { runsOf } from '../rows.ts';

export type StorePlace =
  /** A directory that this process alone owns while it is open. */
  { readonly kind: 'embedded'; readonly path: string } | ServerPlace;

/** A ClickHouse server. `database` is made when it is missing. */
export interface ServerPlace {
  readonly kind: 'clickhouse';
  /** May carry user and password; those beside it come first. */
  readonly url: string;
  readonly database: string;
  readonly user?: string;
  readonly password?: string;
  /** Tables are replicated and distributed over it; they must have been made by `setpoint ledger ddl`. */
  readonly cluster?: string;
  /** How long one statement may take, 10 minutes unless said. An insert that takes longer is compared before it is tried again. */
  readonly timeoutMs?: number;
}

/** Values bound to `{name:Type}` in a statement. User input reaches the engine in no other way. */
export type Bindings = Readonly<Record<string, unknown>>;

/** A row's cells are numbers, strings (64-bit integers and decimals, exactly), booleans, null, arrays or maps. */
export type Row = readonly unknown[];

export interface Engine {
  readonly place: StorePlace;
  readonly database: string;
  /** Others write to the same tables: what this process remembers of them may be old. */
  readonly isShared: boolean;
  /** Empty on a single server. */
  readonly cluster: string;
  /** The tables that hold the rows, as a statement that changes their parts names them. */
  physical(table: string): string;
  run(statement: string, bindings?: Bindings): Promise<void>;
  /** @param signal given up when it aborts: what waits for its turn is not begun, what runs embedded runs to its end unheard. */
  select(statement: string, bindings?: Bindings, signal?: AbortSignal): Promise<readonly Row[]>;
  /** Rows of JSONCompactEachRow, each of the columns in `structure`; `into` is the statement up to its settings. */
  insertRows(into: string, rows: readonly Buffer[], structure: string): Promise<void>;
  /** As `insertRows`, of columns in `FORMAT Native`. */
  insertNative(into: string, block: readonly Buffer[]): Promise<void>;
  close(): Promise<void>;
}

const EMBEDDED_DATABASE = 'setpoint';
const EXACT = 'output_format_json_quote_64bit_integers = 1, output_format_json_quote_decimals = 1';

/** Every insert that was answered is seen, whichever replica is asked. */
const SEEN_BY_ALL = ', select_sequential_consistency = 1';

/** @throws Error that says what to do, when the directory is in use or the server cannot be reached. */
export async function openEngine(place: StorePlace): Promise<Engine> {
  const database = place.kind === 'embedded' ? EMBEDDED_DATABASE : place.database;
  if (!/^[A-Za-z_]\w{0,62}$/.test(database))
    throw new RangeError(`"${database}" is not a database name (letters, digits, _)`);
  if (place.kind === 'clickhouse' && !/^[\w.-]{0,100}$/.test(place.cluster ?? ''))
    throw new RangeError(`"${place.cluster}" is not a name of a cluster (letters, digits, . _ -)`);
  const client = place.kind === 'embedded' ? openEmbedded(place.path) : connect(place);
  const engine = overClient(client, database, place);
  try {
    await engine.run(engine.cluster === '' ? `CREATE DATABASE IF NOT EXISTS ${database}` : 'SELECT 1');
    if (place.kind === 'embedded') await removeLeftovers(place.path);
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

const STATEMENT_MS = 10 * 60_000;

function connect({ url, user, password, timeoutMs = STATEMENT_MS }: ServerPlace): ClickHouseClient {
  return createClient({
    url,
    ...(user !== undefined && { username: user }),
    ...(password !== undefined && { password }),
    request_timeout: timeoutMs,
    compression: { request: true, response: true }, // lines shrink to a tenth
    use_multipart_params_auto: true, // conditions of a thousand values are too long for an address
    application: 'setpoint',
    log: { level: ClickHouseLogLevel.OFF }, // what fails is thrown, and told by whoever knows what it means
  });
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
  const cluster = place.kind === 'clickhouse' ? (place.cluster ?? '') : '';
  const engine: Engine = {
    place,
    database,
    isShared: place.kind === 'clickhouse',
    cluster,
    physical: (table) =>
      cluster === '' ? `${database}.${table}` : `${database}.${table}_local ON CLUSTER '${cluster}'`,
    async run(statement, bindings = {}) {
      await client.command({ query: statement, query_params: { ...bindings } });
    },
    async select(statement, bindings = {}, signal) {
      const query = `${statement} SETTINGS ${EXACT}${cluster === '' ? '' : SEEN_BY_ALL}`;
      const result = await client.query({
        query,
        format: 'JSONCompactEachRow',
        query_params: { ...bindings },
        ...(signal !== undefined && { abort_signal: signal }),
      });
      return await result.json<Row>();
    },
    insertRows: (into, rows, structure) =>
      place.kind === 'embedded'
        ? throughFile(place.path, rows, (file) =>
            engine.run(
              `${into}, ${KNOWN_AGAIN} SELECT * FROM file({file:String}, 'JSONCompactEachRow', {structure:String})`,
              { file, structure },
            ),
          )
        : sendBody(client, `${into} FORMAT JSONCompactEachRow`, rows),
    insertNative: (into, block) =>
      place.kind === 'embedded'
        ? throughFile(place.path, block, (file) =>
            engine.run(`${into} SELECT * FROM file({file:String}, 'Native')`, { file }),
          )
        : sendBody(client, `${into} FORMAT Native`, block),
    close: () => client.close(),
  };
  return engine;
}

const BLOCK_FILE = '.block-';
/** An insert that is read from a file is recognised as a repeat like any other, or refused. */
const KNOWN_AGAIN = "deduplicate_insert_select = 'force_enable'";

/**
 * The embedded engine takes what stands in a statement as text, through the parser of statements. Bytes reach it through a
 * file, which is also the faster way for text: a third of the time of the same rows in the statement.
 */
async function throughFile(
  path: string,
  bytes: readonly Buffer[],
  insert: (file: string) => Promise<void>,
): Promise<void> {
  const file = join(path, `${BLOCK_FILE}${randomUUID()}`);
  try {
    await writeFile(file, runsOf(bytes));
    await insert(file);
  } finally {
    await rm(file, { force: true });
  }
}

/** What a process left behind that was killed while it inserted. */
async function removeLeftovers(path: string): Promise<void> {
  for (const name of await readdir(path)) {
    if (name.startsWith(BLOCK_FILE)) await rm(join(path, name), { force: true });
  }
}

async function sendBody(client: ClickHouseClient, statement: string, body: readonly Buffer[]): Promise<void> {
  const { stream } = await client.exec({
    query: statement,
    values: Readable.from(runsOf(body), { objectMode: false }),
  });
  stream.resume(); // an unread answer would hold the server's connection
}
