/** Answers as Anthropic writes them: one message, or the events from `message_start` to `message_stop`. */
import { countTokens, piecesOf } from '../counting.ts';
import type { Answer, Ask, Frame, Reply, Tally } from '../dialect.ts';
import type { Json, JsonObject } from '../json.ts';
import { hashOf } from '../randomness.ts';
import { TOOL_CALL_OVERHEAD_TOKENS } from '../reply.ts';

const TOKENS_PER_DELTA = 4;
const STOP_REASONS = {
  stop: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  tool: 'tool_use',
} as const;

/** `input_tokens` excludes what the cache read and wrote; `output_tokens` includes thinking. */
export function usageOf(tally: Tally, ask: Ask): JsonObject {
  return {
    ...inputUsage(tally),
    cache_creation: {
      ephemeral_5m_input_tokens: tally.cacheWrite5m,
      ephemeral_1h_input_tokens: tally.cacheWrite1h,
    },
    output_tokens: tally.output,
    service_tier: ask.serviceTier,
  };
}

export function bodyOf(answer: Answer): JsonObject {
  const { ask, tally } = answer;
  const reply = onlyReply(answer);
  return {
    id: answer.id,
    type: 'message',
    role: 'assistant',
    model: ask.model,
    content: blocksOf(reply).map((block) => block.whole),
    stop_reason: STOP_REASONS[reply.finish],
    stop_sequence: reply.stopSequence === '' ? null : reply.stopSequence,
    ...(ask.faults.withoutUsage ? {} : { usage: usageOf(tally, ask) }),
  };
}

export function* framesOf(answer: Answer): Generator<Frame> {
  const { ask, tally } = answer;
  const reply = onlyReply(answer);
  let outputTokens = 0;
  const frame = (type: string, fields: JsonObject): Frame => ({
    text: `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`,
    outputTokens,
    last: type === 'message_stop',
  });
  yield frame('message_start', { message: openingOf(answer) });
  for (const [index, block] of blocksOf(reply).entries()) {
    yield frame('content_block_start', { index, content_block: block.opening });
    if (index === 0) yield frame('ping', {});
    for (const step of block.steps) {
      outputTokens += step.tokens;
      yield frame('content_block_delta', { index, delta: step.delta });
    }
    yield frame('content_block_stop', { index });
  }
  outputTokens = tally.output;
  yield frame('message_delta', {
    delta: {
      stop_reason: STOP_REASONS[reply.finish],
      stop_sequence: reply.stopSequence === '' ? null : reply.stopSequence,
    },
    // Cumulative, and without the 5 min and 1 h split, which only message_start carries.
    ...(ask.faults.withoutUsage ? {} : { usage: { ...inputUsage(tally), output_tokens: tally.output } }),
  });
  yield frame('message_stop', {});
}

function inputUsage(tally: Tally): JsonObject {
  return {
    input_tokens: tally.freshInput,
    cache_creation_input_tokens: tally.cacheWrite5m + tally.cacheWrite1h,
    cache_read_input_tokens: tally.cacheRead,
  };
}

function openingOf(answer: Answer): JsonObject {
  const { ask, tally } = answer;
  const started = { ...tally, output: Math.min(1, tally.output) };
  return {
    id: answer.id,
    type: 'message',
    role: 'assistant',
    model: ask.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    ...(ask.faults.withoutUsage ? {} : { usage: usageOf(started, ask) }),
  };
}

function onlyReply(answer: Answer): Reply {
  const [reply] = answer.replies;
  if (!reply) throw new Error('an answer has at least one reply');
  return reply;
}

interface Block {
  readonly whole: Json;
  readonly opening: JsonObject;
  readonly steps: ReadonlyArray<{ readonly delta: JsonObject; readonly tokens: number }>;
}

function blocksOf(reply: Reply): Block[] {
  const blocks: Block[] = [];
  if (reply.thinking !== '') blocks.push(thinkingBlock(reply.thinking));
  if (reply.text !== '') blocks.push(textBlock(reply.text));
  for (const call of reply.toolCalls) blocks.push(toolBlock(call));
  return blocks;
}

function thinkingBlock(thinking: string): Block {
  const signature = Buffer.from(`simulated ${hashOf(thinking)}`).toString('base64');
  const steps = piecesOf(thinking, TOKENS_PER_DELTA).map(({ text, tokens }) => ({
    delta: { type: 'thinking_delta', thinking: text },
    tokens,
  }));
  return {
    whole: { type: 'thinking', thinking, signature },
    opening: { type: 'thinking', thinking: '', signature: '' },
    steps: [...steps, { delta: { type: 'signature_delta', signature }, tokens: 0 }],
  };
}

function textBlock(text: string): Block {
  return {
    whole: { type: 'text', text },
    opening: { type: 'text', text: '' },
    steps: piecesOf(text, TOKENS_PER_DELTA).map((piece) => ({
      delta: { type: 'text_delta', text: piece.text },
      tokens: piece.tokens,
    })),
  };
}

function toolBlock(call: Reply['toolCalls'][number]): Block {
  const head = { type: 'tool_use', id: `toolu_${call.id}`, name: call.name };
  const steps = piecesOf(call.arguments, TOKENS_PER_DELTA).map(({ text, tokens }) => ({
    delta: { type: 'input_json_delta', partial_json: text },
    tokens,
  }));
  const start = {
    delta: { type: 'input_json_delta', partial_json: '' },
    tokens: countTokens(call.name) + TOOL_CALL_OVERHEAD_TOKENS,
  };
  return {
    whole: { ...head, input: parsedOrEmpty(call.arguments) },
    opening: { ...head, input: {} },
    steps: [start, ...steps],
  };
}

/** Arguments that the limit cut short are no JSON; the provider then returns what it has, here nothing. */
function parsedOrEmpty(text: string): Json {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return {};
  }
}
