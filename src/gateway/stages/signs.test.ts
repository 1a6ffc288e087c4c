import { describe, expect, it } from 'vitest';

import { DEFAULT_LIMITS, openRulebook } from '../../rulebook/rulebook.ts';
import type { AttributionRule } from '../../rulebook/rulebook.ts';
import type { Attribution, Intent } from '../call.ts';
import { applyRules, fingerprintOf, headerTags } from './signs.ts';

describe('header tags', () => {
  it.each([
    ['OpenAI/Python 1.52.0', 'OpenAI/Python'],
    ['Anthropic/JS 0.30.1', 'Anthropic/JS'],
    ['python-requests/2.31.0', 'python-requests'],
    ['curl/8.5.0', 'curl'],
    ['desk-app/v2.0.1-beta (linux)', 'desk-app'],
    ['node', 'node'],
    ['Mozilla/5.0 (X11; Linux x86_64)', 'Mozilla'],
  ])('keeps the program of %s', (userAgent, product) => {
    expect(headerTags({ 'user-agent': userAgent }, [], DEFAULT_LIMITS)).toEqual({
      'header.user-agent': product,
    });
  });

  it('keeps the headers that are listed and no others, cut and printable', () => {
    const headers = {
      'x-app': `desk\u0007${'x'.repeat(400)}`,
      'x-other': 'no',
      authorization: 'Bearer secret',
    };
    const tags = headerTags(headers, ['x-app', 'x-absent'], DEFAULT_LIMITS);
    expect(Object.keys(tags)).toEqual(['header.x-app']);
    expect(tags['header.x-app']).toMatch(/^desk x+$/);
    expect(tags['header.x-app']).toHaveLength(DEFAULT_LIMITS.tagLength);
  });

  it('is nothing for a call that says nothing of its program', () => {
    expect(headerTags({}, [], DEFAULT_LIMITS)).toEqual({});
  });
});

describe('fingerprints', () => {
  const system = [
    { part: 'system', text: 'You are the support desk.' },
    { part: 'user', text: 'hello' },
  ] as const;

  it('are sixteen hex digits, the same for the same system prompt whatever the user says', () => {
    const print = fingerprintOf(system, 'key');
    expect(print).toMatch(/^[0-9a-f]{16}$/);
    expect(fingerprintOf([system[0], { part: 'user', text: 'other' }], 'key')).toBe(print);
  });

  it('differ by prompt and by installation', () => {
    const print = fingerprintOf(system, 'key');
    expect(fingerprintOf([{ part: 'system', text: 'You are the sales desk.' }], 'key')).not.toBe(print);
    expect(fingerprintOf(system, 'another key')).not.toBe(print);
  });

  it('are empty without a system prompt or without a key', () => {
    expect(fingerprintOf([system[1]], 'key')).toBe('');
    expect(fingerprintOf(system, '')).toBe('');
  });
});

describe('rules at the source', () => {
  const intent = {
    key: 'k1',
    provider: 'openai',
    model: 'gpt-5',
    modelRequested: 'gpt-5',
    path: '/v1/batch/1',
    startedAtMs: 5,
  } as Omit<Intent, 'attribution'>;
  const nobody: Attribution = {
    workflow: '',
    team: '',
    customer: '',
    request: 'r',
    session: '',
    tags: { 'header.x-app': 'desk' },
    by: '',
  };
  const rulebookWith = (rules: readonly AttributionRule[]) =>
    openRulebook({
      version: 1,
      publishedAtMs: 0,
      unkeyed: true,
      passThroughKeys: false,
      providers: [],
      keys: [],
      workflows: [{ name: 'batch', team: 'Data', retrievalDelimiters: [] }],
      limits: DEFAULT_LIMITS,
      prices: { version: 'test' },
      attributionRules: rules,
    });
  const byPath: AttributionRule = {
    id: 'by-path',
    version: 3,
    order: 1,
    when: [
      { sign: 'path', is: ['/v1/batch*'] },
      { sign: 'header:x-app', is: ['desk'] },
    ],
    set: { workflow: 'batch' },
  };

  it('name the workflow, its team, and themselves', () => {
    expect(applyRules(nobody, intent, rulebookWith([byPath]))).toEqual({
      ...nobody,
      workflow: 'batch',
      team: 'Data',
      by: 'rule:by-path@3',
    });
  });

  it('leave what was said alone, with who said it', () => {
    const said = { ...nobody, workflow: 'said', by: 'said' };
    expect(applyRules(said, intent, rulebookWith([byPath]))).toBe(said);
    const customerToo = rulebookWith([{ ...byPath, set: { customer: 'acme' } }]);
    expect(applyRules(said, intent, customerToo)).toEqual({ ...said, customer: 'acme' });
  });

  it('cost nothing when there are none: the same object comes back', () => {
    expect(applyRules(nobody, intent, rulebookWith([]))).toBe(nobody);
  });
});
