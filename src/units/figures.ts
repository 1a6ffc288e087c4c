/**
 * How figures are written for people, on every screen and in every terminal. Rounding happens here and nowhere else;
 * what is computed stays exact. A figure that is there never shows as zero: below the display step it is `<0.0001`.
 */
import { divideRounded, parseDollars, PICODOLLARS_PER_DOLLAR } from './money.ts';
import type { Picodollars } from './money.ts';

/** There is none. */
export const NONE = '–';
/** The question does not apply here. */
export const NOT_APPLICABLE = 'n/a';

const MINUS = '−'; // the true minus sign, as wide as a digit
const DOLLAR = PICODOLLARS_PER_DOLLAR;
const CENT = DOLLAR / 100n;
const DOLLAR_DECIMALS = 12;
/** The finest step of money that is not a receipt's: a hundredth of a cent. */
const FINEST_DECIMALS = 4;
const RECEIPT_DECIMALS = 8;

type Absent = null | undefined;
/** The unit before a figure: none where the column's head says it. */
type MoneySign = '' | '$';

/** A whole number with separators: 1240000 → `1,240,000`. Averages are rounded to it. */
export function countText(count: number | bigint | Absent): string {
  if (count === null || count === undefined) return NONE;
  if (typeof count === 'bigint') return `${count < 0n ? MINUS : ''}${separated(magnitude(count).toString())}`;
  const rounded = Math.round(count);
  return `${rounded < 0 ? MINUS : ''}${separated(Math.abs(rounded).toString())}`;
}

/**
 * A share from 0 to 1 in per cent: `38%`; with one decimal `0.4%`. A part above none is never none (`<1%`), and one
 * below all is never all (`>99%`). Absent is `–`.
 */
export function shareText(share: number | Absent, decimals: 0 | 1 = 0): string {
  if (share === null || share === undefined) return NONE;
  if (share === 0 || share === 1) return `${share * 100}%`;
  const step = decimals === 0 ? 1 : 0.1;
  const percent = share * 100;
  if (percent > 0 && percent < step / 2) return `<${step}%`;
  if (percent < 100 && percent >= 100 - step / 2) return `>${100 - step}%`;
  return `${percent < 0 ? MINUS : ''}${Math.abs(percent).toFixed(decimals)}%`;
}

/** `310 ms`, `1.84 s`. */
export function durationText(ms: number | Absent): string {
  if (ms === null || ms === undefined) return NONE;
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(2)} s`;
}

/**
 * Decimals that a column of money takes from its largest amount, so that one column has one precision: 0 from
 * $10,000, 2 from $1, else 4.
 * @param amounts decimal dollar strings
 */
export function columnDecimals(amounts: readonly (string | Absent)[]): number {
  return decimalsOf(largestOf(amounts));
}

/** One money cell at the precision of its column: `41,800`, `<0.0001`, `0`; absent is `–`. */
export function moneyCell(amount: string | Absent, decimals: number, sign: MoneySign = ''): string {
  return amount === null || amount === undefined ? NONE : cell(parseDollars(amount), decimals, sign);
}

/** How many of a thing a unit cost is given for, and the precision of the column. */
export interface UnitColumn {
  readonly per: 1 | 1_000 | 1_000_000;
  readonly decimals: number;
}

/**
 * The unit of a column of unit costs, chosen once from its largest: below a cent the cost of a thousand is shown, and
 * below a thousandth of that the cost of a million.
 */
export function unitColumn(amounts: readonly (string | Absent)[]): UnitColumn {
  const largest = largestOf(amounts);
  const per = largest === 0n || largest >= CENT ? 1 : largest * 1_000n >= CENT ? 1_000 : 1_000_000;
  return { per, decimals: decimalsOf(largest * BigInt(per)) };
}

/** One unit cost in its column. */
export function unitCell(amount: string | Absent, column: UnitColumn, sign: MoneySign = ''): string {
  if (amount === null || amount === undefined) return NONE;
  return cell(parseDollars(amount) * BigInt(column.per), column.decimals, sign);
}

/** The share of a change in what was, to a tenth of a per cent, without a float: `+12.3%`, `−<0.1%`. @param was above zero */
export function changePercent(was: Picodollars, change: Picodollars): string {
  const size = change < 0n ? -change : change;
  const sign = change < 0n ? MINUS : '+';
  const tenths = (size * 1_000n + was / 2n) / was;
  if (tenths === 0n) return `${sign}<0.1%`;
  return `${sign}${tenths / 10n}.${tenths % 10n}%`;
}

/** What the head of a column of unit costs says it is for: `call`, `1K calls`, `1M calls`. */
export function perText({ per }: UnitColumn, one: string, many: string): string {
  return per === 1 ? one : `${per === 1_000 ? '1K' : '1M'} ${many}`;
}

/** Money on its own, in a sentence: `$110,000`, `$41.27`, `$0.0336`, `<$0.0001`, `$0`. */
export function moneyText(amount: string): string {
  const exact = parseDollars(amount);
  const size = magnitude(exact);
  if (size >= DOLLAR || size < DOLLAR / 10_000n) return cell(exact, decimalsOf(size), '$');
  return `${exact < 0n ? MINUS : ''}$${significant(size, 4)}`;
}

/** Every digit of an amount, for receipts: at least 8 decimals, more where there are more. */
export function exactMoney(amount: string, leastDecimals = RECEIPT_DECIMALS, sign: MoneySign = ''): string {
  const exact = parseDollars(amount);
  const [whole, fraction = ''] = fixed(magnitude(exact), DOLLAR_DECIMALS).split('.');
  const decimals = fraction.replace(/0+$/, '').padEnd(leastDecimals, '0');
  return `${exact < 0n ? MINUS : ''}${sign}${whole}${decimals === '' ? '' : `.${decimals}`}`;
}

/** Unknown is not zero: whether all, some or none of a group's calls have a price. */
export function pricedPart(calls: number, unpricedCalls: number): 'all' | 'some' | 'none' {
  if (unpricedCalls <= 0) return 'all';
  return unpricedCalls >= calls ? 'none' : 'some';
}

function cell(exact: Picodollars, decimals: number, sign: MoneySign): string {
  if (exact === 0n) return `${sign}0`;
  const text = fixed(magnitude(exact), decimals);
  const minus = exact < 0n ? MINUS : '';
  if (/[1-9]/.test(text)) return `${minus}${sign}${text}`;
  // A credit too small to show is above its step, not below it.
  return `${exact < 0n ? '>' : '<'}${minus}${sign}${fixed(10n ** BigInt(DOLLAR_DECIMALS - decimals), decimals)}`;
}

function decimalsOf(largest: Picodollars): number {
  if (largest >= 10_000n * DOLLAR) return 0;
  return largest >= DOLLAR ? 2 : FINEST_DECIMALS;
}

function largestOf(amounts: readonly (string | Absent)[]): Picodollars {
  let largest = 0n;
  for (const text of amounts) {
    const amount = text === null || text === undefined ? 0n : magnitude(parseDollars(text));
    if (amount > largest) largest = amount;
  }
  return largest;
}

function magnitude(amount: Picodollars): Picodollars {
  return amount < 0n ? -amount : amount;
}

function fixed(amount: Picodollars, decimals: number): string {
  const step = 10n ** BigInt(DOLLAR_DECIMALS - decimals);
  const scaled = divideRounded(amount, step)
    .toString()
    .padStart(decimals + 1, '0');
  if (decimals === 0) return separated(scaled);
  return `${separated(scaled.slice(0, -decimals))}.${scaled.slice(-decimals)}`;
}

/** An amount below one dollar at a number of significant digits, trailing zeros cut to two decimals. */
function significant(amount: Picodollars, digits: number): string {
  const leading = DOLLAR_DECIMALS - amount.toString().length;
  const text = fixed(amount, Math.min(DOLLAR_DECIMALS, leading + digits));
  return text.replace(/(\.\d\d\d*?)0+$/, '$1');
}

function separated(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',');
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** 1,536 → "1.5 kB". Steps of 1,000, one decimal below 10. */
export function bytesText(bytes: number): string {
  let size = bytes;
  let unit = 0;
  for (; size >= 1_000 && unit < BYTE_UNITS.length - 1; unit += 1) size /= 1_000;
  return `${unit > 0 && size < 10 ? size.toFixed(1) : Math.round(size)} ${BYTE_UNITS[unit]}`;
}
