/** The demo company as a running system of its own, for tests that look at full pages. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

export interface DemoSystem {
  readonly apiUrl: string;
  readonly gatewayUrl: string;
  /** Where its data directory `.setpoint-demo` lies; nothing else is in it. */
  readonly directory: string;
  api<T>(path: string): Promise<T>;
  stop(): Promise<void>;
}

const PROGRAM = resolve(import.meta.dirname, '../../src/main.ts');
/** On machines that do other things too. */
const LOOKS = 1_200;

/** @param now the end of its fifteen months, so that pages have the same figures each time. */
export async function startDemo(now: string): Promise<DemoSystem> {
  const directory = await mkdtemp(join(tmpdir(), 'setpoint-demo-'));
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
    { cwd: directory, env: { PATH: process.env['PATH'] ?? '' }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => void (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => void (said += chunk.toString()));
  const apiUrl = `http://${at(api)}`;
  const stop = async (): Promise<void> => {
    const ended = new Promise((over) => child.once('exit', over));
    if (child.exitCode === null && child.kill('SIGTERM')) await ended;
    await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
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
        stop,
      };
    if (child.exitCode !== null) break;
    await wait(100);
  }
  await stop();
  throw new Error(`the demo company did not start:\n${said}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
