import { randomBytes } from 'node:crypto';

import { afterEach, describe, expect, it } from 'vitest';

import { startGatewayAlone } from '../../../test/e2e/gateway-alone.ts';
import type { GatewayAlone } from '../../../test/e2e/gateway-alone.ts';
import type { KeyRule, KeyScope } from '../../rulebook/rulebook.ts';
import { createKeySecret, keyDigest } from '../../secrets/secrets.ts';

let alone: GatewayAlone;
afterEach(() => alone.stop());

const { id, secret } = createKeySecret(randomBytes);

/** A gateway whose only key has a scope, in front of providers that say yes to everything. */
async function startWith(scope: KeyScope | undefined, rule: Partial<KeyRule> = {}): Promise<void> {
  const key: KeyRule = {
    id,
    digest: keyDigest(secret),
    workflow: '',
    team: '',
    customer: '',
    tags: {},
    expiresAtMs: undefined,
    ...rule,
    ...(scope !== undefined && { scope }),
  };
  alone = await startGatewayAlone({
    provider: (_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"usage":{}}'),
    providers: [
      {
        name: 'openai',
        dialect: 'openai',
        models: ['*'],
        priceProvider: 'openai',
        aliases: { fast: 'gpt-4o-mini' },
      },
      { name: 'anthropic', dialect: 'anthropic', models: ['*'], priceProvider: 'anthropic' },
      { name: 'google', dialect: 'google', models: ['*'], priceProvider: 'google' },
      { name: 'azure', dialect: 'azure', models: ['*'], priceProvider: 'azure' },
      { name: 'bedrock', dialect: 'bedrock', models: ['*'], priceProvider: 'aws' },
    ],
    rulebook: {
      unkeyed: false,
      keys: [key],
      workflows: [{ name: 'support', team: 'CX', retrievalDelimiters: [] }],
    },
  });
}

type Headers = Readonly<Record<string, string>>;

async function post(path: string, body: unknown, headers: Headers = {}) {
  const json = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(`${alone.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}`, ...headers },
    body: json,
  });
  return { status: answer.status, text: await answer.text() };
}

const MESSAGES = [{ role: 'user', content: 'Hi' }];
const chat = (more: object = {}, headers: Headers = {}) =>
  post('/v1/chat/completions', { model: 'gpt-4o', messages: MESSAGES, ...more }, headers);

/** Nothing may have been sent, and nothing intended. */
function expectNothingSent(): void {
  expect([alone.seen.length, alone.intents.length]).toEqual([0, 0]);
}

describe('a key that is limited to models', () => {
  const scope = {
    models: ['gpt-4o*', 'claude-haiku*', 'gemini-2.5-flash*', 'anthropic.claude-haiku*', 'small'],
  };

  it.each([
    [
      'openai',
      '/v1/chat/completions',
      { model: 'gpt-5', messages: MESSAGES },
      '"code":"setpoint_unauthorized"',
    ],
    ['responses', '/v1/responses', { model: 'gpt-5', input: 'Hi' }, '"code":"setpoint_unauthorized"'],
    [
      'embeddings',
      '/v1/embeddings',
      { model: 'text-embedding-3', input: 'Hi' },
      '"code":"setpoint_unauthorized"',
    ],
    [
      'anthropic',
      '/v1/messages',
      { model: 'claude-opus-4', max_tokens: 9, messages: MESSAGES },
      '"type":"permission_error"',
    ],
    [
      'google',
      '/v1beta/models/gemini-3-pro:generateContent',
      { contents: [] },
      '"status":"PERMISSION_DENIED"',
    ],
    [
      'bedrock',
      '/model/anthropic.claude-opus/converse',
      { messages: [{ role: 'user', content: [{ text: 'Hi' }] }] },
      '"code":"setpoint_unauthorized"',
    ],
    [
      'azure',
      '/openai/deployments/large/chat/completions?api-version=1',
      { messages: MESSAGES },
      '"code":"setpoint_unauthorized"',
    ],
  ])(
    'is refused others with 403 in the dialect of %s, saying which it may call',
    async (_, path, body, words) => {
      await startWith(scope);
      const { status, text } = await post(path, body);
      expect(status).toBe(403);
      expect(text).toContain(words);
      expect(text).toMatch(/setpoint_unauthorized/);
      expect(text).toContain('gpt-4o*, claude-haiku*, gemini-2.5-flash*');
      expect(text).toMatch(/nothing was charged/);
      expectNothingSent();
    },
  );

  it('may call those, by the provider’s name, by an alias and with the provider before it', async () => {
    await startWith(scope);
    for (const model of ['gpt-4o-2024', 'fast', 'openai/gpt-4o'])
      expect([model, (await chat({ model })).status]).toEqual([model, 200]);
    expect((await post('/v1beta/models/gemini-2.5-flash:generateContent', { contents: [] })).status).toBe(
      200,
    );
    expect((await post('/openai/deployments/small/chat/completions', { messages: MESSAGES })).status).toBe(
      200,
    );
  });

  it.each([
    ['a list of fallbacks', { models: ['gpt-4o', 'gpt-5'] }],
    ['a tool that runs another model', { tools: [{ type: 'image_generation', model: 'gpt-image-1' }] }],
  ])('may not reach others through %s', async (_, more) => {
    await startWith(scope);
    expect((await chat(more)).status).toBe(403);
    expectNothingSent();
  });

  it('may not run what names no model that could be checked, and may read what was made', async () => {
    await startWith(scope);
    const batch = { input_file_id: 'file-1', endpoint: '/v1/chat/completions', completion_window: '24h' };
    for (const [path, body] of [
      ['/v1/batches', batch],
      ['/v1/messages/batches', { requests: [] }],
      ['/v1/images/generations', { prompt: 'Hi' }],
    ] as const)
      expect([path, (await post(path, body)).status]).toEqual([path, 403]);
    expectNothingSent();
    const read = await fetch(`${alone.url}/v1/files/file-1`, {
      headers: { authorization: `Bearer ${secret}` },
    });
    expect(read.status).toBe(200);
  });

  it('may not name two models in one form', async () => {
    await startWith(scope);
    const form = (models: readonly string[]) =>
      models
        .map((model) => `--b\r\ncontent-disposition: form-data; name="model"\r\n\r\n${model}\r\n`)
        .join('') +
      '--b\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\nRIFF\r\n--b--\r\n';
    const type = { 'content-type': 'multipart/form-data; boundary=b' };
    const path = '/v1/audio/transcriptions';
    expect((await post(path, form(['gpt-4o-transcribe', 'whisper-1']), type)).status).toBe(403);
    expect((await post(path, form(['whisper-1']), type)).status).toBe(403);
    expectNothingSent();
    expect((await post(path, form(['gpt-4o-transcribe']), type)).status).toBe(200);
  });

  it('is shown those models only', async () => {
    await startWith({ models: ['gpt-4o-mini'] });
    const answer = await fetch(`${alone.url}/v1/models`, { headers: { authorization: `Bearer ${secret}` } });
    const { data } = (await answer.json()) as { data: Array<{ id: string }> };
    expect(new Set(data.map((one) => one.id))).toEqual(new Set(['gpt-4o-mini']));
  });
});

describe('a key that is limited to wires or endpoints', () => {
  it('is refused the others before its body is looked at', async () => {
    await startWith({ endpoints: ['inference'], wires: ['openai-chat', 'openai-other'] });
    expect((await chat()).status).toBe(200);
    const embeddings = await post('/v1/embeddings', 'no json');
    expect(embeddings).toMatchObject({
      status: 403,
      text: expect.stringContaining('Allowed wires: openai-chat'),
    });
    const files = await post('/v1/files', '');
    expect(files).toMatchObject({
      status: 403,
      text: expect.stringContaining('Allowed endpoints: inference'),
    });
    expect(alone.intents).toHaveLength(1);
  });
});

describe('a key that is limited in whom it may name', () => {
  it.each([
    ['workflow', { workflows: ['support*'] }],
    ['team', { teams: ['support*'] }],
    ['customer', { customers: ['support*'] }],
  ] as const)('makes calls of such a %s and no others, named or not', async (field, scope) => {
    await startWith(scope);
    const name = `x-setpoint-${field}`;
    expect((await chat({}, { [name]: 'support-eu' })).status).toBe(200);
    const other = await chat({}, { [name]: 'sales' });
    expect(other).toMatchObject({ status: 403, text: expect.stringContaining('support*') });
    const none = await chat();
    expect(none).toMatchObject({ status: 403, text: expect.stringContaining(`names no ${field}`) });
    expect(alone.intents).toHaveLength(1);
  });

  it('is held to it wherever the name is said: body, baggage, another gateway’s header, the workflow’s own team', async () => {
    await startWith({ customers: ['acme'], teams: ['sales'] }, { customer: 'acme', team: 'sales' });
    expect((await chat()).status).toBe(200);
    expect((await chat({ user: 'globex' })).status).toBe(403);
    expect((await chat({}, { baggage: 'tenant.id=globex' })).status).toBe(403);
    expect((await chat({}, { 'helicone-user-id': 'globex' })).status).toBe(403);
    expect((await chat({}, { 'x-setpoint-workflow': 'support' })).status).toBe(403); // support belongs to CX
    expect(alone.intents).toHaveLength(1);
  });
});

describe('what a key is for', () => {
  it('a key for questions makes no calls', async () => {
    await startWith({ uses: ['read'] });
    const { status, text } = await chat();
    expect([status, text]).toEqual([403, expect.stringContaining('it is for: read (API)')]);
    expectNothingSent();
  });

  it('control: without a scope the same key may all of this', async () => {
    await startWith(undefined);
    expect((await chat({ model: 'gpt-5', models: ['gpt-5'] })).status).toBe(200);
    expect((await chat({ user: 'globex' }, { 'x-setpoint-workflow': 'sales' })).status).toBe(200);
    expect((await post('/v1/batches', { input_file_id: 'f' })).status).toBe(200);
    expect(alone.intents).toHaveLength(3);
  });
});

describe('the secret of a key', () => {
  const asks = (key: string) => chat({}, { authorization: `Bearer ${key}` });

  it('that is mistyped is refused by its checksum, without a look-up', async () => {
    const wrong = secret.slice(0, -1) + (secret.endsWith('0') ? '1' : '0');
    // Its digest is in the rulebook, so a look-up would find it: only the checksum can refuse it.
    await startWith(undefined, { digest: keyDigest(wrong) });
    expect(await asks(wrong)).toMatchObject({
      status: 401,
      text: expect.stringContaining('mistyped or cut short'),
    });
    expectNothingSent();
  });

  it('that was rotated works until the overlap ends, with the same key in the record', async () => {
    const former = createKeySecret(randomBytes, { id });
    const ended = createKeySecret(randomBytes, { id });
    await startWith(undefined, {
      former: [
        { digest: keyDigest(ended.secret), untilMs: Date.now() - 1 },
        { digest: keyDigest(former.secret), untilMs: Date.now() + 3_600_000 },
      ],
    });
    expect((await asks(former.secret)).status).toBe(200);
    expect((await asks(secret)).status).toBe(200);
    expect(await asks(ended.secret)).toMatchObject({
      status: 401,
      text: expect.stringContaining('was replaced by a rotation'),
    });
    expect(alone.intents.map(({ key }) => key)).toEqual([id, id]);
  });

  it('of an older shape is looked up as it was', async () => {
    await startWith(undefined, { digest: keyDigest('sp_live_older') });
    expect((await asks('sp_live_older')).status).toBe(200);
  });
});
