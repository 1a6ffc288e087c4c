/**
 * A client that plays the recorded prompts through a running system, and keeps its own account of what it was told.
 * It shares no code with the gateway: it reads the wire itself and prices with its own arithmetic.
 */
import { setTimeout as wait } from 'node:timers/promises';

import type { BookEntry } from '../../src/simulator/simulator.ts';
import type { System } from './system.ts';

export interface PlannedCall {
  readonly index: number;
  readonly prompt: string;
  readonly model: string;
  /** The recorded answer that must come back, word for word. */
  readonly recorded: string;
  readonly workflow: string;
  readonly team: string;
  readonly customer: string;
  readonly wire: 'openai-chat' | 'anthropic-messages';
  readonly stream: boolean;
  /** OpenAI streams: the client asks for usage itself. */
  readonly usageAsked: boolean;
}

/** Tokens by price: disjoint. */
export interface Counted {
  readonly freshIn: bigint;
  readonly cacheRead: bigint;
  readonly textOut: bigint;
}

/** A call whose whole answer the client has in hand. */
export interface Acknowledged {
  readonly planned: PlannedCall;
  /** `x-setpoint-request` of the attempt that was answered. */
  readonly request: string;
  readonly callId: string;
  readonly responseId: string;
  readonly text: string;
  /** Undefined where the client was told no usage: then the provider's own book says it. */
  readonly counted: Counted | undefined;
}

export interface Played {
  readonly acknowledged: readonly Acknowledged[];
  /** Requests of attempts that brought no whole answer, and why. */
  readonly failed: ReadonlyArray<{ readonly request: string; readonly reason: string }>;
}

export const WORKFLOWS = ['tutoring', 'grading', 'hints', 'search'] as const;
export const TEAMS = ['learning', 'exams', 'platform'] as const;
const CUSTOMERS = 40;
const GIVE_UP_AFTER_MS = 120_000;

/** Every prompt at both models; every combination of dialect and streaming occurs in every workflow and team. */
export function planCalls(
  rows: ReadonlyArray<Readonly<Record<string, string>>>,
  promptColumn: string,
  models: Readonly<Record<string, string>>,
): PlannedCall[] {
  const names = Object.keys(models);
  return rows.flatMap((row, at) =>
    names.map((model, second): PlannedCall => {
      const index = at * names.length + second;
      const wire = (at >> 1) % 2 === 0 ? 'openai-chat' : 'anthropic-messages';
      const stream = at % 2 === 1;
      return {
        index,
        prompt: row[promptColumn] ?? '',
        model,
        recorded: row[models[model] ?? ''] ?? '',
        workflow: pick(WORKFLOWS, at >> 2),
        team: pick(TEAMS, at >> 3),
        customer: `customer-${(index * 7) % CUSTOMERS}`,
        wire,
        stream,
        usageAsked: (at >> 4) % 2 === 0,
      };
    }),
  );
}

export interface PlayOptions {
  readonly system: System;
  readonly calls: readonly PlannedCall[];
  /** Marks the lines of this run: the tag `run`. */
  readonly run: string;
  readonly atOnce: number;
  /** Attempts that fail are made again, as a client of a service would. */
  readonly retry: boolean;
  /** Called each time a call has been answered, with how many have been. */
  readonly onProgress?: (answered: number) => void;
}

export async function play(options: PlayOptions): Promise<Played> {
  const acknowledged: Acknowledged[] = [];
  const failed: Array<{ request: string; reason: string }> = [];
  const queue = options.calls.values();
  async function worker(): Promise<void> {
    for (const planned of queue) {
      const endMs = performance.now() + GIVE_UP_AFTER_MS;
      for (let attempt = 1; ; attempt += 1) {
        const request = `${options.run}-${planned.index}-${attempt}`;
        const outcome = await callOnce(options, planned, request).catch((error: unknown) => reasonOf(error));
        if (typeof outcome !== 'string') {
          acknowledged.push(outcome);
          options.onProgress?.(acknowledged.length);
          break;
        }
        failed.push({ request, reason: outcome });
        if (!options.retry || performance.now() > endMs) break;
        await wait(Math.min(50 * attempt, 500));
      }
    }
  }
  await Promise.all(Array.from({ length: options.atOnce }, worker));
  return { acknowledged, failed };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

/** @throws Error saying why when there is no whole answer. */
async function callOnce(
  { system, run }: PlayOptions,
  planned: PlannedCall,
  request: string,
): Promise<Acknowledged> {
  const openai = planned.wire === 'openai-chat';
  const response = await fetch(`${system.gatewayUrl}${openai ? '/v1/chat/completions' : '/v1/messages'}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(openai ? {} : { 'anthropic-version': '2023-06-01' }),
      'x-setpoint-workflow': planned.workflow,
      'x-setpoint-team': planned.team,
      'x-setpoint-customer': planned.customer,
      'x-setpoint-request': request,
      'x-setpoint-tags': `run=${run}`,
    },
    body: JSON.stringify({
      model: planned.model,
      messages: [{ role: 'user', content: planned.prompt }],
      ...(openai ? {} : { max_tokens: 4_096 }),
      ...(planned.stream ? { stream: true } : {}),
      ...(planned.stream && openai && planned.usageAsked ? { stream_options: { include_usage: true } } : {}),
    }),
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`status ${response.status}: ${text.slice(0, 200)}`);
  const read = planned.stream ? readStream(text, planned) : readBody(text, planned);
  return { planned, request, callId: response.headers.get('x-setpoint-call-id') ?? '', ...read };
}

type Read = Pick<Acknowledged, 'responseId' | 'text' | 'counted'>;

function readBody(text: string, { wire }: PlannedCall): Read {
  const body = JSON.parse(text);
  if (wire === 'openai-chat')
    return { responseId: body.id, text: body.choices[0].message.content, counted: countOpenAi(body.usage) };
  return { responseId: body.id, text: textOfBlocks(body.content), counted: countAnthropic(body.usage) };
}

function readStream(text: string, planned: PlannedCall): Read {
  const data = [...text.matchAll(/^data: ?(.*)$/gm)].map(([, one = '']) => one);
  return planned.wire === 'openai-chat' ? readChunks(data, planned) : readEvents(data);
}

function readChunks(data: readonly string[], { usageAsked }: PlannedCall): Read {
  if (data.at(-1) !== '[DONE]') throw new Error('the stream ended without [DONE]');
  const chunks = data.slice(0, -1).map((one) => JSON.parse(one));
  const reporting = chunks.filter((chunk) => chunk.usage);
  if (reporting.length !== (usageAsked ? 1 : 0))
    throw new TypeError(`${reporting.length} chunks reported usage, asked: ${usageAsked}`);
  return {
    responseId: chunks[0].id,
    text: chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join(''),
    counted: usageAsked ? countOpenAi(reporting[0].usage) : undefined,
  };
}

function readEvents(data: readonly string[]): Read {
  const events = data.map((one) => JSON.parse(one));
  if (events.at(-1)?.type !== 'message_stop') throw new Error('the stream ended without message_stop');
  const start = events.find((event) => event.type === 'message_start').message;
  const delta = events.find((event) => event.type === 'message_delta');
  return {
    responseId: start.id,
    text: events.map((event) => event.delta?.text ?? '').join(''),
    counted: countAnthropic({ ...start.usage, ...delta.usage }),
  };
}

function textOfBlocks(blocks: ReadonlyArray<{ readonly text?: string }>): string {
  return blocks.map((block) => block.text ?? '').join('');
}

function countOpenAi(usage: {
  prompt_tokens: number;
  completion_tokens: number;
  prompt_tokens_details: { cached_tokens: number };
}): Counted {
  const cacheRead = BigInt(usage.prompt_tokens_details.cached_tokens);
  return {
    freshIn: BigInt(usage.prompt_tokens) - cacheRead,
    cacheRead,
    textOut: BigInt(usage.completion_tokens),
  };
}

function countAnthropic(usage: {
  input_tokens: number;
  cache_read_input_tokens: number;
  output_tokens: number;
}): Counted {
  return {
    freshIn: BigInt(usage.input_tokens),
    cacheRead: BigInt(usage.cache_read_input_tokens),
    textOut: BigInt(usage.output_tokens),
  };
}

/** What the client was told, and for streams that told nothing, what the provider's book says. @throws when they contradict. */
export function settleWithBook(
  acknowledged: readonly Acknowledged[],
  book: readonly BookEntry[],
): Array<Acknowledged & { readonly counted: Counted }> {
  const entries = new Map(book.map((entry) => [entry.id, entry]));
  return acknowledged.map((call) => {
    const entry = entries.get(call.responseId);
    if (entry?.ending !== 'whole')
      throw new Error(`the provider's book does not know ${call.responseId} as served`);
    const { freshInput, cacheRead, output } = entry.invoiced;
    const booked = { freshIn: BigInt(freshInput), cacheRead: BigInt(cacheRead), textOut: BigInt(output) };
    const { counted } = call;
    if (
      counted &&
      (counted.freshIn !== booked.freshIn ||
        counted.cacheRead !== booked.cacheRead ||
        counted.textOut !== booked.textOut)
    ) {
      throw new Error(`${call.responseId}: the client was told another usage than was booked`);
    }
    return { ...call, counted: booked };
  });
}

function pick<T>(list: readonly [T, ...T[]], at: number): T {
  return list[at % list.length] ?? list[0];
}
