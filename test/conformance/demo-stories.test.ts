/** Every story of the demo company is found by the product's own questions, with the answer that is known. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  changeSentence,
  DRIVERS,
  findAnomalies,
  shapeSentence,
  spendSentence,
  whatChanged,
} from '../../src/inform/anomalies/anomalies.ts';
import type { Change, Driver, Findings, SpendAnomaly } from '../../src/inform/anomalies/anomalies.ts';
import { readCoverage } from '../../src/inform/attribution/attribution.ts';
import { readMonth, readStatement, reconcile } from '../../src/inform/invoices/invoices.ts';
import type { SourcedLine, StatementKind } from '../../src/inform/invoices/invoices.ts';
import type { Answer, Condition, Dimension, Measure, Span } from '../../src/ledger/ledger.ts';
import { readBudgetDraft, toBudgetRule } from '../../src/budgets/budgets.ts';
import { demoBudgets } from '../../src/demo/demo.ts';
import { budgetsSentence, readPastWindows, readStandings } from '../../src/inform/budgets/budgets.ts';
import { formatDollars, parseDollars } from '../../src/units/money.ts';
import { NOW_MS, openCompany } from './demo-company.ts';
import type { Company } from './demo-company.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LAST_THIRTY_DAYS = { fromMs: NOW_MS - 30 * DAY_MS, toMs: NOW_MS };

let company: Company;
let findings: Findings;

beforeAll(async () => {
  company = await openCompany();
  findings = await find(LAST_THIRTY_DAYS);
}, 300_000);
afterAll(() => company.close());

/** As `setpoint anomalies` asks. */
function find(
  during: Span,
  expected: Parameters<typeof findAnomalies>[1]['expected'] = [],
): Promise<Findings> {
  return findAnomalies(company.ledger, { during, where: [], expected, leastDollars: 1, explain: 10 });
}

function ask(
  during: Span,
  by: readonly Dimension[],
  of: readonly Measure[],
  where: readonly Condition[] = [],
): Promise<Answer> {
  return company.ledger.ask({ of, by, during, where, timeZone: 'UTC', simulated: 'exclude', limit: 10_000 });
}

/** As `setpoint changes` asks. */
function changes(before: Span, after: Span, where: readonly Condition[] = []): Promise<Change> {
  return whatChanged(company.ledger, { before, after, by: ['workflow'], where, timeZone: 'UTC' });
}

function around(atMs: number, days: number): readonly [before: Span, after: Span] {
  return [
    { fromMs: atMs - days * DAY_MS, toMs: atMs },
    { fromMs: atMs, toMs: atMs + days * DAY_MS },
  ];
}

function spanOf({ from, to }: { readonly from: string; readonly to: string }): Span {
  return { fromMs: Date.parse(from), toMs: Date.parse(to) };
}

function overlaps(a: Span, b: Span): boolean {
  return a.fromMs < b.toMs && b.fromMs < a.toMs;
}

function largestDriver(effects: Change['effects']): Driver | undefined {
  const size = (driver: Driver): number => Math.abs(Number(effects[driver]));
  return DRIVERS.toSorted((a, b) => size(b) - size(a))[0];
}

/** The days of more work in *Contract extraction*: the last three of the known month and the first after it. */
function monthEnd(): Span {
  const { toMs } = company.demo.stories.paperMonth;
  return { fromMs: toMs - 3 * DAY_MS, toMs: toMs + DAY_MS };
}

function workflowIs(name: string): Condition {
  return { dimension: 'workflow', is: [name] };
}

describe('what is out of the ordinary in thirty days', () => {
  it('is few windows, each of them a story, and no change of shape', () => {
    const { retryStorm, outage } = company.truth.stories;
    const known = [spanOf(retryStorm), spanOf(outage), monthEnd()];
    expect(findings.spend.length).toBeGreaterThan(3);
    expect(findings.spend.length).toBeLessThanOrEqual(12);
    for (const { span } of findings.spend) expect(known.filter((one) => overlaps(one, span))).toHaveLength(1);
    expect(findings.shape).toEqual([]);
    expect(findings.coverage).toBeGreaterThan(0.97);
  });

  it('has the retry storm, in its hours, at its key, as retries', async () => {
    const { retryStorm } = company.truth.stories;
    const window = spanOf(retryStorm);
    const [storm, ...more] = findings.spend.filter(({ span }) => overlaps(span, window));
    expect(more).toEqual([]);
    expect(storm).toMatchObject({ direction: 'above', workflow: retryStorm.workflow });
    const { span, explanation } = storm as SpendAnomaly;
    expect(Math.abs(span.fromMs - window.fromMs)).toBeLessThanOrEqual(HOUR_MS);
    expect(Math.abs(span.toMs - window.toMs)).toBeLessThanOrEqual(HOUR_MS);
    const node = (explanation?.path ?? []).map(({ dimension, value }) => [dimension, value]);
    expect(node).toEqual(
      expect.arrayContaining([
        ['key', 'key-cx'],
        ['kind', 'retry'],
      ]),
    );
    expect(explanation?.spread).toContain('customer');
    expect(spendSentence(storm as SpendAnomaly)).toMatch(
      /^Support copilot spent \$[\d,.]+ in 11 h, \$[\d,.]+ more than the \$[\d,.]+ expected: retries \+\$[\d,.]+, spread over customers\.$/,
    );

    const where = [
      workflowIs(retryStorm.workflow),
      ...(explanation?.path ?? [])
        .filter(({ dimension }) => dimension === 'key' || dimension === 'model')
        .map(({ dimension, value }) => ({ dimension, is: [value] })),
    ];
    const { total } = await ask(span, [], ['calls', 'attempts', 'cost'], where);
    expect(total).toMatchObject({
      calls: retryStorm.calls,
      attempts: retryStorm.attempts,
      cost: retryStorm.cost,
    });
    expect((total.attempts ?? 0) / (total.calls ?? 1)).toBe(3);
    const lost: Condition = { dimension: 'status', is: ['client_aborted'] };
    expect((await ask(span, [], ['cost'], [...where, lost])).total.cost).toBe(retryStorm.wasted);
  });

  it('has the outage: its hours, less spent than expected, and who stood in', async () => {
    const { outage } = company.truth.stories;
    const window = spanOf(outage);
    const seen = findings.spend.filter(({ span }) => overlaps(span, window));
    expect(seen.length).toBeGreaterThanOrEqual(3);
    for (const one of seen) {
      expect(one.direction).toBe('below');
      expect(one.span).toEqual(window);
      expect(one.explanation?.against).toMatchObject({ dimension: 'kind', value: 'fallback' });
      expect(spendSentence(one)).toContain('fallback to another model +$');
    }
    const fallback: Condition = { dimension: 'kind', is: ['fallback'] };
    const hours = await ask(LAST_THIRTY_DAYS, ['hour', 'provider'], ['attempts', 'cost'], [fallback]);
    expect(hours.rows.map(({ group }) => [Date.parse(group[0] ?? ''), group[1]])).toEqual(
      [0, 1, 2].map((hour) => [window.fromMs + hour * HOUR_MS, outage.fallbackProvider]),
    );
    expect(hours.total).toMatchObject({ attempts: outage.fallbackAttempts, cost: outage.fallbackCost });
    const failed: Condition = { dimension: 'status', is: ['upstream_failed'] };
    expect((await ask(window, [], ['calls'], [failed])).total.calls).toBe(outage.failedCalls);
  });

  it('has the end of the month, until someone says that it is expected', async () => {
    const workflow = 'Contract extraction';
    const [peak] = findings.spend.filter(({ span }) => overlaps(span, monthEnd()));
    expect(peak).toMatchObject({ direction: 'above', workflow, span: monthEnd() });
    const { span } = peak as SpendAnomaly;
    const again = await find(LAST_THIRTY_DAYS, [{ span, workflow }]);
    const ids = ({ spend }: Findings): string[] => spend.map(({ id }) => id);
    expect(ids(again)).toEqual(ids(findings).filter((id) => id !== peak?.id));
  });
});

describe('the prompt release that doubled the input', () => {
  it('is a step on its day', async () => {
    const {
      at,
      workflow,
      averageInputTokensBefore: before,
      averageInputTokensAfter: after,
    } = company.truth.stories.promptRelease;
    const { shape } = await find({
      fromMs: Date.parse(at) - 21 * DAY_MS,
      toMs: Date.parse(at) + 21 * DAY_MS,
    });
    const [step] = shape;
    expect(step).toMatchObject({ workflow, signal: 'context', dearer: true, trend: { kind: 'step' } });
    expect(Math.abs((step?.span.fromMs ?? 0) - Date.parse(at))).toBeLessThanOrEqual(DAY_MS);
    const times = (after ?? 0) / (before ?? 1);
    expect((step?.trend.change ?? 0) + 1).toBeGreaterThan(times * 0.93);
    expect((step?.trend.change ?? 0) + 1).toBeLessThan(times * 1.07);
    expect(shapeSentence(step as NonNullable<typeof step>)).toContain('input tokens per call stepped up by');
    for (const one of shape) expect(one.workflow).toBe(workflow);
  });

  it('is context when asked what changed', async () => {
    const { at, workflow } = company.truth.stories.promptRelease;
    const [before, after] = around(Date.parse(at), 7);
    const change = await changes(before, after, [workflowIs(workflow)]);
    expect(largestDriver(change.effects)).toBe('context');
    expect(change.effects.context).toBeGreaterThan(0n);
    expect(changeSentence(change)).toMatch(/: context per call \+\$/);
  });
});

describe('the model that went, and the one that came', () => {
  it('is a change of mix, from the one to the other', async () => {
    const { modelMigration } = company.truth.stories;
    const { fromMs, toMs } = spanOf(modelMigration);
    const change = await changes(
      { fromMs: fromMs - 7 * DAY_MS, toMs: fromMs },
      { fromMs: toMs, toMs: toMs + 7 * DAY_MS },
    );
    for (const workflow of ['Internal knowledge bot', 'Code review bot']) {
      const cellOf = (model: string) =>
        change.cells.find(({ key }) => key === JSON.stringify([workflow, model]));
      const [old, fresh] = [cellOf(modelMigration.fromModel), cellOf(modelMigration.toModel)];
      expect(largestDriver(old?.effects as Change['effects'])).toBe('mix');
      expect(largestDriver(fresh?.effects as Change['effects'])).toBe('mix');
      expect(old?.effects.mix).toBeLessThan(0n);
      expect(fresh?.effects.mix).toBeGreaterThan(0n);
      expect([old?.after, fresh?.before]).toEqual([0n, 0n]);
    }
    const { rows } = await ask({ fromMs, toMs }, ['model'], ['calls']);
    const calls = new Map(rows.map(({ group, figures }) => [group[0], figures.calls]));
    expect(calls.get(modelMigration.fromModel)).toBe(modelMigration.callsOfOldModelDuring);
    expect(calls.get(modelMigration.toModel)).toBe(modelMigration.callsOfNewModelDuring);
  });
});

describe('the price cut of a provider', () => {
  const model = (): Condition => ({ dimension: 'model', is: [company.truth.stories.priceCut.model] });

  it('is the effect of rates, within 1 % of what it is at fixed calls and tokens', async () => {
    const { at, costThirtyDaysBefore, costThirtyDaysAfter } = company.truth.stories.priceCut;
    const [before, after] = around(Date.parse(at), 30);
    const change = await changes(before, after, [model()]);
    // 30 % off, at the calls and tokens of before and at those of after: a Shapley value is about the mean of both.
    const cut =
      (3n * parseDollars(costThirtyDaysBefore)) / 10n + (3n * parseDollars(costThirtyDaysAfter)) / 7n;
    const known = -cut / 2n;
    const off = change.effects.rate - known;
    expect(Number(off < 0n ? -off : off)).toBeLessThan(Number(cut) / 200);
    expect(largestDriver(change.effects)).toBe('rate');
    expect(changeSentence(change)).toContain(': rates −$');
  });

  it('is from its date on', async () => {
    const { at, dollarsPerMillionBefore, dollarsPerMillionAfter } = company.truth.stories.priceCut;
    const [before, after] = around(Date.parse(at), 10);
    const where: Condition[] = [
      model(),
      { dimension: 'bucket', is: ['textOut'] },
      { dimension: 'serviceTier', is: [''] },
    ];
    const { rows } = await ask(
      { fromMs: before.fromMs, toMs: after.toMs },
      ['day', 'rate'],
      ['units'],
      where,
    );
    const rates = rows.map(({ group }) => group[1]);
    expect(rates).toEqual([
      ...Array.from({ length: 10 }, () => dollarsPerMillionBefore.textOut),
      ...Array.from({ length: 10 }, () => dollarsPerMillionAfter.textOut),
    ]);
  });
});

describe('untagged spend', () => {
  const coverage = (during: Span, by: 'day' | 'week') =>
    readCoverage(company.ledger, { during, by, where: [], timeZone: 'UTC', simulated: 'exclude' });
  const missing = (share: number | null | undefined): number => 1 - (share ?? 0);

  it('falls from 31 % to 4 %, week by week', async () => {
    const { from, to, shareBefore, shareAfter } = company.truth.stories.untagged;
    const [start, end] = [Date.parse(from), Date.parse(to)];
    const before = await coverage({ fromMs: start - 7 * DAY_MS, toMs: start }, 'day');
    const last = await coverage({ fromMs: end - DAY_MS, toMs: end }, 'day');
    expect(missing(before.fields.workflow.share)).toBeCloseTo(shareBefore ?? 0, 3);
    expect(missing(last.fields.workflow.share)).toBeCloseTo(shareAfter ?? 0, 3);
    const weeks = await coverage({ fromMs: start, toMs: end }, 'week');
    const shares = weeks.over.map(({ fields }) => missing(fields.workflow.share));
    expect(shares.length).toBeGreaterThanOrEqual(6);
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
  });
});

describe('customers and contracts', () => {
  it('one customer costs more than it pays, to the picodollar', async () => {
    const [loss] = company.truth.stories.negativeMargin;
    const { rows } = await ask(company.demo.stories.paperMonth, ['customer'], ['cost']);
    const paid = new Map(
      company.outcomes
        .map(
          (line) => JSON.parse(line) as { kind: string; month?: string; customer?: string; dollars?: string },
        )
        .filter(({ kind, month }) => kind === 'revenue' && month === loss?.month)
        .map(({ customer, dollars }) => [customer, parseDollars(dollars ?? '0')]),
    );
    const losing = rows.flatMap(({ group, figures }) => {
      const revenue = paid.get(group[0]);
      const cost = parseDollars(figures.cost ?? '0');
      if (revenue === undefined || revenue >= cost) return [];
      return [{ customer: group[0], cost: figures.cost, margin: formatDollars(revenue - cost) }];
    });
    expect(losing).toEqual([{ customer: loss?.customer, cost: loss?.cost, margin: loss?.margin }]);
  });

  it('the commitment saves what list prices and paid ones are apart', async () => {
    const { provider, from, cost, saved } = company.truth.stories.commitment;
    const since = { fromMs: Math.max(Date.parse(from), company.demo.stories.fromMs), toMs: NOW_MS };
    const { rows } = await ask(since, ['provider'], ['cost', 'listCost']);
    const gaps = rows.map(({ group, figures }) => {
      const gap = parseDollars(figures.listCost ?? '0') - parseDollars(figures.cost ?? '0');
      return [group[0], formatDollars(gap)];
    });
    expect(gaps.filter(([, gap]) => gap !== '0')).toEqual([[provider, saved]]);
    expect(rows.find(({ group }) => group[0] === provider)?.figures.cost).toBe(cost);
  });

  it('the budget that breaks is foreseen nine days ahead, and says on which day it was used up', async () => {
    const { budgetBreach } = company.truth.stories;
    const [revenue] = demoBudgets({ budgetBreach });
    const read = readBudgetDraft(revenue!.draft, 'UTC');
    if (read.kind === 'problems') throw new Error(JSON.stringify(read.problems));
    const rule = toBudgetRule(read.budget);
    const asked = { ledger: company.ledger, rules: [rule], views: undefined, past: true };
    const foreseenMs = Date.parse(budgetBreach.foreseeableOn);
    const { standings } = await readStandings({ ...asked, atMs: foreseenMs });
    const { burn } = standings[0]!.accounts[0]!;
    const off = (burn.projected ?? 0n) - parseDollars(budgetBreach.projectedThen);
    expect(off * off).toBeLessThanOrEqual(1n); // a picodollar of rounding
    expect(burn.why).toBe('');
    const daysOff = ((burn.breachAtMs ?? 0) - Date.parse(budgetBreach.crossedOn)) / DAY_MS;
    expect(Math.abs(daysOff)).toBeLessThan(3);
    expect(budgetsSentence(standings, foreseenMs)).toMatch(
      /^Revenue has spent \d+% of its October budget with \d+% of the time left; at the pace of the last 7 days it is used up on \d+ October\.$/,
    );
    const [october] = await readPastWindows(company.ledger, rule, NOW_MS, 1);
    const { spent, burn: ended } = october!.accounts[0]!;
    expect(formatDollars(spent ?? 0n)).toBe(budgetBreach.spent);
    expect(ended.crossed).toEqual({ fromMs: Date.parse(budgetBreach.crossedOn), step: 'day' });
  });
});

describe('what providers bill', () => {
  it('is 0.6 % above the ledger, for one account that never passed the gateway', async () => {
    const { month, variance, varianceShare, account, provider, ledger, billed } =
      company.truth.stories.invoiceVariance;
    const lines: SourcedLine[] = [];
    for (const { file, text } of company.statements.files) {
      const read = await readStatement(new TextEncoder().encode(text), kindOf(file));
      if (read.kind === 'problems') throw new Error(`${file}: ${JSON.stringify(read.problems)}`);
      lines.push(...read.lines.map((line) => ({ ...line, importId: file })));
    }
    const { facts } = await readMonth(company.ledger, month, { nowMs: NOW_MS });
    const reports = reconcile({ facts, lines });
    const sum = (amounts: readonly bigint[]): string =>
      formatDollars(amounts.reduce((all, one) => all + one, 0n));
    expect(sum(reports.map(({ waterfall }) => waterfall.ledger))).toBe(ledger);
    expect(sum(reports.map(({ waterfall }) => waterfall.invoice))).toBe(billed);
    const causes = reports.flatMap(({ provider: of, waterfall }) =>
      [...waterfall.causes]
        .filter(([, amount]) => amount !== 0n)
        .map(([cause, amount]) => [of, cause, formatDollars(amount)]),
    );
    expect(causes).toEqual([[provider, 'off-gateway', variance]]);
    const keys = reports.flatMap(({ keys: all }) => all.filter(({ claims }) => claims.length > 0));
    expect(new Set(keys.map(({ cell }) => cell.key.account))).toEqual(new Set([account]));
    expect(varianceShare).toBe(0.006);
  });

  function kindOf(file: string): StatementKind {
    if (file.startsWith('openai')) return 'openai-costs';
    return file.startsWith('aws') ? 'aws-cur' : 'anthropic-cost';
  }
});
