/** The same question about another period, joined to the rows of the answer. */
import type { Answer, Figures, Question, Span } from '../ledger/question.ts';
import { periodBefore, stepMatcher, yearBefore } from '../units/comparison.ts';
import type { Step } from '../units/comparison.ts';
import { formatDollars, parseDollars } from '../units/money.ts';
import { parsePeriod } from '../units/period.ts';
import type { Reading } from './asking.ts';

/** Groups read of the other period; more rows than that are not shown anywhere either. */
const GROUPS = 10_000;
const STEPS: readonly Step[] = ['hour', 'day', 'week', 'month'];

interface Around {
  readonly nowMs: number;
  readonly timeZone: string;
}

export function readCompare(text: string, during: Span, around: Around): Reading<Span> {
  if (text === 'previous') return { kind: 'read', value: periodBefore(during, around) };
  if (text === 'year') return { kind: 'read', value: yearBefore(during, around) };
  try {
    return { kind: 'read', value: parsePeriod(text, around) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return {
      kind: 'problems',
      problems: [{ path: 'compare', message: `${error.message}; or previous, or year` }],
    };
  }
}

export interface ComparedFigures {
  readonly rows: Array<Figures | null>;
  readonly other: Figures | null;
  readonly total: Figures;
  readonly unpricedCalls: number;
}

interface Asks {
  ask(question: Question): Promise<Answer>;
}

/**
 * Rows of steps of time are compared with the step that stands where they stand (see `stepMatcher`); what has no such step is
 * in `other`, so that rows + other = total on both sides.
 * @param answer to the question as it was asked.
 */
export async function askCompared(
  ledger: Asks,
  question: Question,
  answer: Answer,
  during: Span,
): Promise<ComparedFigures> {
  const isTimed = question.by.some(isStep);
  const before = await ledger.ask({ ...question, during, limit: GROUPS });
  const { total, unpricedCalls } = before;
  // Steps beyond the limit cannot be asked for by name: none is shown as one in which nothing was spent.
  if (isTimed && before.other !== null)
    return { rows: answer.rows.map(() => null), other: null, total, unpricedCalls };
  const groups = before.other === null ? before : await ofShown(ledger, question, answer, during);
  const byGroup = new Map(groups.rows.map(({ group, figures }) => [JSON.stringify(group), figures]));
  const groupBefore = isTimed ? groupMatcher(question, during) : (group: readonly string[]) => group;
  const rows = answer.rows.map(({ group }) => byGroup.get(JSON.stringify(groupBefore(group))) ?? null);
  return { rows, other: restOf(total, rows), total, unpricedCalls };
}

function groupMatcher(
  { by, during, timeZone }: Question,
  other: Span,
): (group: readonly string[]) => ReadonlyArray<string | undefined> {
  const match = stepMatcher(during, other, timeZone);
  return (group) =>
    group.map((value, at) => {
      const dimension = by[at] ?? '';
      return isStep(dimension) ? match(dimension, value) : value;
    });
}

function isStep(dimension: string): dimension is Step {
  return (STEPS as readonly string[]).includes(dimension);
}

/**
 * Where the other period has more groups than are read, those that are shown are asked for by name: else one that was cut off
 * would look like one in which nothing was spent.
 */
function ofShown(ledger: Asks, question: Question, answer: Answer, during: Span): Promise<Answer> {
  const [first] = question.by;
  const isAsked = question.where.some(({ dimension }) => dimension === first);
  const values = [...new Set(answer.rows.map(({ group }) => group[0] ?? ''))];
  const where =
    first === undefined || isAsked ? question.where : [...question.where, { dimension: first, is: values }];
  return ledger.ask({ ...question, during, where, limit: GROUPS });
}

/** What the total has beyond the rows; only what adds up can be taken away. */
function restOf(total: Figures, rows: ReadonlyArray<Figures | null>): Figures {
  const rest: { cost?: string; calls?: number } = {};
  if (total.cost !== undefined)
    rest.cost = formatDollars(
      rows.reduce((left, row) => left - parseDollars(row?.cost ?? '0'), parseDollars(total.cost)),
    );
  if (total.calls !== undefined)
    rest.calls = rows.reduce((left, row) => left - (row?.calls ?? 0), total.calls);
  return rest;
}
