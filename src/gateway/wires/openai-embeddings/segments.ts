/** Cuts a request for embeddings: every text is the user's, and texts that are tokens already have their size. */
import { isList, isObject } from '../json.ts';
import type { JsonObject, JsonValue, Segment } from '../wire.ts';

export function segments({ input }: JsonObject): Segment[] {
  if (typeof input === 'string') return [{ part: 'user', text: input }];
  if (!isList(input)) return [];
  if (input.every((token) => typeof token === 'number')) return [sizedTokens(input)];
  return input.flatMap((item) => itemSegments(item));
}

function itemSegments(item: JsonValue): Segment[] {
  if (typeof item === 'string') return [{ part: 'user', text: item }];
  if (isList(item)) return [sizedTokens(item)];
  if (!isObject(item)) return [];
  const { text } = item;
  return typeof text === 'string' ? [{ part: 'user', text }] : [{ part: 'media', text: '' }];
}

function sizedTokens(tokens: readonly JsonValue[]): Segment {
  return { part: 'user', text: '', tokens: tokens.length };
}
