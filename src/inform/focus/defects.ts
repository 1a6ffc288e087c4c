/**
 * Where the 1.2 requirements model says something else than the specification that it encodes. Data.
 *
 * The sentence of each rule is the specification's own; the tree beneath it is wrong. Such a rule is judged by its
 * sentence, and the report says so: by the tree alone a correct file would fail and a wrong one could pass.
 * An entry applies only while the tree is the one that was wrong; a corrected model is obeyed as it stands.
 */
import type { Check, Rule } from './model.ts';

export interface Defect {
  /** What is wrong with the model's rule. */
  readonly words: string;
}

interface KnownDefect extends Defect {
  readonly rule: string;
  /** The part of the rule that is wrong, as it stands in the model. */
  readonly wrong: { readonly requirement?: unknown; readonly condition?: unknown };
  /** What stands there instead; null: no file can show it, the rule is dynamic. */
  readonly right: { readonly requirement?: Check; readonly condition?: Check } | null;
}

const is = (column: string, value: string | number | null): Check => ({
  CheckFunction: 'CheckValue',
  ColumnName: column,
  Value: value,
});
const isNot = (column: string, value: string | number | null): Check => ({
  CheckFunction: 'CheckNotValue',
  ColumnName: column,
  Value: value,
});
const all = (...items: Check[]): Check => ({ CheckFunction: 'AND', Items: items });
const any = (...items: Check[]): Check => ({ CheckFunction: 'OR', Items: items });

const KNOWN: readonly KnownDefect[] = [
  {
    rule: 'CommitmentDiscountStatus-C-005-M',
    words: 'the model allows Active, Expired and Pending; the specification allows Used and Unused',
    wrong: {
      requirement: any(
        ...['Active', 'Expired', 'Pending'].map((value) => is('CommitmentDiscountStatus', value)),
      ),
    },
    right: {
      requirement: any(is('CommitmentDiscountStatus', 'Used'), is('CommitmentDiscountStatus', 'Unused')),
    },
  },
  {
    rule: 'CommitmentDiscountStatus-C-003-C',
    words: 'the model asks for a status exactly where there must be none',
    wrong: { requirement: isNot('CommitmentDiscountStatus', null) },
    right: { requirement: is('CommitmentDiscountStatus', null) },
  },
  {
    rule: 'CommitmentDiscountStatus-C-004-C',
    words:
      'the model asks for a status where the commitment discount id is null, instead of where it is not null',
    wrong: { condition: is('CommitmentDiscountId', null) },
    right: { condition: all(isNot('CommitmentDiscountId', null), is('ChargeCategory', 'Usage')) },
  },
  {
    rule: 'ConsumedQuantity-C-006-C',
    words: 'the model asks for a quantity where the charge is a correction, instead of where it is not',
    wrong: { condition: is('ChargeClass', 'Correction') },
    right: { condition: isNot('ChargeClass', 'Correction') },
  },
  {
    rule: 'CommitmentDiscountQuantity-C-007-C',
    words:
      'the model forbids a quantity on corrections, where rule CommitmentDiscountQuantity-C-006-C lets it stand',
    wrong: {
      condition: any(
        all(isNot('ChargeCategory', 'Usage'), isNot('ChargeCategory', 'Purchase')),
        is('CommitmentDiscountId', null),
        is('ChargeClass', 'Correction'),
      ),
    },
    right: {
      condition: any(
        all(isNot('ChargeCategory', 'Usage'), isNot('ChargeCategory', 'Purchase')),
        is('CommitmentDiscountId', null),
      ),
    },
  },
  {
    rule: 'CommitmentDiscountQuantity-C-010-C',
    words: 'the condition says that the charge category is null, the sentence that it is "Purchase"',
    wrong: { condition: is('ChargeCategory', null) },
    right: { condition: is('ChargeCategory', 'Purchase') },
  },
  {
    rule: 'CapacityReservationStatus-C-003-C',
    words: 'the condition has no check function',
    wrong: { condition: { AND: is('CapacityReservationId', null) } },
    right: { condition: is('CapacityReservationId', null) },
  },
  {
    rule: 'CapacityReservationStatus-C-004-C',
    words: 'the condition has no check function',
    wrong: { condition: { AND: [isNot('CapacityReservationId', null), is('ChargeCategory', 'Usage')] } },
    right: { condition: all(isNot('CapacityReservationId', null), is('ChargeCategory', 'Usage')) },
  },
  {
    rule: 'ResourceId-C-006-C',
    words: 'the condition names no column',
    wrong: { condition: { CheckFunction: 'CheckNotValue', CheckCondition: 'ResourceId', Value: null } },
    right: { condition: isNot('ResourceId', null) },
  },
  {
    rule: 'ResourceType-C-005-C',
    words: 'the condition names no column',
    wrong: { condition: { CheckFunction: 'CheckNotValue', CheckCondition: 'ResourceId', Value: null } },
    right: { condition: isNot('ResourceId', null) },
  },
  {
    rule: 'Tags-C-003-C',
    words: 'the condition says that Tags is null, the sentence that it is not',
    wrong: { condition: is('Tags', null) },
    right: { condition: isNot('Tags', null) },
  },
  {
    rule: 'PricingCurrencyEffectiveCost-C-004-M',
    words:
      'the model looks at PricingCurrencyListUnitPrice, the sentence is about PricingCurrencyEffectiveCost',
    wrong: {
      requirement: {
        CheckFunction: 'CheckGreaterOrEqualThanValue',
        ColumnName: 'PricingCurrencyListUnitPrice',
        Value: 0,
      },
    },
    right: {
      requirement: { CheckFunction: 'CheckDecimalValue', ColumnName: 'PricingCurrencyEffectiveCost' },
    },
  },
  ...['InvoiceId-C-004-C', 'InvoiceId-C-005-C'].map((rule) => ({
    rule,
    words:
      'the model forbids a null and a value at once; which holds depends on whether an invoice exists, which no file shows',
    wrong: { requirement: rule === 'InvoiceId-C-004-C' ? is('InvoiceId', null) : isNot('InvoiceId', null) },
    right: null,
  })),
];

/** The rule as its sentence means it, and what was wrong; undefined when the rule has no known defect. */
export function readBySentence(rule: Rule): { readonly rule: Rule; readonly defect: Defect } | undefined {
  const known = KNOWN.find((one) => one.rule === rule.id);
  if (known === undefined || !stands(known.wrong, rule)) return undefined;
  const { words, right } = known;
  return {
    defect: { words },
    rule:
      right === null ? { ...rule, machineCheckable: false, requirement: undefined } : { ...rule, ...right },
  };
}

function stands(wrong: KnownDefect['wrong'], rule: Rule): boolean {
  return (
    (wrong.requirement === undefined || sameTree(wrong.requirement, rule.requirement)) &&
    (wrong.condition === undefined || sameTree(wrong.condition, rule.condition))
  );
}

/** Equal whatever the order of keys; the order of items of AND and OR counts for nothing either. */
function sameTree(left: unknown, right: unknown): boolean {
  return canonical(left) === canonical(right);
}

function canonical(tree: unknown): string {
  if (Array.isArray(tree)) return `[${tree.map(canonical).toSorted().join(',')}]`;
  if (tree === null || typeof tree !== 'object') return JSON.stringify(tree) ?? '';
  const pairs = Object.entries(tree).map(([key, value]) => `${key}:${canonical(value)}`);
  return `{${pairs.toSorted().join(',')}}`;
}
