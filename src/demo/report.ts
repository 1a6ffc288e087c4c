/** The truth file: every sum and every story's answer, as JSON. Money is decimal dollar strings. */
import { divideRounded, formatDollars } from '../units/money.ts';
import type { Picodollars } from '../units/money.ts';
import { openCalendar } from '../units/period.ts';
import { DAY_MS, HOUR_MS } from './calendar.ts';
import { COMPANY } from './company.ts';
import type { Customer } from './company.ts';
import { MODELS, WORKFLOWS } from './lanes.ts';
import { RELEASE_WORKFLOW, STORM_WORKFLOW } from './load.ts';
import { CUT_MODEL } from './price-book.ts';
import type { StatementSums } from './statements.ts';
import type { Stories, Window } from './stories.ts';
import { SLOT_MS } from './truth.ts';
import type { Sum, Tally, Watched } from './truth.ts';
import { BUDGET_TEAM, budgetDay, daysOf } from './watches.ts';

/** Days are summed in these: one with summer time, one half an hour off, and UTC. */
export const TRUTH_ZONES = ['UTC', 'America/New_York', 'Asia/Kolkata'] as const;

export interface ReportParts {
  readonly seed: string;
  readonly stories: Stories;
  readonly customers: readonly Customer[];
  readonly tally: Tally;
  readonly statements: StatementSums;
}

export type Truth = ReturnType<typeof reportTruth>;

export function reportTruth(parts: ReportParts) {
  const { seed, stories, tally } = parts;
  return {
    company: COMPANY,
    seed,
    now: instant(stories.nowMs),
    from: instant(stories.fromMs),
    singleCallsFrom: instant(stories.rowsFromMs),
    currency: 'USD',
    digest: tally.digest(),
    total: figures(tally.total),
    byWorkflow: months(tally.workflows),
    byTeam: named(tally.teams),
    byCustomer: months(tally.customers),
    byDay: Object.fromEntries(TRUTH_ZONES.map((zone) => [zone, costByDay(tally, stories, zone)])),
    knownMonth: knownMonth(stories, tally),
    stories: storyAnswers(parts),
  };
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

function spanOf({ fromMs, toMs }: Window) {
  return { from: instant(fromMs), to: instant(toMs) };
}

function figures({ cost, calls, attempts, inputTokens, lines }: Sum) {
  return { cost: formatDollars(cost), calls, attempts, inputTokens, lines };
}

function named(sums: ReadonlyMap<string, Sum>) {
  return Object.fromEntries([...sums].map(([name, sum]) => [name, figures(sum)]));
}

function months(groups: ReadonlyMap<string, ReadonlyMap<string, Sum>>) {
  return Object.fromEntries([...groups].map(([month, sums]) => [month, named(sums)]));
}

/** Cost of each day of a zone's calendar; days without a call are left out. */
function costByDay(tally: Tally, stories: Stories, zone: string): Record<string, string> {
  const calendar = openCalendar(zone);
  const days: Record<string, string> = {};
  let fromMs = calendar.startOfDay(calendar.dateAt(stories.fromMs));
  while (fromMs < stories.nowMs) {
    const { year, month, day } = calendar.dateAt(fromMs);
    const toMs = calendar.startOfDay({ year, month, day: day + 1 });
    let cost = 0n;
    let lines = 0;
    for (let slot = Math.floor(fromMs / SLOT_MS); slot < Math.floor(toMs / SLOT_MS); slot += 1) {
      const sum = tally.slots.get(slot);
      cost += sum?.cost ?? 0n;
      lines += sum?.lines ?? 0;
    }
    const name = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
    if (lines > 0) days[name] = formatDollars(cost);
    fromMs = toMs;
  }
  return days;
}

/** The table that the last whole month prints: five workflows by name, the others as one row. */
function knownMonth(stories: Stories, tally: Tally) {
  const month = instant(stories.paperMonth.fromMs).slice(0, 7);
  const sums = tally.workflows.get(month) ?? new Map<string, Sum>();
  const rows = WORKFLOWS.map(({ name, team }) => ({ name, team, sum: sums.get(name) }));
  const large = rows.slice(0, NAMED).flatMap(({ name, team, sum }) => (sum ? [row(name, team, sum)] : []));
  const rest = addAll(rows.slice(NAMED).flatMap(({ sum }) => (sum ? [sum] : [])));
  const total = addAll([...sums.values()]);
  return { month, rows: [...large, row('Everything else', 'Various', rest)], total: figures(total) };
}

const NAMED = 5;

function row(workflow: string, team: string, sum: Sum) {
  const averageInputTokens = sum.calls === 0 ? null : sum.inputTokens / sum.calls;
  return { workflow, team, ...figures(sum), averageInputTokens };
}

function addAll(sums: readonly Sum[]): Sum {
  const total: Sum = { cost: 0n, calls: 0, attempts: 0, inputTokens: 0, lines: 0 };
  for (const sum of sums) {
    total.cost += sum.cost;
    total.calls += sum.calls;
    total.attempts += sum.attempts;
    total.inputTokens += sum.inputTokens;
    total.lines += sum.lines;
  }
  return total;
}

function storyAnswers(parts: ReportParts) {
  const { stories, tally, statements } = parts;
  const of = (name: string): Watched => tally.watched.get(name) ?? { ...addAll([]), listCost: 0n };
  return {
    growth: {
      perMonth: 1.06,
      step: { at: instant(stories.growthStep.atMs), times: stories.growthStep.times },
    },
    retryStorm: {
      workflow: STORM_WORKFLOW,
      ...spanOf(stories.retryStorm),
      hours: (stories.retryStorm.toMs - stories.retryStorm.fromMs) / HOUR_MS,
      calls: of('storm.all').calls,
      attempts: of('storm.all').attempts,
      cost: formatDollars(of('storm.all').cost),
      wasted: formatDollars(of('storm.lost').cost),
    },
    promptRelease: {
      workflow: RELEASE_WORKFLOW,
      at: instant(stories.promptReleaseAtMs),
      averageInputTokensBefore: average(of('release.before')),
      averageInputTokensAfter: average(of('release.after')),
    },
    modelMigration: {
      ...spanOf(stories.migration),
      fromModel: MODELS.oldSonnet.name,
      toModel: MODELS.sonnet.name,
      callsOfOldModelDuring: of('migration.old').calls,
      callsOfNewModelDuring: of('migration.new').calls,
      callsOfOldModelLater: of('migration.oldLater').calls,
    },
    negativeMargin: negativeMargin(parts),
    untagged: {
      ...spanOf(stories.rollout),
      shareBefore: share(of('untagged.before'), of('all.before')),
      shareAfter: share(of('untagged.after'), of('all.after')),
    },
    priceCut: {
      provider: MODELS.gpt.provider,
      model: CUT_MODEL,
      at: instant(stories.priceCutAtMs),
      dollarsPerMillionBefore: { freshIn: '2.5', textOut: '20' },
      dollarsPerMillionAfter: { freshIn: '1.75', textOut: '14' },
      costThirtyDaysBefore: formatDollars(of('cut.before').cost),
      costThirtyDaysAfter: formatDollars(of('cut.after').cost),
    },
    commitment: {
      provider: MODELS.awsSonnet.provider,
      from: instant(stories.commitmentFromMs),
      discount: '0.1',
      cost: formatDollars(of('commitment').cost),
      saved: formatDollars(of('commitment').listCost - of('commitment').cost),
    },
    budgetBreach: budgetBreach(stories, of),
    invoiceVariance: statements,
    outage: {
      provider: 'anthropic',
      ...spanOf(stories.outage),
      failedCalls: of('outage.failed').calls,
      fallbackAttempts: of('outage.fallback').attempts,
      fallbackProvider: MODELS.awsSonnet.provider,
      fallbackCost: formatDollars(of('outage.fallback').cost),
    },
  };
}

function average({ inputTokens, calls }: Sum): number | null {
  return calls === 0 ? null : inputTokens / calls;
}

/** Of cost, as a number from 0 to 1 with four digits. */
function share(part: Sum, whole: Sum): number | null {
  return whole.cost === 0n ? null : Number(divideRounded(part.cost * 10_000n, whole.cost)) / 10_000;
}

/** The customer that cost more than it paid in the known month. */
function negativeMargin({ stories, customers, tally }: ReportParts) {
  const month = instant(stories.paperMonth.fromMs).slice(0, 7);
  const sums = tally.customers.get(month);
  return customers.flatMap(({ name, plan, monthlyRevenue }) => {
    const cost = sums?.get(name)?.cost ?? 0n;
    const margin = BigInt(monthlyRevenue) * 1_000_000_000_000n - cost;
    const text = { cost: formatDollars(cost), margin: formatDollars(margin) };
    return margin < 0n ? [{ customer: name, plan, month, revenue: String(monthlyRevenue), ...text }] : [];
  });
}

const WARNING_DAYS = 9;
const RATE_DAYS = 7;
const BREACH_ON_DAY = 24;
const HUNDRED_DOLLARS = 100n * 1_000_000_000_000n;

/** A budget that the team's spend crosses on the 24th, as its rate of the week before told nine days ahead. */
function budgetBreach(stories: Stories, of: (name: string) => Sum) {
  const days = daysOf(stories.paperMonth).map(({ fromMs }) => of(budgetDay(fromMs)).cost);
  const until = (count: number): Picodollars => days.slice(0, count).reduce((sum, cost) => sum + cost, 0n);
  const budget = (until(BREACH_ON_DAY) / HUNDRED_DOLLARS) * HUNDRED_DOLLARS;
  const breach = days.findIndex((_, day) => until(day + 1) >= budget);
  const known = Math.max(RATE_DAYS, breach - WARNING_DAYS);
  const weekly = until(known) - until(known - RATE_DAYS);
  const projected = until(known) + (weekly * BigInt(days.length - known)) / BigInt(RATE_DAYS);
  return {
    team: BUDGET_TEAM,
    month: instant(stories.paperMonth.fromMs).slice(0, 7),
    budget: formatDollars(budget),
    crossedOn: instant(stories.paperMonth.fromMs + breach * DAY_MS).slice(0, 10),
    foreseeableOn: instant(stories.paperMonth.fromMs + known * DAY_MS).slice(0, 10),
    projectedThen: formatDollars(projected),
    spent: formatDollars(until(days.length)),
  };
}
