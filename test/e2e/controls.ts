/**
 * Several hosts on one machine, for tests of scale-out: each control and each gateway host has a directory and ports of its own,
 * and they share nothing but PostgreSQL. With the means to stop and kill each.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { stringify } from 'yaml';

export interface Database {
  /** Without the password. */
  readonly url: string;
  readonly password: string;
}

/** One host: `setpoint control`, or `setpoint gateway`, in a directory of its own. */
export interface Host {
  readonly apiUrl: string;
  readonly gatewayUrl: string;
  readonly rulebookFile: string;
  start(): void;
  /** To its first process only: the others of the host have to cope. */
  signal(signal: NodeJS.Signals): void;
  /** Resolves when the first process is gone. */
  kill(): Promise<void>;
  log(): string;
  /** Of the file that its gateways read; 0 for none. */
  rulebookVersion(): number;
  remove(): Promise<void>;
}

const PROJECT = resolve(import.meta.dirname, '../..');
const PATIENCE_MS = 45_000;

export async function createHost(
  command: 'control' | 'gateway',
  database: Database,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Host> {
  const directory = await mkdtemp(join(tmpdir(), `setpoint-${command}-`));
  const [apiPort, gatewayPort] = [await freePort(), await freePort()];
  await writeFile(
    join(directory, 'setpoint.yaml'),
    stringify({
      api: { listen: `127.0.0.1:${apiPort}` },
      gateway: { listen: `127.0.0.1:${gatewayPort}`, workers: 1 },
      data: join(directory, 'data'),
      registry: { url: database.url, password: { env: 'DATABASE_PASSWORD' } },
      ...settings,
    }),
  );
  const said: string[] = [];
  let child: ChildProcess | undefined;
  const rulebookFile = join(directory, 'data', 'rulebook.json');
  const host: Host = {
    apiUrl: `http://127.0.0.1:${apiPort}`,
    gatewayUrl: `http://127.0.0.1:${gatewayPort}`,
    rulebookFile,
    start: () => void (child = spawnHost(command, directory, database, said)),
    signal: (signal) => void child?.kill(signal),
    async kill() {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((done) => child?.once('exit', done));
      child.kill('SIGKILL');
      await gone;
    },
    log: () => said.join(''),
    rulebookVersion: () =>
      existsSync(rulebookFile)
        ? (JSON.parse(readFileSync(rulebookFile, 'utf8')) as { version: number }).version
        : 0,
    async remove() {
      if (child !== undefined && child.exitCode === null && child.signalCode === null) {
        const gone = new Promise((done) => child?.once('exit', done));
        child.kill('SIGCONT');
        child.kill('SIGTERM');
        await Promise.race([gone, wait(15_000).then(() => host.kill())]);
      }
      await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
    },
  };
  return host;
}

function spawnHost(command: string, directory: string, database: Database, said: string[]): ChildProcess {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^SETPOINT_|^PG|_API_KEY$|^VITEST|^NODE_OPTIONS$/.test(name),
  );
  const child = spawn(process.execPath, [join(PROJECT, 'src/main.ts'), command], {
    cwd: directory,
    env: {
      ...Object.fromEntries(inherited),
      NODE_ENV: 'production',
      DATABASE_PASSWORD: database.password,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => said.push(text.toString()));
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  return child;
}

export interface Answer {
  /** 0: nothing answered. */
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** One request of the API or a gateway; what does not answer is an answer too. */
export async function ask(
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  try {
    const response = await fetch(url, {
      ...(body !== undefined && {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      }),
      signal: AbortSignal.timeout(8_000),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Answer['body']) };
  } catch (error) {
    return { status: 0, body: { error: String(error) } };
  }
}

/** Looks until it is so. @throws with the logs of the hosts when it never is. */
export async function until(
  what: string,
  isSo: () => Promise<boolean> | boolean,
  hosts: readonly Host[] = [],
): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (performance.now() > endMs)
      throw new Error(`never: ${what}\n${hosts.map((host) => host.log()).join('\n— the next host —\n')}`);
    await wait(50);
  }
}

export const leads = async (host: Host): Promise<boolean> =>
  (await ask(`${host.apiUrl}/leaderz`)).status === 200;

export const standsBy = async (host: Host): Promise<boolean> => {
  const { status, body } = await ask(`${host.apiUrl}/leaderz`);
  return status === 503 && body['standing'] === 'standby';
};

function freePort(): Promise<number> {
  return new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => found(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
