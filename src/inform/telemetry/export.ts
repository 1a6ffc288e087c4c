/**
 * Ledger lines as OTLP (JSON encoding): spans and metrics by the same conventions that are read, GenAI and OpenInference
 * side by side. Who caused a call goes on spans; metrics carry only labels with few values, and never a customer.
 */
import { createHash } from 'node:crypto';

import type { LedgerLine } from '../../ledger/question.ts';
import { formatDollars, parseDollars } from '../../units/money.ts';
import type { Picodollars } from '../../units/money.ts';
import { BUCKETS } from '../../units/tokens.ts';

type OtlpValue =
  | { readonly stringValue: string }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly boolValue: boolean }
  | { readonly arrayValue: { readonly values: readonly OtlpValue[] } };

interface OtlpAttribute {
  readonly key: string;
  readonly value: OtlpValue;
}

export interface Exporting {
  /** `service.name` of what is exported. */
  readonly service: string;
  readonly version: string;
}

const SCOPE_NAME = 'setpoint';
const KIND_CLIENT = 3;
const STATUS_ERROR = 2;
const DELTA = 1;

/** Names of the conventions where ours differ. */
const PROVIDER_NAMES: Readonly<Record<string, string>> = {
  bedrock: 'aws.bedrock',
  azure: 'azure.ai.openai',
  google: 'gcp.gemini',
  xai: 'x_ai',
  mistral: 'mistral_ai',
};

/** Only what passed this gateway is told on: telemetry that came in would go round in circles, corrections are no calls. */
export function isExported({ source, leg, endpoint }: LedgerLine): boolean {
  const calls = endpoint === 'inference' || endpoint === 'embeddings';
  return calls && leg !== 'adjust' && (source === '' || source === 'gateway');
}

export function traceRequest(lines: readonly LedgerLine[], exporting: Exporting): object {
  return {
    resourceSpans: [
      {
        resource: { attributes: resourceOf(exporting) },
        scopeSpans: [{ scope: { name: SCOPE_NAME, version: exporting.version }, spans: lines.map(spanOf) }],
      },
    ],
  };
}

function resourceOf({ service, version }: Exporting): OtlpAttribute[] {
  return [text('service.name', service), text('service.version', version)];
}

function spanOf(line: LedgerLine): object {
  const startMs = Date.parse(line.startedAt);
  const root = spanId(`${line.attempt}:call`);
  return {
    traceId: traceId(line.request || line.call),
    spanId: line.part === 'call' ? root : spanId(`${line.attempt}:${line.id}`),
    ...(line.part === 'call' ? {} : { parentSpanId: root }),
    name: `${operationOf(line)} ${line.model}`,
    kind: KIND_CLIENT,
    startTimeUnixNano: nanos(startMs),
    endTimeUnixNano: nanos(startMs + line.durationMs),
    attributes: attributesOf(line),
    status: line.status === 'ok' ? {} : { code: STATUS_ERROR, message: line.status },
  };
}

function attributesOf(line: LedgerLine): OtlpAttribute[] {
  const units = unitsOf(line);
  const provider = PROVIDER_NAMES[line.provider] ?? line.provider;
  return [
    text('gen_ai.operation.name', operationOf(line)),
    text('gen_ai.provider.name', provider),
    text('gen_ai.request.model', line.modelRequested),
    text('gen_ai.response.model', line.modelReturned),
    text('gen_ai.response.id', line.responseId),
    count('gen_ai.usage.input_tokens', line.inputTokens),
    count('gen_ai.usage.output_tokens', line.outputTokens),
    count('gen_ai.usage.cache_read.input_tokens', units.cacheRead),
    count('gen_ai.usage.cache_creation.input_tokens', units.cacheWrite),
    count('gen_ai.usage.reasoning.output_tokens', units.reasoning),
    text('gen_ai.conversation.id', line.session),
    text('gen_ai.workflow.name', line.workflow),
    { key: 'gen_ai.request.stream', value: { boolValue: line.stream } },
    ...(line.finishReason === ''
      ? []
      : [
          {
            key: 'gen_ai.response.finish_reasons',
            value: { arrayValue: { values: [{ stringValue: line.finishReason }] } },
          },
        ]),
    ...(line.firstByteMs > 0
      ? [{ key: 'gen_ai.response.time_to_first_chunk', value: { doubleValue: line.firstByteMs / 1_000 } }]
      : []),
    text('openinference.span.kind', line.endpoint === 'embeddings' ? 'EMBEDDING' : 'LLM'),
    text('llm.model_name', line.model),
    text('llm.provider', line.provider),
    count('llm.token_count.prompt', line.inputTokens),
    count('llm.token_count.completion', line.outputTokens),
    // The convention wants a float; the exact amount stands beside it.
    ...(line.cost === null || line.simulated
      ? []
      : [{ key: 'llm.cost.total', value: { doubleValue: Number(line.cost) } }]),
    // What the simulator answered cost nothing, whatever it would have cost.
    ...(line.simulated ? [{ key: 'setpoint.simulated', value: { boolValue: true } }] : []),
    text('setpoint.cost', line.simulated ? '' : (line.cost ?? '')),
    text('setpoint.price_version', line.priceVersion),
    text('setpoint.call_id', line.call),
    text('setpoint.part', line.part),
    text('setpoint.team', line.team),
    text('setpoint.customer', line.customer),
  ].filter(({ value }) => !('stringValue' in value) || value.stringValue !== '');
}

/** What a metric is kept apart by; every value of these is one of few. */
const METRIC_LABELS = ['provider', 'model', 'operation', 'workflow', 'team'] as const;

/** Label sets kept apart in one export; the rest is counted under `other`, so that a label can never grow without end. */
const MOST_LABEL_SETS = 500;

interface Tally {
  readonly labels: readonly string[];
  calls: number;
  durationSeconds: number;
  durations: number[];
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
  reasoning: number;
  cost: Picodollars;
}

/** Bounds of the duration histogram that the convention recommends, in seconds. */
const DURATION_BOUNDS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];

/** Delta metrics of lines between two instants. */
export function metricRequest(
  lines: readonly LedgerLine[],
  window: { readonly fromMs: number; readonly toMs: number },
  exporting: Exporting,
): object {
  const tallies = [...tally(lines).values()];
  const times = { startTimeUnixNano: nanos(window.fromMs), timeUnixNano: nanos(window.toMs) };
  const sum = (name: string, unit: string, of: (one: Tally) => number): object => ({
    name,
    unit,
    sum: {
      aggregationTemporality: DELTA,
      isMonotonic: true,
      dataPoints: tallies
        .filter((one) => of(one) !== 0)
        .map((one) => ({ ...times, attributes: labelsOf(one), asDouble: of(one) })),
    },
  });
  const tokens = (name: string, of: (one: Tally) => number): object =>
    sum(`gen_ai.client.inference.usage.${name}`, '{token}', of);
  const metrics = [
    tokens('input_tokens', ({ input }) => input),
    tokens('output_tokens', ({ output }) => output),
    tokens('cache_read.input_tokens', ({ cacheRead }) => cacheRead),
    tokens('cache_write.input_tokens', ({ cacheWrite }) => cacheWrite),
    tokens('reasoning.output_tokens', ({ reasoning }) => reasoning),
    sum('setpoint.cost', '{USD}', ({ cost }) => Number(formatDollars(cost))),
    {
      name: 'gen_ai.client.operation.duration',
      unit: 's',
      histogram: {
        aggregationTemporality: DELTA,
        dataPoints: tallies
          .filter(({ calls }) => calls > 0)
          .map((one) => ({
            ...times,
            attributes: labelsOf(one),
            count: String(one.calls),
            sum: one.durationSeconds,
            bucketCounts: one.durations.map(String),
            explicitBounds: DURATION_BOUNDS,
          })),
      },
    },
  ];
  return {
    resourceMetrics: [
      {
        resource: { attributes: resourceOf(exporting) },
        scopeMetrics: [{ scope: { name: SCOPE_NAME, version: exporting.version }, metrics }],
      },
    ],
  };
}

function tally(lines: readonly LedgerLine[]): Map<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const line of lines) {
    if (line.simulated) continue; // no usage of anyone's and no money
    const own = [line.provider, line.model, operationOf(line), line.workflow, line.team];
    const known = tallies.has(JSON.stringify(own)) || tallies.size < MOST_LABEL_SETS;
    const labels = known ? own : own.map(() => 'other');
    const key = JSON.stringify(labels);
    const one = tallies.get(key) ?? emptyTally(labels);
    tallies.set(key, one);
    const units = unitsOf(line);
    one.input += line.inputTokens;
    one.output += line.outputTokens;
    one.cacheRead += units.cacheRead;
    one.cacheWrite += units.cacheWrite;
    one.reasoning += units.reasoning;
    one.cost += parseDollars(line.cost ?? '0');
    if (line.part !== 'call') continue;
    const seconds = line.durationMs / 1_000;
    one.calls += 1;
    one.durationSeconds += seconds;
    const bound = DURATION_BOUNDS.findIndex((most) => seconds <= most);
    const at = bound === -1 ? DURATION_BOUNDS.length : bound;
    one.durations[at] = (one.durations[at] ?? 0) + 1;
  }
  return tallies;
}

function emptyTally(labels: readonly string[]): Tally {
  return {
    labels,
    calls: 0,
    durationSeconds: 0,
    durations: Array.from({ length: DURATION_BOUNDS.length + 1 }, () => 0),
    input: 0,
    output: 0,
    cacheRead: 0,
    cacheWrite: 0,
    reasoning: 0,
    cost: 0n,
  };
}

const LABEL_NAMES: Readonly<Record<(typeof METRIC_LABELS)[number], string>> = {
  provider: 'gen_ai.provider.name',
  model: 'gen_ai.request.model',
  operation: 'gen_ai.operation.name',
  workflow: 'gen_ai.workflow.name',
  team: 'setpoint.team',
};

function labelsOf({ labels }: Tally): OtlpAttribute[] {
  return METRIC_LABELS.map((name, at) => text(LABEL_NAMES[name], labels[at] ?? '')).filter(
    ({ value }) => 'stringValue' in value && value.stringValue !== '',
  );
}

function unitsOf({ buckets }: LedgerLine): { cacheRead: number; cacheWrite: number; reasoning: number } {
  const sums = { cacheRead: 0, cacheWrite: 0, reasoning: 0 };
  for (const { bucket, units } of buckets) {
    if (!(bucket in BUCKETS)) continue;
    if (/cacheRead$/i.test(bucket)) sums.cacheRead += units;
    if (bucket.startsWith('cacheWrite')) sums.cacheWrite += units;
    if (bucket === 'reasoningOut') sums.reasoning += units;
  }
  return sums;
}

function operationOf({ endpoint }: LedgerLine): string {
  return endpoint === 'embeddings' ? 'embeddings' : 'chat';
}

function text(key: string, value: string): OtlpAttribute {
  return { key, value: { stringValue: value } };
}

function count(key: string, value: number): OtlpAttribute {
  return { key, value: { intValue: String(value) } };
}

function nanos(ms: number): string {
  return `${Math.round(ms)}000000`;
}

/** A request that is a trace already keeps its id; one that is a UUID is 16 bytes as it is; any other is hashed. */
function traceId(request: string): string {
  const hex = request.replaceAll('-', '').toLowerCase();
  return /^[0-9a-f]{32}$/.test(hex) && /[^0]/.test(hex) ? hex : digest(request, 32);
}

function spanId(identity: string): string {
  return digest(identity, 16);
}

function digest(value: string, length: number): string {
  return createHash('sha256').update(value).digest('hex').slice(0, length);
}
