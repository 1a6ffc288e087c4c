import { describe, expect, it } from 'vitest';

import { readRequest as readConverse } from './bedrock-converse/request.ts';
import { readRequest as readInvoke } from './bedrock-invoke/request.ts';
import { readRequest as readGenerate } from './google-generate/request.ts';
import type { JsonObject, Target } from './wire.ts';

const target = (action: string, more: Partial<Target> = {}): Target => ({
  endpoint: 'inference',
  model: 'm',
  body: 'json',
  action,
  ...more,
});
const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];
const generate = (body: JsonObject, action = 'generateContent') => readGenerate(body, target(action));
const messages = [{ role: 'user', content: [{ text: 'hi' }] }];
const converse = (body: JsonObject, action = 'converse') => readConverse(body, target(action));

describe('Google’s requests', () => {
  it('take their model and whether they stream from the path', () => {
    expect(generate({ contents })).toMatchObject({ model: 'm', stream: false, answers: 1, usageAsked: true });
    expect(generate({ contents }, 'streamGenerateContent')).toMatchObject({ stream: true });
  });

  it.each([
    [{ generationConfig: { maxOutputTokens: 9, candidateCount: 2 } }],
    [{ generation_config: { max_output_tokens: 9, candidate_count: 2 } }],
  ])('are read under both spellings: %j', (more) =>
    expect(generate({ contents, ...more })).toMatchObject({ maxOutputTokens: 9, answers: 2 }),
  );

  it('bring Vertex’s labels as attribution', () =>
    expect(generate({ contents, labels: { team: 'a', count: 3 } })).toMatchObject({
      metadata: { team: 'a' },
    }));

  it('hide what Google has cached', () => {
    expect(generate({ contents, cachedContent: 'cachedContents/x' })).toMatchObject({ promptHidden: true });
    expect(generate({ contents })).not.toHaveProperty('promptHidden');
  });

  it.each([
    ['generateContent', {}, 'contents'],
    ['generateContent', { contents: 'hi' }, 'contents'],
    ['streamGenerateContent', { contents, tools: {} }, 'tools'],
    ['generateContent', { contents, generationConfig: { maxOutputTokens: '9' } }, 'maxOutputTokens'],
    ['generateContent', { contents, generationConfig: { candidateCount: 0 } }, 'candidateCount'],
    ['embedContent', {}, 'content'],
    ['batchEmbedContents', { requests: {} }, 'requests'],
  ] as const)('of %s are refused: %j', (action, body, parameter) =>
    expect(generate(body, action)).toMatchObject({ code: 'setpoint_bad_request', parameter }),
  );

  it.each([
    ['countTokens', {}],
    ['generateContent', { contents: { parts: [] }, unheard_of: 1, generationConfig: null, labels: 5 }],
  ] as const)('of %s are left to the provider: %j', (action, body) =>
    expect(generate(body, action)).not.toHaveProperty('code'),
  );
});

describe('Converse requests', () => {
  it('take their model and whether they stream from the path', () => {
    expect(converse({ messages })).toMatchObject({ model: 'm', stream: false });
    expect(converse({ messages }, 'converse-stream')).toMatchObject({ stream: true });
  });

  it('bring limit and attribution', () =>
    expect(
      converse({ messages, inferenceConfig: { maxTokens: 7 }, requestMetadata: { team: 'a', no: 1 } }),
    ).toMatchObject({ maxOutputTokens: 7, metadata: { team: 'a' } }));

  it('may leave their messages to a prompt that Bedrock keeps', () =>
    expect(converse({})).toMatchObject({ promptHidden: true }));

  it.each([
    [{ messages: [] }, 'messages'],
    [{ messages: [{ content: [] }] }, 'messages[0].role'],
    [{ messages, inferenceConfig: { maxTokens: -1 } }, 'maxTokens'],
  ] as const)('are refused: %j', (body, parameter) =>
    expect(converse(body)).toMatchObject({ code: 'setpoint_bad_request', parameter }),
  );
});

describe('InvokeModel requests', () => {
  it.each([
    [{ max_tokens: 5 }, 5],
    [{ max_gen_len: 6 }, 6],
    [{ textGenerationConfig: { maxTokenCount: 7 } }, 7],
    [{ inferenceConfig: { max_new_tokens: 8 } }, 8],
    [{ inferenceConfig: { maxTokens: 9 } }, 9],
    [{ max_tokens: 'x', max_gen_len: -1 }, undefined],
    [{}, undefined],
  ])('%j are limited to %s tokens', (body, maxOutputTokens) =>
    expect(readInvoke(body, target('invoke'))).toMatchObject({ model: 'm', stream: false, maxOutputTokens }),
  );

  it('stream by their path', () =>
    expect(readInvoke({}, target('invoke-with-response-stream'))).toMatchObject({ stream: true }));
});
