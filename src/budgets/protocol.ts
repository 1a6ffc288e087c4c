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

interface AccountOf {
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

/** A holder's way to the authority. Each method rejects when the authority cannot be reached. */
export interface AuthorityLink {
  attach(attach: Attach): Promise<void>;
  grant(ask: GrantAsk): Promise<GrantAnswer>;
  report(report: HolderReport): Promise<ReportAnswer>;
}
