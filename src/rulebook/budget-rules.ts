/**
 * Budgets as the gateway and the authority obey them: who may spend how much, in which span of time, and what happens
 * on the way to the cap. Plain data, so that it can stand in a rulebook; amounts are decimal text of whole units
 * (picodollars, tokens, calls), since JSON has no integers of their size.
 */

export const BUDGET_SCOPES = ['organisation', 'team', 'workflow', 'customer', 'key', 'tag'] as const;
export type BudgetScopeKind = (typeof BUDGET_SCOPES)[number];

export interface BudgetScope {
  readonly kind: BudgetScopeKind;
  /** Whose spend counts. `*`: every value has a budget of its own of this size. Empty for `organisation`. */
  readonly value: string;
  /** The tag's name, for `tag`; else empty. */
  readonly tag: string;
}

export const BUDGET_UNITS = ['money', 'tokens', 'calls'] as const;
/** `money` in picodollars, `tokens` of input and output together, `calls` of inference (retries are not counted again). */
export type BudgetUnit = (typeof BUDGET_UNITS)[number];

export const BUDGET_PERIODS = ['hour', 'day', 'week', 'month', 'quarter', 'year'] as const;

/** Calendar spans begin where they begin in the time zone; a rolling one ends now and is `hours` long. */
export type BudgetWindow =
  | { readonly kind: 'calendar'; readonly unit: (typeof BUDGET_PERIODS)[number]; readonly timeZone: string }
  | { readonly kind: 'rolling'; readonly hours: number };

export const BUDGET_MODES = ['hard', 'expected', 'observe'] as const;
/**
 * - `hard`: a call goes out only when an upper bound of what it can cost is reserved in every scope: overrun 0.
 * - `expected`: what calls of its kind usually cost is reserved; overrun at most what calls under way exceed it by.
 * - `observe`: nothing is reserved and nothing refused; thresholds are told.
 */
export type BudgetMode = (typeof BUDGET_MODES)[number];

/** What happens to calls from a share of the cap on. */
export type BudgetAction =
  | { readonly kind: 'warn' }
  /** At most so many new calls a second and worker; others wait, and are refused after the longest wait. */
  | { readonly kind: 'throttle'; readonly callsPerSecond: number }
  /** Asks a cheaper model of the same dialect instead, for as long as the threshold is passed. */
  | { readonly kind: 'downgrade'; readonly model: string }
  | { readonly kind: 'block' };

/** What an action does, as terminal and page say it. */
export function actionText(action: BudgetAction): string {
  switch (action.kind) {
    case 'warn':
      return 'warn';
    case 'throttle':
      return `at most ${action.callsPerSecond} new calls a second and worker`;
    case 'downgrade':
      return `ask ${action.model} instead`;
    case 'block':
      return 'refuse calls';
  }
}

export interface BudgetThreshold {
  /** Spent and reserved in percent of the amount, 1 to 100, at which the action begins. */
  readonly percent: number;
  readonly action: BudgetAction;
}

export const AUTHORITY_LOSS = ['closed', 'local', 'open'] as const;
/**
 * What calls do while the budget authority cannot be reached: `closed` refuses them, `local` spends what is left of
 * the worker's slice (overrun stays 0), `open` lets them through and books them afterwards (no bound).
 */
export type AuthorityLoss = (typeof AUTHORITY_LOSS)[number];

export interface BudgetRule {
  readonly id: string;
  readonly name: string;
  readonly scope: BudgetScope;
  readonly unit: BudgetUnit;
  /** The cap of one window: whole units as decimal text. */
  readonly amount: string;
  readonly window: BudgetWindow;
  readonly mode: BudgetMode;
  /** By percent, ascending. */
  readonly thresholds: readonly BudgetThreshold[];
  readonly onAuthorityLoss: AuthorityLoss;
  /**
   * What one call is taken to cost at most where no bound can be computed (server-side searches, audio, unpriced
   * models), whole units as decimal text; empty: such calls are refused by a hard budget.
   */
  readonly unboundedCall: string;
}
