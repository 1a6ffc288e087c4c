/**
 * From the rules of a model to what runs over a file: each rule becomes a part of one of five kinds, with the rows
 * that it is about. A part stands below composites, and what they say of criteria and conditions holds for it too.
 */
import { argument, columnsOf, compileCheck, items } from './checks.ts';
import type { RowTest } from './checks.ts';
import { readBySentence } from './defects.ts';
import type { Defect } from './defects.ts';
import { ModelError } from './model.ts';
import type { Check, Model, Rule } from './model.ts';
import type { Column } from '../../tables/tables.ts';

/** What a rule asks for. */
export type Asked =
  | { readonly kind: 'dynamic' }
  | { readonly kind: 'composite'; readonly join: 'AND' | 'OR'; readonly parts: readonly string[] }
  | { readonly kind: 'presence'; readonly column: string }
  | { readonly kind: 'header'; readonly faults: readonly string[] }
  | {
      readonly kind: 'distinct';
      readonly of: string;
      readonly counted: string;
      readonly expected: number;
      readonly columns: readonly string[];
    }
  | { readonly kind: 'rows'; readonly test: RowTest; readonly columns: readonly string[] };

export interface CompiledRule {
  readonly rule: Rule;
  readonly defect: Defect | undefined;
  readonly asked: Asked;
  /** Criteria that would have to be answered yes for the rule to apply; null: it applies. */
  readonly unanswered: readonly string[] | null;
  /** Columns that it needs and the file lacks. */
  readonly absent: readonly string[];
  /** The rows that it is about; undefined: all. */
  readonly about: RowTest | undefined;
}

/** One way down from a root to a rule: everything that has to hold on it. */
interface Way {
  readonly criteria: readonly string[];
  readonly conditions: readonly Check[];
}

/** @throws ModelError when a rule cannot be run as it stands. */
export function compileRules(
  model: Model,
  columns: readonly Column[],
  supported: ReadonlySet<string>,
): readonly CompiledRule[] {
  const rules = new Map(
    model.rules.map((rule) => {
      const corrected = readBySentence(rule);
      return [rule.id, { rule: corrected?.rule ?? rule, defect: corrected?.defect }];
    }),
  );
  checkReferences(model);
  const asked = new Map([...rules.values()].map(({ rule }) => [rule.id, askedBy(rule, columns)]));
  const ways = waysTo(
    [...rules.values()].map(({ rule }) => rule),
    asked,
  );
  return [...rules.values()].map(({ rule, defect }) => {
    const open = (ways.get(rule.id) ?? []).map((way) => ({
      way,
      missing: way.criteria.filter((criterion) => !supported.has(criterion)),
    }));
    const applicable = open.filter(({ missing }) => missing.length === 0).map(({ way }) => way);
    const part = asked.get(rule.id) ?? { kind: 'dynamic' };
    return {
      rule,
      defect,
      asked: part,
      unanswered: applicable.length > 0 ? null : [...new Set(open.flatMap(({ missing }) => missing))],
      absent:
        part.kind === 'rows' || part.kind === 'distinct'
          ? absentOf([...part.columns, ...applicable.flatMap(comparedBy)], columns)
          : [],
      about: conditionOf(rule.id, applicable, columns),
    };
  });
}

/** Columns that a condition compares with each other: where one is absent, there is nothing to compare. */
function comparedBy({ conditions }: Way): readonly string[] {
  const compared = (check: Check): readonly string[] =>
    check.ColumnAName === undefined ? (check.Items ?? []).flatMap(compared) : columnsOf(check);
  return conditions.flatMap(compared);
}

function absentOf(needed: readonly string[], columns: readonly Column[]): readonly string[] {
  return needed.filter((name) => !columns.some((column) => column.name === name));
}

function askedBy(rule: Rule, columns: readonly Column[]): Asked {
  const check = rule.requirement;
  if (!rule.machineCheckable || check === undefined) return { kind: 'dynamic' };
  const place = { rule: rule.id, columns, reading: 'requirement' } as const;
  switch (check.CheckFunction) {
    case 'ColumnPresent':
      return { kind: 'presence', column: argument(check, 'ColumnName', place) };
    case 'ColumnNames':
      return { kind: 'header', faults: headerFaults(columns) };
    case 'CheckDistinctCount': {
      const [of, counted] = [argument(check, 'ColumnAName', place), argument(check, 'ColumnBName', place)];
      const expected = check.ExpectedCount;
      if (typeof expected !== 'number')
        throw new ModelError(`Rule ${rule.id}: CheckDistinctCount lacks its argument ExpectedCount.`);
      return { kind: 'distinct', of, counted, expected, columns: [of, counted] };
    }
    case 'CheckModelRule':
      return { kind: 'composite', join: 'AND', parts: [argument(check, 'ModelRuleId', place)] };
    case 'AND':
    case 'OR': {
      const parts = items(check, place);
      const references = parts.filter((part) => part.CheckFunction === 'CheckModelRule');
      if (references.length === 0) break;
      if (references.length < parts.length)
        throw new ModelError(`Rule ${rule.id} joins rules and checks at once, which cannot be run.`);
      return {
        kind: 'composite',
        join: check.CheckFunction,
        parts: references.map((part) => argument(part, 'ModelRuleId', place)),
      };
    }
    default:
  }
  return { kind: 'rows', test: compileCheck(check, place), columns: columnsOf(check) };
}

function conditionOf(rule: string, ways: readonly Way[], columns: readonly Column[]): RowTest | undefined {
  if (ways.length === 0 || ways.some(({ conditions }) => conditions.length === 0)) return undefined;
  const alternatives = ways.map(({ conditions }) =>
    conditions.map((check) => compileCheck(check, { rule, columns, reading: 'condition' })),
  );
  const [only] = alternatives;
  if (alternatives.length === 1 && only !== undefined) return (row) => only.every((test) => test(row));
  return (row) => alternatives.some((tests) => tests.every((test) => test(row)));
}

/** Every way from a root to every rule. @throws ModelError when rules refer to each other in a circle. */
function waysTo(
  rules: readonly Rule[],
  asked: ReadonlyMap<string, Asked>,
): ReadonlyMap<string, readonly Way[]> {
  const above = new Map<string, Rule[]>();
  for (const rule of rules) {
    const part = asked.get(rule.id);
    for (const id of part?.kind === 'composite' ? part.parts : [])
      above.set(id, [...(above.get(id) ?? []), rule]);
  }
  const ways = new Map<string, readonly Way[]>();
  const find = (rule: Rule, below: readonly string[]): readonly Way[] => {
    const known = ways.get(rule.id);
    if (known !== undefined) return known;
    if (below.includes(rule.id)) throw new ModelError(`Rule ${rule.id} is a part of itself.`);
    const parents = above.get(rule.id) ?? [];
    const from: readonly Way[] =
      parents.length === 0
        ? [{ criteria: [], conditions: [] }]
        : parents.flatMap((parent) => find(parent, [...below, rule.id]));
    const own = from.map(({ criteria, conditions }) => ({
      criteria: [...criteria, ...rule.criteria],
      conditions: rule.condition === undefined ? conditions : [...conditions, rule.condition],
    }));
    ways.set(rule.id, own);
    return own;
  };
  for (const rule of rules) find(rule, []);
  return ways;
}

function checkReferences({ rules }: Model): void {
  const ids = new Set(rules.map(({ id }) => id));
  const named = (check: Check | undefined): readonly string[] =>
    check === undefined
      ? []
      : [
          ...(check.ModelRuleId === undefined ? [] : [check.ModelRuleId]),
          ...(check.Items ?? []).flatMap(named),
        ];
  for (const rule of rules) {
    const missing = [...named(rule.requirement), ...rule.dependencies].find((id) => !ids.has(id));
    if (missing !== undefined)
      throw new ModelError(`Rule ${rule.id} refers to ${missing}, which is not in the model.`);
  }
}

const MOST_NAME_CHARACTERS = 50;

/** PascalCase names, then the provider's own with `x_`, each at most 50 characters. */
function headerFaults(columns: readonly Column[]): readonly string[] {
  const firstCustom = columns.findIndex(({ name }) => name.startsWith('x_'));
  return columns.flatMap(({ name }, at) => {
    if (name.length > MOST_NAME_CHARACTERS) return [`"${name}" is longer than 50 characters`];
    if (name.startsWith('x_'))
      return /^x_[A-Z][A-Za-z0-9]*$/.test(name) ? [] : [`"${name}" is not x_ and PascalCase`];
    if (!/^[A-Z][A-Za-z0-9]*$/.test(name)) return [`"${name}" is not PascalCase`];
    return firstCustom !== -1 && at > firstCustom ? [`"${name}" stands behind a custom column`] : [];
  });
}
