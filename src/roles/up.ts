/**
 * `setpoint up`: one supervisor and its children on one machine. The supervisor accepts no call and opens no store;
 * it starts control, the simulator and the gateway workers, and starts again whichever ends.
 */
import cluster from 'node:cluster';
import type { Worker } from 'node:cluster';
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';

import { recoverJournals } from '../ledger/ledger.ts';
import { dataFiles, readRulebook, removeDemo, simulatorRuns } from '../operate/operate.ts';
import type { Settings } from '../operate/operate.ts';
import { openWorkspace } from './demo.ts';
import { Fleet } from './fleet.ts';
import { faultWords } from './log.ts';
import { hostSlot } from './ledger-place.ts';
import { journalRoot } from './places.ts';
import type { RoleWorld } from './places.ts';
import { createReloader } from './reload.ts';
import { createKeyRelay } from './rulebook-keys.ts';
import { createStandingRelay } from './worker-standing.ts';
import { keep } from './supervise.ts';
import type { Keeper, KeeperOptions } from './supervise.ts';
import { writeSupervisorFile } from './supervisor-file.ts';

const STOP_MS = 15_000;
const RECOVER_EVERY_MS = 2_000;

export interface UpOptions {
  readonly settings: Settings;
  /** Reads the settings again, as they were read at the start. @throws Error that says what is wrong with them. */
  readonly reread: () => Promise<Settings>;
  /** Starts a gateway worker for a slot, through the cluster that shares the listening socket. */
  readonly forkGateway: (slot: string, settings: Settings) => Worker;
  /** `gateways`: only the data plane of this machine, with control elsewhere. */
  readonly parts: 'all' | 'gateways';
  readonly onReady: () => void;
  /** Calls its listener whenever an operator asks for a reload. Taken up first of all: unheard, the signal would end the process. */
  readonly onReloadAsked: (listener: () => void) => void;
}

/** Runs until asked to stop; then gateways finish their calls, and control ends last so that nothing stays undrained. */
export async function runUp(options: UpOptions, world: RoleWorld): Promise<void> {
  const { settings, parts } = options;
  openWorkspace(settings, world.nowMs());
  mkdirSync(settings.data, { recursive: true, mode: 0o700 });
  const recover = (): void => recoverAbandoned(settings, world);
  recover();
  const reloads: { begin?: () => void; early: boolean } = { early: false };
  options.onReloadAsked(() => {
    if (reloads.begin === undefined) reloads.early = true; // asked for before everything was up
    else reloads.begin();
  });
  const file = writeSupervisorFile(settings.data, parts, world.nowMs);
  const wiped = Promise.withResolvers<'wiped'>();
  const system = new System(options, world, recover, () => wiped.resolve('wiped'));
  const asked = Promise.race([world.untilAskedToStop, wiped.promise]).then((why) => {
    system.stopping = true;
    return why ?? ('asked to stop' as const);
  });
  try {
    if ((await Promise.race([system.start(), asked])) === 'started') options.onReady();
  } catch (fault) {
    await system.stop();
    file.remove();
    throw fault;
  }
  const reload = createReloader({ ...options, system, file, nowMs: world.nowMs, say: world.say });
  system.onReload = reload;
  reloads.begin = reload;
  if (reloads.early) reload();
  // A gateway of a former supervisor may outlive it by seconds; what it left is found when it has gone.
  const again = setInterval(() => {
    try {
      recover();
    } catch (fault) {
      world.say(faultWords(fault), { event: 'journal.recovery_failed', level: 'error' });
    }
  }, RECOVER_EVERY_MS);
  const why = await asked;
  world.say('stopping: calls under way are finished first', { event: 'stopping' });
  clearInterval(again);
  await system.stop();
  file.remove();
  if (why === 'wiped') {
    removeDemo(settings.data);
    world.say('the demo was wiped: its data are gone and everything has stopped', { event: 'demo.wiped' });
  }
}

function asks(message: unknown, what: 'wipe' | 'reload'): boolean {
  return typeof message === 'object' && message !== null && what in message;
}

/** The processes of this machine: started in order, renewed while they serve, stopped in order. */
export class System {
  /** Nothing more may be started. */
  stopping = false;
  onReload: () => void = () => undefined;
  readonly #options: UpOptions;
  readonly #world: RoleWorld;
  readonly #onWipe: () => void;
  readonly #fleet: Fleet;
  readonly #relay = createKeyRelay();
  readonly #standings = createStandingRelay();
  #control: Keeper | undefined;
  #simulator: Keeper | undefined;
  /** Where gateways stand alone and the ledger is on a server. */
  #drain: Keeper | undefined;
  /** Fetches rulebooks where control is on another host. */
  #follower: Keeper | undefined;

  constructor(options: UpOptions, world: RoleWorld, recover: () => void, onWipe: () => void) {
    this.#options = options;
    this.#world = world;
    this.#onWipe = onWipe;
    this.#fleet = new Fleet({
      fork: (slot, settings) => options.forkGateway(hostSlot(settings, slot), settings).process,
      workers: workerCount,
      recover,
      onMessage: (message, child) => {
        this.#relay.onGateway(message, child);
        this.#standings.onGateway(message);
      },
      say: world.say,
      monotonicMs: world.monotonicMs,
    });
  }

  /** Control, then the simulator, then the gateways. */
  async start(): Promise<'started'> {
    const { settings, parts } = this.#options;
    if (parts === 'all') {
      await this.#startControl(settings);
      if (this.stopping) return 'started';
      if (simulatorRuns(settings, hasRealProvider(settings))) await this.#startSimulator(settings);
    }
    if (parts === 'gateways' && settings.ledger !== undefined)
      this.#drain = this.#keep('drain', settings, () => undefined);
    if (parts === 'gateways' && settings.registry !== undefined && !this.stopping) {
      this.#follower = this.#keep('follower', settings, () => undefined);
      await this.#follower.ready;
    }
    if (!this.stopping) await this.#fleet.renew(settings);
    return 'started';
  }

  /**
   * Lets everything go on with other settings: control first, which publishes their rulebook, then new gateways, which serve
   * before the former ones finish. @throws Error when something does not come up; then the former settings are in force.
   */
  async renew(before: Settings, next: Settings): Promise<void> {
    if (this.#options.parts === 'all') {
      await this.#control?.stop(STOP_MS);
      try {
        await this.#startControl(next);
        if (this.#simulator === undefined && simulatorRuns(next, hasRealProvider(next)))
          await this.#startSimulator(next);
      } catch (fault) {
        await this.#control?.stop(STOP_MS);
        await this.#startControl(before);
        throw fault;
      }
    }
    if (this.#drain !== undefined) {
      await this.#drain.stop(STOP_MS);
      this.#drain = next.ledger && this.#keep('drain', next, () => undefined);
    }
    if (this.#follower !== undefined) {
      await this.#follower.stop(STOP_MS);
      this.#follower = this.#keep('follower', next, () => undefined);
    }
    await this.#fleet.renew(next);
  }

  /** Workers that still finish calls of former settings. */
  get retiring(): number {
    return this.#fleet.retiring;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.#fleet.stop();
    await this.#simulator?.stop(STOP_MS);
    await this.#drain?.stop(STOP_MS);
    await this.#follower?.stop(STOP_MS);
    await this.#control?.stop(STOP_MS);
  }

  async #startControl(settings: Settings): Promise<void> {
    this.#control = this.#keep('control', settings, (message, child) => {
      if (asks(message, 'wipe')) this.#onWipe();
      if (asks(message, 'reload')) this.onReload();
      this.#relay.onControl(message);
      this.#standings.onControl(message, child);
    });
    const { ready } = this.#control;
    // It may wait long for PostgreSQL; gateways that have a rulebook need not.
    const served = settings.registry !== undefined && readRulebook(dataFiles(settings.data).rulebook);
    if (served) ready.catch((fault: unknown) => this.#world.say(`${faultWords(fault)}. Gateways serve on.`));
    else await ready;
  }

  async #startSimulator(settings: Settings): Promise<void> {
    this.#simulator = this.#keep('simulator', settings, () => undefined);
    await this.#simulator.ready;
  }

  #keep(
    role: 'control' | 'simulator' | 'drain' | 'follower',
    settings: Settings,
    onMessage: KeeperOptions['onMessage'] & {},
  ): Keeper {
    if (this.stopping) throw new Error('everything is being stopped');
    const { startRole, say, monotonicMs } = this.#world;
    return keep({ name: role, start: () => startRole(role, settings), onMessage, say, monotonicMs });
  }
}

/** The round-robin of the cluster spreads connections evenly over workers, long streams included. */
export function setUpCluster(program: string, execArguments: readonly string[]): void {
  cluster.schedulingPolicy = cluster.SCHED_RR;
  cluster.setupPrimary({ exec: program, args: ['role', 'gateway'], execArgv: [...execArguments] });
}

/** Presumes the attempts of writers that are gone, so that nothing that was sent stays unaccounted. */
function recoverAbandoned(settings: Settings, world: RoleWorld): void {
  for (const { journal, presumed, damage, keptAt } of recoverJournals({
    root: journalRoot(settings),
    now: world.nowMs,
    failpoints: world.failpoints,
  })) {
    if (presumed > 0) {
      world.say(
        `${journal}: ${presumed} attempts were under way when their gateway ended; they are charged as presumed until corrected`,
        { event: 'journal.presumed', level: 'warning', fields: { journal, attempts: presumed } },
      );
    }
    if (damage.length > 0)
      world.say(
        `${journal}: damaged in ${damage.length} places${keptAt === '' ? '' : `; the bytes are kept at ${keptAt}`}`,
        { event: 'journal.damaged', level: 'error', fields: { journal, places: damage.length, keptAt } },
      );
  }
}

function workerCount(settings: Settings): number {
  return settings.gateway.workers ?? Math.max(1, availableParallelism() - 1); // one core stays free for control and the ledger
}

function hasRealProvider(settings: Settings): boolean {
  return (
    readRulebook(dataFiles(settings.data).rulebook)?.providers.some((provider) => !provider.simulated) ??
    false
  );
}
