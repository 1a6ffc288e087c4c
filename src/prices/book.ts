/**
 * The price book as data: what is written into a rulebook, compared, listed and hashed. A leaf; JSON-serialisable.
 *
 * Money is a decimal string of dollars per million units, at most twelve decimals, so that a rate is a whole number
 * of picodollars per million units. Times are UTC; periods are half-open: `from` holds, `until` no longer does.
 */
import type { Bucket } from '../units/tokens.ts';

/**
 * What a price can be quoted for: any usage bucket, or
 * - `cacheWrite`: a cache write whose price the source states without a lifetime;
 * - `request`: one answered request, whatever its size.
 */
export type RateKey = Bucket | 'cacheWrite' | 'request';

/** Dollars per million units; or a base and what replaces it once the request's total input exceeds `above` tokens. */
export type RateText =
  | string
  | {
      readonly base: string;
      readonly tiers: ReadonlyArray<{ readonly above: number; readonly rate: string }>;
    };

export type Rates = { readonly [key in RateKey]?: RateText };

/** Hours of each UTC day in which a row holds, in seconds since midnight; `until` before `from` wraps over midnight. */
export interface DailyWindow {
  readonly fromSecond: number;
  readonly untilSecond: number;
}

/** The rates of one model over one period. The last row of a model that holds at a time is the one that prices it. */
export interface PriceRow {
  /** ISO date or date-time; absent: since always. */
  readonly from?: string;
  readonly daily?: DailyWindow;
  readonly rates: Rates;
}

/** When a name belongs to a model. All comparisons ignore case. */
export type NameRule =
  | { readonly equals: string }
  | { readonly startsWith: string }
  | { readonly endsWith: string }
  | { readonly contains: string }
  | { readonly regex: string }
  | { readonly any: readonly NameRule[] }
  | { readonly all: readonly NameRule[] };

export interface ModelPrices {
  readonly id: string;
  readonly match: NameRule;
  readonly rows: readonly PriceRow[];
  /** What the source remarks on these prices, for people. */
  readonly note?: string;
}

export interface ProviderPrices {
  readonly id: string;
  readonly name: string;
  /** Other names of the provider. */
  readonly match?: NameRule;
  /** Regular expression of the base URLs it answers on. */
  readonly apiPattern: string;
  /** Providers whose prices stand in for models this one does not list. */
  readonly fallbacks?: readonly string[];
  readonly models: readonly ModelPrices[];
}

/** What a provider can say in its answer that changes the price of the whole answer. */
export type ReturnedDimension = 'tier' | 'geo' | 'speed';

/** A provider's public rule: an answer marked so costs this multiple of list, on every token rate (never on fees). */
export interface ReturnedRule {
  readonly dimension: ReturnedDimension;
  /** Provider id, or `*`. */
  readonly provider: string;
  /** The returned word, lower case. */
  readonly value: string;
  /** Model names, `*` matches any run of characters; absent: every model. */
  readonly models?: readonly string[];
  readonly except?: readonly string[];
  readonly from?: string;
  /** Decimal multiple of list; `unpriced`: the answer has a price of its own that no source states. */
  readonly times: string;
  /** The rule in the provider's sense, for people. */
  readonly rule: string;
}

/**
 * A price that people decided. Rates replace list for the keys they name; `multiplier` scales list for the others.
 * Where several hold, the most specific wins per key, whatever their order (see `byPrecedence`): an agreed price before a
 * discount, a discount before list; within each, the one for a team or account before the one for everybody.
 */
export interface PriceOverride {
  /** Provider id, or `*`. */
  readonly provider: string;
  /** The model's name on the wire or in the book; `*` matches any run of characters. */
  readonly model: string;
  /** Holds only for answers returned with this service tier, and is final for them. Absent: it is a list price. */
  readonly tier?: string;
  readonly from?: string;
  readonly until?: string;
  readonly rates?: { readonly [key in Exclude<RateKey, 'request'>]?: string };
  /** The rates hold only for requests whose total input exceeds this many tokens. */
  readonly tierThresholdTokens?: number;
  /** Decimal multiple of list, for instance "0.85" for 15 % off. */
  readonly multiplier?: string;
  readonly note?: string;
  /** Holds only for calls of this team, or paid by this account of the provider; absent: for all. */
  readonly team?: string;
  readonly account?: string;
  /** Holds only where the provider served the call from this region; absent: from any. */
  readonly region?: string;
  /** `list`: the provider's public price, which discounts come off. Absent: an agreed price, which is final. */
  readonly kind?: 'list';
  /** The decision that it comes from; absent: the settings. */
  readonly decision?: string;
}

/** Where list prices came from. */
export interface PriceSource {
  readonly name: string;
  readonly edition: string;
  readonly publishedOn: string;
  readonly license: string;
}

export interface PriceBookData {
  /** Names the source's edition and the hash of everything that decides a price. */
  readonly version: string;
  readonly source?: PriceSource;
  readonly providers?: readonly ProviderPrices[];
  readonly rules?: readonly ReturnedRule[];
  readonly overrides?: readonly PriceOverride[];
}
