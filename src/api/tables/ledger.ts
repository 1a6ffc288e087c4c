/** The ledger's answer as a file: its groups, the rest, the total, and what each is compared with. Pure. */
import type { Figures, LedgerAnswer } from '../contract.ts';
import type { Cells, FileColumn, FileTable, Stored } from '../../tables/tables.ts';
import type { Measure } from '../../ledger/question.ts';
import { cellOf, columnsOf, groupCells, MONEY, tableOf, textColumns } from './shape.ts';
import type { Facts, MarkedRow } from './shape.ts';

const STORED: Readonly<Record<Measure, Stored>> = {
  calls: 'count',
  requests: 'count',
  attempts: 'count',
  inputTokens: 'count',
  outputTokens: 'count',
  cacheReadTokens: 'count',
  cacheWriteTokens: 'count',
  reasoningTokens: 'count',
  averageInputTokens: 'number',
  averageOutputTokens: 'number',
  cost: MONEY,
  inputCost: MONEY,
  outputCost: MONEY,
  feeCost: MONEY,
  share: 'number',
  costPerCall: MONEY,
  unpricedCalls: 'count',
  flaggedCalls: 'count',
  averageDurationMs: 'number',
  composition: 'text',
  units: 'count',
  listCost: MONEY,
  lines: 'count',
};

/** What only the total can say. */
const OF_TOTAL: Readonly<Record<string, Stored>> = {
  unattributedCalls: 'count',
  unattributedCost: MONEY,
  simulatedCalls: 'count',
};

/** Asked for beside what was named, so that a cost of nothing can be told from one that nobody knows. */
export function measuresOfFile(of: readonly Measure[]): readonly Measure[] {
  return of.includes('unpricedCalls') ? of : [...of, 'unpricedCalls'];
}

export function ledgerTable(answer: LedgerAnswer, question: string): FileTable {
  const { by, compared, rows, other, total } = answer;
  const of = answer.of as Measure[];
  const before = (figures: Figures | null | undefined): Cells =>
    compared === undefined ? {} : figureCells(of, figures ?? {}, beforeName);
  const marked: MarkedRow[] = [
    ...rows.map(({ group, figures }, at): MarkedRow => [
      'group',
      { ...groupCells(by, group), ...figureCells(of, figures), ...before(compared?.rows[at]) },
    ]),
    ...(other === null
      ? restOfCompared(answer, before)
      : [['other', { ...figureCells(of, other), ...before(compared?.other) }] as const]),
    ['total', { ...figureCells(of, total), ...before(compared?.total), ...totalCells(answer) }],
  ];
  return tableOf({ columns: columnsFor(of, answer), facts: factsOf(answer), question }, marked);
}

/** Groups that were there before and are no more: they are in no row of now, but in what it is compared with. */
function restOfCompared({ compared }: LedgerAnswer, before: (figures: Figures) => Cells): MarkedRow[] {
  const rest = compared?.other ?? null;
  const isNothing = rest === null || ((rest.cost ?? '0') === '0' && (rest.calls ?? 0) === 0);
  return isNothing ? [] : [['other', before(rest)]];
}

function columnsFor(of: readonly Measure[], { by, compared }: LedgerAnswer): FileColumn[] {
  const measures = of.map((name): FileColumn => ({ name, stored: STORED[name] }));
  return [
    ...textColumns(by),
    ...measures,
    ...(compared === undefined
      ? []
      : of.map((name): FileColumn => ({ name: beforeName(name), stored: STORED[name] }))),
    ...columnsOf(OF_TOTAL),
  ];
}

function beforeName(measure: string): string {
  return `before${measure.charAt(0).toUpperCase()}${measure.slice(1)}`;
}

function figureCells(
  of: readonly Measure[],
  figures: Figures,
  nameOf: (measure: string) => string = (measure) => measure,
): Cells {
  return Object.fromEntries(of.map((name) => [nameOf(name), cellOf(figures[name])]));
}

function totalCells({ unattributedCalls, unattributedCost, simulatedCalls }: LedgerAnswer): Cells {
  return {
    unattributedCalls: String(unattributedCalls),
    unattributedCost,
    simulatedCalls: String(simulatedCalls),
  };
}

function factsOf(answer: LedgerAnswer): Facts {
  const { during, compared, timeZone, simulated, priceVersions, asOf, completeUntil } = answer;
  return {
    periodFrom: during.from,
    periodTo: during.to,
    ...(compared !== undefined && { comparedFrom: compared.during.from, comparedTo: compared.during.to }),
    timeZone,
    simulatedCallsAre: simulated,
    currency: 'USD',
    figureBasis: 'measured',
    priceVersions,
    asOf,
    completeUntil,
  };
}
