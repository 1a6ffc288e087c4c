/**
 * Lines that no gateway wrote: telemetry, imports, corrections. A leaf: types only.
 *
 * They reach the ledger exactly once like every other line: a batch has an id, and a second try of the same id changes
 * nothing. They never rewrite a line: a correction takes back with negative units and cost, and gives again.
 */
import type { Settlement } from '../gateway/call.ts';
import type { Condition, Span } from './question.ts';

/** Where a line came from. */
export type LineSource = 'gateway' | 'telemetry' | 'import' | 'invoice' | 'rule' | 'demo';

/** One settled attempt to post; each of its charges becomes a line. Units and costs may be negative on an `adjust`. */
export interface Posting {
  readonly settlement: Settlement;
  readonly leg: 'settle' | 'adjust';
  readonly source: LineSource;
  /** Why the line exists, in the words of reconciliation: `off-gateway`, `price-drift`, `attribution` …; empty for none. */
  readonly cause?: string;
  /** The line that this one corrects; empty for none. */
  readonly corrects?: string;
  /** The decision behind it: a rule version, a reconciliation; empty for none. */
  readonly correction?: string;
  /** The closed month (`2026-09`) that an adjustment in a later month belongs to; empty for none. */
  readonly forMonth?: string;
  /** Overrides what the line counts as; by default a first attempt's first charge counts one call. */
  readonly counts?: { readonly calls: number; readonly attempts: number; readonly unpriced: number };
}

/** A batch of postings. Its id is `[A-Za-z0-9._-]{1,100}`; it is the identity of its lines, so it must never be reused. */
export interface PostingBatch {
  readonly id: string;
  readonly postings: readonly Posting[];
}

/** Moves the money of some lines to another workflow, team or customer, by pairs of correcting lines. */
export interface Move {
  /** Identity, as that of a batch. */
  readonly id: string;
  readonly during: Span;
  readonly where: readonly Condition[];
  readonly set: { readonly workflow?: string; readonly team?: string; readonly customer?: string };
  /** Who names it, `rule:<id>@<version>`. */
  readonly by: string;
  readonly cause: string;
  /** Corrections of a locked month are booked at this instant, with `forMonth` saying where they belong. */
  readonly bookAtMs?: number;
}

export interface Posted {
  readonly lines: number;
  /** The same id was posted before; nothing was added. */
  readonly repeated: boolean;
}

/** What may write beside the drain. Given to control only. */
export interface LedgerPoster {
  /** @throws RangeError when a posting cannot be a line; then none was written. */
  post(batch: PostingBatch): Promise<Posted>;
  move(move: Move): Promise<Posted>;
}
