/**
 * The contract of a dialect: how one provider's API reads a question and writes an answer.
 * All dialects meet in `Ask` and `Reply`, and each folder has the same files:
 *
 *   dialect.ts   the `Dialect` value: the parts below joined
 *   read.ts      a request's JSON to an `Ask`, or the problem a provider would name
 *   write.ts     an answer as one body or as a stream's events, and usage in the dialect's own shape
 *   problem.ts   errors in the dialect's own shape
 */
import type { Faults } from './faults.ts';
import type { Json, JsonObject } from './json.ts';

export type DialectName = 'openai' | 'anthropic';

/** A part of the prompt that is tokenized as one. */
export interface PromptPiece {
  readonly text: string;
  /** Tokens that text says nothing about: images, files. */
  readonly mediaTokens: number;
  /** Anthropic: the prefix that ends here is to be cached for so long. */
  readonly cacheFor?: '5m' | '1h';
}

export interface ToolOffer {
  readonly name: string;
  /** JSON Schema of the arguments. */
  readonly parameters: JsonObject;
}

export type ToolChoice =
  | { readonly kind: 'auto' | 'none' | 'any' }
  | { readonly kind: 'named'; readonly name: string };

/** What was asked, in words of no dialect. */
export interface Ask {
  readonly dialect: DialectName;
  /** The model's name without faults: the name that is echoed. */
  readonly model: string;
  readonly faults: Faults;
  readonly pieces: readonly PromptPiece[];
  /** Tokens that a provider adds around messages and tools. */
  readonly overheadTokens: number;
  /** Text of the last user message. */
  readonly question: string;
  /** Text of a tool's result when the prompt ends with one. */
  readonly toolResult: string | undefined;
  readonly tools: readonly ToolOffer[];
  readonly toolChoice: ToolChoice;
  /** Answers asked for. */
  readonly answers: number;
  readonly maxOutputTokens: number | undefined;
  readonly stops: readonly string[];
  /** The answer must be JSON; of this schema where one is given. */
  readonly json: { readonly schema: JsonObject | undefined } | undefined;
  /** Visible thinking up to so many tokens; undefined: none. */
  readonly thinkingTokens: number | undefined;
  /** How much hidden reasoning is wanted, 0 to 2 (1 is the model's own). */
  readonly effort: number;
  readonly stream: boolean;
  /** The stream is to report usage. */
  readonly usageAsked: boolean;
  /** The tier that serves it, in the dialect's word. */
  readonly serviceTier: string;
}

/** One call of a tool. */
export interface ToolCall {
  /** Without the dialect's prefix. */
  readonly id: string;
  readonly name: string;
  /** JSON text; cut short when the limit was reached inside it. */
  readonly arguments: string;
}

/** What a model says. */
export interface Reply {
  readonly text: string;
  /** Visible thinking; empty where reasoning stays hidden. */
  readonly thinking: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finish: 'stop' | 'length' | 'tool' | 'stop-sequence';
  readonly stopSequence: string;
  readonly reasoningTokens: number;
  /** All output, reasoning included. */
  readonly outputTokens: number;
}

/** What would be invoiced: disjoint counts of tokens. */
export interface Tally {
  readonly freshInput: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  /** All output, reasoning included. */
  readonly output: number;
  readonly reasoning: number;
}

export interface Problem {
  readonly kind: 'problem';
  readonly status: number;
  readonly message: string;
  /** The offending field. */
  readonly parameter?: string;
  /** OpenAI's `code`. */
  readonly code?: string;
}

/** Everything that is known of an answer before its first byte is sent. */
export interface Answer {
  readonly id: string;
  readonly createdAtMs: number;
  readonly ask: Ask;
  readonly replies: readonly Reply[];
  readonly tally: Tally;
}

/** One server-sent event, ready for the wire. */
export interface Frame {
  readonly text: string;
  /** Output tokens that have been delivered once this frame is. */
  readonly outputTokens: number;
  /** Nothing follows. */
  readonly last: boolean;
}

export interface Dialect {
  readonly name: DialectName;
  read(body: JsonObject): Ask | Problem;
  /** The prefix of response ids. */
  readonly idPrefix: string;
  usage(tally: Tally, ask: Ask): JsonObject;
  body(answer: Answer): JsonObject;
  frames(answer: Answer): Generator<Frame>;
  problemBody(problem: Problem, requestId: string): Json;
  problemFrame(problem: Problem): string;
  /** The header that carries the request's id. */
  readonly requestIdHeader: string;
}

export function isProblem(value: Ask | Problem): value is Problem {
  return 'kind' in value;
}
