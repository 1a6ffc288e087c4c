/** Lines as the ledger imports them: column by column, a few ten thousand at a time. */
import type { ImportBlock, ImportBucket } from '../ledger/posting.ts';
import { INPUT_PARTS, sideTotal } from '../units/tokens.ts';
import type { Bucket, InputPart } from '../units/tokens.ts';
import type { Customer } from './company.ts';
import type { Lane, Model } from './lanes.ts';
import type { DemoLine, LineKind, LineStatus } from './lines.ts';
import type { PricedLine } from './priced.ts';
import type { Rate } from './pricing.ts';

export interface BlockBuilder {
  add(priced: PricedLine): void;
  /** Lines added since the last block. */
  count(): number;
  /** What was added so far as one block; the builder is empty again. */
  finish(id: string): ImportBlock;
}

export interface BlockOptions {
  readonly customers: readonly Customer[];
  readonly priceVersion: string;
  /** Most lines of a block. */
  readonly capacity: number;
}

export function createBlockBuilder(options: BlockOptions): BlockBuilder {
  let columns = new Columns(options);
  return {
    add: (priced) => columns.add(priced),
    count: () => columns.lines,
    finish(id) {
      const block = columns.block(id);
      columns = new Columns(options);
      return block;
    },
  };
}

/** A column in which values repeat: each once, and for each line its place. */
class Repeated<Value> {
  readonly values: Value[] = [];
  readonly at: Uint32Array;
  readonly #places = new Map<Value, number>();
  constructor(capacity: number) {
    this.at = new Uint32Array(capacity);
  }
  put(line: number, value: Value): void {
    this.at[line] = this.placeOf(value);
  }
  placeOf(value: Value): number {
    let place = this.#places.get(value);
    if (place === undefined) {
      place = this.values.push(value) - 1;
      this.#places.set(value, place);
    }
    return place;
  }
  cut(lines: number): { readonly values: readonly Value[]; readonly at: Uint32Array } {
    return { values: this.values, at: this.at.slice(0, lines) };
  }
}

interface BucketColumns {
  readonly units: Uint32Array;
  readonly rate: Repeated<Rate>;
}

const LANE_TEXTS = [
  'provider',
  'model',
  'modelRequested',
  'workflow',
  'team',
  'attributedBy',
  'key',
  'account',
  'region',
  'path',
  'fingerprint',
  'wire',
  'modelReturned',
  'kind',
  'status',
  'finishReason',
  'serviceTier',
] as const;
type LaneText = (typeof LANE_TEXTS)[number];
const TEXTS = [...LANE_TEXTS, 'customer', 'request'] as const;
type TextName = (typeof TEXTS)[number];

const COUNTS = ['calls', 'attempts', 'httpStatus', 'stream', 'durationMs', 'firstByteMs'] as const;
type CountName = (typeof COUNTS)[number];

const OUTPUTS = ['text', 'reasoning', 'toolCalls'] as const;

class Columns {
  lines = 0;
  readonly #options: BlockOptions;
  readonly #startedAtMs: Float64Array;
  readonly #texts: Record<TextName, Repeated<string>>;
  readonly #laneTexts: readonly Uint32Array[];
  readonly #counts: Record<CountName, Uint32Array>;
  readonly #places = new Map<number, readonly number[]>();
  readonly #tags: Repeated<Readonly<Record<string, string>>>;
  readonly #buckets = new Map<Bucket, BucketColumns>();
  readonly #input: Record<InputPart, Uint32Array>;
  readonly #output: Record<(typeof OUTPUTS)[number], Uint32Array>;

  constructor(options: BlockOptions) {
    const { capacity } = options;
    const each = <Name extends string, Column>(names: readonly Name[], make: () => Column) =>
      Object.fromEntries(names.map((name) => [name, make()])) as Record<Name, Column>;
    const counts = (): Uint32Array => new Uint32Array(capacity);
    this.#options = options;
    this.#startedAtMs = new Float64Array(capacity);
    this.#texts = each(TEXTS, () => new Repeated<string>(capacity));
    this.#laneTexts = LANE_TEXTS.map((name) => this.#texts[name].at);
    this.#counts = each(COUNTS, counts);
    this.#tags = new Repeated(capacity);
    this.#input = each(INPUT_PARTS, counts);
    this.#output = each(OUTPUTS, counts);
  }

  add({ line, parts }: PricedLine): void {
    const at = this.lines;
    this.lines += 1;
    this.#startedAtMs[at] = line.atMs;
    this.#put(at, line);
    this.#counts.calls[at] = line.calls;
    this.#counts.attempts[at] = line.attempts;
    this.#counts.httpStatus[at] = HTTP_STATUS[line.status];
    this.#counts.stream[at] = line.cell.lane.stream ? 1 : 0;
    this.#counts.durationMs[at] = line.durationMs;
    this.#counts.firstByteMs[at] = line.status === 'upstream_failed' ? 0 : line.firstByteMs;
    this.#tags.put(at, TAGS[line.cell.lane.environment][line.single ? 'single' : 'sum']);
    for (const part of parts) {
      const column = this.#bucket(part.bucket);
      column.units[at] = part.units;
      column.rate.put(at, part.rate);
    }
    this.#compose(at, line);
  }

  /** All texts but two follow from the lane and how the attempt ended, so their places are worked out once. */
  #put(at: number, line: DemoLine): void {
    const kind = kindOf(line);
    let places = this.#places.get(kind);
    if (places === undefined) {
      const texts = textsOf(line);
      places = LANE_TEXTS.map((name) => this.#texts[name].placeOf(texts[name]));
      this.#places.set(kind, places);
    }
    for (let index = 0; index < places.length; index += 1)
      (this.#laneTexts[index] as Uint32Array)[at] = places[index] ?? 0;
    const customer = line.tagged ? (this.#options.customers[line.customer]?.name ?? '') : '';
    this.#texts.customer.put(at, customer);
    this.#texts.request.put(at, line.request);
  }

  #bucket(bucket: Bucket): BucketColumns {
    let column = this.#buckets.get(bucket);
    if (column === undefined) {
      const { capacity } = this.#options;
      column = {
        units: new Uint32Array(capacity),
        rate: new Repeated(capacity),
      };
      this.#buckets.set(bucket, column);
    }
    return column;
  }

  /** Whole tokens per part that sum to the input, and to the output. */
  #compose(at: number, { usage, cell }: DemoLine): void {
    const input = sideTotal(usage, 'input');
    let left = input;
    for (const [part, share] of cell.lane.input) {
      const tokens = Math.floor(input * share);
      this.#input[part][at] = tokens;
      left -= tokens;
    }
    this.#input.overhead[at] = left; // what rounding leaves is framing
    const text = usage.textOut ?? 0;
    const toolCalls = Math.floor(text * cell.lane.toolCalls);
    this.#output.text[at] = text - toolCalls;
    this.#output.toolCalls[at] = toolCalls;
    this.#output.reasoning[at] = usage.reasoningOut ?? 0;
  }

  block(id: string): ImportBlock {
    const { lines } = this;
    const cut = <Name extends string>(counts: Record<Name, Uint32Array>) =>
      Object.fromEntries(
        Object.entries<Uint32Array>(counts).map(([name, column]) => [name, column.slice(0, lines)]),
      ) as Record<Name, Uint32Array>;
    const texts = Object.fromEntries(TEXTS.map((name) => [name, this.#texts[name].cut(lines)])) as Record<
      TextName,
      { readonly values: readonly string[]; readonly at: Uint32Array }
    >;
    const buckets = [...this.#buckets].map(([bucket, column]): ImportBucket => ({
      bucket,
      units: column.units.slice(0, lines),
      rate: moneyOf(column.rate, lines, 'rate'),
      listRate: moneyOf(column.rate, lines, 'listRate'),
    }));
    return {
      id,
      source: 'demo',
      lines,
      startedAtMs: this.#startedAtMs.slice(0, lines),
      ...texts,
      priceProvider: texts.provider,
      priceVersion: this.#options.priceVersion,
      ...cut(this.#counts),
      tags: this.#tags.cut(lines),
      buckets,
      composition: { basis: 'exact', input: cut(this.#input), output: cut(this.#output) },
    };
  }
}

/** Lines without the bucket point at the first rate; they have no units of it. */
function moneyOf(rates: Repeated<Rate>, lines: number, of: 'rate' | 'listRate') {
  const { values, at } = rates.cut(lines);
  return { values: values.map((rate) => rate[of]), at };
}

const HTTP_STATUS = { ok: 200, upstream_error: 529, upstream_failed: 0, client_aborted: 200 } as const;

/** Sums say that they are: nobody should take one for a call. */
const TAGS = {
  production: tagsOf('production'),
  staging: tagsOf('staging'),
  development: tagsOf('development'),
} as const;

function tagsOf(environment: string) {
  return { single: { environment }, sum: { environment, kept: 'sum of an hour' } } as const;
}

const WIRES = {
  anthropic: { wire: 'anthropic-messages', path: '/v1/messages' },
  aws: { wire: 'anthropic-messages', path: '/v1/messages' },
  openai: { wire: 'openai-chat', path: '/v1/chat/completions' },
  google: { wire: 'openai-chat', path: '/v1/chat/completions' },
} as const;

/** Names all lines whose lane texts are the same. */
function kindOf({ cell, model, tagged, status, kind }: DemoLine): number {
  const stoodIn = model === cell.lane.model ? 0 : 1;
  return (
    (((cell.laneNumber * 2 + stoodIn) * 2 + (tagged ? 1 : 0)) * 4 + STATUSES.indexOf(status)) * 4 +
    KINDS.indexOf(kind)
  );
}

const STATUSES: readonly LineStatus[] = ['ok', 'upstream_error', 'upstream_failed', 'client_aborted'];
const KINDS: readonly LineKind[] = ['primary', 'retry', 'fallback'];

function textsOf(line: DemoLine): Record<LaneText, string> {
  const { cell, model, tagged } = line;
  const { workflow, lane } = cell;
  const { wire, path } = WIRES[model.provider];
  return {
    provider: model.provider,
    model: model.name,
    modelRequested: lane.model.name,
    workflow: tagged ? workflow.name : '',
    team: tagged ? workflow.team : '',
    attributedBy: tagged ? 'key' : '',
    key: tagged ? `key-${slug(workflow.team)}` : 'key-shared',
    account: accountOf(model, lane),
    region: model.provider === 'aws' ? AWS_REGION : '',
    path: model.firstTokenMs < 100 ? '/v1/embeddings' : path,
    fingerprint: `prompt-${slug(workflow.name === '' ? 'unknown' : workflow.name)}`,
    wire,
    modelReturned: line.status === 'upstream_failed' ? '' : model.name,
    kind: line.kind,
    status: line.status,
    finishReason: FINISH[line.status],
    serviceTier: lane.tier,
  };
}

export const AWS_REGION = 'us-east-1';

const FINISH = { ok: 'stop', upstream_error: '', upstream_failed: '', client_aborted: '' } as const;

/** The account that a provider's statement is about, by the name it has there: a cloud's accounts are numbers. */
export function accountOf(model: Model, { environment }: Pick<Lane, 'environment'>): string {
  if (model.provider === 'aws') return environment === 'production' ? '000000000002' : '000000000003';
  return `${model.provider}-${environment === 'production' ? 'prod' : 'dev'}`;
}

function slug(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z]+/g, '-');
}
