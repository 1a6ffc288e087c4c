/**
 * How true the composition is: real agent runs, request by request, against exact tokenization.
 *
 * The truth is worked out here from the runs themselves, with the tokenizer's library and none of the code under test.
 * The provider's total is the truth plus the framing of messages. Error of a part = |ours − truth| ÷ input tokens.
 *
 * Four shapes of every sampled turn: as recorded; with tool definitions (schemas inferred from the calls that the runs
 * make, sized by the library's own rendering); with the last tool result moved into the question as retrieved
 * `<context>`; and the same turn on the Anthropic wire at a provider whose tokenizer takes 27 % more tokens.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { formatFunctionDefinitions } from 'gpt-tokenizer/functionCalling';

import { compose } from '../src/gateway/composition/compose.ts';
import { createSegmentCounter } from '../src/gateway/composition/count.ts';
import type { SegmentCounter, Sized } from '../src/gateway/composition/count.ts';
import { segments as anthropicSegments } from '../src/gateway/wires/anthropic-messages/segments.ts';
import { segments as openaiSegments } from '../src/gateway/wires/openai-chat/segments.ts';
import type { JsonObject, JsonValue, Segment } from '../src/gateway/wires/wire.ts';

export const RUNS_FILE = new URL('../../shared/fixtures/agent-runs/airline-agent-runs.json', import.meta.url);

interface Message {
  readonly role: string;
  readonly content: string | null;
  readonly tool_call_id?: string;
  readonly name?: string;
  readonly tool_calls?: ReadonlyArray<{ id: string; function: { name: string; arguments: string } }> | null;
}

type Truth = { system: number; tools: number; history: number; retrieval: number; user: number };

interface Example {
  readonly shape: 'recorded' | 'tools' | 'retrieval' | 'anthropic';
  readonly segments: () => Segment[];
  readonly family: string;
  readonly truth: Truth;
  readonly total: number;
}

const NO_HINTS = { leadingParts: undefined, delimiters: [] };
const NO_OUTPUT = { text: '', reasoning: '', toolCalls: '' };
const MESSAGE_FRAMING = 4;
const REPLY_FRAMING = 3;
const OTHER_TOKENIZER = 1.27;
const SAMPLED_EVERY = 7;

/** @throws when the agent runs are not there; see `RUNS_FILE`. */
export async function run(_options: { json: boolean } = { json: false }): Promise<Record<string, unknown>> {
  if (!existsSync(RUNS_FILE))
    throw new Error(`The agent runs are missing (${RUNS_FILE.pathname}); this figure cannot be measured.`);
  const runs = JSON.parse(readFileSync(RUNS_FILE, 'utf8')) as ReadonlyArray<{ traj: readonly Message[] }>;
  const examples = buildExamples(runs.map((one) => one.traj));
  const options = { hashKey: randomBytes(32), remember: 200_000, queueLimit: 64_000_000 };

  const mute = createSegmentCounter({ ...options, startThread: muteThread });
  const estimated = measure(examples, sizeAll(examples, mute));
  const counter = createSegmentCounter(options);
  const sized = sizeAll(examples, counter);
  await counter.settled();
  const exact = measure(examples, sized);
  const cpu = await measureCpu(counter);
  counter.close();

  const own = (error: PartError): boolean => error.shape !== 'anthropic';
  const result = {
    worstPartError: worst(exact.filter(own)),
    meanPartError: mean(exact.filter(own)),
    estimatedWorstPartError: worst(estimated.filter(own)),
    estimatedMeanPartError: mean(estimated.filter(own)),
    otherTokenizerWorstPartError: worst(exact.filter((error) => !own(error))),
    otherTokenizerMeanPartError: mean(exact.filter((error) => !own(error))),
    exactShare: sized.filter((one) => one.counts().exact).length / sized.length,
    sizeMicros8Kb: cpu.warmMicros,
    sizeMicros8KbCold: cpu.coldMicros,
    requests: examples.length,
    machine: cpus()[0]?.model ?? 'unknown',
    node: process.version,
    runs: cpu.rounds,
  };
  return { ...result, table: table(exact, estimated) };
}

// --- what the requests are --------------------------------------------------------------------------------

function buildExamples(runs: readonly (readonly Message[])[]): Example[] {
  const tools = inferTools(runs);
  const toolTokens = countTokens(formatFunctionDefinitions(tools as never));
  const examples: Example[] = [];
  let turn = 0;
  for (const traj of runs) {
    const tokens = traj.map(messageTokens);
    for (const [index, message] of traj.entries()) {
      if (message.role !== 'assistant' || index === 0) continue;
      turn += 1;
      if (turn % SAMPLED_EVERY !== 0 && index !== traj.length - 1) continue;
      const messages = traj.slice(0, index);
      const truth = truthOf(messages, tokens);
      examples.push(openaiExample('recorded', messages, truth, []));
      examples.push(openaiExample('tools', messages, { ...truth, tools: toolTokens }, tools));
      const retrieved = withRetrieval(messages, tokens);
      if (retrieved !== undefined)
        examples.push(openaiExample('retrieval', retrieved.messages, retrieved.truth, []));
      examples.push(anthropicExample(messages, truth));
    }
  }
  return examples;
}

function truthOf(messages: readonly Message[], tokens: readonly number[]): Truth {
  const truth = { system: 0, tools: 0, history: 0, retrieval: 0, user: 0 };
  const lastUser = messages.findLastIndex((message) => message.role === 'user');
  for (const [index, message] of messages.entries()) {
    const size = tokens[index] ?? 0;
    if (message.role === 'system') truth.system += size;
    else if (index === lastUser) truth.user += size;
    else truth.history += size;
  }
  return truth;
}

function messageTokens(message: Message): number {
  let tokens = message.content === null ? 0 : countTokens(message.content);
  for (const call of message.tool_calls ?? [])
    tokens += countTokens(call.function.name) + countTokens(call.function.arguments);
  return tokens;
}

function openaiExample(
  shape: Example['shape'],
  messages: readonly Message[],
  truth: Truth,
  tools: readonly unknown[],
): Example {
  const body = {
    model: 'gpt-4o',
    messages,
    ...(tools.length > 0 && { tools: tools.map((one) => ({ type: 'function', function: one })) }),
  };
  const total = sum(truth) + MESSAGE_FRAMING * messages.length + REPLY_FRAMING;
  return {
    shape,
    segments: () => openaiSegments(body as unknown as JsonObject, NO_HINTS),
    family: 'openai',
    truth,
    total,
  };
}

/** The last tool result becomes retrieved text in front of the user's words, as a retrieval pipeline would send it. */
function withRetrieval(
  messages: readonly Message[],
  tokens: readonly number[],
): { messages: Message[]; truth: Truth } | undefined {
  const found = messages.findLastIndex((message) => message.role === 'tool' && message.content !== null);
  const lastUser = messages.findLastIndex((message) => message.role === 'user');
  const result = messages[found]?.content;
  if (typeof result !== 'string') return undefined;
  const open = '<context>\n';
  const close = '\n</context>';
  const asked = messages[lastUser]?.content ?? '';
  const changed = messages.map((message, index) =>
    index === lastUser ? { ...message, content: `${open}${result}${close}\n\n${asked}` } : message,
  );
  const truth = truthOf(messages, tokens);
  return { messages: changed, truth: { ...truth, retrieval: countTokens(`${open}${result}${close}`) } };
}

/** The same turn in the other dialect; the provider's own tokenizer takes a fixed share more. */
function anthropicExample(messages: readonly Message[], o200k: Truth): Example {
  const body = {
    system: messages[0]?.content ?? '',
    messages: messages.slice(1).map((message) => {
      if (message.role === 'user') return { role: 'user', content: message.content };
      if (message.role === 'tool') {
        return {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: message.tool_call_id, content: message.content }],
        };
      }
      const text = message.content === null ? [] : [{ type: 'text', text: message.content }];
      const calls = (message.tool_calls ?? []).map((call) => ({
        type: 'tool_use',
        id: call.id,
        name: call.function.name,
        input: JSON.parse(call.function.arguments) as JsonValue,
      }));
      return { role: 'assistant', content: [...text, ...calls] };
    }),
  };
  const truth = Object.fromEntries(
    Object.entries(o200k).map(([part, tokens]) => [part, tokens * OTHER_TOKENIZER]),
  ) as Truth;
  const total = Math.round(sum(truth)) + MESSAGE_FRAMING * messages.length + REPLY_FRAMING;
  return {
    shape: 'anthropic',
    segments: () => anthropicSegments(body, NO_HINTS),
    family: 'anthropic',
    truth,
    total,
  };
}

/** Definitions of the tools that the runs call, with the argument types that they pass. */
function inferTools(runs: readonly (readonly Message[])[]): JsonObject[] {
  const properties = new Map<string, Record<string, JsonValue>>();
  for (const call of runs.flatMap((traj) => traj.flatMap((message) => message.tool_calls ?? []))) {
    const known = properties.get(call.function.name) ?? {};
    for (const [name, value] of Object.entries(JSON.parse(call.function.arguments) as JsonObject))
      known[name] ??= schemaOf(value, name);
    properties.set(call.function.name, known);
  }
  return [...properties].map(([name, known]) => ({
    name,
    description: `Use this to ${name.replaceAll('_', ' ')} on behalf of the customer, after the details were confirmed.`,
    parameters: { type: 'object', properties: known, required: Object.keys(known) },
  }));
}

function schemaOf(value: JsonValue | undefined, name: string): JsonValue {
  if (Array.isArray(value)) return { type: 'array', items: schemaOf(value[0] as JsonValue, name) };
  if (typeof value === 'object' && value !== null) {
    const properties = Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, { type: typeof inner }]),
    );
    return { type: 'object', properties, required: Object.keys(properties) };
  }
  return {
    type: typeof value,
    description: `The ${name.replaceAll('_', ' ')}, such as '${String(value).slice(0, 20)}'.`,
  };
}

// --- what we make of them ---------------------------------------------------------------------------------

interface PartError {
  readonly shape: Example['shape'];
  readonly part: string;
  readonly share: number;
}

function sizeAll(examples: readonly Example[], counter: SegmentCounter): Sized[] {
  return examples.map((example) => counter.size(example.segments()));
}

function measure(examples: readonly Example[], sized: readonly Sized[]): PartError[] {
  return examples.flatMap(({ shape, truth, total, family }, index) => {
    const own = sized[index];
    if (own === undefined) throw new Error('every example is sized');
    const { input } = compose({ sized: own, usage: { freshIn: total }, output: NO_OUTPUT, family });
    const framing = total - sum(truth);
    return Object.entries({ ...truth, overhead: framing }).map(([part, tokens]) => ({
      shape,
      part,
      share: Math.abs((input[part as keyof typeof input] ?? 0) - tokens) / total,
    }));
  });
}

const CPU_ROUNDS = 11;
/** The clock of CPU time ticks in milliseconds, so a round is made long against a tick. */
const CALLS_A_ROUND = 3_000;

/** Median CPU of one `size()` of an 8 KB body in six segments: all remembered, and all new. */
async function measureCpu(
  counter: SegmentCounter,
): Promise<{ warmMicros: number; coldMicros: number; rounds: number }> {
  const lengths = [2_000, 1_500, 1_500, 1_200, 1_200, 600];
  const prose = readFileSync(RUNS_FILE, 'utf8').slice(5_000, 65_000);
  const cut = (from: number): Segment[] =>
    lengths.map((length, index) => ({
      part: 'history',
      text: prose.slice(from + index * 2_000, from + index * 2_000 + length),
    }));
  const mute = createSegmentCounter({ hashKey: randomBytes(32), remember: 100_000, queueLimit: 0 });
  // As a request's body leaves the parser: strings of their own, not windows on a file.
  const warm = JSON.parse(JSON.stringify(cut(0))) as Segment[];
  counter.size(warm);
  await counter.settled();
  if (!counter.size(warm).counts().exact) throw new Error('the tokenizer thread did not answer');
  return {
    warmMicros: median(Array.from({ length: CPU_ROUNDS }, () => cpuMicros(() => counter.size(warm)))),
    coldMicros: median(Array.from({ length: CPU_ROUNDS }, () => cpuMicros(() => mute.size(warm)))),
    rounds: CPU_ROUNDS,
  };
}

function cpuMicros(work: () => unknown): number {
  const before = process.threadCpuUsage();
  for (let call = 0; call < CALLS_A_ROUND; call += 1) work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / CALLS_A_ROUND;
}

/** A thread that never answers: all that is left is the estimate. */
function muteThread(): { ask(): void; holdProcess(): void; stop(): void } {
  return { ask: () => undefined, holdProcess: () => undefined, stop: () => undefined };
}

// --- words ------------------------------------------------------------------------------------------------

function table(exact: readonly PartError[], estimated: readonly PartError[]): string {
  const lines = ['shape      part        exact: worst    mean   estimate: worst    mean'];
  for (const shape of ['recorded', 'tools', 'retrieval', 'anthropic'] as const) {
    for (const part of ['system', 'tools', 'history', 'retrieval', 'user', 'overhead']) {
      const of = (errors: readonly PartError[]): PartError[] =>
        errors.filter((error) => error.shape === shape && error.part === part);
      if (worst(of(exact)) === 0 && worst(of(estimated)) === 0) continue;
      const figures = [worst(of(exact)), mean(of(exact)), worst(of(estimated)), mean(of(estimated))].map(
        percent,
      );
      lines.push(
        `${shape.padEnd(10)} ${part.padEnd(10)} ${figures[0]?.padStart(13)} ${figures[1]?.padStart(7)} ${figures[2]?.padStart(17)} ${figures[3]?.padStart(7)}`,
      );
    }
  }
  return lines.join('\n');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

function worst(errors: readonly PartError[]): number {
  return errors.reduce((most, error) => Math.max(most, error.share), 0);
}

function mean(errors: readonly PartError[]): number {
  return errors.length === 0 ? 0 : errors.reduce((total, error) => total + error.share, 0) / errors.length;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function sum(truth: Truth): number {
  return Object.values(truth).reduce((total, tokens) => total + tokens, 0);
}
