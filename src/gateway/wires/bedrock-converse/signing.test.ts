import { describe, expect, it } from 'vitest';

import type { ProviderRule } from '../../../rulebook/rulebook.ts';
import { bearer, regionOf, sign } from './signing.ts';

const provider = (more: Partial<ProviderRule> = {}): ProviderRule => ({
  name: 'bedrock',
  dialect: 'bedrock',
  baseUrl: 'https://bedrock-runtime.eu-central-1.amazonaws.com',
  secret: undefined,
  models: ['*'],
  aliases: {},
  priceProvider: 'aws',
  simulated: false,
  onClientGone: 'drain',
  streamUsage: 'ask',
  headers: {},
  ...more,
});
const KEY = JSON.stringify({ accessKeyId: 'AKIA', secretAccessKey: 'secret' });
const request = (more: object = {}) => ({
  method: 'POST',
  url: 'https://bedrock-runtime.eu-central-1.amazonaws.com/model/amazon.nova-pro-v1%3A0/converse',
  headers: ['content-type', 'application/json', 'user-agent', 'x', 'x-amzn-bedrock-trace', 'ENABLED'],
  body: Buffer.from('{}'),
  atMs: Date.parse('2026-11-25T16:25:00.500Z'),
  ...more,
});

describe('an access key', () => {
  const signed = sign(request(), KEY, provider());

  it('signs for the region and the time that are given, and what Amazon reads', () => {
    expect(signed['x-amz-date']).toBe('20261125T162500Z');
    expect(signed['authorization']).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIA\/20261125\/eu-central-1\/bedrock\/aws4_request, /,
    );
    expect(signed['authorization']).toContain(
      'SignedHeaders=content-length;content-type;host;x-amz-date;x-amzn-bedrock-trace,',
    );
    expect(Object.keys(signed).toSorted()).toEqual(['authorization', 'x-amz-date']);
  });

  it('gives the same signature to the same request, and another to any other', () => {
    expect(sign(request(), KEY, provider())).toEqual(signed);
    for (const other of [
      sign(request({ body: Buffer.from('{ }') }), KEY, provider()),
      sign(
        request({ url: 'https://bedrock-runtime.eu-central-1.amazonaws.com/model/m/converse' }),
        KEY,
        provider(),
      ),
      sign(request({ atMs: 0 }), KEY, provider()),
      sign(request(), KEY, provider({ region: 'us-east-1' })),
      sign(request(), JSON.stringify({ accessKeyId: 'AKIA', secretAccessKey: 'other' }), provider()),
    ])
      expect(other['authorization']).not.toBe(signed['authorization']);
  });

  it('carries its session token', () => {
    const key = JSON.stringify({ accessKeyId: 'A', secretAccessKey: 's', sessionToken: 'long+token==' });
    expect(sign(request(), key, provider())).toMatchObject({ 'x-amz-security-token': 'long+token==' });
  });

  it('is never sent as a bearer', () => expect(bearer(KEY)).toEqual({}));
});

describe('an API key', () => {
  it('is a bearer and signs nothing', () => {
    expect(bearer('bedrock-api-key-1')).toEqual({ authorization: 'Bearer bedrock-api-key-1' });
    expect(sign(request(), 'bedrock-api-key-1', provider())).toEqual({});
    expect(sign(request(), '{not json', provider())).toEqual({});
  });
});

describe('the region', () => {
  it.each([
    [{ region: 'us-west-2' }, 'us-west-2'],
    [{}, 'eu-central-1'],
    [{ baseUrl: 'https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com' }, 'us-gov-west-1'],
    [{ baseUrl: 'https://vpce-1.example.com' }, undefined],
  ])('%j', (more, expected) => expect(regionOf(provider(more))).toBe(expected));
});
