/**
 * Which of several controls leads: the one whose session holds an advisory lock of PostgreSQL.
 *
 * The lock ends with its session, so a leader that dies lets go at once. One that is stopped, or cut off, keeps its session;
 * therefore the session must be used every second, and PostgreSQL ends it when it idles for `LEASE_MS`. Such a leader may wake
 * up and believe that it leads: so each leader takes an epoch, and what is written under an older one is refused (`Fence`).
 */
import type { Client } from 'pg';

import { reasonOf } from './away.ts';
import { DURABLE, LEADER_LOCK, WRITE_LOCK } from './place.ts';
import type { PostgresPlace } from './place.ts';

/** A leader that did not renew for so long leads no more: PostgreSQL ends its session, and it knows so by itself. */
export const LEASE_MS = 5_000;
/** How often to renew, or to try. */
export const RENEW_EVERY_MS = 1_000;
const ANSWER_MS = 3_000;
/** PostgreSQL of which `idle_session_timeout` is part. */
const OLDEST_VERSION = 140_000;

export interface Leader {
  readonly epoch: number;
  /** The name that it gave itself. */
  readonly holder: string;
  /** RFC 3339, by the clock of the database. */
  readonly since: string;
}

export type Standing =
  | { readonly kind: 'leading'; readonly leader: Leader }
  /** Undefined where none has led yet. */
  | { readonly kind: 'standby'; readonly leader: Leader | undefined }
  | { readonly kind: 'away'; readonly reason: string };

export interface LeaderLock {
  /** Takes the lock where it is free, renews it where it is held. One at a time; never throws. */
  step(): Promise<Standing>;
  /** Lets another lead at once. */
  release(): Promise<void>;
}

/** @param holder a name by which people and other controls know this one */
export function openLeaderLock(place: PostgresPlace, holder: string): LeaderLock {
  return new SessionLock(place, holder);
}

class SessionLock implements LeaderLock {
  readonly #place: PostgresPlace;
  readonly #holder: string;
  #client: Client | undefined;
  #held: Leader | undefined;

  constructor(place: PostgresPlace, holder: string) {
    this.#place = place;
    this.#holder = holder;
  }

  async step(): Promise<Standing> {
    try {
      this.#client ??= await this.#connect();
      const last = await lastLeader(this.#client);
      if (this.#held !== undefined) {
        if (last?.epoch === this.#held.epoch) return { kind: 'leading', leader: this.#held };
        await this.#drop(); // somebody led since: a database that was restored, or an operator
        return { kind: 'standby', leader: last };
      }
      if (!(await tryLock(this.#client))) return { kind: 'standby', leader: last };
      this.#held = await takeEpoch(this.#client, this.#holder);
      return { kind: 'leading', leader: this.#held };
    } catch (error) {
      await this.#drop();
      return { kind: 'away', reason: reasonOf(error) };
    }
  }

  release(): Promise<void> {
    return this.#drop();
  }

  async #connect(): Promise<Client> {
    const { createClient } = await import('./postgres.ts'); // only a process that leads loads the client
    const client = createClient(this.#place, {
      application_name: `setpoint control ${this.#holder}`.slice(0, 63),
      statement_timeout: ANSWER_MS,
      query_timeout: ANSWER_MS,
      // A host that vanished without a word is noticed by the database's own probes as well.
      options: `-c idle_session_timeout=${LEASE_MS} -c tcp_keepalives_idle=2 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3`,
    });
    client.on('error', () => void this.#forget(client)); // the next step says why
    try {
      await client.connect();
      await checkVersion(client);
      return client;
    } catch (error) {
      await endSoon(client);
      throw error;
    }
  }

  #forget(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#held = undefined;
  }

  async #drop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#held = undefined;
    if (client !== undefined) await endSoon(client);
  }
}

/** A database that hangs never says goodbye; nobody waits for it longer than this. */
async function endSoon(client: Client): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, 1_000);
  client.end().then(resolve, resolve);
  await promise;
  clearTimeout(timer);
}

async function checkVersion(client: Client): Promise<void> {
  const { rows } = await client.query<{ version: string }>(
    "select current_setting('server_version_num') as version",
  );
  if (Number(rows[0]?.version) < OLDEST_VERSION)
    throw new Error(
      'several controls need PostgreSQL 14 or newer, which ends the session of a control that hangs',
    );
}

const LEADER_COLUMNS = 'epoch, holder, taken_at as since';

async function lastLeader(client: Client): Promise<Leader | undefined> {
  const { rows } = await client.query<Leader>(
    `select ${LEADER_COLUMNS} from leadership order by epoch desc limit 1`,
  );
  return rows[0];
}

async function tryLock(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>(
    `select pg_try_advisory_lock(${LEADER_LOCK}) as taken`,
  );
  return rows[0]?.taken === true;
}

/** Waits for whatever the former leader still writes, then makes it the last that it wrote. */
async function takeEpoch(client: Client, holder: string): Promise<Leader> {
  // An epoch that a crash took back would be taken twice, and then tell two leaders apart no more.
  await client.query(`begin; ${DURABLE}; select pg_advisory_xact_lock(${WRITE_LOCK})`);
  const { rows } = await client.query<Leader>(
    `insert into leadership (epoch, holder, taken_at)
     select coalesce(max(epoch), 0) + 1, $1, to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
     from leadership
     returning ${LEADER_COLUMNS}`,
    [holder],
  );
  await client.query('commit');
  const [leader] = rows;
  if (leader === undefined) throw new Error('an inserted row is returned');
  return leader;
}
