/** Rules at the source, through a gateway in this process: what a call shows of itself names it when it says nothing. */
import { inspect } from 'node:util';

import { afterEach, describe, expect, it } from 'vitest';

import type { AttributionRule } from '../../src/rulebook/rulebook.ts';
import { startGatewayAlone } from './gateway-alone.ts';
import type { GatewayAlone } from './gateway-alone.ts';

const ANSWER = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'gpt-5',
  choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6 },
});
const FINGERPRINT_KEY = 'ab'.repeat(32);

let gateway: GatewayAlone | undefined;

afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});

async function startWith(rules: readonly AttributionRule[]): Promise<GatewayAlone> {
  gateway = await startGatewayAlone({
    provider: (_, response) =>
      void response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER),
    rulebook: {
      attributionRules: rules,
      attributionHeaders: ['x-app'],
      fingerprintKey: FINGERPRINT_KEY,
      workflows: [{ name: 'desk', team: 'CX', retrievalDelimiters: [] }],
    },
  });
  return gateway;
}

async function call(
  to: GatewayAlone,
  headers: Record<string, string>,
  system = 'You are the support desk.',
): Promise<void> {
  const response = await fetch(`${to.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      model: 'gpt-5',
      messages: [
        { role: 'system', content: system },
        { role: 'user', content: 'hello' },
      ],
    }),
  });
  expect(response.status).toBe(200);
}

function rule(when: AttributionRule['when'], more: Partial<AttributionRule> = {}): AttributionRule {
  return { id: 'desk', version: 2, order: 100, when, set: { workflow: 'desk' }, ...more };
}

describe('a call that says nothing', () => {
  it.each<[string, AttributionRule['when']]>([
    ['path', [{ sign: 'path', is: ['/v1/chat*'] }]],
    ['program', [{ sign: 'header:user-agent', is: ['desk-app'] }]],
    ['listed header', [{ sign: 'header:x-app', is: ['desk'] }]],
    [
      'model and provider',
      [
        { sign: 'model', is: ['gpt-*'] },
        { sign: 'provider', is: ['openai'] },
      ],
    ],
  ])('is named by its %s', async (_, when) => {
    const to = await startWith([rule(when)]);
    await call(to, { 'user-agent': 'desk-app/2.1', 'x-app': 'desk' });
    expect(to.intents[0]?.attribution).toMatchObject({ workflow: 'desk', team: 'CX', by: 'rule:desk@2' });
  });

  it('is named by its system prompt, of which only a keyed hash is kept', async () => {
    const first = await startWith([]);
    await call(first, {});
    const fingerprint = first.intents[0]?.fingerprint ?? '';
    expect(fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(inspect(first.intents, { depth: 9 })).not.toContain('support desk');
    await first.stop();
    const to = await startWith([rule([{ sign: 'fingerprint', is: [fingerprint] }])]);
    await call(to, {});
    await call(to, {}, 'You are the sales desk.');
    expect(to.intents.map(({ attribution }) => attribution.workflow)).toEqual(['desk', '']);
  });

  it('stays unattributed when no rule fits, and is served', async () => {
    const to = await startWith([rule([{ sign: 'model', is: ['other'] }])]);
    await call(to, {});
    expect(to.intents[0]?.attribution).toMatchObject({ workflow: '', by: '' });
  });
});

describe('a call that says its workflow', () => {
  it('keeps it, and its signs are kept as tags', async () => {
    const to = await startWith([rule([{ sign: 'model', is: ['*'] }])]);
    await call(to, {
      'x-setpoint-workflow': 'own',
      'x-setpoint-tags': 'env=prod',
      'user-agent': 'x/1',
      'x-app': 'desk',
    });
    expect(to.intents[0]?.attribution).toMatchObject({
      workflow: 'own',
      by: 'said',
      tags: { env: 'prod', 'header.user-agent': 'x', 'header.x-app': 'desk' },
    });
  });

  it('is overridden only where a rule says which values count as not said', async () => {
    const to = await startWith([rule([{ sign: 'model', is: ['*'] }], { override: ['default'] })]);
    await call(to, { 'x-setpoint-workflow': 'default' });
    expect(to.intents[0]?.attribution).toMatchObject({ workflow: 'desk', by: 'rule:desk@2' });
  });
});
