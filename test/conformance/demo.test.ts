/** The demo company in a real ledger: whatever the ledger is asked equals what the simulator says is true, to the picodollar. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createDemo, PAPER_ROWS, paperBlocks, TRUTH_ZONES, truthOf } from '../../src/demo/demo.ts';
import type { Demo, Truth } from '../../src/demo/demo.ts';
import { openLedger } from '../../src/ledger/ledger.ts';
import type { Answer, Condition, Dimension, Ledger, Measure } from '../../src/ledger/ledger.ts';
import { parseDollars } from '../../src/units/money.ts';

const NOW = Date.UTC(2026, 10, 25, 16);
const NOTHING = { backlogFrames: 0, completeUntilMs: 0, trouble: '' };

function openAt(path: string): Promise<Ledger> {
  return openLedger({ place: { kind: 'embedded', path }, nowMs: () => NOW, progress: () => NOTHING });
}

describe('the demo company', () => {
  const path = mkdtempSync(join(tmpdir(), 'setpoint-demo-'));
  let ledger: Ledger;
  let demo: Demo;
  let truth: Truth;

  beforeAll(async () => {
    // Two months and few single calls: the same code and the same kinds of lines as the whole.
    demo = await createDemo({ seed: 'harborline', nowMs: NOW, months: 2, rowShare: 0.004 });
    truth = truthOf(demo);
    ledger = await openAt(path);
    for (const block of demo.blocks(() => undefined)) await ledger.importLines(block);
  });

  afterAll(async () => {
    await ledger.close();
    rmSync(path, { recursive: true, force: true });
  });

  function ask(
    by: readonly Dimension[],
    more: {
      of?: readonly Measure[];
      timeZone?: string;
      where?: readonly Condition[];
      during?: { fromMs: number; toMs: number };
      limit?: number;
    } = {},
  ): Promise<Answer> {
    return ledger.ask({
      of: ['cost', 'calls', 'attempts', 'inputTokens', 'lines'],
      by,
      during: { fromMs: demo.stories.fromMs, toMs: NOW },
      where: [],
      timeZone: 'UTC',
      simulated: 'exclude',
      limit: 10_000,
      ...more,
    });
  }

  it('is all there, priced, marked as a demo, and taken once however often it is posted', async () => {
    expect((await ask([])).total).toEqual(truth.total);
    for (const block of demo.blocks(() => undefined))
      expect(await ledger.importLines(block)).toMatchObject({ repeated: true });
    const answer = await ask(['source']);
    expect(answer.total).toEqual(truth.total);
    expect(answer.rows.map(({ group }) => group)).toEqual([['demo']]);
    expect(answer.unpricedCalls).toBe(0);
    expect(answer.simulatedCalls).toBe(0);
    expect(await ledger.rollupsAgree()).toBe(true);
  });

  it.each([
    ['workflow', 'byWorkflow'],
    ['customer', 'byCustomer'],
  ] as const)('equals the truth by month and %s', async (dimension, name) => {
    const { rows } = await ask(['month', dimension]);
    const found = rows.map(({ group, figures }) => [group.join(' '), figures] as const);
    const expected = Object.entries(truth[name]).flatMap(([month, sums]) =>
      Object.entries(sums).map(([one, figures]) => [`${month} ${one}`, figures] as const),
    );
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
  });

  it('equals the truth by team', async () => {
    const { rows } = await ask(['team']);
    expect(Object.fromEntries(rows.map(({ group, figures }) => [group[0], figures]))).toEqual(truth.byTeam);
  });

  it.each(TRUTH_ZONES)('equals the truth by day in %s', async (timeZone) => {
    const { rows } = await ask(['day'], { timeZone, of: ['cost'] });
    const found = rows.map(({ group, figures }) => [group[0], figures.cost] as const);
    expect(Object.fromEntries(found)).toEqual(truth.byDay[timeZone]);
  });

  it('prints the known month: five workflows, everything else, the total', async () => {
    const { paperMonth } = demo.stories;
    const { rows, other, total } = await ask(['workflow', 'team'], {
      during: paperMonth,
      limit: 5,
      of: ['calls', 'cost', 'averageInputTokens'],
    });
    const known = truth.knownMonth.rows;
    const shown = rows.map(({ group, figures }) => [...group, figures.calls, figures.cost]);
    expect(shown).toEqual(known.slice(0, 5).map((row) => [row.workflow, row.team, row.calls, row.cost]));
    expect(other).toMatchObject({ calls: 320_000, cost: known[5]?.cost });
    expect(total.calls).toBe(2_886_000);
  });

  it('shows the storm and the outage as the truth tells them', async () => {
    const { retryStorm, outage } = truth.stories;
    const storm = await ask([], {
      during: { fromMs: Date.parse(retryStorm.from), toMs: Date.parse(retryStorm.to) },
      where: [
        { dimension: 'workflow', is: ['Support copilot'] },
        { dimension: 'model', is: ['claude-opus-4-8'] },
      ],
    });
    expect(storm.total).toMatchObject({
      calls: retryStorm.calls,
      attempts: retryStorm.attempts,
      cost: retryStorm.cost,
    });
    const fallback = await ask(['provider'], {
      during: { fromMs: Date.parse(outage.from), toMs: Date.parse(outage.to) },
      where: [{ dimension: 'kind', is: ['fallback'] }],
    });
    expect(fallback.rows.map(({ group, figures }) => [group[0], figures.attempts, figures.cost])).toEqual([
      ['aws', outage.fallbackAttempts, outage.fallbackCost],
    ]);
    expect(fallback.total.calls).toBe(0);
  });

  it('has true receipts: units × rate = cost for every bucket, and the sum is the line', async () => {
    const { lines } = await ledger.page({
      during: { fromMs: NOW - 3_600_000, toMs: NOW },
      where: [],
      simulated: 'exclude',
      limit: 200,
      cursor: null,
    });
    expect(lines.length).toBeGreaterThan(20);
    for (const line of lines) {
      const costs = line.buckets.map(({ units, rate, cost }) => {
        expect((BigInt(units) * parseDollars(rate ?? '0')) / 1_000_000n).toBe(parseDollars(cost ?? '-1'));
        return parseDollars(cost ?? '0');
      });
      expect(parseDollars(line.cost ?? '-1')).toBe(costs.reduce((sum, one) => sum + one, 0n));
    }
  });
});

describe('the known month as single calls', () => {
  const path = mkdtempSync(join(tmpdir(), 'setpoint-paper-'));
  /** All 2,886,000 are what `npm run bench -- paper` loads. */
  const ONE_IN = 200;
  let ledger: Ledger;

  afterAll(async () => {
    await ledger.close();
    rmSync(path, { recursive: true, force: true });
  });

  it('prints the same table, from calls', async () => {
    const demo = await createDemo({ seed: 'harborline', nowMs: NOW, months: 1 });
    const month = demo.stories.paperMonth;
    ledger = await openAt(path);
    for (const block of paperBlocks({ ...demo, month, oneIn: ONE_IN })) await ledger.importLines(block);
    const { rows, total } = await ledger.ask({
      of: ['calls', 'averageInputTokens', 'share', 'cost', 'lines'],
      by: ['workflow', 'team'],
      during: month,
      where: [],
      timeZone: 'UTC',
      simulated: 'exclude',
      limit: 10,
    });
    const shown = rows.map(({ group, figures }) => [
      ...group,
      figures.calls,
      Math.round((figures.averageInputTokens ?? 0) / 100) * 100,
      Math.round((figures.share ?? 0) * 100),
      Math.round((Number(figures.cost) * ONE_IN) / 100) * 100,
    ]);
    const dollars = PAPER_ROWS.reduce((sum, row) => sum + row.dollars, 0);
    expect(shown).toEqual(
      PAPER_ROWS.map((row) => [
        row.workflow,
        row.team,
        row.calls / ONE_IN,
        row.inputTokens,
        Math.round((row.dollars / dollars) * 100),
        row.dollars,
      ]),
    );
    expect(total.calls).toBe(2_886_000 / ONE_IN);
    expect(total.lines).toBe(total.calls);
    expect(Math.round((Number(total.cost) * ONE_IN) / 100) * 100).toBe(110_000);
  });
});
