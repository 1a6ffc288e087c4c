/**
 * Would this call go? Which budgets count it, what it would reserve in each, and what is left there. Nothing is
 * reserved by asking, so by the time the call is made it may be otherwise. Pure.
 */
import { valueOf } from '../../budgets/budgets.ts';
import type { Amount, CallOwner } from '../../budgets/budgets.ts';
import type { PriceBook } from '../../prices/prices.ts';
import type { BudgetRule, BudgetThreshold } from '../../rulebook/rulebook.ts';
import type { Bucket, Usage } from '../../units/tokens.ts';
import { exact } from './words.ts';
import type { AccountStanding } from './standing.ts';

export interface CallSize {
  /** The provider's name in the price book. */
  readonly provider: string;
  readonly model: string;
  /** The most that the input can be, in tokens. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly team: string;
  readonly atMs: number;
}

/** What a call can come to at most. */
export interface CallBound {
  readonly tokens: Amount;
  /** Undefined: the model has no price. */
  readonly cost: Amount | undefined;
}

/** `waits`: it fits once calls under way have come to less than they hold; else it is refused after the longest wait. */
export type Verdict = 'go' | 'waits' | 'refused' | 'unknown';

export interface AccountCheck {
  readonly rule: BudgetRule;
  readonly standing: AccountStanding;
  readonly verdict: Verdict;
  /** What it would reserve; undefined where that is not known beforehand. */
  readonly reserves: Amount | undefined;
  /** What it can come to there; undefined: no bound is known. */
  readonly most: Amount | undefined;
  /** Thresholds passed, whose actions hold for it. */
  readonly acting: readonly BudgetThreshold[];
  readonly words: string;
}

const INPUTS: readonly Bucket[] = ['freshIn', 'cacheWrite5m', 'cacheWrite1h'];
const OUTPUTS: readonly Bucket[] = ['textOut', 'reasoningOut'];
/** The one geography, and the one tier, that providers charge more for and may choose by themselves. */
const WAYS = [
  ['', ''],
  ['', 'us'],
  ['priority', ''],
  ['priority', 'us'],
] as const;

/** Of everything that decides a price and is only known afterwards, the dearest is taken: as a hard budget reserves. */
export function callBound(prices: PriceBook, size: CallSize): CallBound {
  const { provider, model, inputTokens, outputTokens, team, atMs } = size;
  let cost: Amount | undefined;
  for (const [serviceTier, geo] of WAYS) {
    for (const input of INPUTS) {
      for (const output of OUTPUTS) {
        const usage: Usage = { [input]: inputTokens, ...(outputTokens > 0 && { [output]: outputTokens }) };
        const priced = prices.price({ provider, model, usage, atMs, serviceTier, geo, team });
        if (priced.kind === 'priced' && (cost === undefined || priced.total > cost)) cost = priced.total;
      }
    }
  }
  return { tokens: BigInt(inputTokens + outputTokens), cost };
}

/** Whose account counts the call, of those budgets that do. */
export function countingRules(
  rules: readonly BudgetRule[],
  owner: CallOwner,
): Array<{ readonly rule: BudgetRule; readonly value: string }> {
  return rules.flatMap((rule) => {
    const value = valueOf(rule, owner);
    return value === undefined ? [] : [{ rule, value }];
  });
}

export function checkAccount(rule: BudgetRule, standing: AccountStanding, bound: CallBound): AccountCheck {
  const most = mostOf(rule, bound);
  const acting = standing.passed.filter(({ action }) => action.kind !== 'warn');
  const base = { rule, standing, most, acting };
  if (rule.mode === 'observe')
    return {
      ...base,
      verdict: 'go',
      reserves: 0n,
      words: 'It only observes: nothing is reserved or refused.',
    };
  const block = acting.find(({ action }) => action.kind === 'block');
  if (block !== undefined)
    return {
      ...base,
      verdict: 'refused',
      reserves: undefined,
      words: `It blocks calls from ${block.percent}% on.`,
    };
  if (rule.mode === 'hard') return { ...base, ...checkHard(rule, standing, bound, most) };
  return { ...base, ...checkExpected(rule, standing) };
}

type Judged = Pick<AccountCheck, 'verdict' | 'reserves' | 'words'>;

function checkHard(
  rule: BudgetRule,
  standing: AccountStanding,
  bound: CallBound,
  most: Amount | undefined,
): Judged {
  if (most === undefined)
    return {
      verdict: 'refused',
      reserves: undefined,
      words:
        'The model has no price, so no upper bound can be reserved. Set its price, or the budget’s amount for calls without a bound.',
    };
  const { remaining, spent, cap } = standing;
  const assumed =
    rule.unit === 'money' && bound.cost === undefined ? ' (the amount set for calls without a bound)' : '';
  const needs = `${exact(most, rule.unit)}${assumed}`;
  if (spent !== undefined && cap - spent < most) {
    const left = cap > spent ? cap - spent : 0n;
    return {
      verdict: 'refused',
      reserves: most,
      words: `It would reserve ${needs}; ${exact(left, rule.unit)} is left.`,
    };
  }
  if (remaining === undefined)
    return {
      verdict: 'unknown',
      reserves: most,
      words: `It would reserve ${needs}; ${unknownText(rule, standing)}`,
    };
  if (remaining < most)
    return {
      verdict: 'waits',
      reserves: most,
      words: `It would reserve ${needs}; ${exact(remaining, rule.unit)} is free, the rest is held by calls under way.`,
    };
  return {
    verdict: 'go',
    reserves: most,
    words: `It would reserve ${needs} of the ${exact(remaining, rule.unit)} that is left.`,
  };
}

function checkExpected(rule: BudgetRule, standing: AccountStanding): Judged {
  const { remaining, spent, cap } = standing;
  if (spent !== undefined && spent >= cap)
    return { verdict: 'refused', reserves: undefined, words: 'Nothing is left.' };
  if (remaining === undefined)
    return { verdict: 'unknown', reserves: undefined, words: unknownText(rule, standing) };
  if (remaining === 0n)
    return { verdict: 'waits', reserves: undefined, words: 'All that is left is held by calls under way.' };
  return {
    verdict: 'go',
    reserves: undefined,
    words: `It would reserve what calls of its kind usually cost; ${exact(remaining, rule.unit)} is left.`,
  };
}

function unknownText({ onAuthorityLoss }: BudgetRule, { state }: AccountStanding): string {
  if (state === 'unready') return 'what was spent is not known yet, and gateways wait until it is.';
  if (state === 'unreachable')
    return `the budget authority does not answer, so what is left is not known (then: ${onAuthorityLoss}).`;
  return 'the ledger does not answer, so what is left is not known.';
}

function mostOf({ unit, unboundedCall }: BudgetRule, bound: CallBound): Amount | undefined {
  if (unit === 'calls') return 1n;
  if (unit === 'tokens') return bound.tokens;
  return bound.cost ?? (unboundedCall === '' ? undefined : BigInt(unboundedCall));
}
