/** Cuts a completion's prompt; the other requests have none that tokens are counted of. */
import { isList } from '../json.ts';
import type { JsonObject, Segment } from '../wire.ts';

export function segments({ prompt, suffix }: JsonObject): Segment[] {
  const texts = isList(prompt) ? prompt : [prompt, suffix];
  return texts.flatMap((text): Segment[] =>
    typeof text === 'string' && text !== '' ? [{ part: 'user', text }] : [],
  );
}
