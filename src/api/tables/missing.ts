/** What has no workflow as a file, a sign a row, what lies below the limit, and all that is missing. Pure. */
import type { Amount, MissingAnswer } from '../contract/attribution.ts';
import type { Cells, FileTable, Stored } from '../../tables/tables.ts';
import { cellsOf, columnsOf, MONEY, tableOf } from './shape.ts';
import type { MarkedRow } from './shape.ts';

const STORED: Readonly<Record<string, Stored>> = {
  sign: 'text',
  value: 'text',
  suggestedWorkflow: 'text',
  suggestedTeam: 'text',
  suggestedCustomer: 'text',
  /** Of the spend that has the sign and names a workflow. */
  suggestedShare: 'number',
  seen: 'text',
  calls: 'count',
  unpricedCalls: 'count',
  cost: MONEY,
  /** Of all spend of the period, not of what is missing. */
  share: 'number',
};

export function missingTable(answer: MissingAnswer, question: string): FileTable {
  const { parts, other, missing, share, during, timeZone, simulated } = answer;
  const rows: MarkedRow[] = [
    ...parts.map((part): MarkedRow => ['group', cellsOfPart(part)]),
    ...(isNothing(other) ? [] : [['other', cellsOf(other)] as const]),
    ['total', cellsOf({ ...missing, share })],
  ];
  const facts = {
    periodFrom: during.from,
    periodTo: during.to,
    timeZone,
    simulatedCallsAre: simulated,
    currency: 'USD',
    figureBasis: 'measured',
  } as const;
  return tableOf({ columns: columnsOf(STORED), facts, question }, rows);
}

function cellsOfPart({
  sign,
  value,
  amount,
  share,
  seen,
  suggestion,
}: MissingAnswer['parts'][number]): Cells {
  const { workflow, team, customer } = suggestion?.rule.set ?? {};
  return cellsOf({
    sign,
    value,
    suggestedWorkflow: workflow,
    suggestedTeam: team,
    suggestedCustomer: customer,
    suggestedShare: suggestion?.evidence?.share,
    seen,
    ...amount,
    share,
  });
}

function isNothing({ cost, calls, unpricedCalls }: Amount): boolean {
  return cost === '0' && calls === 0 && unpricedCalls === 0;
}
