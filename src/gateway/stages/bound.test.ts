import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

import { seedPriceBook, openPriceBook } from '../../prices/prices.ts';
import type { PriceBook } from '../../prices/prices.ts';
import { BUCKETS, BUCKET_NAMES } from '../../units/tokens.ts';
import type { Bucket } from '../../units/tokens.ts';
import type { Intent } from '../call.ts';
import type { JsonObject, RequestFacts, Target } from '../wires/wire.ts';
import { boundOf } from './bound.ts';
import type { BoundAsk } from './bound.ts';

let prices: PriceBook;
beforeAll(async () => {
  prices = openPriceBook(await seedPriceBook());
});

const FACTS: RequestFacts = {
  model: 'gpt-4o',
  stream: false,
  maxOutputTokens: 100,
  answers: 1,
  usageAsked: true,
  user: '',
  metadata: {},
};
const TARGET: Target = { endpoint: 'inference', model: '', body: 'json', action: '' };

function ask(provider: string, model: string, over: Partial<BoundAsk> = {}): BoundAsk {
  const intent = {
    provider,
    priceProvider: provider,
    model,
    startedAtMs: Date.UTC(2026, 10, 25),
    attribution: { team: '' },
  } as unknown as Intent;
  const json: JsonObject = { messages: [{ role: 'user', content: 'hello' }] };
  return {
    intent,
    target: TARGET,
    method: 'POST',
    json,
    bytes: 5_000,
    facts: FACTS,
    serviceTier: '',
    geo: '',
    prices,
    ...over,
  };
}

/** Models with long-context rungs, cache writes, reasoning and priority prices among them. */
const MODELS = [
  ['openai', 'gpt-4o'],
  ['openai', 'gpt-5'],
  ['openai', 'o3'],
  ['anthropic', 'claude-sonnet-4-5'],
  ['anthropic', 'claude-opus-4-6'],
  ['google', 'gemini-2.5-pro'],
  ['google', 'gemini-2.5-flash'],
] as const;

const INPUTS = BUCKET_NAMES.filter((one) => BUCKETS[one].side === 'input' && !/audio|image/.test(one));
const OUTPUTS: readonly Bucket[] = ['textOut', 'reasoningOut'];

describe('the bound of a call', () => {
  it.each(MODELS)(
    '%s %s: whatever is billed within its tokens costs no more, at every tier and place',
    (provider, model) => {
      let priced = 0;
      fc.assert(
        fc.property(
          fc.integer({ min: 10, max: 400_000 }),
          fc.integer({ min: 0, max: 20_000 }),
          fc.array(fc.nat(1_000), { minLength: INPUTS.length, maxLength: INPUTS.length }),
          fc.nat(1_000),
          fc.constantFrom('', 'default', 'priority', 'flex', 'standard', 'batch'),
          fc.constantFrom('', 'us', 'eu', 'global'),
          (bytes, output, weights, reasoning, serviceTier, geo) => {
            const bound = boundOf(
              ask(provider, model, { bytes, facts: { ...FACTS, maxOutputTokens: output } }),
              output,
            );
            if (bound.kind !== 'bounded') throw new Error(bound.why);
            // Any split of at most so many tokens over the buckets that such a call can be billed in.
            const whole = weights.reduce((sum, one) => sum + one, 1);
            const usage: { [bucket in Bucket]?: number } = {};
            for (const [index, bucket] of INPUTS.entries())
              usage[bucket] = Math.floor((bytes * (weights[index] ?? 0)) / whole);
            usage.reasoningOut = Math.floor((output * reasoning) / 1_000);
            usage.textOut = output - usage.reasoningOut;
            const actual = prices.price({
              provider,
              model,
              usage,
              atMs: Date.UTC(2026, 10, 25),
              serviceTier,
              geo,
            });
            if (actual.kind === 'unpriced') return;
            priced += 1;
            expect(actual.total).toBeLessThanOrEqual(bound.cost.total);
          },
        ),
        { numRuns: 200 },
      );
      expect(priced).toBeGreaterThan(20);
      expect(OUTPUTS).toHaveLength(2);
    },
  );

  it('counts images by what their provider may charge, and every answer that is asked for', () => {
    const plain = boundOf(ask('openai', 'gpt-4o'), 100);
    const withImage = boundOf(
      ask('openai', 'gpt-4o', {
        json: {
          messages: [
            { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x/y.png' } }] },
          ],
        },
      }),
      100,
    );
    const twice = boundOf(ask('openai', 'gpt-4o', { facts: { ...FACTS, answers: 2 } }), 100);
    if (plain.kind !== 'bounded' || withImage.kind !== 'bounded' || twice.kind !== 'bounded')
      throw new Error('unbounded');
    expect(withImage.tokens - plain.tokens).toBe(50_000);
    expect(twice.tokens - plain.tokens).toBe(100);
  });

  it.each([
    ['a kept prompt', { facts: { ...FACTS, promptHidden: true } }],
    ['a file', { json: { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'f' }] }] } }],
    [
      'a PDF',
      { json: { messages: [{ content: [{ type: 'document', source: { type: 'base64', data: '' } }] }] } },
    ],
    ['a video', { json: { contents: [{ parts: [{ fileData: { fileUri: 'gs://v' } }] }] } }],
    ['a search of Anthropic', { json: { tools: [{ type: 'web_search_20250305', name: 'web_search' }] } }],
    ['a search of Google', { json: { tools: [{ googleSearch: {} }] } }],
    ['tools of a server', { json: { mcp_servers: [] } }],
    ['an image to be made', { target: { ...TARGET, endpoint: 'images' as const } }],
    ['a batch', { target: { ...TARGET, endpoint: 'batches' as const } }],
  ])('is none for %s', (_name, over) => {
    expect(boundOf(ask('openai', 'gpt-4o', over as Partial<BoundAsk>), 100).kind).toBe('unbounded');
  });

  it.each([
    ['functions', { json: { tools: [{ type: 'function', function: { name: 'f' } }] } }],
    [
      'tools of the client',
      {
        json: {
          tools: [
            { name: 'f', input_schema: {} },
            { type: 'bash_20250124', name: 'bash' },
          ],
        },
      },
    ],
    ['declarations', { json: { tools: [{ functionDeclarations: [] }] } }],
    [
      'text in a document',
      { json: { messages: [{ content: [{ type: 'document', source: { type: 'text', data: 'x' } }] }] } },
    ],
    ['a list of batches', { target: { ...TARGET, endpoint: 'batches' as const }, method: 'GET' }],
  ])('is there for %s', (_name, over) => {
    expect(boundOf(ask('openai', 'gpt-4o', over as Partial<BoundAsk>), 100).kind).toBe('bounded');
  });

  it('is in tokens only where no price is known', () => {
    expect(boundOf(ask('openai', 'no-such-model'), 100)).toMatchObject({ kind: 'unpriced' });
  });
});
