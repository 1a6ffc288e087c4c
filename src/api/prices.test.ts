import { describe, expect, it } from 'vitest';

import { askApi, fakeApi, NOW_MS } from '../../test/fakes/api.ts';
import { EMPTY_ANSWER, fakeLedger, fakePoster, LINE } from '../../test/fakes/ledger.ts';
import type { Api } from './api.ts';
import { Problem } from './contract.ts';
import {
  PriceCheck,
  PriceDecisions,
  PriceDiff,
  PricesDecided,
  RepriceAnswer,
  WhatIfAnswer,
} from './contract/prices.ts';
import type { LockedMonth, Question } from '../ledger/question.ts';
import { withOverrides } from '../prices/prices.ts';
import type { PriceBookData } from '../prices/prices.ts';

const BOOK: PriceBookData = withOverrides({ version: '' }, [
  { provider: 'openai', model: 'gpt-4o', rates: { freshIn: '2.5', cacheRead: '1.25', textOut: '10' } },
]);
const SUMS = { lines: 0, calls: 0, unpricedCalls: 0, cost: '0', providers: [] };
const LOCKED: LockedMonth = {
  month: '2026-02',
  lockedAtMs: 0,
  frozen: SUMS,
  present: SUMS,
  movedCost: '0',
  movedLines: 0,
};

/** One model's use in February and March: a million tokens in, a hundred thousand out. */
function answer({ by }: Question): typeof EMPTY_ANSWER {
  const values: Record<string, string> = {
    provider: 'openai',
    model: 'gpt-4o',
    day: '2026-03-05',
    contextBand: '0-32k',
  };
  const uses = [
    { bucket: 'freshIn', rate: '2.5', units: 1_000_000, cost: '2.5' },
    { bucket: 'textOut', rate: '10', units: 100_000, cost: '1' },
  ];
  const apart = by.includes('bucket') ? uses : [{ bucket: '', rate: '', units: 1_100_000, cost: '3.5' }];
  const rows = apart.map(({ bucket, rate, units, cost }) => ({
    group: by.map((one) => (one === 'bucket' ? bucket : one === 'rate' ? rate : (values[one] ?? ''))),
    figures: { cost, units, lines: 1 },
  }));
  return { ...EMPTY_ANSWER, rows };
}

async function open(more: Parameters<typeof fakeApi>[0] = {}) {
  return fakeApi({ ledger: fakeLedger({ answer, locked: [LOCKED] }), priceBook: () => BOOK, ...more });
}

function send(
  api: Api,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Response> {
  return askApi({ api }, `/prices${path}`, { body, headers });
}

const PRICE = {
  provider: 'openai',
  model: 'gpt-4o',
  rates: { freshIn: '2', textOut: '8' },
  reason: 'contract 4711',
};

describe('POST /api/v1/prices/decisions', () => {
  it('201 decides, publishes, says last month’s money, and is once by its key', async () => {
    const { api, published } = await open();
    const first = await send(api, '/decisions', PRICE, { 'idempotency-key': 'a' });
    expect(first.status).toBe(201);
    const decided = PricesDecided.parse(await first.json());
    expect(decided).toMatchObject({
      published: true,
      lastMonth: { before: '3.5', after: '2.8', difference: '-0.7', exact: true },
    });
    const again = await send(api, '/decisions', PRICE, { 'idempotency-key': 'a' });
    expect(PricesDecided.parse(await again.json())).toEqual(decided);
    expect(published).toEqual([1]);
    const history = PriceDecisions.parse(await (await send(api, '/decisions')).json());
    expect(history.decisions).toMatchObject([
      { standing: 'in-force', provider: 'openai', reason: 'contract 4711' },
    ]);
    expect(
      (await send(api, '/decisions', { ...PRICE, reason: 'other' }, { 'idempotency-key': 'a' })).status,
    ).toBe(409);
  });

  it('422 refuses a suspicious price with its money, audits it, and takes it when confirmed', async () => {
    const { api } = await open();
    const wrong = { ...PRICE, rates: { freshIn: '0.0025', textOut: '0.01' } };
    const refused = await send(api, '/decisions', wrong);
    expect(refused.status).toBe(422);
    const problem = Problem.parse(await refused.json());
    expect(problem.errors.map(({ path }) => path)).toEqual(expect.arrayContaining(['per-thousand']));
    expect(problem.detail).toContain('Last month would have cost $0.0035 instead of $3.50');
    const taken = await send(api, '/decisions', { ...wrong, confirm: 'it is a test model' });
    expect(taken.status).toBe(201);
    expect(PricesDecided.parse(await taken.json()).decisions[0]?.confirmed[0]).toContain(
      'it is a test model',
    );
  });

  it('422 a closed month cannot be confirmed', async () => {
    const { api } = await open();
    const response = await send(api, '/decisions', { ...PRICE, from: '2026-02-10', confirm: 'really' });
    expect(response.status).toBe(422);
    expect(Problem.parse(await response.json()).errors).toMatchObject([{ path: 'closed-month' }]);
  });

  it('400 without a reason, 401 without the login', async () => {
    const { api } = await open();
    expect((await send(api, '/decisions', { ...PRICE, reason: '' })).status).toBe(400);
    const guarded = await open({ access: { kind: 'token', adminToken: 'secret' } });
    expect((await send(guarded.api, '/decisions', PRICE)).status).toBe(401);
  });

  it('a dry run decides nothing', async () => {
    const { api, published } = await open();
    const response = await send(api, '/decisions', { ...PRICE, rates: { freshIn: '500' }, dryRun: true });
    expect(PricesDecided.parse(await response.json())).toMatchObject({
      dryRun: true,
      decisions: [],
      warnings: expect.arrayContaining([expect.stringContaining('200 times dearer')]),
    });
    expect(published).toEqual([]);
  });
});

describe('POST /api/v1/prices/decisions/{id}/withdrawal', () => {
  it('201 withdraws; 422 twice, an unknown one, or in a closed month', async () => {
    const { api } = await open();
    const { decisions } = PricesDecided.parse(await (await send(api, '/decisions', PRICE)).json());
    const path = `/decisions/${decisions[0]?.id}/withdrawal`;
    expect((await send(api, path, { reason: 'ended', from: '2026-02-01' })).status).toBe(422);
    expect((await send(api, path, { reason: 'ended' })).status).toBe(201);
    expect((await send(api, path, { reason: 'ended' })).status).toBe(422);
    expect((await send(api, '/decisions/p_none/withdrawal', { reason: 'ended' })).status).toBe(422);
    const history = PriceDecisions.parse(await (await send(api, '/decisions')).json());
    expect(history.decisions.map(({ standing }) => standing)).toEqual(['done', 'withdrawn']);
  });
});

describe('POST /api/v1/prices/decisions/{id}/restoration', () => {
  const restore = (api: Parameters<typeof send>[0], id: string) =>
    send(api, `/decisions/${id}/restoration`, { reason: 'taken back' });
  const decide = async (api: Parameters<typeof send>[0], price: object): Promise<string> =>
    PricesDecided.parse(await (await send(api, '/decisions', price)).json()).decisions[0]?.id ?? '';

  it('201 lets a withdrawn price hold again from now on; 422 while it stands, and once it was restored', async () => {
    const { api } = await open();
    const id = await decide(api, PRICE);
    expect((await restore(api, id)).status).toBe(422);
    await send(api, `/decisions/${id}/withdrawal`, { reason: 'ended' });
    const restored = await restore(api, id);
    expect(restored.status).toBe(201);
    const [again] = PricesDecided.parse(await restored.json()).decisions;
    expect(again).toMatchObject({ origin: `restore:${id}`, standing: 'in-force', reason: 'taken back' });
    const rest = (price: object | null | undefined) => ({ ...price, from: '' });
    const history = PriceDecisions.parse(await (await send(api, '/decisions')).json()).decisions;
    expect(rest(again?.price)).toEqual(rest(history.find((one) => one.id === id)?.price));
    expect((await restore(api, id)).status).toBe(422);
  });

  it('422 when somebody decided about the same model in between, and not for another model', async () => {
    const { api } = await open();
    const id = await decide(api, PRICE);
    await send(api, `/decisions/${id}/withdrawal`, { reason: 'ended' });
    await decide(api, { ...PRICE, model: 'gpt-4o-mini', reason: 'another model', confirm: 'is meant' });
    const newer = await decide(api, { ...PRICE, reason: 'the newer one' });
    const refused = await restore(api, id);
    expect(refused.status).toBe(422);
    expect(Problem.parse(await refused.json()).detail).toContain(`"${newer}"`);
    await send(api, `/decisions/${newer}/withdrawal`, { reason: 'ended too' });
    expect((await restore(api, id)).status).toBe(422);
    expect((await restore(api, newer)).status).toBe(201);
  });

  it('404 for an unknown one', async () => {
    const { api } = await open();
    expect((await restore(api, 'p_none')).status).toBe(404);
  });
});

describe('POST /api/v1/prices/import', () => {
  const sheet = (rows: string): object => ({
    csv: `Vendor,SKU,In\n${rows}`,
    columns: { provider: 'Vendor', model: 'SKU', input: 'In' },
    reason: 'annex B',
  });
  it('201 takes all; 422 takes none and names the rows', async () => {
    const { api } = await open();
    const bad = await send(api, '/import', sheet('openai,gpt-4o,2\nopenai,gpt-4o,-1\nopenai,,3'));
    expect(bad.status).toBe(422);
    expect(Problem.parse(await bad.json()).errors.map(({ path }) => path)).toEqual(['row 3', 'row 4']);
    expect(PriceDecisions.parse(await (await send(api, '/decisions')).json()).decisions).toEqual([]);
    const good = await send(api, '/import', sheet('openai,gpt-4o,2\nopenai,gpt-x,3'));
    expect(PricesDecided.parse(await good.json()).decisions).toHaveLength(2);
  });
});

describe('what prices mean for money', () => {
  it('diff: a draft, per bucket, with the spend it concerns', async () => {
    const { api } = await open();
    const draft = {
      provider: 'openai',
      model: 'gpt-4o',
      rates: { textOut: '8' },
      from: '2026-04-01',
      team: 'CX',
    };
    expect((await send(api, '/diff', { draft: { ...draft, rates: { textOut: '-1' } } })).status).toBe(422);
    const diff = PriceDiff.parse(
      await (
        await send(api, '/diff', {
          draft: {
            ...draft,
            team: undefined,
            from: undefined,
            tier: undefined,
            rates: { textOut: '8' },
            aboveTokens: 0,
          },
        })
      ).json(),
    );
    const [output] = diff.changes.filter(({ follows }) => follows === null);
    expect(output).toMatchObject({ bucket: 'textOut', before: '10', after: '8', percent: '-20', spend: '1' });
    expect((await send(api, '/diff?from=nowhere')).status).toBe(404);
  });

  it('what-if: the same book differs by nothing; another does, exactly; nothing is posted', async () => {
    const poster = fakePoster();
    const { api } = await open({ poster });
    const same = WhatIfAnswer.parse(
      await (await send(api, '/what-if', { during: '2026-02..2026-03' })).json(),
    );
    expect(same).toMatchObject({
      exact: true,
      total: { before: '3.5', after: '3.5', difference: '0' },
      lockedMonths: ['2026-02'],
    });
    const other = WhatIfAnswer.parse(
      await (
        await send(api, '/what-if', {
          draft: { provider: 'openai', model: '*', rates: { freshIn: '1', textOut: '5' } },
        })
      ).json(),
    );
    expect(other).toMatchObject({ total: { after: '3.5' }, basis: 'measured' }); // the exact model outranks the pattern
    const mapped = WhatIfAnswer.parse(
      await (await send(api, '/what-if', { mapping: [{ from: 'openai/gpt-4o', to: 'nobody/none' }] })).json(),
    );
    expect(mapped.unpriced).toMatchObject([
      { bucket: 'freshIn', before: '2.5' },
      { bucket: 'textOut', before: '1' },
    ]);
    expect(poster.batches).toEqual([]);
  });

  it('reprice: looks, then posts once; 409 in a locked month', async () => {
    const poster = fakePoster();
    const { api } = await open({
      poster,
      ledger: fakeLedger({ answer, locked: [LOCKED], lines: [{ ...LINE, cost: '0.02', serviceTier: '' }] }),
    });
    const look = RepriceAnswer.parse(await (await send(api, '/reprice', { during: '2026-03' })).json());
    expect(look).toMatchObject({ drifted: 1, difference: '-0.00615', posted: 0, applied: false });
    expect(poster.batches).toEqual([]);
    for (const posted of [2, 0])
      expect(
        RepriceAnswer.parse(await (await send(api, '/reprice', { during: '2026-03', apply: true })).json())
          .posted,
      ).toBe(posted);
    expect(poster.batches).toHaveLength(1);
    expect(poster.batches[0]?.postings).toMatchObject([
      {
        leg: 'adjust',
        cause: 'price-drift',
        corrects: LINE.id,
        settlement: { charges: [{ cost: { total: -20_000_000_000n } }] },
      },
      {
        leg: 'adjust',
        cause: 'price-drift',
        settlement: { charges: [{ cost: { total: 13_850_000_000n } }] },
      },
    ]);
    expect((await send(api, '/reprice', { during: '2026-02', apply: true })).status).toBe(409);
  });

  it('check: unpriced models with their units, and no source', async () => {
    const { api } = await open();
    const check = PriceCheck.parse(await (await send(api, '/check')).json());
    expect(check.ok).toBe(false);
    expect(check.notices).toMatchObject([
      { kind: 'unpriced-model', model: 'gpt-4o', units: 1_100_000 },
      { kind: 'no-source' },
    ]);
    expect(check.asOf).toBe(new Date(NOW_MS).toISOString());
  });
});
