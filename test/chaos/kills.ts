/**
 * A whole running system under load whose processes are killed at random, and the comparison afterwards: what clients
 * saw end, what the provider's own book says, and what the ledger holds. A seed gives the same plan of kills.
 *
 * Used by the short form (40 kills, in `npm test`), the long one (500), and by whatever else must hold under kills:
 * `inspect` is called on the quiet system before it is stopped.
 */
import { setTimeout as wait } from 'node:timers/promises';

import { startSystem } from '../e2e/system.ts';
import type { Role, System, SystemOptions } from '../e2e/system.ts';
import { startBookedProvider, usageOf } from './booked-provider.ts';
import type { BookEntry, BookedProvider } from './booked-provider.ts';

/** What a client knows of one call. */
export interface ClientCall {
  readonly name: string;
  /** Empty when not even the headers came. */
  call: string;
  status: number;
  /** The end of the answer was read: the call is acknowledged. */
  isAcknowledged: boolean;
  responseId: string;
}

/** A ledger line, as far as it is compared. */
export interface Line {
  readonly id: string;
  readonly call: string;
  readonly attempt: string;
  readonly leg: string;
  readonly part: string;
  readonly request: string;
  readonly status: string;
  readonly basis: string;
  readonly responseId: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: string | null;
}

export interface Differences {
  /** Acknowledged calls that the ledger does not have as they were. */
  readonly lost: readonly string[];
  /** Attempts with more than one end, or lines that are there twice. */
  readonly doubled: readonly string[];
  /** Requests that reached the provider and have no line. */
  readonly unrecorded: readonly string[];
  /** Lines whose usage is not that of the provider's book. */
  readonly different: readonly string[];
}

export interface KillsOptions {
  readonly kills: number;
  readonly seed: number;
  /** Likelihood of each role to be the next victim. */
  readonly weights: Partial<Record<Role, number>>;
  readonly clients: number;
  /** Milliseconds between kills, at most. */
  readonly pauseMs: number;
  readonly system?: Partial<SystemOptions>;
  /** Told what happens while it happens. */
  readonly say?: (text: string) => void;
  /** Called on the quiet system, with everything drained. */
  readonly inspect?: (system: System) => Promise<void>;
}

export interface KillsReport extends Differences {
  readonly kills: Readonly<Record<string, number>>;
  /** Kills that fell while calls were under way. */
  readonly landed: number;
  readonly calls: number;
  readonly acknowledged: number;
  readonly presumed: number;
  readonly lines: number;
  readonly seed: number;
}

export async function runKills(options: KillsOptions): Promise<KillsReport> {
  const provider = await startBookedProvider();
  const system = await startSystem({
    workers: 3,
    ...options.system,
    settings: {
      providers: [
        {
          name: 'booked',
          dialect: 'openai',
          baseUrl: provider.baseUrl,
          key: 'none',
          models: ['gpt-*'],
          priceProvider: 'openai',
        },
      ],
      simulator: { enabled: 'never' },
      ...options.system?.settings,
    },
  });
  const { say = () => undefined } = options;
  try {
    say('the system is up');
    const load = startLoad(system, options.clients);
    const { kills, landed } = await killAtRandom(system, options, load);
    await load.stop();
    say(`${load.calls.length} calls were made; comparing`);
    const { lines, differences } = await untilEqual(system, load.calls, provider);
    await options.inspect?.(system);
    return {
      ...differences,
      kills,
      landed,
      calls: load.calls.length,
      acknowledged: load.calls.filter(({ isAcknowledged }) => isAcknowledged).length,
      presumed: lines.filter(({ leg }) => leg === 'presume').length,
      lines: lines.length,
      seed: options.seed,
    };
  } catch (error) {
    const how = system.ended() ?? 'is running';
    throw new Error(
      `seed ${options.seed}; the supervisor: ${how}; its last words:\n${system.log().slice(-LAST_WORDS)}`,
      {
        cause: error,
      },
    );
  } finally {
    await system.stop();
    await provider.close();
  }
}

const LAST_WORDS = 8_000;

// --- the load ---------------------------------------------------------------------------------------------

export interface Load {
  readonly calls: readonly ClientCall[];
  underWay(): number;
  stop(): Promise<void>;
}

/** How calls are made to go: most well, some not. */
const MANNERS: ReadonlyArray<readonly [stream: boolean, words: string]> = [
  [false, ''],
  [true, ''],
  [true, 'slow'],
  [false, ''],
  [true, 'slow'],
  [false, 'status-503 once'],
  [true, 'cut-700'],
  [false, 'reset'],
  [true, 'no-usage'],
];

/** Clients that call one after the other, each name once, and note what they saw. */
export function startLoad(system: Pick<System, 'gatewayUrl'>, clients: number): Load {
  const calls: ClientCall[] = [];
  let isStopping = false;
  let underWay = 0;
  const loop = async (): Promise<void> => {
    while (!isStopping) {
      const [stream, words] = MANNERS[calls.length % MANNERS.length] ?? [false, ''];
      const call: ClientCall = {
        name: `n${calls.length}`,
        call: '',
        status: 0,
        isAcknowledged: false,
        responseId: '',
      };
      calls.push(call);
      underWay += 1;
      await makeCall(system.gatewayUrl, call, stream, words).catch(() => undefined);
      underWay -= 1;
      if (call.status !== 200) await wait(100); // nobody listens for a moment
    }
  };
  const loops = Array.from({ length: clients }, loop);
  return {
    calls,
    underWay: () => underWay,
    async stop() {
      isStopping = true;
      await Promise.all(loops);
    },
  };
}

const CALL_MS = 30_000;

export async function makeCall(url: string, call: ClientCall, stream: boolean, words: string): Promise<void> {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-setpoint-request': call.name },
    body: JSON.stringify({
      model: 'gpt-4o',
      stream,
      user: `${call.name} ${words}`.trim(),
      messages: [{ role: 'user', content: 'how much?' }],
    }),
    signal: AbortSignal.timeout(CALL_MS),
  });
  call.status = answer.status;
  call.call = answer.headers.get('x-setpoint-call-id') ?? '';
  const text = await answer.text();
  call.responseId = /"id":"(resp-[^"]+)"/.exec(text)?.[1] ?? '';
  call.isAcknowledged = answer.ok && (stream ? text.includes('data: [DONE]') : text !== '');
}

// --- the kills --------------------------------------------------------------------------------------------

/** mulberry32: small, seeded, even enough to pick victims. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function killAtRandom(
  system: System,
  { kills, seed, weights, pauseMs, say }: KillsOptions,
  load: Load,
): Promise<{ kills: Record<string, number>; landed: number }> {
  const chance = seeded(seed);
  const done: Record<string, number> = {};
  let landed = 0;
  for (let kill = 0; kill < kills;) {
    await untilWorking(load);
    await wait(Math.floor(chance() * pauseMs));
    const role = pick(weights, chance());
    const victims = (await system.processes()).filter((one) => one.role === role);
    const victim = victims[Math.floor(chance() * victims.length)];
    if (victim === undefined) {
      const how = system.ended(); // else it is being started again
      if (how !== undefined) throw new Error(`The supervisor ended by itself (${how}).\n${system.log()}`);
      continue;
    }
    if (load.underWay() > 0) landed += 1;
    await system.killOne(victim.pid);
    if (role === 'supervisor') await system.startAgain();
    done[role] = (done[role] ?? 0) + 1;
    kill += 1;
    say?.(`kill ${kill}: ${role}`);
  }
  return { kills: done, landed };
}

const WORKING_WITHIN_MS = 15_000;

/** A kill proves something while calls end well: so the next one waits for some that did. */
async function untilWorking(load: Load): Promise<void> {
  const endMs = performance.now() + WORKING_WITHIN_MS;
  const from = load.calls.length;
  const ended = (): number => load.calls.slice(from).filter(({ isAcknowledged }) => isAcknowledged).length;
  while (ended() < ENDED_BETWEEN_KILLS && performance.now() < endMs) await wait(20);
}

const ENDED_BETWEEN_KILLS = 3;

function pick(weights: Partial<Record<Role, number>>, chance: number): Role {
  const entries = Object.entries(weights) as Array<[Role, number]>;
  let left = chance * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [role, weight] of entries) {
    left -= weight;
    if (left < 0) return role;
  }
  return 'gateway';
}

// --- the comparison ---------------------------------------------------------------------------------------

const EQUAL_WITHIN_MS = 90_000;

/** Waits for the drain; what is still different when nothing more comes is the answer. */
async function untilEqual(
  system: System,
  calls: readonly ClientCall[],
  provider: BookedProvider,
): Promise<{ lines: Line[]; differences: Differences }> {
  const endMs = performance.now() + EQUAL_WITHIN_MS;
  let before = -1;
  for (;;) {
    const lines = await allLines(system).catch((): Line[] => []);
    const differences = compare(calls, provider.book, lines);
    const isEqual = Object.values(differences).every((names: readonly string[]) => names.length === 0);
    // Equal once is not enough: a line that is doubled may come late.
    if ((isEqual && lines.length === before) || performance.now() > endMs) return { lines, differences };
    before = isEqual ? lines.length : -1;
    await wait(2_500); // recovery looks every two seconds, the drain twice in one
  }
}

/** `all` ends tomorrow; calls of a worker whose clock was a year ahead are in the ledger too. */
const ANY_CLOCK = '2000-01-01..2099-12-31';

export async function allLines(system: Pick<System, 'api'>): Promise<Line[]> {
  const lines: Line[] = [];
  let cursor: string | null = null;
  do {
    const more: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: { lines: Line[]; nextCursor: string | null } = await system.api(
      `/api/v1/calls?during=${ANY_CLOCK}&limit=1000${more}`,
    );
    lines.push(...page.lines);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return lines;
}

/** Pure: what of the promises is broken. */
export function compare(
  calls: readonly ClientCall[],
  book: readonly BookEntry[],
  lines: readonly Line[],
): Differences {
  const differences: Record<keyof Differences, string[]> = {
    lost: [],
    doubled: [],
    unrecorded: [],
    different: [],
  };
  const byName = Map.groupBy(lines, ({ request }) => request);
  for (const { name, call, isAcknowledged, responseId } of calls) {
    if (!isAcknowledged) continue;
    const its = (byName.get(name) ?? []).filter(
      (line) => line.call === call && line.leg === 'settle' && line.responseId === responseId,
    );
    if (its.length === 0) differences.lost.push(name);
  }
  for (const [attempt, its] of Map.groupBy(lines, (line) => line.attempt)) {
    const parts = its.map(({ part }) => part);
    const isOneEnd = new Set(its.map(({ leg }) => leg)).size === 1;
    if (!isOneEnd || new Set(parts).size !== parts.length) differences.doubled.push(attempt);
  }
  for (const [name, entries] of Map.groupBy(book, (entry) => entry.name)) {
    const attempts = new Set((byName.get(name) ?? []).map(({ attempt }) => attempt));
    if (attempts.size < entries.length) differences.unrecorded.push(name);
  }
  const invoiced = new Map(book.map((entry) => [entry.responseId, entry]));
  for (const { id, basis, responseId, inputTokens, outputTokens, request } of lines) {
    if (basis !== 'reported' || responseId === '') continue;
    const entry = invoiced.get(responseId);
    const used = usageOf(request);
    if (entry?.inputTokens !== inputTokens || used.outputTokens !== outputTokens)
      differences.different.push(id);
  }
  return differences;
}
