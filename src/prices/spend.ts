/** Which change of prices concerns which money. */
import type { Picodollars } from '../units/money.ts';
import type { PriceBook } from './charge.ts';
import { normalizeName } from './names.ts';
import type { RateChange, RateScope } from './rate-changes.ts';

/** What was booked of one bucket. */
export interface SpentBucket {
  /** The provider's name in the price book. */
  readonly provider: string;
  readonly model: string;
  readonly bucket: string;
  /** `128k-200k`, `512k+`. */
  readonly band: string;
  readonly scope: RateScope;
  readonly cost: Picodollars;
}

/** What was spent under each change, in their order: an amount counts once, under the change most particular to it. */
export function spendOf(
  changes: readonly RateChange[],
  spent: readonly SpentBucket[],
  book: PriceBook,
): Picodollars[] {
  const sums = changes.map(() => 0n);
  const index = new Map<string, number[]>();
  changes.forEach((change, at) => {
    for (const name of new Set([change.model, book.meaning(change.provider, change.model).model])) {
      const key = keyOf(change.provider, name, change.bucket);
      index.set(key, [...(index.get(key) ?? []), at]);
    }
  });
  for (const one of spent) {
    const { provider, model } = book.meaning(one.provider, one.model);
    const found = [
      ...new Set([model, one.model].flatMap((name) => index.get(keyOf(provider, name, one.bucket)) ?? [])),
    ];
    const best = found
      .filter((at) => concerns(changes[at] as RateChange, one))
      .toSorted((a, b) => rankOf(changes[b] as RateChange) - rankOf(changes[a] as RateChange) || a - b)[0];
    if (best !== undefined) sums[best] = (sums[best] ?? 0n) + one.cost;
  }
  return sums;
}

function keyOf(provider: string, model: string, bucket: string): string {
  return `${provider}\n${normalizeName(model)}\n${bucket}`;
}

const SCOPES = ['team', 'account', 'region', 'tier'] as const;

function concerns({ scope, aboveTokens }: RateChange, spent: SpentBucket): boolean {
  const named = SCOPES.every(
    (part) => scope[part] === '' || normalizeName(scope[part]) === normalizeName(spent.scope[part]),
  );
  return named && (aboveTokens ?? -1) < mostOf(spent.band);
}

/** Particular to somebody before everybody, then the larger size. */
function rankOf({ scope, aboveTokens }: RateChange): number {
  return SCOPES.filter((part) => scope[part] !== '').length * 1e9 + (aboveTokens ?? 0);
}

/** The largest whole input of a band, in tokens. */
function mostOf(band: string): number {
  const match = /^\d+k?-(\d+)k$/.exec(band);
  return match ? Number(match[1]) * 1_000 : Infinity;
}
