/**
 * Which spans are calls, and each call as a settlement that the ledger takes like a gateway's own.
 *
 * Only leaves are priced: agents, chains and wrapping model spans repeat the totals of what is below them. Content never
 * gets this far: of the attributes only those that `names.ts` lists are read.
 */
import { createHash } from 'node:crypto';

import type { Attribution, Settlement } from '../../gateway/call.ts';
import type { Cost, PriceBook } from '../../prices/prices.ts';
import { parseDollars } from '../../units/money.ts';
import type { Picodollars } from '../../units/money.ts';
import { sideTotal } from '../../units/tokens.ts';
import { BILLED_KINDS, BILLED_OPERATIONS, PROVIDERS, TAG_NAMES } from './names.ts';
import type { Attributes, Span } from './otlp.ts';
import { attributeOf, readUsage, textOf } from './usage.ts';

/** Why a span became no line. */
export type Skipped = 'no model call' | 'not a leaf';

export type SpanVerdict =
  | { readonly kind: 'call'; readonly span: Span; readonly responseId: string }
  | { readonly kind: 'skipped'; readonly span: Span; readonly why: Skipped };

/** Ids of spans, `<trace>:<span>`, below which a priced span was seen in an earlier request. */
export type PricedParents = ReadonlySet<string>;

/** @param pricedParents spans that are known not to be leaves, since their children came before them. */
export function findCalls(spans: readonly Span[], pricedParents: PricedParents): SpanVerdict[] {
  const byId = new Map(spans.map((span) => [spanKey(span.traceId, span.spanId), span]));
  const above = new Set<string>(pricedParents);
  for (const span of spans) {
    if (!isModelCall(span)) continue;
    let at = span;
    for (let depth = 0; depth < MOST_DEPTH && at.parentSpanId !== ''; depth += 1) {
      const key = spanKey(at.traceId, at.parentSpanId);
      above.add(key);
      const parent = byId.get(key);
      if (parent === undefined) break;
      at = parent;
    }
  }
  return spans.map((span) => {
    if (!isModelCall(span)) return { kind: 'skipped', span, why: 'no model call' };
    if (above.has(spanKey(span.traceId, span.spanId))) return { kind: 'skipped', span, why: 'not a leaf' };
    return { kind: 'call', span, responseId: responseIdOf(span) };
  });
}

const MOST_DEPTH = 100;

export function spanKey(traceId: string, spanId: string): string {
  return `${traceId}:${spanId}`;
}

/** The provider's id of the response; where a span has none, its own identity stands in, so that it is still counted once. */
function responseIdOf({ traceId, spanId, attributes }: Span): string {
  return textOf(attributes, 'responseId').slice(0, 256) || `span:${traceId}:${spanId}`;
}

function isModelCall({ attributes }: Span): boolean {
  const operation = textOf(attributes, 'operation').toLowerCase();
  const kind = textOf(attributes, 'kind').toUpperCase();
  if (operation !== '') return BILLED_OPERATIONS.has(operation);
  if (kind !== '') return BILLED_KINDS.has(kind);
  // Older instrumentations name neither: a model with usage is a call.
  return textOf(attributes, 'modelRequested') !== '' && attributeOf(attributes, 'input') !== undefined;
}

export interface SettleWorld {
  readonly prices: PriceBook;
  /** Defaults of the key that sent the spans; empty strings are none. */
  readonly defaults: Pick<Attribution, 'workflow' | 'team' | 'customer'>;
  /** Id of that key; `unkeyed` when none was needed. */
  readonly key: string;
  readonly rulebookVersion: number;
}

/** A span that is a call, as what a gateway would have recorded of it. */
export function settlementOf(span: Span, responseId: string, world: SettleWorld): Settlement {
  const { attributes, startedAtMs, durationMs } = span;
  const [provider, priceProvider] = providerOf(attributes);
  const modelReturned = textOf(attributes, 'modelReturned');
  const model = textOf(attributes, 'modelRequested') || modelReturned;
  const serviceTier = textOf(attributes, 'serviceTier');
  const { usage, flag } = readUsage(attributes);
  const failed = span.failed || textOf(attributes, 'error') !== '';
  const cost = costOf(world.prices, {
    provider: priceProvider,
    model: modelReturned || model,
    usage,
    startedAtMs,
    serviceTier,
    failed,
  });
  const id = callId(span);
  const claimed = claimedCost(attributes);
  const charge = {
    part: 'call',
    model,
    usage: usage ?? {},
    basis: 'reported' as const,
    flag: usage === undefined && !failed ? 'the span reports no usage' : flag,
    cost,
    ...(claimed === undefined ? {} : { providerCost: claimed }),
  };
  return {
    intent: {
      call: id,
      attempt: id,
      attemptNumber: 1,
      kind: 'primary',
      startedAtMs,
      attribution: attributionOf(span, world),
      key: world.key,
      provider,
      priceProvider,
      wire: 'otlp',
      endpoint: /embed/i.test(textOf(attributes, 'operation') + textOf(attributes, 'kind'))
        ? 'embeddings'
        : 'inference',
      modelRequested: model,
      model,
      stream: attributes.get('gen_ai.request.stream') === true,
      simulated: false,
      rulebookVersion: world.rulebookVersion,
      priceVersion: world.prices.version,
      presumed: { usage: {}, cost: NOTHING },
    },
    status: failed ? 'upstream_error' : 'ok',
    httpStatus: 0,
    finishReason: textOf(attributes, 'finishReason'),
    modelReturned,
    responseId,
    serviceTier,
    geo: '',
    durationMs,
    firstByteMs: Math.round(Number(attributeOf(attributes, 'firstByteSeconds') ?? 0) * 1_000) || 0,
    overheadMicros: 0,
    composition: { basis: 'unknown', input: unknownInput(sideTotal(usage ?? {}, 'input')), output: {} },
    charges: [charge],
  };
}

const NOTHING: Cost = { kind: 'priced', total: 0n, buckets: [] };

function unknownInput(tokens: number): { unknown?: number } {
  return tokens === 0 ? {} : { unknown: tokens };
}

/** A failed call without usage was not billed, as everywhere; one without usage that did not fail is unpriced, never free. */
function costOf(
  prices: PriceBook,
  ask: {
    readonly provider: string;
    readonly model: string;
    readonly usage: Settlement['charges'][number]['usage'] | undefined;
    readonly startedAtMs: number;
    readonly serviceTier: string;
    readonly failed: boolean;
  },
): Cost {
  const { usage } = ask;
  if (usage === undefined) return ask.failed ? NOTHING : { kind: 'unpriced', missing: [] };
  return prices.price({
    provider: ask.provider,
    model: ask.model,
    usage,
    atMs: ask.startedAtMs,
    serviceTier: ask.serviceTier,
    geo: '',
  });
}

function providerOf(attributes: Attributes): readonly [name: string, priceProvider: string] {
  const said = textOf(attributes, 'provider').toLowerCase().slice(0, 64);
  return PROVIDERS[said] ?? [said, said];
}

/** Dollars as their sender states them: a float, taken once through its shortest decimal text; a claim, never our price. */
function claimedCost(attributes: Attributes): Picodollars | undefined {
  const value = attributeOf(attributes, 'claimedCost');
  if (typeof value !== 'number' || !(value >= 0) || value > 1e6) return undefined;
  return parseDollars(value.toFixed(12));
}

function attributionOf({ traceId, attributes }: Span, { defaults }: SettleWorld): Attribution {
  const metadata = metadataOf(attributes);
  const name = (said: string, inMetadata: string, otherwise: string): string =>
    (said || metadata[inMetadata] || otherwise).slice(0, 256);
  const workflow = name(textOf(attributes, 'workflow'), 'workflow', '');
  return {
    workflow: workflow || defaults.workflow,
    team: name(textOf(attributes, 'team'), 'team', defaults.team),
    customer: name(textOf(attributes, 'customer'), 'customer', defaults.customer),
    request: traceId,
    session: textOf(attributes, 'session').slice(0, 256),
    tags: tagsOf(attributes),
    by: workflow !== '' ? 'said' : defaults.workflow !== '' ? 'key' : '',
  };
}

function tagsOf(attributes: Attributes): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const [attribute, tag] of Object.entries(TAG_NAMES)) {
    const value = attributes.get(attribute);
    if (typeof value === 'string' && value !== '' && !(tag in tags)) tags[tag] = value.slice(0, 256);
  }
  const labels = attributeOf(attributes, 'labels');
  for (const label of typeof labels === 'object' ? labels.slice(0, 16) : [])
    tags[String(label).slice(0, 64)] = 'true';
  return tags;
}

/** OpenInference carries business keys as JSON text; only its short texts and numbers are of interest. */
function metadataOf(attributes: Attributes): Readonly<Record<string, string>> {
  const text = textOf(attributes, 'metadata');
  if (!text.startsWith('{')) return {};
  try {
    const parsed = JSON.parse(text) as Record<string, unknown>;
    return Object.fromEntries(
      Object.entries(parsed)
        .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
        .map(([key, value]) => [key, String(value)]),
    );
  } catch {
    return {};
  }
}

/** A UUID of version 8 (free form) from the span's identity: sent again, the span is the same call. */
function callId({ traceId, spanId }: Span): string {
  const hash = createHash('sha256').update(spanKey(traceId, spanId)).digest('hex');
  const variant = ((Number.parseInt(hash.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-${variant}${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}
