/** What providers, models and buckets are called in a FOCUS file: names, ids of SKUs, and the details of a SKU price. Data. */
import { BUCKETS } from '../../units/tokens.ts';
import type { Bucket } from '../../units/tokens.ts';
import { formatExact } from '../../units/exact.ts';
import type { Charge, Priced } from './charge.ts';
import type { Spec } from './columns.ts';

interface ProviderNames {
  /** Who sells the service. */
  readonly seller: string;
  readonly service: string;
}

const PROVIDERS: ReadonlyArray<readonly [RegExp, ProviderNames]> = [
  [/^azure/i, { seller: 'Microsoft', service: 'Azure OpenAI' }],
  [/^(aws|bedrock|amazon)/i, { seller: 'Amazon Web Services', service: 'Amazon Bedrock' }],
  [/^vertex/i, { seller: 'Google Cloud', service: 'Vertex AI' }],
  [/^(gemini|google)/i, { seller: 'Google', service: 'Gemini API' }],
  [/^openai/i, { seller: 'OpenAI', service: 'OpenAI API' }],
  [/^anthropic/i, { seller: 'Anthropic', service: 'Anthropic API' }],
  [/^mistral/i, { seller: 'Mistral AI', service: 'Mistral API' }],
  [/^groq/i, { seller: 'Groq', service: 'Groq API' }],
  [/^deepseek/i, { seller: 'DeepSeek', service: 'DeepSeek API' }],
  [/^xai/i, { seller: 'xAI', service: 'xAI API' }],
  [/^openrouter/i, { seller: 'OpenRouter', service: 'OpenRouter' }],
  [/^together/i, { seller: 'Together AI', service: 'Together AI' }],
  [/^cohere/i, { seller: 'Cohere', service: 'Cohere API' }],
];

const DEVELOPERS: ReadonlyArray<readonly [RegExp, string]> = [
  [/(^|[/.])(gpt|chatgpt|o[1-9]|text-embedding|whisper|dall-e)/i, 'OpenAI'],
  [/claude/i, 'Anthropic'],
  [/(gemini|gemma)/i, 'Google'],
  [/llama/i, 'Meta'],
  [/(mistral|mixtral|codestral|magistral|ministral)/i, 'Mistral AI'],
  [/deepseek/i, 'DeepSeek'],
  [/grok/i, 'xAI'],
  [/qwen/i, 'Alibaba'],
  [/(^|[/.])command/i, 'Cohere'],
  [/(nova|titan)-/i, 'Amazon'],
];

export function providerNames(provider: string): ProviderNames {
  const known = PROVIDERS.find(([pattern]) => pattern.test(provider))?.[1];
  const name = plain(provider) || 'Unknown provider';
  return known ?? { seller: name, service: name };
}

/** Who made the model; undefined where its name does not say it. */
export function developerOf(model: string): string | undefined {
  return DEVELOPERS.find(([pattern]) => pattern.test(model))?.[1];
}

interface BucketNames {
  /** Part of the SkuId: what is metered. Cache reads and writes are other prices of the same meter. */
  readonly sku: string;
  readonly meter: string;
  /** Part of the SkuPriceId; empty where the meter has one kind of price. */
  readonly price: string;
  readonly unit: string;
  /** Units that a price is per. */
  readonly block: 1_000_000 | 1_000;
  readonly details: Readonly<Record<string, string>>;
}

const cacheOf = (action: string, retention?: string): Readonly<Record<string, string>> => ({
  TokenDirection: 'Input',
  TokenCacheAction: action,
  ...(retention !== undefined && { x_CacheRetention: retention }),
});
const tokens = (sku: string, meter: string, price: string, details: BucketNames['details']): BucketNames => ({
  sku,
  meter,
  price,
  unit: 'Tokens',
  block: 1_000_000,
  details,
});
const fee = (sku: string, meter: string, unit: string): BucketNames => ({
  sku,
  meter,
  price: '',
  unit,
  block: 1_000,
  details: {},
});
const audio = { x_Modality: 'Audio' };
const image = { x_Modality: 'Image' };

const BUCKET_WORDS: { readonly [bucket in Bucket]?: BucketNames } = {
  freshIn: tokens('input', 'Input Tokens', 'uncached', cacheOf('Uncached')),
  cacheRead: tokens('input', 'Input Tokens', 'cache-read', cacheOf('Read')),
  cacheWrite5m: tokens('input', 'Input Tokens', 'cache-write-5m', cacheOf('Write', '5m')),
  cacheWrite1h: tokens('input', 'Input Tokens', 'cache-write-1h', cacheOf('Write', '1h')),
  cacheWriteUnknown: tokens('input', 'Input Tokens', 'cache-write', cacheOf('Write')),
  audioIn: tokens('audio-input', 'Audio Input Tokens', 'uncached', { ...cacheOf('Uncached'), ...audio }),
  audioCacheRead: tokens('audio-input', 'Audio Input Tokens', 'cache-read', { ...cacheOf('Read'), ...audio }),
  imageIn: tokens('image-input', 'Image Input Tokens', 'uncached', { ...cacheOf('Uncached'), ...image }),
  toolPromptIn: tokens('tool-prompt', 'Tool Prompt Tokens', 'uncached', cacheOf('Uncached')),
  textOut: tokens('output', 'Output Tokens', '', { TokenDirection: 'Output' }),
  reasoningOut: tokens('output', 'Output Tokens', 'reasoning', {
    TokenDirection: 'Output',
    x_Reasoning: 'Reasoning',
  }),
  audioOut: tokens('audio-output', 'Audio Output Tokens', '', { TokenDirection: 'Output', ...audio }),
  imageOut: tokens('image-output', 'Image Output Tokens', '', { TokenDirection: 'Output', ...image }),
  webSearch: fee('web-search', 'Web Searches', 'Searches'),
  fileSearch: fee('file-search', 'File Searches', 'Searches'),
  codeSession: fee('code-session', 'Code Sessions', 'Sessions'),
  mapsQuery: fee('maps-query', 'Maps Queries', 'Queries'),
};

/** A bucket that is newer than this list is named after itself. */
export function bucketNames(bucket: Bucket): BucketNames {
  const { side, label } = BUCKETS[bucket];
  const name = plain(label);
  if (side === 'fee') return BUCKET_WORDS[bucket] ?? fee(bucket, name, 'Requests');
  const direction = { TokenDirection: side === 'input' ? 'Input' : 'Output' };
  return BUCKET_WORDS[bucket] ?? tokens(bucket, name, '', direction);
}

export interface Sku {
  readonly id: string;
  readonly meter: string;
  readonly priceId: string;
}

/**
 * `SkuId` is provider, model and meter, whoever pays and whatever it costs. `SkuPriceId` adds cache action, tier, region
 * and the list price, so that each of them has one price for ever: another list price is another SkuPriceId.
 */
export function skuOf(charge: Charge, priced: Extract<Priced, { readonly kind: 'units' }>): Sku {
  const { sku, meter, price } = bucketNames(priced.bucket);
  const id = [charge.provider || 'unknown', charge.model || 'unknown', sku].map(plain).join('/');
  const rest = [price, charge.serviceTier || 'standard', charge.region || 'global'].map(plain);
  const list = formatExact({ digits: priced.listRate, scale: 12 });
  return { id, meter, priceId: [id, ...rest.filter((part) => part !== ''), list].join('/') };
}

/** Keys that 1.5 defines carry its names there and `x_` before it; all others carry `x_` always. */
export function skuDetails(charge: Charge, bucket: Bucket, spec: Spec): Readonly<Record<string, string>> {
  const developer = developerOf(charge.model);
  const details: Record<string, string> = {
    ...(developer !== undefined && { ModelDeveloper: developer }),
    ...(charge.model !== '' && { ModelId: charge.model }),
    ...bucketNames(bucket).details,
    ...(charge.serviceTier !== '' && { x_ServiceTier: charge.serviceTier }),
  };
  return Object.fromEntries(
    Object.entries(details).map(([key, value]) => [
      spec === '1.5-draft' || key.startsWith('x_') ? key : `x_${key}`,
      value,
    ]),
  );
}

/** Text that a file can hold: names come from callers and may be anything. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\ufffd]/gu, '_').trim();
}
