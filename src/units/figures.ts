/**
 * How figures are written for people, on every screen and in every terminal. Rounding happens here and nowhere else;
 * what is computed stays exact. A figure that is there never shows as zero: below the display step it is `<0.0001`.
 */
import { divideRounded, parseDollars, PICODOLLARS_PER_DOLLAR } from './money.ts';
import type { Picodollars } from './money.ts';

const MINUS = '−'; // the true minus sign, as wide as a digit
const DOLLAR = PICODOLLARS_PER_DOLLAR;
const CENT = DOLLAR / 100n;

/** A whole number with separators: 1240000 → `1,240,000`. */
export function countText(count: number): string {
  const rounded = Math.round(count);
  return `${rounded < 0 ? MINUS : ''}${separated(Math.abs(rounded).toString())}`;
}

/** A share from 0 to 1: `38%`, `0.4%`, `<0.1%`; null is `–`. */
export function shareText(share: number | null): string {
  if (share === null) return '–';
  const percent = share * 100;
  if (percent === 0 || Math.abs(percent) >= 99.95) return `${Math.round(percent)}%`;
  if (Math.abs(percent) < 0.1) return '<0.1%';
  return Math.abs(percent) >= 9.95 ? `${percent.toFixed(0)}%` : `${percent.toFixed(1)}%`;
}

/**
 * Decimals that a column of money takes from its largest figure, so that one column has one precision:
 * 0 from $10,000, 2 from $1, 4 from a cent, else 6.
 * @param amounts decimal dollar strings
 */
export function columnDecimals(amounts: readonly string[]): number {
  let largest = 0n;
  for (const text of amounts) {
    const amount = magnitude(parseDollars(text));
    if (amount > largest) largest = amount;
  }
  if (largest >= 10_000n * DOLLAR) return 0;
  if (largest >= DOLLAR) return 2;
  return largest >= CENT ? 4 : 6;
}

/** One money cell: decimal dollars at a precision, with separators and without the dollar sign. */
export function moneyCell(amount: string, decimals: number): string {
  const exact = parseDollars(amount);
  const text = fixed(magnitude(exact), decimals);
  if (exact !== 0n && /^[0.]*$/.test(text)) return `<${decimals === 0 ? '1' : `0.${'1'.padStart(decimals, '0')}`}`;
  return `${exact < 0n ? MINUS : ''}${text}`;
}

/** Money on its own, in a sentence: `$110,000`, `$41.27`, `$0.0336`, `<$0.000001`, `$0`. */
export function moneyText(amount: string): string {
  const exact = parseDollars(amount);
  if (exact === 0n) return '$0';
  const size = magnitude(exact);
  const sign = exact < 0n ? MINUS : '';
  if (size >= 10_000n * DOLLAR) return `${sign}$${fixed(size, 0)}`;
  if (size >= DOLLAR) return `${sign}$${fixed(size, 2)}`;
  if (size < DOLLAR / 1_000_000n) return `${sign}<$0.000001`;
  return `${sign}$${significant(size, 4)}`;
}

/** Every digit of an amount, for receipts: at least 8 decimals, more where there are more. */
export function exactMoney(amount: string): string {
  const exact = parseDollars(amount);
  const text = fixed(magnitude(exact), 12).replace(/0{1,4}$/, '');
  return `${exact < 0n ? MINUS : ''}${text}`;
}

function magnitude(amount: Picodollars): Picodollars {
  return amount < 0n ? -amount : amount;
}

function fixed(amount: Picodollars, decimals: number): string {
  const scaled = divideRounded(amount, 10n ** BigInt(12 - decimals)).toString().padStart(decimals + 1, '0');
  if (decimals === 0) return separated(scaled);
  return `${separated(scaled.slice(0, -decimals))}.${scaled.slice(-decimals)}`;
}

/** An amount below one dollar at a number of significant digits, trailing zeros cut to two decimals. */
function significant(amount: Picodollars, digits: number): string {
  const leading = 12 - amount.toString().length;
  const text = fixed(amount, Math.min(12, leading + digits));
  return text.replace(/(\.\d\d\d*?)0+$/, '$1');
}

function separated(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',');
}
