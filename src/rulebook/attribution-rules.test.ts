import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { openAttribution, setByRule, valueMatcher } from './attribution-rules.ts';
import type { AttributionRule, CallSigns, Owner } from './attribution-rules.ts';

const NOBODY: Owner = { workflow: '', team: '', customer: '' };
const SIGNS: CallSigns = {
  key: 'k1',
  path: '/v1/chat/completions',
  provider: 'openai',
  account: 'main',
  region: 'eu',
  model: 'gpt-5',
  modelRequested: 'best',
  fingerprint: '0123456789abcdef',
  tags: { env: 'prod', 'header.user-agent': 'OpenAI/Python', 'header.x-app': 'desk' },
  startedAtMs: Date.UTC(2026, 8, 2, 12),
};
const TEAMS: Record<string, string> = { support: 'CX', sales: 'Revenue' };
const teamOf = (workflow: string): string => TEAMS[workflow] ?? '';

function rule(more: Partial<AttributionRule>): AttributionRule {
  return {
    id: 'a',
    version: 1,
    order: 100,
    when: [{ sign: 'key', is: ['k1'] }],
    set: { workflow: 'support' },
    ...more,
  };
}

function fill(rules: readonly AttributionRule[], owner = NOBODY, signs: Partial<CallSigns> = {}) {
  return openAttribution(rules, teamOf)?.fill(owner, { ...SIGNS, ...signs });
}

describe('conditions', () => {
  it.each<[string, AttributionRule['when'], boolean]>([
    ['key', [{ sign: 'key', is: ['k1'] }], true],
    ['another key', [{ sign: 'key', is: ['k2'] }], false],
    ['one of several', [{ sign: 'key', is: ['k2', 'k1'] }], true],
    ['path by pattern', [{ sign: 'path', is: ['/v1/*/completions'] }], true],
    ['provider', [{ sign: 'provider', is: ['openai'] }], true],
    ['account', [{ sign: 'account', is: ['other'] }], false],
    ['region', [{ sign: 'region', is: ['eu*'] }], true],
    ['model by pattern', [{ sign: 'model', is: ['gpt-*'] }], true],
    ['model asked for', [{ sign: 'modelRequested', is: ['best'] }], true],
    ['fingerprint', [{ sign: 'fingerprint', is: ['0123456789abcdef'] }], true],
    ['tag', [{ sign: 'tag:env', is: ['prod'] }], true],
    ['a tag that is not there is empty', [{ sign: 'tag:nope', is: [''] }], true],
    ['a tag named like a method', [{ sign: 'tag:toString', is: [''] }], true],
    ['header, whatever the case', [{ sign: 'header:X-App', is: ['desk'] }], true],
    ['not', [{ sign: 'key', not: ['k2'] }], true],
    ['not, by pattern', [{ sign: 'key', not: ['k*'] }], false],
    ['is and not', [{ sign: 'model', is: ['gpt-*'], not: ['gpt-5'] }], false],
    [
      'all must hold',
      [
        { sign: 'key', is: ['k1'] },
        { sign: 'path', is: ['/x'] },
      ],
      false,
    ],
  ])('%s', (_, when, matches) => {
    expect(fill([rule({ when })]) !== undefined).toBe(matches);
  });

  it('patterns match what a regular expression would', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 8 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*'), maxLength: 8 });
    fc.assert(
      fc.property(text, pattern, (value, star) => {
        const expected = new RegExp(`^${star.replaceAll('*', '.*')}$`).test(value);
        expect(valueMatcher({ is: [star] })(value)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it('look at what rules before them named', () => {
    const rules = [
      rule({ id: 'a', order: 1 }),
      rule({ id: 'b', order: 2, when: [{ sign: 'workflow', is: ['support'] }], set: { customer: 'acme' } }),
    ];
    expect(fill(rules)).toMatchObject({ workflow: 'support', customer: 'acme', by: 'rule:a@1' });
  });
});

describe('time', () => {
  it('holds from its beginning until before its end', () => {
    const bounded = rule({ fromMs: 1_000, untilMs: 2_000 });
    for (const [startedAtMs, named] of [
      [999, false],
      [1_000, true],
      [1_999, true],
      [2_000, false],
    ] as const)
      expect(fill([bounded], NOBODY, { startedAtMs }) !== undefined).toBe(named);
  });

  it.each([
    ['Wednesday noon', Date.UTC(2026, 8, 2, 12), false],
    ['Wednesday 22:00 in Zurich', Date.UTC(2026, 8, 2, 20), true],
    ['before it in Zurich', Date.UTC(2026, 8, 2, 19, 59), false],
    ['Saturday 05:59 belongs to Friday', Date.UTC(2026, 8, 5, 3, 59), true],
    ['Saturday 06:00', Date.UTC(2026, 8, 5, 4), false],
    ['Saturday night', Date.UTC(2026, 8, 5, 21), false],
    ['Monday 03:00 belongs to Sunday', Date.UTC(2026, 8, 7, 1), false],
  ])('hours of the week: %s', (_, startedAtMs, named) => {
    const hours = { days: [1, 2, 3, 4, 5], from: '22:00', until: '06:00', timeZone: 'Europe/Zurich' };
    expect(fill([rule({ hours })], NOBODY, { startedAtMs }) !== undefined).toBe(named);
  });
});

describe('order and precedence', () => {
  it('none: there is no matcher to ask', () => {
    expect(openAttribution([], teamOf)).toBeUndefined();
  });

  it('the first that fills a field wins, by order and then by id, in whatever order they are given', () => {
    const rules = [
      rule({ id: 'b', order: 2, set: { workflow: 'second', customer: 'acme' } }),
      rule({ id: 'z', order: 1, set: { workflow: 'first' } }),
      rule({ id: 'a', order: 2, set: { workflow: 'third' } }),
    ];
    for (const given of [rules, rules.toReversed()])
      expect(fill(given)).toMatchObject({ workflow: 'first', customer: 'acme', by: 'rule:z@1' });
  });

  it('never touches what was said, and adds nothing when nothing is missing', () => {
    const said = { workflow: 'said', team: 'T', customer: 'C' };
    expect(fill([rule({ set: { workflow: 'x', team: 'y', customer: 'z' } })], said)).toBeUndefined();
    expect(fill([rule({ set: { workflow: 'x', customer: 'z' } })], { ...said, customer: '' })).toMatchObject({
      workflow: 'said',
      customer: 'z',
      by: '',
    });
  });

  it('overrides only the values that it lists', () => {
    const overriding = rule({ override: ['default', 'test'] });
    expect(fill([overriding], { ...NOBODY, workflow: 'default' })).toMatchObject({ workflow: 'support' });
    expect(fill([overriding], { ...NOBODY, workflow: 'defaults' })).toBeUndefined();
  });

  it('does not fill again what a rule filled with a value that another overrides', () => {
    const rules = [
      rule({ id: 'a', set: { workflow: 'default' } }),
      rule({ id: 'b', set: { workflow: 'support' }, override: ['default'] }),
    ];
    expect(fill(rules)).toMatchObject({ workflow: 'default', by: 'rule:a@1' });
  });

  it('brings the team that owns the workflow, unless one was said or the rule names one', () => {
    expect(fill([rule({})])).toMatchObject({ workflow: 'support', team: 'CX' });
    expect(fill([rule({})], { ...NOBODY, team: 'Said' })).toMatchObject({ team: 'Said' });
    expect(fill([rule({ set: { workflow: 'support', team: 'Own' } })])).toMatchObject({ team: 'Own' });
    expect(fill([rule({ set: { workflow: 'nobody-owns-it' } })])).toMatchObject({ team: '' });
  });

  it('whatever the rules, what was said stays and the answer does not depend on how they are given', () => {
    const word = fc.constantFrom('a', 'b', 'default');
    const anyRule = fc.record({
      id: fc.constantFrom('r1', 'r2', 'r3', 'r4'),
      version: fc.constant(1),
      order: fc.nat(2),
      when: fc.constantFrom<AttributionRule['when']>(
        [{ sign: 'key', is: ['k1'] }],
        [{ sign: 'workflow', is: ['a'] }],
      ),
      set: fc.dictionary(fc.constantFrom('workflow', 'team', 'customer'), word, { minKeys: 1 }),
    });
    const owner = fc.record({
      workflow: fc.constantFrom('', 'a'),
      team: fc.constantFrom('', 'b'),
      customer: fc.constantFrom('', 'c'),
    });
    const rules = fc.uniqueArray(anyRule, { selector: ({ id }) => id, maxLength: 4 });
    fc.assert(
      fc.property(rules, owner, (some, present) => {
        const filled = fill(some, present) ?? { ...present };
        for (const field of ['workflow', 'team', 'customer'] as const)
          if (present[field] !== '') expect(filled[field]).toBe(present[field]);
        expect(fill(some.toReversed() as AttributionRule[], present) ?? present).toEqual(filled);
      }),
    );
  });
});

describe('what a rule sets', () => {
  it('is nothing when the value is there already', () => {
    const own = rule({ override: ['support'] });
    expect(setByRule(own, { ...NOBODY, workflow: 'support', team: 'CX' }, new Set(), teamOf)).toBeUndefined();
  });
});
