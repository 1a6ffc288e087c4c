import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { segments as anthropic } from '../../src/gateway/wires/anthropic-messages/segments.ts';
import { segments as openai } from '../../src/gateway/wires/openai-chat/segments.ts';
import type { JsonObject, RetrievalHints, Segment } from '../../src/gateway/wires/wire.ts';

/** One line of the table: what a request is cut into, as `part: text` in order; media as `media` or `media: tokens`. */
type Case = readonly [
  name: string,
  body: JsonObject,
  expected: readonly string[],
  hints?: Partial<RetrievalHints>,
];

function written(segment: Segment): string {
  if (segment.part !== 'media') return `${segment.part}: ${segment.shown?.() ?? segment.text}`;
  return segment.tokens === undefined ? 'media' : `media: ${segment.tokens}`;
}

function cutUp(cut: typeof openai, [, body, , hints]: Case): string[] {
  return cut(body, { leadingParts: undefined, delimiters: [], ...hints }).map(written);
}

const user = (content: unknown): JsonObject => ({ role: 'user', content }) as JsonObject;
const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
const lowImage = { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } };

const OPENAI: readonly Case[] = [
  ['a question', { messages: [user('hi')] }, ['user: hi']],
  [
    'system and developer messages, wherever they stand',
    {
      messages: [
        { role: 'system', content: 'be brief' },
        user('hi'),
        { role: 'developer', content: [{ type: 'text', text: 'now' }] },
      ],
    },
    ['system: be brief', 'user: hi', 'system: now'],
  ],
  [
    "earlier turns are history, the agent's steps after the question too",
    {
      messages: [
        user('one'),
        { role: 'assistant', content: 'two' },
        user('three'),
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'find', arguments: '{"a":1}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'found' },
      ],
    },
    ['history: one', 'history: two', 'user: three', 'history: find {"a":1}', 'history: found'],
  ],
  [
    'tools, functions and the schema of the answer',
    {
      tools: [{ type: 'function', function: { name: 'now' } }],
      functions: [{ name: 'old' }],
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: {} } },
      messages: [],
    },
    [
      'tools: type now = () => any;\n\n',
      'tools: type old = () => any;\n\n',
      'tools: {"name":"answer","schema":{}}',
    ],
  ],
  [
    'leading parts by hint',
    { messages: [user([{ type: 'text', text: 'page' }, image, { type: 'text', text: 'why?' }])] },
    ['retrieval: page', 'media', 'user: why?'],
    { leadingParts: 2 },
  ],
  ['a plain text is one part', { messages: [user('page')] }, ['retrieval: page'], { leadingParts: 1 }],
  [
    'marks in the last question, but not in earlier ones',
    { messages: [user('<context>a</context> b'), user('<context>c</context> d')] },
    ['history: <context>a</context> b', 'retrieval: <context>c</context>', 'user:  d'],
  ],
  [
    'marks of the workflow',
    { messages: [user('{{kb}}x{{/kb}}y')] },
    ['retrieval: {{kb}}x{{/kb}}', 'user: y'],
    { delimiters: [['{{kb}}', '{{/kb}}']] },
  ],
  [
    'media of any turn, at low detail by formula',
    {
      model: 'gpt-4o-2024-08-06',
      messages: [
        user([lowImage, image]),
        user([
          { type: 'input_audio', input_audio: {} },
          { type: 'file', file: {} },
        ]),
      ],
    },
    ['media: 85', 'media', 'media', 'media'],
  ],
  [
    'low detail of a model that prices patches',
    { model: 'gpt-4.1-mini', messages: [user([lowImage])] },
    ['media'],
  ],
  [
    'refusals, audio and calls of the old kind',
    {
      messages: [
        user('q'),
        {
          role: 'assistant',
          content: [{ type: 'refusal', refusal: 'no' }],
          function_call: { name: 'f', arguments: '{}' },
          audio: { id: 'a' },
        },
      ],
    },
    ['user: q', 'history: no', 'media', 'history: f {}'],
  ],
  [
    'wrong types are left out',
    {
      tools: 'x',
      messages: [
        null,
        3,
        [],
        { role: 'user', content: 5 },
        { role: 'assistant', tool_calls: [null, { function: 3 }] },
      ],
    },
    [],
  ],
];

const ANTHROPIC: readonly Case[] = [
  ['a question', { system: 'be brief', messages: [user('hi')] }, ['system: be brief', 'user: hi']],
  [
    'system blocks',
    {
      system: [
        { type: 'text', text: 'a', cache_control: { type: 'ephemeral' } },
        { type: 'text', text: 'b' },
      ],
      messages: [],
    },
    ['system: a', 'system: b'],
  ],
  [
    'tools without the settings of the cache',
    {
      tools: [
        { name: 'f', description: 'd', input_schema: { type: 'object' }, cache_control: {} },
        { type: 'web_search_20250305', name: 'web_search', max_uses: 5 },
      ],
      messages: [],
    },
    [
      'tools: {"name":"f","description":"d","input_schema":{"type":"object"}}{"type":"web_search_20250305","name":"web_search"}',
    ],
  ],
  [
    'the schema of the answer',
    { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } }, messages: [] },
    ['tools: {"type":"object"}'],
  ],
  [
    "a user message of tool results alone is the agent's own step",
    {
      messages: [
        user('one'),
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'wait' },
            { type: 'tool_use', id: 't', name: 'find', input: { a: 1 } },
          ],
        },
        user([
          {
            type: 'tool_result',
            tool_use_id: 't',
            content: [
              { type: 'text', text: 'found' },
              { type: 'image', source: {} },
            ],
          },
        ]),
      ],
    },
    ['user: one', 'history: wait', 'history: find {"a":1}', 'history: found', 'media'],
  ],
  [
    'tool results beside a question are history',
    {
      messages: [
        user([
          { type: 'tool_result', tool_use_id: 't', content: 'found' },
          { type: 'text', text: 'and?' },
        ]),
      ],
    },
    ['history: found', 'user: and?'],
  ],
  [
    'documents and search results of this turn are retrieval',
    {
      messages: [
        user([
          {
            type: 'document',
            title: 'T',
            context: 'C',
            source: { type: 'text', media_type: 'text/plain', data: 'D' },
          },
          { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'E' }] } },
          { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'AAAA' } },
          { type: 'search_result', source: 'S', title: 'R', content: [{ type: 'text', text: 'F' }] },
          { type: 'text', text: 'q' },
        ]),
        { role: 'assistant', content: [{ type: 'thinking', thinking: 'hm', signature: 's' }] },
        user([
          {
            type: 'tool_result',
            tool_use_id: 't',
            content: [
              { type: 'search_result', source: 'X', title: 'Y', content: [{ type: 'text', text: 'Z' }] },
            ],
          },
        ]),
      ],
    },
    [
      'retrieval: T',
      'retrieval: C',
      'retrieval: D',
      'retrieval: E',
      'media',
      'retrieval: S',
      'retrieval: R',
      'retrieval: F',
      'user: q',
      'history: hm',
      'retrieval: X',
      'retrieval: Y',
      'retrieval: Z',
    ],
  ],
  [
    'those of earlier turns are history, and their thinking is gone',
    {
      messages: [
        user([{ type: 'document', source: { type: 'text', data: 'D' } }]),
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm' },
            { type: 'text', text: 'a' },
          ],
        },
        user('q'),
      ],
    },
    ['history: D', 'history: a', 'user: q'],
  ],
  [
    'leading parts and marks',
    {
      messages: [
        user([
          { type: 'text', text: 'page' },
          { type: 'text', text: '<sources>a</sources>q' },
        ]),
      ],
    },
    ['retrieval: page', 'retrieval: <sources>a</sources>', 'user: q'],
    { leadingParts: 1 },
  ],
  [
    'a prefilled answer is history',
    { messages: [user('q'), { role: 'assistant', content: 'The' }] },
    ['user: q', 'history: The'],
  ],
  [
    'wrong types are left out',
    {
      system: 4,
      tools: {},
      messages: [
        null,
        user([null, 3, { type: 'document', source: 1 }, { type: 'text', text: {} }]),
        { role: 'assistant', content: { content: [[]] } },
      ],
    },
    [],
  ],
];

describe('segments of the openai-chat wire', () => {
  it.each(OPENAI.map((one) => [one[0], one] as const))('%s', (_name, one) => {
    expect(cutUp(openai, one)).toEqual(one[2]);
  });
});

describe('segments of the anthropic-messages wire', () => {
  it.each(ANTHROPIC.map((one) => [one[0], one] as const))('%s', (_name, one) => {
    expect(cutUp(anthropic, one)).toEqual(one[2]);
  });
});

describe.each([
  ['openai-chat', openai],
  ['anthropic-messages', anthropic],
])('%s, whatever the body', (_name, cut) => {
  const leaf = fc.oneof(
    fc.jsonValue({ maxDepth: 1 }),
    fc.constantFrom('user', 'system', 'assistant', 'text', 'document', 'image', 'tool_result', 'image_url'),
  );
  const { node } = fc.letrec((tie) => ({
    node: fc.oneof({ maxDepth: 5 }, leaf, fc.array(tie('node'), { maxLength: 3 }), tie('object')),
    object: fc.dictionary(
      fc.constantFrom(
        'role',
        'content',
        'type',
        'text',
        'source',
        'data',
        'title',
        'tool_calls',
        'function',
        'arguments',
        'name',
        'input',
        'image_url',
        'detail',
        'parameters',
        'properties',
      ),
      tie('node'),
      { maxKeys: 6 },
    ),
  }));
  const body = fc.record({
    messages: fc.oneof(fc.array(node, { maxLength: 6 }), node),
    system: node,
    tools: fc.oneof(fc.array(node, { maxLength: 3 }), node),
    model: node,
    response_format: node,
  });

  it('never throws, and every segment is one', () => {
    fc.assert(
      fc.property(body, fc.option(fc.integer(), { nil: undefined }), (junk, leadingParts) => {
        for (const { part, text, tokens } of cut(junk as JsonObject, {
          leadingParts,
          delimiters: [['[', ']']],
        })) {
          expect(['system', 'tools', 'history', 'retrieval', 'user', 'media']).toContain(part);
          expect(text === '').toBe(part === 'media');
          expect(tokens === undefined || Number.isInteger(tokens)).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('nesting without end is cut off', () => {
    let deep: JsonObject = { type: 'text', text: 'x' };
    for (let level = 0; level < 5_000; level += 1)
      deep = { type: 'tool_result', content: [deep], parameters: deep };
    expect(() =>
      cut({ messages: [user([deep])], tools: [deep], system: [deep] }, { leadingParts: 0, delimiters: [] }),
    ).not.toThrow();
  });

  it('segments of one turn come again in the next, so that their counts are remembered', () => {
    const turn = [user('first question'), { role: 'assistant', content: 'first answer' }];
    const texts = (messages: unknown[]): string[] =>
      cut({ messages } as JsonObject, { leadingParts: undefined, delimiters: [] }).map((one) => one.text);
    const next = texts([...turn, user('second question')]);
    for (const text of texts(turn)) expect(next).toContain(text);
  });
});
