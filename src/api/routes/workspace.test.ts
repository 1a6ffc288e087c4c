import { describe, expect, it } from 'vitest';

import { askApi, fakeApi, NOW_MS } from '../../../test/fakes/api.ts';
import type { Workspace as OperatedWorkspace } from '../../operate/operate.ts';
import type { Api } from '../api.ts';
import { Problem } from '../contract.ts';
import { WipedWorkspace, Workspace } from '../contract/workspace.ts';

const DEMO: OperatedWorkspace = {
  kind: 'demo',
  company: 'Harborline Software',
  seed: 'harborline',
  now: '2026-11-25T16:00:00.000Z',
  frozen: true,
  loadedAt: '2026-11-25T16:20:00.000Z',
};
/** By the clock that the API is given, not by this machine's. */
const AT = new Date(NOW_MS).toISOString();
const HOST = { host: '127.0.0.1:4001' };

async function get(api: Api, path: string): Promise<Response> {
  return api.request(`http://127.0.0.1:4001${path}`, { headers: HOST });
}

function wipe(api: Api, headers: Record<string, string> = {}): Promise<Response> {
  return askApi({ api }, '/workspace/wipe', { body: {}, headers });
}

describe('GET /api/v1/workspace', () => {
  it('200 says of a demo whose it is and as of when, and every answer is marked', async () => {
    const { api } = await fakeApi({ workspace: () => DEMO });
    const response = await get(api, '/api/v1/workspace');
    expect(response.status).toBe(200);
    expect(Workspace.parse(await response.json())).toEqual({ ...DEMO, at: AT });
    for (const path of ['/api/v1/workspace', '/api/v1/ledger', '/api/v1/nothing'])
      expect((await get(api, path)).headers.get('x-setpoint-workspace')).toBe('demo');
  });

  it('200 says of real calls that they are, and marks nothing', async () => {
    const { api } = await fakeApi();
    const response = await get(api, '/api/v1/workspace');
    expect(Workspace.parse(await response.json())).toEqual({
      kind: 'real',
      company: null,
      seed: null,
      now: null,
      frozen: false,
      loadedAt: null,
      at: AT,
    });
    expect(response.headers.get('x-setpoint-workspace')).toBeNull();
  });

  it('401 without the token', async () => {
    const { api } = await fakeApi({ access: { kind: 'token', adminToken: 'a-token-of-sixteen' } });
    expect((await get(api, '/api/v1/workspace')).status).toBe(401);
  });
});

describe('POST /api/v1/workspace/wipe', () => {
  it('202 hands the wish to the supervisor, once for each time it is asked', async () => {
    let wiped = 0;
    const { api } = await fakeApi({ workspace: () => DEMO, wipe: () => void (wiped += 1) });
    const response = await wipe(api);
    expect(response.status).toBe(202);
    expect(WipedWorkspace.parse(await response.json())).toEqual({ wiped: true });
    expect(wiped).toBe(1);
  });

  it('409 where the calls are real, and where nobody could do it; then nothing is removed', async () => {
    let wiped = 0;
    const { api } = await fakeApi({ wipe: () => void (wiped += 1) });
    const response = await wipe(api);
    expect(response.status).toBe(409);
    expect(Problem.parse(await response.json())).toMatchObject({ code: 'not_a_demo' });
    expect(wiped).toBe(0);
    const { api: alone } = await fakeApi({ workspace: () => DEMO });
    expect((await wipe(alone)).status).toBe(409);
  });

  it('403 from a page of another site', async () => {
    let wiped = 0;
    const { api } = await fakeApi({ workspace: () => DEMO, wipe: () => void (wiped += 1) });
    expect((await wipe(api, { origin: 'https://elsewhere.example' })).status).toBe(403);
    expect(wiped).toBe(0);
  });
});
