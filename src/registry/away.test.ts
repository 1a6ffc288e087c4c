/** PostgreSQL that is down, goes down, and comes back: said as such, and over without help. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { findPostgres, startPostgres } from '../../test/servers.ts';
import type { TestPostgres } from '../../test/servers.ts';
import { createClient } from './postgres.ts';
import { openLeaderLock, openRegistry, RegistryAway } from './registry.ts';
import type { PostgresPlace, Registry } from './registry.ts';

const found = findPostgres();
let server: TestPostgres;

beforeAll(async () => {
  if (found.kind === 'found') server = await startPostgres();
});

afterAll(() => server?.stop());

const open = (postgres: PostgresPlace): Promise<Registry> =>
  openRegistry({ postgres, nowMs: () => 0, randomBytes });

const reasonOf = (error: unknown): unknown => error;

/** Without a turn of the event loop: a server on an idle machine ends a commit before it hears of the signal. */
function untilGone(pid: number): void {
  const moment = new Int32Array(new SharedArrayBuffer(4));
  const endMs = performance.now() + 20_000;
  while (isRunning(pid) && performance.now() < endMs) Atomics.wait(moment, 0, 0, 5);
}

/** An ended child that nobody has asked for yet is still listed, as a zombie. */
function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a registry on PostgreSQL', () => {
  it('says that it is away at start: no server, wrong password, no such database', async (context) => {
    if (found.kind === 'missing') return context.skip(found.reason);
    const { url, password } = server;
    const nobody = { url: 'postgres://setpoint@127.0.0.1:1/registry' };
    expect(await open(nobody).catch(reasonOf)).toBeInstanceOf(RegistryAway);
    const wrong = await open({ url, password: () => 'hunter2' }).catch(reasonOf);
    expect(wrong).toBeInstanceOf(RegistryAway);
    expect(String(wrong)).not.toContain('hunter2');
    const nowhere = { url: url.replace('/postgres?', '/nowhere?'), password: () => password };
    expect(String(await open(nowhere).catch(reasonOf))).toMatch(/"nowhere" does not exist/);
  });

  it('keeps over a crash what it acknowledged, though the database would not by default', async (context) => {
    if (found.kind === 'missing') return context.skip(found.reason);
    const { password } = server;
    const place = { url: await server.createDatabase(), password: () => password };
    const registry = await open(place);
    const client = createClient(place, {});
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ synchronous_commit: string }>('show synchronous_commit');
    expect(rows).toEqual([{ synchronous_commit: 'off' }]);
    const lock = openLeaderLock(place, 'a');
    expect(await lock.step()).toMatchObject({ kind: 'leading', leader: { epoch: 1 } });
    const made = [];
    for (let index = 0; index < 5; index += 1)
      made.push(await registry.keys.create({ name: `${index}` }, 'ada'));
    await server.crash();
    await server.startAgain();
    expect(await registry.lastLeader()).toMatchObject({ epoch: 1, holder: 'a' });
    expect((await registry.keys.list()).map(({ id }) => id).toSorted()).toEqual(
      made.map(({ key }) => key.id).toSorted(),
    );
    await Promise.all([registry.close(), lock.release()]);
  });

  it('says so while it is down, and serves by itself when it is back', async (context) => {
    if (found.kind === 'missing') return context.skip(found.reason);
    const registry = await open({ url: await server.createDatabase(), password: () => server.password });
    await registry.keys.create({ name: 'before' }, 'ada');
    await server.crash();
    expect(await registry.keys.list().catch(reasonOf)).toBeInstanceOf(RegistryAway);
    const writing = await registry.keys.create({ name: 'during' }, 'ada').catch(reasonOf);
    expect(writing).toMatchObject({ name: 'RegistryAway', outcome: 'nothing-changed' });
    await server.startAgain();
    await registry.keys.create({ name: 'after' }, 'ada');
    expect((await registry.keys.list()).map(({ name }) => name).toSorted()).toEqual(['after', 'before']);
    expect(await registry.verifyAudit()).toMatchObject({ kind: 'intact', entries: 2 });
    await registry.close();
  });

  it('does not say "nothing changed" where it broke off during the commit', async (context) => {
    if (found.kind === 'missing') return context.skip(found.reason);
    const registry = await open({ url: await server.createDatabase(), password: () => server.password });
    const outcome = await registry.rulebooks
      .publish(
        (version) => {
          // Everything after this is sent to a server that is no more: the insert, or the commit.
          process.kill(server.pid(), 'SIGQUIT');
          untilGone(server.pid());
          return String(version);
        },
        { above: 0, epoch: 1 },
      )
      .catch(reasonOf);
    expect(outcome).toBeInstanceOf(RegistryAway);
    await server.crash();
    await server.startAgain();
    const kept = await registry.rulebooks.versions();
    // Whatever it said must be true of what is kept.
    if ((outcome as RegistryAway).outcome === 'nothing-changed') expect(kept).toEqual([]);
    await registry.close();
  });

  it('is made once by whoever opens it first, however many do', async (context) => {
    if (found.kind === 'missing') return context.skip(found.reason);
    const place = { url: await server.createDatabase(), password: () => server.password };
    const registries = await Promise.all([open(place), open(place), open(place), open(place)]);
    await Promise.all(registries.map((registry, index) => registry.keys.create({ name: `${index}` }, 'ada')));
    expect(await registries[0]?.verifyAudit()).toMatchObject({ kind: 'intact', entries: 4 });
    await Promise.all(registries.map((registry) => registry.close()));
  });

  it('takes a changed password with the next connection', async (context) => {
    if (found.kind === 'missing') return context.skip(found.reason);
    const url = await server.createDatabase();
    let password = 'not yet';
    const place = { url, password: () => password };
    expect(await open(place).catch(reasonOf)).toBeInstanceOf(RegistryAway);
    ({ password } = server);
    await (await open(place)).close();
  });
});
