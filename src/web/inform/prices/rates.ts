/** Rates of a price as columns and in words. */
import type { Price } from '../../../api/contract/prices.ts';
import { exactMoney } from '../../../units/figures.ts';
import { BUCKETS } from '../../../units/tokens.ts';
import type { Bucket } from '../../../units/tokens.ts';
import { dateText } from '../../parts/instants.ts';

/** The buckets that most calls use; the others stand in the row below. */
export const COLUMNS = ['freshIn', 'cacheRead', 'cacheWrite', 'textOut'] as const;
export const COLUMN_HEADS: Readonly<Record<(typeof COLUMNS)[number], string>> = {
  freshIn: 'Input',
  cacheRead: 'Cache read',
  cacheWrite: 'Cache write',
  textOut: 'Output',
};
const LEAST_DECIMALS = 2;

/** `$2.50` is `2.50`, `$0.0125` is `0.0125`: no digit of a rate is ever lost. */
export function rateText(rate: string): string {
  return exactMoney(rate, LEAST_DECIMALS);
}

/** `Input`, `Cache write, 1 h`, also of names that only price lists use. */
export function bucketLabel(bucket: string): string {
  const label =
    BUCKETS[bucket as Bucket]?.label ??
    bucket.replaceAll(
      /([a-z])([A-Z0-9])/g,
      (_, before: string, next: string) => `${before} ${next.toLowerCase()}`,
    );
  return label.charAt(0).toUpperCase() + label.slice(1);
}

/** The rate of a bucket from the first token on. */
export function firstRate(price: Price, bucket: string): string | undefined {
  return price.rates.find((one) => one.bucket === bucket && one.aboveTokens === null)?.rate;
}

/** When a price holds: `always`, `from 1 Jan 2027`, `until 31 Dec 2026`, `16:30–00:30 UTC`. */
export function holdsText({ from, until, daily }: Pick<Price, 'from' | 'until' | 'daily'>): string {
  const days = [
    ...(from === null ? [] : [`from ${dateText(from)}`]),
    ...(until === null ? [] : [`until ${dateText(until)}`]),
  ];
  const hours = daily === null ? [] : [`${clock(daily.fromSecond)}–${clock(daily.untilSecond)} UTC`];
  const all = [...days, ...hours];
  return all.length === 0 ? 'always' : all.join(', ');
}

/** Whom a price is for, where it is not for everybody. */
export function scopeText(price: {
  readonly team?: string | null;
  readonly account?: string | null;
  readonly region?: string | null;
  readonly tier?: string | null;
}): string {
  const { team, account, region, tier } = price;
  return [
    team ? `team ${team}` : '',
    account ? `account ${account}` : '',
    region ? `region ${region}` : '',
    tier ? `tier ${tier}` : '',
  ]
    .filter((word) => word !== '')
    .join(' · ');
}

/** `10% off list`, `1.2 × list`. The multiple is a decimal of the contract; no money is made of it. */
export function multipleText(multiplier: string): string {
  const off = Math.round((1 - Number(multiplier)) * 10_000) / 100;
  return off > 0 ? `${off}% off list` : `${multiplier} × list`;
}

/** Where a price comes from, in one word. */
export function originText({
  origin,
  decision,
  source,
}: Pick<Price, 'origin' | 'decision' | 'source'>): string {
  if (origin === 'list') return 'list';
  return decision === null ? source : 'decision';
}

function clock(second: number): string {
  const two = (count: number): string => String(count).padStart(2, '0');
  return `${two(Math.floor(second / 3600) % 24)}:${two(Math.floor(second / 60) % 60)}`;
}
