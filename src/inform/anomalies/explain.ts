/**
 * The lowest node that explains a strange window: organisation → team → workflow → customer → key → kind → model. From
 * each node we go on to the one child that carries most of the excess, and stop where no single child does: an alert on
 * a customer's key can be acted on, one on the organisation cannot.
 *
 * A child that always carries that share (the one key of a workflow, its usual model) is on the path but tells nothing,
 * and one that moves as much between ordinary weeks carries nothing.
 */
import type { Condition, Dimension, LedgerReader, Span } from '../../ledger/question.ts';
import { DAY_MS, dollars } from './series.ts';

export interface Step {
  readonly dimension: Dimension;
  readonly value: string;
  /** Dollars beyond the expectation, for statistics and words. */
  readonly excess: number;
  /** Share of the excess of the node above, at most 1. */
  readonly share: number;
  /** Whether it carries more of the excess than it usually does of the spend. */
  readonly telling: boolean;
}

export interface Explanation {
  /** From the top to the lowest explaining node; empty: spread over everything. */
  readonly path: readonly Step[];
  /** What no single value of carries it, though there are several. */
  readonly spread: readonly Dimension[];
  /** The kind of attempt or the model that moved most the other way, where that is a good part of it: what stood in. */
  readonly against: Omit<Step, 'share' | 'telling'> | undefined;
  /** Actual and expected dollars of the window at the top. */
  readonly actual: number;
  readonly expected: number;
}

const LEVELS = ['team', 'workflow', 'customer', 'key', 'kind', 'model'] as const;
type Level = (typeof LEVELS)[number];
/** A child explains its parent from this share of the excess on. */
const EXPLAINS = 0.7;
/** A child tells something when its share of the excess is this much above its usual share of the spend. */
const TELLS = 0.15;
/** What moved the other way is worth a word from this share of the excess on. */
const COUNTERS = 0.2;
const WEEKS_BACK = 4;
const WEEK_MS = 7 * DAY_MS;
const MOST_GROUPS = 10_000;

/** The same window of some weeks, the present one first; read once, however many nodes are explained in it. */
export interface WindowCosts {
  readonly weeks: readonly Week[];
}

interface Week {
  readonly rows: readonly Row[];
  /** Of groups beyond the ledger's limit: part of the whole and of no node. */
  readonly beyond: number;
}

interface Row {
  readonly values: Readonly<Record<Level, string>>;
  readonly cost: number;
}

/** One question a week for all levels at once. */
export async function readWindow(
  reader: LedgerReader,
  window: Span,
  where: readonly Condition[],
): Promise<WindowCosts> {
  const spans = Array.from({ length: WEEKS_BACK + 1 }, (_, weeks) => ({
    fromMs: window.fromMs - weeks * WEEK_MS,
    toMs: window.toMs - weeks * WEEK_MS,
  }));
  const weeks = await Promise.all(
    spans.map(async (during): Promise<Week> => {
      const { rows, other } = await reader.ask({
        of: ['cost'],
        by: LEVELS,
        during,
        where,
        timeZone: 'UTC',
        simulated: 'exclude',
        limit: MOST_GROUPS,
      });
      return { rows: rows.map(rowOf), beyond: dollars(other?.cost) };
    }),
  );
  return { weeks };
}

function rowOf({ group, figures }: { group: readonly string[]; figures: { cost?: string } }): Row {
  const values = Object.fromEntries(LEVELS.map((level, at) => [level, group[at] ?? ''])) as Row['values'];
  return { values, cost: dollars(figures.cost) };
}

/** @param workflow the node that the window was found at; undefined: the whole. */
export function explainWindow({ weeks }: WindowCosts, workflow: string | undefined): Explanation {
  const path: Step[] = [];
  const spread: Dimension[] = [];
  let against: Explanation['against'];
  let node = weeks.map(({ rows }) =>
    workflow === undefined ? rows : rows.filter(({ values }) => values.workflow === workflow),
  );
  const beyond = weeks.map((week) => (workflow === undefined ? week.beyond : 0));
  const top = excessOf(node.map((rows, week) => sumOf(rows) + (beyond[week] ?? 0)));
  let above = top;
  for (const level of LEVELS.filter((one) => workflow === undefined || one !== 'workflow')) {
    const children = childrenOf(node, level);
    if (level === 'kind' || level === 'model') against ??= counterOf(children, level, above);
    const [largest] = children.toSorted((a, b) => Math.abs(b.excess) - Math.abs(a.excess));
    if (largest === undefined || above.excess === 0) continue;
    const share = largest.excess / above.excess;
    if (children.length === 1 && (largest.value === '' || level === 'kind')) continue; // nothing was said, nothing is told
    if (children.length > 1 && (share < EXPLAINS || isOrdinary(largest))) {
      spread.push(level); // a lower level may still carry it
      continue;
    }
    const usual = above.expected === 0 ? 0 : largest.expected / above.expected;
    const telling = children.length > 1 && share - usual >= TELLS;
    if (level === 'kind' && !telling) continue; // that most are first attempts goes without saying
    const { value, excess } = largest;
    path.push({ dimension: level, value, excess, share: Math.min(share, 1), telling });
    node = node.map((rows) => rows.filter(({ values }) => values[level] === value));
    above = largest;
  }
  return { path, spread, against, actual: top.actual, expected: top.expected };
}

interface Excess {
  readonly actual: number;
  readonly expected: number;
  readonly excess: number;
  /** How far apart the weeks before lie: what it moves without a reason. */
  readonly range: number;
}

type Child = Excess & { readonly value: string };

function childrenOf(node: ReadonlyArray<readonly Row[]>, level: Level): Child[] {
  const costs = node.map((rows) => {
    const sums = new Map<string, number>();
    for (const { values, cost } of rows) sums.set(values[level], (sums.get(values[level]) ?? 0) + cost);
    return sums;
  });
  const values = new Set(costs.flatMap((sums) => [...sums.keys()]));
  return [...values].map((value) => ({ value, ...excessOf(costs.map((sums) => sums.get(value) ?? 0)) }));
}

/** The present against the median of the weeks before. */
function excessOf([actual = 0, ...before]: readonly number[]): Excess {
  const sorted = before.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const expected = ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
  return { actual, expected, excess: actual - expected, range: (sorted.at(-1) ?? 0) - (sorted[0] ?? 0) };
}

function isOrdinary({ excess, range }: Excess): boolean {
  return Math.abs(excess) <= range;
}

function counterOf(children: readonly Child[], level: Level, above: Excess): Explanation['against'] {
  const [most] = children
    .filter((child) => child.excess * above.excess < 0 && !isOrdinary(child))
    .toSorted((a, b) => Math.abs(b.excess) - Math.abs(a.excess));
  if (most === undefined || Math.abs(most.excess) < COUNTERS * Math.abs(above.excess)) return undefined;
  return { dimension: level, value: most.value, excess: most.excess };
}

function sumOf(rows: readonly Row[]): number {
  return rows.reduce((sum, { cost }) => sum + cost, 0);
}
