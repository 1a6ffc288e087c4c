import { expect, test } from 'vitest';

import { readRequest as readAnthropic } from './anthropic/read.ts';
import { countTokens } from './counting.ts';
import { isProblem } from './dialect.ts';
import type { Ask, Problem } from './dialect.ts';
import type { JsonObject } from './json.ts';
import { readRequest as readOpenAi } from './openai/read.ts';
import { countInput, createPrefixMemory } from './prefixes.ts';

const LONG = Array.from({ length: 400 }, (_, at) => `Rule ${at} applies.`).join(' '); // about 2,000 tokens

function valid(ask: Ask | Problem): Ask {
  if (isProblem(ask)) throw new Error(ask.message);
  return ask;
}
const chat = (...texts: string[]) =>
  valid(readOpenAi({ model: 'm', messages: texts.map((content) => ({ role: 'user', content })) }));
const message = (fields: JsonObject) =>
  valid(
    readAnthropic({ model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }], ...fields }),
  );
const marked = (text: string, ttl?: string) => ({
  type: 'text',
  text,
  cache_control: { type: 'ephemeral', ...(ttl === undefined ? {} : { ttl }) },
});

test('OpenAI: a repeated prefix of at least 1,024 tokens is read in steps of 128', () => {
  const memory = createPrefixMemory(() => 0);
  expect(memory.take(chat(LONG, 'one')).cacheRead).toBe(0);
  const second = memory.take(chat(LONG, 'two'));
  const steps = Math.floor(countTokens(LONG) / 128);
  expect(steps).toBeGreaterThan(8);
  expect(second.cacheRead).toBe(steps * 128);
  expect(second.freshInput + second.cacheRead).toBe(countInput(chat(LONG, 'two')));
});

test('OpenAI: short prompts are never cached, and another model shares nothing', () => {
  const memory = createPrefixMemory(() => 0);
  for (let time = 0; time < 2; time += 1) expect(memory.take(chat('short')).cacheRead).toBe(0);
  memory.take(chat(LONG));
  expect(memory.take({ ...chat(LONG), model: 'other' }).cacheRead).toBe(0);
});

test('OpenAI: what was not used for five minutes is forgotten', () => {
  let nowMs = 0;
  const memory = createPrefixMemory(() => nowMs);
  memory.take(chat(LONG));
  nowMs = 5 * 60_000;
  expect(memory.take(chat(LONG)).cacheRead).toBe(0);
  nowMs += 5 * 60_000 - 1;
  expect(memory.take(chat(LONG)).cacheRead).toBeGreaterThan(0);
});

test('Anthropic: a mark writes once and is read after, split by lifetime', () => {
  const memory = createPrefixMemory(() => 0);
  const ask = () => message({ system: [marked(LONG, '1h'), marked(`${LONG} more`)] });
  const first = memory.take(ask());
  expect(first).toMatchObject({
    cacheRead: 0,
    cacheWrite1h: countTokens(LONG),
    cacheWrite5m: countTokens(`${LONG} more`),
  });
  const second = memory.take(ask());
  expect(second).toMatchObject({
    cacheRead: first.cacheWrite1h + first.cacheWrite5m,
    cacheWrite1h: 0,
    cacheWrite5m: 0,
  });
  expect(second.freshInput).toBe(first.freshInput);
});

test('Anthropic: without a mark, or below 1,024 tokens, nothing is cached', () => {
  const memory = createPrefixMemory(() => 0);
  for (let time = 0; time < 2; time += 1) {
    expect(memory.take(message({ system: LONG }))).toMatchObject({ cacheRead: 0, cacheWrite5m: 0 });
    expect(memory.take(message({ system: [marked('short')] }))).toMatchObject({
      cacheRead: 0,
      cacheWrite5m: 0,
    });
  }
});

test('Anthropic: after five minutes only the hour is left', () => {
  let nowMs = 0;
  const memory = createPrefixMemory(() => nowMs);
  const ask = () => message({ system: [marked(LONG, '1h'), marked(`${LONG} more`)] });
  memory.take(ask());
  nowMs = 6 * 60_000;
  expect(memory.take(ask())).toMatchObject({
    cacheRead: countTokens(LONG),
    cacheWrite1h: 0,
    cacheWrite5m: countTokens(`${LONG} more`),
  });
});
