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
  ...Object.fromEntries(FIELDS.map((field) => [`${field}Share`, 'number'] as const)),
  // Of no workflow; those of no team and no customer say so.
  missingCost: MONEY,
  missingCalls: 'count',
  missingUnpricedCalls: 'count',
  ...Object.fromEntries(
    ['team', 'customer'].flatMap((field): Array<[string, Stored]> => [
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
  const figures = FIELDS.flatMap((field): Array<[string, unknown]> => {
    const { share, missing } = fields[field];
    const name = field === 'workflow' ? 'missing' : `${field}Missing`;
    return [
      [`${field}Share`, share],
      [`${name}Cost`, missing.cost],
      [`${name}Calls`, missing.calls],
      [`${name}UnpricedCalls`, missing.unpricedCalls],
    ];
  });
  return cellsOf({ ...total, ...Object.fromEntries(figures) });
}
