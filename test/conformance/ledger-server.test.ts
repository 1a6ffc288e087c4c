/**
 * The ledger on a server keeps, answers and refuses as the embedded one does, over HTTP and through the official client.
 * The cases of exactly-once run on it here; with SETPOINT_LONG set, every case table of the ledger does (minutes).
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { encodeLines, openLedger } from '../../src/ledger/ledger.ts';
import type { Dimension, Ledger, LinePage, Question } from '../../src/ledger/ledger.ts';
import { newPlace, useEmbedded, useServer } from './ledger-place.ts';
import type { TestPlace } from './ledger-place.ts';
import { HOSTILE, sampleSettlements } from './ledger-samples.ts';

const server = useServer();
afterAll(() => server.stop());

const TABLES: ReadonlyArray<readonly [string, () => Promise<unknown>]> = [
  ['exactly once', () => import('./ledger-once.test.ts')],
  ['questions and lines', () => import('./ledger.test.ts')],
  ['postings', () => import('./ledger-posting.test.ts')],
  ['roll-ups', () => import('./ledger-condensed.test.ts')],
  ['imports', () => import('./ledger-import.test.ts')],
];

describe.each(TABLES.slice(0, process.env['SETPOINT_LONG'] === undefined ? 1 : TABLES.length))(
  '%s',
  async (_, load) => void (await load()),
);

describe('beside the embedded engine', () => {
  const SPAN = { fromMs: Date.parse('2026-10-20T00:00:00Z'), toMs: Date.parse('2026-11-05T00:00:00Z') };
  const SETTLEMENTS = sampleSettlements(7, 600, SPAN);
  const stores: TestPlace[] = [];
  const ledgers: Ledger[] = [];

  beforeAll(async () => {
    stores.push(await newPlace());
    useEmbedded();
    stores.push(await newPlace());
    for (const { place } of stores) {
      const ledger = await openLedger({
        place,
        nowMs: () => SPAN.toMs,
        progress: () => ({ backlogFrames: 0, completeUntilMs: SPAN.toMs, trouble: '' }),
      });
      ledgers.push(ledger);
      await write(ledger);
    }
  });
  afterAll(async () => {
    for (const ledger of ledgers) await ledger.close();
    for (const store of stores) await store.remove();
  });

  async function write(ledger: Ledger): Promise<void> {
    const rows = SETTLEMENTS.map((settlement, sequence) =>
      Buffer.from(encodeLines(settlement, { journal: 'worker-1', sequence })),
    );
    await ledger.insert({ token: 'worker-1:0:399:a', rows: rows.slice(0, 400), count: 400 });
    await ledger.condense('all');
    await ledger.insert({ token: 'worker-1:400:599:a', rows: rows.slice(400), count: 200 });
    await ledger.post({
      id: 'posted',
      postings: SETTLEMENTS.slice(0, 20).map((settlement) => ({
        settlement,
        leg: 'settle',
        source: 'telemetry',
      })),
    });
    await ledger.move({
      id: 'moved',
      set: { team: HOSTILE[0] as string },
      where: [{ dimension: 'workflow', is: ['support-copilot', ...HOSTILE] }],
      during: SPAN,
      by: 'rule:1@1',
      cause: 'test',
    });
  }

  async function both<Result>(ask: (ledger: Ledger) => Promise<Result>): Promise<Result> {
    const [onServer, embedded] = [await ask(ledgers[0] as Ledger), await ask(ledgers[1] as Ledger)];
    expect(onServer).toEqual(embedded);
    return onServer;
  }

  test.each<readonly [readonly Dimension[], string]>([
    [[], 'UTC'],
    [['workflow', 'team'], 'UTC'],
    [['customer', 'day'], 'Europe/Berlin'],
    [['bucket', 'rate', 'model'], 'UTC'],
    [['tag:environment', 'hour'], 'America/New_York'],
    [['source', 'leg', 'correction'], 'UTC'],
  ])('the same answer by %j in %s', async (by, timeZone) => {
    const question: Question = {
      of: ['cost', 'calls', 'inputTokens', 'outputTokens', 'unpricedCalls', 'averageDurationMs'],
      by,
      during: SPAN,
      where: [],
      timeZone,
      simulated: 'include',
      limit: 50,
    };
    const { rows } = await both((ledger) => ledger.ask(question));
    expect(rows.length).toBeGreaterThan(by.length === 0 ? 0 : 1);
  });

  test('conditions of many values, longer than an address may be', async () => {
    const values = Array.from({ length: 900 }, (_, at) => `${'x'.repeat(1_500)}${at}`);
    const { total } = await both((ledger) =>
      ledger.ask({
        of: ['calls'],
        by: [],
        during: SPAN,
        where: [{ dimension: 'customer', is: [...values, ...HOSTILE] }],
        timeZone: 'UTC',
        simulated: 'include',
        limit: 1,
      }),
    );
    expect(Number(total.calls)).toBeGreaterThan(0);
  });

  test('the same lines, page by page, and receipts', async () => {
    let cursor: string | null = null;
    for (let pages = 0; pages < 3; pages += 1) {
      const from: string | null = cursor;
      const { lines, nextCursor }: LinePage = await both((ledger) =>
        ledger.page({ during: SPAN, where: [], simulated: 'include', limit: 40, cursor: from }),
      );
      expect(lines).toHaveLength(40);
      await both((ledger) => ledger.receipt(lines[0]?.call ?? ''));
      cursor = nextCursor;
    }
  });
});
