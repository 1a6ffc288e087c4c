/**
 * The one question that is put to the ledger, by CLI, API and web alike, and its answer.
 * Money in answers is a decimal dollar string; counts are exact integers.
 */

/** What a line can be grouped and filtered by. `tag:<name>` reaches any tag. */
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
  /** Units and, where priced, dollars per million units and cost, per bucket with units. */
  readonly buckets: ReadonlyArray<{
    readonly bucket: string;
    readonly units: number;
    readonly rate: string | null;
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

/** What any process that reads the ledger is given. Reading cannot write: there is no other method. */
export interface LedgerReader {
  ask(question: Question): Promise<Answer>;
  page(ask: {
    readonly during: Span;
    readonly where: readonly Condition[];
    readonly simulated: Question['simulated'];
    readonly limit: number;
    readonly cursor: string | null;
  }): Promise<LinePage>;
  receipt(call: string): Promise<Receipt | undefined>;
  /** Lines that arrived since a position, oldest first, for a live tail. An empty position means: from now on. */
  tail(
    position: string,
    limit: number,
  ): Promise<{ readonly lines: readonly LedgerLine[]; readonly position: string }>;
  health(): Promise<LedgerHealth>;
}

export interface LedgerHealth {
  readonly lines: number;
  /** Frames in journals that are not yet in the ledger. */
  readonly backlogFrames: number;
  readonly completeUntilMs: number;
  /** Empty when all is well, else what is wrong and what to do. */
  readonly trouble: string;
}
