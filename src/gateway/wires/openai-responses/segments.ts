/**
 * Cuts a request for a response into the parts that composition sizes, by saying it in the words of a chat: the
 * instructions are a system message, items of an agent's own steps are history, the schema of the answer is a tool.
 */
import { segments as chatSegments } from '../openai-chat/segments.ts';
import { toJson } from '../../composition/tool-text.ts';
import { isList, isObject, objectAt } from '../json.ts';
import type { JsonObject, JsonValue, RetrievalHints, Segment } from '../wire.ts';

/** Never throws: what has the wrong type is left out, and ends up in the call's overhead. */
export function segments(body: JsonObject, hints: RetrievalHints): Segment[] {
  const { instructions, input } = body;
  const messages: JsonValue[] = [];
  if (typeof instructions === 'string') messages.push({ role: 'system', content: instructions });
  if (typeof input === 'string') messages.push({ role: 'user', content: input });
  else if (isList(input)) for (const item of input) if (isObject(item)) messages.push(asMessage(item));
  const format = objectAt(objectAt(body, 'text') ?? {}, 'format');
  return chatSegments(
    {
      model: body['model'],
      messages,
      tools: body['tools'],
      ...(format !== undefined && isObject(format['schema']) && { response_format: { json_schema: format } }),
    },
    hints,
  );
}

function asMessage(item: JsonObject): JsonObject {
  const { type } = item;
  if (type === undefined || type === 'message') return { role: item['role'], content: item['content'] };
  if (type === 'reasoning') return { role: 'assistant', content: item['summary'] };
  const output = item['output'];
  if (output !== undefined && output !== null)
    return { role: 'tool', content: typeof output === 'string' || isList(output) ? output : toJson(output) };
  const given = item['arguments'] ?? item['input'] ?? item['code'] ?? item['action'];
  return {
    role: 'assistant',
    tool_calls: [
      {
        function: {
          name: item['name'] ?? type,
          arguments: typeof given === 'string' ? given : toJson(given),
        },
      },
    ],
  };
}
