/**
 * The one question that is put to the ledger, by CLI, API and web alike, and its answer.
 * Money in answers is a decimal dollar string; counts are exact integers.
 */

/**
 * What a line can be grouped and filtered by. `tag:<name>` reaches any tag.
 *
 * `bucket` and `rate` (dollars per million units) read what a line used bucket by bucket: costs, tokens and units are then
 * those of the bucket; calls, attempts, lines and the like count once per bucket that they used, and once in the total.
 * What a line costs beyond its buckets stands under the bucket `''`.
 * `contextBand` is the size of the line's whole input, `source` where the line came from, `leg` why it was written.
 */
export const DIMENSIONS = [
  'workflow',
  'team',
  'customer',
  'key',
  'request',
  'session',
  'provider',
  'model',
  'modelRequested',
  'wire',
  'endpoint',
  'status',
  'kind',
  'part',
  'basis',
  'stream',
  'serviceTier',
  'geo',
  'priceVersion',
  'account',
  'region',
  'source',
  'leg',
  'cause',
  'correction',
  'forMonth',
  'path',
  'fingerprint',
  'attributedBy',
  'responseId',
  'contextBand',
  'bucket',
  'rate',
  'hour',
  'day',
  'week',
  'month',
] as const;
export type NamedDimension = (typeof DIMENSIONS)[number];
export type Dimension = NamedDimension | `tag:${string}`;

/** What can be asked of a group. All but the averages and shares add up over groups. */
export const MEASURES = [
  'calls',
  'requests',
  'attempts',
  'inputTokens',
  'outputTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'reasoningTokens',
  'averageInputTokens',
  'averageOutputTokens',
  'cost',
  'inputCost',
  'outputCost',
  'feeCost',
  'share',
  'costPerCall',
  'unpricedCalls',
  'flaggedCalls',
  'averageDurationMs',
  'composition',
  'units',
  'listCost',
  'lines',
] as const;
export type Measure = (typeof MEASURES)[number];

/** `is` any of the values (`''` is the unattributed), `not` none of them. Conditions are joined by AND. */
export interface Condition {
  readonly dimension: Dimension;
  readonly is?: readonly string[];
  readonly not?: readonly string[];
}

/** A half-open span of time, UTC milliseconds. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Question {
  readonly of: readonly Measure[];
  readonly by: readonly Dimension[];
  readonly during: Span;
  readonly where: readonly Condition[];
  /** IANA name; decides where a day, week or month begins. */
  readonly timeZone: string;
  /** Simulated calls cost nothing, so they stay out of totals unless asked for. */
  readonly simulated: 'exclude' | 'include' | 'only';
  /** Groups returned, largest cost first (time dimensions in time order); the rest is summed into `other`. */
  readonly limit: number;
}

/** Tokens by composition part; input parts and output parts apart. */
export interface PartTokens {
  readonly input: Readonly<Record<string, number>>;
  readonly output: Readonly<Record<string, number>>;
}

/** One group's figures; only the measures that were asked for are present. */
export interface Figures {
  readonly calls?: number;
  readonly requests?: number;
  readonly attempts?: number;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly cacheReadTokens?: number;
  readonly cacheWriteTokens?: number;
  readonly reasoningTokens?: number;
  /** Null where there was no call to average over. */
  readonly averageInputTokens?: number | null;
  readonly averageOutputTokens?: number | null;
  /** Decimal dollars of the priced lines; `unpricedCalls` says how many are missing from it. */
  readonly cost?: string;
  readonly inputCost?: string;
  readonly outputCost?: string;
  readonly feeCost?: string;
  /** Share of the total cost, 0 to 1; null when the total is zero. */
  readonly share?: number | null;
  readonly costPerCall?: string | null;
  readonly unpricedCalls?: number;
  readonly flaggedCalls?: number;
  readonly averageDurationMs?: number | null;
  readonly composition?: PartTokens;
  /** Units of all buckets, fees included: what they are units of, `bucket` says. */
  readonly units?: number;
  /** Decimal dollars that the priced lines would have cost at list prices. */
  readonly listCost?: string;
  /** Ledger lines, corrections included. */
  readonly lines?: number;
}

export interface AnswerRow {
  /** One value per dimension of `by`, in its order; `''` is the unattributed. */
  readonly group: readonly string[];
  readonly figures: Figures;
}

export interface Answer {
  readonly rows: readonly AnswerRow[];
  /** What the limit cut off, as one group; null when nothing was. */
  readonly other: Figures | null;
  readonly total: Figures;
  readonly timeZone: string;
  /** Price versions that priced these lines, newest first. */
  readonly priceVersions: readonly string[];
  readonly asOfMs: number;
  /** Every call that ended before this is in the answer. */
  readonly completeUntilMs: number;
  /** Calls in the span that carry no price, and their number without a workflow, whatever was asked. */
  readonly unpricedCalls: number;
  readonly unattributedCalls: number;
  /** Decimal dollars without a workflow. */
  readonly unattributedCost: string;
  /** Simulated calls in the same span and filter, which `exclude` kept out. */
  readonly simulatedCalls: number;
}

/** A page of lines, newest first. */
export interface LinePage {
  readonly lines: readonly LedgerLine[];
  /** Opaque; null at the end. */
  readonly nextCursor: string | null;
}

/** One ledger line as people see it. Dimensions are `''` where nobody said. */
export interface LedgerLine {
  /** `<journal>:<sequence>:<part>`, unique and stable. */
  readonly id: string;
  readonly call: string;
  readonly attempt: string;
  readonly attemptNumber: number;
  readonly kind: string;
  /** `settle`, `presume` or `adjust`. */
  readonly leg: string;
  readonly part: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly firstByteMs: number;
  readonly overheadMicros: number;
  readonly workflow: string;
  readonly team: string;
  readonly customer: string;
  readonly request: string;
  readonly session: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly key: string;
  readonly provider: string;
  readonly wire: string;
  readonly endpoint: string;
  readonly modelRequested: string;
  readonly model: string;
  readonly modelReturned: string;
  readonly responseId: string;
  readonly stream: boolean;
  readonly status: string;
  readonly httpStatus: number;
  readonly finishReason: string;
  readonly serviceTier: string;
  readonly geo: string;
  readonly simulated: boolean;
  readonly basis: string;
  readonly flag: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Decimal dollars; null when the line is unpriced. */
  readonly cost: string | null;
  readonly providerCost: string | null;
  readonly priceVersion: string;
  readonly rulebookVersion: number;
  readonly compositionBasis: string;
  readonly composition: PartTokens;
  /** Calls that the line stands for: 1 or 0, many on an aggregated line, negative on one that takes back. */
  readonly calls: number;
  /** Who pays the provider, and where and how it was asked; empty where nobody said. */
  readonly account: string;
  readonly region: string;
  readonly path: string;
  readonly fingerprint: string;
  /** Who named the workflow: `said`, `key`, `rule:<id>@<version>`; empty: nobody. */
  readonly attributedBy: string;
  /** `gateway`, `telemetry`, `import`, `invoice`, `rule` or `demo`. */
  readonly source: string;
  /** Why a correction was made, the line that it corrects, the decision behind it, the closed month it belongs to; else empty. */
  readonly cause: string;
  readonly corrects: string;
  readonly correction: string;
  readonly forMonth: string;
  /** Decimal dollars at list prices; null when the line is unpriced. */
  readonly listCost: string | null;
  /** Units and, where priced, dollars per million units (paid, and at list) and cost, per bucket with units. */
  readonly buckets: ReadonlyArray<{
    readonly bucket: string;
    readonly units: number;
    readonly rate: string | null;
    readonly listRate: string | null;
    readonly cost: string | null;
  }>;
}

/** Everything the ledger knows of one call: its lines over all attempts, and their sum. */
export interface Receipt {
  readonly call: string;
  readonly lines: readonly LedgerLine[];
  /** Decimal dollars over the priced lines. */
  readonly total: string;
  readonly unpricedLines: number;
}

/**
 * What any process that reads the ledger is given. Reading cannot write: there is no other method. Where a signal is given, the
 * statements of a question whose asker has left are given up, and it fails; `readingFor` does so between questions too.
 */
export interface LedgerReader {
  ask(question: Question, signal?: AbortSignal): Promise<Answer>;
  page(
    ask: {
      readonly during: Span;
      readonly where: readonly Condition[];
      readonly simulated: Question['simulated'];
      readonly limit: number;
      readonly cursor: string | null;
    },
    signal?: AbortSignal,
  ): Promise<LinePage>;
  receipt(call: string): Promise<Receipt | undefined>;
  /** All rows from one state of the ledger. */
  spend(ask: SpendAsk, signal?: AbortSignal): Promise<readonly SpendRow[]>;
  /** Lines that arrived since a position, oldest first, for a live tail. An empty position means: from now on. */
  tail(
    position: string,
    limit: number,
  ): Promise<{ readonly lines: readonly LedgerLine[]; readonly position: string }>;
  health(): Promise<LedgerHealth>;
  /** Every locked month, oldest first: what it was when it was locked, and what it is now. */
  lockedMonths(): Promise<readonly LockedMonth[]>;
}

/** A month (UTC) whose sums were frozen. */
export interface LockedMonth {
  /** `2026-09` */
  readonly month: string;
  readonly lockedAtMs: number;
  readonly frozen: MonthSums;
  readonly present: MonthSums;
  /** Present minus frozen cost, decimal dollars: `0` as long as the month did not move. */
  readonly movedCost: string;
  /** Present minus frozen lines in force. */
  readonly movedLines: number;
}

/** Sums of one month without its simulated lines. A line that was taken back and the one that takes it back are no lines in force. */
export interface MonthSums {
  readonly lines: number;
  readonly calls: number;
  readonly unpricedCalls: number;
  /** Decimal dollars. */
  readonly cost: string;
  /** In order of their names. */
  readonly providers: ReadonlyArray<{
    readonly provider: string;
    readonly lines: number;
    readonly cost: string;
  }>;
}

export interface LedgerHealth {
  readonly lines: number;
  /** Frames in journals that are not yet in the ledger. */
  readonly backlogFrames: number;
  readonly completeUntilMs: number;
  /** Empty when all is well, else what is wrong and what to do. */
  readonly trouble: string;
  /** Journals that may still hold lines that the ledger does not have; absent until the drain has looked once. */
  readonly openJournals?: readonly string[];
  /** Rises with every step of the drain, so that who asks can tell a later look from an earlier one. */
  readonly drainStep?: number;
}

/** What a budget asks: spend by value and step of time, with what some journals wrote told apart. Reads lines, not roll-ups. */
export interface SpendAsk {
  readonly during: Span;
  /** Whose values are told apart; null: everybody together, under the value `''`. */
  readonly by: Dimension | null;
  readonly where: readonly Condition[];
  readonly simulated: 'exclude' | 'only';
  /** Spend is summed in steps of this length from 1970 on; 0: one step, 0, for the whole span. */
  readonly stepMs: number;
  /** Journals whose lines are told apart, those of calls that obeyed this rulebook or a later one. */
  readonly journals: readonly string[];
  readonly sinceRulebook: number;
}

export interface SpendRow {
  readonly value: string;
  /** Begin of the step, UTC milliseconds. */
  readonly stepMs: number;
  /** One of the journals that were told apart; `''` for all other lines. */
  readonly journal: string;
  /** Picodollars of the priced lines, tokens of input and output, calls as the ledger counts them. */
  readonly cost: bigint;
  readonly tokens: bigint;
  readonly calls: bigint;
  /** Calls without a price, whose cost is unknown and not zero. */
  readonly unpricedCalls: bigint;
}
