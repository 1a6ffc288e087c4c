/** How fast a budget is used up, and when it is: the present pace carried on. Whole numbers throughout. Pure. */
import type { Amount } from '../../budgets/budgets.ts';
import type { Span } from '../../ledger/question.ts';
import type { BudgetWindow } from '../../rulebook/rulebook.ts';
import { divideRounded } from '../../units/money.ts';
import type { Spending } from './spending.ts';

const DAY_MS = 86_400_000n;

/** Why there is no date; empty: there is one. */
export type NoBreach =
  | ''
  /** It is used up already; `crossed` says since when. */
  | 'used-up'
  /** At this pace the window ends first. */
  | 'fits'
  /** Spend leaves a rolling window again, so there is no date; `projected` says what it settles at. */
  | 'rolling'
  | 'nothing-spent'
  /** The ledger holds no calls from before the span that a pace is taken over. */
  | 'too-young'
  | 'ledger-away'
  /** Simulated calls are no spend of the ledger's. */
  | 'simulated';

export interface Burn {
  /** Per day of 24 hours, at the pace of the last `paceMs`. */
  readonly perDay: Amount | undefined;
  readonly paceMs: number | undefined;
  /** Spent per day of the window so far. */
  readonly perDayOfWindow: Amount | undefined;
  /** What the window comes to at this pace: at its end, or (rolling) when it has filled with this pace. */
  readonly projected: Amount | undefined;
  /** When the cap is reached at this pace; within the window. */
  readonly breachAtMs: number | undefined;
  readonly why: NoBreach;
  /** The day or hour in which spend reached the cap, by the ledger. */
  readonly crossed: { readonly fromMs: number; readonly step: 'day' | 'hour' } | undefined;
}

export interface BurnAsk {
  readonly cap: Amount;
  /** What the ledger or the authority says was spent. */
  readonly spent: Amount;
  readonly spending: Spending;
  readonly window: BudgetWindow;
  readonly span: Span;
  readonly atMs: number;
}

export const NO_BURN: Omit<Burn, 'why'> = {
  perDay: undefined,
  paceMs: undefined,
  perDayOfWindow: undefined,
  projected: undefined,
  breachAtMs: undefined,
  crossed: undefined,
};

export function burnOf(ask: BurnAsk): Burn {
  const { cap, spent, spending, window, span, atMs } = ask;
  const crossed = crossingOf(spending, cap);
  const sofar = BigInt(Math.max(1, atMs - span.fromMs));
  const perDayOfWindow = divideRounded(spending.spent * DAY_MS, sofar);
  const { pace } = spending;
  const used = spent >= cap;
  if (pace === undefined) return { ...NO_BURN, perDayOfWindow, crossed, why: used ? 'used-up' : 'too-young' };
  const paceMs = BigInt(pace.spanMs);
  const leftMs = BigInt(Math.max(0, span.toMs - atMs));
  const projected =
    window.kind === 'rolling'
      ? divideRounded(pace.amount * BigInt(span.toMs - span.fromMs), paceMs)
      : spent + divideRounded(pace.amount * leftMs, paceMs);
  const known = {
    perDay: divideRounded(pace.amount * DAY_MS, paceMs),
    paceMs: pace.spanMs,
    perDayOfWindow,
    projected,
    crossed,
  };
  const none = (why: NoBreach): Burn => ({ ...known, breachAtMs: undefined, why });
  if (used) return none('used-up');
  if (pace.amount <= 0n) return none('nothing-spent');
  if (window.kind === 'rolling') return none('rolling');
  const untilMs = ((cap - spent) * paceMs + pace.amount - 1n) / pace.amount;
  if (untilMs >= leftMs) return none('fits');
  return { ...known, breachAtMs: atMs + Number(untilMs), why: '' };
}

function crossingOf({ steps, step }: Spending, cap: Amount): Burn['crossed'] {
  let sum = 0n;
  for (const { fromMs, amount } of steps) {
    sum += amount;
    if (sum >= cap) return { fromMs, step };
  }
  return undefined;
}
