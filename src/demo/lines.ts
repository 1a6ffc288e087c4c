/**
 * Cells as ledger lines: single calls of all sizes where single calls are kept, and sums of the others. What goes wrong
 * is a line too: an attempt that failed, its retry, the provider that stood in, an answer that nobody waited for.
 */
import { sideTotal } from '../units/tokens.ts';
import type { Usage } from '../units/tokens.ts';
import { HOUR_MS } from './calendar.ts';
import type { Chance } from './chance.ts';
import type { Model } from './lanes.ts';
import type { Cell } from './load.ts';
import { createPool, splitIn } from './pool.ts';
import { untaggedShare } from './stories.ts';
import type { Stories } from './stories.ts';

export type LineKind = 'primary' | 'retry' | 'fallback';
export type LineStatus = 'ok' | 'upstream_error' | 'upstream_failed' | 'client_aborted';

/** One ledger line: one attempt, or the sum of many that ended alike. */
export interface DemoLine {
  readonly cell: Cell;
  readonly model: Model;
  readonly atMs: number;
  /** 0 on the second and further attempts of calls. */
  readonly calls: number;
  readonly attempts: number;
  readonly kind: LineKind;
  readonly status: LineStatus;
  readonly usage: Usage;
  /** Its place among the customers; -1: none. */
  readonly customer: number;
  readonly tagged: boolean;
  /** One call of one request; else a sum of an hour. */
  readonly single: boolean;
  /** Groups the calls of one user action; empty where the line is a sum. */
  readonly request: string;
  readonly durationMs: number;
  readonly firstByteMs: number;
}

export interface LineOptions {
  readonly stories: Stories;
  /** Share of calls kept one by one since `rowsFromMs`. */
  readonly rowShare: number;
  readonly pickCustomer: (at: number) => number;
}

/** Trouble is kept once in so many hours where single calls are not kept, for as many hours. */
const TROUBLE_HOURS = 12;
/** Where every hour is kept, so often is enough: trouble moves no calls or money to another hour. */
const TROUBLE_HOURS_OF_HOURLY = 4;
/** Likewise what is not tagged yet; lanes take turns, so that every hour has some. */
const UNTAGGED_HOURS = 3;
/** Fewer calls than this are not shared among customers. */
const SHARED_FROM = 200;
/** Share of the output that a client has had when it leaves; and what two lost attempts of a storm had sent. */
const STORM_LOST_OUTPUT = 0.1;

/** What happens to some calls of a cell. */
type Fate = 'usual' | 'retried' | 'left';

interface Group {
  readonly calls: number;
  readonly usage: Usage;
  readonly fate: Fate;
  readonly customer: number;
  readonly tagged: boolean;
  readonly atMs: number;
  readonly single: boolean;
  readonly request: string;
}

export function* cellLines(cell: Cell, options: LineOptions): Generator<DemoLine> {
  for (const group of groupsOf(cell, options)) yield* attemptsOf(cell, group);
}

function* groupsOf(cell: Cell, options: LineOptions): Generator<Group> {
  const { stories } = options;
  const pool = createPool(cell.calls, cell.usage);
  const rowByRow = cell.atMs >= stories.rowsFromMs;
  if (rowByRow) yield* singles(cell, pool, options);
  const everyHour = cell.atMs >= stories.hourlyFromMs;
  const troubleHours = everyHour ? TROUBLE_HOURS_OF_HOURLY : TROUBLE_HOURS;
  const troubled = !rowByRow && (cell.atMs / HOUR_MS + cell.laneNumber) % troubleHours === 0;
  const sum = (calls: number, more: Partial<Group>): Group => ({
    calls,
    usage: pool.take(calls),
    fate: 'usual',
    customer: customerOf(cell, options, cell.chance.uniform()),
    tagged: true,
    atMs: cell.atMs,
    single: false,
    request: '',
    ...more,
  });
  const part = (share: number): number =>
    Math.min(pool.callsLeft(), Math.floor(cell.calls * share + cell.chance.uniform()));
  if (troubled) {
    for (const fate of ['retried', 'left'] as const) {
      const share = fate === 'retried' ? cell.lane.failing : cell.lane.leaving;
      const calls = part(share * troubleHours);
      if (calls > 0) yield sum(calls, { fate });
    }
  }
  const untaggedHours = everyHour ? 1 : UNTAGGED_HOURS;
  const turn = (cell.atMs / HOUR_MS / cell.lane.everyHours + cell.laneNumber) % untaggedHours < 1;
  const untagged = turn || everyHour ? part(untaggedShare(stories, cell.atMs) * untaggedHours) : 0;
  if (untagged > 0) yield sum(untagged, { tagged: false, customer: -1 });
  const half =
    cell.lane.customers && cell.lane.everyHours === 1 && pool.callsLeft() >= SHARED_FROM
      ? pool.callsLeft() >> 1
      : 0;
  if (half > 0) yield sum(half, {});
  if (pool.callsLeft() > 0) yield sum(pool.callsLeft(), {});
}

function* singles(
  { atMs, calls, lane, laneNumber, chance, workflow }: Cell,
  pool: ReturnType<typeof createPool>,
  options: LineOptions,
): Generator<Group> {
  const count = Math.min(calls, Math.floor(calls * options.rowShare + chance.uniform()));
  let customer = -1;
  for (let at = 0; at < count; at += 1) {
    const inRequest = at % lane.fanOut;
    if (inRequest === 0 && lane.customers && workflow.name !== '')
      customer = options.pickCustomer(chance.uniform());
    const luck = chance.uniform();
    yield {
      calls: 1,
      usage: pool.takeOne(chance),
      fate: luck < lane.failing ? 'retried' : luck < lane.failing + lane.leaving ? 'left' : 'usual',
      customer,
      tagged: true,
      atMs: atMs + Math.floor(chance.uniform() * HOUR_MS),
      single: true,
      request: `${(atMs / HOUR_MS).toString(36)}-${laneNumber.toString(36)}-${Math.floor(at / lane.fanOut).toString(36)}`,
    };
  }
}

function customerOf({ lane, workflow }: Cell, { pickCustomer }: LineOptions, at: number): number {
  return lane.customers && workflow.name !== '' ? pickCustomer(at) : -1;
}

/** The attempts of a group's calls, as lines. */
function* attemptsOf(cell: Cell, group: Group): Generator<DemoLine> {
  const { calls, usage, fate } = group;
  const own = (more: Partial<DemoLine>): DemoLine => lineOf(cell, group, more);
  if (cell.stormy) {
    const [lost, kept] = splitIn(usage, (side) => (side === 'input' ? 2 / 3 : 2 * STORM_LOST_OUTPUT));
    const [first, second] = splitIn(lost, () => 0.5);
    yield own({ usage: first, status: 'client_aborted' });
    yield own({ usage: second, status: 'client_aborted', calls: 0, kind: 'retry' });
    yield own({ usage: kept, calls: 0, kind: 'retry' });
  } else if (cell.served !== cell.lane.model) {
    yield own({ usage: {}, status: 'upstream_failed', model: cell.lane.model });
    yield own({ calls: 0, attempts: calls, kind: 'fallback' });
  } else if (fate === 'retried') {
    yield own({ usage: {}, status: 'upstream_error' });
    yield own({ calls: 0, kind: 'retry' });
  } else yield own(fate === 'left' ? { status: 'client_aborted' } : {});
}

function lineOf(cell: Cell, group: Group, more: Partial<DemoLine>): DemoLine {
  const { calls, usage, customer, tagged, atMs, single, request } = group;
  const model = more.model ?? cell.served;
  const output = sideTotal(more.usage ?? usage, 'output') / Math.max(1, calls);
  const firstByteMs = Math.round(model.firstTokenMs * pace(cell.chance));
  return {
    cell,
    model,
    atMs,
    calls,
    attempts: calls,
    kind: 'primary',
    status: 'ok',
    usage,
    customer,
    tagged: tagged && cell.workflow.name !== '',
    single,
    request,
    firstByteMs,
    durationMs: firstByteMs + Math.round(model.perTokenMs * output),
    ...more,
  };
}

function pace(chance: Chance): number {
  return 0.7 + 0.6 * chance.uniform();
}
