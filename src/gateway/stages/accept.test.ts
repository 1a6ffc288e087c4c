import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { DEFAULT_LIMITS } from '../../rulebook/rulebook.ts';
import { parseBody } from './accept.ts';
import { NUMBER_CHARACTERS, shapeOf } from './json-shape.ts';

function refusalOf(text: string | Buffer): string {
  const accepted = parseBody(Buffer.from(text as string), DEFAULT_LIMITS);
  return accepted.kind === 'refused' ? accepted.refusal.message : `not refused (${accepted.kind})`;
}

function keys(count: number): string {
  return Array.from({ length: count }, (_, index) => `"k${index}":0`).join();
}

describe('what is not accepted', () => {
  it.each([
    ['broken JSON', '{"model": "x", ', /cannot|can be read safely/],
    ['an array', '[1]', /must be a JSON object/],
    ['a number', '7', /must be a JSON object/],
    ['null', 'null', /must be a JSON object/],
    ['nothing', '', /read safely/],
    ['a __proto__ key', '{"model":"x","__proto__":{"a":1}}', /read safely/],
    ['an escaped __proto__ key', '{"model":"x","\\u005f_proto__":{"a":1}}', /read safely/],
    ['a constructor.prototype key', '{"constructor":{"prototype":{"a":1}}}', /read safely/],
    ['a nested __proto__ key', '{"messages":[{"__proto__":{"role":"system"}}]}', /read safely/],
    ['1,000 levels', `${'['.repeat(1000)}${']'.repeat(1000)}`, /deeper than 64/],
    ['100,000 open braces', '{"a":'.repeat(100_000), /deeper than 64/],
    ['10,001 keys of one object', `{"a":{${keys(10_001)}}}`, /more than 10000 keys/],
    ['200,001 keys in all', `{"a":[${`{${keys(9_999)}},`.repeat(21)}0]}`, /times as many in all/],
    ['a number of a million digits', `{"a":${'9'.repeat(1_000_000)}}`, /a number of more than 128 digits/],
    ['a fraction of a thousand digits', `{"a":-0.${'9'.repeat(1_000)}}`, /a number of more than/],
    ['an exponent of a thousand digits', `{"a":1e${'9'.repeat(1_000)}}`, /a number of more than/],
    ['a field that is there twice', '{"model":"cheap","model":"dear"}', /names a field twice/],
    [
      'a field that is there twice, once escaped',
      '{"model":"cheap","m\\u006fdel":"dear"}',
      /names a field twice/,
    ],
    ['4,001 messages', `{"messages":[${'{},'.repeat(4_000)}{}]}`, /4001 messages; at most 4000/],
    [
      '4,001 messages of Responses',
      `{"input":["a",${'{},'.repeat(3_999)}{}]}`,
      /4001 messages; at most 4000/,
    ],
  ])('%s', (_name, text, message) => expect(refusalOf(text)).toMatch(message));

  it('bad UTF-8', () => expect(refusalOf(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]))).toMatch(/UTF-8/));

  it('never repeats the caller’s text', () => {
    expect(refusalOf('{"messages": "a secret prompt')).not.toMatch(/secret/);
  });
});

describe('what is accepted', () => {
  it('the word __proto__ inside a prompt', () => {
    const text = JSON.stringify({
      model: 'x',
      messages: [{ role: 'user', content: 'what is "__proto__": in JS?' }],
    });
    expect(parseBody(Buffer.from(text), DEFAULT_LIMITS)).toMatchObject({
      kind: 'accepted',
      json: JSON.parse(text),
    });
  });

  it('any JSON object within the limits, with its bytes untouched', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 8 })), (value) => {
        fc.pre(!/proto__|constructor/.test(JSON.stringify(value)));
        const bytes = Buffer.from(JSON.stringify(value));
        const accepted = parseBody(bytes, DEFAULT_LIMITS);
        expect(accepted.kind === 'accepted' && accepted.bytes === bytes).toBe(true);
        expect(accepted.kind === 'accepted' && accepted.json).toEqual(JSON.parse(bytes.toString()));
      }),
    );
  });
});

describe('what is at a limit', () => {
  it.each([
    ['keys', `{"a":{${keys(10_000)}}}`],
    ['digits', `{"a":${'9'.repeat(NUMBER_CHARACTERS)}}`],
    ['messages', `{"messages":[${'{},'.repeat(3_999)}{}]}`],
    ['tokens to embed, which are no messages', `{"input":[${'1,'.repeat(8_000)}1]}`],
    ['texts to embed', `{"input":[${'"a",'.repeat(5_000)}"a"]}`],
    ['exponents', '{"a":1e999,"b":-1E-999}'],
    ['the same key in two objects', '{"a":{"model":1},"model":2,"b":[{"model":3},{"model":4}]}'],
    ['colons, braces and digits in text', `{"a":"${'{:['.repeat(50_000)}","b":"${'9'.repeat(5_000)}"}`],
    ['nothing', '{}'],
  ])('is accepted: %s', (_name, text) => {
    expect(parseBody(Buffer.from(text), DEFAULT_LIMITS)).toMatchObject({ kind: 'accepted' });
  });
});

describe('any bytes', () => {
  const limits = { ...DEFAULT_LIMITS, jsonKeys: 20, jsonDepth: 6, messages: 5 };
  const token = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\',
    ':',
    ',',
    '"a":',
    '"__proto__":',
    '"messages":[',
    '{}',
    '1',
    'e',
    '-',
    '.',
    '9'.repeat(200),
    'null',
    '\\u005f',
    'constructor',
    'prototype',
    '\u0000',
    '\ud800',
    'é',
  );

  it('are accepted or refused with a 4xx, and never thrown at', () => {
    const check = (bytes: Buffer): void => {
      const accepted = parseBody(bytes, limits);
      if (accepted.kind === 'refused') {
        expect([400, 413]).toContain(accepted.refusal.status);
        expect(accepted.refusal.message).toContain('Nothing was sent');
      } else
        expect(accepted.kind === 'accepted' && JSON.stringify(accepted.json)).toBe(
          JSON.stringify(JSON.parse(bytes.toString())),
        );
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => check(Buffer.from(bytes))),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 60 }), (tokens) => check(Buffer.from(tokens.join('')))),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), fc.uint8Array({ maxLength: 4 }), (value, where, bytes) => {
        const text = Buffer.from(JSON.stringify({ messages: value }));
        const at = where % (text.length + 1);
        check(Buffer.concat([text.subarray(0, at), bytes, text.subarray(at)]));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('depth', () => {
  function depthOf(value: unknown): number {
    if (typeof value !== 'object' || value === null) return 0;
    return 1 + Math.max(0, ...Object.values(value).map(depthOf));
  }

  it('is counted on bytes as a parser would count it, brackets in strings apart', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 12, stringUnit: fc.constantFrom('"', '\\', '{', '[', '}', ']', 'a') }),
        (value) => {
          const bytes = Buffer.from(JSON.stringify(value));
          const depth = depthOf(value);
          expect(shapeOf(bytes, { jsonDepth: depth, jsonKeys: 10_000 }).kind).toBe('fits');
          if (depth > 0)
            expect(shapeOf(bytes, { jsonDepth: depth - 1, jsonKeys: 10_000 }).kind).toBe('too deep');
        },
      ),
    );
  });
});
