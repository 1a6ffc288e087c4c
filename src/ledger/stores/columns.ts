/**
 * The columns of a ledger line, as data. The table, the encoder of rows, the reader of rows and the roll-ups
 * are all derived from this one list, so none of them can disagree about a name, a type or an order.
 *
 * Rows lie in journals as positional text. Order is therefore part of the format: never move or remove a column.
 * Buckets come last, so that a new bucket at the end of BUCKETS is a new column at the end of the row, and older
 * rows, which lack it, still read (missing values at the end are zero).
 */
import type { Charge, Intent, Settlement } from '../../gateway/call.ts';
import type { Picodollars } from '../../units/money.ts';
import { BUCKET_NAMES, INPUT_PARTS, OUTPUT_PARTS } from '../../units/tokens.ts';
import type { Bucket, BucketSide } from '../../units/tokens.ts';
import type { LedgerLine } from '../question.ts';

/** Where a line stands in a journal; with the part number it is the line's identity. */
export interface LinePosition {
  readonly journal: string;
  readonly sequence: number;
}

export type Leg = 'settle' | 'presume' | 'adjust';

/** One line about to be written. */
export interface LineDraft {
  readonly at: LinePosition;
  readonly part: number;
  readonly leg: Leg;
  readonly intent: Intent;
  /** How the attempt ended: a settlement but for its intent and charges. */
  readonly ending: Omit<Settlement, 'intent' | 'charges'>;
  readonly charge: Charge;
  readonly sides: Readonly<Record<BucketSide, Picodollars>>;
}

type TextField = {
  [field in keyof LedgerLine]: LedgerLine[field] extends string ? field : never;
}[keyof LedgerLine];
type CountField = {
  [field in keyof LedgerLine]: LedgerLine[field] extends number ? field : never;
}[keyof LedgerLine];
type TruthField = {
  [field in keyof LedgerLine]: LedgerLine[field] extends boolean ? field : never;
}[keyof LedgerLine];

/** The field of `LedgerLine` that a column holds as it is. */
export type ColumnField =
  | { readonly text: TextField }
  | { readonly count: CountField }
  | { readonly truth: TruthField };

export interface LineColumn {
  readonly name: string;
  /** ClickHouse type and codec. */
  readonly type: string;
  readonly codec?: string;
  readonly field?: ColumnField;
  /** The JSON text of the value. */
  readonly write: (draft: LineDraft) => string;
}

/** Few distinct values: stored once per part and referred to by number. */
const NAME = 'LowCardinality(String)';
const MONEY = 'Decimal(38, 12)';

const POSITION: readonly LineColumn[] = [
  { name: 'journal', type: NAME, write: ({ at }) => text(at.journal) },
  { name: 'sequence', type: 'UInt64', codec: 'Delta, ZSTD(1)', write: ({ at }) => count(at.sequence) },
  { name: 'part_number', type: 'UInt16', write: ({ part }) => String(part) },
  { name: 'leg', type: NAME, field: { text: 'leg' }, write: ({ leg }) => text(leg) },
];

const IDENTITY: readonly LineColumn[] = [
  { name: 'call_id', type: 'UUID', field: { text: 'call' }, write: ({ intent }) => text(intent.call) },
  {
    name: 'attempt_id',
    type: 'UUID',
    field: { text: 'attempt' },
    write: ({ intent }) => text(intent.attempt),
  },
  {
    name: 'attempt_number',
    type: 'UInt16',
    field: { count: 'attemptNumber' },
    write: ({ intent }) => count(intent.attemptNumber, UINT16_MAX),
  },
  { name: 'kind', type: NAME, field: { text: 'kind' }, write: ({ intent }) => text(intent.kind) },
  { name: 'part', type: NAME, field: { text: 'part' }, write: ({ charge }) => text(charge.part) },
];

const TIMES: readonly LineColumn[] = [
  {
    name: 'started_at',
    type: "DateTime64(3, 'UTC')",
    codec: 'Delta, ZSTD(1)',
    write: ({ intent }) => count(intent.startedAtMs),
  },
  {
    name: 'duration_ms',
    type: 'UInt32',
    field: { count: 'durationMs' },
    write: ({ ending }) => span(ending.durationMs),
  },
  {
    name: 'first_byte_ms',
    type: 'UInt32',
    field: { count: 'firstByteMs' },
    write: ({ ending }) => span(ending.firstByteMs),
  },
  {
    name: 'overhead_micros',
    type: 'UInt32',
    field: { count: 'overheadMicros' },
    write: ({ ending }) => span(ending.overheadMicros),
  },
];

const DIMENSION_COLUMNS: readonly LineColumn[] = [
  {
    name: 'workflow',
    type: NAME,
    field: { text: 'workflow' },
    write: ({ intent }) => text(intent.attribution.workflow),
  },
  { name: 'team', type: NAME, field: { text: 'team' }, write: ({ intent }) => text(intent.attribution.team) },
  {
    name: 'customer',
    type: NAME,
    field: { text: 'customer' },
    write: ({ intent }) => text(intent.attribution.customer),
  },
  {
    name: 'request',
    type: 'String',
    field: { text: 'request' },
    write: ({ intent }) => text(intent.attribution.request),
  },
  {
    name: 'session',
    type: 'String',
    field: { text: 'session' },
    write: ({ intent }) => text(intent.attribution.session),
  },
  {
    name: 'tags',
    type: 'Map(LowCardinality(String), String)',
    write: ({ intent }) => textMap(intent.attribution.tags),
  },
  { name: 'key', type: NAME, field: { text: 'key' }, write: ({ intent }) => text(intent.key) },
  { name: 'provider', type: NAME, field: { text: 'provider' }, write: ({ intent }) => text(intent.provider) },
  { name: 'price_provider', type: NAME, write: ({ intent }) => text(intent.priceProvider) }, // to price the line again
  { name: 'wire', type: NAME, field: { text: 'wire' }, write: ({ intent }) => text(intent.wire) },
  { name: 'endpoint', type: NAME, field: { text: 'endpoint' }, write: ({ intent }) => text(intent.endpoint) },
  {
    name: 'model_requested',
    type: NAME,
    field: { text: 'modelRequested' },
    write: ({ intent }) => text(intent.modelRequested),
  },
  {
    name: 'model',
    type: NAME,
    field: { text: 'model' },
    write: ({ intent, charge }) => text(charge.model || intent.model),
  },
  {
    name: 'model_returned',
    type: NAME,
    field: { text: 'modelReturned' },
    write: ({ ending }) => text(ending.modelReturned),
  },
  {
    name: 'response_id',
    type: 'String',
    field: { text: 'responseId' },
    write: ({ ending }) => text(ending.responseId),
  },
  { name: 'stream', type: 'Bool', field: { truth: 'stream' }, write: ({ intent }) => String(intent.stream) },
  { name: 'status', type: NAME, field: { text: 'status' }, write: ({ ending }) => text(ending.status) },
  {
    name: 'http_status',
    type: 'UInt16',
    field: { count: 'httpStatus' },
    write: ({ ending }) => count(ending.httpStatus, UINT16_MAX),
  },
  {
    name: 'finish_reason',
    type: NAME,
    field: { text: 'finishReason' },
    write: ({ ending }) => text(ending.finishReason),
  },
  {
    name: 'service_tier',
    type: NAME,
    field: { text: 'serviceTier' },
    write: ({ ending }) => text(ending.serviceTier),
  },
  { name: 'geo', type: NAME, field: { text: 'geo' }, write: ({ ending }) => text(ending.geo) },
  {
    name: 'simulated',
    type: 'Bool',
    field: { truth: 'simulated' },
    write: ({ intent }) => String(intent.simulated),
  },
  { name: 'basis', type: NAME, field: { text: 'basis' }, write: ({ charge }) => text(charge.basis) },
  { name: 'flag', type: NAME, field: { text: 'flag' }, write: ({ charge }) => text(charge.flag) },
  {
    name: 'price_version',
    type: NAME,
    field: { text: 'priceVersion' },
    write: ({ intent }) => text(intent.priceVersion),
  },
  {
    name: 'rulebook_version',
    type: 'UInt64',
    field: { count: 'rulebookVersion' },
    write: ({ intent }) => count(intent.rulebookVersion),
  },
];

/** Signed, so that a correction can take a call, an attempt or an unpriced line back. */
const COUNTS: readonly LineColumn[] = [
  {
    name: 'calls',
    type: 'Int8',
    write: ({ intent, part }) =>
      part === 0 && intent.attemptNumber === 1 && isInference(intent) ? '1' : '0',
  },
  {
    name: 'attempts',
    type: 'Int8',
    write: ({ intent, part }) => (part === 0 && isInference(intent) ? '1' : '0'),
  },
  { name: 'unpriced', type: 'Int8', write: ({ charge }) => (charge.cost.kind === 'unpriced' ? '1' : '0') },
];

const COSTS: readonly LineColumn[] = [
  {
    name: 'cost',
    type: MONEY,
    write: ({ charge }) => (charge.cost.kind === 'priced' ? money(charge.cost.total) : '0'),
  },
  { name: 'input_cost', type: MONEY, write: ({ sides }) => money(sides.input) },
  { name: 'output_cost', type: MONEY, write: ({ sides }) => money(sides.output) },
  { name: 'fee_cost', type: MONEY, write: ({ sides }) => money(sides.fee) },
  {
    name: 'provider_cost',
    type: `Nullable(${MONEY})`,
    write: ({ charge }) => (charge.providerCost === undefined ? 'null' : money(charge.providerCost)),
  },
  {
    name: 'priced.bucket',
    type: 'Array(LowCardinality(String))',
    write: pricedList((one) => text(one.bucket)),
  },
  { name: 'priced.units', type: 'Array(Int64)', write: pricedList((one) => units(one.units)) },
  { name: 'priced.rate', type: `Array(${MONEY})`, write: pricedList((one) => money(one.rate)) },
  { name: 'priced.cost', type: `Array(${MONEY})`, write: pricedList((one) => money(one.cost)) },
];

/** Composition is known per attempt, so its tokens stand on the attempt's first line and nowhere else. */
export const INPUT_PART_COLUMNS = INPUT_PARTS.map((part) => ({ part, name: columnName('input', part) }));
export const OUTPUT_PART_COLUMNS = OUTPUT_PARTS.map((part) => ({ part, name: columnName('output', part) }));

const COMPOSITION: readonly LineColumn[] = [
  {
    name: 'composition_basis',
    type: NAME,
    field: { text: 'compositionBasis' },
    write: ({ ending }) => text(ending.composition.basis),
  },
  ...INPUT_PART_COLUMNS.map(({ part: name, name: column }) => ({
    name: column,
    type: 'Int64',
    write: ({ ending, part }: LineDraft) => (part === 0 ? units(ending.composition.input[name]) : '0'),
  })),
  ...OUTPUT_PART_COLUMNS.map(({ part: name, name: column }) => ({
    name: column,
    type: 'Int64',
    write: ({ ending, part }: LineDraft) => (part === 0 ? units(ending.composition.output[name]) : '0'),
  })),
];

export const BUCKET_COLUMNS = BUCKET_NAMES.map((bucket) => ({ bucket, name: columnName('', bucket) }));

const USAGE: readonly LineColumn[] = BUCKET_COLUMNS.map(({ bucket, name }) => ({
  name,
  type: 'Int64',
  write: ({ charge }) => units(charge.usage[bucket]),
}));

export const LINE_COLUMNS: readonly LineColumn[] = [
  ...POSITION,
  ...IDENTITY,
  ...TIMES,
  ...DIMENSION_COLUMNS,
  ...COUNTS,
  ...COSTS,
  ...COMPOSITION,
  ...USAGE,
];

/** The SQL sum of the columns of some buckets. */
export function bucketsSql(chosen: (bucket: Bucket) => boolean): string {
  const names = BUCKET_COLUMNS.filter(({ bucket }) => chosen(bucket)).map(({ name }) => name);
  return names.join(' + ');
}

/** `freshIn` → `fresh_in`, `cacheWrite5m` → `cache_write_5m`. */
function columnName(prefix: string, name: string): string {
  const snake = name.replace(/[A-Z]|\d+/g, (found) => `_${found.toLowerCase()}`);
  return prefix === '' ? snake : `${prefix}_${snake}`;
}

function isInference(intent: Intent): boolean {
  return intent.endpoint === 'inference';
}

const UINT16_MAX = 0xffff;
const UINT32_MAX = 0xffff_ffff;

/** Text that is its own JSON text: nearly all of it, and a third of the time of asking JSON. */
const PLAIN = /^[ !#-[\]-~]*$/;

/**
 * Text may come from clients. A lone surrogate would be refused by the store's parser and hold up
 * every line behind it, so it becomes U+FFFD.
 */
function text(value: string): string {
  return PLAIN.test(value) ? `"${value}"` : JSON.stringify(value.toWellFormed());
}

function textMap(map: Readonly<Record<string, string>>): string {
  let pairs = '';
  for (const key in map) pairs += `${pairs === '' ? '' : ','}${text(key)}:${text(map[key] ?? '')}`;
  return `{${pairs}}`;
}

/** A count within a column's range. @throws RangeError on what is no count at all. */
function count(value: number, most = Number.MAX_SAFE_INTEGER): string {
  if (!(value >= 0)) throw new RangeError(`a ledger line cannot hold ${value} as a count`);
  return String(Math.min(Math.round(value), most));
}

/** A measured time. A clock that failed gives 0: a line is never lost for its stopwatch. */
function span(value: number): string {
  return value >= 0 ? String(Math.min(Math.round(value), UINT32_MAX)) : '0';
}

/** Units of a bucket. @throws RangeError when they are not a whole number: they would be priced wrong. */
function units(value: number | undefined): string {
  if (value === undefined || value === 0) return '0';
  if (!Number.isSafeInteger(value)) throw new RangeError(`a ledger line cannot hold ${value} units`);
  return String(value);
}

/** Dollars as a JSON number with an exponent, which the store reads digit by digit: 1500n → `1500e-12`, without loss. */
function money(amount: Picodollars): string {
  return amount === 0n ? '0' : `${amount}e-12`;
}

type PricedBucket = {
  readonly bucket: Bucket;
  readonly units: number;
  readonly rate: Picodollars;
  readonly cost: Picodollars;
};

function pricedList(write: (bucket: PricedBucket) => string): (draft: LineDraft) => string {
  return ({ charge }) => {
    if (charge.cost.kind === 'unpriced') return '[]';
    let list = '';
    for (const bucket of charge.cost.buckets) list += list === '' ? write(bucket) : `,${write(bucket)}`;
    return `[${list}]`;
  };
}
