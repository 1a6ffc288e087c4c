/**
 * What the gateway says about one call, as plain values. This file is a leaf: it imports values only.
 *
 * A request (one user action) fans out into calls; a call has attempts (one dispatch to one upstream each).
 * The gateway writes an `Intent` before it dispatches an attempt and a `Settlement` when the attempt has ended.
 * An intent that never finds its settlement becomes a presumed charge when the journal is recovered.
 */
import type { Id } from '../units/ids.ts';
import type { Cost } from '../prices/prices.ts';
import type { Picodollars } from '../units/money.ts';
import type { Composition, Usage, UsageBasis } from '../units/tokens.ts';

export const WIRE_NAMES = [
  'openai-chat',
  'openai-responses',
  'openai-embeddings',
  'openai-other',
  'anthropic-messages',
  'google-generate',
  'bedrock-converse',
  'bedrock-invoke',
] as const;

/** `otlp`: no wire; the call was told by a span. */
export type WireName = (typeof WIRE_NAMES)[number] | 'otlp';

/**
 * What a call did there, and how its cost is known. Only `inference` counts as a call of the workflow.
 * - `counted`: tokens are billed; where the provider reported none, they are counted.
 * - `reported`: it can cost, and only what the provider reports is known; without a report it is unpriced.
 * - `free`: providers charge nothing for it.
 */
export const ENDPOINTS = {
  inference: 'counted',
  embeddings: 'counted',
  images: 'reported',
  audio: 'reported',
  videos: 'reported',
  other: 'reported',
  'count-tokens': 'free',
  models: 'free',
  moderations: 'free',
  files: 'free',
  batches: 'free',
  /** Reading, cancelling or deleting what an earlier call made. */
  retrieve: 'free',
} as const satisfies Record<string, 'counted' | 'reported' | 'free'>;

export type Endpoint = keyof typeof ENDPOINTS;

/** Who caused a call. An empty string is the state `unattributed`: nobody said. */
export interface Attribution {
  readonly workflow: string;
  readonly team: string;
  readonly customer: string;
  /** Groups the calls of one user action. Its own call id when nobody said. */
  readonly request: string;
  readonly session: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Who named the workflow: `said` (the call itself), `key`, `rule:<id>@<version>`; absent or empty: nobody. */
  readonly by?: string;
}

/** `result`: nothing was dispatched; an answer to somebody told what an earlier call had come to (batches, background). */
export type AttemptKind = 'primary' | 'retry' | 'fallback' | 'hedge' | 'result';

/**
 * How an attempt ended.
 * - `ok`: the provider answered with success and the client got all of it.
 * - `upstream_error`: the provider answered with an error status, or with an error event inside a stream.
 * - `upstream_failed`: no complete answer: connect, reset, time-out, cut stream.
 * - `client_aborted`: the client left before the end.
 * - `stopped`: this gateway ended it, because it outgrew what its budgets had left.
 * - `crashed`: this process ended before the attempt did; written by recovery only.
 */
export type AttemptStatus =
  | 'ok'
  | 'upstream_error'
  | 'upstream_failed'
  | 'client_aborted'
  | 'stopped'
  | 'crashed';

/** Everything known of an attempt before it is dispatched. */
export interface Intent {
  readonly call: Id;
  readonly attempt: Id;
  readonly attemptNumber: number;
  readonly kind: AttemptKind;
  readonly startedAtMs: number;
  readonly attribution: Attribution;
  /** Id of the Setpoint key; `unkeyed` when none was needed; `pass-through` when the client brought its provider's key. */
  readonly key: string;
  readonly provider: string;
  /** The provider's name in the price book. */
  readonly priceProvider: string;
  readonly wire: WireName;
  readonly endpoint: Endpoint;
  /** The provider's account, project or subscription that pays; the finest key of most invoices. */
  readonly account?: string;
  /** Where the provider served it (cloud region), when the provider has regions. */
  readonly region?: string;
  /** The path of the client's request, without query. */
  readonly path?: string;
  /** Keyed hash of the system prompt, so that calls of one program can be told apart without keeping a word of it. */
  readonly fingerprint?: string;
  readonly modelRequested: string;
  /** The model asked of the upstream, after routing. */
  readonly model: string;
  /** The model's name in the price book, where the name that is asked for is an alias of the provider's. */
  readonly priceModel?: string;
  readonly stream: boolean;
  readonly simulated: boolean;
  readonly rulebookVersion: number;
  readonly priceVersion: string;
  /** What recovery charges when no settlement follows: input sized by characters, output by the stated limit. */
  readonly presumed: { readonly usage: Usage; readonly cost: Cost };
}

/** One ledger line of an attempt: its own usage, or that of an iteration inside it at another model or time. */
export interface Charge {
  /** `call` for the attempt's own usage, else the provider's word for the iteration (`compaction`, `advisor_message` …). */
  readonly part: string;
  readonly model: string;
  readonly usage: Usage;
  readonly basis: UsageBasis;
  /** Why the buckets do not add up to the provider's totals; empty when they do. */
  readonly flag: string;
  readonly cost: Cost;
  /** The provider's own cost, when its response states one (a claim beside our price). */
  readonly providerCost?: Picodollars;
}

/** Everything known of an attempt after it ended. */
export interface Settlement {
  readonly intent: Intent;
  readonly status: AttemptStatus;
  /** 0 when no status line arrived. */
  readonly httpStatus: number;
  readonly finishReason: string;
  readonly modelReturned: string;
  /** The provider's id of its response; joins telemetry and support tickets. */
  readonly responseId: string;
  readonly serviceTier: string;
  readonly geo: string;
  readonly durationMs: number;
  /** Time to the first byte of the answer's body; 0 when there was none. */
  readonly firstByteMs: number;
  /** Time spent in the gateway before dispatch. */
  readonly overheadMicros: number;
  readonly composition: Composition;
  /** At least one; the first is the attempt's own (`part: 'call'`). */
  readonly charges: readonly Charge[];
}

/** Where the gateway reports to. Joined to the journal in roles/; the gateway knows no more than this. */
export interface Recorder {
  /**
   * Called before the first byte goes upstream. @throws when nothing can be recorded: then nothing may be sent.
   * @param takenBack called when it threw and no line will ever come of it: before it throws, or later, since what a
   * failing disk was given may still be found on it.
   */
  intend(intent: Intent, takenBack?: () => void): void;
  /**
   * Called before the last byte goes to the client, exactly once per intent.
   * @param recorded called later, when it threw and the line could be written after all.
   * @returns what is no line yet, because it is too large to be one; else nothing, or that it is recorded.
   */
  settle(settlement: Settlement, recorded?: () => void): void | { readonly kind: 'recorded' | 'too_large' };
  /** Present where durability is `strict`; without it nothing on the request path waits for a disk. */
  readonly strict?: StrictRecorder | undefined;
}

/** What `durability: strict` adds: a request leaves, and an answer ends, only behind what a power cut cannot take. */
export interface StrictRecorder {
  /** Resolves when everything recorded so far would survive a power cut. Rejects when the disk refuses it. */
  durable(): Promise<void>;
  /** Takes an intent back whose request never left: it becomes no line and no charge. `takenBack` when that is sure. */
  withdraw(intent: Intent, takenBack: () => void): void;
}
