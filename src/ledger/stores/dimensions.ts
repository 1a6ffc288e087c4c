/**
 * Dimensions and conditions as SQL. Column names come from the tables here; every value that a person typed, names of
 * tags included, is bound to a parameter.
 */
import { openCalendar } from '../../units/period.ts';
import { DIMENSIONS } from '../question.ts';
import type { Condition, Dimension, NamedDimension } from '../question.ts';
import type { Bindings } from './engine.ts';
import type { Fineness } from './spans.ts';

const COLUMNS = {
  workflow: 'workflow',
  team: 'team',
  customer: 'customer',
  key: 'key',
  request: 'request',
  session: 'session',
  provider: 'provider',
  model: 'model',
  modelRequested: 'model_requested',
  wire: 'wire',
  endpoint: 'endpoint',
  status: 'status',
  kind: 'kind',
  part: 'part',
  basis: 'basis',
  stream: 'stream',
  serviceTier: 'service_tier',
  geo: 'geo',
  priceVersion: 'price_version',
  account: 'account',
  region: 'region',
  source: 'source',
  leg: 'leg',
  cause: 'cause',
  correction: 'correction',
  forMonth: 'for_month',
  path: 'path',
  fingerprint: 'fingerprint',
  attributedBy: 'attributed_by',
  responseId: 'response_id',
  contextBand: 'context_band',
  bucket: 'bucket',
  rate: 'rate',
} as const satisfies Partial<Record<NamedDimension, string>>;

/** Values as text, in an order that is the order of time: epoch seconds of an hour, else a date or month. */
const TIMES = {
  hour: 'toString(toUnixTimestamp(toStartOfHour(started_at, {zone:String})))',
  day: 'toString(toDate(started_at, {zone:String}))',
  week: 'toString(toMonday(started_at, {zone:String}))',
  month: "formatDateTime(started_at, '%Y-%m', {zone:String})",
} as const;

type TimeDimension = keyof typeof TIMES;

export function isTimeDimension(dimension: Dimension): dimension is TimeDimension {
  return Object.hasOwn(TIMES, dimension);
}

/** The columns that a dimension needs beside the time. */
export function columnsOf(dimension: Dimension): readonly string[] {
  if (isTimeDimension(dimension)) return [];
  if (dimension.startsWith(TAG)) return ['tags'];
  return [COLUMNS[dimension as keyof typeof COLUMNS]];
}

/** Whether the dimension tells the buckets of one line apart. */
export function isOfUses(dimension: Dimension): boolean {
  return dimension === 'bucket' || dimension === 'rate';
}

/** The finest time that is told apart. */
export function finenessOf(dimensions: readonly Dimension[]): Fineness {
  return (['hour', 'day', 'week', 'month'] as const).find((unit) => dimensions.includes(unit)) ?? 'none';
}

/** Statement text and the values bound in it. */
export interface Clause {
  readonly sql: string;
  readonly bindings: Bindings;
}

/** What a column means to people where that is not its text. */
const SHOWN: Readonly<Partial<Record<string, string>>> = {
  stream: "if(stream, 'true', 'false')",
  source: "if(source = '', 'gateway', source)",
};

const TAG = 'tag:';

/** @throws RangeError when there is no such dimension. */
export function checkDimension(dimension: string): asserts dimension is Dimension {
  if (dimension.startsWith(TAG) && dimension.length > TAG.length) return;
  if ((DIMENSIONS as readonly string[]).includes(dimension)) return;
  throw new RangeError(`"${dimension}" is not a dimension. Use one of: ${DIMENSIONS.join(', ')}, tag:<name>`);
}

/** The value of a dimension as text. `name` makes the parameters of this place in the statement its own. */
export function dimensionSql(dimension: Dimension, name: string): Clause {
  checkDimension(dimension);
  if (dimension.startsWith(TAG)) {
    return { sql: `tags[{${name}:String}]`, bindings: { [name]: dimension.slice(TAG.length) } };
  }
  if (isTimeDimension(dimension)) return { sql: TIMES[dimension], bindings: {} };
  const column = COLUMNS[dimension as keyof typeof COLUMNS];
  return { sql: SHOWN[column] ?? column, bindings: {} };
}

/** Conditions joined by AND; `1` when there are none. Time dimensions need the binding `zone`; `prefix` keeps bindings apart. */
export function whereSql(conditions: readonly Condition[], prefix = ''): Clause {
  const parts: string[] = [];
  const bindings: Record<string, unknown> = {};
  conditions.forEach((condition, at) => {
    const value = dimensionSql(condition.dimension, `${prefix}where_${at}`);
    Object.assign(bindings, value.bindings);
    for (const [word, sql] of [
      ['is', 'IN'],
      ['not', 'NOT IN'],
    ] as const) {
      const values = condition[word];
      if (values === undefined) continue;
      parts.push(`${value.sql} ${sql} {${prefix}${word}_${at}:Array(String)}`);
      bindings[`${prefix}${word}_${at}`] = values.map((one) => toStored(condition.dimension, one));
    }
  });
  return { sql: parts.length === 0 ? '1' : parts.join(' AND '), bindings };
}

/** A dimension's value as people see it, from what the statement gave: hours get their clock and offset, `2026-10-25T02:00+02:00`. */
export function labeller(
  by: readonly Dimension[],
  timeZone: string,
): (values: readonly string[]) => string[] {
  const calendar = openCalendar(timeZone);
  return (values) =>
    values.map((value, at) => {
      if (by[at] !== 'hour') return value;
      const instant = calendar.format(Number(value) * 1000);
      return instant.slice(0, 16) + instant.slice(19);
    });
}

function toStored(dimension: Dimension, value: string): string {
  if (dimension !== 'hour') return value;
  const ms = Date.parse(value);
  if (Number.isNaN(ms)) throw new RangeError(`"${value}" is not an hour. Write it as 2026-10-25T02:00+02:00`);
  return String(ms / 1000);
}
