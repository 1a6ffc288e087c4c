/**
 * Why the same units cost more or less on the invoice than in the ledger: what the statement itself says first (a tier, a
 * place), then what fits a rule of the provider exactly (long context, the longer cache), then another price since a date.
 */
import { divideRounded, formatDollars, parseDollars } from '../../units/money.ts';
import type { Picodollars } from '../../units/money.ts';
import type { Cause, Claim } from './causes.ts';
import type { Cell } from './match.ts';
import { costAt } from './rates.ts';
import type { BilledRate } from './rates.ts';
import type { Surroundings } from './surroundings.ts';

export interface RateDifference {
  readonly cell: Cell;
  readonly units: bigint;
  readonly expected: { readonly units: bigint; readonly cost: Picodollars };
  /** What is to be explained. */
  readonly amount: Picodollars;
  readonly billed: BilledRate | undefined;
  readonly around: Surroundings;
}

type Detector = (difference: RateDifference) => Claim | undefined;

/** In the order of how much they rest on: the first that knows takes the amount. */
const DETECTORS: readonly Detector[] = [
  missingPrice,
  saidTier,
  saidRegion,
  cacheLifetime,
  contextTier,
  priceDrift,
];

export function rateClaims(difference: RateDifference): Claim[] {
  const { detectors } = difference.around;
  for (const detect of DETECTORS) {
    const claim = detect(difference);
    if (claim !== undefined && detectors.has(claim.cause)) return [claim];
  }
  return [];
}

function claimOf(cause: Cause, { amount, expected }: RateDifference, evidence: string): Claim {
  return {
    cause,
    amount,
    units: 0n,
    arithmetic: `${expected.units} units: ${formatDollars(expected.cost + amount)} at the invoice's rate, ${formatDollars(expected.cost)} in the ledger`,
    evidence,
  };
}

function missingPrice(difference: RateDifference): Claim | undefined {
  const without = difference.cell.rates.find(({ rate, units }) => rate === '' && units > 0n);
  if (without === undefined) return undefined;
  return claimOf(
    'missing-price',
    difference,
    `the price book knew no price for ${without.units} of the units`,
  );
}

function saidTier(difference: RateDifference): Claim | undefined {
  const { cell } = difference;
  if (cell.key.tier !== '' && cell.saidTiers.size <= 1) return undefined;
  const other = [...cell.saidTiers].filter((tier) => tier !== 'standard');
  if (other.length === 0) return undefined;
  return claimOf(
    other.includes('batch') ? 'batch' : 'tier',
    difference,
    `the statement names the tier ${other.join(', ')}`,
  );
}

const UPLIFTS = [110n, 120n] as const;

/** Use that is held to one place costs a tenth more at most providers. */
function saidRegion(difference: RateDifference): Claim | undefined {
  const { cell } = difference;
  const places = [...cell.saidRegions].filter((place) => !/^(global|not_available|)$/i.test(place));
  if (places.length === 0) return undefined;
  const uplift = UPLIFTS.find((percent) => fits(difference, percent, 100n));
  if (uplift === undefined) return undefined;
  return claimOf('geo-uplift', difference, `${places.join(', ')} is billed at ${uplift} % of the rate`);
}

/** A write that lives an hour costs 2 × the input rate, one of five minutes 1.25 ×: 1.6 times as much. */
function cacheLifetime(difference: RateDifference): Claim | undefined {
  const { cell, amount, expected } = difference;
  if (!cell.key.bucket.startsWith('cacheWrite')) return undefined;
  if (fits(difference, 160n, 100n))
    return claimOf(
      'cache-ttl',
      difference,
      'billed as written for an hour, priced as for five minutes (2 ÷ 1.25)',
    );
  if (fits(difference, 100n, 160n))
    return claimOf(
      'cache-ttl',
      difference,
      'billed as written for five minutes, priced as for an hour (1.25 ÷ 2)',
    );
  const most = divideRounded(expected.cost * 60n, 100n);
  const mixed =
    cell.key.bucket === 'cacheWrite' && amount > 0n && amount < most && (difference.billed?.days ?? 0) <= 1;
  return mixed
    ? claimOf('cache-ttl', difference, 'a part of it is billed as written for an hour')
    : undefined;
}

const LONG_BANDS: ReadonlyArray<readonly [string, readonly string[]]> = [
  ['128k', ['128k-200k', '200k-256k', '256k-272k', '272k-512k', '512k+']],
  ['200k', ['200k-256k', '256k-272k', '272k-512k', '512k+']],
  ['272k', ['272k-512k', '512k+']],
];
const LONG_FACTORS: ReadonlyArray<readonly [bigint, bigint]> = [
  [2n, 1n],
  [3n, 2n],
  [1n, 2n],
  [2n, 3n],
];

/** Long input is re-priced whole: 2 × in, 1.5 × out. What is longer than the limit must make the difference exactly. */
function contextTier(difference: RateDifference): Claim | undefined {
  const { cell, amount, around } = difference;
  const bands = around.bands.get(cell.id) ?? [];
  for (const [limit, names] of LONG_BANDS) {
    const long = bands.filter(({ band }) => names.includes(band)).reduce((sum, { cost }) => sum + cost, 0n);
    if (long === 0n) continue;
    const factor = LONG_FACTORS.find(([by, of]) =>
      near(divideRounded(long * (by - of), of), amount, difference),
    );
    if (factor !== undefined)
      return claimOf(
        'context-tier',
        difference,
        `${formatDollars(long)} of it has more than ${limit} tokens of input, billed ${factor[0]}/${factor[1]} ×`,
      );
  }
  return undefined;
}

function priceDrift(difference: RateDifference): Claim | undefined {
  const { cell, billed, around } = difference;
  const ledger = cell.rates[0]?.rate ?? '';
  if (billed === undefined)
    return claimOf('price-drift', difference, `${cell.rates.length} rates in the ledger`);
  if (cell.units === null && billed.days < 2) return undefined;
  if (ledger !== '' && billed.rate === parseDollars(ledger)) return undefined;
  const since = around.grain.parts.includes('day') ? ` from ${billed.fromDay} on` : '';
  return claimOf(
    'price-drift',
    difference,
    `billed $${formatDollars(billed.rate)} per million${since}, $${ledger} in the ledger`,
  );
}

function fits(difference: RateDifference, by: bigint, of: bigint): boolean {
  return near(divideRounded(difference.expected.cost * (by - of), of), difference.amount, difference);
}

/** Equal, but for what the rounding of the statement's rows can make. */
function near(left: Picodollars, right: Picodollars, { cell, around }: RateDifference): boolean {
  const slack =
    BigInt(Math.max(1, cell.lines.length)) * (around.quantum === 1n ? 5_000n : around.quantum) +
    costAt(1n, 1_000_000n);
  const gap = left - right;
  return (gap < 0n ? -gap : gap) <= slack;
}
