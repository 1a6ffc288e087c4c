/**
 * The known month once more, as 2,886,000 single calls in six workflows: what a ledger must carry to answer the question
 * of the first table from calls and not from sums. Column by column, so that a call costs next to nothing to make.
 */
import type { ImportBlock, ImportBucket } from '../ledger/posting.ts';
import type { Picodollars } from '../units/money.ts';
import { PICODOLLARS_PER_DOLLAR } from '../units/money.ts';
import { HOUR_MS, rhythmWeight } from './calendar.ts';
import type { Rhythm } from './calendar.ts';
import { createChance, seedOf } from './chance.ts';
import type { Chance } from './chance.ts';
import { customerPicker } from './company.ts';
import type { Customer } from './company.ts';
import { MODELS } from './lanes.ts';
import type { Model } from './lanes.ts';
import type { Rates } from './pricing.ts';
import type { Window } from './stories.ts';

interface Row {
  readonly workflow: string;
  readonly team: string;
  readonly rhythm: Rhythm;
  readonly calls: number;
  readonly inputTokens: number;
  readonly dollars: number;
  readonly model: Model;
  /** Share of the input that is read from the cache. */
  readonly cacheRead: number;
}

const { opus, sonnet } = MODELS;

export const PAPER_ROWS: readonly Row[] = [
  {
    workflow: 'Support copilot',
    team: 'CX',
    rhythm: 'customers',
    calls: 1_240_000,
    inputTokens: 6_800,
    dollars: 41_800,
    model: opus,
    cacheRead: 0.181,
  },
  {
    workflow: 'Contract extraction',
    team: 'Legal Ops',
    rhythm: 'month-end',
    calls: 210_000,
    inputTokens: 12_400,
    dollars: 24_200,
    model: opus,
    cacheRead: 0,
  },
  {
    workflow: 'Sales research agent',
    team: 'Revenue',
    rhythm: 'office',
    calls: 96_000,
    inputTokens: 9_100,
    dollars: 17_600,
    model: opus,
    cacheRead: 0,
  },
  {
    workflow: 'Internal knowledge bot',
    team: 'IT',
    rhythm: 'office',
    calls: 880_000,
    inputTokens: 3_200,
    dollars: 15_400,
    model: sonnet,
    cacheRead: 0,
  },
  {
    workflow: 'Marketing drafting',
    team: 'Brand',
    rhythm: 'office',
    calls: 140_000,
    inputTokens: 2_400,
    dollars: 6_600,
    model: opus,
    cacheRead: 0,
  },
  {
    workflow: 'Everything else',
    team: 'Various',
    rhythm: 'office',
    calls: 320_000,
    inputTokens: 1_900,
    dollars: 4_400,
    model: sonnet,
    cacheRead: 0,
  },
];

export interface PaperOptions {
  readonly seed: string;
  readonly month: Window;
  readonly rates: Rates;
  readonly customers: readonly Customer[];
  /** 1: all calls; 100: one in a hundred, and a hundredth of the dollars. */
  readonly oneIn?: number;
}

const BLOCK_LINES = 100_000;
const SPREAD = 0.6;

/** Blocks of single calls in the order of time. */
export function* paperBlocks(options: PaperOptions): Generator<ImportBlock> {
  const plans = PAPER_ROWS.map((row, at) => planOf(row, at, options));
  const most = Math.max(...plans.map(({ mostInAnHour }) => mostInAnHour)) * plans.length;
  let columns = new PaperColumns(BLOCK_LINES + most, options);
  let number = 0;
  const finish = (): ImportBlock =>
    columns.block(`paper-${seedOf(options.seed)}-${options.month.fromMs}-${(number += 1)}`);
  for (let hour = 0; hour * HOUR_MS < options.month.toMs - options.month.fromMs; hour += 1) {
    for (const plan of plans) addHour(columns, plan, hour, options);
    if (columns.lines < BLOCK_LINES) continue;
    yield finish();
    columns = new PaperColumns(BLOCK_LINES + most, options);
  }
  if (columns.lines > 0) yield finish();
}

interface Plan {
  readonly row: Row;
  readonly at: number;
  /** Calls before each hour; one more than there are hours. */
  readonly before: readonly number[];
  readonly mostInAnHour: number;
  readonly inputTokens: number;
  /** Of one call; a fraction, which is carried on. */
  readonly outputTokens: number;
  readonly chance: Chance;
  inputOwed: number;
  outputOwed: number;
  cacheOwed: number;
}

function planOf(row: Row, at: number, { seed, month, rates, oneIn = 1 }: PaperOptions): Plan {
  const calls = Math.round(row.calls / oneIn);
  const hours = Math.round((month.toMs - month.fromMs) / HOUR_MS);
  const weights = Array.from({ length: hours }, (_, hour) =>
    rhythmWeight(row.rhythm, month.fromMs + hour * HOUR_MS),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const before = [0];
  let passed = 0;
  for (const weight of weights) before.push(Math.round((calls * (passed += weight)) / sum));
  before[hours] = calls;
  return {
    row,
    at,
    before,
    mostInAnHour: Math.max(...weights.map((_, hour) => (before[hour + 1] ?? 0) - (before[hour] ?? 0))),
    inputTokens: row.inputTokens,
    outputTokens: outputTokensOf(row, rates, month.fromMs),
    chance: createChance(seedOf(`${seed} known month`), at),
    inputOwed: 0,
    outputOwed: 0,
    cacheOwed: 0,
  };
}

/** What the dollars leave for output once the input is paid, per call. */
function outputTokensOf(row: Row, rates: Rates, atMs: number): number {
  const perToken = (bucket: 'freshIn' | 'cacheRead' | 'textOut'): Picodollars =>
    rates.rateOf(row.model, '', bucket, atMs).rate / 1_000_000n;
  const input = BigInt(row.calls * row.inputTokens);
  const cached = BigInt(Math.round(row.calls * row.inputTokens * row.cacheRead));
  const spent = (input - cached) * perToken('freshIn') + cached * perToken('cacheRead');
  const left = BigInt(row.dollars) * PICODOLLARS_PER_DOLLAR - spent;
  return Number(left / perToken('textOut')) / row.calls;
}

/** The calls of one hour: sizes are drawn, then scaled so that the hour's tokens are what its calls have on the mean. */
function addHour(columns: PaperColumns, plan: Plan, hour: number, { month }: PaperOptions): void {
  const calls = (plan.before[hour + 1] ?? 0) - (plan.before[hour] ?? 0);
  if (calls === 0) return;
  const sizes = Array.from({ length: calls }, () => plan.chance.spread(SPREAD));
  const mean = sizes.reduce((sum, size) => sum + size, 0) / calls;
  const { cacheRead } = plan.row;
  for (const size of sizes) {
    const share = size / mean;
    plan.inputOwed += plan.inputTokens * share;
    plan.outputOwed += plan.outputTokens * share;
    const input = Math.floor(plan.inputOwed);
    const output = Math.floor(plan.outputOwed);
    plan.cacheOwed += input * cacheRead;
    const cached = Math.floor(plan.cacheOwed);
    plan.inputOwed -= input;
    plan.outputOwed -= output;
    plan.cacheOwed -= cached;
    const atMs = month.fromMs + (hour + plan.chance.uniform()) * HOUR_MS;
    columns.add(plan, Math.floor(atMs), input - cached, cached, output);
  }
}

class PaperColumns {
  lines = 0;
  readonly #options: PaperOptions;
  readonly #pick: (at: number) => number;
  readonly #startedAtMs: Float64Array;
  readonly #row: Uint8Array;
  readonly #customer: Uint8Array;
  readonly #units: { readonly [bucket in 'freshIn' | 'cacheRead' | 'textOut']: Uint32Array };

  constructor(capacity: number, options: PaperOptions) {
    this.#options = options;
    this.#pick = customerPicker(options.customers);
    this.#startedAtMs = new Float64Array(capacity);
    this.#row = new Uint8Array(capacity);
    this.#customer = new Uint8Array(capacity);
    this.#units = {
      freshIn: new Uint32Array(capacity),
      cacheRead: new Uint32Array(capacity),
      textOut: new Uint32Array(capacity),
    };
  }

  add(plan: Plan, atMs: number, fresh: number, cached: number, output: number): void {
    const at = this.lines;
    this.lines += 1;
    this.#startedAtMs[at] = atMs;
    this.#row[at] = plan.at;
    this.#customer[at] = this.#pick(plan.chance.uniform());
    this.#units.freshIn[at] = fresh;
    this.#units.cacheRead[at] = cached;
    this.#units.textOut[at] = output;
  }

  block(id: string): ImportBlock {
    const { rates, month, customers } = this.#options;
    const at = this.#row.slice(0, this.lines);
    const ofRow = (text: (row: Row) => string) => ({ values: PAPER_ROWS.map(text), at });
    const bucket = (name: 'freshIn' | 'cacheRead' | 'textOut'): ImportBucket => ({
      bucket: name,
      units: this.#units[name].slice(0, this.lines),
      rate: {
        values: PAPER_ROWS.map(({ model }) => rates.rateOf(model, '', name, month.fromMs).rate),
        at,
      },
    });
    return {
      id,
      source: 'demo',
      lines: this.lines,
      startedAtMs: this.#startedAtMs.slice(0, this.lines),
      provider: 'anthropic',
      priceProvider: 'anthropic',
      priceVersion: rates.version,
      account: 'anthropic-prod',
      wire: 'anthropic-messages',
      path: '/v1/messages',
      attributedBy: 'key',
      model: ofRow(({ model }) => model.name),
      workflow: ofRow(({ workflow }) => workflow),
      team: ofRow(({ team }) => team),
      customer: {
        values: customers.map(({ name }) => name),
        at: this.#customer.slice(0, this.lines),
      },
      finishReason: 'stop',
      buckets: [bucket('freshIn'), bucket('cacheRead'), bucket('textOut')],
    };
  }
}
