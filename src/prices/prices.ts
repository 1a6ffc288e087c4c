/**
 * The price book: dated, versioned prices; usage × price = cost. Pure: no clock, no files, no network. The front door.
 */
import { divideRounded } from '../units/money.ts';
import type { Picodollars } from '../units/money.ts';
import { BUCKETS, BUCKET_NAMES } from '../units/tokens.ts';
import type { Bucket, Usage } from '../units/tokens.ts';
import type { PriceBookData } from './book.ts';
import { normalizeName } from './names.ts';
import { openResolver } from './resolve.ts';
import type { Epoch } from './resolve.ts';
import { rateAt } from './schedule.ts';
import type { Schedule } from './schedule.ts';

export type { PriceBookData, PriceOverride, PriceSource, RateKey } from './book.ts';
export { seedPriceBook } from './seed.ts';
export { overrideProblems, withOverrides, withProvider } from './overrides.ts';
export { diffPrices, listPrices } from './list.ts';
export type { PriceChange, PriceListing } from './list.ts';

/** One priced bucket of a charge: `cost = units × rate ÷ 1,000,000`, rounded half to even to a picodollar. */
export interface PricedBucket {
  readonly bucket: Bucket;
  readonly units: number;
  /** Picodollars per million units. */
  readonly rate: Picodollars;
  readonly cost: Picodollars;
  /** What the same units cost at list, picodollars per million; absent: `rate`. */
  readonly listRate?: Picodollars;
}

/** Unpriced is a state, never zero: `missing` names the buckets that had units and no price (empty: the model is unknown). */
export type Cost =
  | { readonly kind: 'priced'; readonly total: Picodollars; readonly buckets: readonly PricedBucket[] }
  | { readonly kind: 'unpriced'; readonly missing: readonly Bucket[] };

export interface PriceAsk {
  /** The provider's name in the price book, or one of its other names. */
  readonly provider: string;
  readonly model: string;
  readonly usage: Usage;
  readonly atMs: number;
  /** As the provider returned them; empty when it said nothing. */
  readonly serviceTier: string;
  readonly geo: string;
  /** Anthropic's `speed`; absent or empty: standard. */
  readonly speed?: string;
}

export interface PriceBook {
  readonly version: string;
  /** Prices a usage at a time. `serviceTier` and `geo` are those the provider returned; empty when it said nothing. */
  price(ask: PriceAsk): Cost;
  /** The models that the book names at a provider: its list's, then those that only overrides know. Names, not patterns. */
  modelNames(provider: string): readonly string[];
}

const RESOLUTIONS_REMEMBERED = 10_000;
const UNITS_PER_RATE = 1_000_000n;
const DAY_MS = 86_400_000;
const INPUT_BUCKETS = BUCKET_NAMES.filter((bucket) => BUCKETS[bucket].side === 'input');
const WEB_SEARCH = BUCKET_NAMES.indexOf('webSearch');
const UNKNOWN_MODEL: Cost = { kind: 'unpriced', missing: [] };

/** Opens a book for use. The same data gives the same answers; what it has worked out for a model is remembered, bounded. */
export function openPriceBook(data: PriceBookData): PriceBook {
  const resolver = openResolver(data);
  const remembered = new Map<string, readonly Epoch[] | undefined>();

  function epochsOf(ask: PriceAsk): readonly Epoch[] | undefined {
    const id = `${ask.provider}\n${ask.model}\n${ask.serviceTier}\n${ask.geo}\n${ask.speed ?? ''}`;
    const known = remembered.get(id);
    if (known !== undefined || remembered.has(id)) return known;
    const epochs = resolver.epochs({
      provider: normalizeName(ask.provider),
      model: normalizeName(ask.model),
      tier: normalizeName(ask.serviceTier),
      geo: normalizeName(ask.geo),
      speed: normalizeName(ask.speed ?? ''),
    });
    if (remembered.size >= RESOLUTIONS_REMEMBERED) remembered.clear(); // a stream of invented names must not grow memory
    remembered.set(id, epochs);
    return epochs;
  }

  return Object.freeze({
    version: data.version,
    price(ask: PriceAsk): Cost {
      const epochs = epochsOf(ask);
      const schedule = epochs && scheduleAt(epochs, ask.atMs);
      return schedule ? charge(schedule, ask.usage) : UNKNOWN_MODEL;
    },
    modelNames(name: string): readonly string[] {
      const { provider } = resolver.find(name, '');
      const known = [normalizeName(name), provider?.id];
      const added = (data.overrides ?? []).filter(
        (one) => known.includes(normalizeName(one.provider)) && !one.model.includes('*'),
      );
      return [
        ...new Set(
          [...(provider?.models ?? []), ...added.map(({ model }) => ({ id: model }))].map(({ id }) => id),
        ),
      ];
    },
  });
}

function scheduleAt(epochs: readonly Epoch[], atMs: number): Schedule | undefined {
  const epoch = epochs.findLast((one) => one.fromMs <= atMs);
  if (!epoch || epoch.windows.length === 0) return epoch?.schedule;
  const second = (((atMs % DAY_MS) + DAY_MS) % DAY_MS) / 1000;
  const inside = epoch.windows.find(({ window: { fromSecond, untilSecond } }) =>
    fromSecond <= untilSecond
      ? fromSecond <= second && second < untilSecond
      : fromSecond <= second || second < untilSecond,
  );
  return inside ? inside.schedule : epoch.schedule;
}

/** Size thresholds compare the whole input of the request and re-price all of it. */
function charge(schedule: Schedule, usage: Usage): Cost {
  const inputTokens = inputTokensOf(usage);
  const buckets: PricedBucket[] = [];
  const missing: Bucket[] = [];
  let total = 0n;
  const fees = chargesRequests(schedule);
  let index = -1;
  for (const bucket of BUCKET_NAMES) {
    index += 1;
    const units = usage[bucket] ?? 0;
    if (units === 0 || (fees && index === WEB_SEARCH)) continue;
    const rate = rateAt(schedule.rungs[index] ?? [], inputTokens);
    // A count that is no whole number cannot be multiplied exactly; it is unpriced rather than guessed.
    if (rate === undefined || !Number.isSafeInteger(units) || units < 0) missing.push(bucket);
    else total += add(buckets, bucket, units, rate);
  }
  if (fees && hasUnits(usage)) {
    total += add(buckets, 'webSearch', 1, rateAt(schedule.request, inputTokens) ?? 0n);
  }
  return missing.length > 0 ? { kind: 'unpriced', missing } : { kind: 'priced', total, buckets };
}

/**
 * Providers that price the request itself do so for the search inside it, so its fee is shown as one web search.
 * Where searches have a price of their own, that one is charged.
 */
function chargesRequests(schedule: Schedule): boolean {
  return schedule.request.length > 0 && (schedule.rungs[WEB_SEARCH] ?? []).length === 0;
}

function add(buckets: PricedBucket[], bucket: Bucket, units: number, rate: Picodollars): Picodollars {
  const cost = divideRounded(BigInt(units) * rate, UNITS_PER_RATE);
  buckets.push({ bucket, units, rate, cost });
  return cost;
}

function inputTokensOf(usage: Usage): number {
  let tokens = 0;
  for (const bucket of INPUT_BUCKETS) tokens += usage[bucket] ?? 0;
  return tokens;
}

function hasUnits(usage: Usage): boolean {
  return BUCKET_NAMES.some((bucket) => (usage[bucket] ?? 0) > 0);
}
