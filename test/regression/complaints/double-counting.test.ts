/** Public complaints 29 to 35: the same call twice, or not at all. Each is one test on a running gateway. */
import { describe, expect, it } from 'vitest';

import {
  answers,
  chargeOf,
  chat,
  completion,
  costOf,
  gateways,
  message,
  said,
  SMALL_USAGE,
  sendJson,
  sse,
} from './world.ts';

const start = gateways();

describe('double counting, cache hits, pass-through', () => {
  // There is no cache of responses yet. The issue of the caching lever completes this: tokens served from it apart
  // from those that a provider consumed.
  it('29 #39057: the tokens of the ledger are those that the provider consumed, call by call', async () => {
    let consumed = 0;
    const gateway = await start({
      provider: (_request, response) => {
        consumed += SMALL_USAGE.total_tokens;
        sendJson(response, completion(SMALL_USAGE));
      },
    });
    for (let at = 0; at < 3; at += 1) await (await chat(gateway)).text();
    const booked = gateway.settlements
      .map(chargeOf)
      .reduce((sum, { usage }) => sum + (usage.freshIn ?? 0) + (usage.textOut ?? 0), 0);
    expect(booked).toBe(consumed);
  });

  // Completed by the issue of the caching lever: a hit that costs nothing, and the cost that it avoided.
  it('30 #14749: where no answer comes from a cache, every answer says so and costs what it costs', async () => {
    const gateway = await start({ provider: answers(completion(SMALL_USAGE)) });
    const [first, second] = [await chat(gateway), await chat(gateway)];
    expect([first, second].map(({ headers }) => headers.get('x-setpoint-cache'))).toEqual(['off', 'off']);
    expect(gateway.seen).toHaveLength(2);
    expect(costOf(gateway.settlements[0])).toBeGreaterThan(0n);
    expect(costOf(gateway.settlements[1])).toBe(costOf(gateway.settlements[0]));
  });

  it('31 #8810: an answer of a fallback is priced, at the model that gave it', async () => {
    const usage = {
      input_tokens: 412,
      output_tokens: 264,
      iterations: [
        { type: 'message', model: 'claude-opus-4-5', input_tokens: 408, output_tokens: 0 },
        { type: 'fallback_message', model: 'claude-sonnet-4-5', input_tokens: 412, output_tokens: 264 },
      ],
    };
    const gateway = await start({
      provider: answers({
        id: 'm',
        type: 'message',
        model: 'claude-sonnet-4-5',
        stop_reason: 'end_turn',
        usage,
      }),
    });
    await (await message(gateway, { model: 'claude-opus-4-5' })).text();
    expect(chargeOf(gateway.settlements[0]).model).toBe('claude-sonnet-4-5');
    expect(costOf(gateway.settlements[0])).toBe(412n * 3_000_000n + 264n * 15_000_000n);
  });

  it('32 #19985: a request has one budget of attempts, and each of them is a line', async () => {
    let asked = 0;
    const gateway = await start({
      provider: (_request, response) => {
        asked += 1;
        if (asked === 1) sendJson(response, completion(SMALL_USAGE));
        else response.destroy();
      },
    });
    await (await chat(gateway)).text();
    const refused = await chat(gateway);
    expect(refused.status).toBe(502);
    await refused.text();
    const second = gateway.settlements.filter(
      ({ intent }) => intent.call !== gateway.settlements[0]!.intent.call,
    );
    expect(second.length).toBe(asked - 1);
    expect(second.length).toBeLessThanOrEqual(2);
    expect(gateway.intents).toHaveLength(gateway.settlements.length);
    expect(new Set(second.map(({ intent }) => intent.call)).size).toBe(1);
  });

  it('33 llm_proxy#4: once the client has seen a word, the request is never sent again', async () => {
    let asked = 0;
    const gateway = await start({
      provider: (_request, response) => {
        asked += 1;
        if (asked === 1) return sendJson(response, completion(SMALL_USAGE)); // so that a connection is kept
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(sse(said('Hel')));
        setTimeout(() => response.destroy(), 10);
      },
    });
    await (await chat(gateway)).text();
    const text = await (await chat(gateway, { stream: true })).text();
    expect(text).toContain('setpoint_upstream_failed');
    await gateway.settled(2);
    expect([asked, gateway.settlements.length]).toEqual([2, 2]);
  });

  it('34 #10238: whatever reaches a provider, by whatever path, is a line', async () => {
    const gateway = await start({ provider: answers({ id: 'x' }) });
    const roots = [
      'files',
      'batches',
      'models/x',
      'moderations',
      'images/edits',
      'audio/speech',
      'videos',
      'assistants',
    ];
    const more = [
      'threads/t/runs',
      'vector_stores',
      'fine_tuning/jobs',
      'evals',
      'containers',
      'rerank',
      'anything/at/all',
    ];
    for (const path of [...roots, ...more]) {
      for (const method of ['GET', 'POST', 'DELETE', 'PATCH'])
        await (
          await fetch(`${gateway.url}/v1/${path}`, { method, ...(method === 'POST' && { body: 'x' }) })
        ).text();
    }
    expect(gateway.seen).toHaveLength((roots.length + more.length) * 4);
    expect(gateway.settlements.map(({ intent }) => intent.path)).toEqual(gateway.seen.map(({ url }) => url));
    // What can cost and is not reported is unpriced, and never nothing.
    const runs = gateway.settlements.find(
      ({ intent }) => intent.path === '/v1/threads/t/runs' && intent.endpoint === 'other',
    );
    expect(chargeOf(runs).cost.kind).toBe('unpriced');
  });

  it('35 #7237: a tag reaches the ledger from every place that accepts one', async () => {
    const gateway = await start({ provider: answers(completion(SMALL_USAGE)) });
    const places: ReadonlyArray<readonly [object, Record<string, string>]> = [
      [{}, { 'x-setpoint-tags': 'job=nightly' }],
      [{}, { 'x-setpoint-tags': '{"job":"nightly"}' }],
      [{}, { 'x-litellm-tags': 'job:nightly' }],
      [{}, { 'helicone-property-job': 'nightly' }],
      [{}, { 'x-portkey-metadata': '{"job":"nightly"}' }],
      [{ tags: ['job=nightly'] }, {}],
      [{ metadata: { tags: ['job=nightly'] } }, {}],
      [{ metadata: { job: 'nightly' } }, {}],
    ];
    for (const [body, headers] of places) await (await chat(gateway, body, headers)).text();
    expect(gateway.intents.map(({ attribution }) => attribution.tags['job'])).toEqual(
      places.map(() => 'nightly'),
    );
  });
});
