/** A line with what each of its buckets costs, worked out here and not by the ledger: the truth that the ledger is held to. */
import type { Picodollars } from '../units/money.ts';
import { BUCKET_NAMES } from '../units/tokens.ts';
import type { Bucket } from '../units/tokens.ts';
import type { DemoLine } from './lines.ts';
import { costAt } from './pricing.ts';
import type { Rate, Rates } from './pricing.ts';

export interface PricedPart {
  readonly bucket: Bucket;
  readonly rate: Rate;
  readonly units: number;
  readonly cost: Picodollars;
}

export interface PricedLine {
  readonly line: DemoLine;
  readonly parts: readonly PricedPart[];
  readonly cost: Picodollars;
}

export function priceLine(line: DemoLine, rates: Rates): PricedLine {
  const parts: PricedPart[] = [];
  let total = 0n;
  for (const bucket of BUCKET_NAMES) {
    const units = line.usage[bucket] ?? 0;
    if (units === 0) continue;
    const rate = rates.rateOf(line.model, line.cell.lane.tier, bucket, line.atMs);
    const cost = costAt(units, rate);
    total += cost;
    parts.push({ bucket, units, rate, cost });
  }
  return { line, parts, cost: total };
}
