/** Keys that may ask the API, keys that make keys, rotations, and credentials of providers. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { askApi, fakeApi, NOW_MS } from '../../test/fakes/api.ts';
import type { FakeApi } from '../../test/fakes/api.ts';
import { openMasterKeys, openVault, readSettings } from '../operate/operate.ts';
import { openRegistry } from '../registry/registry.ts';
import { ENDPOINTS, WIRE_NAMES as GATEWAY_WIRES } from '../gateway/call.ts';
import { KEY_USES as RULEBOOK_USES } from '../rulebook/rulebook.ts';
import { CreatedKey, ENDPOINT_NAMES, KEY_USES, KeyList, WIRE_NAMES } from './contract/keys.ts';
import type { NewKey } from './contract/keys.ts';
import { MasterRotated, ProviderKeyList, ProviderKeysSet } from './contract/secrets.ts';

const TOKEN = 'correct-horse-battery';
const ACCESS = { kind: 'token', adminToken: TOKEN } as const;
const SECRET = 'sk-proj-CANARY-0123456789abcd';

interface Asked {
  readonly status: number;
  readonly text: string;
  readonly body: never;
}

async function ask(
  fake: FakeApi,
  method: string,
  path: string,
  { as = TOKEN, body, key }: { as?: string; body?: unknown; key?: string } = {},
): Promise<Asked> {
  const headers = { authorization: `Bearer ${as}`, ...(key !== undefined && { 'idempotency-key': key }) };
  const response = await askApi(fake, path, { method, body, headers });
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) as never };
}

async function create(fake: FakeApi, key: NewKey, as = TOKEN): Promise<CreatedKey> {
  const { status, body, text } = await ask(fake, 'POST', '/keys', { as, body: key });
  if (status !== 201) throw new Error(text);
  return CreatedKey.parse(body);
}

describe('a Setpoint key at the API', () => {
  it.each([ACCESS, { kind: 'loopback' } as const])(
    'may what it is for and no more, on %j',
    async (access) => {
      const fake = await fakeApi({ access });
      const secretOf = async (uses: Array<'calls' | 'read' | 'keys'>) =>
        (await create(fake, { name: uses.join(), scope: { uses } })).secret;
      const [calls, read, keys] = [
        await secretOf(['calls']),
        await secretOf(['read']),
        await secretOf(['keys']),
      ];
      const statuses = async (as: string) => [
        (await ask(fake, 'GET', '/ledger', { as })).status,
        (await ask(fake, 'GET', '/providers', { as })).status,
        (await ask(fake, 'GET', '/keys', { as })).status,
        (await ask(fake, 'POST', '/keys', { as, body: { name: 'x', scope: { uses: ['keys'] } } })).status,
        (await ask(fake, 'PUT', '/providers/openai/key', { as, body: { key: SECRET } })).status,
        (await ask(fake, 'POST', '/prices/decisions', { as, body: {} })).status,
      ];
      expect(await statuses(calls)).toEqual([403, 403, 403, 403, 403, 403]);
      expect(await statuses(read)).toEqual([200, 200, 200, 403, 403, 403]);
      expect(await statuses(keys)).toEqual([403, 403, 200, 201, 403, 403]);
      const { body } = await ask(fake, 'GET', '/ledger', { as: calls });
      expect(body).toMatchObject({ code: 'not_allowed', detail: expect.stringContaining('is for: calls') });
      expect(body).toMatchObject({ detail: expect.stringContaining('the use "read"') });
    },
  );

  it('is nobody when it is unknown, mistyped, revoked or expired, on loopback too', async () => {
    const registry = await openRegistry({ file: ':memory:', nowMs: () => NOW_MS, randomBytes });
    const fake = await fakeApi({ access: { kind: 'loopback' }, registry });
    const { key, secret } = await create(fake, { name: 'a', scope: { uses: ['read'] } });
    const soon = new Date(NOW_MS + 1).toISOString();
    const short = await create(fake, { name: 'b', scope: { uses: ['read'] }, expiresAt: soon });
    await ask(fake, 'DELETE', `/keys/${key.id}`);
    const late = await fakeApi({ now: () => NOW_MS + 2, registry });
    const wrong = secret.slice(0, -1) + (secret.endsWith('0') ? '1' : '0');
    for (const as of [secret, wrong, short.secret, 'sp_live_nonsense'])
      expect((await ask(late, 'GET', '/ledger', { as })).status).toBe(401);
  });

  it('that tells of calls must be for calls and without limits', async () => {
    const fake = await fakeApi({ access: ACCESS });
    const spans = { resourceSpans: [] };
    const status = async (scope: NewKey['scope']) => {
      const { secret } = await create(fake, { name: 'spans', ...(scope && { scope }) });
      return (await ask(fake, 'POST', '/otlp/v1/traces', { as: secret, body: spans })).status;
    };
    expect(await status(undefined)).toBe(200);
    expect(await status({ uses: ['read'] })).toBe(403);
    expect(await status({ customers: ['acme'] })).toBe(403);
  });
});

describe('a key that makes keys', () => {
  const PARENT: NewKey = {
    name: 'platform',
    scope: { uses: ['calls', 'keys'], models: ['gpt-4o*'], teams: ['CX', 'IT'] },
    expiresAt: new Date(NOW_MS + 86_400_000).toISOString(),
  };
  const WITHIN: NewKey = {
    name: 'child',
    scope: { uses: ['calls'], models: ['gpt-4o-mini'], teams: ['CX'] },
    expiresAt: new Date(NOW_MS + 3_600_000).toISOString(),
  };

  it('makes those within its own rights, and is their parent', async () => {
    const fake = await fakeApi({ access: ACCESS });
    const parent = await create(fake, PARENT);
    const child = await create(fake, WITHIN, parent.secret);
    expect(child.key).toMatchObject({ parent: parent.key.id, scope: WITHIN.scope });
  });

  it.each([
    ['another use', { scope: { uses: ['read'], models: ['gpt-4o'] } }, 'scope.uses'],
    ['another model', { scope: { ...WITHIN.scope, models: ['gpt-*'] } }, 'scope.models'],
    ['no limit where it has one', { scope: { models: ['gpt-4o'] } }, 'scope.teams'],
    ['no scope at all', { scope: undefined }, 'scope.models'],
    ['a later end', { expiresAt: new Date(NOW_MS + 86_400_001).toISOString() }, 'expiresAt'],
    ['no end', { expiresAt: undefined }, 'expiresAt'],
  ])('403 on a child with %s', async (_, more, path) => {
    const fake = await fakeApi({ access: ACCESS });
    const { secret } = await create(fake, PARENT);
    const { status, body } = await ask(fake, 'POST', '/keys', { as: secret, body: { ...WITHIN, ...more } });
    expect(status).toBe(403);
    expect((body as { errors: Array<{ path: string }> }).errors.map((one) => one.path)).toContain(path);
    expect(KeyList.parse((await ask(fake, 'GET', '/keys')).body).keys).toHaveLength(1);
  });

  it('sees, rotates and revokes its own and no others, over generations', async () => {
    const fake = await fakeApi({ access: ACCESS });
    const scope: NewKey['scope'] = { uses: ['keys'] };
    const stranger = await create(fake, { name: 'stranger' });
    const parent = await create(fake, { name: 'parent', scope });
    const child = await create(fake, { name: 'child', scope }, parent.secret);
    const grandchild = await create(fake, { name: 'grandchild', scope }, child.secret);
    const seen = KeyList.parse((await ask(fake, 'GET', '/keys', { as: parent.secret })).body).keys;
    expect(seen.map(({ name }) => name).toSorted()).toEqual(['child', 'grandchild']);
    for (const id of [stranger.key.id, parent.key.id]) {
      expect((await ask(fake, 'DELETE', `/keys/${id}`, { as: child.secret })).status).toBe(404);
      const rotation = { as: child.secret, body: {} };
      expect((await ask(fake, 'POST', `/keys/${id}/rotation`, rotation)).status).toBe(404);
    }
    expect((await ask(fake, 'DELETE', `/keys/${grandchild.key.id}`, { as: parent.secret })).status).toBe(200);
    await ask(fake, 'DELETE', `/keys/${parent.key.id}`);
    expect((await ask(fake, 'GET', '/keys', { as: child.secret })).status).toBe(401);
  });

  it('does not get another caller’s new secret by its idempotency key', async () => {
    const fake = await fakeApi({ access: ACCESS });
    const maker = async (name: string) => (await create(fake, { name, scope: { uses: ['keys'] } })).secret;
    const body = { name: 'x', scope: { uses: ['keys'] } };
    const first = await ask(fake, 'POST', '/keys', { as: await maker('a'), body, key: 'same' });
    const second = await ask(fake, 'POST', '/keys', { as: await maker('b'), body, key: 'same' });
    expect([first.status, second.status]).toEqual([201, 409]);
  });
});

describe('the words of the contract', () => {
  it('are the gateway’s', () => {
    expect(KEY_USES).toEqual(RULEBOOK_USES);
    expect(WIRE_NAMES).toEqual(GATEWAY_WIRES);
    expect(ENDPOINT_NAMES).toEqual(Object.keys(ENDPOINTS));
  });
});

describe('a scope that contradicts itself', () => {
  it.each([
    [{ workflow: 'sales', scope: { workflows: ['support*'] } }, 'workflow'],
    [{ scope: { uses: ['read'], teams: ['CX'] } }, 'scope.uses'],
    [{ scope: { models: [] } }, 'scope.models'],
    [{ scope: { endpoints: ['everything'] } }, 'scope.endpoints.0'],
    [{ scope: { colours: ['red'] } }, 'scope'],
    [{ environment: 'Prod' }, 'environment'],
  ])('400 on %j', async (more, path) => {
    const fake = await fakeApi();
    const { status, body } = await ask(fake, 'POST', '/keys', { body: { name: 'a', ...more } });
    expect(status).toBe(400);
    expect((body as { errors: Array<{ path: string }> }).errors.map((one) => one.path)).toEqual([path]);
  });
});

describe('POST /keys/{id}/rotation', () => {
  it('201 gives another secret of the same key, publishes, and says until when the old one works', async () => {
    const fake = await fakeApi();
    const { key, secret } = await create(fake, { name: 'ci', environment: 'test' });
    const { status, body } = await ask(fake, 'POST', `/keys/${key.id}/rotation`, {
      body: { overlapSeconds: 3_600 },
    });
    const rotated = CreatedKey.parse(body);
    expect([status, rotated.published]).toEqual([201, true]);
    expect(rotated.secret).toMatch(new RegExp(`^sp_test_${key.id}_`));
    expect(rotated.secret).not.toBe(secret);
    expect(rotated.key).toMatchObject({
      id: key.id,
      formerUntil: new Date(NOW_MS + 3_600_000).toISOString(),
    });
    expect(fake.published).toHaveLength(2);
  });

  it('201 once for the same Idempotency-Key, 404 and 409 for keys that are none or over', async () => {
    const fake = await fakeApi();
    const { key } = await create(fake, { name: 'ci' });
    const rotate = async () =>
      (await ask(fake, 'POST', `/keys/${key.id}/rotation`, { body: {}, key: 'once' })).text;
    expect(await rotate()).toBe(await rotate());
    expect((await ask(fake, 'POST', '/keys/none/rotation', { body: {} })).status).toBe(404);
    await ask(fake, 'DELETE', `/keys/${key.id}`);
    const over = await ask(fake, 'POST', `/keys/${key.id}/rotation`, { body: {} });
    expect(over).toMatchObject({ status: 409, body: { code: 'key_not_active' } });
  });

  it.each([-1, 1.5, 90 * 86_400 + 1, '24h'])('400 on an overlap of %j', async (overlapSeconds) => {
    const fake = await fakeApi();
    const { key } = await create(fake, { name: 'ci' });
    expect((await ask(fake, 'POST', `/keys/${key.id}/rotation`, { body: { overlapSeconds } })).status).toBe(
      400,
    );
  });
});

const YAML = `
providers:
  - { preset: openai }
  - { name: both, dialect: openai, baseUrl: "https://both.example/v1", key: { file: /run/key } }
  - { name: both, dialect: anthropic, baseUrl: "https://both.example/v1" }
`;

async function withVault() {
  const data = mkdtempSync(join(tmpdir(), 'setpoint-api-vault-'));
  const settings = { ...readSettings({ yamlText: YAML, environment: {}, flags: {} }), data };
  const registry = await openRegistry({ file: ':memory:', nowMs: () => NOW_MS, randomBytes });
  const vault = openVault(
    registry.secrets,
    openMasterKeys(settings, { environment: {}, randomBytes }),
    randomBytes,
  );
  const fake = await fakeApi({ registry, vault, providerSettings: settings.providers });
  return { fake, vault, registry };
}

describe('/providers/{name}/key', () => {
  it('200 seals it for every dialect of the name, publishes, and shows four characters of it', async () => {
    const { fake, vault, registry } = await withVault();
    const { status, body, text } = await ask(fake, 'PUT', '/providers/both/key', { body: { key: SECRET } });
    expect([status, fake.published.length]).toEqual([200, 1]);
    expect(ProviderKeysSet.parse(body).keys).toMatchObject([
      { provider: 'both', dialect: 'openai', place: 'sealed', state: 'set', hint: 'abcd', setBy: 'local' },
      { provider: 'both', dialect: 'anthropic', place: 'sealed', state: 'set' },
    ]);
    expect((await vault.open()).secrets.get('both/anthropic')).toBe(SECRET);
    const everything = [text, JSON.stringify(await registry.audit({ afterSeq: 0, limit: 10 }))].join();
    expect(everything).not.toContain('CANARY');
  });

  it('lists where each key is: given, named by the settings, or not needed', async () => {
    const { fake } = await withVault();
    await ask(fake, 'PUT', '/providers/both/key', { body: { key: SECRET, dialect: 'anthropic' } });
    const { keys } = ProviderKeyList.parse((await ask(fake, 'GET', '/providers/keys')).body);
    expect(
      keys.map(({ provider, dialect, place, where, state }) => [provider, dialect, place, where, state]),
    ).toEqual([
      ['openai', 'openai', 'env', 'OPENAI_API_KEY', 'set'],
      ['both', 'openai', 'file', '/run/key', 'missing'],
      ['both', 'anthropic', 'sealed', '', 'set'],
    ]);
  });

  it('200 takes it away again, 404 where none was given or no such provider is', async () => {
    const { fake, vault } = await withVault();
    await ask(fake, 'PUT', '/providers/openai/key', { body: { key: SECRET } });
    const removed = await ask(fake, 'DELETE', '/providers/openai/key');
    expect(removed).toMatchObject({ status: 200, body: { keys: [{ place: 'env' }], published: true } });
    expect((await vault.open()).secrets.size).toBe(0);
    expect((await ask(fake, 'DELETE', '/providers/openai/key')).status).toBe(404);
    const unknown = await ask(fake, 'PUT', '/providers/opnai/key', { body: { key: SECRET } });
    expect(unknown).toMatchObject({ status: 404, body: { detail: expect.stringContaining('openai, both') } });
    expect(unknown.text).not.toContain('CANARY');
  });

  it.each([
    { key: '' },
    { key: `${SECRET}\n` },
    { key: 7 },
    { key: SECRET, dialect: 'latin' },
    {},
    { key: `${SECRET}é` },
  ])('400 on %j, without a word of it', async (body) => {
    const { fake } = await withVault();
    const refused = await ask(fake, 'PUT', '/providers/openai/key', { body });
    expect(refused.status).toBe(400);
    expect(refused.text).not.toContain('CANARY');
  });
});

describe('POST /secrets/master-rotation', () => {
  it('200 wraps everything anew, publishes, and lets the former key go', async () => {
    const { fake, vault, registry } = await withVault();
    await ask(fake, 'PUT', '/providers/both/key', { body: { key: SECRET } });
    const [before] = await registry.secrets.list();
    const { status, body } = await ask(fake, 'POST', '/secrets/master-rotation', { body: {} });
    const rotated = MasterRotated.parse(body);
    expect(status).toBe(200);
    expect(rotated).toMatchObject({
      from: [before?.sealed.key],
      secrets: 2,
      unchanged: false,
      published: true,
    });
    expect(fake.published).toHaveLength(2);
    expect((await vault.open()).secrets.get('both/openai')).toBe(SECRET);
    expect(await registry.verifyAudit()).toMatchObject({ kind: 'intact' });
  });
});
