/** What a call asks of its budgets, and what it is told: values that the holder and the gateway share. */
import type { Account, Amount } from './account.ts';

/** What a call needs in one account. */
export interface Need {
  readonly account: Account;
  /** The upper bound (hard) or the expectation (expected) of what the call takes; 0 where nothing is reserved. */
  readonly amount: Amount;
  /** What it can take at most where that is more than `amount` (`expected` budgets); absent: `amount`. */
  readonly most?: Amount;
}

export interface Reservation {
  readonly needs: readonly Need[];
  /**
   * Books what the call came to, in the order of the needs; at `atMs`, the instant that decides the window's step.
   * A second settlement changes nothing.
   */
  settle(actual: readonly Amount[]): void;
  /** Asks for more, for a stream that outgrows what it reserved. @returns whether all of it was given. */
  extend(more: readonly Amount[]): Promise<boolean>;
}

export type Admission =
  | { readonly kind: 'reserved'; readonly reservation: Reservation }
  /** It does not fit, now or (after waiting) at all. */
  | {
      readonly kind: 'full';
      readonly account: Account;
      readonly need: Amount;
      readonly spent: Amount;
      readonly held: Amount;
    }
  /** The authority cannot be asked, and the budget says that calls then do not go. */
  | { readonly kind: 'unreachable'; readonly account: Account };

/** What came of asking the authority. */
export type Asked =
  | { readonly kind: 'granted' | 'later' | 'lost' }
  | {
      readonly kind: 'full';
      readonly account: string;
      readonly spent: Amount;
      readonly held: Amount;
      readonly couldFit: boolean;
    };

/** @returns the refusal: nobody could be asked, or it does not fit and says where. */
export function full(first: Need, answer: Asked, needs: readonly Need[] = [first]): Admission {
  if (answer.kind !== 'full') return { kind: 'unreachable', account: first.account };
  const need = needs.find(({ account }) => account.id === answer.account) ?? first;
  return {
    kind: 'full',
    account: need.account,
    need: need.amount,
    spent: answer.spent,
    held: answer.held,
  };
}
