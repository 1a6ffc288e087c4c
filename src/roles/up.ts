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
import { journalRoot } from './places.ts';
import type { RoleWorld } from './places.ts';
import { keep } from './supervise.ts';
import type { Keeper } from './supervise.ts';

const GATEWAY_STOP_MS = 16 * 60_000;
const STOP_MS = 15_000;
const RECOVER_EVERY_MS = 2_000;

export interface UpOptions {
  readonly settings: Settings;
  /** Starts a gateway worker for a slot, through the cluster that shares the listening socket. */
  readonly forkGateway: (slot: string) => Worker;
  /** `gateways`: only the data plane of this machine, with control elsewhere. */
  readonly parts: 'all' | 'gateways';
  readonly onReady: () => void;
}

/** Runs until asked to stop; then gateways finish their calls, and control ends last so that nothing stays undrained. */
export async function runUp(options: UpOptions, world: RoleWorld): Promise<void> {
  const { settings } = options;
  openWorkspace(settings, world.nowMs());
  mkdirSync(settings.data, { recursive: true, mode: 0o700 });
  const recover = (): void => recoverAbandoned(settings, world);
  recover();
  const wiped = Promise.withResolvers<'wiped'>();
  const children: Children = {
    gateways: [],
    others: [],
    stopping: false,
    onWipe: () => wiped.resolve('wiped'),
  };
  const asked = Promise.race([world.untilAskedToStop, wiped.promise]).then((why) => {
    children.stopping = true;
    return why ?? ('asked to stop' as const);
  });
  try {
    if ((await Promise.race([startAll(options, world, recover, children), asked])) === 'started')
      options.onReady();
  } catch (fault) {
    children.stopping = true;
    await stopAll(children);
    throw fault;
  }
  // A gateway of a former supervisor may outlive it by seconds; what it left is found when it has gone.
  const again = setInterval(() => {
    try {
      recover();
    } catch (fault) {
      world.say(fault instanceof Error ? fault.message : String(fault));
    }
  }, RECOVER_EVERY_MS);
  const why = await asked;
  clearInterval(again);
  await stopAll(children);
  if (why === 'wiped') {
    removeDemo(settings.data);
    world.say('the demo was wiped: its data are gone and everything has stopped');
  }
}

function isWipe(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'wipe' in message;
}

/** Gateways finish their calls; control ends last so that nothing stays undrained. */
async function stopAll(children: Children): Promise<void> {
  await Promise.all(children.gateways.map((gateway) => gateway.stop(GATEWAY_STOP_MS)));
  for (const keeper of children.others.toReversed()) await keeper.stop(STOP_MS);
}

interface Children {
  readonly gateways: Keeper[];
  readonly others: Keeper[];
  /** Nothing more may be started. */
  stopping: boolean;
  /** Control was asked to wipe the demo. */
  readonly onWipe: () => void;
}

/** Starts control, then the simulator, then the gateways; each is in `children` as soon as it exists. */
async function startAll(
  { settings, forkGateway, parts }: UpOptions,
  world: RoleWorld,
  recover: () => void,
  children: Children,
): Promise<'started'> {
  const common = { say: world.say, monotonicMs: world.monotonicMs };
  if (parts === 'all') {
    const control = keep({
      name: 'control',
      start: () => world.startRole('control', settings),
      onMessage: (message) => isWipe(message) && children.onWipe(),
      ...common,
    });
    children.others.push(control);
    // Control may wait long for PostgreSQL; gateways that have a rulebook need not.
    const served = settings.registry !== undefined && readRulebook(dataFiles(settings.data).rulebook);
    if (served) control.ready.catch((fault: unknown) => world.say(`${String(fault)}. Gateways serve on.`));
    else await control.ready;
    if (children.stopping) return 'started';
    if (simulatorRuns(settings, hasRealProvider(settings))) {
      const simulator = keep({
        name: 'simulator',
        start: () => world.startRole('simulator', settings),
        ...common,
      });
      children.others.push(simulator);
      await simulator.ready;
    }
  }
  if (parts === 'gateways' && settings.registry !== undefined) {
    const start = () => world.startRole('follower', settings);
    const follower = keep({ name: 'follower', start, ...common });
    children.others.push(follower);
    await follower.ready;
  }
  if (children.stopping) return 'started';
  for (let index = 0; index < workerCount(settings); index += 1) {
    const slot = `gateway-${index + 1}`;
    children.gateways.push(
      keep({ name: slot, start: () => forkGateway(slot).process, beforeRestart: recover, ...common }),
    );
  }
  await Promise.all(children.gateways.map(({ ready }) => ready));
  return 'started';
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
      );
    }
    if (damage.length > 0)
      world.say(
        `${journal}: damaged in ${damage.length} places${keptAt === '' ? '' : `; the bytes are kept at ${keptAt}`}`,
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
