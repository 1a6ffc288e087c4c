/**
 * Answers the one question. All groups and their total come from a single statement, hence from one state of the
 * ledger: groups, the rest and the total add up however many lines arrive meanwhile.
 */
import { formatDollars } from '../../units/money.ts';
import { openCalendar } from '../../units/period.ts';
import { MEASURES } from '../question.ts';
import type { Answer, AnswerRow, Condition, Question, Span } from '../question.ts';
import { checkDimension, isOfUses, labeller } from './dimensions.ts';
import type { Engine, Row } from './engine.ts';
import { LINE_SUMS, readSums, subtract, sumsFor, toCount, toFigures } from './figures.ts';
import type { Sums } from './figures.ts';
import { groupNames, groupsStatement, requestsStatement, totalStatement, versionsStatement } from './plan.ts';
import type { Sources, Statement } from './plan.ts';

const MOST_GROUPS = 10_000;
const MOST_DIMENSIONS = 16;
const MOST_CONDITIONS = 50;
const MOST_VALUES = 1_000;

/** @throws RangeError when the question is not one that the ledger can answer; the message says why. */
export async function answerQuestion(
  engine: Engine,
  question: Question,
  freshness: { readonly nowMs: number; readonly completeUntilMs: number },
  sources: Sources,
): Promise<Answer> {
  checkQuestion(question);
  const { by, of, limit } = question;
  const asked = { database: engine.database, scope: question, by, sources };
  const run = ({ sql, bindings }: Statement): Promise<readonly Row[]> => engine.select(sql, bindings);
  const names = sumsFor(of);
  const ofUses = tellsUsesApart(question);
  const [counted, versions, whole] = await Promise.all([
    run(groupsStatement(asked, names, limit + 2)), // the total, and one to see that there is more
    run(versionsStatement(asked)),
    ofUses ? run(totalStatement(asked, LINE_SUMS)) : [],
  ]);
  const toSums = (row: Row): Sums => readSums(names, row.slice(1 + groupNames(by).length));
  const groups = counted
    .filter((row) => Number(row[0]) === 0)
    .map((row) => ({ values: row.slice(1, 1 + by.length).map(String), sums: toSums(row) }))
    .filter(({ sums }) => sums.get('lines') !== 0n);
  const shown = groups.slice(0, limit);
  const summed = toSums(counted.find((row) => Number(row[0]) === 1) ?? []);
  const rest =
    groups.length > limit
      ? subtract(
          summed,
          shown.map(({ sums }) => sums),
        )
      : null;
  const total: Sums = ofUses ? new Map([...summed, ...readSums(LINE_SUMS, whole[0] ?? [])]) : summed;
  const requests = of.includes('requests')
    ? await countRequests(
        run,
        asked,
        shown.map(({ values }) => values),
        rest !== null,
      )
    : undefined;
  const totalCost = total.get('cost') ?? 0n;
  const label = labeller(by, question.timeZone);
  const figures = (sums: Sums, distinct: bigint | undefined) =>
    toFigures(of, new Map(sums).set('requests', distinct ?? 0n), totalCost);
  const rows: AnswerRow[] = shown.map(({ values, sums }) => ({
    group: label(values),
    figures: figures(sums, requests?.ofGroup(values)),
  }));
  return {
    rows,
    other: rest && figures(rest, requests?.rest),
    total: figures(total, requests?.total),
    timeZone: question.timeZone,
    priceVersions: versions.filter((row) => row[2] !== '0' && row[0] !== '').map((row) => String(row[0])),
    asOfMs: freshness.nowMs,
    completeUntilMs: freshness.completeUntilMs,
    unpricedCalls: toCount(total.get('unpriced') ?? 0n),
    unattributedCalls: toCount(total.get('unattributedCalls') ?? 0n),
    unattributedCost: formatDollars(total.get('unattributedCost') ?? 0n),
    simulatedCalls: toCount(versions.reduce((sum, row) => sum + BigInt(String(row[3])), 0n)),
  };
}

interface Requests {
  readonly ofGroup: (values: readonly string[]) => bigint;
  readonly rest: bigint;
  readonly total: bigint;
}

/** A request can be in several groups, so every figure of it is counted for itself. */
async function countRequests(
  run: (statement: Statement) => Promise<readonly Row[]>,
  asked: Parameters<typeof requestsStatement>[0],
  groups: ReadonlyArray<readonly string[]>,
  hasRest: boolean,
): Promise<Requests> {
  const { by } = asked;
  const among = (not: boolean) => (hasRest ? { not, groups } : undefined);
  const [total, rest, counted] = await Promise.all([
    run(requestsStatement(asked, [])),
    hasRest ? run(requestsStatement(asked, [], among(true))) : [],
    by.length === 0 ? [] : run(requestsStatement(asked, by, among(false))),
  ]);
  const whole = toBigInt(total[0]?.[0]);
  const counts = new Map(
    counted.map((row) => [JSON.stringify(row.slice(0, -1).map(String)), toBigInt(row.at(-1))]),
  );
  return {
    ofGroup: (values) => (by.length === 0 ? whole : (counts.get(JSON.stringify(values)) ?? 0n)),
    rest: toBigInt(rest[0]?.[0]),
    total: whole,
  };
}

function toBigInt(cell: unknown): bigint {
  return BigInt(String(cell ?? 0));
}

function tellsUsesApart({ by, where }: Pick<Question, 'by' | 'where'>): boolean {
  return [...by, ...where.map(({ dimension }) => dimension)].some(isOfUses);
}

function checkQuestion({ of, by, during, where, timeZone, limit }: Question): void {
  openCalendar(timeZone);
  for (const measure of of) {
    if (!(MEASURES as readonly string[]).includes(measure)) {
      throw new RangeError(`"${measure}" is not a measure. Use some of: ${MEASURES.join(', ')}`);
    }
  }
  for (const dimension of by) checkDimension(dimension);
  if (of.includes('composition') && tellsUsesApart({ by, where }))
    throw new RangeError('a composition is that of a whole call: ask for it without bucket and rate');
  if (by.length > MOST_DIMENSIONS)
    throw new RangeError(`a question can be broken down by at most ${MOST_DIMENSIONS} dimensions at once`);
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MOST_GROUPS) {
    throw new RangeError(`the limit of groups must be a whole number from 1 to ${MOST_GROUPS}`);
  }
  checkSpan(during);
  checkConditions(where);
}

/** @throws RangeError when the span is not one. */
export function checkSpan({ fromMs, toMs }: Span): void {
  if (!Number.isFinite(fromMs) || !Number.isFinite(toMs))
    throw new RangeError('the period has no beginning or no end');
  if (toMs < fromMs) throw new RangeError('the period ends before it begins');
}

/** @throws RangeError when there are too many conditions, or one names no dimension. */
export function checkConditions(where: readonly Condition[]): void {
  if (where.length > MOST_CONDITIONS)
    throw new RangeError(`a question can have at most ${MOST_CONDITIONS} conditions`);
  for (const { dimension, is = [], not = [] } of where) {
    checkDimension(dimension);
    if (is.length + not.length > MOST_VALUES)
      throw new RangeError(`a condition can name at most ${MOST_VALUES} values`);
  }
}
