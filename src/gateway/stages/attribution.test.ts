import { describe, expect, it } from 'vitest';

import { DEFAULT_LIMITS } from '../../rulebook/rulebook.ts';
import type { JsonObject } from '../wires/wire.ts';
import { readAttribution } from './attribution.ts';

const NO_FACTS = { user: '', metadata: {} };

function read(headers: Record<string, string>, body: JsonObject = {}, facts = NO_FACTS) {
  return readAttribution(headers, body, facts, DEFAULT_LIMITS);
}

describe('names of other gateways', () => {
  it.each<[string, Record<string, string>, object]>([
    [
      'Setpoint',
      {
        'x-setpoint-workflow': 'support',
        'x-setpoint-team': 'cx',
        'x-setpoint-customer': 'acme',
        'x-setpoint-request': 'r1',
        'x-setpoint-session': 's1',
      },
      { fields: { workflow: 'support', team: 'cx', customer: 'acme', request: 'r1', session: 's1' } },
    ],
    [
      'Setpoint tags as a list',
      { 'x-setpoint-tags': 'env=prod, region=eu' },
      { tags: { env: 'prod', region: 'eu' } },
    ],
    [
      'Setpoint tags as JSON',
      { 'x-setpoint-tags': '{"env":"prod","n":2}' },
      { tags: { env: 'prod', n: '2' } },
    ],
    [
      'LiteLLM customer',
      { 'x-litellm-customer-id': 'acme', 'x-litellm-end-user-id': 'bob' },
      { fields: { customer: 'acme' } },
    ],
    ['LiteLLM end user', { 'x-litellm-end-user-id': 'bob' }, { fields: { customer: 'bob' } }],
    ['LiteLLM tags', { 'x-litellm-tags': 'team:red,urgent' }, { tags: { team: 'red', urgent: 'true' } }],
    [
      'LiteLLM log metadata',
      { 'x-litellm-spend-logs-metadata': '{"feature":"draft","cost_center":"77"}' },
      { fields: { workflow: 'draft' }, tags: { cost_center: '77' } },
    ],
    [
      'Portkey',
      { 'x-portkey-metadata': '{"_user":"acme","team":"cx","env":"prod"}', 'x-portkey-trace-id': 't1' },
      { fields: { customer: 'acme', team: 'cx', request: 't1' }, tags: { env: 'prod' } },
    ],
    [
      'Helicone',
      {
        'helicone-user-id': 'acme',
        'helicone-session-id': 's',
        'helicone-property-workflow': 'support',
        'helicone-property-plan': 'gold',
      },
      { fields: { customer: 'acme', session: 's', workflow: 'support' }, tags: { plan: 'gold' } },
    ],
    [
      'Bifrost',
      { 'x-bf-dim-team': 'cx', 'x-bf-prom-team': 'older', 'x-bf-dim-env': 'prod', 'x-bf-session-id': 's' },
      { fields: { team: 'cx', session: 's' }, tags: { env: 'prod' } },
    ],
    [
      'Cloudflare',
      { 'cf-aig-metadata': '{"user":"acme","paid":true}' },
      { fields: { customer: 'acme' }, tags: { paid: 'true' } },
    ],
    ['TrueFoundry', { 'x-tfy-metadata': '{"workflow":"w"}' }, { fields: { workflow: 'w' } }],
    ['Envoy', { 'agent-session-id': 's9' }, { fields: { session: 's9' } }],
    [
      'W3C baggage',
      { baggage: 'setpoint.workflow=support%20copilot;p=1, user.id=acme ,other=x' },
      { fields: { workflow: 'support copilot', customer: 'acme' }, tags: {} },
    ],
    [
      'W3C trace context',
      { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
      { fields: { request: '0af7651916cd43dd8448eb211c80319c' } },
    ],
  ])('%s', (_name, headers, expected) => expect(read(headers)).toMatchObject(expected));

  it('in bodies, in LiteLLM’s order', () => {
    const body = {
      user: 'u',
      litellm_metadata: { user: 'l' },
      safety_identifier: 's',
      metadata: { tags: ['a'] },
    };
    expect(read({}, body, { user: 'u', metadata: { user_id: 'm' } }).fields.customer).toBe('u');
    expect(read({}, body, { user: '', metadata: { user_id: 'm' } }).fields.customer).toBe('l');
    expect(
      read({}, { safety_identifier: 's' }, { user: '', metadata: { user_id: 'm' } }).fields.customer,
    ).toBe('m');
    expect(read({}, { safety_identifier: 's' }).fields.customer).toBe('s');
    expect(read({}, body).tags).toEqual({ a: 'true' });
    expect(read({ 'x-litellm-tags': 'k:header' }, { tags: ['k:body'] }).tags).toEqual({ k: 'body' });
    expect(read({}, { 'tensorzero::tags': { team: 'cx' }, 'tensorzero::episode_id': 'e' }).fields).toEqual({
      team: 'cx',
      session: 'e',
    });
  });
});

describe('two dialects in one request', () => {
  const all = {
    'x-setpoint-customer': 'own',
    'x-litellm-customer-id': 'litellm',
    'x-portkey-metadata': '{"_user":"portkey"}',
    'helicone-user-id': 'helicone',
    'x-bf-dim-customer': 'bifrost',
    'cf-aig-metadata': '{"user":"cloudflare"}',
    'x-tfy-metadata': '{"user":"truefoundry"}',
    baggage: 'user.id=w3c',
  };

  it('are read in one documented order, whatever the order of headers', () => {
    const order = [
      'own',
      'litellm',
      'portkey',
      'helicone',
      'bifrost',
      'cloudflare',
      'truefoundry',
      'w3c',
      'body',
    ];
    const names = Object.keys(all);
    for (let from = 0; from <= names.length; from += 1) {
      const headers = Object.fromEntries(Object.entries(all).slice(from).toReversed());
      expect(read(headers, {}, { user: 'body', metadata: {} }).fields.customer).toBe(order[from]);
    }
  });
});

describe('hostile values', () => {
  it('are cut, cleaned and counted', () => {
    const many = Array.from({ length: 100 }, (_, index) => `k${index}=v`).join(',');
    expect(Object.keys(read({ 'x-setpoint-tags': many }).tags)).toHaveLength(DEFAULT_LIMITS.tagCount);
    expect(read({ 'x-setpoint-workflow': 'w'.repeat(5_000) }).fields.workflow).toHaveLength(
      DEFAULT_LIMITS.tagLength,
    );
    expect(read({ 'x-setpoint-workflow': 'a\u001b[31mb' }).fields.workflow).toBe('a [31mb');
    expect(read({ 'x-setpoint-tags': '__proto__=x' }).tags['__proto__']).toBe('x');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    expect(
      read({ 'x-portkey-metadata': '{broken', baggage: '%%%=%', 'x-setpoint-retrieval': 'all' }),
    ).toMatchObject({ fields: {}, retrievalParts: undefined });
  });

  it('blank values are not said', () => expect(read({ 'x-setpoint-team': '  ' }).fields).toEqual({}));
});
