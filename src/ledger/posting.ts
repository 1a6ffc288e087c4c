/**
 * Lines that no gateway wrote: telemetry, imports, corrections. A leaf: types only.
 *
 * They reach the ledger exactly once like every other line: a batch has an id, and a second try of the same id changes
 * nothing. They never rewrite a line: a correction takes back with negative units and cost, and gives again.
 */
import type { Settlement } from '../gateway/call.ts';
import type { Bucket, InputPart, OutputPart } from '../units/tokens.ts';
import type { Condition, LockedMonth, Span } from './question.ts';

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
  /**
   * Overrides what the first charge's line counts as. By default a `settle` counts as the gateway's lines do: a first
   * attempt's first charge is one call. An `adjust` counts none by default: it corrects money, nobody called again.
   */
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
  /** Who names the workflow of the lines that are given, `rule:<id>@<version>`. */
  readonly by: string;
  /** The decision behind it; by default `by`. */
  readonly correction?: string;
  readonly cause: string;
  /** Corrections of a locked month are booked at this instant, with `forMonth` saying where they belong. */
  readonly bookAtMs?: number;
}

export interface Posted {
  /** Lines that were added; of a repeat, those that the id stands for. */
  readonly lines: number;
  /** The same id was posted before; nothing was added now. */
  readonly repeated: boolean;
}

/** The same text for all lines of a block, or for each line the place of its text in `values`. */
export type ImportText =
  | string
  | { readonly values: readonly string[]; readonly at: Uint8Array | Uint16Array | Uint32Array };

/** The same count for all lines of a block, or one for each. Whole numbers, at most 2^53. */
export type ImportCounts = number | Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

/** Picodollars: the same for all lines, one for each, or for each line the place of its amount in `values`. */
export type ImportMoney =
  | bigint
  | BigInt64Array
  | { readonly values: readonly bigint[]; readonly at: Uint8Array | Uint16Array | Uint32Array };

/** One bucket of all lines of a block. A line with 0 units in it has no such bucket. */
export interface ImportBucket {
  readonly bucket: Bucket;
  readonly units: ImportCounts;
  /** Picodollars per million units. */
  readonly rate: ImportMoney;
  /** By default units × rate ÷ 1,000,000, rounded half to even: right for single calls; a sum of calls states its own. */
  readonly cost?: ImportMoney;
  /** What the bucket would cost at list; by default `rate`. */
  readonly listRate?: ImportMoney;
}

/**
 * Many historical calls at once, column by column; what is the same for all lines is said once. Each line is a settled
 * first attempt with one charge, and may stand for many calls (`calls`): then its units and costs are their sums.
 * Ids are made from the block's id and the line's place and instant, so that the same block gives the same lines.
 */
export interface ImportBlock {
  /** Identity, as that of a batch. */
  readonly id: string;
  readonly source: 'import' | 'demo';
  /** How many lines; every array has this length. At most 1,000,000. */
  readonly lines: number;
  readonly startedAtMs: Float64Array;
  readonly provider: ImportText;
  readonly model: ImportText;
  readonly buckets: readonly ImportBucket[];
  /** 1 where no price is known: units without cost. Absent: all lines are priced. */
  readonly unpriced?: Uint8Array;
  /** Calls that a line stands for; default 1. */
  readonly calls?: ImportCounts;
  /** Attempts that a line stands for; default: its calls. A retry is an attempt and no call. */
  readonly attempts?: ImportCounts;
  readonly workflow?: ImportText;
  readonly team?: ImportText;
  readonly customer?: ImportText;
  /** Who names the workflow; see `Attribution.by`. */
  readonly attributedBy?: ImportText;
  /** Default: the line's own call. */
  readonly request?: ImportText;
  readonly session?: ImportText;
  readonly tags?:
    | Readonly<Record<string, string>>
    | {
        readonly values: ReadonlyArray<Readonly<Record<string, string>>>;
        readonly at: Uint8Array | Uint16Array | Uint32Array;
      };
  readonly key?: ImportText;
  readonly account?: ImportText;
  readonly region?: ImportText;
  readonly path?: ImportText;
  readonly fingerprint?: ImportText;
  readonly wire?: ImportText;
  /** Default `inference`. */
  readonly endpoint?: ImportText;
  /** Default: the model. */
  readonly modelRequested?: ImportText;
  readonly modelReturned?: ImportText;
  readonly responseId?: ImportText;
  readonly priceProvider?: ImportText;
  readonly priceVersion?: ImportText;
  /** Default `primary`. */
  readonly kind?: ImportText;
  /** Default `ok`. */
  readonly status?: ImportText;
  /** Default 200. */
  readonly httpStatus?: ImportCounts;
  readonly finishReason?: ImportText;
  readonly serviceTier?: ImportText;
  readonly geo?: ImportText;
  /** Default `reported`. */
  readonly basis?: ImportText;
  readonly flag?: ImportText;
  readonly cause?: ImportText;
  readonly correction?: ImportText;
  /** 0 or 1; default 0. */
  readonly stream?: ImportCounts;
  /** 0 or 1; default 0. */
  readonly simulated?: ImportCounts;
  readonly durationMs?: ImportCounts;
  readonly firstByteMs?: ImportCounts;
  readonly overheadMicros?: ImportCounts;
  readonly composition?: {
    /** `exact`, `estimated` or `unknown`. */
    readonly basis: ImportText;
    readonly input: { readonly [part in InputPart]?: ImportCounts };
    readonly output: { readonly [part in OutputPart]?: ImportCounts };
  };
}

/** What may write beside the drain. Given to control only. Every method is exactly once by its id: try again until it answers. */
export interface LedgerPoster {
  /** At most 5,000 postings. @throws RangeError when a posting cannot be a line, or lies in a locked month; then none was written. */
  post(batch: PostingBatch): Promise<Posted>;
  /** Lines that were taken back already, and lines that take back, are left alone. @throws RangeError as `post` does. */
  move(move: Move): Promise<Posted>;
  /** @throws RangeError as `post` does. */
  importLines(block: ImportBlock): Promise<Posted>;
  /**
   * Freezes the sums of a month (UTC). Locking a locked month again changes nothing.
   * @throws RangeError while lines of the month may still be on their way: not complete until its end, or a backlog.
   */
  lockMonth(month: string): Promise<LockedMonth>;
  /**
   * Lines that reached a locked month after it was locked are taken back there and given again at `bookAtMs`, with
   * `forMonth`. Doing it again moves only what came since.
   */
  rebookLate(month: string, bookAtMs: number): Promise<Posted>;
}
