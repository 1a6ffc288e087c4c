import { describe, expect, test } from 'vitest';

import { formatDollars } from '../units/money.ts';
import { BUCKET_NAMES } from '../units/tokens.ts';
import type { Usage } from '../units/tokens.ts';
import { openPriceBook, seedPriceBook, withOverrides } from './prices.ts';
import type { Cost, PriceAsk, PriceBookData, PriceOverride } from './prices.ts';

const NOON = Date.parse('2026-11-23T12:00:00Z');
const list = await seedPriceBook();

/** A price in dollars as text, or the buckets without a price. */
function read(cost: Cost): string | readonly string[] {
  return cost.kind === 'priced' ? formatDollars(cost.total) : cost.missing;
}

function priceWith(book: PriceBookData, model: string, usage: Usage, more: Partial<PriceAsk> = {}) {
  const provider = model.startsWith('claude') ? 'anthropic' : 'openai';
  return read(
    openPriceBook(book).price({ provider, model, usage, atMs: NOON, serviceTier: '', geo: '', ...more }),
  );
}

const price = (model: string, usage: Usage, more: Partial<PriceAsk> = {}) =>
  priceWith(list, model, usage, more);
const M = 1_000_000;

describe('list prices', () => {
  test.each<
    [name: string, model: string, usage: Usage, more: Partial<PriceAsk>, expected: string | string[]]
  >([
    ['input and output', 'claude-sonnet-5', { freshIn: M, textOut: M }, {}, '12'],
    ['one token', 'claude-sonnet-5', { freshIn: 1 }, {}, '0.000002'],
    ['a read of the cache is a tenth', 'claude-sonnet-5', { cacheRead: M }, {}, '0.2'],
    ['a five-minute write is 1.25 times input', 'claude-sonnet-5', { cacheWrite5m: M }, {}, '2.5'],
    [
      'an hour write is twice input, not the five-minute price',
      'claude-sonnet-5',
      { cacheWrite1h: M },
      {},
      '4',
    ],
    [
      'a write of unknown lifetime takes the plain write price',
      'claude-sonnet-5',
      { cacheWriteUnknown: M },
      {},
      '2.5',
    ],
    ['reasoning is output where it has no price of its own', 'gpt-5', { reasoningOut: M }, {}, '10'],
    [
      'reasoning at its own price',
      'sonar-deep-research',
      { reasoningOut: M, textOut: M },
      { provider: 'perplexity' },
      '11',
    ],
    ['a write is input where no write price exists', 'gpt-5', { cacheWriteUnknown: M }, {}, '1.25'],
    ['web searches are per thousand', 'claude-sonnet-5', { webSearch: 3 }, {}, '0.03'],
    ['file searches are per thousand', 'gpt-5', { fileSearch: 2 }, {}, '0.005'],
    [
      'audio has its own price',
      'gemini-2.5-flash',
      { audioIn: M, freshIn: M },
      { provider: 'google' },
      '1.3',
    ],
    ['names ignore case and spaces', ' Claude-Sonnet-5 ', { freshIn: M }, { provider: 'Anthropic ' }, '2'],
    [
      'a provider answers to its other names',
      'claude-sonnet-5',
      { freshIn: M },
      { provider: 'anthropic-eu' },
      '2',
    ],
    ['a date without hyphens', 'gpt-4o-20240513', { freshIn: M }, {}, '5'],
    [
      'a cloud prices by its fallback providers',
      'claude-opus-4-1',
      { freshIn: M },
      { provider: 'azure' },
      '15',
    ],
    [
      'Claude elsewhere: an hour write is twice input',
      'claude-opus-5',
      { cacheWrite1h: M },
      { provider: 'google' },
      '10',
    ],
    [
      'a model named free',
      'qwen/qwen3-coder:free',
      { freshIn: M, textOut: M },
      { provider: 'openrouter' },
      '0',
    ],
    ['no usage of a known model', 'gpt-5', {}, {}, '0'],
    ['zero units', 'gpt-5', { freshIn: 0, imageOut: 0 }, {}, '0'],
    ['an unknown model', 'gpt-99', { freshIn: 1 }, {}, []],
    ['an unknown provider', 'gpt-5', { freshIn: 1 }, { provider: 'nobody' }, []],
    [
      'a bucket without a price is named',
      'gpt-5',
      { freshIn: M, codeSession: 1, mapsQuery: 2 },
      {},
      ['codeSession', 'mapsQuery'],
    ],
    [
      'an hour write at a provider that prices other writes',
      'gpt-6-sol',
      { cacheWrite1h: 1 },
      {},
      ['cacheWrite1h'],
    ],
    ['an embedding model has no output price', 'text-embedding-3-small', { textOut: 1 }, {}, ['textOut']],
    ['a model priced by duration', 'whisper-1', { freshIn: 1 }, {}, ['freshIn']],
    ['a count that is no whole number', 'gpt-5', { freshIn: 1.5 }, {}, ['freshIn']],
    ['a negative count', 'gpt-5', { freshIn: -1 }, {}, ['freshIn']],
  ])('%s', (_, model, usage, more, expected) => {
    expect(price(model, usage, more)).toEqual(expected);
  });

  test('the parts of a charge say what they cost and why', () => {
    const book = openPriceBook(list);
    const cost = book.price({
      provider: 'openai',
      model: 'gpt-5',
      usage: { freshIn: 7, textOut: 3 },
      atMs: NOON,
      serviceTier: '',
      geo: '',
    });
    expect(cost).toEqual({
      kind: 'priced',
      total: 38_750_000n,
      buckets: [
        { bucket: 'freshIn', units: 7, rate: 1_250_000_000_000n, cost: 8_750_000n },
        { bucket: 'textOut', units: 3, rate: 10_000_000_000_000n, cost: 30_000_000n },
      ],
    });
  });

  test('a request fee is charged once per answered request, as the search it pays for', () => {
    const provider = 'perplexity';
    expect(price('sonar', { freshIn: M, textOut: M }, { provider })).toBe('2.012');
    expect(price('sonar', { freshIn: M, textOut: M, webSearch: 5 }, { provider })).toBe('2.012');
    expect(price('sonar', {}, { provider })).toBe('0');
  });

  test('costs are rounded half to even to a picodollar', () => {
    // 100.5 and 101.5 picodollars per token
    const book = withOverrides({ version: '' }, [
      { provider: 'own', model: 'small', rates: { freshIn: '0.0001005', textOut: '0.0001015' } },
    ]);
    const ask = { provider: 'own', serviceTier: '', geo: '', atMs: 0, model: 'small' };
    expect(openPriceBook(book).price({ ...ask, usage: { freshIn: 1 } })).toMatchObject({ total: 100n });
    expect(openPriceBook(book).price({ ...ask, usage: { textOut: 1 } })).toMatchObject({ total: 102n });
  });
});

describe('size thresholds', () => {
  // Gemini 3 Pro: $2, $0.2 and $12 per million up to 200,000 input tokens, then $4, $0.4 and $18.
  test.each<[string, Usage, string]>([
    [
      'at the threshold the base price holds',
      { freshIn: 150_000, cacheRead: 50_000, textOut: 1_000 },
      '0.322',
    ],
    [
      'one token more re-prices the whole request, output too',
      { freshIn: 150_001, cacheRead: 50_000, textOut: 1_000 },
      '0.638004',
    ],
  ])('%s', (_, usage, expected) => {
    expect(price('gemini-3-pro-preview', usage, { provider: 'google' })).toBe(expected);
  });

  test('cache writes and every other input count towards the threshold', () => {
    const below = price('gpt-6-sol', { freshIn: 1, cacheWriteUnknown: 271_999 });
    const above = price('gpt-6-sol', { freshIn: 2, cacheWriteUnknown: 271_999 });
    expect([below, above]).toEqual(['0.6799995', '1.360003']);
  });
});

describe('dates and hours', () => {
  test('a price holds from its first instant', () => {
    const cut = Date.parse('2026-07-30T00:00:00Z');
    expect(price('gpt-5.6-terra', { freshIn: 100_000 }, { atMs: cut - 1 })).toBe('0.25');
    expect(price('gpt-5.6-terra', { freshIn: 100_000 }, { atMs: cut })).toBe('0.2');
  });

  test.each([
    ['2026-11-23T00:59:59.999Z', '0.22'],
    ['2026-11-23T01:00:00Z', '0.44'],
    ['2026-11-23T03:59:59.999Z', '0.44'],
    ['2026-11-23T04:00:00Z', '0.22'],
    ['2026-11-23T09:59:59Z', '0.44'],
    ['2026-08-16T02:00:00Z', '0.14'], // the hours came with the new prices of 17 August
  ])('DeepSeek prices by the hour: %s', (at, expected) => {
    const more = { provider: 'deepseek', atMs: Date.parse(at) };
    expect(price('deepseek-v4-flash', { freshIn: M }, more)).toBe(expected);
  });
});

describe('what the provider returned', () => {
  test.each<[name: string, model: string, more: Partial<PriceAsk>, expected: string | string[]]>([
    ['default', 'gpt-5', { serviceTier: 'default' }, '11.25'],
    ['standard', 'claude-opus-5', { serviceTier: 'standard' }, '30'],
    ['OpenAI batch is half', 'gpt-5', { serviceTier: 'batch' }, '5.625'],
    ['OpenAI flex is half', 'gpt-5', { serviceTier: 'flex' }, '5.625'],
    [
      'OpenAI priority differs by model: unpriced, not list',
      'gpt-5',
      { serviceTier: 'priority' },
      ['freshIn', 'textOut'],
    ],
    ['Anthropic batch is half', 'claude-opus-5', { serviceTier: 'batch' }, '15'],
    [
      'Anthropic priority is committed ahead',
      'claude-opus-5',
      { serviceTier: 'priority' },
      ['freshIn', 'textOut'],
    ],
    ['a tier nobody knows', 'gpt-5', { serviceTier: 'turbo' }, ['freshIn', 'textOut']],
    ['tiers ignore case', 'gpt-5', { serviceTier: 'FLEX' }, '5.625'],
    ['US-only inference is 1.1 times', 'claude-opus-5', { geo: 'us' }, '33'],
    ['… from Opus 4.6 on', 'claude-opus-4-6', { geo: 'us' }, '33'],
    ['… not before', 'claude-opus-4-5', { geo: 'us' }, '30'],
    ['global', 'claude-opus-5', { geo: 'global' }, '30'],
    ['not available', 'claude-opus-5', { geo: 'not_available' }, '30'],
    ['a place nobody knows', 'claude-opus-5', { geo: 'moon' }, ['freshIn', 'textOut']],
    ['a place where the provider has no rule', 'gpt-5', { geo: 'eu' }, '11.25'],
    ['tier and place multiply', 'claude-opus-5', { geo: 'us', serviceTier: 'batch' }, '16.5'],
    ['fast mode', 'claude-opus-4-6', { speed: 'fast', usage: { freshIn: 100_000 } }, '3'],
    [
      'fast mode of a model without a known price',
      'claude-sonnet-5',
      { speed: 'fast' },
      ['freshIn', 'textOut'],
    ],
  ])('%s', (_, model, more, expected) => {
    expect(price(model, { freshIn: M, textOut: M }, more)).toEqual(expected);
  });

  test('fees stay at list whatever the tier, and are priced beside unpriced tokens', () => {
    expect(price('gpt-5', { webSearch: 100 }, { serviceTier: 'flex' })).toBe('1');
    expect(price('gpt-5', { webSearch: 100, textOut: 1 }, { serviceTier: 'priority' })).toEqual(['textOut']);
  });
});

describe('overrides', () => {
  const gpt: PriceOverride = { provider: 'openai', model: 'gpt-5', rates: { freshIn: '1' } };
  const both = { freshIn: M, textOut: M };

  test.each<
    [
      name: string,
      overrides: PriceOverride[],
      model: string,
      usage: Usage,
      more: Partial<PriceAsk>,
      expected: string | string[],
    ]
  >([
    ['replaces the rates it names, list keeps the rest', [gpt], 'gpt-5', both, {}, '11'],
    ['a model of the book is meant by any of its names', [gpt], 'gpt-5-2025-08-07', both, {}, '11'],
    ['another model is left alone', [gpt], 'gpt-5-mini', both, {}, '2.25'],
    ['a pattern', [{ ...gpt, model: 'gpt-5*' }], 'gpt-5-mini', both, {}, '3'],
    [
      'an exact model goes before a pattern',
      [{ ...gpt, model: 'gpt-*', rates: { freshIn: '7' } }, gpt],
      'gpt-5',
      both,
      {},
      '11',
    ],
    [
      'a multiple of list',
      [{ provider: 'openai', model: '*', multiplier: '0.85' }],
      'gpt-5',
      both,
      {},
      '9.5625',
    ],
    [
      'a rate stands beside a multiple',
      [gpt, { provider: '*', model: '*', multiplier: '0.5' }],
      'gpt-5',
      both,
      {},
      '6',
    ],
    [
      'a model that no list knows',
      [{ provider: 'own', model: 'llama', rates: { freshIn: '0.1', textOut: '0.2' } }],
      'llama',
      { ...both, cacheRead: M },
      { provider: 'own' },
      '0.4',
    ],
    [
      '… and what it leaves out is unpriced',
      [{ provider: 'own', model: 'llama', rates: { freshIn: '0.1' } }],
      'llama',
      both,
      { provider: 'own' },
      ['textOut'],
    ],
    ['batch is half of the price agreed', [gpt], 'gpt-5', both, { serviceTier: 'batch' }, '5.5'],
    [
      'a price for the tier is final',
      [{ ...gpt, tier: 'batch' }],
      'gpt-5',
      { freshIn: M },
      { serviceTier: 'batch' },
      '1',
    ],
    [
      'a price for a tier does not touch list',
      [{ ...gpt, tier: 'priority' }],
      'gpt-5',
      { freshIn: M },
      {},
      '1.25',
    ],
    [
      'a tier priced by hand',
      [{ ...gpt, tier: 'priority', rates: { freshIn: '2.5', textOut: '20' } }],
      'gpt-5',
      both,
      { serviceTier: 'priority' },
      '22.5',
    ],
    [
      'a tier priced as a multiple',
      [{ provider: 'openai', model: 'gpt-5*', tier: 'priority', multiplier: '2' }],
      'gpt-5',
      { ...both, webSearch: 100 },
      { serviceTier: 'priority' },
      '23.5',
    ],
    [
      'a price above a size',
      [{ ...gpt, tierThresholdTokens: 1000, rates: { textOut: '99' } }],
      'gpt-5',
      { freshIn: 1001, textOut: M },
      {},
      '99.00125125',
    ],
    [
      '… and at that size',
      [{ ...gpt, tierThresholdTokens: 1000, rates: { textOut: '99' } }],
      'gpt-5',
      { freshIn: 1000, textOut: M },
      {},
      '10.00125',
    ],
    [
      'configured cache prices hold on every provider path',
      [{ provider: 'azure', model: 'claude-*', rates: { cacheRead: '0.01' } }],
      'claude-opus-4-1',
      { cacheRead: M },
      { provider: 'azure' },
      '0.01',
    ],
    [
      'an hour write follows the agreed input price of Claude',
      [{ provider: 'google', model: 'claude-*', rates: { freshIn: '4' } }],
      'claude-opus-5',
      { cacheWrite1h: M },
      { provider: 'google' },
      '8',
    ],
  ])('%s', (_, overrides, model, usage, more, expected) => {
    expect(priced(overrides, model, usage, more)).toEqual(expected);
  });

  test('hold from their first instant and no longer at their last', () => {
    const dated: PriceOverride = { ...gpt, from: '2026-11-01', until: '2026-12-01T00:00:00Z' };
    const at = (text: string) => priced([dated], 'gpt-5', { freshIn: M }, { atMs: Date.parse(text) });
    expect(
      [
        '2026-10-31T23:59:59.999Z',
        '2026-11-01T00:00:00Z',
        '2026-11-30T23:59:59.999Z',
        '2026-12-01T00:00:00Z',
      ].map(at),
    ).toEqual(['1.25', '1', '1', '1.25']);
  });

  test('outside its dates, a model known by an override alone is unknown', () => {
    const own: PriceOverride = { provider: 'own', model: 'x', from: '2027-01-01', rates: { freshIn: '1' } };
    expect(priced([own], 'x', { freshIn: 1 }, { provider: 'own' })).toEqual([]);
  });
});

describe('the book', () => {
  test('an empty book knows no model', () => {
    expect(priceWith({ version: 'empty' }, 'gpt-5', { freshIn: 1 })).toEqual([]);
  });

  test('opens in a fresh process as it was written', () => {
    const book = withOverrides(list, [{ provider: '*', model: '*', multiplier: '0.9' }]);
    const again: PriceBookData = JSON.parse(JSON.stringify(book));
    expect(again).toEqual(book);
    expect(priceWith(again, 'gpt-5', { freshIn: M })).toBe('1.125');
  });

  test('remembers no more than it should, and still answers', () => {
    const book = openPriceBook(list);
    const ask = { provider: 'openai', usage: { freshIn: M }, atMs: NOON, serviceTier: '', geo: '' };
    for (let index = 0; index < 10_001; index += 1)
      book.price({ ...ask, provider: 'nobody', model: `invented-${index}` });
    expect(read(book.price({ ...ask, model: 'gpt-5' }))).toBe('1.25');
  });

  test('every bucket can be priced or is named as missing', () => {
    const usage = Object.fromEntries(BUCKET_NAMES.map((bucket) => [bucket, 1])) as Usage;
    const cost = openPriceBook(list).price({
      provider: 'openai',
      model: 'gpt-5',
      usage,
      atMs: NOON,
      serviceTier: '',
      geo: '',
    });
    expect(cost).toEqual({ kind: 'unpriced', missing: ['codeSession', 'mapsQuery'] });
  });

  test('names the models of a provider, those of overrides after those of the list', () => {
    const book = openPriceBook(
      withOverrides(list, [
        atOneDollar('claude-custom'),
        atOneDollar('claude-*'),
        atOneDollar('claude-opus-5'),
      ]),
    );
    expect(book.modelNames('anthropic')).toEqual([
      ...openPriceBook(list).modelNames('anthropic'),
      'claude-custom',
    ]);
    expect(book.modelNames('anthropic')).toContain('claude-opus-5');
    expect(book.modelNames('nobody')).toEqual([]);
  });
});

function priced(
  overrides: readonly PriceOverride[],
  model: string,
  usage: Usage,
  more: Partial<PriceAsk> = {},
) {
  return priceWith(withOverrides(list, overrides), model, usage, more);
}

function atOneDollar(model: string): PriceOverride {
  return { provider: 'anthropic', model, rates: { freshIn: '1' } };
}
