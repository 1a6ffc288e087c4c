/** Why spend changed as a file: before, after and each driver of a cell, of what is not listed, and in total. Pure. */
import type { ChangesAnswer } from '../contract/anomalies.ts';
import type { FileTable } from '../../tables/tables.ts';
import { formatDollars, parseDollars } from '../../units/money.ts';
import { cellsOf, columnsOf, groupCells, MONEY, tableOf, textColumns } from './shape.ts';
import type { MarkedRow } from './shape.ts';

const FIGURES = [
  'before',
  'after',
  'change',
  'calls',
  'mix',
  'context',
  'tokenMix',
  'rate',
  'beside',
] as const;
type Amounts = Readonly<Record<(typeof FIGURES)[number], string>>;

export function changesTable(answer: ChangesAnswer, question: string): FileTable {
  const { dimensions, before, after, change, effects, beside } = answer;
  const total: Amounts = { before: before.cost, after: after.cost, change, ...effects, beside };
  // What the ledger's own limit cut off has no name: it belongs to what is not listed.
  const named = answer.cells.filter(({ group }) => group.length > 0);
  const listed = named.map((cell): Amounts => ({ ...cell, ...cell.effects }));
  const rest = restOf(total, listed);
  const rows: MarkedRow[] = [
    ...named.map((cell, at): MarkedRow => [
      'group',
      { ...groupCells(dimensions, cell.group), ...amountCells(listed[at] ?? total) },
    ]),
    ...(FIGURES.every((name) => rest[name] === '0') ? [] : [['other', amountCells(rest)] as const]),
    ['total', { ...amountCells(total), unpricedCalls: String(answer.unpriced) }],
  ];
  const columns = [
    ...textColumns(dimensions),
    ...columnsOf(Object.fromEntries(FIGURES.map((name) => [name, MONEY]))),
    ...columnsOf({ unpricedCalls: 'count' }),
  ];
  const facts = {
    periodFrom: after.from,
    periodTo: after.to,
    comparedFrom: before.from,
    comparedTo: before.to,
    timeZone: answer.timeZone,
    currency: 'USD',
    figureBasis: 'measured',
    priceVersions: answer.priceVersions,
    asOf: answer.asOf,
    completeUntil: answer.completeUntil,
  } as const;
  return tableOf({ columns, facts, question }, rows);
}

function restOf(total: Amounts, listed: readonly Amounts[]): Amounts {
  const rest = (name: keyof Amounts): string =>
    formatDollars(listed.reduce((left, one) => left - parseDollars(one[name]), parseDollars(total[name])));
  return Object.fromEntries(FIGURES.map((name) => [name, rest(name)])) as unknown as Amounts;
}

function amountCells(amounts: Amounts) {
  return cellsOf(Object.fromEntries(FIGURES.map((name) => [name, amounts[name]])));
}
