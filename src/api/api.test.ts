import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { fakeApi, NOW_MS } from '../../test/fakes/api.ts';
import { EMPTY_ANSWER, fakeLedger, LINE } from '../../test/fakes/ledger.ts';
import type { Answer, Question } from '../ledger/question.ts';
import { apiAccess } from './api.ts';
import type { Api } from './api.ts';
import { CallsPage, Health, LedgerAnswer, Problem, ProviderList, Receipt } from './contract.ts';
import { CreatedKey, KeyList } from './contract/keys.ts';
import { PriceList } from './contract/prices.ts';

const ORIGIN = 'http://127.0.0.1:4001';

function call(
  api: Api,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: unknown,
): Promise<Response> {
  const init = {
    method,
    headers: { host: '127.0.0.1:4001', ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  };
  return Promise.resolve(api.request(`${ORIGIN}${path}`, init));
}

const JSON_TYPE = { 'content-type': 'application/json' };

/** Reads a refusal and checks what all refusals have in common. */
async function problemOf(response: Response): Promise<Problem> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = Problem.parse(await response.json());
  expect(problem.status).toBe(response.status);
  expect(problem.request_id).toBe(response.headers.get('x-request-id'));
  return problem;
}

describe('GET /api/v1/ledger', () => {
  it('200 answers with the names of the contract', async () => {
    const { api, ledger } = await fakeApi();
    const response = await call(
      api,
      'GET',
      '/api/v1/ledger?of=calls,cost&by=workflow,team&during=2026-03&where=team=CX&where=team=IT&where=workflow!=&timeZone=Europe/Zurich&limit=5',
    );
    expect(response.status).toBe(200);
    const answer = LedgerAnswer.parse(await response.json());
    expect(answer).toMatchObject({
      by: ['workflow', 'team'],
      currency: 'USD',
      priceBookVersion: '2026-03-01+abcd1234',
      asOf: '2026-03-31T00:00:00.000Z',
      completeUntil: '2026-03-30T23:59:59.000Z',
      unpriced: 0,
      unattributed: 0,
      during: { text: '2026-03', from: '2026-02-28T23:00:00.000Z', to: '2026-03-31T22:00:00.000Z' },
    });
    expect(ledger.asked).toEqual([
      {
        of: ['calls', 'cost'],
        by: ['workflow', 'team'],
        during: { fromMs: Date.parse('2026-02-28T23:00Z'), toMs: Date.parse('2026-03-31T22:00Z') },
        where: [
          { dimension: 'team', is: ['CX', 'IT'] },
          { dimension: 'workflow', not: [''] },
        ],
        timeZone: 'Europe/Zurich',
        simulated: 'exclude',
        limit: 5,
      },
    ]);
  });

  it('200 puts another period beside it, joined to its rows', async () => {
    const figures = (cost: string, calls: number) => ({ cost, calls });
    const rows = [
      { group: ['support'], figures: figures('7', 3) },
      { group: ['research'], figures: figures('2', 1) },
    ];
    const { api, ledger } = await fakeApi({
      ledger: fakeLedger({ answer: () => ({ ...EMPTY_ANSWER, rows, total: figures('9', 4) }) }),
    });
    const query = 'of=calls,cost&by=workflow&during=2026-03&limit=5';
    const { compared } = LedgerAnswer.parse(
      await (await call(api, 'GET', `/api/v1/ledger?${query}&compare=year`)).json(),
    );
    expect(compared).toMatchObject({
      during: { text: 'year', from: '2025-03-01T00:00:00.000Z', to: '2025-03-20T10:00:00.000Z' },
      rows: [figures('7', 3), figures('2', 1)],
      other: figures('0', 0),
      total: figures('9', 4),
    });
    expect(ledger.asked).toHaveLength(2);
  });

  it('200 asks for the shown groups by name where the other period has more than are read', async () => {
    const row = (name: string, cost: string) => ({ group: [name], figures: { cost } });
    const { api, ledger } = await fakeApi({
      ledger: fakeLedger({
        answer: ({ where, limit }) => ({
          ...EMPTY_ANSWER,
          rows: where.length > 0 || limit === 5 ? [row('rare', '1')] : [row('usual', '9')],
          other: where.length > 0 || limit === 5 ? null : { cost: '1' },
          total: { cost: '10' },
        }),
      }),
    });
    const query = 'of=cost&by=session&during=2026-03&limit=5&compare=previous';
    const { compared } = LedgerAnswer.parse(await (await call(api, 'GET', `/api/v1/ledger?${query}`)).json());
    expect(ledger.asked.at(-1)?.where).toEqual([{ dimension: 'session', is: ['rare'] }]);
    expect(compared).toMatchObject({ rows: [{ cost: '1' }], other: { cost: '9' }, total: { cost: '10' } });
  });

  it('200 puts each step of time beside the one at its place, and what has none into the rest', async () => {
    const row = (day: string, workflow: string, cost: string) => ({
      group: [day, workflow],
      figures: { cost },
    });
    const now = [row('2025-10-30', 'a', '7'), row('2025-10-31', 'a', '5'), row('2025-10-30', 'new', '1')];
    const before = [row('2025-09-30', 'a', '4'), row('2025-09-29', 'gone', '2')];
    const answer = ({ during }: Question): Answer => {
      const isNow = during.fromMs === Date.UTC(2025, 9, 1);
      return { ...EMPTY_ANSWER, rows: isNow ? now : before, total: { cost: isNow ? '13' : '6' } };
    };
    const { api } = await fakeApi({ ledger: fakeLedger({ answer }) });
    const query = 'of=cost&by=day,workflow&during=2025-10&compare=previous&timeZone=UTC';
    const { compared } = LedgerAnswer.parse(await (await call(api, 'GET', `/api/v1/ledger?${query}`)).json());
    expect(compared).toMatchObject({
      rows: [{ cost: '4' }, null, null],
      other: { cost: '2' },
      total: { cost: '6' },
    });
  });

  it('200 joins no step where the other period has more than are read', async () => {
    const answer = ({ limit }: Question): Answer => ({
      ...EMPTY_ANSWER,
      rows: [{ group: ['2025-10-30'], figures: { cost: '7' } }],
      other: limit === 5 ? null : { cost: '1' },
      total: { cost: '8' },
    });
    const { api } = await fakeApi({ ledger: fakeLedger({ answer }) });
    const query = 'of=cost&by=day&during=2025-10&compare=previous&limit=5';
    const { compared } = LedgerAnswer.parse(await (await call(api, 'GET', `/api/v1/ledger?${query}`)).json());
    expect(compared).toMatchObject({ rows: [null], other: null, total: { cost: '8' } });
  });

  it('200 has defaults: this month, the measures of the table, no simulated calls', async () => {
    const { api, ledger } = await fakeApi();
    await call(api, 'GET', '/api/v1/ledger');
    expect(ledger.asked[0]).toMatchObject({
      of: ['calls', 'averageInputTokens', 'share', 'cost'],
      by: [],
      simulated: 'exclude',
      during: { fromMs: Date.UTC(2026, 2, 1), toMs: Date.UTC(2026, 3, 1) },
    });
  });

  it('200 keeps an equals sign and a comma inside a value', async () => {
    const { api, ledger } = await fakeApi();
    await call(api, 'GET', `/api/v1/ledger?where=${encodeURIComponent('tag:query=a=b,c')}`);
    expect(ledger.asked[0]?.where).toEqual([{ dimension: 'tag:query', is: ['a=b,c'] }]);
  });

  it.each([
    ['of=money', 'of'],
    ['by=flavour', 'by'],
    ['during=monthly', 'during'],
    ['where=flavour=x', 'where'],
    ['where=workflow', 'where'],
    ['timeZone=Mars', 'timeZone'],
    ['limit=0', 'limit'],
    ['limit=many', 'limit'],
    ['simulated=perhaps', 'simulated'],
  ])('400 on %s names the field', async (query, path) => {
    const { api, ledger } = await fakeApi();
    const problem = await problemOf(await call(api, 'GET', `/api/v1/ledger?${query}`));
    expect(problem).toMatchObject({ status: 400, code: 'bad_request' });
    expect(problem.errors.map((error) => error.path)).toEqual([path]);
    expect(ledger.asked).toEqual([]);
  });

  it('400 on an unknown parameter, which would else be silently ignored', async () => {
    const { api } = await fakeApi();
    expect(await problemOf(await call(api, 'GET', '/api/v1/ledger?groupBy=team'))).toMatchObject({
      status: 400,
      code: 'bad_request',
    });
  });

  it('503 when the ledger fails, with nothing of the failure in it', async () => {
    const { api, troubles } = await fakeApi({
      ledger: fakeLedger({
        answer: () => {
          throw new Error('secret path');
        },
      }),
    });
    const problem = await problemOf(await call(api, 'GET', '/api/v1/ledger'));
    expect(problem).toMatchObject({ status: 503, code: 'ledger_unavailable' });
    expect(JSON.stringify(problem)).not.toContain('secret path');
    expect(troubles).toHaveLength(1);
  });
});

describe('GET /api/v1/calls', () => {
  it('200 pages through to the end', async () => {
    const lines = Array.from({ length: 5 }, (_, index) => ({ ...LINE, id: `j:${index}:call` }));
    const { api } = await fakeApi({ ledger: fakeLedger({ lines }) });
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const response = await call(
        api,
        'GET',
        `/api/v1/calls?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      const page: CallsPage = CallsPage.parse(await response.json());
      expect(page.hasMore).toBe(page.nextCursor !== null);
      seen.push(...page.lines.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(lines.map(({ id }) => id));
  });

  it('400 on a wrong period', async () => {
    const { api } = await fakeApi();
    expect(await problemOf(await call(api, 'GET', '/api/v1/calls?during=x'))).toMatchObject({
      status: 400,
      code: 'bad_request',
    });
  });
});

describe('GET /api/v1/calls/{id}', () => {
  it('200 gives the receipt', async () => {
    const { api } = await fakeApi();
    const receipt = Receipt.parse(await (await call(api, 'GET', `/api/v1/calls/${LINE.call}`)).json());
    expect(receipt).toMatchObject({ call: LINE.call, total: '0.01385', currency: 'USD', unpricedLines: 0 });
    expect(receipt.lines).toEqual([LINE]);
  });

  it('404 on a call that is not there', async () => {
    const { api } = await fakeApi();
    expect(await problemOf(await call(api, 'GET', '/api/v1/calls/none'))).toMatchObject({
      status: 404,
      code: 'not_found',
    });
  });
});

describe('GET /api/v1/tail', () => {
  async function firstEvents(response: Response, count: number): Promise<string> {
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (reader !== undefined && text.split('event: line').length <= count)
      text += (await reader.read()).value ?? '';
    await reader?.cancel();
    return text;
  }

  it('200 streams lines, the position on the last of a batch', async () => {
    const { api } = await fakeApi({ ledger: fakeLedger({ lines: [LINE, { ...LINE, id: 'j1:8:call' }] }) });
    const response = await call(api, 'GET', '/api/v1/tail');
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const text = await firstEvents(response, 2);
    expect(text).toContain('j1:7:call');
    expect(text.match(/^id: /gm)).toHaveLength(1);
    expect(text).toMatch(/j1:8:call.*\n(.*\n)?id: 2/);
  });

  it('200 says where it stands before the first line, and goes on from there', async () => {
    const lines = [LINE];
    const { api } = await fakeApi({ ledger: fakeLedger({ lines }) });
    const quiet = await call(api, 'GET', '/api/v1/tail?where=workflow=none');
    const reader = quiet.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (reader !== undefined && !text.includes('id: ')) text += (await reader.read()).value ?? '';
    await reader?.cancel();
    expect(text).toMatch(/event: position\ndata: 1\nid: 1/);
    lines.push({ ...LINE, id: 'j1:8:call' });
    const resumed = await firstEvents(await call(api, 'GET', '/api/v1/tail', { 'last-event-id': '1' }), 1);
    expect(resumed).toContain('j1:8:call');
    expect(resumed).not.toContain('j1:7:call');
  });

  it('200 filters by where, unattributed and tags included', async () => {
    const lines = [
      { ...LINE, workflow: '' },
      { ...LINE, tags: {} },
      { ...LINE, id: 'wanted' },
    ];
    const { api } = await fakeApi({ ledger: fakeLedger({ lines }) });
    const text = await firstEvents(
      await call(api, 'GET', '/api/v1/tail?where=workflow!=&where=tag:env=prod'),
      1,
    );
    expect(text.match(/event: line/g)).toHaveLength(1);
    expect(text).toContain('wanted');
  });

  it('400 on a wrong condition', async () => {
    const { api } = await fakeApi();
    expect(await problemOf(await call(api, 'GET', '/api/v1/tail?where=x'))).toMatchObject({
      status: 400,
      code: 'bad_request',
    });
  });
});

describe('/api/v1/keys', () => {
  it('201 creates, publishes, and shows the secret in this answer only', async () => {
    const { api, published } = await fakeApi();
    const response = await call(api, 'POST', '/api/v1/keys', JSON_TYPE, {
      name: 'support',
      workflow: 'support',
      tags: { env: 'prod' },
      expiresAt: '2027-01-01T00:00:00Z',
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const created = CreatedKey.parse(await response.json());
    expect(created).toMatchObject({
      published: true,
      key: {
        name: 'support',
        workflow: 'support',
        team: '',
        state: 'active',
        expiresAt: '2027-01-01T00:00:00.000Z',
      },
    });
    expect(published).toEqual([1]);
    const listed = await (await call(api, 'GET', '/api/v1/keys')).text();
    expect(KeyList.parse(JSON.parse(listed)).keys).toEqual([created.key]);
    expect(listed).not.toContain(created.secret);
    expect(listed).not.toContain('digest');
  });

  it('200 lists by pages', async () => {
    const { api } = await fakeApi();
    for (const name of ['a', 'b', 'c']) await call(api, 'POST', '/api/v1/keys', JSON_TYPE, { name });
    const first = KeyList.parse(await (await call(api, 'GET', '/api/v1/keys?limit=2')).json());
    const rest = KeyList.parse(
      await (await call(api, 'GET', `/api/v1/keys?limit=2&cursor=${first.nextCursor}`)).json(),
    );
    expect([first.hasMore, rest.hasMore, first.keys.length, rest.keys.length]).toEqual([true, false, 2, 1]);
    expect(await problemOf(await call(api, 'GET', '/api/v1/keys?cursor=x'))).toMatchObject({
      status: 400,
      code: 'bad_request',
    });
  });

  it('200 revokes, and revoking again changes nothing', async () => {
    const { api, published } = await fakeApi();
    const { key } = CreatedKey.parse(
      await (await call(api, 'POST', '/api/v1/keys', JSON_TYPE, { name: 'a' })).json(),
    );
    const first = await (await call(api, 'DELETE', `/api/v1/keys/${key.id}`)).json();
    const second = await (await call(api, 'DELETE', `/api/v1/keys/${key.id}`)).json();
    expect(first).toMatchObject({ key: { state: 'revoked', revokedAt: new Date(NOW_MS).toISOString() } });
    expect(second).toEqual(first);
    expect(published).toHaveLength(3);
  });

  it('201 repeats the same answer for the same idempotency key, also at once', async () => {
    const { api } = await fakeApi();
    const headers = { ...JSON_TYPE, 'idempotency-key': 'once' };
    const answers = await Promise.all(
      [1, 2, 3].map(async () => (await call(api, 'POST', '/api/v1/keys', headers, { name: 'a' })).json()),
    );
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect(KeyList.parse(await (await call(api, 'GET', '/api/v1/keys')).json()).keys).toHaveLength(1);
  });

  it('409 on another body under the same idempotency key; after a day it is free again', async () => {
    let ms = NOW_MS;
    const { api } = await fakeApi({ now: () => ms });
    const headers = { ...JSON_TYPE, 'idempotency-key': 'once' };
    await call(api, 'POST', '/api/v1/keys', headers, { name: 'a' });
    expect(await problemOf(await call(api, 'POST', '/api/v1/keys', headers, { name: 'b' }))).toMatchObject({
      status: 409,
      code: 'idempotency_conflict',
    });
    ms += 24 * 3_600_000;
    expect((await call(api, 'POST', '/api/v1/keys', headers, { name: 'b' })).status).toBe(201);
  });

  it('201 still shows the only secret when publishing fails, and says that it did', async () => {
    const { api, troubles } = await fakeApi({
      publish: async () => {
        throw new Error('disk full');
      },
    });
    const created = CreatedKey.parse(
      await (await call(api, 'POST', '/api/v1/keys', JSON_TYPE, { name: 'a' })).json(),
    );
    expect(created.published).toBe(false);
    expect(troubles).toHaveLength(1);
  });

  it.each([
    [{}, 'name'],
    [{ name: '' }, 'name'],
    [{ name: 'a', role: 'admin' }, 'request'],
    [{ name: 'a\nb' }, 'name'],
    [{ name: 'a', expiresAt: 'soon' }, 'expiresAt'],
    [{ name: 'a', expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
    [{ name: 'a', tags: { a: 1 } }, 'tags.a'],
  ])('400 on %j', async (body, path) => {
    const { api, published } = await fakeApi();
    const problem = await problemOf(await call(api, 'POST', '/api/v1/keys', JSON_TYPE, body));
    expect(problem).toMatchObject({ status: 400, code: 'bad_request' });
    expect(problem.errors.map((error) => error.path)).toContain(path);
    expect(published).toEqual([]);
  });

  it('400 on a body that is no JSON, 415 on another type, 413 on a large one', async () => {
    const { api } = await fakeApi();
    expect(await problemOf(await call(api, 'POST', '/api/v1/keys', JSON_TYPE, '{'))).toMatchObject({
      status: 400,
      code: 'bad_request',
    });
    expect(
      await problemOf(
        await call(api, 'POST', '/api/v1/keys', { 'content-type': 'text/plain' }, '{"name":"a"}'),
      ),
    ).toMatchObject({ status: 415, code: 'unsupported_media_type' });
    expect(
      await problemOf(await call(api, 'POST', '/api/v1/keys', JSON_TYPE, { name: 'a'.repeat(70_000) })),
    ).toMatchObject({ status: 413, code: 'too_large' });
  });

  it('404 on a key that is not there', async () => {
    const { api } = await fakeApi();
    expect(await problemOf(await call(api, 'DELETE', '/api/v1/keys/none'))).toMatchObject({
      status: 404,
      code: 'not_found',
    });
  });
});

describe('prices, providers and health', () => {
  it('200 prices in force', async () => {
    const { api } = await fakeApi();
    const list = PriceList.parse(await (await call(api, 'GET', '/api/v1/prices?model=gpt-4o')).json());
    expect(list).toMatchObject({ priceBookVersion: '2026-03-01+abcd1234', hasMore: false });
    expect(list.prices[0]).toMatchObject({ provider: 'openai', model: 'gpt-4o', origin: 'override' });
    expect(list.prices[0]?.rates).toContainEqual({ bucket: 'textOut', rate: '10', aboveTokens: null });
  });

  it('200 providers without credentials', async () => {
    const { api } = await fakeApi();
    expect(
      ProviderList.parse(await (await call(api, 'GET', '/api/v1/providers')).json()).providers[0],
    ).toMatchObject({ name: 'openai', credential: 'set' });
  });

  it('200 live and ready; 503 when a part is not ready, or the ledger does not answer', async () => {
    const { api } = await fakeApi();
    expect(await (await call(api, 'GET', '/healthz')).json()).toEqual({
      status: 'live',
      runtime: process.version,
    });
    expect((await call(api, 'GET', '/readyz')).status).toBe(200);
    const troubled = await fakeApi({ ledger: fakeLedger({ trouble: 'the journal grows' }) });
    const response = await call(troubled.api, 'GET', '/readyz');
    expect(response.status).toBe(503);
    expect(Health.parse(await response.json()).parts[0]).toEqual({
      name: 'ledger',
      ready: false,
      detail: 'the journal grows',
    });
    const gone = await fakeApi({
      ledger: { ...fakeLedger(), health: () => Promise.reject(new Error('gone')) },
    });
    expect((await call(gone.api, 'GET', '/readyz')).status).toBe(503);
  });
});

describe('who may call', () => {
  it.each(['evil.example', 'localhost.evil.example', '10.0.0.5:4001', '127.0.0.1.evil.example:4001'])(
    '403 under the name %s',
    async (host) => {
      const { api, ledger } = await fakeApi();
      expect(await problemOf(await call(api, 'GET', '/api/v1/ledger', { host }))).toMatchObject({
        status: 403,
        code: 'host_not_allowed',
      });
      expect(ledger.asked).toEqual([]);
    },
  );

  it.each(['localhost:4001', '127.0.0.1', '[::1]:4001', 'LOCALHOST', 'finops.internal:80'])(
    '200 under the name %s',
    async (host) => {
      const { api } = await fakeApi({ allowedHosts: ['finops.internal'] });
      expect((await call(api, 'GET', '/api/v1/ledger', { host })).status).toBe(200);
    },
  );

  it.each([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:9999' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('403 on an unsafe method of another site: %j', async (headers) => {
    const { api, published } = await fakeApi();
    expect(
      await problemOf(
        await call(
          api,
          'POST',
          '/api/v1/keys',
          { ...JSON_TYPE, ...headers },
          {
            name: 'a',
          },
        ),
      ),
    ).toMatchObject({ status: 403, code: 'origin_not_allowed' });
    expect(await problemOf(await call(api, 'DELETE', '/api/v1/keys/a', headers))).toMatchObject({
      status: 403,
      code: 'origin_not_allowed',
    });
    expect(published).toEqual([]);
  });

  it('201 from its own pages', async () => {
    const { api } = await fakeApi();
    const headers = { ...JSON_TYPE, origin: ORIGIN, 'sec-fetch-site': 'same-origin' };
    expect((await call(api, 'POST', '/api/v1/keys', headers, { name: 'a' })).status).toBe(201);
  });

  it('401 everywhere but the public routes without the token, 200 with it', async () => {
    const { api } = await fakeApi({ access: { kind: 'token', adminToken: 'correct-horse-battery' } });
    const document = (await (await call(api, 'GET', '/api/openapi.json')).json()) as {
      paths: Record<string, Record<string, { 'x-permission': string }>>;
    };
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const body = method === 'post' || method === 'put' ? { name: 'a' } : undefined;
        const target = path.replace(/\{\w+\}/, LINE.call);
        const response = await call(api, method.toUpperCase(), target, body ? JSON_TYPE : {}, body);
        const isPublic = operation['x-permission'] === 'public';
        expect([path, response.status]).toEqual([path, isPublic ? 200 : 401]);
        const wrong = await call(
          api,
          method.toUpperCase(),
          target,
          { ...(body && JSON_TYPE), authorization: 'Bearer correct-horse-batterz' },
          body,
        );
        expect(wrong.status).toBe(isPublic ? 200 : 401);
      }
    }
    expect(
      (await call(api, 'GET', '/api/v1/ledger', { authorization: 'Bearer correct-horse-battery' })).status,
    ).toBe(200);
  });

  it('a network address without a token is no start', () => {
    expect(() => apiAccess({ loopback: false, adminToken: undefined })).toThrow(/SETPOINT_ADMIN_TOKEN/);
    expect(() => apiAccess({ loopback: false, adminToken: 'short' })).toThrow(/at least 16/);
    expect(apiAccess({ loopback: false, adminToken: 'long-enough-for-this' })).toEqual({
      kind: 'token',
      adminToken: 'long-enough-for-this',
    });
    expect(apiAccess({ loopback: true, adminToken: undefined })).toEqual({ kind: 'loopback' });
  });
});

describe('the description', () => {
  it('lists every route, each with a permission and an operation id, and every reference resolves', async () => {
    const { api } = await fakeApi();
    const text = await (await call(api, 'GET', '/api/openapi.json')).text();
    const document = JSON.parse(text) as {
      openapi: string;
      paths: Record<
        string,
        Record<string, { operationId?: string; 'x-permission'?: string; responses: object }>
      >;
      components: { schemas: object };
    };
    expect(document.openapi).toBe('3.1.0');
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const mounted = api.routes
      .filter(({ path, method }) => method !== 'ALL' && path !== '/api/openapi.json' && !path.includes('*'))
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
    expect(new Set(described)).toEqual(new Set(mounted));
    expect(new Set(described).size).toBe(described.length);
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const operation of operations)
      expect(operation['x-permission']).toMatch(/^(public|[a-z]+:(read|write))$/);
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g))
      expect(document.components.schemas).toHaveProperty(name ?? '');
  });

  it('404 on what is not there', async () => {
    const { api } = await fakeApi();
    expect(await problemOf(await call(api, 'GET', '/api/v1/nothing'))).toMatchObject({
      status: 404,
      code: 'not_found',
    });
    expect(await problemOf(await call(api, 'PUT', '/api/v1/keys', JSON_TYPE, {}))).toMatchObject({
      status: 404,
      code: 'not_found',
    });
    expect(await problemOf(await call(api, 'POST', '/elsewhere', JSON_TYPE, {}))).toMatchObject({
      status: 404,
      code: 'not_found',
    });
  });
});

describe('the web app', () => {
  function webDirectory(): string {
    const directory = mkdtempSync(join(tmpdir(), 'setpoint-web-'));
    mkdirSync(join(directory, 'assets'));
    writeFileSync(join(directory, 'index.html'), '<!doctype html><title>app</title>');
    writeFileSync(join(directory, 'assets', 'main-Ab12Cd34.js'), 'export {}');
    writeFileSync(join(directory, '..', 'outside.txt'), 'outside');
    return directory;
  }

  it('200 serves files with type, policy and cache rules, and the app under every address', async () => {
    const { api } = await fakeApi({ webDirectory: webDirectory() });
    const page = await call(api, 'GET', '/inform/ledger');
    expect(await page.text()).toContain('<title>app');
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe-inline');
    const script = await call(api, 'GET', '/assets/main-Ab12Cd34.js');
    expect(script.headers.get('content-type')).toContain('text/javascript');
    expect(script.headers.get('cache-control')).toContain('immutable');
    expect((await call(api, 'GET', '/', { 'if-none-match': page.headers.get('etag') ?? '' })).status).toBe(
      304,
    );
  });

  it('404 on a file that is not there and on any way out of the directory', async () => {
    const { api } = await fakeApi({ webDirectory: webDirectory() });
    for (const path of [
      '/assets/none.js',
      '/..%2foutside.txt',
      '/%2e%2e/outside.txt',
      '/assets/..%2f..%2foutside.txt',
    ]) {
      const response = await call(api, 'GET', path);
      expect([path, response.status, await response.text()]).toEqual([path, 404, 'Not found']);
    }
  });

  it('200 shows a built-in page where no web app was built', async () => {
    const { api } = await fakeApi({ ledger: fakeLedger({ answer: () => EMPTY_ANSWER }) });
    const response = await call(api, 'GET', '/');
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('Setpoint is running');
  });
});
