/** What explaining one key needs to know of its provider's whole month. A leaf: types. */
import type { Picodollars } from '../../units/money.ts';
import type { Detectors } from './causes.ts';
import type { BandFact } from './facts.ts';
import type { Grain } from './match.ts';
import type { BilledRate } from './rates.ts';

/** How many keys show the provider to bill, and not to bill, what it did not report. */
export interface AbortVote {
  readonly unbilled: number;
  readonly billed: number;
}

export interface Surroundings {
  readonly grain: Grain;
  readonly detectors: Detectors;
  readonly costStated: boolean;
  /** Every cost of the statement is a multiple of it; 1 where none is rounded. */
  readonly quantum: Picodollars;
  readonly vote: AbortVote;
  readonly billed: ReadonlyMap<string, BilledRate>;
  /** Last day of the statement; later use is not on it yet. */
  readonly lastDay: string;
  readonly bands: ReadonlyMap<string, readonly BandFact[]>;
  readonly failed: ReadonlyMap<string, number>;
}
