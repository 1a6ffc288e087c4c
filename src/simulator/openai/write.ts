/** Answers as OpenAI writes them: one `chat.completion`, or `chat.completion.chunk` events. */
import { countTokens, piecesOf } from '../counting.ts';
import type { Answer, Ask, Frame, Reply, Tally, ToolCall } from '../dialect.ts';
import type { JsonObject } from '../json.ts';
import { TOOL_CALL_OVERHEAD_TOKENS } from '../reply.ts';

const FINGERPRINT = 'fp_simulated';
const TOKENS_PER_ARGUMENT_CHUNK = 4;
const FINISH = { stop: 'stop', 'stop-sequence': 'stop', length: 'length', tool: 'tool_calls' } as const;

/** `prompt_tokens` includes the cached ones, `completion_tokens` the reasoning. */
export function usageOf(tally: Tally): JsonObject {
  const prompt = tally.freshInput + tally.cacheRead;
  return {
    prompt_tokens: prompt,
    completion_tokens: tally.output,
    total_tokens: prompt + tally.output,
    prompt_tokens_details: { cached_tokens: tally.cacheRead, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: tally.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

export function bodyOf(answer: Answer): JsonObject {
  const { ask } = answer;
  return {
    ...envelope(answer, 'chat.completion'),
    choices: answer.replies.map((reply, index) => ({
      index,
      message: {
        role: 'assistant',
        content: reply.toolCalls.length > 0 ? null : reply.text,
        refusal: null,
        annotations: [],
        ...(reply.toolCalls.length > 0 ? { tool_calls: reply.toolCalls.map(toolCall) } : {}),
      },
      logprobs: null,
      finish_reason: FINISH[reply.finish],
    })),
    ...(ask.faults.withoutUsage ? {} : { usage: usageOf(answer.tally) }),
  };
}

/** Chunks carry `usage: null` only when usage was asked for; then one more chunk without choices carries it. */
export function* framesOf(answer: Answer): Generator<Frame> {
  const { ask } = answer;
  const head = envelope(answer, 'chat.completion.chunk');
  const reports = ask.usageAsked && !ask.faults.withoutUsage;
  const chunk = (fields: JsonObject) =>
    `data: ${JSON.stringify({ ...head, ...fields, ...(reports && !('usage' in fields) ? { usage: null } : {}) })}\n\n`;
  let outputTokens = 0;
  for (const [index, reply] of answer.replies.entries()) {
    for (const step of stepsOf(reply)) {
      outputTokens += step.tokens;
      yield {
        text: chunk({ choices: [{ index, delta: step.delta, logprobs: null, finish_reason: step.finish }] }),
        outputTokens,
        last: false,
      };
    }
  }
  if (reports)
    yield { text: chunk({ choices: [], usage: usageOf(answer.tally) }), outputTokens, last: false };
  yield { text: 'data: [DONE]\n\n', outputTokens, last: true };
}

interface Step {
  readonly delta: JsonObject;
  readonly tokens: number;
  readonly finish: string | null;
}

function* stepsOf(reply: Reply): Generator<Step> {
  const content = reply.toolCalls.length > 0 ? null : '';
  yield { delta: { role: 'assistant', content, refusal: null }, tokens: reply.reasoningTokens, finish: null };
  for (const piece of piecesOf(reply.text, 1))
    yield { delta: { content: piece.text }, tokens: piece.tokens, finish: null };
  for (const [index, call] of reply.toolCalls.entries()) {
    const opening = { ...toolCall(call), function: { name: call.name, arguments: '' } };
    yield {
      delta: { tool_calls: [{ index, ...opening }] },
      tokens: countTokens(call.name) + TOOL_CALL_OVERHEAD_TOKENS,
      finish: null,
    };
    for (const piece of piecesOf(call.arguments, TOKENS_PER_ARGUMENT_CHUNK)) {
      yield {
        delta: { tool_calls: [{ index, function: { arguments: piece.text } }] },
        tokens: piece.tokens,
        finish: null,
      };
    }
  }
  yield { delta: {}, tokens: 0, finish: FINISH[reply.finish] };
}

function toolCall(call: ToolCall): JsonObject {
  return {
    id: `call_${call.id}`,
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
  };
}

function envelope(answer: Answer, object: string): JsonObject {
  const { id, createdAtMs, ask }: { id: string; createdAtMs: number; ask: Ask } = answer;
  return {
    id,
    object,
    created: Math.floor(createdAtMs / 1000),
    model: ask.model,
    service_tier: ask.serviceTier,
    system_fingerprint: FINGERPRINT,
  };
}
