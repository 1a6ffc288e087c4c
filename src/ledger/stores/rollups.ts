/**
 * The roll-up: sums of every additive measure per quarter of an hour and set of dimensions. Quarters, because
 * time zones are offset from UTC by whole quarters, so days and months of any zone are made of whole quarters.
 * It is derived state: it can be dropped and rebuilt from the lines at any time, and must always equal them.
 */
import { BUCKET_COLUMNS, INPUT_PART_COLUMNS, OUTPUT_PART_COLUMNS } from './columns.ts';

export const QUARTER_MS = 15 * 60 * 1000;

/**
 * Columns that the roll-up keeps apart. Those with many values (request, session, customer, key, tags) are not here:
 * with them the roll-up of a small company is as long as its lines, and questions on them read the lines.
 */
export const ROLLUP_DIMENSIONS = [
  'workflow',
  'team',
  'provider',
  'model',
  'endpoint',
  'kind',
  'part',
  'status',
  'simulated',
  'basis',
  'service_tier',
  'price_version',
  'account',
  'region',
  'source',
  'leg',
  'cause',
  'correction',
  'for_month',
] as const;

/** A figure that adds up: the roll-up keeps its sum under `name`; from a line it is `ofLine`. */
export interface Sum {
  readonly name: string;
  readonly type: string;
  readonly ofLine: string;
}

function counted(name: string, ofLine = name): Sum {
  return { name, type: 'Int64', ofLine };
}

function costed(name: string): Sum {
  return { name, type: 'Decimal(38, 12)', ofLine: name };
}

export const SUMS: readonly Sum[] = [
  counted('lines', '1'), // never zero, so that a summing merge never drops a group whose other sums are
  counted('calls'),
  counted('attempts'),
  counted('timed_attempts', "if(status != 'crashed', attempts, 0)"), // nobody timed what recovery presumed
  counted('timed_duration_ms', "if(status != 'crashed', attempts * duration_ms, 0)"),
  counted('unpriced'),
  counted('flagged', "if(flag != '', if(force < 0, -1, 1), 0)"),
  costed('cost'),
  costed('input_cost'),
  costed('output_cost'),
  costed('fee_cost'),
  costed('above_list'),
  ...INPUT_PART_COLUMNS.map(({ name }) => counted(name)),
  ...OUTPUT_PART_COLUMNS.map(({ name }) => counted(name)),
  ...BUCKET_COLUMNS.map(({ name }) => counted(name)),
];

/** Sums over lines, one row per quarter and dimensions: what the view writes and what a rebuild writes. */
export function rollupSelect(database: string): string {
  const dimensions = ROLLUP_DIMENSIONS.join(', ');
  const inner = SUMS.map(({ name, ofLine, type }) => `CAST(${ofLine}, '${type}') AS line_${name}`).join(', ');
  const sums = SUMS.map(({ name }) => `sum(line_${name}) AS ${name}`).join(', ');
  return (
    `SELECT quarter, ${dimensions}, ${sums} ` +
    `FROM (SELECT toStartOfFifteenMinutes(toDateTime(started_at, 'UTC')) AS quarter, ${dimensions}, ${inner} FROM ${database}.lines) ` +
    `GROUP BY quarter, ${dimensions}`
  );
}
