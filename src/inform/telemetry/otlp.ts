/**
 * OTLP/HTTP trace requests, protobuf or JSON, as plain spans (opentelemetry-proto v1). Both encodings are brought to the
 * one JSON shape and read by one reader. Bad input is refused whole; what is merely strange is left out.
 */
import protobuf from 'protobufjs/light.js';

export type Scalar = string | number | boolean;
/** Lists keep their scalars; deeper values are left out. 64-bit integers beyond 2^53 are left out too: no count is that large. */
export type AttributeValue = Scalar | readonly Scalar[];
export type Attributes = ReadonlyMap<string, AttributeValue>;

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly failed: boolean;
  /** Of the span, over those of its resource. */
  readonly attributes: Attributes;
  readonly schemaUrl: string;
}

export interface SpanLimits {
  readonly spans: number;
  readonly attributes: number;
  readonly valueLength: number;
}

export const SPAN_LIMITS: SpanLimits = { spans: 10_000, attributes: 256, valueLength: 4_096 };

export interface SpanReading {
  readonly spans: readonly Span[];
  /** Spans that could not be read: no ids, no times. */
  readonly malformed: number;
}

/** @throws RangeError when the body is no trace request, or has more spans than allowed. */
export function readTraceRequest(
  body: Uint8Array,
  encoding: 'protobuf' | 'json',
  limits: SpanLimits = SPAN_LIMITS,
): SpanReading {
  const request = encoding === 'json' ? parseJson(body) : decode(body);
  const spans: Span[] = [];
  let malformed = 0;
  for (const resourceSpans of listAt(request, 'resourceSpans')) {
    const resource = readAttributes(objectAt(resourceSpans, 'resource'), limits);
    for (const scopeSpans of listAt(resourceSpans, 'scopeSpans')) {
      const schemaUrl = textAt(scopeSpans, 'schemaUrl') || textAt(resourceSpans, 'schemaUrl');
      for (const one of listAt(scopeSpans, 'spans')) {
        const span = readSpan(one, resource, schemaUrl, limits);
        if (span === undefined) malformed += 1;
        else spans.push(span);
        if (spans.length + malformed > limits.spans)
          throw new RangeError(`a request may hold ${limits.spans} spans; send smaller batches`);
      }
    }
  }
  return { spans, malformed };
}

type Json = null | boolean | number | string | readonly Json[] | JsonObject;
interface JsonObject {
  readonly [key: string]: Json | undefined;
}

function parseJson(body: Uint8Array): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    throw new RangeError('the body is not JSON; nothing was taken');
  }
  if (!isObject(value))
    throw new RangeError('the body is no trace request: an object with resourceSpans is expected');
  return value;
}

function decode(body: Uint8Array): JsonObject {
  const type = traceRequestType();
  try {
    return type.toObject(type.decode(body), { longs: String, bytes: String });
  } catch {
    throw new RangeError('the body is no protobuf trace request; nothing was taken');
  }
}

function readSpan(
  span: JsonObject,
  resource: Attributes,
  schemaUrl: string,
  limits: SpanLimits,
): Span | undefined {
  const [traceId, spanId] = [idAt(span, 'traceId', 16), idAt(span, 'spanId', 8)];
  const start = nanosAt(span, 'startTimeUnixNano');
  const end = nanosAt(span, 'endTimeUnixNano');
  if (traceId === '' || spanId === '' || start === undefined) return undefined;
  return {
    traceId,
    spanId,
    parentSpanId: idAt(span, 'parentSpanId', 8),
    name: textAt(span, 'name').slice(0, limits.valueLength),
    startedAtMs: Number(start / 1_000_000n),
    durationMs: end === undefined || end < start ? 0 : Number((end - start) / 1_000_000n),
    failed:
      objectAt(span, 'status')?.['code'] === 2 || objectAt(span, 'status')?.['code'] === 'STATUS_CODE_ERROR',
    attributes: new Map([...resource, ...readAttributes(span, limits)]),
    schemaUrl,
  };
}

/** Hex as JSON has it, base64 as the decoder gives bytes. Zeros are no id. */
function idAt(span: JsonObject, name: string, bytes: number): string {
  const text = textAt(span, name);
  const hex =
    text.length === bytes * 2 && /^[0-9a-f]+$/i.test(text)
      ? text.toLowerCase()
      : Buffer.from(text, 'base64').toString('hex');
  return hex.length === bytes * 2 && /[^0]/.test(hex) ? hex : '';
}

function nanosAt(span: JsonObject, name: string): bigint | undefined {
  const value = span[name];
  if (typeof value === 'number' && Number.isSafeInteger(Math.trunc(value / 1e6)) && value > 0)
    return BigInt(Math.trunc(value));
  return typeof value === 'string' && /^[1-9]\d{0,19}$/.test(value) ? BigInt(value) : undefined;
}

function readAttributes(holder: JsonObject | undefined, limits: SpanLimits): Attributes {
  const found = new Map<string, AttributeValue>();
  for (const pair of listAt(holder, 'attributes')) {
    if (found.size >= limits.attributes) break;
    const value = readValue(objectAt(pair, 'value'), limits);
    const key = textAt(pair, 'key');
    if (key !== '' && value !== undefined) found.set(key, value);
  }
  return found;
}

function readValue(value: JsonObject | undefined, limits: SpanLimits): AttributeValue | undefined {
  if (value === undefined) return undefined;
  const list = objectAt(value, 'arrayValue');
  if (list === undefined) return readScalar(value, limits);
  return listAt(list, 'values')
    .slice(0, limits.attributes)
    .flatMap((one) => readScalar(one, limits) ?? []);
}

function readScalar(value: JsonObject, limits: SpanLimits): Scalar | undefined {
  const { stringValue, boolValue, intValue, doubleValue } = value;
  if (typeof stringValue === 'string') return stringValue.slice(0, limits.valueLength);
  if (typeof boolValue === 'boolean') return boolValue;
  if (intValue !== undefined && intValue !== null) {
    const count = typeof intValue === 'string' && /^-?\d+$/.test(intValue) ? Number(intValue) : intValue;
    return typeof count === 'number' && Number.isSafeInteger(count) ? count : undefined;
  }
  return typeof doubleValue === 'number' && Number.isFinite(doubleValue) ? doubleValue : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectAt(holder: JsonObject, name: string): JsonObject | undefined {
  const value = holder[name];
  return isObject(value) ? value : undefined;
}

function textAt(holder: JsonObject, name: string): string {
  const value = holder[name];
  return typeof value === 'string' ? value : '';
}

function listAt(holder: JsonObject | undefined, name: string): JsonObject[] {
  const value: unknown = holder?.[name];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The messages of opentelemetry-proto that a trace request is made of; fields that nobody reads are skipped by the decoder. */
function traceRequestType(): protobuf.Type {
  return protobuf.Root.fromJSON({
    nested: {
      TraceRequest: message({ resourceSpans: [1, 'ResourceSpans', 'repeated'] }),
      ResourceSpans: message({
        resource: [1, 'Resource'],
        scopeSpans: [2, 'ScopeSpans', 'repeated'],
        schemaUrl: [3, 'string'],
      }),
      Resource: message({ attributes: [1, 'KeyValue', 'repeated'] }),
      ScopeSpans: message({ spans: [2, 'Span', 'repeated'], schemaUrl: [3, 'string'] }),
      Span: message({
        traceId: [1, 'bytes'],
        spanId: [2, 'bytes'],
        parentSpanId: [4, 'bytes'],
        name: [5, 'string'],
        startTimeUnixNano: [7, 'fixed64'],
        endTimeUnixNano: [8, 'fixed64'],
        attributes: [9, 'KeyValue', 'repeated'],
        status: [15, 'Status'],
      }),
      Status: message({ code: [3, 'int32'] }),
      KeyValue: message({ key: [1, 'string'], value: [2, 'AnyValue'] }),
      AnyValue: message({
        stringValue: [1, 'string', 'optional'],
        boolValue: [2, 'bool', 'optional'],
        intValue: [3, 'int64', 'optional'],
        doubleValue: [4, 'double', 'optional'],
        arrayValue: [5, 'ArrayValue'],
      }),
      ArrayValue: message({ values: [1, 'AnyValue', 'repeated'] }),
    },
  }).lookupType('TraceRequest');
}

type Field = readonly [id: number, type: string, rule?: 'repeated' | 'optional'];

function message(fields: Readonly<Record<string, Field>>): protobuf.IType {
  return {
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, [id, type, rule]]) => [
        name,
        rule === 'repeated' ? { id, type, rule } : { id, type },
      ]),
    ),
  };
}
