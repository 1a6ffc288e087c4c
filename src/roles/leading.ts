/**
 * Whether this control leads. With SQLite it is alone and does. With PostgreSQL several stand by each other: the one that holds
 * the lock publishes, posts and runs what runs once; the others answer questions and take over.
 */
import { hostname } from 'node:os';

import { LEASE_MS, NotLeading, openLeaderLock, RENEW_EVERY_MS } from '../registry/registry.ts';
import type { Fence, LeaderLock, PostgresPlace, Registry, Standing } from '../registry/registry.ts';
import type { ControlStanding, HealthPart } from '../api/api.ts';
import type { LedgerPoster } from '../ledger/posting.ts';
import type { Settings } from '../operate/operate.ts';
import type { RoleWorld } from './places.ts';
import { postgresPlace } from './registry-opening.ts';

export interface Leading {
  readonly standing: () => Standing;
  /** What may be written and under which epoch; the registry asks it, and so does whatever runs once. */
  readonly fence: Fence;
  /** Begins to take and to renew the lock. Resolves when it is known for the first time who leads. */
  start(on: LeadingEvents): Promise<void>;
  /** Lets another lead at once. */
  stop(): Promise<void>;
}

export interface LeadingEvents {
  /** It leads from now on. Tried again, while it leads, until it succeeds. */
  readonly lead: () => Promise<void>;
  /** It leads no more. */
  readonly lose: () => void;
}

/** How control leads: against others by a lock in PostgreSQL, or alone. */
export interface ControlLeading extends Omit<Leading, 'standing' | 'fence'> {
  /** Undefined: the registry is SQLite, which belongs to this host, and this control is alone. */
  readonly postgres: PostgresPlace | undefined;
  readonly fence: Fence | undefined;
  readonly standing: () => ControlStanding;
}

export function openLeading(settings: Settings, world: RoleWorld): ControlLeading {
  const postgres = postgresPlace(settings, world.environment);
  if (postgres === undefined)
    return {
      postgres,
      fence: undefined,
      standing: () => ({ kind: 'alone' }),
      start: ({ lead }) => lead(),
      stop: async () => undefined,
    };
  const { host, port } = settings.api.listen;
  const holder = `${hostname()} (API ${host}:${port})`;
  return { postgres, ...holdLead(openLeaderLock(postgres, holder), world) };
}

/**
 * Who leads, beside the other parts; one that stands by is ready, since it answers questions.
 * @param parts of a control alone, whose registry is a file
 */
export function leadingHealth(parts: readonly HealthPart[], standing: ControlStanding): HealthPart[] {
  if (standing.kind === 'alone') return [...parts];
  const ready = standing.kind !== 'away';
  return [
    ...parts.filter(({ name }) => name !== 'registry'),
    { name: 'registry', ready, detail: ready ? '' : words(standing) },
    { name: 'control', ready: true, detail: ready ? words(standing) : '' },
  ];
}

type LeadingWorld = Pick<RoleWorld, 'say' | 'monotonicMs'>;

export function holdLead(lock: LeaderLock, world: LeadingWorld): Leading {
  let standing: Standing = { kind: 'standby', leader: undefined };
  let renewedMs = -Infinity;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let led: number | undefined;
  const epoch = (): number | undefined =>
    standing.kind === 'leading' && world.monotonicMs() - renewedMs < LEASE_MS
      ? standing.leader.epoch
      : undefined;

  async function step(on: LeadingEvents): Promise<void> {
    const atMs = world.monotonicMs(); // the lease counts from before the question, not from its answer
    const next = await lock.step();
    if (stopped) return;
    if (next.kind === 'leading') renewedMs = atMs;
    if (words(next) !== words(standing)) world.say(words(next));
    standing = next;
    const now = epoch();
    if (now === led) return;
    if (led !== undefined) on.lose();
    led = now;
    if (now !== undefined) void succeed(on.lead, () => led === now && !stopped, world);
  }

  function again(on: LeadingEvents): void {
    if (stopped) return;
    timer = setTimeout(() => void step(on).finally(() => again(on)), RENEW_EVERY_MS);
  }

  return {
    standing: () =>
      standing.kind === 'leading' && epoch() === undefined
        ? { kind: 'away', reason: 'its lease ran out before it could be renewed' }
        : standing,
    fence: { epoch },
    async start(on) {
      await step(on);
      again(on);
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await lock.release();
    },
  };
}

/** What a new leader begins with must not be given up because the database blinked. */
async function succeed(
  act: () => Promise<void>,
  isWanted: () => boolean,
  { say }: LeadingWorld,
): Promise<void> {
  let said = '';
  while (isWanted()) {
    try {
      return await act();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== said) say(`control leads and cannot publish yet (${reason}); it tries again`);
      said = reason;
      await new Promise((resolve) => void setTimeout(resolve, RENEW_EVERY_MS));
    }
  }
}

function words(standing: Standing): string {
  switch (standing.kind) {
    case 'leading':
      return `control leads, epoch ${standing.leader.epoch}`;
    case 'standby':
      return standing.leader === undefined
        ? 'control stands by; none leads yet'
        : `control stands by; last to lead was ${standing.leader.holder}, epoch ${standing.leader.epoch}`;
    case 'away':
      return `control cannot lead: PostgreSQL does not answer (${standing.reason}). Gateways serve on the last rulebook.`;
  }
}

/**
 * Posts only while this control leads by the database's own word. Between that word and the post it may still be stopped and overtaken: then the
 * post's id, which the registry wrote down first, makes it the same post as that of its successor.
 */
export function fencedPoster(
  poster: LedgerPoster,
  registry: Pick<Registry, 'confirmMayWrite'>,
): LedgerPoster {
  const first =
    <A extends unknown[], R>(act: (...ask: A) => Promise<R>) =>
    async (...ask: A): Promise<R> => {
      await registry.confirmMayWrite();
      return act(...ask);
    };
  return {
    post: first((batch) => poster.post(batch)),
    move: first((move) => poster.move(move)),
    importLines: first((block) => poster.importLines(block)),
    lockMonth: first((month) => poster.lockMonth(month)),
    rebookLate: first((month, bookAtMs) => poster.rebookLate(month, bookAtMs)),
  };
}

/** The epoch to publish under. @throws NotLeading */
export function leadingEpoch(fence: Fence | undefined): number {
  const epoch = fence?.epoch();
  if (epoch === undefined) throw new NotLeading();
  return epoch;
}
