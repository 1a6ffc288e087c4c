/** Usage bodies of many providers, with the usage and the prices that another engine reads in them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { JsonObject } from '../../src/gateway/wires/wire.ts';
import type { Cost } from '../../src/prices/prices.ts';
import { parseDollars } from '../../src/units/money.ts';
import { BUCKETS } from '../../src/units/tokens.ts';
import { FIXTURES, hasFixtures } from './wires-reading.ts';

export interface ExpectedPrice {
  readonly provider_id: string;
  readonly api_flavor: string;
  readonly input_price?: string;
  readonly output_price?: string;
}
export interface Expected {
  readonly usage: Readonly<Record<string, number>>;
  readonly prices: readonly ExpectedPrice[];
}
export interface Item {
  readonly model: string | null;
  readonly body: JsonObject & { readonly usage?: JsonObject; readonly usageMetadata?: JsonObject };
  readonly expected: readonly Expected[];
}

const PATH = join(FIXTURES, 'usage-bodies.json');
/** When the other engine looked. */
export const FIXTURE_MS = Date.parse('2026-07-20T12:00:00Z');
export const present = hasFixtures(PATH);
export const items = present ? (JSON.parse(readFileSync(PATH, 'utf8')) as Item[]) : [];

export function sameCost(cost: Cost, row: ExpectedPrice): boolean {
  if (cost.kind === 'unpriced') return false;
  const side = (wanted: 'input' | 'output') =>
    cost.buckets.reduce((sum, part) => (BUCKETS[part.bucket].side === wanted ? sum + part.cost : sum), 0n);
  return side('input') === picodollars(row.input_price) && side('output') === picodollars(row.output_price);
}

/** Their amounts are exact decimals, some with an exponent or with noise past a picodollar. */
export function picodollars(text = '0'): bigint {
  return parseDollars(Number(text).toFixed(12));
}
