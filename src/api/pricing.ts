/** What the routes about prices have in common: books by version, drafts, and the names of providers. */
import type { Context } from 'hono';

import type { PriceEdit } from './contract/prices.ts';
import type { ApiEnvironment, ApiParts } from './parts.ts';
import { refuse } from './problems.ts';
import { askWhatIf, multiplierOf } from '../operate/operate.ts';
import type { WhatIf } from '../operate/operate.ts';
import { decidedPrices, withOverrides } from '../prices/prices.ts';
import type { PriceBookData, PriceDecision, PriceOverride } from '../prices/prices.ts';
import { parsePeriod } from '../units/period.ts';

/** The book of a version; without one, the book in force. Undefined: no such book was ever published here. */
export async function bookOf(
  parts: ApiParts,
  version: string | undefined,
): Promise<PriceBookData | undefined> {
  const current = parts.priceBook();
  if (version === undefined || version === current.version || version === 'current') return current;
  return parts.registry.prices.book(version);
}

export function unknownVersion(context: Context<ApiEnvironment>, version: string | undefined) {
  return refuse(
    context,
    'not_found',
    `There is no price book "${version ?? ''}" here. "setpoint price show" lists the versions that were published.`,
  );
}

export function sourceOf({
  source,
}: Pick<PriceBookData, 'source'> | { readonly source: PriceBookData['source'] | undefined }) {
  if (source === undefined) return null;
  const { name, edition, publishedOn, license } = source;
  return { name, edition, publishedOn, license };
}

/** The price book's name of each provider of the settings. */
export function priceNames(parts: ApiParts): (provider: string) => string {
  const names = new Map(parts.providers().map(({ name, priceProvider }) => [name, priceProvider]));
  return (provider) => names.get(provider) ?? provider;
}

/**
 * The price that an edit means.
 * @throws RangeError when its discount is no percentage, or is said twice.
 */
export function toPrice(edit: PriceEdit): PriceOverride {
  const { percentOff, multiplier, aboveTokens, kind, ...same } = edit;
  if (percentOff !== undefined && multiplier !== undefined)
    throw new RangeError('percentOff and multiplier say the same; state one of them');
  const times = percentOff === undefined ? multiplier : timesOf(percentOff);
  return JSON.parse(
    JSON.stringify({
      ...same,
      ...(times !== undefined && { multiplier: times }),
      ...(aboveTokens !== undefined && { tierThresholdTokens: aboveTokens }),
      ...(kind === 'list' && { kind }),
    }),
  ) as PriceOverride;
}

function timesOf(percentOff: string): string {
  const times = multiplierOf(percentOff.trim());
  if (times === undefined)
    throw new RangeError(`"${percentOff}" is no percentage off list from 0 to 100; write for example "15"`);
  return times;
}

/** A book as it would be with these decisions in place of those it has. */
export function withDecisions(book: PriceBookData, decisions: readonly PriceDecision[]): PriceBookData {
  const others = (book.overrides ?? []).filter(({ decision }) => decision === undefined);
  return withOverrides(book, [...others, ...decidedPrices(decisions)]);
}

/** A book with a draft on top. One that says no beginning holds always, in place of what was agreed for the same target. */
export function laidOver(book: PriceBookData, draft: PriceOverride): PriceBookData {
  const target = ({
    provider,
    model,
    tier,
    team,
    account,
    region,
    tierThresholdTokens,
    kind,
  }: PriceOverride): string =>
    JSON.stringify([provider, model, tier, team, account, region, tierThresholdTokens, kind]);
  const kept = (book.overrides ?? []).flatMap((one) => {
    if (draft.from !== undefined || target(one) !== target(draft)) return [one];
    const { rates = {}, multiplier, ...rest } = one;
    const left = Object.entries(rates).filter(([key]) => !(key in (draft.rates ?? {})));
    const times = draft.multiplier === undefined ? multiplier : undefined;
    if (left.length === 0 && times === undefined) return [];
    return [
      {
        ...rest,
        ...(left.length > 0 && { rates: Object.fromEntries(left) }),
        ...(times !== undefined && { multiplier: times }),
      },
    ];
  });
  return withOverrides(book, [...kept, draft]);
}

/** What last month would have cost with these prices, as if they had held all along; undefined: nobody knows now. */
export async function lastMonthWith(
  parts: ApiParts,
  prices: readonly PriceOverride[],
): Promise<(WhatIf & { readonly fromMs: number; readonly toMs: number }) | undefined> {
  const booked = parts.priceBook();
  const during = parsePeriod('last-month', { nowMs: parts.now(), timeZone: 'UTC' });
  const lasting = prices.map((price): PriceOverride => {
    const { from, until, ...always } = price;
    return from === undefined && until === undefined ? price : always;
  });
  const book = lasting.reduce(laidOver, booked);
  try {
    const answer = await askWhatIf(parts.ledger, {
      during,
      where: [],
      by: [],
      book,
      mapping: [],
      booked,
      priceName: priceNames(parts),
    });
    return { ...answer, ...during };
  } catch {
    return undefined;
  }
}

/** What is said of a price can be meaningless; whatever else fails is a fault. */
export function orRefusal<T>(act: () => T): T | RangeError {
  try {
    return act();
  } catch (error) {
    return onlyRangeError(error);
  }
}

export function onlyRangeError(error: unknown): RangeError {
  if (error instanceof RangeError) return error;
  throw error;
}
