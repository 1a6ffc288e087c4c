/**
 * From a charge to the cells of a version. A version is a projection: every column is a function of the charge, and the
 * version says which of them there are and what the details of a SKU price are called.
 */
import type { Picodollars } from '../../units/money.ts';
import { allocationCells } from './allocation.ts';
import type { Charge } from './charge.ts';
import type { Spec } from './columns.ts';
import { formatExact, multiplyExact } from '../../units/exact.ts';
import type { Exact } from '../../units/exact.ts';
import { bucketNames, developerOf, plain, providerNames, skuDetails, skuOf } from './names.ts';
import type { Cell, Cells } from '../../tables/tables.ts';

/** Which invoice a charge stands on, where that is known. */
export type InvoiceOf = (charge: {
  readonly provider: string;
  readonly account: string;
  /** The billing month, `2026-10`. */
  readonly month: string;
}) => string | null;

const PICO_SCALE = 12;

/** The cells of all columns of all versions, by name; a file picks its own. */
export function cellsOf(charge: Charge, spec: Spec, invoiceOf: InvoiceOf): Cells {
  return {
    ...periodCells(charge),
    ...accountCells(charge, invoiceOf),
    ...serviceCells(charge),
    ...priceCells(charge, spec),
    ...commitmentCells(charge),
    ...tagCells(charge),
    ...allocationCells(charge.allocated),
  };
}

/** What a commitment covers was paid with the commitment: its usage is billed nothing. */
export function isCovered({ serviceTier }: Charge): boolean {
  return serviceTier === 'provisioned';
}

function periodCells(charge: Charge): Cells {
  const { correction } = charge;
  const billed = monthOf(charge.fromMs);
  const corrected = correction === null ? null : monthOf(Date.parse(`${correction.month}-01T00:00:00Z`));
  return {
    BillingPeriodStart: instant(billed.fromMs),
    BillingPeriodEnd: instant(billed.toMs),
    ChargePeriodStart: instant(corrected?.fromMs ?? charge.fromMs),
    ChargePeriodEnd: instant(corrected?.toMs ?? charge.toMs),
    ChargeClass: correction === null ? null : 'Correction',
    x_CorrectionCause: text(correction?.cause ?? ''),
    x_CorrectedMonth: correction?.month ?? null,
  };
}

function accountCells({ provider, account, fromMs }: Charge, invoiceOf: InvoiceOf): Cells {
  const { seller } = providerNames(provider);
  const known = text(account);
  return {
    BillingAccountId: known ?? `${plain(provider) || 'unknown'}/unnamed`,
    BillingAccountName: known === null ? `${seller}, account not named` : `${seller} ${known}`,
    BillingCurrency: 'USD',
    InvoiceId: invoiceOf({ provider, account, month: new Date(fromMs).toISOString().slice(0, 7) }),
    InvoiceDetailId: null,
    SubAccountId: known,
    SubAccountName: known,
  };
}

function serviceCells({ provider, model, region, serviceTier }: Charge): Cells {
  const { seller, service } = providerNames(provider);
  const place = text(region);
  return {
    InvoiceIssuerName: seller,
    ProviderName: seller,
    PublisherName: developerOf(model) ?? seller,
    ServiceProviderName: seller,
    HostProviderName: seller,
    ServiceCategory: 'AI and Machine Learning',
    ServiceSubcategory: 'Generative AI',
    ServiceName: service,
    RegionId: place,
    RegionName: place,
    x_Provider: text(provider),
    x_Model: text(model),
    x_ServiceTier: text(serviceTier),
  };
}

/**
 * Prices and costs. The ledger's cost is what is billed, to the picodollar. List and contracted cost are products and
 * stand unrounded: a price per million has 12 decimals and its quantity 6, one per thousand 15 and its quantity 3, so 18
 * always hold them.
 */
function priceCells(charge: Charge, spec: Spec): Cells {
  const { priced, cost } = charge;
  const paid = dollars(cost);
  const billed = isCovered(charge) ? dollars(0n) : paid;
  if (priced.kind === 'amount') {
    return {
      ...NO_UNITS,
      BilledCost: paid,
      EffectiveCost: paid,
      ListCost: paid,
      ContractedCost: paid,
      ChargeCategory: 'Adjustment',
      ChargeFrequency: 'One-Time',
      ChargeDescription: `${plain(charge.model) || providerNames(charge.provider).service}: amount without units`,
    };
  }
  const { bucket, units } = priced;
  const { unit, block, meter, price } = bucketNames(bucket);
  const quantity: Exact = { digits: units, scale: block === 1_000 ? 3 : 6 };
  const perBlock = (rate: Picodollars): Exact =>
    block === 1_000 ? { digits: rate, scale: PICO_SCALE + 3 } : { digits: rate, scale: PICO_SCALE };
  const [list, contracted] = [perBlock(priced.listRate), perBlock(priced.rate)];
  const sku = skuOf(charge, priced);
  const tier = charge.serviceTier === '' ? '' : `, ${plain(charge.serviceTier)}`;
  return {
    BilledCost: billed,
    EffectiveCost: paid,
    ListUnitPrice: formatExact(list),
    ListCost: formatExact(multiplyExact(list, quantity)),
    ContractedUnitPrice: formatExact(contracted),
    ContractedCost: formatExact(multiplyExact(contracted, quantity)),
    PricingQuantity: formatExact(quantity),
    PricingUnit: `${block} ${unit}`,
    PricingCategory: isCovered(charge) ? 'Committed' : 'Standard',
    ConsumedQuantity: formatExact({ digits: units, scale: 0 }),
    ConsumedUnit: unit,
    ChargeCategory: 'Usage',
    ChargeFrequency: 'Usage-Based',
    ChargeDescription: `${plain(charge.model) || 'Unknown model'}: ${meter.toLowerCase()}${price === '' ? '' : ` (${price})`}${tier}`,
    SkuId: sku.id,
    SkuMeter: sku.meter,
    SkuPriceId: sku.priceId,
    SkuPriceDetails: JSON.stringify(skuDetails(charge, bucket, spec)),
  };
}

const NO_UNITS: Cells = Object.fromEntries(
  [
    'ListUnitPrice',
    'ContractedUnitPrice',
    'PricingQuantity',
    'PricingUnit',
    'PricingCategory',
    'ConsumedQuantity',
    'ConsumedUnit',
    'SkuId',
    'SkuMeter',
    'SkuPriceId',
    'SkuPriceDetails',
  ].map((name) => [name, null]),
);

function commitmentCells(charge: Charge): Cells {
  const { priced, provider, account, region, model } = charge;
  if (!isCovered(charge) || priced.kind === 'amount') return {};
  const { unit } = bucketNames(priced.bucket);
  const id = [provider, account || 'unnamed', region || 'global', model || 'unknown', 'provisioned'].map(
    plain,
  );
  return {
    CommitmentDiscountCategory: 'Usage',
    CommitmentDiscountId: id.join('/'),
    CommitmentDiscountName: `Provisioned throughput, ${plain(model) || 'unknown model'}`,
    CommitmentDiscountQuantity: formatExact({ digits: priced.units, scale: 0 }),
    CommitmentDiscountStatus: 'Used',
    CommitmentDiscountType: 'Provisioned Throughput',
    CommitmentDiscountUnit: unit,
  };
}

function tagCells({ tags }: Charge): Cells {
  const named = Object.entries(tags).filter(([, value]) => value !== '');
  return { Tags: named.length === 0 ? null : JSON.stringify(Object.fromEntries(named)) };
}

function dollars(amount: Picodollars): string {
  return formatExact({ digits: amount, scale: PICO_SCALE });
}

function text(value: string): Cell {
  const shown = plain(value);
  return shown === '' ? null : shown;
}

function instant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function monthOf(ms: number): { readonly fromMs: number; readonly toMs: number } {
  const date = new Date(ms);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return { fromMs: Date.UTC(year, month, 1), toMs: Date.UTC(year, month + 1, 1) };
}
