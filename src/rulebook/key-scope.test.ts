import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { beyond, KEY_LIMITS, matchesName, mayName } from './key-scope.ts';
import type { KeyScope } from './key-scope.ts';

const letters = fc.stringMatching(/^[ab.]{0,6}$/);
const patterns = fc.stringMatching(/^[ab.*]{0,6}$/);

describe('patterns', () => {
  it('match what the same pattern as a regular expression matches', () => {
    fc.assert(
      fc.property(patterns, letters, (pattern, name) => {
        const expression = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
        expect(matchesName(pattern, name)).toBe(expression.test(name));
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    ['gpt-4o*', 'gpt-4o-mini', true],
    ['gpt-4o*', 'openai/gpt-4o', false],
    ['*-mini', 'gpt-4o-mini', true],
    ['a*a', 'a', false],
    ['*', '', true],
    ['gpt-4o', 'GPT-4o', false],
  ])('%s and %s: %s', (pattern, name, matches) => expect(matchesName(pattern, name)).toBe(matches));
});

const scopes: fc.Arbitrary<KeyScope> = fc.record(
  {
    uses: fc.uniqueArray(fc.constantFrom('calls' as const, 'read' as const, 'keys' as const), {
      minLength: 1,
    }),
    ...Object.fromEntries(
      KEY_LIMITS.map((limit) => [limit, fc.array(patterns, { minLength: 1, maxLength: 3 })]),
    ),
  },
  { requiredKeys: [] },
);

describe('a child within its parent', () => {
  it('may nothing that its parent may not, whatever is named', () => {
    const limited = fc.option(fc.array(patterns, { minLength: 1, maxLength: 3 }), {
      nil: undefined,
      freq: 9,
    });
    const names = fc.array(letters, { minLength: 8, maxLength: 8 });
    let within = 0;
    fc.assert(
      fc.property(fc.constantFrom(...KEY_LIMITS), limited, limited, names, (limit, child, parent, said) => {
        const [own, its] = [child, parent].map((list) => (list === undefined ? {} : { [limit]: list }));
        if (beyond(own, its).length > 0) return;
        within += 1;
        for (const name of said) if (mayName(own, limit, name)) expect(mayName(its, limit, name)).toBe(true);
      }),
      { numRuns: 20_000 },
    );
    expect(within).toBeGreaterThan(500);
  });

  it('is within itself, and within a parent without limits', () => {
    fc.assert(
      fc.property(scopes, (scope) => {
        expect(beyond(scope, scope)).toEqual([]);
        expect(beyond({ ...scope, uses: ['calls'] }, { uses: ['calls', 'read', 'keys'] })).toEqual([]);
      }),
    );
  });

  it('says what is too much: a use, a name, a limit that it does not have', () => {
    expect(beyond({ uses: ['read'], models: ['gpt-*'] }, { models: ['gpt-4*'], teams: ['CX'] })).toEqual([
      'uses: read is not among calls',
      'models: gpt-* is not within gpt-4*',
      'teams: must be within CX',
    ]);
  });
});
