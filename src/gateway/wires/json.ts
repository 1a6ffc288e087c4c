/** Reading parsed JSON that nobody has vouched for: each function takes anything and never throws. */
import type { JsonObject, JsonValue } from './wire.ts';

/** Names, ids and models of a provider end up in ledger lines; none is longer than this in good faith. */
const WORD_CHARACTERS = 256;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The object at a name, or undefined for anything else. */
export function objectAt(object: JsonObject, name: string): JsonObject | undefined {
  const value = object[name];
  return isObject(value) ? value : undefined;
}

/** A short text such as a model name; an empty string for anything else. */
export function wordAt(object: JsonObject, name: string): string {
  const value = object[name];
  return typeof value === 'string' ? value.slice(0, WORD_CHARACTERS) : '';
}

/** @returns the parsed value, or undefined when the text is not JSON. */
export function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** A record without a prototype, so that a field named `__proto__` is a field like any other. */
export type Fields = { [name: string]: JsonValue | undefined };

export function emptyFields(): Fields {
  return Object.create(null) as Fields;
}

/** Copies each field of `later` that is not null over `fields`: reports are cumulative, so they replace and never add. */
export function replaceFields(fields: Fields, later: JsonObject): void {
  for (const name in later) {
    const value = later[name];
    if (value !== null && value !== undefined) fields[name] = value;
  }
}

/** Copies each field of `other` that `fields` does not have yet. */
export function fillFields(fields: Fields, other: JsonObject): void {
  for (const name in other) {
    const value = other[name];
    if (value !== null && value !== undefined && fields[name] === undefined) fields[name] = value;
  }
}
