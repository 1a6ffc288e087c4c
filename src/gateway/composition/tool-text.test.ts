import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { JsonObject } from '../wires/wire.ts';
import { toJson, toolAsTypeScript } from './tool-text.ts';

describe('tool definitions as text', () => {
  it('writes a function as its signature', () => {
    const tool = {
      type: 'function',
      function: {
        name: 'get_weather',
        description: 'Current weather.',
        parameters: {
          type: 'object',
          properties: {
            place: { type: 'string', description: 'City, country' },
            unit: { enum: ['C', 'F'], default: 'C' },
            days: { type: 'array', items: { type: 'integer' } },
            at: { type: ['string', 'null'] },
            box: { type: 'object', properties: { north: { type: 'number' } }, required: ['north'] },
            any: { anyOf: [{ type: 'boolean' }, { type: 'string' }] },
          },
          required: ['place'],
        },
      },
    };
    expect(toolAsTypeScript(tool)).toBe(
      [
        '// Current weather.',
        'type get_weather = (_: {',
        '// City, country',
        'place: string,',
        'unit?: "C" | "F", // default: "C"',
        'days?: number[],',
        'at?: string | null,',
        'box?: {',
        'north: number,',
        '},',
        'any?: boolean | string,',
        '}) => any;',
        '',
        '',
      ].join('\n'),
    );
  });

  it.each<[string, JsonObject, string]>([
    ['no parameters', { name: 'now' }, 'type now = () => any;\n\n'],
    ['not a function', { type: 'custom', custom: { name: 'x' } }, '{"type":"custom","custom":{"name":"x"}}'],
    ['references', { name: 'f', parameters: { $defs: {} } }, '{"name":"f","parameters":{"$defs":{}}}'],
  ])('%s', (_name, tool, text) => {
    expect(toolAsTypeScript(tool)).toBe(text);
  });

  it('never throws and ends on any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.jsonValue({ maxDepth: 6 }), (left, right) => {
        const tool = {
          function: {
            name: 'f',
            parameters: { properties: left, required: right, items: left, anyOf: right },
          },
        };
        expect(typeof toolAsTypeScript(tool as JsonObject)).toBe('string');
      }),
    );
    let deep: JsonObject = {};
    for (let level = 0; level < 20_000; level += 1) deep = { properties: { a: deep } };
    expect(toolAsTypeScript({ name: 'f', parameters: deep })).toContain('any');
    expect(toJson(deep)).toBe('');
  });
});
