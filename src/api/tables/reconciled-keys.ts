/** The keys of a reconciliation as a file: those that are shown, all others as one, and the total. Pure. */
import type { Reconciliation } from '../contract/invoices.ts';
import type { Cells, FileTable, Stored } from '../../tables/tables.ts';
import { formatDollars, parseDollars } from '../../units/money.ts';
import { parsePeriod } from '../../units/period.ts';
import { cellsOf, columnsOf, MONEY, tableOf } from './shape.ts';
import type { MarkedRow } from './shape.ts';

type Key = Reconciliation['providers'][number]['keys'][number] & { readonly provider: string };

const STORED: Readonly<Record<string, Stored>> = {
  provider: 'text',
  day: 'text',
  account: 'text',
  model: 'text',
  bucket: 'text',
  tier: 'text',
  region: 'text',
  state: 'text',
  causes: 'text',
  keys: 'count',
  ledgerUnits: 'count',
  ledgerCost: MONEY,
  invoiceUnits: 'count',
  invoiceCost: MONEY,
  /** Invoice less ledger. */
  residual: MONEY,
  claims: 'text',
  /** Where it stands in the statements, as JSON. */
  statementRows: 'text',
};

/** @param show a cause or a state; empty: the keys that differ. */
export function reconciledKeysTable(answer: Reconciliation, show: string, question: string): FileTable {
  const all = answer.providers.flatMap(({ provider, keys }) => keys.map((key) => ({ ...key, provider })));
  const isShown = shownBy(show);
  const shown = all.filter(isShown).toSorted(bySize);
  const others = all.filter((key) => !isShown(key));
  const rows: MarkedRow[] = [
    ...shown.map((key): MarkedRow => ['group', cellsOfKey(key)]),
    ...(others.length === 0 ? [] : [['other', sumsOf(others)] as const]),
    ['total', sumsOf(all)],
  ];
  const { fromMs, toMs } = parsePeriod(answer.month, { nowMs: 0, timeZone: 'UTC' });
  const facts = {
    periodFrom: new Date(fromMs).toISOString(),
    periodTo: new Date(toMs).toISOString(),
    timeZone: 'UTC', // providers bill by its days
    currency: 'USD',
    asOf: answer.at,
  } as const;
  return tableOf({ columns: columnsOf(STORED), facts, question }, rows);
}

function shownBy(show: string): (key: Key) => boolean {
  if (show === '') return ({ residual, claims }) => parseDollars(residual) !== 0n || claims.length > 0;
  return ({ state, claims }) => state === show || claims.some(({ cause }) => cause === show);
}

/** Largest difference first. */
function bySize(left: Key, right: Key): number {
  const [a, b] = [sizeOf(left), sizeOf(right)];
  if (a === b) return 0;
  return a < b ? 1 : -1;
}

function sizeOf({ residual }: Key): bigint {
  const exact = parseDollars(residual);
  return exact < 0n ? -exact : exact;
}

function cellsOfKey({ id: _id, claims, rows, ...key }: Key): Cells {
  const causes = claims.map(({ cause }) => cause).join(', ');
  return cellsOf({ ...key, causes, keys: 1, claims, statementRows: rows });
}

function sumsOf(keys: readonly Key[]): Cells {
  return cellsOf({
    keys: keys.length,
    ledgerUnits: countOf(keys.map(({ ledgerUnits }) => ledgerUnits)),
    ledgerCost: moneyOf(keys.map(({ ledgerCost }) => ledgerCost)),
    invoiceUnits: countOf(keys.map(({ invoiceUnits }) => invoiceUnits)),
    invoiceCost: moneyOf(keys.map(({ invoiceCost }) => invoiceCost)),
    residual: moneyOf(keys.map(({ residual }) => residual)),
  });
}

/** What no statement states is unknown and in no sum; where it states nothing at all there is no sum either. */
function sumOf(values: ReadonlyArray<string | null>, read: (text: string) => bigint): bigint | null {
  const stated = values.filter((value) => value !== null);
  return stated.length === 0 ? null : stated.reduce((sum, value) => sum + read(value), 0n);
}

function countOf(values: ReadonlyArray<string | null>): string | null {
  return sumOf(values, BigInt)?.toString() ?? null;
}

function moneyOf(values: ReadonlyArray<string | null>): string | null {
  const sum = sumOf(values, parseDollars);
  return sum === null ? null : formatDollars(sum);
}
