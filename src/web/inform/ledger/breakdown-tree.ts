/** Rows of the breakdown as a tree: groups, what each is made of, and the rest that a limit cut off. Pure. */
import type { Figures, LedgerAnswer } from '../../../api/contract.ts';
import { parseDollars } from '../../../units/money.ts';
import type { Conditions } from '../../parts/conditions.ts';
import { isSpan } from './dimensions.ts';

export interface BreakdownNode {
  readonly id: string;
  /** 0 for the rows of the table, 1 for what one of them is made of, and so on. */
  readonly level: number;
  readonly kind: 'group' | 'other' | 'coming' | 'trouble';
  /** What the row's name is a value of. */
  readonly dimension: string;
  readonly name: string;
  /** Of a workflow, where the answer names it. */
  readonly team?: string;
  /** The lines of the row; the rest has none that could be said. */
  readonly conditions: Conditions;
  readonly figures: Figures;
  /** The same of the period that is compared with; null: there was nothing; undefined: it is not known. */
  readonly before?: Figures | null | undefined;
  /** What it can be broken down by: the next dimension, or for the rest its own. */
  readonly next: string | undefined;
  readonly children?: readonly BreakdownNode[];
}

/** What is asked to open a row. */
export interface Opened {
  readonly conditions: Conditions;
  readonly dimension: string;
  readonly level: number;
  /** Rows of the rest are those after so many. */
  readonly after: number;
}

export const REST = 'rest';

/** The rows of an answer, and last the rest. What is listed elsewhere is left out: the answer opens the rest there. */
export function nodesOf(
  answer: Pick<LedgerAnswer, 'rows' | 'other' | 'by' | 'compared'>,
  levels: readonly string[],
  place: { readonly level: number; readonly conditions: Conditions; readonly listed?: ReadonlySet<string> },
): BreakdownNode[] {
  const { level, conditions, listed } = place;
  const { compared } = answer;
  const dimension = answer.by[0] ?? '';
  const isJoined = compared !== undefined && !answer.by.some(isSpan);
  const next = levels[levels.indexOf(dimension) + 1];
  const all = answer.rows.map(({ group, figures }, at): BreakdownNode => {
    const own = [...conditions, ...group.map((value, nth) => `${answer.by[nth]}=${value}`)];
    const team = answer.by[1] === 'team' ? group[1] : undefined;
    return {
      id: idOf({ conditions: own, dimension: next ?? '', level: level + 1, after: 0 }),
      level,
      kind: 'group',
      dimension,
      name: group[0] ?? '',
      ...(team !== undefined && { team }),
      conditions: own,
      figures,
      before: isJoined ? compared?.rows[at] : undefined,
      next,
    };
  });
  const groups = all.filter((node) => listed?.has(rowKey(node)) !== true);
  if (answer.other === null) return groups;
  const opened = { conditions, dimension, level: level + 1, after: answer.rows.length };
  const canOpen = listed === undefined;
  const rest: BreakdownNode = {
    id: canOpen ? idOf(opened) : `${idOf(opened)}${REST}`,
    level,
    kind: 'other',
    dimension,
    name: '',
    conditions: [],
    figures: answer.other,
    // What is compared is the rest of all rows; with some of them listed elsewhere, it is another.
    before: canOpen && isJoined ? compared?.other : undefined,
    next: canOpen ? dimension : undefined,
  };
  return [...groups, rest];
}

/** The same for the same lines, wherever the row stands. */
export function rowKey({ conditions }: BreakdownNode): string {
  return JSON.stringify(conditions);
}

export function idOf({ conditions, dimension, level, after }: Opened): string {
  return JSON.stringify([conditions, dimension, level, after]);
}

export function openedOf(id: string): Opened {
  const [conditions, dimension, level, after] = JSON.parse(id) as [Conditions, string, number, number];
  return { conditions, dimension, level, after };
}

/** Lets every figure say its share of the whole, and not of the row above. */
export function ofWhole(nodes: readonly BreakdownNode[], share: number | null): BreakdownNode[] {
  return nodes.map((node) => ({
    ...node,
    figures: {
      ...node.figures,
      share: share === null || typeof node.figures.share !== 'number' ? null : node.figures.share * share,
    },
  }));
}

export type SortKey = 'name' | 'calls' | 'averageInputTokens' | 'costPerCall' | 'share' | 'cost';
export interface Sorting {
  readonly key: SortKey;
  readonly desc: boolean;
}

/** Columns that rows can be put in the order of. */
export const SORT_KEYS: readonly string[] = [
  'name',
  'calls',
  'averageInputTokens',
  'costPerCall',
  'share',
  'cost',
];

export function sortingOf(text: string): Sorting | undefined {
  const [key = '', direction] = text.split('.');
  return SORT_KEYS.includes(key) ? { key: key as SortKey, desc: direction !== 'asc' } : undefined;
}

/**
 * Rows in another order than the ledger's, largest cost first. Where a rest was cut off, the rows that are there are not all:
 * then theirs stays the ledger's order, since another would put a row on top that is not the first.
 */
export function sorted(
  nodes: readonly BreakdownNode[],
  sorting: Sorting | undefined,
): readonly BreakdownNode[] {
  if (sorting === undefined || nodes.some(({ kind }) => kind === 'other')) return nodes;
  const sign = sorting.desc ? -1 : 1;
  return nodes.toSorted((a, b) => sign * compare(a, b, sorting.key));
}

function compare(a: BreakdownNode, b: BreakdownNode, key: SortKey): number {
  if (key === 'name') return a.name.localeCompare(b.name);
  if (key === 'cost' || key === 'costPerCall') {
    const [left, right] = [picodollars(a.figures[key]), picodollars(b.figures[key])];
    return left < right ? -1 : left > right ? 1 : 0;
  }
  return (a.figures[key] ?? -1) - (b.figures[key] ?? -1);
}

function picodollars(amount: string | null | undefined): bigint {
  return amount === null || amount === undefined ? -1n : parseDollars(amount);
}
