/**
 * What happened in a period that a chart of spend should say: prices, agreements, commitments, budgets set and used up,
 * anomalies that somebody spoke of, rules, closed months, plans. From decisions and the price book; of the ledger it is given
 * when budgets were crossed. Pure. The front door of this part.
 */
import type { Condition, Span } from '../../ledger/question.ts';
import {
  anomalyMarks,
  budgetMarks,
  closeMarks,
  commitmentMarks,
  crossingMarks,
  planMarks,
  ruleMarks,
} from './decided.ts';
import type { Annotation, Known } from './known.ts';
import { priceMarks } from './priced.ts';
import { inScope } from './scope.ts';

export type { Annotation, Known } from './known.ts';

export interface AnnotationsAsk {
  readonly during: Span;
  readonly where: readonly Condition[];
}

/** Marks of a period in the order of time. One whose team, workflow or model is not known concerns every question. */
export function annotationsOf(known: Known, { during, where }: AnnotationsAsk): Annotation[] {
  return [
    ...priceMarks(known, during),
    ...commitmentMarks(known.commitments),
    ...budgetMarks(known.budgets, known.amountOf),
    ...crossingMarks(known.crossings, known.amountOf),
    ...anomalyMarks(known.anomalies),
    ...ruleMarks(known.rules),
    ...closeMarks(known.closed),
    ...planMarks(known.plans),
  ]
    .filter(({ atMs }) => atMs >= during.fromMs && atMs < during.toMs)
    .map((one) => withTeam(one, known.teamOf))
    .filter(({ scope }) => inScope(scope, where))
    .toSorted((a, b) => a.atMs - b.atMs || compare(a.text, b.text));
}

function withTeam(one: Annotation, teamOf: Known['teamOf']): Annotation {
  const { workflow, team } = one.scope;
  const owner = workflow === undefined || team !== undefined ? '' : teamOf(workflow);
  return owner === '' ? one : { ...one, scope: { ...one.scope, team: owner } };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What stands above the list. */
export function annotationsSentence(annotations: readonly Annotation[]): string {
  const [first] = annotations;
  if (first === undefined)
    return 'Nothing was decided or announced in this period that a chart of spend should say.';
  const last = annotations.at(-1)!;
  return annotations.length === 1
    ? `One thing happened in this period: ${first.text}.`
    : `${annotations.length} things happened in this period; the last: ${last.text}.`;
}
