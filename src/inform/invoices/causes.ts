/** Why a ledger and an invoice differ, and what each claim rests on. A leaf. */
import type { Picodollars } from '../../units/money.ts';

export const CAUSES = [
  'off-gateway',
  'unbilled-aborts',
  'billed-failures',
  'price-drift',
  'rounding',
  'context-tier',
  'batch',
  'cache-ttl',
  'geo-uplift',
  'tier',
  'missing-price',
  'day-shift',
  'late-data',
  'credits',
  'tax',
  'minimum',
  'adjustment',
  'unexplained',
] as const;
export type Cause = (typeof CAUSES)[number];

/** Charged beside use: no key of calls is behind it. */
export const BESIDE_USE = ['credits', 'tax', 'minimum', 'adjustment'] as const satisfies readonly Cause[];

/** A part of the difference of one key, invoice minus ledger, with the arithmetic that a person can redo. */
export interface Claim {
  readonly cause: Cause;
  readonly amount: Picodollars;
  /** Units that it is about, signed as the amount; 0 where it is about money alone. */
  readonly units: bigint;
  readonly arithmetic: string;
  /** What the claim rests on beyond this key: a date, a vote, a rule. Empty: the key itself. */
  readonly evidence: string;
}

/** Which detectors run; all of them unless one is taken off to see what it is worth. */
export type Detectors = ReadonlySet<Cause>;
export const ALL_DETECTORS: Detectors = new Set(CAUSES);
