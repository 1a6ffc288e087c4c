/** The columns of the breakdown, and what the cells of one table have in common. */
import {
  createColumnHelper,
  createExpandedRowModel,
  rowExpandingFeature,
  rowSortingFeature,
  tableFeatures,
} from '@tanstack/react-table';

import type { Figures, LedgerAnswer } from '../../../api/contract.ts';
import { columnDecimals, perText, unitColumn } from '../../../units/figures.ts';
import type { BreakdownNode, SortKey } from './breakdown-tree.ts';
import { dimensionLabel } from '../../parts/dimensions.ts';
import type { Columns } from './figure-cells.tsx';

export const BREAKDOWN_FEATURES = tableFeatures({
  rowExpandingFeature,
  rowSortingFeature,
  expandedRowModel: createExpandedRowModel(),
});
const column = createColumnHelper<typeof BREAKDOWN_FEATURES, BreakdownNode>();

const SORTED: readonly SortKey[] = ['name', 'calls', 'averageInputTokens', 'costPerCall', 'share', 'cost'];

export const BREAKDOWN_COLUMNS = column.columns(
  SORTED.map((id) => column.accessor((node) => (id === 'name' ? node.name : node.figures[id]), { id })),
);

export function headsOf(data: LedgerAnswer, columns: Columns): Readonly<Record<string, string>> {
  return {
    name: dimensionLabel(data.by[0] ?? ''),
    calls: 'Calls',
    averageInputTokens: 'Avg input tokens',
    costPerCall: `Per ${perText(columns.unit, 'call', 'calls')}, $`,
    share: 'Share of spend',
    ...(columns.withChange && { change: 'Δ, $', changeShare: 'Δ, %' }),
    cost: 'Cost, $',
  };
}

export function columnsOf(data: LedgerAnswer): Columns {
  const all: Figures[] = [...data.rows.map(({ figures }) => figures), data.total];
  return {
    decimals: columnDecimals(all.map(({ cost }) => cost)),
    unit: unitColumn(all.map(({ costPerCall }) => costPerCall)),
    withTeam: data.by.includes('team') && data.by[0] !== 'team',
    withChange: data.compared !== undefined,
    largestShare: Math.max(...data.rows.map(({ figures }) => figures.share ?? 0), data.other?.share ?? 0),
  };
}
