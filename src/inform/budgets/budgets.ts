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
  const { ledger, rules, views, atMs, untilMs, past } = ask;
  const spending = await unlessAway(() => readSpending(ledger, rules, atMs, untilMs));
  return {
    standings: standingsOf({ rules, views, spending, atMs, past }),
    completeUntilMs: spending?.completeUntilMs,
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
