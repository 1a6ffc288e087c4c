/**
 * The front door: what is out of the ordinary, where it comes from, and why spend changed.
 *
 * Found are (a) windows of hours in which a node spent outside its conformal band, explained down to the lowest node
 * that carries them, and (b) creep and steps in the shape of requests, which no hour shows. Statistics are in floats;
 * amounts of money in an answer are the ledger's own, or are marked as expectations.
 */
import { createHash } from 'node:crypto';

import type { Condition, LedgerReader, Span } from '../../ledger/question.ts';
import { explainWindow, readWindow } from './explain.ts';
import { isUnseen, strangeRuns } from './events.ts';
import { expectSeries, HOURS_OF_WEEK } from './expectation.ts';
import { DAY_MS, dollars, HOUR_MS, readSeries } from './series.ts';
import type { Series } from './series.ts';
import { isCallByCall, SIGNAL_MEASURES, SIGNALS } from './signals.ts';
import type { Findings, ShapeAnomaly, SpendAnomaly } from './findings.ts';
import { findTrend, ORDINARY_TRENDS } from './trend.ts';

export { DRIVERS } from './decompose.ts';
export type { CellChange, Driver, Effects } from './decompose.ts';
export { whatChanged } from './changes.ts';
export type { Change, ChangeAsk } from './changes.ts';
export type { Findings, ShapeAnomaly, SpendAnomaly } from './findings.ts';
export { changeSentence, findingsSentence, shapeSentence, spendSentence } from './sentences.ts';

/** The share of hours that the band is meant to hold. */
export const BAND_COVERAGE = HOURS_OF_WEEK.coverage;

export interface FindAsk {
  /** Where anomalies are looked for; history before it is read as well. */
  readonly during: Span;
  readonly where: readonly Condition[];
  /** Windows that people declared expected: nothing is learned from them and none is reported. */
  readonly expected: ReadonlyArray<{ readonly span: Span; readonly workflow: string | undefined }>;
  /** Anomalies below this many dollars are not worth a person's time. */
  readonly leastDollars: number;
  /** How many of the largest are explained down to their node. */
  readonly explain: number;
}

const HISTORY_MS = (HOURS_OF_WEEK.seasons + 4) * 7 * DAY_MS;
const TREND_DAYS = 42;

/** Finds what is out of the ordinary. Clock-free: `during` says until when. */
export async function findAnomalies(reader: LedgerReader, ask: FindAsk): Promise<Findings> {
  const [spend, shape] = [await findSpend(reader, ask), await findShapes(reader, ask)];
  return { ...spend, shape };
}

async function findSpend(reader: LedgerReader, ask: FindAsk): Promise<Omit<Findings, 'shape'>> {
  const { during, where } = ask;
  const history = { fromMs: during.fromMs - HISTORY_MS, toMs: during.toMs };
  const { starts: allStarts, groups } = await readSeries(reader, {
    during: history,
    step: 'hour',
    by: 'workflow',
    of: ['cost'],
    where,
  });
  const usualDay = sumOf([...groups.values()].map((all) => usualDayOf(all.map((one) => dollars(one?.cost)))));
  const found: SpendAnomaly[] = [];
  const tooYoung: string[] = [];
  const judged = { hours: 0, inside: 0 };
  let spent = 0;
  for (const [workflow, all] of groups) {
    const begin = all.findIndex((one) => one !== undefined); // before its first call a workflow did not spend nothing: it was not there
    const starts = allStarts.slice(begin);
    const values = all.slice(begin).map((one) => dollars(one?.cost));
    spent += sumFrom(values, starts, during);
    const { points } = expectSeries(values, HOURS_OF_WEEK, expectedHours(starts, ask, workflow));
    const within = points.filter((point, at) => point !== undefined && isIn(starts[at], during));
    judged.hours += within.length;
    judged.inside += within.filter((point) => Math.abs(point?.score ?? 0) <= 1).length;
    if (within.length === 0) tooYoung.push(workflow);
    const leastExcess = Math.max(
      ask.leastDollars,
      WORTH_OF_WORKFLOW * usualDayOf(values),
      WORTH_OF_ALL * usualDay,
    );
    for (const run of strangeRuns(values, points, { ...RUNS, leastExcess })) {
      const span = { fromMs: starts[run.from] ?? 0, toMs: (starts[run.to - 1] ?? 0) + HOUR_MS };
      if (!overlaps(span, during) || isExpected(span, ask, workflow)) continue;
      if (!isUnseen(run, values, HOURS_OF_WEEK.season)) continue;
      const { direction, actual, expected, peakScore: score } = run;
      found.push({
        kind: 'spend',
        id: idOf('spend', workflow, span.fromMs),
        span,
        direction,
        workflow,
        actual,
        expected,
        excess: actual - expected,
        score,
        explanation: undefined,
      });
    }
  }
  const spend = found.toSorted((a, b) => Math.abs(b.excess) - Math.abs(a.excess));
  const above = spend
    .filter(({ direction }) => direction === 'above')
    .reduce((sum, { excess }) => sum + excess, 0);
  return {
    spend: await explainLargest(reader, ask, spend),
    coverage: judged.hours === 0 ? null : judged.inside / judged.hours,
    judgedHours: judged.hours,
    anomalyShare: spent === 0 ? null : above / spent,
    tooYoung,
  };
}

/** A window is worth a look from these shares of a usual day on: of its workflow, and of all that was asked about. */
const WORTH_OF_WORKFLOW = 0.05;
const WORTH_OF_ALL = 0.002;
const FOUR_WEEKS = 28;

function usualDayOf(hours: readonly number[]): number {
  return sumOf(hours.slice(-FOUR_WEEKS * 24)) / FOUR_WEEKS;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

const RUNS = { gap: 3, leastOutside: 2, loneScore: 3, leastShare: 0.2 };

/** Adds the lowest explaining node to the largest. Those of the same hours (an outage, seen by four workflows) are read once. */
async function explainLargest(
  reader: LedgerReader,
  ask: FindAsk,
  anomalies: readonly SpendAnomaly[],
): Promise<SpendAnomaly[]> {
  const windows = Map.groupBy(anomalies.slice(0, ask.explain), ({ span }) => `${span.fromMs} ${span.toMs}`);
  const explained = new Map<SpendAnomaly, SpendAnomaly>();
  for (const same of windows.values()) {
    const names = same.flatMap(({ workflow }) => (workflow === undefined ? [] : [workflow]));
    const node: Condition[] = names.length < same.length ? [] : [{ dimension: 'workflow', is: names }];
    const costs = await readWindow(reader, (same[0] as SpendAnomaly).span, [...ask.where, ...node]);
    for (const one of same) explained.set(one, { ...one, explanation: explainWindow(costs, one.workflow) });
  }
  return anomalies.map((one) => explained.get(one) ?? one);
}

async function findShapes(reader: LedgerReader, ask: FindAsk): Promise<ShapeAnomaly[]> {
  const during = {
    fromMs: Math.min(ask.during.fromMs, ask.during.toMs - TREND_DAYS * DAY_MS),
    toMs: ask.during.toMs,
  };
  const { starts, groups } = await readSignals(reader, during, ask.where);
  const found: ShapeAnomaly[] = [];
  for (const [workflow, figures] of groups) {
    for (const { name, label, of, dearer } of SIGNALS) {
      const trend = findTrend(figures.map((one) => (one === undefined ? NaN : of(one))));
      if (trend === undefined) continue;
      const span = {
        fromMs: starts[trend.at] ?? during.fromMs,
        toMs: (starts.at(-1) ?? during.toMs) + DAY_MS,
      };
      if (isExpected(span, ask, workflow)) continue;
      if (trend.kind === 'step' && span.fromMs + DAY_MS <= ask.during.fromMs) continue; // read for comparison only
      found.push({
        kind: 'shape',
        id: idOf(name, workflow, trend.kind === 'step' ? span.fromMs : monthOf(ask.during.toMs)),
        span,
        workflow,
        signal: name,
        label,
        trend,
        dearer: trend.change > 0 === (dearer === 'up'),
      });
    }
  }
  return found.toSorted((a, b) => Math.abs(b.trend.change) - Math.abs(a.trend.change));
}

/**
 * Daily figures of each workflow. Requests are counted one by one, which is dear, so they are asked for only where lines
 * are calls and not sums of calls, on days enough to show a trend.
 */
async function readSignals(reader: LedgerReader, during: Span, where: readonly Condition[]): Promise<Series> {
  const inference: Condition = { dimension: 'endpoint', is: ['inference'] };
  const days = { during, step: 'day', by: 'workflow' } as const;
  const series = await readSeries(reader, { ...days, of: SIGNAL_MEASURES, where: [...where, inference] });
  const countable = [...series.groups].flatMap(([workflow, figures]) =>
    figures.filter(isCallByCall).length < ORDINARY_TRENDS.leastDays ? [] : [workflow],
  );
  if (countable.length === 0) return series;
  const among: Condition = { dimension: 'workflow', is: countable };
  const requests = await readSeries(reader, {
    ...days,
    of: ['requests'],
    where: [...where, inference, among],
  });
  const groups = [...series.groups].map(([workflow, figures]) => {
    const counted = requests.groups.get(workflow);
    return [workflow, figures.map((one, at) => one && { ...one, ...counted?.[at] })] as const;
  });
  return { ...series, groups: new Map(groups) };
}

function expectedHours(starts: readonly number[], ask: FindAsk, workflow: string): Set<number> {
  return new Set(
    starts.flatMap((start, at) =>
      isExpected({ fromMs: start, toMs: start + HOUR_MS }, ask, workflow) ? [at] : [],
    ),
  );
}

function isExpected(span: Span, ask: FindAsk, workflow: string): boolean {
  return ask.expected.some(
    (one) => (one.workflow === undefined || one.workflow === workflow) && overlaps(span, one.span),
  );
}

function overlaps(a: Span, b: Span): boolean {
  return a.fromMs < b.toMs && a.toMs > b.fromMs;
}

function isIn(start: number | undefined, during: Span): boolean {
  return start !== undefined && start >= during.fromMs && start < during.toMs;
}

function sumFrom(values: readonly number[], starts: readonly number[], during: Span): number {
  return values.reduce((sum, value, at) => (isIn(starts[at], during) ? sum + value : sum), 0);
}

/** Creep has no day of its own: it is one finding a month. */
function monthOf(ms: number): number {
  const date = new Date(ms);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}

/** The same finding has the same id whenever it is looked for, so that what people said of it stays with it. */
function idOf(kind: string, workflow: string, fromMs: number): string {
  return createHash('sha256').update(`${kind}\n${workflow}\n${fromMs}`).digest('hex').slice(0, 12);
}
