/**
 * Prices against 809 real usage bodies, each with the cost that an independent engine expects at every provider.
 * Amounts must be equal to the picodollar. The fixture's costs are of July 2026, so they are priced at that time.
 * It keeps fees (web searches) out of input and output and in `total_price`; a row without amounts means "no price known".
 */
import { existsSync, readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { openPriceBook, seedPriceBook } from '../../src/prices/prices.ts';
import { divideRounded } from '../../src/units/money.ts';
import { BUCKETS } from '../../src/units/tokens.ts';
import type { BucketSide, Usage } from '../../src/units/tokens.ts';

const FIXTURE = '../shared/fixtures/usage-bodies.json';
const FIXTURE_MS = Date.parse('2026-07-20T12:00:00Z');

interface ExpectedPrice {
  readonly provider_id: string;
  readonly api_flavor: string;
  readonly input_price?: string;
  readonly output_price?: string;
  readonly total_price?: string;
}
interface Body {
  readonly model: string | null;
  readonly expected: ReadonlyArray<{
    readonly usage: Readonly<Record<string, number>>;
    readonly prices: readonly ExpectedPrice[];
  }>;
}

/** `provider model` → how the two differ, and why ours stands. Nothing else may differ, and each of these must. */
const DISAGREEMENTS: Readonly<Record<string, readonly [outcome: Outcome, reason: string]>> = {
  // The list states these models' text price only; OpenAI sells their audio at sixteen times it or more.
  'openai gpt-4o-audio-preview-2024-12-17': [
    'only theirs is priced',
    'audio of an audio model has no stated price',
  ],
  'azure gpt-4o-audio-preview-2024-12-17': [
    'only theirs is priced',
    'audio of an audio model has no stated price',
  ],
  // An empty price list is no statement that a model is free; its name would have to say so.
  'cerebras qwen-3-coder-480b': ['only theirs is priced', 'the list has the model without any price'],
  // The list has been corrected since the fixture was made; no date was given, so the corrected price holds throughout.
  'mistral mistral-medium-latest': ['amounts differ', 'the alias has moved on to a dearer model'],
  'google claude-sonnet-4-5-20250929': [
    'amounts differ',
    'over 200,000 tokens Vertex re-prices the whole request',
  ],
  // Models and names that entered the list after the fixture was made.
  'aws gpt-5.6-sol': ['only ours is priced', 'listed since'],
  'azure deepseek-r1-distill-llama-70b': ['only ours is priced', 'listed since'],
  'cerebras zai-glm-4.7': ['only ours is priced', 'listed since'],
  'openrouter openai/gpt-5-mini-2025-08-07': [
    'only ours is priced',
    'dated names of this model are known since',
  ],
};

type Outcome = 'equal' | 'both unpriced' | 'only ours is priced' | 'only theirs is priced' | 'amounts differ';

const found = existsSync(FIXTURE);
if (!found) console.warn(`skipped: prices against real usage bodies, since ${FIXTURE} is not there`);

describe.skipIf(!found)(`prices against ${FIXTURE}`, async () => {
  const bodies: Body[] = found ? JSON.parse(readFileSync(FIXTURE, 'utf8')) : [];
  const book = openPriceBook(await seedPriceBook());

  function compare(model: string, usage: Usage, row: ExpectedPrice): Outcome {
    const cost = book.price({
      provider: row.provider_id,
      model,
      usage,
      atMs: FIXTURE_MS,
      serviceTier: '',
      geo: '',
    });
    if (row.input_price === undefined || row.output_price === undefined) {
      return cost.kind === 'unpriced' ? 'both unpriced' : 'only ours is priced';
    }
    if (cost.kind === 'unpriced') return 'only theirs is priced';
    const side = (wanted: BucketSide) =>
      cost.buckets.reduce((sum, part) => (BUCKETS[part.bucket].side === wanted ? sum + part.cost : sum), 0n);
    const equal =
      side('input') === picodollars(row.input_price) &&
      side('output') === picodollars(row.output_price) &&
      cost.total ===
        (row.total_price === undefined ? side('input') + side('output') : picodollars(row.total_price));
    return equal ? 'equal' : 'amounts differ';
  }

  const rows = bodies.flatMap((body) =>
    body.expected.flatMap(({ usage, prices }) =>
      prices.map((row) => {
        const model = body.model ?? '';
        return { provider: row.provider_id, model, row, outcome: compare(model, toBuckets(usage), row) };
      }),
    ),
  );
  const disagreeing = rows.filter(({ outcome }) => outcome !== 'equal' && outcome !== 'both unpriced');
  const count = (provider: string, outcome: Outcome) =>
    rows.filter((one) => one.provider === provider && one.outcome === outcome).length;

  test('every expected cost is met to the picodollar, or differs for a stated reason', () => {
    const unexplained = disagreeing.filter(
      (one) => DISAGREEMENTS[`${one.provider} ${one.model}`]?.[0] !== one.outcome,
    );
    const outcomes = Map.groupBy(rows, (one) => one.outcome);
    console.info(
      `usage bodies: ${[...outcomes].map(([outcome, all]) => `${all.length} ${outcome}`).join(', ')}`,
    );
    expect(unexplained.slice(0, 5)).toEqual([]);
  });

  test('every stated disagreement still occurs', () => {
    const seen = new Set(disagreeing.map((one) => `${one.provider} ${one.model}`));
    expect([...seen].toSorted()).toEqual(Object.keys(DISAGREEMENTS).toSorted());
  });

  test('the bodies are many enough to say something', () => {
    expect(count('anthropic', 'equal')).toBe(125);
    expect(count('openai', 'equal')).toBe(312);
    expect(count('anthropic', 'both unpriced') + count('openai', 'both unpriced')).toBe(689);
  });
});

/** Reads "0.0087" or "7E-7"; binary noise past a picodollar is rounded half to even. */
function picodollars(text: string): bigint {
  const match = /^(\d+)(?:\.(\d+))?(?:E([+-]?\d+))?$/i.exec(text);
  if (!match) throw new Error(`"${text}" is no amount`);
  const [, whole = '0', fraction = '', exponent = '0'] = match;
  const shift = 12 - fraction.length + Number(exponent);
  const digits = BigInt(whole + fraction);
  return shift >= 0 ? digits * 10n ** BigInt(shift) : divideRounded(digits, 10n ** BigInt(-shift));
}

/** The fixture counts inclusively: totals, and inside them the parts that have a price of their own. */
function toBuckets(counts: Readonly<Record<string, number>>): Usage {
  const of = (name: string) => counts[name] ?? 0;
  const parts = {
    cacheRead: of('cache_read_tokens') - of('cache_audio_read_tokens'),
    audioCacheRead: of('cache_audio_read_tokens'),
    cacheWrite5m: of('cache_write_5m_tokens'),
    cacheWrite1h: of('cache_write_1h_tokens'),
    cacheWriteUnknown: of('cache_write_tokens') - of('cache_write_5m_tokens') - of('cache_write_1h_tokens'),
    audioIn: of('input_audio_tokens') - of('cache_audio_read_tokens'),
    imageIn: of('input_image_tokens') - of('cache_image_read_tokens'),
    toolPromptIn: of('input_tool_tokens'),
  };
  const out = {
    reasoningOut: of('output_reasoning_tokens'),
    audioOut: of('output_audio_tokens'),
    imageOut: of('output_image_tokens'),
  };
  return {
    ...parts,
    ...out,
    freshIn: of('input_tokens') - totalOf(parts),
    textOut: of('output_tokens') - totalOf(out),
    webSearch: of('web_searches'),
  };
}

function totalOf(group: Readonly<Record<string, number>>): number {
  return Object.values(group).reduce((total, units) => total + units, 0);
}
