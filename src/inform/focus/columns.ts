/**
 * The columns that this program writes and knows by heart, with type, nullability and the versions that have them.
 * Written from the specification (CC BY 4.0); the 1.4 and 1.5 columns follow its working draft.
 */

import type { FileColumn } from '../../tables/tables.ts';

export const SPECS = ['1.2', '1.4', '1.5-draft'] as const;
export type Spec = (typeof SPECS)[number];

/** `money` has 12 decimals; `product` has 18, for it is a unit price times a quantity and must not be rounded. */
export type FocusType =
  | 'string'
  | 'instant'
  | 'money'
  | 'product'
  | 'price'
  | 'quantity'
  | 'unit'
  | 'pairs'
  | 'currency';

export interface FocusColumn {
  readonly name: string;
  readonly type: FocusType;
  /** False: the specification forbids a null in every row. */
  readonly nullable: boolean;
  /** Versions that have it; absent: all. */
  readonly specs?: readonly Spec[];
  /** Every file has it, whatever the provider supports. */
  readonly mandatory?: true;
  readonly allowed?: readonly string[];
}

const must = (
  name: string,
  type: FocusType,
  nullable = false,
  more: Partial<FocusColumn> = {},
): FocusColumn => ({
  name,
  type,
  nullable,
  mandatory: true,
  ...more,
});
const may = (name: string, type: FocusType, more: Partial<FocusColumn> = {}): FocusColumn => ({
  name,
  type,
  nullable: true,
  ...more,
});

const LATER: readonly Spec[] = ['1.4', '1.5-draft'];

/** In the order in which they are written. */
export const FOCUS_COLUMNS: readonly FocusColumn[] = [
  may('AllocatedMethodDetails', 'string', { specs: LATER }),
  may('AllocatedMethodId', 'string', { specs: LATER }),
  may('AllocatedResourceId', 'string', { specs: LATER }),
  may('AllocatedResourceName', 'string', { specs: LATER }),
  may('AllocatedTags', 'pairs', { specs: LATER }),
  must('BilledCost', 'money'),
  must('BillingAccountId', 'string'),
  must('BillingAccountName', 'string', true),
  must('BillingCurrency', 'currency'),
  must('BillingPeriodEnd', 'instant'),
  must('BillingPeriodStart', 'instant'),
  must('ChargeCategory', 'string', false, { allowed: ['Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment'] }),
  must('ChargeClass', 'string', true, { allowed: ['Correction'] }),
  must('ChargeDescription', 'string', true),
  may('ChargeFrequency', 'string', { nullable: false, allowed: ['One-Time', 'Recurring', 'Usage-Based'] }),
  must('ChargePeriodEnd', 'instant'),
  must('ChargePeriodStart', 'instant'),
  may('CommitmentDiscountCategory', 'string', { allowed: ['Spend', 'Usage'] }),
  may('CommitmentDiscountId', 'string'),
  may('CommitmentDiscountName', 'string'),
  may('CommitmentDiscountQuantity', 'quantity'),
  may('CommitmentDiscountStatus', 'string', { allowed: ['Used', 'Unused'] }),
  may('CommitmentDiscountType', 'string'),
  may('CommitmentDiscountUnit', 'unit'),
  may('ConsumedQuantity', 'quantity'),
  may('ConsumedUnit', 'unit'),
  must('ContractedCost', 'product'),
  may('ContractedUnitPrice', 'price'),
  must('EffectiveCost', 'money'),
  may('HostProviderName', 'string', { nullable: false, specs: LATER }),
  may('InvoiceDetailId', 'string', { specs: LATER }),
  may('InvoiceId', 'string'),
  must('InvoiceIssuerName', 'string'),
  must('ListCost', 'product'),
  may('ListUnitPrice', 'price'),
  may('PricingCategory', 'string', { allowed: ['Standard', 'Dynamic', 'Committed', 'Other'] }),
  must('PricingQuantity', 'quantity', true),
  must('PricingUnit', 'unit', true),
  may('ProviderName', 'string', { nullable: false, specs: ['1.2'] }),
  may('PublisherName', 'string', { nullable: false, specs: ['1.2'] }),
  may('RegionId', 'string'),
  may('RegionName', 'string'),
  must('ServiceCategory', 'string', false, {
    allowed: (
      'AI and Machine Learning|Analytics|Business Applications|Compute|Databases|Developer Tools|Multicloud|Identity|Integration|' +
      'Internet of Things|Management and Governance|Media|Migration|Mobile|Networking|Security|Storage|Web|Other'
    ).split('|'),
  }),
  must('ServiceName', 'string'),
  may('ServiceProviderName', 'string', { nullable: false, specs: LATER }),
  may('ServiceSubcategory', 'string', { nullable: false }),
  may('SkuId', 'string'),
  may('SkuMeter', 'string'),
  may('SkuPriceDetails', 'pairs'),
  may('SkuPriceId', 'string'),
  may('SubAccountId', 'string'),
  may('SubAccountName', 'string'),
  may('Tags', 'pairs'),
];

/** Our own columns, behind all others. */
export const CUSTOM_COLUMNS: readonly FocusColumn[] = [
  may('x_Provider', 'string'),
  may('x_Model', 'string'),
  may('x_ServiceTier', 'string'),
  may('x_CorrectionCause', 'string'),
  may('x_CorrectedMonth', 'string'),
];

/** What a file of a version is made of, in order. */
export function columnsOfSpec(spec: Spec): readonly FocusColumn[] {
  return [
    ...FOCUS_COLUMNS.filter(({ specs }) => specs === undefined || specs.includes(spec)),
    ...CUSTOM_COLUMNS,
  ];
}

/** The columns of a version as they are written: decimals keep all their digits, all else that is no instant is text. */
export function fileColumnsOf(spec: Spec): readonly FileColumn[] {
  return columnsOfSpec(spec).map(({ name, type }) => {
    const decimals = SCALES[type];
    return {
      name,
      stored: decimals === undefined ? (type === 'instant' ? 'instant' : 'text') : { decimals },
    };
  });
}

/** Digits behind the point. */
const SCALES: Readonly<Partial<Record<FocusType, number>>> = {
  money: 12,
  product: 18,
  price: 15,
  quantity: 6,
};
