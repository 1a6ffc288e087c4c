/** What spend was made of as a file: cost by part of each group, beyond the limit, and in total. Pure. */
import type { CompositionAnswer } from '../contract/composition.ts';
import type { Cells, FileTable } from '../../tables/tables.ts';
import { cellsOf, columnsOf, groupCells, MONEY, tableOf, textColumns } from './shape.ts';
import type { MarkedRow } from './shape.ts';

type Composed = CompositionAnswer['total'];

export function compositionTable(answer: CompositionAnswer, question: string): FileTable {
  const { dimensions, groups, beyondLimit, total, during, priceVersions } = answer;
  const figures = ({ parts, cost, calls, unpricedCalls }: Composed): Cells =>
    cellsOf({ calls, unpricedCalls, cost, ...parts });
  const rows: MarkedRow[] = [
    ...groups.map((one): MarkedRow => ['group', { ...groupCells(dimensions, one.group), ...figures(one) }]),
    ...(beyondLimit === null ? [] : [['other', figures(beyondLimit)] as const]),
    ['total', { ...figures(total), unattributedCalls: String(answer.unattributed) }],
  ];
  const parts = Object.fromEntries(Object.keys(total.parts).map((part) => [part, MONEY]));
  const columns = [
    ...textColumns(dimensions),
    ...columnsOf({
      calls: 'count',
      unpricedCalls: 'count',
      cost: MONEY,
      ...parts,
      unattributedCalls: 'count',
    }),
  ];
  const { timeZone, asOf, completeUntil, basis } = answer;
  const facts = {
    periodFrom: during.from,
    periodTo: during.to,
    timeZone,
    currency: 'USD',
    figureBasis: basis,
    priceVersions,
    asOf,
    completeUntil,
  } as const;
  return tableOf({ columns, facts, question }, rows);
}
