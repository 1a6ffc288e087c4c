import { beforeAll, describe, expect, it } from 'vitest';

import { formatDollars, parseDollars } from '../units/money.ts';
import type { Picodollars } from '../units/money.ts';
import { BUCKET_NAMES, sideTotal } from '../units/tokens.ts';
import { createDemo, createTally, truthOf, watchesOf } from './demo.ts';
import type { Demo, Tally, Truth } from './demo.ts';
import { WORKFLOWS } from './lanes.ts';
import { costOf } from './pricing.ts';

const NOW = Date.UTC(2026, 10, 25, 16);
/** Three months are enough for all that is compared with the known month; the whole history is made once, below. */
const SMALL = { nowMs: NOW, months: 3, rowShare: 0.01 };

function tallyOf(demo: Demo): Tally {
  const tally = createTally({
    customers: demo.customers,
    stories: demo.stories,
    watches: watchesOf(demo.stories),
  });
  for (const priced of demo.lines()) tally.add(priced);
  return tally;
}

const digestOf = async (seed: string, nowMs = NOW): Promise<string> =>
  tallyOf(await createDemo({ ...SMALL, months: 1, seed, nowMs })).digest();

describe('the same seed and the same now', () => {
  it('make the same lines, another seed others, another hour others', async () => {
    const [first, again, other, later] = await Promise.all([
      digestOf('a'),
      digestOf('a'),
      digestOf('b'),
      digestOf('a', NOW + 3_600_000),
    ]);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
    expect(later).not.toBe(first);
  });

  it('a now inside an hour is its beginning', async () => {
    const demo = await createDemo({ ...SMALL, seed: 'a', nowMs: NOW + 1_234_567 });
    expect(demo.stories.nowMs).toBe(NOW);
  });
});

describe('every line', () => {
  it('is priced as units × rate ÷ 1,000,000, bucket by bucket, and holds whole units only', async () => {
    const demo = await createDemo({ ...SMALL, seed: 'harborline' });
    let lines = 0;
    const kinds = new Set<string>();
    for (const { line, parts, cost } of demo.lines()) {
      lines += 1;
      kinds.add(`${line.kind} ${line.status}`);
      const bought = parts.map(({ units, rate }) => costOf(units, rate.rate));
      expectQuietly(cost === bought.reduce((sum, one) => sum + one, 0n), 'the sum is that of the buckets');
      for (const bucket of BUCKET_NAMES) {
        const units = line.usage[bucket] ?? 0;
        expectQuietly(Number.isSafeInteger(units) && units >= 0, `${bucket} holds whole units`);
      }
      expectQuietly(line.atMs >= demo.stories.fromMs && line.atMs < NOW, 'no line lies outside the history');
      expectQuietly(line.calls <= line.attempts, 'no call without an attempt');
    }
    expect(lines).toBeGreaterThan(30_000);
    expect(kinds).toContain('retry ok');
    expect(kinds).toContain('fallback ok');
    expect(kinds).toContain('primary client_aborted');
    expect(kinds).toContain('primary upstream_error');
  });
});

/** `expect` costs more than the line that it checks; half a million of them would be the test. */
function expectQuietly(holds: boolean, what: string): void {
  if (!holds) expect.unreachable(what);
}

describe('the known month', () => {
  const TABLE: ReadonlyArray<
    readonly [workflow: string, team: string, calls: number, tokens: number, dollars: number, percent: number]
  > = [
    ['Support copilot', 'CX', 1_240_000, 6_800, 41_800, 38],
    ['Contract extraction', 'Legal Ops', 210_000, 12_400, 24_200, 22],
    ['Sales research agent', 'Revenue', 96_000, 9_100, 17_600, 16],
    ['Internal knowledge bot', 'IT', 880_000, 3_200, 15_400, 14],
    ['Marketing drafting', 'Brand', 140_000, 2_400, 6_600, 6],
    ['Everything else', 'Various', 320_000, 1_900, 4_400, 4],
  ];

  it.each([
    ['harborline', NOW],
    ['another', NOW],
    ['harborline', Date.UTC(2026, 2, 31, 23)],
    ['harborline', Date.UTC(2027, 0, 2, 1)], // the storm and the outage lie in the known month
  ])('prints its table to its own rounding: seed %s', async (seed, nowMs) => {
    const { knownMonth } = truthOf(await createDemo({ ...SMALL, seed, nowMs }));
    const total = parseDollars(knownMonth.total.cost);
    const rows = knownMonth.rows.map((row) => [
      row.workflow,
      row.team,
      row.calls,
      Math.round((row.averageInputTokens ?? 0) / 100) * 100,
      Number(roundedTo(parseDollars(row.cost), 100n)),
      Math.round((Number(parseDollars(row.cost)) / Number(total)) * 100),
    ]);
    expect(rows).toEqual(TABLE);
    expect(knownMonth.total.calls).toBe(2_886_000);
    expect(Number(roundedTo(total, 100n))).toBe(110_000);
  });

  function roundedTo(amount: Picodollars, dollars: bigint): bigint {
    const step = dollars * 1_000_000_000_000n;
    return ((amount + step / 2n) / step) * dollars;
  }
});

describe('the whole company', () => {
  let demo: Demo;
  let truth: Truth;
  beforeAll(async () => {
    demo = await createDemo({ seed: 'harborline', nowMs: NOW, rowShare: 0.01 });
    truth = truthOf(demo);
  });

  it('has six teams, nine workflows, four providers, eleven models, 140 customers with names of their own', () => {
    const lanes = WORKFLOWS.flatMap((workflow) => workflow.lanes);
    const models = new Set(lanes.flatMap(({ model, fallback }) => [model, ...(fallback ? [fallback] : [])]));
    expect(WORKFLOWS.filter(({ name }) => name !== '')).toHaveLength(9);
    expect(new Set(WORKFLOWS.map(({ team }) => team).filter((team) => team !== ''))).toHaveProperty(
      'size',
      6,
    );
    expect(new Set([...models].map(({ provider }) => provider))).toHaveProperty('size', 4);
    expect(models).toHaveProperty('size', 11);
    expect(new Set(lanes.map(({ environment }) => environment))).toHaveProperty('size', 3);
    expect(new Set(demo.customers.map(({ name }) => name))).toHaveProperty('size', 140);
    const use = demo.customers.map((customer) => customer.use).toSorted((a, b) => b - a);
    expect(use.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 9);
    expect(use.slice(0, 28).reduce((sum, one) => sum + one, 0)).toBeGreaterThan(0.5);
  });

  it('spans fifteen months, and adds up to the picodollar whichever way it is broken down', () => {
    expect(Object.keys(truth.byWorkflow)).toHaveLength(15);
    const sum = (costs: readonly string[]): string =>
      formatDollars(costs.reduce((total, cost) => total + parseDollars(cost), 0n));
    const ofMonths = (months: Record<string, Record<string, { cost: string }>>): string =>
      sum(Object.values(months).flatMap((names) => Object.values(names).map(({ cost }) => cost)));
    expect(ofMonths(truth.byWorkflow)).toBe(truth.total.cost);
    expect(ofMonths(truth.byCustomer)).toBe(truth.total.cost);
    expect(sum(Object.values(truth.byTeam).map(({ cost }) => cost))).toBe(truth.total.cost);
    for (const days of Object.values(truth.byDay)) expect(sum(Object.values(days))).toBe(truth.total.cost);
  });

  it('grows by about 6 % a month, with one step', () => {
    const calls = Object.values(truth.byWorkflow).map((names) =>
      Object.values(names).reduce((sum, one) => sum + one.calls, 0),
    );
    const [first = 0] = calls;
    const known = calls.at(-2) ?? 0;
    expect(known / first).toBeGreaterThan(1.06 ** 13 * 1.18 * 0.9);
    expect(known / first).toBeLessThan(1.06 ** 13 * 1.18 * 1.15);
  });

  it('works in office hours, less on weekends, and little on holidays', () => {
    const days = truth.byDay['UTC'] ?? {};
    const cost = (day: string): number => Number(days[day]);
    expect(cost('2026-09-16')).toBeGreaterThan(2.5 * cost('2026-09-19'));
    expect(cost('2025-12-18')).toBeGreaterThan(2.5 * cost('2025-12-25'));
  });

  it('tells each story with one answer', () => {
    const { stories } = truth;
    expect(stories.retryStorm.hours).toBe(11);
    expect(stories.retryStorm.attempts).toBe(stories.retryStorm.calls * 3);
    expect(parseDollars(stories.retryStorm.wasted)).toBeGreaterThan(
      parseDollars(stories.retryStorm.cost) / 2n,
    );
    const { averageInputTokensBefore: before, averageInputTokensAfter: after } = stories.promptRelease;
    expect((after ?? 0) / (before ?? 1)).toBeCloseTo(2, 1);
    expect(stories.modelMigration.callsOfOldModelDuring).toBeGreaterThan(0);
    expect(stories.modelMigration.callsOfOldModelLater).toBe(0);
    expect(stories.negativeMargin).toHaveLength(1);
    expect(Math.round((stories.untagged.shareBefore ?? 0) * 100)).toBe(31);
    expect(Math.round((stories.untagged.shareAfter ?? 0) * 100)).toBe(4);
    expect(stories.outage.failedCalls).toBe(stories.outage.fallbackAttempts);
    expect(stories.outage.failedCalls).toBeGreaterThan(1_000);
    expect(stories.invoiceVariance.varianceShare).toBe(0.006);
    expect(parseDollars(stories.commitment.saved) * 9n).toBe(parseDollars(stories.commitment.cost));
    const { budgetBreach } = stories;
    expect(Date.parse(budgetBreach.crossedOn) - Date.parse(budgetBreach.foreseeableOn)).toBe(9 * 86_400_000);
    expect(parseDollars(budgetBreach.projectedThen)).toBeGreaterThan(parseDollars(budgetBreach.budget));
    expect(parseDollars(budgetBreach.spent)).toBeGreaterThan(parseDollars(budgetBreach.budget));
  });
});

describe('blocks for the ledger', () => {
  it('hold the same lines, calls, units and money as the lines themselves', async () => {
    const demo = await createDemo({ ...SMALL, months: 2, blockLines: 10_000, seed: 'harborline' });
    const [byBlock, byLine] = [
      { lines: 0, calls: 0, tokens: 0, cost: 0n },
      { lines: 0, calls: 0, tokens: 0, cost: 0n },
    ];
    const ids = new Set<string>();
    for (const block of demo.blocks(({ line, cost }) => {
      byLine.lines += 1;
      byLine.calls += line.calls;
      byLine.tokens += sideTotal(line.usage, 'input') + sideTotal(line.usage, 'output');
      byLine.cost += cost;
    })) {
      ids.add(block.id);
      expect(block.id).toMatch(/^[A-Za-z0-9._-]{1,100}$/);
      expect(block.source).toBe('demo');
      byBlock.lines += block.lines;
      byBlock.calls += (block.calls as Uint32Array).reduce((sum, one) => sum + one, 0);
      for (const { bucket, units, rate } of block.buckets) {
        (units as Uint32Array).forEach((count, at) => {
          if (count === 0) return;
          const column = rate as { values: readonly bigint[]; at: Uint32Array };
          byBlock.cost += costOf(count, column.values[column.at[at] ?? -1] ?? -1n);
          if (bucket !== 'webSearch') byBlock.tokens += count;
        });
      }
      const { input = {}, output = {} } = block.composition ?? {};
      const composed = [...Object.values(input), ...Object.values(output)] as Uint32Array[];
      const parts = composed.reduce((sum, column) => sum + column.reduce((part, one) => part + one, 0), 0);
      const tokens = block.buckets
        .filter(({ bucket }) => bucket !== 'webSearch')
        .reduce((sum, { units }) => sum + (units as Uint32Array).reduce((part, one) => part + one, 0), 0);
      expect(parts).toBe(tokens);
    }
    expect(byBlock).toEqual(byLine);
    expect(ids.size).toBeGreaterThan(1);
  });
});
