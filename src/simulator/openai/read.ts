/** An OpenAI chat completions request, read and checked as strictly as the provider does. */
import type { Ask, Problem, PromptPiece, ToolChoice, ToolOffer } from '../dialect.ts';
import { addFaultsInText, splitModelName } from '../faults.ts';
import { asList, asNumber, asObject, asText, isObject } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';

const MESSAGE_OVERHEAD_TOKENS = 3; // role and delimiters; one priming of the answer adds as many (OpenAI cookbook)
const TOOL_OVERHEAD_TOKENS = 7;
const IMAGE_TOKENS = { low: 85, high: 765 } as const; // one 1024 × 1024 image of gpt-4o
const OTHER_MEDIA_TOKENS = 250;
const ROLES = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function']);
const EFFORTS: Readonly<Record<string, number>> = {
  none: 0,
  minimal: 0.25,
  low: 0.5,
  medium: 1,
  high: 2,
  xhigh: 2,
};

export function readRequest(body: JsonObject): Ask | Problem {
  const problem = checkFields(body) ?? checkMessages(asList(body['messages']));
  if (problem) return problem;
  const messages = asList(body['messages']).map(asObject);
  const { model, faults } = splitModelName(asText(body['model']));
  const question = contentText(messages.findLast((message) => message['role'] === 'user')?.['content']);
  const last = messages.at(-1);
  const tools = readTools(body);
  return {
    dialect: 'openai',
    model,
    faults: addFaultsInText(faults, question),
    pieces: [...toolPieces(body), ...messages.flatMap(messagePieces)],
    overheadTokens: (messages.length + 1) * MESSAGE_OVERHEAD_TOKENS + tools.length * TOOL_OVERHEAD_TOKENS,
    question,
    toolResult:
      last?.['role'] === 'tool' || last?.['role'] === 'function' ? contentText(last['content']) : undefined,
    tools,
    toolChoice: readToolChoice(body['tool_choice']),
    answers: asNumber(body['n']) ?? 1,
    maxOutputTokens: asNumber(body['max_completion_tokens']) ?? asNumber(body['max_tokens']),
    stops: typeof body['stop'] === 'string' ? [body['stop']] : asList(body['stop']).map(asText),
    json: readFormat(asObject(body['response_format'])),
    thinkingTokens: undefined,
    effort: EFFORTS[asText(body['reasoning_effort'])] ?? 1,
    stream: body['stream'] === true,
    usageAsked: asObject(body['stream_options'])['include_usage'] === true,
    serviceTier: ['flex', 'priority'].includes(asText(body['service_tier']))
      ? asText(body['service_tier'])
      : 'default',
  };
}

function invalid(message: string, parameter?: string, code?: string): Problem {
  return {
    kind: 'problem',
    status: 400,
    message,
    ...(parameter === undefined ? {} : { parameter }),
    ...(code === undefined ? {} : { code }),
  };
}

function checkFields(body: JsonObject): Problem | undefined {
  if (asText(body['model']) === '') return invalid('you must provide a model parameter');
  if (body['messages'] === undefined)
    return invalid("Missing required parameter: 'messages'.", 'messages', 'missing_required_parameter');
  if (!Array.isArray(body['messages']))
    return invalid("Invalid type for 'messages': expected an array of objects.", 'messages', 'invalid_type');
  if (body['messages'].length === 0)
    return invalid(
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      'messages',
      'empty_array',
    );
  if (isObject(body['stream_options']) && body['stream'] !== true) {
    return invalid(
      "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      'stream_options',
    );
  }
  return (
    checkRange(body, 'n', 1, 128, true) ??
    checkRange(body, 'max_tokens', 1, Number.MAX_SAFE_INTEGER, true) ??
    checkRange(body, 'max_completion_tokens', 1, Number.MAX_SAFE_INTEGER, true) ??
    checkRange(body, 'temperature', 0, 2, false) ??
    checkToolChoice(body)
  );
}

function checkRange(
  body: JsonObject,
  field: string,
  minimum: number,
  maximum: number,
  whole: boolean,
): Problem | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || (whole && !Number.isInteger(value))) {
    return invalid(
      `Invalid type for '${field}': expected ${whole ? 'an integer' : 'a decimal'}.`,
      field,
      'invalid_type',
    );
  }
  if (value < minimum)
    return invalid(
      `Invalid '${field}': below minimum value. Expected a value >= ${minimum}, but got ${value} instead.`,
      field,
      'integer_below_min_value',
    );
  if (value > maximum)
    return invalid(
      `Invalid '${field}': above maximum value. Expected a value <= ${maximum}, but got ${value} instead.`,
      field,
      'integer_above_max_value',
    );
  return undefined;
}

function checkToolChoice(body: JsonObject): Problem | undefined {
  const choice = body['tool_choice'];
  if (choice === undefined || choice === null || choice === 'none') return undefined;
  const tools = readTools(body);
  if (tools.length === 0)
    return invalid("'tool_choice' is only allowed when 'tools' are specified.", 'tool_choice');
  const name = asText(asObject(asObject(choice)['function'])['name']);
  if (name !== '' && !tools.some((tool) => tool.name === name)) {
    return invalid(`Tool choice '${name}' not found in 'tools' parameter.`, 'tool_choice');
  }
  return undefined;
}

/** Roles are known, and every tool result answers a call of the assistant message before it. */
function checkMessages(messages: readonly Json[]): Problem | undefined {
  let open = new Set<string>();
  for (const [at, value] of messages.entries()) {
    if (!isObject(value))
      return invalid(
        `Invalid type for 'messages[${at}]': expected an object.`,
        `messages[${at}]`,
        'invalid_type',
      );
    const role = asText(value['role']);
    if (!ROLES.has(role))
      return invalid(
        `Invalid value: '${role}'. Supported values are: ${[...ROLES].map((one) => `'${one}'`).join(', ')}.`,
        `messages[${at}].role`,
        'invalid_value',
      );
    const content = value['content'];
    const speaks = typeof content === 'string' || Array.isArray(content);
    const callsOnly = role === 'assistant' && (content === null || content === undefined);
    if (!speaks && !callsOnly)
      return invalid(
        `Invalid value for 'content': expected a string, got ${content === undefined ? 'nothing' : 'null'}.`,
        `messages[${at}].content`,
      );
    if (role === 'tool') {
      if (!open.delete(asText(value['tool_call_id']))) {
        return invalid(
          "Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
          `messages[${at}].role`,
        );
      }
    } else if (open.size > 0) return unansweredCalls(open);
    if (role === 'assistant')
      open = new Set(asList(value['tool_calls']).map((call) => asText(asObject(call)['id'])));
  }
  return open.size > 0 ? unansweredCalls(open) : undefined;
}

function unansweredCalls(open: ReadonlySet<string>): Problem {
  return invalid(
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...open].join(', ')}`,
    'messages',
  );
}

function readTools(body: JsonObject): ToolOffer[] {
  return asList(body['tools'])
    .map((tool) => asObject(asObject(tool)['function']))
    .filter((tool) => asText(tool['name']) !== '')
    .map((tool) => ({ name: asText(tool['name']), parameters: asObject(tool['parameters']) }));
}

function readToolChoice(choice: Json | undefined): ToolChoice {
  if (choice === 'none') return { kind: 'none' };
  if (choice === 'required') return { kind: 'any' };
  const name = asText(asObject(asObject(choice)['function'])['name']);
  return name === '' ? { kind: 'auto' } : { kind: 'named', name };
}

function readFormat(format: JsonObject): Ask['json'] {
  if (format['type'] === 'json_object') return { schema: undefined };
  if (format['type'] !== 'json_schema') return undefined;
  const schema = asObject(format['json_schema'])['schema'];
  return { schema: isObject(schema) ? schema : undefined };
}

function toolPieces(body: JsonObject): PromptPiece[] {
  const tools = asList(body['tools']);
  return tools.length === 0 ? [] : [{ text: JSON.stringify(tools), mediaTokens: 0 }];
}

function messagePieces(message: JsonObject): PromptPiece[] {
  const content = message['content'];
  const parts = typeof content === 'string' ? [content] : asList(content);
  const pieces = parts.map(partPiece);
  for (const call of asList(message['tool_calls'])) {
    const asked = asObject(asObject(call)['function']);
    pieces.push({ text: `${asText(asked['name'])} ${asText(asked['arguments'])}`, mediaTokens: 0 });
  }
  if (asText(message['name']) !== '') pieces.push({ text: asText(message['name']), mediaTokens: 1 });
  return pieces;
}

function partPiece(part: Json): PromptPiece {
  if (typeof part === 'string') return { text: part, mediaTokens: 0 };
  const { type, text, refusal, image_url: image } = asObject(part);
  if (type === 'image_url')
    return {
      text: '',
      mediaTokens: asObject(image)['detail'] === 'low' ? IMAGE_TOKENS.low : IMAGE_TOKENS.high,
    };
  if (typeof text === 'string') return { text, mediaTokens: 0 };
  if (typeof refusal === 'string') return { text: refusal, mediaTokens: 0 };
  return { text: '', mediaTokens: OTHER_MEDIA_TOKENS };
}

function contentText(content: Json | undefined): string {
  if (typeof content === 'string') return content;
  return asList(content)
    .map((part) => asText(asObject(part)['text']))
    .filter((text) => text !== '')
    .join('\n');
}
