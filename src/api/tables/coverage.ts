/** How much of spend has an owner as a file, a period a row, and the total. Pure. */
import type { CoverageAnswer } from '../contract/attribution.ts';
import type { Cells, FileTable, Stored } from '../../tables/tables.ts';
import { cellsOf, columnsOf, MONEY, tableOf } from './shape.ts';
import type { MarkedRow } from './shape.ts';

const FIELDS = ['workflow', 'team', 'customer'] as const;

const STORED: Readonly<Record<string, Stored>> = {
  period: 'text',
  cost: MONEY,
  calls: 'count',
  unpricedCalls: 'count',
  ...Object.fromEntries(
    FIELDS.flatMap((field): Array<[string, Stored]> => [
      [`${field}Share`, 'number'],
      [`${field}MissingCost`, MONEY],
      [`${field}MissingCalls`, 'count'],
      [`${field}MissingUnpricedCalls`, 'count'],
    ]),
  ),
  simulatedCalls: 'count',
};

export function coverageTable(answer: CoverageAnswer, question: string): FileTable {
  const rows: MarkedRow[] = [
    ...answer.over.map((one): MarkedRow => ['group', { period: one.period, ...figuresOf(one) }]),
    ['total', { ...figuresOf(answer), simulatedCalls: String(answer.simulatedCalls) }],
  ];
  const { during, timeZone, simulated, asOf, completeUntil } = answer;
  const facts = {
    periodFrom: during.from,
    periodTo: during.to,
    timeZone,
    simulatedCallsAre: simulated,
    currency: 'USD',
    figureBasis: 'measured',
    asOf,
    completeUntil,
  } as const;
  return tableOf({ columns: columnsOf(STORED), facts, question }, rows);
}

function figuresOf({ total, fields }: Pick<CoverageAnswer, 'total' | 'fields'>): Cells {
  const missing = FIELDS.flatMap((field) => [
    [`${field}Share`, fields[field].share],
    [`${field}MissingCost`, fields[field].missing.cost],
    [`${field}MissingCalls`, fields[field].missing.calls],
    [`${field}MissingUnpricedCalls`, fields[field].missing.unpricedCalls],
  ]);
  return cellsOf({ ...total, ...(Object.fromEntries(missing) as Record<string, unknown>) });
}
