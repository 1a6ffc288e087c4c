/** Opening a book: usage × price = cost, with what each model needs worked out once and remembered. */
import { divideRounded } from '../units/money.ts';
import type { Picodollars } from '../units/money.ts';
import { BUCKETS, BUCKET_NAMES } from '../units/tokens.ts';
import type { Bucket, Usage } from '../units/tokens.ts';
import type { PriceBookData, PriceOverride } from './book.ts';
import { normalizeName } from './names.ts';
import { openResolver } from './resolve.ts';
import type { Epoch, Priced } from './resolve.ts';
import { rateAt } from './schedule.ts';
import type { Rung, Schedule } from './schedule.ts';

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
  /** Who called and who pays, for prices that were agreed for one team or account; absent or empty: nobody said. */
  readonly team?: string;
  readonly account?: string;
  readonly region?: string;
}

/** What one unit of a bucket costs in a request of a size. */
export interface RateAsk extends Omit<PriceAsk, 'usage'> {
  readonly bucket: Bucket;
  /** The whole input of the request, in tokens. */
  readonly inputTokens: number;
}

/** Where in time and in size a model's prices change. */
export interface PriceShape {
  /** Instants from which other prices may hold, ascending; -Infinity first. */
  readonly startsMs: readonly number[];
  /** Whether prices depend on the hour of the day. */
  readonly daily: boolean;
  /** Other prices may hold above so many tokens of input; ascending. */
  readonly sizes: readonly number[];
}

export interface PriceBook {
  readonly version: string;
  /** Prices a usage at a time. `serviceTier` and `geo` are those the provider returned; empty when it said nothing. */
  price(ask: PriceAsk): Cost;
  /** Picodollars per million units; undefined: unpriced. */
  rate(ask: RateAsk): Pick<PricedBucket, 'rate' | 'listRate'> | undefined;
  /** Undefined: neither list nor an agreed price knows the model. */
  shape(ask: Omit<PriceAsk, 'usage' | 'atMs'>): PriceShape | undefined;
  /** The book's own names of a provider and its model, where it knows them. */
  meaning(provider: string, model: string): { readonly provider: string; readonly model: string };
  /** The models that the book names at a provider: its list's, then those that only overrides know. Names, not patterns. */
  modelNames(provider: string): readonly string[];
}

type Asking = Omit<PriceAsk, 'usage' | 'atMs'>;

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
  const classOf = openTargets(data.overrides ?? []);

  function epochsOf(ask: Asking): readonly Epoch[] | undefined {
    const target = classOf(ask);
    const id = `${ask.provider}\n${ask.model}\n${ask.serviceTier}\n${ask.geo}\n${ask.speed ?? ''}${target}`;
    const known = remembered.get(id);
    if (known !== undefined || remembered.has(id)) return known;
    const epochs = resolver.epochs({
      provider: normalizeName(ask.provider),
      model: normalizeName(ask.model),
      tier: normalizeName(ask.serviceTier),
      geo: normalizeName(ask.geo),
      speed: normalizeName(ask.speed ?? ''),
      team: normalizeName(ask.team ?? ''),
      account: normalizeName(ask.account ?? ''),
      region: normalizeName(ask.region ?? ''),
    });
    if (remembered.size >= RESOLUTIONS_REMEMBERED) remembered.clear(); // a stream of invented names must not grow memory
    remembered.set(id, epochs);
    return epochs;
  }

  return Object.freeze({
    version: data.version,
    price(ask: PriceAsk): Cost {
      const epochs = epochsOf(ask);
      const priced = epochs && pricedAt(epochs, ask.atMs);
      return priced ? charge(priced, ask.usage) : UNKNOWN_MODEL;
    },
    rate(ask: RateAsk): ReturnType<PriceBook['rate']> {
      const epochs = epochsOf(ask);
      const priced = epochs && pricedAt(epochs, ask.atMs);
      return priced && rateIn(priced, ask);
    },
    shape(ask: Asking): PriceShape | undefined {
      const epochs = epochsOf(ask);
      return epochs && shapeOf(epochs);
    },
    meaning(providerName: string, modelName: string) {
      const { provider, model } = resolver.find(providerName, modelName);
      return { provider: provider?.id ?? normalizeName(providerName), model: model?.id ?? modelName };
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

/**
 * Which of the teams, accounts and regions that any price is agreed for a call belongs to. All others are one class, so
 * that a thousand teams cost no more memory than one; where nothing is agreed for anybody, nothing is built at all.
 */
function openTargets(overrides: readonly PriceOverride[]): (ask: Asking) => string {
  const parts = (['team', 'account', 'region'] as const).flatMap((part) => {
    const names = new Set(
      overrides.flatMap((one) => (one[part] === undefined ? [] : normalizeName(one[part]))),
    );
    return names.size === 0 ? [] : [{ part, names }];
  });
  if (parts.length === 0) return () => '';
  return (ask) => {
    let target = '';
    for (const { part, names } of parts) {
      const name = normalizeName(ask[part] ?? '');
      target += `\n${names.has(name) ? name : ''}`;
    }
    return target;
  };
}

function rateIn({ paid, list }: Priced, { bucket, inputTokens }: RateAsk) {
  const at = BUCKET_NAMES.indexOf(bucket);
  const fee = at === WEB_SEARCH && chargesRequests(paid);
  const rate = rateAt((fee ? paid.request : paid.rungs[at]) ?? [], inputTokens);
  if (rate === undefined) return undefined;
  const listRate = rateAt((fee ? list.request : list.rungs[at]) ?? [], inputTokens);
  return listRate === undefined || listRate === rate ? { rate } : { rate, listRate };
}

function shapeOf(epochs: readonly Epoch[]): PriceShape {
  const schedules = epochs.flatMap(({ priced, windows }) =>
    [...(priced ? [priced] : []), ...windows.map((one) => one.priced)].map(({ paid }) => paid),
  );
  const sizes = schedules.flatMap(({ rungs, request }) =>
    [...rungs, request].flat().map(({ above }) => above),
  );
  return {
    startsMs: epochs.map(({ fromMs }) => fromMs),
    daily: epochs.some(({ windows }) => windows.length > 0),
    sizes: [...new Set(sizes)].filter((size) => size >= 0).toSorted((a, b) => a - b),
  };
}

function pricedAt(epochs: readonly Epoch[], atMs: number): Priced | undefined {
  const epoch = epochs.findLast((one) => one.fromMs <= atMs);
  if (!epoch || epoch.windows.length === 0) return epoch?.priced;
  const second = (((atMs % DAY_MS) + DAY_MS) % DAY_MS) / 1000;
  const inside = epoch.windows.find(({ window: { fromSecond, untilSecond } }) =>
    fromSecond <= untilSecond
      ? fromSecond <= second && second < untilSecond
      : fromSecond <= second || second < untilSecond,
  );
  return inside ? inside.priced : epoch.priced;
}

/** Size thresholds compare the whole input of the request and re-price all of it. */
function charge({ paid: schedule, list }: Priced, usage: Usage): Cost {
  const inputTokens = inputTokensOf(usage);
  const listRate = (rungs: readonly Rung[] | undefined): Picodollars | undefined =>
    list === schedule ? undefined : rateAt(rungs ?? [], inputTokens);
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
    else total += add(buckets, bucket, { units, rate, listRate: listRate(list.rungs[index]) });
  }
  if (fees && hasUnits(usage)) {
    const rate = rateAt(schedule.request, inputTokens) ?? 0n;
    total += add(buckets, 'webSearch', { units: 1, rate, listRate: listRate(list.request) });
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

interface Charged {
  readonly units: number;
  readonly rate: Picodollars;
  readonly listRate: Picodollars | undefined;
}

function add(buckets: PricedBucket[], bucket: Bucket, { units, rate, listRate }: Charged): Picodollars {
  const cost = divideRounded(BigInt(units) * rate, UNITS_PER_RATE);
  if (listRate === undefined || listRate === rate) buckets.push({ bucket, units, rate, cost });
  else buckets.push({ bucket, units, rate, cost, listRate });
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
