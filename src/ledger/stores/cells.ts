/**
 * Values as the JSON text of a cell: what the store reads without loss, written without asking JSON where it can be.
 * This runs in the gateway, some hundred times per attempt.
 */
import type { Picodollars } from '../../units/money.ts';

export const UINT16_MAX = 0xffff;
const UINT32_MAX = 0xffff_ffff;

/** Text that is its own JSON text: nearly all of it, and a third of the time of asking JSON. */
const PLAIN = /^[ !#-[\]-~]*$/;

/**
 * Text may come from clients. A lone surrogate would be refused by the store's parser and hold up
 * every line behind it, so it becomes U+FFFD.
 */
export function text(value: string): string {
  return PLAIN.test(value) ? `"${value}"` : JSON.stringify(value.toWellFormed());
}

export function textMap(map: Readonly<Record<string, string>>): string {
  let pairs = '';
  for (const key in map) pairs += `${pairs === '' ? '' : ','}${text(key)}:${text(map[key] ?? '')}`;
  return `{${pairs}}`;
}

/** A count within a column's range. @throws RangeError on what is no count at all. */
export function count(value: number, most = Number.MAX_SAFE_INTEGER): string {
  if (!(value >= 0)) throw new RangeError(`a ledger line cannot hold ${value} as a count`);
  return String(Math.min(Math.round(value), most));
}

/** A measured time. A clock that failed gives 0: a line is never lost for its stopwatch. */
export function span(value: number): string {
  return value >= 0 ? String(Math.min(Math.round(value), UINT32_MAX)) : '0';
}

/** Units of a bucket. @throws RangeError when they are not a whole number: they would be priced wrong. */
export function units(value: number | undefined): string {
  if (value === undefined || value === 0) return '0';
  if (!Number.isSafeInteger(value)) throw new RangeError(`a ledger line cannot hold ${value} units`);
  return String(value);
}

/** Dollars as a JSON number with an exponent, which the store reads digit by digit: 1500n → `1500e-12`, without loss. */
export function money(amount: Picodollars): string {
  return amount === 0n ? '0' : `${amount}e-12`;
}
