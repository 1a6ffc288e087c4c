/** FOCUS rows of any provider and version: columns that a version lacks, or that an exporter leaves null, are unknown. */
import { classOf, modelName, providerName, tierName } from '../names.ts';
import { checkCurrency, dayOf, dollarsOf, parseDecimal, readRows, unitsOf } from '../statement.ts';
import type { ChargeKind, Imported, StatementLine } from '../statement.ts';
import { cell } from './tables.ts';
import type { TableRow } from './tables.ts';

const CHARGES: Readonly<Record<string, ChargeKind>> = {
  usage: 'usage',
  purchase: 'minimum',
  tax: 'tax',
  credit: 'credit',
  adjustment: 'adjustment',
};
const DAY_MS = 86_400_000;

/** @param provider what to call the provider; undefined: as the rows name it. */
export function importFocus(rows: readonly TableRow[], provider?: string): Imported {
  return readRows(rows, (row, number) => {
    checkCurrency(cell(row, 'BillingCurrency') ?? undefined);
    const from = cell(row, 'ChargePeriodStart', 'BillingPeriodStart');
    const cost = cell(row, 'BilledCost', 'EffectiveCost');
    if (from === null) throw new RangeError('has no ChargePeriodStart');
    if (cost === null) throw new RangeError('has no BilledCost');
    return {
      row: number,
      provider:
        provider ??
        providerName(
          cell(row, 'ServiceProviderName', 'ProviderName', 'PublisherName', 'InvoiceIssuerName') ?? '',
        ),
      day: dayOf(from),
      monthly: isLong(from, cell(row, 'ChargePeriodEnd', 'BillingPeriodEnd')),
      charge: CHARGES[(cell(row, 'ChargeCategory') ?? 'usage').toLowerCase()] ?? 'adjustment',
      account: cell(row, 'SubAccountId'),
      ...meterOf(row),
      region: cell(row, 'RegionId'),
      ...quantityOf(row),
      cost: dollarsOf(cost),
      invoice: cell(row, 'InvoiceId'),
    };
  });
}

function isLong(from: string, to: string | null): boolean {
  return (
    to !== null && Date.parse(`${dayOf(to)}T00:00:00Z`) - Date.parse(`${dayOf(from)}T00:00:00Z`) > DAY_MS
  );
}

function meterOf(row: TableRow): Pick<StatementLine, 'model' | 'bucket' | 'tier' | 'text'> {
  const details = detailsOf(row);
  const text = cell(row, 'ChargeDescription', 'SkuMeter', 'SkuId', 'x_SkuMeterName') ?? '';
  const meter = cell(row, 'SkuMeter', 'x_SkuMeterName', 'x_skumetername') ?? text;
  const model =
    cell(details, 'ModelId', 'x_ModelId', 'x_Model', 'ModelFamily') ?? cell(row, 'x_Model') ?? modelIn(text);
  const tier = cell(details, 'x_ServiceTier', 'x_PricingTier') ?? cell(row, 'x_ServiceTier') ?? tierIn(text);
  return {
    model: model === null ? null : modelName(model),
    bucket: classOf(meter) ?? classOf(text),
    tier: tier === null ? null : tierName(tier),
    text,
  };
}

function detailsOf(row: TableRow): TableRow {
  try {
    const value: unknown = JSON.parse(cell(row, 'SkuPriceDetails', 'x_SkuDetails') ?? '{}');
    return Object.fromEntries(Object.entries(value as object).map(([name, one]) => [name, String(one)]));
  } catch {
    return {};
  }
}

/** `gpt-4o-mini`, `Claude Sonnet 4.5`, `Gemini 2.5 Flash`: what stands before the words of the class. */
export function modelIn(text: string): string | null {
  const match =
    /((?:gpt|o\d|claude|gemini|text-embedding|nova|llama|mistral)[-\w. ]*?)[ ,-]+(?:(?:cached|cchd|cache|inp|input|outp|output|opt|batch|prompt|glbl|gl|regnl|data zone|dzn|text|audio|image|thinking|usage)\b)/i.exec(
      text,
    );
  return match?.[1] ?? null;
}

export function tierIn(text: string): string | null {
  return /\b(batch|priority|flex)\b/i.exec(text)?.[1]?.toLowerCase() ?? null;
}

/** Units are `Tokens`, `1K`, `1000 Tokens`, `1M tokens`; what is not tokens, calls or searches is no count here. */
export function stepOf(unit: string): number | undefined {
  if (/hour|gb|second|month/i.test(unit)) return undefined;
  const match = /^\s*([\d,_]*)\s*([km])?\b/i.exec(unit);
  const number = Number((match?.[1] || '1').replaceAll(/[,_]/g, ''));
  return number * (match?.[2] === undefined ? 1 : match[2].toLowerCase() === 'k' ? 1_000 : 1_000_000);
}

function quantityOf(row: TableRow): Pick<StatementLine, 'units' | 'step'> {
  const consumed = cell(row, 'ConsumedQuantity');
  if (consumed !== null) return counted(consumed, cell(row, 'ConsumedUnit') ?? 'Tokens', 1);
  const priced = cell(row, 'PricingQuantity');
  return priced === null
    ? { units: null, step: 1 }
    : counted(priced, cell(row, 'PricingUnit') ?? 'Tokens', undefined);
}

export function counted(
  quantity: string,
  unit: string,
  billedStep?: number,
): Pick<StatementLine, 'units' | 'step'> {
  const step = stepOf(unit);
  if (step === undefined) return { units: null, step: 1 };
  const whole = parseDecimal(quantity);
  const inSteps = whole.scale === 0 || whole.digits % 10n ** BigInt(whole.scale) === 0n;
  return {
    units: unitsOf(quantity, { digits: BigInt(step), scale: 0 }),
    step: billedStep ?? (inSteps ? step : 1),
  };
}
