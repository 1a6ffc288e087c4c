/**
 * A supervisor that is killed while it starts a child: the child had nobody to listen to when the channel closed, heard
 * nothing, and served on for ever in a slot that the next supervisor then could not have.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { readSettings } from '../../src/operate/operate.ts';

const PROGRAM = resolve(import.meta.dirname, '../../src/main.ts');
const LOOKS = 2_400;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

/** Loaded before the program: it begins when the channel has closed and said so, with nobody there to hear it. */
const UNHEARD = `await new Promise((heard) => process.once('disconnect', heard));`;
/** The control: the same, and the program cannot see that the channel is closed. */
const UNSEEN = `${UNHEARD} Object.defineProperty(process, 'connected', { value: true });`;

async function orphan(
  preloaded: string,
  check: (child: ChildProcess, url: string) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'setpoint-orphan-'));
  const address = `127.0.0.1:${await freePort()}`;
  const settings = readSettings({
    yamlText: `simulator: {listen: "${address}"}\ndata: ${directory}`,
    environment: {},
    flags: {},
  });
  const child = fork(PROGRAM, ['role', 'simulator'], {
    execArgv: ['--import', `data:text/javascript,${encodeURIComponent(preloaded)}`],
    env: { ...process.env, SETPOINT_ROLE_SETTINGS: JSON.stringify(settings) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  try {
    await new Promise((started) => child.once('spawn', started));
    child.disconnect();
    await check(child, `http://${address}/`);
  } finally {
    child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  }
}

test('a child whose parent disappeared while it started ends by itself', async () => {
  await orphan(UNHEARD, async (child) => {
    for (let look = 0; look < LOOKS && child.exitCode === null; look += 1) await wait(50);
    expect(child.exitCode).toBe(0);
  });
}, 180_000);

test('control: one that does not look whether the channel is still there serves on', async () => {
  await orphan(UNSEEN, async (child, url) => {
    let answers = 0;
    for (let look = 0; look < LOOKS && answers < 20 && child.exitCode === null; look += 1) {
      if ((await fetch(url).catch(() => undefined)) !== undefined) answers += 1;
      await wait(50);
    }
    expect(answers).toBe(20);
    expect(child.exitCode).toBeNull();
  });
}, 180_000);
