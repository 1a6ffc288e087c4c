/** Where a registry on PostgreSQL is and who may write it. Loads no client: most processes need none. */
export interface PostgresPlace {
  /** `postgres://user@host:5432/database`, without a password; TLS by its `sslmode` and `sslrootcert`. */
  readonly url: string;
  /** Read for every new connection, so that a changed password needs no restart. Undefined: none is sent. */
  readonly password?: (() => string | undefined) | undefined;
}

/** Under which epoch this process may write. */
export interface Fence {
  /** Undefined: it does not lead, so nothing may be written. */
  epoch(): number | undefined;
}

/** The fence is laid after the tables are there: whoever comes first makes them. */
export interface Gate {
  fence: Fence | undefined;
}

/** Of all databases of a server, advisory locks belong to one; the numbers only have to differ from each other. */
export const WRITE_LOCK = 5_837_015_001;
export const LEADER_LOCK = 5_837_015_002;

/**
 * A key that was shown to a person must survive a crash of the database, whatever its default is. Stronger settings (a replica that must have
 * it too) are left as they are.
 */
export const DURABLE =
  "select set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off'";

/** Where it is, without who asks: for messages. */
export function describePlace({ url }: PostgresPlace): string {
  const { hostname, port, pathname, searchParams } = new URL(url);
  const socket = searchParams.get('host');
  return `${socket ?? `${hostname}:${port === '' ? '5432' : port}`}${pathname}`;
}
