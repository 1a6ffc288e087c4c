/** What a column of the ledger is, and what a line is made from: types that the columns and their encoder have in common. */
import type { Charge, Intent, Settlement } from '../../gateway/call.ts';
import type { Picodollars } from '../../units/money.ts';
import type { BucketSide } from '../../units/tokens.ts';
import type { Posting } from '../posting.ts';
import type { LedgerLine } from '../question.ts';

/** Where a line stands in a journal; with the part number it is the line's identity. */
export interface LinePosition {
  readonly journal: string;
  readonly sequence: number;
}

export type Leg = 'settle' | 'presume' | 'adjust';

/** One line about to be written. */
export interface LineDraft {
  readonly at: LinePosition;
  readonly part: number;
  readonly leg: Leg;
  readonly intent: Intent;
  /** How the attempt ended: a settlement but for its intent and charges. */
  readonly ending: Omit<Settlement, 'intent' | 'charges'>;
  readonly charge: Charge;
  readonly sides: Readonly<Record<BucketSide, Picodollars>>;
  /** What is said of a line that no gateway wrote. */
  readonly posted?: Omit<Posting, 'settlement' | 'leg'>;
}

type TextField = {
  [field in keyof LedgerLine]: LedgerLine[field] extends string ? field : never;
}[keyof LedgerLine];
type CountField = {
  [field in keyof LedgerLine]: LedgerLine[field] extends number ? field : never;
}[keyof LedgerLine];
type TruthField = {
  [field in keyof LedgerLine]: LedgerLine[field] extends boolean ? field : never;
}[keyof LedgerLine];

/** The field of `LedgerLine` that a column holds as it is. */
export type ColumnField =
  | { readonly text: TextField }
  | { readonly count: CountField }
  | { readonly truth: TruthField };

export interface LineColumn {
  readonly name: string;
  /** ClickHouse type and codec. */
  readonly type: string;
  readonly codec?: string;
  readonly field?: ColumnField;
  /** The JSON text of the value. */
  readonly write: (draft: LineDraft) => string;
}

/** Few distinct values: stored once per part and referred to by number. */
export const NAME = 'LowCardinality(String)';
export const MONEY = 'Decimal(38, 12)';
