/** One dollar, cut into what it bought: whole cents that add up to a hundred, in the fixed order of the parts. */
import { splitByWeights } from '../../../units/money.ts';

export interface DollarPart {
  readonly name: string;
  readonly label: string;
  /** Class of its mark. */
  readonly mark: string;
  /** Fees are neither input nor output, and what was not seen may be either. */
  readonly side: 'input' | 'output' | 'fees' | 'unknown';
  /** Class of a text that can be read on the part; none: it is written below. */
  readonly on?: 'on-1' | 'on-2';
}

/** The order never changes, so that two strips can be compared by eye. */
export const DOLLAR_PARTS: readonly DollarPart[] = [
  { name: 'system', label: 'System', mark: 'c-sys', side: 'input', on: 'on-1' },
  { name: 'tools', label: 'Tools', mark: 'c-tools', side: 'input', on: 'on-1' },
  { name: 'history', label: 'History', mark: 'c-hist', side: 'input', on: 'on-1' },
  { name: 'retrieval', label: 'Retrieval', mark: 'c-ret', side: 'input', on: 'on-2' },
  { name: 'user', label: 'User', mark: 'c-user', side: 'input', on: 'on-2' },
  { name: 'media', label: 'Media', mark: 'c-media', side: 'input' },
  { name: 'overhead', label: 'Overhead', mark: 'c-over', side: 'input' },
  { name: 'text', label: 'Text', mark: 'c-text', side: 'output', on: 'on-1' },
  { name: 'reasoning', label: 'Reasoning', mark: 'c-reas', side: 'output', on: 'on-2' },
  { name: 'toolCalls', label: 'Tool calls', mark: 'c-call', side: 'output', on: 'on-2' },
  { name: 'fees', label: 'Fees', mark: 'c-fee', side: 'fees' },
  { name: 'unknown', label: 'Unknown', mark: 'c-unk', side: 'unknown' },
];

export interface DollarCut extends DollarPart {
  readonly cents: bigint;
  readonly amount: bigint;
  readonly x: number;
  readonly width: number;
}

const GAP = 1;
/** Where input ends and output begins, so that the share of input is read without a legend. */
const WIDE_GAP = 6;
const CENTS = 100n;

/**
 * The parts that money was spent on; those of nothing are left out, and so are those that gave money back: no width is below
 * none, so `givenBack` names them beside. @param amounts picodollars by the name of the part
 */
export function cutDollar(amounts: Readonly<Record<string, bigint>>, width: number): DollarCut[] {
  const shown = DOLLAR_PARTS.flatMap((part) => {
    const amount = amounts[part.name] ?? 0n;
    return amount > 0n ? [{ ...part, amount }] : [];
  });
  if (shown.length === 0) return [];
  const cents = centsOf(shown);
  const total = shown.reduce((sum, { amount }) => sum + amount, 0n);
  const gaps = shown.map((part, at) => gapBefore(shown[at - 1], part));
  const room = width - gaps.reduce((sum, gap) => sum + gap, 0);
  let x = 0;
  return shown.map((part, at) => {
    x += gaps[at] ?? 0;
    const its = (Number(part.amount) / Number(total)) * room;
    const cut = { ...part, cents: cents[at] ?? 0n, x, width: its };
    x += its;
    return cut;
  });
}

/** First by side and then within each, so that the cents of a side are its share of the dollar, rounded once. */
function centsOf(shown: readonly (DollarPart & { readonly amount: bigint })[]): bigint[] {
  const sides = [...new Set(shown.map(({ side }) => side))];
  const amountsOf = (side: DollarPart['side']): bigint[] =>
    shown.filter((part) => part.side === side).map(({ amount }) => amount);
  const ofSides = splitByWeights(
    CENTS,
    sides.map((side) => amountsOf(side).reduce((sum, amount) => sum + amount, 0n)),
  );
  return sides.flatMap((side, at) => splitByWeights(ofSides[at] ?? 0n, amountsOf(side)));
}

/** Parts below zero, where corrections took back more than was spent in the period. They are in no cut. */
export function givenBack(amounts: Readonly<Record<string, bigint>>): (DollarPart & { amount: bigint })[] {
  return DOLLAR_PARTS.flatMap((part) => {
    const amount = amounts[part.name] ?? 0n;
    return amount < 0n ? [{ ...part, amount }] : [];
  });
}

function gapBefore(before: DollarPart | undefined, { side }: DollarPart): number {
  if (before === undefined) return 0;
  return before.side === side ? GAP : WIDE_GAP;
}

/** `31¢`; a part that is there but rounds to none is `<1¢`. */
export function centsText(cents: bigint): string {
  return cents === 0n ? '<1¢' : `${cents}¢`;
}

/** A sentence of the same data. */
export function dollarSentence(cuts: readonly DollarCut[]): string {
  const sum = (side: DollarPart['side']): bigint =>
    cuts.filter((cut) => cut.side === side).reduce((total, { cents }) => total + cents, 0n);
  const largest = cuts.toSorted((a, b) => (a.amount < b.amount ? 1 : -1))[0];
  const beside = (['fees', 'unknown'] as const).flatMap((side) =>
    cuts.some((cut) => cut.side === side) ? [`${centsText(sum(side))} ${side}`] : [],
  );
  const sides = [`${sum('input')}¢ were input`, `${sum('output')}¢ output`, ...beside];
  const head = `Of one dollar, ${sides.slice(0, -1).join(', ')} and ${sides.at(-1)}`;
  return largest === undefined
    ? 'Nothing was spent.'
    : `${head}; most went to ${largest.label.toLowerCase()}, ${centsText(largest.cents)}.`;
}
