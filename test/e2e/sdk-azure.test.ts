/**
 * OpenAI's client for Azure, pointed at the gateway by its endpoint only, over dated and v1 paths. Behind the gateway
 * stands an Azure that answers with recordings. Headers of spillover are made up after Azure's documentation: there is
 * no recording of one.
 */
import OpenAI, { AzureOpenAI } from 'openai';
import { afterEach, describe, expect, test } from 'vitest';

import { frame, hasFixtures, loadJson, loadResponses, WIRE_FIXTURES } from '../conformance/wires-reading.ts';
import { startGatewayAlone } from './gateway-alone.ts';
import type { GatewayAlone, GatewayAloneOptions } from './gateway-alone.ts';

let gateway: GatewayAlone | undefined;
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});

async function start(
  provider: GatewayAloneOptions['provider'],
  rule: NonNullable<GatewayAloneOptions['providers']>[number] = {},
): Promise<{ through: GatewayAlone; client: AzureOpenAI }> {
  gateway = await startGatewayAlone({
    provider,
    basePath: '',
    providers: [
      {
        name: 'azure',
        dialect: 'azure',
        priceProvider: 'azure',
        secret: 'resource-key',
        account: 'sub-7',
        region: 'swedencentral',
        ...rule,
      },
    ],
  });
  const client = new AzureOpenAI({
    endpoint: gateway.url,
    apiKey: 'none',
    apiVersion: '2025-04-01-preview',
    maxRetries: 0,
  });
  return { through: gateway, client };
}

const answers =
  (body: unknown, headers: Record<string, string> = {}, status = 200): GatewayAloneOptions['provider'] =>
  (_, response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body));

const CHAT = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'gpt-4o-2024-08-06',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'hi' } }],
  usage: { prompt_tokens: 1_000, completion_tokens: 100, total_tokens: 1_100 },
};
const ask = { model: 'our-chat', messages: [{ role: 'user' as const, content: 'hi' }] };

describe('a deployment', () => {
  test('is kept as it was asked for, and priced by the model that answered', async () => {
    const { through, client } = await start(answers(CHAT));
    await client.chat.completions.create(ask);
    await through.settled(1);
    expect(through.settlements[0]).toMatchObject({
      modelReturned: 'gpt-4o-2024-08-06',
      intent: {
        wire: 'openai-chat',
        provider: 'azure',
        account: 'sub-7',
        region: 'swedencentral',
        modelRequested: 'our-chat',
        model: 'our-chat',
      },
      // 1,000 × $2.50 + 100 × $10 a million
      charges: [{ model: 'gpt-4o-2024-08-06', cost: { kind: 'priced', total: 3_500_000_000n } }],
    });
    const [seen] = through.seen;
    expect(seen!.url).toBe('/openai/deployments/our-chat/chat/completions?api-version=2025-04-01-preview');
    expect(seen!.headers['api-key']).toBe('resource-key');
    expect(seen!.headers.authorization).toBeUndefined();
  });

  test('is priced by the model of the settings where those name one', async () => {
    const { through, client } = await start(answers({ ...CHAT, model: 'gpt-4o-2024-08-06.ft-0123' }), {
      deployments: { 'our-chat': { model: 'gpt-4o-mini', mode: 'standard' } },
    });
    await client.chat.completions.create(ask);
    await through.settled(1);
    expect(through.settlements[0]).toMatchObject({
      modelReturned: 'gpt-4o-2024-08-06.ft-0123',
      charges: [{ model: 'gpt-4o-mini', cost: { kind: 'priced' } }],
    });
  });

  test('is renamed in the path by an alias', async () => {
    const { through, client } = await start(answers(CHAT), { aliases: { 'our-chat': 'chat blue' } });
    await client.chat.completions.create(ask);
    await through.settled(1);
    expect(through.seen[0]!.url).toContain('/openai/deployments/chat%20blue/chat/completions?api-version=');
    expect(through.intents[0]).toMatchObject({ modelRequested: 'our-chat', model: 'chat blue' });
  });

  test('without a model in the body is served, as a plain HTTP client asks', async () => {
    const { through } = await start(answers(CHAT), { secret: 'eyJhbGciOi.entra.token' });
    const response = await fetch(
      `${through.url}/openai/deployments/our-chat/chat/completions?api-version=2024-10-21`,
      { method: 'POST', headers: { 'api-key': 'none' }, body: JSON.stringify({ messages: ask.messages }) },
    );
    expect(response.status).toBe(200);
    expect(through.seen[0]!.headers.authorization).toBe('Bearer eyJhbGciOi.entra.token');
    expect(through.seen[0]!.body.toString()).toBe(JSON.stringify({ messages: ask.messages }));
  });
});

describe('capacity that was bought ahead', () => {
  const rule = { deployments: { 'our-chat': { model: 'gpt-4o', mode: 'provisioned' as const } } };

  test('costs nothing more', async () => {
    const { through, client } = await start(answers({ ...CHAT, service_tier: 'default' }), rule);
    await client.chat.completions.create(ask);
    await through.settled(1);
    expect(through.settlements[0]).toMatchObject({
      serviceTier: 'provisioned',
      charges: [
        {
          model: 'gpt-4o',
          flag: '',
          usage: { freshIn: 1_000, textOut: 100 },
          cost: { kind: 'priced', total: 0n },
        },
      ],
    });
    expect(through.intents[0]!.presumed.cost).toMatchObject({ kind: 'priced', total: 0n });
  });

  test.each(['x-ms-spillover-from-deployment', 'x-ms-is-spillover', 'x-ms-spilled-over'])(
    'spills over at list price, and the line says so (%s)',
    async (header) => {
      const value = header === 'x-ms-spillover-from-deployment' ? 'our-chat' : 'true';
      const { through, client } = await start(answers(CHAT, { [header]: value }), rule);
      await client.chat.completions.create(ask);
      await through.settled(1);
      expect(through.settlements[0]).toMatchObject({
        serviceTier: '',
        charges: [
          {
            flag: `spillover of provisioned capacity (${value}): charged as pay-as-you-go`,
            cost: { kind: 'priced', total: 3_500_000_000n },
          },
        ],
      });
    },
  );

  test('that did not spill over says so too', async () => {
    const { through, client } = await start(answers(CHAT, { 'x-ms-is-spillover': 'false' }), rule);
    await client.chat.completions.create(ask);
    await through.settled(1);
    expect(through.settlements[0]!.serviceTier).toBe('provisioned');
  });

  test('holds behind OpenAI’s own paths too', async () => {
    const { through } = await start(answers(CHAT), { ...rule, dialect: 'openai', keyHeader: 'api-key' });
    const client = new OpenAI({ baseURL: `${through.url}/v1`, apiKey: 'none', maxRetries: 0 });
    await client.chat.completions.create(ask);
    await through.settled(1);
    expect(through.settlements[0]).toMatchObject({
      serviceTier: 'provisioned',
      charges: [{ model: 'gpt-4o' }],
    });
  });
});

describe.skipIf(!hasFixtures(WIRE_FIXTURES))('recordings', () => {
  test('a stream whose first chunk has filters and no choices, by the model behind a router', async () => {
    const payloads = loadResponses('openai-chat', 'azure-model-router.1.chunks.txt').flat();
    expect(payloads[0]).toContain('"choices":[]');
    const { through, client } = await start((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(frame('openai-chat', payloads));
    });
    let text = '';
    for await (const chunk of await client.chat.completions.create({ ...ask, model: 'router', stream: true }))
      text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe('Capital of Denmark.');
    await through.settled(1);
    expect(through.settlements[0]).toMatchObject({
      status: 'ok',
      charges: [
        {
          model: 'gpt-5-nano-2025-08-07',
          usage: { freshIn: 15, textOut: 14, reasoningOut: 64 },
          cost: { kind: 'priced' },
        },
      ],
    });
  });

  test('responses, whole and streamed, over the v1 path', async () => {
    const { through } = await start((request, response) => {
      const streams = request.body.toString().includes('"stream":true');
      if (!streams) return answers(loadJson('azure', 'azure-text.1.json'))(request, response);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(
        frame(
          'openai-responses',
          loadResponses('azure', 'azure-reasoning-encrypted-content.1.chunks.txt')[0]!,
        ),
      );
    });
    const client = new OpenAI({ baseURL: `${through.url}/openai/v1`, apiKey: 'none', maxRetries: 0 });
    const whole = await client.responses.create({ model: 'our-gpt', input: 'hi' });
    expect(whole.usage?.total_tokens).toBe(22);
    for await (const _ of await client.responses.create({ model: 'our-gpt', input: 'hi', stream: true }));
    await through.settled(2);
    expect(through.seen.map(({ url }) => url)).toEqual(['/openai/v1/responses', '/openai/v1/responses']);
    expect(through.settlements[0]).toMatchObject({
      modelReturned: 'gpt-5.1',
      intent: { wire: 'openai-responses', modelRequested: 'our-gpt' },
      charges: [{ model: 'gpt-5.1', usage: { freshIn: 11, textOut: 11 }, cost: { kind: 'priced' } }],
    });
    expect(through.settlements[1]).toMatchObject({ status: 'ok', charges: [{ basis: 'reported' }] });
  });

  test('a client that leaves mid-stream keeps its line', async () => {
    const payloads = loadResponses('openai-chat', 'azure-model-router.1.chunks.txt').flat();
    const { through, client } = await start((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(frame('openai-chat', payloads.slice(0, 3)).toString().replace('data: [DONE]\n\n', ''));
      setTimeout(() => response.end(frame('openai-chat', payloads.slice(3))), 200);
    });
    for await (const _ of await client.chat.completions.create({ ...ask, stream: true })) break;
    await through.settled(1);
    expect(through.settlements[0]).toMatchObject({
      charges: [{ basis: 'reported', usage: { freshIn: 15, textOut: 14, reasoningOut: 64 } }],
    });
  });
});

describe('errors and refusals', () => {
  test('Azure’s own pass unchanged and cost nothing', async () => {
    const body = { error: { code: '429', message: 'Rate limit is exceeded. Retry after 7 seconds.' } };
    const { through, client } = await start(answers(body, { 'retry-after': '7' }, 429));
    await expect(client.chat.completions.create(ask)).rejects.toMatchObject({
      status: 429,
      error: body.error,
    });
    await through.settled(1);
    expect(through.settlements[0]).toMatchObject({
      status: 'upstream_error',
      charges: [{ cost: { kind: 'priced', total: 0n } }],
    });
  });

  test('who has no Azure in the settings is told what to set', async () => {
    gateway = await startGatewayAlone({ provider: answers({}) });
    const client = new AzureOpenAI({ endpoint: gateway.url, apiKey: 'none', apiVersion: 'v', maxRetries: 0 });
    await expect(client.chat.completions.create(ask)).rejects.toThrow(/preset: azure/);
  });
});
