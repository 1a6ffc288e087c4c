import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { segments as converse } from './bedrock-converse/segments.ts';
import { segments as invoke } from './bedrock-invoke/segments.ts';
import { segments as generate } from './google-generate/segments.ts';
import type { JsonObject, RetrievalHints, Segment } from './wire.ts';

const NO_HINTS: RetrievalHints = { leadingParts: undefined, delimiters: [] };
const shown = (cut: readonly Segment[]): string[] => cut.map(({ part, text }) => `${part}: ${text}`);

describe('Google’s requests are cut', () => {
  const body: JsonObject = {
    systemInstruction: { parts: [{ text: 'Be brief.' }] },
    tools: [{ functionDeclarations: [{ name: 'f' }] }],
    generationConfig: { responseSchema: { type: 'object' } },
    contents: [
      { role: 'user', parts: [{ text: 'first' }] },
      {
        role: 'model',
        parts: [
          { text: 'hm', thought: true, thoughtSignature: 'x' },
          { functionCall: { name: 'f', args: { a: 1 } } },
        ],
      },
      { role: 'user', parts: [{ functionResponse: { name: 'f', response: { b: 2 } } }] },
      {
        role: 'user',
        parts: [
          { text: 'See <context>found</context> now' },
          { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
        ],
      },
      {
        role: 'model',
        parts: [{ executableCode: { code: 'print(1)' } }, { codeExecutionResult: { output: '1' } }],
      },
    ],
  };

  it('into parts', () =>
    expect(shown(generate(body, NO_HINTS))).toEqual([
      'tools: [{"functionDeclarations":[{"name":"f"}]}]',
      'tools: {"type":"object"}',
      'system: Be brief.',
      'history: first',
      'history: f {"a":1}',
      'history: f {"b":2}',
      'user: See ',
      'retrieval: <context>found</context>',
      'user:  now',
      'media: ',
      'history: print(1)',
      'history: 1',
    ]));

  it('the same under the other spelling', () =>
    expect(
      shown(
        generate(
          {
            system_instruction: { parts: { text: 'S' } },
            contents: [{ parts: [{ text: 'a' }, { inline_data: {} }] }],
          },
          { ...NO_HINTS, leadingParts: 1 },
        ),
      ),
    ).toEqual(['system: S', 'retrieval: a', 'media: ']));

  it('where texts are embedded', () =>
    expect(
      shown(
        generate(
          { requests: [{ content: { parts: [{ text: 'a' }] } }, { content: { parts: [{ text: 'b' }] } }] },
          NO_HINTS,
        ),
      ),
    ).toEqual(['user: a', 'user: b']));
});

describe('Converse requests are cut', () => {
  it('into parts', () =>
    expect(
      shown(
        converse(
          {
            system: [{ text: 'Be brief.' }, { cachePoint: { type: 'default' } }],
            toolConfig: { tools: [{ toolSpec: { name: 'f' } }] },
            messages: [
              { role: 'user', content: [{ text: 'first' }] },
              { role: 'assistant', content: [{ toolUse: { name: 'f', input: { a: 1 } } }] },
              {
                role: 'user',
                content: [{ toolResult: { content: [{ json: { b: 2 } }, { text: 'c' }, { image: {} }] } }],
              },
              {
                role: 'user',
                content: [
                  { document: { name: 'd' } },
                  { searchResult: { title: 'T', content: [{ text: 'found' }] } },
                  { text: 'question' },
                ],
              },
            ],
          },
          NO_HINTS,
        ),
      ),
    ).toEqual([
      'tools: [{"toolSpec":{"name":"f"}}]',
      'system: Be brief.',
      'history: first',
      'history: f {"a":1}',
      'history: {"b":2}',
      'history: c',
      'media: ',
      'media: ',
      'retrieval: T',
      'retrieval: found',
      'user: question',
    ]));
});

describe('InvokeModel requests are cut', () => {
  it.each<[name: string, body: JsonObject, expected: string[]]>([
    [
      'as Anthropic’s',
      { anthropic_version: 'bedrock-2023-05-31', system: 'S', messages: [{ role: 'user', content: 'hi' }] },
      ['system: S', 'user: hi'],
    ],
    [
      'as Converse’s',
      { system: [{ text: 'S' }], messages: [{ role: 'user', content: [{ text: 'hi' }] }] },
      ['system: S', 'user: hi'],
    ],
    [
      'as OpenAI’s',
      {
        messages: [
          { role: 'system', content: 'S' },
          { role: 'user', content: 'hi' },
        ],
      },
      ['system: S', 'user: hi'],
    ],
    ['as a prompt', { prompt: 'hi <context>c</context>' }, ['user: hi ', 'retrieval: <context>c</context>']],
    ['as an embedding', { texts: ['a', 5, 'b'] }, ['user: a', 'user: b']],
    [
      'as Cohere’s chat',
      {
        message: 'hi',
        preamble: 'S',
        chat_history: [{ role: 'USER', message: 'old' }],
        documents: [{ title: 'T', snippet: 'x' }],
      },
      ['user: hi', 'system: S', 'history: old', 'retrieval: T\nx'],
    ],
  ])('%s', (_, body, expected) => expect(shown(invoke(body, NO_HINTS))).toEqual(expected));
});

it('anything at all is cut without a throw', () => {
  const names = [
    'contents',
    'content',
    'messages',
    'system',
    'systemInstruction',
    'tools',
    'toolConfig',
    'prompt',
    'requests',
    'documents',
    'chat_history',
  ];
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom(...names),
        fc.oneof(
          fc.jsonValue(),
          fc.array(fc.dictionary(fc.constantFrom('parts', 'content', 'role', 'text'), fc.jsonValue())),
        ),
      ),
      fc.option(fc.nat(3), { nil: undefined }),
      (body, leadingParts) => {
        for (const cut of [generate, converse, invoke])
          for (const { text } of cut(body, { leadingParts, delimiters: [['a', 'b']] }))
            expect(typeof text).toBe('string');
      },
    ),
    { numRuns: 500 },
  );
});
