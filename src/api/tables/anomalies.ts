/** What is out of the ordinary as a file, a finding a row. They overlap in time and in what they are of, so there is no total. Pure. */
import type { AnomaliesAnswer, ShapeAnomaly, SpendAnomaly } from '../contract/anomalies.ts';
import type { FileTable, Stored } from '../../tables/tables.ts';
import { cellsOf, columnsOf, tableOf } from './shape.ts';
import type { MarkedRow } from './shape.ts';

/** Dollars of a finding are estimates, which are compared and never booked: numbers, as in the answer. */
const STORED: Readonly<Record<string, Stored>> = {
  id: 'text',
  kind: 'text',
  from: 'instant',
  to: 'instant',
  workflow: 'text',
  what: 'text',
  actual: 'number',
  expected: 'number',
  excess: 'number',
  score: 'number',
  change: 'number',
  pValue: 'number',
  direction: 'text',
  state: 'text',
  note: 'text',
  sentence: 'text',
};

export function anomaliesTable(answer: AnomaliesAnswer, question: string): FileTable {
  const rows: MarkedRow[] = [
    ...answer.spend.map((one): MarkedRow => ['group', cellsOf(spendOf(one))]),
    ...answer.shape.map((one): MarkedRow => ['group', cellsOf(shapeOf(one))]),
  ];
  const { during, timeZone } = answer;
  const facts = {
    periodFrom: during.from,
    periodTo: during.to,
    timeZone,
    currency: 'USD',
    figureBasis: 'estimated',
  } as const;
  return tableOf({ columns: columnsOf(STORED), facts, question }, rows);
}

/** Money that was spent against what was expected. */
function spendOf({ path, ...one }: SpendAnomaly): Readonly<Record<string, unknown>> {
  const { id, from, to, workflow, actual, expected, excess, score, direction, state, note, sentence } = one;
  const told = path.filter(({ telling }) => telling).map(({ dimension, value }) => `${dimension} ${value}`);
  const figures = { actual, expected, excess, score };
  return {
    id,
    kind: 'spend',
    from,
    to,
    workflow,
    what: told.join(' › '),
    ...figures,
    direction,
    state,
    note,
    sentence,
  };
}

/** A driver after its change against what it was before; no dollars. */
function shapeOf(one: ShapeAnomaly): Readonly<Record<string, unknown>> {
  const {
    id,
    kind,
    from,
    to,
    workflow,
    label,
    before,
    after,
    change,
    pValue,

    state,
    note,
    sentence,
  } = one;
  const figures = { actual: after, expected: before, change, pValue };
  const direction = after > before ? 'above' : 'below';
  return { id, kind, from, to, workflow, what: label, ...figures, direction, state, note, sentence };
}
