/**
 * Many gateway workers and one budget: real processes, journals, drain, ledger and bookkeeper around the authority of one
 * machine or the one in Redis. What came to the ledger is what was spent; nobody is believed about it.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { booksOf, BudgetAuthority } from '../src/budgets/budgets.ts';
import type { AccountView, AuthorityBooks } from '../src/budgets/budgets.ts';
import { createDrain, openLedger, recoverJournals } from '../src/ledger/ledger.ts';
import type { DrainProgress, Ledger } from '../src/ledger/ledger.ts';
import { createBudgetKeeper } from '../src/roles/budget-keeper.ts';
import { shareAuthority } from '../src/roles/budget-redis.ts';
import { budgetSocketPath, listenForHolders } from '../src/roles/budget-socket.ts';
import { amountOf, budgetOf, readCalls } from './budget-calls.ts';
import type { Unit } from './budget-calls.ts';
import type { WorkerAsk, WorkerSays } from './budget-worker.ts';

export type Place = { readonly kind: 'embedded' } | { readonly kind: 'redis'; readonly url: string };

const WORKER = fileURLToPath(new URL('budget-worker.ts', import.meta.url));
const DRAIN_EVERY_MS = 100;
const PATIENCE_MS = 90_000;

/** Control's side of one budget. */
export class Bank {
  readonly directory = mkdtempSync(join(tmpdir(), 'setpoint-budgets-'));
  readonly place: Place;
  readonly unit: Unit;
  readonly cap: bigint;
  #ledger: Ledger | undefined;
  #progress: DrainProgress = { backlogFrames: 0, completeUntilMs: 0, trouble: '' };
  readonly #draining = new AbortController();
  #drained: Promise<void> | undefined;
  #control: { readonly books: AuthorityBooks; stop(): Promise<void> } | undefined;

  constructor(place: Place, unit: Unit, cap: bigint) {
    this.place = place;
    this.unit = unit;
    this.cap = cap;
  }

  get journals(): string {
    return join(this.directory, 'journal');
  }

  get workerPlace(): WorkerAsk['place'] {
    return this.place.kind === 'redis'
      ? this.place
      : { kind: 'embedded', socket: budgetSocketPath(this.directory) };
  }

  async open(): Promise<void> {
    const ledger = await openLedger({
      place: { kind: 'embedded', path: join(this.directory, 'ledger') },
      nowMs: Date.now,
      progress: () => this.#progress,
    });
    this.#ledger = ledger;
    const drain = createDrain({
      root: this.journals,
      stateDirectory: join(this.directory, 'drain'),
      sink: ledger,
      now: Date.now,
    });
    this.#drained = drain
      .run({
        everyMs: DRAIN_EVERY_MS,
        signal: this.#draining.signal,
        onStep: (step) => {
          this.#progress = step;
          recoverJournals({ root: this.journals, now: Date.now }); // as the supervisor does
        },
      })
      .finally(() => drain.close());
    await this.startControl();
  }

  /** An authority that knows nothing, and its bookkeeper. */
  async startControl(): Promise<void> {
    const ledger = this.#ledger!;
    const authority = new BudgetAuthority();
    const shared =
      this.place.kind === 'redis'
        ? shareAuthority({ url: this.place.url, password: undefined, monotonicMs: () => performance.now() })
        : undefined;
    const server = shared
      ? undefined
      : await listenForHolders({
          path: budgetSocketPath(this.directory),
          authority,
          nowMs: Date.now,
          say: () => undefined,
        });
    const books = shared?.books ?? booksOf(authority, Date.now);
    const keeper = createBudgetKeeper({
      books,
      ledger,
      isShared: shared !== undefined,
      nowMs: Date.now,
      monotonicMs: () => performance.now(),
      say: () => undefined,
    });
    keeper.obey({ budgets: [budgetOf(this.unit, this.cap, 'hard')], budgetsSince: { bench: 1 } });
    this.#control = {
      books,
      async stop() {
        await keeper.stop();
        await server?.close();
        shared?.close();
      },
    };
  }

  async stopControl(): Promise<void> {
    await this.#control?.stop();
    this.#control = undefined;
  }

  async view(): Promise<AccountView | undefined> {
    return (await this.#control?.books.views().catch(() => undefined))?.[0];
  }

  /** Everything that reached the ledger, in the budget's unit. */
  async spent(): Promise<bigint> {
    const year = new Date().getUTCFullYear();
    const [all] = await this.#ledger!.spend({
      during: { fromMs: Date.UTC(year, 0), toMs: Date.UTC(year + 1, 0) },
      by: null,
      where: [],
      simulated: 'exclude',
      stepMs: 0,
      journals: [],
      sinceRulebook: 0,
    });
    return (this.unit === 'money' ? all?.cost : all?.tokens) ?? 0n;
  }

  async close(): Promise<void> {
    await this.stopControl();
    this.#draining.abort();
    await this.#drained;
    await this.#ledger?.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export interface Traffic {
  readonly workers: number;
  readonly mode: WorkerAsk['mode'];
  readonly callsEach: number;
  readonly atOnceEach: number;
  readonly providerMs: WorkerAsk['providerMs'];
  readonly endsAtRefusal: boolean;
  readonly waitMs: number;
  /** Kills the first worker once it has this many calls under way; 0: nobody is killed. */
  readonly killAtOpen: number;
}

export interface Outcome {
  /** In the budget's unit. */
  readonly spent: bigint;
  readonly overrun: bigint;
  /** What calls that were admitted before the first refusal came to, as a share of the cap. */
  readonly utilisation: number;
  readonly refused: boolean;
  /** Held by the killed worker when it was gone. */
  readonly presumed: bigint;
  readonly reservedAtRest: bigint;
  readonly counterAtRest: bigint;
  /** From the last call's end until nothing was reserved and the counter equalled the ledger. */
  readonly restMs: number;
  /** From an authority that knows nothing until it gave again. */
  readonly rebuildMs: number;
}

/** @throws when something that must come does not come within a minute and a half. */
export async function runTraffic(bank: Bank, traffic: Traffic): Promise<Outcome> {
  const started = await Promise.all(
    Array.from({ length: traffic.workers }, (_, at) => startWorker(bank, traffic, at)),
  );
  try {
    await until('the budget is known', async () => (await bank.view())?.known === true);
    for (const { child } of started) child.send('go');
    const victim = traffic.killAtOpen > 0 ? started[0] : undefined;
    const presumed = victim === undefined ? 0n : await killBusy(bank, victim, traffic.killAtOpen);
    const told = await Promise.all(started.filter((one) => one !== victim).map(({ told: all }) => all));
    const rebuildMs = await rebuild(bank);
    const beganMs = performance.now();
    await Promise.all(started.filter((one) => one !== victim).map(stopWorker));
    await until('nothing is reserved', async () => {
      const view = await bank.view();
      return view?.reserved === 0n && view.spent === (await bank.spent()) && (await isDrained(bank));
    });
    const restMs = performance.now() - beganMs;
    const spent = await bank.spent();
    const view = await bank.view();
    const firstRefusal = Math.min(...told.map(({ refusedAtMs }) => refusedAtMs ?? Number.POSITIVE_INFINITY));
    const before = told
      .flatMap(({ admitted }) => admitted)
      .filter(([atMs]) => atMs < firstRefusal)
      .reduce((sum, [, amount]) => sum + BigInt(amount), 0n);
    return {
      spent,
      overrun: spent > bank.cap ? spent - bank.cap : 0n,
      utilisation: Number((before * 1_000_000n) / bank.cap) / 1_000_000,
      refused: Number.isFinite(firstRefusal),
      presumed,
      reservedAtRest: view?.reserved ?? -1n,
      counterAtRest: view?.spent ?? -1n,
      restMs,
      rebuildMs,
    };
  } finally {
    for (const { child } of started) child.kill('SIGKILL');
  }
}

interface Started {
  readonly child: ChildProcess;
  open: number;
  readonly told: Promise<Extract<WorkerSays, { readonly admitted: unknown }>>;
}

async function startWorker(bank: Bank, traffic: Traffic, at: number): Promise<Started> {
  const ask: WorkerAsk = {
    slot: `gateway-${at + 1}`,
    journals: bank.journals,
    place: bank.workerPlace,
    unit: bank.unit,
    cap: String(bank.cap),
    mode: traffic.mode,
    calls: traffic.callsEach,
    atOnce: traffic.atOnceEach,
    providerMs: traffic.providerMs,
    endsAtRefusal: traffic.endsAtRefusal,
    waitMs: traffic.waitMs,
    seed: 1_000 + at,
  };
  const child = fork(WORKER, [JSON.stringify(ask)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ready = Promise.withResolvers<void>();
  const told = Promise.withResolvers<Extract<WorkerSays, { readonly admitted: unknown }>>();
  const started: Started = { child, open: 0, told: told.promise };
  child.on('message', (message: WorkerSays) => {
    if ('ready' in message) ready.resolve();
    else if ('open' in message) started.open = message.open;
    else told.resolve(message);
  });
  child.once('exit', (code) => ready.reject(new Error(`a worker ended with ${code} before it was ready`)));
  await ready.promise;
  return started;
}

/** @returns what the authority says that the worker held, once it takes it for lost. */
async function killBusy(bank: Bank, victim: Started, open: number): Promise<bigint> {
  await until('the worker that is to die is busy', async () => victim.open >= open);
  victim.child.kill('SIGKILL');
  let presumed = 0n;
  await until('what the killed worker held is presumed', async () => {
    presumed = (await bank.view())?.presumed ?? 0n;
    return presumed > 0n;
  });
  return presumed;
}

async function rebuild(bank: Bank): Promise<number> {
  if (bank.place.kind === 'redis') return 0; // its state outlives control; what it does after a loss, the chaos tests say
  await bank.stopControl();
  const beganMs = performance.now();
  await bank.startControl();
  await until('the budget is known again', async () => (await bank.view())?.known === true);
  return performance.now() - beganMs;
}

function stopWorker({ child }: Started): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.send('stop');
  });
}

/** Two looks, since what ends between them is in the second. */
async function isDrained(bank: Bank): Promise<boolean> {
  const before = await bank.spent();
  await pause(3 * DRAIN_EVERY_MS);
  return (await bank.spent()) === before;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`waited in vain until ${what}`);
    await pause(10);
  }
}

/** A cap that fits so many calls at their upper bound. */
export function capFor(calls: number, unit: Unit): bigint {
  const all = readCalls();
  return (all.reduce((sum, { most }) => sum + amountOf(most, unit), 0n) * BigInt(calls)) / BigInt(all.length);
}
