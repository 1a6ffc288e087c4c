/**
 * What is true of the demo company, summed while its lines are made and without asking any ledger. Picodollars inside.
 */
import type { Picodollars } from '../units/money.ts';
import { sideTotal } from '../units/tokens.ts';
import type { Bucket } from '../units/tokens.ts';
import { accountOf } from './blocks.ts';
import { DAY_MS } from './calendar.ts';
import type { Customer } from './company.ts';
import type { DemoLine } from './lines.ts';
import { workflowOf } from './load.ts';
import type { PricedLine } from './priced.ts';
import { costOf } from './pricing.ts';
import type { Rate } from './pricing.ts';
import { isWithin } from './stories.ts';
import type { Stories, Window } from './stories.ts';

export interface Sum {
  cost: Picodollars;
  calls: number;
  attempts: number;
  inputTokens: number;
  lines: number;
}

/** Half an hour: the coarsest step of which the days of every time zone in use, but for three, are whole multiples. */
export const SLOT_MS = 1_800_000;

export interface Tally {
  add(priced: PricedLine): void;
  readonly total: Sum;
  /** By workflow and calendar month (UTC, `2026-10`): `workflows.get(month).get(name)`. */
  readonly workflows: ReadonlyMap<string, ReadonlyMap<string, Sum>>;
  readonly teams: ReadonlyMap<string, Sum>;
  /** By customer, and by month and customer. */
  readonly customers: ReadonlyMap<string, ReadonlyMap<string, Sum>>;
  /** What providers bill for the known month. */
  readonly billed: ReadonlyMap<string, Billed>;
  /** Calls of a workflow in a UTC day, tagged or not; by `dayAndWorkflow`. */
  readonly daily: ReadonlyMap<number, number>;
  /** By half hour since the epoch. */
  readonly slots: ReadonlyMap<number, Sum>;
  /** By the name of a watch. */
  readonly watched: ReadonlyMap<string, Watched>;
  /** Of all lines in order: two companies are the same when this is. */
  digest(): string;
}

/** One line of a statement: an account's units of a bucket at one model and tier, in one UTC day. */
export interface Billed {
  readonly provider: string;
  readonly account: string;
  readonly day: number;
  readonly model: string;
  readonly tier: string;
  readonly bucket: Bucket;
  units: number;
  cost: Picodollars;
  rate: Picodollars;
}

/** A sum over the lines that a story is about. */
export interface Watch {
  readonly name: string;
  readonly window: Window;
  readonly concerns: (line: DemoLine) => boolean;
}

export interface Watched extends Sum {
  listCost: Picodollars;
}

/** Names a UTC day and a workflow by its place in `WORKFLOWS`. */
export function dayAndWorkflow(atMs: number, workflow: number): number {
  return Math.floor(atMs / DAY_MS) * MOST_WORKFLOWS + workflow;
}

export const MOST_WORKFLOWS = 32;

export interface TallyOptions {
  readonly customers: readonly Customer[];
  readonly stories: Stories;
  readonly watches?: readonly Watch[];
}

export function createTally({ customers, stories, watches = [] }: TallyOptions): Tally {
  const total = emptySum();
  const workflows = new Map<string, Map<string, Sum>>();
  const teams = new Map<string, Sum>();
  const byCustomer = new Map<string, Map<string, Sum>>();
  const billed = new Map<string, Billed>();
  const slots = new Map<number, Sum>();
  const watched = new Map<string, Watched>(
    watches.map(({ name }) => [name, { ...emptySum(), listCost: 0n }]),
  );
  const daily = new Map<number, number>();
  const digest = createDigest();
  const watchesOn = watchesByDay(watches);
  let month = { endsMs: 0, workflows: new Map<string, Sum>(), customers: new Map<string, Sum>() };
  const openMonth = (atMs: number): typeof month => {
    const { endsMs, name } = monthOf(atMs);
    return { endsMs, workflows: of(workflows, name), customers: of(byCustomer, name) };
  };

  return {
    total,
    workflows,
    teams,
    customers: byCustomer,
    billed,
    daily,
    slots,
    watched,
    digest: () => digest.text(),
    add(priced) {
      const { line, cost } = priced;
      if (line.atMs >= month.endsMs) month = openMonth(line.atMs);
      const { workflow } = line.cell;
      const input = sideTotal(line.usage, 'input');
      const slot = Math.floor(line.atMs / SLOT_MS);
      const put = (sum: Sum): void => {
        sum.cost += cost;
        sum.calls += line.calls;
        sum.attempts += line.attempts;
        sum.inputTokens += input;
        sum.lines += 1;
      };
      put(total);
      put(at(month.workflows, line.tagged ? workflow.name : ''));
      put(at(teams, line.tagged ? workflow.team : ''));
      put(at(month.customers, line.tagged ? (customers[line.customer]?.name ?? '') : ''));
      put(at(slots, slot));
      const day = dayAndWorkflow(line.atMs, workflowOf(line.cell));
      daily.set(day, (daily.get(day) ?? 0) + line.calls);
      for (const { name, window, concerns } of watchesOn(line.atMs)) {
        const sum = isWithin(window, line.atMs) && concerns(line) ? watched.get(name) : undefined;
        if (sum === undefined) continue;
        put(sum);
        sum.listCost += listCostOf(priced);
      }
      if (isWithin(stories.paperMonth, line.atMs)) bill(billed, priced);
      digest.add(priced);
    },
  };
}

/** Most watches last some days: only those of a line's day are looked at. */
function watchesByDay(watches: readonly Watch[]): (atMs: number) => readonly Watch[] {
  const days = new Map<number, Watch[]>();
  return (atMs) => {
    const day = Math.floor(atMs / DAY_MS);
    let found = days.get(day);
    if (found === undefined) {
      found = watches.filter(
        ({ window }) => window.fromMs < (day + 1) * DAY_MS && window.toMs > day * DAY_MS,
      );
      days.set(day, found);
    }
    return found;
  };
}

function bill(billed: Map<string, Billed>, { line, parts }: PricedLine): void {
  const { model } = line;
  const { lane } = line.cell;
  const account = accountOf(model, lane);
  const day = Math.floor(line.atMs / DAY_MS) * DAY_MS;
  for (const {
    bucket,
    units,
    cost,
    rate: { rate },
  } of parts) {
    const id = `${day} ${account} ${model.name} ${lane.tier} ${bucket}`;
    let entry = billed.get(id);
    if (entry === undefined) {
      const { provider, name } = model;
      entry = { provider, account, day, model: name, tier: lane.tier, bucket, units: 0, cost: 0n, rate };
      billed.set(id, entry);
    }
    entry.units += units;
    entry.cost += cost;
  }
}

function listCostOf({ parts }: PricedLine): Picodollars {
  return parts.reduce((sum, { units, rate }) => sum + costOf(units, rate.listRate), 0n);
}

function emptySum(): Sum {
  return { cost: 0n, calls: 0, attempts: 0, inputTokens: 0, lines: 0 };
}

function at<Key>(sums: Map<Key, Sum>, key: Key): Sum {
  let sum = sums.get(key);
  if (sum === undefined) sums.set(key, (sum = emptySum()));
  return sum;
}

function of<Key>(groups: Map<Key, Map<string, Sum>>, key: Key): Map<string, Sum> {
  let group = groups.get(key);
  if (group === undefined) groups.set(key, (group = new Map()));
  return group;
}

function monthOf(atMs: number): { readonly endsMs: number; readonly name: string } {
  const date = new Date(atMs);
  return {
    endsMs: Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1),
    name: date.toISOString().slice(0, 7),
  };
}

/** Two 32-bit mixes over every whole number of a line. Tells companies apart; keeps no secret. */
function createDigest(): { add(priced: PricedLine): void; text(): string } {
  const remainders = new Map<Rate, number>();
  const remainderOf = (rate: Rate): number => {
    let found = remainders.get(rate);
    if (found === undefined) remainders.set(rate, (found = Number(rate.rate % 1_000_000_007n)));
    return found;
  };
  let [low, high] = [0x811c9dc5, 0x9e3779b9];
  const mix = (value: number): void => {
    low = Math.imul(low ^ (value | 0), 0x01000193);
    high = Math.imul(high ^ ((value / 2 ** 32) | 0) ^ (low >>> 15), 0x85ebca6b) + (value | 0);
  };
  return {
    add({ line, parts, cost }) {
      mix(line.atMs);
      mix(line.cell.laneNumber);
      mix(line.calls);
      mix(line.attempts);
      mix(line.customer);
      mix(line.durationMs);
      mix(line.status.length * 8 + line.kind.length);
      for (const { units, rate } of parts) {
        mix(units);
        mix(remainderOf(rate));
      }
      mix(Number(cost % 9_007_199_254_740_881n));
    },
    text: () => `${(low >>> 0).toString(16).padStart(8, '0')}${(high >>> 0).toString(16).padStart(8, '0')}`,
  };
}
