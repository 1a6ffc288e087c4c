/** The breakdown's rows with whatever is opened, each opened row one question of its own. */
import { useQueries } from '@tanstack/react-query';
import type { UseQueryResult } from '@tanstack/react-query';

import type { LedgerAnswer } from '../../../api/contract.ts';
import { askOf } from '../../parts/filters.ts';
import type { FilterState } from '../../parts/filters.ts';
import { asking } from '../../parts/server.ts';
import { tell } from '../../parts/telling.ts';
import { MEASURES } from './ask-ledger.ts';
import { nodesOf, ofWhole, openedOf, rowKey, sorted } from './breakdown-tree.ts';
import type { BreakdownNode, Sorting } from './breakdown-tree.ts';
import { splitSpans } from './dimensions.ts';

const SUB_ROWS = 8;
const MOST_ROWS = 1_000;

interface Breakdown {
  readonly data: LedgerAnswer;
  readonly filters: FilterState;
  readonly levels: readonly string[];
  /** Ids of the rows that are open. */
  readonly open: readonly string[];
  readonly sorting: Sorting | undefined;
}

export function useBreakdown({ data, filters, levels, open, sorting }: Breakdown): readonly BreakdownNode[] {
  const answers = useQueries({
    queries: open.map((id) => ({
      queryKey: ['ledger', 'opened', filters, data.simulated, id, data.by],
      queryFn: ({ signal }) => askOpened(id, { data, filters }, signal),
    })),
  });
  const answerOf = new Map(open.map((id, at) => [id, answers[at]]));
  const grow = (nodes: readonly BreakdownNode[], share: number | null): readonly BreakdownNode[] =>
    sorted(nodes, sorting).map((node) => {
      const answer = answerOf.get(node.id);
      if (answer === undefined) return node;
      const childShare = node.kind === 'other' ? share : (node.figures.share ?? null);
      const listed = new Set(nodes.map(rowKey));
      const children = ofWhole(childrenOf(node, answer, levels, listed), childShare);
      return { ...node, children: grow(children, childShare) };
    });
  return grow(nodesOf(data, levels, { level: 0, conditions: [] }), 1);
}

function askOpened(
  id: string,
  { data, filters }: Pick<Breakdown, 'data' | 'filters'>,
  signal: AbortSignal,
): Promise<LedgerAnswer> {
  const { conditions, dimension, after, level } = openedOf(id);
  const { where, during } = splitSpans(conditions);
  const ask = askOf(filters);
  return asking(signal).ledger({
    ...ask,
    ...(during !== undefined && { during }),
    of: MEASURES,
    // The rest of the table's own rows is asked for as they were.
    by: level === 1 && after > 0 ? data.by : [dimension],
    where: [...filters.where, ...where],
    simulated: data.simulated,
    // A row of one day has no other day beside it.
    ...(data.compared !== undefined && during === undefined && { compare: filters.compare }),
    limit: after > 0 ? MOST_ROWS : SUB_ROWS,
  });
}

function childrenOf(
  node: BreakdownNode,
  answer: UseQueryResult<LedgerAnswer>,
  levels: readonly string[],
  listed: ReadonlySet<string>,
): readonly BreakdownNode[] {
  const { conditions, level, after } = openedOf(node.id);
  if (answer.data !== undefined)
    return nodesOf(answer.data, levels, { level, conditions, ...(after > 0 && { listed }) });
  const kind = answer.error === null ? 'coming' : 'trouble';
  const name = answer.error === null ? '…' : `${tell(answer.error).title}.`;
  return [{ ...node, id: `${node.id}${kind}`, level, kind, name, figures: {}, next: undefined }];
}
