/**
 * The columns of a ledger line, as data. The table, the encoder of rows, the reader of rows and the roll-ups
 * are all derived from this one list, so none of them can disagree about a name, a type or an order.
 *
 * Rows lie in journals as positional text. Order is therefore part of the format: never move or remove a column.
 * A row that was written before a column existed still reads, as long as the column stands behind all that the row has:
 * what is missing at the end is zero or empty. Hence the order of the last groups is that in which they came to be: the
 * first buckets, what was added with postings, the buckets since. A new bucket is a new column at the end of the row by
 * itself; the next new column of another kind closes the group of buckets before it, as `FIRST_BUCKETS` did.
 */
import type { Intent } from '../../gateway/call.ts';
import { BUCKET_NAMES, INPUT_PARTS, OUTPUT_PARTS } from '../../units/tokens.ts';
import type { Bucket } from '../../units/tokens.ts';
import { UINT16_MAX, count, money, span, text, textMap, units } from './cells.ts';
import { MONEY, NAME } from './column.ts';
import type { LineColumn, LineDraft } from './column.ts';
import { listArray, listCostOf, listGap, pricedList } from './priced.ts';

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

/** Signed and wide: a correction takes a call, an attempt or an unpriced line back, and one imported line can stand for many calls. */
const COUNTS: readonly LineColumn[] = [
  { name: 'calls', type: 'Int64', field: { count: 'calls' }, write: counted('calls', countsCall) },
  { name: 'attempts', type: 'Int64', write: counted('attempts', isInference) },
  {
    name: 'unpriced',
    type: 'Int64',
    write: (draft) =>
      draft.part === 0 && draft.posted?.counts
        ? units(draft.posted.counts.unpriced)
        : draft.charge.cost.kind === 'unpriced'
          ? '1'
          : '0',
  },
];

function countsCall(intent: Intent): boolean {
  return intent.attemptNumber === 1 && isInference(intent);
}

/** Counts stand on an attempt's first line. A posting may say its own; a correction counts nothing unless it says so. */
function counted(
  name: 'calls' | 'attempts',
  counts: (intent: Intent) => boolean,
): (draft: LineDraft) => string {
  return ({ intent, part, leg, posted }) => {
    if (part !== 0) return '0';
    if (posted?.counts) return units(posted.counts[name]);
    return leg !== 'adjust' && counts(intent) ? '1' : '0';
  };
}

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

/** How many buckets there were when `ADDED` came; those since stand behind it. */
const FIRST_BUCKETS = 17;

const USAGE: readonly LineColumn[] = BUCKET_COLUMNS.map(({ bucket, name }) => ({
  name,
  type: 'Int64',
  write: ({ charge }) => units(charge.usage[bucket]),
}));

/** What postings brought: more about the call, and why a line exists that no gateway wrote. Empty in rows before. */
const ADDED: readonly LineColumn[] = [
  {
    name: 'account',
    type: NAME,
    field: { text: 'account' },
    write: ({ intent }) => text(intent.account ?? ''),
  },
  { name: 'region', type: NAME, field: { text: 'region' }, write: ({ intent }) => text(intent.region ?? '') },
  { name: 'path', type: NAME, field: { text: 'path' }, write: ({ intent }) => text(intent.path ?? '') },
  {
    name: 'fingerprint',
    type: NAME,
    field: { text: 'fingerprint' },
    write: ({ intent }) => text(intent.fingerprint ?? ''),
  },
  {
    name: 'attributed_by',
    type: NAME,
    field: { text: 'attributedBy' },
    write: ({ intent }) => text(intent.attribution.by ?? ''),
  },
  {
    name: 'source', // empty for the gateway, as in rows that lack it
    type: NAME,
    write: ({ posted }) => text(posted === undefined || posted.source === 'gateway' ? '' : posted.source),
  },
  { name: 'cause', type: NAME, field: { text: 'cause' }, write: ({ posted }) => text(posted?.cause ?? '') },
  {
    name: 'corrects',
    type: 'String',
    field: { text: 'corrects' },
    write: ({ posted }) => text(posted?.corrects ?? ''),
  },
  {
    name: 'correction',
    type: NAME,
    field: { text: 'correction' },
    write: ({ posted }) => text(posted?.correction ?? ''),
  },
  {
    name: 'for_month',
    type: NAME,
    field: { text: 'forMonth' },
    write: ({ posted }) => text(posted?.forMonth ?? ''),
  },
  { name: 'force', type: 'Int8', write: () => '0' }, // 0 and 1: in force; -1: takes the line back that it corrects
  { name: 'above_list', type: MONEY, write: ({ charge }) => money(listGap(charge)) }, // list cost minus cost
  { name: 'list_rates', type: `Array(${MONEY})`, write: listArray((one) => money(one.listRate ?? one.rate)) },
  { name: 'list_costs', type: `Array(${MONEY})`, write: listArray((one) => money(listCostOf(one))) },
];

export const LINE_COLUMNS: readonly LineColumn[] = [
  ...POSITION,
  ...IDENTITY,
  ...TIMES,
  ...DIMENSION_COLUMNS,
  ...COUNTS,
  ...COSTS,
  ...COMPOSITION,
  ...USAGE.slice(0, FIRST_BUCKETS),
  ...ADDED,
  ...USAGE.slice(FIRST_BUCKETS),
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
