/**
 * What holders of slices and the authority say to each other: a leaf. Everything is a running total or carries a
 * number, so a message that is lost, repeated or late does no harm. `AuthorityLink` is the contract of a transport;
 * every one of them passes the same case table (`cases.ts` in test/conformance).
 */
import type { Amount } from './account.ts';

/** One worker's life: the id of its journal. */
export interface Ask {
  readonly holder: string;
  /** One more for every time the holder had to introduce itself again; older messages are not heard. */
  readonly session: number;
}

export interface AccountOf {
  readonly account: string;
  readonly cap: Amount;
  /** 0 for a calendar window. */
  readonly lengthMs: number;
  readonly stepMs: number;
}

export interface GrantLine extends AccountOf {
  /** Without this much the call cannot go. */
  readonly need: Amount;
  /** As much as would save asking again soon; at least `need`. */
  readonly want: Amount;
}

export interface GrantAsk extends Ask {
  /** Rising; asking again under the same number changes nothing. */
  readonly number: number;
  readonly lines: readonly GrantLine[];
}

/** `detached`: the authority does not know this holder (it was started anew): attach, then ask again. */
export type GrantAnswer =
  | {
      readonly kind: 'granted';
      readonly amounts: readonly Amount[];
      readonly levels: readonly AccountLevel[];
    }
  | {
      readonly kind: 'full';
      /** Which line does not fit. */
      readonly line: number;
      readonly spent: Amount;
      readonly held: Amount;
      readonly cap: Amount;
      /** It would fit when what is held by others has ended for less than it was held for. */
      readonly couldFit: boolean;
    }
  | { readonly kind: 'unready'; readonly line: number }
  | { readonly kind: 'detached' };

/** Running totals of one holder in one account. `granted + overdrawn = returned + settled + reserved + left`. */
export interface HolderTotals extends AccountOf {
  readonly granted: Amount;
  readonly returned: Amount;
  /** Spent beyond what was granted. */
  readonly overdrawn: Amount;
  readonly settled: Amount;
  /** What calls under way can come to beyond what is reserved for them (`expected` budgets): no total, the present figure. */
  readonly exposed: Amount;
  /** The settled amounts by the begin of their steps. */
  readonly steps: ReadonlyArray<readonly [stepMs: number, amount: Amount]>;
}

export interface Attach extends Ask {
  readonly totals: readonly HolderTotals[];
}

export interface HolderReport extends Ask {
  readonly totals: readonly HolderTotals[];
}

export interface AccountLevel {
  readonly account: string;
  readonly spent: Amount;
  readonly held: Amount;
}

export type ReportAnswer =
  | { readonly kind: 'heard'; readonly recall: readonly string[]; readonly levels: readonly AccountLevel[] }
  | { readonly kind: 'detached' };

/** Spend by the begin of its step; a calendar window has one. */
export type Steps = ReadonlyMap<number, Amount>;

/** What one account looks like to people. */
export interface AccountView {
  readonly account: string;
  readonly cap: Amount;
  readonly spent: Amount;
  /** Given to gateways and not yet settled: reservations of calls under way and what slices have left. */
  readonly reserved: Amount;
  /** The part of `reserved` whose gateway is gone: it counts as spent until its journal says what it was. */
  readonly presumed: Amount;
  /** How far calls under way can pass their reservations (`expected` budgets): the bound of an overrun at this moment. */
  readonly exposed: Amount;
  readonly known: boolean;
}

/** One account as its bookkeeper sees it. */
export interface BookedAccount {
  readonly account: string;
  /** False until the ledger has been asked: nothing is given before. */
  readonly known: boolean;
  /** Another one after every rebase. */
  readonly revision: string;
  /** Whose totals count here; the lines of their journals must not be in the base too. */
  readonly holders: readonly string[];
}

/** One holder as its bookkeeper sees it. */
export interface BookedHolder {
  readonly holder: string;
  /** Its connection is gone, or it was silent for too long. */
  readonly lost: boolean;
  /** Whoever drained its journal has said so: every line of it is in the ledger, and there can be no more. */
  readonly drained?: boolean;
}

export interface Rebase {
  readonly account: string;
  /** As it was when the ledger was asked. */
  readonly revision: string;
  /** What the ledger holds of everybody but the account's holders that are not in `ended`. */
  readonly base: Steps;
  readonly ended: readonly string[];
}

/** What the bookkeeper does with an authority, wherever that is. Each method rejects when it cannot be reached. */
export interface AuthorityBooks {
  /** Whether an account waits for its base. */
  wanted(): Promise<boolean>;
  look(): Promise<{
    readonly accounts: readonly BookedAccount[];
    readonly holders: readonly BookedHolder[];
    /** Journals that a drain says are in the ledger to their end, and whose holder nobody knows: it is over, not on its way. */
    readonly drained?: readonly string[];
  }>;
  /** Makes sure that accounts are known of, so that they can be based before anybody asks. */
  expect(accounts: readonly AccountOf[]): Promise<void>;
  /** @returns how many were set; the others have been rebased by somebody else meanwhile. */
  rebase(rebases: readonly Rebase[]): Promise<number>;
  /** Forgets a holder that has no part of any account any more. */
  forget(holder: string): Promise<void>;
  /** Forgets accounts in which nothing is held by anybody but who has ended. */
  close(accounts: readonly string[], ended: readonly string[]): Promise<void>;
  views(): Promise<readonly AccountView[]>;
}

/** A holder's way to the authority. Each method rejects when the authority cannot be reached. */
export interface AuthorityLink {
  attach(attach: Attach): Promise<void>;
  grant(ask: GrantAsk): Promise<GrantAnswer>;
  report(report: HolderReport): Promise<ReportAnswer>;
}
