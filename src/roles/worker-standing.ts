/**
 * How each gateway worker of this machine stands, told to control by way of the supervisor every two seconds, so that people
 * see all of them: a question to the shared port would reach any one. Nothing waits for it, and nothing is decided by it.
 */
import type { ChildProcess } from 'node:child_process';

import type { WorkerStanding } from '../api/api.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { RoleWorld } from './places.ts';

const TELL_EVERY_MS = 2_000;
/** A worker that is silent for so long is gone, or its machine is too busy to be believed. */
export const SILENT_MS = 15_000;

interface StandingMessage {
  readonly workerStanding: WorkerStanding;
}

/** Facts that a gateway shows to whoever asks /readyz of it. */
type Facts = Readonly<Record<string, string | number>>;

/** A worker's side. @returns tells at once, and stops telling. */
export function tellStanding(parts: {
  readonly slot: string;
  readonly gateway: Pick<Gateway, 'metrics' | 'brokenRoutes'>;
  readonly facts: () => Facts;
  readonly world: Pick<RoleWorld, 'nowMs' | 'tellParent'>;
}): { readonly draining: () => void; readonly stop: () => void } {
  const { slot, gateway, facts, world } = parts;
  const startedAtMs = world.nowMs();
  let state: WorkerStanding['state'] = 'serving';
  const tell = (): void =>
    world.tellParent({
      workerStanding: standingOf({ slot, startedAtMs, state, atMs: world.nowMs() }, gateway, facts()),
    } satisfies StandingMessage);
  const timer = setInterval(tell, TELL_EVERY_MS);
  timer.unref();
  tell();
  return {
    draining() {
      state = 'draining';
      tell();
    },
    stop: () => clearInterval(timer),
  };
}

function standingOf(
  about: Pick<WorkerStanding, 'slot' | 'startedAtMs' | 'state' | 'atMs'>,
  gateway: Pick<Gateway, 'metrics' | 'brokenRoutes'>,
  facts: Facts,
): WorkerStanding {
  const gauges = gateway.metrics.gauges();
  const gauge = (name: string): number => gauges[name] ?? 0;
  return {
    ...about,
    pid: process.pid,
    inFlight: gateway.metrics.inFlight,
    rulebook: gauge('rulebook_version'),
    rulebookAgeSeconds: gauge('rulebook_age_seconds'),
    journal: String(facts['journal'] ?? ''),
    syncLagMs: Math.round(gauge('journal_sync_lag_seconds') * 1_000),
    overload: String(facts['overload'] ?? ''),
    busyShare: gauge('event_loop_busy_share'),
    memoryShare: gauge('memory_share'),
    spoolBytes: gauge('spool_bytes'),
    spoolShare: gauge('spool_share'),
    brokenRoutes: gateway.brokenRoutes(),
  };
}

function isStanding(message: unknown): message is StandingMessage {
  return typeof message === 'object' && message !== null && 'workerStanding' in message;
}

const ASKING = 'asksForWorkers';

/** The supervisor's side: passes on what workers say to the control that asked for it. */
export function createStandingRelay(): {
  readonly onGateway: (message: unknown) => void;
  readonly onControl: (message: unknown, child: ChildProcess) => void;
} {
  let control: ChildProcess | undefined;
  return {
    onGateway(message) {
      if (isStanding(message) && control?.connected === true) control.send(message, () => undefined);
    },
    onControl(message, child) {
      if (typeof message === 'object' && message !== null && ASKING in message) control = child;
    },
  };
}

/** Control's side: the last that each worker said, until it is silent for too long. */
export function followWorkers(
  world: Pick<RoleWorld, 'nowMs' | 'onParentMessage' | 'tellParent'>,
): () => readonly WorkerStanding[] {
  const standings = new Map<string, WorkerStanding>();
  world.onParentMessage((message) => {
    if (!isStanding(message)) return;
    const { workerStanding } = message;
    standings.set(`${workerStanding.slot} ${workerStanding.pid}`, workerStanding);
  });
  world.tellParent({ [ASKING]: true });
  return () => {
    for (const [id, { atMs }] of standings) if (world.nowMs() - atMs > SILENT_MS) standings.delete(id);
    return [...standings.values()].toSorted((one, other) => (one.slot < other.slot ? -1 : 1));
  };
}
