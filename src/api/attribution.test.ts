import { describe, expect, it } from 'vitest';

import { askApi, fakeApi } from '../../test/fakes/api.ts';
import type { FakeApi } from '../../test/fakes/api.ts';
import { fakeLedger, fakePoster } from '../../test/fakes/ledger.ts';
import { lineLedger } from '../../test/fakes/line-ledger.ts';
import type { FakeLine, LineLedger } from '../../test/fakes/line-ledger.ts';
import {
  AppliedAnswer,
  CoverageAnswer,
  DecidedRule,
  MissingAnswer,
  PreviewAnswer,
  RuleList,
} from './contract/attribution.ts';
import {
  AllocationList,
  Commitment,
  CommitmentList,
  PostedPeriods,
  Split,
  SplitList,
  SplitOutcomes,
} from './contract/sharing.ts';

const AT_MS = Date.UTC(2026, 2, 10);

const LINES: readonly FakeLine[] = [
  {
    atMs: AT_MS,
    cost: '69',
    is: { workflow: 'support', team: 'CX', attributedBy: 'said', key: 'k1', provider: 'openai' },
  },
  { atMs: AT_MS, cost: '31', is: { key: 'k2', path: '/v1/batch', provider: 'openai' } },
];

interface World extends Pick<FakeApi, 'api' | 'published'> {
  readonly lines: LineLedger;
}

async function open(more: Parameters<typeof fakeApi>[0] = {}): Promise<World> {
  const lines = lineLedger(LINES);
  const { api, published } = await fakeApi({
    ledger: { ...fakeLedger(), ...lines.reader },
    poster: { ...fakePoster(), ...lines.poster },
    teamOf: (workflow) => (workflow === 'batch' ? 'Data' : ''),
    ...more,
  });
  return { api, published, lines };
}

function call(
  world: Pick<World, 'api'>,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return askApi(world, `/attribution${path}`, { method, body, headers });
}

const RULE = {
  id: 'batch',
  when: [{ sign: 'path', is: ['/v1/batch*'] }],
  set: { workflow: 'batch' },
  reason: 'says nothing',
};
const SPLIT = {
  id: 'shared',
  source: { kind: 'workflow', workflow: 'support' },
  method: { kind: 'even', targets: [{ workflow: 'a' }, { workflow: 'b', team: 'B' }] },
  from: '2026-03',
};
const COMMITMENT = { id: 'ptu', provider: 'azure', hourly: '2', from: '2026-03-01T00:00:00Z' };
const MARCH = { during: '2026-03' };

describe('GET /attribution/coverage', () => {
  it('200 says the share of spend with a workflow, how it is known, and over time', async () => {
    const response = await call(await open(), 'GET', '/coverage?during=2026-03&by=month');
    expect(response.status).toBe(200);
    const answer = CoverageAnswer.parse(await response.json());
    expect(answer).toMatchObject({
      target: 0.95,
      total: { cost: '100', calls: 2 },
      fields: { workflow: { share: 0.69, missing: { cost: '31', calls: 1 } } },
      known: [{ by: 'said', share: 0.69 }],
      over: [{ period: '2026-03', fields: { workflow: { share: 0.69 } } }],
    });
  });

  it('400 on a period that is none', async () => {
    expect((await call(await open(), 'GET', '/coverage?during=someday')).status).toBe(400);
  });

  it('503 while the ledger is away', async () => {
    const away = Object.assign(new Error('starting'), { name: 'LedgerAway' });
    const ledger = { ...fakeLedger(), ask: () => Promise.reject(away) };
    expect((await call(await open({ ledger }), 'GET', '/coverage')).status).toBe(503);
  });
});

describe('GET /attribution/missing', () => {
  it('200 lists what has no workflow with a rule for each', async () => {
    const response = await call(await open(), 'GET', '/missing?during=2026-03&limit=3');
    expect(response.status).toBe(200);
    expect(MissingAnswer.parse(await response.json())).toMatchObject({
      share: 0.31,
      parts: [{ sign: 'key', value: 'k2', suggestion: { rule: { id: 'key-k2', set: {} }, evidence: null } }],
    });
  });

  it('400 on a limit that is none', async () => {
    expect((await call(await open(), 'GET', '/missing?limit=0')).status).toBe(400);
  });
});

describe('rules', () => {
  it('201 decides, publishes; 200 lists; 200 withdraws and publishes again', async () => {
    const world = await open();
    const decided = await call(world, 'POST', '/rules', RULE);
    expect(decided.status).toBe(201);
    expect(DecidedRule.parse(await decided.json())).toMatchObject({
      rule: { name: 'rule:batch@1', order: 100, state: 'in-force', author: 'local', forwardOnly: null },
      published: true,
    });
    await call(world, 'POST', '/rules', { ...RULE, order: 5 });
    const list = RuleList.parse(await (await call(world, 'GET', '/rules')).json());
    expect(list.rules.map(({ name }) => name)).toEqual(['rule:batch@2']);
    const all = RuleList.parse(await (await call(world, 'GET', '/rules?all=true')).json());
    expect(all.rules.map(({ name, state }) => [name, state])).toEqual([
      ['rule:batch@2', 'in-force'],
      ['rule:batch@1', 'replaced'],
    ]);
    const withdrawn = await call(world, 'DELETE', '/rules/batch?reason=done');
    expect(withdrawn.status).toBe(200);
    expect(DecidedRule.parse(await withdrawn.json()).rule.state).toBe('withdrawn');
    expect(world.published).toHaveLength(3);
    expect(RuleList.parse(await (await call(world, 'GET', '/rules')).json()).rules).toEqual([]);
  });

  it('201 says that the gateways could not be told', async () => {
    const world = await open({ publish: () => Promise.reject(new Error('disk full')) });
    const decided = await call(world, 'POST', '/rules', RULE);
    expect(decided.status).toBe(201);
    expect(DecidedRule.parse(await decided.json()).published).toBe(false);
  });

  it.each([
    ['no condition', { ...RULE, when: [] }],
    ['an unknown sign', { ...RULE, when: [{ sign: 'colour', is: ['red'] }] }],
    ['nobody named', { ...RULE, set: {} }],
    ['an unknown field', { ...RULE, colour: 'red' }],
  ])('400 on %s, and nothing is decided', async (_, body) => {
    const world = await open();
    expect((await call(world, 'POST', '/rules', body)).status).toBe(400);
    expect(world.published).toEqual([]);
  });

  it('404 on withdrawing what is not in force', async () => {
    expect((await call(await open(), 'DELETE', '/rules/absent')).status).toBe(404);
  });
});

describe('POST /attribution/preview and /apply', () => {
  it('200 previews a draft and writes nothing', async () => {
    const world = await open();
    const response = await call(world, 'POST', '/preview', { ...MARCH, drafts: [RULE] });
    expect(response.status).toBe(200);
    expect(PreviewAnswer.parse(await response.json())).toMatchObject({
      before: { share: 0.69 },
      after: { share: 1 },
      moved: { amount: { cost: '31' }, share: 0.31 },
      rules: [{ name: 'rule:batch@1', moves: [{ to: { workflow: 'batch', team: 'Data' } }] }],
    });
    expect(world.lines.lines).toHaveLength(2);
  });

  it('200 applies what is in force, once', async () => {
    const world = await open();
    await call(world, 'POST', '/rules', RULE);
    const first = AppliedAnswer.parse(await (await call(world, 'POST', '/apply', MARCH)).json());
    expect(first).toMatchObject({
      moved: { cost: '31' },
      moves: [{ id: 'rule.batch.1.2026-03.1', bookedIn: null }],
    });
    const second = AppliedAnswer.parse(await (await call(world, 'POST', '/apply', MARCH)).json());
    expect(second.moves).toEqual([]);
  });

  it('400 on what cannot be answered whole', async () => {
    const when = ['key', 'provider', 'account', 'region', 'model', 'fingerprint'].map((sign) => ({
      sign,
      is: ['x'],
    }));
    const response = await call(await open(), 'POST', '/preview', { drafts: [{ ...RULE, when }] });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('fewer rules');
  });

  it('503 when the ledger goes away, and the same again ends it', async () => {
    const world = await open();
    await call(world, 'POST', '/rules', RULE);
    world.lines.failNext('after');
    expect((await call(world, 'POST', '/apply', MARCH)).status).toBe(503);
    const second = AppliedAnswer.parse(await (await call(world, 'POST', '/apply', MARCH)).json());
    expect(second.resumed).toBe(1);
  });
});

describe('splits', () => {
  it('201 decides, 200 lists, previews, applies, shows and reverses', async () => {
    const world = await open();
    const decided = await call(world, 'POST', '/splits', SPLIT);
    expect(decided.status).toBe(201);
    expect(Split.parse(await decided.json())).toMatchObject({
      id: 'shared',
      version: 1,
      name: 'shared',
      until: null,
    });
    expect(SplitList.parse(await (await call(world, 'GET', '/splits')).json()).splits).toHaveLength(1);
    const outcomes = async (action: string, body: unknown) =>
      SplitOutcomes.parse(await (await call(world, 'POST', `/splits/shared/${action}`, body)).json())
        .outcomes;
    expect(await outcomes('preview', { month: '2026-03' })).toMatchObject([
      {
        kind: 'preview',
        amount: '69',
        allocation: { lines: null, shares: [{ ratio: '0.5' }, { amount: '34.5' }] },
      },
    ]);
    expect(world.lines.lines).toHaveLength(2);
    expect(await outcomes('apply', MARCH)).toMatchObject([{ kind: 'split', amount: '69' }]);
    const shown = AllocationList.parse(await (await call(world, 'GET', '/allocations?month=2026-03')).json());
    expect(shown.allocations).toMatchObject([{ id: 'split.shared.1.2026-03.1', method: 'even', lines: 3 }]);
    expect(await outcomes('reverse', { month: '2026-03' })).toMatchObject([{ kind: 'reversed' }]);
    expect((await call(world, 'DELETE', '/splits/shared')).status).toBe(200);
    expect((await call(world, 'POST', '/splits/shared/apply', MARCH)).status).toBe(404);
  });

  it.each([
    ['itself as a target', { ...SPLIT, method: { kind: 'even', targets: [{ workflow: 'support' }] } }],
    ['a month that is none', { ...SPLIT, from: 'March' }],
  ])('400 on %s', async (_, body) => {
    expect((await call(await open(), 'POST', '/splits', body)).status).toBe(400);
  });

  it('400 on a period that is none', async () => {
    const world = await open();
    await call(world, 'POST', '/splits', SPLIT);
    expect((await call(world, 'POST', '/splits/shared/apply', { during: 'soon' })).status).toBe(400);
  });

  it.each(['preview', 'apply'])('404 on %s of a split that is not there', async (action) => {
    const body = action === 'apply' ? MARCH : { month: '2026-03' };
    expect((await call(await open(), 'POST', `/splits/absent/${action}`, body)).status).toBe(404);
    expect((await call(await open(), 'DELETE', '/splits/absent')).status).toBe(404);
  });
});

describe('commitments', () => {
  it('201 decides, 200 lists, posts once, withdraws', async () => {
    const world = await open();
    const decided = await call(world, 'POST', '/commitments', COMMITMENT);
    expect(decided.status).toBe(201);
    expect(Commitment.parse(await decided.json())).toMatchObject({
      lines: 'daily',
      tokensPerHour: null,
      until: null,
    });
    expect(
      CommitmentList.parse(await (await call(world, 'GET', '/commitments')).json()).commitments,
    ).toHaveLength(1);
    const post = async () =>
      PostedPeriods.parse(await (await call(world, 'POST', '/commitments/ptu/post', MARCH)).json()).periods;
    expect(await post()).toHaveLength(19);
    expect(await post()).toEqual([]);
    expect((await call(world, 'DELETE', '/commitments/ptu')).status).toBe(200);
    expect((await call(world, 'DELETE', '/commitments/ptu')).status).toBe(404);
    expect((await call(world, 'POST', '/commitments/ptu/post', MARCH)).status).toBe(404);
  });

  it('400 on an hourly cost that is none', async () => {
    expect((await call(await open(), 'POST', '/commitments', { ...COMMITMENT, hourly: 'much' })).status).toBe(
      400,
    );
  });
});

describe('every route', () => {
  it.each([
    ['GET', '/coverage'],
    ['GET', '/missing'],
    ['GET', '/rules'],
    ['POST', '/rules'],
    ['DELETE', '/rules/x'],
    ['POST', '/preview'],
    ['POST', '/apply'],
    ['GET', '/splits'],
    ['POST', '/splits'],
    ['DELETE', '/splits/x'],
    ['POST', '/splits/x/preview'],
    ['POST', '/splits/x/apply'],
    ['POST', '/splits/x/reverse'],
    ['GET', '/allocations?month=2026-03'],
    ['GET', '/commitments'],
    ['POST', '/commitments'],
    ['DELETE', '/commitments/x'],
    ['POST', '/commitments/x/post'],
  ])('401 without a login where one is asked for: %s %s', async (method, path) => {
    const world = await open({ access: { kind: 'token', adminToken: 'a'.repeat(24) } });
    const response = await call(world, method, path, method === 'POST' ? {} : undefined);
    expect(response.status).toBe(401);
  });

  it('403 from a page of another site', async () => {
    const response = await call(await open(), 'POST', '/apply', MARCH, {
      origin: 'https://elsewhere.example',
    });
    expect(response.status).toBe(403);
  });
});

describe('a rule that somebody decided about in between', () => {
  it('409 for a version or an end that looked at an older one; the newest holds', async () => {
    const world = await open();
    const versionOf = async (response: Response): Promise<number> =>
      DecidedRule.parse(await response.json()).rule.version;
    expect(await versionOf(await call(world, 'POST', '/rules', RULE))).toBe(1);
    expect(await versionOf(await call(world, 'POST', '/rules', { ...RULE, ifVersion: 1 }))).toBe(2);
    const refused = await call(world, 'POST', '/rules', { ...RULE, ifVersion: 1 });
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ code: 'version_moved' });
    expect((await call(world, 'DELETE', '/rules/batch?ifVersion=1')).status).toBe(409);
    expect(await versionOf(await call(world, 'DELETE', '/rules/batch?ifVersion=2'))).toBe(3);
    expect(await versionOf(await call(world, 'POST', '/rules', { ...RULE, ifVersion: 3 }))).toBe(4);
  });
});
