/**
 * The contract of a wire: one provider's dialect of HTTP and JSON. A leaf; every wire folder has the same files:
 *
 *   wire.ts      the `Wire` value: paths, and the parts below joined
 *   request.ts   reading the few fields of a request that the gateway needs
 *   meter.ts     reading an answer, whole or as it streams (a `Meter`)
 *   usage.ts     usage buckets by the provider's own rules
 *   segments.ts  cutting a request into the parts that composition sizes
 *   refusal.ts   saying no in the client's dialect
 *
 * Wires are pure: bytes and JSON in, values out. They never price, send or record.
 */
import type { Endpoint, WireName } from '../call.ts';
import type { Dialect, ProviderRule } from '../../rulebook/rulebook.ts';
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

/**
 * What a path is in a wire. Where a path names nothing, targets are constants, so that finding one costs no memory.
 */
export interface Target {
  readonly endpoint: Endpoint;
  /** The model that the path names (Gemini, Azure deployments, Bedrock), decoded; empty: the body names it. */
  readonly model: string;
  /** `json`: one JSON object, parsed. `opaque`: any bytes or none, passed on as they come (forms, files, GET, DELETE). */
  readonly body: 'json' | 'opaque';
  /** The wire's own word for what the path asks (`streamGenerateContent`, `embeddings`); nobody else reads it. */
  readonly action: string;
}

export type FramingName = 'sse' | 'json-array' | 'event-stream';

/** A piece of a streamed answer that is read as one. */
export interface SplitEvent {
  /** What a meter reads, as text (JSON); empty for comments and for events that are too large. */
  readonly data: string;
  /** The raw bytes of the event with what ends it. A view where the event came in one chunk. */
  readonly bytes: Buffer;
  /** The event is larger than allowed: these bytes are a piece of it and its data was not read. */
  readonly oversize: boolean;
}

/** Splits a stream into events. The bytes of all events and `rest()` are the bytes of the stream, in order. */
export interface EventSplitter {
  push(chunk: Buffer): SplitEvent[];
  /** What has come of an event that has not ended. */
  rest(): Buffer;
}

/** How a streamed answer is cut into events. One value per framing, made afresh for nobody: `splitter` is. */
export interface Framing {
  readonly name: FramingName;
  splitter(setting: { maximumEventBytes: number }): EventSplitter;
  /** The data of an event whose end never came; empty when it cannot be read. */
  restData(rest: Buffer): string;
}

/** The way of an answer: events, one JSON value that is held until it is whole, or bytes that pass as they come. */
export type AnswerForm = Framing | 'json' | 'bytes';

/** What a wire needs to write the path of the upstream request. */
export interface PathAsk {
  /** As the client sent it, without query. */
  readonly path: string;
  /** With its `?`, without the client's credential; empty when there is none. */
  readonly query: string;
  readonly target: Target;
  /** The model to ask for, after routing and aliases. */
  readonly model: string;
  readonly provider: ProviderRule;
}

/** What the path and the model's name say about who pays, where it runs, and whose prices hold. Absent: nothing. */
export interface Billing {
  readonly account?: string;
  readonly region?: string;
  /** The model's name in the price book, where the name that is asked for is an address or an alias. */
  readonly model?: string;
  /** The geography that the name chooses (`us`, `eu`, `global`). */
  readonly geo?: string;
  /** Capacity that has been paid for by the hour serves it. */
  readonly provisioned?: boolean;
}

/** A request as it will be sent, for wires whose providers want it signed. */
export interface UnsignedRequest {
  readonly method: string;
  /** The address with base path and query, as it will be asked. */
  readonly url: string;
  /** Flat name, value pairs; without `host`. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  readonly atMs: number;
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
  /** Part of the prompt is kept by the provider (`previous_response_id`, a cached content), so its composition is not known. */
  readonly promptHidden?: boolean;
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
  /** It is billed by something that no bucket counts, which the flag names: unknown is not zero. */
  readonly unpriced?: boolean;
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
  /** The model by whose prices the call is charged, where only the answer tells. */
  readonly priceModel?: string;
  /** The terminal event arrived (`[DONE]`, `message_stop`), or the body was whole JSON. */
  readonly complete: boolean;
  /** The provider has only begun: its work and its usage come later, elsewhere (background responses). */
  readonly pending?: boolean;
  /** The response itself said that it failed (error body, error event). */
  readonly failed: boolean;
  /** Visible output by kind, for composition and for counting when usage is missing. Never leaves memory. */
  readonly output: { readonly text: string; readonly reasoning: string; readonly toolCalls: string };
}

/**
 * What an answer tells of other calls than its own: the results of a batch, a response that was made in the background.
 * Each is a line of its own, once per `once` in this process.
 */
export interface CarriedResult {
  readonly once: string;
  readonly wire: WireName;
  readonly model: string;
  readonly reading: Reading;
  /** `background`: the end of a call that was answered before its usage was known. */
  readonly of: 'batch' | 'background';
  /** What a person looks for: the caller's own id of the result (`custom_id`), or the response's. */
  readonly label: string;
}

/** Reads one response. Made afresh for each attempt; never throws on bad input, it reads what it can. */
export interface Meter {
  /** Headers of the answer, for providers that report usage there (Bedrock). Called once, before the body. */
  headers?(headers: Readonly<Record<string, string | string[] | undefined>>): void;
  /** A whole JSON body. */
  body(json: JsonValue): void;
  /** Bytes of an answer that is neither JSON nor events, as they pass (JSON lines). `undefined`: the end. */
  bytes?(chunk: Buffer | undefined): void;
  /** Takes what the answer has told of other calls so far. */
  carried?(): CarriedResult[];
  /**
   * One event's data. Returns false when the event exists only because the gateway asked for it
   * and must be kept from a client that did not.
   */
  event(data: string): boolean;
  /** The terminal event has been read (`[DONE]`, `message_stop`). */
  readonly ended: boolean;
  reading(): Reading;
}

export interface Wire {
  readonly name: WireName;
  /** The API that it belongs to: only providers of this dialect serve it. */
  readonly dialect: Dialect;
  /** What this path is in this wire, or undefined when it is not this wire's. Method is upper case, path has no query. */
  target(
    method: string,
    path: string,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): Target | undefined;
  /**
   * Reads a request; for an `opaque` body, an empty object. Where the path names the model, the facts have that one.
   * @returns the facts, or the refusal of a request that no provider of this wire would take.
   */
  read(body: JsonObject, target: Target): RequestFacts | Refusal;
  /**
   * Writes a limit on output tokens into a body that states none, so that its cost has an upper bound.
   * Absent: this wire's body has no place for one.
   */
  limitOutput?(body: Buffer, json: JsonObject, tokens: number, provider: ProviderRule): Buffer;
  segments(body: JsonObject, hints: RetrievalHints): Segment[];
  meter(facts: RequestFacts, target: Target): Meter;
  /** The form of a successful answer, by its content type (lower case, with parameters) and what was asked. */
  answerForm(contentType: string, target: Target, query: string): AnswerForm;
  /** Path and query to ask of the upstream, to stand after the provider's base path; begins with `/`. */
  upstreamPath(ask: PathAsk): string;
  /** Absent: neither path nor model name says anything of the bill. */
  billing?(ask: PathAsk): Billing;
  refusal(refusal: Refusal): RefusalBody;
  /** A refusal inside a stream whose status line is already sent, in the stream's framing. */
  refusalEvent(refusal: Refusal, framing: FramingName): string | Buffer;
  /** Credentials as the provider of this wire wants them. */
  authorization(secret: string, provider: ProviderRule): Readonly<Record<string, string>>;
  /**
   * Headers that depend on the bytes of the request (SigV4), added to those of `authorization`. Only for `json` bodies;
   * absent: nothing is signed. Synchronous.
   */
  sign?(request: UnsignedRequest, secret: string, provider: ProviderRule): Readonly<Record<string, string>>;
}

/** How retrieved text is recognised inside a user message. */
export interface RetrievalHints {
  /** `x-setpoint-retrieval`: how many leading content parts of the last user message are retrieved text; undefined: not said. */
  readonly leadingParts: number | undefined;
  /** Pairs of opening and closing marks of the workflow, beside the common ones (`<context>`, `<documents>` …). */
  readonly delimiters: ReadonlyArray<readonly [open: string, close: string]>;
}
