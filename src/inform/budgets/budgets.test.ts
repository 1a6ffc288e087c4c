/** Where budgets stand and go: over a small ledger, with an authority that tells, tells nothing, or is away. */
import { describe, expect, it } from 'vitest';

import { lineLedger } from '../../../test/fakes/line-ledger.ts';
import type { FakeLine } from '../../../test/fakes/line-ledger.ts';
import { BudgetAuthority, openBudgets, readBudgetDraft, toBudgetRule } from '../../budgets/budgets.ts';
import type { AccountView, BudgetDraft } from '../../budgets/budgets.ts';
import { LedgerAway } from '../../ledger/ledger.ts';
import type { LedgerReader } from '../../ledger/question.ts';
import { openPriceBook } from '../../prices/prices.ts';
import type { BudgetRule } from '../../rulebook/rulebook.ts';
import { parseDollars } from '../../units/money.ts';
import {
  boundText,
  budgetsSentence,
  callBound,
  checkAccount,
  readPastWindows,
  readStandings,
} from './budgets.ts';

const DAY_MS = 86_400_000;
/** Friday 20 November 2026, noon: 19.5 days into the month, 10.5 days are left. */
const NOW_MS = Date.UTC(2026, 10, 20, 12);
const DOLLAR = parseDollars('1');

const DRAFT: BudgetDraft = {
  name: 'Support',
  scope: { kind: 'team', value: 'CX' },
  amount: '500',
  window: { kind: 'calendar', unit: 'month' },
};

function ruleOf(more: Partial<BudgetDraft> = {}): BudgetRule {
  const read = readBudgetDraft({ ...DRAFT, ...more }, 'UTC');
  if (read.kind === 'problems') throw new Error(JSON.stringify(read.problems));
  return toBudgetRule(read.budget);
}

/** Team CX spends 20 dollars at noon of every day since the first of September. */
function daily(cost = '20', team = 'CX', fromMs = Date.UTC(2026, 8, 1)): FakeLine[] {
  const days = Math.floor((NOW_MS - fromMs) / DAY_MS) + 1;
  return Array.from({ length: days }, (_, day) => ({
    atMs: fromMs + day * DAY_MS + DAY_MS / 2 - 1,
    cost,
    is: { team, workflow: `${team}-bot` },
    tokens: 1_000,
  }));
}

async function standingOf(
  rule: BudgetRule,
  lines: readonly FakeLine[],
  views: readonly AccountView[] | undefined = [],
  atMs = NOW_MS,
) {
  const ledger = lineLedger(lines).reader;
  const { standings } = await readStandings({ ledger, rules: [rule], views, atMs, past: atMs !== NOW_MS });
  return standings[0]!;
}

function viewOf(
  rule: BudgetRule,
  more: Partial<AccountView> = {},
  value = 'CX',
  simulated = false,
): AccountView {
  const { id, cap } = openBudgets([rule]).accountFor(rule, value, simulated, NOW_MS);
  const zero = { spent: 0n, reserved: 0n, presumed: 0n, exposed: 0n };
  return { account: id, cap, ...zero, known: true, ...more };
}

const AWAY: LedgerReader = {
  ...lineLedger([]).reader,
  ask: () => Promise.reject(new LedgerAway('it is being started again')),
};

describe('spend and pace', () => {
  it('is the window’s, by the ledger, where no gateway has asked; the pace carried on names the day', async () => {
    const { accounts } = await standingOf(ruleOf(), daily());
    const [account] = accounts;
    expect(accounts).toHaveLength(1);
    expect(account).toMatchObject({
      state: 'idle',
      spentBy: 'ledger',
      spent: 400n * DOLLAR,
      reserved: 0n,
      remaining: 100n * DOLLAR,
      spentPercent: 80,
      percent: 80,
    });
    // 7 days at 20 a day; 100 are left, so five days from now.
    expect(account!.burn).toMatchObject({
      perDay: 20n * DOLLAR,
      paceMs: 7 * DAY_MS,
      breachAtMs: NOW_MS + 5 * DAY_MS,
      projected: 610n * DOLLAR,
      why: '',
      crossed: undefined,
    });
  });

  it('that fits has no date, and says what the window comes to', async () => {
    const { accounts } = await standingOf(ruleOf({ amount: '610.01' }), daily());
    expect(accounts[0]!.burn).toMatchObject({ why: 'fits', breachAtMs: undefined, projected: 610n * DOLLAR });
  });

  it('that is used up says on which day', async () => {
    const { accounts } = await standingOf(ruleOf({ amount: '200' }), daily());
    const { burn, remaining, percent } = accounts[0]!;
    expect(burn).toMatchObject({
      why: 'used-up',
      breachAtMs: undefined,
      crossed: { fromMs: Date.UTC(2026, 10, 10), step: 'day' },
    });
    expect([remaining, percent]).toEqual([0n, 200]);
  });

  it('takes the last 24 hours where the ledger is younger than a week, and nothing where it is younger still', async () => {
    const three = await standingOf(ruleOf(), daily('30', 'CX', Date.UTC(2026, 10, 18)));
    expect(three.accounts[0]!.burn).toMatchObject({ paceMs: DAY_MS, perDay: 30n * DOLLAR });
    const one = await standingOf(ruleOf(), [{ atMs: NOW_MS - 1, cost: '30', is: { team: 'CX' } }]);
    expect(one.accounts[0]!.burn).toMatchObject({ paceMs: undefined, perDay: undefined, why: 'too-young' });
  });

  it('of a rolling window has no date, but what it settles at', async () => {
    const rule = ruleOf({ amount: '50', window: { kind: 'rolling', hours: 48 } });
    const { accounts } = await standingOf(rule, daily());
    expect(accounts[0]).toMatchObject({
      spent: 40n * DOLLAR,
      burn: { why: 'rolling', projected: 40n * DOLLAR },
    });
  });

  it('counts tokens and calls in their own units', async () => {
    const tokens = await standingOf(ruleOf({ unit: 'tokens', amount: '25000' }), daily());
    expect(tokens.accounts[0]).toMatchObject({ spent: 20_000n, percent: 80 });
    const calls = await standingOf(ruleOf({ unit: 'calls', amount: '25' }), daily());
    expect(calls.accounts[0]).toMatchObject({ spent: 20n, percent: 80 });
  });

  it('is of an instant that is over, by the ledger alone', async () => {
    const atMs = Date.UTC(2026, 10, 6);
    const { accounts } = await standingOf(ruleOf(), daily(), undefined, atMs);
    expect(accounts[0]).toMatchObject({ state: 'past', spent: 100n * DOLLAR, remaining: 400n * DOLLAR });
    expect(accounts[0]!.burn.breachAtMs).toBe(atMs + 20 * DAY_MS);
  });

  it('of windows before is told at their ends', async () => {
    const windows = await readPastWindows(lineLedger(daily()).reader, ruleOf(), NOW_MS, 2);
    expect(windows.map(({ accounts }) => accounts[0]!.spent)).toEqual([620n * DOLLAR, 600n * DOLLAR]);
    expect(windows[0]!.accounts[0]!.burn.crossed?.fromMs).toBe(Date.UTC(2026, 9, 25));
  });
});

describe('one budget for each', () => {
  it('has an account for every value that spent or was asked for, nearest to the cap first', async () => {
    const rule = ruleOf({ scope: { kind: 'team', value: '*' } });
    const lines = [...daily('1', 'Legal'), ...daily(), { atMs: NOW_MS - 1, cost: '9', is: {} }];
    const asked = viewOf(rule, { spent: 490n * DOLLAR, reserved: DOLLAR }, 'Sales|East');
    const { accounts } = await standingOf(rule, lines, [asked]);
    expect(accounts.map(({ value, state }) => [value, state])).toEqual([
      ['Sales|East', 'known'],
      ['CX', 'idle'],
      ['Legal', 'idle'],
    ]);
  });
});

describe('what nobody can tell is unknown and never zero', () => {
  it('the authority counts what it knows, and says what is held and presumed', async () => {
    const rule = ruleOf({ mode: 'expected', thresholds: [{ percent: 90, action: { kind: 'warn' } }] });
    const view = viewOf(rule, {
      spent: 410n * DOLLAR,
      reserved: 45n * DOLLAR,
      presumed: 5n * DOLLAR,
      exposed: 3n * DOLLAR,
    });
    const standing = await standingOf(rule, daily(), [view]);
    expect(standing.accounts[0]).toMatchObject({
      state: 'known',
      spentBy: 'authority',
      spent: 410n * DOLLAR,
      reserved: 45n * DOLLAR,
      presumed: 5n * DOLLAR,
      remaining: 45n * DOLLAR,
      spentPercent: 82,
      percent: 91,
      passed: rule.thresholds,
    });
    expect(boundText(rule, standing.accounts)).toMatch(/^Overrun now at most \$3\.00: /);
  });

  it('an authority that cannot be asked leaves what is reserved and left unknown', async () => {
    const rule = ruleOf({ mode: 'expected' });
    const standing = await standingOf(rule, daily(), undefined, NOW_MS);
    const { standings } = await readStandings({
      ledger: lineLedger(daily()).reader,
      rules: [rule],
      views: undefined,
      atMs: NOW_MS,
      past: false,
    });
    expect(standing.accounts[0]!.state).toBe('idle'); // the control: an authority that answered
    const [account] = standings[0]!.accounts;
    expect(account).toMatchObject({ state: 'unreachable', spent: 400n * DOLLAR, spentBy: 'ledger' });
    expect([account!.reserved, account!.remaining, account!.presumed, account!.exposed]).toEqual(
      Array.from({ length: 4 }),
    );
    expect(boundText(rule, standings[0]!.accounts)).toContain('not known now');
  });

  it('an authority that has not learnt yet what was spent leaves it to the ledger', async () => {
    const authority = new BudgetAuthority();
    const rule = ruleOf();
    const { id, cap } = openBudgets([rule]).accountFor(rule, 'CX', false, NOW_MS);
    authority.expect({ account: id, cap, lengthMs: 0, stepMs: 0 });
    const { accounts } = await standingOf(rule, daily(), authority.view(0));
    expect(accounts[0]).toMatchObject({ state: 'unready', spent: 400n * DOLLAR, reserved: undefined });
  });

  it('a ledger that is away leaves pace and date unknown, and the authority’s figures stand', async () => {
    const rule = ruleOf();
    const views = [viewOf(rule, { spent: 410n * DOLLAR, reserved: 0n })];
    const ask = { ledger: AWAY, rules: [rule], atMs: NOW_MS, past: false };
    const told = await readStandings({ ...ask, views });
    expect(told.completeUntilMs).toBeUndefined();
    expect(told.standings[0]!.accounts[0]).toMatchObject({
      spent: 410n * DOLLAR,
      burn: { why: 'ledger-away', perDay: undefined },
    });
    const neither = await readStandings({ ...ask, views: undefined });
    expect(neither.standings[0]!.accounts[0]).toMatchObject({ spent: undefined, percent: undefined });
    expect(budgetsSentence(neither.standings, NOW_MS)).toContain('not known now');
  });

  it('simulated calls have accounts apart, without money or a pace', async () => {
    const rule = ruleOf({ unit: 'calls', amount: '100' });
    const { accounts } = await standingOf(rule, daily(), [viewOf(rule, { spent: 7n }, 'CX', true)]);
    expect(accounts.map(({ simulated, spent }) => [simulated, spent])).toEqual([
      [false, 20n],
      [true, 7n],
    ]);
    expect(accounts[1]!.burn.why).toBe('simulated');
  });

  it('accounts of a window that is over are not shown as this one’s', async () => {
    const rule = ruleOf();
    const { id, cap } = openBudgets([rule]).accountFor(rule, 'CX', false, NOW_MS - 30 * DAY_MS);
    const old = { ...viewOf(rule), account: id, cap, spent: 499n * DOLLAR };
    const { accounts } = await standingOf(rule, daily(), [old]);
    expect(accounts.map(({ spent }) => spent)).toEqual([400n * DOLLAR]);
  });
});

describe('the sentence', () => {
  async function said(rules: readonly BudgetRule[], lines = daily()) {
    const ask = { ledger: lineLedger(lines).reader, rules, views: [], atMs: NOW_MS, past: false };
    return budgetsSentence((await readStandings(ask)).standings, NOW_MS);
  }

  it.each<[string, readonly BudgetRule[], string]>([
    ['no budget', [], 'No budget is set: nothing limits what is spent.'],
    [
      'one that will be used up',
      [ruleOf({ amount: '9000', scope: { kind: 'organisation' }, name: 'All' }), ruleOf()],
      'Support has spent 80% of its November budget with 35% of the time left; at the pace of the last 7 days it is used up on 25 November.',
    ],
    [
      'one that is used up',
      [ruleOf({ amount: '200' })],
      'Support used up its November budget of $200.00 on 10 November; $200.00 was spent beyond it.',
    ],
    [
      'one that lasts',
      [ruleOf({ amount: '900' })],
      'Support has spent 44% of its November budget with 35% of the time left; at the present pace it lasts.',
    ],
    [
      'several that last',
      [
        ruleOf({ amount: '900' }),
        ruleOf({ amount: '1000', name: 'Year', window: { kind: 'calendar', unit: 'week' } }),
      ],
      'None of 2 budgets is used up, nor will be at the present pace; the nearest is Support at 44% of its November budget with 35% of the time left.',
    ],
  ])('is about %s', async (_, rules, words) => {
    expect(await said(rules)).toBe(words);
  });
});

describe('would a call go', () => {
  const prices = openPriceBook({
    version: 'test',
    overrides: [
      { provider: 'openai', model: 'gpt-x', rates: { freshIn: '2', cacheWrite5m: '2.5', textOut: '10' } },
    ],
  });
  const size = { provider: 'openai', inputTokens: 1_000_000, outputTokens: 100_000, team: '', atMs: NOW_MS };
  const bound = callBound(prices, { ...size, model: 'gpt-x' });

  async function check(more: Partial<BudgetDraft>, view: Partial<AccountView> | 'away', asked = bound) {
    const rule = ruleOf(more);
    const ask = { ledger: lineLedger([]).reader, rules: [rule], atMs: NOW_MS, past: false };
    const views = view === 'away' ? undefined : [viewOf(rule, view)];
    const { standings } = await readStandings({ ...ask, views });
    const { verdict, reserves, words } = checkAccount(rule, standings[0]!.accounts[0]!, asked);
    return { verdict, reserves, words };
  }

  it('the bound takes the dearest of what is only known afterwards', () => {
    expect(bound).toEqual({ tokens: 1_100_000n, cost: parseDollars('3.5') }); // written to the cache, not fresh
    expect(callBound(prices, { ...size, model: 'unknown' }).cost).toBeUndefined();
  });

  it('hard: it goes where its bound fits, waits for what others hold, and is refused beyond the cap', async () => {
    const fits = await check({}, { spent: parseDollars('496.5') });
    expect(fits).toMatchObject({ verdict: 'go', reserves: parseDollars('3.5') });
    const held = await check({}, { spent: parseDollars('490'), reserved: parseDollars('7') });
    expect(held.verdict).toBe('waits');
    const over = await check({}, { spent: parseDollars('496.500000000001') });
    expect(over.verdict).toBe('refused');
    expect(over.words).toMatch(/It would reserve \$3\.50; \$3\.499999999999 is left/);
  });

  it('hard: without a price it is refused, unless the budget says what such a call is taken to cost', async () => {
    const unpriced = { tokens: 10n, cost: undefined };
    expect((await check({}, {}, unpriced)).verdict).toBe('refused');
    expect(await check({ unboundedCall: '2' }, {}, unpriced)).toMatchObject({
      verdict: 'go',
      reserves: 2n * DOLLAR,
    });
  });

  it('tokens and calls are bounded without a price', async () => {
    expect((await check({ unit: 'tokens', amount: '1099999' }, {})).verdict).toBe('refused');
    expect((await check({ unit: 'calls', amount: '1' }, {})).verdict).toBe('go');
    expect((await check({ unit: 'calls', amount: '1' }, { spent: 1n })).verdict).toBe('refused');
  });

  it('expected: it goes as long as anything is left; observe: always', async () => {
    expect((await check({ mode: 'expected' }, { spent: parseDollars('499.99') })).verdict).toBe('go');
    expect((await check({ mode: 'expected' }, { spent: parseDollars('500') })).verdict).toBe('refused');
    expect((await check({ mode: 'observe' }, { spent: parseDollars('700') })).verdict).toBe('go');
  });

  it('a threshold that blocks refuses before the cap', async () => {
    const thresholds = [{ percent: 90, action: { kind: 'block' } }] as const;
    expect((await check({ thresholds }, { spent: parseDollars('449') })).verdict).toBe('go');
    expect((await check({ thresholds }, { spent: parseDollars('450') })).verdict).toBe('refused');
  });

  it('what cannot be known is said, not guessed', async () => {
    const away = await check({}, 'away');
    expect(away).toMatchObject({ verdict: 'unknown' });
    expect(away.words).toContain('does not answer');
    expect((await check({}, { known: false })).verdict).toBe('unknown');
  });
});
