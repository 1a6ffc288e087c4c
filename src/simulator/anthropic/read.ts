/** An Anthropic messages request, read and checked as strictly as the provider does. */
import type { Ask, Problem, PromptPiece, ToolChoice, ToolOffer } from '../dialect.ts';
import { addFaultsInText, splitModelName } from '../faults.ts';
import { asList, asNumber, asObject, asText, isObject } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';

const MESSAGE_OVERHEAD_TOKENS = 4;
const REQUEST_OVERHEAD_TOKENS = 3;
const TOOLS_OVERHEAD_TOKENS = 346; // the tool use system prompt of the Claude 4 models
const IMAGE_TOKENS = 1_334; // width × height ÷ 750 of a 1000 × 1000 image
const DOCUMENT_TOKENS = 1_500;
const CACHE_MARKS_AT_MOST = 4;
const THINKING_TOKENS_AT_LEAST = 1_024;

export function readRequest(body: JsonObject): Ask | Problem {
  return readMessages(body, asNumber(body['max_tokens']));
}

/** As `readRequest`, but without the demand for `max_tokens`: the count endpoint takes none. */
export function readCountRequest(body: JsonObject): Ask | Problem {
  return readMessages({ ...body, max_tokens: 1, thinking: null }, 1);
}

function readMessages(body: JsonObject, maxOutputTokens: number | undefined): Ask | Problem {
  const problem = checkFields(body) ?? checkMessages(asList(body['messages'])) ?? checkThinking(body);
  if (problem) return problem;
  const messages = asList(body['messages']).map(asObject);
  const { model, faults } = splitModelName(asText(body['model']));
  const question = questionOf(messages);
  const tools = readTools(body);
  const pieces = promptPieces(body, messages);
  if (pieces.filter((piece) => piece.cacheFor).length > CACHE_MARKS_AT_MOST) {
    return invalid('A maximum of 4 blocks with cache_control may be provided.');
  }
  return {
    dialect: 'anthropic',
    model,
    faults: addFaultsInText(faults, question),
    pieces,
    overheadTokens:
      messages.length * MESSAGE_OVERHEAD_TOKENS +
      REQUEST_OVERHEAD_TOKENS +
      (tools.length > 0 ? TOOLS_OVERHEAD_TOKENS : 0),
    question,
    toolResult: toolResultOf(messages.at(-1)),
    tools,
    toolChoice: readToolChoice(asObject(body['tool_choice'])),
    answers: 1,
    maxOutputTokens,
    stops: asList(body['stop_sequences']).map(asText),
    json: readFormat(body),
    thinkingTokens: readThinking(body),
    effort: 1,
    stream: body['stream'] === true,
    usageAsked: true,
    serviceTier: 'standard',
  };
}

function invalid(message: string, parameter?: string): Problem {
  return { kind: 'problem', status: 400, message, ...(parameter === undefined ? {} : { parameter }) };
}

function checkFields(body: JsonObject): Problem | undefined {
  if (asText(body['model']) === '') return invalid('Field required', 'model');
  const limit = body['max_tokens'];
  if (limit === undefined || limit === null) return invalid('Field required', 'max_tokens');
  if (typeof limit !== 'number' || !Number.isInteger(limit))
    return invalid('Input should be a valid integer', 'max_tokens');
  if (limit < 1) return invalid('Input should be greater than or equal to 1', 'max_tokens');
  if (body['messages'] === undefined) return invalid('Field required', 'messages');
  if (!Array.isArray(body['messages'])) return invalid('Input should be a valid list', 'messages');
  if (body['messages'].length === 0) return invalid('at least one message is required', 'messages');
  const temperature = asNumber(body['temperature']);
  if (temperature !== undefined && (temperature < 0 || temperature > 1))
    return invalid('Input should be between 0 and 1', 'temperature');
  const choice = asObject(body['tool_choice']);
  const tools = readTools(body);
  if (choice['type'] !== undefined && choice['type'] !== 'none' && tools.length === 0) {
    return invalid('tool_choice may only be specified while providing tools.');
  }
  if (choice['type'] === 'tool' && !tools.some((tool) => tool.name === choice['name'])) {
    return invalid(`Tool '${asText(choice['name'])}' not found in provided tools`);
  }
  return undefined;
}

/** Roles are known, and every tool result answers a tool use of the message before it. */
function checkMessages(messages: readonly Json[]): Problem | undefined {
  let open = new Set<string>();
  for (const [at, value] of messages.entries()) {
    const message = asObject(value);
    const role = asText(message['role']);
    if (role !== 'user' && role !== 'assistant') {
      return invalid(
        `Unexpected role "${role}". Allowed roles are "user" or "assistant"; a system prompt goes into the top-level \`system\` parameter.`,
        `messages.${at}.role`,
      );
    }
    const content = message['content'];
    if (typeof content !== 'string' && !Array.isArray(content))
      return invalid('Field required', `messages.${at}.content`);
    if (content.length === 0 && at < messages.length - 1)
      return invalid('text content blocks must be non-empty', `messages.${at}`);
    const blocks = typeof content === 'string' ? [] : content.map(asObject);
    const answered = new Set(
      blocks.filter((block) => block['type'] === 'tool_result').map((block) => asText(block['tool_use_id'])),
    );
    const stray = [...answered].find((id) => !open.has(id));
    if (stray !== undefined)
      return invalid(
        `unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
        `messages.${at}.content`,
      );
    const missing = [...open].find((id) => !answered.has(id));
    if (missing !== undefined)
      return invalid(
        `\`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing}.`,
        `messages.${at}`,
      );
    open = new Set(
      blocks
        .filter((block) => role === 'assistant' && block['type'] === 'tool_use')
        .map((block) => asText(block['id'])),
    );
  }
  return undefined;
}

function checkThinking(body: JsonObject): Problem | undefined {
  const thinking = asObject(body['thinking']);
  if (thinking['type'] !== 'enabled') return undefined;
  const budget = asNumber(thinking['budget_tokens']);
  if (budget === undefined) return invalid('Field required', 'thinking.enabled.budget_tokens');
  if (budget < THINKING_TOKENS_AT_LEAST)
    return invalid(
      `Input should be greater than or equal to ${THINKING_TOKENS_AT_LEAST}`,
      'thinking.enabled.budget_tokens',
    );
  if (budget >= (asNumber(body['max_tokens']) ?? 0))
    return invalid('`max_tokens` must be greater than `thinking.budget_tokens`.');
  return undefined;
}

function readThinking(body: JsonObject): number | undefined {
  const thinking = asObject(body['thinking']);
  if (thinking['type'] === 'enabled') return asNumber(thinking['budget_tokens']);
  return thinking['type'] === 'adaptive' ? Math.floor((asNumber(body['max_tokens']) ?? 0) / 2) : undefined;
}

function readTools(body: JsonObject): ToolOffer[] {
  return asList(body['tools'])
    .map(asObject)
    .filter((tool) => asText(tool['name']) !== '')
    .map((tool) => ({ name: asText(tool['name']), parameters: asObject(tool['input_schema']) }));
}

function readToolChoice(choice: JsonObject): ToolChoice {
  switch (choice['type']) {
    case 'none':
      return { kind: 'none' };
    case 'any':
      return { kind: 'any' };
    case 'tool':
      return { kind: 'named', name: asText(choice['name']) };
    default:
      return { kind: 'auto' };
  }
}

function readFormat(body: JsonObject): Ask['json'] {
  const format = asObject(asObject(body['output_config'])['format'] ?? body['output_format']);
  if (format['type'] !== 'json_schema') return undefined;
  return { schema: isObject(format['schema']) ? format['schema'] : undefined };
}

/** In the order in which the provider caches: tools, system, messages. */
function promptPieces(body: JsonObject, messages: readonly JsonObject[]): PromptPiece[] {
  const tools = asList(body['tools']).map((tool) => {
    const { cache_control: mark, ...offer } = asObject(tool);
    return marked({ text: JSON.stringify(offer), mediaTokens: 0 }, mark);
  });
  const pieces = [
    ...tools,
    ...blockPieces(body['system']),
    ...messages.flatMap((message) => blockPieces(message['content'])),
  ];
  const last = pieces.at(-1);
  // A mark on the request itself caches up to its last block.
  return last ? [...pieces.slice(0, -1), last.cacheFor ? last : marked(last, body['cache_control'])] : pieces;
}

function blockPieces(content: Json | undefined): PromptPiece[] {
  if (typeof content === 'string') return [{ text: content, mediaTokens: 0 }];
  return asList(content).map((value) => {
    const block = asObject(value);
    return marked(blockPiece(block), block['cache_control']);
  });
}

function blockPiece(block: JsonObject): PromptPiece {
  switch (block['type']) {
    case 'image':
      return { text: '', mediaTokens: IMAGE_TOKENS };
    case 'document': {
      const source = asObject(block['source']);
      return source['type'] === 'text'
        ? { text: asText(source['data']), mediaTokens: 0 }
        : { text: '', mediaTokens: DOCUMENT_TOKENS };
    }
    case 'tool_use':
      return { text: `${asText(block['name'])} ${JSON.stringify(block['input'] ?? {})}`, mediaTokens: 0 };
    case 'tool_result': {
      const inner = blockPieces(block['content']);
      return {
        text: inner.map((piece) => piece.text).join('\n'),
        mediaTokens: inner.reduce((sum, piece) => sum + piece.mediaTokens, 0),
      };
    }
    default:
      return { text: asText(block['text']) || asText(block['thinking']), mediaTokens: 0 };
  }
}

function marked(piece: PromptPiece, mark: Json | undefined): PromptPiece {
  return isObject(mark) ? { ...piece, cacheFor: mark['ttl'] === '1h' ? '1h' : '5m' } : piece;
}

/** The last user message that says something itself: one with only tool results says nothing. */
function questionOf(messages: readonly JsonObject[]): string {
  for (const message of messages.toReversed()) {
    const text = message['role'] === 'user' ? textOf(message['content']) : '';
    if (text !== '') return text;
  }
  return '';
}

function toolResultOf(message: JsonObject | undefined): string | undefined {
  const results = asList(message?.['content'])
    .map(asObject)
    .filter((block) => block['type'] === 'tool_result');
  return results.length === 0 ? undefined : results.map((block) => textOf(block['content'])).join('\n');
}

function textOf(content: Json | undefined): string {
  if (typeof content === 'string') return content;
  return asList(content)
    .map((block) => asText(asObject(block)['text']))
    .filter((text) => text !== '')
    .join('\n');
}
