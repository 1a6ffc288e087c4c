/** What can be found: the values that are worked out, put into words and shown. A leaf. */
import type { Span } from '../../ledger/question.ts';
import type { Explanation } from './explain.ts';
import type { SignalName } from './signals.ts';
import type { Trend } from './trend.ts';

/** Hours in which a node spent outside its band. Dollars are numbers here: they are compared, never booked. */
export interface SpendAnomaly {
  readonly kind: 'spend';
  readonly id: string;
  readonly span: Span;
  readonly direction: 'above' | 'below';
  /** The node it was found at: a workflow (`''` is the unattributed), or undefined for the whole. */
  readonly workflow: string | undefined;
  readonly actual: number;
  readonly expected: number;
  readonly excess: number;
  /** Furthest hour in half widths of the band. */
  readonly score: number;
  readonly explanation: Explanation | undefined;
}

/** A driver that crept or stepped. */
export interface ShapeAnomaly {
  readonly kind: 'shape';
  readonly id: string;
  readonly span: Span;
  readonly workflow: string;
  readonly signal: SignalName;
  readonly label: string;
  readonly trend: Trend;
  /** Whether the change costs money or saves it. */
  readonly dearer: boolean;
}

export type Anomaly = SpendAnomaly | ShapeAnomaly;

export interface Findings {
  readonly spend: readonly SpendAnomaly[];
  readonly shape: readonly ShapeAnomaly[];
  /** Share of judged hours inside their band, and how many were judged: the band's measured coverage. */
  readonly coverage: number | null;
  readonly judgedHours: number;
  /** Spend anomalies above the expectation as a share of all spend in the span; null without spend. */
  readonly anomalyShare: number | null;
  /** Workflows with too short a history to expect anything of. */
  readonly tooYoung: readonly string[];
}
