/** `/gateway`, `/playground` and `/settings`, by status. */
import { randomBytes } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { askApi, fakeApi, NOW_MS } from '../../test/fakes/api.ts';
import type { FakeApi } from '../../test/fakes/api.ts';
import { fakeLedger, LINE } from '../../test/fakes/ledger.ts';
import { effectiveSettings, readSettings } from '../operate/operate.ts';
import { openRegistry } from '../registry/registry.ts';
import { GatewayStanding, TryAnswer, TryBound } from './contract/gateway.ts';
import type { TryAsk } from './contract/gateway.ts';
import { EffectiveSettings } from './contract/settings.ts';
import { quantile } from './gateway-health.ts';
import type { GatewayAnswer, GatewayAsk, GatewayRules, WorkerStanding } from './parts.ts';

const RULES: GatewayRules = {
  version: 7,
  publishedAtMs: NOW_MS - 60_000,
  unkeyed: true,
  providers: [
    {
      name: 'openai',
      dialect: 'openai',
      models: ['*'],
      aliases: { fast: 'gpt-4o-mini' },
      fallbacks: { '*': ['groq/llama'] },
      priceProvider: 'openai',
      simulated: false,
    },
  ],
};
const WORKER: WorkerStanding = {
  slot: 'gateway-1',
  pid: 42,
  atMs: NOW_MS,
  startedAtMs: NOW_MS - 5_000,
  state: 'serving',
  inFlight: 3,
  rulebook: 6,
  rulebookAgeSeconds: 60,
  journal: 'open',
  syncLagMs: 2,
  overload: 'normal',
  busyShare: 0.1,
  memoryShare: 0.2,
  spoolBytes: 900,
  spoolShare: 0.001,
  brokenRoutes: [{ provider: 'openai', dialect: 'openai', model: 'gpt-4o' }],
};
const ASK: TryAsk = { provider: 'openai', dialect: 'openai', model: 'gpt-4o', message: 'Where is it?' };

async function ask(
  fake: FakeApi,
  method: string,
  path: string,
  { body, as }: { body?: unknown; as?: string } = {},
) {
  const headers = as === undefined ? {} : { authorization: `Bearer ${as}` };
  const response = await askApi(fake, path, { method, body, headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** A gateway that remembers what it was sent. */
function fakeGateway(answers: ReadonlyArray<Partial<GatewayAnswer>> = [{}]) {
  const sent: GatewayAsk[] = [];
  const callGateway = async (one: GatewayAsk): Promise<GatewayAnswer> => {
    sent.push(one);
    const text = JSON.stringify({ choices: [{ message: { content: 'On its way.' } }] });
    return { status: 200, call: '0195-call', text, ...answers[Math.min(sent.length, answers.length) - 1] };
  };
  return { sent, callGateway };
}

describe('GET /gateway', () => {
  const lines = [
    { ...LINE, attempt: 'a', durationMs: 100, firstByteMs: 10 },
    { ...LINE, attempt: 'b', durationMs: 300, firstByteMs: 30, httpStatus: 429, status: 'upstream_error' },
    { ...LINE, attempt: 'c', httpStatus: 0, status: 'upstream_failed' },
  ];

  it('200 says how providers do, which way calls go, and how processes stand', async () => {
    const fake = await fakeApi({
      ledger: fakeLedger({ lines }),
      rules: () => RULES,
      workers: () => [WORKER],
    });
    const { status, body } = await ask(fake, 'GET', '/gateway');
    const standing = GatewayStanding.parse(body);
    expect(status).toBe(200);
    expect(standing.sentence).toBe(
      'Calls are served by openai; of 3 attempts in the last 15 minutes 1 failed. 1 of 1 processes do not obey the newest rulebook yet.',
    );
    expect(standing.health).toMatchObject([
      { provider: 'openai', attempts: 3, failed: 1, refused: 1, durationP50Ms: 100, durationP95Ms: 300 },
    ]);
    expect(standing.routes.map(({ model, asks, fallbacks }) => [model, asks, fallbacks])).toEqual([
      ['fast', 'gpt-4o-mini', ['groq/llama']],
      ['*', '', ['groq/llama']],
    ]);
    expect(standing.workers).toMatchObject([{ name: 'gateway-1', obeysNewest: false, brokenRoutes: [{}] }]);
    expect(standing.spool).toEqual({ bytes: 900, share: 0.001 });
  });

  it('200 where nothing is known says so and shows no zero', async () => {
    const { body } = await ask(await fakeApi({ ledger: fakeLedger({ lines: [] }) }), 'GET', '/gateway');
    expect(body).toMatchObject({ rulebook: null, routes: [], workers: null, spool: null });
    expect(String(body['sentence'])).toContain('in the last 15 minutes nobody called');
  });

  it('401 without a login', async () => {
    const fake = await fakeApi({ access: { kind: 'token', adminToken: 'correct-horse-battery' } });
    expect((await ask(fake, 'GET', '/gateway')).status).toBe(401);
  });
});

describe('POST /playground/bound', () => {
  it('200 says what it costs at most, by the bytes of the text', async () => {
    const { status, body } = await ask(await fakeApi(), 'POST', '/playground/bound', { body: ASK });
    expect(status).toBe(200);
    // 12 bytes and 64 tokens around them at $2.5, 256 tokens at $10 per million.
    expect(TryBound.parse(body)).toMatchObject({ inputTokens: 76, outputTokens: 256, cost: '0.00275' });
  });

  it('200 where no price is known says that it cannot be said', async () => {
    const body = { ...ASK, model: 'unheard-of' };
    const answer = await ask(await fakeApi(), 'POST', '/playground/bound', { body });
    expect(answer.body).toMatchObject({ cost: null, words: expect.stringContaining('No price is known') });
  });

  it('400 on a message that is none, 404 where the provider does not serve', async () => {
    const fake = await fakeApi();
    const statusOf = async (more: object) =>
      (await ask(fake, 'POST', '/playground/bound', { body: { ...ASK, ...more } })).status;
    expect(await statusOf({ message: '' })).toBe(400);
    expect(await statusOf({ maxOutputTokens: 1_000_000 })).toBe(400);
    expect(await statusOf({ provider: 'nobody' })).toBe(404);
    expect(await statusOf({ dialect: 'anthropic' })).toBe(404);
  });
});

describe('POST /playground', () => {
  it('200 sends one call without a key while none is needed', async () => {
    const gateway = fakeGateway();
    const fake = await fakeApi({ rules: () => RULES, callGateway: gateway.callGateway });
    const { status, body } = await ask(fake, 'POST', '/playground', {
      body: { ...ASK, workflow: 'support' },
    });
    expect(status).toBe(200);
    expect(TryAnswer.parse(body)).toMatchObject({ status: 200, call: '0195-call', text: 'On its way.' });
    expect(gateway.sent).toHaveLength(1);
    expect(gateway.sent[0]).toMatchObject({
      path: '/v1/chat/completions',
      headers: { 'x-setpoint-workflow': 'support', 'x-setpoint-tags': 'via=playground' },
    });
    expect(gateway.sent[0]?.headers).not.toHaveProperty('authorization');
    expect(JSON.parse(gateway.sent[0]?.body ?? '')).toMatchObject({
      model: 'openai/gpt-4o',
      max_completion_tokens: 256,
    });
  });

  it('200 with a short-lived key of its own where one is needed: waited for, used again, never shown', async () => {
    const refusal = { status: 401, call: '', text: '{}' };
    const gateway = fakeGateway([refusal, refusal, {}]);
    const rules = () => ({ ...RULES, unkeyed: false });
    const fake = await fakeApi({ rules, callGateway: gateway.callGateway, pause: async () => undefined });
    const first = await ask(fake, 'POST', '/playground', { body: ASK });
    await ask(fake, 'POST', '/playground', { body: ASK });
    expect(first.body).toMatchObject({ status: 200 });
    const secrets = new Set(gateway.sent.map(({ headers }) => headers['authorization']));
    expect(secrets.size).toBe(1);
    const [secret = ''] = secrets;
    expect(secret).toMatch(/^Bearer sp_live_/);
    expect(JSON.stringify(first.body)).not.toContain(secret.slice(7));
    const keys = (await ask(fake, 'GET', '/keys')).body['keys'];
    expect(keys).toMatchObject([
      {
        name: 'playground of local',
        scope: { uses: ['calls'], endpoints: ['inference'] },
        expiresAt: new Date(NOW_MS + 900_000).toISOString(),
      },
    ]);
  });

  it('200 shows a refusal of the gateway in its own words', async () => {
    const text = JSON.stringify({ error: { message: 'The budget CX is used up.' } });
    const gateway = fakeGateway([{ status: 429, text }]);
    const fake = await fakeApi({ rules: () => RULES, callGateway: gateway.callGateway });
    const { body } = await ask(fake, 'POST', '/playground', { body: ASK });
    expect(body).toMatchObject({ status: 429, text: 'The budget CX is used up.' });
  });

  it('400 on an unknown field, 404 where the provider does not serve, and nothing is sent', async () => {
    const gateway = fakeGateway();
    const fake = await fakeApi({ rules: () => RULES, callGateway: gateway.callGateway });
    const statusOf = async (more: object) =>
      (await ask(fake, 'POST', '/playground', { body: { ...ASK, ...more } })).status;
    expect(await statusOf({ url: 'http://169.254.169.254/' })).toBe(400);
    expect(await statusOf({ provider: 'nobody' })).toBe(404);
    expect(gateway.sent).toEqual([]);
  });

  it('403 with a key that may only read', async () => {
    const gateway = fakeGateway();
    const fake = await fakeApi({ rules: () => RULES, callGateway: gateway.callGateway });
    const made = await ask(fake, 'POST', '/keys', { body: { name: 'r', scope: { uses: ['read'] } } });
    const as = String(made.body['secret']);
    expect((await ask(fake, 'POST', '/playground', { body: ASK, as })).status).toBe(403);
    expect((await ask(fake, 'POST', '/playground/bound', { body: ASK, as })).status).toBe(200);
    expect(gateway.sent).toEqual([]);
  });

  it('409 where no gateway is known, 502 where it does not answer', async () => {
    expect((await ask(await fakeApi(), 'POST', '/playground', { body: ASK })).status).toBe(409);
    const callGateway = () => Promise.reject(new Error('ECONNREFUSED'));
    const fake = await fakeApi({ rules: () => RULES, callGateway });
    const { status, body } = await ask(fake, 'POST', '/playground', { body: ASK });
    expect([status, body['code']]).toEqual([502, 'gateway_unreachable']);
  });
});

describe('GET /settings', () => {
  it('200 says each setting, who said it, and how the file would say it', async () => {
    const settings = readSettings({
      yamlText: 'timeZone: Europe/Zurich',
      environment: { SETPOINT_GATEWAY_WORKERS: '3' },
      flags: {},
    });
    const fake = await fakeApi({ effectiveSettings: () => effectiveSettings(settings) });
    const { status, body } = await ask(fake, 'GET', '/settings');
    const found = EffectiveSettings.parse(body);
    expect(status).toBe(200);
    expect(found.sentence).toMatch(/; 2 of \d+ settings were said by somebody/);
    expect(found.settings.find(({ path }) => path === 'gateway.workers')).toMatchObject({
      value: '3',
      origin: 'environment',
      where: 'SETPOINT_GATEWAY_WORKERS',
    });
  });

  it('409 where the server was not told them', async () => {
    expect((await ask(await fakeApi(), 'GET', '/settings')).status).toBe(409);
  });
});

describe('DELETE /keys/{id}', () => {
  it('200 keeps the reason in the audit chain', async () => {
    const registry = await openRegistry({ file: ':memory:', nowMs: () => NOW_MS, randomBytes });
    const fake = await fakeApi({ registry });
    const made = await ask(fake, 'POST', '/keys', { body: { name: 'leaked' } });
    const { id } = made.body['key'] as { id: string };
    const { status, body } = await ask(fake, 'DELETE', `/keys/${id}?reason=was%20public`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ key: { state: 'revoked' } });
    const chain = await registry.audit({ afterSeq: 0, limit: 10 });
    expect(chain.at(-1)).toMatchObject({
      action: 'key.revoke',
      detail: { name: 'leaked', reason: 'was public' },
    });
  });
});

describe('a quantile', () => {
  it.each([
    [[], 0.5, null],
    [[7], 0.95, 7],
    [[4, 1, 3, 2], 0.5, 2],
    [[1, 2, 3, 4], 0.95, 4],
  ])('of %j at %d is %s: one that was measured', (values, share, expected) =>
    expect(quantile(values, share)).toBe(expected),
  );
});
