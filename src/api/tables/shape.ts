/**
 * What every file of a page has in common. A row says what it is in its column `row`: a `group`, a `line`, what stands for
 * all `other` rows that are not listed, or the `total`; so rows + other = total can be checked in the file itself. What the
 * figures rest on stands behind them, the same in each row, and in the footer of a Parquet file as keys and values.
 */
import type { Cell, Cells, FileColumn, FileTable, Stored } from '../../tables/tables.ts';

export type Mark = 'group' | 'line' | 'other' | 'total';

export const MONEY: Stored = { decimals: 12 };

/** What the figures rest on; absent facts are not written. */
export interface Facts {
  readonly periodFrom?: string;
  readonly periodTo?: string;
  readonly comparedFrom?: string;
  readonly comparedTo?: string;
  readonly timeZone?: string;
  /** Whether simulated calls are in the figures: `exclude`, `include`, `only`. */
  readonly simulatedCallsAre?: string;
  readonly currency?: 'USD';
  readonly figureBasis?: 'measured' | 'estimated' | 'assumed';
  readonly priceVersions?: readonly string[];
  readonly asOf?: string;
  /** Null: nobody could tell. */
  readonly completeUntil?: string | null;
}

const INSTANTS: ReadonlySet<string> = new Set([
  'periodFrom',
  'periodTo',
  'comparedFrom',
  'comparedTo',
  'asOf',
  'completeUntil',
]);

export interface Shape {
  /** The columns of the figures, between `row` and the facts. */
  readonly columns: readonly FileColumn[];
  readonly facts: Facts;
  /** As it was asked, see `questionText`. */
  readonly question: string;
}

/** A row's mark and its cells; what a mark has no figure for is left out and null. */
export type MarkedRow = readonly [Mark, Cells];

export function tableOf(shape: Shape, rows: readonly MarkedRow[]): FileTable {
  return streamedTable(
    shape,
    (async function* () {
      yield rows;
    })(),
  );
}

/** The same of rows that are made while they are written. */
export function streamedTable(
  { columns, facts, question }: Shape,
  batches: AsyncIterable<readonly MarkedRow[]>,
): FileTable {
  const told = Object.entries({ ...facts, question }).map(([name, value]): readonly [string, Cell] => [
    name,
    Array.isArray(value) ? value.join(',') : (value as Cell),
  ]);
  const all: FileColumn[] = [
    { name: 'row', stored: 'text' },
    ...columns,
    ...told.map(([name]): FileColumn => ({ name, stored: INSTANTS.has(name) ? 'instant' : 'text' })),
  ];
  const names = new Set(all.map(({ name }) => name));
  if (names.size < all.length)
    throw new Error(`a column stands twice: ${all.map(({ name }) => name).join(', ')}`);
  const same = Object.fromEntries(told);
  return {
    columns: all,
    batches: (async function* () {
      for await (const rows of batches) yield rows.map(([row, cells]) => ({ row, ...cells, ...same }));
    })(),
    about: () => Object.fromEntries(told.map(([name, value]) => [`setpoint.${name}`, value ?? ''] as const)),
  };
}

/** How a figure of the contract stands in a cell: numbers and money as they are, what has parts as JSON. */
export function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export function cellsOf(values: Readonly<Record<string, unknown>>): Cells {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, cellOf(value)]));
}

/** A group's values under the names of its dimensions; an empty value is the unattributed. */
export function groupCells(dimensions: readonly string[], group: readonly string[]): Cells {
  return Object.fromEntries(dimensions.map((name, at) => [name, group[at] ?? null]));
}

export function textColumns(names: readonly string[]): FileColumn[] {
  return names.map((name) => ({ name, stored: 'text' }));
}

export function columnsOf(stored: Readonly<Record<string, Stored>>): FileColumn[] {
  return Object.entries(stored).map(([name, one]) => ({ name, stored: one }));
}
