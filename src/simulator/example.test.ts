import { expect, test } from 'vitest';

import { exampleOf } from './example.ts';
import type { JsonObject } from './json.ts';
import { createRandomness } from './randomness.ts';

const fill = (schema: JsonObject, question = 'What is the weather in Paris?') =>
  exampleOf(schema, createRandomness('seed'), question);

test('arguments are taken from the question where it names something', () => {
  expect(fill({ type: 'object', properties: { city: { type: 'string' } } })).toEqual({ city: 'Paris' });
});

test('bounds, listings, constants, references and alternatives are kept to', () => {
  const schema = {
    $defs: { leaf: { type: 'integer', minimum: 3, maximum: 5 } },
    type: 'object',
    properties: {
      count: { $ref: '#/$defs/leaf' },
      unit: { enum: ['c', 'f'] },
      kind: { const: 'weather' },
      days: { type: 'array', items: { type: 'boolean' }, minItems: 2 },
      note: { anyOf: [{ type: 'null' }, { type: 'string' }] },
      perhaps: { type: ['null', 'number'] },
    },
  } satisfies JsonObject;
  const value = fill(schema) as {
    count: number;
    unit: string;
    kind: string;
    days: boolean[];
    note: null;
    perhaps: number;
  };
  expect([3, 4, 5]).toContain(value.count);
  expect(['c', 'f']).toContain(value.unit);
  expect(value.kind).toBe('weather');
  expect(value.days).toHaveLength(2);
  expect(value.note).toBeNull();
  expect(typeof value.perhaps).toBe('number');
});

test('a schema that refers to itself ends', () => {
  const schema = {
    type: 'object',
    properties: { child: { $ref: '#' }, twin: { $ref: '#' }, third: { $ref: '#' } },
  } satisfies JsonObject;
  expect(JSON.stringify(fill(schema))).toContain('"child":null');
  expect(JSON.stringify(fill(schema)).length).toBeLessThan(50_000);
});
