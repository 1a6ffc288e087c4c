/**
 * A worker that is killed on a host without control: what it held of budgets in Redis counts as spent until that host's
 * drain has moved its journal, then it is the ledger's. Real Redis, journals, drain and bookkeeper; the ledger is a list.
 */
import { createClient } from 'redis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { Attach, HolderTotals } from '../../src/budgets/budgets.ts';
import { openBudgets } from '../../src/budgets/budgets.ts';
import { createDrain, openJournal, recoverJournals } from '../../src/ledger/ledger.ts';
import type { Drain, Journal, OnFinished } from '../../src/ledger/ledger.ts';
import type { SpendAsk, SpendRow } from '../../src/ledger/question.ts';
import { createBudgetKeeper } from '../../src/roles/budget-keeper.ts';
import { MARKED_MS } from '../../src/roles/budget-lua.ts';
import { shareAuthority } from '../../src/roles/budget-redis.ts';
import type { SharedAuthority } from '../../src/roles/budget-redis.ts';
import { drainedTeller } from '../../src/roles/drained-journals.ts';
import { readSettings } from '../../src/operate/operate.ts';
import type { BudgetRule } from '../../src/rulebook/rulebook.ts';
import { findRedis, startRedis } from '../servers.ts';
import type { TestServer } from '../servers.ts';
import {
  inDirectory,
  plainLines,
  plainPresumed,
  someIntent,
  someSettlement,
  TokenSink,
} from './journal-world.ts';

const NOW_MS = Date.now();
const RULE: BudgetRule = {
  id: 'b1',
  name: 'Support',
  scope: { kind: 'organisation', value: '', tag: '' },
  unit: 'money',
  amount: '10000',
  window: { kind: 'calendar', unit: 'year', timeZone: 'UTC' },
  mode: 'hard',
  thresholds: [],
  onAuthorityLoss: 'local',
  unboundedCall: '',
};
const OWNER = { workflow: '', team: '', customer: '', key: '', tags: {} };
/** What every line of the list costs. */
const LINE_COST = 100n;
const HELD = 3_000n;
const DRAINED_KEY = '{setpoint}:budgets:drained';
const CLOCK_KEY = '{setpoint}:test-clock';

const found = findRedis();

describe.skipIf(found.kind === 'missing')(
  `what a killed worker of another host holds${found.kind === 'missing' ? ` (${found.reason})` : ''}`,
  () => {
    let server: TestServer;
    let client: ReturnType<typeof createClient>;

    beforeAll(async () => {
      server = await startRedis();
    });
    afterAll(() => server.stop());
    beforeEach(async () => {
      client = await connect();
      await client.sendCommand(['FLUSHALL']);
      await setClock(NOW_MS);
      client.destroy();
    });

    async function connect(): Promise<ReturnType<typeof createClient>> {
      const made = createClient({ url: server.url, socket: { reconnectStrategy: false } });
      made.on('error', () => undefined); // the promises tell it too
      await made.connect();
      return made as unknown as ReturnType<typeof createClient>;
    }
    const setClock = (ms: number): Promise<unknown> => client.sendCommand(['SET', CLOCK_KEY, String(ms)]);
    async function say(...command: string[]): Promise<unknown> {
      client = await connect();
      const answer = await client.sendCommand(command);
      client.destroy();
      return answer;
    }

    /** The host with gateways alone, and what control elsewhere sees of it. */
    interface World {
      readonly shared: SharedAuthority;
      readonly sink: TokenSink;
      readonly journal: Journal;
      readonly drain: Drain;
      /** Introduces the worker with what it holds. */
      attach(session?: number): Promise<void>;
      /** SIGKILL: it is not heard any more, and its supervisor charges what was under way. */
      kill(): Promise<void>;
      /** Some looks of control's bookkeeper. */
      keep(): Promise<void>;
      /** One look of it. */
      look(): Promise<void>;
      /** What a worker of another host gets that asks for so much. */
      ask(amount: bigint): Promise<'granted' | 'full' | 'unready' | 'detached'>;
      view(): Promise<{ spent: bigint; reserved: bigint; presumed: bigint }>;
    }

    const settings = (): ReturnType<typeof readSettings> =>
      readSettings({
        yamlText: `sharedState: {url: "${server.url}"}\nledger: {url: "http://ledger.invalid:8123"}`,
        environment: {},
        flags: {},
      });

    function open(
      directory: string,
      onFinished: OnFinished | undefined,
      endsAreTold: boolean,
    ): World & { close(): Promise<void>; readonly said: string[] } {
      const [account] = openBudgets([RULE]).accountsOf(OWNER, false, NOW_MS);
      if (account === undefined) throw new Error('the budget counts nothing');
      const now = (): number => NOW_MS;
      const shared = shareAuthority({
        url: server.url,
        password: undefined,
        monotonicMs: () => performance.now(),
        answerWithinMs: 20_000,
        clock: `tonumber(redis.call('GET', '${CLOCK_KEY}') or '${NOW_MS}')`,
      });
      const sink = new TokenSink();
      const root = `${directory}/journals`;
      const journal = openJournal({
        directory: root,
        slot: 'b.gateway-1',
        now,
        ballastBytes: 0,
        lines: plainLines,
      });
      const drain = createDrain({
        root,
        stateDirectory: `${directory}/drain`,
        sink,
        now,
        isOwnerAlive: () => false,
        ...(onFinished !== undefined && { onFinished }),
      });
      let monotonicMs = 0;
      let step = 0;
      let asked = 0;
      const said: string[] = [];
      const keeper = createBudgetKeeper({
        books: shared.books,
        ledger: {
          spend: async (ask) => spendOf(sink, ask),
          health: async () => ({
            lines: 0,
            backlogFrames: 0,
            completeUntilMs: 0,
            trouble: '',
            openJournals: [], // control's own drain has none of this host
            drainStep: (step += 1),
          }),
        },
        isShared: true,
        endsAreTold,
        nowMs: now,
        monotonicMs: () => monotonicMs,
        say: (text) => void said.push(text),
      });
      keeper.obey({ budgets: [RULE], budgetsSince: { b1: 0 } });
      void keeper.stop(); // no timer of its own: the test says when it steps
      const totals: HolderTotals = {
        account: account.id,
        cap: account.cap,
        lengthMs: account.window.lengthMs,
        stepMs: account.window.stepMs,
        granted: HELD,
        returned: 0n,
        overdrawn: 0n,
        settled: LINE_COST,
        exposed: 0n,
        steps: [[account.window.fromMs, LINE_COST]],
      };
      const look = async (): Promise<void> => {
        monotonicMs += 600;
        await keeper.step();
      };
      return {
        shared,
        sink,
        journal,
        drain,
        async attach(session = 1) {
          const attach: Attach = { holder: journal.id, session, totals: [totals] };
          await shared.link.attach(attach);
        },
        async kill() {
          recoverJournals({ root, now, presume: plainPresumed, isOwnerAlive: () => false });
          await shared.lose(journal.id);
        },
        async ask(amount) {
          const line = {
            account: account.id,
            cap: account.cap,
            lengthMs: totals.lengthMs,
            stepMs: totals.stepMs,
          };
          const number = (asked += 1);
          const grant = {
            holder: 'a.gateway-1-1',
            session: number,
            number,
            lines: [{ ...line, need: amount, want: amount }],
          };
          await shared.link.attach({ holder: grant.holder, session: grant.session, totals: [] });
          return (await shared.link.grant(grant)).kind;
        },
        look,
        async keep() {
          for (let at = 0; at < 12; at += 1) await look();
        },
        async view() {
          const [{ spent, reserved, presumed } = { spent: -1n, reserved: -1n, presumed: -1n }] =
            await shared.books.views();
          return { spent, reserved, presumed };
        },
        said,
        async close() {
          drain.close();
          await journal.close().catch(() => undefined); // it was taken from its dead owner
          shared.close();
        },
      };
    }

    function spendOf({ rows }: TokenSink, { journals }: SpendAsk): SpendRow[] {
      const sums = new Map<string, bigint>();
      for (const row of rows) {
        const [, , journal] = JSON.parse(row) as [string, string, string];
        const own = journals.includes(journal) ? journal : '';
        sums.set(own, (sums.get(own) ?? 0n) + LINE_COST);
      }
      const rest = { value: '', stepMs: 0, tokens: 0n, calls: 0n, unpricedCalls: 0n };
      return [...sums].map(([journal, cost]) => ({ ...rest, journal, cost }));
    }

    async function inWorld(
      work: (world: World & { readonly said: readonly string[] }) => Promise<void>,
      over: 'tells nobody' | 'remembers nobody' | 'anything' = 'anything',
    ): Promise<void> {
      await inDirectory(async (directory) => {
        const teller = drainedTeller(settings(), { environment: {}, monotonicMs: () => performance.now() });
        const told = over === 'tells nobody' ? undefined : teller?.onFinished;
        const world = open(directory, told, over !== 'remembers nobody');
        try {
          await work(world);
          expect(world.said.filter((text) => !text.includes('has said what it holds'))).toEqual([]);
        } finally {
          await world.close();
          teller?.close();
        }
      });
    }

    /** One call that ended, one under way. */
    async function serve({ journal, attach, keep }: World): Promise<void> {
      const [ended, underWay] = [someIntent('a1'), someIntent('a2')];
      journal.intend(ended);
      journal.settle(someSettlement(ended));
      journal.intend(underWay);
      await journal.durable();
      await attach();
      await keep();
    }

    const HOLDS = { spent: LINE_COST, reserved: HELD - LINE_COST };
    /** The call that ended and the one that is charged as presumed. */
    const FREE = { spent: 2n * LINE_COST, reserved: 0n, presumed: 0n };

    it('counts as spent until its lines are in the ledger, then is free', async () => {
      await inWorld(async (world) => {
        await serve(world);
        expect(await world.view()).toEqual({ ...HOLDS, presumed: 0n });
        await world.kill();
        world.sink.fail = () => 'before'; // the ledger is away
        await world.drain.step();
        await world.keep();
        expect(await world.view()).toEqual({ ...HOLDS, presumed: HELD - LINE_COST });
        world.sink.fail = () => 'none';
        await world.drain.step();
        await world.drain.step();
        expect(world.sink.rows).toHaveLength(2);
        await world.keep();
        expect(await world.view()).toEqual(FREE);
        expect((await world.shared.books.look()).holders).toEqual([]);
      });
    });

    it('control: where the drain tells nobody it counts as spent for ever', async () => {
      await inWorld(async (world) => {
        await serve(world);
        await world.kill();
        for (let round = 0; round < 3; round += 1) {
          await world.drain.step();
          await world.keep();
        }
        expect(world.sink.rows).toHaveLength(2);
        expect((await world.view()).presumed).toBe(HELD - LINE_COST);
      }, 'tells nobody');
    });

    it('stays held by a worker that is heard, whatever was said of its journal', async () => {
      await inWorld(async (world) => {
        await serve(world);
        await world.shared.drained(world.journal.id);
        await world.keep();
        expect(await world.view()).toEqual({ ...HOLDS, presumed: 0n });
      });
    });

    it('comes to the same in any order and however often it is told', async () => {
      await inWorld(async (world) => {
        await world.shared.drained(world.journal.id); // before anything is known of it
        await serve(world);
        await world.kill();
        await world.drain.step();
        await world.shared.drained(world.journal.id);
        await world.keep();
        expect(await world.view()).toEqual(FREE);
        await world.shared.drained(world.journal.id);
        await world.attach(2); // what it said last arrives after its end
        await world.shared.lose(world.journal.id);
        await world.keep();
        expect(await world.view()).toEqual(FREE);
      });
    });

    it('is the ledger’s after Redis forgot everything', async () => {
      await inWorld(async (world) => {
        await serve(world);
        await world.kill();
        await world.drain.step();
        await say('FLUSHALL');
        await world.attach(3).then(() => world.shared.lose(world.journal.id)); // told to the former Redis only
        await world.keep();
        expect((await world.view()).presumed).toBe(HELD - LINE_COST); // the safe side
        await world.shared.drained(world.journal.id); // as a drain does that has kept the files
        await world.keep();
        expect(await world.view()).toEqual(FREE);
      });
    });

    /** What is left of the amount beside what the worker holds and has spent. */
    const LEFT = 10_000n - HELD;

    it('is waited for when Redis forgot everything, cut off as it is, before anybody gets anything', async () => {
      await inWorld(async (world) => {
        await serve(world);
        await say('FLUSHALL');
        expect(await world.ask(LEFT)).toBe('unready');
        await world.keep();
        expect(await world.ask(1n)).toBe('unready');
        expect(world.said.at(-1)).toContain(`before ${world.journal.id} has said what it holds`);
        await world.attach(3);
        await world.keep();
        expect(await world.ask(LEFT + 1n)).toBe('full');
        expect(await world.ask(LEFT)).toBe('granted');
      });
    });

    it('control: where nobody is remembered, all of it is given again, and the amount is overrun', async () => {
      await inWorld(async (world) => {
        await serve(world);
        await say('FLUSHALL');
        await world.ask(LEFT + 1n);
        await world.keep();
        expect(await world.ask(10_000n)).toBe('granted');
        await world.attach(3); // and goes on spending what it holds
        const { spent, reserved } = await world.view();
        expect(spent + reserved).toBe(10_000n + HELD);
      }, 'remembers nobody');
    });

    it('is waited for after its death too, until its journal is in the ledger', async () => {
      await inWorld(async (world) => {
        await serve(world);
        await world.kill();
        await world.keep(); // lost, and known to be
        await say('FLUSHALL');
        await world.ask(1n);
        await world.keep();
        expect(await world.ask(1n)).toBe('unready');
        for (let step = 0; step < 3; step += 1) await world.drain.step();
        await world.keep();
        expect(await world.ask(10_000n - 2n * LINE_COST + 1n)).toBe('full');
        expect(await world.ask(10_000n - 2n * LINE_COST)).toBe('granted');
      });
    });

    it('has the time of a lease to be heard where control began anew with Redis', async () => {
      await inWorld(async (world) => {
        await world.ask(LEFT);
        await world.look(); // of a control that knows nobody
        await world.attach(3);
        await world.keep();
        expect(await world.ask(LEFT + 1n)).toBe('full');
        expect(await world.ask(LEFT)).toBe('granted');
      });
    });

    it('is told of once more where Redis forgot everything before anybody looked', async () => {
      const teller = drainedTeller(
        settings(),
        { environment: {}, monotonicMs: () => performance.now() },
        2_000,
      );
      await teller?.onFinished('b.gateway-1-7', { slot: 'b.gateway-1', epoch: 7, missingFrames: 0 });
      await say('FLUSHALL');
      await expect.poll(() => say('ZCARD', DRAINED_KEY), { timeout: 20_000 }).toBe(1);
      teller?.close();
    });

    it('keeps its journal while Redis is away, and says it then', async () => {
      await inWorld(async (world) => {
        await serve(world);
        await world.kill();
        process.kill(server.pid(), 'SIGSTOP');
        try {
          const { trouble, backlogFrames } = await world.drain.step();
          expect(trouble).toContain('its end could not be passed on');
          expect(backlogFrames).toBe(0);
        } finally {
          process.kill(server.pid(), 'SIGCONT');
        }
        await expect.poll(async () => (await world.drain.step()).trouble, { timeout: 20_000 }).toBe('');
        expect(await say('ZSCORE', DRAINED_KEY, world.journal.id)).not.toBeNull();
        await world.keep();
        expect(await world.view()).toEqual(FREE);
      });
    }, 60_000);

    it('stays held where frames of its journal are missing', async () => {
      const teller = drainedTeller(settings(), { environment: {}, monotonicMs: () => performance.now() });
      await teller?.onFinished('b.gateway-1-7', { slot: 'b.gateway-1', epoch: 7, missingFrames: 1 });
      expect(await say('ZCARD', DRAINED_KEY)).toBe(0);
      await teller?.onFinished('b.gateway-1-7', { slot: 'b.gateway-1', epoch: 7, missingFrames: 0 });
      expect(await say('ZCARD', DRAINED_KEY)).toBe(1);
      teller?.close();
    });

    it('marks are dropped an hour later, but those of holders that are not ended yet', async () => {
      await inWorld(async (world) => {
        await world.attach();
        await world.shared.drained(world.journal.id);
        await world.shared.drained('another');
        await say('SET', CLOCK_KEY, String(NOW_MS + MARKED_MS + 1));
        await world.shared.drained('a-third');
        expect(await say('ZRANGE', DRAINED_KEY, '0', '-1')).toEqual([world.journal.id, 'a-third']);
      });
    });

    it('is told by nobody whose ledger is his own', () => {
      const alone = readSettings({
        yamlText: `sharedState: {url: "${server.url}"}`,
        environment: {},
        flags: {},
      });
      expect(drainedTeller(alone, { environment: {}, monotonicMs: () => 0 })).toBeUndefined();
    });
  },
);
