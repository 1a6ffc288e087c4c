import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { BUCKET_NAMES, addUsage } from '../units/tokens.ts';
import type { Bucket, Usage } from '../units/tokens.ts';
import { openPriceBook, seedPriceBook, withOverrides } from './prices.ts';
import type { Cost, PriceAsk, PriceBookData, PriceOverride } from './prices.ts';

const list = await seedPriceBook();
const book = openPriceBook(list);

/** Models of every kind, without a fee per request (which one call pays once, however it is split). */
const MODELS = [
  ['anthropic', 'claude-sonnet-5'],
  ['anthropic', 'claude-sonnet-4-5'],
  ['openai', 'gpt-5'],
  ['openai', 'gpt-6-sol'],
  ['google', 'gemini-2.5-flash'],
  ['aws', 'us.anthropic.claude-opus-4-6-v1:0'],
  ['deepseek', 'deepseek-v4-pro'],
  ['openrouter', 'google/gemini-3-flash-preview'],
] as const;
const FLAT = MODELS.filter(([, model]) => !/sonnet-4-5|gpt-6|opus-4-6/.test(model));
const PRICED_EVERYWHERE: readonly Bucket[] = [
  'freshIn',
  'cacheRead',
  'cacheWriteUnknown',
  'audioIn',
  'imageIn',
  'textOut',
  'reasoningOut',
];

const units = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 400_000 }));
const usageOf = (buckets: readonly Bucket[]): fc.Arbitrary<Usage> =>
  fc.record(Object.fromEntries(buckets.map((bucket) => [bucket, units])), { requiredKeys: [] });
const instant = fc.integer({ min: Date.parse('2025-01-01'), max: Date.parse('2027-01-01') });
const words = {
  serviceTier: fc.constantFrom('', 'default', 'batch', 'flex', 'priority'),
  geo: fc.constantFrom('', 'us', 'global'),
};
const asked = (
  models: ReadonlyArray<readonly [string, string]>,
  buckets: readonly Bucket[],
): fc.Arbitrary<PriceAsk> =>
  fc
    .record({ named: fc.constantFrom(...models), usage: usageOf(buckets), atMs: instant, ...words })
    .map(({ named: [provider, model], ...rest }) => ({ provider, model, ...rest }));

function total(cost: Cost): bigint {
  if (cost.kind === 'unpriced') throw new Error(`unpriced: ${cost.missing.join(', ')}`);
  return cost.total;
}

describe('pricing', () => {
  test('the total is the sum of its parts, and each part is units times rate', () => {
    fc.assert(
      fc.property(asked(MODELS, BUCKET_NAMES), (ask) => {
        const cost = book.price(ask);
        const missing = cost.kind === 'unpriced' ? cost.missing : [];
        expect(missing.filter((bucket) => (ask.usage[bucket] ?? 0) === 0)).toEqual([]);
        if (cost.kind === 'unpriced') return;
        expect(cost.buckets.reduce((sum, part) => sum + part.cost, 0n)).toBe(cost.total);
        for (const part of cost.buckets) {
          const doubled = 2n * (BigInt(part.units) * part.rate - part.cost * 1_000_000n);
          expect(doubled <= 1_000_000n && doubled >= -1_000_000n).toBe(true);
        }
        expect(new Set(cost.buckets.map((part) => part.bucket)).size).toBe(cost.buckets.length);
        for (const bucket of BUCKET_NAMES) {
          const charged = cost.buckets.find((part) => part.bucket === bucket)?.units ?? 0;
          expect(charged).toBe(ask.usage[bucket] ?? 0);
        }
      }),
    );
  });

  test('without size thresholds, a usage in two calls costs what it costs in one, to a picodollar per bucket', () => {
    fc.assert(
      fc.property(asked(FLAT, PRICED_EVERYWHERE), usageOf(PRICED_EVERYWHERE), (one, other) => {
        const ask = { ...one, serviceTier: '', geo: '' };
        const apart = total(book.price(ask)) + total(book.price({ ...ask, usage: other }));
        const together = total(book.price({ ...ask, usage: addUsage(ask.usage, other) }));
        const difference = apart - together;
        expect(difference * difference <= BigInt(PRICED_EVERYWHERE.length) ** 2n).toBe(true);
      }),
    );
  });

  test('more usage never costs less', () => {
    fc.assert(
      fc.property(asked(MODELS, PRICED_EVERYWHERE), usageOf(PRICED_EVERYWHERE), (one, more) => {
        const ask = { ...one, serviceTier: '', geo: '' };
        const bigger = { ...ask, usage: addUsage(ask.usage, more) };
        expect(total(book.price(bigger)) >= total(book.price(ask))).toBe(true);
      }),
    );
  });

  test('what was asked before changes nothing', () => {
    fc.assert(
      fc.property(
        fc.array(asked(MODELS, BUCKET_NAMES), { maxLength: 8 }),
        asked(MODELS, BUCKET_NAMES),
        (before, ask) => {
          const warm = openPriceBook(list);
          for (const earlier of before) warm.price(earlier);
          expect(warm.price(ask)).toEqual(book.price(ask));
        },
      ),
      { numRuns: 40 },
    );
  });
});

const dollars = fc
  .integer({ min: 1_000, max: 99_999_999 })
  .map((micro) => `${Math.floor(micro / 1e6)}.${String(micro % 1e6).padStart(6, '0')}`);
const date = fc.constantFrom('2025-06-01', '2026-01-01', '2026-07-01T12:00:00Z');
const override: fc.Arbitrary<PriceOverride> = fc
  .record(
    {
      provider: fc.constantFrom('*', 'anthropic', 'openai', 'google'),
      model: fc.constantFrom('*', 'gpt-5', 'gpt-*', 'claude-*', 'claude-sonnet-5', '*flash*'),
      rates: fc.record(
        { freshIn: dollars, textOut: dollars, cacheRead: dollars },
        { requiredKeys: ['freshIn'] },
      ),
      tier: fc.constantFrom('batch', 'priority'),
      multiplier: fc.constantFrom('0.5', '0.85', '1.2'),
      from: date,
      tierThresholdTokens: fc.integer({ min: 0, max: 300_000 }),
      note: fc.string(),
    },
    { requiredKeys: ['provider', 'model', 'rates'] },
  )
  .map((one) => ({ ...one, ...('from' in one && { until: '2026-10-01' }) }));

describe('overrides', () => {
  test('their order changes neither a price nor the version', () => {
    const shuffled = fc
      .array(override, { maxLength: 6 })
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
    fc.assert(
      fc.property(
        shuffled,
        fc.array(asked(MODELS, PRICED_EVERYWHERE), { minLength: 5, maxLength: 5 }),
        ([all, mixed], asks) => {
          const [left, right] = [withOverrides(list, all), withOverrides(list, mixed)];
          expect(left.version).toBe(right.version);
          const [one, other] = [openPriceBook(left), openPriceBook(right)];
          for (const ask of asks) expect(one.price(ask)).toEqual(other.price(ask));
        },
      ),
      { numRuns: 40 },
    );
  });

  test('a book written and read again prices the same', () => {
    fc.assert(
      fc.property(fc.array(override, { maxLength: 4 }), asked(MODELS, BUCKET_NAMES), (all, ask) => {
        const data = withOverrides(list, all);
        const again: PriceBookData = JSON.parse(JSON.stringify(data));
        expect(again.version).toBe(data.version);
        expect(openPriceBook(again).price(ask)).toEqual(openPriceBook(data).price(ask));
      }),
      { numRuns: 25 },
    );
  });
});
