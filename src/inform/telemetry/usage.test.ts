import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BUCKETS, BUCKET_NAMES, sideTotal } from '../../units/tokens.ts';
import type { Usage } from '../../units/tokens.ts';
import type { AttributeValue } from './otlp.ts';
import { readUsage } from './usage.ts';

type Case = readonly [
  name: string,
  attributes: Record<string, AttributeValue>,
  usage: Usage | undefined,
  flag?: RegExp,
];

const CASES: readonly Case[] = [
  [
    'GenAI, plain',
    { 'gen_ai.usage.input_tokens': 12, 'gen_ai.usage.output_tokens': 5 },
    { freshIn: 12, textOut: 5 },
  ],
  [
    'GenAI: cache is inside the input, never added again (langfuse 12306, 14249, 12635, 10592, 9386, 13988)',
    {
      'gen_ai.usage.input_tokens': 1_248,
      'gen_ai.usage.cache_read.input_tokens': 1_152,
      'gen_ai.usage.output_tokens': 30,
    },
    { freshIn: 96, cacheRead: 1_152, textOut: 30 },
  ],
  [
    'GenAI: cache writes and reasoning are inside too',
    {
      'gen_ai.usage.input_tokens': 2_000,
      'gen_ai.usage.cache_read.input_tokens': 500,
      'gen_ai.usage.cache_creation.input_tokens': 1_000,
      'gen_ai.usage.output_tokens': 300,
      'gen_ai.usage.reasoning.output_tokens': 200,
    },
    { freshIn: 500, cacheRead: 500, cacheWriteUnknown: 1_000, textOut: 100, reasoningOut: 200 },
  ],
  [
    'names of before 1.37, and of Traceloop',
    { 'gen_ai.usage.prompt_tokens': 9, 'gen_ai.usage.completion_tokens': 3 },
    { freshIn: 9, textOut: 3 },
  ],
  [
    'OpenInference',
    {
      'llm.token_count.prompt': 100,
      'llm.token_count.completion': 40,
      'llm.token_count.prompt_details.cache_read': 60,
      'llm.token_count.completion_details.reasoning': 10,
    },
    { freshIn: 40, cacheRead: 60, textOut: 30, reasoningOut: 10 },
  ],
  [
    'two conventions in one span are two names of one value',
    { 'gen_ai.usage.input_tokens': 12, 'llm.token_count.prompt': 12, 'gen_ai.usage.output_tokens': 5 },
    { freshIn: 12, textOut: 5 },
  ],
  [
    'a sender that counts cache beside the input is taken at its word and flagged',
    {
      'gen_ai.usage.input_tokens': 50,
      'gen_ai.usage.cache_read.input_tokens': 4_000,
      'gen_ai.usage.output_tokens': 5,
    },
    { freshIn: 50, cacheRead: 4_000, textOut: 5 },
    /exceed/,
  ],
  [
    'counts as text',
    { 'gen_ai.usage.input_tokens': '7', 'gen_ai.usage.output_tokens': '2' },
    { freshIn: 7, textOut: 2 },
  ],
  [
    'embeddings have no output',
    { 'gen_ai.operation.name': 'embeddings', 'gen_ai.usage.input_tokens': 8 },
    { freshIn: 8 },
  ],
  [
    'half a report is flagged',
    { 'gen_ai.usage.input_tokens': 8 },
    { freshIn: 8 },
    /output tokens not reported/,
  ],
  ['no report is none, not zero', { 'gen_ai.request.model': 'gpt-4o' }, undefined],
  [
    'nonsense is none',
    { 'gen_ai.usage.input_tokens': -3, 'gen_ai.usage.output_tokens': 1.5 },
    undefined,
    /whole number/,
  ],
];

describe('usage of a span', () => {
  it.each(CASES.map(([name, attributes, usage, flag]) => ({ name, attributes, usage, flag })))(
    '$name',
    ({ attributes, usage, flag }) => {
      const read = readUsage(new Map(Object.entries(attributes)));
      expect(read.usage).toEqual(usage);
      if (flag === undefined) expect(read.flag).toBe('');
      else expect(read.flag).toMatch(flag);
    },
  );

  it('buckets sum to what was reported wherever parts fit their whole', () => {
    const count = fc.nat({ max: 1_000_000 });
    fc.assert(
      fc.property(count, count, count, count, count, (input, output, read, written, reasoning) => {
        const { usage = {}, flag } = readUsage(
          new Map<string, AttributeValue>([
            ['gen_ai.usage.input_tokens', input],
            ['gen_ai.usage.output_tokens', output],
            ['gen_ai.usage.cache_read.input_tokens', read],
            ['gen_ai.usage.cache_creation.input_tokens', written],
            ['gen_ai.usage.reasoning.output_tokens', reasoning],
          ]),
        );
        for (const bucket of BUCKET_NAMES) expect(usage[bucket] ?? 0).toBeGreaterThanOrEqual(0);
        const inside = read + written <= input;
        expect(sideTotal(usage, 'input')).toBe(inside ? input : input + read + written);
        expect(sideTotal(usage, 'output')).toBe(reasoning <= output ? output : output + reasoning);
        expect(flag !== '').toBe(!inside || reasoning > output);
        expect(Object.keys(usage).every((bucket) => bucket in BUCKETS)).toBe(true);
      }),
    );
  });
});
