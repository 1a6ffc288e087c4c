import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BUCKETS, BUCKET_NAMES, INPUT_PARTS, OUTPUT_PARTS, sideTotal } from '../../units/tokens.ts';
import type { Composition, Usage } from '../../units/tokens.ts';
import { compose } from './compose.ts';
import type { ComposeInput } from './compose.ts';
import type { SizedPart } from './count.ts';

type Piece = readonly [part: SizedPart, tokens: number];

const NO_OUTPUT = { text: '', reasoning: '', toolCalls: '' };

function sizedOf(pieces: readonly Piece[], unsizedMedia = 0, exact = true): ComposeInput['sized'] {
  const segmentCounts = pieces.map(([, tokens]) => tokens);
  return { parts: pieces.map(([part]) => part), unsizedMedia, counts: () => ({ segmentCounts, exact }) };
}

function composed(
  pieces: readonly Piece[],
  usage: Usage,
  more: Partial<ComposeInput> & { unsizedMedia?: number } = {},
): Composition {
  return compose({
    sized: sizedOf(pieces, more.unsizedMedia),
    usage,
    output: NO_OUTPUT,
    family: 'openai',
    ...more,
  });
}

function total(parts: Composition['input'] | Composition['output']): number {
  return Object.values(parts).reduce((sum: number, tokens) => sum + (tokens ?? 0), 0);
}

const CHAT: readonly Piece[] = [
  ['system', 100],
  ['history', 40],
  ['user', 10],
];

describe('the parts of the input', () => {
  it.each<[string, Composition, Partial<Composition>]>([
    [
      'our counts stand and the gap is overhead',
      composed(CHAT, { freshIn: 165 }),
      { basis: 'exact', input: { system: 100, history: 40, user: 10, overhead: 15 } },
    ],
    [
      'cached tokens are input too',
      composed(CHAT, { freshIn: 37, cacheRead: 128 }),
      { input: { system: 100, history: 40, user: 10, overhead: 15 } },
    ],
    [
      'more than the total is scaled down to it',
      composed(CHAT, { freshIn: 75 }),
      { basis: 'estimated', input: { system: 50, history: 20, user: 5 } },
    ],
    [
      'another tokenizer is scaled up, framing aside',
      composed(CHAT, { freshIn: 195 }, { family: 'anthropic' }),
      { basis: 'estimated', input: { system: 120, history: 48, user: 12, overhead: 15 } },
    ],
    [
      'what no tokenizer explains is overhead',
      composed(CHAT, { freshIn: 1_000 }, { family: 'anthropic' }),
      { input: { system: 158, history: 63, user: 16, overhead: 763 } },
    ],
    [
      'the model names the tokenizer before the provider does',
      composed(CHAT, { freshIn: 195 }, { family: 'openrouter', model: 'openai/gpt-4o-mini' }),
      { basis: 'exact' },
    ],
    [
      'older models cut otherwise',
      composed(CHAT, { freshIn: 165 }, { model: 'gpt-4-0613' }),
      { basis: 'estimated' },
    ],
    [
      'media of unknown size take the gap after framing',
      composed([...CHAT, ['media', 0]], { freshIn: 1_165 }, { unsizedMedia: 1 }),
      { basis: 'estimated', input: { system: 100, history: 40, user: 10, media: 1_000, overhead: 15 } },
    ],
    [
      'beside such media text keeps its usual ratio',
      composed(
        [
          ['user', 100],
          ['media', 0],
        ],
        { freshIn: 1_629 },
        { unsizedMedia: 1, family: 'anthropic' },
      ),
      { input: { user: 122, media: 1_500, overhead: 7 } },
    ],
    [
      'media that the provider reports are its own',
      composed(CHAT, { freshIn: 160, audioIn: 300 }),
      { input: { system: 100, history: 40, user: 10, media: 300, overhead: 10 } },
    ],
    [
      'a tool prompt of the provider is overhead',
      composed(CHAT, { freshIn: 150, toolPromptIn: 20 }),
      { input: { system: 100, history: 40, user: 10, overhead: 20 } },
    ],
    [
      'an unseen prompt is unknown, not zero',
      composed(CHAT, { freshIn: 500 }, { inputKnown: false }),
      { basis: 'unknown', input: { unknown: 500 } },
    ],
    [
      'so is one without segments',
      composed([], { freshIn: 500 }),
      { basis: 'unknown', input: { unknown: 500 } },
    ],
    ['nothing reported leaves nothing to divide', composed(CHAT, {}), { input: {} }],
  ])('%s', (_name, result, expected) => {
    expect(result).toMatchObject(expected);
    expect(total(result.input)).toBe(
      expected.input === undefined ? total(result.input) : total(expected.input),
    );
  });

  it('is estimated while a segment is', () => {
    const sized = sizedOf(CHAT, 0, false);
    expect(compose({ sized, usage: { freshIn: 165 }, output: NO_OUTPUT, family: 'openai' }).basis).toBe(
      'estimated',
    );
  });
});

describe('the parts of the output', () => {
  const output = (usage: Usage, said: Partial<typeof NO_OUTPUT>): Composition['output'] =>
    compose({ sized: sizedOf(CHAT), usage, output: { ...NO_OUTPUT, ...said }, family: 'openai' }).output;

  it('takes reasoning as reported and splits the rest by what was said', () => {
    const said = { text: 'one two three four', toolCalls: 'one two three four' };
    expect(output({ textOut: 100, reasoningOut: 60 }, said)).toEqual({
      text: 50,
      toolCalls: 50,
      reasoning: 60,
    });
  });

  it('finds reasoning inside the total where none is reported apart', () => {
    expect(output({ textOut: 90 }, { text: 'a b c', reasoning: 'a b c d e f' })).toEqual({
      text: 30,
      reasoning: 60,
    });
  });

  it('counts audio and images as text, and output that left no trace too', () => {
    expect(output({ textOut: 5, audioOut: 7, imageOut: 8 }, { toolCalls: 'call {}' })).toEqual({
      text: 15,
      toolCalls: 5,
    });
    expect(output({ textOut: 9 }, {})).toEqual({ text: 9 });
    expect(output({}, { text: 'unreported' })).toEqual({});
  });
});

describe('whatever the usage and the segments', () => {
  const tokens = fc.oneof(fc.nat(50), fc.nat(200_000), fc.nat(2_000_000_000));
  const part = fc.constantFrom<SizedPart[]>('system', 'tools', 'history', 'retrieval', 'user', 'media');
  const usage = fc.record(Object.fromEntries(BUCKET_NAMES.map((bucket) => [bucket, tokens])), {
    requiredKeys: [],
  }) as fc.Arbitrary<Usage>;
  const text = fc.string({ maxLength: 50 });
  const call = fc.record({
    pieces: fc.array(fc.tuple(part, tokens), { maxLength: 12 }),
    unsizedMedia: fc.nat(2),
    exact: fc.boolean(),
    usage,
    output: fc.record({ text, reasoning: text, toolCalls: text }),
    family: fc.constantFrom('openai', 'anthropic', 'mistral', 'simulator', ''),
    model: fc.constantFrom('', 'gpt-4o', 'gpt-4', 'claude-sonnet-4', 'o3-mini'),
    inputKnown: fc.boolean(),
  });

  it('parts sum exactly to the totals, are whole, never negative, and the same each time', () => {
    fc.assert(
      fc.property(call, ({ pieces, unsizedMedia, exact, ...rest }) => {
        const input = { ...rest, sized: sizedOf(pieces, unsizedMedia, exact) };
        const result = compose(input);
        expect(total(result.input)).toBe(sideTotal(rest.usage, 'input'));
        expect(total(result.output)).toBe(sideTotal(rest.usage, 'output'));
        for (const [name, count] of [...Object.entries(result.input), ...Object.entries(result.output)]) {
          expect([...INPUT_PARTS, ...OUTPUT_PARTS]).toContain(name);
          expect(Number.isInteger(count) && count > 0).toBe(true);
        }
        expect(compose(input)).toEqual(result);
      }),
      { numRuns: 500 },
    );
  });

  it('fees are no tokens', () => {
    const fees = BUCKET_NAMES.filter((bucket) => BUCKETS[bucket].side === 'fee');
    const result = composed(CHAT, Object.fromEntries(fees.map((bucket) => [bucket, 3])));
    expect([result.input, result.output]).toEqual([{}, {}]);
  });

  it('does not throw on usage that no provider should report', () => {
    for (const wrong of [Number.NaN, -5, Infinity, 1.5]) {
      expect(() =>
        composed(CHAT, {
          freshIn: wrong,
          audioIn: wrong,
          toolPromptIn: wrong,
          textOut: wrong,
          reasoningOut: wrong,
        }),
      ).not.toThrow();
    }
  });
});
