/**
 * Amazon's own client for Bedrock, pointed at the gateway by its endpoint only. Behind the gateway stands a Bedrock that
 * checks every signature and answers with recordings, framed as event streams where they stream.
 */
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import type { BedrockRuntimeClientConfig } from '@aws-sdk/client-bedrock-runtime';
import { afterEach, describe, expect, test } from 'vitest';

import { formatDollars } from '../../src/units/money.ts';
import { converseFrame, invokeFrame } from '../conformance/wires-clouds-reading.ts';
import { hasFixtures, loadJson, loadResponses, WIRE_FIXTURES } from '../conformance/wires-reading.ts';
import { checkSignature } from './aws-signature.ts';
import { startGatewayAlone } from './gateway-alone.ts';
import type { GatewayAlone, GatewayAloneOptions, SeenRequest } from './gateway-alone.ts';

const SECRET = 'upstream/secret+key';
const ACCESS_KEY = JSON.stringify({
  accessKeyId: 'AKIAUPSTREAM',
  secretAccessKey: SECRET,
  sessionToken: 'session+token==',
});
const MODEL = 'us.amazon.nova-pro-v1:0';
const ARN = `arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0`;

type RequestHandler = Extract<NonNullable<BedrockRuntimeClientConfig['requestHandler']>, { handle: unknown }>;

/** The client's own handler speaks HTTP/2, which plain servers do not; this one is HTTP/1.1 and nothing else. */
const plainHttp = {
  handle: (request: {
    hostname: string;
    port?: number;
    method: string;
    path: string;
    headers: Record<string, string>;
    body?: unknown;
  }) =>
    new Promise((resolve, reject) => {
      const { hostname, port, method, path, headers, body } = request;
      const sent = httpRequest({ hostname, port, method, path, headers }, (response) =>
        resolve({
          response: { statusCode: response.statusCode, headers: response.headers, body: response },
        }),
      );
      sent.on('error', reject);
      sent.end(body);
    }),
} as unknown as RequestHandler;

let gateway: GatewayAlone | undefined;
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});

async function start(
  provider: GatewayAloneOptions['provider'],
  more: Partial<GatewayAloneOptions['rulebook']> & { rule?: object } = {},
): Promise<{ gateway: GatewayAlone; client: BedrockRuntimeClient }> {
  const { rule, ...rulebook } = more;
  gateway = await startGatewayAlone({
    provider,
    basePath: '',
    providers: [
      {
        name: 'bedrock',
        dialect: 'bedrock',
        priceProvider: 'aws',
        secret: ACCESS_KEY,
        region: 'eu-central-1',
        ...rule,
      },
    ],
    rulebook,
  });
  return { gateway, client: clientOf(gateway.url) };
}

function clientOf(endpoint: string, more: BedrockRuntimeClientConfig = {}): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    endpoint,
    region: 'us-west-2',
    credentials: { accessKeyId: 'AKIACLIENT', secretAccessKey: 'client-secret' },
    requestHandler: plainHttp,
    maxAttempts: 1,
    ...more,
  });
}

const ask = { modelId: MODEL, messages: [{ role: 'user' as const, content: [{ text: 'How many r?' }] }] };
const json =
  (body: unknown, headers: Record<string, string> = {}, status = 200): GatewayAloneOptions['provider'] =>
  (_, response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', 'x-amzn-requestid': 'aws-1', ...headers })
      .end(JSON.stringify(body));
const stream =
  (frames: readonly Buffer[]): GatewayAloneOptions['provider'] =>
  (_, response) => {
    response.writeHead(200, {
      'content-type': 'application/vnd.amazon.eventstream',
      'x-amzn-requestid': 'aws-1',
    });
    for (const frame of frames) response.write(frame);
    response.end();
  };

describe('signatures', () => {
  /** What Amazon's client itself sends to a server, signed with the same key. */
  async function seenFromAmazon(command: ConverseCommand): Promise<SeenRequest> {
    const seen: SeenRequest[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => void chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        seen.push({ method, url, headers, body: Buffer.concat(chunks) });
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const direct = clientOf(`http://127.0.0.1:${port}`, {
      region: 'eu-central-1',
      credentials: { accessKeyId: 'AKIAUPSTREAM', secretAccessKey: SECRET },
    });
    await direct.send(command);
    server.close();
    return seen[0]!;
  }

  test.each([MODEL, ARN])('of %s: the gateway’s holds as Amazon’s own does', async (modelId) => {
    const command = new ConverseCommand({ ...ask, modelId });
    const own = await seenFromAmazon(command);
    expect(checkSignature(own, SECRET)).toMatchObject({ valid: true, service: 'bedrock' });
    expect(checkSignature({ ...own, body: Buffer.from('{}') }, SECRET).valid).toBe(false);

    const { gateway: through, client } = await start(
      json({ output: { message: {} }, usage: { inputTokens: 1, outputTokens: 1 } }),
    );
    await client.send(command);
    const [seen] = through.seen;
    expect(checkSignature(seen!, SECRET)).toMatchObject({
      valid: true,
      accessKeyId: 'AKIAUPSTREAM',
      region: 'eu-central-1',
      service: 'bedrock',
    });
    expect(checkSignature(seen!, SECRET).signedHeaders).toEqual(
      expect.arrayContaining(['content-type', 'host', 'x-amz-date', 'x-amz-security-token']),
    );
    expect(checkSignature(seen!, 'another').valid).toBe(false);
    expect(seen!.url).toBe(own.url);
    expect(seen!.body.equals(own.body)).toBe(true);
    expect(seen!.headers['x-amz-security-token']).toBe('session+token==');
    expect(JSON.stringify(seen!.headers)).not.toContain('AKIACLIENT');
  });

  test('an API key goes as a bearer, unsigned', async () => {
    const { gateway: through, client } = await start(
      json({ output: { message: {} }, usage: { inputTokens: 1, outputTokens: 1 } }),
      { rule: { secret: 'bedrock-api-key-x' } },
    );
    await client.send(new ConverseCommand(ask));
    expect(through.seen[0]!.headers.authorization).toBe('Bearer bedrock-api-key-x');
    expect(through.seen[0]!.headers).not.toHaveProperty('x-amz-date');
  });
});

describe.skipIf(!hasFixtures(WIRE_FIXTURES))('recordings', () => {
  test('a Converse answer, and its line', async () => {
    const { gateway: through, client } = await start(json(loadJson('bedrock', 'amazon-bedrock-text.json')));
    const answer = await client.send(new ConverseCommand(ask));
    expect(answer.output?.message?.content?.[0]?.text).toContain('strawberry');
    expect(answer.usage).toMatchObject({ inputTokens: 22, outputTokens: 57 });
    await through.settled(1);
    expect(through.settlements[0]).toMatchObject({
      status: 'ok',
      responseId: 'aws-1',
      geo: 'us',
      finishReason: 'end_turn',
      intent: {
        wire: 'bedrock-converse',
        provider: 'bedrock',
        region: 'eu-central-1',
        modelRequested: MODEL,
        stream: false,
      },
      charges: [
        { model: MODEL, basis: 'reported', usage: { freshIn: 22, textOut: 57 }, cost: { kind: 'priced' } },
      ],
    });
    expect(costOf(through)).toBe('0.0002'); // 22 × $0.80 + 57 × $3.20 a million
    expect(through.faults).toEqual([]);
  });

  test('a profile’s ARN gives account, region of settings, and the model to price by', async () => {
    const { gateway: through, client } = await start(json(loadJson('bedrock', 'amazon-bedrock-text.json')), {
      rule: { region: undefined },
    });
    await client.send(new ConverseCommand({ ...ask, modelId: ARN }));
    await through.settled(1);
    expect(through.settlements[0]).toMatchObject({
      geo: 'eu',
      intent: { account: '123456789012', region: 'eu-west-1', modelRequested: ARN, model: ARN },
      charges: [{ model: 'eu.amazon.nova-lite-v1:0', cost: { kind: 'priced' } }],
    });
  });

  test('a stream, byte for byte, and its line', async () => {
    const frames = loadResponses('bedrock', 'amazon-bedrock-reasoning.chunks.txt').flat().map(converseFrame);
    const { gateway: through, client } = await start(stream(frames));
    const answer = await client.send(new ConverseStreamCommand(ask));
    let text = '';
    let usage: unknown;
    for await (const event of answer.stream ?? []) {
      text += event.contentBlockDelta?.delta?.text ?? '';
      usage = event.metadata?.usage ?? usage;
    }
    expect(text).toContain('There are **3**');
    expect(usage).toMatchObject({ inputTokens: 51, outputTokens: 94 });
    await through.settled(1);
    expect(through.settlements[0]).toMatchObject({
      status: 'ok',
      charges: [{ basis: 'reported', usage: { freshIn: 51, textOut: 94 } }],
      intent: { stream: true },
    });
    const raw = await fetch(`${through.url}/model/${encodeURIComponent(MODEL)}/converse-stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ messages: ask.messages }),
    });
    expect(Buffer.from(await raw.arrayBuffer()).equals(Buffer.concat(frames))).toBe(true);
  });

  test('a stream cut before metadata is counted, never free', async () => {
    const frames = loadResponses('bedrock', 'amazon-bedrock-text.chunks.txt').flat().map(converseFrame);
    const { gateway: through, client } = await start(stream(frames.slice(0, -1)));
    const answer = await client.send(new ConverseStreamCommand(ask));
    const seen: string[] = [];
    await (async () => {
      for await (const event of answer.stream ?? []) seen.push(Object.keys(event)[0] ?? '');
    })().catch(() => undefined);
    expect(seen).toContain('messageStop');
    await through.settled(1);
    const [charge] = through.settlements[0]!.charges;
    expect(charge).toMatchObject({ basis: 'counted', cost: { kind: 'priced' } });
    expect(charge!.usage.textOut).toBeGreaterThan(20);
    expect(charge!.usage.freshIn).toBeGreaterThan(0);
  });

  test('a client that leaves mid-stream keeps its line: the rest is read for the usage', async () => {
    const frames = loadResponses('bedrock', 'amazon-bedrock-text.chunks.txt').flat().map(converseFrame);
    const { gateway: through, client } = await start((_, response) => {
      response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
      response.write(Buffer.concat(frames.slice(0, 3)));
      setTimeout(() => response.end(Buffer.concat(frames.slice(3))), 300);
    });
    const answer = await client.send(new ConverseStreamCommand(ask));
    for await (const _ of answer.stream ?? []) break;
    await through.settled(1);
    expect(through.settlements[0]).toMatchObject({
      charges: [{ basis: 'reported', usage: { freshIn: 22, textOut: 55 } }],
    });
  });

  test('InvokeModel with Nova’s body, whole and streamed', async () => {
    const { gateway: through, client } = await start((request, response) => {
      if (request.url.endsWith('/invoke'))
        json(loadJson('bedrock', 'amazon-bedrock-text.json'))(request, response);
      else
        stream(loadResponses('bedrock', 'amazon-bedrock-text.chunks.txt').flat().map(invokeFrame))(
          request,
          response,
        );
    });
    const body = JSON.stringify({ messages: ask.messages, inferenceConfig: { max_new_tokens: 50 } });
    const whole = await client.send(
      new InvokeModelCommand({ modelId: MODEL, body, contentType: 'application/json' }),
    );
    expect(JSON.parse(Buffer.from(whole.body).toString())).toHaveProperty('usage.inputTokens', 22);
    const streamed = await client.send(new InvokeModelWithResponseStreamCommand({ modelId: MODEL, body }));
    let pieces = 0;
    for await (const event of streamed.body ?? []) pieces += event.chunk?.bytes === undefined ? 0 : 1;
    expect(pieces).toBe(16);
    await through.settled(2);
    expect(through.settlements.map(({ charges }) => charges[0]?.usage)).toEqual([
      { freshIn: 22, textOut: 57 },
      { freshIn: 22, textOut: 55 },
    ]);
    expect(through.seen.every((request) => checkSignature(request, SECRET).valid)).toBe(true);
  });
});

describe('InvokeModel', () => {
  test('Anthropic’s body is read by Anthropic’s rules; headers count where a body does not', async () => {
    const answers = [
      {
        type: 'message',
        content: [],
        stop_reason: 'end_turn',
        usage: { input_tokens: 5, output_tokens: 6, cache_read_input_tokens: 7 },
      },
      { outputs: [{ text: 'hi', stop_reason: 'stop' }] },
    ];
    const { gateway: through, client } = await start((request, response) =>
      json(answers[which(request)], {
        'x-amzn-bedrock-input-token-count': '12',
        'x-amzn-bedrock-output-token-count': '34',
      })(request, response),
    );
    const which = (request: SeenRequest): number => (request.url.includes('anthropic') ? 0 : 1);
    for (const modelId of [
      'global.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'mistral.mistral-large-2402-v1:0',
    ])
      await client.send(new InvokeModelCommand({ modelId, body: '{"max_tokens":9}' }));
    await through.settled(2);
    expect(
      through.settlements.map(({ charges, geo }) => [charges[0]?.usage, charges[0]?.cost.kind, geo]),
    ).toEqual([
      [{ freshIn: 5, cacheRead: 7, textOut: 6 }, 'priced', 'global'],
      [{ freshIn: 12, textOut: 34 }, 'priced', ''],
    ]);
  });
});

describe('errors and refusals', () => {
  test('Bedrock’s own pass unchanged and cost nothing', async () => {
    const { gateway: through, client } = await start(
      json({ message: 'Too many tokens' }, { 'x-amzn-errortype': 'ThrottlingException' }, 429),
    );
    await expect(client.send(new ConverseCommand(ask))).rejects.toMatchObject({
      name: 'ThrottlingException',
      message: 'Too many tokens',
    });
    await through.settled(1);
    expect(through.settlements[0]).toMatchObject({ status: 'upstream_error', httpStatus: 429 });
    expect(costOf(through)).toBe('0');
  });

  test('an exception inside a stream reaches the client as what it is', async () => {
    const { gateway: through, client } = await start(
      stream([
        converseFrame('{"messageStart":{"role":"assistant"}}'),
        (await import('../../src/gateway/wires/event-stream.ts')).writeFrame(
          {
            ':message-type': 'exception',
            ':exception-type': 'throttlingException',
            ':content-type': 'application/json',
          },
          '{"message":"slow down"}',
        ),
      ]),
    );
    const answer = await client.send(new ConverseStreamCommand(ask));
    await expect(
      (async () => {
        for await (const _ of answer.stream ?? []);
      })(),
    ).rejects.toMatchObject({ name: 'ThrottlingException', message: 'slow down' });
    await through.settled(1);
    expect(through.settlements[0]!.status).toBe('upstream_error');
  });

  test('a stream that breaks ends with an exception that the client understands', async () => {
    const { client } = await start((_, response) => {
      response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
      response.write(converseFrame('{"messageStart":{"role":"assistant"}}'));
      setTimeout(() => response.destroy(), 50);
    });
    const answer = await client.send(new ConverseStreamCommand(ask));
    await expect(
      (async () => {
        for await (const _ of answer.stream ?? []);
      })(),
    ).rejects.toMatchObject({ name: 'ModelStreamErrorException' });
  });

  test('a signature is no key: the refusal says where a Setpoint key goes', async () => {
    const { client, gateway: through } = await start(json({}), { unkeyed: false });
    const refused = client.send(new ConverseCommand(ask));
    await expect(refused).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(refused).rejects.toThrow(/signature.*cannot be passed on.*x-api-key/is);
    expect(through.seen).toEqual([]);
  });

  test('a signed call of a client that has no provider credential behind it is not sent', async () => {
    const { client, gateway: through } = await start(json({}), {
      passThroughKeys: true,
      rule: { secret: undefined },
    });
    await expect(client.send(new ConverseCommand(ask))).rejects.toThrow(/no credential/i);
    expect(through.seen).toEqual([]);
  });

  test('who has no Bedrock in the settings is told what to set', async () => {
    gateway = await startGatewayAlone({ provider: json({}) });
    const refused = clientOf(gateway.url).send(new ConverseCommand(ask));
    await expect(refused).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(refused).rejects.toThrow(/preset: bedrock/);
  });

  test('capacity that was bought ahead costs nothing more', async () => {
    const arn = 'arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc123';
    const { gateway: through, client } = await start(
      json({ output: { message: {} }, stopReason: 'end_turn', usage: { inputTokens: 10, outputTokens: 20 } }),
      { rule: { deployments: { [arn]: { model: 'amazon.nova-pro-v1:0', mode: 'provisioned' } } } },
    );
    await client.send(new ConverseCommand({ ...ask, modelId: arn }));
    await through.settled(1);
    expect(through.settlements[0]).toMatchObject({
      serviceTier: 'provisioned',
      intent: { account: '123456789012', model: arn },
      charges: [
        {
          model: 'amazon.nova-pro-v1:0',
          usage: { freshIn: 10, textOut: 20 },
          cost: { kind: 'priced', total: 0n },
        },
      ],
    });
  });
});

function costOf({ settlements }: GatewayAlone): string {
  const cost = settlements[0]?.charges[0]?.cost;
  return cost?.kind === 'priced' ? formatDollars(cost.total) : 'unpriced';
}
