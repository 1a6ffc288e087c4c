/** What a call is charged, row by row, and whether it is said at list prices with the agreed discount below. Exact, pure. */
import type { LedgerLine, Receipt } from '../../../api/contract.ts';
import { formatDollars, parseDollars } from '../../../units/money.ts';
import { BUCKET_NAMES } from '../../../units/tokens.ts';
import type { Bucket } from '../../../units/tokens.ts';

export interface ChargeRow {
  readonly line: LedgerLine;
  readonly bucket: string;
  readonly units: number;
  /** Dollars per million units; null: no price is known. */
  readonly rate: string | null;
  readonly cost: string | null;
}

export interface Agreed {
  /** What the rows come to, at list prices. */
  readonly before: string;
  /** What the agreement changes; negative where it is a discount. */
  readonly change: string;
  /** The same in tenths of a per cent of `before`, rounded. */
  readonly permille: number;
}

export interface Charges {
  readonly rows: readonly ChargeRow[];
  readonly units: number;
  /** Present where the rows are at list prices. */
  readonly agreed: Agreed | undefined;
}

const MILLION = 1_000_000n;

/**
 * At list prices where something else was agreed and every row at list prices is exact and adds up to what the ledger says;
 * else at the rates that were charged, whose rows add up to the cost as they are.
 */
export function chargesOf(receipt: Receipt): Charges {
  const rows = receipt.lines.flatMap((line) =>
    inOrder(line).map(({ bucket, units, rate, cost }) => ({ line, bucket, units, rate, cost })),
  );
  const units = rows.reduce((all, row) => all + row.units, 0);
  const atList = listRows(receipt);
  if (atList === undefined) return { rows, units, agreed: undefined };
  const before = added(atList.map(({ cost }) => cost));
  const change = parseDollars(receipt.total) - before;
  if (change === 0n || before === 0n) return { rows, units, agreed: undefined };
  const permille = Number((change * 10_000n) / before) / 10;
  return {
    rows: atList,
    units,
    agreed: { before: formatDollars(before), change: formatDollars(change), permille: Math.round(permille) },
  };
}

/** Input before output, in the one order of buckets. */
function inOrder({ buckets }: LedgerLine): LedgerLine['buckets'] {
  const place = ({ bucket }: { readonly bucket: string }): number => BUCKET_NAMES.indexOf(bucket as Bucket);
  return buckets.toSorted((a, b) => place(a) - place(b));
}

function listRows(receipt: Receipt): ChargeRow[] | undefined {
  const rows: ChargeRow[] = [];
  for (const line of receipt.lines) {
    const own = inOrder(line).map((one) => listRow(line, one));
    if (line.listCost === null || own.includes(undefined)) return undefined;
    const known = own.filter((row) => row !== undefined);
    if (added(known.map(({ cost }) => cost)) !== parseDollars(line.listCost)) return undefined;
    rows.push(...known);
  }
  return rows;
}

function listRow(line: LedgerLine, of: LedgerLine['buckets'][number]): ChargeRow | undefined {
  const { bucket, units, listRate } = of;
  if (listRate === null) return undefined;
  const exact = parseDollars(listRate) * BigInt(units);
  if (exact % MILLION !== 0n) return undefined;
  return { line, bucket, units, rate: listRate, cost: formatDollars(exact / MILLION) };
}

function added(amounts: readonly (string | null)[]): bigint {
  return amounts.reduce((all, amount) => all + (amount === null ? 0n : parseDollars(amount)), 0n);
}
