/**
 * One seed: a company's gateways on several hosts, their budgets, drains and store, with everything that can go wrong
 * at the times and in the order that the seed decides. Ends with quiet, and then everything must add up.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { seedPriceBook } from '../../src/prices/prices.ts';
import { DEFAULT_LIMITS, openRulebook } from '../../src/rulebook/rulebook.ts';
import type { BudgetRule, Rulebook } from '../../src/rulebook/rulebook.ts';
import { createIdSource } from '../../src/units/ids.ts';
import { place } from './calls.ts';
import type { Witness } from './calls.ts';
import { judge } from './checks.ts';
import { Control } from './control.ts';
import type { Network } from './control.ts';
import { Host } from './host.ts';
import { FATES } from './provider.ts';
import { Store } from './store.ts';
import { createDice, VirtualTime } from './time.ts';
import type { Dice } from './time.ts';

/** Protections that an experiment takes away, to show that the checks would notice. */
export interface Without {
  /** The store forgets which batches and rows it has. */
  readonly deduplication?: boolean;
  /** Nothing is reserved. */
  readonly reservation?: boolean;
  /** Accounts are based on the store without waiting for journals that somebody left behind. */
  readonly patience?: boolean;
}

export interface Outcome {
  readonly seed: number;
  /** What was wrong; empty: everything adds up. */
  readonly faults: readonly string[];
  /** The same for the same seed, always: a digest of every row, answer and refusal. */
  readonly digest: string;
  readonly attempts: number;
  readonly refused: number;
  readonly kills: number;
  readonly virtualMs: number;
}

const TRAFFIC_MS = 6_000;
const QUIET_MS = 12_000;
const HOSTS = 3;
/** Shortly before a month ends, so that some seeds cross into the next. */
const MONTH_END_MS = Date.UTC(2026, 11, 1);

let base: Rulebook | undefined;

async function rulebookWith(budgets: readonly BudgetRule[]): Promise<Rulebook> {
  base ??= openRulebook({
    version: 1,
    publishedAtMs: 0,
    unkeyed: true,
    passThroughKeys: false,
    providers: [
      {
        name: 'openai',
        dialect: 'openai',
        baseUrl: 'http://provider.invalid/v1',
        secret: undefined,
        models: ['*'],
        aliases: {},
        priceProvider: 'openai',
        simulated: false,
        onClientGone: 'drain',
        streamUsage: 'never',
        headers: {},
      },
    ],
    keys: [],
    workflows: [],
    limits: DEFAULT_LIMITS,
    prices: await seedPriceBook(),
  });
  return { ...base, budgets };
}

/** Runs one seed. Restores the timers of this process whatever happens. */
export async function simulate(
  seed: number,
  without: Without = {},
  trace: (line: string) => void = () => undefined,
): Promise<Outcome> {
  const rules = budgetsOf(createDice(seed ^ 0x5eed), without);
  const rulebook = await rulebookWith(rules);
  const directory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'simulation-'));
  const time = new VirtualTime();
  const restore = time.install();
  try {
    return await new Simulation(seed, rulebook, { time, directory, without, trace }).run();
  } finally {
    restore();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** One to three budgets of different scopes, units and sizes; small enough that some calls are refused. */
function budgetsOf(dice: Dice, { reservation }: Without): BudgetRule[] {
  const scopes = [
    { kind: 'organisation', value: '', tag: '' },
    { kind: 'team', value: '*', tag: '' },
    { kind: 'workflow', value: 'w0', tag: '' },
  ] as const;
  return scopes.slice(0, dice.whole(1, 3)).map((scope, index) => {
    const unit = dice.one(['money', 'tokens', 'calls'] as const);
    const most = { money: 200_000_000_000, tokens: 60_000, calls: 120 }[unit];
    return {
      id: `b${index}`,
      name: `Budget ${index}`,
      scope,
      unit,
      amount: String(dice.whole(Math.floor(most / 10), most)),
      window: { kind: 'calendar', unit: 'month', timeZone: 'UTC' },
      mode: reservation === true ? 'observe' : 'hard',
      thresholds: [],
      onAuthorityLoss: dice.one(['closed', 'local'] as const),
      unboundedCall: '',
    };
  });
}

class Simulation {
  readonly #seed: number;
  readonly #dice: Dice;
  readonly #time: VirtualTime;
  readonly #rulebook: Rulebook;
  readonly #startMs: number;
  readonly #network: Network;
  readonly #store: Store;
  readonly #control: Control;
  readonly #hosts: readonly Host[];
  readonly #newId: ReturnType<typeof createIdSource>;
  readonly #witness: Witness = {
    book: [],
    acknowledged: [],
    intended: [],
    doubtful: new Set(),
    refused: 0,
    faults: [],
    settled: new Map(),
  };
  readonly #say: (text: string) => void;
  #kills = 0;

  constructor(
    seed: number,
    rulebook: Rulebook,
    {
      time,
      directory,
      without,
      trace,
    }: { time: VirtualTime; directory: string; without: Without; trace: (line: string) => void },
  ) {
    const dice = createDice(seed);
    this.#seed = seed;
    this.#dice = dice;
    this.#time = time;
    this.#rulebook = rulebook;
    this.#say = (text) => trace(`${(time.nowMs / 1_000).toFixed(3).padStart(7)} s  ${text}`);
    this.#startMs = MONTH_END_MS - dice.whole(-3_000, 9_000);
    const wallMs = (): number => this.#startMs + Math.floor(time.nowMs);
    this.#newId = createIdSource(wallMs);
    this.#network = { loss: 0, twice: 0, slowestMs: 5 };
    this.#store = new Store(dice, without.deduplication === true);
    this.#control = new Control(rulebook.budgets, {
      time,
      dice,
      store: this.#store,
      network: this.#network,
      wallMs,
      drains: () => drainsOf(this.#hosts),
      careless: without.patience === true,
    });
    const world = { time, dice, store: this.#store, control: this.#control, wallMs };
    this.#hosts = Array.from({ length: HOSTS }, (_, index) => new Host(directory, `h${index}`, world));
  }

  async run(): Promise<Outcome> {
    this.#control.start();
    for (const host of this.#hosts) host.start();
    this.#plan();
    await this.#time.run(TRAFFIC_MS);
    this.#calm();
    await this.#time.run(TRAFFIC_MS + QUIET_MS);
    const faults = judge({
      witness: this.#witness,
      rows: this.#store.rows,
      control: this.#control,
      nowMs: this.#wallMs(),
    });
    for (const host of this.#hosts) host.close();
    return {
      seed: this.#seed,
      faults,
      digest: this.#digest(),
      attempts: this.#witness.intended.length,
      refused: this.#witness.refused,
      kills: this.#kills,
      virtualMs: this.#time.nowMs,
    };
  }

  #wallMs(): number {
    return this.#startMs + Math.floor(this.#time.nowMs);
  }

  /** Everything that will happen: calls, the rounds of drain and books, and the troubles of this seed. */
  #plan(): void {
    const dice = this.#dice;
    for (let atMs = dice.wait(12); atMs < TRAFFIC_MS; atMs += dice.wait(12))
      this.#time.at(atMs, () => this.#call());
    for (const host of this.#hosts) this.#draining(host);
    for (let index = dice.whole(0, 8); index > 0; index -= 1)
      this.#time.at(dice.next() * TRAFFIC_MS, dice.one(this.#troubles()));
  }

  #call(): void {
    const dice = this.#dice;
    // Most calls end well: what goes wrong is interesting because something else then goes on.
    const fate = dice.chance(0.7) ? dice.one(['whole', 'stream'] as const) : dice.one(FATES);
    const plan = {
      id: this.#newId(),
      fate,
      workflow: dice.one(['w0', 'w1', '']),
      team: dice.one(['t0', 't1', '']),
      outputLimit: dice.whole(10, 200),
      promptCharacters: dice.whole(1, 300),
    };
    place(plan, dice.one(this.#hosts), {
      time: this.#time,
      dice,
      rulebook: this.#rulebook,
      witness: this.#witness,
      wallMs: () => this.#wallMs(),
    });
  }

  #draining(host: Host): void {
    const again = async (): Promise<void> => {
      const quiet = this.#time.nowMs > TRAFFIC_MS;
      host.recover();
      await host.drain(!quiet && this.#dice.chance(0.05));
      this.#time.at(this.#dice.whole(600, 1_600), again);
    };
    this.#time.at(this.#dice.whole(1, 500), again);
  }

  #troubles(): ReadonlyArray<() => void> {
    const dice = this.#dice;
    const forAWhile = (name: string, begin: () => void, end: () => void): void => {
      const ms = dice.whole(100, 3_000);
      this.#say(`${name} for ${ms} ms`);
      begin();
      this.#time.at(ms, end);
    };
    return [
      () => this.#killWorker(dice.one(this.#hosts)),
      () => this.#killWorker(dice.one(this.#hosts)),
      () =>
        forAWhile(
          'the authority is gone',
          () => this.#control.kill(),
          () => this.#control.start(),
        ),
      () =>
        forAWhile(
          'the store is down',
          () => (this.#store.down = true),
          () => (this.#store.down = false),
        ),
      () =>
        forAWhile(
          'the store fails now and then',
          () => (this.#store.flaky = 0.3),
          () => (this.#store.flaky = 0),
        ),
      () =>
        forAWhile(
          'messages are lost, doubled and late',
          () => Object.assign(this.#network, { loss: 0.2, twice: 0.3, slowestMs: 900 }),
          () => Object.assign(this.#network, { loss: 0, twice: 0, slowestMs: 5 }),
        ),
      () => {
        const host = dice.one(this.#hosts);
        const share = dice.one([0.05, 0.5, 1]);
        forAWhile(
          `the disk of ${host.name} fails ${share * 100} % of its writes`,
          () => (host.diskTrouble = share),
          () => (host.diskTrouble = 0),
        );
      },
      () => this.#stopWorker(dice.one(this.#hosts)),
    ];
  }

  /** An end that was asked for. */
  #stopWorker(host: Host): void {
    this.#say(`${host.name} is stopped`);
    host.stop().catch((fault: unknown) => this.#witness.faults.push(fault));
  }

  #killWorker(host: Host): void {
    if (host.worker === undefined) return;
    this.#kills += 1;
    this.#say(`${host.name} is killed (${host.worker.journal.openAttempts()} attempts open)`);
    host.kill();
    this.#time.at(this.#dice.whole(50, 1_500), () => host.start());
  }

  /** No trouble any more: everything that was hurt must mend by itself. */
  #calm(): void {
    Object.assign(this.#network, { loss: 0, twice: 0, slowestMs: 5 });
    this.#store.down = false;
    this.#store.flaky = 0;
    this.#control.start();
    for (const host of this.#hosts) {
      host.diskTrouble = 0;
      this.#time.at(10, () => host.start());
    }
  }

  #digest(): string {
    const hash = createHash('sha256');
    for (const { attempt, leg, journal, sequence, cost } of this.#store.rows)
      hash.update(`${this.#order(attempt)} ${leg} ${journal} ${sequence} ${cost}\n`);
    hash.update(`${this.#witness.refused} ${this.#witness.acknowledged.length} ${this.#time.events}`);
    return hash.digest('hex').slice(0, 16);
  }

  /** Ids hold random bits, so attempts are named by the order in which they began. */
  #order(attempt: string): number {
    return this.#witness.intended.indexOf(attempt);
  }
}

/** Several drains as one: a journal is open where any of them says so, and a step is done when each has done it. */
function drainsOf(
  hosts: readonly Host[],
): { readonly openJournals: string[]; readonly drainStep: number } | undefined {
  if (hosts.some(({ drained }) => drained === undefined)) return undefined;
  return {
    openJournals: hosts.flatMap(({ drained }) => drained?.openJournals ?? []),
    drainStep: Math.min(...hosts.map(({ drainSteps }) => drainSteps)),
  };
}
