import { describe, expect, it } from 'vitest';

import type { ProviderRule } from '../../rulebook/rulebook.ts';
import { bedrockConverse } from '../wires/bedrock-converse/wire.ts';
import { googleGenerate } from '../wires/google-generate/wire.ts';
import { openaiChat } from '../wires/openai-chat/wire.ts';
import type { Meter, Reading, Target, Wire } from '../wires/wire.ts';
import { billedMeter, billingOf, presumedTier } from './billing.ts';
import type { CallBilling } from './billing.ts';
import { EMPTY_READING } from './endings.ts';

const TARGET: Target = { endpoint: 'inference', model: '', body: 'json', action: 'converse' };

function bill(wire: Wire, model: string, rule: Partial<ProviderRule> = {}, path = '/'): CallBilling {
  const provider = {
    dialect: wire.dialect,
    baseUrl: 'https://x.example',
    priceProvider: 'p',
    aliases: {},
    ...rule,
  } as ProviderRule;
  return billingOf({ wire, target: TARGET, route: { provider, model }, path, query: '' });
}

describe('billing', () => {
  it('says nothing where nobody says anything', () =>
    expect(bill(openaiChat, 'gpt-5')).toEqual({ byReturned: false }));

  it('takes account and region from settings before names and paths', () => {
    const arn = 'arn:aws:bedrock:eu-west-1:111122223333:inference-profile/us.amazon.nova-pro-v1:0';
    expect(bill(bedrockConverse, arn)).toEqual({
      account: '111122223333',
      region: 'eu-west-1',
      model: 'us.amazon.nova-pro-v1:0',
      geo: 'us',
      byReturned: false,
    });
    expect(bill(bedrockConverse, arn, { account: 'mine', region: 'us-east-1' })).toMatchObject({
      account: 'mine',
      region: 'us-east-1',
    });
    const path = '/v1/projects/p%20q/locations/europe-west4/publishers/google/models/m:generateContent';
    expect(bill(googleGenerate, 'm', {}, path)).toMatchObject({ account: 'p q', region: 'europe-west4' });
    expect(
      bill(
        googleGenerate,
        'm',
        { baseUrl: 'https://x/v1/projects/ours/locations/us-central1/publishers/google' },
        path,
      ),
    ).toMatchObject({ account: 'ours', region: 'us-central1' });
  });

  it('lets settings say what an opaque name runs, and how it is paid', () => {
    const deployments = {
      chat: { model: 'gpt-4o', mode: 'provisioned' as const },
      other: { model: '', mode: 'standard' as const },
    };
    const rule = { deployments, priceProvider: 'azure' };
    expect(bill(openaiChat, 'chat', rule)).toEqual({ model: 'gpt-4o', provisioned: true, byReturned: true });
    expect(bill(openaiChat, 'other', rule)).toEqual({ provisioned: false, byReturned: true });
    expect(bill(openaiChat, 'toString', rule)).toEqual({ byReturned: true });
    const arn = 'arn:aws:bedrock:us-east-1:1:provisioned-model/x';
    expect(bill(bedrockConverse, arn)).toMatchObject({ provisioned: true });
    expect(
      bill(bedrockConverse, arn, { deployments: { [arn]: { model: 'm', mode: 'standard' } } }),
    ).toMatchObject({ provisioned: false, model: 'm' });
  });

  it('presumes no cost of capacity that was bought ahead', () => {
    expect(presumedTier({ provisioned: true })).toBe('provisioned');
    expect(presumedTier({})).toBe('');
  });
});

describe('a billed meter', () => {
  const reading: Reading = {
    ...EMPTY_READING,
    modelReturned: 'gpt-4o-2024-08-06',
    serviceTier: 'default',
    parts: [
      { part: 'call', model: '', usage: { freshIn: 1 }, flag: '' },
      { part: 'advisor', model: 'm', usage: { freshIn: 1 }, flag: 'odd' },
    ],
  };
  function inner(): Meter & { readonly log: string[] } {
    const log: string[] = [];
    return {
      log,
      headers: () => void log.push('headers'),
      body: () => void log.push('body'),
      bytes: () => void log.push('bytes'),
      carried: () => [],
      event: (data) => log.push(data) > 1,
      ended: true,
      reading: () => reading,
    };
  }

  it('is the meter itself where there is nothing to add', () => {
    const meter = inner();
    expect(billedMeter(meter, { byReturned: false, model: 'm', account: 'a' })).toBe(meter);
  });

  it('passes everything on', () => {
    const meter = inner();
    const billed = billedMeter(meter, { byReturned: true });
    billed.headers?.({});
    billed.body(null);
    billed.bytes?.(undefined);
    expect(billed.event('x')).toBe(true);
    expect(meter.log).toEqual(['headers', 'body', 'bytes', 'x']);
    expect([billed.ended, billed.carried?.()]).toEqual([true, []]);
  });

  it.each<[billing: CallBilling, expected: Partial<Reading>]>([
    [{ byReturned: true }, { priceModel: 'gpt-4o-2024-08-06', serviceTier: 'default', geo: '' }],
    [{ byReturned: true, model: 'gpt-4o' }, { priceModel: 'gpt-4o' }],
    [{ byReturned: false, geo: 'us' }, { geo: 'us' }],
    [
      { byReturned: false, provisioned: true },
      { serviceTier: 'provisioned', parts: reading.parts },
    ],
  ])('of %j', (billing, expected) => expect(billedMeter(inner(), billing).reading()).toMatchObject(expected));

  it('knows spillover by its header, and says so on every line', () => {
    const billed = billedMeter(inner(), { byReturned: false, provisioned: true });
    billed.headers?.({ 'x-ms-spillover-from-deployment': 'ptu', 'x-ms-region': 'Sweden' });
    const { serviceTier, parts } = billed.reading();
    expect(serviceTier).toBe('default');
    expect(parts.map(({ flag }) => flag)).toEqual([
      'spillover of provisioned capacity (ptu): charged as pay-as-you-go',
      'odd; spillover of provisioned capacity (ptu): charged as pay-as-you-go',
    ]);
  });

  it.each(['', '0', 'false', 'No'])('takes "%s" for no spillover', (value) => {
    const billed = billedMeter(inner(), { byReturned: false, provisioned: true });
    billed.headers?.({ 'x-ms-is-spillover': value });
    expect(billed.reading().serviceTier).toBe('provisioned');
  });
});
