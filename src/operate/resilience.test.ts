import { expect, it } from 'vitest';

import { DEFAULT_OVERLOAD } from '../rulebook/rulebook.ts';
import { providerRules } from './providers.ts';
import { readSettings, SettingsError } from './settings.ts';
import type { Settings } from './settings.ts';

function read(yamlText: string): Settings {
  return readSettings({ yamlText, environment: {}, flags: {} });
}

const TWO = `
providers:
  - name: first
    dialect: openai
    baseUrl: http://127.0.0.1:1/v1
    key: none
    retries: 2
    breaker: { failures: 3 }
    fallbacks: { 'gpt-*': [second/gpt-4o-mini, second] }
  - name: second
    dialect: openai
    baseUrl: http://127.0.0.1:2/v1
    key: none
    retries: { deadlineMs: 500 }
`;

it('what providers say about failures reaches the gateway’s rules', () => {
  const settings = read(TWO);
  const rules = providerRules(settings, new Map());
  expect(rules.find(({ name }) => name === 'first')).toMatchObject({
    retries: { most: 2, deadlineMs: 3_000 },
    breaker: { failures: 3, pauseMs: 5_000 },
    fallbacks: { 'gpt-*': ['second/gpt-4o-mini', 'second'] },
  });
  expect(rules.find(({ name }) => name === 'second')).toMatchObject({
    retries: { most: 1, deadlineMs: 500 },
  });
  expect(rules.find(({ name }) => name === 'second')).not.toHaveProperty('breaker');
});

it('limits of overload are the defaults but for those that are set', () => {
  expect(read('').overload).toEqual(DEFAULT_OVERLOAD);
  expect(read('overload: { shedBusy: 0.8, memoryBytes: 1000000 }').overload).toEqual({
    ...DEFAULT_OVERLOAD,
    shedBusy: 0.8,
    memoryBytes: 1_000_000,
  });
  expect(() => read('overload: { shedBusy: 2 }')).toThrow(SettingsError);
});

it.each([
  ["fallbacks: { '*': [third] }", 'is no provider of the openai dialect'],
  ["fallbacks: { '*': [anthropic] }", 'is no provider of the openai dialect'],
  ['retries: 9', 'expected number to be <=5'],
  ['retries: often', 'how often a failed call is sent again'],
])('%s is refused before an outage finds it out', (line, message) => {
  const text = `providers:\n  - { preset: anthropic }\n  - { preset: openai, ${line} }`;
  expect(() => read(text)).toThrow(message);
});

it('durability is default unless it is said to be strict', () => {
  expect(read('').gateway.durability).toBe('default');
  expect(read('gateway: { durability: strict }').gateway.durability).toBe('strict');
  expect(() => read('gateway: { durability: fast }')).toThrow(SettingsError);
});
