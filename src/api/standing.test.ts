/** What the API of a control answers that stands by, or whose registry is away. */
import { describe, expect, it } from 'vitest';

import { fakeApi } from '../../test/fakes/api.ts';
import { NotLeading, RegistryAway } from '../registry/registry.ts';
import type { Registry } from '../registry/registry.ts';
import type { ControlStanding } from './parts.ts';

const LEADER = { epoch: 7, holder: 'host-a (API 10.0.0.1:4001)', since: '2026-11-25T10:00:00.000Z' };
const LEADING: ControlStanding = { kind: 'leading', leader: LEADER };
const STANDBY: ControlStanding = { kind: 'standby', leader: LEADER };
const AWAY: ControlStanding = { kind: 'away', reason: 'ECONNREFUSED' };

async function ask(standing: ControlStanding | undefined, path: string, body?: unknown, registry?: Registry) {
  const { api } = await fakeApi({
    ...(standing !== undefined && { standing: () => standing }),
    ...(registry !== undefined && { registry }),
  });
  const response = await api.request(`http://localhost${path}`, {
    ...(body !== undefined && {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  });
  return { response, body: (await response.json()) as Record<string, unknown> };
}

describe('/leaderz', () => {
  it.each([
    [undefined, 200, { standing: 'alone', epoch: null, since: null }],
    [LEADING, 200, { standing: 'leading', epoch: 7, since: LEADER.since }],
    [STANDBY, 503, { standing: 'standby', epoch: 7, since: LEADER.since }],
    [AWAY, 503, { standing: 'away', epoch: null, since: null }],
  ])('of %j is %i', async (standing, status, expected) => {
    const { response, body } = await ask(standing, '/leaderz');
    expect(response.status).toBe(status);
    expect(body).toEqual(expected);
  });
});

describe('a control that stands by', () => {
  it('answers questions', async () => {
    expect((await ask(STANDBY, '/api/v1/keys')).response.status).toBe(200);
    expect((await ask(STANDBY, '/api/v1/ledger?during=today')).response.status).toBe(200);
  });

  it.each(['/api/v1/keys', '/api/v1/otlp/v1/traces', '/api/v1/prices/import'])(
    'refuses to write at %s, and says who leads',
    async (path) => {
      const { response, body } = await ask(STANDBY, path, { name: 'a' });
      expect(response.status).toBe(503);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(response.headers.get('retry-after')).toBe('2');
      expect(body).toMatchObject({ code: 'stands_by', detail: expect.stringContaining(LEADER.holder) });
      expect(body['detail']).toMatch(/Nothing was changed/);
    },
  );

  it('writes as soon as it leads', async () => {
    expect((await ask(LEADING, '/api/v1/keys', { name: 'a' })).response.status).toBe(201);
    expect((await ask(undefined, '/api/v1/keys', { name: 'a' })).response.status).toBe(201);
  });
});

describe('a control whose registry is away', () => {
  it('refuses to write, and says what still works', async () => {
    const { response, body } = await ask(AWAY, '/api/v1/keys', { name: 'a' });
    expect(response.status).toBe(503);
    expect(body).toMatchObject({
      code: 'registry_unavailable',
      detail: expect.stringMatching(/Nothing was changed\. Calls are still served and recorded/),
    });
    expect((await ask(AWAY, '/api/v1/ledger?during=today')).response.status).toBe(200);
  });

  it.each([
    [new RegistryAway('gone'), 'registry_unavailable', /Nothing was changed/],
    [
      new RegistryAway('gone', 'unknown'),
      'registry_unavailable',
      /look whether it stands before you try again/,
    ],
    [new NotLeading(), 'stands_by', /Nothing was changed/],
  ])('tells of %s as what it is', async (error, code, words) => {
    const list = async (): Promise<never> => {
      throw error;
    };
    const failing = { keys: { list } } as unknown as Registry;
    const { response, body } = await ask(LEADING, '/api/v1/keys', undefined, failing);
    expect(response.status).toBe(503);
    expect(body).toMatchObject({ code, detail: expect.stringMatching(words) });
  });
});
