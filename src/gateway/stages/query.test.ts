import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { cutKey } from './query.ts';

describe('a query', () => {
  it.each([
    ['?key=secret', '', 'secret'],
    ['?alt=sse&key=secret', '?alt=sse', 'secret'],
    ['?key=secret&alt=sse', '?alt=sse', 'secret'],
    ['?%6Bey=secret', '', 'secret'],
    ['?key=a%2Bb', '', 'a+b'],
    ['?key=first&x=1&key=second', '?x=1', 'first'],
    ['?monkey=1&keys=2', '?monkey=1&keys=2', ''],
    ['?api-version=2024-10-21', '?api-version=2024-10-21', ''],
    ['?a=%zz&b=%E0%A4%A', '?a=%zz&b=%E0%A4%A', ''],
    ['?key', '?key', ''], // it holds no secret
  ])('%s', (query, rest, key) => expect(cutKey(query)).toEqual({ query: rest, key }));

  it('loses its key and nothing else, whatever stands around it', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'k', 'e', 'y', '%20', '_', '1'), maxLength: 6 });
    const pair = fc.tuple(word, word).filter(([name]) => name !== 'key');
    fc.assert(
      fc.property(fc.array(pair), fc.array(pair), word, (before, after, secret) => {
        const text = (pairs: ReadonlyArray<readonly [string, string]>) =>
          pairs.map(([name, value]) => `${name}=${value}`);
        const rest = [...text(before), ...text(after)].join('&');
        const { query, key } = cutKey(`?${[...text(before), `key=${secret}`, ...text(after)].join('&')}`);
        expect(query).toBe(rest === '' ? '' : `?${rest}`);
        expect(key).toBe(decodeURIComponent(secret).trim());
      }),
    );
  });
});
