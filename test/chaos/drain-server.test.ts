/** The drain into a server that fails on either side of its commit: each line is there once, whatever the client was told. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sampleSettlements } from '../conformance/ledger-samples.ts';
import { costOf, trueLines } from '../conformance/ledger-truth.ts';
import type { Fault } from '../fakes/clickhouse-front.ts';
import { startFront } from '../fakes/clickhouse.ts';
import type { Front } from '../fakes/clickhouse.ts';
import { ALL_PROTECTIONS, createDrain } from '../../src/ledger/drain/drain.ts';
import type { Protections } from '../../src/ledger/drain/drain.ts';
import { encodeLines, openJournal, openLedger } from '../../src/ledger/ledger.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { openEngine } from '../../src/ledger/stores/engine.ts';
import { formatDollars } from '../../src/units/money.ts';

const SPAN = { fromMs: Date.parse('2026-09-20T00:00:00Z'), toMs: Date.parse('2026-10-10T00:00:00Z') };
const SETTLEMENTS = sampleSettlements(5, 60, SPAN);
const TRUTH = {
  lines: trueLines(SETTLEMENTS).length,
  cost: formatDollars(costOf(trueLines(SETTLEMENTS))),
};
const BATCH_FRAMES = 10;

let directory: string;
let front: Front;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'drain-server-'));
  front = await startFront(join(directory, 'front'));
});
afterAll(async () => {
  await front.kill();
  rmSync(directory, { recursive: true });
});
beforeEach(async () => {
  await front.faults([]);
  const engine = await openEngine(place());
  await engine.run('DROP DATABASE setpoint SYNC');
  await engine.close();
});

const place = (timeoutMs = 60_000) =>
  ({ kind: 'clickhouse', url: front.url, database: 'setpoint', timeoutMs }) as const;

interface Outcome {
  readonly lines: number;
  readonly cost: string;
  readonly rolledUp: boolean;
  readonly troubled: number;
  readonly faults: number;
}

/** Drains all the calls; a step that met trouble is followed by another, by a new drain where `restart` says so. */
async function drained(
  faults: readonly Fault[],
  { timeoutMs, protections = ALL_PROTECTIONS }: { timeoutMs?: number; protections?: Protections } = {},
): Promise<Outcome> {
  const ledger = await openLedger({
    place: place(timeoutMs),
    nowMs: () => SPAN.toMs,
    progress: () => ({ backlogFrames: 0, completeUntilMs: 0, trouble: '' }),
  });
  const root = mkdtempSync(join(directory, 'host-'));
  const journal = openJournal({
    directory: join(root, 'journal'),
    slot: 'gateway-1',
    now: Date.now,
    ballastBytes: 0,
    lines: (settlement, at) => encodeLines(settlement, at),
  });
  for (const settlement of SETTLEMENTS) {
    journal.intend(settlement.intent);
    journal.settle(settlement);
  }
  await journal.close();
  const before = (await front.seen()).faults;
  await front.faults(faults);
  const troubled = await untilCalm(ledger, root, protections);
  const { lines } = await ledger.health();
  const { total } = await ledger.ask({
    of: ['cost'],
    by: [],
    during: SPAN,
    where: [],
    timeZone: 'UTC',
    simulated: 'include',
    limit: 1,
  });
  const outcome = { lines, cost: String(total.cost), rolledUp: await ledger.rollupsAgree(), troubled };
  await ledger.close();
  return { ...outcome, faults: (await front.seen()).faults - before };
}

async function untilCalm(ledger: Ledger, root: string, protections: Protections): Promise<number> {
  const drain = createDrain({
    root: join(root, 'journal'),
    stateDirectory: join(root, 'drain'),
    sink: ledger,
    now: Date.now,
    batchFrames: BATCH_FRAMES,
    halfPresentPauseMs: 0,
    protections,
  });
  let troubled = 0;
  for (let tries = 0; tries < 20; tries += 1) {
    const { trouble, backlogFrames } = await drain.step();
    if (trouble !== '') troubled += 1;
    else if (backlogFrames === 0) break;
  }
  drain.close();
  return troubled;
}

const fault = (over: Partial<Fault>): Fault => ({
  statement: 'INSERT INTO setpoint.lines',
  kind: 'status',
  when: 'before',
  times: 3,
  ...over,
});

test.each<{ what: string; over: Partial<Fault>; timeoutMs?: number }>([
  { what: 'answers 500 and inserts nothing', over: {} },
  { what: 'inserts and answers 500', over: { when: 'after' } },
  { what: 'ends the connection before it inserts', over: { kind: 'cut' } },
  { what: 'inserts and ends the connection', over: { kind: 'cut', when: 'after' } },
  {
    what: 'inserts and answers when nobody listens any more',
    over: { kind: 'hang', when: 'after', times: 2 },
    timeoutMs: 4_000, // for every other statement too, also on a busy machine
  },
  {
    what: 'breaks off its answer to what is there already',
    over: { statement: 'SELECT DISTINCT sequence', kind: 'half', when: 'after', times: 1 },
  },
])('a server that $what: every line once', async ({ over, timeoutMs }) => {
  const { faults, troubled, ...there } = await drained(
    [fault(over)],
    timeoutMs === undefined ? {} : { timeoutMs },
  );
  expect(faults).toBe(over.times ?? 3); // it did fail
  expect(troubled).toBeGreaterThan(0);
  expect(there).toEqual({ ...TRUTH, rolledUp: true });
});

test('control: without tokens and comparison, lines of a server that inserts and answers 500 are doubled', async () => {
  const { lines, faults } = await drained([fault({ when: 'after' })], {
    protections: { ...ALL_PROTECTIONS, deduplicate: false, reconcile: false },
  });
  expect(faults).toBe(3);
  expect(lines).toBeGreaterThan(TRUTH.lines);
});
