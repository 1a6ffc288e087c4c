import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { BudgetRule } from '../rulebook/rulebook.ts';
import { BudgetAuthority, openBudgets, SliceHolder } from './budgets.ts';
import type { Account, Admission, AuthorityLink, Reservation } from './budgets.ts';

const NOW_MS = Date.UTC(2026, 10, 25, 12);

function rule(over: Partial<BudgetRule> = {}): BudgetRule {
  return {
    id: 'b1',
    name: 'Support',
    scope: { kind: 'organisation', value: '', tag: '' },
    unit: 'money',
    amount: '1000',
    window: { kind: 'calendar', unit: 'month', timeZone: 'UTC' },
    mode: 'hard',
    thresholds: [],
    onAuthorityLoss: 'local',
    unboundedCall: '',
    ...over,
  };
}

const OWNER = { workflow: 'triage', team: 'support', customer: 'acme', key: 'k1', tags: { env: 'live' } };

interface World {
  readonly authority: BudgetAuthority;
  readonly link: AuthorityLink & { up: boolean };
  nowMs: number;
  holder(name: string, waitMs?: number): SliceHolder;
}

/** The real state machines, joined by calls that take a turn of the event loop. */
function world(): World {
  const authority = new BudgetAuthority();
  const made: World = {
    authority,
    nowMs: 0,
    link: {
      up: true,
      async attach(attach) {
        await turn(made.link);
        authority.attach(attach, made.nowMs + NOW_MS);
      },
      async grant(ask) {
        await turn(made.link);
        const answer = authority.grant(ask, made.nowMs + NOW_MS);
        if (answer.kind === 'unready') for (const one of authority.wanted) rebase(authority, one, 0n, []);
        return answer;
      },
      async report(report) {
        await turn(made.link);
        return authority.report(report, made.nowMs + NOW_MS);
      },
    },
    holder: (name, waitMs = 1_000) =>
      new SliceHolder({
        holder: name,
        link: made.link,
        nowMs: () => made.nowMs + NOW_MS,
        monotonicMs: () => made.nowMs,
        pause: async (ms) => {
          made.nowMs += ms;
          await new Promise((resolve) => setImmediate(resolve));
        },
        longestWaitMs: waitMs,
        onTrouble: () => undefined,
      }),
  };
  return made;
}

/** As a bookkeeper does that has just asked the ledger. */
function rebase(authority: BudgetAuthority, account: string, spent: bigint, ended: readonly string[]): void {
  const revision = authority.booked().find((one) => one.account === account)!.revision;
  authority.rebase({ account, revision, base: new Map([[Date.UTC(2026, 10, 1), spent]]), ended });
}

async function turn(link: { readonly up: boolean }): Promise<void> {
  await Promise.resolve();
  if (!link.up) throw new Error('nobody answers');
}

function reservationOf(admission: Admission): Reservation {
  if (admission.kind !== 'reserved') throw new Error(`not reserved: ${admission.kind}`);
  return admission.reservation;
}

const view = (authority: BudgetAuthority, account: Account) =>
  authority.view(NOW_MS).find((one) => one.account === account.id)!;

describe('accounts', () => {
  const at = (over: Partial<BudgetRule>) => openBudgets([rule(over)]).accountsOf(OWNER, false, NOW_MS);

  it.each([
    ['organisation', { kind: 'organisation', value: '', tag: '' }, ''],
    ['team', { kind: 'team', value: 'support', tag: '' }, 'support'],
    ['workflow', { kind: 'workflow', value: 'triage', tag: '' }, 'triage'],
    ['customer', { kind: 'customer', value: '*', tag: '' }, 'acme'],
    ['key', { kind: 'key', value: 'k1', tag: '' }, 'k1'],
    ['tag', { kind: 'tag', value: 'live', tag: 'env' }, 'live'],
  ] as const)('counts a call by its %s', (_name, scope, value) => {
    expect(at({ scope }).map((one) => one.value)).toEqual([value]);
    const other = { workflow: '', team: '', customer: '', key: '', tags: {} };
    const counts = openBudgets([rule({ scope })]).accountsOf(other, false, NOW_MS).length;
    expect(counts).toBe(scope.kind === 'organisation' ? 1 : 0);
  });

  it('gives each window, value and reality its own', () => {
    const book = openBudgets([rule({ scope: { kind: 'customer', value: '*', tag: '' } })]);
    const ids = [
      book.accountsOf(OWNER, false, NOW_MS),
      book.accountsOf({ ...OWNER, customer: 'a|b' }, false, NOW_MS),
      book.accountsOf(OWNER, true, NOW_MS),
      book.accountsOf(OWNER, false, Date.UTC(2026, 11, 1)),
      book.accountsOf(OWNER, false, Date.UTC(2026, 10, 1)),
    ].map(([one]) => one?.id);
    expect(new Set(ids).size).toBe(4);
    expect(ids[0]).toBe(ids[4]);
  });

  it.each([
    ['hour', '2026-11-25T17:30:00+05:30', '2026-11-25T18:30:00+05:30'],
    ['day', '2026-11-25T00:00:00+05:30', '2026-11-26T00:00:00+05:30'],
    ['week', '2026-11-23T00:00:00+05:30', '2026-11-30T00:00:00+05:30'],
    ['month', '2026-11-01T00:00:00+05:30', '2026-12-01T00:00:00+05:30'],
    ['quarter', '2026-10-01T00:00:00+05:30', '2027-01-01T00:00:00+05:30'],
    ['year', '2026-01-01T00:00:00+05:30', '2027-01-01T00:00:00+05:30'],
  ] as const)('begins a calendar %s where its time zone does', (unit, from, to) => {
    const [account] = at({ window: { kind: 'calendar', unit, timeZone: 'Asia/Kolkata' } });
    const hour = unit === 'hour' ? 1_800_000 : 0; // 12:00 UTC is 17:30 there: its hour began at 17:00
    expect(account?.window).toMatchObject({ fromMs: Date.parse(from) - hour, toMs: Date.parse(to) - hour });
  });
});

describe('one holder', () => {
  it('reserves, settles once, and frees what is left', async () => {
    const all = world();
    const holder = all.holder('h1');
    const [account] = openBudgets([rule()]).accountsOf(OWNER, false, NOW_MS) as [Account];
    const first = reservationOf(await holder.admit([{ account, amount: 600n }], NOW_MS));
    first.settle([250n]);
    first.settle([250n]);
    const second = reservationOf(await holder.admit([{ account, amount: 750n }], NOW_MS));
    second.settle([100n]);
    await holder.close();
    expect(view(all.authority, account)).toMatchObject({ spent: 350n, reserved: 0n });
  });

  it('refuses at once what can never fit, and waits for what could', async () => {
    const all = world();
    const holder = all.holder('h1');
    const [account] = openBudgets([rule()]).accountsOf(OWNER, false, NOW_MS) as [Account];
    const first = reservationOf(await holder.admit([{ account, amount: 900n }], NOW_MS));
    expect(await holder.admit([{ account, amount: 1_001n }], NOW_MS)).toMatchObject({
      kind: 'full',
      spent: 0n,
    });
    const waiting = holder.admit([{ account, amount: 500n }], NOW_MS);
    await new Promise((resolve) => setImmediate(resolve));
    first.settle([10n]);
    expect(await waiting).toMatchObject({ kind: 'reserved' });
  });

  it('reserves in every budget or in none', async () => {
    const all = world();
    const holder = all.holder('h1', 0);
    const small = rule({ id: 'b2', amount: '10', scope: { kind: 'team', value: 'support', tag: '' } });
    const accounts = openBudgets([rule(), small]).accountsOf(OWNER, false, NOW_MS);
    const needs = accounts.map((account) => ({ account, amount: 11n }));
    expect(await holder.admit(needs, NOW_MS)).toMatchObject({
      kind: 'full',
      account: { rule: { id: 'b2' } },
    });
    await holder.close();
    for (const account of accounts) expect(view(all.authority, account)).toMatchObject({ reserved: 0n });
  });

  it.each([
    ['closed', false, 'unreachable'],
    ['local', false, 'reserved'],
    ['local', true, 'unreachable'],
    ['open', true, 'reserved'],
  ] as const)(
    'without the authority, %s (beyond the slice: %s) is %s',
    async (onAuthorityLoss, beyond, kind) => {
      const all = world();
      const holder = all.holder('h1', 0);
      const [account] = openBudgets([rule({ onAuthorityLoss })]).accountsOf(OWNER, false, NOW_MS) as [
        Account,
      ];
      reservationOf(await holder.admit([{ account, amount: 100n }], NOW_MS)).settle([0n]);
      all.link.up = false;
      await holder.flush();
      expect(await holder.admit([{ account, amount: beyond ? 999n : 50n }], NOW_MS)).toMatchObject({ kind });
      all.link.up = true;
      await holder.flush();
      expect(holder.reachable).toBe(true);
    },
  );

  it('extends a stream as far as there is something left', async () => {
    const all = world();
    const holder = all.holder('h1', 0);
    const [account] = openBudgets([rule()]).accountsOf(OWNER, false, NOW_MS) as [Account];
    const stream = reservationOf(await holder.admit([{ account, amount: 100n }], NOW_MS));
    expect(await stream.extend([700n])).toBe(true);
    expect(await stream.extend([300n])).toBe(false);
    stream.settle([790n]);
    await holder.close();
    expect(view(all.authority, account)).toMatchObject({ spent: 790n, reserved: 0n });
  });
});

describe('a holder that introduces itself again', () => {
  it('takes no answer that was given before: the authority has forgotten it', async () => {
    const all = world();
    const holder = all.holder('h1', 0);
    const [account] = openBudgets([rule({ amount: '100' })]).accountsOf(OWNER, false, NOW_MS) as [Account];
    await holder.flush();
    // An answer that is on its way while the connection is lost and made again.
    let deliver = (): void => undefined;
    const grant = all.link.grant;
    all.link.grant = async (ask) => {
      const answer = await grant(ask);
      await new Promise<void>((resolve) => (deliver = resolve));
      return answer;
    };
    const late = holder.admit([{ account, amount: 60n }], NOW_MS);
    await new Promise((resolve) => setImmediate(resolve));
    const first = deliver;
    all.link.up = false;
    await holder.flush();
    all.link.up = true;
    await holder.flush();
    all.link.grant = grant;
    first();
    reservationOf(await late).settle([60n]);
    const other = all.holder('h2', 0);
    const refused = await other.admit([{ account, amount: 60n }], NOW_MS);
    expect(refused.kind).toBe('full');
    await holder.close();
    expect(view(all.authority, account)).toMatchObject({ spent: 60n, reserved: 0n });
  });
});

describe('the authority', () => {
  it('keeps what a lost holder held as presumed, until the ledger knows', async () => {
    const all = world();
    const holder = all.holder('h1');
    const [account] = openBudgets([rule()]).accountsOf(OWNER, false, NOW_MS) as [Account];
    reservationOf(await holder.admit([{ account, amount: 300n }], NOW_MS));
    all.authority.lose('h1');
    const held = view(all.authority, account);
    expect(held).toMatchObject({ spent: 0n, presumed: held.reserved });
    expect(held.reserved).toBeGreaterThanOrEqual(300n);
    rebase(all.authority, account.id, 120n, ['h1']);
    all.authority.forget('h1');
    expect(view(all.authority, account)).toMatchObject({ spent: 120n, reserved: 0n, presumed: 0n });
  });

  it('knows again what it knew, from the holders and the ledger, after it began anew', async () => {
    const all = world();
    const holder = all.holder('h1');
    const [account] = openBudgets([rule()]).accountsOf(OWNER, false, NOW_MS) as [Account];
    const open = reservationOf(await holder.admit([{ account, amount: 100n }], NOW_MS));
    reservationOf(await holder.admit([{ account, amount: 50n }], NOW_MS)).settle([40n]);
    const fresh = new BudgetAuthority();
    const link: AuthorityLink = {
      attach: async (attach) => fresh.attach(attach, NOW_MS),
      grant: async (ask) => fresh.grant(ask, NOW_MS),
      report: async (report) => fresh.report(report, NOW_MS),
    };
    Object.assign(all.link, link);
    await holder.flush(); // hears that it is not known
    await holder.flush();
    rebase(fresh, account.id, 5n, []);
    const known = fresh.view(NOW_MS)[0];
    expect(known?.spent).toBe(45n);
    expect(known?.reserved).toBeGreaterThanOrEqual(100n);
    open.settle([60n]);
    await holder.close();
    expect(fresh.view(NOW_MS)[0]).toMatchObject({ spent: 105n, reserved: 0n });
  });

  it('lets spend leave a rolling window step by step', async () => {
    const all = world();
    const holder = all.holder('h1', 0);
    const rolling = rule({ window: { kind: 'rolling', hours: 1 } });
    const [account] = openBudgets([rolling]).accountsOf(OWNER, false, NOW_MS) as [Account];
    reservationOf(await holder.admit([{ account, amount: 900n }], NOW_MS)).settle([900n]);
    await holder.flush();
    expect(await holder.admit([{ account, amount: 200n }], NOW_MS)).toMatchObject({ kind: 'full' });
    all.nowMs += 62 * 60_000;
    expect(await holder.admit([{ account, amount: 200n }], NOW_MS + all.nowMs)).toMatchObject({
      kind: 'reserved',
    });
  });
});

/** Random traffic over holders that lose messages, die and come back. */
const STEP = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      by: fc.nat(3),
      bound: fc.integer({ min: 1, max: 120 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      by: fc.nat(20),
      share: fc.integer({ min: 0, max: 100 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('flush' as const), by: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('link' as const), up: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 3_000 }) }),
  },
);
type Step = typeof STEP extends fc.Arbitrary<infer Value> ? Value : never;

async function play(
  steps: readonly Step[],
  budget: BudgetRule,
): Promise<{ spent: bigint; cap: bigint; view: ReturnType<typeof view> }> {
  const all = world();
  const book = openBudgets([budget]);
  const [account] = book.accountsOf(OWNER, false, NOW_MS) as [Account];
  const holders = [0, 1, 2, 3].map((index) => all.holder(`h${index}`, 0));
  const open: Array<{ readonly reservation: Reservation; readonly bound: bigint }> = [];
  let spent = 0n;
  for (const step of steps) {
    if (step.do === 'link') all.link.up = step.up;
    else if (step.do === 'wait') all.nowMs += step.ms;
    else if (step.do === 'flush') await holders[step.by]!.flush();
    else if (step.do === 'call') {
      const bound = BigInt(step.bound);
      const admission = await holders[step.by]!.admit(
        [{ account, amount: budget.mode === 'observe' ? 0n : bound }],
        NOW_MS,
      );
      if (admission.kind === 'reserved') open.push({ reservation: admission.reservation, bound });
    } else {
      const [one] = open.splice(step.by % Math.max(1, open.length), 1);
      if (one === undefined) continue;
      const actual = (one.bound * BigInt(step.share)) / 100n;
      one.reservation.settle([actual]);
      spent += actual;
    }
  }
  for (const { reservation, bound } of open) {
    reservation.settle([bound]);
    spent += bound;
  }
  all.link.up = true;
  for (const holder of holders) await holder.flush();
  for (const holder of holders) await holder.close();
  return { spent, cap: account.cap, view: view(all.authority, account) };
}

describe('whatever happens', () => {
  it('a hard budget is not overrun, nothing leaks, and the counter equals what was spent', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(STEP, { maxLength: 80 }), async (steps) => {
        const { spent, cap, view: end } = await play(steps, rule());
        expect(spent).toBeLessThanOrEqual(cap);
        if (end !== undefined) expect([end.spent, end.reserved]).toEqual([spent, 0n]);
      }),
      { numRuns: 300 },
    );
  });

  it('a control without reservations overruns the same traffic', async () => {
    const calls: Step[] = Array.from({ length: 30 }, (_, by) => ({ do: 'call', by: by % 4, bound: 100 }));
    const { spent, cap } = await play(calls, rule({ mode: 'observe' }));
    expect(spent).toBeGreaterThan(cap);
  });
});
