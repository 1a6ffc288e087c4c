/**
 * List prices from the data bundled in npm `@pydantic/genai-prices`, turned into a price book. Never goes to a network:
 * only the bundled data is read, and the package's updater is never switched on.
 */
import type { ConditionalPrice, MatchLogic, ModelInfo, ModelPrice, Provider } from '@pydantic/genai-prices';

import { divideRounded, formatDollars } from '../units/money.ts';
import type {
  DailyWindow,
  ModelPrices,
  NameRule,
  PriceBookData,
  PriceRow,
  ProviderPrices,
  RateKey,
  RateText,
} from './book.ts';
import { stamped } from './overrides.ts';
import { RETURNED_RULES } from './tiers.ts';

/** The installed package; a test holds it against the package's own file. */
export const GENAI_PRICES = {
  name: '@pydantic/genai-prices',
  edition: 'genai-prices-0.1.8',
  publishedOn: '2026-09-23',
  license: 'MIT',
} as const;

const PER_MILLION = 1n;
const PER_THOUSAND = 1_000n;

/** The source's price keys that have a bucket here, and how many of the key's units make a million of the bucket's. */
export const HANDLED_KEYS: Readonly<Record<string, readonly [key: RateKey, timesPerMillion: bigint]>> = {
  input_mtok: ['freshIn', PER_MILLION],
  cache_read_mtok: ['cacheRead', PER_MILLION],
  cache_write_mtok: ['cacheWrite', PER_MILLION],
  cache_write_5m_mtok: ['cacheWrite5m', PER_MILLION],
  cache_write_1h_mtok: ['cacheWrite1h', PER_MILLION],
  input_audio_mtok: ['audioIn', PER_MILLION],
  cache_audio_read_mtok: ['audioCacheRead', PER_MILLION],
  input_image_mtok: ['imageIn', PER_MILLION],
  input_tool_mtok: ['toolPromptIn', PER_MILLION],
  output_mtok: ['textOut', PER_MILLION],
  output_reasoning_mtok: ['reasoningOut', PER_MILLION],
  output_audio_mtok: ['audioOut', PER_MILLION],
  output_image_mtok: ['imageOut', PER_MILLION],
  web_searches_kcount: ['webSearch', PER_THOUSAND],
  storage_searches_kcount: ['fileSearch', PER_THOUSAND],
  code_executions_kcount: ['codeSession', PER_THOUSAND],
  requests_kcount: ['request', PER_THOUSAND],
};

/** Price keys of the source that no bucket counts. A model priced only by these is known, and its tokens are unpriced. */
export const UNHANDLED_KEYS: Readonly<Record<string, string>> = {
  cache_image_read_mtok: 'no bucket for cached images; they are counted as cache read',
  input_video_mtok: 'no bucket for video; wires count it as input',
  output_video_mtok: 'no bucket for video; wires count it as output',
  output_citation_mtok: 'no bucket for citations; providers report them inside output',
  audio_hours: 'priced by duration, which no bucket counts',
  input_audio_hours: 'priced by duration, which no bucket counts',
  input_document_kpages: 'priced by page, which no bucket counts',
  input_annotated_document_kpages: 'priced by page, which no bucket counts',
  input_text_messages_kcount: 'priced by message, which no bucket counts',
};

/**
 * Reads the bundled list prices of every provider.
 * @throws Error when the package holds a price key, rule or amount that this reader does not know: an update of the
 * package must be looked at before it prices anything.
 */
export async function seedPriceBook(): Promise<PriceBookData> {
  // Loaded on demand: gateways open books that control has seeded, and never need the package.
  const { waitForUpdate } = await import('@pydantic/genai-prices');
  const providers = await waitForUpdate();
  if (!providers) throw new Error('the package @pydantic/genai-prices holds no price data; reinstall it');
  return stamped({ source: GENAI_PRICES, providers: providers.map(toProvider), rules: RETURNED_RULES });
}

function toProvider(provider: Provider): ProviderPrices {
  return {
    id: provider.id,
    name: provider.name,
    ...(provider.provider_match && { match: toRule(provider.provider_match) }),
    apiPattern: provider.api_pattern,
    ...(provider.fallback_model_providers && { fallbacks: provider.fallback_model_providers }),
    models: provider.models.map(toModel),
  };
}

function toModel(model: ModelInfo): ModelPrices {
  const conditional: readonly ConditionalPrice[] = Array.isArray(model.prices)
    ? model.prices
    : [{ prices: model.prices }];
  let from: string | undefined;
  const rows = conditional.map(({ constraint, prices }): PriceRow => {
    if (constraint?.type === 'start_date') from = constraint.start_date;
    // The source cannot say a date and daily hours in one row; hours listed after a date hold from that date on.
    const daily =
      constraint?.type === 'time_of_date' ? toWindow(constraint.start_time, constraint.end_time) : undefined;
    return {
      ...(constraint && from !== undefined && { from }),
      ...(daily && { daily }),
      rates: toRates(model.id, prices),
    };
  });
  return {
    id: model.id,
    match: toRule(model.match),
    rows,
    ...(model.price_comments && { note: model.price_comments }),
  };
}

function toRates(model: string, prices: ModelPrice): PriceRow['rates'] {
  const rates: { [key in RateKey]?: RateText } = {};
  for (const [sourceKey, price] of Object.entries(prices)) {
    if (price === undefined || sourceKey in UNHANDLED_KEYS) continue;
    const handled = HANDLED_KEYS[sourceKey];
    if (!handled)
      throw new Error(
        `${model}: the price key "${sourceKey}" is new in this edition; give it a bucket or a reason`,
      );
    const [key, times] = handled;
    rates[key] = toRate(price, times);
  }
  // A model named free with an empty price list costs nothing; any other empty list is a price nobody stated.
  if (Object.keys(prices).length === 0 && model.endsWith(':free')) return { freshIn: '0', textOut: '0' };
  return rates;
}

function toRate(price: NonNullable<ModelPrice[string]>, times: bigint): RateText {
  if (typeof price === 'number') return decimalText(price, times);
  const tiers = price.tiers.map((tier) => ({ above: tier.start, rate: decimalText(tier.price, times) }));
  return { base: decimalText(price.base, times), tiers: tiers.toSorted((a, b) => a.above - b.above) };
}

/**
 * The decimal that a source number stands for, by its shortest representation, in dollars per million units.
 * Digits past a picodollar (0.08333333333333334) are rounded half to even.
 */
export function decimalText(value: number, times: bigint): string {
  const match = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value));
  if (!match) throw new Error(`${value} is no price; expected a finite number of at least zero`);
  const [, whole = '0', fraction = '', exponent = '0'] = match;
  const shift = 12 - fraction.length + Number(exponent);
  const digits = BigInt(whole + fraction) * times;
  const amount = shift >= 0 ? digits * 10n ** BigInt(shift) : divideRounded(digits, 10n ** BigInt(-shift));
  return formatDollars(amount);
}

function toWindow(start: string, end: string): DailyWindow {
  return { fromSecond: secondOfDay(start), untilSecond: secondOfDay(end) };
}

function secondOfDay(text: string): number {
  const match = /^(\d{2}):(\d{2}):(\d{2})Z$/.exec(text);
  if (!match) throw new Error(`"${text}" is no UTC time of day`);
  return Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]);
}

function toRule(logic: MatchLogic): NameRule {
  if ('or' in logic) return { any: logic.or.map(toRule) };
  if ('and' in logic) return { all: logic.and.map(toRule) };
  if ('starts_with' in logic) return { startsWith: logic.starts_with };
  if ('ends_with' in logic) return { endsWith: logic.ends_with };
  return logic;
}
