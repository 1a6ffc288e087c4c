/**
 * PostgreSQL and Redis for tests: started from the Debian packages in a temporary directory, never the machine's own
 * cluster, or a reason why the tests that need one cannot run. `npm test` installs the packages where that is harmless.
 */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { Client } from 'pg';
import { createClient } from 'redis';

export type FoundServer =
  | { readonly kind: 'found'; readonly executable: string }
  | { readonly kind: 'missing'; readonly reason: string };

/** One running server, of this test alone. */
export interface TestServer {
  readonly url: string;
  /** Ends it at once, as a crash does; what it acknowledged is still there after `startAgain`. */
  crash(): Promise<void>;
  /** At the same place with the same data. Resolves when it answers. */
  startAgain(): Promise<void>;
  /** The process that was started last, for signals such as SIGSTOP. */
  pid(): number;
  /** Ends it and removes its directory. */
  stop(): Promise<void>;
}

export interface TestPostgres extends TestServer {
  /** The URL holds no password, as settings must not: it is given apart. The user is a superuser. */
  readonly password: string;
  /** Makes one more empty database. @returns its URL, without the password. */
  createDatabase(): Promise<string>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const READY_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 30;
const USER = 'setpoint';
const PASSWORD = 'only-for-tests';

/** The newest PostgreSQL of Debian's packages; POSTGRES_BIN names another folder of programs. */
export function findPostgres(environment: Environment = process.env): FoundServer {
  const named = environment['POSTGRES_BIN'];
  const root = '/usr/lib/postgresql';
  const folders =
    named !== undefined && named !== ''
      ? [named]
      : (existsSync(root) ? readdirSync(root) : [])
          .toSorted((a, b) => Number(b) - Number(a))
          .map((version) => join(root, version, 'bin'));
  const folder = folders.find((one) => existsSync(join(one, 'initdb')) && existsSync(join(one, 'postgres')));
  return folder === undefined
    ? missing('PostgreSQL', `none in ${named ?? root}`, 'POSTGRES_BIN')
    : { kind: 'found', executable: join(folder, 'postgres') };
}

export function findRedis(environment: Environment = process.env): FoundServer {
  return findOnPath('Redis', 'redis-server', environment);
}

export function findSlowHttpTest(environment: Environment = process.env): FoundServer {
  return findOnPath('slowhttptest', 'slowhttptest', environment);
}

/**
 * A cluster of its own that listens on a Unix socket only. As root it runs under an unprivileged user, since PostgreSQL refuses root.
 * @throws when there is no PostgreSQL; ask `findPostgres` first and skip by name.
 */
export async function startPostgres(): Promise<TestPostgres> {
  const executable = executableOf(findPostgres());
  const home = mkdtempSync(join(tmpdir(), 'setpoint-pg-'));
  const owner = unprivileged();
  if (owner !== undefined) chownSync(home, owner.uid, owner.gid);
  const passwordFile = join(home, 'password');
  writeFileSync(passwordFile, PASSWORD, { mode: 0o644 });
  const data = join(home, 'data');
  execFileSync(
    executable.replace(/postgres$/, 'initdb'),
    ['-D', data, '-U', USER, '-A', 'md5', '--pwfile', passwordFile, '-E', 'UTF8', '--locale=C', '-N'],
    { ...owner, cwd: home, env: plain(), stdio: ['ignore', 'ignore', 'inherit'] },
  );
  // By default it may lose what it committed last: the registry has to ask for more by itself.
  const cheap = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'autovacuum=off'];
  const parameters = [
    '-D',
    data,
    '-k',
    home,
    ...['listen_addresses=', ...cheap].flatMap((one) => ['-c', one]),
  ];
  const urlOf = (name: string): string => `postgres://${USER}@localhost/${name}?host=${home}`;
  const url = urlOf('postgres');
  const answers = async (): Promise<void> => void (await query(url, 'select 1'));
  const server = await start(() => spawnQuietly(executable, parameters, { ...owner, cwd: home }), answers);
  let databases = 0;
  return {
    ...server,
    url,
    password: PASSWORD,
    // SIGQUIT is the immediate shutdown: nothing is flushed, the next start recovers as after a crash.
    crash: () => server.end('SIGQUIT'),
    async createDatabase() {
      const name = `test_${(databases += 1)}`;
      await query(url, `create database ${name}`);
      return urlOf(name);
    },
    async stop() {
      await server.end('SIGQUIT');
      rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** Empty, on a free port of loopback, without persistence: `startAgain` begins with nothing, as after a lost Redis. */
export async function startRedis(): Promise<TestServer> {
  const executable = executableOf(findRedis());
  const home = mkdtempSync(join(tmpdir(), 'setpoint-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const parameters = `--port ${port} --bind 127.0.0.1 --appendonly no --dir`
    .split(' ')
    .concat(home, '--save', '');
  const answers = async (): Promise<void> => {
    const client = createClient({ url, socket: { reconnectStrategy: false } });
    client.on('error', () => undefined); // the promise tells it too
    await client.connect();
    client.destroy();
  };
  const server = await start(() => spawnQuietly(executable, parameters, { cwd: home }), answers);
  return {
    ...server,
    url,
    crash: () => server.end('SIGKILL'),
    async stop() {
      await server.end('SIGKILL');
      rmSync(home, { recursive: true, force: true });
    },
  };
}

interface Started {
  startAgain(): Promise<void>;
  pid(): number;
  end(signal: NodeJS.Signals): Promise<void>;
}

async function start(spawnServer: () => Spawned, answers: () => Promise<void>): Promise<Started> {
  let running = await untilAnswers(spawnServer(), answers);
  return {
    pid: () => running.child.pid ?? 0,
    async startAgain() {
      running = await untilAnswers(spawnServer(), answers);
    },
    async end(signal) {
      const { child } = running;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGCONT'); // a stopped process hears no other signal than SIGKILL
      child.kill(signal);
      await gone;
    },
  };
}

interface Spawned {
  readonly child: ChildProcess;
  readonly said: () => string;
}

function spawnQuietly(
  executable: string,
  parameters: readonly string[],
  options: { readonly cwd: string; readonly uid?: number; readonly gid?: number },
): Spawned {
  const child = spawn(executable, parameters, {
    ...options,
    env: plain(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => said.push(text.toString()) > 50 && said.shift());
  child.on('error', (error) => said.push(error.message));
  // A test process that ends in the middle must leave no server behind.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  return { child, said: () => said.join('') };
}

async function untilAnswers(server: Spawned, answers: () => Promise<void>): Promise<Spawned> {
  const endMs = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const { exitCode, signalCode, pid } = server.child;
    if (pid === undefined || exitCode !== null || signalCode !== null)
      throw new Error(`the server ended before it answered:\n${server.said()}`);
    const trouble = await answers().then(
      () => undefined,
      (error: unknown) => error,
    );
    if (trouble === undefined) return server;
    if (performance.now() > endMs) {
      server.child.kill('SIGKILL');
      throw new Error(`the server does not answer (${String(trouble)}):\n${server.said()}`);
    }
    await wait(LOOK_EVERY_MS);
  }
}

async function query(url: string, sql: string): Promise<void> {
  const client = new Client(withPassword(url, PASSWORD));
  client.on('error', () => undefined); // the promises tell it too
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The URL as a client needs it: an option beside it would be overruled by the password that the URL does not have. */
export function withPassword(url: string, password: string): string {
  return Object.assign(new URL(url), { password }).href;
}

/** The user that PostgreSQL runs under where this process is root: it refuses to be root itself. */
function unprivileged(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (user: string, flag: string): number =>
    Number(execFileSync('id', [flag, user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  for (const user of ['postgres', 'nobody']) {
    try {
      return { uid: id(user, '-u'), gid: id(user, '-g') };
    } catch {
      // no such user here
    }
  }
  throw new Error('PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody');
}

/** No PG* variable of the machine may lead a test to a real database. */
function plain(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' };
}

function findOnPath(name: string, program: string, environment: Environment): FoundServer {
  const executable = (environment['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));
  return executable === undefined ? missing(name, 'none on the path', 'PATH') : { kind: 'found', executable };
}

function missing(name: string, where: string, variable: string): FoundServer {
  return {
    kind: 'missing',
    reason: `${name} is needed (${where}); name its folder in ${variable}, or run "npm test" as root on Debian, which installs it`,
  };
}

function executableOf(found: FoundServer): string {
  if (found.kind === 'missing') throw new Error(found.reason);
  return found.executable;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
