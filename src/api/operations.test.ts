/** Health, verification, backups and reload over the API, by status. */
import { describe, expect, it } from 'vitest';

import { fakeApi, NOW_MS } from '../../test/fakes/api.ts';
import { fakeLedger } from '../../test/fakes/ledger.ts';
import type { OperatingParts } from './api.ts';
import { within } from './health.ts';

const AUDIT = { seq: 3, hash: 'a'.repeat(64) };
const QUIET = { lines: 2, backlogFrames: 0, trouble: '' };
const MONTHS = [{ month: '2026-03', lines: 2, calls: 2, cost: '0.5' }];

function operating(asked: unknown[] = [], more: Partial<OperatingParts> = {}): OperatingParts {
  return {
    verify: async () => ({
      at: new Date(NOW_MS).toISOString(),
      ok: false,
      lines: 2,
      months: MONTHS,
      audit: AUDIT,
      checks: [{ name: 'once', state: 'off', detail: '1 line is there twice.' }],
    }),
    async backUp(ask) {
      asked.push(ask);
      if (ask.directory === '/full') throw new RangeError('/full is not empty. Nothing was written.');
      return {
        directory: ask.directory,
        madeAt: new Date(NOW_MS).toISOString(),
        files: 9,
        bytes: 900,
        months: MONTHS,
        waitingFrames: 0,
        audit: AUDIT,
        withKeys: ask.withKeys,
        leftOut: [],
      };
    },
    backupDirectory: (directory = '/data/backups/now') =>
      directory.startsWith('/etc') ? undefined : directory,
    disk: async () => ({ freeBytes: 10, totalBytes: 100 }),
    reload: () => void asked.push('reload'),
    lastReload: () => ({ number: 4, state: 'done', words: '', at: new Date(NOW_MS).toISOString() }),
    ...more,
  };
}

function post(path: string, body: object): Request {
  return new Request(`http://localhost${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

describe('health', () => {
  it('200 with figures, whatever the status is', async () => {
    const { api } = await fakeApi({ operating: operating() });
    const response = await api.request('/api/v1/health');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      status: 'ready',
      ledger: { lines: expect.any(Number) as number, lagSeconds: expect.any(Number) as number },
      disk: { freeBytes: 10, totalBytes: 100 },
      reload: { number: 4, state: 'done' },
    });
  });

  it('200 with how far behind the ledger is by the clock itself, also where the time of a demo stands still', async () => {
    const behind = { ...fakeLedger(), health: async () => ({ ...QUIET, completeUntilMs: NOW_MS + 60_000 }) };
    const { api } = await fakeApi({ ledger: behind, clockMs: () => NOW_MS + 90_000 });
    expect(await (await api.request('/api/v1/health')).json()).toMatchObject({ ledger: { lagSeconds: 30 } });
  });

  it('503 of /readyz, and no hanging, while the ledger does not answer', { timeout: 30_000 }, async () => {
    const silent = { ...fakeLedger(), health: () => new Promise<never>(() => undefined) };
    const { api } = await fakeApi({ ledger: silent, operating: operating() });
    const ready = await api.request('/readyz');
    expect([ready.status, await ready.text()]).toEqual([
      503,
      expect.stringMatching(/does not answer/) as string,
    ]);
    const report = await (await api.request('/api/v1/health')).json();
    expect(report).toMatchObject({ status: 'not-ready', ledger: null });
  });

  it('503 while calls wait for a ledger that stopped taking them', async () => {
    const ledger = fakeLedger();
    const behind = async () => ({
      lines: 1,
      backlogFrames: 7,
      completeUntilMs: NOW_MS - 3_600_000,
      trouble: '',
    });
    const { api } = await fakeApi({ ledger: { ...ledger, health: behind } });
    const ready = await api.request('/readyz');
    expect([ready.status, await ready.text()]).toEqual([
      503,
      expect.stringMatching(/3600 s behind: 7 frames wait.*No call is lost/) as string,
    ]);
    const quiet = async () => ({
      lines: 1,
      backlogFrames: 0,
      completeUntilMs: NOW_MS - 3_600_000,
      trouble: '',
    });
    expect(
      (await (await fakeApi({ ledger: { ...ledger, health: quiet } })).api.request('/readyz')).status,
    ).toBe(200);
  });

  it('503 with the words of any other part', async () => {
    const { api } = await fakeApi({
      health: async () => [{ name: 'disk', ready: false, detail: 'Only 3 MB are free.' }],
    });
    const ready = await api.request('/readyz');
    expect([ready.status, await ready.text()]).toEqual([503, expect.stringMatching(/Only 3 MB/) as string]);
  });

  it('401 without a login where one is needed', async () => {
    const { api } = await fakeApi({
      access: { kind: 'token', adminToken: 'x'.repeat(20) },
      operating: operating(),
    });
    for (const path of ['/api/v1/health', '/api/v1/verification'])
      expect((await api.request(path)).status).toBe(401);
    for (const path of ['/api/v1/backups', '/api/v1/reload'])
      expect((await api.request(post(path, {}))).status).toBe(401);
  });
});

describe('verification', () => {
  it('200 with what is off', async () => {
    const { api } = await fakeApi({ operating: operating() });
    const response = await api.request('/api/v1/verification');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      ok: false,
      months: MONTHS,
      checks: [{ name: 'once', state: 'off' }],
    });
  });

  it('409 where this server looks after nothing, 503 where the ledger does not answer', async () => {
    expect((await (await fakeApi()).api.request('/api/v1/verification')).status).toBe(409);
    const away = operating([], { verify: () => Promise.reject(new Error('gone')) });
    expect((await (await fakeApi({ operating: away })).api.request('/api/v1/verification')).status).toBe(503);
  });
});

describe('backups', () => {
  it('201 where it was asked for, without keys unless they are', async () => {
    const asked: unknown[] = [];
    const { api } = await fakeApi({ operating: operating(asked) });
    const response = await api.request(post('/api/v1/backups', { directory: '/mnt/b', base: '/mnt/a' }));
    expect([response.status, await response.json()]).toMatchObject([
      201,
      { directory: '/mnt/b', files: 9, withKeys: false },
    ]);
    expect((await api.request(post('/api/v1/backups', {}))).status).toBe(201);
    expect(asked).toEqual([
      { directory: '/mnt/b', withKeys: false, base: '/mnt/a' },
      { directory: '/data/backups/now', withKeys: false, base: undefined },
    ]);
  });

  it('400 where it may not lie, where the place cannot take it, and for what is unknown', async () => {
    const { api } = await fakeApi({ operating: operating() });
    for (const body of [{ directory: '/etc/cron.d' }, { directory: '/full' }, { keys: true }]) {
      const response = await api.request(post('/api/v1/backups', body));
      expect(response.status).toBe(400);
    }
  });
});

describe('reload', () => {
  it('202 and it is asked for', async () => {
    const asked: unknown[] = [];
    const { api } = await fakeApi({ operating: operating(asked) });
    const response = await api.request(post('/api/v1/reload', {}));
    expect([response.status, await response.json(), asked]).toEqual([
      202,
      { asked: true, number: 4 },
      ['reload'],
    ]);
  });

  it('409 without a supervisor', async () => {
    const { api } = await fakeApi({ operating: operating([], { reload: undefined }) });
    expect((await api.request(post('/api/v1/reload', {}))).status).toBe(409);
  });
});

it('what fails or hangs is undefined within its time', async () => {
  expect(await within(Promise.resolve(7))).toBe(7);
  expect(await within(Promise.reject(new Error('no')))).toBeUndefined();
  expect(await within(new Promise(() => undefined), 1)).toBeUndefined();
});
