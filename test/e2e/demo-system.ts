/**
 * The demo company as a running system of its own, for tests that look at full pages. Within a run of the tests it is filled
 * once, and each system starts on a copy of that directory.
 */
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { suiteFolder } from '../suite.ts';

export interface DemoSystem {
  readonly apiUrl: string;
  readonly gatewayUrl: string;
  /** Where its data directory `.setpoint-demo` lies; nothing else is in it. */
  readonly directory: string;
  api<T>(path: string): Promise<T>;
  stop(): Promise<void>;
}

type StartedDemo = Omit<DemoSystem, 'stop'> & {
  /** Ends it and leaves its data. */
  halt(): Promise<void>;
};

const PROGRAM = resolve(import.meta.dirname, '../../src/main.ts');
/** On machines that do other things too, for minutes: what fills the demo company is waited for by every other file. */
const LOOKS = 3_600;
const LOOK_EVERY_MS = 100;
const REMOVAL = { recursive: true, force: true, maxRetries: 5, retryDelay: 100 };

/** @param now the end of its fifteen months, so that pages have the same figures each time. */
export async function startDemo(now: string): Promise<DemoSystem> {
  const directory = await mkdtemp(join(tmpdir(), 'setpoint-demo-'));
  const remove = (): Promise<void> => rm(directory, REMOVAL);
  try {
    const suite = suiteFolder();
    if (suite !== undefined) await cp(await filledDemo(suite, now), directory, { recursive: true });
    const { halt, ...demo } = await startIn(directory, now);
    return {
      ...demo,
      async stop() {
        await halt();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The directory of a demo that was filled and ended, made by whoever asks first; the others wait for it. */
async function filledDemo(suite: string, now: string): Promise<string> {
  const filled = join(suite, `demo-${now.replace(/\W/g, '')}`);
  const filling = `${filled}-filling`;
  for (let look = 0; look < LOOKS && !existsSync(filled); look += 1) {
    if (await isFirst(filling)) await fill(filling, filled, now);
    else await wait(LOOK_EVERY_MS);
  }
  if (!existsSync(filled))
    throw new Error(`the demo company that another file fills in ${filling} was never ready`);
  return filled;
}

async function isFirst(filling: string): Promise<boolean> {
  return mkdir(filling).then(
    () => true,
    () => false,
  );
}

async function fill(filling: string, filled: string, now: string): Promise<void> {
  try {
    const demo = await startIn(filling, now);
    await demo.halt();
    await rename(filling, filled);
  } catch (error) {
    await rm(filling, REMOVAL); // the next one tries
    throw error;
  }
}

async function startIn(directory: string, now: string): Promise<StartedDemo> {
  const [gateway, api, simulator] = await Promise.all([freePort(), freePort(), freePort()]);
  const at = (port: number): string => `127.0.0.1:${port}`;
  const child = spawn(
    process.execPath,
    [
      PROGRAM,
      'demo',
      `--now=${now}`,
      '--gateway-workers=1',
      `--gateway-listen=${at(gateway)}`,
      `--api-listen=${at(api)}`,
      `--simulator-listen=${at(simulator)}`,
    ],
    { cwd: directory, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => void (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => void (said += chunk.toString()));
  const apiUrl = `http://${at(api)}`;
  const halt = async (): Promise<void> => {
    const ended = new Promise((over) => child.once('exit', over));
    if (child.exitCode === null && child.kill('SIGTERM')) await ended;
  };
  for (let look = 0; look < LOOKS; look += 1) {
    const isReady = await fetch(`${apiUrl}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady)
      return {
        apiUrl,
        gatewayUrl: `http://${at(gateway)}`,
        directory,
        api: async <T>(path: string) => (await (await fetch(`${apiUrl}${path}`)).json()) as T,
        halt,
      };
    if (child.exitCode !== null) break;
    await wait(LOOK_EVERY_MS);
  }
  await halt();
  throw new Error(`the demo company did not start:\n${said}`);
}

/** Nothing of the machine's but what finds programs, compiled ones too. */
function environment(): Record<string, string> {
  const names = ['PATH', 'NODE_COMPILE_CACHE'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
