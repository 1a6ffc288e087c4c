/**
 * What the ledger holds of the spend that budgets count: in the window so far, step by step, and of late. One question
 * serves all budgets of a scope and a window, so that a thousand budgets are no thousand questions.
 */
import { windowsOf } from '../../budgets/budgets.ts';
import type { Amount } from '../../budgets/budgets.ts';
import type { Dimension, Figures, LedgerReader, Question, Span } from '../../ledger/question.ts';
import type { BudgetRule, BudgetScope, BudgetUnit, BudgetWindow } from '../../rulebook/rulebook.ts';
import { parseDollars } from '../../units/money.ts';
import { openCalendar } from '../../units/period.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
export const EACH = '*';

export interface Step {
  /** Begin of the day or hour, UTC milliseconds. */
  readonly fromMs: number;
  readonly amount: Amount;
}

/** What was spent in the last so many milliseconds. */
export interface Pace {
  readonly spanMs: number;
  readonly amount: Amount;
}

export interface Spending {
  readonly spent: Amount;
  /** In order of time; a step without spend is left out. */
  readonly steps: readonly Step[];
  readonly step: 'day' | 'hour';
  /** Undefined: the ledger is too young to tell. */
  readonly pace: Pace | undefined;
}

export interface LedgerSpending {
  /** Every call that ended before this is in it. */
  readonly completeUntilMs: number;
  of(rule: BudgetRule, value: string): Spending;
  /** The values that spent something, of a budget that gives each its own; largest first, and how many are not listed. */
  valuesOf(rule: BudgetRule): { readonly values: readonly string[]; readonly more: boolean };
}

/** A window at an instant, as a span of the ledger; a rolling one reaches back from there. */
export function spanOf(window: BudgetWindow, atMs: number): Span {
  const { fromMs, toMs, lengthMs } = windowsOf(window)(atMs);
  return lengthMs === 0 ? { fromMs, toMs } : { fromMs: atMs - lengthMs, toMs: atMs };
}

/** The spans that a pace is taken over, longest first: the first that the ledger is old enough for counts. */
export function paceSpans(window: BudgetWindow): readonly number[] {
  const hours = window.kind === 'rolling' ? window.hours : CALENDAR_HOURS[window.unit];
  return hours > 8 * 24 ? [7 * DAY_MS, DAY_MS] : hours >= 24 ? [DAY_MS] : [HOUR_MS];
}

const CALENDAR_HOURS = { hour: 1, day: 24, week: 168, month: 744, quarter: 2_208, year: 8_784 } as const;

const OF: Question['of'] = ['cost', 'inputTokens', 'outputTokens', 'calls'];
/** The most groups that the ledger answers with. */
const MOST_ROWS = 10_000;
const MOST_VALUES = 100;
const GROUPS_AT_ONCE = 4;

interface Group {
  readonly id: string;
  readonly dimension: Dimension | undefined;
  readonly window: BudgetWindow;
  readonly rules: readonly BudgetRule[];
}

interface Found {
  readonly steps: Map<string, Array<{ readonly fromMs: number; readonly figures: Figures }>>;
  readonly late: Map<string, Figures>;
  readonly paceMs: number | undefined;
  readonly each: readonly string[];
  readonly more: boolean;
  /** To when the ledger was complete. */
  readonly completeMs: number;
}

/**
 * @param atMs decides the window
 * @param around `untilMs`: spend before it counts; `ages`: spans that the ledger is known to reach back beyond, which only grow
 * @throws LedgerAway when the ledger cannot be asked.
 */
export async function readSpending(
  ledger: LedgerReader,
  rules: readonly BudgetRule[],
  atMs: number,
  {
    untilMs = atMs,
    ages = new Set<number>(),
  }: { readonly untilMs?: number; readonly ages?: Set<number> } = {},
): Promise<LedgerSpending> {
  const groups = [...Map.groupBy(rules, groupId)].map(([id, members]): Group => ({
    id,
    dimension: dimensionOf(members[0]!.scope),
    window: members[0]!.window,
    rules: members,
  }));
  const oldEnough = await agesOf(ledger, groups, untilMs, ages);
  const found = new Map<string, Found>();
  for (const some of chunks(groups, GROUPS_AT_ONCE)) {
    const read = some.map((group) => readGroup(ledger, group, { atMs, untilMs }, oldEnough));
    for (const [index, one] of (await Promise.all(read)).entries()) found.set(some[index]!.id, one);
  }
  return {
    completeUntilMs: Math.min(...[...found.values()].map(({ completeMs }) => completeMs)),
    of: (rule, value) => spendingOf(found.get(groupId(rule)), rule, value),
    valuesOf(rule) {
      const { each = [], more = false } = found.get(groupId(rule)) ?? {};
      return { values: each, more };
    },
  };
}

function groupId({ scope, window }: BudgetRule): string {
  return JSON.stringify([dimensionOf(scope) ?? '', window]);
}

export function dimensionOf({ kind, tag }: BudgetScope): Dimension | undefined {
  if (kind === 'organisation') return undefined;
  return kind === 'tag' ? `tag:${tag}` : kind;
}

/** Which of the spans that are asked about the ledger holds lines from before. */
async function agesOf(
  ledger: LedgerReader,
  groups: readonly Group[],
  atMs: number,
  ages: Set<number>,
): Promise<ReadonlySet<number>> {
  const spans = new Set(groups.flatMap(({ window }) => paceSpans(window)));
  for (const span of spans) {
    if (ages.has(span)) continue;
    const before = { fromMs: 0, toMs: atMs - span };
    const { total } = await ledger.ask({ ...question([], before, 'UTC'), of: ['lines', 'calls'] });
    if ((total.lines ?? 0) > 0 || (total.calls ?? 0) > 0) ages.add(span);
  }
  return ages;
}

async function readGroup(
  ledger: LedgerReader,
  group: Group,
  { atMs, untilMs }: { readonly atMs: number; readonly untilMs: number },
  oldEnough: ReadonlySet<number>,
): Promise<Found> {
  const { dimension, window, rules } = group;
  const during = { fromMs: spanOf(window, atMs).fromMs, toMs: untilMs };
  const { each, more } = rules.some(({ scope }) => scope.value === EACH)
    ? await largest(ledger, dimension!, during)
    : { each: [], more: false };
  const values = [
    ...new Set([...rules.map(({ scope }) => scope.value).filter((one) => one !== EACH), ...each]),
  ];
  const paceMs = paceSpans(window).find((span) => oldEnough.has(span));
  const steps: Found['steps'] = new Map();
  const late: Found['late'] = new Map();
  const step = stepOf(window);
  let completeMs = Infinity;
  for (const some of chunks(values, chunkSize(during, step))) {
    const where = dimension === undefined ? [] : [{ dimension, is: some }];
    const by = dimension === undefined ? [] : [dimension];
    const timeZone = zoneOf(window);
    const series = await ledger.ask({ ...question([...by, step], during, timeZone), where });
    completeMs = Math.min(completeMs, series.completeUntilMs);
    for (const { group: at, figures } of series.rows) {
      const [value, text] = dimension === undefined ? ['', at[0]] : at;
      const list = steps.get(value ?? '') ?? [];
      if (list.length === 0) steps.set(value ?? '', list);
      list.push({ fromMs: beginOf(text ?? '', step, timeZone), figures });
    }
    if (paceMs === undefined) continue;
    const recent = await ledger.ask({
      ...question(by, { fromMs: untilMs - paceMs, toMs: untilMs }, timeZone),
      where,
    });
    if (dimension === undefined) late.set('', recent.total);
    else for (const { group: at, figures } of recent.rows) late.set(at[0] ?? '', figures);
  }
  return { steps, late, paceMs, each, more, completeMs };
}

export async function largest(
  ledger: LedgerReader,
  dimension: Dimension,
  during: Span,
): Promise<{ readonly each: string[]; readonly more: boolean }> {
  const where = [{ dimension, not: [''] }];
  const answer = await ledger.ask({ ...question([dimension], during, 'UTC', MOST_VALUES), where });
  return { each: answer.rows.map(({ group }) => group[0] ?? ''), more: answer.other !== null };
}

export function question(
  by: readonly Dimension[],
  during: Span,
  timeZone: string,
  limit = MOST_ROWS,
): Question {
  return { of: OF, by, during, where: [], timeZone, simulated: 'exclude', limit };
}

function spendingOf(found: Found | undefined, { unit, window }: BudgetRule, value: string): Spending {
  const steps = (found?.steps.get(value) ?? [])
    .map(({ fromMs, figures }) => ({ fromMs, amount: amountIn(figures, unit) }))
    .toSorted((a, b) => a.fromMs - b.fromMs);
  const late = found?.late.get(value);
  const paceMs = found?.paceMs;
  return {
    spent: steps.reduce((sum, { amount }) => sum + amount, 0n),
    steps,
    step: stepOf(window),
    pace:
      paceMs === undefined
        ? undefined
        : { spanMs: paceMs, amount: late === undefined ? 0n : amountIn(late, unit) },
  };
}

export function amountIn(
  { cost = '0', inputTokens = 0, outputTokens = 0, calls = 0 }: Figures,
  unit: BudgetUnit,
): Amount {
  if (unit === 'money') return parseDollars(cost);
  return BigInt(unit === 'tokens' ? inputTokens + outputTokens : calls);
}

function stepOf(window: BudgetWindow): 'day' | 'hour' {
  return paceSpans(window).length > 1 ? 'day' : 'hour';
}

function zoneOf(window: BudgetWindow): string {
  return window.kind === 'calendar' ? window.timeZone : 'UTC';
}

export function beginOf(text: string, step: 'day' | 'hour', timeZone: string): number {
  if (step === 'hour') return Date.parse(text);
  const [year = 1970, month = 1, day = 1] = text.split('-').map(Number);
  return openCalendar(timeZone).startOfDay({ year, month, day });
}

export function chunkSize({ fromMs, toMs }: Span, step: 'day' | 'hour'): number {
  const rows = Math.ceil((toMs - fromMs) / (step === 'day' ? DAY_MS : HOUR_MS)) + 2;
  return Math.max(1, Math.min(MOST_VALUES, Math.floor(MOST_ROWS / rows)));
}

export function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) =>
    all.slice(at * size, (at + 1) * size),
  );
}
