/**
 * What every budget authority answers, wherever it is: one table of scripts for the machine in this process, the one
 * behind a socket, and the one in Redis. Times are the script's; revisions are each machine's own.
 */
import fc from 'fast-check';

import type { AccountOf, AuthorityBooks, AuthorityLink, HolderTotals } from '../../src/budgets/budgets.ts';

/** A machine under test; each holder has a way of its own to it. */
export interface Machine {
  setNow(nowMs: number): Promise<void>;
  linkOf(holder: string): AuthorityLink;
  readonly books: AuthorityBooks;
  lose(holder: string): Promise<void>;
}

export type Step =
  | {
      readonly do: 'attach';
      readonly holder: string;
      readonly session: number;
      readonly totals: readonly HolderTotals[];
    }
  | {
      readonly do: 'grant';
      readonly holder: string;
      readonly session: number;
      readonly number: number;
      readonly lines: ReadonlyArray<{
        readonly account: string;
        readonly need: bigint;
        readonly want: bigint;
      }>;
    }
  | {
      readonly do: 'report';
      readonly holder: string;
      readonly session: number;
      readonly totals: readonly HolderTotals[];
    }
  | { readonly do: 'lose'; readonly holder: string }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'wanted' }
  /** Remembers the revisions for the rebases that follow. */
  | { readonly do: 'look' }
  | { readonly do: 'expect'; readonly account: string }
  | {
      readonly do: 'rebase';
      readonly account: string;
      readonly base: ReadonlyArray<readonly [number, bigint]>;
      readonly ended: readonly string[];
    }
  | { readonly do: 'forget'; readonly holder: string }
  | { readonly do: 'close'; readonly account: string; readonly ended: readonly string[] }
  | { readonly do: 'views' };

export const START_MS = Date.UTC(2026, 10, 25, 12);
const STEP_MS = 60_000;
/** A calendar account of a million dollars, a small one, and a rolling hour. Picodollars past 2^53 on purpose. */
const ACCOUNTS: Readonly<Record<string, AccountOf>> = {
  large: { account: 'large', cap: 10n ** 18n, lengthMs: 0, stepMs: 0 },
  small: { account: 'small|a%7Cb/"é', cap: 1_000n, lengthMs: 0, stepMs: 0 },
  rolling: { account: 'rolling', cap: 9_007_199_254_740_993n, lengthMs: 60 * STEP_MS, stepMs: STEP_MS },
};

function accountOf(name: string): AccountOf {
  const account = ACCOUNTS[name];
  if (account === undefined) throw new Error(`there is no account ${name}`);
  return account;
}

export function totals(name: string, over: Partial<HolderTotals> = {}): HolderTotals {
  const none = { granted: 0n, returned: 0n, overdrawn: 0n, settled: 0n, exposed: 0n, steps: [] };
  return { ...accountOf(name), ...none, ...over };
}

/** Runs a script. @returns every answer in an order of its own, without what machines may choose. */
export async function play(machine: Machine, steps: readonly Step[]): Promise<unknown[]> {
  const answers: unknown[] = [];
  const revisions = new Map<string, string>();
  let nowMs = START_MS;
  for (const step of steps) {
    if (step.do === 'wait') nowMs += step.ms;
    await machine.setNow(nowMs);
    answers.push(await take(machine, step, revisions));
  }
  return answers;
}

async function take(machine: Machine, step: Step, revisions: Map<string, string>): Promise<unknown> {
  const { books } = machine;
  switch (step.do) {
    case 'wait':
      return 'waited';
    case 'attach': {
      const { holder, session, totals: all } = step;
      await machine.linkOf(holder).attach({ holder, session, totals: all });
      return 'attached';
    }
    case 'grant': {
      const { holder, session, number } = step;
      const lines = step.lines.map(({ account, need, want }) => ({ ...accountOf(account), need, want }));
      return machine.linkOf(holder).grant({ holder, session, number, lines });
    }
    case 'report': {
      const { holder, session, totals: all } = step;
      const answer = await machine.linkOf(holder).report({ holder, session, totals: all });
      return answer.kind === 'heard' ? { ...answer, recall: answer.recall.toSorted() } : answer;
    }
    case 'lose':
      await machine.lose(step.holder);
      return 'lost';
    case 'wanted':
      return books.wanted();
    case 'look': {
      const { accounts, holders } = await books.look();
      for (const { account, revision } of accounts) revisions.set(account, revision);
      return {
        accounts: sorted(
          accounts.map(({ account, known, holders: of }) => ({ account, known, of: of.toSorted() })),
        ),
        holders: sorted(holders),
      };
    }
    case 'expect':
      await books.expect([accountOf(step.account)]);
      return 'expected';
    case 'rebase': {
      const { account } = accountOf(step.account);
      const revision = revisions.get(account) ?? 'never looked at';
      return books.rebase([{ account, revision, base: new Map(step.base), ended: step.ended }]);
    }
    case 'forget':
      await books.forget(step.holder);
      return 'forgotten, or not';
    case 'close':
      await books.close([accountOf(step.account).account], step.ended);
      return 'closed, or not';
    case 'views':
      return sorted(await books.views());
  }
}

function sorted<Item>(items: readonly Item[]): Item[] {
  const text = (item: Item): string =>
    JSON.stringify(item, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  return items.toSorted((a, b) => (text(a) < text(b) ? -1 : 1));
}

// --- named scripts ---------------------------------------------------------------------------------------------

export interface Case {
  readonly name: string;
  readonly steps: readonly Step[];
  /** What the last answer holds. */
  readonly last: unknown;
}

const attach = (holder: string, session = 1, all: readonly HolderTotals[] = []): Step => ({
  do: 'attach',
  holder,
  session,
  totals: all,
});
const grant = (
  holder: string,
  number: number,
  need: bigint,
  want = need,
  account = 'small',
  session = 1,
): Step => ({
  do: 'grant',
  holder,
  session,
  number,
  lines: [{ account, need, want }],
});
const report = (holder: string, all: readonly HolderTotals[], session = 1): Step => ({
  do: 'report',
  holder,
  session,
  totals: all,
});
const based = (account: string, spent = 0n, ended: readonly string[] = []): readonly Step[] => [
  { do: 'expect', account },
  { do: 'look' },
  { do: 'rebase', account, base: [[0, spent]], ended },
];
const VIEWS: Step = { do: 'views' };

export const CASES: readonly Case[] = [
  {
    name: 'does not know who has not introduced itself',
    steps: [grant('h1', 1, 1n)],
    last: { kind: 'detached' },
  },
  {
    name: 'gives nothing before the ledger was asked',
    steps: [attach('h1'), grant('h1', 1, 1n)],
    last: { kind: 'unready', line: 0 },
  },
  {
    name: 'says that somebody waits for a base',
    steps: [attach('h1'), grant('h1', 1, 1n), { do: 'wanted' }],
    last: true,
  },
  {
    name: 'gives a slice of a quarter of what is left, divided by who lives',
    steps: [...based('small', 200n), attach('h1'), attach('h2'), grant('h1', 1, 10n, 500n)],
    last: { kind: 'granted', amounts: [100n] },
  },
  {
    name: 'gives the cap to the last picodollar, and not one more',
    steps: [
      ...based('large', 1n),
      attach('h1'),
      grant('h1', 1, 10n ** 18n - 1n, 10n ** 18n, 'large'),
      grant('h1', 2, 1n, 1n, 'large'),
    ],
    last: { kind: 'full', line: 0, spent: 1n, held: 10n ** 18n - 1n, cap: 10n ** 18n, couldFit: true },
  },
  {
    name: 'answers a repeated number as before',
    steps: [...based('small'), attach('h1'), grant('h1', 1, 600n), grant('h1', 1, 600n), VIEWS],
    last: [{ reserved: 600n }],
  },
  {
    name: 'does not hear an older session',
    steps: [...based('small'), attach('h1', 2), grant('h1', 1, 1n)],
    last: { kind: 'detached' },
  },
  {
    name: 'gives in all accounts of an ask or in none',
    steps: [
      ...based('small'),
      ...based('large'),
      attach('h1'),
      {
        do: 'grant',
        holder: 'h1',
        session: 1,
        number: 1,
        lines: [
          { account: 'large', need: 5n, want: 5n },
          { account: 'small', need: 1_001n, want: 1_001n },
        ],
      },
      VIEWS,
    ],
    last: [{ reserved: 0n }, { reserved: 0n }],
  },
  {
    name: 'takes running totals in any order, as often as they come',
    steps: [
      ...based('small'),
      attach('h1'),
      grant('h1', 1, 600n),
      report('h1', [totals('small', { returned: 100n, settled: 400n, steps: [[0, 400n]] })]),
      report('h1', [totals('small', { returned: 50n, settled: 300n, steps: [[0, 300n]] })]),
      VIEWS,
    ],
    last: [{ spent: 400n, reserved: 100n }],
  },
  {
    name: 'asks idle slices back while somebody waits, and no longer',
    steps: [
      ...based('small'),
      attach('h1'),
      attach('h2'),
      grant('h1', 1, 600n),
      grant('h2', 1, 600n),
      report('h1', []),
    ],
    last: { kind: 'heard', recall: ['small|a%7Cb/"é'] },
  },
  {
    name: 'gives single reservations while somebody waits',
    steps: [
      ...based('small'),
      attach('h1'),
      grant('h1', 1, 900n),
      grant('h1', 2, 200n),
      grant('h1', 3, 10n, 90n),
    ],
    last: { kind: 'granted', amounts: [10n] },
  },
  {
    name: 'keeps what a lost holder held as presumed',
    steps: [...based('small'), attach('h1'), grant('h1', 1, 300n), { do: 'lose', holder: 'h1' }, VIEWS],
    last: [{ reserved: 300n, presumed: 300n }],
  },
  {
    name: 'takes a holder that was silent for its lease for lost, and back when it is heard',
    steps: [
      ...based('small'),
      attach('h1'),
      grant('h1', 1, 300n),
      { do: 'wait', ms: 3_001 },
      VIEWS,
      report('h1', []),
      VIEWS,
    ],
    last: [{ reserved: 300n, presumed: 0n }],
  },
  {
    name: 'ends a holder with the base that has its lines, in one step',
    steps: [
      ...based('small'),
      attach('h1'),
      grant('h1', 1, 300n),
      { do: 'lose', holder: 'h1' },
      { do: 'look' },
      { do: 'rebase', account: 'small', base: [[0, 120n]], ended: ['h1'] },
      { do: 'forget', holder: 'h1' },
      VIEWS,
    ],
    last: [{ spent: 120n, reserved: 0n, presumed: 0n }],
  },
  {
    name: 'does not set a base that was asked for before another was set',
    steps: [...based('small', 5n), { do: 'rebase', account: 'small', base: [[0, 9n]], ended: [] }, VIEWS],
    last: [{ spent: 5n }],
  },
  {
    name: 'does not forget a holder that still has a part of an account',
    steps: [
      ...based('small'),
      attach('h1'),
      grant('h1', 1, 300n),
      { do: 'forget', holder: 'h1' },
      { do: 'look' },
    ],
    last: { holders: [{ holder: 'h1' }] },
  },
  {
    name: 'replaces what it knew of a holder by what the holder says when it begins again',
    steps: [
      ...based('small'),
      attach('h1'),
      grant('h1', 1, 300n),
      attach('h1', 2, [totals('small', { granted: 200n, settled: 150n, steps: [[0, 150n]] })]),
      VIEWS,
    ],
    last: [{ spent: 150n, reserved: 50n }],
  },
  {
    name: 'counts spend beyond what was given',
    steps: [
      ...based('small', 900n),
      attach('h1'),
      report('h1', [totals('small', { overdrawn: 250n, settled: 250n, steps: [[0, 250n]] })]),
      grant('h1', 1, 1n),
    ],
    last: { kind: 'full', spent: 1_150n, held: 0n, couldFit: false },
  },
  {
    name: 'lets spend leave a rolling window step by step',
    steps: [
      { do: 'expect', account: 'rolling' },
      { do: 'look' },
      {
        do: 'rebase',
        account: 'rolling',
        base: [
          [START_MS - 60 * STEP_MS, 9_007_199_254_740_990n],
          [START_MS, 1n],
        ],
        ended: [],
      },
      attach('h1'),
      grant('h1', 1, 3n, 3n, 'rolling'),
      { do: 'wait', ms: STEP_MS },
      grant('h1', 2, 3n, 3n, 'rolling'),
    ],
    last: { kind: 'granted', amounts: [3n] },
  },
  {
    name: 'closes an account once nothing is held in it',
    steps: [
      ...based('small'),
      attach('h1'),
      grant('h1', 1, 300n),
      { do: 'close', account: 'small', ended: [] },
      { do: 'lose', holder: 'h1' },
      { do: 'close', account: 'small', ended: ['h1'] },
      { do: 'look' },
    ],
    last: { accounts: [] },
  },
  {
    name: 'takes corrections below zero',
    steps: [...based('small', -500n), attach('h1'), grant('h1', 1, 1_500n), VIEWS],
    last: [{ spent: -500n, reserved: 1_500n }],
  },
];

// --- random scripts --------------------------------------------------------------------------------------------

const HOLDERS = ['h1', 'h2', 'gateway-3.a_b-17'] as const;
const holder = fc.constantFrom(...HOLDERS);
const account = fc.constantFrom(...Object.keys(ACCOUNTS));
const session = fc.integer({ min: 1, max: 3 });
const amount = fc.oneof(
  fc.bigInt({ min: 0n, max: 400n }),
  fc.bigInt({ min: 0n, max: 10n ** 16n }),
  fc.bigInt({ min: 0n, max: 10n ** 18n }),
);
const clockStep = fc.integer({ min: -70, max: 2 }).map((steps) => START_MS + steps * STEP_MS);
const spentSteps = fc.uniqueArray(fc.tuple(clockStep, amount), { maxLength: 4, selector: ([at]) => at });
const someTotals = fc.uniqueArray(
  fc.record({
    name: account,
    granted: amount,
    returned: amount,
    overdrawn: amount,
    settled: amount,
    exposed: amount,
    steps: spentSteps,
  }),
  { maxLength: 2, selector: ({ name }) => name },
);
const told = someTotals.map((all) => all.map(({ name, ...over }) => totals(name, over)));
const ended = fc.subarray([...HOLDERS]);

const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('attach' as const), holder, session, totals: told }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('grant' as const),
      holder,
      session,
      number: fc.integer({ min: 1, max: 30 }),
      lines: fc.uniqueArray(fc.record({ account, need: amount, want: amount }), {
        minLength: 1,
        maxLength: 3,
        selector: (line) => line.account,
      }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('report' as const), holder, session, totals: told }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const), holder }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 200_000 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 2_000 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'wanted' as const }) },
  { weight: 3, arbitrary: fc.constant({ do: 'look' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expect' as const), account }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('rebase' as const),
      account,
      base: fc.uniqueArray(fc.tuple(clockStep, fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n })), {
        maxLength: 4,
        selector: ([at]) => at,
      }),
      ended,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), holder }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), account, ended }) },
  { weight: 2, arbitrary: fc.constant({ do: 'views' as const }) },
);

/** Begins with everybody introduced and every account based, so that most of what follows is not refused at the door. */
const OPENING: readonly Step[] = [
  ...Object.keys(ACCOUNTS).map((name): Step => ({ do: 'expect', account: name })),
  { do: 'look' },
  ...Object.keys(ACCOUNTS).map((name): Step => ({ do: 'rebase', account: name, base: [], ended: [] })),
  ...HOLDERS.map((one) => attach(one)),
];

export const SCRIPTS: fc.Arbitrary<readonly Step[]> = fc
  .tuple(fc.boolean(), fc.array(STEP, { minLength: 1, maxLength: 40 }))
  .map(([opened, steps]) => (opened ? [...OPENING, ...steps] : steps));
