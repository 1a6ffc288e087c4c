/** A cost that a provider states in its own response: a claim that is kept beside our price. */
import { divideRounded, parseDollars, PICODOLLARS_PER_DOLLAR } from '../../units/money.ts';
import type { Picodollars } from '../../units/money.ts';
import { objectAt } from './json.ts';
import type { JsonObject, JsonValue } from './wire.ts';

/** xAI, Cost tracking: "1 USD = 10,000,000,000 ticks". */
const PICODOLLARS_PER_TICK = 100n;

/**
 * What a report of usage says was taken: OpenRouter's `cost` (for a client's own key that is its fee only, and the
 * upstream's part stays in `cost_details`), the total of Perplexity's `cost` object, xAI's `cost_in_usd_ticks`.
 */
export function readStatedCost(report: JsonObject): Picodollars | undefined {
  const ticks = report['cost_in_usd_ticks'];
  if (typeof ticks === 'number' && Number.isSafeInteger(ticks) && ticks >= 0)
    return BigInt(ticks) * PICODOLLARS_PER_TICK;
  const itemized = objectAt(report, 'cost');
  return statedCost(itemized === undefined ? report['cost'] : itemized['total_cost']);
}

/** Beyond these a number is no cost of one call but a mistake, and its digits would only fill memory. */
const SMALLEST_EXPONENT = -40;
const LARGEST_EXPONENT = 12;

/**
 * Reads dollars from a JSON number or decimal text, rounded half to even to a picodollar.
 * A JSON number is taken by its shortest decimal text, which is what the provider wrote: 0.0000401, 1e-7.
 * @returns undefined when the value is no finite number of dollars from zero.
 */
export function statedCost(value: JsonValue | undefined): Picodollars | undefined {
  if (typeof value === 'number')
    return Number.isFinite(value) && value >= 0 ? fromDecimal(String(value)) : undefined;
  return typeof value === 'string' ? fromDecimal(value) : undefined;
}

function fromDecimal(text: string): Picodollars | undefined {
  const match = /^(\d{1,20})(?:\.(\d{1,40}))?(?:e([+-]?\d{1,3}))?$/i.exec(text);
  if (!match) return undefined;
  const [, whole = '0', fraction = '', exponentText = '0'] = match;
  const exponent = Number(exponentText);
  if (exponent < SMALLEST_EXPONENT || exponent > LARGEST_EXPONENT) return exponent < 0 ? 0n : undefined;
  if (exponent === 0 && fraction.length <= 12)
    return parseDollars(`${whole}${fraction === '' ? '' : `.${fraction}`}`);
  const digits = BigInt(whole + fraction) * PICODOLLARS_PER_DOLLAR;
  const shift = exponent - fraction.length;
  return shift >= 0 ? digits * 10n ** BigInt(shift) : divideRounded(digits, 10n ** BigInt(-shift));
}
