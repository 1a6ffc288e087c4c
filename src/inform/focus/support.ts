/** What the provider of the data supports: the questions of applicability, answered once for a file. */
import { ModelError } from './model.ts';

/** What a provider that sells tokens through an API answers with yes. */
export const TOKEN_PROVIDER = 'token-provider';

const TOKEN_PROVIDER_CRITERIA = [
  'ACCOUNT_NAMING_SUPPORTED',
  'COMMITMENT_DISCOUNT_SUPPORTED',
  'MULTIPLE_PRICING_CATEGORIES_SUPPORTED',
  'NEGOTIATED_PRICING_SUPPORTED',
  'PUBLIC_PRICE_LIST_SUPPORTED',
  'REGION_SUPPORTED',
  'SUB_ACCOUNT_SUPPORTED',
  'TAGGING_SUPPORTED',
  'UNIT_PRICING_SUPPORTED',
  'USAGE_MEASUREMENT_SUPPORTED',
];

/**
 * Reads names of criteria, with or without `_SUPPORTED`; `all`, `none` and `token-provider` stand for several.
 * `known` are those of the model; empty: there is no model, and none matter.
 * @throws ModelError for a name that the model does not have.
 */
export function criteriaOf(names: readonly string[], known: readonly string[]): ReadonlySet<string> {
  const found = names.flatMap((name) => {
    const word = name.trim();
    if (word === 'none' || word === '') return [];
    if (word === 'all') return known;
    if (word === TOKEN_PROVIDER) return TOKEN_PROVIDER_CRITERIA;
    const full = word.toUpperCase().endsWith('_SUPPORTED')
      ? word.toUpperCase()
      : `${word.toUpperCase()}_SUPPORTED`;
    if (known.length === 0 || known.includes(full)) return [full];
    throw new ModelError(
      `"${word}" is no criterion of this model. It has ${known.map((one) => one.replace(/_SUPPORTED$/, '')).join(', ')}; or write all, none or ${TOKEN_PROVIDER}.`,
    );
  });
  return new Set(found);
}
