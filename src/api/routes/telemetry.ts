/**
 * `POST /api/v1/otlp/v1/traces`: an OTLP/HTTP receiver (set `OTEL_EXPORTER_OTLP_ENDPOINT` to `…/api/v1/otlp`), and
 * `GET /api/v1/telemetry`: what came in and went out. Applications send with a Setpoint key, whose defaults they get.
 */
import { gunzipSync } from 'node:zlib';

import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';

import { createSpanIntake, readTraceRequest } from '../../inform/telemetry/telemetry.ts';
import type { SettleWorld, SpanReading } from '../../inform/telemetry/telemetry.ts';
import { openPriceBook } from '../../prices/prices.ts';
import type { PriceBook } from '../../prices/prices.ts';
import type { KeyRecord } from '../../registry/registry.ts';
import { KEY_LIMITS, usesOf } from '../../rulebook/rulebook.ts';
import { TelemetryStatus, TraceResponse } from '../contract/telemetry.ts';
import { API_PREFIX } from '../contract.ts';
import { isAdministrator } from '../guards.ts';
import { findHolder } from '../holders.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuse } from '../problems.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';

const MOST_UNZIPPED_BYTES = 64 * 1024 * 1024;
const NO_DEFAULTS = { workflow: '', team: '', customer: '' };

export function mountTelemetry(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const tally = createTally(parts.now());
  mountIngest(app, parts, tally);
  mountStatus(app, parts, tally);
}

type Tally = { -readonly [name in keyof TelemetryStatus['ingest']]: TelemetryStatus['ingest'][name] };

function createTally(nowMs: number): Tally {
  return {
    since: new Date(nowMs).toISOString(),
    last: null,
    requests: 0,
    calls: 0,
    known: 0,
    skipped: 0,
    malformed: 0,
    unpriced: 0,
    takenBack: 0,
  };
}

function mountIngest(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts, tally: Tally): void {
  const route = secured(parts.access, 'telemetry:write', {
    method: 'post',
    path: `${API_PREFIX}/otlp/v1/traces`,
    operationId: 'takeTraces',
    summary: 'Take GenAI and OpenInference spans of applications that do not pass the gateway',
    description:
      'Protobuf or JSON, gzip or not. Needs a Setpoint key or the administrator’s token where the API needs a login.',
    tags: ['telemetry'],
    responses: {
      200: jsonOf(TraceResponse, 'Taken; what could not be read is counted.'),
      ...problemsOf(
        'bad_request',
        'login_needed',
        'not_allowed',
        'too_large',
        'unsupported_media_type',
        'ledger_unavailable',
      ),
    },
  });
  const intake = createSpanIntake(parts.ledger, parts.poster);
  const pricesNow = bookOf(parts);
  app.openapi(route, async (context) => {
    const sender = await senderOf(context, parts);
    if (sender === undefined)
      return refuse(
        context,
        'login_needed',
        'Send a Setpoint key as "Authorization: Bearer sp_live_…" (OTEL_EXPORTER_OTLP_HEADERS). Nothing was taken.',
      );
    if (sender === 'beyond its key')
      return refuse(
        context,
        'not_allowed',
        'This Setpoint key is limited, or not for calls, and spans say for themselves what they are of. Nothing was taken. Send them with a key without limits.',
      );
    const encoding = /protobuf/.test(context.req.header('content-type') ?? '') ? 'protobuf' : 'json';
    let reading: SpanReading;
    try {
      reading = readTraceRequest(await bodyOf(context), encoding);
    } catch (error) {
      const reason = error instanceof RangeError ? error.message : 'the body cannot be unpacked';
      return refuse(context, 'bad_request', `Nothing was taken: ${reason}.`);
    }
    const taken = await intake.take(reading.spans, { ...sender, prices: pricesNow(), rulebookVersion: 0 });
    tally.requests += 1;
    tally.last = new Date(parts.now()).toISOString();
    for (const name of ['calls', 'known', 'skipped', 'unpriced', 'takenBack'] as const)
      tally[name] += taken[name];
    tally.malformed += reading.malformed;
    return answer(context, encoding, reading.malformed) as never;
  });
}

function mountStatus(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts, tally: Tally): void {
  const route = secured(parts.access, 'ledger:read', {
    method: 'get',
    path: `${API_PREFIX}/telemetry`,
    operationId: 'telemetryStatus',
    summary: 'What telemetry came in and went out since the start',
    tags: ['telemetry'],
    responses: { 200: jsonOf(TelemetryStatus, 'Counts.'), ...problemsOf('login_needed') },
  });
  app.openapi(route, async (context) => {
    const exporting = parts.telemetryExport?.();
    const sent = exporting === undefined ? null : { ...exporting, signals: [...exporting.signals] };
    return context.json({ ingest: { ...tally }, export: sent }, 200);
  });
}

/** Opened anew only when another version is in force. */
function bookOf(parts: ApiParts): () => PriceBook {
  let book: PriceBook | undefined;
  return () => {
    const data = parts.priceBook();
    if (book?.version !== data.version) book = openPriceBook(data);
    return book;
  };
}

/** Who sends, with the defaults of its key; undefined when the API needs a login and this is none. */
async function senderOf(
  context: Context<ApiEnvironment>,
  parts: ApiParts,
): Promise<Pick<SettleWorld, 'defaults' | 'key'> | 'beyond its key' | undefined> {
  const secret =
    /^Bearer (.+)$/.exec(context.req.header('authorization') ?? '')?.[1] ?? context.req.header('x-api-key');
  if (secret?.startsWith('sp_')) {
    const key = await findHolder(parts.registry, secret, parts.now());
    if (key === undefined) return undefined;
    if (!mayTell(key)) return 'beyond its key';
    return { key: key.id, defaults: { workflow: key.workflow, team: key.team, customer: key.customer } };
  }
  return isAdministrator(context, parts.access) ? { key: 'unkeyed', defaults: NO_DEFAULTS } : undefined;
}

/** Spans name their own workflow, team, customer and model, so a key that is limited to some cannot stand for them. */
function mayTell({ scope }: KeyRecord): boolean {
  return usesOf(scope).includes('calls') && KEY_LIMITS.every((limit) => scope?.[limit] === undefined);
}

async function bodyOf(context: Context<ApiEnvironment>): Promise<Uint8Array> {
  const bytes = new Uint8Array(await context.req.arrayBuffer());
  if (context.req.header('content-encoding') !== 'gzip') return bytes;
  return gunzipSync(bytes, { maxOutputLength: MOST_UNZIPPED_BYTES });
}

/** In the encoding of the request, as OTLP asks. All taken: an empty message. */
function answer(context: Context<ApiEnvironment>, encoding: 'protobuf' | 'json', rejected: number): Response {
  const words = 'spans without ids or times were left out';
  if (encoding === 'json')
    return context.json(
      rejected === 0 ? {} : { partialSuccess: { rejectedSpans: String(rejected), errorMessage: words } },
      200,
    );
  const bytes = rejected === 0 ? new Uint8Array() : partialSuccess(rejected, words);
  return context.body(Uint8Array.from(bytes), 200, { 'content-type': 'application/x-protobuf' });
}

/** ExportTraceServiceResponse{partial_success = 1: {rejected_spans = 1, error_message = 2}}. */
function partialSuccess(rejected: number, words: string): Uint8Array {
  const text = Buffer.from(words);
  const inner = [0x08, ...varint(rejected), 0x12, ...varint(text.length), ...text];
  return Uint8Array.from([0x0a, ...varint(inner.length), ...inner]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}
