/**
 * Nothing that is secret is kept: twenty providers’ keys, Setpoint keys, and sentences in prompts, tools, answers, uploads
 * and errors go through a running system on every path, through failures and kills; then every byte that is left is
 * looked at. The control plants one word where names belong, and it must be found in the ledger.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { CreatedKey } from '../../src/api/contract/keys.ts';
import { scanFiles, scanLedger, scanRegistry, scanTexts } from './canary-scan.ts';
import { startCanaryUpstream } from './canary-upstream.ts';
import type { CanaryUpstream } from './canary-upstream.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';

/** In every canary, so that looking for one word finds them all, cut ones too. */
const MARK = `Zq7Canary${randomBytes(4).toString('hex')}`;
const PLANTED = `Zq7Planted${randomBytes(4).toString('hex')}`;
const canary = (what: string): string => `${MARK} ${what} ${MARK}`;
const PROVIDERS = 20;
const LOOKS = 5_000;
const PROJECT = resolve(import.meta.dirname, '../..');

const folder = mkdtempSync(join(tmpdir(), 'setpoint-canaries-'));
const texts = new Map<string, string>();
/** The parts of Setpoint keys that are secret. */
const secrets: string[] = [];
let upstream: CanaryUpstream;
let collector: ReturnType<typeof createServer>;
let system: System;
let setpointKey = '';

const providerKey = (index: number): string =>
  `sk-${MARK}-${String(index).padStart(2, '0')}-0123456789abcdef`;
const DIALECTS = [
  ...Array.from({ length: 11 }, () => 'openai'),
  ...Array.from({ length: 3 }, () => 'anthropic'),
  'google',
  'google',
  'azure',
  'azure',
  'bedrock',
  'bedrock',
];

/** A third each by variable, by file, and given to Setpoint; the last one is an access key of AWS. */
function providerSettings(index: number): object {
  const name = `p${String(index).padStart(2, '0')}`;
  const common = {
    name,
    dialect: DIALECTS[index],
    baseUrl: `${upstream.url}${DIALECTS[index] === 'azure' || DIALECTS[index] === 'bedrock' ? '' : '/v1'}`,
    models: [`m${name.slice(1)}-*`],
    region: 'eu-central-1',
    retries: 0,
    breaker: { failures: 0 },
  };
  if (index % 3 === 0) return { ...common, key: { env: `CANARY_KEY_${index}` } };
  if (index % 3 === 1 && index !== PROVIDERS - 1) {
    writeFileSync(join(folder, name), `${providerKey(index)}\n`);
    return { ...common, key: { file: join(folder, name) } };
  }
  return common;
}

beforeAll(async () => {
  upstream = await startCanaryUpstream(canary('answer'), canary('error'));
  collector = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => void (body += chunk.toString()));
    request.on('end', () => {
      texts.set(`collector ${texts.size}`, body);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((listening) => void collector.listen(0, '127.0.0.1', listening));
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  const every = Array.from({ length: PROVIDERS }, (_, index) => index);
  system = await startSystem({
    workers: 2,
    simulator: { timeScale: 0 },
    settings: {
      providers: every.map(providerSettings),
      telemetry: { export: { endpoint } },
      limits: { upstreamHeadersMs: 2_000, drainMs: 1_000 },
      overload: { enabled: false }, // a busy machine must not keep canaries from their paths
    },
    environment: Object.fromEntries(every.map((index) => [`CANARY_KEY_${index}`, providerKey(index)])),
  });
}, 240_000);
afterAll(async () => {
  await system?.stop();
  upstream?.close();
  collector?.closeAllConnections();
  collector?.close();
  rmSync(folder, { recursive: true, force: true });
});

type Headers = Readonly<Record<string, string>>;

/** One call; what the gateway itself says goes to the texts, what a provider said belongs to its caller. */
async function call(path: string, body: unknown, headers: Headers = {}, method = 'POST'): Promise<number> {
  try {
    const answer = await fetch(`${system.gatewayUrl}${path}`, {
      method,
      headers: withKey(headers),
      ...(method === 'POST' && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    const said = JSON.stringify([...answer.headers]);
    const text = await answer.text();
    texts.set(
      `answer ${texts.size} ${path.slice(0, 40)}`,
      text.includes('setpoint_') ? `${said}${ownWords(text)}` : said,
    );
    return answer.status;
  } catch {
    return 0; // it was cut, which is what some are there for
  }
}

/** With the key where most clients have it, unless the call brings a credential of its own or none (`''`). */
function withKey(headers: Headers): Record<string, string> {
  const all = { 'content-type': 'application/json', authorization: `Bearer ${setpointKey}`, ...headers };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
}

/** Inside a stream that a provider began, the refusal is the last event. */
function ownWords(text: string): string {
  return text
    .split('\n\n')
    .filter((event) => event.includes('setpoint_'))
    .join('\n');
}

async function api(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${system.apiUrl}/api/v1${path}`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  });
  const text = await answer.text();
  return { status: answer.status, text };
}

/** The answer is remembered for the scan, unless it is the one place where a key is shown. */
async function remembered(method: string, path: string, body?: unknown): Promise<string> {
  const { text } = await api(method, path, body);
  texts.set(`API ${texts.size} ${method} ${path}`, text);
  return text;
}

async function newKey(path: string, body: object): Promise<CreatedKey> {
  const { status, text } = await api('POST', path, body);
  if (status !== 201) throw new Error(text);
  const created = JSON.parse(text) as CreatedKey;
  secrets.push(created.secret.split('_')[3] ?? '');
  return created;
}

/** The command line, as a process of its own. */
async function command(argv: readonly string[], stdin = ''): Promise<string> {
  const child = spawn(process.execPath, [join(PROJECT, 'src/main.ts'), ...argv, '--url', system.apiUrl], {
    cwd: system.directory,
    env: { PATH: process.env['PATH'] ?? '' },
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => void (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => void (said += chunk.toString()));
  child.stdin.end(stdin);
  await new Promise((ended) => child.on('close', ended));
  texts.set(`command ${texts.size} ${argv.join(' ')}`, said);
  return said;
}

const PROMPT = [
  { role: 'system', content: canary('system') },
  { role: 'user', content: canary('prompt') },
  {
    role: 'assistant',
    content: null,
    tool_calls: [
      {
        id: 't',
        type: 'function',
        function: { name: 'look', arguments: `{"for":"${canary('arguments')}"}` },
      },
    ],
  },
  { role: 'tool', tool_call_id: 't', content: canary('result') },
];
const TOOLS = [{ type: 'function', function: { name: 'look', description: canary('tool'), parameters: {} } }];
const chat = (model: string, more: object = {}) => ({ model, messages: PROMPT, tools: TOOLS, ...more });
const claude = (model: string, more: object = {}) => ({
  model,
  max_tokens: 50,
  system: canary('system'),
  messages: [{ role: 'user', content: canary('prompt') }],
  ...more,
});
const gemini = { contents: [{ role: 'user', parts: [{ text: canary('prompt') }] }] };
const converse = { messages: [{ role: 'user', content: [{ text: canary('prompt') }] }] };

/** A call to each provider, in its dialect. */
function callTo(index: number, mode: string): Promise<number> {
  const model = `m${String(index).padStart(2, '0')}-${mode}`;
  switch (DIALECTS[index]) {
    case 'anthropic':
      return call('/v1/messages', claude(model), { 'x-api-key': setpointKey, authorization: '' });
    case 'google':
      return call(`/v1beta/models/${model}:generateContent?key=${setpointKey}`, gemini, {
        authorization: '',
      });
    case 'azure':
      return call(`/openai/deployments/${model}/chat/completions?api-version=1`, chat(model));
    case 'bedrock':
      return call(`/model/${model}/converse`, converse);
    default:
      return call('/v1/chat/completions', chat(model));
  }
}

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let look = 0; look < LOOKS; look += 1) {
    if (await holds()) return;
    await wait(20);
  }
  throw new Error(`${what}: not after ${LOOKS} looks\n${system.log().slice(-2_000)}`);
}

/** Processes start again and again, on machines that do other things too. */
describe('canaries through a running system', { timeout: 240_000 }, () => {
  test('keys are given, rotated, refused; none of it is repeated', async () => {
    const accessKey = JSON.stringify({ accessKeyId: `AKIA${MARK}`, secretAccessKey: providerKey(19) });
    await command(['provider', 'key', 'set', 'p02'], `${providerKey(2)}\n`);
    for (let index = 5; index < PROVIDERS; index += 3)
      await remembered('PUT', `/providers/p${String(index).padStart(2, '0')}/key`, {
        key: providerKey(index),
      });
    await remembered('PUT', '/providers/p19/key', { key: accessKey });
    for (const body of [{ key: `${providerKey(0)}\n` }, `{"key": ${providerKey(0)}`, { kee: providerKey(0) }])
      await remembered('PUT', '/providers/p00/key', body);
    await remembered('PUT', '/providers/none/key', { key: providerKey(0) });

    const first = await newKey('/keys', { name: 'canary', workflow: 'canaries' });
    const next = await newKey(`/keys/${first.key.id}/rotation`, { overlapSeconds: 3_600 });
    setpointKey = next.secret;
    secrets.push(
      (await newKey('/keys', { name: 'limited', scope: { models: ['none'] } })).secret.split('_')[3] ?? '',
    );
    await remembered('POST', '/secrets/master-rotation', {});
    // As many connections at once as the calls that follow, so that every worker has answered with the keys.
    const connections = Array.from({ length: PROVIDERS });
    await until(
      async () => (await Promise.all(connections.map(() => callTo(2, 'ok')))).every((code) => code === 200),
      'the gateways have the keys',
    );
  });

  test('every provider is called with its own key', async () => {
    const found = await Promise.all(Array.from({ length: PROVIDERS }, (_, index) => callTo(index, 'ok')));
    expect(found).toEqual(Array.from({ length: PROVIDERS }, () => 200));
    const sent = upstream.credentials.join('\n');
    for (let index = 0; index < PROVIDERS - 1; index += 1) expect(sent).toContain(providerKey(index));
    expect(sent).toContain(`AKIA${MARK}`);
    expect(sent).not.toContain(setpointKey);
  });

  test('every wire, and every way to fail', async () => {
    const modes = ['error', 'denied', 'broken', 'cut', 'hang', 'midway'];
    const streamed = { stream: true };
    await Promise.all([
      ...modes.flatMap((mode) => [
        callTo(0, mode),
        callTo(11, mode),
        callTo(14, mode),
        callTo(16, mode),
        callTo(18, mode),
      ]),
      ...['ok', 'cut', 'midway'].flatMap((mode) => [
        call('/v1/chat/completions', chat(`m00-${mode}`, streamed)),
        call('/v1/messages', claude(`m11-${mode}`, streamed)),
        call(`/v1beta/models/m14-${mode}:streamGenerateContent?alt=sse`, gemini),
        call('/v1/responses', {
          model: `m00-${mode}`,
          input: canary('prompt'),
          instructions: canary('system'),
          ...streamed,
        }),
      ]),
      call('/v1/responses', { model: 'm00-ok', input: canary('prompt'), tools: TOOLS }),
      call('/v1/embeddings', { model: 'm00-ok', input: [canary('prompt')] }),
      call('/v1/images/generations', { model: 'm00-ok', prompt: canary('prompt') }),
      call('/v1/moderations', { input: canary('prompt') }),
      call('/v1/messages/count_tokens', claude('m11-ok')),
      call('/model/m17-ok/invoke', { anthropic_version: 'bedrock-2023-05-31', ...claude('m17-ok') }),
      call('/v1/chat/completions', chat('sim-small', { user: 'u-1' })),
      call('/v1/messages', claude('sim-small', streamed)),
      ...upload(),
      ...malformed(),
    ]);
    expect(texts.size).toBeGreaterThan(60);
  });

  function upload(): Array<Promise<number>> {
    const form = (content: string) =>
      `--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nm00-ok\r\n--b\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\n${content}\r\n--b--\r\n`;
    const type = { 'content-type': 'multipart/form-data; boundary=b' };
    return [
      call('/v1/audio/transcriptions', form(canary('upload')), type),
      call('/v1/files', form(canary('large upload').repeat(40_000)), type),
      call('/v1/files/file-1/content', '', {}, 'GET'),
    ];
  }

  /** Requests that the gateway refuses itself, with the canary where its words could repeat it. */
  function malformed(): Array<Promise<number>> {
    const mistyped = `${setpointKey.slice(0, -6)}AAAAAA`;
    return [
      call('/v1/chat/completions', `{"model": "m00-ok", "messages": [${canary('broken JSON')}`),
      call('/v1/chat/completions', chat('m00-ok', { messages: canary('no list') })),
      call('/v1/chat/completions', chat('m00-ok', { stream: canary('no boolean') })),
      call('/v1/messages', { ...claude('m11-ok'), messages: [canary('no message')] }),
      call(`/v1beta/models/m14-ok:generateContent?key=${mistyped}`, gemini, { authorization: '' }),
      call('/v1/chat/completions', chat('m00-ok'), { authorization: `Bearer ${providerKey(0)}` }),
      call('/v1/chat/completions', chat('m00-ok'), { authorization: `Basic ${providerKey(0)}` }),
      call('/v1/chat/completions', chat('m00-ok'), { authorization: '', 'x-api-key': mistyped }),
      call('/v1/nothing', chat('m00-ok'), {}, 'POST'),
      call('/v1/chat/completions', `${'['.repeat(100)}"${canary('deep')}"`),
    ];
  }

  test('clients that leave, processes that are killed', async () => {
    const leaving = new AbortController();
    const left = ['/v1/chat/completions'].flatMap((path) =>
      ['m00-hang', 'm00-slow', 'm03-slow'].map((model) =>
        fetch(`${system.gatewayUrl}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${setpointKey}` },
          body: JSON.stringify(chat(model, { stream: true })),
          signal: leaving.signal,
        })
          .then((answer) => answer.text())
          .catch(() => ''),
      ),
    );
    upstream.held.length = 0;
    await until(() => upstream.held.length >= 3, 'three calls under way');
    leaving.abort();
    await Promise.all(left);
    upstream.held.length = 0;
    const killed = [callTo(0, 'slow'), callTo(0, 'hang'), callTo(3, 'slow')];
    await until(() => upstream.held.length >= 3, 'three more under way');
    await system.kill('gateway');
    await Promise.all(killed);
    await system.kill('ledger');
    await system.kill('control');
    await system.ready();
    expect(await callTo(19, 'ok')).toBe(200); // the keys are opened again
  });

  test('the API, spans, metrics, exports, the command line', async () => {
    const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
    const span = {
      traceId: 'c'.repeat(32),
      spanId: '1'.padStart(16, '0'),
      name: 'chat gpt-4o',
      startTimeUnixNano: `${Date.now() - 60_000}000000`,
      endTimeUnixNano: `${Date.now() - 59_000}000000`,
      attributes: [
        attribute('gen_ai.operation.name', 'chat'),
        attribute('gen_ai.provider.name', 'openai'),
        attribute('gen_ai.request.model', 'gpt-4o'),
        attribute('gen_ai.prompt', canary('span')),
        attribute('gen_ai.input.messages', JSON.stringify(PROMPT)),
        attribute('gen_ai.output.messages', canary('span answer')),
        attribute('input.value', canary('span input')),
      ],
      events: [
        { name: 'gen_ai.content.prompt', attributes: [attribute('gen_ai.prompt', canary('span event'))] },
      ],
    };
    await remembered('POST', '/otlp/v1/traces', { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
    // The control: a word where names belong, which is kept on purpose and must be found.
    await call('/v1/chat/completions', chat('m00-ok'), { 'x-setpoint-workflow': PLANTED });
    const ledger = '/ledger?of=calls&by=workflow&during=today';
    await until(
      async () => (await api('GET', ledger)).text.includes(PLANTED),
      'the last call is in the ledger',
    );
    for (const path of [
      '/calls?during=today&limit=1000',
      '/keys',
      '/providers',
      '/providers/keys',
      '/telemetry',
    ])
      await remembered('GET', path);
    for (const url of [`${system.gatewayUrl}/metrics`, `${system.apiUrl}/metrics`, `${system.apiUrl}/readyz`])
      texts.set(url, await (await fetch(url)).text());
    await command(['ledger', '--by', 'provider,model,key', '--during', 'today', '--output', 'csv']);
    await command(['focus', 'export', '--during', 'today']);
    await until(
      () => [...texts.keys()].some((name) => name.startsWith('collector')),
      'telemetry was told on',
    );
  });

  test('leave no trace, and the scan finds what was planted', async () => {
    await system.halt();
    texts.set('log', system.log());
    expect(secrets.length).toBeGreaterThanOrEqual(3);
    const words = [PLANTED, MARK, ...secrets];
    const data = join(system.directory, 'data');
    const ledger = await scanLedger(join(data, 'ledger'), words);
    const hits = [
      ...scanTexts(texts, words),
      ...scanFiles(system.directory, words),
      ...scanRegistry(join(data, 'registry.sqlite'), words),
      ...ledger.hits,
    ];
    expect(hits.filter(({ word }) => word !== 0)).toEqual([]);
    const planted = hits.filter(({ word }) => word === 0).map(({ where }) => where);
    expect(planted).toContainEqual(expect.stringMatching(/^ledger table/));
    expect(planted).toContainEqual(expect.stringMatching(/^API .*calls/));
    expect(ledger.rows).toBeGreaterThan(60);
  });

  test('the scan finds a word in every form that it is kept in', () => {
    const text = `...${MARK}...`;
    for (const [form, kept] of [
      ['plain', text],
      ['hex', Buffer.from(text).toString('hex')],
      ...[0, 1, 2].map(
        (shift) => [`base64 ${shift}`, Buffer.from('x'.repeat(shift) + text).toString('base64')] as const,
      ),
    ] as const)
      expect([form, scanTexts(new Map([[form, kept]]), [MARK]).length]).toEqual([form, 1]);
  });
});
