import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { DEFAULT_LIMITS } from '../../rulebook/rulebook.ts';
import { depthExceeds, parseBody } from './accept.ts';

function refusalOf(text: string | Buffer): string {
  const accepted = parseBody(Buffer.from(text as string), DEFAULT_LIMITS);
  return accepted.kind === 'refused' ? accepted.refusal.message : `not refused (${accepted.kind})`;
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
          expect(depthExceeds(bytes, depth)).toBe(false);
          if (depth > 0) expect(depthExceeds(bytes, depth - 1)).toBe(true);
        },
      ),
    );
  });
});
