/**
 * The demo company: fifteen months of calls that add up, made from a seed. The front door. Pure: the seed, DEMO_NOW and
 * nothing else decide what is made; lines are made as they are asked for and never all held.
 */
import type { ImportBlock } from '../ledger/posting.ts';
import { openPriceBook } from '../prices/prices.ts';
import type { PriceBookData } from '../prices/prices.ts';
import { createBlockBuilder } from './blocks.ts';
import { calibrate } from './calibrate.ts';
import { monthStart } from './calendar.ts';
import { COMPANY, createCustomers, customerPicker } from './company.ts';
import type { Customer } from './company.ts';
import { cellLines } from './lines.ts';
import type { LineOptions } from './lines.ts';
import { monthCells } from './load.ts';
import type { Factors } from './load.ts';
import { demoPriceBooks } from './price-book.ts';
import { priceLine } from './priced.ts';
import type { PricedLine } from './priced.ts';
import { openRates } from './pricing.ts';
import type { Rates } from './pricing.ts';
import { reportTruth } from './report.ts';
import type { Truth } from './report.ts';
import { writeStatements } from './statements.ts';
import { tellStories } from './stories.ts';
import type { Stories } from './stories.ts';
import { createTally } from './truth.ts';
import { watchesOf } from './watches.ts';

export { demoBudgets } from './budgets.ts';
export { demoScenarios, PLANNED_MONTHS } from './scenarios.ts';
export type { DemoBudget } from './budgets.ts';
export { COMPANY } from './company.ts';
export { outcomeLines } from './outcomes.ts';
export { reportTruth, TRUTH_ZONES } from './report.ts';
export type { Truth } from './report.ts';
export { writeStatements } from './statements.ts';
export { createTally } from './truth.ts';
export type { Tally } from './truth.ts';
export { watchesOf } from './watches.ts';
export { PAPER_ROWS, paperBlocks } from './paper.ts';

export const DEFAULT_SEED = 'harborline';
/** About 250,000 single calls in thirty days. */
const ROW_SHARE = 0.08;
const BLOCK_LINES = 60_000;

export interface Demo {
  readonly company: string;
  readonly seed: string;
  readonly stories: Stories;
  readonly customers: readonly Customer[];
  readonly priceBook: PriceBookData;
  readonly rates: Rates;
  readonly factors: Factors;
  /** All lines, month by month, hour by hour. */
  lines(): Generator<PricedLine>;
  /** The same lines as the ledger imports them; `look` sees each line as it passes. */
  blocks(look: (priced: PricedLine) => void): Generator<ImportBlock>;
}

export interface DemoOptions {
  readonly seed: string;
  readonly nowMs: number;
  /** Share of calls that are kept one by one in the last thirty days; the others are sums per hour. */
  readonly rowShare?: number;
  /** Lines of a block. */
  readonly blockLines?: number;
  /** Only the last so many calendar months, the one under way included. */
  readonly months?: number;
}

export async function createDemo({
  seed,
  nowMs,
  rowShare = ROW_SHARE,
  blockLines = BLOCK_LINES,
  months,
}: DemoOptions): Promise<Demo> {
  const told = tellStories(nowMs);
  const stories = months === undefined ? told : { ...told, fromMs: monthStart(told.nowMs, 1 - months) };
  const books = await demoPriceBooks(stories);
  const rates = openRates(books.agreed, books.list);
  const customers = createCustomers(seed);
  const factors = calibrate(seed, stories, openPriceBook(books.agreed));
  const options: LineOptions = { stories, rowShare, pickCustomer: customerPicker(customers) };

  function* lines(): Generator<PricedLine> {
    for (let month = stories.fromMs; month < stories.nowMs; month = monthStart(month, 1)) {
      for (const cell of monthCells(month, { seed, stories, factors })) {
        for (const line of cellLines(cell, options)) yield priceLine(line, rates);
      }
    }
  }

  function* blocks(look: (priced: PricedLine) => void): Generator<ImportBlock> {
    const builder = createBlockBuilder({ customers, priceVersion: rates.version, capacity: blockLines });
    const name = `demo-${seed}-${stories.nowMs}`.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, 80);
    let number = 0;
    const finish = (): ImportBlock => builder.finish(`${name}-${(number += 1)}`);
    for (const priced of lines()) {
      look(priced);
      builder.add(priced);
      if (builder.count() === blockLines) yield finish();
    }
    if (builder.count() > 0) yield finish();
  }

  return {
    company: COMPANY,
    seed,
    stories,
    customers,
    priceBook: books.agreed,
    rates,
    factors,
    lines,
    blocks,
  };
}

/** Everything that is true of a demo, made without a ledger. */
export function truthOf(demo: Demo): Truth {
  const { customers, stories } = demo;
  const tally = createTally({ customers, stories, watches: watchesOf(stories) });
  for (const priced of demo.lines()) tally.add(priced);
  const { sums } = writeStatements(tally.billed.values(), stories);
  return reportTruth({ ...demo, tally, statements: sums });
}
