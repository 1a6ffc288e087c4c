/**
 * Reads an InvokeModel answer. What the bytes are is told by their shape, since an alias may hide whose model it is:
 * Anthropic's messages, Nova's (Converse's), OpenAI's chat, or a native body. A stream's frames hold the same in base64.
 */
import { createMeter as createMessageMeter } from '../anthropic-messages/meter.ts';
import { createMeter as createConverseMeter } from '../bedrock-converse/meter.ts';
import { isList, isObject, objectAt, parseJson, wordAt } from '../json.ts';
import { createMeter as createChatMeter } from '../openai-chat/meter.ts';
import type { JsonObject, JsonValue, Meter, Reading, RequestFacts } from '../wire.ts';
import { NativeMeter } from './native-meter.ts';
import { headerCounts, partsOfCounts } from './usage.ts';
import type { BedrockCounts } from './usage.ts';

/** A whole body of Nova's, or whichever event of its stream comes first. */
const CONVERSE = [
  'output',
  'messageStart',
  'contentBlockStart',
  'contentBlockDelta',
  'messageStop',
  'metadata',
] as const;

const METRICS = 'amazon-bedrock-invocationMetrics';

export function createMeter(facts: RequestFacts): Meter {
  return new InvokeMeter(facts);
}

class InvokeMeter implements Meter {
  readonly #facts: RequestFacts;
  #inner: Meter | undefined;
  #counts: BedrockCounts = {};
  #requestId = '';
  #tier = '';
  #sawMetrics = false;
  #failed = false;
  /** A frame was damaged: what comes after it is not believed. */
  #corrupt = '';

  constructor(facts: RequestFacts) {
    this.#facts = facts;
  }

  /** The metrics come last. Where they do not come, the stream ends when it ends. */
  get ended(): boolean {
    return this.#failed || this.#sawMetrics;
  }

  headers(headers: Readonly<Record<string, string | string[] | undefined>>): void {
    this.#counts = headerCounts(headers);
    this.#requestId = textOf(headers['x-amzn-requestid']);
    this.#tier = textOf(headers['x-amzn-bedrock-service-tier']);
  }

  body(json: JsonValue): void {
    this.#innerFor(json).body(json);
  }

  event(data: string): true {
    const event = data === '' || this.#corrupt !== '' ? undefined : parseJson(data);
    if (!isObject(event)) return true;
    this.#corrupt = wordAt(event, 'corrupt');
    if (event['exception'] !== undefined) this.#failed = true;
    const chunk = objectAt(event, 'chunk');
    if (chunk !== undefined && typeof chunk['bytes'] === 'string') this.#readChunk(chunk['bytes']);
    return true;
  }

  reading(): Reading {
    const inner = (this.#inner ?? new NativeMeter()).reading();
    // The maker's own report knows more (lifetimes of cache, thinking); Bedrock's counts stand in where there is none.
    const own = inner.parts.length > 0 ? inner.parts : partsOfCounts(this.#counts);
    const parts =
      this.#corrupt === ''
        ? own
        : own.map((part) => ({
            ...part,
            flag: [part.flag, this.#corrupt].filter((reason) => reason !== '').join('; '),
          }));
    return {
      ...inner,
      parts,
      responseId: this.#requestId || inner.responseId,
      serviceTier: this.#tier || inner.serviceTier,
      complete: inner.complete || this.#sawMetrics,
      failed: inner.failed || this.#failed,
    };
  }

  #readChunk(base64: string): void {
    const data = Buffer.from(base64, 'base64').toString('utf8');
    const json = parseJson(data);
    if (!isObject(json)) return;
    this.#innerFor(json).event(data);
    const metrics = objectAt(json, METRICS);
    if (metrics === undefined) return;
    this.#counts = metrics;
    this.#sawMetrics = true;
  }

  #innerFor(json: JsonValue): Meter {
    this.#inner ??= meterOf(json, this.#facts);
    return this.#inner;
  }
}

function meterOf(json: JsonValue, facts: RequestFacts): Meter {
  if (!isObject(json)) return new NativeMeter();
  if (json['type'] === 'message' || json['type'] === 'message_start' || json['type'] === 'error')
    return createMessageMeter();
  if (CONVERSE.some((name) => isObject(json[name]))) return createConverseMeter();
  if (isChat(json)) return createChatMeter(facts);
  return new NativeMeter();
}

function isChat({ choices, usage }: JsonObject): boolean {
  if (isObject(usage)) return isList(choices);
  if (!isList(choices)) return false;
  const [first] = choices;
  return first === undefined || (isObject(first) && (isObject(first['delta']) || isObject(first['message'])));
}

function textOf(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value.slice(0, 256) : '';
}
