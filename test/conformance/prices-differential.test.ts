/**
 * Prices against an independent engine over the same list: the pricing function of `@pydantic/genai-prices`, for every
 * model of the list and random usages. It reckons in floats, so agreement is to one part in a thousand million.
 * Every disagreement must be one of REASONS, and every reason must still occur.
 */
import { calcPrice, waitForUpdate } from '@pydantic/genai-prices';
import type { MatchLogic, PriceCalculation, Usage as SourceUsage } from '@pydantic/genai-prices';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { openPriceBook, seedPriceBook } from '../../src/prices/prices.ts';
import type { Cost } from '../../src/prices/prices.ts';
import { BUCKET_NAMES, sideTotal } from '../../src/units/tokens.ts';
import type { Bucket, Usage } from '../../src/units/tokens.ts';

const USAGES_PER_MODEL = 6;
const INSTANTS = [
  '2025-03-01T02:00:00Z',
  '2026-08-10T02:30:00Z',
  '2026-08-30T23:00:00Z',
  '2026-11-23T12:00:00Z',
].map((text) => Date.parse(text));

interface Comparison {
  readonly provider: string;
  readonly model: string;
  readonly usage: Usage;
  readonly atMs: number;
  readonly ours: Cost;
  readonly theirs: PriceCalculation;
}

const REASONS: Readonly<Record<string, (one: Comparison) => boolean>> = {
  // Unpriced is a state here. There, units without a price cost nothing: output of an embedding model, a web search …
  'units without a stated price are unpriced, not free': ({ ours, usage, theirs, provider, model, atMs }) =>
    ours.kind === 'unpriced' &&
    ours.missing.length > 0 &&
    charges(provider, model, only(usage, ours.missing), atMs, theirs) === 0,
  // Anthropic, Prompt caching: "1-hour cache write tokens are 2 times the base input tokens price". There, the
  // five-minute price is taken where the list lacks the hour's, which is 37 % under.
  'an hour write is never priced as a five-minute write': ({ usage, theirs, ours }) =>
    (usage.cacheWrite1h ?? 0) > 0 &&
    theirs.model_price['cache_write_1h_mtok'] === undefined &&
    (ours.kind === 'priced' || ours.missing.includes('cacheWrite1h')),
  // Perplexity: the request fee pays for the search. There, a request is charged even when it used nothing.
  'a request without units is not charged': ({ usage, theirs }) =>
    theirs.model_price['requests_kcount'] !== undefined &&
    BUCKET_NAMES.every((bucket) => (usage[bucket] ?? 0) === 0),
  // DeepSeek: the peak hours came with the prices of 17 August 2026. There, a row cannot hold both a date and hours
  // (remarked in the list itself), so earlier calls in those hours get the later price.
  'DeepSeek V4 peak hours hold from 17 August 2026 on': ({ theirs, atMs }) =>
    theirs.model.id.startsWith('deepseek-v4') && atMs < Date.parse('2026-08-17T00:00:00Z'),
  // OpenAI sells the audio of these models at many times their text price, which the list does not state.
  'audio of an audio model is not priced as its text': ({ ours, model }) =>
    /audio|realtime|transcribe/.test(model) &&
    ours.kind === 'unpriced' &&
    ours.missing.some((bucket) => bucket.startsWith('audio')),
};

const amount = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 1, max: 300_000 }),
  fc.integer({ min: 1, max: 300 }),
);
const plain: fc.Arbitrary<Usage> = fc.record({
  freshIn: amount,
  cacheRead: amount,
  cacheWriteUnknown: amount,
  textOut: amount,
  reasoningOut: amount,
});
const anything: fc.Arbitrary<Usage> = fc.record(
  Object.fromEntries(
    BUCKET_NAMES.filter((bucket) => bucket !== 'mapsQuery').map((bucket) => [bucket, amount]),
  ),
  { requiredKeys: [] },
);

test(
  'every model of the list costs what the other engine says, or differs for a stated reason',
  { timeout: 120_000 },
  async () => {
    const book = openPriceBook(await seedPriceBook());
    const used = new Map<string, number>();
    const unexplained: unknown[] = [];
    let agreed = 0;
    for (const [index, one] of (await comparisons(book)).entries()) {
      if (agrees(one)) {
        agreed += 1;
        continue;
      }
      const reason = Object.keys(REASONS).find((name) => REASONS[name]?.(one));
      if (reason) used.set(reason, (used.get(reason) ?? 0) + 1);
      else
        unexplained.push({
          index,
          provider: one.provider,
          model: one.model,
          usage: one.usage,
          ours: one.ours,
          theirs: one.theirs.total_price,
        });
    }
    console.info(
      `prices: ${agreed} agree; ${[...used].map(([reason, count]) => `${count} ${reason}`).join('; ')}`,
    );
    expect(unexplained.slice(0, 5)).toEqual([]);
    expect(agreed).toBeGreaterThan(1_500 * USAGES_PER_MODEL * 0.5);
    expect([...used.keys()].toSorted()).toEqual(Object.keys(REASONS).toSorted());
  },
);

test('models are found by the same names', async () => {
  const book = openPriceBook(await seedPriceBook());
  for (const { provider, name } of await names()) {
    const ours = book.price({
      provider,
      model: name,
      usage: {},
      atMs: INSTANTS[3] ?? 0,
      serviceTier: '',
      geo: '',
    });
    const theirs = calcPrice({}, name, { providerId: provider });
    expect({ provider, name, known: ours.kind === 'priced' }).toEqual({
      provider,
      name,
      known: theirs !== null,
    });
  }
});

/** Names that mean each model: its id, and the words of its match rule; some belong to no model or to another one. */
async function names(): Promise<Array<{ provider: string; name: string }>> {
  const providers = (await waitForUpdate()) ?? [];
  return providers.flatMap((provider) =>
    provider.models.flatMap((model) =>
      [...new Set([model.id, ...wordsOf(model.match)])].map((name) => ({ provider: provider.id, name })),
    ),
  );
}

function wordsOf(rule: MatchLogic): string[] {
  if ('or' in rule) return rule.or.flatMap(wordsOf);
  if ('and' in rule) return [rule.and.flatMap(wordsOf).join('-')];
  if ('starts_with' in rule) return [rule.starts_with, `${rule.starts_with}-20260101`];
  if ('ends_with' in rule) return [rule.ends_with, `x-${rule.ends_with}`];
  return Object.values(rule);
}

async function comparisons(book: ReturnType<typeof openPriceBook>): Promise<Comparison[]> {
  const named = await names();
  const drawn = fc.sample(fc.oneof(plain, plain, anything), {
    numRuns: named.length * USAGES_PER_MODEL,
    seed: 20261123,
  });
  const none = named.map((): Usage => ({}));
  return [...none, ...drawn].flatMap((usage, index) => {
    const asked = named[index % named.length] ?? { provider: '', name: '' };
    return compare(book, asked, usage, INSTANTS[index % INSTANTS.length] ?? 0);
  });
}

/** Where units have no price, what is left without them is compared too. */
function compare(
  book: ReturnType<typeof openPriceBook>,
  { provider, name }: { provider: string; name: string },
  usage: Usage,
  atMs: number,
): Comparison[] {
  const theirs = calcPrice(toSource(usage), name, { providerId: provider, timestamp: new Date(atMs) });
  if (!theirs) return [];
  const ours = book.price({ provider, model: name, usage, atMs, serviceTier: '', geo: '' });
  const whole = { provider, model: name, usage, atMs, ours, theirs };
  if (ours.kind === 'priced' || ours.missing.length === 0) return [whole];
  const { missing } = ours;
  const rest = only(
    usage,
    BUCKET_NAMES.filter((bucket) => !missing.includes(bucket)),
  );
  return [whole, ...compare(book, { provider, name }, rest, atMs)];
}

function agrees({ ours, theirs }: Comparison): boolean {
  if (ours.kind !== 'priced') return false;
  const difference = Math.abs(Number(ours.total) / 1e12 - theirs.total_price);
  return difference <= 1e-9 * theirs.total_price + 1e-11; // the second term: each bucket is rounded to a picodollar
}

function charges(
  provider: string,
  model: string,
  usage: Usage,
  atMs: number,
  whole: PriceCalculation,
): number {
  const part = calcPrice(toSource(usage), model, { providerId: provider, timestamp: new Date(atMs) });
  // The request fee, where there is one, is no charge for these units.
  return (part?.total_price ?? 0) - Number(whole.model_price['requests_kcount'] ?? 0) / 1_000;
}

function only(usage: Usage, buckets: readonly Bucket[]): Usage {
  return Object.fromEntries(buckets.map((bucket) => [bucket, usage[bucket] ?? 0]));
}

/** The other engine counts inclusively: totals, and inside them the parts that have a price of their own. */
function toSource(usage: Usage): SourceUsage {
  const of = (...buckets: Bucket[]) => buckets.reduce((sum, bucket) => sum + (usage[bucket] ?? 0), 0);
  return {
    input_tokens: sideTotal(usage, 'input'),
    cache_read_tokens: of('cacheRead', 'audioCacheRead'),
    cache_audio_read_tokens: of('audioCacheRead'),
    cache_image_read_tokens: 0,
    cache_write_tokens: of('cacheWrite5m', 'cacheWrite1h', 'cacheWriteUnknown'),
    cache_write_5m_tokens: of('cacheWrite5m'),
    cache_write_1h_tokens: of('cacheWrite1h'),
    input_audio_tokens: of('audioIn', 'audioCacheRead'),
    input_image_tokens: of('imageIn'),
    input_tool_tokens: of('toolPromptIn'),
    output_tokens: sideTotal(usage, 'output'),
    output_reasoning_tokens: of('reasoningOut'),
    output_audio_tokens: of('audioOut'),
    output_image_tokens: of('imageOut'),
    web_searches: of('webSearch'),
    storage_searches: of('fileSearch'),
    code_executions: of('codeSession'),
  };
}
