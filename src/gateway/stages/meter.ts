/**
 * Meter: from what a response said to the charges of its attempt.
 *
 * Usage that the provider reported is taken as it is. Where a stream was cut before its report, the input is
 * taken from the report's beginning or from our own count, and the output is what was delivered (`counted`).
 */
import { ENDPOINTS } from '../call.ts';
import type { Charge, Intent } from '../call.ts';
import type { Cost, PriceBook } from '../../prices/prices.ts';
import type { Usage } from '../../units/tokens.ts';
import { BUCKETS, BUCKET_NAMES, sideTotal } from '../../units/tokens.ts';
import type { Reading, RequestFacts } from '../wires/wire.ts';

const UNSTATED_OUTPUT_TOKENS = 4_096;
const MOST_OUTPUT_TOKENS = 128_000;
const FIRST_ERROR_STATUS = 300;
const MOST_ANSWERS = 128;
const UNKNOWN_COST: Cost = { kind: 'unpriced', missing: [] };
const NOTHING_CHARGED: Cost = { kind: 'priced', total: 0n, buckets: [] };

/** Sizes in tokens that stand in where the provider reported nothing. */
export interface Counted {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

/** Whether the reading's usage is the provider's last word, so that nothing needs to be counted. */
export function isFinal(reading: Reading): boolean {
  return reading.parts.length > 0 && (reading.complete || reading.finishReason !== '');
}

/** @returns the charges of an attempt that has ended, or undefined when tokens must be counted first. */
export function chargesNow(
  reading: Reading,
  intent: Intent,
  prices: PriceBook,
  { httpStatus, sent }: { readonly httpStatus: number; readonly sent: boolean },
): Charge[] | undefined {
  const billing = ENDPOINTS[intent.endpoint];
  if (billing === 'free') return freeCharge(intent);
  if (isFinal(reading)) return reportedCharges(reading, intent, prices);
  if (httpStatus >= FIRST_ERROR_STATUS) return freeCharge(intent);
  if (reading.pending === true) return pendingCharge(intent);
  if (reading.failed && saidNothing(reading)) return freeCharge(intent);
  if (httpStatus !== 0) return billing === 'counted' ? undefined : unpricedCharge(intent);
  return sent ? presumedCharge(intent) : freeCharge(intent);
}

/** An error in place of an answer, under whatever status, is not billed; one after it had begun may be. */
function saidNothing({ parts, output }: Reading): boolean {
  return parts.length === 0 && output.text === '' && output.reasoning === '' && output.toolCalls === '';
}

/** The charges of an attempt whose usage is the provider's own. */
export function reportedCharges(reading: Reading, intent: Intent, prices: PriceBook): Charge[] {
  return reading.parts.flatMap((part) => {
    const model = part.model === '' ? pricedModel(intent, reading) : part.model;
    const charge: Charge = {
      part: part.part,
      model,
      usage: part.usage,
      basis: 'reported',
      flag: part.flag,
      cost: part.unpriced === true ? UNKNOWN_COST : priceOf(prices, intent, model, part.usage, reading),
    };
    const [own, ...fees] = withFeesApart(charge, (usage) => priceOf(prices, intent, model, usage, reading));
    return part.part === 'call' && reading.providerCost !== undefined
      ? [{ ...own, providerCost: reading.providerCost }, ...fees]
      : [own, ...fees];
  });
}

/** A tool's fee that no list prices must not hide what the tokens cost: it becomes an unpriced charge of its own. */
function withFeesApart(charge: Charge, price: (usage: Usage) => Cost): [Charge, ...Charge[]] {
  const { cost } = charge;
  if (cost.kind === 'priced' || cost.missing.length === 0) return [charge];
  if (cost.missing.some((bucket) => BUCKETS[bucket].side !== 'fee')) return [charge];
  const rest: { -readonly [bucket in keyof Usage]: Usage[bucket] } = { ...charge.usage };
  const fees: { -readonly [bucket in keyof Usage]: Usage[bucket] } = {};
  for (const bucket of cost.missing) {
    const units = rest[bucket];
    if (units !== undefined) fees[bucket] = units;
    delete rest[bucket];
  }
  return [
    { ...charge, usage: rest, cost: price(rest) },
    { ...charge, part: 'tool fees', usage: fees, flag: 'no price is known for this fee', cost },
  ];
}

/** The charge of an attempt that was answered without a (final) report. */
export function countedCharges(
  reading: Reading,
  counted: Counted,
  intent: Intent,
  prices: PriceBook,
): Charge[] {
  const model = pricedModel(intent, reading);
  const begun = reading.parts[0]?.usage ?? {};
  const usage: { -readonly [bucket in keyof Usage]: Usage[bucket] } = {};
  for (const bucket of BUCKET_NAMES) {
    const units = begun[bucket];
    if (units !== undefined && BUCKETS[bucket].side !== 'output') usage[bucket] = units;
  }
  if (sideTotal(usage, 'input') === 0) usage.freshIn = counted.inputTokens;
  usage.textOut = Math.max(counted.outputTokens, begun.textOut ?? 0);
  if (counted.reasoningTokens > 0) usage.reasoningOut = counted.reasoningTokens;
  return [
    {
      part: 'call',
      model,
      usage,
      basis: 'counted',
      flag: '',
      cost: priceOf(prices, intent, model, usage, reading),
    },
  ];
}

/** An answer that providers do not bill: an error status, a token count, a refused connection. */
function freeCharge(intent: Intent): Charge[] {
  return [
    { part: 'call', model: intent.model, usage: {}, basis: 'reported', flag: '', cost: NOTHING_CHARGED },
  ];
}

/** It can cost, and the provider said neither tokens nor a price: unknown is not zero. */
function unpricedCharge(intent: Intent): Charge[] {
  return [
    {
      part: 'call',
      model: intent.model,
      usage: {},
      basis: 'presumed',
      flag: 'the provider reports no usage for this endpoint',
      cost: UNKNOWN_COST,
    },
  ];
}

/** The provider works on after its answer. Its usage comes on a line of its own, when somebody asks for the result. */
function pendingCharge(intent: Intent): Charge[] {
  return [
    {
      part: 'call',
      model: intent.model,
      usage: {},
      basis: 'counted',
      flag: 'pending: works in the background, usage comes when the response is retrieved',
      cost: UNKNOWN_COST,
    },
  ];
}

/** A kept connection was closed under the request: the provider hardly saw it, so nothing is presumed but said so. */
export function staleCharge(intent: Intent): Charge[] {
  return [
    {
      part: 'call',
      model: intent.model,
      usage: {},
      basis: 'presumed',
      flag: 'connection closed before any answer',
      cost: NOTHING_CHARGED,
    },
  ];
}

/** The request left and no answer came: what was sent may be billed, so the presumption stands until corrected. */
export function presumedCharge(intent: Intent): Charge[] {
  const { usage, cost } = intent.presumed;
  return [
    {
      part: 'call',
      model: intent.priceModel ?? intent.model,
      usage,
      basis: 'presumed',
      flag: 'no answer',
      cost,
    },
  ];
}

/** An alias of the provider's own is priced by the model behind it. */
function pricedModel(intent: Intent, reading: Reading): string {
  return reading.priceModel ?? intent.priceModel ?? intent.model;
}

function priceOf(prices: PriceBook, intent: Intent, model: string, usage: Usage, reading: Reading): Cost {
  return prices.price({
    provider: intent.priceProvider,
    model,
    usage,
    atMs: intent.startedAtMs,
    serviceTier: reading.serviceTier,
    geo: reading.geo,
    team: intent.attribution.team,
    account: intent.account ?? '',
    region: intent.region ?? '',
    ...(reading.speed === undefined ? {} : { speed: reading.speed }),
  });
}

/**
 * What an attempt is charged when nothing else is ever known of it. Three bytes a token is the safe side for text.
 * The caller's own limit is taken up to what no model exceeds, so that a nonsensical one cannot poison the ledger.
 */
export function presumedUsage(bytes: number, facts: RequestFacts): Usage {
  const output = Math.min(facts.maxOutputTokens ?? UNSTATED_OUTPUT_TOKENS, MOST_OUTPUT_TOKENS);
  return { freshIn: Math.ceil(bytes / 3), textOut: output * Math.min(facts.answers, MOST_ANSWERS) };
}
