/**
 * Writes ledger lines as rows that the store takes without parsing them again (JSONCompactEachRow).
 * This runs in the gateway once per attempt, so it builds text and nothing else.
 */
import type { Charge, Intent, Settlement } from '../gateway/call.ts';
import type { Picodollars } from '../units/money.ts';
import { BUCKETS, sideTotal } from '../units/tokens.ts';
import type { BucketSide } from '../units/tokens.ts';
import type { Posting } from './posting.ts';
import { LINE_COLUMNS } from './stores/columns.ts';
import type { Leg, LineDraft, LinePosition } from './stores/column.ts';

export type { LinePosition } from './stores/column.ts';

/**
 * The rows of a settled attempt, one per charge, each ended by a newline. `part_number` counts them from 0.
 * @throws RangeError when a count is not a whole number, or when the settlement has no charge.
 */
export function encodeLines(settlement: Settlement, at: LinePosition): string {
  return encodeCharges(settlement, at, 'settle', undefined);
}

/** The rows of a posting, as `encodeLines`. */
export function encodePosting(posting: Posting, at: LinePosition): string {
  return encodeCharges(posting.settlement, at, posting.leg, posting);
}

function encodeCharges(
  settlement: Settlement,
  at: LinePosition,
  leg: Leg,
  posted: LineDraft['posted'],
): string {
  const { charges, intent } = settlement;
  if (charges.length === 0)
    throw new RangeError(`attempt ${intent.attempt} has no charge, not even an unpriced one`);
  let rows = '';
  for (let part = 0; part < charges.length; part += 1) {
    const charge = charges[part] as Charge;
    rows += encodeRow({
      at,
      part,
      leg,
      intent,
      ending: settlement,
      charge,
      sides: costBySide(charge),
      ...(posted !== undefined && { posted }),
    });
  }
  return rows;
}

/**
 * The row of an attempt that never reported its end: what its intent presumed, with the reason as its flag.
 * Its whole input is of unknown composition; its output is not split at all.
 */
export function encodePresumed(intent: Intent, at: LinePosition, reason: string): string {
  const { usage, cost } = intent.presumed;
  const charge: Charge = { part: 'call', model: intent.model, usage, basis: 'presumed', flag: reason, cost };
  const ending: LineDraft['ending'] = {
    status: 'crashed',
    httpStatus: 0,
    finishReason: '',
    modelReturned: '',
    responseId: '',
    serviceTier: '',
    geo: '',
    durationMs: 0,
    firstByteMs: 0,
    overheadMicros: 0,
    composition: { basis: 'unknown', input: { unknown: sideTotal(usage, 'input') }, output: {} },
  };
  return encodeRow({ at, part: 0, leg: 'presume', intent, ending, charge, sides: costBySide(charge) });
}

function encodeRow(draft: LineDraft): string {
  let row = '[';
  for (let at = 0; at < LINE_COLUMNS.length; at += 1) {
    const value = (LINE_COLUMNS[at] as (typeof LINE_COLUMNS)[number]).write(draft);
    row += at === 0 ? value : `,${value}`;
  }
  return `${row}]\n`;
}

function costBySide(charge: Charge): Record<BucketSide, Picodollars> {
  const sides = { input: 0n, output: 0n, fee: 0n };
  if (charge.cost.kind === 'priced') {
    for (const { bucket, cost } of charge.cost.buckets) sides[BUCKETS[bucket].side] += cost;
  }
  return sides;
}
