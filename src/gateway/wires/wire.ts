/**
 * The contract of a wire: one provider's dialect of HTTP and JSON. A leaf; every wire folder has the same files:
 *
 *   wire.ts      the `Wire` value: paths, and the four parts below joined
 *   request.ts   reading the few fields of a request that the gateway needs
 *   usage.ts     usage buckets by the provider's own rules (a `Meter`)
 *   segments.ts  cutting a request into the parts that composition sizes
 *   refusal.ts   saying no in the client's dialect
 *
 * Wires are pure: bytes and JSON in, values out. They never price, send or record.
 */
import type { Endpoint, WireName } from '../call.ts';
import type { Picodollars } from '../../units/money.ts';
import type { InputPart, Usage } from '../../units/tokens.ts';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/** The codes of CONTRACT; each wire gives them its own status, shape and type word. */
export type RefusalCode =
  | 'setpoint_unauthorized'
  | 'setpoint_budget_exceeded'
  | 'setpoint_policy_blocked'
  | 'setpoint_overloaded'
  | 'setpoint_bad_request'
  | 'setpoint_upstream_failed';

export interface Refusal {
  readonly code: RefusalCode;
  readonly status: number;
  /** What happened, what it means for the caller's money, what to do next. Never holds a secret or prompt text. */
  readonly message: string;
  /** The offending field, where there is one: `messages[3].role`. */
  readonly parameter?: string;
  readonly retryAfterSeconds?: number;
}

export interface RefusalBody {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the gateway needs of a request, read from parsed JSON. */
export interface RequestFacts {
  readonly model: string;
  readonly stream: boolean;
  /** The caller's own limit on output tokens; undefined when none was stated. */
  readonly maxOutputTokens: number | undefined;
  /** Answers asked for (`n`); 1 unless stated. */
  readonly answers: number;
  /** OpenAI streams: the client asked for the usage chunk itself. Always true where the wire reports usage anyway. */
  readonly usageAsked: boolean;
  /** Attribution that rides in the body (`user`, `metadata` …), by the wire's own names; see identify. */
  readonly user: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A piece of a request that is tokenized as one and remembered by its hash. */
export interface Segment {
  readonly part: Exclude<InputPart, 'overhead' | 'unknown'>;
  /** Text as the model sees it, or an empty string for media. */
  readonly text: string;
  /** Where making the seen text costs work: makes it, and `text` is only what tells this segment from others. */
  readonly shown?: () => string;
  /** Known size in tokens where text says nothing (images, files); undefined for text. */
  readonly tokens?: number;
}

/** One part of a reading: the usage that one model is charged for. */
export interface MeteredPart {
  /** `call`, or the provider's word for an iteration. */
  readonly part: string;
  /** Empty: the model of the call. */
  readonly model: string;
  readonly usage: Usage;
  /** Why the buckets do not add up to the provider's totals; empty when they do. */
  readonly flag: string;
}

/** What a response said, once it has ended (or been cut). */
export interface Reading {
  /** Empty when the provider reported no usage: then the gateway counts. */
  readonly parts: readonly MeteredPart[];
  readonly modelReturned: string;
  readonly responseId: string;
  readonly finishReason: string;
  readonly serviceTier: string;
  readonly geo: string;
  /** Anthropic's `speed` as returned; absent: standard. Prices differ by it. */
  readonly speed?: string;
  readonly providerCost: Picodollars | undefined;
  /** The terminal event arrived (`[DONE]`, `message_stop`), or the body was whole JSON. */
  readonly complete: boolean;
  /** The response itself said that it failed (error body, error event). */
  readonly failed: boolean;
  /** Visible output by kind, for composition and for counting when usage is missing. Never leaves memory. */
  readonly output: { readonly text: string; readonly reasoning: string; readonly toolCalls: string };
}

/** Reads one response. Made afresh for each attempt; never throws on bad input, it reads what it can. */
export interface Meter {
  /** A whole JSON body. */
  body(json: JsonValue): void;
  /**
   * One server-sent event's data. Returns false when the event exists only because the gateway asked for it
   * and must be kept from a client that did not.
   */
  event(data: string): boolean;
  /** The terminal event has been read (`[DONE]`, `message_stop`). */
  readonly ended: boolean;
  reading(): Reading;
}

export interface Wire {
  readonly name: WireName;
  /** What this path is in this wire, or undefined when it is not this wire's. Method is upper case, path has no query. */
  endpoint(
    method: string,
    path: string,
    headers: Readonly<Record<string, string | undefined>>,
  ): Endpoint | undefined;
  /** @returns the facts, or the refusal of a request that no provider of this wire would take. */
  read(body: JsonObject, endpoint: Endpoint): RequestFacts | Refusal;
  segments(body: JsonObject, hints: RetrievalHints): Segment[];
  meter(facts: RequestFacts): Meter;
  refusal(refusal: Refusal): RefusalBody;
  /** A refusal inside a stream whose status line is already sent. */
  refusalEvent(refusal: Refusal): string;
  /** Credentials as the provider of this wire wants them. */
  authorization(secret: string): Readonly<Record<string, string>>;
}

/** How retrieved text is recognised inside a user message. */
export interface RetrievalHints {
  /** `x-setpoint-retrieval`: how many leading content parts of the last user message are retrieved text; undefined: not said. */
  readonly leadingParts: number | undefined;
  /** Pairs of opening and closing marks of the workflow, beside the common ones (`<context>`, `<documents>` …). */
  readonly delimiters: ReadonlyArray<readonly [open: string, close: string]>;
}
