/** What can happen to the Redis that budgets share: it hangs, dies, forgets, comes back as an older copy, is rebuilt by many. */
import { setTimeout as pause } from 'node:timers/promises';

import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { openBudgets, SliceHolder } from '../../src/budgets/budgets.ts';
import type { Account, Admission, AccountView, AuthorityBooks } from '../../src/budgets/budgets.ts';
import { AUTHORITY_KEY } from '../../src/roles/budget-lua.ts';
import { shareAuthority } from '../../src/roles/budget-redis.ts';
import type { SharedAuthority } from '../../src/roles/budget-redis.ts';
import type { BudgetRule } from '../../src/rulebook/rulebook.ts';
import { findRedis, startRedis } from '../servers.ts';
import type { TestServer } from '../servers.ts';

const CAP = 10_000n;
const RULE: BudgetRule = {
  id: 'b1',
  name: 'Support',
  scope: { kind: 'organisation', value: '', tag: '' },
  unit: 'money',
  amount: String(CAP),
  window: { kind: 'calendar', unit: 'month', timeZone: 'UTC' },
  mode: 'hard',
  thresholds: [],
  onAuthorityLoss: 'local',
  unboundedCall: '',
};
const OWNER = { workflow: '', team: '', customer: '', key: '', tags: {} };

/** What is looked at comes when the machine has a moment for it. */
const POLL = { timeout: 40_000, interval: 20 };

const found = findRedis();

describe.skipIf(found.kind === 'missing')(
  `a shared Redis${found.kind === 'missing' ? ` (${found.reason})` : ''}`,
  () => {
    let server: TestServer;
    let open: SharedAuthority[];

    beforeAll(async () => {
      server = await startRedis();
    });
    afterAll(() => server.stop());
    beforeEach(async () => {
      open = [];
      await say(['FLUSHALL']);
    });
    afterEach(() => {
      for (const one of open) one.close();
    });

    async function say(command: readonly string[]): Promise<unknown> {
      const client = createClient({ url: server.url, socket: { reconnectStrategy: false } });
      client.on('error', () => undefined); // the promises tell it too
      await client.connect();
      try {
        return await client.sendCommand([...command]);
      } finally {
        client.destroy();
      }
    }

    function shared(answerWithinMs = 10_000): SharedAuthority {
      const made = shareAuthority({
        url: server.url,
        password: undefined,
        monotonicMs: () => performance.now(),
        answerWithinMs,
      });
      open.push(made);
      return made;
    }

    interface Worker {
      readonly holder: SliceHolder;
      spent: bigint;
      call(bound: bigint, actual: bigint): Promise<Admission['kind']>;
    }

    function worker(
      name: string,
      over: Partial<BudgetRule> = {},
      { answerWithinMs, longestWaitMs = 0 }: { answerWithinMs?: number; longestWaitMs?: number } = {},
    ): Worker {
      const [account] = openBudgets([{ ...RULE, ...over }]).accountsOf(OWNER, false, Date.now()) as [Account];
      const holder = new SliceHolder({
        holder: name,
        link: shared(answerWithinMs).link,
        nowMs: Date.now,
        monotonicMs: () => performance.now(),
        pause: (ms) => pause(ms),
        longestWaitMs,
        onTrouble: () => undefined,
      });
      const made: Worker = {
        holder,
        spent: 0n,
        async call(bound, actual) {
          const admission = await holder.admit([{ account, amount: bound }], Date.now());
          if (admission.kind !== 'reserved') return admission.kind;
          await pause(1); // the provider answers
          admission.reservation.settle([actual]);
          made.spent += actual;
          return admission.kind;
        },
      };
      return made;
    }

    /** Sets the base of every account that waits for one, once so many have introduced themselves. @returns how many were set. */
    async function keep(books: AuthorityBooks, spent: bigint, everybody = 0): Promise<number> {
      const [account] = openBudgets([RULE]).accountsOf(OWNER, false, Date.now()) as [Account];
      const { accounts, holders } = await books.look();
      if (holders.length < everybody) return 0;
      return books.rebase(
        accounts
          .filter(({ known }) => !known)
          .map(({ account: id, revision }) => ({
            account: id,
            revision,
            base: new Map([[account.window.fromMs, spent]]),
            ended: [],
          })),
      );
    }

    /** A worker whose calls wait for the base of their account, however long it takes to come. */
    const patient = (name: string): Worker => worker(name, {}, { longestWaitMs: POLL.timeout });

    /** The first call of a patient worker: its account must have reached Redis before a base can be set. */
    async function firstCall(one: Worker, spend: { bound: bigint; actual: bigint }): Promise<void> {
      const { books } = shared();
      const waiting = one.call(spend.bound, spend.actual);
      await expect.poll(() => keep(books, 0n), POLL).toBe(1);
      expect(await waiting).toBe('reserved');
    }

    async function view(): Promise<AccountView> {
      const [only] = await shared().books.views();
      if (only === undefined) throw new Error('there is no account');
      return only;
    }

    /** Calls of many workers until nothing more fits anywhere. */
    async function exhaust(workers: readonly Worker[], bound: bigint): Promise<void> {
      await Promise.all(
        workers.map(async (one) => {
          while ((await one.call(bound, bound)) === 'reserved') await one.holder.flush();
        }),
      );
    }

    const sum = (workers: readonly Worker[]): bigint => workers.reduce((all, { spent }) => all + spent, 0n);

    it('gives nothing before it was based, and its whole cap to many machines, to the last picodollar', async () => {
      const first = patient('first');
      const waiting = first.call(10n, 10n);
      await expect.poll(view, POLL).toMatchObject({ known: false, reserved: 0n });
      expect(await keep(shared().books, 500n)).toBe(1);
      expect(await waiting).toBe('reserved');
      await first.holder.close();
      const workers = Array.from({ length: 4 }, (_, at) => worker(`w${at}`));
      await exhaust(workers, 10n);
      for (const { holder } of workers) await holder.close();
      expect(await view()).toMatchObject({ spent: CAP, reserved: 0n });
      expect(sum([first, ...workers])).toBe(CAP - 500n);
    });

    it('knows nothing after FLUSHALL, until workers and ledger have told it again', async () => {
      const one = patient('w1');
      await firstCall(one, { bound: 100n, actual: 70n });
      await one.holder.flush();
      expect((await view()).spent).toBe(70n);
      await say(['FLUSHALL']);
      await one.holder.flush(); // hears that it is not known
      await one.holder.flush();
      expect(await view()).toMatchObject({ known: false, spent: 70n });
      const other = worker('w2');
      const waiting = other.call(CAP - 71n, 0n);
      const { books } = shared();
      await expect.poll(async () => (await books.look()).holders.length, POLL).toBe(2);
      expect((await view()).reserved).toBeLessThan(CAP - 71n);
      expect(await keep(books, 1n)).toBe(1); // another process spent 1
      await one.holder.close();
      expect(await waiting).not.toBe('unreachable');
      expect((await view()).spent).toBe(71n);
    });

    it('does not believe a copy from another life of the server', async () => {
      const one = patient('w1');
      await firstCall(one, { bound: 4_000n, actual: 4_000n });
      await one.holder.flush();
      const [account] = openBudgets([RULE]).accountsOf(OWNER, false, Date.now()) as [Account];
      await one.holder.admit([{ account, amount: 10n }], Date.now()); // is under way: it has something to tell
      // As after a failover to a copy that lacks the last grants: there is state, and it was made by another server.
      await say(['SET', AUTHORITY_KEY, 'another-run']);
      expect(await shared().books.look()).toEqual({ accounts: [], holders: [] });
      await one.holder.flush();
      await one.holder.flush();
      expect(await view()).toMatchObject({ known: false, spent: 4_000n });
    });

    it('is based once by eight at a time, and a base that comes late changes nothing', async () => {
      const one = patient('w1');
      const waiting = one.call(100n, 100n);
      const keepers = Array.from({ length: 8 }, () => shared().books);
      await expect.poll(async () => (await keepers[0]!.look()).accounts.length, POLL).toBe(1);
      const set = await Promise.all(keepers.map((books) => keep(books, 300n)));
      expect(set.reduce((all, count) => all + count, 0)).toBe(1);
      expect(await waiting).toBe('reserved');
      await one.holder.flush();
      expect((await view()).spent).toBe(400n);
    });

    it('counts a worker that is silent for its lease as spent, until it is heard or its journal has ended', async () => {
      const one = patient('w1');
      await firstCall(one, { bound: 1_000n, actual: 0n });
      const admission = await one.holder.admit(
        [{ account: openBudgets([RULE]).accountsOf(OWNER, false, Date.now())[0]!, amount: 3_000n }],
        Date.now(),
      );
      expect(admission.kind).toBe('reserved');
      await shared().lose('w1'); // what its lease would say three seconds later
      const lost = await view();
      expect(lost.presumed).toBe(lost.reserved);
      expect(lost.presumed).toBeGreaterThanOrEqual(3_000n);
      await one.holder.flush();
      expect((await view()).presumed).toBe(0n);
    });

    it.each([
      ['is killed between one call and the next', 'crash'],
      ['hangs, and goes on where it was', 'stop'],
    ] as const)('overruns nothing when it %s', async (_name, what) => {
      const workers = Array.from({ length: 3 }, (_, at) => worker(`w${at}`, {}, { answerWithinMs: 150 }));
      const books = shared().books;
      let over = false;
      const keeper = (async () => {
        // The ledger has nothing of others; what these workers spent is in their totals.
        while (!over) {
          await keep(books, 0n, workers.length).catch(() => undefined);
          await pause(20);
        }
      })();
      const traffic = workers.map(async (one) => {
        for (let at = 0; at < 150; at += 1) {
          await one.call(50n, 50n);
          await one.holder.flush();
          if (at % 10 === 0) await pause(5);
        }
      });
      await pause(150);
      if (what === 'crash') {
        await server.crash();
        await pause(200);
        await server.startAgain();
      } else {
        process.kill(server.pid(), 'SIGSTOP');
        await pause(600);
        process.kill(server.pid(), 'SIGCONT');
      }
      await Promise.all(traffic);
      const spent = async (): Promise<bigint> => {
        await exhaust(workers, 50n);
        return sum(workers);
      };
      try {
        await expect.poll(spent, POLL).toBe(CAP); // nothing was left behind
        expect(await spent()).toBe(CAP); // and not one more
      } finally {
        over = true;
        await keeper;
      }
    });

    it.each([
      ['closed', 'unreachable'],
      ['local', 'reserved'],
      ['open', 'reserved'],
    ] as const)(
      'without it, a budget that is %s answers a call within the slice so',
      async (onAuthorityLoss, kind) => {
        const one = worker('w1', { onAuthorityLoss }, { answerWithinMs: 150 });
        // Its question must have reached Redis before the keeper can answer it, however long that takes here.
        await expect
          .poll(
            async () => {
              await keep(shared().books, 0n);
              return one.call(500n, 0n);
            },
            { timeout: 10_000, interval: 60 },
          )
          .toBe('reserved');
        process.kill(server.pid(), 'SIGSTOP');
        try {
          await one.holder.flush();
          expect(one.holder.reachable).toBe(false);
          expect(await one.call(5n, 5n)).toBe(kind);
          expect(await one.call(CAP, 0n)).toBe(onAuthorityLoss === 'open' ? 'reserved' : 'unreachable');
        } finally {
          process.kill(server.pid(), 'SIGCONT');
        }
      },
    );
  },
);
