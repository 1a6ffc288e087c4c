/**
 * A whole running system for a test: `setpoint up` as a user starts it, in a directory of its own, on ports of its own,
 * with the means to look at its processes and to kill them.
 */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

import { stringify } from 'yaml';

/** The processes of a system by what they do; `supervisor` is `up` itself. */
export type Role = 'supervisor' | 'gateway' | 'control' | 'ledger' | 'simulator';

export interface SystemOptions {
  /** Settings beside listen addresses and data directory, as in `setpoint.yaml`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly simulator?: Readonly<Record<string, unknown>>;
  readonly workers?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface RunningProcess {
  readonly pid: number;
  readonly role: Role;
  readonly command: string;
}

export interface System {
  readonly gatewayUrl: string;
  readonly apiUrl: string;
  readonly simulatorUrl: string;
  readonly directory: string;
  /** Everything the processes have said so far. */
  log(): string;
  processes(): Promise<RunningProcess[]>;
  /** How `up` ended, where it has: `exit 1`, `SIGKILL`. */
  ended(): string | undefined;
  /** Kills every process of the role with SIGKILL; resolves with their ids once they are gone. */
  kill(role: Role): Promise<number[]>;
  /** Kills one process with SIGKILL; resolves once it is gone. */
  killOne(pid: number): Promise<void>;
  /** Starts `up` again on the same ports and data, after its supervisor was killed. */
  startAgain(): Promise<void>;
  ready(): Promise<void>;
  /** Lays settings over those of the start, as an editor of `setpoint.yaml` does. */
  writeSettings(more: Readonly<Record<string, unknown>>): Promise<void>;
  /** Runs `setpoint <words>` in the system's directory. */
  command(
    ...words: readonly string[]
  ): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
  /** GET of the API, parsed. @throws when the answer is no success. */
  api<T>(path: string): Promise<T>;
  /** Stops everything and leaves what lies on disk, for whoever wants to look at it. */
  halt(): Promise<void>;
  stop(): Promise<void>;
}

const PROJECT = resolve(import.meta.dirname, '../..');
const READY_WITHIN_MS = 180_000; // on a machine that does other things too
const STOP_WITHIN_MS = 15_000;
const ROLES: readonly Role[] = ['gateway', 'control', 'ledger', 'simulator'];

export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const directory = await mkdtemp(join(tmpdir(), 'setpoint-e2e-'));
  const [gatewayPort, apiPort, simulatorPort] = await freePorts(3);
  const settings = settingsOf(options, directory, { gatewayPort, apiPort, simulatorPort });
  const writeSettings = (more: Readonly<Record<string, unknown>>): Promise<void> =>
    writeFile(join(directory, 'setpoint.yaml'), stringify({ ...settings, ...more }));
  await writeSettings({});
  const said: string[] = [];
  const family = new Set<number>();
  let supervisor = spawnUp(directory, options, said);

  const system: System = {
    gatewayUrl: `http://127.0.0.1:${gatewayPort}`,
    apiUrl: `http://127.0.0.1:${apiPort}`,
    simulatorUrl: `http://127.0.0.1:${simulatorPort}`,
    directory,
    log: () => said.join(''),
    processes: () => processesOf(family, supervisor),
    ended: () =>
      supervisor.signalCode ?? (supervisor.exitCode === null ? undefined : `exit ${supervisor.exitCode}`),
    async kill(role) {
      const victims = (await system.processes()).filter((one) => one.role === role);
      if (victims.length === 0)
        throw new Error(`No process of the role ${role} is running.\n${system.log()}`);
      for (const { pid } of victims) killQuietly(pid);
      await untilGone(victims.map(({ pid }) => pid));
      return victims.map(({ pid }) => pid);
    },
    async killOne(pid) {
      killQuietly(pid);
      await untilGone([pid]);
    },
    async startAgain() {
      await untilFree([gatewayPort, apiPort, simulatorPort]);
      supervisor = spawnUp(directory, options, said);
      await system.ready();
    },
    ready: () => untilReady(system, () => supervisor.exitCode),
    writeSettings,
    command: (...words) => runCommand(directory, options, words),
    async api<T>(path: string) {
      const response = await fetch(`${system.apiUrl}${path}`);
      const text = await response.text();
      if (!response.ok) throw new Error(`GET ${path} answered ${response.status}: ${text}`);
      return JSON.parse(text) as T;
    },
    halt: () => haltSystem(system, () => supervisor),
    async stop() {
      await system.halt();
      await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
  try {
    await system.ready();
  } catch (error) {
    await system.stop();
    throw error;
  }
  return system;
}

interface Ports {
  readonly gatewayPort: number;
  readonly apiPort: number;
  readonly simulatorPort: number;
}

function settingsOf(options: SystemOptions, directory: string, ports: Ports): Record<string, unknown> {
  return {
    gateway: { listen: `127.0.0.1:${ports.gatewayPort}`, workers: options.workers ?? 2 },
    api: { listen: `127.0.0.1:${ports.apiPort}` },
    data: join(directory, 'data'),
    simulator: {
      enabled: 'always',
      timeScale: 0.05,
      listen: `127.0.0.1:${ports.simulatorPort}`,
      ...options.simulator,
    },
    ...options.settings,
  };
}

/** Provider keys and settings of the machine that runs the test must not reach the system under test. */
function spawnUp(directory: string, options: SystemOptions, said: string[]): ChildProcess {
  const child = spawn(process.execPath, [join(PROJECT, 'src/main.ts'), 'up'], {
    cwd: directory,
    env: cleanEnvironment(options),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', (text: Buffer) => said.push(text.toString()));
  child.stderr.on('data', (text: Buffer) => said.push(text.toString()));
  child.on('error', (error) => said.push(`${error.message}\n`));
  return child;
}

function cleanEnvironment(options: SystemOptions): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^SETPOINT_|_API_KEY$|^VITEST|^NODE_OPTIONS$/.test(name),
  );
  return { ...Object.fromEntries(inherited), NODE_ENV: 'production', ...options.environment };
}

function runCommand(
  directory: string,
  options: SystemOptions,
  words: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((answer) => {
    execFile(
      process.execPath,
      [join(PROJECT, 'src/main.ts'), ...words],
      { cwd: directory, env: cleanEnvironment(options), maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : 1;
        answer({ code, stdout, stderr });
      },
    );
  });
}

async function untilReady(system: System, exitCode: () => number | null): Promise<void> {
  const endMs = performance.now() + READY_WITHIN_MS;
  let last = 'nothing answered';
  while (performance.now() < endMs) {
    if (exitCode() !== null) throw new Error(`setpoint up ended with ${exitCode()}:\n${system.log()}`);
    const states = await Promise.all([
      stateOf(`${system.gatewayUrl}/readyz`),
      stateOf(`${system.apiUrl}/readyz`),
    ]);
    if (states.every((state) => state === '200')) return;
    last = `gateway: ${states[0]}, control: ${states[1]}`;
    await wait(100);
  }
  throw new Error(`The system is not ready after ${READY_WITHIN_MS / 1000} s (${last}):\n${system.log()}`);
}

async function stateOf(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    const text = await response.text();
    return response.ok ? String(response.status) : `${response.status} ${text.slice(0, 300)}`;
  } catch (error) {
    return error instanceof Error ? error.message : 'no answer';
  }
}

async function haltSystem(system: System, supervisor: () => ChildProcess): Promise<void> {
  const running = await system.processes();
  supervisor().kill('SIGTERM');
  try {
    await untilGone(
      running.map(({ pid }) => pid),
      STOP_WITHIN_MS,
    );
  } catch {
    for (const { pid } of running) killQuietly(pid); // only what this system started
    await untilGone(running.map(({ pid }) => pid));
  }
}

/**
 * The processes of this system: descendants of its supervisor, and those that were seen as such before and outlived it.
 * A process renames itself `setpoint <role>` once it runs; until then its command line says the role.
 */
async function processesOf(family: Set<number>, supervisor: ChildProcess): Promise<RunningProcess[]> {
  const rows = await processTable();
  if (supervisor.pid !== undefined) family.add(supervisor.pid);
  for (let before = -1; before !== family.size;) {
    before = family.size;
    for (const { pid, parent } of rows) if (family.has(parent)) family.add(pid);
  }
  return rows
    .filter(({ pid }) => family.has(pid))
    .map(({ pid, args }) => ({
      pid,
      role: pid === supervisor.pid ? 'supervisor' : roleOf(args),
      command: args,
    }))
    .filter((one): one is RunningProcess => one.role !== undefined);
}

function roleOf(args: string): Role | undefined {
  const word = /(?:^setpoint|src\/main\.ts role) (\w+)/.exec(args)?.[1];
  return ROLES.find((role) => role === word);
}

async function processTable(): Promise<
  Array<{ readonly pid: number; readonly parent: number; readonly args: string }>
> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,ppid=,stat=,args='], {
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line);
    if (!match || match[3]?.startsWith('Z')) return []; // a zombie has ended; it only waits to be read
    return [{ pid: Number(match[1]), parent: Number(match[2]), args: match[4] ?? '' }];
  });
}

async function untilGone(pids: readonly number[], withinMs = 10_000): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (performance.now() < endMs) {
    const running = new Set((await processTable()).map(({ pid }) => pid));
    if (!pids.some((pid) => running.has(pid))) return;
    await wait(50);
  }
  throw new Error(`Processes ${pids.join(', ')} are still running after ${withinMs / 1000} s.`);
}

async function untilFree(ports: readonly number[]): Promise<void> {
  const endMs = performance.now() + READY_WITHIN_MS;
  for (const port of ports) {
    while (!(await isFree(port))) {
      if (performance.now() > endMs)
        throw new Error(`Port ${port} is still held: a process outlived its killed supervisor.`);
      await wait(50);
    }
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const server = createServer();
    server.once('error', () => answer(false));
    server.listen(port, '127.0.0.1', () => server.close(() => answer(true)));
  });
}

async function freePorts(count: number): Promise<[number, number, number]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((listening) => {
          const server = createServer().listen(0, '127.0.0.1', () => listening(server));
        }),
    ),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('a listening server has a port');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise<void>((closed) => server.close(() => closed()))));
  const [first = 0, second = 0, third = 0] = ports;
  return [first, second, third];
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in between.
  }
}
