/** Saying no inside a stream of response events: an `error` event, whose `error` is that of a refused request. */
import { refusalBody } from '../openai-chat/refusal.ts';
import { parseJson } from '../json.ts';
import { writeEvent } from '../sse.ts';
import type { JsonObject, Refusal } from '../wire.ts';

/** The blank lines end an event that the provider left open, so that this one is read as its own. */
export function refusalEvent(refusal: Refusal): string {
  const { error } = parseJson(refusalBody(refusal).body) as JsonObject;
  return `\n\n${writeEvent(JSON.stringify({ type: 'error', sequence_number: 0, error }), 'error')}`;
}
