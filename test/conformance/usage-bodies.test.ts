/**
 * Real usage bodies through our meters, against the counts and the costs that an independent engine reads from them.
 * The fixture counts inclusively (input with cache and audio, output with reasoning); ours are disjoint buckets.
 */
import { describe, expect, it } from 'vitest';

import type { JsonObject } from '../../src/gateway/wires/wire.ts';
import { openPriceBook, seedPriceBook } from '../../src/prices/prices.ts';
import type { Cost } from '../../src/prices/prices.ts';
import { sideTotal } from '../../src/units/tokens.ts';
import type { Usage } from '../../src/units/tokens.ts';
import { FIXTURE_MS, items, present, sameCost } from './usage-bodies-fixture.ts';
import type { Expected, ExpectedPrice, Item } from './usage-bodies-fixture.ts';
import { readWhole } from './wires-reading.ts';
import type { Dialect } from './wires-reading.ts';

/** The reading that knows most of a wire's fields. */
const READER: Readonly<Partial<Record<Dialect, readonly [provider: string, flavor: string]>>> = {
  anthropic: ['anthropic', 'default'],
  'openai-chat': ['openai', 'chat'],
  'openai-responses': ['openai', 'responses'],
};

/** Readings that differ from the other engine's, each by a rule of the provider that it does not know. */
const READ_OTHERWISE = [
  {
    // Mistral, Prompt caching: "Cached prompt tokens are billed at 10% of the standard input token price."
    rule: 'Mistral counts cached tokens in num_cached_tokens',
    cached: 'num_cached_tokens',
    holds: (usage: JsonObject) =>
      typeof usage['num_cached_tokens'] === 'number' && usage['num_cached_tokens'] > 0,
  },
] as const;

function dialectOf({ body: { usage } }: Item): Dialect | undefined {
  if (usage === undefined || 'billed_units' in usage) return undefined;
  if ('prompt_tokens' in usage) return 'openai-chat';
  if (!('input_tokens' in usage)) return undefined;
  return 'input_tokens_details' in usage ? 'openai-responses' : 'anthropic';
}

/** An embeddings body has no output and no chat reading; its own is compared. */
function expectationOf(item: Item, dialect: Dialect): Expected {
  const [provider, flavor] = READER[dialect] ?? ['', ''];
  const readBy = (wanted: string) =>
    item.expected.find(({ prices }) =>
      prices.some((row) => row.provider_id === provider && row.api_flavor === wanted),
    );
  const found = readBy(flavor) ?? readBy('embeddings');
  if (found === undefined) throw new Error(`no ${provider} reading of ${JSON.stringify(item.body)}`);
  return found;
}

/** Our buckets in the fixture's inclusive terms; counts of zero are absent in both. */
function inclusive(usage: Usage): Record<string, number> {
  const counts: Record<string, number> = {
    input_tokens: sideTotal(usage, 'input'),
    output_tokens: sideTotal(usage, 'output'),
    cache_read_tokens: (usage.cacheRead ?? 0) + (usage.audioCacheRead ?? 0),
    cache_write_tokens:
      (usage.cacheWrite5m ?? 0) + (usage.cacheWrite1h ?? 0) + (usage.cacheWriteUnknown ?? 0),
    cache_write_5m_tokens: usage.cacheWrite5m ?? 0,
    cache_write_1h_tokens: usage.cacheWrite1h ?? 0,
    input_audio_tokens: (usage.audioIn ?? 0) + (usage.audioCacheRead ?? 0),
    output_reasoning_tokens: usage.reasoningOut ?? 0,
    output_audio_tokens: usage.audioOut ?? 0,
    web_searches: usage.webSearch ?? 0,
  };
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

const read = items.flatMap((item, index) => {
  const dialect = dialectOf(item);
  if (dialect === undefined) return [];
  const reading = readWhole(dialect, item.body);
  return [{ index, item, dialect, reading, own: reading.parts[0], expected: expectationOf(item, dialect) }];
});

describe.skipIf(!present)('usage bodies', () => {
  it('of the three wires are all here', () => {
    expect(Map.groupBy(read, (one) => one.dialect).get('anthropic')).toHaveLength(125);
    expect(Map.groupBy(read, (one) => one.dialect).get('openai-chat')).toHaveLength(206);
    expect(Map.groupBy(read, (one) => one.dialect).get('openai-responses')).toHaveLength(133);
  });

  it('give the same counts', () => {
    const different = read
      .filter(({ item }) => !READ_OTHERWISE.some(({ holds }) => holds(item.body.usage ?? {})))
      .map(({ index, own, expected }) => ({
        index,
        ours: inclusive(own?.usage ?? {}),
        theirs: expected.usage,
      }))
      .filter(({ ours, theirs }) => !sameCounts(ours, theirs));
    expect(different).toEqual([]);
  });

  it.each(READ_OTHERWISE)('differ where $rule', ({ holds, cached }) => {
    const differing = read.filter(({ item }) => holds(item.body.usage ?? {}));
    expect(differing).toHaveLength(16);
    for (const { own, item, expected } of differing) {
      const { cache_read_tokens: ours, ...rest } = inclusive(own?.usage ?? {});
      expect(ours).toBe(item.body.usage?.[cached]);
      expect(sameCounts(rest, expected.usage)).toBe(true);
    }
  });

  it('are charged beyond their top level where iterations are', () => {
    const apart = read.flatMap(({ item, reading }) =>
      reading.parts.slice(1).map(({ part, model, usage }) => [item.model, part, model, inclusive(usage)]),
    );
    expect(apart).toEqual([
      ['claude-sonnet-5', 'advisor_message', 'claude-opus-4-8', { input_tokens: 2518, output_tokens: 22 }],
      ['claude-sonnet-4-6', 'compaction', '', { input_tokens: 55_196, output_tokens: 125 }],
      ['claude-sonnet-5', 'advisor_message', 'claude-opus-4-8', { input_tokens: 2529, output_tokens: 38 }],
    ]);
  });

  it('that do not add up are flagged, and no others', () => {
    const flagged = read
      .filter(({ own }) => own?.flag !== '')
      .map(({ item, own }) => [item.model, own?.flag]);
    // Gemini behind OpenAI's wire counts thinking in the total only.
    expect(flagged).toEqual([
      ['gemini-2.5-pro-preview-05-06', 'total_tokens 109 is not prompt_tokens 35 and completion_tokens 12'],
      ['gemini-2.5-pro-preview-05-06', 'total_tokens 100 is not prompt_tokens 66 and completion_tokens 6'],
    ]);
  });

  it('state their own cost where they do', () => {
    const stated = read.filter(({ reading }) => reading.providerCost !== undefined);
    expect(stated).toHaveLength(read.filter(({ item }) => item.body.usage?.['cost'] !== undefined).length);
    expect(stated.length).toBeGreaterThan(20);
    for (const { item, reading } of stated)
      expect(Number(reading.providerCost)).toBeCloseTo(Number(item.body.usage?.['cost']) * 1e12, -1);
  });
});

/** `provider model` of rows whose price, not whose usage, differs. See prices.test.ts for each reason. */
const PRICED_OTHERWISE: Readonly<Record<string, string>> = {
  'openai gpt-4o-audio-preview-2024-12-17': 'audio of an audio model has no stated price',
  'azure gpt-4o-audio-preview-2024-12-17': 'audio of an audio model has no stated price',
  'cerebras qwen-3-coder-480b': 'the list has the model without any price',
  'mistral mistral-medium-latest': 'the alias has moved on to a dearer model, and cached tokens are cheaper',
};

describe.skipIf(!present)('usage bodies priced from end to end', async () => {
  const book = openPriceBook(await seedPriceBook());

  function priceOf(row: ExpectedPrice, { item, reading }: (typeof read)[number]): Cost {
    return book.price({
      provider: row.provider_id,
      model: item.model ?? '',
      usage: reading.parts[0]?.usage ?? {},
      atMs: FIXTURE_MS,
      serviceTier: '',
      geo: '',
    });
  }

  it('cost the same', () => {
    let compared = 0;
    const different: unknown[] = [];
    const explained = new Set<string>();
    for (const one of read) {
      for (const row of one.expected.prices) {
        const cost = priceOf(row, one);
        if (row.input_price === undefined || row.output_price === undefined) continue;
        compared += 1;
        const name = `${row.provider_id} ${one.item.model}`;
        if (sameCost(cost, row)) continue;
        if (name in PRICED_OTHERWISE) explained.add(name);
        else different.push([name, row, cost, one.own?.usage]);
      }
    }
    expect(different).toEqual([]);
    expect([...explained].toSorted()).toEqual(Object.keys(PRICED_OTHERWISE).toSorted());
    expect(compared).toBeGreaterThan(700);
  });
});

function sameCounts(
  ours: Readonly<Record<string, number>>,
  theirs: Readonly<Record<string, number>>,
): boolean {
  const names = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
  return [...names].every((name) => (ours[name] ?? 0) === (theirs[name] ?? 0));
}
