/**
 * What each check function means for one row: a catalogue, compiled to closures over the places of columns.
 *
 * A requirement says nothing of a null: whether a cell may be null is a rule of its own in the model, so that one empty
 * cell is one fault. A condition takes a null for what it is: it equals no value and differs from each.
 */
import { compareExact, multiplyExact, readExact } from '../../units/exact.ts';
import type { Exact } from '../../units/exact.ts';
import {
  isCurrency,
  isFocusInstant,
  isKeyValue,
  isNationalCurrency,
  isNumber,
  isPlainText,
  isSomeInstant,
  isUnit,
  readKeyValue,
} from './formats.ts';
import { ModelError } from './model.ts';
import type { Check } from './model.ts';
import type { Column, ColumnKind, Row } from '../../tables/tables.ts';

export type RowTest = (row: Row) => boolean;
export type Reading = 'requirement' | 'condition';

/** Where a check is compiled: the columns of the file, and what the check is part of. */
export interface Place {
  readonly rule: string;
  readonly columns: readonly Column[];
  readonly reading: Reading;
}

/** Keys of SkuPriceDetails that some version of FOCUS defines, the drafts of 1.5 included. */
const FOCUS_KEYS: ReadonlySet<string> = new Set(
  (
    'CoreCount DiskMaxIops DiskSpace DiskType GpuCount InstanceType InstanceSeries MemorySize NetworkMaxIops NetworkMaxThroughput ' +
    'OperatingSystem Redundancy StorageClass ModelDeveloper ModelFamily ModelId ModelVersion TokenDirection TokenCacheAction'
  ).split(' '),
);

type CheckMaker = (check: Check, place: Place) => RowTest;

const CHECKS: Readonly<Record<string, CheckMaker>> = {
  AND: (check, place) => {
    const tests = items(check, place).map((item) => compileCheck(item, place));
    return (row) => tests.every((test) => test(row));
  },
  OR: (check, place) => {
    const tests = items(check, place).map((item) => compileCheck(item, place));
    return oneOf(check, place) ?? ((row) => tests.some((test) => test(row)));
  },
  CheckValue: (check, place) => {
    const at = placeOf(argument(check, 'ColumnName', place), place);
    const wanted = valueOf(check, place);
    if (wanted === null) return (row) => cell(row, at) === null;
    const equals = equality(wanted);
    const whenNull = place.reading === 'requirement';
    return (row) => {
      const value = cell(row, at);
      return value === null ? whenNull : equals(value);
    };
  },
  CheckNotValue: (check, place) => {
    const at = placeOf(argument(check, 'ColumnName', place), place);
    const unwanted = valueOf(check, place);
    if (unwanted === null) return (row) => cell(row, at) !== null;
    const equals = equality(unwanted);
    return (row) => {
      const value = cell(row, at);
      return value === null || !equals(value);
    };
  },
  CheckSameValue: (check, place) => {
    const [left, right] = pairOf(check, place);
    return (row) => cell(row, left) === cell(row, right);
  },
  CheckNotSameValue: (check, place) => {
    const [left, right] = pairOf(check, place);
    return (row) => cell(row, left) !== cell(row, right);
  },
  CheckGreaterOrEqualThanValue: (check, place) => {
    const least = readExact(String(valueOf(check, place)));
    if (least === undefined) throw new ModelError(`${place.rule} compares with what is no number.`);
    return ofText(check, place, (text) => {
      const value = readExact(text);
      return value === undefined || compareExact(value, least) >= 0; // no number: the format's rule says so
    });
  },
  CheckDecimalValue: (check, place) => ofText(check, place, isNumber),
  CheckNationalCurrency: (check, place) => ofText(check, place, isNationalCurrency),
  ColumnByColumnEqualsColumnValue: (check, place) => {
    const [left, right] = pairOf(check, place);
    const result = placeOf(argument(check, 'ResultColumnName', place), place);
    return (row) => {
      const factors = [numberAt(row, left), numberAt(row, right), numberAt(row, result)];
      const [one, other, product] = factors;
      if (one === undefined || other === undefined || product === undefined) return true;
      return compareExact(multiplyExact(one, other), product) === 0;
    };
  },
  FormatCurrency: (check, place) => ofText(check, place, isCurrency),
  FormatDateTime: (check, place) => ofText(check, place, isFocusInstant),
  FormatKeyValue: (check, place) => ofText(check, place, isKeyValue),
  FormatNumeric: (check, place) => ofText(check, place, isNumber),
  FormatString: (check, place) => ofText(check, place, isPlainText),
  FormatUnit: (check, place) => ofText(check, place, isUnit),
  TypeDateTime: (check, place) => typed(check, place, ['timestamp'], isSomeInstant),
  TypeDecimal: (check, place) => typed(check, place, ['decimal', 'integer', 'float'], isNumber),
  TypeString: (check, place) => typed(check, place, ['string'], () => true),
  // Of our own rules only; a model that names one of these is refused when it is read.
  NoStandIn: (check, place) =>
    ofText(check, place, (text) => !/^(n\/?a|null|none|not applicable|-)$/i.test(text)),
  StartsBefore: (check, place) => {
    const [from, until] = pairOf(check, place);
    return (row) => {
      const [start, end] = [cell(row, from), cell(row, until)];
      if (start === null || end === null || start < end) return true;
      return !isFocusInstant(start) || !isFocusInstant(end); // no instants: the format's rule says so
    };
  },
  CustomKeys: (check, place) =>
    ofText(check, place, (text) =>
      Object.keys(readKeyValue(text) ?? {}).every((key) => key.startsWith('x_') || FOCUS_KEYS.has(key)),
    ),
};

/** @throws ModelError for a function or an argument that there is not. */
export function compileCheck(check: Check, place: Place): RowTest {
  const make = CHECKS[check.CheckFunction];
  if (make === undefined)
    throw new ModelError(
      `Rule ${place.rule} asks for the check function "${check.CheckFunction}" in its ${place.reading}, which this program does not know. No rule was run: a verdict without it would say more than is known.`,
    );
  return make(check, place);
}

/** The columns that a tree of checks reads, each once. */
export function columnsOf(check: Check): readonly string[] {
  const own = [check.ColumnName, check.ColumnAName, check.ColumnBName, check.ResultColumnName];
  const below = (check.Items ?? []).flatMap(columnsOf);
  return [...new Set([...own.filter((name) => name !== undefined), ...below])];
}

/** `OR` over values of one column, which lists of allowed values are: one look into a set. */
function oneOf(check: Check, place: Place): RowTest | undefined {
  const values = items(check, place);
  const column = values[0]?.ColumnName;
  const simple = values.every(
    (item) =>
      item.CheckFunction === 'CheckValue' && item.ColumnName === column && typeof item.Value === 'string',
  );
  if (!simple || column === undefined) return undefined;
  const at = placeOf(column, place);
  const allowed = new Set(values.map(({ Value }) => Value as string));
  const whenNull = place.reading === 'requirement';
  return (row) => {
    const value = cell(row, at);
    return value === null ? whenNull : allowed.has(value);
  };
}

function ofText(check: Check, place: Place, holds: (text: string) => boolean): RowTest {
  const at = placeOf(argument(check, 'ColumnName', place), place);
  const decide = CHEAP.has(holds) ? holds : remember(holds);
  return (row) => {
    const value = cell(row, at);
    return value === null || decide(value);
  };
}

/** Tests that cost less than to remember their answers. */
const CHEAP: ReadonlySet<(text: string) => boolean> = new Set([isNumber, isPlainText]);

/** Columns repeat themselves: the answers of the last some hundred different cells are kept. */
function remember(holds: (text: string) => boolean): (text: string) => boolean {
  const most = 512;
  const known = new Map<string, boolean>();
  let last = '';
  let lastAnswer = holds(last);
  return (text) => {
    if (text === last) return lastAnswer;
    let answer = known.get(text);
    if (answer === undefined) {
      answer = holds(text);
      if (known.size >= most) known.clear();
      known.set(text, answer);
    }
    last = text;
    lastAnswer = answer;
    return answer;
  };
}

/** A typed storage answers for the column; of text, each cell must read as the type. */
function typed(
  check: Check,
  place: Place,
  kinds: readonly ColumnKind[],
  holds: (text: string) => boolean,
): RowTest {
  const name = argument(check, 'ColumnName', place);
  const kind = place.columns.find((column) => column.name === name)?.kind ?? 'text';
  if (kinds.includes(kind)) return () => true;
  const readable = kind === 'text' || (kind === 'string' && kinds.includes('timestamp'));
  return ofText(check, place, readable ? holds : () => false);
}

function equality(wanted: string | number): (text: string) => boolean {
  if (typeof wanted === 'string') return (text) => text === wanted;
  const number = readExact(String(wanted));
  return (text) => {
    const value = readExact(text);
    return value !== undefined && number !== undefined && compareExact(value, number) === 0;
  };
}

function numberAt(row: Row, at: number): Exact | undefined {
  const text = cell(row, at);
  return text === null ? undefined : readExact(text);
}

function cell(row: Row, at: number): string | null {
  return row[at] ?? null; // a column that the file lacks is null in every row
}

function placeOf(column: string, { columns }: Place): number {
  return columns.findIndex(({ name }) => name === column);
}

function pairOf(check: Check, place: Place): readonly [number, number] {
  return [
    placeOf(argument(check, 'ColumnAName', place), place),
    placeOf(argument(check, 'ColumnBName', place), place),
  ];
}

type TextArgument = 'ColumnName' | 'ColumnAName' | 'ColumnBName' | 'ResultColumnName' | 'ModelRuleId';

export function argument(check: Check, name: TextArgument, { rule }: Pick<Place, 'rule'>): string {
  const value = check[name];
  if (typeof value === 'string') return value;
  throw new ModelError(`Rule ${rule}: ${check.CheckFunction} lacks its argument ${name}. No rule was run.`);
}

function valueOf(check: Check, { rule }: Place): string | number | null {
  const value = check.Value;
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  throw new ModelError(`Rule ${rule}: ${check.CheckFunction} lacks its argument Value. No rule was run.`);
}

export function items(check: Check, { rule }: Pick<Place, 'rule'>): readonly Check[] {
  if (Array.isArray(check.Items) && check.Items.length > 0) return check.Items as readonly Check[];
  throw new ModelError(`Rule ${rule}: ${check.CheckFunction} joins nothing. No rule was run.`);
}
