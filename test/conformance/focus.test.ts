/** The export of a real ledger with hostile names and odd prices: it is the ledger's money, and it breaks no rule. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { checkFocus, exportFocus, readModel } from '../../src/inform/focus/focus.ts';
import { tableOfBytes } from '../../src/tables/tables.ts';
import type { ExportSummary } from '../../src/inform/focus/focus.ts';
import { encodeLines, openLedger } from '../../src/ledger/ledger.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { formatDollars, parseDollars } from '../../src/units/money.ts';
import { sampleSettlements } from './ledger-samples.ts';

const MODEL = new URL('../../../shared/fixtures/focus-1.2-requirements.json', import.meta.url);
const MONTH = { fromMs: Date.UTC(2026, 9, 1), toMs: Date.UTC(2026, 10, 1) };
const NOW_MS = Date.UTC(2026, 10, 3);
const SETTLEMENTS = sampleSettlements(11, 1_500, {
  fromMs: MONTH.fromMs,
  toMs: Date.UTC(2026, 9, 9),
});

let path: string;
let ledger: Ledger;

beforeAll(async () => {
  path = mkdtempSync(join(tmpdir(), 'setpoint-focus-ledger-'));
  ledger = await openLedger({
    place: { kind: 'embedded', path },
    nowMs: () => NOW_MS,
    progress: () => ({ backlogFrames: 0, completeUntilMs: NOW_MS, trouble: '' }),
  });
  const rows = SETTLEMENTS.map((settlement, sequence) =>
    Buffer.from(encodeLines(settlement, { journal: 'worker-1', sequence })),
  );
  await ledger.insert({ token: 'worker-1:0:1499:abc', rows, count: rows.length });
});

afterAll(async () => {
  await ledger.close();
  rmSync(path, { recursive: true, force: true });
});

async function file(
  spec: '1.2' | '1.4' | '1.5-draft',
  format: 'csv' | 'parquet',
  granularity: 'hour' | 'day' = 'day',
): Promise<{ readonly bytes: Buffer; readonly summary: ExportSummary }> {
  const made = await exportFocus(ledger, { spec, format, during: MONTH, granularity, tags: ['env'] });
  const parts: Uint8Array[] = [];
  for await (const part of made.bytes) parts.push(part);
  return { bytes: Buffer.concat(parts), summary: made.summary() };
}

describe('the FOCUS export of a ledger', () => {
  test.each(['1.2', '1.4', '1.5-draft'] as const)('%s is the money of the ledger', async (spec) => {
    const total = await ledger.ask({
      of: ['cost'],
      by: [],
      during: MONTH,
      where: [],
      timeZone: 'UTC',
      simulated: 'exclude',
      limit: 1,
    });
    for (const [format, granularity] of [
      ['csv', 'day'],
      ['parquet', 'hour'],
    ] as const) {
      const { bytes, summary } = await file(spec, format, granularity);
      const table = await tableOfBytes(bytes);
      const at = table.columns.findIndex(({ name }) => name === 'EffectiveCost');
      let sum = 0n;
      for await (const rows of table.batches)
        for (const row of rows) sum += parseDollars(row[at] ?? 'nothing');
      expect(formatDollars(sum)).toBe(total.total.cost);
      expect(summary).toMatchObject({ cost: total.total.cost, equalsLedger: true });
      expect(summary.rows).toBeGreaterThan(500);
      expect(summary.unpriced.length).toBeGreaterThan(0);
    }
  });

  test('breaks no rule of the official model, and none of ours', async (context) => {
    if (!existsSync(MODEL)) return context.skip('the requirements model is reference data that is not here');
    const model = readModel(readFileSync(MODEL, 'utf8'));
    for (const format of ['csv', 'parquet'] as const) {
      const { bytes } = await file('1.2', format);
      const report = await checkFocus(await tableOfBytes(bytes), { model, supports: ['token-provider'] });
      const failed = report.sets.flatMap(({ rules }) => rules.filter(({ verdict }) => verdict === 'fail'));
      expect(failed.map(({ id, reason, first }) => ({ id, reason, first: first[0] }))).toEqual([]);
    }
  });
});
