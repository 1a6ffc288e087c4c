/** Spend as budgets ask for it, against the same worked out in memory without SQL; and the workers' lines told apart. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openBudgets } from '../../src/budgets/budgets.ts';
import { encodeLines, openLedger } from '../../src/ledger/ledger.ts';
import type { Ledger, SpendAsk } from '../../src/ledger/ledger.ts';
import { baseQuestions, basesOf, withBudgetsSince } from '../../src/operate/operate.ts';
import type { BudgetRule, RulebookData } from '../../src/rulebook/rulebook.ts';
import { sideTotal } from '../../src/units/tokens.ts';
import { sampleSettlements } from './ledger-samples.ts';
import { costOf, trueLines } from './ledger-truth.ts';
import type { TrueLine } from './ledger-truth.ts';

const SPAN = { fromMs: Date.parse('2026-11-20T00:00:00Z'), toMs: Date.parse('2026-11-25T00:00:00Z') };
const NOW_MS = SPAN.toMs;
const SINCE = 12;
const JOURNALS = ['gateway-1-1', 'gateway-2-1', 'gateway-3-1'] as const;

interface Written extends TrueLine {
  readonly journal: string;
}

let path: string;
let ledger: Ledger;
let lines: Written[];

beforeAll(async () => {
  path = mkdtempSync(join(tmpdir(), 'setpoint-spend-'));
  ledger = await openLedger({
    place: { kind: 'embedded', path },
    nowMs: () => NOW_MS,
    progress: () => ({
      backlogFrames: 0,
      completeUntilMs: NOW_MS,
      trouble: '',
      openJournals: ['a'],
      step: 3,
    }),
  });
  lines = [];
  const settlements = sampleSettlements(8_080, 1_500, SPAN).map((one, at) => ({
    ...one,
    intent: {
      ...one.intent,
      rulebookVersion: 10 + (at % 5),
      kind: at % 17 === 0 ? ('result' as const) : one.intent.kind,
    },
  }));
  for (const [at, journal] of JOURNALS.entries()) {
    const own = settlements.filter((_, index) => index % JOURNALS.length === at);
    lines.push(...trueLines(own).map((line) => ({ ...line, journal })));
    const rows = own.map((one, sequence) => Buffer.from(encodeLines(one, { journal, sequence })));
    await ledger.insert({ token: `${journal}:0:${rows.length}:x`, rows, count: rows.length });
  }
});

afterAll(async () => {
  await ledger.close();
  rmSync(path, { recursive: true, force: true });
});

const ASK: SpendAsk = {
  during: SPAN,
  by: null,
  where: [],
  simulated: 'exclude',
  stepMs: 0,
  journals: [],
  sinceRulebook: 0,
};
const real = ({ settlement }: TrueLine): boolean => !settlement.intent.simulated;
const tokensOf = (all: readonly TrueLine[]): bigint =>
  all.reduce(
    (sum, { charge }) => sum + BigInt(sideTotal(charge.usage, 'input') + sideTotal(charge.usage, 'output')),
    0n,
  );

describe('spend of the lines', () => {
  it('is exact in money, tokens, calls and what has no price', async () => {
    const [all] = await ledger.spend(ASK);
    const mine = lines.filter(real);
    const whole = await ledger.ask({
      of: ['calls', 'unpricedCalls'],
      by: [],
      during: SPAN,
      where: [],
      timeZone: 'UTC',
      simulated: 'exclude',
      limit: 1,
    });
    expect(all).toEqual({
      value: '',
      stepMs: 0,
      journal: '',
      cost: costOf(mine),
      tokens: tokensOf(mine),
      calls: BigInt(whole.total.calls!),
      unpricedCalls: BigInt(whole.total.unpricedCalls!),
    });
    expect(all!.unpricedCalls).toBeGreaterThan(0n);
  });

  it('is told apart by value, by step, and by who wrote it since the budget began', async () => {
    const stepMs = 3_600_000;
    const rows = await ledger.spend({
      ...ASK,
      by: 'team',
      stepMs,
      journals: [JOURNALS[0], JOURNALS[1]],
      sinceRulebook: SINCE,
    });
    const expected = new Map<string, bigint>();
    for (const line of lines.filter(real)) {
      const { intent } = line.settlement;
      const apart =
        line.journal !== JOURNALS[2] && intent.rulebookVersion >= SINCE && intent.kind !== 'result';
      const step = Math.floor(intent.startedAtMs / stepMs) * stepMs;
      const name = JSON.stringify([intent.attribution.team, step, apart ? line.journal : '']);
      expected.set(name, (expected.get(name) ?? 0n) + costOf([line]));
    }
    expect(new Set(rows.map(({ journal }) => journal))).toEqual(new Set(['', JOURNALS[0], JOURNALS[1]]));
    expect(
      new Map(rows.map((row) => [JSON.stringify([row.value, row.stepMs, row.journal]), row.cost])),
    ).toEqual(expected);
  });

  it.each<[string, Partial<SpendAsk>]>([
    ['a time as dimension', { by: 'day' }],
    ['buckets', { by: 'bucket' }],
    ['a step that is no count', { stepMs: 0.5 }],
    ['no dimension at all', { by: 'nobody' as never }],
  ])('cannot be asked by %s', async (_name, over) => {
    await expect(ledger.spend({ ...ASK, ...over })).rejects.toThrow(RangeError);
  });

  it('comes with the journals that are open', async () => {
    expect(await ledger.health()).toMatchObject({ openJournals: ['a'], drainStep: 3 });
  });
});

function rule(over: Partial<BudgetRule> = {}): BudgetRule {
  return {
    id: 'b1',
    name: 'Teams',
    scope: { kind: 'team', value: '*', tag: '' },
    unit: 'money',
    amount: '1000000',
    window: { kind: 'calendar', unit: 'month', timeZone: 'UTC' },
    mode: 'hard',
    thresholds: [],
    onAuthorityLoss: 'local',
    unboundedCall: '5000',
    ...over,
  };
}

describe('the base of an account', () => {
  const budget = rule();
  const book = openBudgets([budget]);
  const teams = (): string[] =>
    [...new Set(lines.map(({ settlement }) => settlement.intent.attribution.team))].filter(Boolean);

  it('is everything but what its holders count, each account by its own', async () => {
    const [first = '', second = ''] = teams();
    const accounts = [
      { value: first, holders: [JOURNALS[0]] },
      { value: second, holders: [JOURNALS[1], JOURNALS[2]] },
    ].map(({ value, holders }) => {
      const account = book.accountFor(budget, value, false, NOW_MS);
      return { account, booked: { account: account.id, known: true, revision: '1', holders } };
    });
    const [question, ...others] = baseQuestions(accounts, () => SINCE, NOW_MS);
    expect(others).toEqual([]);
    const bases = basesOf(question!, await ledger.spend(question!.ask), new Set([JOURNALS[2]]));
    const expected = [
      { value: first, counted: [JOURNALS[0]] as string[] },
      { value: second, counted: [JOURNALS[1]] },
    ].map(({ value, counted }) => {
      const own = lines.filter(({ journal, settlement: { intent } }) => {
        const apart =
          counted.includes(journal) && intent.rulebookVersion >= SINCE && intent.kind !== 'result';
        return intent.attribution.team === value && !intent.simulated && !apart;
      });
      const unpriced = own.filter(
        ({ charge, part, settlement: { intent } }) =>
          charge.cost.kind === 'unpriced' &&
          part === 0 &&
          intent.endpoint === 'inference' &&
          intent.attemptNumber === 1,
      );
      return { cost: costOf(own), unpriced: unpriced.length };
    });
    for (const [at, { cost }] of expected.entries()) {
      const [step, amount] = [...bases[at]!][0]!;
      expect(step).toBe(Date.UTC(2026, 10, 1));
      expect((amount - cost) % 5_000n).toBe(0n); // what has no price counts what the budget takes such a call for
      expect(amount).toBeGreaterThan(cost);
    }
  });

  it('keeps the steps of a rolling window, one that is half outside included', () => {
    const rolling = rule({ window: { kind: 'rolling', hours: 24 } });
    const account = openBudgets([rolling]).accountFor(rolling, 'x', false, NOW_MS);
    const booked = { account: account.id, known: false, revision: '1', holders: [] };
    const [question] = baseQuestions([{ account, booked }], () => 0, NOW_MS);
    expect(question!.ask).toMatchObject({ stepMs: 1_440_000, where: [{ dimension: 'team', is: ['x'] }] });
    expect(question!.ask.during.fromMs).toBe(NOW_MS - 86_400_000 - 1_440_000);
  });
});

describe('since when a budget counts', () => {
  const data = (version: number, budgets: readonly BudgetRule[]): RulebookData =>
    ({ version, budgets }) as unknown as RulebookData;

  it('stays as long as the budget counts the same calls, whatever else of it changes', () => {
    const first = withBudgetsSince(data(3, [rule()]), undefined);
    const second = withBudgetsSince(data(4, [rule({ amount: '7', mode: 'observe' })]), first);
    expect([first.budgetsSince, second.budgetsSince]).toEqual([{ b1: 3 }, { b1: 3 }]);
  });

  it.each<[string, Partial<BudgetRule>]>([
    ['scope', { scope: { kind: 'tag', value: '*', tag: 'env' } }],
    ['unit', { unit: 'tokens' }],
    ['window', { window: { kind: 'rolling', hours: 1 } }],
  ])('begins anew with another %s', (_name, over) => {
    const first = withBudgetsSince(data(3, [rule()]), undefined);
    expect(withBudgetsSince(data(4, [rule(over)]), first).budgetsSince).toEqual({ b1: 4 });
  });

  it('begins anew after a gap', () => {
    const gap = withBudgetsSince(data(4, []), withBudgetsSince(data(3, [rule()]), undefined));
    expect(withBudgetsSince(data(5, [rule()]), gap).budgetsSince).toEqual({ b1: 5 });
  });
});
