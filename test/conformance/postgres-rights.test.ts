/** The scripts of deploy/postgres: with the rights that they give, control can do its work and a gateway host can do no other. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { Client } from 'pg';
import { afterAll, expect, it } from 'vitest';

import { openLeaderLock, openRegistry, openRulebookSource } from '../../src/registry/registry.ts';
import { findPostgres, startPostgres, withPassword } from '../servers.ts';
import type { TestPostgres } from '../servers.ts';

const SCRIPTS = resolve(import.meta.dirname, '../../deploy/postgres');
const PASSWORD = 'another-one';
let server: TestPostgres | undefined;

afterAll(() => server?.stop());

/** Statement by statement, as psql does it: a database cannot be made within a transaction. */
async function runScript(name: string, url: string, password: string): Promise<void> {
  const client = new Client(withPassword(url, password));
  await client.connect();
  const text = readFileSync(join(SCRIPTS, name), 'utf8').replaceAll(/^--.*$/gm, '');
  for (const statement of text.split(';').filter((one) => one.trim() !== '')) await client.query(statement);
  await client.end();
}

function as(role: string, url: string): { url: string; password: () => string } {
  const place = Object.assign(new URL(url), { username: role, pathname: '/setpoint' });
  return { url: place.href, password: () => PASSWORD };
}

it('let control work, and a gateway host read rulebooks and nothing else', async (context) => {
  const found = findPostgres();
  if (found.kind === 'missing') return context.skip(found.reason);
  server = await startPostgres();
  await runScript('1-database.sql', server.url, server.password);
  const admin = new Client(withPassword(server.url, server.password));
  await admin.connect();
  for (const role of ['setpoint_control', 'setpoint_follower'])
    await admin.query(`alter role ${role} password '${PASSWORD}'`);
  await admin.end();

  const control = as('setpoint_control', server.url);
  const registry = await openRegistry({ postgres: control, nowMs: () => 0, randomBytes });
  const lock = openLeaderLock(control, 'host-a');
  expect(await lock.step()).toMatchObject({ kind: 'leading' });
  await registry.keys.create({ name: 'a' }, 'ada');
  await registry.rulebooks.publish((version) => `rulebook ${version}`, { above: 0, epoch: 1 });

  await runScript('2-follower.sql', control.url, PASSWORD);
  const follower = as('setpoint_follower', server.url);
  const source = await openRulebookSource(follower);
  expect(await source.latest(0)).toEqual({ version: 1, body: 'rulebook 1' });
  const client = new Client(withPassword(follower.url, PASSWORD));
  await client.connect();
  const tables = await client.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public'",
  );
  expect(tables.rows.length).toBeGreaterThan(15);
  for (const { name } of tables.rows) {
    if (name !== 'rulebooks')
      await expect(client.query(`select * from "${name}"`), name).rejects.toThrow(/permission denied/);
    await expect(client.query(`delete from "${name}"`), name).rejects.toThrow(/permission denied/);
  }
  await expect(client.query('create table mine ()')).rejects.toThrow(/permission denied/);
  await client.end();
  await Promise.all([source.close(), lock.release(), registry.close()]);
});
