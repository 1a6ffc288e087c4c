/** From what a forecast computes with to what an API says: dollars as decimal strings, parts that sum to their whole. */
import { expectedAmount } from '../../operate/forecast/forecast.ts';
import { formatDollars } from '../../units/money.ts';
import type { Picodollars } from '../../units/money.ts';

const HUNDRED = 100_000_000_000_000n;

export function moneyOf(dollars: number): string {
  return formatDollars(expectedAmount(dollars));
}

export function sumOf(amounts: readonly Picodollars[]): Picodollars {
  return amounts.reduce((sum, one) => sum + one, 0n);
}

/** To $100, half away from zero, as plans and scenarios are written. */
export function toHundred(amount: Picodollars): Picodollars {
  const half = amount < 0n ? -HUNDRED / 2n : HUNDRED / 2n;
  return ((amount + half) / HUNDRED) * HUNDRED;
}

/** To four decimals; null where there is nothing to compare with. */
export function shareOf(part: Picodollars, whole: Picodollars): number | null {
  return whole === 0n ? null : Number((part * 10_000n) / whole) / 10_000;
}

export function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}

/** `+12 %`, `−3 %`, `as much`. */
export function percentText(share: number | null): string {
  if (share === null) return 'n/a';
  const percent = Math.round(Math.abs(share) * 100);
  if (percent === 0) return 'as much';
  return `${percent} % ${share > 0 ? 'more' : 'less'}`;
}
