/** A price sheet as CSV, such as the annex of a contract, read into prices: all of it, or the problems by their rows. */
import { parse } from 'csv-parse/sync';

import { overrideProblems } from '../prices/prices.ts';
import type { PriceOverride } from '../prices/prices.ts';
import { formatDollars, parseDollars } from '../units/money.ts';
import { BUCKET_NAMES } from '../units/tokens.ts';

/** Field → the sheet's column that holds it. Fields that are not named are looked for under their own name. */
export type PriceColumns = Readonly<Record<string, string>>;

export interface SheetProblem {
  /** The row in the file, the head being 1; 0: the whole file. */
  readonly row: number;
  readonly message: string;
}

export type PriceSheet =
  | {
      readonly kind: 'prices';
      readonly prices: ReadonlyArray<{ readonly row: number; readonly price: PriceOverride }>;
    }
  | { readonly kind: 'problems'; readonly problems: readonly SheetProblem[] };

const RATE_FIELDS: readonly string[] = [...BUCKET_NAMES, 'cacheWrite'];
/** What people call the two buckets that every model has. */
const OTHER_NAMES: Readonly<Record<string, string>> = { input: 'freshIn', output: 'textOut' };
const TEXT_FIELDS = ['from', 'until', 'tier', 'team', 'account', 'region', 'note'] as const;
const FIELDS: readonly string[] = [
  'provider',
  'model',
  'percentOff',
  'aboveTokens',
  ...TEXT_FIELDS,
  ...RATE_FIELDS,
  ...Object.keys(OTHER_NAMES),
];
const MOST_ROWS = 5_000;

export function readPriceCsv(text: string, columns: PriceColumns): PriceSheet {
  let records: string[][];
  try {
    records = parse(text, { bom: true, skip_empty_lines: true, relax_column_count: true, trim: true });
  } catch (error) {
    return problem(0, `is no CSV: ${error instanceof Error ? error.message : String(error)}`);
  }
  const [head = [], ...rows] = records;
  if (rows.length === 0) return problem(0, 'holds no row of prices below its head');
  if (rows.length > MOST_ROWS) return problem(0, `holds more than ${MOST_ROWS} rows`);
  const missing = Object.entries(columns).flatMap(([field, column]) => [
    ...(FIELDS.includes(field) ? [] : [`"${field}" is no field; one of ${FIELDS.join(', ')}`]),
    ...(head.includes(column) ? [] : [`there is no column "${column}"; the file has ${head.join(', ')}`]),
  ]);
  if (missing.length > 0)
    return { kind: 'problems', problems: missing.map((message) => ({ row: 1, message })) };
  const places = new Map(FIELDS.map((field) => [field, head.indexOf(columns[field] ?? field)]));
  const read = rows.map((cells, at) => readRow(at + 2, (field) => cells[places.get(field) ?? -1] ?? ''));
  const problems = read.flatMap((one) => ('problems' in one ? one.problems : []));
  return problems.length > 0
    ? { kind: 'problems', problems }
    : { kind: 'prices', prices: read.flatMap((one) => ('price' in one ? [one] : [])) };
}

function problem(row: number, message: string): PriceSheet {
  return { kind: 'problems', problems: [{ row, message }] };
}

type RowRead =
  | { readonly row: number; readonly price: PriceOverride }
  | { readonly problems: readonly SheetProblem[] };

function readRow(row: number, cell: (field: string) => string): RowRead {
  const rates = Object.fromEntries(
    [...RATE_FIELDS, ...Object.keys(OTHER_NAMES)].flatMap((field) =>
      cell(field) === '' ? [] : [[OTHER_NAMES[field] ?? field, cell(field)]],
    ),
  );
  const texts = Object.fromEntries(
    TEXT_FIELDS.flatMap((field) => (cell(field) === '' ? [] : [[field, cell(field)]])),
  );
  const off = cell('percentOff');
  const multiplier = off === '' ? undefined : multiplierOf(off);
  if (off !== '' && multiplier === undefined)
    return {
      problems: [{ row, message: `percentOff "${off}" must be a percentage from 0 to 100, such as 15` }],
    };
  const above = cell('aboveTokens');
  const price: PriceOverride = {
    provider: cell('provider'),
    model: cell('model') === '' && multiplier !== undefined ? '*' : cell('model'),
    ...texts,
    ...(Object.keys(rates).length > 0 && { rates }),
    ...(multiplier !== undefined && { multiplier }),
    ...(above !== '' && { tierThresholdTokens: Number(above) }),
  };
  const problems = overrideProblems(price).map((message) => ({ row, message }));
  return problems.length > 0 ? { problems } : { row, price };
}

/** The multiple of list that so many per cent off leave; undefined when it is no percentage. */
export function multiplierOf(percentOff: string): string | undefined {
  const match = /^(\d{1,3}(?:\.\d{1,10})?)\s*%?$/.exec(percentOff);
  if (!match?.[1]) return undefined;
  const left = parseDollars('100') - parseDollars(match[1]);
  return left < 0n ? undefined : formatDollars(left / 100n);
}
