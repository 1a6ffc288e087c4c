import { describe, expect, it } from 'vitest';

import { NewBudget } from '../../../api/contract/budgets.ts';
import { NewKey } from '../../../api/contract/keys.ts';
import { breakerText, credentialText, isOf, scopeText, unsettled } from './gateway-words.ts';
import { budgetOfKey, EMPTY_KEY, keyOf, problemOfKey } from './key-form.ts';
import { usesOf } from './key-uses.ts';

const NOW = Date.UTC(2026, 10, 25);
const FORM = { ...EMPTY_KEY, name: ' support ', team: 'CX', models: 'gpt-4o*, claude-*', budget: '12.50' };

describe('a key that is typed', () => {
  it('is one that the API takes', () => {
    const key = keyOf(FORM, NOW);
    expect(NewKey.parse(key)).toEqual({
      name: 'support',
      team: 'CX',
      scope: { models: ['gpt-4o*', 'claude-*'] },
      expiresAt: '2027-02-23T00:00:00.000Z',
    });
    expect(NewKey.parse(keyOf({ ...EMPTY_KEY, name: 'x', days: 0 }, NOW))).toEqual({ name: 'x' });
  });

  it('has a budget of its own where one is wanted', () => {
    expect(NewBudget.parse(budgetOfKey(FORM, 'abc'))).toMatchObject({
      scope: { kind: 'key', value: 'abc' },
      amount: '12.50',
    });
    expect(budgetOfKey(EMPTY_KEY, 'abc')).toBeUndefined();
  });

  it.each([
    [{ name: '' }, /name/],
    [{ budget: '0' }, /above zero/],
    [{ budget: '1e3' }, /dollars/],
    [{ use: 'read' as const }, /no model/],
  ])('%j is said to be wrong', (more, says) => expect(problemOfKey({ ...FORM, ...more })).toMatch(says));
});

describe('uses of keys', () => {
  it('are summed exactly, and the last day is the last', () => {
    const row = (key: string, day: string, cost: string) => ({
      group: [key, day],
      figures: { calls: 2, cost, unpricedCalls: 0 },
    });
    const uses = usesOf({
      rows: [row('a', '2026-11-24', '0.1'), row('a', '2026-11-03', '0.2'), row('', '2026-11-25', '9')],
    });
    expect(Object.fromEntries(uses)).toEqual({
      a: { lastDay: '2026-11-24', calls: 4, cost: '0.3', unpricedCalls: 0 },
    });
  });
});

describe('words', () => {
  const KEY = {
    provider: 'openai',
    dialect: 'openai' as const,
    place: 'sealed' as const,
    where: '',
    state: 'set' as const,
    hint: 'abcd',
    setAt: null,
    setBy: 'local',
    usedAt: null,
    masterKey: '',
    trouble: '',
  };

  it('of a credential say where it is and never what', () => {
    expect(credentialText({ credential: 'set' }, KEY)).toEqual({
      state: 'sealed, …abcd',
      where: 'given by local',
    });
    const inPlace = { ...KEY, place: 'env' as const, where: 'OPENAI_API_KEY', state: 'missing' as const };
    expect(credentialText({ credential: 'missing' }, inPlace)).toEqual({
      state: 'missing',
      where: 'variable OPENAI_API_KEY',
    });
    expect(credentialText({ credential: 'not-needed' }, undefined).state).toBe('not needed');
  });

  it('of a breaker: unknown is not closed', () => {
    const provider = { name: 'openai', dialect: 'openai' as const };
    expect(breakerText(null, provider).text).toBe('unknown');
    const worker = { brokenRoutes: [{ ...provider, provider: 'openai', model: 'gpt-4o' }] } as never;
    expect(breakerText([worker], provider)).toMatchObject({ text: 'open: gpt-4o', isOpen: true });
  });

  it('of health belong to a provider in its dialect, and none is lost that no setting names', () => {
    const azure = { name: 'az', dialect: 'azure', simulated: false } as never;
    const health = { provider: 'az', family: 'openai', simulated: false } as never;
    const other = { provider: 'gone', family: 'openai', simulated: false } as never;
    expect(isOf(health, azure)).toBe(true);
    expect(unsettled([health, other], [azure])).toEqual([other]);
    expect(unsettled(null, [azure])).toEqual([]);
  });

  it('of a scope are one line', () => {
    expect(scopeText({ scope: {} })).toBe('calls');
    expect(scopeText({ scope: { uses: ['calls'], models: ['gpt-4o*'] } })).toBe('calls; models gpt-4o*');
  });
});
