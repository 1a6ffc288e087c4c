/** Reads fixtures as a gateway would: bytes through the splitter, events through a meter. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { createMeter as createMessageMeter } from '../../src/gateway/wires/anthropic-messages/meter.ts';
import { createMeter as createChatMeter } from '../../src/gateway/wires/openai-chat/meter.ts';
import { createMeter as createEmbeddingMeter } from '../../src/gateway/wires/openai-embeddings/meter.ts';
import { createMeter as createOtherMeter } from '../../src/gateway/wires/openai-other/meter.ts';
import { createMeter as createResponseMeter } from '../../src/gateway/wires/openai-responses/meter.ts';
import { createEventSplitter, writeEvent } from '../../src/gateway/wires/sse.ts';
import type { JsonValue, Meter, Reading, RequestFacts, Target } from '../../src/gateway/wires/wire.ts';
import { BUCKET_NAMES } from '../../src/units/tokens.ts';
import type { Usage } from '../../src/units/tokens.ts';

export const FIXTURES = join(import.meta.dirname, '../../../shared/fixtures');
export const WIRE_FIXTURES = join(FIXTURES, 'wire');

/** Whether real recordings are at hand; says by name what is skipped when they are not. */
export function hasFixtures(path: string): boolean {
  if (existsSync(path)) return true;
  process.stdout.write(
    `skipped: ${path.split('/').slice(-2).join('/')} is not there, so recordings are not compared\n`,
  );
  return false;
}

/** What one part of an answer is charged for, as a table says it. */
export type Part = Record<string, string | number>;

/** A call of fresh input and text output, which most are. */
export function call(freshIn: number, textOut: number, more: Part = {}): Part[] {
  return [{ part: 'call', ...(freshIn > 0 && { freshIn }), ...(textOut > 0 && { textOut }), ...more }];
}

export type Dialect =
  | 'anthropic'
  | 'openai-chat'
  | 'openai-responses'
  | 'openai-embeddings'
  | 'images'
  | 'audio'
  | 'completions'
  | 'other';

export const FACTS: RequestFacts = {
  model: 'm',
  stream: true,
  maxOutputTokens: undefined,
  answers: 1,
  usageAsked: true,
  user: '',
  metadata: {},
};

const OTHER: Target = { endpoint: 'other', model: '', body: 'json', action: 'other' };

export function newMeter(dialect: Dialect, facts: RequestFacts = FACTS): Meter {
  switch (dialect) {
    case 'anthropic':
      return createMessageMeter();
    case 'openai-chat':
      return createChatMeter(facts);
    case 'openai-responses':
      return createResponseMeter();
    case 'openai-embeddings':
      return createEmbeddingMeter();
    default:
      return createOtherMeter(facts, {
        ...OTHER,
        endpoint: dialect === 'completions' ? 'inference' : dialect,
        action: dialect,
      });
  }
}

export function readWhole(dialect: Dialect, json: JsonValue): Reading {
  const meter = newMeter(dialect);
  meter.body(json);
  return meter.reading();
}

/** Frames payloads as server-sent events: Anthropic's and those of responses with their names; the others end with `[DONE]`. */
export function frame(dialect: Dialect, payloads: readonly string[]): Buffer {
  const hasNames = dialect === 'anthropic' || dialect === 'openai-responses';
  const named = payloads.map((payload) =>
    writeEvent(payload, hasNames ? (/^\{"type":"([a-z._]+)"/.exec(payload)?.[1] ?? '') : ''),
  );
  return Buffer.from(named.join('') + (hasNames ? '' : writeEvent('[DONE]')));
}

export function readBytes(dialect: Dialect, chunks: readonly Buffer[], facts: RequestFacts = FACTS): Reading {
  const meter = newMeter(dialect, facts);
  const splitter = createEventSplitter({ maximumEventBytes: 8 * 1024 * 1024 });
  for (const chunk of chunks) for (const { data } of splitter.push(chunk)) meter.event(data);
  return meter.reading();
}

export function listFixtures(folder: string): string[] {
  return readdirSync(join(WIRE_FIXTURES, folder)).toSorted();
}

export function loadJson(folder: string, file: string): JsonValue {
  return JSON.parse(readFileSync(join(WIRE_FIXTURES, folder, file), 'utf8')) as JsonValue;
}

/** Lines after which a recording of several turns goes on with the next. */
const ENDS = ['message_stop', 'response.completed', 'response.incomplete', 'response.failed'].map(
  (type) => `{"type":"${type}"`,
);

/** The responses of a recording, one list of payloads each: some hold all turns of a tool loop. */
export function loadResponses(folder: string, file: string): string[][] {
  const responses: string[][] = [[]];
  for (const line of readFileSync(join(WIRE_FIXTURES, folder, file), 'utf8').split('\n')) {
    if (line.trim() === '') continue;
    responses.at(-1)!.push(line);
    if (ENDS.some((end) => line.startsWith(end))) responses.push([]);
  }
  return responses.filter((payloads) => payloads.length > 0);
}

/** Cuts bytes at one place. */
export function cutAt(bytes: Buffer, at: number): Buffer[] {
  return [bytes.subarray(0, at), bytes.subarray(at)];
}

/** Only buckets with units, in one order, so that usages compare by value. */
export function units(usage: Usage): Record<string, number> {
  return Object.fromEntries(
    BUCKET_NAMES.filter((bucket) => (usage[bucket] ?? 0) > 0).map((bucket) => [bucket, usage[bucket]!]),
  );
}

/** Parts as a table shows them: name, model if it is not the call's, units, flag if there is one. */
export function summary(reading: Reading): unknown[] {
  return reading.parts.map(({ part, model, usage, flag }) => ({
    part,
    ...(model && { model }),
    ...units(usage),
    ...(flag && { flag }),
  }));
}

/** `toEqual` builds a report per call, which is slow in a loop over every byte. */
export function equalReadings(left: Reading, right: Reading): boolean {
  return JSON.stringify(left, bigints) === JSON.stringify(right, bigints);
}

function bigints(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
