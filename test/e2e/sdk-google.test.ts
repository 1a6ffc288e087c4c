/**
 * Google's own client, pointed at the gateway by its base URL only. Behind the gateway stands a Gemini that answers with
 * recordings: whole, as server-sent events, and as one JSON array.
 */
import { ApiError, GoogleGenAI } from '@google/genai';
import { afterEach, describe, expect, test } from 'vitest';

import { frameCloud } from '../conformance/wires-clouds-reading.ts';
import { hasFixtures, loadJson, loadResponses, WIRE_FIXTURES } from '../conformance/wires-reading.ts';
import { keyDigest } from '../../src/secrets/secrets.ts';
import { startGatewayAlone } from './gateway-alone.ts';
import type { GatewayAlone, GatewayAloneOptions, SeenRequest } from './gateway-alone.ts';

let gateway: GatewayAlone | undefined;
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});

async function start(
  provider: GatewayAloneOptions['provider'],
  { rule, ...more }: Partial<GatewayAloneOptions> & { rule?: object } = {},
): Promise<{ through: GatewayAlone; client: GoogleGenAI }> {
  gateway = await startGatewayAlone({
    provider,
    basePath: '/v1beta',
    providers: [
      { name: 'gemini', dialect: 'google', priceProvider: 'google', secret: 'AIza-upstream', ...rule },
    ],
    rulebook: { keys: [KEY] },
    ...more,
  });
  const client = new GoogleGenAI({
    apiKey: 'sp_live_client',
    httpOptions: { baseUrl: gateway.url, retryOptions: { attempts: 1 } },
  });
  return { through: gateway, client };
}

const KEY = {
  id: 'key_1',
  digest: keyDigest('sp_live_client'),
  workflow: 'letters',
  team: '',
  customer: '',
  tags: {},
  expiresAtMs: undefined,
};

const ask = { model: 'gemini-3-pro-preview', contents: 'How many r are in strawberry?' };

function recording(file: string): GatewayAloneOptions['provider'] {
  return (request, response) => {
    if (file.endsWith('.json')) {
      response
        .writeHead(200, { 'content-type': 'application/json; charset=UTF-8' })
        .end(JSON.stringify(loadJson('google', file)));
      return;
    }
    const array = !request.url.includes('alt=sse');
    response.writeHead(200, { 'content-type': array ? 'application/json' : 'text/event-stream' });
    response.end(frameCloud(array ? 'google-array' : 'google', loadResponses('google', file).flat()));
  };
}

const fails =
  (status: number, body: unknown): GatewayAloneOptions['provider'] =>
  (_, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

describe.skipIf(!hasFixtures(WIRE_FIXTURES))('recordings', () => {
  test('an answer, its headers and its line', async () => {
    const { through, client } = await start(recording('google-reasoning.json'));
    const answer = await client.models.generateContent({
      ...ask,
      config: { maxOutputTokens: 500, systemInstruction: 'Count letters.', labels: {} },
    });
    expect(answer.text).toContain('strawberry');
    expect(answer.usageMetadata?.thoughtsTokenCount).toBe(282);
    await through.settled(1);
    expect(through.settlements[0]).toMatchObject({
      status: 'ok',
      finishReason: 'STOP',
      modelReturned: 'gemini-3-pro-preview',
      responseId: 'YH6LaZT7ENmPxN8P-r2J8Aw',
      charges: [
        {
          model: 'gemini-3-pro-preview',
          basis: 'reported',
          usage: { freshIn: 9, textOut: 29, reasoningOut: 282 },
          cost: { kind: 'priced', total: 3_750_000_000n }, // 9 × $2 + 311 × $12 a million
        },
      ],
      intent: {
        wire: 'google-generate',
        endpoint: 'inference',
        key: 'key_1',
        attribution: { workflow: 'letters' },
        modelRequested: 'gemini-3-pro-preview',
        stream: false,
        path: '/v1/models/gemini-3-pro-preview:generateContent',
      },
      composition: { basis: 'estimated' },
    });
    expect(through.settlements[0]!.composition.input).toMatchObject({
      system: expect.any(Number),
      user: expect.any(Number),
    });
    const [seen] = through.seen;
    expect(seen!.url).toBe('/v1beta/models/gemini-3-pro-preview:generateContent');
    expect(seen!.headers['x-goog-api-key']).toBe('AIza-upstream');
    expect(JSON.stringify(seen!.headers)).not.toContain('sp_live_client');
  });

  test('a stream of events, signatures of thoughts untouched', async () => {
    const { through, client } = await start(recording('google-text.chunks.txt'));
    let text = '';
    let signature = '';
    for await (const chunk of await client.models.generateContentStream(ask)) {
      text += chunk.text ?? '';
      signature = chunk.candidates?.[0]?.content?.parts?.[0]?.thoughtSignature ?? signature;
    }
    expect(text).toContain('st**r**awbe**rr**y');
    const last = JSON.parse(loadResponses('google', 'google-text.chunks.txt').flat().at(-1)!) as {
      candidates: [{ content: { parts: [{ thoughtSignature: string }] } }];
    };
    expect(signature).toBe(last.candidates[0].content.parts[0].thoughtSignature);
    await through.settled(1);
    expect(through.settlements[0]).toMatchObject({
      status: 'ok',
      charges: [{ basis: 'reported', usage: { freshIn: 9, textOut: 23, reasoningOut: 185 } }],
      intent: { stream: true },
    });
  });

  test.each(['?alt=sse', '', '?key=sp_live_client', '?%24alt=json&alt=sse'])(
    'a stream asked with "%s" passes byte for byte',
    async (query) => {
      const file = 'google-vertex-stream-tool-call-arguments-nested.1.chunks.txt';
      const { through } = await start(recording(file));
      const response = await fetch(
        `${through.url}/v1beta/models/gemini-3.1-pro-preview:streamGenerateContent${query}`,
        {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            ...(query.includes('key=') ? {} : { 'x-goog-api-key': 'sp_live_client' }),
          },
          body: JSON.stringify({ contents: [{ parts: [{ text: 'cook' }] }], unheard_of: [1.0, null] }),
        },
      );
      const framed = frameCloud(
        query.includes('alt=sse') ? 'google' : 'google-array',
        loadResponses('google', file).flat(),
      );
      expect(Buffer.from(await response.arrayBuffer()).equals(framed)).toBe(true);
      await through.settled(1);
      expect(through.settlements[0]).toMatchObject({
        status: 'ok',
        serviceTier: 'on_demand',
        charges: [{ usage: { freshIn: 31, textOut: 684, reasoningOut: 1026 }, cost: { kind: 'priced' } }],
      });
      expect(through.seen[0]!.url).not.toContain('sp_live');
      expect(through.seen[0]!.body.toString()).toContain('"unheard_of":[1,null]');
    },
  );

  test('provisioned throughput costs nothing more', async () => {
    const { through, client } = await start(recording('google-stream-no-args-tool-call.chunks.txt'));
    for await (const _ of await client.models.generateContentStream({
      ...ask,
      model: 'gemini-3-flash-preview',
    }));
    await through.settled(1);
    expect(through.settlements[0]).toMatchObject({
      serviceTier: 'provisioned',
      charges: [
        { usage: { freshIn: 249, textOut: 58, reasoningOut: 183 }, cost: { kind: 'priced', total: 0n } },
      ],
    });
  });

  test('an error with its time to retry passes unchanged and costs nothing', async () => {
    const body = loadJson('google', 'google-429-retry-info.json');
    const { through, client } = await start(fails(429, body));
    const failed = client.models.generateContent(ask);
    await expect(failed).rejects.toBeInstanceOf(ApiError);
    await expect(failed).rejects.toMatchObject({ status: 429, message: JSON.stringify(body) });
    await through.settled(1);
    expect(through.settlements[0]).toMatchObject({
      status: 'upstream_error',
      httpStatus: 429,
      charges: [{ usage: {}, cost: { kind: 'priced', total: 0n } }],
    });
  });

  test('a client that leaves mid-stream keeps its line', async () => {
    const payloads = loadResponses('google', 'google-text.chunks.txt').flat();
    const { through, client } = await start((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(frameCloud('google', payloads.slice(0, 1)));
      setTimeout(() => response.end(frameCloud('google', payloads.slice(1))), 300);
    });
    for await (const _ of await client.models
      .generateContentStream({
        ...ask,
        config: { abortSignal: AbortSignal.timeout(100) },
      })
      .catch(() => []))
      break;
    await through.settled(1);
    expect(through.settlements[0]).toMatchObject({
      charges: [{ basis: 'reported', usage: { freshIn: 9, textOut: 23, reasoningOut: 185 } }],
    });
  });

  test('a stream that breaks off is counted by what was delivered, from the provider’s own count of the prompt', async () => {
    const payloads = loadResponses('google', 'google-text.chunks.txt').flat();
    const { through, client } = await start((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(frameCloud('google', payloads.slice(0, 2)));
      setTimeout(() => response.destroy(), 50);
    });
    await expect(
      (async () => {
        for await (const _ of await client.models.generateContentStream(ask));
      })(),
    ).rejects.toThrow();
    await through.settled(1);
    expect(through.settlements[0]).toMatchObject({
      status: 'upstream_failed',
      charges: [{ basis: 'counted', usage: { freshIn: 9 }, cost: { kind: 'priced' } }],
    });
  });
});

describe('other actions', () => {
  test('counting tokens is free', async () => {
    const { through, client } = await start(fails(200, { totalTokens: 31 }));
    expect((await client.models.countTokens(ask)).totalTokens).toBe(31);
    await through.settled(1);
    expect(through.settlements[0]).toMatchObject({
      intent: { endpoint: 'count-tokens' },
      charges: [{ usage: {}, cost: { kind: 'priced', total: 0n } }],
    });
  });

  test('embeddings without a report are counted', async () => {
    const { through, client } = await start(
      fails(200, { embeddings: [{ values: [0.1] }, { values: [0.2] }] }),
    );
    await client.models.embedContent({
      model: 'gemini-embedding-001',
      contents: ['one text', 'another text'],
    });
    await through.settled(1);
    expect(through.settlements[0]).toMatchObject({
      intent: { endpoint: 'embeddings', path: '/v1/models/gemini-embedding-001:batchEmbedContents' },
      charges: [{ basis: 'counted', cost: { kind: 'priced' } }],
    });
    expect(through.settlements[0]!.charges[0]!.usage.freshIn).toBeGreaterThanOrEqual(4);
  });
});

describe('Vertex AI', () => {
  const PATH =
    '/v1/projects/client-project/locations/europe-west4/publishers/google/models/gemini-2.5-pro:generateContent';
  const answer = fails(200, {
    modelVersion: 'gemini-2.5-pro',
    candidates: [{ finishReason: 'STOP', content: { parts: [{ text: 'hi' }] } }],
    usageMetadata: {
      promptTokenCount: 1,
      candidatesTokenCount: 1,
      totalTokenCount: 2,
      trafficType: 'ON_DEMAND',
    },
  });
  const post = (through: GatewayAlone): Promise<Response> =>
    fetch(through.url + PATH, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer none' },
      body: JSON.stringify({
        contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
        labels: { cost_center: 'cc-7' },
      }),
    });

  test.each<[name: string, basePath: string, account: string, region: string, sent: string]>([
    [
      'with the project in the address serves every call there',
      '/v1/projects/ours/locations/us-central1/publishers/google',
      'ours',
      'us-central1',
      '/v1/projects/ours/locations/us-central1/publishers/google/models/gemini-2.5-pro:generateContent',
    ],
    ['without one passes on the client’s', '/v1', 'client-project', 'europe-west4', PATH],
  ])('%s', async (_, basePath, account, region, sent) => {
    const { through } = await start(answer, { basePath, rule: { secret: 'ya29.token' } });
    expect((await post(through)).status).toBe(200);
    await through.settled(1);
    expect(through.intents[0]).toMatchObject({ account, region });
    expect(through.settlements[0]).toMatchObject({
      serviceTier: 'on_demand',
      charges: [{ cost: { kind: 'priced' } }],
    });
    const [seen] = through.seen as [SeenRequest];
    expect([seen.url, seen.headers.authorization]).toEqual([sent, 'Bearer ya29.token']);
  });
});

describe('refusals', () => {
  test('come in Google’s words', async () => {
    const { client, through } = await start(fails(500, {}), { rulebook: { unkeyed: false } });
    const refused = client.models.generateContent(ask);
    await expect(refused).rejects.toMatchObject({ status: 401 });
    const { error } = JSON.parse(await refused.then(String, (reason: Error) => reason.message)) as {
      error: { code: number; status: string; details: Array<{ reason?: string }> };
    };
    expect(error).toMatchObject({ code: 401, status: 'UNAUTHENTICATED' });
    expect(error.details[0]?.reason).toBe('setpoint_unauthorized');
    expect(through.seen).toEqual([]);
  });

  test('tell who has no Google in the settings what to set', async () => {
    gateway = await startGatewayAlone({ provider: fails(500, {}) });
    const client = new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl: gateway.url } });
    await expect(client.models.generateContent(ask)).rejects.toThrow(/GEMINI_API_KEY.*preset: google/);
  });

  test.each([
    ['{"contents":5}', 'contents'],
    ['{"contents":[],"tools":{}}', 'tools'],
    ['{"contents":[],"generationConfig":{"maxOutputTokens":-1}}', 'maxOutputTokens'],
  ])('name the field of %s', async (body, field) => {
    const { through } = await start(fails(500, {}));
    const response = await fetch(`${through.url}/v1beta/models/m:generateContent`, { method: 'POST', body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { status: 'INVALID_ARGUMENT', details: [{}, { fieldViolations: [{ field }] }] },
    });
  });
});
