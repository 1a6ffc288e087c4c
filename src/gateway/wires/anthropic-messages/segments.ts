/**
 * Cuts a Messages request into the parts that composition sizes.
 *
 * - system: the `system` text or blocks, and messages of the role `system`.
 * - tools: tool definitions and the schema of the answer, as JSON.
 * - user: the text of the last message that a person wrote. A `user` message of tool results alone is the agent's
 *   own step, so it does not count as one.
 * - retrieval: leading parts by hint, spans between known marks, and `document` and `search_result` blocks of the
 *   current turn, tool results included: the provider's own types say what they are. In earlier turns they are history.
 * - history: everything else: earlier turns, tool results, the agent's own steps.
 * - media: images, and documents that are files. Unknown size: they are not decoded here.
 *
 * One segment per message or block, so that hashes repeat from turn to turn.
 */
import { cutRetrieved } from '../../composition/retrieval.ts';
import { toJson } from '../../composition/tool-text.ts';
import { isObject } from '../json.ts';
import type { JsonObject, JsonValue, RetrievalHints, Segment } from '../wire.ts';

type TextPart = Exclude<Segment['part'], 'media'>;

/** Blocks are nested a few levels at most; deeper ones are no provider's. */
const DEEPEST = 8;
/** Fields of blocks that the model is shown as text. */
const TEXT_FIELDS = ['text', 'title', 'stdout', 'stderr', 'url'] as const;

/** Never throws: what has the wrong type is left out, and ends up in the call's overhead. */
export function segments(body: JsonObject, hints: RetrievalHints): Segment[] {
  const cut: Segment[] = [];
  addTools(cut, body);
  addContent(cut, body['system'], { plain: 'system', documents: 'system' }, 0);
  const messages: readonly JsonValue[] = Array.isArray(body['messages']) ? body['messages'] : [];
  const lastUser = messages.findLastIndex(isFromPerson);
  for (const [index, message] of messages.entries()) {
    if (!isObject(message)) continue;
    if (message['role'] === 'system')
      addContent(cut, message['content'], { plain: 'system', documents: 'system' }, 0);
    else if (index === lastUser) addLastUser(cut, message['content'], hints);
    else addStep(cut, message['content'], index > lastUser);
  }
  return cut;
}

/** Where the text of a block goes, and where that of documents inside it. */
interface Destination {
  readonly plain: TextPart;
  readonly documents: TextPart;
}

function addTools(cut: Segment[], body: JsonObject): void {
  const tools = body['tools'];
  if (Array.isArray(tools) && tools.length > 0) {
    const set: readonly JsonValue[] = tools;
    // One segment for the whole set, known by its JSON: a workflow sends the same set with every call.
    const shown = (): string => set.map((tool) => (isObject(tool) ? toJson(shownTool(tool)) : '')).join('');
    cut.push({ part: 'tools', text: toJson(set) || shown(), shown });
  }
  for (const holder of [
    body['output_format'],
    isObject(body['output_config']) ? body['output_config']['format'] : undefined,
  ]) {
    if (isObject(holder) && isObject(holder['schema'])) addText(cut, 'tools', toJson(holder['schema']));
  }
}

/** Settings of the cache and of the API's own loop are not shown to the model. */
function shownTool(tool: JsonObject): JsonObject {
  if (tool['input_schema'] === undefined) return { type: tool['type'], name: tool['name'] };
  return { name: tool['name'], description: tool['description'], input_schema: tool['input_schema'] };
}

function isFromPerson(message: JsonValue): boolean {
  if (!isObject(message) || message['role'] !== 'user') return false;
  const content = message['content'];
  return !Array.isArray(content) || content.some((block: JsonValue) => !isToolResult(block));
}

function isToolResult(block: JsonValue | undefined): boolean {
  const type = isObject(block) ? block['type'] : undefined;
  return typeof type === 'string' && type.endsWith('tool_result');
}

/** A message other than the last that a person wrote. Documents after that one belong to the current turn. */
function addStep(cut: Segment[], content: JsonValue | undefined, current: boolean): void {
  const into: Destination = { plain: 'history', documents: current ? 'retrieval' : 'history' };
  if (!Array.isArray(content)) return addContent(cut, content, into, 0);
  for (const block of content) {
    // Thinking of earlier turns is taken out by the provider before the model sees it.
    if (isObject(block) && block['type'] === 'thinking')
      addText(cut, 'history', current ? block['thinking'] : undefined);
    else addBlock(cut, block, into, 0);
  }
}

function addLastUser(cut: Segment[], content: JsonValue | undefined, hints: RetrievalHints): void {
  const leading = hints.leadingParts ?? 0;
  const blocks: readonly (JsonValue | undefined)[] = Array.isArray(content) ? content : [content]; // a plain text is one part
  for (const [index, block] of blocks.entries()) {
    const text =
      typeof block === 'string'
        ? block
        : isObject(block) && block['type'] === 'text'
          ? block['text']
          : undefined;
    if (isToolResult(block)) addBlock(cut, block, { plain: 'history', documents: 'retrieval' }, 0);
    else if (index < leading) addBlock(cut, block, { plain: 'retrieval', documents: 'retrieval' }, 0);
    else if (typeof text === 'string') addCutText(cut, text, hints);
    else addBlock(cut, block, { plain: 'user', documents: 'retrieval' }, 0);
  }
}

function addContent(cut: Segment[], content: JsonValue | undefined, into: Destination, depth: number): void {
  if (!Array.isArray(content)) return addBlock(cut, content, into, depth);
  for (const block of content) addBlock(cut, block, into, depth);
}

function addBlock(cut: Segment[], block: JsonValue | undefined, into: Destination, depth: number): void {
  if (typeof block === 'string') return addText(cut, into.plain, block);
  if (!isObject(block) || depth > DEEPEST) return;
  switch (block['type']) {
    case 'image':
    case 'container_upload':
      cut.push({ part: 'media', text: '' });
      return;
    case 'document':
      return addDocument(cut, block, into, depth);
    case 'tool_use':
    case 'server_tool_use':
    case 'mcp_tool_use':
      return addCall(cut, block, into.plain);
    case 'search_result':
      addText(cut, into.documents, block['source']);
      return addFields(cut, block, { plain: into.documents, documents: into.documents }, depth);
    default:
      return addFields(cut, block, into, depth);
  }
}

function addDocument(cut: Segment[], block: JsonObject, into: Destination, depth: number): void {
  addText(cut, into.documents, block['title']);
  addText(cut, into.documents, block['context']);
  const source = block['source'];
  if (!isObject(source)) return;
  if (source['type'] === 'text') addText(cut, into.documents, source['data']);
  else if (source['type'] === 'content')
    addContent(cut, source['content'], { plain: into.documents, documents: into.documents }, depth + 1);
  else cut.push({ part: 'media', text: '' });
}

function addCall(cut: Segment[], block: JsonObject, part: TextPart): void {
  const name = typeof block['name'] === 'string' ? block['name'] : '';
  addText(cut, part, block['input'] === undefined ? name : `${name} ${toJson(block['input'])}`);
}

/** Blocks that hold text or further blocks, whatever they are called. */
function addFields(cut: Segment[], block: JsonObject, into: Destination, depth: number): void {
  for (const field of TEXT_FIELDS) addText(cut, into.plain, block[field]);
  addContent(cut, block['content'], into, depth + 1);
}

function addCutText(cut: Segment[], text: string, hints: RetrievalHints): void {
  for (const piece of cutRetrieved(text, hints.delimiters))
    addText(cut, piece.retrieved ? 'retrieval' : 'user', piece.text);
}

function addText(cut: Segment[], part: TextPart, text: JsonValue | undefined): void {
  if (typeof text === 'string' && text !== '') cut.push({ part, text });
}
