/** Public complaints 1 to 12: usage of streamed answers. Each is one test on a running gateway. */
import { describe, expect, it } from 'vitest';

import { sideTotal } from '../../../src/units/tokens.ts';
import {
  answers,
  chargeOf,
  chat,
  CHAT,
  chunk,
  completion,
  costOf,
  DONE,
  gateways,
  message,
  MESSAGE_STOP,
  messageDelta,
  messageStart,
  post,
  readAndLeave,
  said,
  sendJson,
  SMALL_USAGE,
  sse,
  streams,
  textDelta,
} from './world.ts';

const start = gateways();

/** Claude by Vertex AI, on Anthropic's wire. */
const VERTEX = { dialect: 'anthropic', models: ['claude-*'], priceProvider: 'google' } as const;

describe('streaming usage', () => {
  it('1 #37923: a streamed answer costs what the same answer costs unstreamed', async () => {
    const usage = {
      input_tokens: 10,
      cache_read_input_tokens: 900,
      cache_creation_input_tokens: 50,
      output_tokens: 70,
    };
    const gateway = await start({
      providers: [VERTEX],
      provider: (request, response) =>
        request.body.includes('"stream":true')
          ? streams([
              messageStart({ ...usage, output_tokens: 1 }),
              messageDelta({ output_tokens: 70 }),
              MESSAGE_STOP,
            ])(request, response)
          : sendJson(response, {
              id: 'msg_1',
              type: 'message',
              model: 'claude-sonnet-4-5',
              stop_reason: 'end_turn',
              usage,
            }),
    });
    await (await message(gateway)).text();
    await (await message(gateway, { stream: true })).text();
    await gateway.settled(2);
    const [whole, streamed] = gateway.settlements;
    expect(costOf(whole)).toBeGreaterThan(0n);
    expect(costOf(streamed)).toBe(costOf(whole));
  });

  it('2 #36168: usage on a terminal chunk that has choices is charged, its cache at the cache’s price', async () => {
    const usage = {
      prompt_tokens: 1_000,
      completion_tokens: 5,
      total_tokens: 1_005,
      prompt_tokens_details: { cached_tokens: 960 },
    };
    const gateway = await start({
      provider: streams([said('a'), chunk({ choices: [{ index: 0, delta: {} }], usage })], DONE),
    });
    await (await chat(gateway, { stream: true })).text();
    await gateway.settled(1);
    // gpt-4o: $2.50 fresh, $1.25 cached, $10 out, per million
    expect(costOf(gateway.settlements[0])).toBe(40n * 2_500_000n + 960n * 1_250_000n + 5n * 10_000_000n);
  });

  it('3 #36678: every detail of usage and the stated cost pass to the client and to the ledger', async () => {
    const usage = {
      ...SMALL_USAGE,
      prompt_tokens_details: { cached_tokens: 8, invented_tokens: 1 },
      completion_tokens_details: { reasoning_tokens: 2 },
      cost: 0.0021,
      cost_details: { upstream_inference_cost: null },
    };
    const gateway = await start({ provider: answers(completion(usage)) });
    expect(await (await chat(gateway)).json()).toEqual(completion(usage));
    expect(chargeOf(gateway.settlements[0])).toMatchObject({
      usage: { freshIn: 4, cacheRead: 8, textOut: 1, reasoningOut: 2 },
      providerCost: 2_100_000_000n,
    });
  });

  it('4 #40100: a line’s total is the sum of its parts, and the client is told the same', async () => {
    const usage = { ...SMALL_USAGE, prompt_tokens_details: { cached_tokens: 8 } };
    const gateway = await start({ provider: answers(completion(usage)) });
    const response = await chat(gateway);
    const { cost } = chargeOf(gateway.settlements[0]);
    if (cost.kind !== 'priced') throw new Error('priced');
    expect(cost.buckets.reduce((sum, part) => sum + part.cost, 0n)).toBe(cost.total);
    expect(Number(response.headers.get('x-setpoint-cost')) * 1e12).toBeCloseTo(Number(cost.total), 0);
  });

  it('5 claude-code-hub#1165: a stream whose client does not ask is asked for usage, and the answer is kept from it', async () => {
    const gateway = await start({
      provider: streams([said('a'), chunk({ choices: [], usage: SMALL_USAGE })], DONE),
    });
    const text = await (await chat(gateway, { stream: true })).text();
    await gateway.settled(1);
    expect(JSON.parse(gateway.seen[0]!.body.toString())).toEqual({
      ...CHAT,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(text).toBe(sse(said('a')) + DONE);
    expect(chargeOf(gateway.settlements[0])).toMatchObject({ basis: 'reported', usage: { freshIn: 12 } });
  });

  it('6 pydantic-ai-gateway#150: a request that is no stream is sent as it is', async () => {
    const gateway = await start({ provider: answers(completion(SMALL_USAGE)) });
    await (await chat(gateway, { stream: false })).text();
    expect(gateway.seen[0]!.body.toString()).toBe(JSON.stringify({ ...CHAT, stream: false }));
  });

  it('7 #36943: what was reported stands, however much was delivered; only silence is counted, and says so', async () => {
    const words = Array.from({ length: 200 }, (_, at) => said(`word${at} `));
    const gateway = await start({
      provider: (request, response) =>
        streams(
          request.body.includes('silent') ? words : [...words, chunk({ choices: [], usage: SMALL_USAGE })],
          DONE,
        )(request, response),
    });
    await (await chat(gateway, { stream: true })).text();
    await (await chat(gateway, { stream: true, user: 'silent' })).text();
    await gateway.settled(2);
    const [reported, counted] = gateway.settlements.map(chargeOf);
    expect(reported).toMatchObject({ basis: 'reported', usage: { freshIn: 12, textOut: 3 } });
    expect(counted?.basis).toBe('counted');
    expect(counted?.usage.textOut).toBeGreaterThan(200);
  });

  it('8 envoy/ai-gateway#2184: responses that end incomplete or failed are charged what they report, or nothing', async () => {
    const end = (status: string, usage: object | null) => ({
      type: `response.${status}`,
      response: { id: 'r', object: 'response', model: 'gpt-5-mini', status, output: [], usage },
    });
    const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };
    const ends = [
      end('completed', usage),
      end('incomplete', usage),
      end('failed', usage),
      end('failed', null),
    ];
    const gateway = await start({
      provider: (request, response) => streams([ends[gateway.seen.length - 1]!])(request, response),
    });
    for (const _ of ends)
      await (await post(gateway, '/v1/responses', { model: 'gpt-5-mini', input: 'hi', stream: true })).text();
    await gateway.settled(4);
    expect(gateway.faults).toEqual([]);
    expect(gateway.settlements.map((one) => [one.status, chargeOf(one).usage])).toEqual([
      ['ok', { freshIn: 10, textOut: 5 }],
      ['ok', { freshIn: 10, textOut: 5 }],
      ['upstream_error', { freshIn: 10, textOut: 5 }],
      ['upstream_error', {}],
    ]);
  });

  it('9 envoy/ai-gateway#2290: input and cache that are told only at the end are charged', async () => {
    const gateway = await start({
      provider: streams([
        messageStart({ input_tokens: 0, output_tokens: 0 }),
        messageDelta({ input_tokens: 25, cache_read_input_tokens: 400, output_tokens: 9 }),
        messageDelta({ input_tokens: null, output_tokens: 12 }),
        MESSAGE_STOP,
      ]),
    });
    await (await message(gateway, { stream: true })).text();
    await gateway.settled(1);
    // claude-sonnet-4-5: $3 fresh, $0.30 cached, $15 out, per million
    expect(costOf(gateway.settlements[0])).toBe(25n * 3_000_000n + 400n * 300_000n + 12n * 15_000_000n);
  });

  it('10 #42663: cache writes beyond the stated split are charged too, at the price of an unstated lifetime', async () => {
    const gateway = await start({
      provider: streams([
        messageStart({
          input_tokens: 3,
          cache_creation_input_tokens: 31_490,
          cache_creation: { ephemeral_5m_input_tokens: 31_490, ephemeral_1h_input_tokens: 0 },
          output_tokens: 1,
        }),
        messageDelta({ input_tokens: 3, cache_creation_input_tokens: 184_457, output_tokens: 0 }),
        MESSAGE_STOP,
      ]),
    });
    await (await message(gateway, { stream: true })).text();
    await gateway.settled(1);
    const charge = chargeOf(gateway.settlements[0]);
    expect(charge.usage).toMatchObject({ cacheWrite5m: 31_490, cacheWriteUnknown: 152_967 });
    // The whole 184,457 at 1.25 times the input, as a five-minute write.
    expect(costOf(gateway.settlements[0])).toBe(3n * 3_000_000n + 184_457n * 3_750_000n);
  });

  it('11 pydantic-ai#5065: a compaction is charged beside the message, its cache tokens included', async () => {
    const gateway = await start({
      provider: streams([
        messageStart({ input_tokens: 100, cache_read_input_tokens: 55_096, output_tokens: 3 }),
        messageDelta({
          input_tokens: 181,
          output_tokens: 8,
          cache_read_input_tokens: 0,
          iterations: [
            { type: 'compaction', input_tokens: 100, output_tokens: 83, cache_read_input_tokens: 55_096 },
            { type: 'message', input_tokens: 181, output_tokens: 8 },
          ],
        }),
        MESSAGE_STOP,
      ]),
    });
    await (await message(gateway, { stream: true })).text();
    await gateway.settled(1);
    const { charges } = gateway.settlements[0]!;
    expect(charges.map(({ part }) => part)).toEqual(['call', 'compaction']);
    expect(charges.reduce((sum, { usage }) => sum + sideTotal(usage, 'input'), 0)).toBe(55_377);
    expect(costOf(gateway.settlements[0])).toBe(281n * 3_000_000n + 55_096n * 300_000n + 91n * 15_000_000n);
  });

  it('12 bifrost#3357: a cancelled stream is charged for all of the 806 pieces that were delivered', async () => {
    const gateway = await start({
      providers: [
        { name: 'anthropic', dialect: 'anthropic', priceProvider: 'anthropic', onClientGone: 'cancel' },
      ],
      provider: (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(sse(messageStart({ input_tokens: 30, output_tokens: 1 })));
        for (let at = 0; at < 806; at += 1) response.write(sse(textDelta('word ')));
      },
    });
    const leave = new AbortController();
    const response = await post(
      gateway,
      '/v1/messages',
      {
        model: 'claude-sonnet-4-5',
        max_tokens: 9_000,
        messages: [{ role: 'user', content: 'hi' }],
        stream: true,
      },
      {},
      leave.signal,
    );
    await readAndLeave(response, leave, 806 * sse(textDelta('word ')).length);
    await gateway.settled(1);
    expect(gateway.settlements[0]!.status).toBe('client_aborted');
    expect(chargeOf(gateway.settlements[0])).toMatchObject({ basis: 'counted', usage: { freshIn: 30 } });
    expect(chargeOf(gateway.settlements[0]).usage.textOut).toBeGreaterThanOrEqual(800);
  });
});
