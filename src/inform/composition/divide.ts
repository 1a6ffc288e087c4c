/**
 * What a cost was made of: one group of lines, divided over the composition parts to the picodollar. Pure.
 *
 * The cost of input is divided over the input parts by their tokens, that of output over the output parts by theirs, by
 * largest remainder. A cache holds a prefix, so cached tokens are those of the leading parts of each call; but sums of
 * many calls no longer say whose prefix was cached, so no part is favoured here and the division is an estimate.
 */
import type { Figures } from '../../ledger/question.ts';
import { parseDollars, splitByWeights } from '../../units/money.ts';
import type { Picodollars } from '../../units/money.ts';
import { INPUT_PARTS, OUTPUT_PARTS } from '../../units/tokens.ts';

/** `unknown` comes last: what nothing is known of falls to it. */
const INPUT = [...INPUT_PARTS.filter((part) => part !== 'unknown'), 'unknown'] as const;
const OUTPUT = [...OUTPUT_PARTS, 'unknown'] as const;

export const COST_PARTS = [
  ...INPUT_PARTS.filter((part) => part !== 'unknown'),
  ...OUTPUT_PARTS,
  'fees',
  'unknown',
] as const;
type CostPart = (typeof COST_PARTS)[number];
export type CostParts = Readonly<Record<CostPart, Picodollars>>;

export const NO_PARTS = Object.fromEntries(COST_PARTS.map((part) => [part, 0n])) as CostParts;

/** @returns parts that sum to the cost of these figures exactly. */
export function divide(figures: Figures): CostParts {
  const [cost, input, output, fees] = [
    figures.cost,
    figures.inputCost,
    figures.outputCost,
    figures.feeCost,
  ].map((text) => parseDollars(text ?? '0')) as [bigint, bigint, bigint, bigint];
  const parts = { ...NO_PARTS, fees };
  const { composition } = figures;
  share(parts, input, INPUT, weigh(INPUT, composition?.input, figures.inputTokens));
  share(parts, output, OUTPUT, weigh(OUTPUT, composition?.output, figures.outputTokens));
  parts.unknown += cost - input - output - fees; // costs without a bucket, such as corrections
  return parts;
}

export function addParts(left: CostParts, right: CostParts): CostParts {
  return Object.fromEntries(COST_PARTS.map((part) => [part, left[part] + right[part]])) as CostParts;
}

function share(
  parts: Record<CostPart, Picodollars>,
  whole: Picodollars,
  names: readonly CostPart[],
  weights: readonly bigint[],
): void {
  const shares = splitByWeights(whole, weights);
  for (const [at, name] of names.entries()) parts[name] += shares[at] ?? 0n;
}

/** Tokens that no part names are unknown. Lines that take back more than they leave have no division: all is unknown. */
function weigh(names: readonly string[], tokens: Readonly<Record<string, number>> = {}, whole = 0): bigint[] {
  const weights = names.map((name) => BigInt(tokens[name] ?? 0));
  const missing = BigInt(whole) - weights.reduce((sum, weight) => sum + weight, 0n);
  if (missing > 0n) weights[weights.length - 1] = (weights.at(-1) ?? 0n) + missing;
  return weights.some((weight) => weight < 0n) ? weights.map(() => 0n) : weights;
}
