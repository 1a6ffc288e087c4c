/**
 * Cuts a `generateContent` request into the parts that composition sizes.
 *
 * - system: `systemInstruction`. tools: declarations and the answer's schema, as JSON.
 * - user: the text of the last content that a person wrote; one of function responses alone is the agent's own step.
 * - retrieval: leading parts by hint, and spans between known marks.
 * - history: earlier turns, function calls and responses. media: inline and linked files, of unknown size.
 * - Content that the provider has cached (`cachedContent`) is not in the request and cannot be sized.
 */
import { cutRetrieved } from '../../composition/retrieval.ts';
import { toJson } from '../../composition/tool-text.ts';
import { isList, isObject } from '../json.ts';
import type { JsonObject, JsonValue, RetrievalHints, Segment } from '../wire.ts';
import { either } from './request.ts';

type TextPart = Exclude<Segment['part'], 'media'>;

/** Never throws: what has the wrong type is left out, and ends up in the call's overhead. */
export function segments(body: JsonObject, hints: RetrievalHints): Segment[] {
  const cut: Segment[] = [];
  addTools(cut, body);
  addContent(cut, either(body, 'systemInstruction', 'system_instruction'), 'system');
  const contents = contentsOf(body);
  const lastUser = contents.findLastIndex(isFromPerson);
  for (const [index, content] of contents.entries()) {
    if (index === lastUser) addLastUser(cut, content, hints);
    else addContent(cut, content, 'history');
  }
  return cut;
}

/** Those of a generation, of one text to embed, or of many. */
function contentsOf(body: JsonObject): readonly JsonValue[] {
  const { contents, content, requests } = body;
  if (isList(contents)) return contents;
  if (isObject(contents)) return [contents];
  if (isObject(content)) return [content];
  if (!isList(requests)) return [];
  // Texts to embed have no turns: each is the caller's own.
  return [{ parts: requests.flatMap((one) => (isObject(one) ? partsOf(one['content']) : [])) }];
}

function addTools(cut: Segment[], body: JsonObject): void {
  const { tools } = body;
  if (isList(tools) && tools.length > 0) cut.push({ part: 'tools', text: toJson(tools) });
  const config = either(body, 'generationConfig', 'generation_config');
  if (!isObject(config)) return;
  const schema = either(config, 'responseSchema', 'response_schema') ?? config['responseJsonSchema'];
  if (isObject(schema)) cut.push({ part: 'tools', text: toJson(schema) });
}

function isFromPerson(content: JsonValue): boolean {
  if (!isObject(content)) return false;
  const role = content['role'] ?? 'user';
  return role === 'user' && partsOf(content).some((part) => !isResponse(part));
}

function isResponse(part: JsonValue): boolean {
  return isObject(part) && either(part, 'functionResponse', 'function_response') !== undefined;
}

function partsOf(content: JsonValue | undefined): readonly JsonValue[] {
  if (typeof content === 'string') return [{ text: content }];
  if (!isObject(content)) return [];
  const { parts } = content;
  return isList(parts) ? parts : isObject(parts) ? [parts] : [];
}

function addLastUser(cut: Segment[], content: JsonValue, hints: RetrievalHints): void {
  const leading = hints.leadingParts ?? 0;
  for (const [index, part] of partsOf(content).entries()) {
    const text = isObject(part) ? part['text'] : undefined;
    if (index < leading) addPart(cut, part, 'retrieval');
    else if (typeof text === 'string')
      for (const piece of cutRetrieved(text, hints.delimiters))
        addText(cut, piece.retrieved ? 'retrieval' : 'user', piece.text);
    else addPart(cut, part, isResponse(part) ? 'history' : 'user');
  }
}

function addContent(cut: Segment[], content: JsonValue | undefined, into: TextPart): void {
  for (const part of partsOf(content)) addPart(cut, part, into);
}

function addPart(cut: Segment[], part: JsonValue, into: TextPart): void {
  if (!isObject(part)) return;
  if (part['thought'] !== true) addText(cut, into, part['text']); // thoughts of earlier turns are not shown again
  if (isMedia(part)) cut.push({ part: 'media', text: '' });
  const call = either(part, 'functionCall', 'function_call');
  if (isObject(call)) addNamed(cut, into, call, call['args']);
  const response = either(part, 'functionResponse', 'function_response');
  if (isObject(response)) addNamed(cut, into, response, response['response']);
  const code = either(part, 'executableCode', 'executable_code');
  if (isObject(code)) addText(cut, into, code['code']);
  const result = either(part, 'codeExecutionResult', 'code_execution_result');
  if (isObject(result)) addText(cut, into, result['output']);
}

function isMedia(part: JsonObject): boolean {
  return (
    isObject(either(part, 'inlineData', 'inline_data')) || isObject(either(part, 'fileData', 'file_data'))
  );
}

function addNamed(cut: Segment[], into: TextPart, holder: JsonObject, value: JsonValue | undefined): void {
  const name = typeof holder['name'] === 'string' ? holder['name'] : '';
  addText(cut, into, value === undefined ? name : `${name} ${toJson(value)}`);
}

function addText(cut: Segment[], part: TextPart, text: JsonValue | undefined): void {
  if (typeof text === 'string' && text !== '') cut.push({ part, text });
}
