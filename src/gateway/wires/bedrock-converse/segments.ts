/**
 * Cuts a Converse request into the parts that composition sizes.
 *
 * - system: the `system` blocks. tools: `toolConfig`, as JSON.
 * - user: the text of the last message that a person wrote; one of tool results alone is the agent's own step.
 * - retrieval: leading parts by hint, spans between known marks, and search results. history: everything else that is text.
 * - media: images, documents and videos, of unknown size.
 */
import { cutRetrieved } from '../../composition/retrieval.ts';
import { toJson } from '../../composition/tool-text.ts';
import { isList, isObject, objectAt } from '../json.ts';
import type { JsonObject, JsonValue, RetrievalHints, Segment } from '../wire.ts';

type TextPart = Exclude<Segment['part'], 'media'>;

const MEDIA = ['image', 'document', 'video', 'audio'] as const;

/** Never throws: what has the wrong type is left out, and ends up in the call's overhead. */
export function segments(body: JsonObject, hints: RetrievalHints): Segment[] {
  const cut: Segment[] = [];
  const tools = objectAt(body, 'toolConfig')?.['tools'];
  if (isList(tools) && tools.length > 0) cut.push({ part: 'tools', text: toJson(tools) });
  addBlocks(cut, body['system'], 'system');
  const messages = isList(body['messages']) ? body['messages'] : [];
  const lastUser = messages.findLastIndex(isFromPerson);
  for (const [index, message] of messages.entries()) {
    if (!isObject(message)) continue;
    if (index === lastUser) addLastUser(cut, message['content'], hints);
    else addBlocks(cut, message['content'], message['role'] === 'system' ? 'system' : 'history');
  }
  return cut;
}

function isFromPerson(message: JsonValue): boolean {
  if (!isObject(message) || message['role'] !== 'user') return false;
  const { content } = message;
  return !isList(content) || content.some((block) => !isToolResult(block));
}

function isToolResult(block: JsonValue): boolean {
  return isObject(block) && isObject(block['toolResult']);
}

function addLastUser(cut: Segment[], content: JsonValue | undefined, hints: RetrievalHints): void {
  const leading = hints.leadingParts ?? 0;
  for (const [index, block] of blocksOf(content).entries()) {
    const text = isObject(block) ? block['text'] : undefined;
    if (index < leading) addBlock(cut, block, 'retrieval');
    else if (typeof text === 'string')
      for (const piece of cutRetrieved(text, hints.delimiters))
        addText(cut, piece.retrieved ? 'retrieval' : 'user', piece.text);
    else addBlock(cut, block, isToolResult(block) ? 'history' : 'user');
  }
}

function blocksOf(content: JsonValue | undefined): readonly JsonValue[] {
  if (typeof content === 'string') return [{ text: content }];
  return isList(content) ? content : [];
}

function addBlocks(cut: Segment[], content: JsonValue | undefined, into: TextPart): void {
  for (const block of blocksOf(content)) addBlock(cut, block, into);
}

function addBlock(cut: Segment[], block: JsonValue, into: TextPart): void {
  if (!isObject(block)) return;
  addText(cut, into, block['text']);
  if (MEDIA.some((kind) => isObject(block[kind]))) cut.push({ part: 'media', text: '' });
  const call = objectAt(block, 'toolUse');
  if (call !== undefined) addText(cut, into, `${String(call['name'] ?? '')} ${toJson(call['input'])}`);
  const result = objectAt(block, 'toolResult');
  if (result !== undefined) addResult(cut, result, into);
  const found = objectAt(block, 'searchResult');
  if (found === undefined) return;
  const retrieved = into === 'user' ? 'retrieval' : into;
  addText(cut, retrieved, found['title']);
  for (const piece of blocksOf(found['content'])) if (isObject(piece)) addText(cut, retrieved, piece['text']);
}

function addResult(cut: Segment[], result: JsonObject, into: TextPart): void {
  for (const piece of blocksOf(result['content'])) {
    if (!isObject(piece)) continue;
    addText(cut, into, piece['text']);
    if (piece['json'] !== undefined) addText(cut, into, toJson(piece['json']));
    if (MEDIA.some((kind) => isObject(piece[kind]))) cut.push({ part: 'media', text: '' });
  }
}

function addText(cut: Segment[], part: TextPart, text: JsonValue | undefined): void {
  if (typeof text === 'string' && text !== '') cut.push({ part, text });
}
