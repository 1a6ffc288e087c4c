/** The book for people: which prices hold at a time, where they come from, and what changed between two books. */
import { BUCKET_NAMES } from '../units/tokens.ts';
import type {
  DailyWindow,
  ModelPrices,
  PriceBookData,
  PriceOverride,
  PriceRow,
  RateKey,
  Rates,
} from './book.ts';
import { compilePattern, normalizeName } from './names.ts';
import { byPrecedence, instantMs } from './overrides.ts';
import { openResolver } from './resolve.ts';

/** One row of prices in force. Amounts are dollars per million units as decimal strings. */
export interface PriceListing {
  readonly provider: string;
  readonly model: string;
  readonly origin: 'list' | 'override';
  /** Name of the list's edition, or what was noted with the override. */
  readonly source: string;
  /** Half-open, ISO, UTC; undefined: without a start or an end. */
  readonly from: string | undefined;
  readonly until: string | undefined;
  readonly daily: DailyWindow | undefined;
  /** Overrides only: the returned tier it holds for, and the multiple it puts on list. */
  readonly tier: string | undefined;
  readonly multiplier: string | undefined;
  /** Whom it was agreed for; undefined: everybody. */
  readonly team: string | undefined;
  readonly account: string | undefined;
  readonly region: string | undefined;
  /** Whether an override is agreed, or the provider's public price. */
  readonly kind: 'agreed' | 'list';
  /** The decision that it comes from; undefined: list or settings. */
  readonly decision: string | undefined;
  readonly rates: ReadonlyArray<{
    readonly key: RateKey;
    readonly dollarsPerMillion: string;
    /** The rate holds for requests with more input tokens than this; undefined: from the first. */
    readonly aboveTokens: number | undefined;
  }>;
  readonly note: string;
}

const KEY_ORDER: readonly RateKey[] = [...BUCKET_NAMES, 'cacheWrite', 'request'];

/**
 * Lists the prices in force at a time: overrides first (strongest first), then list, in the book's order.
 * `provider` is a name the book knows; `model` is a pattern with `*`, or any name that means a model of the book.
 */
export function listPrices(
  book: PriceBookData,
  ask: { readonly provider?: string; readonly model?: string; readonly atMs: number },
): PriceListing[] {
  const overrides = (book.overrides ?? [])
    .toSorted(byPrecedence)
    .filter((override) => isInForce(override, ask.atMs) && concerns(override, ask))
    .map(fromOverride);
  const list = matchingModels(book, ask).flatMap(({ provider, model }) =>
    rowsInForce(model, ask.atMs).map((row) => fromRow(book, provider, model, row)),
  );
  return [...overrides, ...list];
}

export interface PriceChange {
  readonly provider: string;
  readonly model: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly before: readonly PriceListing[];
  readonly after: readonly PriceListing[];
}

/** What pricing by `after` changes against `before` at a time, per provider and model. */
export function diffPrices(before: PriceBookData, after: PriceBookData, atMs: number): PriceChange[] {
  const [old, fresh] = [byModel(listPrices(before, { atMs })), byModel(listPrices(after, { atMs }))];
  const changes: PriceChange[] = [];
  for (const id of new Set([...old.keys(), ...fresh.keys()])) {
    const [was, is] = [old.get(id) ?? [], fresh.get(id) ?? []];
    const first = is[0] ?? was[0];
    if (!first || pricesText(was) === pricesText(is)) continue;
    const change = was.length === 0 ? 'added' : is.length === 0 ? 'removed' : 'changed';
    changes.push({ provider: first.provider, model: first.model, change, before: was, after: is });
  }
  return changes;
}

function byModel(listings: readonly PriceListing[]): Map<string, PriceListing[]> {
  return Map.groupBy(listings, (listing) => `${listing.provider}\n${listing.model}`);
}

/** Only what decides a price; a new edition with the same amounts is no change. */
function pricesText(listings: readonly PriceListing[]): string {
  return JSON.stringify(
    listings.map(({ origin, daily, tier, multiplier, team, account, region, kind, rates }) => [
      origin,
      daily,
      [tier, multiplier, team, account, region, kind],
      rates,
    ]),
  );
}

function matchingModels(book: PriceBookData, ask: { readonly provider?: string; readonly model?: string }) {
  const resolver = openResolver(book);
  const wanted = ask.provider === undefined ? undefined : resolver.find(ask.provider, '').provider;
  if (ask.provider !== undefined && !wanted) return [];
  const fits = compilePattern(ask.model ?? '*');
  return (wanted ? [wanted] : (book.providers ?? [])).flatMap((provider) => {
    const meant = ask.model === undefined ? undefined : resolver.find(provider.id, ask.model).model;
    const own = provider.models.filter((model) => model === meant || fits(normalizeName(model.id)));
    const models = meant && !own.includes(meant) ? [...own, meant] : own;
    return models.map((model) => ({ provider: provider.id, model }));
  });
}

function rowsInForce(model: ModelPrices, atMs: number): Array<PriceRow & { readonly until?: string }> {
  const started = model.rows.filter((row) => instantMs(row.from, -Infinity) <= atMs);
  const base = started.findLast((row) => !row.daily);
  const windows = started.slice(base ? started.indexOf(base) + 1 : 0).filter((row) => row.daily);
  const next = model.rows.find((row) => !row.daily && instantMs(row.from, -Infinity) > atMs);
  return [...(base ? [base] : []), ...windows].map((row) =>
    next?.from === undefined ? row : { ...row, until: next.from },
  );
}

function fromRow(
  book: PriceBookData,
  provider: string,
  model: ModelPrices,
  row: PriceRow & { readonly until?: string },
): PriceListing {
  return {
    provider,
    model: model.id,
    origin: 'list',
    source: book.source?.edition ?? '',
    from: row.from,
    until: row.until,
    daily: row.daily,
    tier: undefined,
    multiplier: undefined,
    team: undefined,
    account: undefined,
    region: undefined,
    kind: 'list',
    decision: undefined,
    rates: ratesOf(row.rates, undefined),
    note: model.note ?? '',
  };
}

function fromOverride(override: PriceOverride): PriceListing {
  return {
    provider: override.provider,
    model: override.model,
    origin: 'override',
    source: override.decision === undefined ? 'settings' : `decision ${override.decision}`,
    from: override.from,
    until: override.until,
    daily: undefined,
    tier: override.tier,
    multiplier: override.multiplier,
    team: override.team,
    account: override.account,
    region: override.region,
    kind: override.kind ?? 'agreed',
    decision: override.decision,
    rates: ratesOf(override.rates ?? {}, override.tierThresholdTokens),
    note: override.note ?? '',
  };
}

function ratesOf(rates: Rates, aboveTokens: number | undefined): PriceListing['rates'] {
  return KEY_ORDER.flatMap((key) => {
    const rate = rates[key];
    if (rate === undefined) return [];
    if (typeof rate === 'string') return [{ key, dollarsPerMillion: rate, aboveTokens }];
    return [
      { key, dollarsPerMillion: rate.base, aboveTokens },
      ...rate.tiers.map((tier) => ({ key, dollarsPerMillion: tier.rate, aboveTokens: tier.above })),
    ];
  });
}

function isInForce(override: PriceOverride, atMs: number): boolean {
  return instantMs(override.from, -Infinity) <= atMs && atMs < instantMs(override.until, Infinity);
}

function concerns(
  override: PriceOverride,
  ask: { readonly provider?: string; readonly model?: string },
): boolean {
  const provider =
    ask.provider === undefined || compilePattern(override.provider)(normalizeName(ask.provider));
  const model =
    ask.model === undefined ||
    compilePattern(override.model)(normalizeName(ask.model)) ||
    compilePattern(ask.model)(normalizeName(override.model));
  return provider && model;
}
