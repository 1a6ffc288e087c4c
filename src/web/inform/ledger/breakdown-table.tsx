/** The itemized table: the chart's legend and its accessible form at once. Every cost opens its calls. */
import { useTable } from '@tanstack/react-table';
import { useMemo, useState } from 'react';

import type { LedgerAnswer } from '../../../api/contract.ts';
import { toAddress } from '../../parts/conditions.ts';
import type { Conditions } from '../../parts/conditions.ts';
import type { FilterState } from '../../parts/filters.ts';
import { useHues } from '../../parts/hues.ts';
import { periodText, stretchText } from '../../parts/instants.ts';
import { BREAKDOWN_COLUMNS, BREAKDOWN_FEATURES, columnsOf, headsOf } from './breakdown-columns.ts';
import { BreakdownNotes } from './breakdown-notes.tsx';
import { BreakdownRow, TotalRow } from './breakdown-rows.tsx';
import { SORT_KEYS, sortingOf } from './breakdown-tree.ts';
import type { BreakdownNode, Sorting, SortKey } from './breakdown-tree.ts';
import { dimensionWord } from './dimensions.ts';
import type { Columns } from './figure-cells.tsx';
import { useBreakdown } from './use-breakdown.ts';

export interface BreakdownProps {
  readonly data: LedgerAnswer;
  readonly filters: FilterState;
  readonly levels: readonly string[];
  /** The row whose calls are shown below. */
  readonly only: Conditions;
  readonly sort: string;
  readonly onSort: (sort: string) => void;
  readonly onShow: (conditions: Conditions) => void;
}

const childrenOf = (node: BreakdownNode): BreakdownNode[] | undefined =>
  node.children === undefined ? undefined : [...node.children];
const idOf = (node: BreakdownNode): string => node.id;

export function BreakdownTable(props: BreakdownProps) {
  const { data, filters, levels, only, sort, onSort, onShow } = props;
  const [open, setOpen] = useState<Readonly<Record<string, boolean>>>({});
  const ids = Object.keys(open).filter((id) => open[id]);
  const sorting = sortingOf(sort);
  const nodes = useBreakdown({ data, filters, levels, open: ids, sorting });
  const rows = useRows(nodes, open);
  const columns = columnsOf(data);
  const [first = ''] = data.by;
  const hueOf = useHues(first);
  const period = periodText(data.during, data.timeZone);
  const shown = toAddress(only);
  return (
    <section className="card">
      <header>
        <h2>{period}</h2>
        <p>
          by {levels.map(dimensionWord).join(', then ')}
          {Date.parse(data.during.to) > data.asOfMs && ', so far'}
          {data.compared !== undefined && `; Δ to ${stretchText(data.compared.during, data.timeZone)}`}
        </p>
      </header>
      <div className="scroll" role="region" tabIndex={0} aria-label={`Ledger by ${first}, ${period}`}>
        <table className="ends breakdown">
          <caption className="sr">
            Ledger by {first}, {period}
          </caption>
          <Head {...{ data, columns, sorting, onSort }} />
          <tbody>
            {rows.map((node) => (
              <BreakdownRow
                key={node.id}
                {...{ node, columns, onShow }}
                mark={node.kind === 'other' ? 'k0' : hueOf(node.name)}
                isOpen={open[node.id] === true}
                isShown={shown !== '' && toAddress(node.conditions) === shown}
                onToggle={() => setOpen({ ...open, [node.id]: open[node.id] !== true })}
              />
            ))}
            <TotalRow data={data} columns={columns} />
          </tbody>
        </table>
      </div>
      <BreakdownNotes data={data} filters={filters} />
    </section>
  );
}

/** The rows in sight of the tree: those whose every ancestor is open. */
function useRows(
  nodes: readonly BreakdownNode[],
  open: Readonly<Record<string, boolean>>,
): readonly BreakdownNode[] {
  const key = JSON.stringify(nodes);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- the nodes are made anew on each drawing; their text is what counts
  const data = useMemo(() => [...nodes], [key]);
  const table = useTable({
    features: BREAKDOWN_FEATURES,
    columns: BREAKDOWN_COLUMNS,
    data,
    getSubRows: childrenOf,
    getRowId: idOf,
    manualSorting: true,
    state: { expanded: { ...open } },
  });
  return table.getRowModel().rows.map(({ original }) => original);
}

interface HeadProps {
  readonly data: LedgerAnswer;
  readonly columns: Columns;
  readonly sorting: Sorting | undefined;
  readonly onSort: (sort: string) => void;
}

function Head({ data, columns, sorting, onSort }: HeadProps) {
  const heads = Object.entries(headsOf(data, columns));
  return (
    <thead>
      <tr>
        {heads.flatMap(([id, label]) => [
          <SortHead
            key={id}
            {...{ id, label, sorting, onSort }}
            canSort={data.other === null && SORT_KEYS.includes(id)}
          />,
          ...(id === 'name' && columns.withTeam
            ? [
                <th key="team" scope="col" className="team">
                  Team
                </th>,
              ]
            : []),
        ])}
      </tr>
    </thead>
  );
}

interface SortHeadProps {
  readonly id: string;
  readonly label: string;
  readonly sorting: Sorting | undefined;
  /** Every row is listed: only then can they be put in another order without a lie. */
  readonly canSort: boolean;
  readonly onSort: (sort: string) => void;
}

const NOT_ALL = 'Not all rows are listed: the largest cost stands first';
const HEAD_LOOKS: Readonly<Record<string, string>> = { name: 'indented', averageInputTokens: 'num average' };

function SortHead({ id, label, sorting, canSort, onSort }: SortHeadProps) {
  const own = canSort && sorting?.key === (id as SortKey) ? sorting : undefined;
  const next = own === undefined ? `${id}.${id === 'name' ? 'asc' : 'desc'}` : own.desc ? `${id}.asc` : '';
  const order = own === undefined ? undefined : own.desc ? 'descending' : 'ascending';
  return (
    <th scope="col" className={HEAD_LOOKS[id] ?? 'num'} aria-sort={order}>
      {canSort ? (
        <button type="button" className="sort" onClick={() => onSort(own?.desc === false ? '' : next)}>
          {label}
          {order !== undefined && <span aria-hidden="true"> {own?.desc === true ? '↓' : '↑'}</span>}
        </button>
      ) : (
        <span title={SORT_KEYS.includes(id) ? NOT_ALL : undefined}>{label}</span>
      )}
    </th>
  );
}
