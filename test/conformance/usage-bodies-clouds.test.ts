/**
 * Real usage bodies of the clouds through our meters, against the counts and the costs that an independent engine reads
 * from them, as in usage-bodies.test.ts: Google's, Bedrock's, and Anthropic's as the clouds serve it.
 */
import { describe, expect, it } from 'vitest';

import type { Reading } from '../../src/gateway/wires/wire.ts';
import { openPriceBook, seedPriceBook } from '../../src/prices/prices.ts';
import type { Cost } from '../../src/prices/prices.ts';
import { sideTotal } from '../../src/units/tokens.ts';
import type { Usage } from '../../src/units/tokens.ts';
import { readCloudBody } from './wires-clouds-reading.ts';
import { FIXTURE_MS, items, present, sameCost } from './usage-bodies-fixture.ts';
import type { Expected, Item } from './usage-bodies-fixture.ts';

interface Read {
  readonly index: number;
  readonly item: Item;
  readonly reading: Reading;
  readonly expected: Expected;
}

function readAll(
  belongs: (item: Item) => boolean,
  read: (item: Item) => Reading,
  provider: string,
  flavor: string,
): Read[] {
  return items.flatMap((item, index) => {
    if (!belongs(item)) return [];
    const expected = item.expected.find(({ prices }) =>
      prices.some((row) => row.provider_id === provider && row.api_flavor === flavor),
    );
    if (expected === undefined) throw new Error(`no ${provider} reading of body ${index}`);
    return [{ index, item, reading: read(item), expected }];
  });
}

const google = readAll(
  ({ body }) => body.usageMetadata !== undefined,
  ({ body }) => readCloudBody('google', body),
  'google',
  'default',
);
const bedrock = readAll(
  ({ body }) => body.usage !== undefined && 'inputTokens' in body.usage,
  ({ body }) => readCloudBody('bedrock', { output: { message: {} }, stopReason: 'end_turn', ...body }),
  'aws',
  'default',
);
const anthropic = readAll(
  ({ body: { usage } }) =>
    usage !== undefined &&
    'input_tokens' in usage &&
    !('input_tokens_details' in usage) &&
    !('billed_units' in usage),
  ({ body }) => readCloudBody('bedrock-invoke', { ...body, type: 'message' }),
  'anthropic', // the reading that knows most of the fields; the clouds' own costs are compared below
  'default',
);

/** Our buckets in the fixture's inclusive terms, as far as the buckets tell; counts of zero are absent in both. */
function inclusive(usage: Usage): Record<string, number> {
  const counts: Record<string, number> = {
    input_tokens: sideTotal(usage, 'input'),
    output_tokens: sideTotal(usage, 'output'),
    cache_read_tokens: (usage.cacheRead ?? 0) + (usage.audioCacheRead ?? 0),
    cache_audio_read_tokens: usage.audioCacheRead ?? 0,
    cache_write_tokens:
      (usage.cacheWrite5m ?? 0) + (usage.cacheWrite1h ?? 0) + (usage.cacheWriteUnknown ?? 0),
    input_audio_tokens: (usage.audioIn ?? 0) + (usage.audioCacheRead ?? 0),
    input_tool_tokens: usage.toolPromptIn ?? 0,
    output_reasoning_tokens: usage.reasoningOut ?? 0,
    output_audio_tokens: usage.audioOut ?? 0,
    output_image_tokens: usage.imageOut ?? 0,
    web_searches: usage.webSearch ?? 0,
  };
  return counts;
}

/** Input images beside those that were cached, for which there is no bucket of their own. */
function freshImages(usage: Expected['usage']): number {
  return (usage['input_image_tokens'] ?? 0) - (usage['cache_image_read_tokens'] ?? 0);
}

describe.skipIf(!present)('usage bodies of the clouds', () => {
  it('are all here', () => {
    expect([google.length, bedrock.length, anthropic.length]).toEqual([224, 114, 125]);
  });

  it.each([
    ['google', google],
    ['bedrock', bedrock],
    ['anthropic on bedrock', anthropic],
  ] as const)('%s give the same counts', (_, read) => {
    const different = read.flatMap(({ index, reading, expected }) => {
      const usage = reading.parts[0]?.usage ?? {};
      const ours = inclusive(usage);
      const names = Object.keys(ours).filter((name) => ours[name] !== (expected.usage[name] ?? 0));
      if ((usage.imageIn ?? 0) !== freshImages(expected.usage)) names.push('images');
      return names.length === 0 ? [] : [{ index, names, usage, expected: expected.usage }];
    });
    expect(different).toEqual([]);
  });

  it('add up to the provider’s total wherever it is stated', () => {
    let stated = 0;
    for (const { item, reading } of [...google, ...bedrock]) {
      const total = item.body.usageMetadata?.['totalTokenCount'] ?? item.body.usage?.['totalTokens'];
      if (total === undefined) continue;
      const usage = reading.parts[0]?.usage ?? {};
      expect(sideTotal(usage, 'input') + sideTotal(usage, 'output')).toBe(total);
      stated += 1;
    }
    expect(stated).toBe(331);
  });

  it('none contradicts itself', () => {
    const flagged = [...google, ...bedrock].filter(({ reading }) => reading.parts[0]?.flag !== '');
    expect(flagged.map(({ index, reading }) => [index, reading.parts[0]?.flag])).toEqual([]);
  });

  it('split cache writes by lifetime where Bedrock does', () => {
    const split = bedrock.filter(({ item }) => item.body.usage?.['cacheDetails'] !== undefined);
    expect(split.map(({ reading }) => reading.parts[0]?.usage.cacheWrite5m)).toEqual([297, 236]);
  });

  it('say the tier that served', () => {
    const tiers = Map.groupBy(google, ({ reading }) => reading.serviceTier);
    expect(Object.fromEntries([...tiers].map(([tier, all]) => [tier, all.length]))).toEqual({
      '': 149,
      on_demand: 60,
      standard: 14,
      flex: 1,
    });
  });
});

describe.skipIf(!present)('usage bodies of the clouds priced from end to end', async () => {
  const book = openPriceBook(await seedPriceBook());

  /** Searches that a cloud does not sell have no price there; the other engine does not see them. */
  function priceOf(provider: string, { item, reading }: Read, serviceTier = ''): Cost {
    const { webSearch: _, ...tokens } = reading.parts[0]?.usage ?? {};
    return book.price({
      provider,
      model: item.model ?? '',
      usage: tokens,
      atMs: FIXTURE_MS,
      serviceTier,
      geo: '',
    });
  }

  const FLAVORS = ['default', 'anthropic'];

  /** Rows whose price, not whose usage, differs. */
  const PRICED_OTHERWISE: Readonly<Record<string, string>> = {
    // Over 200,000 tokens Vertex re-prices the whole request; see prices.test.ts.
    'google claude-sonnet-4-5-20250929': 'a size threshold',
  };

  it.each([
    ['google', google, ['google'], 212, {}],
    ['anthropic on the clouds', anthropic, ['aws', 'azure', 'google'], 250, PRICED_OTHERWISE],
  ] as const)('%s cost the same', (_, read, providers, least, otherwise) => {
    let compared = 0;
    const different: unknown[] = [];
    const explained = new Set<string>();
    for (const one of read) {
      for (const row of one.item.expected.flatMap(({ prices }) => prices)) {
        if (!FLAVORS.includes(row.api_flavor)) continue;
        if (!providers.some((provider) => provider === row.provider_id)) continue;
        if (row.input_price === undefined || row.output_price === undefined) continue;
        compared += 1;
        const cost = priceOf(row.provider_id, one);
        const name = `${row.provider_id} ${one.item.model}`;
        if (sameCost(cost, row)) continue;
        if (name in otherwise) explained.add(name);
        else different.push([one.index, row, one.item.model, cost]);
      }
    }
    expect(different).toEqual([]);
    expect([...explained]).toEqual(Object.keys(otherwise));
    expect(compared).toBeGreaterThanOrEqual(least);
  });

  it('a search that a cloud does not sell leaves the call unpriced, not free', () => {
    const searched = anthropic.filter(({ reading }) => (reading.parts[0]?.usage.webSearch ?? 0) > 0);
    expect(searched.length).toBeGreaterThan(5);
    for (const { item, reading } of searched) {
      const usage = reading.parts[0]?.usage ?? {};
      const ask = { model: item.model ?? '', usage, atMs: FIXTURE_MS, serviceTier: '', geo: '' };
      expect(book.price({ ...ask, provider: 'aws' })).toEqual({ kind: 'unpriced', missing: ['webSearch'] });
    }
  });

  it('Bedrock’s bodies name no model, so they are unpriced and not free', () => {
    for (const one of bedrock) {
      expect(one.expected.prices.some((row) => row.input_price !== undefined)).toBe(false);
      expect(priceOf('aws', one)).toEqual({ kind: 'unpriced', missing: [] });
    }
  });

  it('the flex tier that was returned halves the price, which the other engine does not know', () => {
    const [flex] = google.filter(({ reading }) => reading.serviceTier === 'flex');
    const [list, returned] = [priceOf('google', flex!), priceOf('google', flex!, flex!.reading.serviceTier)];
    if (list.kind !== 'priced' || returned.kind !== 'priced') throw new Error('both are priced');
    expect(returned.total * 2n).toBe(list.total);
  });

  it('capacity that was bought ahead costs nothing more', () => {
    for (const provider of ['google', 'azure', 'aws']) {
      const cost = book.price({
        provider,
        model: { google: 'gemini-2.5-pro', azure: 'gpt-4o', aws: 'amazon.nova-pro-v1:0' }[provider] ?? '',
        usage: { freshIn: 1_000_000, cacheRead: 1_000, textOut: 1_000_000 },
        atMs: FIXTURE_MS,
        serviceTier: 'provisioned',
        geo: '',
      });
      expect(cost).toMatchObject({ kind: 'priced', total: 0n });
    }
    const elsewhere = {
      provider: 'openai',
      model: 'gpt-4o',
      usage: { freshIn: 1 },
      atMs: FIXTURE_MS,
      geo: '',
    };
    expect(book.price({ ...elsewhere, serviceTier: 'provisioned' }).kind).toBe('unpriced');
  });
});
