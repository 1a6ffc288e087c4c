/**
 * What the providers bill for the known month, in their own shapes: OpenAI's costs, Anthropic's cost report, an AWS cost
 * and usage report. They equal the ledger, but for one account whose calls never passed the gateway.
 */
import { divideRounded, formatDollars } from '../units/money.ts';
import type { Picodollars } from '../units/money.ts';
import { BUCKETS } from '../units/tokens.ts';
import type { Bucket } from '../units/tokens.ts';
import { AWS_REGION } from './blocks.ts';
import { DAY_MS } from './calendar.ts';
import { MODELS } from './lanes.ts';
import type { Stories } from './stories.ts';
import type { Billed } from './truth.ts';

export interface Statement {
  readonly file: string;
  readonly text: string;
}

/** What the statements come to against the ledger, and why they differ. */
export interface StatementSums {
  readonly month: string;
  readonly providers: readonly string[];
  readonly ledger: string;
  readonly billed: string;
  readonly variance: string;
  /** Of the ledger's sum, 0 to 1, four digits. */
  readonly varianceShare: number;
  readonly cause: 'off-gateway';
  readonly account: string;
  readonly provider: string;
}

export interface Statements {
  readonly files: readonly Statement[];
  readonly sums: StatementSums;
}

const OFF_GATEWAY_ACCOUNT = 'anthropic-research-sandbox';
const BILLING = ['openai', 'anthropic', 'aws'] as const;

export function writeStatements(billed: Iterable<Billed>, stories: Stories): Statements {
  const lines = [...billed]
    .filter(({ provider }) => (BILLING as readonly string[]).includes(provider))
    .toSorted((a, b) => a.day - b.day || (idOf(a) < idOf(b) ? -1 : 1));
  const ledger = lines.reduce((sum, { cost }) => sum + cost, 0n);
  const stray = offGateway(ledger, stories);
  const variance = stray.reduce((sum, { cost }) => sum + cost, 0n);
  const month = new Date(stories.paperMonth.fromMs).toISOString().slice(0, 7);
  const of = (provider: string): Billed[] => lines.filter((line) => line.provider === provider);
  return {
    files: [
      { file: `openai-costs-${month}.json`, text: openaiCosts(of('openai')) },
      { file: `anthropic-cost-report-${month}.json`, text: anthropicReport([...of('anthropic'), ...stray]) },
      { file: `aws-cur-${month}.csv`, text: awsReport(of('aws'), stories) },
    ],
    sums: {
      month,
      providers: BILLING,
      ledger: formatDollars(ledger),
      billed: formatDollars(ledger + variance),
      variance: formatDollars(variance),
      varianceShare: ledger === 0n ? 0 : Number(divideRounded(variance * 10_000n, ledger)) / 10_000,
      cause: 'off-gateway',
      account: OFF_GATEWAY_ACCOUNT,
      provider: 'anthropic',
    },
  };
}

function idOf({ account, model, tier, bucket }: Billed): string {
  return `${account} ${model} ${tier} ${bucket}`;
}

/** Six in a thousand of what the ledger knows: a team that still sends straight to the provider, one line a day. */
function offGateway(ledger: Picodollars, { paperMonth }: Stories): Billed[] {
  const days = Math.round((paperMonth.toMs - paperMonth.fromMs) / DAY_MS);
  const rate = 5_000_000_000_000n;
  const aDay = divideRounded(ledger * 6n, 1_000n * BigInt(days));
  const units = Number(divideRounded(aDay * 1_000_000n, rate));
  return Array.from({ length: days }, (_, day) => ({
    provider: 'anthropic',
    account: OFF_GATEWAY_ACCOUNT,
    day: paperMonth.fromMs + day * DAY_MS,
    model: MODELS.opus.name,
    tier: '',
    bucket: 'freshIn' as const,
    units,
    cost: divideRounded(BigInt(units) * rate, 1_000_000n),
    rate,
  }));
}

function byDay(lines: readonly Billed[]): Array<readonly [day: number, lines: Billed[]]> {
  return [...Map.groupBy(lines, ({ day }) => day)].toSorted(([a], [b]) => a - b);
}

const OPENAI_ITEMS: { readonly [bucket in Bucket]?: string } = {
  freshIn: 'input',
  cacheRead: 'cached input',
  textOut: 'output',
  reasoningOut: 'output',
};

/** `GET /v1/organization/costs`, grouped by project and line item. Amounts are JSON numbers there, written digit by digit. */
function openaiCosts(lines: readonly Billed[]): string {
  const buckets = byDay(lines).map(([day, ofDay]) => {
    const items = Map.groupBy(ofDay, (line) => `${line.account}\n${itemOf(line)}`);
    const results = [...items].map(([id, same]) => {
      const [project = '', item = ''] = id.split('\n');
      const value = formatDollars(same.reduce((sum, { cost }) => sum + cost, 0n));
      const quantity = same.reduce((sum, { units }) => sum + units, 0);
      return (
        `{"object":"organization.costs.result","amount":{"value":${value},"currency":"usd"},` +
        `"line_item":${JSON.stringify(item)},"project_id":${JSON.stringify(project)},"api_key_id":null,` +
        `"quantity":${quantity},"quantity_unit":"tokens"}`
      );
    });
    return `{"object":"bucket","start_time":${day / 1000},"end_time":${(day + DAY_MS) / 1000},"results":[\n${results.join(',\n')}\n]}`;
  });
  return `{"object":"page","data":[\n${buckets.join(',\n')}\n],"has_more":false,"next_page":null}\n`;
}

function itemOf({ model, tier, bucket }: Billed): string {
  return `${model}, ${OPENAI_ITEMS[bucket] ?? BUCKETS[bucket].label}${tier === 'batch' ? ', batch' : ''}`;
}

const ANTHROPIC_TOKENS: { readonly [bucket in Bucket]?: string } = {
  freshIn: 'uncached_input_tokens',
  cacheRead: 'cache_read_input_tokens',
  cacheWrite5m: 'cache_creation.ephemeral_5m_input_tokens',
  cacheWrite1h: 'cache_creation.ephemeral_1h_input_tokens',
  textOut: 'output_tokens',
  reasoningOut: 'output_tokens',
};

/** `GET /v1/organizations/cost_report`, grouped by workspace and description. Amounts are decimal cents. */
function anthropicReport(lines: readonly Billed[]): string {
  const data = byDay(lines).map(([day, ofDay]) => {
    const items = Map.groupBy(ofDay, ({ account, model, tier, bucket }) =>
      [account, model, tier, ANTHROPIC_TOKENS[bucket] ?? bucket].join('\n'),
    );
    const results = [...items.values()].map((same) => {
      const { account, model, tier, bucket } = same[0] as Billed;
      const tokenType = ANTHROPIC_TOKENS[bucket] ?? null;
      return {
        currency: 'USD',
        amount: formatDollars(same.reduce((sum, { cost }) => sum + cost, 0n) * 100n),
        workspace_id: account,
        description: `${model} Usage - ${tokenType === null ? 'Web Search' : BUCKETS[bucket].label}`,
        cost_type: tokenType === null ? 'web_search' : 'tokens',
        context_window: tokenType === null ? null : '0-200k',
        model,
        service_tier: tier === 'batch' ? 'batch' : 'standard',
        token_type: tokenType,
        inference_geo: 'global',
      };
    });
    return { starting_at: iso(day), ending_at: iso(day + DAY_MS), results };
  });
  return `${JSON.stringify({ data, has_more: false, next_page: null }, null, 1)}\n`;
}

const AWS_USAGE: { readonly [bucket in Bucket]?: string } = {
  freshIn: 'input-tokens',
  textOut: 'output-tokens',
  cacheRead: 'cache-read-input-token-count',
  cacheWrite5m: 'cache-write-input-token-count',
};

const AWS_COLUMNS = [
  'identity_line_item_id',
  'bill_billing_period_start_date',
  'bill_billing_period_end_date',
  'bill_payer_account_id',
  'line_item_usage_account_id',
  'line_item_usage_account_name',
  'line_item_line_item_type',
  'line_item_usage_start_date',
  'line_item_usage_end_date',
  'line_item_product_code',
  'product_region_code',
  'line_item_usage_type',
  'line_item_operation',
  'line_item_resource_id',
  'line_item_usage_amount',
  'pricing_unit',
  'line_item_unblended_rate',
  'line_item_unblended_cost',
  'line_item_currency_code',
] as const;

const AWS_MODELS: Readonly<Record<string, string>> = {
  [MODELS.awsSonnet.name]: 'Claude5Sonnet',
  [MODELS.awsHaiku.name]: 'Claude4.5Haiku',
};

/** A cost and usage report (CUR 2.0) as CSV; usage in single tokens, so that rates are exact. */
function awsReport(lines: readonly Billed[], { paperMonth }: Stories): string {
  const rows = lines.map(({ account, day, model, bucket, units, cost, rate }, at) =>
    [
      `demo-${at + 1}`,
      iso(paperMonth.fromMs),
      iso(paperMonth.toMs),
      '000000000001',
      account,
      'harborline-ai',
      'Usage',
      iso(day),
      iso(day + DAY_MS),
      'AmazonBedrock',
      AWS_REGION,
      `USE1-${AWS_MODELS[model] ?? model}-${AWS_USAGE[bucket] ?? bucket}`,
      'InvokeModelInference',
      `arn:aws:bedrock:${AWS_REGION}:${account}:inference-profile/${model}`,
      units,
      'Tokens',
      formatDollars(rate / 1_000_000n),
      formatDollars(cost),
      'USD',
    ].join(','),
  );
  return `${[AWS_COLUMNS.join(','), ...rows].join('\n')}\n`;
}

function iso(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
