/** A FOCUS file of the embedded ledger with what lies beside it: invoices, closed months, shared cost as it was divided. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Api } from '../../src/api/api.ts';
import { openAttributing } from '../../src/inform/attribution/attribution.ts';
import { tableOfBytes } from '../../src/tables/tables.ts';
import { openLedger } from '../../src/ledger/ledger.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { openRegistry } from '../../src/registry/registry.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { formatDollars, parseDollars } from '../../src/units/money.ts';
import { fakeApi } from '../fakes/api.ts';

const NOW_MS = Date.UTC(2026, 10, 3);
const DAY_MS = 86_400_000;
const COSTS = `{"data":[{"start_time":${Date.UTC(2026, 9, 5) / 1_000},"results":[{"amount":{"value":3,"currency":"usd"},"line_item":"gpt-4o, input","project_id":"proj_a","quantity":1000000,"quantity_unit":"tokens"}]}]}`;

type Row = Readonly<Record<string, unknown>>;

let path: string;
let ledger: Ledger;
let registry: Registry;
let api: Api;

/** Two workflows that share what a third costs, at two accounts, in September and October. */
beforeAll(async () => {
  path = mkdtempSync(join(tmpdir(), 'setpoint-focus-'));
  ledger = await openLedger({
    place: { kind: 'embedded', path },
    nowMs: () => NOW_MS,
    progress: () => ({ backlogFrames: 0, completeUntilMs: NOW_MS, trouble: '' }),
  });
  const days = [Date.UTC(2026, 8, 10), Date.UTC(2026, 8, 20), Date.UTC(2026, 9, 5), Date.UTC(2026, 9, 6)];
  for (const [workflow, account, units] of [
    ['support', 'proj_a', 700_001],
    ['search', 'proj_b', 200_003],
    ['platform', 'proj_a', 333_333],
  ] as const)
    await ledger.importLines({
      id: workflow,
      source: 'import',
      lines: days.length,
      startedAtMs: Float64Array.from(days, (day) => day + DAY_MS / 2),
      provider: 'openai',
      model: 'gpt-4o',
      workflow,
      account,
      buckets: [{ bucket: 'freshIn', units, rate: parseDollars('2.5') }],
    });
  registry = await openRegistry({ file: ':memory:', nowMs: () => NOW_MS, randomBytes });
  const split = {
    id: 'platform',
    name: 'platform',
    source: { kind: 'workflow', workflow: 'platform' },
    method: { kind: 'usage', measure: 'cost', workflows: [] },
    from: '2026-09',
  } as const;
  const attributing = openAttributing({
    ledger,
    poster: ledger,
    registry: registry.attribution,
    teamOf: () => '',
    now: () => NOW_MS,
  });
  await attributing.decideSplit(split, '', 'ada');
  const [decided] = await attributing.splits();
  if (decided === undefined) throw new Error('the split must be in force');
  await ledger.lockMonth('2026-09');
  await attributing.applySplit(decided, {
    during: { fromMs: Date.UTC(2026, 8, 1), toMs: Date.UTC(2026, 10, 1) },
    actor: 'ada',
  });
  const own = await fakeApi({
    ledger: Object.assign(ledger, { asked: [] }),
    poster: Object.assign(ledger, { batches: [], moves: [], blocks: [], rebooked: [] }),
    registry,
    now: () => NOW_MS,
  });
  api = own.api;
});

afterAll(async () => {
  await ledger.close();
  await registry.close();
  rmSync(path, { recursive: true, force: true });
});

async function send(method: string, way: string, body?: string, type?: string): Promise<Response> {
  const headers = { host: '127.0.0.1:4001', ...(type !== undefined && { 'content-type': type }) };
  return api.request(`/api/v1${way}`, { method, headers, ...(body !== undefined && { body }) });
}

async function exported(
  spec: string,
  during = '2026-09-01..2026-11-03',
): Promise<{ text: string; rows: Row[] }> {
  const response = await send('GET', `/focus?spec=${spec}&during=${during}`);
  const text = await response.text();
  expect(response.status, text.slice(0, 300)).toBe(200);
  const rows: Row[] = [];
  const table = await tableOfBytes(new TextEncoder().encode(text));
  for await (const batch of table.batches)
    for (const row of batch)
      rows.push(Object.fromEntries(table.columns.map(({ name }, at) => [name, row[at] ?? null])));
  return { text, rows };
}

function sum(rows: readonly Row[]): string {
  return formatDollars(rows.reduce((total, row) => total + parseDollars(String(row['BilledCost'])), 0n));
}

describe('beside the ledger', () => {
  test('a charge has its invoice once a statement names it, and none before', async () => {
    const before = await exported('1.2');
    expect(before.rows.every((row) => row['InvoiceId'] === null)).toBe(true);
    const query = '/invoices?from=openai-costs&file=costs.json&invoice=INV-7';
    expect((await send('POST', query, COSTS, 'application/json')).status).toBe(201);
    const { rows } = await exported('1.2');
    const named = rows.filter((row) => row['InvoiceId'] !== null);
    expect(named.length).toBeGreaterThan(0);
    for (const row of rows) {
      const invoiced =
        row['SubAccountId'] === 'proj_a' && String(row['BillingPeriodStart']).startsWith('2026-10');
      expect(row['InvoiceId']).toBe(invoiced ? 'INV-7' : null);
    }
    expect(sum(rows)).toBe(sum(before.rows));
  });

  test('what is booked later for a closed month is a correction of that month', async () => {
    const { rows } = await exported('1.2');
    const corrections = rows.filter((row) => row['ChargeClass'] === 'Correction');
    expect(corrections.length).toBeGreaterThan(0);
    for (const row of corrections)
      expect(row).toMatchObject({
        x_CorrectedMonth: '2026-09',
        x_CorrectionCause: 'shared-cost',
        ChargePeriodStart: '2026-09-01T00:00:00Z',
      });
    expect(sum(corrections)).toBe('0');
    expect(rows.filter((row) => row['x_CorrectedMonth'] !== null)).toEqual(corrections);
  });

  test.each(['1.4', '1.5-draft'])(
    '%s says how shared cost was divided, in ratios that sum to 1',
    async (spec) => {
      const { rows, text } = await exported(spec);
      const given = rows.filter((row) => row['AllocatedMethodId'] !== null);
      const months = Map.groupBy(given, (row) => String(row['x_CorrectedMonth']));
      expect([...months.keys()].toSorted()).toEqual(['2026-09', 'null']);
      for (const own of months.values()) {
        const ratios = new Map(
          own.map((row) => [
            row['AllocatedResourceId'],
            /"AllocatedRatio":([0-9.]+)/.exec(String(row['AllocatedMethodDetails']))?.[1] ?? '',
          ]),
        );
        expect([...ratios.keys()].toSorted()).toEqual(['search', 'support']);
        expect(
          formatDollars([...ratios.values()].reduce((all, ratio) => all + parseDollars(ratio), 0n)),
        ).toBe('1');
        expect(own.every((row) => row['AllocatedMethodId'] === 'platform@1/usage by cost')).toBe(true);
        expect(sum(own)).toBe('1.666665'); // two days of 333,333 tokens at $2.50 a million
      }
      expect(JSON.parse(String(given[0]?.['AllocatedMethodDetails']))).toMatchObject({
        Elements: [{ AllocatedRatio: expect.any(Number), UsageUnit: 'USD' }],
      });
      const report = (await (await send('POST', '/focus/check', text, 'text/csv')).json()) as {
        ok?: boolean;
        sets?: Array<{ failed?: number }>;
      };
      expect(JSON.stringify(report)).not.toContain('"verdict":"fails"');
    },
  );

  test('1.2 has no such columns, and every file sums to the ledger', async () => {
    const [old, draft] = [await exported('1.2'), await exported('1.5-draft')];
    expect(Object.keys(old.rows[0] ?? {}).some((name) => name.startsWith('Allocated'))).toBe(false);
    expect(sum(old.rows)).toBe(sum(draft.rows));
    const report = await send('POST', '/focus/check', old.text, 'text/csv');
    expect(JSON.stringify(await report.json())).not.toContain('"verdict":"fails"');
  });
});
