import { describe, expect, test } from 'vitest';

import { diffPrices, listPrices, seedPriceBook, withOverrides } from './prices.ts';
import type { PriceListing, PriceOverride } from './prices.ts';

const NOON = Date.parse('2026-11-23T12:00:00Z');
const list = await seedPriceBook();
const agreed: PriceOverride = {
  provider: 'openai',
  model: 'gpt-5*',
  from: '2026-01-01',
  rates: { freshIn: '1' },
  note: 'contract 12',
};

const names = (listings: readonly PriceListing[]) =>
  listings.map((one) => `${one.origin} ${one.provider} ${one.model}`);

describe('listing prices', () => {
  test('a model, its rates in the order of a receipt, and where they come from', () => {
    const [row, ...rest] = listPrices(list, {
      provider: 'anthropic',
      model: 'claude-sonnet-5-20260901',
      atMs: NOON,
    });
    expect(rest).toEqual([]);
    expect(row).toMatchObject({
      provider: 'anthropic',
      model: 'claude-sonnet-5',
      origin: 'list',
      source: 'genai-prices-0.1.8',
    });
    expect(row?.rates.map((rate) => [rate.key, rate.dollarsPerMillion])).toEqual([
      ['freshIn', '2'],
      ['cacheRead', '0.2'],
      ['cacheWrite1h', '4'],
      ['textOut', '10'],
      ['webSearch', '10000'],
      ['cacheWrite', '2.5'],
    ]);
  });

  test('a threshold is a rate of its own', () => {
    const [row] = listPrices(list, { provider: 'google', model: 'gemini-3-pro-preview', atMs: NOON });
    expect(row?.rates.filter((rate) => rate.key === 'freshIn')).toEqual([
      { key: 'freshIn', dollarsPerMillion: '2', aboveTokens: undefined },
      { key: 'freshIn', dollarsPerMillion: '4', aboveTokens: 200_000 },
    ]);
  });

  test('says from when until when', () => {
    expect(terraAt('2026-07-29')).toMatchObject([{ from: undefined, until: '2026-07-30' }]);
    expect(terraAt('2026-07-30')).toMatchObject([{ from: '2026-07-30', until: undefined }]);
  });

  test('hours of the day are rows of their own', () => {
    const rows = listPrices(list, { provider: 'deepseek', model: 'deepseek-v4-pro', atMs: NOON });
    expect(rows.map((row) => [row.from, row.daily?.fromSecond])).toEqual([
      ['2026-08-17', undefined],
      ['2026-08-17', 3_600],
      ['2026-08-17', 21_600],
    ]);
  });

  test('patterns, and models that a cloud takes from its fallback', () => {
    expect(names(listPrices(list, { model: 'gpt-5-mini', provider: 'openai', atMs: NOON }))).toEqual([
      'list openai gpt-5-mini',
    ]);
    expect(listPrices(list, { model: 'gpt-5*', provider: 'openai', atMs: NOON }).length).toBeGreaterThan(5);
    expect(names(listPrices(list, { provider: 'azure', model: 'claude-opus-4-1', atMs: NOON }))).toEqual([
      'list azure claude-opus-4-1',
    ]);
    expect(listPrices(list, { provider: 'nobody', atMs: NOON })).toEqual([]);
    expect(listPrices(list, { model: 'no-such-model', atMs: NOON })).toEqual([]);
  });

  test('overrides come first, while they hold', () => {
    const book = withOverrides(list, [agreed]);
    expect(names(listPrices(book, { provider: 'openai', model: 'gpt-5', atMs: NOON }))).toEqual([
      'override openai gpt-5*',
      'list openai gpt-5',
    ]);
    expect(names(listPrices(book, { provider: 'openai', model: 'gpt-5', atMs: 0 }))).toEqual([
      'list openai gpt-5',
    ]);
    expect(names(listPrices(book, { provider: 'anthropic', model: 'claude-opus-5', atMs: NOON }))).toEqual([
      'list anthropic claude-opus-5',
    ]);
  });
});

describe('what changed between two books', () => {
  test('nothing', () => {
    expect(diffPrices(list, list, NOON)).toEqual([]);
  });

  test('an override that came, one that went, an amount that moved', () => {
    const book = withOverrides(list, [agreed]);
    expect(diffPrices(list, book, NOON)).toMatchObject([{ model: 'gpt-5*', change: 'added', before: [] }]);
    expect(diffPrices(book, list, NOON)).toMatchObject([{ model: 'gpt-5*', change: 'removed', after: [] }]);
    const dearer = withOverrides(list, [{ ...agreed, rates: { freshIn: '1.1' } }]);
    expect(diffPrices(book, dearer, NOON)).toMatchObject([
      { provider: 'openai', model: 'gpt-5*', change: 'changed' },
    ]);
  });
});

function terraAt(text: string): PriceListing[] {
  return listPrices(list, { provider: 'openai', model: 'gpt-5.6-terra', atMs: Date.parse(text) });
}
