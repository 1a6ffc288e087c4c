import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { registryEngines } from '../../test/fakes/engines.ts';
import type { Engine, TestDatabase } from '../../test/fakes/engines.ts';
import { keyDigest } from '../secrets/secrets.ts';
import { keyState } from './registry.ts';
import type { Registry } from './registry.ts';

const START_MS = Date.UTC(2026, 2, 1);

const ENGINES = registryEngines();

type Context = Parameters<Engine['database']>[0];

async function openTemporary(
  engine: Engine,
  context: Context,
): Promise<{ registry: Registry; database: TestDatabase }> {
  const database = await engine.database(context);
  let ms = START_MS;
  return { registry: await database.open(() => (ms += 1_000)), database };
}

describe.each(ENGINES)('the registry on $name', (engine) => {
  it('creates, lists and revokes keys, and keeps the digest only', async (context) => {
    const { registry, database } = await openTemporary(engine, context);
    const { key, secret } = await registry.keys.create(
      { name: 'support', workflow: 'support', tags: { env: 'prod' } },
      'ada',
    );
    expect(key.digest).toBe(keyDigest(secret));
    expect(key.hint).toBe(secret.slice(-4));
    expect(await registry.keys.list()).toEqual([key]);
    expect(keyState(key, START_MS)).toBe('active');

    const revoked = await registry.keys.revoke(key.id, 'grace');
    expect(keyState(revoked ?? key, START_MS)).toBe('revoked');
    expect(await registry.keys.revoke(key.id, 'grace')).toEqual(revoked);
    expect(await registry.keys.revoke('nothere0', 'grace')).toBeUndefined();

    const audit = await registry.audit({ afterSeq: 0, limit: 10 });
    expect(audit.map(({ actor, action }) => [actor, action])).toEqual([
      ['ada', 'key.create'],
      ['grace', 'key.revoke'],
    ]);
    const kept = await database.everything();
    expect(kept).toContain(key.digest);
    expect(kept).not.toContain(secret.split('_')[3]);
    await registry.close();
  });

  it('is there again after it was closed, at the same level', async (context) => {
    const { registry, database } = await openTemporary(engine, context);
    const { key } = await registry.keys.create({ name: 'a', expiresAtMs: START_MS + 5_000 }, 'ada');
    await registry.close();
    const again = await database.open(() => START_MS);
    expect(await again.keys.list()).toEqual([key]);
    expect(keyState(key, START_MS + 5_000)).toBe('expired');
    expect(again.level).toBe(registry.level);
    await again.close();
  });

  it('takes on a level that was missed below the newest', async (context) => {
    const { registry, database } = await openTemporary(engine, context);
    await registry.close();
    await database.execute('drop table anomaly_notes; delete from migrations where level = 5');
    const again = await database.open(() => START_MS);
    expect(await again.anomalies.list()).toEqual([]);
    await again.close();
  });

  it('refuses a database of a newer program', async (context) => {
    const { registry, database } = await openTemporary(engine, context);
    await registry.close();
    await database.execute("insert into migrations values (99, 'future', '2030-01-01')");
    await expect(database.open(() => START_MS)).rejects.toThrow(/level 99/);
  });

  it('keeps one chain when many decisions arrive at once', async (context) => {
    const { registry } = await openTemporary(engine, context);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => registry.keys.create({ name: `key ${index}` }, 'ada')),
    );
    expect(await registry.verifyAudit()).toMatchObject({ kind: 'intact', entries: 20 });
    await registry.close();
  });
});

describe.each(ENGINES)('the audit chain on $name', (engine) => {
  const TAMPERINGS: ReadonlyArray<readonly [name: string, sql: string]> = [
    ['an edited detail', `update audit set detail = replace(detail, 'key 1', 'key x') where seq = 2`],
    ['an edited actor', `update audit set actor = 'mallory' where seq = 3`],
    ['an edited time', `update audit set at = '2020-01-01T00:00:00.000Z' where seq = 1`],
    ['a removed line', 'delete from audit where seq = 2'],
    ['a removed first line', 'delete from audit where seq = 1'],
    ['a cut-off end', 'delete from audit where seq = 4'],
    ['two lines swapped', 'update audit set seq = case seq when 2 then -3 when 3 then -2 else seq end'],
    ['a key edited behind its back', `update keys set team = 'other' where name = 'key 1'`],
    ['a digest replaced', `update keys set digest = '${'0'.repeat(64)}' where name = 'key 2'`],
    ['a revocation undone', 'update keys set revoked_at = null'],
    ['a key removed', `delete from keys where name = 'key 0'`],
    [
      'a key slipped in',
      `insert into keys select 'aaaaaaaa', 'x', name, workflow, team, customer, tags, hint, created_at, null, null, environment, scope, parent from keys limit 1`,
    ],
  ];

  for (const [name, sql] of TAMPERINGS)
    it(`finds ${name}`, async (context) => {
      const { registry, database } = await openTemporary(engine, context);
      const first = await registry.keys.create({ name: 'key 0' }, 'ada');
      await registry.keys.create({ name: 'key 1' }, 'ada');
      await registry.keys.create({ name: 'key 2' }, 'ada');
      await registry.keys.revoke(first.key.id, 'ada');
      expect(await registry.verifyAudit()).toMatchObject({ kind: 'intact', entries: 4 });
      await registry.close();
      expect(await database.execute(sql)).toBeGreaterThan(0);
      const again = await database.open(() => START_MS);
      expect(await again.verifyAudit()).toMatchObject({ kind: 'broken' });
      await again.close();
    });

  it('finds a line that was rewritten together with its own hash, by the line after it', async (context) => {
    const { registry, database } = await openTemporary(engine, context);
    for (const name of ['a', 'b', 'c']) await registry.keys.create({ name }, 'ada');
    await registry.close();
    const [line = {}] = await database.query('select * from audit where seq = 2');
    const fields = [
      2,
      line['at'],
      'mallory',
      line['action'],
      line['subject'],
      line['detail'],
      line['previous_hash'],
    ];
    const hash = createHash('sha256').update(JSON.stringify(fields)).digest('hex');
    await database.execute("update audit set actor = 'mallory', hash = ? where seq = 2", [hash]);
    const again = await database.open(() => START_MS);
    expect(await again.verifyAudit()).toMatchObject({ kind: 'broken', seq: 3 });
    await again.close();
  });

  it('finds a rewritten or shortened chain by a head that was noted elsewhere', async (context) => {
    const { registry } = await openTemporary(engine, context);
    await registry.keys.create({ name: 'a' }, 'ada');
    const verdict = await registry.verifyAudit();
    if (verdict.kind !== 'intact') throw new Error('the chain must be intact');
    await registry.keys.create({ name: 'b' }, 'ada');
    expect(await registry.verifyAudit(verdict.head)).toMatchObject({ kind: 'intact' });
    expect(await registry.verifyAudit({ ...verdict.head, hash: 'f'.repeat(64) })).toMatchObject({
      kind: 'broken',
      seq: 1,
    });
    expect(await registry.verifyAudit({ seq: 9, hash: verdict.head.hash })).toMatchObject({
      kind: 'broken',
      seq: 3,
    });
    await registry.close();
  });
});
