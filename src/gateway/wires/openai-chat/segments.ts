/**
 * Cuts a chat completion request into the parts that composition sizes.
 *
 * - system: messages of the roles `system` and `developer`, wherever they stand.
 * - tools: tool and function definitions and the schema of the answer: all are contracts that the model is shown.
 * - user: the last message of the role `user`, less what is retrieval in it.
 * - retrieval: its leading parts by hint, and its spans between known marks. Retrieved text of earlier turns is
 *   history by now.
 * - history: everything else, so tool results and the agent's own steps too.
 * - media: images, audio and files of any message. Unknown size unless a public formula needs no decoding.
 *
 * One segment per message or content part, so that hashes repeat from turn to turn.
 */
import { cutRetrieved } from '../../composition/retrieval.ts';
import { toJson, toolAsTypeScript } from '../../composition/tool-text.ts';
import { isObject } from '../json.ts';
import type { JsonObject, JsonValue, RetrievalHints, Segment } from '../wire.ts';

type TextPart = Exclude<Segment['part'], 'media'>;

const MEDIA_TYPES: ReadonlySet<JsonValue | undefined> = new Set([
  'image_url',
  'input_audio',
  'file',
  'input_image',
  'input_file',
  'video_url',
]);

/**
 * Tokens of an image at `detail: low`, which does not depend on its size
 * (OpenAI, "Images and vision", calculating costs). Other models price patches: unknown without decoding.
 */
const LOW_DETAIL_TOKENS: ReadonlyArray<readonly [models: RegExp, tokens: number]> = [
  [/^gpt-4o-mini/, 2_833],
  [/^gpt-4\.1-(mini|nano)/, NaN],
  [/^(gpt-4o|gpt-4\.1|gpt-4\.5)/, 85],
  [/^(o1|o1-pro|o3)(-\d|$)/, 75],
  [/^gpt-5(-chat-latest|-\d{4}.*)?$/, 70],
];

/** Never throws: what has the wrong type is left out, and ends up in the call's overhead. */
export function segments(body: JsonObject, hints: RetrievalHints): Segment[] {
  const cut: Segment[] = [];
  addTools(cut, body);
  const messages: readonly JsonValue[] = Array.isArray(body['messages']) ? body['messages'] : [];
  const lastUser = messages.findLastIndex((message) => isObject(message) && message['role'] === 'user');
  for (const [index, message] of messages.entries()) {
    if (!isObject(message)) continue;
    if (index === lastUser) addLastUser(cut, message['content'], hints, body['model']);
    else addMessage(cut, message, body['model']);
  }
  return cut;
}

function addTools(cut: Segment[], body: JsonObject): void {
  for (const list of [body['tools'], body['functions']]) {
    if (!Array.isArray(list) || list.length === 0) continue;
    const tools: readonly JsonValue[] = list;
    // One segment for the whole set, known by its JSON: a workflow sends the same set with every call.
    const shown = (): string => tools.map((tool) => (isObject(tool) ? toolAsTypeScript(tool) : '')).join('');
    cut.push({ part: 'tools', text: toJson(tools) || shown(), shown });
  }
  const format = body['response_format'];
  if (isObject(format) && isObject(format['json_schema']))
    addText(cut, 'tools', toJson(format['json_schema']));
}

function addMessage(cut: Segment[], message: JsonObject, model: JsonValue | undefined): void {
  const role = message['role'];
  const part: TextPart = role === 'system' || role === 'developer' ? 'system' : 'history';
  addContent(cut, part, message['content'], model);
  addText(cut, part, message['reasoning_content']);
  addText(cut, part, message['refusal']);
  if (isObject(message['audio'])) cut.push({ part: 'media', text: '' });
  addCall(cut, part, message['function_call']);
  const calls = message['tool_calls'];
  if (Array.isArray(calls)) {
    for (const call of calls) if (isObject(call)) addCall(cut, part, call['function'] ?? call['custom']);
  }
}

function addCall(cut: Segment[], part: TextPart, call: JsonValue | undefined): void {
  if (!isObject(call)) return;
  const name = typeof call['name'] === 'string' ? call['name'] : '';
  const given = call['arguments'] ?? call['input'];
  addText(cut, part, typeof given === 'string' ? `${name} ${given}` : name);
}

function addContent(
  cut: Segment[],
  part: TextPart,
  content: JsonValue | undefined,
  model: JsonValue | undefined,
): void {
  if (!Array.isArray(content)) return addText(cut, part, content);
  for (const piece of content) {
    if (isMedia(piece)) cut.push(mediaSegment(piece, model));
    else addText(cut, part, textOf(piece));
  }
}

function addLastUser(
  cut: Segment[],
  content: JsonValue | undefined,
  hints: RetrievalHints,
  model: JsonValue | undefined,
): void {
  const leading = hints.leadingParts ?? 0;
  const pieces: readonly (JsonValue | undefined)[] = Array.isArray(content) ? content : [content]; // a plain text is one part
  for (const [index, piece] of pieces.entries()) {
    if (isMedia(piece)) cut.push(mediaSegment(piece, model));
    else if (index < leading) addText(cut, 'retrieval', textOf(piece));
    else addCutText(cut, textOf(piece), hints);
  }
}

function addCutText(cut: Segment[], text: string, hints: RetrievalHints): void {
  for (const piece of cutRetrieved(text, hints.delimiters))
    addText(cut, piece.retrieved ? 'retrieval' : 'user', piece.text);
}

function isMedia(piece: JsonValue | undefined): piece is JsonObject {
  return isObject(piece) && MEDIA_TYPES.has(piece['type']);
}

function mediaSegment(piece: JsonObject, model: JsonValue | undefined): Segment {
  const image = piece['image_url'];
  if (isObject(image) && image['detail'] === 'low' && typeof model === 'string') {
    const tokens = LOW_DETAIL_TOKENS.find(([models]) => models.test(model))?.[1];
    if (tokens !== undefined && !Number.isNaN(tokens)) return { part: 'media', text: '', tokens };
  }
  return { part: 'media', text: '' };
}

function textOf(piece: JsonValue | undefined): string {
  if (typeof piece === 'string') return piece;
  if (!isObject(piece)) return '';
  const text = piece['text'] ?? piece['refusal'];
  return typeof text === 'string' ? text : '';
}

function addText(cut: Segment[], part: TextPart, text: JsonValue | undefined): void {
  if (typeof text === 'string' && text !== '') cut.push({ part, text });
}
