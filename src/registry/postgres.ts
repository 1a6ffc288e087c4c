/**
 * Kysely over PostgreSQL. Everything that is PostgreSQL's own (the pool, locks, which errors mean that it is away) is in
 * this file and in `leadership.ts`; the tables and the migrations are those of the other engine.
 *
 * Three differences between the engines are taken away here, so that one registry cannot take what the other refuses:
 * texts have no length and sort by code point, whole numbers come back as numbers or not at all, and every transaction
 * that writes is alone, as SQLite's are.
 */
import { PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import type {
  CompiledQuery,
  DatabaseConnection,
  DataTypeNode,
  Dialect,
  Driver,
  Kysely,
  QueryResult,
  TransactionSettings,
} from 'kysely';
import { Client, DatabaseError, Pool, TypeOverrides, types } from 'pg';
import type { ClientConfig, PoolClient } from 'pg';

import { NotLeading, reasonOf, RegistryAway } from './away.ts';
import { DURABLE, WRITE_LOCK } from './place.ts';
import type { Fence, Gate, PostgresPlace } from './place.ts';

const MOST_CONNECTIONS = 8;
const CONNECT_MS = 3_000;
const STATEMENT_MS = 10_000;
/** A stopped process must not hold the write lock for longer: the next leader waits for it. */
const IDLE_IN_TRANSACTION_MS = 5_000;

/** What PostgreSQL's whole numbers of 64 bits become: numbers, where no digit is lost. Decimals stay texts. */
const EXACT_TYPES = new TypeOverrides();
EXACT_TYPES.setTypeParser(types.builtins.INT8, exactNumber);

/** A connection's settings. @throws what reading the password throws. */
export function clientConfig(place: PostgresPlace, extra: ClientConfig = {}): ClientConfig {
  const url = new URL(place.url);
  const password = place.password?.();
  if (password !== undefined) url.password = encodeURIComponent(password);
  return {
    connectionString: url.href,
    application_name: 'setpoint',
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS + CONNECT_MS, // for a server that is there and does not answer at all
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    types: EXACT_TYPES,
    ...extra,
  };
}

function exactNumber(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new RangeError(`the registry holds the whole number ${text}, which cannot be read exactly`);
}

export function createClient(place: PostgresPlace, extra: ClientConfig): Client {
  return new Client(clientConfig(place, extra));
}

export function postgresDialect(place: PostgresPlace, gate: Gate): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new PostgresDriver(place, gate),
    createIntrospector: (database: Kysely<unknown>) => new PostgresIntrospector(database),
    createQueryCompiler: () => new PlainTextCompiler(),
  };
}

/** Lengths and the database's own sort order hold in PostgreSQL alone: a text is a text, in the order of its code points. */
class PlainTextCompiler extends PostgresQueryCompiler {
  protected override visitDataType(node: DataTypeNode): void {
    this.append(/^(text|varchar\(\d+\))$/.test(node.dataType) ? 'text collate "C"' : node.dataType);
  }
}

class PostgresDriver implements Driver {
  readonly #place: PostgresPlace;
  readonly #gate: Gate;
  #pool: Pool | undefined;

  constructor(place: PostgresPlace, gate: Gate) {
    this.#place = place;
    this.#gate = gate;
  }

  async init(): Promise<void> {
    const place = this.#place;
    class PlacedClient extends Client {
      constructor() {
        super(clientConfig(place));
      }
    }
    this.#pool = new Pool({
      Client: PlacedClient,
      max: MOST_CONNECTIONS,
      connectionTimeoutMillis: STATEMENT_MS,
    });
    this.#pool.on('error', () => undefined); // an idle connection broke; the next use makes another
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    if (this.#pool === undefined) throw new Error('the registry is not open');
    try {
      return new PostgresConnection(await this.#pool.connect());
    } catch (error) {
      throw new RegistryAway(reasonOf(error));
    }
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    (connection as PostgresConnection).release();
  }

  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    const used = connection as PostgresConnection;
    try {
      await (settings.accessMode === 'read only' ? used.beginReading() : used.beginWriting(this.#gate.fence));
    } catch (error) {
      await this.rollbackTransaction(connection);
      throw error;
    }
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as PostgresConnection).commit();
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as PostgresConnection).rollback();
  }

  async destroy(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.end();
  }
}

const WRITES = new Set(['InsertQueryNode', 'UpdateQueryNode', 'DeleteQueryNode', 'MergeQueryNode']);

class PostgresConnection implements DatabaseConnection {
  readonly #client: PoolClient;
  #inTransaction = false;
  #broken = false;
  /** While it is lent, a break of the connection is told to no other listener, and an unheard error ends the process. */
  readonly #onError = (): void => void (this.#broken = true);

  constructor(client: PoolClient) {
    this.#client = client;
    client.on('error', this.#onError);
  }

  release(): void {
    this.#client.off('error', this.#onError);
    this.#client.release(this.#broken);
  }

  /** One view of all tables, however long it takes; it holds nobody up. */
  async beginReading(): Promise<void> {
    this.#inTransaction = true;
    await this.#run(
      'begin isolation level repeatable read read only; set local idle_in_transaction_session_timeout = 0',
    );
  }

  /**
   * Alone among all processes until its end: what it reads cannot be overtaken, so that two never extend the audit chain at
   * the same place. A new leader takes its epoch under the same lock, so that a write of the former one is whole before it, or refused.
   * @throws NotLeading when another process has led since.
   */
  async beginWriting(fence: Fence | undefined): Promise<void> {
    const epoch = fence?.epoch();
    if (fence !== undefined && epoch === undefined) throw new NotLeading();
    this.#inTransaction = true;
    await this.#run(`begin; ${DURABLE}; select pg_advisory_xact_lock(${WRITE_LOCK})`);
    if (fence === undefined) return;
    const { rows } = await this.#run<{ epoch: number | null }>('select max(epoch) as epoch from leadership');
    if (rows[0]?.epoch !== epoch) throw new NotLeading();
  }

  async commit(): Promise<void> {
    try {
      const { command } = await this.#run('commit');
      if (command === 'ROLLBACK')
        throw new Error('a statement of this decision failed, so nothing was changed');
    } catch (error) {
      if (!(error instanceof RegistryAway)) throw error;
      throw new RegistryAway(error.message, 'unknown');
    } finally {
      this.#inTransaction = false;
    }
  }

  /** A connection that cannot even roll back is thrown away, and what it had begun with it. */
  async rollback(): Promise<void> {
    if (this.#inTransaction) await this.#run('rollback').catch(() => (this.#broken = true));
    this.#inTransaction = false;
  }

  async executeQuery<Row>({ sql, parameters, query }: CompiledQuery): Promise<QueryResult<Row>> {
    // Outside a transaction there is neither lock nor fence, and no audit line beside what is written.
    if (!this.#inTransaction && WRITES.has(query.kind))
      throw new Error('the registry is written in transactions only');
    const { rows, rowCount } = await this.#run<Row>(sql, parameters);
    return { rows, numAffectedRows: BigInt(rowCount ?? 0) };
  }

  // oxlint-disable-next-line require-yield
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('the registry is small and is never streamed');
  }

  async #run<Row>(
    sql: string,
    parameters?: readonly unknown[],
  ): Promise<{ rows: Row[]; rowCount: number | null; command: string }> {
    try {
      const result = await (parameters === undefined
        ? this.#client.query(sql)
        : this.#client.query(sql, [...parameters]));
      return result as never;
    } catch (error) {
      if (!isAway(error)) throw error;
      this.#broken = true;
      throw new RegistryAway(reasonOf(error));
    }
  }
}

/**
 * Classes and codes of PostgreSQL's errors that mean it cannot serve just now: lost connections (08), no rights or no
 * database (28, 3D), no room (53), stopped by an operator or a timeout (57), told off for idling (25P03), a standby of PostgreSQL
 * that only reads (25006), a lock that did not come (55P03).
 */
const AWAY = /^(08|28|3D|53|57|25P03|25006|55P03)/;

/** Whether an error says that the database is away, and not that the statement is wrong. */
export function isAway(error: unknown): boolean {
  if (error instanceof DatabaseError) return AWAY.test(error.code ?? '');
  if (!(error instanceof Error) || error instanceof RangeError || error instanceof TypeError) return false;
  return (
    'syscall' in error || /connection|timeout/i.test(error.message) // the client's own words for a broken or silent connection
  );
}
