/** Whether the statement's days are those of another time zone: then the ledger's hours, counted by its days, fit far better. */
import type { LedgerFact } from './facts.ts';
import { match } from './match.ts';
import type { Cell, SourcedLine } from './match.ts';

const HOUR_MS = 3_600_000;
const MOST_HOURS = 14;

export interface Shift {
  /** Hours that the statement's day begins after the UTC one. */
  readonly hours: number;
  readonly before: bigint;
  readonly after: bigint;
}

/** @param facts of the month and of the day around it; @param inMonth whether an instant counts. */
export function findShift(
  facts: readonly LedgerFact[],
  lines: readonly SourcedLine[],
  provider: string,
  inMonth: (atMs: number) => boolean,
): Shift | undefined {
  if (lines.every(({ monthly }) => monthly)) return undefined;
  const scoreAt = (hours: number): bigint =>
    score(match(shifted(facts, hours, inMonth), lines, provider).cells);
  const before = scoreAt(0);
  if (before === 0n) return undefined;
  let best: Shift | undefined;
  for (let hours = -MOST_HOURS; hours <= MOST_HOURS; hours += 1) {
    const after = hours === 0 ? before : scoreAt(hours);
    if (after < (best?.after ?? before)) best = { hours, before, after };
  }
  return best !== undefined && best.after * 4n <= before ? best : undefined;
}

/** Facts as a day that begins so many hours later counts them. */
export function shifted(
  facts: readonly LedgerFact[],
  hours: number,
  inMonth: (atMs: number) => boolean,
): LedgerFact[] {
  return facts
    .map((fact) => (hours === 0 ? fact : { ...fact, atMs: fact.atMs - hours * HOUR_MS }))
    .filter(({ atMs }) => inMonth(atMs));
}

function score(cells: readonly Cell[]): bigint {
  return cells.reduce((sum, cell) => {
    const gap =
      cell.units === null
        ? ((cell.cost ?? 0n) - cell.ledgerCost) / 1_000_000n
        : cell.units - cell.ledgerUnits;
    return sum + (gap < 0n ? -gap : gap);
  }, 0n);
}
