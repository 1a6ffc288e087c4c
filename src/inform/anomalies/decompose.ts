/**
 * Why spend changed: an exact decomposition of the difference between two periods into
 *
 *   calls × mix × context × token mix × rate
 *
 * For a cell g (for instance one workflow at one model) and a bucket b of usage, spend is a product of five drivers:
 *
 *   cost(g,b) = N × (n_g ÷ N) × (T_g ÷ n_g) × (t_gb ÷ T_g) × (k_gb ÷ t_gb)
 *
 * with N calls in all, n_g calls of the cell, T_g its tokens, t_gb tokens and k_gb cost of the bucket. Fees (searches,
 * sessions) have their units in place of tokens. The effect of a driver is its Shapley value over the orders in which
 * the five can move from the first period to the second (Shapley 1953; Shorrocks 2013 for decompositions): no order is
 * preferred and the effects add up to the difference. All arithmetic is on integers, and effects are rounded to
 * picodollars by largest remainder within each cell, so cells, drivers and the whole difference add up exactly.
 */
import type { Picodollars } from '../../units/money.ts';
import { splitExactly } from './exact-parts.ts';

/** In the order in which a waterfall shows them. */
export const DRIVERS = ['calls', 'mix', 'context', 'tokenMix', 'rate'] as const;
export type Driver = (typeof DRIVERS)[number];
export type Effects = Readonly<Record<Driver, Picodollars>>;

/** One bucket's units and cost in a cell. */
export interface BucketSpend {
  readonly bucket: string;
  /** Fees are counted per use and take no part in the token mix. */
  readonly fee: boolean;
  readonly units: bigint;
  readonly cost: Picodollars;
}

/** A cell in one period. A cell that is absent from a period is one without calls and buckets. */
export interface CellSpend {
  readonly calls: bigint;
  readonly buckets: readonly BucketSpend[];
}

export interface CellPair {
  readonly key: string;
  readonly before: CellSpend;
  readonly after: CellSpend;
}

export interface CellChange {
  readonly key: string;
  readonly before: Picodollars;
  readonly after: Picodollars;
  /** Sums, with `beside`, to `after − before`. */
  readonly effects: Effects;
  /** What no driver explains because it has no calls: corrections, posted costs. */
  readonly beside: Picodollars;
}

export interface Decomposition {
  readonly before: Picodollars;
  readonly after: Picodollars;
  readonly effects: Effects;
  readonly beside: Picodollars;
  readonly cells: readonly CellChange[];
}

/** Picodollars are worked out with twenty binary places more, so that only the last step rounds. */
const SCALE = 1n << 20n;
const NO_EFFECTS: Effects = { calls: 0n, mix: 0n, context: 0n, tokenMix: 0n, rate: 0n };

/** Decomposes the change of spend over cells. Their order does not matter; keys must differ. */
export function decompose(pairs: readonly CellPair[]): Decomposition {
  const driven = pairs.filter(({ before, after }) => isDriven(before) && isDriven(after));
  const calls = [sumCalls(driven, 'before'), sumCalls(driven, 'after')] as const;
  const cells = pairs.map((pair) => decomposeCell(pair, driven.includes(pair) ? calls : undefined));
  const effects: Record<Driver, Picodollars> = { ...NO_EFFECTS };
  for (const cell of cells) for (const driver of DRIVERS) effects[driver] += cell.effects[driver];
  return {
    before: cells.reduce((sum, cell) => sum + cell.before, 0n),
    after: cells.reduce((sum, cell) => sum + cell.after, 0n),
    effects,
    beside: cells.reduce((sum, cell) => sum + cell.beside, 0n),
    cells,
  };
}

/** Corrections can leave a cell with money and without calls, or with less than none: no driver explains that. */
function isDriven({ calls, buckets }: CellSpend): boolean {
  if (calls < 0n || buckets.some(({ units }) => units < 0n)) return false;
  return calls > 0n || buckets.every(({ units, cost }) => units === 0n && cost === 0n);
}

function sumCalls(pairs: readonly CellPair[], side: 'before' | 'after'): bigint {
  return pairs.reduce((sum, pair) => sum + pair[side].calls, 0n);
}

function costOf({ buckets }: CellSpend): Picodollars {
  return buckets.reduce((sum, { cost }) => sum + cost, 0n);
}

function decomposeCell(
  { key, before, after }: CellPair,
  calls: readonly [bigint, bigint] | undefined,
): CellChange {
  const [spentBefore, spentAfter] = [costOf(before), costOf(after)];
  const change = spentAfter - spentBefore;
  if (calls === undefined)
    return { key, before: spentBefore, after: spentAfter, effects: NO_EFFECTS, beside: change };
  const scaled = DRIVERS.map(() => 0n);
  for (const term of termsOf(before, after, calls)) {
    const values = subsetValues(term);
    DRIVERS.forEach((_, driver) => {
      scaled[driver] = (scaled[driver] ?? 0n) + shapley(values, driver);
    });
  }
  const parts = splitExactly(change, scaled, SHAPLEY_DENOMINATOR * SCALE);
  const effects = Object.fromEntries(DRIVERS.map((driver, at) => [driver, parts[at] ?? 0n])) as Effects;
  return { key, before: spentBefore, after: spentAfter, effects, beside: 0n };
}

/** A driver as a fraction in each of the two periods. */
type Factor = readonly [before: Fraction, after: Fraction];
interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

/** The five drivers of one bucket of one cell, in the order of `DRIVERS`. */
type Term = readonly Factor[];

function termsOf(before: CellSpend, after: CellSpend, calls: readonly [bigint, bigint]): Term[] {
  const names = [...new Set([...before.buckets, ...after.buckets].map(({ bucket }) => bucket))];
  const tokens = [tokensOf(before), tokensOf(after)] as const;
  return names.map((name) => {
    const first = asUses(find(before, name), before.calls);
    const second = asUses(find(after, name), after.calls);
    const fee = first?.fee === true || second?.fee === true;
    const amounts = [first?.units ?? 0n, second?.units ?? 0n] as const;
    const wholes = fee ? amounts : tokens;
    return [
      [fraction(calls[0], 1n), fraction(calls[1], 1n)],
      [fraction(before.calls, calls[0]), fraction(after.calls, calls[1])],
      known(fraction(wholes[0], before.calls), fraction(wholes[1], after.calls)),
      fee ? ONE : known(fraction(amounts[0], tokens[0]), fraction(amounts[1], tokens[1])),
      known(fraction(first?.cost ?? 0n, amounts[0]), fraction(second?.cost ?? 0n, amounts[1])),
    ];
  });
}

/** A price per request has cost and no units: it is then one use per call. */
function asUses(spend: BucketSpend | undefined, calls: bigint): BucketSpend | undefined {
  if (spend === undefined || spend.units > 0n || spend.cost === 0n) return spend;
  return { ...spend, fee: true, units: calls };
}

function find({ buckets }: CellSpend, name: string): BucketSpend | undefined {
  return buckets.find(({ bucket }) => bucket === name);
}

function tokensOf({ buckets }: CellSpend): bigint {
  return buckets.reduce((sum, { fee, units }) => (fee ? sum : sum + units), 0n);
}

function fraction(over: bigint, under: bigint): Fraction {
  return { over, under };
}

const ONE: Factor = [fraction(1n, 1n), fraction(1n, 1n)];

/**
 * A driver that has no value in one period (a new model has no earlier rate) takes that of the other: it did not
 * change, and what appears or goes is an effect of the driver before it.
 */
function known(before: Fraction, after: Fraction): Factor {
  if (before.under === 0n && after.under === 0n) return [fraction(0n, 1n), fraction(0n, 1n)];
  if (before.under === 0n) return [after, after];
  return after.under === 0n ? [before, before] : [before, after];
}

/** Value of the term for every set of drivers that have moved; bit i of the index says whether driver i has. */
function subsetValues(term: Term): bigint[] {
  return Array.from({ length: 1 << term.length }, (_, moved) => {
    let over = SCALE;
    let under = 1n;
    term.forEach((factor, at) => {
      const chosen = factor[((moved >> at) & 1) as 0 | 1];
      over *= chosen.over;
      under *= chosen.under === 0n ? 1n : chosen.under;
    });
    return over / under;
  });
}

/** |S|! (5 − |S| − 1)! for the sizes of sets that a driver may join, over 5!. */
const SHAPLEY_WEIGHTS = [24n, 6n, 4n, 6n, 24n];
const SHAPLEY_DENOMINATOR = 120n;

function shapley(values: readonly bigint[], driver: number): bigint {
  const bit = 1 << driver;
  let sum = 0n;
  for (let moved = 0; moved < values.length; moved += 1) {
    if ((moved & bit) !== 0) continue;
    const gain = (values[moved | bit] ?? 0n) - (values[moved] ?? 0n);
    sum += (SHAPLEY_WEIGHTS[countBits(moved)] ?? 0n) * gain;
  }
  return sum;
}

function countBits(value: number): number {
  let count = 0;
  for (let rest = value; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}
