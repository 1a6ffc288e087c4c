/** What the ledger knows of a month, in the words that statements use. A leaf: types and the two pure reads of a group. */
import type { Picodollars } from '../../units/money.ts';

/** One group of ledger lines: an hour, at one rate. */
export interface LedgerFact {
  readonly provider: string;
  /** Start of the UTC hour; corrections of a closed month have the start of their day. */
  readonly atMs: number;
  readonly account: string;
  readonly model: string;
  readonly bucket: string;
  readonly tier: string;
  readonly region: string;
  /** Decimal dollars per million units; empty where no price is known. */
  readonly rate: string;
  /** `reported` by the provider, or our own `counted` or `presumed`. */
  readonly basis: string;
  readonly units: bigint;
  readonly cost: Picodollars;
}

/** Units by the size of the input that they were part of. */
export interface BandFact {
  readonly provider: string;
  readonly day: string;
  readonly account: string;
  readonly model: string;
  readonly bucket: string;
  readonly tier: string;
  readonly region: string;
  readonly band: string;
  readonly units: bigint;
  readonly cost: Picodollars;
}

/** Attempts that the provider answered with an error or not at all, and that the ledger holds to be free. */
export interface FailedFact {
  readonly provider: string;
  readonly day: string;
  readonly account: string;
  readonly model: string;
  readonly attempts: number;
}

/** What the month's earlier corrections charged beside use, by cause. */
export interface BookedFact {
  readonly provider: string;
  readonly cause: string;
  readonly cost: Picodollars;
}

export interface MonthFacts {
  readonly month: string;
  readonly lines: readonly LedgerFact[];
  readonly bands: readonly BandFact[];
  readonly failed: readonly FailedFact[];
  /** Credits, tax and the like that earlier reconciliations booked; no part of `lines`. */
  readonly booked?: readonly BookedFact[];
}
