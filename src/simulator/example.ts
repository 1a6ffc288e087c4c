/** A value that a JSON Schema accepts: what a model would fill into a tool's arguments or a structured answer. */
import { asList, asNumber, asObject, asText, isObject } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import type { Randomness } from './randomness.ts';

const DEPTH_AT_MOST = 12;
/** A schema that refers to itself in several places would otherwise grow without end. */
const VALUES_AT_MOST = 2_000;

/** Covers types, enum, const, properties, items, anyOf, oneOf, allOf and local `$ref`. Deeper than twelve levels, or past 2,000 values, is null. */
export function exampleOf(schema: JsonObject, random: Randomness, question: string): Json {
  return example(schema, { root: schema, random, question, values: { made: 0 } }, 0);
}

interface Surroundings {
  readonly root: JsonObject;
  readonly random: Randomness;
  readonly question: string;
  readonly values: { made: number };
}

function example(schema: JsonObject, around: Surroundings, depth: number): Json {
  around.values.made += 1;
  if (depth > DEPTH_AT_MOST || around.values.made > VALUES_AT_MOST) return null;
  if (schema['const'] !== undefined) return schema['const'];
  const listed = asList(schema['enum']);
  if (listed.length > 0) return listed[around.random.below(listed.length)] ?? null;
  const inner = innerSchema(schema, around.root);
  if (inner) return example(inner, around, depth + 1);
  switch (typeOf(schema)) {
    case 'object':
      return exampleObject(schema, around, depth);
    case 'array':
      return exampleArray(schema, around, depth);
    case 'integer':
      return Math.round(exampleNumber(schema, around.random));
    case 'number':
      return exampleNumber(schema, around.random);
    case 'boolean':
      return around.random.uniform() < 0.5;
    case 'null':
      return null;
    default:
      return exampleString(schema, around);
  }
}

function innerSchema(schema: JsonObject, root: JsonObject): JsonObject | undefined {
  const reference = asText(schema['$ref']);
  if (reference === '#') return root;
  if (reference.startsWith('#/')) {
    let at: Json | undefined = root;
    for (const step of reference.slice(2).split('/'))
      at = asObject(at)[step.replaceAll('~1', '/').replaceAll('~0', '~')];
    return isObject(at) ? at : undefined;
  }
  const [first] = [...asList(schema['anyOf']), ...asList(schema['oneOf']), ...asList(schema['allOf'])];
  return isObject(first) ? first : undefined;
}

function typeOf(schema: JsonObject): string {
  const type = schema['type'];
  if (Array.isArray(type)) return asText(type.find((one) => one !== 'null'));
  if (typeof type === 'string') return type;
  if (schema['properties']) return 'object';
  return schema['items'] ? 'array' : 'string';
}

function exampleObject(schema: JsonObject, around: Surroundings, depth: number): JsonObject {
  const entries = Object.entries(asObject(schema['properties']));
  return Object.fromEntries(
    entries.map(([name, property]) => [name, example(asObject(property), around, depth + 1)]),
  );
}

function exampleArray(schema: JsonObject, around: Surroundings, depth: number): Json[] {
  const length = Math.min(Math.max(asNumber(schema['minItems']) ?? 1, 1), 8);
  return Array.from({ length }, () => example(asObject(schema['items']), around, depth + 1));
}

function exampleNumber(schema: JsonObject, random: Randomness): number {
  const minimum = asNumber(schema['minimum']) ?? asNumber(schema['exclusiveMinimum']) ?? 1;
  const maximum = asNumber(schema['maximum']) ?? minimum + 99;
  return Math.min(
    Math.floor(minimum) + 1 + random.below(Math.max(Math.floor(maximum - minimum), 1)),
    maximum,
  );
}

function exampleString(schema: JsonObject, around: Surroundings): string {
  switch (schema['format']) {
    case 'date':
      return '2026-01-15';
    case 'date-time':
      return '2026-01-15T09:30:00Z';
    case 'email':
      return 'someone@example.com';
    case 'uri':
      return 'https://example.com/';
    default:
      return exampleWord(around);
  }
}

/** A name out of the question where it has one ("weather in Paris" → "Paris"), else any of its longer words. */
function exampleWord({ question, random }: Surroundings): string {
  const read = question.slice(0, 2_000);
  const names = [...read.matchAll(/(?<=[\p{L},] )\p{Lu}\p{L}+/gu)].map(([word]) => word);
  const words = names.length > 0 ? names : [...read.matchAll(/\p{L}{4,20}/gu)].map(([word]) => word);
  return words[random.below(Math.max(words.length, 1))] ?? 'simulated';
}
