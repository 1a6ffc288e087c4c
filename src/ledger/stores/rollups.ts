/**
 * The roll-ups: sums of every additive measure over time and dimensions. They are derived state: each can be dropped and
 * made again from the lines at any time, and must always equal them.
 *
 * `QUARTERS` is kept beside the lines, insert by insert. It has quarters of an hour, because time zones are offset from UTC
 * by whole quarters, so days and months of any zone are made of whole quarters; to stay short it knows no customers or keys.
 * The others are condensed month by month once lines lie still (`condensed.ts`): to keep them insert by insert too would cost
 * more than the insert itself. Each is a cut that some questions need, and short: what decides how soon a question is
 * answered is how many rows it reads.
 */
import { BUCKETS } from '../../units/tokens.ts';
import { BUCKET_COLUMNS, INPUT_PART_COLUMNS, OUTPUT_PART_COLUMNS, bucketsSql } from './columns.ts';
import { CONTEXT_BAND_SQL, USES_SQL, USE_COLUMNS } from './uses.ts';

const QUARTER_MS = 15 * 60 * 1000;
const DAY_MS = 86_400_000;

const FEW = [
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

/**
 * Beside those, what a day keeps apart. What has a value per call or nearly so (request, session, response) is not
 * here: with it a roll-up is as long as the lines and answers no sooner.
 */
const KEYS = [...FEW, 'key', 'tags', 'attributed_by'] as const;
const MORE = [...KEYS, 'customer'] as const;

const COMMON = ['workflow', 'team', 'provider', 'model', 'endpoint', 'simulated', 'price_version'] as const;
/** What the days of customers are asked by; with keys and tags they would be four times as many rows. */
const SERVED = [...COMMON, 'customer'] as const;
/** How calls came in. */
const ASKED = [...COMMON, 'model_requested', 'wire', 'stream', 'geo', 'context_band'] as const;
/** What rules that name workflows go by. */
const TRACED = [...COMMON, 'path', 'fingerprint', 'attributed_by'] as const;

/** What invoices and exports tell apart, bucket by bucket. */
const BILLED = [
  'bucket',
  'rate',
  'workflow',
  'team',
  'customer',
  'provider',
  'model',
  'endpoint',
  'simulated',
  'service_tier',
  'price_version',
  'account',
  'region',
  'context_band',
  'source',
  'leg',
  'cause',
  'correction',
  'for_month',
] as const;

/** A figure that adds up: a roll-up keeps its sum under `name`; from a line it is `ofLine`. */
export interface Sum {
  readonly name: string;
  readonly type: string;
  readonly ofLine: string;
}

function counted(name: string, ofLine = name): Sum {
  return { name, type: 'Int64', ofLine };
}

function costed(name: string, ofLine = name): Sum {
  return { name, type: 'Decimal(38, 12)', ofLine };
}

/** A line that was taken back and the one that takes it back count nothing together. */
export const IN_FORCE = 'if(force < 0, -1, 1)';

const INPUT = bucketsSql((bucket) => BUCKETS[bucket].side === 'input');
const OUTPUT = bucketsSql((bucket) => BUCKETS[bucket].side === 'output');

const LINES = counted('lines', '1'); // never zero, so that a summing merge never drops a group whose other sums are
const CALLS = [counted('calls'), counted('unpriced')];

/** Every sum but the composition of prompts. */
const MAIN: readonly Sum[] = [
  LINES,
  ...CALLS,
  counted('attempts'),
  costed('cost'),
  costed('input_cost'),
  costed('output_cost'),
  costed('fee_cost'),
  costed('above_list'),
  counted('input_units', INPUT),
  counted('output_units', OUTPUT),
  counted('call_input', `if(endpoint = 'inference', ${INPUT}, 0)`),
  counted('call_output', `if(endpoint = 'inference', ${OUTPUT}, 0)`),
  ...BUCKET_COLUMNS.map(({ name }) => counted(name)),
  counted('priced', 'unpriced = 0'),
  counted('timed_attempts', "if(status != 'crashed', attempts, 0)"), // nobody timed what recovery presumed
  counted('timed_duration_ms', "if(status != 'crashed', attempts * duration_ms, 0)"),
  counted('flagged', `if(flag != '', ${IN_FORCE}, 0)`),
];

export const SUMS: readonly Sum[] = [
  ...MAIN,
  counted('in_force', IN_FORCE),
  ...INPUT_PART_COLUMNS.map(({ name }) => counted(name)),
  ...OUTPUT_PART_COLUMNS.map(({ name }) => counted(name)),
];

const FIRST_USE = 'toInt64(use_number = 1)';

const USES: readonly Sum[] = [
  LINES,
  ...CALLS,
  counted('first_uses', FIRST_USE), // one per line, to compare with the lines
  counted('use_units'),
  costed('use_cost'),
  costed('use_above_list'),
];

export interface Rollup {
  readonly table: string;
  /** The column of its time, and its steps (UTC). */
  readonly clock: 'quarter' | 'day' | 'month';
  readonly dimensions: readonly string[];
  readonly sums: readonly Sum[];
  /** A row is about one bucket. */
  readonly ofUses: boolean;
  /** The sum that equals the number of lines. */
  readonly linesBy: string;
  /** The roll-up that it is condensed from; the lines where there is none. */
  readonly from?: Rollup;
}

/** How long a step is; months have no one length. */
export const STEPS_MS = { quarter: QUARTER_MS, day: DAY_MS } as const;

export const QUARTERS: Rollup = {
  table: 'rollup',
  clock: 'quarter',
  dimensions: FEW,
  sums: SUMS,
  ofUses: false,
  linesBy: 'lines',
};

const DAYS: Rollup = { ...QUARTERS, table: 'rollup_days', clock: 'day', from: QUARTERS };
const FULL_DAYS: Rollup = {
  ...QUARTERS,
  table: 'rollup_full_days',
  clock: 'day',
  dimensions: MORE,
  sums: MAIN,
};
const KEY_DAYS: Rollup = { ...FULL_DAYS, table: 'rollup_key_days', dimensions: KEYS, from: FULL_DAYS };
const CUSTOMER_DAYS: Rollup = {
  ...FULL_DAYS,
  table: 'rollup_customer_days',
  dimensions: SERVED,
  from: FULL_DAYS,
};
const ASKED_DAYS: Rollup = {
  ...QUARTERS,
  table: 'rollup_asked_days',
  clock: 'day',
  dimensions: ASKED,
  sums: MAIN,
};
const TRACED_DAYS: Rollup = { ...ASKED_DAYS, table: 'rollup_traced_days', dimensions: TRACED };
const MONTHS: Rollup = { ...FULL_DAYS, table: 'rollup_months', clock: 'month', from: FULL_DAYS };
const FULL_BUCKETS: Rollup = {
  table: 'rollup_full_buckets',
  clock: 'day',
  dimensions: BILLED,
  sums: USES,
  ofUses: true,
  linesBy: 'first_uses',
};
const BUCKET_DAYS: Rollup = {
  ...FULL_BUCKETS,
  table: 'rollup_bucket_days',
  dimensions: BILLED.filter((name) => name !== 'customer'),
  from: FULL_BUCKETS,
};
const BUCKET_MONTHS: Rollup = {
  ...FULL_BUCKETS,
  table: 'rollup_bucket_months',
  clock: 'month',
  from: FULL_BUCKETS,
};

/** Condensed month by month, in the order in which they are made: after what they are made from. */
export const CONDENSED: readonly Rollup[] = [
  DAYS,
  FULL_DAYS,
  KEY_DAYS,
  CUSTOMER_DAYS,
  ASKED_DAYS,
  TRACED_DAYS,
  MONTHS,
  FULL_BUCKETS,
  BUCKET_DAYS,
  BUCKET_MONTHS,
];

/** In the order in which a question tries them, the shortest first; what one cannot answer is left to the next. */
export const PREFERRED: readonly Rollup[] = [
  DAYS,
  KEY_DAYS,
  MONTHS,
  CUSTOMER_DAYS,
  ASKED_DAYS,
  TRACED_DAYS,
  QUARTERS,
  FULL_DAYS,
  BUCKET_DAYS,
  BUCKET_MONTHS,
  FULL_BUCKETS,
];

/** What a dimension's column is made from in a line, where it is not a column of the line. */
export const DERIVED: Readonly<Partial<Record<string, string>>> = { context_band: CONTEXT_BAND_SQL };

const CLOCKS = {
  quarter: "toStartOfFifteenMinutes(toDateTime(started_at, 'UTC'))",
  day: "toDate(started_at, 'UTC')",
  month: "toStartOfMonth(toDate(started_at, 'UTC'))",
} as const;

const TYPES: Readonly<Partial<Record<string, string>>> = {
  simulated: 'Bool',
  stream: 'Bool',
  tags: 'Map(LowCardinality(String), String)',
};

/** Sums of the lines that `where` chooses, one row per step of time and dimensions: what a view writes, and a rebuild. */
export function rollupSelect(database: string, rollup: Rollup, where = '1', lines = 'lines'): string {
  const { clock, dimensions, sums, ofUses } = rollup;
  const isUse = (name: string): name is keyof typeof USE_COLUMNS => Object.hasOwn(USE_COLUMNS, name);
  const cells = dimensions
    .filter((name) => !isUse(name))
    .map((name) => (DERIVED[name] === undefined ? name : `${DERIVED[name]} AS ${name}`));
  const ofLines = sums
    .filter(({ ofLine }) => !isUse(ofLine) && ofLine !== FIRST_USE)
    .map(({ name, ofLine, type }) => `CAST(${ofLine}, '${type}') AS line_${name}`);
  const uses = ofUses ? [`${USES_SQL} AS uses`] : [];
  const keys = dimensions.map((name) => (isUse(name) ? `${USE_COLUMNS[name]} AS ${name}` : name));
  const summed = sums.map(({ name, ofLine }) => {
    const made = isUse(ofLine) ? USE_COLUMNS[ofLine] : ofLine === FIRST_USE ? FIRST_USE : `line_${name}`;
    return `sum(${made}) AS ${name}`;
  });
  const joined = ofUses ? ' ARRAY JOIN uses AS use, arrayEnumerate(uses) AS use_number' : '';
  return (
    `SELECT ${clock}, ${[...keys, ...summed].join(', ')} ` +
    `FROM (SELECT ${[`${CLOCKS[clock]} AS ${clock}`, ...cells, ...ofLines, ...uses].join(', ')} FROM ${database}.${lines} WHERE ${where})${joined} ` +
    `GROUP BY ${[clock, ...dimensions].join(', ')}`
  );
}

/** The same for a roll-up that is condensed from another, of one month of it. Cells stand in the order of `columnsOfRollup`. */
export function condensedSelect(database: string, rollup: Rollup, month: number): string {
  const { from, clock, dimensions, sums } = rollup;
  if (from === undefined) return rollupSelect(database, rollup, `toYYYYMM(started_at) = ${month}`);
  const step = clock === 'month' ? `toStartOfMonth(${from.clock})` : `toDate(${from.clock}, 'UTC')`;
  return (
    `SELECT ${[step, ...dimensions, ...sums.map(({ name }) => `sum(${name})`)].join(', ')} ` +
    `FROM ${database}.${from.table} WHERE toYYYYMM(${from.clock}) = ${month} GROUP BY ${[step, ...dimensions].join(', ')}`
  );
}

export function columnsOfRollup({ clock, dimensions, sums }: Rollup): readonly string[] {
  return [clock, ...dimensions, ...sums.map(({ name }) => name)];
}

/** `engine` says what the table does with rows of the same step and dimensions. */
export function rollupTable(database: string, rollup: Rollup, engine: string): string {
  return `CREATE TABLE IF NOT EXISTS ${database}.${rollup.table} ${rollupDefinition(rollup, engine)}`;
}

/** What stands behind the name of the table. */
export function rollupDefinition({ clock, dimensions, sums }: Rollup, engine: string): string {
  const time = clock === 'quarter' ? "quarter DateTime('UTC')" : `${clock} Date`;
  const columns = [
    `${time} CODEC(Delta, ZSTD(1))`,
    ...dimensions.map((name) => `${name} ${TYPES[name] ?? 'LowCardinality(String)'} CODEC(ZSTD(1))`),
    ...sums.map(({ name, type }) => `${name} ${type} CODEC(ZSTD(1))`),
  ];
  return (
    `(${columns.join(', ')}) ` +
    `ENGINE = ${engine} PARTITION BY toYYYYMM(${clock}) PRIMARY KEY (${clock}, workflow) ` +
    `ORDER BY (${[clock, 'workflow', ...dimensions.filter((name) => name !== 'workflow')].join(', ')})`
  );
}

/** What its engine adds up. */
export const SUMMED = `(${QUARTERS.sums.map(({ name }) => name).join(', ')})`;

export function quartersTable(database: string): string {
  return rollupTable(database, QUARTERS, `SummingMergeTree(${SUMMED})`);
}

export function quartersView(database: string): string {
  return (
    `CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.${QUARTERS.table}_view TO ${database}.${QUARTERS.table} ` +
    `AS ${rollupSelect(database, QUARTERS)}`
  );
}
