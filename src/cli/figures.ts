/**
 * How figures are shown to people. A column has one precision; what is above zero never reads as zero; what is not
 * known has a word of its own. Money is worked on as picodollars, never as a float.
 */
import { divideRounded, formatDollars, parseDollars, PICODOLLARS_PER_DOLLAR } from '../units/money.ts';
import type { Picodollars } from '../units/money.ts';

export const NOT_APPLICABLE = 'n/a';
export const NONE = '–';

const TEN_THOUSAND_DOLLARS = 10_000n * PICODOLLARS_PER_DOLLAR;
/** Smallest unit costs are still told apart to a picodollar. */
const MOST_DECIMALS = 12;
const RECEIPT_DECIMALS = 8;

export type Shown = (amount: string | null | undefined) => string;

/**
 * The formatter of a money column, chosen by its largest amount: from $10,000 whole dollars, from $1 cents,
 * below that hundredths of a cent. Smaller amounts than a column can show are `<$0.01`, `<$0.0001`.
 */
export function moneyColumn(amounts: readonly (string | null | undefined)[]): Shown {
  const largest = amounts.map(magnitude).reduce((most, amount) => (amount > most ? amount : most), 0n);
  const decimals = largest >= TEN_THOUSAND_DOLLARS ? 0 : largest >= PICODOLLARS_PER_DOLLAR ? 2 : 4;
  return (amount) => (amount === null || amount === undefined ? NONE : money(parseDollars(amount), decimals));
}

/** A price of one thing, to four significant figures: `$0.03368`, `$41.80`; never rounded to nothing. */
export function unitCost(amount: string | null | undefined): string {
  if (amount === null || amount === undefined) return NONE;
  const pico = parseDollars(amount);
  const places = magnitude(amount).toString().length; // 13 places is a dollar
  const decimals = Math.min(MOST_DECIMALS, Math.max(2, 12 - places + 4));
  return pico === 0n ? '$0' : money(pico, decimals);
}

/** An exact amount, with at least as many decimals as asked: `$0.01385000`. */
export function exactMoney(amount: string, leastDecimals: number = RECEIPT_DECIMALS): string {
  const [whole = '0', fraction = ''] = formatDollars(parseDollars(amount)).replace('-', '').split('.');
  const decimals = fraction.padEnd(leastDecimals, '0');
  return `${amount.trim().startsWith('-') ? '-' : ''}$${grouped(whole)}${decimals === '' ? '' : `.${decimals}`}`;
}

/** A whole count: `1,240,000`. Averages are rounded to it. */
export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? NONE : Math.round(value).toLocaleString('en-US');
}

/** A share of 0 to 1 in whole per cent; a part above none is `<1%`, one below all is not `100%`. */
export function share(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  if (value > 0 && value < 0.005) return '<1%';
  if (value < 1 && value >= 0.995) return '>99%';
  return `${Math.round(value * 100)}%`;
}

export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return NONE;
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(2)} s`;
}

function money(pico: Picodollars, decimals: number): string {
  if (pico === 0n) return '$0';
  const sign = pico < 0n ? '-' : '';
  const step = 10n ** BigInt(MOST_DECIMALS - decimals);
  const steps = divideRounded(pico < 0n ? -pico : pico, step);
  if (steps === 0n) return `${sign === '' ? '<' : '>-'}$${fixed(1n, decimals)}`;
  return `${sign}$${fixed(steps, decimals)}`;
}

/** A number of steps of 10^-decimals, with thousands grouped. */
function fixed(steps: bigint, decimals: number): string {
  const digits = steps.toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  return decimals === 0 ? grouped(whole) : `${grouped(whole)}.${digits.slice(-decimals)}`;
}

function grouped(whole: string): string {
  return whole.replace(/\B(?=(\d{3})+$)/g, ',');
}

function magnitude(amount: string | null | undefined): Picodollars {
  if (amount === null || amount === undefined) return 0n;
  const pico = parseDollars(amount);
  return pico < 0n ? -pico : pico;
}
