/**
 * The lowest node that explains a strange window: organisation → team → workflow → customer → key → model. From each
 * node we go on to the one child that carries most of the excess, and stop where no single child does: an alert on
 * a customer's key can be acted on, one on the organisation cannot.
 */
import type { Condition, Dimension, LedgerReader, Span } from '../../ledger/question.ts';
import { DAY_MS, dollars } from './series.ts';

export interface Step {
  readonly dimension: Dimension;
  readonly value: string;
  /** Dollars beyond the expectation, for statistics and words. */
  readonly excess: number;
  /** Share of the excess of the node above. */
  readonly share: number;
}

export interface Explanation {
  /** From the top to the lowest explaining node; empty: spread over everything. */
  readonly path: readonly Step[];
  /** Actual and expected dollars of the window at the top. */
  readonly actual: number;
  readonly expected: number;
}

const LEVELS: readonly Dimension[] = ['team', 'workflow', 'customer', 'key', 'model'];
/** A child explains its parent from this share of the excess on. */
const EXPLAINS = 0.7;
const WEEKS_BACK = 4;
const WEEK_MS = 7 * DAY_MS;
const MOST_VALUES = 2_000;

/** @param where the node that the window was found at. */
export async function explainWindow(
  reader: LedgerReader,
  window: Span,
  where: readonly Condition[],
): Promise<Explanation> {
  const path: Step[] = [];
  let at = [...where];
  let top: { actual: number; expected: number } | undefined;
  const named = new Set(where.map(({ dimension }) => dimension));
  for (const dimension of LEVELS.filter((level) => !named.has(level))) {
    const values = await excesses(reader, window, at, dimension);
    const sum = total(values);
    top ??= sum;
    const excess = sum.actual - sum.expected;
    const [largest] = values.toSorted((a, b) => Math.abs(b.excess) - Math.abs(a.excess));
    if (largest === undefined || excess === 0) continue;
    const share = largest.excess / excess;
    if (share < EXPLAINS) continue; // spread over this dimension; a lower one may still carry it
    if (values.length > 1 || path.length > 0 || dimension !== 'team')
      path.push({ dimension, value: largest.value, excess: largest.excess, share: Math.min(share, 1) });
    at = [...at, { dimension, is: [largest.value] }];
  }
  return { path, actual: top?.actual ?? 0, expected: top?.expected ?? 0 };
}

interface Excess {
  readonly value: string;
  readonly actual: number;
  readonly expected: number;
  readonly excess: number;
}

/** Actual against the median of the same hours in the four weeks before. */
async function excesses(
  reader: LedgerReader,
  window: Span,
  where: readonly Condition[],
  dimension: Dimension,
): Promise<Excess[]> {
  const spans = Array.from({ length: WEEKS_BACK + 1 }, (_, weeks) => ({
    fromMs: window.fromMs - weeks * WEEK_MS,
    toMs: window.toMs - weeks * WEEK_MS,
  }));
  const answers = await Promise.all(
    spans.map((during) =>
      reader.ask({
        of: ['cost'],
        by: [dimension],
        during,
        where,
        timeZone: 'UTC',
        simulated: 'exclude',
        limit: MOST_VALUES,
      }),
    ),
  );
  const costs = answers.map(
    ({ rows }) => new Map(rows.map((row) => [row.group[0] ?? '', dollars(row.figures.cost)])),
  );
  const [present = new Map<string, number>(), ...past] = costs;
  const values = new Set(costs.flatMap((one) => [...one.keys()]));
  return [...values].map((value) => {
    const actual = present.get(value) ?? 0;
    const before = past.map((week) => week.get(value) ?? 0).toSorted((a, b) => a - b);
    const expected = ((before[1] ?? 0) + (before[2] ?? 0)) / 2;
    return { value, actual, expected, excess: actual - expected };
  });
}

function total(values: readonly Excess[]): { actual: number; expected: number } {
  return {
    actual: values.reduce((sum, { actual }) => sum + actual, 0),
    expected: values.reduce((sum, { expected }) => sum + expected, 0),
  };
}
