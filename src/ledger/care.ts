/**
 * Looking after a ledger: is everything there once, and what a copy of it is made of. A leaf: types only.
 * Neither changes a line; only the process that owns the store can do either.
 */

/** One thing that was looked at. `unknown`: it could not be looked at, and the detail says why. */
export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'off' | 'unknown';
  /** What was found, what it means for the money, and what to do. */
  readonly detail: string;
}

/** Sums of all lines of one month (UTC), corrections and simulated lines included. */
export interface MonthTotal {
  /** `2026-09` */
  readonly month: string;
  readonly lines: number;
  readonly calls: number;
  /** Decimal dollars. */
  readonly cost: string;
}

export interface LedgerVerification {
  readonly lines: number;
  readonly months: readonly MonthTotal[];
  readonly checks: readonly Check[];
}

/** How far a journal is in the ledger, as the drain wrote it down. */
export interface DrainedJournal {
  readonly journal: string;
  /** No line of a later sequence need be there. */
  readonly through: number;
  /** Frames with lines through there; undefined: a version before wrote it down, which did not count. */
  readonly frames: number | undefined;
  /** Frames that a damaged disk took. */
  readonly missingFrames: number;
}

/** What a copy of the ledger holds at the moment at which it was made. */
export interface LedgerCopy {
  readonly schema: number;
  readonly months: readonly MonthTotal[];
  /** Frames of journals that were copied because the ledger did not have them yet. */
  readonly waitingFrames: number;
}

export interface LedgerCare {
  verify(): Promise<LedgerVerification>;
  /**
   * Copies ledger, drain state and journals of one moment into a directory that exists and is empty. The moment is within this
   * call; copying what is immutable goes on behind it while calls are drained again.
   * @throws RangeError when the ledger is on a server, which has means of its own.
   */
  copyTo(directory: string): Promise<LedgerCopy>;
}
