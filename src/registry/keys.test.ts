import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { describe, expect, it } from 'vitest';

import { keyDigest, readKeyShape } from '../secrets/secrets.ts';
import { openRegistry, secretState } from './registry.ts';
import type { Registry } from './registry.ts';

const START_MS = Date.UTC(2026, 2, 1);
const HOUR_MS = 3_600_000;

async function openAt(): Promise<{ registry: Registry; clock: { ms: number } }> {
  const clock = { ms: START_MS };
  return { registry: await openRegistry({ file: ':memory:', nowMs: () => clock.ms, randomBytes }), clock };
}

async function rotated(registry: Registry, id: string, overlapMs: number) {
  const made = await registry.keys.rotate(id, overlapMs, 'ada');
  if (made === undefined || made === 'inactive') throw new Error('the key must rotate');
  return made;
}

describe('a rotation', () => {
  it('gives another secret of the same key, and the old one works until the overlap ends', async () => {
    const { registry } = await openAt();
    const ask = { name: 'ci', environment: 'test', team: 'CX', scope: { models: ['gpt-*'] } };
    const first = await registry.keys.create(ask, 'ada');
    const next = await rotated(registry, first.key.id, 24 * HOUR_MS);
    expect(readKeyShape(next.secret)).toEqual({ kind: 'whole', environment: 'test', id: first.key.id });
    expect(next.key).toMatchObject({ ...ask, id: first.key.id, hint: next.secret.slice(-4) });
    expect(next.key.digest).toBe(keyDigest(next.secret));
    const state = (secret: string, afterHours: number) =>
      secretState(next.key, keyDigest(secret), START_MS + afterHours * HOUR_MS);
    expect([state(first.secret, 23), state(first.secret, 24), state(next.secret, 25)]).toEqual([
      'active',
      'expired',
      'active',
    ]);
    for (const { secret } of [first, next])
      expect(await registry.keys.find(keyDigest(secret))).toEqual(next.key);
    expect(await registry.keys.list()).toEqual([next.key]);
  });

  it('without an overlap ends every earlier secret, one that had been given longer included', async () => {
    const { registry } = await openAt();
    const first = await registry.keys.create({ name: 'leaked' }, 'ada');
    const second = await rotated(registry, first.key.id, 24 * HOUR_MS);
    const third = await rotated(registry, first.key.id, 0);
    const states = [first, second, third].map(({ secret }) =>
      secretState(third.key, keyDigest(secret), START_MS),
    );
    expect(states).toEqual(['expired', 'expired', 'active']);
  });

  it('is refused for a key that is gone, expired or revoked', async () => {
    const { registry, clock } = await openAt();
    const { key } = await registry.keys.create({ name: 'short', expiresAtMs: START_MS + HOUR_MS }, 'ada');
    const other = await registry.keys.create({ name: 'other' }, 'ada');
    await registry.keys.revoke(other.key.id, 'ada');
    clock.ms += HOUR_MS;
    expect(await registry.keys.rotate(key.id, 0, 'ada')).toBe('inactive');
    expect(await registry.keys.rotate(other.key.id, 0, 'ada')).toBe('inactive');
    expect(await registry.keys.rotate('nothere0', 0, 'ada')).toBeUndefined();
  });

  it('is in the audit chain with its digest and never its secret', async () => {
    const { registry } = await openAt();
    const { key } = await registry.keys.create({ name: 'ci' }, 'ada');
    const { secret } = await rotated(registry, key.id, HOUR_MS);
    const audit = JSON.stringify(await registry.audit({ afterSeq: 0, limit: 10 }));
    expect(audit).toContain('key.rotate');
    expect(audit).not.toContain(secret.split('_')[3]);
    expect(await registry.verifyAudit()).toMatchObject({ kind: 'intact', entries: 2 });
  });
});

describe('a revocation', () => {
  it('takes the keys that were made with the key along, over generations, and no others', async () => {
    const { registry } = await openAt();
    const make = async (name: string, parent = '') =>
      (await registry.keys.create({ name, parent, scope: { uses: ['keys'] } }, 'ada')).key.id;
    const root = await make('root');
    const child = await make('child', root);
    await make('grandchild', child);
    await make('stranger');
    await registry.keys.revoke(root, 'ada');
    const keys = await registry.keys.list();
    expect(
      keys
        .filter(({ revokedAtMs }) => revokedAtMs !== undefined)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['child', 'grandchild', 'root']);
    expect(await registry.verifyAudit()).toMatchObject({ kind: 'intact', entries: 7 });
  });
});

describe('a registry of the level before', () => {
  it('keeps its keys: live, without limits, made by people, and its chain', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'setpoint-keys-')), 'registry.sqlite');
    const options = { file, nowMs: () => START_MS, randomBytes };
    const registry = await openRegistry(options);
    const { key } = await registry.keys.create({ name: 'old' }, 'ada');
    await registry.close();
    const raw = new DatabaseSync(file);
    raw.exec(
      'drop table secrets; drop table key_rotations; alter table keys drop column environment; alter table keys drop column scope; alter table keys drop column parent; delete from migrations where level = 6',
    );
    raw.close();
    const again = await openRegistry(options);
    expect(await again.keys.list()).toEqual([key]);
    expect(await again.verifyAudit()).toMatchObject({ kind: 'intact', entries: 1 });
    await again.close();
  });
});

describe('sealed secrets', () => {
  const sealed = (text: string) => ({ key: 'f00d', dek: 'd', text });

  it('count versions on over removals, and wipe what is no longer in force', async () => {
    const { registry } = await openAt();
    const versions: number[] = [];
    const set = (text: string) =>
      registry.secrets.set(
        {
          id: 'provider/openai/openai',
          hint: 'abcd',
          seal: (version) => (versions.push(version), sealed(text)),
        },
        'ada',
      );
    await set('one');
    await set('two');
    await registry.secrets.remove('provider/openai/openai', 'bob');
    expect(await registry.secrets.list()).toEqual([]);
    await set('three');
    expect(versions).toEqual([1, 2, 3]);
    expect(await registry.secrets.list()).toMatchObject([
      { version: 3, sealed: sealed('three'), actor: 'ada' },
    ]);
    expect(await registry.secrets.remove('provider/other/openai', 'bob')).toBeUndefined();
  });

  it('are rewrapped all or none', async () => {
    const { registry } = await openAt();
    for (const name of ['a', 'b'])
      await registry.secrets.set({ id: name, hint: '', seal: () => sealed(name) }, 'ada');
    const half = registry.secrets.rewrap(
      {
        under: 'beef',
        rewrap: ({ id, sealed: old }) => {
          if (id === 'b') throw new Error('it does not open');
          return { ...old, key: 'beef' };
        },
      },
      'ada',
    );
    await expect(half).rejects.toThrow('it does not open');
    expect((await registry.secrets.list()).map((one) => one.sealed.key)).toEqual(['f00d', 'f00d']);
    expect(await registry.verifyAudit()).toMatchObject({ kind: 'intact', entries: 2 });
  });
});
