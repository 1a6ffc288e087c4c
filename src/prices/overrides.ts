/** Prices that people decided: checking them, ordering them, laying them over a book. */
import { createHash } from 'node:crypto';

import { parseDollars } from '../units/money.ts';
import { BUCKET_NAMES } from '../units/tokens.ts';
import type { PriceBookData, PriceOverride, ProviderPrices } from './book.ts';

const RATE_KEYS: ReadonlySet<string> = new Set([...BUCKET_NAMES, 'cacheWrite']);
const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z)?$/;
/** Ten times the dearest list price of 2026 for tokens; fees are quoted per million too, so they get more room. */
const PLAUSIBLE_TOKEN_DOLLARS = 10_000n;
const PLAUSIBLE_FEE_DOLLARS = 10_000_000n;
const FEES: ReadonlySet<string> = new Set(['webSearch', 'fileSearch', 'codeSession', 'mapsQuery']);

/**
 * Says what is wrong with an override, in words for the person who wrote it; empty when it can be used.
 * Catches amounts per token written as per million (and the other way round) by their size.
 */
export function overrideProblems(override: PriceOverride): string[] {
  const where = `price of ${override.provider}/${override.model}`;
  const problems: string[] = [];
  if (normalizedEmpty(override.provider)) problems.push(`${where}: name the provider, or * for all`);
  if (normalizedEmpty(override.model)) problems.push(`${where}: name the model, or * for all`);
  for (const name of ['team', 'account', 'region'] as const) {
    const text = override[name];
    if (text !== undefined && normalizedEmpty(text))
      problems.push(`${where}: ${name} is empty; name one, or leave it out for all`);
  }
  const rates = Object.entries(override.rates ?? {});
  if (rates.length === 0 && override.multiplier === undefined) {
    problems.push(`${where}: it sets no rate and no multiplier, so nothing would change; add one`);
  }
  for (const [key, rate] of rates) problems.push(...rateProblems(where, key, rate));
  if (override.multiplier !== undefined && !isPlausibleMultiplier(override.multiplier)) {
    problems.push(
      `${where}: multiplier "${override.multiplier}" must be a decimal number between 0 and 100, such as "0.85"`,
    );
  }
  problems.push(...publicProblems(where, override));
  const threshold = override.tierThresholdTokens;
  if (threshold !== undefined && !(Number.isSafeInteger(threshold) && threshold >= 0)) {
    problems.push(`${where}: tierThresholdTokens must be a whole number of tokens`);
  }
  problems.push(...dateProblems(where, override));
  return problems;
}

/**
 * A book with these overrides in place of any it had, under the version that names them.
 * The order they are given in does not matter.
 * @throws RangeError when an override has problems: a wrong price must not reach a ledger.
 */
export function withOverrides(data: PriceBookData, overrides: readonly PriceOverride[]): PriceBookData {
  const problems = overrides.flatMap(overrideProblems);
  if (problems.length > 0) throw new RangeError(problems.join('; '));
  return stamped({ ...data, overrides: overrides.toSorted(byPrecedence) });
}

/** Adds a provider with prices of its own, such as one that is built in. What people decide still outranks it. */
export function withProvider(data: PriceBookData, provider: ProviderPrices): PriceBookData {
  return stamped({ ...data, providers: [...(data.providers ?? []), provider] });
}

/** Names a book by its source's edition and the hash of everything that decides a price. */
export function stamped(data: Omit<PriceBookData, 'version'>): PriceBookData {
  const deciding = JSON.stringify([
    data.providers ?? [],
    data.rules ?? [],
    (data.overrides ?? []).map(canonical),
  ]);
  const hash = createHash('sha256').update(deciding).digest('hex').slice(0, 8);
  return { ...data, version: `${data.source?.edition ?? 'own-prices'}+${hash}` };
}

/**
 * The most specific first: an account before a team before everybody (both named before either), a named provider before
 * `*`, an exact model before a pattern, the longer pattern, a named tier, a region, a size threshold, the later start.
 * What is still equal is ordered by its text, so that order never decides.
 */
export function byPrecedence(left: PriceOverride, right: PriceOverride): number {
  const ranks = [
    targetRank(right) - targetRank(left),
    Number(left.provider === '*') - Number(right.provider === '*'),
    Number(left.model.includes('*')) - Number(right.model.includes('*')),
    right.model.length - left.model.length,
    Number(left.tier === undefined) - Number(right.tier === undefined),
    Number(left.region === undefined) - Number(right.region === undefined),
    (right.tierThresholdTokens ?? -1) - (left.tierThresholdTokens ?? -1),
    instantMs(right.from, Number.MIN_SAFE_INTEGER) - instantMs(left.from, Number.MIN_SAFE_INTEGER),
  ];
  const decided = ranks.find((rank) => rank !== 0);
  if (decided !== undefined) return decided;
  const [a, b] = [canonical(left), canonical(right)];
  return a < b ? -1 : a > b ? 1 : 0;
}

function targetRank({ account, team }: PriceOverride): number {
  return (account === undefined ? 0 : 2) + (team === undefined ? 0 : 1);
}

/** Milliseconds of an ISO date or date-time in UTC; a date alone is its first instant. */
export function instantMs(text: string | undefined, absentMs: number): number {
  if (text === undefined) return absentMs;
  const ms = Date.parse(text);
  if (Number.isNaN(ms))
    throw new RangeError(`"${text}" is not an ISO date; write 2026-08-17 or 2026-08-17T00:00:00Z`);
  return ms;
}

function canonical(override: PriceOverride): string {
  const rates = Object.entries(override.rates ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const entries = Object.entries({ ...override, rates }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(entries);
}

/** A public price is the provider's own, so it is stated in rates and holds for everybody. */
function publicProblems(where: string, { kind, multiplier, team, account }: PriceOverride): string[] {
  if (kind !== 'list') return [];
  return [
    ...(multiplier === undefined
      ? []
      : [`${where}: a public list price is stated in rates, not as a multiple of itself`]),
    ...(team === undefined && account === undefined
      ? []
      : [`${where}: a public list price holds for everybody; an agreed price is for a team or an account`]),
  ];
}

function normalizedEmpty(text: string): boolean {
  return text.trim() === '';
}

function rateProblems(where: string, key: string, rate: string | undefined): string[] {
  if (!RATE_KEYS.has(key)) return [`${where}: "${key}" is no bucket; one of ${[...RATE_KEYS].join(', ')}`];
  let amount: bigint;
  try {
    amount = parseDollars(rate ?? '');
  } catch (error) {
    return [`${where}: ${key}: ${error instanceof Error ? error.message : String(error)}`];
  }
  const most = (FEES.has(key) ? PLAUSIBLE_FEE_DOLLARS : PLAUSIBLE_TOKEN_DOLLARS) * 1_000_000_000_000n;
  if (amount < 0n) return [`${where}: ${key}: a price cannot be negative`];
  if (amount > most)
    return [
      `${where}: ${key}: ${rate} dollars per million is implausibly high; prices are per million units`,
    ];
  const least = FEES.has(key) ? 1_000_000_000_000n : 100_000_000n; // $1 per million calls; $0.0001 per million tokens
  if (amount > 0n && amount < least) {
    return [
      `${where}: ${key}: ${rate} dollars per million is implausibly low; is it a price per single unit?`,
    ];
  }
  return [];
}

function isPlausibleMultiplier(text: string): boolean {
  return /^\d{1,3}(\.\d{1,12})?$/.test(text) && Number(text) <= 100;
}

function dateProblems(where: string, override: PriceOverride): string[] {
  const problems: string[] = [];
  for (const name of ['from', 'until'] as const) {
    const text = override[name];
    if (text !== undefined && (!DATE.test(text) || Number.isNaN(Date.parse(text)))) {
      problems.push(
        `${where}: ${name} "${text}" is not an ISO date; write 2026-08-17 or 2026-08-17T00:00:00Z`,
      );
    }
  }
  if (problems.length === 0 && override.from !== undefined && override.until !== undefined) {
    if (Date.parse(override.from) >= Date.parse(override.until))
      problems.push(`${where}: it ends before it starts`);
  }
  return problems;
}
