/**
 * From layers of prices to one rate per bucket. A layer is list, or an override laid over it; a schedule is what they
 * come to at one time, with every fall-back, multiple and size threshold worked out, so that pricing only multiplies.
 */
import { divideRounded, parseDollars } from '../units/money.ts';
import type { Picodollars } from '../units/money.ts';
import { BUCKETS, BUCKET_NAMES } from '../units/tokens.ts';
import type { Bucket } from '../units/tokens.ts';
import type { RateKey, RateText } from './book.ts';
import { ONE, multiply } from './returned.ts';
import type { Fraction } from './returned.ts';

export interface Layer {
  readonly rates: { readonly [key in RateKey]?: RateText };
  /** The layer holds only for requests with more input tokens than this; -1: for all. */
  readonly above: number;
  /** Multiple of the token rates, by what the provider returned; `unpriced`: this layer has no token rates then. */
  readonly tokenTimes: Fraction | 'unpriced';
  /** Multiple of every rate, by contract. */
  readonly times: Fraction;
}

/** A rate from a size on. Rungs are in ascending order; the last whose `above` the request exceeds holds. */
export interface Rung {
  readonly above: number;
  /** Picodollars per million units; undefined: no price at this size. */
  readonly rate: Picodollars | undefined;
}

export interface Schedule {
  /** One entry per bucket, in the order of BUCKET_NAMES; empty where the bucket has no price at any size. */
  readonly rungs: ReadonlyArray<readonly Rung[]>;
  /** Price of one answered request, per million requests. */
  readonly request: readonly Rung[];
}

interface Step {
  readonly key: RateKey;
  readonly times?: Fraction;
  readonly only?: Condition;
}

/**
 * - `claude`: Anthropic's models, wherever they run.
 * - `writesUnpriced`: no price for any cache write is known.
 * - `textModel`: not a model made for audio; one of those never sells audio at its text price.
 */
type Condition = 'claude' | 'writesUnpriced' | 'textModel';

const TWICE: Fraction = { numerator: 2n, denominator: 1n };

/** Which price a bucket takes: the first of its steps that any layer quotes. No step: the bucket is unpriced. */
const STEPS: Readonly<Record<Bucket, readonly Step[]>> = {
  freshIn: [{ key: 'freshIn' }],
  cacheRead: [{ key: 'cacheRead' }, { key: 'freshIn' }],
  // A provider that quotes no write price charges writes as the input they are.
  cacheWrite5m: [{ key: 'cacheWrite5m' }, { key: 'cacheWrite' }, { key: 'freshIn' }],
  // Never the five-minute price, which is lower. Anthropic, Prompt caching: "1-hour cache write tokens are 2 times the
  // base input tokens price".
  cacheWrite1h: [
    { key: 'cacheWrite1h' },
    { key: 'freshIn', times: TWICE, only: 'claude' },
    { key: 'freshIn', only: 'writesUnpriced' },
  ],
  cacheWriteUnknown: [
    { key: 'cacheWriteUnknown' },
    { key: 'cacheWrite' },
    { key: 'cacheWrite5m' },
    { key: 'freshIn' },
  ],
  audioIn: [{ key: 'audioIn' }, { key: 'freshIn', only: 'textModel' }],
  audioCacheRead: [
    { key: 'audioCacheRead' },
    { key: 'cacheRead', only: 'textModel' },
    { key: 'audioIn' },
    { key: 'freshIn', only: 'textModel' },
  ],
  imageIn: [{ key: 'imageIn' }, { key: 'freshIn' }],
  toolPromptIn: [{ key: 'toolPromptIn' }, { key: 'freshIn' }],
  textOut: [{ key: 'textOut' }],
  reasoningOut: [{ key: 'reasoningOut' }, { key: 'textOut' }],
  audioOut: [{ key: 'audioOut' }, { key: 'textOut', only: 'textModel' }],
  imageOut: [{ key: 'imageOut' }, { key: 'textOut' }],
  webSearch: [{ key: 'webSearch' }],
  fileSearch: [{ key: 'fileSearch' }],
  codeSession: [{ key: 'codeSession' }],
  mapsQuery: [{ key: 'mapsQuery' }],
};

const WRITE_KEYS: readonly RateKey[] = ['cacheWrite', 'cacheWrite5m', 'cacheWrite1h', 'cacheWriteUnknown'];

/**
 * Works out the rates of one model at one time. Layers come with the strongest first.
 * @param model lower-case name, by which Anthropic's models are known
 */
export function compileSchedule(layers: readonly Layer[], model: string): Schedule {
  const sizes = sizesOf(layers);
  const met: Readonly<Record<Condition, boolean>> = {
    claude: model.includes('claude'),
    writesUnpriced: !layers.some((layer) => WRITE_KEYS.some((key) => layer.rates[key] !== undefined)),
    textModel: !/audio|realtime|transcribe/.test(model),
  };
  const holds = (step: Step) => step.only === undefined || met[step.only];
  const climb = (steps: readonly Step[], fee: boolean) => {
    const rungs = sizes.map((above) => ({ above, rate: firstRate(layers, steps, above, fee) }));
    return rungs.some((rung) => rung.rate !== undefined) ? rungs.filter(isChange) : [];
  };
  return {
    rungs: BUCKET_NAMES.map((bucket) => climb(STEPS[bucket].filter(holds), BUCKETS[bucket].side === 'fee')),
    request: climb([{ key: 'request' }], true),
  };
}

/** The rate that holds for a request of this many input tokens. */
export function rateAt(rungs: readonly Rung[], inputTokens: number): Picodollars | undefined {
  let rate: Picodollars | undefined;
  for (const rung of rungs) {
    if (inputTokens <= rung.above) break;
    rate = rung.rate;
  }
  return rate;
}

function isChange(rung: Rung, index: number, rungs: readonly Rung[]): boolean {
  return index === 0 || rung.rate !== rungs[index - 1]?.rate;
}

function sizesOf(layers: readonly Layer[]): number[] {
  const sizes = new Set([-1]);
  for (const layer of layers) {
    sizes.add(layer.above);
    for (const rate of Object.values(layer.rates)) {
      if (typeof rate === 'object') for (const tier of rate.tiers) sizes.add(tier.above);
    }
  }
  return [...sizes].toSorted((a, b) => a - b);
}

function firstRate(
  layers: readonly Layer[],
  steps: readonly Step[],
  above: number,
  fee: boolean,
): Picodollars | undefined {
  for (const step of steps) {
    for (const layer of layers) {
      const text = layer.rates[step.key];
      const tokenTimes = fee ? ONE : layer.tokenTimes;
      if (text === undefined || layer.above > above || tokenTimes === 'unpriced') continue;
      return scaled(
        parseDollars(textAt(text, above)),
        multiply(multiply(layer.times, tokenTimes), step.times ?? ONE),
      );
    }
  }
  return undefined;
}

function textAt(rate: RateText, above: number): string {
  if (typeof rate === 'string') return rate;
  return rate.tiers.findLast((tier) => tier.above <= above)?.rate ?? rate.base;
}

function scaled(rate: Picodollars, times: Fraction): Picodollars {
  return times.denominator === 1n
    ? rate * times.numerator
    : divideRounded(rate * times.numerator, times.denominator);
}
