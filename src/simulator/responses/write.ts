/** Answers as OpenAI's responses are written: one `response`, or its events from `response.created` to its end. */
import { countTokens, piecesOf } from '../counting.ts';
import type { Answer, Frame, Problem, Reply, Tally, ToolCall } from '../dialect.ts';
import type { JsonObject } from '../json.ts';
import { problemBody } from '../openai/problem.ts';
import { TOOL_CALL_OVERHEAD_TOKENS } from '../reply.ts';

const TOKENS_PER_ARGUMENT_CHUNK = 4;

/** `input_tokens` includes the cached ones, `output_tokens` the reasoning. */
export function usageOf(tally: Tally): JsonObject {
  const input = tally.freshInput + tally.cacheRead;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: tally.cacheRead, cache_write_tokens: 0 },
    output_tokens: tally.output,
    output_tokens_details: { reasoning_tokens: tally.reasoning },
    total_tokens: input + tally.output,
  };
}

export function bodyOf(answer: Answer): JsonObject {
  const { ask, replies, tally } = answer;
  const cut = replies.some((reply) => reply.finish === 'length');
  return {
    ...envelope(answer, cut ? 'incomplete' : 'completed'),
    incomplete_details: cut ? { reason: 'max_output_tokens' } : null,
    output: replies.flatMap((reply) => itemsOf(reply, answer.id)),
    usage: ask.faults.withoutUsage ? null : usageOf(tally),
  };
}

export function* framesOf(answer: Answer): Generator<Frame> {
  let sequence = 0;
  let outputTokens = 0;
  const frame = (type: string, fields: JsonObject, tokens = 0, last = false): Frame => {
    outputTokens += tokens;
    const text = `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence, ...fields })}\n\n`;
    sequence += 1;
    return { text, outputTokens, last };
  };
  const begun = { ...envelope(answer, 'in_progress'), incomplete_details: null, output: [], usage: null };
  yield frame('response.created', { response: begun });
  yield frame('response.in_progress', { response: begun });
  const [reply] = answer.replies;
  if (reply !== undefined) yield* itemFrames(reply, answer.id, frame);
  const whole = bodyOf(answer);
  yield frame(`response.${String(whole['status'])}`, { response: whole }, 0, true);
}

export function problemFrame(problem: Problem): string {
  const event = { type: 'error', sequence_number: 0, ...problemBody(problem) };
  return `event: error\ndata: ${JSON.stringify(event)}\n\n`;
}

type MakeFrame = (type: string, fields: JsonObject, tokens?: number) => Frame;

function* itemFrames(reply: Reply, id: string, frame: MakeFrame): Generator<Frame> {
  for (const [index, item] of itemsOf(reply, id).entries()) {
    const place = { output_index: index };
    switch (item['type']) {
      case 'reasoning':
        yield frame('response.output_item.added', { ...place, item }, reply.reasoningTokens);
        break;
      case 'message':
        yield* messageFrames(reply.text, item, place, frame);
        break;
      default:
        yield* callFrames(item, place, frame);
    }
    yield frame('response.output_item.done', { ...place, item });
  }
}

function* messageFrames(
  text: string,
  item: JsonObject,
  place: JsonObject,
  frame: MakeFrame,
): Generator<Frame> {
  const at = { ...place, item_id: item['id'], content_index: 0 };
  const part = (words: string): JsonObject => ({ type: 'output_text', text: words, annotations: [] });
  yield frame('response.output_item.added', {
    ...place,
    item: { ...item, status: 'in_progress', content: [] },
  });
  yield frame('response.content_part.added', { ...at, part: part('') });
  for (const piece of piecesOf(text, 1))
    yield frame('response.output_text.delta', { ...at, delta: piece.text, logprobs: [] }, piece.tokens);
  yield frame('response.output_text.done', { ...at, text, logprobs: [] });
  yield frame('response.content_part.done', { ...at, part: part(text) });
}

function* callFrames(item: JsonObject, place: JsonObject, frame: MakeFrame): Generator<Frame> {
  const name = String(item['name']);
  const given = String(item['arguments']);
  const at = { ...place, item_id: item['id'] };
  yield frame(
    'response.output_item.added',
    { ...place, item: { ...item, status: 'in_progress', arguments: '' } },
    countTokens(name) + TOOL_CALL_OVERHEAD_TOKENS,
  );
  for (const piece of piecesOf(given, TOKENS_PER_ARGUMENT_CHUNK))
    yield frame('response.function_call_arguments.delta', { ...at, delta: piece.text }, piece.tokens);
  yield frame('response.function_call_arguments.done', { ...at, name, arguments: given });
}

function itemsOf(reply: Reply, id: string): JsonObject[] {
  const own = id.slice('resp_sim_'.length);
  const items: JsonObject[] = [];
  if (reply.reasoningTokens > 0) items.push({ id: `rs_${own}`, type: 'reasoning', summary: [] });
  if (reply.toolCalls.length > 0) return [...items, ...reply.toolCalls.map(callItem)];
  const status = reply.finish === 'length' ? 'incomplete' : 'completed';
  const content = [{ type: 'output_text', text: reply.text, annotations: [], logprobs: [] }];
  return [...items, { id: `msg_${own}`, type: 'message', role: 'assistant', status, content }];
}

function callItem(call: ToolCall): JsonObject {
  return {
    id: `fc_${call.id}`,
    type: 'function_call',
    status: 'completed',
    call_id: `call_${call.id}`,
    name: call.name,
    arguments: call.arguments,
  };
}

function envelope({ id, createdAtMs, ask }: Answer, status: string): JsonObject {
  return {
    id,
    object: 'response',
    created_at: Math.floor(createdAtMs / 1000),
    status,
    background: false,
    error: null,
    model: ask.model,
    parallel_tool_calls: true,
    previous_response_id: null,
    service_tier: ask.serviceTier,
    store: false,
    tool_choice: 'auto',
    tools: [],
    metadata: { simulated: 'true' },
  };
}
