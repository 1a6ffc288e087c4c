/**
 * What a caller can say and must not reach: another host than the settings', a header that is not its business, a credential that
 * is not its own. Each request goes out on a raw socket, so that no client tidies it.
 */
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { requestHeaders, responseHeaders } from '../../src/gateway/headers.ts';
import { startGatewayAlone } from '../e2e/gateway-alone.ts';
import type { GatewayAlone, GatewayAloneOptions } from '../e2e/gateway-alone.ts';

const ANSWER = JSON.stringify({
  id: 'x',
  model: 'gpt-4o',
  choices: [],
  usage: { prompt_tokens: 1, completion_tokens: 1 },
});
const CHAT = { model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] };

let elsewhere: Server;
let reached = 0;
let evil = '';
let gateway: GatewayAlone | undefined;
beforeAll(async () => {
  elsewhere = createServer((_request, response) => void response.end(ANSWER));
  elsewhere.on('connection', () => (reached += 1));
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  evil = `127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
});
afterAll(() => void elsewhere.close());
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});

async function start(more: Partial<GatewayAloneOptions> = {}): Promise<GatewayAlone> {
  gateway = await startGatewayAlone({
    provider: (_request, response) =>
      void response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER),
    ...more,
  });
  return gateway;
}

/** One request as it is written; `connection: close` is added. */
function raw(port: number, line: string, headers: readonly string[], body = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => void (text += chunk.toString('latin1')));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
    const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
    socket.write(`${[line, ...headers, ...length, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`);
  });
}

const CHAT_LINE = 'POST /v1/chat/completions HTTP/1.1';
const HOST = 'Host: localhost';

/** `EVIL` is the address of the listener that must not be reached. */
const HEADER_TRICKS: readonly string[] = [
  'X-Forwarded-Host: EVIL',
  'X-Forwarded-Server: EVIL',
  'X-Forwarded-Proto: http\r\nX-Forwarded-Port: 80\r\nX-Forwarded-For: 127.0.0.1',
  'Forwarded: host=EVIL;proto=http',
  'X-Host: EVIL',
  'X-Original-Host: EVIL',
  'X-Original-URL: http://EVIL/v1/chat/completions',
  'X-Rewrite-URL: http://EVIL/v1/chat/completions',
  'X-HTTP-Host-Override: EVIL',
  'X-Portkey-Custom-Host: http://EVIL/v1',
  'X-Portkey-Config: {"custom_host":"http://EVIL/v1","provider":"openai"}',
  'X-Portkey-Provider: http://EVIL',
  'X-LiteLLM-Api-Base: http://EVIL/v1',
  'Api-Base: http://EVIL/v1',
  'X-Api-Base: http://EVIL/v1',
  'X-Base-Url: http://EVIL/v1',
  'Helicone-Target-Url: http://EVIL',
  'Helicone-OpenAI-Api-Base: http://EVIL/v1',
  'Cf-Aig-Custom-Host: http://EVIL',
  'X-Bf-Base-Url: http://EVIL',
  'X-Setpoint-Provider: http://EVIL/v1',
  'X-Setpoint-Base-Url: http://EVIL/v1',
  'X-Setpoint-Route: EVIL/gpt-4o',
  'X-Middleware-Rewrite: http://EVIL/',
  'X-Middleware-Subrequest: middleware',
  'X-Target-Url: http://EVIL',
  'Destination: http://EVIL/',
  'Proxy-Authorization: Basic eDp5',
  'Proxy-Connection: keep-alive',
  'Via: 1.1 EVIL',
  'Alt-Svc: h2="EVIL"',
  'Alt-Used: EVIL',
  'Referer: http://EVIL/',
];

const BODY_TRICKS: ReadonlyArray<Readonly<Record<string, unknown>>> = [
  { api_base: 'http://EVIL/v1' },
  { apiBase: 'http://EVIL/v1' },
  { base_url: 'http://EVIL/v1' },
  { baseUrl: 'http://EVIL/v1', baseURL: 'http://EVIL/v1' },
  { api_key: 'sk-x', custom_llm_provider: 'openai', api_base: 'http://EVIL/v1' },
  {
    user_config: {
      model_list: [{ model_name: 'gpt-4o', litellm_params: { model: 'gpt-4o', api_base: 'http://EVIL/v1' } }],
    },
  },
  { extra_body: { api_base: 'http://EVIL/v1' }, extra_headers: { host: 'EVIL' } },
  { litellm_params: { api_base: 'http://EVIL/v1' } },
  { litellm_metadata: { api_base: 'http://EVIL/v1' }, metadata: { api_base: 'http://EVIL/v1' } },
  {
    model_list: [{ api_base: 'http://EVIL/v1' }],
    fallbacks: [{ model: 'gpt-4o', api_base: 'http://EVIL/v1' }],
  },
  { provider: { base_url: 'http://EVIL/v1' }, custom_host: 'http://EVIL/v1' },
  { endpoint: 'http://EVIL/v1', host: 'EVIL', url: 'http://EVIL/v1', proxy: 'http://EVIL' },
  { aws_bedrock_runtime_endpoint: 'http://EVIL', vertex_location: 'x@EVIL/#', azure_endpoint: 'http://EVIL' },
  { webhook: 'http://EVIL/', callback_url: 'http://EVIL/', notification_url: 'http://EVIL/' },
];

const TARGETS: readonly string[] = [
  'http://EVIL/v1/chat/completions',
  'HTTP://EVIL/v1/chat/completions',
  'https://EVIL/v1/chat/completions',
  'http://localhost@EVIL/v1/chat/completions',
  'http://EVIL@localhost/v1/chat/completions',
  '//EVIL/v1/chat/completions',
  '///EVIL/v1/chat/completions',
  '/\\EVIL/v1/chat/completions',
  '/@EVIL/v1/chat/completions',
  '/v1/@EVIL/chat/completions',
  '/v1/chat/completions?api_base=http://EVIL/v1',
  '/v1/chat/completions?api-version=2024-10-21@EVIL/',
  '/v1/chat/completions#@EVIL/',
  '/v1/files/..%2f..%2f..%2fEVIL',
  '/v1/files/../../EVIL',
  '/v1/files/%2e%2e/%2e%2e/admin',
  '/v1/http://EVIL/',
  '/v1/responses/http:%2f%2fEVIL%2f',
  '/openai/deployments/EVIL%2f..%2f..%2fx/chat/completions?api-version=1',
  '/openai/deployments/..%2f..%2fEVIL/chat/completions',
  '/model/http:%2f%2fEVIL%2fx/invoke',
  '/v1beta/models/..%2f..%2fEVIL:generateContent',
  '/v1beta/models/x@EVIL:generateContent',
  'ftp://EVIL/v1/chat/completions',
  'EVIL/v1/chat/completions',
  '*',
];

const MODELS: readonly string[] = [
  'http://EVIL/gpt-4o',
  '@EVIL/gpt-4o',
  'openai/http://EVIL/x',
  'gpt-4o@EVIL',
  '../../EVIL',
  'EVIL#gpt-4o',
];

const PROVIDERS = [
  { name: 'openai', dialect: 'openai', models: ['*'] },
  { name: 'anthropic', dialect: 'anthropic', models: ['*'] },
  { name: 'google', dialect: 'google', models: ['*'] },
  { name: 'azure', dialect: 'azure', models: ['*'] },
  { name: 'bedrock', dialect: 'bedrock', models: ['*'], region: 'eu-central-1' },
] as const;

describe('a caller never chooses a host', () => {
  const put = (text: string): string => text.replaceAll('EVIL', evil);

  it(`by ${HEADER_TRICKS.length} headers, none of which goes on`, async () => {
    const { port, seen } = await start();
    reached = 0;
    for (const trick of HEADER_TRICKS) {
      const before = seen.length;
      const answer = await raw(port, CHAT_LINE, [HOST, put(trick)], JSON.stringify(CHAT));
      expect([trick, answer.slice(0, 12)]).toEqual([trick, 'HTTP/1.1 200']);
      expect(seen).toHaveLength(before + 1);
      const { headers } = seen.at(-1)!;
      expect(Object.keys(headers).toSorted()).toEqual([
        'accept-encoding',
        'authorization',
        'connection',
        'content-length',
        'content-type',
        'host',
      ]);
      expect(JSON.stringify(headers)).not.toContain(evil);
    }
    expect(reached).toBe(0);
  });

  it(`by ${BODY_TRICKS.length} fields`, async () => {
    const { port, seen } = await start();
    reached = 0;
    for (const trick of BODY_TRICKS)
      expect(await raw(port, CHAT_LINE, [HOST], put(JSON.stringify({ ...CHAT, ...trick })))).toMatch(
        /^HTTP\/1\.1 200/,
      );
    expect([seen.length, reached]).toEqual([BODY_TRICKS.length, 0]);
  });

  it(`by ${TARGETS.length} targets, nor by a Host`, async () => {
    const { port, seen, faults } = await start({ providers: PROVIDERS });
    reached = 0;
    for (const target of TARGETS)
      for (const host of [HOST, put('Host: EVIL')]) {
        const answer = await raw(port, `POST ${put(target)} HTTP/1.1`, [host], JSON.stringify(CHAT));
        expect([target, Number(answer.slice(9, 12))]).toEqual([
          target,
          expect.toSatisfy((status: number) => status === 200 || (status >= 400 && status < 500)),
        ]);
      }
    expect([reached, faults]).toEqual([0, []]);
    for (const { headers, url } of seen) {
      expect(headers.host).not.toBe(evil);
      expect(url).toMatch(/^\/v1\//);
      expect(url).not.toMatch(/\/(\.|%2e){1,2}(\/|$)/i);
    }
  });

  it(`by ${MODELS.length} names of models, in the body or in the path`, async () => {
    const { port, seen, faults } = await start({ providers: PROVIDERS });
    reached = 0;
    for (const model of MODELS.map(put)) {
      const body = JSON.stringify({ ...CHAT, model, contents: [{ parts: [{ text: 'hi' }] }], max_tokens: 1 });
      const inPath = encodeURIComponent(model);
      for (const path of [
        '/v1/chat/completions',
        '/v1/messages',
        `/v1beta/models/${inPath}:generateContent`,
        `/model/${inPath}/converse`,
        `/openai/deployments/${inPath}/chat/completions`,
      ])
        await raw(port, `POST ${path} HTTP/1.1`, [HOST], body);
    }
    expect([reached, faults]).toEqual([0, []]);
    expect(seen.length).toBeGreaterThan(MODELS.length * 3);
    for (const { url } of seen) expect(url).toMatch(/^\/v1\//);
  });

  it('is reached where a server does as the header says (control)', async () => {
    const naive = createServer((request, response) => {
      const host = request.headers['x-portkey-custom-host'];
      fetch(`${String(host)}/chat/completions`).then(
        async (answer) => void response.end(await answer.text()),
        () => void response.writeHead(502).end(),
      );
    });
    await new Promise<void>((resolve) => naive.listen(0, '127.0.0.1', resolve));
    reached = 0;
    await raw((naive.address() as AddressInfo).port, 'GET / HTTP/1.1', [
      HOST,
      put('X-Portkey-Custom-Host: http://EVIL/v1'),
    ]);
    naive.close();
    expect(reached).toBe(1);
  });
});

describe('headers to the provider', () => {
  const ask = {
    dialect: 'anthropic',
    authorization: { 'x-api-key': 'ours' },
    configured: {},
    ownAccount: false,
    opaque: false,
    uploading: false,
  } as const;
  const sent = (incoming: IncomingHttpHeaders, more: object = {}): Record<string, string> => {
    const flat = requestHeaders(incoming, { ...ask, ...more });
    const names = flat.filter((_text, index) => index % 2 === 0);
    expect(new Set(names).size).toBe(names.length);
    return Object.fromEntries(names.map((name, index) => [name, flat[index * 2 + 1] ?? '']));
  };
  const BASE = { 'accept-encoding': 'identity', 'content-type': 'application/json', 'x-api-key': 'ours' };

  it.each([
    'authorization',
    'x-api-key',
    'api-key',
    'x-goog-api-key',
    'cookie',
    'proxy-authorization',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'keep-alive',
    'proxy-connection',
    'connection',
    'host',
    'expect',
    'content-encoding',
    'accept-encoding',
    'x-forwarded-for',
    'x-setpoint-team',
    'x-middleware-subrequest',
    'traceparent',
    'content-length',
    '__proto__',
    'constructor',
  ])('never hold the client’s %s', (name) => {
    const incoming: IncomingHttpHeaders = Object.defineProperty({}, name, {
      value: 'theirs',
      enumerable: true,
    });
    expect(sent(incoming)).toEqual(BASE);
  });

  it('leave behind what the client’s connection names', () => {
    const incoming = { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'x', 'user-agent': 'sdk' };
    expect(sent(incoming)).toEqual({ ...BASE, ...incoming });
    expect(sent({ ...incoming, connection: 'keep-alive, Anthropic-Beta,\tuser-agent' })).toEqual({
      ...BASE,
      'anthropic-version': '2023-06-01',
    });
  });

  it('prefer the settings’ own', () => {
    expect(
      sent({ 'anthropic-version': 'theirs' }, { configured: { 'anthropic-version': 'ours' } })[
        'anthropic-version'
      ],
    ).toBe('ours');
  });
});

describe('a credential', () => {
  const CREDENTIALS = [
    'Authorization: Bearer CANARY',
    'Authorization: Basic CANARY',
    'x-api-key: CANARY',
    'api-key: CANARY',
    'x-goog-api-key: CANARY',
    'Cookie: session=CANARY',
    'Proxy-Authorization: Basic CANARY',
  ];

  it.each(CREDENTIALS)('of the client (%s) stays here', async (line) => {
    const { port, seen } = await start();
    await raw(port, CHAT_LINE, [HOST, line], JSON.stringify(CHAT));
    await raw(port, 'POST /v1/files?key=CANARY HTTP/1.1', [HOST, line], 'x');
    expect(seen).toHaveLength(2);
    expect(JSON.stringify(seen)).not.toContain('CANARY');
    expect(seen[0]?.headers.authorization).toBe('Bearer provider-secret');
  });

  it('of the client goes on where pass-through is set, as the credential and nowhere else', async () => {
    const { port, seen } = await start({ rulebook: { passThroughKeys: true, unkeyed: false } });
    await raw(
      port,
      CHAT_LINE,
      [HOST, 'Authorization: Bearer CANARY', 'Cookie: x=y', 'x-api-key: other'],
      JSON.stringify(CHAT),
    );
    expect(seen[0]?.headers.authorization).toBe('Bearer CANARY');
    expect(JSON.stringify(seen)).not.toContain('provider-secret');
    expect(Object.keys(seen[0]?.headers ?? {})).not.toContain('x-api-key');
  });
});

describe('headers back to the client', () => {
  it('are those that clients read; cookies, servers and hosts stay here', () => {
    const own = { 'x-setpoint-call-id': 'c' };
    const upstream = {
      'content-type': 'application/json',
      'x-request-id': 'r',
      'openai-version': 'v',
      'x-ratelimit-limit-requests': '1',
      'set-cookie': ['a=b'],
      'set-cookie2': 'a=b',
      server: 's',
      via: 'v',
      location: 'http://10.0.0.1/',
      'content-location': '/',
      refresh: '0;url=x',
      'transfer-encoding': 'chunked',
      'content-length': '5',
      connection: 'close, X-Request-Id, openai-version',
      'keep-alive': 'timeout=5',
      upgrade: 'h2c',
      trailer: 'x',
      'access-control-allow-origin': '*',
      'alt-svc': 'h3=":443"',
      'strict-transport-security': 'x',
      'www-authenticate': 'Basic',
      'x-setpoint-call-id': 'theirs',
      'x-setpoint-cost': '0',
    };
    expect(responseHeaders(upstream, own)).toEqual({
      'content-type': 'application/json',
      'x-ratelimit-limit-requests': '1',
      ...own,
    });
  });

  it('hold no cookie of a provider on the wire', async () => {
    const { port } = await start({
      provider: (_request, response) =>
        void response
          .writeHead(200, {
            'content-type': 'application/json',
            'set-cookie': ['s=CANARY; Path=/'],
            location: 'http://CANARY/',
          })
          .end(ANSWER),
    });
    const answer = await raw(port, CHAT_LINE, [HOST], JSON.stringify(CHAT));
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
    expect(answer).not.toContain('CANARY');
  });
});
