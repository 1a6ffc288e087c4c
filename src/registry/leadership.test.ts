/**
 * Several controls on one PostgreSQL: one chain whoever writes, one leader, and nothing written by a leader that was overtaken. Each
 * protection has a control here: the same without it goes wrong.
 */
import { setTimeout as wait } from 'node:timers/promises';

import { Kysely, PostgresDialect } from 'kysely';
import { Client, Pool } from 'pg';
import { describe, expect, it } from 'vitest';

import { registryEngines } from '../../test/fakes/engines.ts';
import type { Engine, TestDatabase } from '../../test/fakes/engines.ts';
import { withPassword } from '../../test/servers.ts';
import { appendAudit } from './audit.ts';
import { openLeaderLock } from './leadership.ts';
import { WRITE_LOCK } from './place.ts';
import type { PostgresPlace } from './place.ts';
import { createClient, postgresDialect } from './postgres.ts';
import type { LeaderLock, Registry, Standing } from './registry.ts';
import type { Tables } from './tables.ts';

const NOW_MS = Date.UTC(2026, 10, 25);
const postgres = registryEngines().find(({ name }) => name === 'PostgreSQL') as Engine;
type Context = Parameters<Engine['database']>[0];

async function openPostgres(context: Context): Promise<{ database: TestDatabase; place: PostgresPlace }> {
  const database = await postgres.database(context);
  if (!('postgres' in database.place)) throw new Error('this engine is PostgreSQL');
  return { database, place: database.place.postgres };
}

const open = (database: TestDatabase, epoch?: () => number | undefined): Promise<Registry> =>
  database.open(() => NOW_MS, epoch === undefined ? undefined : { epoch });

/** @param above an epoch that it led under: a session that is told to end does so a moment later. */
async function untilLeading(lock: LeaderLock, above = 0): Promise<number> {
  for (;;) {
    const standing = await lock.step();
    if (standing.kind === 'leading' && standing.leader.epoch > above) return standing.leader.epoch;
    await wait(50);
  }
}

describe('writers of several controls', () => {
  it('extend one chain, and no decision is lost', async (context) => {
    const { database } = await openPostgres(context);
    const controls = await Promise.all([open(database), open(database), open(database)]);
    const wanted = Array.from({ length: 45 }, (_, index) => `key ${index}`);
    await Promise.all(
      wanted.map((name, index) =>
        (controls[index % 3] as Registry).keys.create({ name }, `control ${index % 3}`),
      ),
    );
    const [reader] = controls;
    const made = (await reader?.keys.list()) ?? [];
    expect(made.map(({ name }) => name).toSorted()).toEqual(wanted.toSorted());
    expect(await reader?.verifyAudit()).toMatchObject({ kind: 'intact', entries: wanted.length });
    await Promise.all(controls.map((control) => control.close()));
  });

  it('lose decisions without the lock (control)', async (context) => {
    const { database, place } = await openPostgres(context);
    await (await open(database)).close();
    const pool = new Pool({ connectionString: withPassword(place.url, place.password?.() ?? ''), max: 8 });
    const unlocked = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
    const line = { at: '', actor: 'ada', action: 'key.create', detail: {} };
    const done = await Promise.allSettled(
      Array.from({ length: 45 }, (_, index) =>
        unlocked.transaction().execute((step) => appendAudit(step, { ...line, subject: String(index) })),
      ),
    );
    expect(done.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0);
    await unlocked.destroy();
  });

  it('read a whole view while others write, and hold nobody up', async (context) => {
    const { database } = await openPostgres(context);
    const [reader, writer] = await Promise.all([open(database), open(database)]);
    await writer.keys.create({ name: 'first' }, 'ada');
    const blocker = new Client(withPassword(...urlOf(database)));
    await blocker.connect();
    await blocker.query(`begin; select pg_advisory_xact_lock(${WRITE_LOCK})`);
    expect(await reader.verifyAudit()).toMatchObject({ kind: 'intact', entries: 1 });
    await blocker.end();
    await Promise.all([reader.close(), writer.close()]);
  });

  it('write in transactions only', async (context) => {
    const { database, place } = await openPostgres(context);
    await (await open(database)).close();
    const raw = new Kysely<Tables>({ dialect: postgresDialect(place, { fence: undefined }) });
    await expect(raw.deleteFrom('audit').execute()).rejects.toThrow(/in transactions only/);
    await raw.destroy();
  });
});

function urlOf({ place }: TestDatabase): [url: string, password: string] {
  if (!('postgres' in place)) throw new Error('this engine is PostgreSQL');
  return [place.postgres.url, place.postgres.password?.() ?? ''];
}

describe('the lead', () => {
  it('is held by one; others know by whom, and take it when it is let go', async (context) => {
    const { database, place } = await openPostgres(context);
    await (await open(database)).close();
    const [first, second] = [openLeaderLock(place, 'first'), openLeaderLock(place, 'second')];
    expect(await first.step()).toMatchObject({ kind: 'leading', leader: { epoch: 1, holder: 'first' } });
    expect(await second.step()).toMatchObject({ kind: 'standby', leader: { epoch: 1, holder: 'first' } });
    expect(await first.step()).toMatchObject({ kind: 'leading', leader: { epoch: 1 } });
    await first.release();
    expect(await untilLeading(second)).toBe(2); // PostgreSQL lets go a moment after it has heard the goodbye
    expect(await first.step()).toMatchObject({ kind: 'standby', leader: { holder: 'second' } });
    await Promise.all([first.release(), second.release()]);
  });

  it('of eight that start at once belongs to one', async (context) => {
    const { database, place } = await openPostgres(context);
    await (await open(database)).close();
    const locks = Array.from({ length: 8 }, (_, index) => openLeaderLock(place, `control ${index}`));
    const standings = await Promise.all(locks.map((lock) => lock.step()));
    const kinds = standings.map(({ kind }: Standing) => kind);
    expect(kinds.filter((kind) => kind === 'leading')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'standby')).toHaveLength(7);
    await Promise.all(locks.map((lock) => lock.release()));
  });

  it('goes on when its holder hangs, also in the middle of a decision, whose half is undone', async (context) => {
    const { database, place } = await openPostgres(context);
    await (await open(database)).close();
    const hanging = openLeaderLock(place, 'hanging');
    expect(await untilLeading(hanging)).toBe(1); // and from here on it says nothing more, as a stopped process
    const half = createClient(place, {});
    half.on('error', () => undefined);
    await half.connect();
    await half.query(`begin; select pg_advisory_xact_lock(${WRITE_LOCK})`);
    await half.query("insert into rulebooks values (1, 1, '', 'half')");
    const next = openLeaderLock(place, 'next');
    expect(await untilLeading(next)).toBe(2);
    await expect(half.query('commit')).rejects.toThrow();
    expect(await database.query('select * from rulebooks')).toEqual([]);
    expect(await hanging.step()).toMatchObject({ kind: 'standby', leader: { holder: 'next' } });
    await Promise.all([hanging.release(), next.release(), half.end().catch(() => undefined)]);
  });

  it('says that the database is away, and is taken again when it is back', async (context) => {
    const { database, place } = await openPostgres(context);
    await (await open(database)).close();
    const nowhere = openLeaderLock({ url: 'postgres://setpoint@127.0.0.1:1/none' }, 'nowhere');
    expect(await nowhere.step()).toMatchObject({
      kind: 'away',
      reason: expect.stringMatching(/ECONNREFUSED/),
    });
    const lock = openLeaderLock(place, 'one');
    expect(await untilLeading(lock)).toBe(1);
    await database.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'setpoint control one'",
    );
    expect(await untilLeading(lock, 1)).toBe(2);
    await lock.release();
  });
});

describe('a leader that was overtaken', () => {
  async function overtaken(context: Context, fenced: boolean) {
    const { database, place } = await openPostgres(context);
    await (await open(database)).close();
    const old = openLeaderLock(place, 'old');
    const oldEpoch = await untilLeading(old);
    const registry = await open(database, fenced ? () => oldEpoch : undefined);
    await registry.rulebooks.publish((version) => `old ${version}`, { above: 0, epoch: oldEpoch });
    // It is stopped here, and does not notice that its session ends.
    await database.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'setpoint control old'",
    );
    const next = openLeaderLock(place, 'next');
    const nextEpoch = await untilLeading(next);
    const successor = await open(database, () => nextEpoch);
    await successor.rulebooks.publish((version) => `next ${version}`, { above: 0, epoch: nextEpoch });
    const late = await Promise.allSettled([
      registry.rulebooks.publish((version) => `stale ${version}`, { above: 0, epoch: oldEpoch }),
      registry.keys.create({ name: 'stale' }, 'ada'),
      registry.attribution.finish('m1', 1),
      registry.positions.keep('telemetry export', 'stale'),
      registry.confirmMayWrite(),
    ]);
    const outcome = {
      late: late.map((one) => (one.status === 'rejected' ? (one.reason as Error).name : 'written')),
      newest: (await successor.rulebooks.latest(0))?.body,
      keys: (await successor.keys.list()).length,
      readable: (await registry.rulebooks.versions()).length,
    };
    await Promise.all([old.release(), next.release(), registry.close(), successor.close()]);
    return outcome;
  }

  it('writes nothing more, and can still read', async (context) => {
    expect(await overtaken(context, true)).toEqual({
      late: Array(5).fill('NotLeading'),
      newest: 'next 2',
      keys: 0,
      readable: 2,
    });
  });

  it('publishes over its successor without the fence (control)', async (context) => {
    expect(await overtaken(context, false)).toMatchObject({
      late: Array(5).fill('written'),
      newest: 'stale 3',
      keys: 1,
    });
  });

  it('that knows it does not lead asks no database', async (context) => {
    const { database } = await openPostgres(context);
    const registry = await open(database, () => undefined);
    await expect(registry.keys.create({ name: 'a' }, 'ada')).rejects.toThrow(/does not lead/);
    expect(await registry.keys.list()).toEqual([]);
    await registry.close();
  });
});
