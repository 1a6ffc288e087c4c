/** Where budgets stand and where they go, for people. The front door of this part. */
import type { AccountView } from '../../budgets/budgets.ts';
import type { LedgerReader } from '../../ledger/question.ts';
import type { BudgetRule } from '../../rulebook/rulebook.ts';
import { readSpending, spanOf } from './spending.ts';
import type { LedgerSpending } from './spending.ts';
import { standingsOf } from './standing.ts';
import type { BudgetStanding } from './standing.ts';

export { callBound, checkAccount, countingRules } from './check.ts';
export type { AccountCheck, CallBound, CallSize, Verdict } from './check.ts';
export type { Burn, NoBreach } from './burn.ts';
export { crossingsIn, readCrossings } from './crossings.ts';
export type { Crossing, StoodBudget } from './crossings.ts';
export { EACH } from './spending.ts';
export type { AccountStanding, AccountState, BudgetStanding } from './standing.ts';
export { amountText, boundText, budgetsSentence, windowText } from './words.ts';

export interface StandingsAsk {
  readonly ledger: LedgerReader;
  readonly rules: readonly BudgetRule[];
  /** Undefined: the authority cannot be asked, or (past) is not. */
  readonly views: readonly AccountView[] | undefined;
  readonly atMs: number;
  /** Spend before it counts; default: `atMs`. */
  readonly untilMs?: number;
  /** The instant is over: only the ledger knows of it. */
  readonly past: boolean;
}

export interface Standings {
  /** One for each rule, in their order. */
  readonly standings: readonly BudgetStanding[];
  /** Undefined: the ledger is away, and what only it knows is undefined in the standings. */
  readonly completeUntilMs: number | undefined;
}

/** Where budgets stand at an instant. A ledger that is away leaves its part unknown; the authority's is told all the same. */
export async function readStandings(ask: StandingsAsk): Promise<Standings> {
  const { ledger, rules, atMs, untilMs } = ask;
  return standingsIn(
    ask,
    await unlessAway(() => readSpending(ledger, rules, atMs, { ...(untilMs !== undefined && { untilMs }) })),
  );
}

function standingsIn(
  { rules, views, atMs, past }: Omit<StandingsAsk, 'ledger'>,
  spending: LedgerSpending | undefined,
): Standings {
  return {
    standings: standingsOf({ rules, views, spending, atMs, past }),
    completeUntilMs:
      spending === undefined || spending.completeUntilMs === Infinity ? undefined : spending.completeUntilMs,
  };
}

/** How long the ledger's part of an answer may be used again: many look at the same page, and it changes slowly. */
const FRESH_MS = 5_000;
const MOST_REMEMBERED = 32;

/**
 * Reads standings of now, again and again: the ledger is asked once in a while, the authority's views are always those
 * of the ask.
 */
export function openStandings(
  ledger: LedgerReader,
): (ask: Omit<StandingsAsk, 'ledger' | 'past'>) => Promise<Standings> {
  const remembered = new Map<
    string,
    { readonly atMs: number; readonly spending: Promise<LedgerSpending | undefined> }
  >();
  const ages = new Set<number>();
  return async (ask) => {
    const { rules, atMs } = ask;
    const id = JSON.stringify(rules.map((rule) => [rule.id, rule.scope.value]));
    let known = remembered.get(id);
    if (known === undefined || atMs < known.atMs || atMs - known.atMs >= FRESH_MS) {
      if (remembered.size >= MOST_REMEMBERED) remembered.clear();
      known = { atMs, spending: unlessAway(() => readSpending(ledger, rules, atMs, { ages })) };
      remembered.set(id, known);
    }
    const forget = (): void => {
      if (remembered.get(id) === known) remembered.delete(id); // what failed is asked again
    };
    try {
      const spending = await known.spending;
      if (spending === undefined) forget();
      return standingsIn({ ...ask, past: false }, spending);
    } catch (error) {
      forget();
      throw error;
    }
  };
}

/** Where a budget stood at the end of each of so many windows before; a rolling one has none. Newest first. */
export async function readPastWindows(
  ledger: LedgerReader,
  rule: BudgetRule,
  atMs: number,
  windows: number,
): Promise<BudgetStanding[]> {
  const past: BudgetStanding[] = [];
  if (rule.window.kind === 'rolling') return past;
  let { fromMs } = spanOf(rule.window, atMs);
  for (let back = 0; back < windows; back += 1) {
    const endMs = fromMs - 1; // the last instant of the window before
    const ask = { ledger, rules: [rule], views: undefined, atMs: endMs, untilMs: fromMs, past: true };
    const { standings, completeUntilMs } = await readStandings(ask);
    if (completeUntilMs === undefined) return past;
    past.push(...standings);
    ({ fromMs } = spanOf(rule.window, endMs));
  }
  return past;
}

async function unlessAway(read: () => Promise<LedgerSpending>): Promise<LedgerSpending | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Error && error.name === 'LedgerAway') return undefined;
    throw error;
  }
}
