/**
 * Rules of our own, for a check without the official model: the formats, nulls and identities of the specification's
 * attributes, for the columns that we know. They say less than the model does, and never say that they are it.
 */
import { FOCUS_COLUMNS } from './columns.ts';
import type { FocusColumn } from './columns.ts';
import type { Check, Model, Rule } from './model.ts';

export const OWN_RULES_NAME = 'Setpoint format rules';

export function ownRules(): Model {
  return {
    name: OWN_RULES_NAME,
    version: '1',
    criteria: {},
    rules: [
      rule('Setpoint-Columns', 'Dataset', 'Columns', 'Validation', HEADER_SENTENCE, {
        CheckFunction: 'ColumnNames',
      }),
      ...FOCUS_COLUMNS.flatMap(rulesOf),
      ...['Billing', 'Charge'].map((period) =>
        rule(
          `Setpoint-${period}Period-Order`,
          'Column',
          `${period}PeriodStart`,
          'Validation',
          `${period}PeriodStart MUST be before ${period}PeriodEnd: the start is part of the period, the end is not.`,
          {
            CheckFunction: 'StartsBefore',
            ColumnAName: `${period}PeriodStart`,
            ColumnBName: `${period}PeriodEnd`,
          },
        ),
      ),
      ...['List', 'Contracted'].map(identityRule),
      rule(
        'Setpoint-SkuPriceDetails-Keys',
        'Column',
        'SkuPriceDetails',
        'Validation',
        'Keys of SkuPriceDetails that FOCUS does not define MUST start with x_.',
        { CheckFunction: 'CustomKeys', ColumnName: 'SkuPriceDetails' },
        'SHOULD',
      ),
    ],
  };
}

const HEADER_SENTENCE =
  'Column names MUST be PascalCase and at most 50 characters; custom columns MUST start with x_ and stand behind all others.';

function rule(
  id: string,
  entity: string,
  reference: string,
  kind: string,
  sentence: string,
  requirement: Check,
  keyword = 'MUST',
  condition?: Check,
): Rule {
  return {
    id,
    entity,
    reference,
    kind,
    machineCheckable: true,
    criteria: [],
    keyword,
    sentence,
    requirement,
    condition,
    dependencies: [],
  };
}

const FORMATS: Readonly<Record<FocusColumn['type'], readonly [string, string]>> = {
  string: ['FormatString', 'be text that is not only blanks'],
  instant: ['FormatDateTime', 'be an instant in UTC, written YYYY-MM-DDTHH:mm:ssZ'],
  money: ['FormatNumeric', 'be a number without signs, separators or currency symbols'],
  product: ['FormatNumeric', 'be a number without signs, separators or currency symbols'],
  price: ['FormatNumeric', 'be a number without signs, separators or currency symbols'],
  quantity: ['FormatNumeric', 'be a number without signs, separators or currency symbols'],
  unit: ['FormatUnit', 'be a unit such as "Tokens", "1000000 Tokens" or "PTU-Hours"'],
  pairs: ['FormatKeyValue', 'be a JSON object without nested objects or lists'],
  currency: ['CheckNationalCurrency', 'be a national currency of ISO 4217'],
};

function rulesOf({ name, type, nullable, mandatory, allowed }: FocusColumn): readonly Rule[] {
  const [format, words] = FORMATS[type];
  const value = { CheckFunction: 'CheckNotValue', ColumnName: name, Value: null };
  const column = (suffix: string, kind: string, sentence: string, check: Check): Rule =>
    rule(`Setpoint-${name}-${suffix}`, 'Column', name, kind, sentence, check);
  return [
    ...(mandatory === true
      ? [
          column('Present', 'Presence', `${name} MUST be present.`, {
            CheckFunction: 'ColumnPresent',
            ColumnName: name,
          }),
        ]
      : []),
    column('Format', 'Format', `${name} MUST ${words}.`, { CheckFunction: format, ColumnName: name }),
    ...(nullable ? [] : [column('Null', 'Nullability', `${name} MUST NOT be null.`, value)]),
    ...(type === 'string'
      ? [
          column(
            'StandIn',
            'Nullability',
            `${name} MUST be null where there is nothing, not a word for nothing.`,
            {
              CheckFunction: name === 'HostProviderName' ? 'FormatString' : 'NoStandIn',
              ColumnName: name,
            },
          ),
        ]
      : []),
    ...(allowed === undefined
      ? []
      : [
          column('Values', 'Validation', `${name} MUST be one of: ${allowed.join(', ')}.`, {
            CheckFunction: 'OR',
            Items: allowed.map((one) => ({ CheckFunction: 'CheckValue', ColumnName: name, Value: one })),
          }),
        ]),
  ];
}

/** ListCost = ListUnitPrice × PricingQuantity, and the same of what was contracted; not on corrections. */
function identityRule(side: string): Rule {
  return rule(
    `Setpoint-${side}Cost-Identity`,
    'Column',
    `${side}Cost`,
    'Validation',
    `${side}Cost MUST be ${side}UnitPrice times PricingQuantity, exactly, unless the charge is a correction.`,
    {
      CheckFunction: 'ColumnByColumnEqualsColumnValue',
      ColumnAName: `${side}UnitPrice`,
      ColumnBName: 'PricingQuantity',
      ResultColumnName: `${side}Cost`,
    },
    'MUST',
    { CheckFunction: 'CheckNotValue', ColumnName: 'ChargeClass', Value: 'Correction' },
  );
}
