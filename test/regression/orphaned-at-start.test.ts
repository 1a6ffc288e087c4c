/**
 * A supervisor that is killed while it starts a child: the child had nobody to listen to when the channel closed, heard
 * nothing, and served on for ever in a slot that the next supervisor then could not have.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { readSettings } from '../../src/operate/operate.ts';

const PROGRAM = resolve(import.meta.dirname, '../../src/main.ts');
const LOOKS = 600;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

test('a child whose parent disappeared while it started ends by itself', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'setpoint-orphan-'));
  const settings = readSettings({
    yamlText: `simulator: {listen: "127.0.0.1:${await freePort()}"}\ndata: ${directory}`,
    environment: {},
    flags: {},
  });
  const child = fork(PROGRAM, ['role', 'simulator'], {
    env: { ...process.env, SETPOINT_ROLE_SETTINGS: JSON.stringify(settings) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  try {
    await new Promise((started) => child.once('spawn', started));
    child.disconnect();
    for (let look = 0; look < LOOKS && child.exitCode === null; look += 1) await wait(50);
    expect(child.exitCode).toBe(0);
  } finally {
    child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  }
});
