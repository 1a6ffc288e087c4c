/**
 * What providers charge for answers that they mark with a service tier, a place or a speed. Data: it is copied into
 * every price book, so that a line priced by an old book stays explained by that book.
 *
 * A mark that no rule knows is unpriced: a tier that is dearer or cheaper than list must not be booked as list.
 */
import type { ReturnedRule } from './book.ts';

const LIST_TIERS: readonly ReturnedRule[] = ['default', 'standard', 'on_demand', 'auto'].map((value) => ({
  dimension: 'tier',
  provider: '*',
  value,
  times: '1',
  // `auto` appears in events sent before the tier is settled; unless a project chose otherwise it resolves to default.
  rule: 'The pay-as-you-go tier that list prices describe.',
}));

const TIERS: readonly ReturnedRule[] = [
  // OpenAI, pricing and Batch API guide: "Save 50% on inputs and outputs with the Batch API".
  {
    dimension: 'tier',
    provider: 'openai',
    value: 'batch',
    times: '0.5',
    rule: 'Batch API: 50 % of list, input and output.',
  },
  // OpenAI, Flex processing guide: "Tokens are priced at Batch API rates".
  {
    dimension: 'tier',
    provider: 'openai',
    value: 'flex',
    times: '0.5',
    rule: 'Flex: tokens at Batch API rates, 50 % of list.',
  },
  // OpenAI, pricing page: the priority table has its own rates, a different multiple of list for each model.
  {
    dimension: 'tier',
    provider: 'openai',
    value: 'priority',
    times: 'unpriced',
    rule: 'Priority has its own rate for each model.',
  },
  // OpenAI, Scale Tier: throughput units bought ahead; the tokens of a call have no marginal list price.
  {
    dimension: 'tier',
    provider: 'openai',
    value: 'scale',
    times: 'unpriced',
    rule: 'Scale tier is bought ahead in units.',
  },
  // Azure OpenAI, Global Batch: "50% less cost than global standard".
  {
    dimension: 'tier',
    provider: 'azure',
    value: 'batch',
    times: '0.5',
    rule: 'Global Batch: 50 % less than global standard.',
  },
  // Anthropic, Message Batches: "All usage is charged at 50% of the standard API prices"; stacks with caching.
  {
    dimension: 'tier',
    provider: 'anthropic',
    value: 'batch',
    times: '0.5',
    rule: 'Message Batches: 50 % of standard prices.',
  },
  // Anthropic, Service tiers: priority capacity is committed for months ahead at a negotiated price.
  {
    dimension: 'tier',
    provider: 'anthropic',
    value: 'priority',
    times: 'unpriced',
    rule: 'Priority capacity is committed ahead.',
  },
];

/** Capacity that is bought by the hour or the month: the tokens that it serves have been paid for already. */
const PROVISIONED: readonly ReturnedRule[] = [
  // Azure OpenAI, Provisioned throughput: "billed at an hourly rate … regardless of the number of tokens processed".
  // Google, Vertex AI Provisioned Throughput and Amazon Bedrock, Provisioned Throughput: fixed-cost subscriptions.
  ...['azure', 'google', 'aws'].map((provider): ReturnedRule => ({
    dimension: 'tier',
    provider,
    value: 'provisioned',
    times: '0',
    rule: 'Covered by the commitment for provisioned capacity: no marginal cost.',
  })),
  // Amazon Bedrock, Service tiers: the reserved tier is a fixed price per thousand tokens a minute, billed monthly.
  {
    dimension: 'tier',
    provider: 'aws',
    value: 'reserved',
    times: '0',
    rule: 'Covered by the reservation: a fixed price by the month.',
  },
];

const GOOGLE: readonly ReturnedRule[] = [
  // Gemini API, Optimization: flex and batch at a "50% discount"; priority "75% to 100% more", which depends on the model.
  ...['flex', 'batch'].map((value): ReturnedRule => ({
    dimension: 'tier',
    provider: 'google',
    value,
    times: '0.5',
    rule: 'Flex and batch: 50 % of list.',
  })),
  {
    dimension: 'tier',
    provider: 'google',
    value: 'priority',
    times: 'unpriced',
    rule: 'Priority has its own rate for each model.',
  },
];

/** Models before February 2026: they take no `inference_geo`, and keep their price wherever they ran. */
const BEFORE_INFERENCE_GEO = [
  'claude-v*',
  'claude-1*',
  'claude-2*',
  'claude-3*',
  'claude-instant*',
  'claude-opus-4',
  'claude-opus-4-0*',
  'claude-opus-4-2025*',
  'claude-opus-4-1*',
  'claude-opus-4.1*',
  'claude-opus-4-5*',
  'claude-opus-4.5*',
  'claude-4-opus*',
  'claude-4-5-opus*',
  'claude-4.5-opus*',
  'claude-sonnet-3*',
  'claude-sonnet-4',
  'claude-sonnet-4-0*',
  'claude-sonnet-4-2025*',
  'claude-sonnet-4@*',
  'claude-sonnet-4-5*',
  'claude-sonnet-4.5*',
  'claude-4-sonnet*',
  'claude-haiku-4-5*',
  'claude-haiku-4.5*',
  'claude-4-5-haiku*',
  'claude-4.5-haiku*',
];

const GEOS: readonly ReturnedRule[] = [
  {
    dimension: 'geo',
    provider: 'anthropic',
    value: 'global',
    times: '1',
    rule: 'Global routing: standard pricing.',
  },
  {
    dimension: 'geo',
    provider: 'anthropic',
    value: 'not_available',
    times: '1',
    rule: 'The model or endpoint has no geography.',
  },
  // Anthropic, Data residency: "for Claude Opus 4.6 and newer models, US-only inference … is priced at 1.1x … across all
  // token pricing categories (input tokens, output tokens, cache writes, and cache reads)".
  {
    dimension: 'geo',
    provider: 'anthropic',
    value: 'us',
    models: BEFORE_INFERENCE_GEO,
    times: '1',
    rule: 'Earlier models keep their price.',
  },
  {
    dimension: 'geo',
    provider: 'anthropic',
    value: 'us',
    except: BEFORE_INFERENCE_GEO,
    from: '2026-02-01',
    times: '1.1',
    rule: 'US-only inference: 1.1 times list on every token, Claude Opus 4.6 and newer.',
  },
];

const FAST = 'Fast mode, over the whole context window; caching multiples apply on top.';
const SPEEDS: readonly ReturnedRule[] = [
  { dimension: 'speed', provider: '*', value: 'standard', times: '1', rule: 'Standard speed: list.' },
  // Anthropic, Fast mode: Opus 4.6 and 4.7 at $30 / $150, Opus 4.8 and 5 at $10 / $50, against $5 / $25.
  {
    dimension: 'speed',
    provider: 'anthropic',
    value: 'fast',
    models: ['claude-opus-4-6*', 'claude-opus-4-7*'],
    times: '6',
    rule: FAST,
  },
  {
    dimension: 'speed',
    provider: 'anthropic',
    value: 'fast',
    models: ['claude-opus-4-8*', 'claude-opus-5', 'claude-opus-5-20*'],
    times: '2',
    rule: FAST,
  },
];

/** The first rule that fits decides. */
export const RETURNED_RULES: readonly ReturnedRule[] = [
  ...TIERS,
  ...PROVISIONED,
  ...GOOGLE,
  ...LIST_TIERS,
  ...GEOS,
  ...SPEEDS,
];
