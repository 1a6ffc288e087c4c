/** What the ledger knows of drivers: calls, tokens and cost of every workflow and day; models, prices and user actions of late. */
import type { Answer, Figures, LedgerReader, Span } from '../../ledger/question.ts';
import { openCalendar } from '../../units/period.ts';
import type { Calendar } from '../../units/period.ts';

const MOST_GROUPS = 10_000;
const FILLED = 0.8;
const FIRST_DAYS = 120;
/** Days that the present mix of models, prices and user actions are taken from. */
export const RECENT_DAYS = 28;

/** Columns of days, oldest first; 0 where nothing happened. Dollars as numbers: statistics, never amounts of the ledger. */
export interface DayColumns {
  readonly calls: Float64Array;
  readonly inputTokens: Float64Array;
  readonly outputTokens: Float64Array;
  readonly cachedTokens: Float64Array;
  readonly cost: Float64Array;
}

export interface RecentModel {
  readonly provider: string;
  readonly model: string;
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
  readonly cost: number;
  readonly inputCost: number;
  readonly outputCost: number;
  /** What was paid for tokens that were read from a prompt cache. */
  readonly cachedCost: number;
}

export interface WorkflowHistory {
  readonly workflow: string;
  /** The team that most of its recent calls named. */
  readonly team: string;
  readonly days: DayColumns;
  /** Index of its first day with a call. */
  readonly first: number;
  readonly models: readonly RecentModel[];
  /** Calls per user action of late; undefined: too few calls say which action they belong to. */
  readonly fanOut: number | undefined;
  /** Shares of the recent input by composition part, the rest `unknown`; undefined: no call told. */
  readonly parts: Readonly<Record<string, number>> | undefined;
}

export interface History {
  /** ISO dates of whole days of the time zone, oldest first. */
  readonly dates: readonly string[];
  readonly workflows: readonly WorkflowHistory[];
  /** What followed the last whole day. */
  readonly today: {
    readonly date: string;
    readonly part: number;
    readonly cost: ReadonlyMap<string, number>;
  };
  readonly calendar: Calendar;
  readonly untilMs: number;
  readonly priceVersions: readonly string[];
  readonly unpricedCalls: number;
  readonly completeUntilMs: number;
}

export interface HistoryAsk {
  readonly atMs: number;
  readonly days: number;
  readonly timeZone: string;
}

/** @throws whatever the reader throws when the ledger is away. */
export async function readHistory(reader: LedgerReader, ask: HistoryAsk): Promise<History> {
  const calendar = openCalendar(ask.timeZone);
  const today = calendar.dateAt(ask.atMs);
  const startOf = (back: number): number =>
    calendar.startOfDay({ year: today.year, month: today.month, day: today.day - back });
  const dates = Array.from({ length: ask.days }, (_, at) => dateText(today, at - ask.days));
  const read = await readDays(reader, { dates, startOf, timeZone: ask.timeZone });
  const todayMs = startOf(0);
  const recent = { fromMs: startOf(RECENT_DAYS), toMs: todayMs };
  const details = await readRecent(reader, recent, ask.timeZone);
  const rest =
    ask.atMs <= todayMs
      ? { rows: [] } // made as a day began: nothing of it is known
      : await question(reader, {
          by: ['workflow'],
          of: ['cost'],
          during: { fromMs: todayMs, toMs: ask.atMs },
          timeZone: ask.timeZone,
        });
  const tomorrowMs = startOf(-1);
  return {
    dates,
    workflows: [...read.groups].map(([workflow, days]) => ({
      workflow,
      team: details.teams.get(workflow) ?? '',
      days,
      first: days.calls.findIndex((calls) => calls > 0),
      models: details.models.get(workflow) ?? [],
      fanOut: details.fanOut.get(workflow),
      parts: details.parts.get(workflow),
    })),
    today: {
      date: dateText(today, 0),
      part: (ask.atMs - todayMs) / (tomorrowMs - todayMs),
      cost: new Map(rest.rows.map(({ group, figures }) => [group[0] ?? '', dollars(figures.cost)])),
    },
    calendar,
    untilMs: ask.atMs,
    priceVersions: read.last?.priceVersions ?? [],
    unpricedCalls: read.unpriced,
    completeUntilMs: read.last?.completeUntilMs ?? ask.atMs,
  };
}

interface DayAsk {
  readonly dates: readonly string[];
  readonly startOf: (back: number) => number;
  readonly timeZone: string;
}

/** In slices as long as an answer allows: an answer holds so many groups and no more. */
async function readDays(reader: LedgerReader, { dates, startOf, timeZone }: DayAsk) {
  const places = new Map(dates.map((date, at) => [date, at]));
  const groups = new Map<string, DayColumns>();
  let last: Answer | undefined;
  let unpriced = 0;
  let size = FIRST_DAYS;
  for (let first = 0; first < dates.length;) {
    const next = Math.min(first + size, dates.length);
    const during = { fromMs: startOf(dates.length - first), toMs: startOf(dates.length - next) };
    const answer = await question(reader, {
      by: ['day', 'workflow'],
      of: ['calls', 'inputTokens', 'outputTokens', 'cacheReadTokens', 'cost'],
      during,
      timeZone,
    });
    const fits = Math.floor(((next - first) * FILLED * MOST_GROUPS) / Math.max(1, answer.rows.length));
    if (answer.other !== null && next - first > 1) {
      size = Math.max(1, Math.min(fits, (next - first) >> 1));
      continue; // some groups are missing: fewer days hold them
    }
    for (const { group, figures } of answer.rows) {
      const at = places.get(group[0] ?? '');
      if (at === undefined) continue;
      const name = group[1] ?? '';
      const columns = groups.get(name) ?? emptyColumns(dates.length);
      groups.set(name, columns);
      fill(columns, at, figures);
    }
    unpriced += answer.unpricedCalls;
    last = answer;
    first = next;
    size = Math.max(1, fits);
  }
  return { groups, last, unpriced };
}

export function emptyColumns(length: number): DayColumns {
  const column = (): Float64Array => new Float64Array(length);
  return {
    calls: column(),
    inputTokens: column(),
    outputTokens: column(),
    cachedTokens: column(),
    cost: column(),
  };
}

function fill(columns: DayColumns, at: number, figures: Figures): void {
  columns.calls[at] = figures.calls ?? 0;
  columns.inputTokens[at] = figures.inputTokens ?? 0;
  columns.outputTokens[at] = figures.outputTokens ?? 0;
  columns.cachedTokens[at] = figures.cacheReadTokens ?? 0;
  columns.cost[at] = dollars(figures.cost);
}

async function readRecent(reader: LedgerReader, during: Span, timeZone: string) {
  const ask = { during, timeZone };
  const models = await question(reader, {
    ...ask,
    by: ['workflow', 'team', 'provider', 'model'],
    of: ['calls', 'inputTokens', 'outputTokens', 'cacheReadTokens', 'cost', 'inputCost', 'outputCost'],
  });
  const cached = await question(reader, {
    ...ask,
    by: ['workflow', 'team', 'provider', 'model'],
    of: ['cost'],
    where: [{ dimension: 'bucket', is: ['cacheRead'] }],
  });
  const actions = await question(reader, {
    ...ask,
    by: ['workflow'],
    of: ['calls', 'requests'],
    where: [{ dimension: 'request', not: [''] }],
  });
  const composed = await question(reader, { ...ask, by: ['workflow'], of: ['inputTokens', 'composition'] });
  return { ...joinRecent(models, cached, actions), parts: partsOf(composed) };
}

/** Counts of a composition are estimates, so that they may come to a little more than what was billed: then they are scaled. */
function partsOf({ rows }: Answer): Map<string, Readonly<Record<string, number>>> {
  const parts = new Map<string, Readonly<Record<string, number>>>();
  for (const { group, figures } of rows) {
    const counts = Object.entries(figures.composition?.input ?? {}).filter(([, count]) => count > 0);
    const told = counts.reduce((sum, [, count]) => sum + count, 0);
    const whole = Math.max(told, figures.inputTokens ?? 0);
    if (told === 0) continue;
    const shares = counts.map(([name, count]) => [name, count / whole] as const);
    const unknown = 1 - told / whole;
    parts.set(
      group[0] ?? '',
      Object.fromEntries([...shares, ...(unknown > 0.0005 ? [['unknown', unknown] as const] : [])]),
    );
  }
  return parts;
}

/** Fan-out is believed where so much of a workflow's calls says which action it belongs to. */
const TOLD = 0.05;

function joinRecent(models: Answer, cached: Answer, actions: Answer) {
  const cachedCost = new Map(
    cached.rows.map(({ group, figures }) => [group.join('\n'), dollars(figures.cost)]),
  );
  const byWorkflow = new Map<string, RecentModel[]>();
  const callsOf = new Map<string, number>();
  const teamCalls = new Map<string, Map<string, number>>();
  for (const { group, figures } of models.rows) {
    const [workflow = '', team = '', provider = '', model = ''] = group;
    const calls = figures.calls ?? 0;
    callsOf.set(workflow, (callsOf.get(workflow) ?? 0) + calls);
    const teams = teamCalls.get(workflow) ?? new Map<string, number>();
    teamCalls.set(workflow, teams.set(team, (teams.get(team) ?? 0) + calls));
    const one = {
      provider,
      model,
      calls,
      inputTokens: figures.inputTokens ?? 0,
      outputTokens: figures.outputTokens ?? 0,
      cachedTokens: figures.cacheReadTokens ?? 0,
      cost: dollars(figures.cost),
      inputCost: dollars(figures.inputCost),
      outputCost: dollars(figures.outputCost),
      cachedCost: cachedCost.get(group.join('\n')) ?? 0,
    };
    addModel(byWorkflow, workflow, one);
  }
  const fanOut = new Map<string, number>();
  for (const { group, figures } of actions.rows) {
    const [workflow = ''] = group;
    const { calls = 0, requests = 0 } = figures;
    if (requests > 0 && calls >= TOLD * (callsOf.get(workflow) ?? 0)) fanOut.set(workflow, calls / requests);
  }
  const largest = (teams: ReadonlyMap<string, number>): string =>
    [...teams].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0] ?? '';
  return {
    models: byWorkflow,
    fanOut,
    teams: new Map([...teamCalls].map(([workflow, teams]) => [workflow, largest(teams)])),
  };
}

/** The same model in two teams is one model. */
function addModel(all: Map<string, RecentModel[]>, workflow: string, one: RecentModel): void {
  const models = all.get(workflow) ?? [];
  all.set(workflow, models);
  const at = models.findIndex(({ provider, model }) => provider === one.provider && model === one.model);
  const known = models[at];
  if (known === undefined) models.push(one);
  else
    models[at] = {
      ...known,
      calls: known.calls + one.calls,
      inputTokens: known.inputTokens + one.inputTokens,
      outputTokens: known.outputTokens + one.outputTokens,
      cachedTokens: known.cachedTokens + one.cachedTokens,
      cost: known.cost + one.cost,
      inputCost: known.inputCost + one.inputCost,
      outputCost: known.outputCost + one.outputCost,
      cachedCost: known.cachedCost + one.cachedCost,
    };
}

type Ask = Pick<Parameters<LedgerReader['ask']>[0], 'by' | 'of' | 'during' | 'timeZone'> &
  Partial<Pick<Parameters<LedgerReader['ask']>[0], 'where'>>;

function question(reader: LedgerReader, ask: Ask): Promise<Answer> {
  return reader.ask({ where: [], ...ask, simulated: 'exclude', limit: MOST_GROUPS });
}

/** Dollars as a number, for statistics only. */
export function dollars(amount: string | null | undefined): number {
  return amount === null || amount === undefined ? 0 : Number(amount);
}

/** `days` from a date, as an ISO date. */
export function dateText(
  { year, month, day }: { readonly year: number; readonly month: number; readonly day: number },
  days: number,
): string {
  return new Date(Date.UTC(year, month - 1, day + days)).toISOString().slice(0, 10);
}

/** @param month `2026-12`. */
export function daysIn(month: string): number {
  return new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).getUTCDate();
}
