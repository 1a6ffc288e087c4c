/**
 * The roll-ups: sums of every additive measure over time and dimensions, kept beside the lines. They are derived state:
 * each can be dropped and rebuilt from the lines at any time, and must always equal them.
 *
 * `rollup` has quarters of an hour, because time zones are offset from UTC by whole quarters, so days and months of any
 * zone are made of whole quarters; to stay short it knows no customers or keys. `rollup_daily` knows
 * those, over whole days (UTC) and the main sums. `rollup_buckets` has days bucket by bucket.
 */
import { BUCKET_COLUMNS, INPUT_PART_COLUMNS, OUTPUT_PART_COLUMNS } from './columns.ts';
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
 * Beside those, what a day keeps apart. What has a value per call or nearly so (request, session, response, fingerprint,
 * stream) is not here: with it a roll-up is as long as the lines and answers no sooner.
 */
const MORE = [...FEW, 'customer', 'key', 'tags', 'attributed_by'] as const;

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
const IN_FORCE = 'if(force < 0, -1, 1)';

const LINES = counted('lines', '1'); // never zero, so that a summing merge never drops a group whose other sums are
const CALLS = [counted('calls'), counted('unpriced')];

/** What most questions are of; a roll-up that has no more is half as long to write. */
const MAIN: readonly Sum[] = [
  LINES,
  ...CALLS,
  counted('attempts'),
  costed('cost'),
  costed('input_cost'),
  costed('output_cost'),
  costed('fee_cost'),
  costed('above_list'),
  ...BUCKET_COLUMNS.map(({ name }) => counted(name)),
];

export const SUMS: readonly Sum[] = [
  ...MAIN,
  counted('in_force', IN_FORCE),
  counted('priced', 'unpriced = 0'),
  counted('timed_attempts', "if(status != 'crashed', attempts, 0)"), // nobody timed what recovery presumed
  counted('timed_duration_ms', "if(status != 'crashed', attempts * duration_ms, 0)"),
  counted('flagged', `if(flag != '', ${IN_FORCE}, 0)`),
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
  /** The column of its time, its type, and how long a step of it is. */
  readonly clock: 'quarter' | 'day';
  readonly stepMs: number;
  readonly dimensions: readonly string[];
  readonly sums: readonly Sum[];
  /** A row is about one bucket. */
  readonly ofUses: boolean;
  /** The sum that equals the number of lines. */
  readonly linesBy: string;
}

export const QUARTERS: Rollup = {
  table: 'rollup',
  clock: 'quarter',
  stepMs: QUARTER_MS,
  dimensions: FEW,
  sums: SUMS,
  ofUses: false,
  linesBy: 'lines',
};

/** In the order in which they are tried: the shortest first. */
export const ROLLUPS: readonly Rollup[] = [
  QUARTERS,
  { ...QUARTERS, table: 'rollup_daily', clock: 'day', stepMs: DAY_MS, dimensions: MORE, sums: MAIN },
  {
    table: 'rollup_buckets',
    clock: 'day',
    stepMs: DAY_MS,
    dimensions: BILLED,
    sums: USES,
    ofUses: true,
    linesBy: 'first_uses',
  },
];

/** What a dimension's column is made from in a line, where it is not a column of the line. */
export const DERIVED: Readonly<Partial<Record<string, string>>> = { context_band: CONTEXT_BAND_SQL };

const CLOCKS = {
  quarter: "toStartOfFifteenMinutes(toDateTime(started_at, 'UTC'))",
  day: "toDate(started_at, 'UTC')",
} as const;

const TYPES: Readonly<Partial<Record<string, string>>> = {
  simulated: 'Bool',
  stream: 'Bool',
  tags: 'Map(LowCardinality(String), String)',
};

/** Sums of the lines that `where` chooses, one row per step of time and dimensions: what a view writes, and a rebuild. */
export function rollupSelect(database: string, rollup: Rollup, where = '1'): string {
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
    `FROM (SELECT ${[`${CLOCKS[clock]} AS ${clock}`, ...cells, ...ofLines, ...uses].join(', ')} FROM ${database}.lines WHERE ${where})${joined} ` +
    `GROUP BY ${[clock, ...dimensions].join(', ')}`
  );
}

export function rollupTable(database: string, { table, clock, dimensions, sums }: Rollup): string {
  const time = clock === 'day' ? 'day Date' : "quarter DateTime('UTC')";
  const columns = [
    `${time} CODEC(Delta, ZSTD(1))`,
    ...dimensions.map((name) => `${name} ${TYPES[name] ?? 'LowCardinality(String)'} CODEC(ZSTD(1))`),
    ...sums.map(({ name, type }) => `${name} ${type} CODEC(ZSTD(1))`),
  ];
  const summed = sums.map(({ name }) => name).join(', ');
  return (
    `CREATE TABLE IF NOT EXISTS ${database}.${table} (${columns.join(', ')}) ` +
    `ENGINE = SummingMergeTree((${summed})) PARTITION BY toYYYYMM(${clock}) PRIMARY KEY (${clock}, workflow) ` +
    `ORDER BY (${[clock, 'workflow', ...dimensions.filter((name) => name !== 'workflow')].join(', ')})`
  );
}

export function rollupView(database: string, rollup: Rollup): string {
  return `CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.${rollup.table}_view TO ${database}.${rollup.table} AS ${rollupSelect(database, rollup)}`;
}
