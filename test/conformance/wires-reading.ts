/** Reads fixtures as a gateway would: bytes through the splitter, events through a meter. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { createMeter as createMessageMeter } from '../../src/gateway/wires/anthropic-messages/meter.ts';
import { createMeter as createChatMeter } from '../../src/gateway/wires/openai-chat/meter.ts';
import { createEventSplitter, writeEvent } from '../../src/gateway/wires/sse.ts';
import type { JsonValue, Meter, Reading, RequestFacts } from '../../src/gateway/wires/wire.ts';
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

export type Dialect = 'anthropic' | 'openai-chat';

export const FACTS: RequestFacts = {
  model: 'm',
  stream: true,
  maxOutputTokens: undefined,
  answers: 1,
  usageAsked: true,
  user: '',
  metadata: {},
};

export function newMeter(dialect: Dialect, facts: RequestFacts = FACTS): Meter {
  return dialect === 'anthropic' ? createMessageMeter() : createChatMeter(facts);
}

export function readWhole(dialect: Dialect, json: JsonValue): Reading {
  const meter = newMeter(dialect);
  meter.body(json);
  return meter.reading();
}

/** Frames payloads as server-sent events, Anthropic's with their names; OpenAI's end with `[DONE]`. */
export function frame(dialect: Dialect, payloads: readonly string[]): Buffer {
  const named = payloads.map((payload) =>
    writeEvent(
      payload,
      dialect === 'anthropic' ? String((JSON.parse(payload) as { type?: string }).type) : '',
    ),
  );
  return Buffer.from(named.join('') + (dialect === 'anthropic' ? '' : writeEvent('[DONE]')));
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

/** The responses of a recording, one list of payloads each: some hold all turns of a tool loop. */
export function loadResponses(folder: string, file: string): string[][] {
  const responses: string[][] = [[]];
  for (const line of readFileSync(join(WIRE_FIXTURES, folder, file), 'utf8').split('\n')) {
    if (line.trim() === '') continue;
    responses.at(-1)!.push(line);
    if (line.startsWith('{"type":"message_stop"')) responses.push([]);
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
