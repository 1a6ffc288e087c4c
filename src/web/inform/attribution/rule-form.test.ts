import { describe, expect, it } from 'vitest';

import type { NewRule } from '../../../api/contract/attribution.ts';
import { draftOf, formOf, problemOf } from './rule-form.ts';
import { conditionText, missingLines, ownerText, signWord } from './signs.ts';

const RULE: NewRule = {
  id: 'batch-by-path',
  order: 40,
  when: [
    { sign: 'path', is: ['/v1/batches*', '/v1/files'] },
    { sign: 'key', not: ['key-1'] },
  ],
  set: { workflow: 'nightly', team: 'CX' },
  override: ['default'],
  hours: { days: [1, 2], from: '22:00', until: '06:00', timeZone: 'Europe/Zurich' },
};

describe('a rule as it is typed', () => {
  it('comes back as it was, with what the form has no field for', () => {
    expect(draftOf(formOf(RULE))).toEqual(RULE);
  });
  it('takes a reason along', () => {
    expect(draftOf({ ...formOf(RULE), reason: ' because ' })).toEqual({ ...RULE, reason: 'because' });
  });
  it.each([
    [{ id: 'Upper' }, /id/],
    [{ when: [{ sign: 'path', is: ' ', not: '' }] }, /value/],
    [{ workflow: '', team: '' }, /workflow/],
    [{}, /^$/],
  ])('%j says what is missing', (change, problem) => {
    expect(problemOf({ ...formOf(RULE), ...change })).toMatch(problem);
  });
});

describe('signs in words', () => {
  it('name what they look at', () => {
    expect(signWord('fingerprint')).toBe('system prompt');
    expect(signWord('tag:env')).toBe('tag env');
    expect(conditionText({ sign: 'path', is: ['/a', '/b'], not: ['/c'] })).toBe(
      'path is /a or /b and path is not /c',
    );
  });
  it('lead to the lines that carry them, as far as the ledger keeps them', () => {
    expect(missingLines('path', '/v1/x')).toEqual(['workflow=', 'path=/v1/x']);
    expect(missingLines('header:x-app', 'desk')).toEqual(['workflow=']);
    expect(missingLines('', '')).toEqual(['workflow=']);
  });
  it('nobody is no workflow', () => {
    expect(ownerText({ workflow: '', team: '', customer: '' })).toBe('no workflow');
    expect(ownerText({ workflow: 'a', team: 'b' })).toBe('a · b');
  });
});
