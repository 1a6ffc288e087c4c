import { describe, expect, it } from 'vitest';

import { baseModel, readModelId } from './names.ts';

const arn = (rest: string): string => `arn:aws:bedrock:eu-west-1:123456789012:${rest}`;
const PAID = { account: '123456789012', region: 'eu-west-1' };

describe('a Bedrock model id', () => {
  it.each([
    ['amazon.nova-pro-v1:0', {}],
    ['us.anthropic.claude-sonnet-4-20250514-v1:0', { geo: 'us' }],
    ['us-gov.anthropic.claude-3-5-sonnet-20240620-v1:0', { geo: 'us-gov' }],
    ['global.anthropic.claude-opus-5', { geo: 'global' }],
    ['eu-something', {}],
    [
      'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0',
      { region: 'us-east-1', model: 'amazon.nova-pro-v1:0' },
    ],
    [
      arn('inference-profile/eu.amazon.nova-lite-v1:0'),
      { ...PAID, model: 'eu.amazon.nova-lite-v1:0', geo: 'eu' },
    ],
    ['arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/m', { region: 'us-gov-west-1', model: 'm' }],
    // What these run, only settings can say.
    [arn('application-inference-profile/abc123'), PAID],
    [arn('provisioned-model/abc123'), { ...PAID, provisioned: true }],
    [arn('imported-model/abc123'), PAID],
    [arn('prompt/abc:1'), PAID],
    ['arn:aws:s3:::bucket/key', {}],
    ['', {}],
  ])('%s', (id, expected) => expect(readModelId(id)).toEqual(expected));

  it.each([
    ['us.stability.sd3-5-large-v1:0', 'stability.sd3-5-large-v1:0'],
    ['amazon.titan-embed-text-v2:0', 'amazon.titan-embed-text-v2:0'],
    [arn('inference-profile/eu.cohere.embed-v4:0'), 'cohere.embed-v4:0'],
  ])('%s is told by its base', (id, base) => expect(baseModel(id)).toBe(base));
});
