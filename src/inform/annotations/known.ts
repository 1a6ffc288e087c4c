/** What a mark is, and what marks are made of. */
import type { DecidedBudget } from '../../budgets/budgets.ts';
import type { LockedMonth } from '../../ledger/question.ts';
import type { PriceBookData, PriceDecision } from '../../prices/prices.ts';
import type {
  AnomalyNote,
  AttributionDecision,
  BudgetDecision,
  ForecastDecision,
} from '../../registry/registry.ts';

export type AnnotationKind =
  | 'price'
  | 'agreement'
  | 'commitment'
  | 'budget'
  | 'anomaly'
  | 'rule'
  | 'close'
  | 'plan';

/** Whom it is about; an absent name is everybody. Prices may name models as patterns with `*`. */
export interface AnnotationScope {
  readonly workflow?: string;
  readonly team?: string;
  readonly model?: string;
  readonly provider?: string;
}

export interface Annotation {
  readonly atMs: number;
  readonly kind: AnnotationKind;
  /** Two or three words for a chart. */
  readonly short: string;
  /** One line. */
  readonly text: string;
  /** The page that knows more, with its address: `/prices`. */
  readonly link: string;
  readonly scope: AnnotationScope;
}

/** A budget as it stood when the ledger came to a share of it. */
export interface CrossedBudget {
  readonly rule: DecidedBudget;
  /** Whose, where each value has a budget of its own. */
  readonly value: string;
  /** Of its amount; less than 100: from there on calls are refused. */
  readonly percent: number;
  readonly atMs: number;
  /** By the end of the day or hour, in whole units. */
  readonly spent: bigint;
}

/** All that is known of, whatever the period. */
export interface Known {
  readonly book: PriceBookData;
  /** The price book's names of the providers that are used here: list prices of others are nobody's news. */
  readonly providers: ReadonlySet<string>;
  readonly prices: readonly PriceDecision[];
  readonly commitments: readonly AttributionDecision[];
  readonly rules: readonly AttributionDecision[];
  readonly budgets: readonly BudgetDecision[];
  readonly crossings: readonly CrossedBudget[];
  readonly anomalies: readonly AnomalyNote[];
  readonly plans: readonly ForecastDecision[];
  readonly closed: readonly LockedMonth[];
  readonly teamOf: (workflow: string) => string;
  /** A budget's amount in words: `$500`, `2,000 calls`. */
  readonly amountOf: (budget: DecidedBudget) => string;
}
