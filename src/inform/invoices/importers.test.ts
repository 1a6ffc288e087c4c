/** Statements in their providers' own shapes: what each importer reads, and what it refuses. */
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';

import { readStatement } from './importers/importers.ts';
import type { StatementKind } from './importers/importers.ts';
import type { StatementLine } from './statement.ts';

async function lines(
  kind: StatementKind,
  text: string,
  mapping?: unknown,
): Promise<readonly StatementLine[]> {
  const read = await readStatement(new TextEncoder().encode(text), kind, mapping);
  if (read.kind === 'problems') throw new Error(JSON.stringify(read.problems));
  return read.lines;
}

async function problems(kind: StatementKind, text: string, mapping?: unknown) {
  const read = await readStatement(new TextEncoder().encode(text), kind, mapping);
  return read.kind === 'problems' ? read.problems : [];
}

const page = (results: string, day = '"starting_at":"2026-10-03T00:00:00Z"'): string =>
  `{"data":[{${day},"results":[${results}]}],"has_more":false}`;
const OPENAI_DAY = '"object":"bucket","start_time":1790985600';

describe('OpenAI', () => {
  test('an amount keeps all digits that a binary fraction would lose', async () => {
    const result =
      '{"amount":{"value":0.100000000001,"currency":"usd"},"line_item":"gpt-4o-2024-08-06, cached input","project_id":"proj_a","quantity":1.5,"quantity_unit":"1000_tokens"}';
    expect(await lines('openai-costs', page(result, OPENAI_DAY))).toMatchObject([
      {
        day: '2026-10-03',
        account: 'proj_a',
        model: 'gpt-4o',
        bucket: 'cacheRead',
        tier: 'standard',
        units: 1_500n,
        step: 1_000,
        cost: 100_000_000_001n,
      },
    ]);
  });

  test('input of the usage pages is what is neither cached nor written nor heard', async () => {
    const result =
      '{"object":"organization.usage.completions.result","input_tokens":1000,"input_cached_tokens":300,"input_cache_write_tokens":100,"output_tokens":50,"model":"gpt-4o","batch":true}';
    const read = await lines('openai-usage', page(result, OPENAI_DAY));
    expect(read.map(({ bucket, units, tier, cost }) => [bucket, units, tier, cost])).toEqual([
      ['input', 600n, 'batch', null],
      ['cacheRead', 300n, 'batch', null],
      ['cacheWrite', 100n, 'batch', null],
      ['output', 50n, 'batch', null],
    ]);
  });

  test('a page that adds up to more parts than a whole is refused', async () => {
    const result = '{"input_tokens":1,"input_cached_tokens":2,"output_tokens":0}';
    expect(await problems('openai-usage', page(result, OPENAI_DAY))).toEqual([
      { row: 1, message: 'states more cached, audio and image tokens than tokens' },
    ]);
  });
});

describe('Anthropic', () => {
  test('"123.45" is cents: $1.2345', async () => {
    const result =
      '{"amount":"123.45","currency":"USD","model":"claude-sonnet-4-5-20250929","token_type":"uncached_input_tokens","service_tier":"standard","workspace_id":null}';
    expect(await lines('anthropic-cost', page(result))).toMatchObject([
      { cost: 1_234_500_000_000n, bucket: 'input', model: 'claude-sonnet-4-5', account: null },
    ]);
  });

  test('the two lifetimes of cache writes stay apart', async () => {
    const result =
      '{"uncached_input_tokens":10,"cache_creation":{"ephemeral_5m_input_tokens":3,"ephemeral_1h_input_tokens":4},"cache_read_input_tokens":5,"output_tokens":6,"server_tool_use":{"web_search_requests":2},"model":"claude-haiku-4-5"}';
    const read = await lines('anthropic-usage', page(result));
    expect(read.map(({ bucket, units }) => [bucket, units])).toEqual([
      ['input', 10n],
      ['cacheRead', 5n],
      ['cacheWrite5m', 3n],
      ['cacheWrite1h', 4n],
      ['output', 6n],
      ['webSearch', 2n],
    ]);
  });
});

test('AWS: all four token types of a model, and rows of other services left out', async () => {
  const head =
    'line_item_usage_start_date,line_item_usage_account_id,line_item_product_code,line_item_usage_type,line_item_usage_amount,pricing_unit,line_item_unblended_cost,product_region_code';
  const row = (type: string, product = 'AmazonBedrock'): string =>
    `2026-10-03T00:00:00Z,1111,${product},${type},2.5,1K tokens,0.0075,us-east-1`;
  const types = [
    'USE1-Claude4.6Sonnet-input-tokens',
    'USE1-Claude4.6Sonnet-mantle-output-tokens-standard',
    'USE1-Claude4.6Sonnet-cache-read-input-token-count',
    'USE1-Claude4.6Sonnet-cache-write-input-token-count',
  ];
  const read = await lines(
    'aws-cur',
    [head, ...types.map((type) => row(type)), row('BoxUsage:t3', 'AmazonEC2')].join('\n'),
  );
  expect(read.map(({ bucket, model, units }) => [bucket, model, units])).toEqual([
    ['input', 'claude-sonnet-4-6', 2_500n],
    ['output', 'claude-sonnet-4-6', 2_500n],
    ['cacheRead', 'claude-sonnet-4-6', 2_500n],
    ['cacheWrite', 'claude-sonnet-4-6', 2_500n],
  ]);
});

test('Azure: sentinels are unknown, meters of 1K are tokens billed by the thousand', async () => {
  const head =
    'Date,MeterCategory,MeterSubCategory,MeterName,Quantity,UnitOfMeasure,CostInBillingCurrency,BillingCurrencyCode,SubscriptionId,ResourceLocation,ChargeType';
  const read = await lines(
    'azure-cost',
    `${head}\n10/03/2026,Cognitive Services,Azure OpenAI,gpt-4o cchd Inp glbl Tokens,13,1K,0.01625,USD,-2,Unassigned,Usage`,
  );
  expect(read).toMatchObject([
    {
      day: '2026-10-03',
      account: null,
      region: null,
      model: 'gpt-4o',
      bucket: 'cacheRead',
      units: 13_000n,
      step: 1_000,
      cost: 16_250_000_000n,
    },
  ]);
});

test('Google: credits nested in a row are lines of their own', async () => {
  const row =
    '{"service":{"description":"Vertex AI"},"sku":{"description":"Gemini 2.5 Flash Text Input - Predictions"},"usage_start_time":"2026-10-03T00:00:00Z","usage":{"amount":1000,"unit":"count"},"cost":0.3,"currency":"USD","project":{"id":"p1"},"credits":[{"name":"promo","amount":-0.1}]}';
  const read = await lines('google-billing', row);
  expect(read).toMatchObject([
    {
      charge: 'usage',
      model: 'gemini-2.5-flash',
      bucket: 'input',
      units: 1_000n,
      cost: 300_000_000_000n,
      account: 'p1',
    },
    { charge: 'credit', units: null, cost: -100_000_000_000n, text: 'promo' },
  ]);
});

describe('FOCUS', () => {
  const head =
    'BilledCost,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceName,ProviderName,ChargeDescription,ConsumedQuantity,ConsumedUnit,SubAccountId,RegionId,SkuId,InvoiceId';
  test('columns that AWS leaves null are unknown', async () => {
    const read = await lines(
      'aws-focus',
      `${head}\n0.03,USD,2026-10-03T00:00:00Z,2026-10-04T00:00:00Z,Usage,Bedrock,AWS,Claude Sonnet 4.5 input tokens,10000,Tokens,1111,,,INV-1`,
    );
    expect(read).toMatchObject([
      {
        provider: 'bedrock',
        model: 'claude-sonnet-4-5',
        bucket: 'input',
        units: 10_000n,
        region: null,
        invoice: 'INV-1',
        monthly: false,
      },
    ]);
  });

  test('Parquet decimals are exact', async () => {
    const file = parquetWriteBuffer({
      schema: [
        { name: 'root', num_children: 4 },
        {
          name: 'BilledCost',
          type: 'INT64',
          converted_type: 'DECIMAL',
          scale: 12,
          precision: 18,
          repetition_type: 'REQUIRED',
        },
        ...['ChargePeriodStart', 'ProviderName', 'ChargeDescription'].map((name) => ({
          name,
          type: 'BYTE_ARRAY' as const,
          converted_type: 'UTF8' as const,
          repetition_type: 'REQUIRED' as const,
        })),
      ],
      columnData: [
        { name: 'BilledCost', data: [100_000_000_001n, 1_250_000_000_000n] },
        { name: 'ChargePeriodStart', data: ['2026-10-03T00:00:00Z', '2026-10-04T00:00:00Z'] },
        { name: 'ProviderName', data: ['OpenAI', 'OpenAI'] },
        { name: 'ChargeDescription', data: ['gpt-4o, output', 'gpt-4o, output'] },
      ],
    });
    const read = await readStatement(new Uint8Array(file), 'focus');
    expect(read).toMatchObject({
      kind: 'lines',
      lines: [{ cost: 100_000_000_001n, day: '2026-10-03' }, { cost: 1_250_000_000_000n }],
    });
  });

  test('another currency is refused, row by row', async () => {
    expect(
      await problems('focus', `${head}\n1,EUR,2026-10-03,2026-10-04,Usage,x,OpenAI,x,,,,,,`),
    ).toMatchObject([{ row: 1, message: expect.stringContaining('in EUR') as string }]);
  });
});

describe('any CSV', () => {
  const mapping = {
    columns: { day: 'When', model: 'Model', units: 'Thousands', cost: 'Cents', bucket: 'What' },
    constants: { provider: 'openai' },
    unitMultiplier: '1000',
    costUnit: 'cents',
    sign: 'negative',
    dateFormat: 'DD.MM.YYYY',
  };
  test('by its mapping', async () => {
    expect(
      await lines('csv', 'When,Model,Thousands,Cents,What\n3.10.2026,gpt-4o,1.5,-37.5,output', mapping),
    ).toMatchObject([
      { provider: 'openai', day: '2026-10-03', units: 1_500n, cost: 375_000_000_000n, bucket: 'output' },
    ]);
  });
  test('all or nothing: a row that cannot be read is named', async () => {
    expect(
      await problems(
        'csv',
        'When,Model,Thousands,Cents,What\n3.10.2026,gpt-4o,1,x,output\n4.10.2026,gpt-4o,1,1,output',
        mapping,
      ),
    ).toEqual([{ row: 1, message: '"x" is not a number' }]);
  });
  test('a mapping to columns that are not there', async () => {
    expect((await problems('csv', 'A,B\n1,2', mapping))[0]?.message).toContain('has no column "When"');
  });
});

test.each([
  ['openai-costs', 'no json'],
  ['focus', 'a,b\n"1'],
  ['openai-costs', '{}'],
] as const)('a file that is no %s says so', async (kind, text) => {
  expect(await problems(kind, text)).toMatchObject([{ row: 0 }]);
});
