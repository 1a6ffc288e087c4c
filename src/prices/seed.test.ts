import { readFileSync } from 'node:fs';

import { waitForUpdate } from '@pydantic/genai-prices';
import { describe, expect, test } from 'vitest';

import { parseDollars } from '../units/money.ts';
import type { RateText } from './book.ts';
import { GENAI_PRICES, HANDLED_KEYS, UNHANDLED_KEYS, decimalText, seedPriceBook } from './seed.ts';

describe('amounts', () => {
  test.each([
    [0.3, 1n, '0.3'],
    [1.25, 1n, '1.25'],
    [10, 1_000n, '10000'],
    [2.5, 1_000n, '2500'],
    [1e-7, 1n, '0.0000001'],
    [1e21, 1n, '1000000000000000000000'],
    [0, 1n, '0'],
    [0.08333333333333334, 1n, '0.083333333333'],
    [0.18000000000000002, 1n, '0.18'],
  ])('%s times %s is %s', (value, times, expected) => {
    expect(decimalText(value, times)).toBe(expected);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('%s is no price', (value) => {
    expect(() => decimalText(value, 1n)).toThrow('is no price');
  });
});

describe('the list of the installed package', async () => {
  const book = await seedPriceBook();

  test('says truly which edition it is', () => {
    const installed: Record<string, string> = JSON.parse(
      readFileSync('node_modules/@pydantic/genai-prices/package.json', 'utf8'),
    );
    expect(GENAI_PRICES.edition).toBe(`genai-prices-${installed['version']}`);
    expect(GENAI_PRICES.license).toBe(installed['license']);
    expect(book.source).toEqual(GENAI_PRICES);
  });

  test('has every provider and model, once', async () => {
    const source = (await waitForUpdate()) ?? [];
    expect(names(book.providers ?? [])).toEqual(names(source));
    expect(book.providers).toHaveLength(43);
  });

  test('every price key is either handled or refused with a reason', async () => {
    const keys = new Set<string>();
    for (const provider of (await waitForUpdate()) ?? []) {
      for (const { prices } of provider.models) {
        for (const row of Array.isArray(prices) ? prices : [{ prices }])
          for (const key of Object.keys(row.prices)) keys.add(key);
      }
    }
    expect([...keys].filter((key) => !(key in HANDLED_KEYS) && !(key in UNHANDLED_KEYS))).toEqual([]);
    expect(Object.keys(UNHANDLED_KEYS).filter((key) => !keys.has(key))).toEqual([]);
  });

  test('every amount is a whole number of picodollars', () => {
    const all = (book.providers ?? []).flatMap((provider) =>
      provider.models.flatMap((model) =>
        model.rows.flatMap((row) => Object.values(row.rates).flatMap(texts)),
      ),
    );
    expect(all.length).toBeGreaterThan(3_500);
    for (const text of all) expect(parseDollars(text) >= 0n).toBe(true);
  });

  test('the same package gives the same version', async () => {
    expect((await seedPriceBook()).version).toBe(book.version);
  });

  test('every model starts with a price that always held, so no past call is without one', () => {
    const late = (book.providers ?? []).flatMap((provider) =>
      provider.models.filter((model) => model.rows[0]?.from !== undefined),
    );
    expect(late.map((model) => model.id)).toEqual([]);
  });
});

function names(all: ReadonlyArray<{ id: string; models: ReadonlyArray<{ id: string }> }>): string[] {
  return all.flatMap((provider) => provider.models.map((model) => `${provider.id} ${model.id}`));
}

function texts(rate: RateText): string[] {
  return typeof rate === 'string' ? [rate] : [rate.base, ...rate.tiers.map((tier) => tier.rate)];
}
