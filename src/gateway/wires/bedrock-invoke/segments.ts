/** Cuts an InvokeModel request by the wire whose body it is; a body of one text is the caller's own. */
import { segments as anthropicSegments } from '../anthropic-messages/segments.ts';
import { segments as converseSegments } from '../bedrock-converse/segments.ts';
import { cutRetrieved } from '../../composition/retrieval.ts';
import { isList, isObject } from '../json.ts';
import { segments as chatSegments } from '../openai-chat/segments.ts';
import type { JsonObject, JsonValue, RetrievalHints, Segment } from '../wire.ts';

/** Where makers put a single text, or a list of them. */
const TEXTS = ['prompt', 'inputText', 'message', 'texts', 'preamble'] as const;

/** Never throws: what has the wrong type is left out, and ends up in the call's overhead. */
export function segments(body: JsonObject, hints: RetrievalHints): Segment[] {
  const { messages } = body;
  if (!isList(messages)) return textSegments(body, hints);
  if (body['anthropic_version'] !== undefined) return anthropicSegments(body, hints);
  return messages.some(isConverseMessage) ? converseSegments(body, hints) : chatSegments(body, hints);
}

/** Nova's blocks have no type, as Converse's have none. */
function isConverseMessage(message: JsonValue): boolean {
  if (!isObject(message) || !isList(message['content'])) return false;
  return message['content'].some((block) => isObject(block) && block['type'] === undefined);
}

function textSegments(body: JsonObject, hints: RetrievalHints): Segment[] {
  const cut: Segment[] = [];
  for (const name of TEXTS) {
    const value = body[name];
    for (const text of isList(value) ? value : [value]) {
      if (typeof text !== 'string' || text === '') continue;
      if (name === 'preamble') cut.push({ part: 'system', text });
      else
        for (const piece of cutRetrieved(text, hints.delimiters))
          cut.push({ part: piece.retrieved ? 'retrieval' : 'user', text: piece.text });
    }
  }
  const { chat_history: history, documents } = body;
  for (const turn of isList(history) ? history : [])
    if (isObject(turn) && typeof turn['message'] === 'string')
      cut.push({ part: 'history', text: turn['message'] });
  for (const document of isList(documents) ? documents : [])
    if (isObject(document))
      cut.push({ part: 'retrieval', text: Object.values(document).filter(isText).join('\n') });
  return cut;
}

function isText(value: JsonValue | undefined): value is string {
  return typeof value === 'string';
}
