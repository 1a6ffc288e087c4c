/** Public complaints 40 to 45: budgets that are read and not reserved, that leak, that start anew, that miscount. */
import { describe, expect, it } from 'vitest';

import { readStandings } from '../../../src/inform/budgets/budgets.ts';
import { keyDigest } from '../../../src/secrets/secrets.ts';
import type { BudgetRule, KeyRule } from '../../../src/rulebook/rulebook.ts';
import { formatDollars } from '../../../src/units/money.ts';
import { lineLedger } from '../../fakes/line-ledger.ts';
import { monthly, oneAuthority } from './budget-authority.ts';
import type { OneAuthority } from './budget-authority.ts';
import {
  answers,
  chat,
  completion,
  costOf,
  DONE,
  gateways,
  said,
  SMALL_USAGE,
  sse,
  streams,
} from './world.ts';
import type { Provider } from './world.ts';

const start = gateways();
const ASK = { max_tokens: 100 };
const PLENTY = 10n ** 12n;

interface Limited {
  readonly budget: BudgetRule;
  readonly authority: OneAuthority;
  readonly name?: string;
  readonly provider?: Provider;
}

function limited({
  budget,
  authority,
  name = 'worker-1',
  provider = answers(completion(SMALL_USAGE)),
}: Limited) {
  return start({ provider, rulebook: { budgets: [budget] }, budgets: authority.holder(name) });
}

/** What a hard budget reserves for the call that these tests make, and what it comes to. */
async function measured(): Promise<{ readonly bound: bigint; readonly cost: bigint }> {
  const gateway = await limited({ budget: monthly(PLENTY), authority: oneAuthority() });
  await (await chat(gateway, ASK)).text();
  await gateway.settled(1);
  const { cost } = gateway.intents[0]!.presumed;
  if (cost.kind !== 'priced') throw new Error('the model has a price');
  return { bound: cost.total, cost: costOf(gateway.settlements[0]) };
}

/** A provider that answers only once told to, so that calls are under way together. */
function held(): { readonly provider: Provider; release(): void } {
  const waiting: Array<() => void> = [];
  let open = false;
  return {
    provider: (request, response) => {
      const go = (): void => answers(completion(SMALL_USAGE))(request, response);
      if (open) go();
      else waiting.push(go);
    },
    release() {
      open = true;
      for (const go of waiting.splice(0)) go();
    },
  };
}

function atOnce(count: number, ask: () => Promise<Response>): Promise<number[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const response = await ask();
      await response.text();
      return response.status;
    }),
  );
}

const countOf = (statuses: readonly number[], status: number): number =>
  statuses.filter((one) => one === status).length;

describe('budgets', () => {
  it('40 #34732: of any number of calls at once only so many go as their bounds fit, and each is recorded with its bound', async () => {
    const { bound } = await measured();
    async function under(mode: BudgetRule['mode']) {
      const { provider, release } = held();
      const authority = oneAuthority();
      const gateway = await limited({ budget: monthly(bound * 10n, { mode }), authority, provider });
      const refused: number[] = [];
      const asked = atOnce(50, async () => {
        const response = await chat(gateway, ASK);
        if (response.status !== 200) refused.push(response.status);
        return response;
      });
      // Nobody is answered by the provider yet: whoever is answered now was refused.
      for (let tries = 0; gateway.seen.length + refused.length < 50 && tries < 1_000; tries += 1)
        await new Promise((resolve) => setTimeout(resolve, 10));
      const underWay = gateway.seen.length;
      release();
      const statuses = await asked;
      await gateway.settled(gateway.intents.length);
      return { gateway, underWay, statuses };
    }
    const { gateway, underWay, statuses } = await under('hard');
    expect([underWay, countOf(statuses, 429), countOf(statuses, 200)]).toEqual([10, 40, 10]);
    for (const settlement of gateway.settlements) {
      const { cost } = settlement.intent.presumed;
      expect(cost.kind === 'priced' && cost.total).toBeGreaterThanOrEqual(costOf(settlement));
    }
    const naive = await under('observe'); // the control: nothing reserved, all fifty go
    expect([naive.underWay, countOf(naive.statuses, 200)]).toEqual([50, 50]);
  });

  it('41 bifrost#3547: replicas share one balance, and their lines add up', async () => {
    const { bound } = await measured();
    async function three(authorityOf: (at: number) => OneAuthority) {
      const { provider, release } = held();
      const budget = monthly(bound * 4n);
      const replicas = await Promise.all(
        [0, 1, 2].map((at) =>
          limited({ budget, authority: authorityOf(at), name: `worker-${at}`, provider }),
        ),
      );
      const asked = Promise.all(replicas.map((replica) => atOnce(4, () => chat(replica, ASK))));
      setTimeout(release, 1_000);
      const statuses = (await asked).flat();
      await Promise.all(replicas.map((replica) => replica.settled(replica.intents.length)));
      return { replicas, went: countOf(statuses, 200), refused: countOf(statuses, 429) };
    }
    const shared = oneAuthority();
    const { replicas, went, refused } = await three(() => shared);
    expect(went).toBeGreaterThan(0);
    expect(went).toBeLessThanOrEqual(4);
    expect(went + refused).toBe(12);
    const settlements = replicas.flatMap((replica) => replica.settlements);
    expect(new Set(settlements.map(({ intent }) => intent.attempt)).size).toBe(went);
    expect(settlements.reduce((sum, one) => sum + costOf(one), 0n)).toBe(
      BigInt(went) * costOf(settlements[0]),
    );
    const own = [oneAuthority(), oneAuthority(), oneAuthority()];
    expect((await three((at) => own[at]!)).went).toBe(12); // the control: a balance of its own each is three budgets
  });

  it('42 #27639: whatever becomes of a call, its intent is settled once and nothing of it stays reserved', async () => {
    const { bound } = await measured();
    const authority = oneAuthority();
    const holder = authority.holder('worker-1');
    const gateway = await start({
      limits: { upstreamHeadersMs: 300 },
      rulebook: { budgets: [monthly(bound * 8n)] },
      budgets: holder,
      provider: (request, response) => {
        if (request.body.includes('reset')) response.destroy();
        else if (request.body.includes('error')) response.writeHead(500).end('{}');
        else if (request.body.includes('hang')) return;
        else if (request.body.includes('cut')) {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.write(sse(said('a')));
          setTimeout(() => response.destroy(), 5);
        } else answers(completion(SMALL_USAGE))(request, response);
      },
    });
    const hangs = chat(gateway, { ...ASK, user: 'hang' });
    for (let tries = 0; gateway.intents.length === 0 && tries < 500; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 5));
    expect(authority.view().reserved).toBeGreaterThan(0n); // the control: a call under way does hold something
    await (await hangs).text();
    for (const user of ['ok', 'reset', 'error', 'cut', 'ok'])
      await (await chat(gateway, { ...ASK, user, stream: user === 'cut' })).text();
    await gateway.settled(gateway.intents.length);
    const once = new Set(gateway.settlements.map(({ intent }) => intent.attempt));
    expect(once).toEqual(new Set(gateway.intents.map(({ attempt }) => attempt)));
    expect(gateway.settlements).toHaveLength(once.size);
    await holder.close();
    const { spent, reserved } = authority.view();
    expect([spent, reserved]).toEqual([gateway.settlements.reduce((sum, one) => sum + costOf(one), 0n), 0n]);
  });

  it('43 #26672: after a restart of the gateway, or of the authority, what was spent is spent; keys stay refused', async () => {
    const { bound, cost } = await measured();
    const budget = monthly(bound + cost - 1n); // one call fits, a second does not
    const first = oneAuthority();
    const gateway = await limited({ budget, authority: first });
    expect((await chat(gateway, ASK)).status).toBe(200);
    await gateway.settled(1);
    await gateway.stop();
    const asked = async (authority: OneAuthority): Promise<number> =>
      (await chat(await limited({ budget, authority, name: 'worker-2' }), ASK)).status;
    expect(await asked(first)).toBe(429);
    expect(await asked(oneAuthority(cost))).toBe(429); // an authority that was started anew asks the ledger
    expect(await asked(oneAuthority())).toBe(200); // the control: one that asked nobody would let it go

    const key: KeyRule = {
      id: 'k',
      digest: keyDigest('sp_live_good'),
      workflow: '',
      team: '',
      customer: '',
      tags: {},
      expiresAtMs: undefined,
    };
    const keyed = await start({
      provider: answers(completion(SMALL_USAGE)),
      rulebook: { unkeyed: false, keys: [key] },
    });
    const statusOf = async (secret: string) =>
      (await chat(keyed, {}, { authorization: `Bearer ${secret}` })).status;
    expect([await statusOf('sp_live_bad'), await statusOf(''), await statusOf('sp_live_good')]).toEqual([
      401, 401, 200,
    ]);
  });

  it('44 envoy/ai-gateway#2394: a stream that could outgrow its budget is refused before its first byte', async () => {
    const open = await limited({
      budget: monthly(PLENTY),
      authority: oneAuthority(),
      provider: streams([said('a')], DONE),
    });
    await (await chat(open, { stream: true, max_completion_tokens: 500, n: 3 })).text();
    const { presumed } = open.intents[0]!;
    expect(presumed.usage.textOut ?? presumed.usage.reasoningOut).toBe(1_500);
    if (presumed.cost.kind !== 'priced') throw new Error('the model has a price');
    const three = presumed.cost.total;
    for (const [cap, status] of [
      [three, 200],
      [three - 1n, 429],
    ] as const) {
      const gateway = await limited({
        budget: monthly(cap),
        authority: oneAuthority(),
        provider: streams([said('a')], DONE),
      });
      const response = await chat(gateway, { stream: true, max_completion_tokens: 500, n: 3 });
      expect([response.status, gateway.seen.length]).toEqual([status, status === 200 ? 1 : 0]);
      await response.text();
    }
  });

  it('45 bifrost#5770: the share that is shown is the share that is spent, and none is claimed without a budget', async () => {
    const { bound, cost } = await measured();
    const cap = cost * 3n + bound;
    const budget = monthly(cap);
    const authority = oneAuthority();
    const holder = authority.holder('worker-1');
    const gateway = await start({
      provider: answers(completion(SMALL_USAGE)),
      rulebook: { budgets: [budget] },
      budgets: holder,
    });
    for (const calls of [0n, 1n, 2n]) {
      const { headers } = await chat(gateway, ASK);
      await gateway.settled(Number(calls) + 1);
      expect(headers.get('x-setpoint-budget-remaining')).toBe(formatDollars(cap - calls * cost - bound));
    }
    await holder.close();
    const { standings } = await readStandings({
      ledger: lineLedger([]).reader,
      rules: [budget],
      views: authority.authority.view(Date.now()),
      atMs: Date.now(),
      past: false,
    });
    const [account] = standings[0]!.accounts;
    expect(account).toMatchObject({
      spent: cost * 3n,
      remaining: bound,
      percent: Number((cost * 3n * 1_000n) / cap) / 10,
    });
    expect(account!.percent).toBeGreaterThan(0);
    expect(account!.percent).toBeLessThan(100);

    const without = await start({ provider: answers(completion(SMALL_USAGE)) });
    const { headers } = await chat(without);
    expect([...headers.keys()].filter((name) => /budget|percent|quota/.test(name))).toEqual([]);
    expect(await (await fetch(`${without.url}/metrics`)).text()).not.toMatch(/budget|percent/);
  });
});
