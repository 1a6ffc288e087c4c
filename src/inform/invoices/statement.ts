/**
 * What a provider says about a span of use: one line of its usage report, cost report or invoice, in Setpoint's words.
 * Every importer gives these lines or the rows that it could not read, never some of both. A leaf: no I/O.
 */
import { PICODOLLARS_PER_DOLLAR, divideRounded } from '../../units/money.ts';
import type { Picodollars } from '../../units/money.ts';

/** Token classes as statements tell them apart; `cacheWrite` where the lifetime is not said, `output` with its reasoning. */
export const TOKEN_CLASSES = [
  'input',
  'cacheRead',
  'cacheWrite',
  'cacheWrite5m',
  'cacheWrite1h',
  'audioIn',
  'audioCacheRead',
  'imageIn',
  'output',
  'audioOut',
  'imageOut',
  'webSearch',
  'fileSearch',
  'codeSession',
  'mapsQuery',
] as const;
export type TokenClass = (typeof TOKEN_CLASSES)[number];

/** `usage` is what calls can explain; the others are charged beside them. */
export type ChargeKind = 'usage' | 'credit' | 'tax' | 'minimum' | 'adjustment';

export interface StatementLine {
  /** Place in the file, counted from 1 (results of a page, records of a table without its head). */
  readonly row: number;
  readonly provider: string;
  /** UTC day of the use, `2026-10-03`; of a line that is said of a longer span, its first day. */
  readonly day: string;
  /** The line is said of a whole month. */
  readonly monthly: boolean;
  readonly charge: ChargeKind;
  /** Null: the statement does not say. An empty account is the provider's default one. */
  readonly account: string | null;
  readonly model: string | null;
  readonly bucket: TokenClass | null;
  readonly tier: string | null;
  readonly region: string | null;
  /** Tokens, or calls of a fee; null where no count is stated. */
  readonly units: bigint | null;
  /** Units are billed in steps of this many; 1 where single ones are. */
  readonly step: number;
  /** Null in a report of use alone. */
  readonly cost: Picodollars | null;
  /** The provider's own words for what it charges. */
  readonly text: string;
  readonly invoice: string | null;
}

export interface RowProblem {
  /** 0: the file as a whole. */
  readonly row: number;
  readonly message: string;
}

export type Imported =
  | { readonly kind: 'lines'; readonly lines: readonly StatementLine[] }
  | { readonly kind: 'problems'; readonly problems: readonly RowProblem[] };

const MOST_LINES = 500_000;
const MOST_PROBLEMS = 100;
const MOST_EXPONENT = 40;

/** Reads every row, or says which ones cannot be read: a statement in part would make a ledger wrong in silence. */
export function readRows<Row>(
  rows: readonly Row[],
  read: (row: Row, number: number) => StatementLine | readonly StatementLine[] | undefined,
): Imported {
  if (rows.length > MOST_LINES)
    return wholeFile(
      `holds ${rows.length} rows and at most ${MOST_LINES} are read at once. Split it by month.`,
    );
  const lines: StatementLine[] = [];
  const problems: RowProblem[] = [];
  rows.forEach((row, at) => {
    try {
      const found = read(row, at + 1);
      if (found !== undefined) for (const line of Array.isArray(found) ? found : [found]) lines.push(line);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      if (problems.length < MOST_PROBLEMS) problems.push({ row: at + 1, message: error.message });
    }
  });
  if (problems.length > 0) return { kind: 'problems', problems };
  if (lines.length === 0) return wholeFile('holds no line of use or cost');
  return { kind: 'lines', lines };
}

export function wholeFile(message: string): Imported {
  return { kind: 'problems', problems: [{ row: 0, message: `The file ${message}` }] };
}

/** An exact decimal: `digits × 10^-scale`. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

/** Reads `-12.5`, `1e-7`, `3`. @throws RangeError when the text is no number. */
export function parseDecimal(text: string): Decimal {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text.trim());
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match ?? [];
  if (match === null || whole + fraction === '' || Math.abs(Number(exponent)) > MOST_EXPONENT)
    throw new RangeError(`"${text.slice(0, 60)}" is not a number`);
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n);
  const scale = fraction.length - Number(exponent);
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

/** A decimal in picodollars. What is finer, which only a converted amount can be, is rounded half to even. */
export function toPicodollars({ digits, scale }: Decimal): Picodollars {
  return divideRounded(digits * PICODOLLARS_PER_DOLLAR, 10n ** BigInt(scale));
}

export function dollarsOf(text: string): Picodollars {
  return toPicodollars(parseDecimal(text));
}

/** A count in whole units. @throws RangeError when it is none after multiplying. */
export function unitsOf(text: string, multiplier: Decimal = { digits: 1n, scale: 0 }): bigint {
  const { digits, scale } = parseDecimal(text);
  return divideRounded(digits * multiplier.digits, 10n ** BigInt(scale + multiplier.scale));
}

/** The UTC day of an instant or a date as text. @throws RangeError when it is neither. */
export function dayOf(text: string): string {
  const date = /^\d{4}-\d{2}-\d{2}$/.test(text)
    ? `${text}T00:00:00Z`
    : text.replace(/^(\d{4}-\d\d-\d\d) (\d)/, '$1T$2').replace(/ UTC$/, 'Z');
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(date) ? date : `${date}Z`;
  const ms = Date.parse(zoned);
  if (Number.isNaN(ms)) throw new RangeError(`"${text.slice(0, 40)}" is not a date`);
  return new Date(ms).toISOString().slice(0, 10);
}

/** @throws RangeError unless the currency is the ledger's: a rate of exchange is not on the statement. */
export function checkCurrency(currency: string | undefined): void {
  if (currency !== undefined && currency !== '' && currency.toUpperCase() !== 'USD')
    throw new RangeError(`is in ${currency}, and the ledger is in USD. Export the statement in USD`);
}
