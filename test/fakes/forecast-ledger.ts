/** A ledger that answers what a forecast asks: workflows with a weekly rhythm and known sizes, to the picodollar. */
import type { Answer, AnswerRow, Condition, Figures, Question } from '../../src/ledger/question.ts';
import { openCalendar } from '../../src/units/period.ts';
import { formatDollars } from '../../src/units/money.ts';
import { EMPTY_ANSWER } from './ledger.ts';

export interface FakeWorkflow {
  readonly name: string;
  readonly team: string;
  /** Calls of a day that is no weekend. */
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedShare?: number;
  /** Micro-dollars of a call. */
  readonly costPerCall: number;
  /** Calls per request; absent: no call names one. */
  readonly fanOut?: number;
  /** ISO date of its first call. */
  readonly since?: string;
  readonly model?: string;
}

export const COMPANY: readonly FakeWorkflow[] = [
  {
    name: 'support',
    team: 'CX',
    calls: 40_000,
    inputTokens: 6_800,
    outputTokens: 210,
    costPerCall: 33_700,
    fanOut: 4,
  },
  {
    name: 'contracts',
    team: 'Legal',
    calls: 7_000,
    inputTokens: 12_400,
    outputTokens: 900,
    costPerCall: 115_200,
  },
  { name: '', team: '', calls: 900, inputTokens: 1_900, outputTokens: 100, costPerCall: 13_700 },
];

const SINCE = '2025-01-01';
const WEEKEND = 0.3;

export function forecastAnswer(
  question: Question,
  { nowMs, workflows = COMPANY }: { readonly nowMs: number; readonly workflows?: readonly FakeWorkflow[] },
): Answer {
  const calendar = openCalendar(question.timeZone);
  const groups = new Map<
    string,
    { readonly group: string[]; calls: number; micros: number; one: FakeWorkflow }
  >();
  for (let atMs = question.during.fromMs; atMs < Math.min(question.during.toMs, nowMs); atMs += 3_600_000) {
    const { year, month, day } = calendar.dateAt(atMs);
    const date = new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);
    const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
    for (const one of workflows) {
      if (date < (one.since ?? SINCE) || !holds(one, question.where)) continue;
      const calls = Math.round((one.calls * (weekday % 6 === 0 ? WEEKEND : 1)) / 24);
      const values: Record<string, string> = {
        workflow: one.name,
        team: one.team,
        provider: 'openai',
        model: one.model ?? 'gpt-4o',
        day: date,
        month: date.slice(0, 7),
        hour: new Date(atMs).toISOString(),
      };
      const group = question.by.map((name) => values[name] ?? '');
      const key = JSON.stringify([group, one.name]);
      const known = groups.get(key) ?? { group, calls: 0, micros: 0, one };
      known.calls += calls;
      known.micros += calls * one.costPerCall;
      groups.set(key, known);
    }
  }
  const rows = [...groups.values()].map(({ group, calls, micros, one }): AnswerRow => ({
    group,
    figures: figuresOf(one, calls, micros),
  }));
  return {
    ...EMPTY_ANSWER,
    rows: joined(rows),
    total: rows.map(({ figures }) => figures).reduce(add, figuresOf()),
  };
}

function holds(one: FakeWorkflow, where: readonly Condition[]): boolean {
  const values: Record<string, string> = {
    workflow: one.name,
    team: one.team,
    provider: 'openai',
    model: one.model ?? 'gpt-4o',
    request: one.fanOut === undefined ? '' : 'r',
    bucket: (one.cachedShare ?? 0) > 0 ? 'cacheRead' : 'freshIn',
  };
  return where.every(
    ({ dimension, is, not }) =>
      (is === undefined || is.includes(values[dimension] ?? '')) &&
      (not === undefined || !not.includes(values[dimension] ?? '')),
  );
}

function figuresOf(one?: FakeWorkflow, calls = 0, micros = 0): Figures {
  const cost = formatDollars(BigInt(Math.round(micros)) * 1_000_000n);
  return {
    calls,
    requests: Math.round(calls / (one?.fanOut ?? 1)),
    inputTokens: calls * (one?.inputTokens ?? 0),
    outputTokens: calls * (one?.outputTokens ?? 0),
    cacheReadTokens: Math.round(calls * (one?.inputTokens ?? 0) * (one?.cachedShare ?? 0)),
    cost,
    inputCost: cost,
    outputCost: '0',
    unpricedCalls: 0,
  };
}

/** Groups of several workflows (a day of all of them) are one row. */
function joined(rows: readonly AnswerRow[]): AnswerRow[] {
  const sums = new Map<string, AnswerRow>();
  for (const { group, figures } of rows) {
    const key = JSON.stringify(group);
    const known = sums.get(key);
    sums.set(key, { group, figures: known === undefined ? figures : add(known.figures, figures) });
  }
  return [...sums.values()];
}

function add(left: Figures, right: Figures): Figures {
  const sum = (name: 'calls' | 'requests' | 'inputTokens' | 'outputTokens' | 'cacheReadTokens'): number =>
    (left[name] ?? 0) + (right[name] ?? 0);
  const micros = (cost: string | undefined): number => Math.round(Number(cost ?? '0') * 1e6);
  const cost = formatDollars(BigInt(micros(left.cost) + micros(right.cost)) * 1_000_000n);
  return {
    ...left,
    calls: sum('calls'),
    requests: sum('requests'),
    inputTokens: sum('inputTokens'),
    outputTokens: sum('outputTokens'),
    cacheReadTokens: sum('cacheReadTokens'),
    cost,
    inputCost: cost,
  };
}
