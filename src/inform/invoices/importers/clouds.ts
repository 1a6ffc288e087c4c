/** AWS CUR 2.0, Azure actual cost and Google's detailed billing export: meters of a cloud, one row per meter and day. */
import { isRow, parseExactJson, textOf } from '../json.ts';
import { classOf, modelName, tierName } from '../names.ts';
import { checkCurrency, dayOf, dollarsOf, readRows } from '../statement.ts';
import type { ChargeKind, Imported, StatementLine, TokenClass } from '../statement.ts';
import { counted, modelIn, tierIn } from './focus.ts';
import { cell } from './tables.ts';
import type { TableRow } from './tables.ts';

const AWS_TYPES: ReadonlyArray<readonly [RegExp, TokenClass]> = [
  [/-cache-read-input-token/i, 'cacheRead'],
  [/-cache-write-1h-input-token/i, 'cacheWrite1h'],
  [/-cache-write-5m-input-token/i, 'cacheWrite5m'],
  [/-cache-write-input-token/i, 'cacheWrite'],
  [/-input-tokens/i, 'input'],
  [/-output-tokens/i, 'output'],
];
const AWS_CHARGES: Readonly<Record<string, ChargeKind>> = {
  tax: 'tax',
  credit: 'credit',
  refund: 'credit',
  fee: 'minimum',
};

/** All four token types are lines: a sum of input and output alone would not be the bill. Quantities are in thousands. */
export function importAwsCur(rows: readonly TableRow[]): Imported {
  return readRows(rows, (row, number) => {
    const product = `${cell(row, 'line_item_product_code') ?? ''} ${cell(row, 'product_servicecode') ?? ''}`;
    const type = cell(row, 'line_item_usage_type') ?? '';
    const bucket = AWS_TYPES.find(([pattern]) => pattern.test(type))?.[1] ?? null;
    if (!/bedrock/i.test(product) && bucket === null) return undefined;
    checkCurrency(cell(row, 'line_item_currency_code') ?? undefined);
    const charge = AWS_CHARGES[(cell(row, 'line_item_line_item_type') ?? 'Usage').toLowerCase()] ?? 'usage';
    const quantity = cell(row, 'line_item_usage_amount');
    const unit = cell(row, 'pricing_unit') ?? '1K tokens';
    const model = awsModel(type);
    return {
      row: number,
      provider: 'bedrock',
      day: dayOf(need(row, 'line_item_usage_start_date')),
      monthly: false,
      charge,
      account: cell(row, 'line_item_usage_account_id'),
      model: charge === 'usage' && model !== null ? modelName(model) : null,
      bucket: charge === 'usage' ? bucket : null,
      tier: tierName(tierIn(type.replaceAll('-', ' ')) ?? ''),
      region: cell(row, 'product_region_code', 'product_region'),
      ...(quantity === null || bucket === null ? { units: null, step: 1 } : counted(quantity, unit)),
      cost: dollarsOf(need(row, 'line_item_unblended_cost')),
      text: cell(row, 'line_item_line_item_description') ?? type,
      invoice: cell(row, 'bill_invoice_id'),
    };
  });
}

/** `USE1-Claude4.6Sonnet-input-tokens`: between the region and the token type. */
function awsModel(type: string): string | null {
  const match =
    /^(?:[A-Z]{2,4}\d?-)?(.+?)(?:-mantle)?-(?:batch-)?(?:cache-(?:read|write)(?:-\d[hm])?-)?(?:input|output)-token/i.exec(
      type,
    );
  return match?.[1] ?? null;
}

/** Sentinels become null, meters of 1K become tokens. */
export function importAzureCost(rows: readonly TableRow[]): Imported {
  return readRows(rows, (row, number) => {
    const meter = cell(row, 'MeterName', 'meterName') ?? '';
    const sub = cell(row, 'MeterSubCategory', 'meterSubCategory') ?? '';
    const category = `${cell(row, 'MeterCategory', 'meterCategory') ?? ''} ${sub} ${cell(row, 'ConsumedService', 'consumedService') ?? ''}`;
    const charge = azureCharge(cell(row, 'ChargeType', 'chargeType') ?? 'Usage');
    if (charge === 'usage' && !/openai|cognitive|foundry|\bai\b/i.test(category)) return undefined;
    checkCurrency(cell(row, 'BillingCurrencyCode', 'BillingCurrency', 'billingCurrency') ?? undefined);
    const quantity = cell(row, 'Quantity', 'quantity');
    const model = modelIn(meter) ?? modelIn(`${sub} input`);
    return {
      row: number,
      provider: 'azure',
      day: azureDay(cell(row, 'Date', 'date', 'UsageDate') ?? ''),
      monthly: false,
      charge,
      account: cell(row, 'SubscriptionId', 'subscriptionId', 'SubscriptionGuid'),
      model: charge === 'usage' && model !== null ? modelName(model) : null,
      bucket: classOf(meter),
      tier: tierName(tierIn(meter) ?? ''),
      region: cell(row, 'ResourceLocation', 'resourceLocation', 'resourceLocationNormalized'),
      ...(quantity === null
        ? { units: null, step: 1 }
        : counted(quantity, cell(row, 'UnitOfMeasure', 'unitOfMeasure') ?? '1K')),
      cost: dollarsOf(
        cell(row, 'CostInBillingCurrency', 'costInBillingCurrency', 'Cost', 'costInUsd', 'PreTaxCost') ??
          missing('a cost'),
      ),
      text: meter,
      invoice: cell(row, 'InvoiceId', 'invoiceId'),
    };
  });
}

function azureCharge(type: string): ChargeKind {
  if (/tax/i.test(type)) return 'tax';
  if (/refund|credit/i.test(type)) return 'credit';
  return /purchase|unused/i.test(type) ? 'minimum' : 'usage';
}

/** Azure writes days as `10/03/2026`. */
function azureDay(text: string): string {
  const match = /^(\d{2})\/(\d{2})\/(\d{4})$/.exec(text);
  return dayOf(match === null ? text : `${match[3]}-${match[1]}-${match[2]}`);
}

/** Credits are nested in the row of their use and become lines of their own. */
export function importGoogleBilling(rows: readonly TableRow[]): Imported {
  return readRows(rows, (row, number) => {
    const flat = flatten(row);
    const sku = cell(flat, 'sku.description', 'sku_description') ?? '';
    const service = cell(flat, 'service.description', 'service_description') ?? '';
    if (!/vertex|gemini|generative|cloud ai/i.test(`${service} ${sku}`)) return undefined;
    checkCurrency(cell(flat, 'currency') ?? undefined);
    const quantity = cell(flat, 'usage.amount', 'usage_amount');
    const unit = cell(flat, 'usage.unit', 'usage_unit') ?? 'count';
    const model = modelIn(sku);
    const line: StatementLine = {
      row: number,
      provider: 'google',
      day: dayOf(cell(flat, 'usage_start_time') ?? ''),
      monthly: false,
      charge: /^tax/i.test(cell(flat, 'cost_type') ?? '') ? 'tax' : 'usage',
      account: cell(flat, 'project.id', 'project_id'),
      model: model === null ? null : modelName(model),
      bucket: classOf(sku),
      tier: tierName(tierIn(sku) ?? ''),
      region: cell(flat, 'location.region', 'location_region'),
      ...(quantity === null ? { units: null, step: 1 } : counted(quantity, unit, 1)),
      cost: dollarsOf(cell(flat, 'cost') ?? missing('a cost')),
      text: sku,
      invoice: null,
    };
    return [
      line,
      ...creditsOf(flat).map(({ name, amount }): StatementLine => ({
        ...line,
        charge: 'credit',
        units: null,
        cost: dollarsOf(amount),
        text: name,
      })),
    ];
  });
}

function creditsOf(row: TableRow): ReadonlyArray<{ readonly name: string; readonly amount: string }> {
  const text = cell(row, 'credits');
  if (text === null || !text.startsWith('[')) return [];
  const values = parseExactJson(text);
  if (!Array.isArray(values)) return [];
  return values.filter(isRow).map((one) => ({
    name: textOf(one, 'full_name') ?? textOf(one, 'name') ?? 'credit',
    amount: textOf(one, 'amount') ?? missing('an amount of its credit'),
  }));
}

/** Nested objects become `sku.description`. */
function flatten(row: TableRow): TableRow {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(row)) {
    flat[name] = value;
    if (!value.startsWith('{')) continue;
    const nested: unknown = parseExactJson(value);
    if (isRow(nested))
      for (const [inner, one] of Object.entries(nested))
        flat[`${name}.${inner}`] = typeof one === 'string' ? one : '';
  }
  return flat;
}

function need(row: TableRow, name: string): string {
  return cell(row, name) ?? missing(name);
}

function missing(what: string): never {
  throw new RangeError(`has no ${what.replace(/^an? /, '')}`);
}
