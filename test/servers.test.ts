/** The servers that other tests are started on: they come up empty, survive a crash as promised, and leave nothing behind. */
import { existsSync } from 'node:fs';

import { Client } from 'pg';
import { createClient } from 'redis';
import { expect, test } from 'vitest';

import { findPostgres, findRedis, startPostgres, startRedis, withPassword } from './servers.ts';

test('PostgreSQL keeps what it committed over a crash, asks for the password, and is gone after stop', async (context) => {
  const found = findPostgres();
  if (found.kind === 'missing') return context.skip(found.reason);
  const server = await startPostgres();
  context.onTestFinished(() => server.stop()); // also of a test that fails
  const home = new URL(server.url).searchParams.get('host') ?? '';
  const ask = async (url: string, sql: string, password = server.password) => {
    const client = new Client(withPassword(url, password));
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query<{ n: number }>(sql)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  const url = await server.createDatabase();
  expect(await server.createDatabase()).not.toBe(url);
  await ask(url, 'set synchronous_commit = on; create table kept (n integer); insert into kept values (7)');
  await expect(ask(url, 'select 1', 'wrong')).rejects.toThrow(/password/);
  await server.crash();
  await expect(ask(url, 'select 1')).rejects.toThrow();
  await server.startAgain();
  expect(await ask(url, 'select n from kept')).toEqual([{ n: 7 }]);
  await server.stop();
  expect(existsSync(home)).toBe(false);
});

test('Redis is empty after a crash, and gone after stop', async (context) => {
  const found = findRedis();
  if (found.kind === 'missing') return context.skip(found.reason);
  const server = await startRedis();
  context.onTestFinished(() => server.stop());
  const ask = async (...command: readonly string[]): Promise<unknown> => {
    const client = createClient({ url: server.url, socket: { reconnectStrategy: false } });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await client.sendCommand(command);
    } finally {
      if (client.isOpen) client.destroy();
    }
  };
  await ask('SET', 'kept', '7');
  expect(await ask('GET', 'kept')).toBe('7');
  const directory = String(Object.values((await ask('CONFIG', 'GET', 'dir')) as object).at(-1));
  expect(existsSync(directory)).toBe(true);
  await server.crash();
  await expect(ask('GET', 'kept')).rejects.toThrow();
  await server.startAgain();
  expect(await ask('GET', 'kept')).toBeNull();
  await server.stop();
  expect(existsSync(directory)).toBe(false);
});
