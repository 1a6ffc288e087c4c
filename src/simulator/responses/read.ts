/** A request to `/v1/responses`, said again as the chat that it stands for. Nothing is kept from call to call. */
import type { Ask, Problem } from '../dialect.ts';
import { asList, asObject, asText, isObject } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { readRequest as readChat } from '../openai/read.ts';

export function readRequest(body: JsonObject): Ask | Problem {
  const { input, model, instructions } = body;
  if (asText(model) === '') return missing('model');
  if (typeof input !== 'string' && !Array.isArray(input)) return missing('input');
  const messages: JsonObject[] = [];
  if (typeof instructions === 'string') messages.push({ role: 'system', content: instructions });
  if (typeof input === 'string') messages.push({ role: 'user', content: input });
  else for (const item of asList(input)) addItem(messages, asObject(item));
  const format = asObject(asObject(body['text'])['format']);
  const ask = readChat({
    model,
    messages,
    ...(Array.isArray(body['tools']) && { tools: body['tools'].map(chatTool).filter(isObject) }),
    ...(isObject(body['tool_choice'])
      ? { tool_choice: { type: 'function', function: { name: body['tool_choice']['name'] } } }
      : body['tool_choice'] !== undefined && { tool_choice: body['tool_choice'] }),
    ...(body['max_output_tokens'] !== undefined && { max_completion_tokens: body['max_output_tokens'] }),
    ...(body['temperature'] !== undefined && { temperature: body['temperature'] }),
    ...(format['type'] === 'json_schema' && {
      response_format: { type: 'json_schema', json_schema: format },
    }),
    ...(format['type'] === 'json_object' && { response_format: { type: 'json_object' } }),
    reasoning_effort: asObject(body['reasoning'])['effort'],
    service_tier: body['service_tier'],
    stream: body['stream'] === true,
  });
  return 'kind' in ask ? ask : { ...ask, usageAsked: true }; // a stream of events always reports
}

function missing(parameter: string): Problem {
  return {
    kind: 'problem',
    status: 400,
    message: `Missing required parameter: '${parameter}'.`,
    parameter,
    code: 'missing_required_parameter',
  };
}

/** Calls of one turn stand in one message, as a chat has them. */
function addItem(messages: JsonObject[], item: JsonObject): void {
  const { type } = item;
  if (type === 'function_call') {
    const call = {
      id: item['call_id'],
      type: 'function',
      function: { name: item['name'], arguments: item['arguments'] },
    };
    const last = messages.at(-1);
    if (last === undefined || last['tool_calls'] === undefined)
      messages.push({ role: 'assistant', content: null, tool_calls: [call] });
    else messages[messages.length - 1] = { ...last, tool_calls: [...asList(last['tool_calls']), call] };
  } else if (type === 'function_call_output')
    messages.push({ role: 'tool', tool_call_id: item['call_id'], content: asOutput(item['output']) });
  else if (type === undefined || type === 'message')
    messages.push({ role: item['role'], content: chatContent(item['content']) });
}

function asOutput(output: Json | undefined): Json {
  return typeof output === 'string' ? output : JSON.stringify(output ?? '');
}

function chatContent(content: Json | undefined): Json {
  if (!Array.isArray(content)) return content ?? '';
  return content.map((part: Json) => {
    const { type, text, detail } = asObject(part);
    if (type === 'input_image') return { type: 'image_url', image_url: { url: '', detail } };
    return typeof text === 'string' ? { type: 'text', text } : { type: 'file' };
  });
}

/** Built-in tools are not simulated: only functions are called. */
function chatTool(tool: Json): JsonObject | undefined {
  const { type, name, description, parameters } = asObject(tool);
  return type === 'function' ? { type, function: { name, description, parameters } } : undefined;
}
