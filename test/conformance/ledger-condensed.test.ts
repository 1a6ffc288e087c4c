/** Whatever is written after months were condensed, and in whatever way, answers are those of the lines alone. */

import { afterEach, beforeEach, expect, test } from 'vitest';

import { encodeLines, openLedger } from '../../src/ledger/ledger.ts';
import type { Dimension, Ledger, Question, Span } from '../../src/ledger/ledger.ts';
import { answerQuestion } from '../../src/ledger/stores/ask.ts';
import { openEngine } from '../../src/ledger/stores/engine.ts';
import type { Engine } from '../../src/ledger/stores/engine.ts';
import { sampleSettlements } from './ledger-samples.ts';
import { newPlace } from './ledger-place.ts';
import type { TestPlace } from './ledger-place.ts';

// Three months, and a change of clocks in one.
const SPAN: Span = { fromMs: Date.parse('2026-09-20T00:00:00Z'), toMs: Date.parse('2026-11-12T00:00:00Z') };
const SETTLEMENTS = sampleSettlements(77, 900, SPAN).toSorted(
  (a, b) => a.intent.startedAtMs - b.intent.startedAtMs,
);
const FRESH = { nowMs: SPAN.toMs, completeUntilMs: SPAN.toMs };
const ASKED: readonly (readonly Dimension[])[] = [
  [],
  ['workflow', 'month'],
  ['customer'],
  ['customer', 'month'],
  ['key', 'tag:environment', 'day'],
  ['fingerprint', 'attributedBy'],
  ['wire', 'contextBand', 'week'],
  ['bucket', 'customer', 'month'],
  ['rate', 'day'],
];

let store: TestPlace;
let ledger: Ledger;
let engine: Engine;
let nowMs = SPAN.toMs;

beforeEach(async () => {
  store = await newPlace();
  await open();
});

afterEach(async () => {
  await close();
  await store.remove();
});

async function open(): Promise<void> {
  ledger = await openLedger({
    place: store.place,
    nowMs: () => nowMs,
    progress: () => ({ backlogFrames: 0, completeUntilMs: SPAN.toMs, trouble: '' }),
  });
  engine = await openEngine(store.place);
}

async function close(): Promise<void> {
  await engine.close();
  await ledger.close();
}

async function insert(from: number, to: number): Promise<void> {
  const rows = SETTLEMENTS.slice(from, to).map((settlement, at) =>
    Buffer.from(encodeLines(settlement, { journal: 'worker-1', sequence: from + at })),
  );
  await ledger.insert({ token: `worker-1:${from}:${to - 1}:abc`, rows, count: rows.length });
}

function question(by: readonly Dimension[], timeZone: string): Question {
  return {
    of: ['cost', 'calls', 'inputTokens', 'averageOutputTokens', 'listCost', 'units', 'averageDurationMs'],
    by,
    during: SPAN,
    where: [],
    timeZone,
    simulated: 'exclude',
    limit: 10_000,
  };
}

async function expectAsTheLines(): Promise<void> {
  for (const [at, by] of ASKED.entries()) {
    const timeZone = at % 2 === 0 ? 'Europe/Berlin' : 'UTC';
    const asked = question(by, timeZone);
    const truth = await answerQuestion(engine, asked, { ...FRESH, nowMs }, 'lines-only');
    expect(await ledger.ask(asked), `${by.join(' × ')} in ${timeZone}`).toEqual(truth);
  }
  expect(await ledger.rollupsAgree()).toBe(true);
}

const MOVE = {
  during: SPAN,
  where: [{ dimension: 'customer' as const, is: ['acme'] }],
  set: { customer: 'globex' },
  by: 'rule:r@1',
  cause: 'attribution',
};

test('lines that come later, late or moved', async () => {
  await insert(0, 500);
  await ledger.condense('all');
  await expectAsTheLines();
  await insert(500, 900); // the rest of a month, and the next
  await expectAsTheLines();
  expect((await ledger.move({ id: 'm1', ...MOVE })).lines).toBeGreaterThan(0);
  await expectAsTheLines();
  await ledger.condense('all');
  await expectAsTheLines();
}, 240_000);

test('after closing, and after a power failure that took some of them', async () => {
  await insert(0, 700);
  await ledger.condense('all');
  await insert(700, 900);
  await close();
  await open();
  await expectAsTheLines();
  await ledger.condense('all');
  await engine.run('ALTER TABLE setpoint.rollup_days DROP PARTITION 202610');
  await engine.run('ALTER TABLE setpoint.rollup_months DROP PARTITION 202609');
  await expect(ledger.rollupsAgree()).resolves.toBe(false); // and they are what is read, or nothing here were tested:
  const asked = question(['workflow'], 'UTC');
  const truth = await answerQuestion(engine, asked, FRESH, 'lines-only');
  expect((await ledger.ask(asked)).total).not.toEqual(truth.total);
  await close();
  await open();
  await expectAsTheLines();
}, 240_000);

test('a month rests: not made anew while lines come, but when they have ceased', async () => {
  await insert(0, 300);
  await ledger.condense('rested');
  const condensed = async (): Promise<number> =>
    Number((await engine.select('SELECT sum(lines) FROM setpoint.rollup_days'))[0]?.[0]);
  const lines = async (): Promise<number> => (await ledger.health()).lines;
  expect(await condensed()).toBe(await lines());
  const before = await lines();
  await insert(300, 310); // of a month that has some already
  await ledger.condense('rested');
  expect(await condensed()).toBe(before);
  nowMs += 3_600_000;
  await ledger.condense('rested');
  expect(await condensed()).toBe(await lines());
}, 120_000);
