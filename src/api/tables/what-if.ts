/** What a period would have cost as a file, a group a row, and the total with what the sums do not tell. Pure. */
import type { WhatIfAnswer } from '../contract/prices.ts';
import type { FileTable } from '../../tables/tables.ts';
import { cellsOf, columnsOf, groupCells, MONEY, tableOf, textColumns } from './shape.ts';
import type { MarkedRow } from './shape.ts';

const STORED = {
  before: MONEY,
  after: MONEY,
  difference: MONEY,
  least: MONEY,
  most: MONEY,
  exact: 'text',
  inexact: 'text',
  unpriced: 'text',
  lockedMonths: 'text',
} as const;

export function whatIfTable(answer: WhatIfAnswer, question: string): FileTable {
  const { by, rows, total, exact, inexact, unpriced, lockedMonths, during, basis, priceBookVersion } = answer;
  const marked: MarkedRow[] = [
    ...rows.map(({ group, ...figures }): MarkedRow => [
      'group',
      { ...groupCells(by, group), ...cellsOf(figures) },
    ]),
    ['total', cellsOf({ ...total, exact, inexact, unpriced, lockedMonths })],
  ];
  const facts = {
    periodFrom: during.from,
    periodTo: during.to,
    timeZone: answer.timeZone,
    currency: 'USD',
    figureBasis: basis,
    priceVersions: [priceBookVersion],
  } as const;
  return tableOf({ columns: [...textColumns(by), ...columnsOf(STORED)], facts, question }, marked);
}
