/**
 * Finds the factors at which the known month costs what is known of it. Cost is linear in tokens, so two factors for each
 * workflow are enough: input sets the mean input tokens, output then takes what the dollars leave.
 */
import type { PriceBook } from '../prices/prices.ts';
import { BUCKETS, sideTotal } from '../units/tokens.ts';
import { WORKFLOWS } from './lanes.ts';
import { monthCells, TYPICAL } from './load.ts';
import type { Factors } from './load.ts';
import { priceUsage } from './pricing.ts';
import type { Stories } from './stories.ts';

interface Sums {
  inputTokens: number;
  /** Dollars. Used to find a factor only; no money is kept from them. */
  input: number;
  output: number;
  fee: number;
}

const PICODOLLARS = 1e12;

/** @throws RangeError when a workflow's input alone costs more than its dollars: then no output could make them. */
export function calibrate(seed: string, stories: Stories, book: PriceBook): Factors {
  const sums = WORKFLOWS.map((): Sums => ({ inputTokens: 0, input: 0, output: 0, fee: 0 }));
  for (const cell of monthCells(stories.paperMonth.fromMs, { seed, stories, factors: TYPICAL })) {
    const sum = sums[WORKFLOWS.indexOf(cell.workflow)];
    const cost = priceUsage(book, cell.served, cell.lane.tier, cell.usage, cell.atMs);
    if (sum === undefined || cost.kind === 'unpriced') continue;
    sum.inputTokens += sideTotal(cell.usage, 'input');
    for (const one of cost.buckets) sum[BUCKETS[one.bucket].side] += Number(one.cost) / PICODOLLARS;
  }
  const input = WORKFLOWS.map(
    ({ calls, inputTokens }, at) => (calls * inputTokens) / (sums[at]?.inputTokens ?? 1),
  );
  const output = WORKFLOWS.map(({ name, dollars }, at) => {
    const sum = sums[at] as Sums;
    const left = dollars - sum.input * (input[at] ?? 1) - sum.fee;
    if (left <= 0) throw new RangeError(`the input of ${name} alone costs more than $${dollars}`);
    return left / sum.output;
  });
  return { input, output };
}
