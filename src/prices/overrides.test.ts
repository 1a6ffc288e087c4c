import { describe, expect, test } from 'vitest';

import { overrideProblems, seedPriceBook, withOverrides } from './prices.ts';
import type { PriceOverride } from './prices.ts';

const good: PriceOverride = { provider: 'openai', model: 'gpt-5', rates: { freshIn: '1.25' } };

describe('what is wrong with an override', () => {
  test.each<[string, PriceOverride]>([
    ['a rate', good],
    ['a free model', { ...good, rates: { freshIn: '0', textOut: '0' } }],
    ['a multiple alone', { provider: '*', model: '*', multiplier: '0.9' }],
    ['dates and hours', { ...good, from: '2026-01-01', until: '2026-01-01T12:30:00Z' }],
    ['a fee per million searches', { ...good, rates: { webSearch: '10000' } }],
  ])('nothing: %s', (_, override) => {
    expect(overrideProblems(override)).toEqual([]);
  });

  test.each<[string, PriceOverride, RegExp]>([
    ['no provider', { ...good, provider: ' ' }, /name the provider/],
    ['no model', { ...good, model: '' }, /name the model/],
    ['nothing to change', { provider: 'openai', model: 'gpt-5' }, /nothing would change/],
    ['no number', { ...good, rates: { freshIn: '1,25' } }, /not a decimal dollar amount/],
    [
      'finer than a picodollar',
      { ...good, rates: { freshIn: '1.0000000000001' } },
      /finer than a picodollar/,
    ],
    ['a negative price', { ...good, rates: { freshIn: '-1' } }, /cannot be negative/],
    ['dollars per single token', { ...good, rates: { freshIn: '0.00000125' } }, /implausibly low/],
    ['picodollars', { ...good, rates: { freshIn: '1250000' } }, /implausibly high/],
    ['dollars per single search', { ...good, rates: { webSearch: '0.01' } }, /implausibly low/],
    ['an unknown bucket', { ...good, rates: JSON.parse('{ "input": "1" }') }, /"input" is no bucket/],
    ['a percentage', { ...good, multiplier: '85%' }, /multiplier "85%"/],
    ['a multiple of a thousand', { ...good, multiplier: '850' }, /between 0 and 100/],
    ['a threshold in parts of tokens', { ...good, tierThresholdTokens: 0.5 }, /whole number of tokens/],
    ['no date', { ...good, from: 'yesterday' }, /from "yesterday"/],
    ['a date that is none', { ...good, until: '2026-13-01' }, /until "2026-13-01"/],
    [
      'an end before the start',
      { ...good, from: '2026-02-01', until: '2026-02-01' },
      /ends before it starts/,
    ],
  ])('%s', (_, override, problem) => {
    expect(overrideProblems(override)).toEqual([expect.stringMatching(problem)]);
  });
});

describe('laying overrides over a book', async () => {
  const list = await seedPriceBook();

  test('the version names what decides a price', () => {
    const versions = [
      list,
      withOverrides(list, [good]),
      withOverrides(list, [{ ...good, rates: { freshIn: '1.26' } }]),
      withOverrides(list, [{ ...good, from: '2026-01-01' }]),
    ].map((book) => book.version);
    expect(new Set(versions).size).toBe(4);
    for (const version of versions) expect(version).toMatch(/^genai-prices-0\.1\.8\+[0-9a-f]{8}$/);
    expect(withOverrides(withOverrides(list, [good]), []).version).toBe(list.version);
  });

  test('the order of keys inside an override does not change the version', () => {
    const turned: PriceOverride = { rates: { freshIn: '1.25' }, model: 'gpt-5', provider: 'openai' };
    expect(withOverrides(list, [turned]).version).toBe(withOverrides(list, [good]).version);
  });

  test('a wrong price does not get in', () => {
    expect(() => withOverrides(list, [{ ...good, multiplier: 'half' }])).toThrow(/multiplier "half"/);
  });
});
