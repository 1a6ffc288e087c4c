/** Public complaints 19 to 28: cached, long and tiered input, and which total is which. */
import { describe, expect, it } from 'vitest';

import { openPriceBook, seedPriceBook, withOverrides } from '../../../src/prices/prices.ts';
import { sideTotal } from '../../../src/units/tokens.ts';
import {
  answers,
  chargeOf,
  chat,
  chunk,
  completion,
  costOf,
  DONE,
  gateways,
  message,
  post,
  said,
  SMALL_USAGE,
  streams,
} from './world.ts';

const start = gateways();
const NOW = Date.parse('2026-07-20T12:00:00Z');

function messageWith(usage: object): object {
  return { id: 'msg_1', type: 'message', model: 'claude-sonnet-4-5', stop_reason: 'end_turn', usage };
}

/** Gemini by its own wire, at its own prices. */
const GEMINI = { name: 'google', dialect: 'google', models: ['*'], priceProvider: 'google' } as const;
const GENERATE = '/v1beta/models/gemini-2.5-pro:generateContent';
const CONTENTS = { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] };
function generated(usageMetadata: object): object {
  return {
    candidates: [{ content: { role: 'model', parts: [{ text: 'ok' }] }, finishReason: 'STOP' }],
    usageMetadata,
    modelVersion: 'gemini-2.5-pro',
  };
}

describe('cached, long-context and tier pricing', () => {
  it('19 pi#5603: a cache write of an hour costs twice the input, one of five minutes 1.25 times', async () => {
    const gateway = await start({
      provider: answers(
        messageWith({
          input_tokens: 0,
          output_tokens: 0,
          cache_creation_input_tokens: 300,
          cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
        }),
      ),
    });
    await (await message(gateway)).text();
    expect(costOf(gateway.settlements[0])).toBe(100n * 3_750_000n + 200n * 6_000_000n);
  });

  it('20 #11789: cache reads of a stream are charged as cache reads', async () => {
    const usage = { ...SMALL_USAGE, prompt_tokens_details: { cached_tokens: 10 } };
    const gateway = await start({ provider: streams([said('a'), chunk({ choices: [], usage })], DONE) });
    await (await chat(gateway, { stream: true })).text();
    await gateway.settled(1);
    expect(costOf(gateway.settlements[0])).toBe(2n * 2_500_000n + 10n * 1_250_000n + 3n * 10_000_000n);
  });

  it('21 #14849: cached tokens of Gemini are part of the prompt and charged once', async () => {
    const usage = {
      promptTokenCount: 1_000,
      cachedContentTokenCount: 900,
      candidatesTokenCount: 10,
      totalTokenCount: 1_010,
    };
    const gateway = await start({ providers: [GEMINI], provider: answers(generated(usage)) });
    await (await post(gateway, GENERATE, CONTENTS)).text();
    const charge = chargeOf(gateway.settlements[0]);
    expect(charge.usage).toMatchObject({ freshIn: 100, cacheRead: 900 });
    expect(sideTotal(charge.usage, 'input')).toBe(1_000);
    // gemini-2.5-pro up to 200,000: $1.25 fresh, $0.125 cached, $10 out, per million
    expect(costOf(gateway.settlements[0])).toBe(100n * 1_250_000n + 900n * 125_000n + 10n * 10_000_000n);
  });

  it('22 #11017: beyond 200,000 tokens of input the whole call has the higher price', async () => {
    const usageOf = (prompt: number) => ({
      promptTokenCount: prompt,
      candidatesTokenCount: 10,
      totalTokenCount: prompt + 10,
    });
    const gateway = await start({
      providers: [GEMINI],
      provider: (request, response) =>
        answers(generated(usageOf(request.body.includes('long') ? 200_001 : 200_000)))(request, response),
    });
    await (await post(gateway, GENERATE, CONTENTS)).text();
    await (await post(gateway, GENERATE, { contents: [{ role: 'user', parts: [{ text: 'long' }] }] })).text();
    const [short, long] = gateway.settlements.map(costOf);
    expect(short).toBe(200_000n * 1_250_000n + 10n * 10_000_000n);
    expect(long).toBe(200_001n * 2_500_000n + 10n * 15_000_000n);
  });

  it('23 #18599: output is text and reasoning, each charged once', async () => {
    const usage = {
      prompt_tokens: 15,
      completion_tokens: 78,
      total_tokens: 93,
      completion_tokens_details: { reasoning_tokens: 64 },
    };
    const gateway = await start({ provider: answers(completion(usage)) });
    await (await chat(gateway)).text();
    expect(chargeOf(gateway.settlements[0]).usage).toEqual({ freshIn: 15, textOut: 14, reasoningOut: 64 });
    expect(costOf(gateway.settlements[0])).toBe(15n * 2_500_000n + 78n * 10_000_000n);
  });

  it('24 #13810: the tier that was returned is charged, not the one that was asked for', async () => {
    const gateway = await start({
      provider: (request, response) => {
        const asked = (JSON.parse(request.body.toString()) as { service_tier: string }).service_tier;
        // Priority was asked for and not granted; flex was.
        const tier = asked === 'priority' ? 'default' : asked;
        answers(completion(SMALL_USAGE, { model: 'gpt-5', service_tier: tier }))(request, response);
      },
    });
    for (const tier of ['default', 'priority', 'flex'])
      await (await chat(gateway, { model: 'gpt-5', service_tier: tier })).text();
    const [standard, notGranted, flex] = gateway.settlements.map(costOf);
    expect(notGranted).toBe(standard);
    expect(flex! * 2n).toBe(standard);
  });

  it('25 #36094: a price cut of one provider changes no other’s, and no call before its day', async () => {
    const seed = await seedPriceBook();
    const cut = { provider: 'openai', model: 'gpt-4o', from: '2026-07-01', rates: { freshIn: '0.5' } };
    const [before, after] = [openPriceBook(seed), openPriceBook(withOverrides(seed, [cut]))];
    const ask = { model: 'gpt-4o', usage: { freshIn: 1_000_000 }, serviceTier: '', geo: '' };
    const price = (book: typeof before, provider: string, atMs: number) => {
      const cost = book.price({ ...ask, provider, atMs });
      return cost.kind === 'priced' ? cost.total : undefined;
    };
    expect(price(after, 'openai', NOW)).toBe(500_000_000_000n);
    expect(price(after, 'azure', NOW)).toBe(price(before, 'azure', NOW));
    const earlier = Date.parse('2026-06-30T23:59:59Z');
    expect(price(after, 'openai', earlier)).toBe(price(before, 'openai', earlier));
  });

  it('26 #19532: cache prices that were configured apply to Claude on Azure', async () => {
    const override = {
      provider: 'azure',
      model: 'claude-sonnet-4-5',
      rates: { freshIn: '3', cacheRead: '0.21', cacheWrite5m: '4', textOut: '15' },
    };
    const gateway = await start({
      providers: [{ name: 'azure', dialect: 'anthropic', models: ['*'], priceProvider: 'azure' }],
      rulebook: { prices: withOverrides(await seedPriceBook(), [override]) },
      provider: answers(
        messageWith({
          input_tokens: 1,
          output_tokens: 1,
          cache_read_input_tokens: 100,
          cache_creation_input_tokens: 10,
          cache_creation: { ephemeral_5m_input_tokens: 10 },
        }),
      ),
    });
    await (await message(gateway)).text();
    expect(costOf(gateway.settlements[0])).toBe(
      3_000_000n + 100n * 210_000n + 10n * 4_000_000n + 15_000_000n,
    );
  });

  it('27 Portkey#1754: input and output are the total, by whichever rule the provider counts its cache', async () => {
    const gateway = await start({
      provider: (request, response) =>
        answers(
          request.url.endsWith('/messages')
            ? messageWith({
                input_tokens: 100,
                cache_read_input_tokens: 900,
                cache_creation_input_tokens: 50,
                output_tokens: 30,
              })
            : completion({
                prompt_tokens: 1_050,
                completion_tokens: 30,
                total_tokens: 1_080,
                prompt_tokens_details: { cached_tokens: 900, cache_write_tokens: 50 },
              }),
        )(request, response),
    });
    await (await message(gateway)).text();
    await (await chat(gateway)).text();
    for (const { usage } of gateway.settlements.map(chargeOf))
      expect(sideTotal(usage, 'input') + sideTotal(usage, 'output')).toBe(1_080);
  });

  it('28 langfuse#12306: every line says how it was counted, and cache is in its input once', async () => {
    const outside = { input_tokens: 100, cache_read_input_tokens: 900, output_tokens: 30 };
    const inside = {
      prompt_tokens: 1_000,
      completion_tokens: 30,
      total_tokens: 1_030,
      prompt_tokens_details: { cached_tokens: 900 },
    };
    const gateway = await start({
      provider: (request, response) =>
        answers(request.url.endsWith('/messages') ? messageWith(outside) : completion(inside))(
          request,
          response,
        ),
    });
    await (await message(gateway)).text();
    await (await chat(gateway)).text();
    for (const charge of gateway.settlements.map(chargeOf))
      expect(charge).toMatchObject({
        basis: 'reported',
        usage: { freshIn: 100, cacheRead: 900, textOut: 30 },
      });
  });
});
