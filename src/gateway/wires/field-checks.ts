/**
 * Checks of request fields. They refuse only what no provider of a wire would take: a wrong JSON type, an empty name.
 * Fields that nobody here knows are never looked at, and null means "not said", as it does to providers.
 */
import { isList, isObject } from './json.ts';
import type { JsonObject, JsonValue, Refusal } from './wire.ts';

const BAD_REQUEST = 400;
/** More entries than any provider allows are not read; the provider still gets them all. */
const METADATA_ENTRIES = 64;

export function badField(parameter: string, must: string): Refusal {
  return {
    code: 'setpoint_bad_request',
    status: BAD_REQUEST,
    message: `"${parameter}" must be ${must}. Nothing was sent to a provider and nothing was charged; correct the request and send it again.`,
    parameter,
  };
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'code' in value;
}

/** A whole number from `least`; undefined when not said. */
export function wholeNumber(body: JsonObject, name: string, least: number): number | undefined | Refusal {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
  return badField(name, least === 0 ? 'a whole number from zero' : `a whole number from ${least}`);
}

/** True or false; false when not said. */
export function flag(body: JsonObject, name: string): boolean | Refusal {
  const value = body[name];
  if (value === undefined || value === null) return false;
  return typeof value === 'boolean' ? value : badField(name, 'true or false');
}

/** A name that must be there. */
export function checkModel(body: JsonObject): Refusal | undefined {
  const { model } = body;
  return typeof model === 'string' && model.trim() !== ''
    ? undefined
    : badField('model', 'the name of a model, as text');
}

/** A list of objects with a role each, and content that is text, parts or nothing. */
export function checkMessages(body: JsonObject): Refusal | undefined {
  const { messages } = body;
  if (!isList(messages) || messages.length === 0)
    return badField('messages', 'a list with at least one message');
  for (let index = 0; index < messages.length; index += 1) {
    const problem = checkMessage(messages[index], index);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function checkMessage(message: JsonValue | undefined, index: number): Refusal | undefined {
  if (!isObject(message)) return badField(`messages[${index}]`, 'an object');
  if (typeof message['role'] !== 'string' || message['role'] === '')
    return badField(`messages[${index}].role`, 'a role such as "user"');
  const content = message['content'];
  if (typeof content === 'number' || typeof content === 'boolean')
    return badField(`messages[${index}].content`, 'text or a list of parts');
  return undefined;
}

/** A field that must be of one JSON shape when it is said. */
export function checkShape(body: JsonObject, name: string, shape: 'list' | 'object'): Refusal | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (shape === 'list') return isList(value) ? undefined : badField(name, 'a list');
  return isObject(value) ? undefined : badField(name, 'an object');
}

/** The text entries of `metadata`; entries of other types are the provider's business. */
export function metadataOf(body: JsonObject): Readonly<Record<string, string>> {
  const { metadata } = body;
  const entries = Object.create(null) as Record<string, string>;
  if (!isObject(metadata)) return entries;
  let count = 0;
  for (const name in metadata) {
    const value = metadata[name];
    if (typeof value !== 'string') continue;
    entries[name] = value;
    count += 1;
    if (count === METADATA_ENTRIES) break;
  }
  return entries;
}
