/**
 * A block of historical calls as columns of the ledger. What the gateway works out per line is worked out here per
 * column: costs by side, list prices, counts, ids.
 */
import { createHash } from 'node:crypto';

import { INPUT_PARTS, OUTPUT_PARTS } from '../../units/tokens.ts';
import type { ImportBlock, ImportCounts, ImportMoney, ImportText } from '../posting.ts';
import { BUCKET_COLUMNS, INPUT_PART_COLUMNS, OUTPUT_PART_COLUMNS } from './columns.ts';
import { pricesOf } from './import-prices.ts';
import { monthSpan } from './months.ts';
import { encodeBlock, mapColumn, numberColumn, textColumn, toInt64, uuidColumn } from './native.ts';
import type { NativeColumn, OwnBits } from './native.ts';

const MOST_LINES = 1_000_000;
const LAST_MS = Date.UTC(2299, 11, 31); // what the engine can hold as a time

export interface EncodedImport {
  readonly names: readonly string[];
  readonly parts: readonly Buffer[];
}

/** All lines of a block, in the engine's own format. `places` are their sequences: where they stood in the whole block. */
export function encodeImport(block: ImportBlock, journal: string, places: Uint32Array): EncodedImport {
  const { lines, id, startedAtMs, request } = block;
  const ids = (name: string, bits: OwnBits): NativeColumn => uuidColumn(name, startedAtMs, places, bits);
  const bits = ownBits(id);
  const columns: NativeColumn[] = [
    ...textsOf(block, journal).map(([name, text]) => importText(name, text, lines)),
    numberColumn('sequence', places),
    numberColumn('started_at', toInt64(startedAtMs), "DateTime64(3, 'UTC')"),
    ids('call_id', bits),
    ids('attempt_id', { ...bits, middle: bits.middle ^ 1 }),
    request === undefined ? ids('request', bits) : importText('request', request, lines),
    numberColumn('attempt_number', new Uint8Array(lines).fill(1)),
    ...tagsOf(block),
    ...countsOf(block),
    ...pricesOf(block),
  ];
  return { names: columns.map(({ name }) => name), parts: encodeBlock(columns, lines) };
}

/** Bits that the ids of a block have in common, so that those of no two blocks are the same. */
function ownBits(id: string): OwnBits {
  const digest = createHash('sha256').update(id).digest();
  return { high: digest.readUInt32LE(0), low: digest.readUInt32LE(4), middle: digest.readUInt32LE(8) };
}

/** All places of a block. */
export function allPlaces(lines: number): Uint32Array {
  return Uint32Array.from({ length: lines }, (_, at) => at);
}

/** @throws RangeError when the block is not one, or has lines in a locked month. */
export function checkImport(block: ImportBlock, locked: ReadonlySet<string>): void {
  const { id, lines } = block;
  const refuse = (why: string): never => {
    throw new RangeError(`the block "${id}" ${why}. Nothing of it was imported.`);
  };
  if (!Number.isSafeInteger(lines) || lines < 1 || lines > MOST_LINES)
    refuse(`must have from 1 to ${MOST_LINES} lines`);
  if (block.source !== 'import' && block.source !== 'demo') refuse('must come from "import" or "demo"');
  if (block.startedAtMs.length !== lines) refuse('must say for each line when it started');
  if (block.startedAtMs.some((ms) => !(ms >= 0 && ms <= LAST_MS)))
    refuse('has a line without a time of start');
  for (const [name, value] of fieldsOf(block)) {
    const problem = problemOf(value, lines);
    if (problem !== '') refuse(`has ${name} that ${problem}`);
  }
  for (const month of locked) {
    const { fromMs, toMs } = monthSpan(month);
    if (block.startedAtMs.some((ms) => ms >= fromMs && ms < toMs))
      refuse(`has lines in ${month}, which is locked: its sums were given out and do not move`);
  }
}

type Column = ImportText | ImportCounts | ImportMoney | ImportBlock['tags'];

function fieldsOf(block: ImportBlock): Array<readonly [string, Column]> {
  const { buckets, composition, startedAtMs: _, ...rest } = block;
  const named = Object.entries(rest).filter(([name]) => !['id', 'source', 'lines'].includes(name));
  return [
    ...(named as Array<[string, Column]>),
    ...buckets.flatMap(({ bucket, units, rate, cost, listRate }): Array<readonly [string, Column]> => [
      [`units of ${bucket}`, units],
      [`a rate of ${bucket}`, rate],
      [`a cost of ${bucket}`, cost ?? 0n],
      [`a list rate of ${bucket}`, listRate ?? 0n],
    ]),
    ...(composition === undefined
      ? []
      : [['a composition', composition.basis] as const, ...partsOf(composition)]),
  ];
}

function partsOf({
  input,
  output,
}: NonNullable<ImportBlock['composition']>): Array<readonly [string, Column]> {
  return [...Object.entries(input), ...Object.entries(output)].map(([part, counts]) => [
    `tokens of ${part}`,
    counts,
  ]);
}

function problemOf(value: Column, lines: number): string {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? '' : 'is no whole number';
  if (typeof value !== 'object') return '';
  if (ArrayBuffer.isView(value)) {
    if (value.length !== lines) return `has ${value.length} values for ${lines} lines`;
    return value instanceof Float64Array && value.some((one) => !Number.isSafeInteger(one))
      ? 'holds what is no whole number'
      : '';
  }
  if (!('at' in value && 'values' in value) || typeof value.at === 'string') return '';
  const { at, values } = value as { readonly at: Uint32Array; readonly values: readonly unknown[] };
  if (at.length !== lines) return `has ${at.length} values for ${lines} lines`;
  return at.some((place) => place >= values.length) ? 'refers to a value that is not there' : '';
}

/** The same block with some of its lines only: what is given per line is taken at these places. */
export function someLines(block: ImportBlock, places: Uint32Array): ImportBlock {
  const taken = (value: unknown): unknown => {
    if (ArrayBuffer.isView(value)) return takenAt(value as Uint32Array, places);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(taken);
    const isDictionary = 'at' in value && ArrayBuffer.isView(value.at);
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [
        name,
        isDictionary && name === 'values' ? one : taken(one),
      ]),
    );
  };
  return { ...(taken(block) as ImportBlock), lines: places.length };
}

function takenAt<Values extends Uint32Array>(values: Values, places: Uint32Array): Values {
  const some = new (values.constructor as new (length: number) => Values)(places.length);
  places.forEach((place, row) => (some[row] = values[place] ?? 0));
  return some;
}

function importText(name: string, text: ImportText, rows: number): NativeColumn {
  if (typeof text === 'string') return textColumn(name, [text], new Uint8Array(rows));
  return textColumn(name, text.values, text.at);
}

function textsOf(block: ImportBlock, journal: string): Array<readonly [string, ImportText]> {
  const given: Array<readonly [string, ImportText | undefined]> = [
    ['journal', journal],
    ['leg', 'settle'],
    ['part', 'call'],
    ['source', block.source],
    ['kind', block.kind ?? 'primary'],
    ['status', block.status ?? 'ok'],
    ['basis', block.basis ?? 'reported'],
    ['endpoint', block.endpoint ?? 'inference'],
    ['workflow', block.workflow],
    ['team', block.team],
    ['customer', block.customer],
    ['attributed_by', block.attributedBy],
    ['session', block.session],
    ['key', block.key],
    ['provider', block.provider],
    ['price_provider', block.priceProvider ?? block.provider],
    ['wire', block.wire],
    ['model', block.model],
    ['model_requested', block.modelRequested ?? block.model],
    ['model_returned', block.modelReturned],
    ['response_id', block.responseId],
    ['finish_reason', block.finishReason],
    ['service_tier', block.serviceTier],
    ['geo', block.geo],
    ['flag', block.flag],
    ['price_version', block.priceVersion],
    ['account', block.account],
    ['region', block.region],
    ['path', block.path],
    ['fingerprint', block.fingerprint],
    ['cause', block.cause],
    ['correction', block.correction],
    ['composition_basis', block.composition?.basis ?? 'unknown'],
  ];
  return given.filter((one): one is readonly [string, ImportText] => one[1] !== undefined && one[1] !== '');
}

function tagsOf({ tags, lines }: ImportBlock): NativeColumn[] {
  if (tags === undefined) return [];
  const varied = 'at' in tags && typeof tags.at === 'object';
  const { values, at } = varied
    ? (tags as { readonly values: ReadonlyArray<Record<string, string>>; readonly at: Uint8Array })
    : { values: [tags as Record<string, string>], at: new Uint8Array(lines) };
  return [mapColumn('tags', values, at)];
}

function countsOf(block: ImportBlock): NativeColumn[] {
  const calls = callsOf(block);
  const { composition } = block;
  const given: Array<readonly [string, ImportCounts | undefined]> = [
    ['calls', calls],
    ['attempts', block.attempts ?? calls],
    ['unpriced', block.unpriced && unpricedOf(block.unpriced, calls)],
    ['http_status', block.httpStatus ?? 200],
    ['stream', block.stream],
    ['simulated', block.simulated],
    ['duration_ms', block.durationMs],
    ['first_byte_ms', block.firstByteMs],
    ['overhead_micros', block.overheadMicros],
    ...INPUT_PARTS.map((part, at) => [INPUT_PART_COLUMNS[at]?.name ?? '', composition?.input[part]] as const),
    ...OUTPUT_PARTS.map(
      (part, at) => [OUTPUT_PART_COLUMNS[at]?.name ?? '', composition?.output[part]] as const,
    ),
    ...block.buckets.map(({ bucket, units }) => [bucketColumn(bucket), units] as const),
  ];
  return given.flatMap(([name, counts]) =>
    counts === undefined || counts === 0 ? [] : [countColumn(name, counts, block.lines)],
  );
}

function bucketColumn(bucket: string): string {
  return BUCKET_COLUMNS.find((one) => one.bucket === bucket)?.name ?? bucket;
}

function countColumn(name: string, counts: ImportCounts, lines: number): NativeColumn {
  if (typeof counts === 'number') return numberColumn(name, toInt64(new Float64Array(lines).fill(counts)));
  return numberColumn(name, counts instanceof Float64Array ? toInt64(counts) : counts);
}

/** Only inference counts as calls of a workflow. */
function callsOf(block: ImportBlock): ImportCounts {
  const { endpoint = 'inference', calls = 1, lines } = block;
  if (typeof endpoint === 'string') return endpoint === 'inference' ? calls : 0;
  const read = readerOf(calls);
  return Float64Array.from({ length: lines }, (_, at) =>
    endpoint.values[endpoint.at[at] ?? 0] === 'inference' ? read(at) : 0,
  );
}

/** A line without a price leaves all its calls without one, and at least itself. */
function unpricedOf(unpriced: Uint8Array, calls: ImportCounts): Float64Array {
  const read = readerOf(calls);
  return Float64Array.from(unpriced, (is, at) => (is === 0 ? 0 : Math.max(1, read(at))));
}

function readerOf(counts: ImportCounts): (at: number) => number {
  return typeof counts === 'number' ? () => counts : (at) => counts[at] ?? 0;
}
