/** What the spend of a period was made of, by group. */
import type { Answer, Condition, Dimension, Figures, LedgerReader, Span } from '../../ledger/question.ts';
import { parseDollars } from '../../units/money.ts';
import type { Picodollars } from '../../units/money.ts';
import { addParts, divide, NO_PARTS } from './divide.ts';
import type { CostParts } from './divide.ts';

export { COST_PARTS } from './divide.ts';
export type { CostParts } from './divide.ts';

export interface CompositionAsk {
  readonly during: Span;
  readonly by: readonly Dimension[];
  readonly where: readonly Condition[];
  readonly timeZone: string;
}

export interface Composed {
  readonly cost: Picodollars;
  readonly calls: number;
  /** Calls whose cost is not known: they are in no part. */
  readonly unpricedCalls: number;
  readonly parts: CostParts;
}

export interface ComposedGroup extends Composed {
  readonly group: readonly string[];
}

export interface CompositionOf {
  /** Dearest first, within each step of time where time is asked for. */
  readonly groups: readonly ComposedGroup[];
  /** Beyond the ledger's limit on groups; null: nothing was. */
  readonly beyondLimit: Composed | null;
  readonly total: Composed;
  readonly answer: Answer;
}

const MOST_CELLS = 10_000;
const TIMES: ReadonlySet<string> = new Set(['hour', 'day', 'week', 'month']);
const NOTHING: Composed = { cost: 0n, calls: 0, unpricedCalls: 0, parts: NO_PARTS };

/** Models have prices of their own, so that each is divided by itself and the parts are added. */
export async function composeSpend(ledger: LedgerReader, ask: CompositionAsk): Promise<CompositionOf> {
  const answer = await ledger.ask({
    of: [
      'cost',
      'inputCost',
      'outputCost',
      'feeCost',
      'composition',
      'inputTokens',
      'outputTokens',
      'calls',
      'unpricedCalls',
    ],
    by: ask.by.includes('model') ? ask.by : [...ask.by, 'model'],
    during: ask.during,
    where: ask.where,
    timeZone: ask.timeZone,
    simulated: 'exclude',
    limit: MOST_CELLS,
  });
  const sums = new Map<string, ComposedGroup>();
  for (const { group: cell, figures } of answer.rows) {
    const group = cell.slice(0, ask.by.length);
    const key = JSON.stringify(group);
    sums.set(key, { group, ...add(sums.get(key) ?? NOTHING, compose(figures)) });
  }
  const beyondLimit = answer.other === null ? null : compose(answer.other);
  const groups = inOrder([...sums.values()], ask.by);
  return { groups, beyondLimit, total: groups.reduce(add, beyondLimit ?? NOTHING), answer };
}

function compose(figures: Figures): Composed {
  const { cost = '0', calls = 0, unpricedCalls = 0 } = figures;
  return { cost: parseDollars(cost), calls, unpricedCalls, parts: divide(figures) };
}

function add(left: Composed, right: Composed): Composed {
  return {
    cost: left.cost + right.cost,
    calls: left.calls + right.calls,
    unpricedCalls: left.unpricedCalls + right.unpricedCalls,
    parts: addParts(left.parts, right.parts),
  };
}

function inOrder(groups: readonly ComposedGroup[], by: readonly Dimension[]): ComposedGroup[] {
  const times = by.flatMap((name, at) => (TIMES.has(name) ? [at] : []));
  const timeOf = ({ group }: ComposedGroup): string => times.map((at) => group[at]).join('\n');
  const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return groups.toSorted(
    (a, b) =>
      order(timeOf(a), timeOf(b)) ||
      (a.cost === b.cost ? order(a.group.join('\n'), b.group.join('\n')) : a.cost < b.cost ? 1 : -1),
  );
}
