/**
 * Names on statements and names in the ledger, made one: models, token classes, tiers. Data and the few rules that read
 * it; what no rule knows stays unknown and is listed, never guessed.
 */
import type { Bucket } from '../../units/tokens.ts';
import type { TokenClass } from './statement.ts';

/** Providers under the names that settings and clouds give them. */
const PROVIDERS: ReadonlyArray<readonly [RegExp, string]> = [
  [/^(open ?ai)$/i, 'openai'],
  [/^anthropic/i, 'anthropic'],
  [/azure|microsoft/i, 'azure'],
  [/bedrock|^aws$|amazon/i, 'bedrock'],
  [/google|gemini|vertex/i, 'google'],
];

export function providerName(text: string): string {
  return PROVIDERS.find(([pattern]) => pattern.test(text))?.[1] ?? text.trim().toLowerCase();
}

/** What a name begins with that no rule knows. */
export const UNKNOWN_NAME = '? ';

const FAMILIES = 'opus|sonnet|haiku';

/**
 * A model's name without what the places that sell it add: region and vendor prefixes, dates, versions of the weights.
 * `us.anthropic.claude-sonnet-4-5-20250929-v1:0`, `Claude4.5Sonnet` and `Claude Sonnet 4.5` are one.
 */
export function modelName(text: string): string {
  if (text.startsWith(UNKNOWN_NAME)) return text;
  let name = text
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, '-');
  name = name.replace(/^(models|publishers)\/.*?([^/]+)$/, '$2').replace(/^ft:([^:]+):.*/, '$1');
  name = name
    .replace(/^(us|eu|apac|global|jp|au)\./, '')
    .replace(/^(anthropic|amazon|meta|mistral|cohere|openai)[./]/, '');
  name = name
    .replace(/-v\d+(:\d+)?$/, '')
    .replace(/@\d{8}$/, '')
    .replace(/-latest$/, '');
  name = name.replace(/-(20\d{2}-\d{2}-\d{2}|20\d{6}|\d{4})$/, '').replace(/-v\d+(:\d+)?$/, '');
  if (!name.startsWith('claude')) return name;
  const version = /(\d+)(?:[.-](\d{1,2}))?(?!\d)/.exec(name);
  const family = new RegExp(FAMILIES).exec(name)?.[0];
  if (version === null || family === undefined) return name;
  return `claude-${family}-${version[1]}${version[2] === undefined ? '' : `-${version[2]}`}`;
}

const TIERS: Readonly<Record<string, string>> = {
  '': 'standard',
  default: 'standard',
  auto: 'standard',
  standard: 'standard',
  on_demand: 'standard',
  'on-demand': 'standard',
  batch: 'batch',
  flex: 'flex',
  priority: 'priority',
};

export function tierName(text: string): string {
  const name = text.trim().toLowerCase();
  return TIERS[name] ?? name;
}

/** Words for token classes on statements; the first that fits. Cache and media come before the sides that they are part of. */
const CLASSES: ReadonlyArray<readonly [RegExp, TokenClass]> = [
  [/uncached|non[- ]?cached/i, 'input'],
  [/audio.*(cached|cache[ -]?read)|(cached|cchd).*audio/i, 'audioCacheRead'],
  [/(ephemeral_1h|1[ -]?h(our)?|60[ -]?min).*|cache[- ]?write.*1h/i, 'cacheWrite1h'],
  [/ephemeral_5m|(5[ -]?m(in)?\b).*(cache|write)|(cache|write).*5[ -]?m(in)?/i, 'cacheWrite5m'],
  [/cache[_ -]?(write|creation|storage|wrt)|input_cache_write|prompt caching write/i, 'cacheWrite'],
  [/cache[_ -]?(read|hit)|cached|cchd|cache_read_input|prompt caching read|caching/i, 'cacheRead'],
  [/web[_ -]?search|grounding/i, 'webSearch'],
  [/file[_ -]?search/i, 'fileSearch'],
  [/code[_ -]?(interpreter|execution)/i, 'codeSession'],
  [/maps/i, 'mapsQuery'],
  [/audio.*(outp|output)|(outp|output).*audio/i, 'audioOut'],
  [/image.*(outp|output)|(outp|output).*image/i, 'imageOut'],
  [/audio/i, 'audioIn'],
  [/image/i, 'imageIn'],
  [/\b(outp|output|opt|completion|thinking|reasoning)|output/i, 'output'],
  [/\b(inp|input|prompt)|input/i, 'input'],
];

export function classOf(text: string): TokenClass | null {
  return CLASSES.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}

/** What a statement can tell apart, of the ledger's buckets. Lifetimes that nobody reported are billed as the short one. */
const OF_BUCKETS: Readonly<Record<Bucket, TokenClass>> = {
  freshIn: 'input',
  cacheRead: 'cacheRead',
  cacheWrite5m: 'cacheWrite5m',
  cacheWrite1h: 'cacheWrite1h',
  cacheWriteUnknown: 'cacheWrite5m',
  audioIn: 'audioIn',
  audioCacheRead: 'audioCacheRead',
  imageIn: 'imageIn',
  toolPromptIn: 'input',
  textOut: 'output',
  reasoningOut: 'output',
  audioOut: 'audioOut',
  imageOut: 'imageOut',
  webSearch: 'webSearch',
  fileSearch: 'fileSearch',
  codeSession: 'codeSession',
  mapsQuery: 'mapsQuery',
};

export function classOfBucket(bucket: string): TokenClass | '' {
  return OF_BUCKETS[bucket as Bucket] ?? '';
}

/** The bucket that a correction of a token class is booked in. */
export function bucketOfClass(name: string): Bucket | undefined {
  if (name === 'cacheWrite') return 'cacheWriteUnknown';
  const own = (Object.keys(OF_BUCKETS) as Bucket[]).filter((bucket) => OF_BUCKETS[bucket] === name);
  return own[0];
}
