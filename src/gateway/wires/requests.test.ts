import { describe, expect, it } from 'vitest';

import { readRequest as readMessages } from './anthropic-messages/request.ts';
import { readRequest as readChat } from './openai-chat/request.ts';
import type { JsonObject } from './wire.ts';

const messages = [{ role: 'user', content: 'hi' }];
const chat = (more: JsonObject) => readChat({ model: 'm', messages, ...more });
const message = (more: JsonObject) =>
  readMessages({ model: 'm', messages, ...more }, { endpoint: 'inference' });

describe('both wires', () => {
  it.each([
    [{ model: '' }, 'model'],
    [{ model: ' ' }, 'model'],
    [{ model: 7 }, 'model'],
    [{ model: null }, 'model'],
    [{ messages: [] }, 'messages'],
    [{ messages: 'hi' }, 'messages'],
    [{ messages: [...messages, 'hi'] }, 'messages[1]'],
    [{ messages: [{ content: 'hi' }] }, 'messages[0].role'],
    [{ messages: [...messages, ...messages, { role: 1 }] }, 'messages[2].role'],
    [{ messages: [{ role: 'user', content: 5 }] }, 'messages[0].content'],
    [{ stream: 'true' }, 'stream'],
    [{ stream: 1 }, 'stream'],
    [{ max_tokens: -1 }, 'max_tokens'],
    [{ max_tokens: 1.5 }, 'max_tokens'],
    [{ max_tokens: '10' }, 'max_tokens'],
    [{ tools: {} }, 'tools'],
  ] as const)('refuse %j', (more, parameter) => {
    for (const read of [chat, message]) {
      expect(read(more)).toMatchObject({ code: 'setpoint_bad_request', status: 400, parameter });
    }
  });

  it('never quote the request in a refusal', () => {
    for (const read of [chat, message])
      expect(JSON.stringify(read({ stream: 'SECRET', messages }))).not.toContain('SECRET');
  });

  it.each([
    { unheard_of: { of: [1] }, temperature: 99, top_p: 'x', stop: 5 },
    { stream: null, max_tokens: null, tools: null, metadata: null },
    { max_tokens: 0 },
    {
      messages: [
        { role: 'critic', content: null },
        { role: 'assistant', content: [{ type: 'hologram' }] },
        { role: 'user' },
      ],
    },
    { metadata: { a: 1, b: { c: 2 } } },
  ])('take %j', (more) => {
    for (const read of [chat, message]) expect(read(more)).toMatchObject({ model: 'm', stream: false });
  });
});

describe('chat', () => {
  it.each([
    [{ n: 0 }, 'n'],
    [{ n: 1.5 }, 'n'],
    [{ max_completion_tokens: -5 }, 'max_completion_tokens'],
    [{ stream_options: [] }, 'stream_options'],
  ] as const)('refuses %j', (more, parameter) =>
    expect(chat(more)).toMatchObject({ code: 'setpoint_bad_request', parameter }),
  );

  it('reads limits, answers, and who asks', () => {
    expect(
      chat({ n: 3, max_tokens: 10, max_completion_tokens: 20, user: 'u', metadata: { a: 'b', c: 1 } }),
    ).toMatchObject({
      answers: 3,
      maxOutputTokens: 20,
      user: 'u',
      metadata: { a: 'b' },
      usageAsked: true,
    });
    expect(chat({})).toMatchObject({ answers: 1, maxOutputTokens: undefined, user: '' });
    expect(chat({ user: 7 })).toMatchObject({ user: '' });
  });

  it.each([
    [{ stream: true }, false],
    [{ stream: true, stream_options: null }, false],
    [{ stream: true, stream_options: { include_usage: false } }, false],
    [{ stream: true, stream_options: { include_usage: true } }, true],
    [{ stream: false }, true],
  ])('%j asked for usage: %s', (more, usageAsked) => expect(chat(more)).toMatchObject({ usageAsked }));
});

describe('messages', () => {
  it('reads limits and metadata, and needs no limit', () => {
    expect(message({ max_tokens: 9, stream: true, metadata: { user_id: 'u' } })).toMatchObject({
      maxOutputTokens: 9,
      stream: true,
      answers: 1,
      usageAsked: true,
      metadata: { user_id: 'u' },
    });
    expect(message({})).toMatchObject({ maxOutputTokens: undefined });
  });

  it('a token count is no stream', () =>
    expect(readMessages({ model: 'm', messages, stream: true }, { endpoint: 'count-tokens' })).toMatchObject({
      stream: false,
    }));
});
