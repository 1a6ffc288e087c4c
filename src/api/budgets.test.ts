/** Budgets over the API: decided, changed, ended, kept; the settings' own; what the answers say. */
import { describe, expect, it } from 'vitest';

import { API_URL, askApi, fakeApi, fetchFrom, NOW_MS } from '../../test/fakes/api.ts';
import { fakeLedger } from '../../test/fakes/ledger.ts';
import { lineLedger } from '../../test/fakes/line-ledger.ts';
import type { FakeLine } from '../../test/fakes/line-ledger.ts';
import { openBudgets, readBudgetDraft, toBudgetRule } from '../budgets/budgets.ts';
import type { DecidedBudget } from '../budgets/budgets.ts';
import { LedgerAway } from '../ledger/ledger.ts';
import { createClient } from './client.ts';
import type { ApiProblem } from './client.ts';
import type { NewBudget } from './contract/budgets.ts';

const DAY_MS = 86_400_000;
const SUPPORT: NewBudget = {
  name: 'Support',
  scope: { kind: 'team', value: 'CX' },
  amount: '500',
  window: { kind: 'calendar', unit: 'month', timeZone: 'UTC' },
  thresholds: [{ percent: 80, action: { kind: 'warn' } }],
  reason: 'agreed in March',
};
/** Twenty dollars a day, from January to 19 March; now is 20 March, 10:00. */
const LINES: readonly FakeLine[] = Array.from({ length: 78 }, (_, day) => ({
  atMs: Date.UTC(2026, 0, 1, 9) + day * DAY_MS,
  cost: '20',
  is: { team: 'CX', workflow: 'support' },
}));

async function open(parts: Parameters<typeof fakeApi>[0] = {}) {
  const fake = await fakeApi({
    ledger: { ...fakeLedger(), ...lineLedger(LINES).reader },
    teamOf: (workflow: string) => (workflow === 'support' ? 'CX' : ''),
    ...parts,
  });
  const { budgets } = createClient({ url: API_URL, fetch: fetchFrom(fake) });
  return { ...fake, budgets };
}

async function problemOf(asked: Promise<unknown>) {
  try {
    await asked;
  } catch (error) {
    return (error as ApiProblem).problem;
  }
  throw new Error('it was not refused');
}

function settled(more: Partial<NewBudget> = {}): DecidedBudget {
  const read = readBudgetDraft({ ...SUPPORT, ...more }, 'UTC');
  if (read.kind === 'problems') throw new Error(JSON.stringify(read.problems));
  return read.budget;
}

describe('deciding', () => {
  it('201 a budget with its author and reason, published; it stands in the list with its accounts', async () => {
    const { budgets, published } = await open();
    const { budget } = await budgets.set(SUPPORT);
    expect(budget).toMatchObject({
      id: 'support',
      version: 1,
      origin: 'decided',
      state: 'in-force',
      currency: 'USD',
      amount: '500',
      mode: 'hard',
      onAuthorityLoss: 'local',
      author: 'local',
      reason: 'agreed in March',
    });
    expect(published).toEqual([1]);
    const list = await budgets.list();
    expect(list).toMatchObject({ authority: 'reachable', ledger: 'reachable' });
    expect(list.sentence).toContain('Support has spent 76% of its March budget');
    const [one] = list.budgets;
    expect(one!.bound).toMatch(/^Overrun 0/);
    expect(one!.accounts).toEqual([
      {
        value: 'CX',
        simulated: false,
        state: 'idle',
        window: { text: 'March', from: '2026-03-01T00:00:00.000Z', to: '2026-04-01T00:00:00.000Z' },
        cap: '500',
        spent: '380',
        spentBy: 'ledger',
        reserved: '0',
        presumed: '0',
        exposed: '0',
        remaining: '120',
        spentPercent: 76,
        percent: 76,
        passed: [],
        burn: {
          pace: '7d',
          perDay: '17.142857142857', // six times twenty in seven days
          perDayOfWindow: expect.stringMatching(/^19\.\d+$/),
          projected: '578.571428571429',
          breachAt: '2026-03-27T10:00:00.000Z',
          why: '',
          crossed: null,
        },
      },
    ]);
  });

  it('409 for a second one of the same id; PUT is its next version, DELETE its end, and every version stays', async () => {
    const { budgets, published } = await open();
    await budgets.set(SUPPORT);
    expect(await problemOf(budgets.set(SUPPORT))).toMatchObject({ status: 409, code: 'budget_exists' });
    const { budget } = await budgets.change('support', { ...SUPPORT, amount: '700', reason: 'more traffic' });
    expect(budget).toMatchObject({ version: 2, amount: '700' });
    const { history } = await budgets.show('support');
    expect(history.map(({ version, state, reason, amount }) => [version, state, reason, amount])).toEqual([
      [2, 'in-force', 'more traffic', '700'],
      [1, 'replaced', 'agreed in March', '500'],
    ]);
    expect(await budgets.end('support', 'no longer needed')).toMatchObject({
      budget: { state: 'ended', version: 3 },
    });
    expect((await budgets.list()).budgets).toEqual([]);
    expect(await problemOf(budgets.show('support'))).toMatchObject({ status: 404 });
    expect(await problemOf(budgets.end('support'))).toMatchObject({ status: 404 });
    expect(await problemOf(budgets.change('support', SUPPORT))).toMatchObject({ status: 404 });
    expect(published).toHaveLength(3);
    expect((await budgets.set(SUPPORT)).budget.version).toBe(4);
  });

  it('409 for a decision on a version that is no longer the newest, and the newer one holds', async () => {
    const { budgets, published } = await open();
    await budgets.set(SUPPORT);
    await budgets.change('support', { ...SUPPORT, amount: '700' });
    const moved = { status: 409, code: 'version_moved' };
    expect(await problemOf(budgets.end('support', 'taken back', 1))).toMatchObject(moved);
    expect(await problemOf(budgets.change('support', { ...SUPPORT, ifVersion: 1 }))).toMatchObject(moved);
    expect(published).toHaveLength(2);
    expect((await budgets.show('support')).history[0]).toMatchObject({ version: 2, amount: '700' });
    // The control: what was seen is the newest, also of one that is ended.
    expect((await budgets.end('support', 'over', 2)).budget.version).toBe(3);
    expect(await problemOf(budgets.set({ ...SUPPORT, id: 'support', ifVersion: 2 }))).toMatchObject(moved);
    expect((await budgets.set({ ...SUPPORT, id: 'support', ifVersion: 3 })).budget.version).toBe(4);
  });

  it('400 in words, with the field, and nothing is decided or published', async () => {
    const { budgets, published } = await open();
    const problem = await problemOf(
      budgets.set({
        ...SUPPORT,
        amount: '0',
        onAuthorityLoss: 'open',
        thresholds: [{ percent: 120, action: { kind: 'block' } }],
      }),
    );
    expect(problem).toMatchObject({ status: 400 });
    expect(problem.errors.map(({ path }) => path)).toEqual([
      'amount',
      'thresholds[0].percent',
      'onAuthorityLoss',
    ]);
    expect([(await budgets.list()).budgets, published]).toEqual([[], []]);
  });

  it('an Idempotency-Key repeats the answer for the same budget, and 409 for another', async () => {
    const { budgets, published } = await open();
    const first = await budgets.set(SUPPORT, 'once');
    expect(await budgets.set(SUPPORT, 'once')).toEqual(first);
    expect(published).toEqual([1]);
    expect(await problemOf(budgets.set({ ...SUPPORT, amount: '600' }, 'once'))).toMatchObject({
      code: 'idempotency_conflict',
    });
  });

  it('a decision stands though the gateways could not be told', async () => {
    const { budgets, troubles } = await open({
      publish: () => Promise.reject(new Error('the disk is full')),
    });
    expect((await budgets.set(SUPPORT)).published).toBe(false);
    expect([(await budgets.list()).budgets.length, troubles.length]).toEqual([1, 1]);
  });

  it('415 for a PUT that is no JSON', async () => {
    const headers = { 'content-type': 'text/plain' };
    const response = await askApi(await open(), '/budgets/support', { method: 'PUT', headers, body: {} });
    expect(response.status).toBe(415);
  });
});

describe('a budget of the settings', () => {
  it('is shown as theirs, stands before a decision of the same id, and only they change it', async () => {
    const plain = await open();
    await plain.budgets.set(SUPPORT); // the control: without the settings it may be changed
    expect((await plain.budgets.change('support', SUPPORT)).budget.version).toBe(2);

    const { budgets, published } = await open({ settledBudgets: [settled({ amount: '900' })] });
    expect((await budgets.list()).budgets).toMatchObject([
      {
        id: 'support',
        origin: 'settings',
        version: null,
        amount: '900',
        author: 'setpoint.yaml',
        decidedAt: null,
      },
    ]);
    const refusals = [budgets.set(SUPPORT), budgets.change('support', SUPPORT), budgets.end('support')];
    for (const refused of refusals)
      expect(await problemOf(refused)).toMatchObject({
        status: 409,
        code: 'budget_of_settings',
        detail: expect.stringContaining('setpoint.yaml'),
      });
    expect(published).toEqual([]);
  });
});

describe('asking', () => {
  it('of an instant that is over: as it stood then; 400 for one that has not come', async () => {
    const { budgets } = await open();
    await budgets.set(SUPPORT);
    const then = await budgets.list('2026-03-08T00:00:00Z');
    expect(then).toMatchObject({ authority: 'not-asked', at: '2026-03-08T00:00:00.000Z' });
    expect(then.budgets[0]!.accounts[0]).toMatchObject({ state: 'past', spent: '140', remaining: '360' });
    expect(await problemOf(budgets.list('2027-01-01T00:00:00Z'))).toMatchObject({ status: 400 });
  });

  it('the windows before, each with the day on which it was used up', async () => {
    const { budgets } = await open();
    await budgets.set(SUPPORT);
    const { past } = await budgets.show('support');
    expect(past.map(({ window, spent, crossed }) => [window.text, spent, crossed?.from ?? null])).toEqual([
      ['February', '560', '2026-02-25T00:00:00.000Z'],
      ['January', '620', '2026-01-25T00:00:00.000Z'],
      ['December', '0', null],
    ]);
  });

  it('tells what it cannot know: authority and ledger away', async () => {
    const away = () => Promise.reject(new LedgerAway('it is being started again'));
    const { budgets } = await open({
      ledger: { ...fakeLedger(), ask: away },
      budgetAccounts: () => {
        throw new Error('no socket');
      },
    });
    await budgets.set(SUPPORT);
    const list = await budgets.list();
    expect(list).toMatchObject({ authority: 'unreachable', ledger: 'away', completeUntil: null });
    const { spent, reserved, remaining, percent, burn } = list.budgets[0]!.accounts[0]!;
    expect([spent, reserved, remaining, percent, burn.perDay, burn.breachAt]).toEqual(Array(6).fill(null));
  });

  it('the accounts of one, from the authority where it counts them', async () => {
    const rule = toBudgetRule(settled());
    const { id, cap } = openBudgets([rule]).accountFor(rule, 'CX', false, NOW_MS);
    const view = {
      account: id,
      cap,
      spent: 381_000_000_000_000n,
      reserved: 9n,
      presumed: 2n,
      exposed: 0n,
      known: true,
    };
    const { budgets } = await open({ budgetAccounts: () => [view] });
    await budgets.set(SUPPORT);
    expect((await budgets.accounts('support')).accounts[0]).toMatchObject({
      state: 'known',
      spentBy: 'authority',
      spent: '381',
      reserved: '0.000000000009',
      presumed: '0.000000000002',
      remaining: '118.999999999991',
    });
  });
});

describe('would this call go', () => {
  const CALL = { workflow: 'support', model: 'gpt-4o', inputTokens: 1_000_000, outputTokens: 100_000 };

  it('names the budgets that count it, by the workflow’s team too, and what each would hold', async () => {
    const { budgets } = await open();
    await budgets.set(SUPPORT);
    await budgets.set({ ...SUPPORT, name: 'Legal', scope: { kind: 'team', value: 'Legal' } });
    await budgets.set({ ...SUPPORT, name: 'Each customer', scope: { kind: 'customer', value: '*' } });
    const answer = await budgets.check({ ...CALL, customer: 'acme' });
    expect(answer).toMatchObject({
      verdict: 'go',
      call: { team: 'CX', provider: 'openai', atMost: { tokens: 1_100_000, cost: '3.5' } },
      notCounting: 1,
      budgets: [
        { id: 'support', verdict: 'go', reserves: '3.5', remaining: '120' },
        { id: 'each-customer', value: 'acme', verdict: 'go', remaining: '500' },
      ],
    });
  });

  it('is refused where one of them has no room, though others have', async () => {
    const { budgets } = await open();
    await budgets.set({ ...SUPPORT, amount: '10000', scope: { kind: 'organisation' }, name: 'All' });
    await budgets.set({ ...SUPPORT, amount: '383.49' });
    const answer = await budgets.check(CALL);
    expect(answer.verdict).toBe('refused');
    expect(answer.budgets.map(({ verdict }) => verdict)).toEqual(['go', 'refused']);
    expect(answer.sentence).toContain('Support: It would reserve $3.50; $3.49 is left.');
    expect((await budgets.check({ ...CALL, outputTokens: 90_000 })).verdict).toBe('go');
  });

  it('a draft is previewed: its accounts and what it would change, or what is wrong with it', async () => {
    const { budgets, published } = await open();
    await budgets.set(SUPPORT);
    const preview = await budgets.preview({ ...SUPPORT, amount: '1000' });
    expect(preview).toMatchObject({
      problems: [],
      replaces: { id: 'support', amount: '500' },
      standing: { accounts: [{ value: 'CX', spent: '380', spentPercent: 38 }] },
    });
    expect((await budgets.preview({ ...SUPPORT, amount: '-1' })).problems[0]!.path).toBe('amount');
    expect(published).toHaveLength(1);
  });
});
