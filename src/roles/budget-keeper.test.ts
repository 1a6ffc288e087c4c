import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BudgetAuthority, booksOf, openBudgets, SliceHolder } from '../budgets/budgets.ts';
import type { Account, AccountView, AuthorityBooks, Reservation } from '../budgets/budgets.ts';
import type { SpendAsk, SpendRow } from '../ledger/question.ts';
import type { BudgetRule } from '../rulebook/rulebook.ts';
import { createBudgetKeeper } from './budget-keeper.ts';
import type { BudgetKeeper } from './budget-keeper.ts';

const NOW_MS = Date.UTC(2026, 10, 25, 12);
const CAP = 2_000n;
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
/** The rulebook in which the budget began; lines of calls before it were reserved by nobody. */
const SINCE = 5;

interface Line {
  readonly journal: string;
  readonly cost: bigint;
  readonly rulebook: number;
}

interface Worker {
  readonly journal: string;
  readonly holder: SliceHolder;
  readonly open: Array<{ readonly reservation: Reservation; readonly bound: bigint }>;
  readonly undrained: Line[];
  alive: boolean;
  /** Nothing more comes into its journal. */
  sealed: boolean;
}

/** Takes a protection away, to see that the test would notice. */
type Without = 'nothing' | 'revisions' | 'waiting for the drain' | 'telling journals apart';

/**
 * Workers with journals, a drain, a ledger, an authority and two bookkeepers, one thing at a time in any order. What
 * the ledger answers was read when it was asked and arrives some steps later.
 */
class World {
  readonly account: Account;
  authority = new BudgetAuthority();
  keepers: BudgetKeeper[] = [];
  workers: Worker[] = [];
  readonly ledger: Line[] = [];
  monotonicMs = 0;
  #step = 1;
  /** As the drain said last; undefined before its first step, and its process begins anew with control. */
  #open: string[] | undefined;
  #born = 0;
  #answers: Array<{ afterSteps: number; readonly give: () => void }> = [];
  readonly #without: Without;

  constructor(without: Without) {
    this.#without = without;
    [this.account] = openBudgets([RULE]).accountsOf(
      { workflow: '', team: '', customer: '', key: '', tags: {} },
      false,
      NOW_MS,
    ) as [Account];
    this.restartControl();
  }

  restartControl(): void {
    this.authority = new BudgetAuthority();
    this.#open = undefined;
    for (const { give } of this.#answers.splice(0)) give();
    this.keepers = [0, 1].map(() => {
      const keeper = createBudgetKeeper({
        books: this.#books(this.authority),
        ledger: {
          health: async () => ({
            lines: 0,
            backlogFrames: 0,
            completeUntilMs: 0,
            trouble: '',
            ...(this.#without === 'waiting for the drain'
              ? { openJournals: [], drainStep: (this.#step += 1) }
              : this.#open !== undefined && { openJournals: this.#open, drainStep: this.#step }),
          }),
          spend: (ask) => this.#spend(ask),
        },
        isShared: false,
        nowMs: () => NOW_MS,
        monotonicMs: () => this.monotonicMs,
        say: () => undefined,
      });
      keeper.obey({ budgets: [RULE], budgetsSince: { b1: SINCE } });
      void keeper.stop(); // no timer of its own: the script says when it steps
      return keeper;
    });
  }

  #books(authority: BudgetAuthority): AuthorityBooks {
    const books = booksOf(authority, () => NOW_MS);
    if (this.#without !== 'revisions') return books;
    return {
      ...books,
      rebase: async (rebases) =>
        books.rebase(
          rebases.map((one) => ({
            ...one,
            revision: authority.booked().find(({ account }) => account === one.account)?.revision ?? '',
          })),
        ),
    };
  }

  #spend({ journals, sinceRulebook }: SpendAsk): Promise<SpendRow[]> {
    const sums = new Map<string, bigint>();
    for (const { journal, cost, rulebook } of this.ledger) {
      const apart = journals.includes(journal) && rulebook >= sinceRulebook;
      const own = apart && this.#without !== 'telling journals apart' ? journal : '';
      sums.set(own, (sums.get(own) ?? 0n) + cost);
    }
    const rows = [...sums].map(([journal, cost]) => ({
      value: '',
      stepMs: 0,
      journal,
      cost,
      tokens: 0n,
      calls: 0n,
      unpricedCalls: 0n,
    }));
    return new Promise((resolve) => {
      this.#answers.push({ afterSteps: rows.length + this.#born, give: () => resolve(rows) });
    });
  }

  /** Lets the ledger's answer to an earlier question through before or after that to a later one. */
  async answer(which: number): Promise<void> {
    const turns = async (): Promise<void> => {
      for (let at = 0; at < 5; at += 1) await new Promise((resolve) => setImmediate(resolve));
    };
    await turns();
    this.#answers.splice(which, 1)[0]?.give();
    await turns();
  }

  /** Time for what waits for the ledger. */
  async pass(): Promise<void> {
    for (const answer of this.#answers) answer.afterSteps -= 1;
    const due = this.#answers.filter(({ afterSteps }) => afterSteps <= 0);
    this.#answers = this.#answers.filter(({ afterSteps }) => afterSteps > 0);
    for (const { give } of due) give();
    await new Promise((resolve) => setImmediate(resolve));
  }

  start(): void {
    this.#born += 1;
    const journal = `gateway-1-${this.#born}`;
    const worker: Worker = {
      journal,
      open: [],
      undrained: [{ journal, cost: 7n, rulebook: SINCE - 1 }],
      alive: true,
      sealed: false,
      holder: new SliceHolder({
        holder: journal,
        link: {
          attach: async (attach) => this.#reached(worker, () => this.authority.attach(attach, NOW_MS)),
          grant: async (ask) => this.#reached(worker, () => this.authority.grant(ask, NOW_MS)),
          report: async (report) => this.#reached(worker, () => this.authority.report(report, NOW_MS)),
        },
        nowMs: () => NOW_MS,
        monotonicMs: () => this.monotonicMs,
        pause: async (ms) => {
          this.monotonicMs += ms;
          await new Promise((resolve) => setImmediate(resolve));
        },
        longestWaitMs: -10_000, // nobody waits: the script would stand still
        onTrouble: () => undefined,
      }),
    };
    this.workers.push(worker); // a drain that looked before does not know of it
  }

  #reached<Value>(worker: Worker, say: () => Value): Value {
    if (!worker.alive) throw new Error('this worker is gone');
    return say();
  }

  async call(worker: Worker, bound: bigint): Promise<void> {
    const admission = await worker.holder.admit([{ account: this.account, amount: bound }], NOW_MS);
    if (admission.kind === 'reserved') worker.open.push({ reservation: admission.reservation, bound });
  }

  settle(worker: Worker, share: bigint): void {
    const [one] = worker.open.splice(0, 1);
    if (one === undefined) return;
    const cost = (one.bound * share) / 100n;
    one.reservation.settle([cost]);
    worker.undrained.push({ journal: worker.journal, cost, rulebook: SINCE });
  }

  /** SIGKILL; the supervisor charges what was under way as presumed a moment later. */
  kill(worker: Worker): void {
    worker.alive = false;
    this.authority.lose(worker.journal);
  }

  recover(worker: Worker): void {
    if (worker.alive || worker.sealed) return;
    for (const { bound } of worker.open.splice(0))
      worker.undrained.push({ journal: worker.journal, cost: bound, rulebook: SINCE });
    worker.sealed = true;
  }

  /** One step of the drain: everything that is on the disk, then what it says of it. */
  drain(most: number): void {
    for (const worker of this.workers) this.ledger.push(...worker.undrained.splice(0, most));
    this.#open = this.workers
      .filter(({ sealed, undrained }) => !sealed || undrained.length > 0)
      .map(({ journal }) => journal);
    this.#step += 1;
  }

  /** Everything that was ever reserved and spent, and what the ledger has of the time before. */
  spent(): bigint {
    const lines = [...this.ledger, ...this.workers.flatMap(({ undrained }) => undrained)];
    return lines.filter(({ rulebook }) => rulebook >= SINCE).reduce((sum, { cost }) => sum + cost, 0n);
  }

  view(): AccountView | undefined {
    return this.authority.view(NOW_MS).find(({ account }) => account === this.account.id);
  }

  /** Holds at every moment: no line is missing from both the base and the totals. */
  check(): void {
    const view = this.view();
    if (view === undefined || !view.known) return;
    expect(view.spent + view.reserved).toBeGreaterThanOrEqual(this.spent());
    expect(this.spent()).toBeLessThanOrEqual(CAP);
  }

  async rest(): Promise<void> {
    for (const worker of this.workers)
      while (worker.alive && worker.open.length > 0) this.settle(worker, 50n);
    for (let round = 0; round < 12; round += 1) {
      for (const worker of this.workers) {
        this.recover(worker);
        if (worker.alive) await worker.holder.flush();
      }
      this.drain(1_000);
      this.monotonicMs += 61_000;
      for (const keeper of this.keepers) {
        void keeper.step();
        for (let at = 0; at < 40; at += 1) await this.pass();
      }
    }
  }
}

const STEP = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ do: 'start' as const }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      by: fc.nat(5),
      bound: fc.integer({ min: 1, max: 300 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      by: fc.nat(5),
      share: fc.integer({ min: 0, max: 100 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('flush' as const), by: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill' as const), by: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('recover' as const), by: fc.nat(5) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('drain' as const), most: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('keep' as const), by: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(600, 61_000) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'restart control' as const }) },
);
type Step = typeof STEP extends fc.Arbitrary<infer Value> ? Value : never;

async function take(world: World, step: Step): Promise<void> {
  if (step.do === 'start') return world.workers.length < 6 ? world.start() : undefined;
  if (step.do === 'drain') return world.drain(step.most);
  if (step.do === 'wait') return void (world.monotonicMs += step.ms);
  if (step.do === 'restart control') return world.restartControl();
  if (step.do === 'keep') return void world.keepers[step.by]!.step();
  const worker = world.workers[step.by % world.workers.length]!;
  if (step.do === 'recover') return world.recover(worker);
  if (!worker.alive) return;
  if (step.do === 'kill') world.kill(worker);
  else if (step.do === 'flush') await worker.holder.flush();
  else if (step.do === 'settle') world.settle(worker, BigInt(step.share));
  else await world.call(worker, BigInt(step.bound));
}

async function play(steps: readonly Step[], without: Without): Promise<World> {
  const world = new World(without);
  world.start();
  world.start();
  for (const step of steps) {
    await take(world, step);
    await world.pass();
    world.check();
  }
  await world.rest();
  return world;
}

const SCRIPTS = fc.array(STEP, { minLength: 20, maxLength: 120 });

describe('whatever runs in between', () => {
  it('no line is missing from both base and totals; at rest nothing is held and the counter equals the ledger', async () => {
    await fc.assert(
      fc.asyncProperty(SCRIPTS, async (steps) => {
        const world = await play(steps, 'nothing');
        const everything = world.ledger.reduce((sum, { cost }) => sum + cost, 0n);
        expect(world.view()).toMatchObject({ known: true, spent: everything, presumed: 0n });
        for (const { alive, holder } of world.workers) if (alive) await holder.close();
        expect(world.view()).toMatchObject({ spent: everything, reserved: 0n });
      }),
      { numRuns: 120 },
    );
  }, 60_000);

  it('a control without waiting for the drain loses lines', async () => {
    const outcome = await fc.check(
      fc.asyncProperty(SCRIPTS, async (steps) => void (await play(steps, 'waiting for the drain'))),
      { numRuns: 1_000, seed: 7, endOnFailure: true },
    );
    expect(outcome.failed).toBe(true);
  }, 60_000);

  it.each([
    ['nothing', 107n],
    ['revisions', 7n],
  ] as const)(
    'without %s, what one bookkeeper asked before another ended a worker leaves %s counted',
    async (without, counted) => {
      const world = new World(without);
      world.start();
      const [worker] = world.workers as [Worker];
      const [slow, fast] = world.keepers as [BudgetKeeper, BudgetKeeper];
      await worker.holder.flush();
      world.drain(10);
      void slow.step();
      await world.answer(0);
      await world.call(worker, 100n);
      world.settle(worker, 100n);
      await worker.holder.flush();
      world.monotonicMs += 61_000;
      expect(world.spent()).toBe(100n);
      void slow.step(); // asks the ledger for everything but the worker's lines, and waits
      await world.pass();
      world.kill(worker);
      world.recover(worker);
      for (let round = 0; round < 4; round += 1) {
        world.drain(10);
        world.monotonicMs += 600;
        void fast.step();
        await world.answer(1);
        await world.answer(1);
      }
      expect(world.authority.holders()).toEqual([]);
      await world.answer(0);
      expect(world.view()?.spent).toBe(counted);
    },
  );

  it('a control that does not tell journals apart counts lines twice', async () => {
    const outcome = await fc.check(
      fc.asyncProperty(SCRIPTS, async (steps) => {
        const world = await play(steps, 'telling journals apart');
        expect(world.view()?.spent).toBe(world.ledger.reduce((sum, { cost }) => sum + cost, 0n));
      }),
      { numRuns: 300, seed: 7, endOnFailure: true },
    );
    expect(outcome.failed).toBe(true);
  }, 60_000);
});
