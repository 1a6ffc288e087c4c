/** Historical calls by the block: the same lines that single settlements would have made, once, and quickly enough. */
import { readdirSync } from 'node:fs';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { createFailpoints, openLedger } from '../../src/ledger/ledger.ts';
import type { ImportBlock, Ledger, LedgerLine } from '../../src/ledger/ledger.ts';
import { openEngine } from '../../src/ledger/stores/engine.ts';
import { divideRounded, formatDollars, parseDollars } from '../../src/units/money.ts';
import { HOSTILE, createDice } from './ledger-samples.ts';
import { newPlace } from './ledger-place.ts';
import type { TestPlace } from './ledger-place.ts';

const FROM_MS = Date.parse('2025-08-01T00:00:00Z');
const TO_MS = Date.parse('2026-11-01T00:00:00Z');
const LINES = 400;
const RATES = [2_500_000_000_000n, 150_000_000_001n, 75_000_000_000_000n];

let store: TestPlace;
let ledger: Ledger;

beforeEach(async () => {
  store = await newPlace();
  await open();
});

afterEach(async () => {
  await ledger.close();
  await store.remove();
});

async function open(failpoints = ''): Promise<void> {
  ledger = await openLedger({
    place: store.place,
    nowMs: () => TO_MS,
    progress: () => ({ backlogFrames: 0, completeUntilMs: TO_MS, trouble: '' }),
    failpoints: createFailpoints(failpoints),
  });
}

const dice = createDice(20_261_125);
const places = <Values>(values: readonly Values[]) => ({
  values,
  at: Uint8Array.from({ length: LINES }, () => dice.number(values.length)),
});
const counts = (below: number): Uint32Array => Uint32Array.from({ length: LINES }, () => dice.number(below));

const MODEL = places(['gpt-large', 'gpt-small', 'claude-opus']);
const BLOCK: ImportBlock = {
  id: 'history-1',
  source: 'import',
  lines: LINES,
  startedAtMs: Float64Array.from({ length: LINES }, () => FROM_MS + dice.number(TO_MS - FROM_MS)),
  provider: 'openai',
  model: MODEL,
  workflow: places(['support', '', ...HOSTILE]),
  team: 'CX',
  customer: places(['acme', 'globex', '']),
  attributedBy: 'rule:history@1',
  tags: {
    values: [{}, { environment: 'production' }, { [HOSTILE[0] as string]: HOSTILE[1] as string, '': '' }],
    at: counts(3),
  },
  key: 'imported',
  account: 'proj_a',
  region: 'eu-west-1',
  path: '/v1/chat/completions',
  fingerprint: 'f1',
  wire: 'openai-chat',
  priceVersion: '2025-08',
  endpoint: places(['inference', 'inference', 'models']),
  status: places(['ok', 'upstream_error']),
  serviceTier: 'priority',
  durationMs: counts(30_000),
  stream: Uint8Array.from({ length: LINES }, () => dice.number(2)),
  unpriced: Uint8Array.from({ length: LINES }, () => (dice.chance(0.1) ? 1 : 0)),
  buckets: [
    { bucket: 'freshIn', units: counts(400_000), rate: { values: RATES, at: MODEL.at } },
    { bucket: 'cacheRead', units: counts(3), rate: 1n, listRate: { values: [1n, 700_000n], at: counts(2) } },
    {
      bucket: 'textOut',
      units: Float64Array.from(counts(9_000)),
      rate: { values: RATES.map((rate) => 4n * rate), at: MODEL.at },
    },
    {
      bucket: 'webSearch',
      units: 1,
      rate: 10_000_000_000n,
      cost: BigInt64Array.from({ length: LINES }, () => 10_001n),
    },
  ],
  composition: { basis: 'estimated', input: { user: counts(900) }, output: { text: 5 } },
};

async function everyLine(): Promise<LedgerLine[]> {
  const page = await ledger.page({
    during: { fromMs: 0, toMs: TO_MS },
    where: [],
    simulated: 'include',
    limit: 1_000,
    cursor: null,
  });
  return page.lines.toSorted((a, b) => placeOf(a) - placeOf(b));
}

function placeOf({ id }: LedgerLine): number {
  return Number(id.split(':').at(-2));
}

type Dictionary = { readonly values: readonly unknown[]; readonly at: Uint8Array };
const read = (value: unknown, at: number): unknown =>
  (value as Dictionary).values[(value as Dictionary).at[at] ?? 0];

test('every line reads back as what its columns said', async () => {
  expect(await ledger.importLines(BLOCK)).toEqual({ lines: LINES, repeated: false });
  const lines = await everyLine();
  expect(lines).toHaveLength(LINES);
  lines.forEach((line, at) => {
    const isPriced = BLOCK.unpriced?.[at] === 0;
    const buckets = BLOCK.buckets
      .map(({ bucket, units, rate, cost, listRate }) => {
        const used = typeof units === 'number' ? units : (units[at] ?? 0);
        const paid = typeof rate === 'bigint' ? rate : (read(rate, at) as bigint);
        return {
          bucket,
          units: used,
          rate: paid,
          cost: cost === undefined ? divideRounded(BigInt(used) * paid, 1_000_000n) : 10_001n,
          listRate: listRate === undefined ? paid : (read(listRate, at) as bigint),
        };
      })
      .filter(({ units }) => units !== 0);
    const total = buckets.reduce((sum, { cost }) => sum + cost, 0n);
    expect(line).toMatchObject({
      startedAt: new Date(BLOCK.startedAtMs[at] ?? 0).toISOString(),
      leg: 'settle',
      source: 'import',
      workflow: read(BLOCK.workflow, at),
      customer: read(BLOCK.customer, at),
      model: read(BLOCK.model, at),
      modelRequested: read(BLOCK.model, at),
      endpoint: read(BLOCK.endpoint, at),
      status: read(BLOCK.status, at),
      tags: read(BLOCK.tags, at),
      team: 'CX',
      provider: 'openai',
      account: 'proj_a',
      region: 'eu-west-1',
      attributedBy: 'rule:history@1',
      serviceTier: 'priority',
      request: line.call,
      kind: 'primary',
      basis: 'reported',
      httpStatus: 200,
      calls: read(BLOCK.endpoint, at) === 'inference' ? 1 : 0,
      durationMs: (BLOCK.durationMs as Uint32Array)[at],
      stream: (BLOCK.stream as Uint8Array)[at] === 1,
      cost: isPriced ? formatDollars(total) : null,
      compositionBasis: 'estimated',
      buckets: isPriced
        ? buckets.map(({ bucket, units, rate, cost, listRate }) => ({
            bucket,
            units,
            rate: formatDollars(rate),
            listRate: formatDollars(listRate),
            cost: formatDollars(cost),
          }))
        : buckets.map(({ bucket, units }) => ({ bucket, units, rate: null, listRate: null, cost: null })),
    });
    if (isPriced) {
      const list = buckets.reduce(
        (sum, { units, rate, listRate, cost }) =>
          sum + (listRate === rate ? cost : divideRounded(BigInt(units) * listRate, 1_000_000n)),
        0n,
      );
      expect(line.listCost).toBe(formatDollars(list));
    }
  });
});

test('ids are unique, tell their time, and lead to a receipt', async () => {
  await ledger.importLines(BLOCK);
  await ledger.importLines({ ...BLOCK, id: 'history-2' });
  const lines = await everyLine();
  expect(new Set(lines.map(({ call }) => call)).size).toBe(2 * LINES);
  expect(new Set(lines.flatMap(({ call, attempt }) => [call, attempt])).size).toBe(4 * LINES);
  for (const line of lines.slice(0, 5)) {
    expect(line.call).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    const ms = Number.parseInt(line.call.slice(0, 8) + line.call.slice(9, 13), 16);
    expect(new Date(ms).toISOString()).toBe(line.startedAt);
    expect((await ledger.receipt(line.call))?.lines).toEqual([line]);
  }
});

test('a block is there once, and its id stands for it', async () => {
  await ledger.importLines(BLOCK);
  expect(await ledger.importLines(BLOCK)).toEqual({ lines: LINES, repeated: true });
  await expect(ledger.importLines({ ...BLOCK, team: 'Other' })).rejects.toThrow(/with other contents/);
  expect((await ledger.health()).lines).toBe(LINES);
  expect(await ledger.rollupsAgree()).toBe(true);
  expect(readdirSync(store.path || '.').filter((name) => name.startsWith('.block-'))).toEqual([]);
});

test('a try of which some months are there is completed by the next', async () => {
  await ledger.close();
  await open('post.after-lines=throw');
  await expect(ledger.importLines(BLOCK)).rejects.toThrow('post.after-lines');
  const whole = await everyLine();
  const engine = await openEngine(store.place);
  await engine.run('ALTER TABLE setpoint.lines DROP PARTITION 202603');
  await engine.close();
  await ledger.close();
  await open();
  const missing = whole.filter(({ startedAt }) => startedAt.startsWith('2026-03')).length;
  expect(missing).toBeGreaterThan(5);
  expect(await ledger.importLines(BLOCK)).toEqual({ lines: missing, repeated: false });
  expect(await everyLine()).toEqual(whole);
  expect(await ledger.rollupsAgree()).toBe(true);
});

test('one line can stand for many calls', async () => {
  const calls = Float64Array.from({ length: 3 }, (_, at) => [1_000_000, 40, 7][at] ?? 0);
  await ledger.importLines({
    id: 'hours',
    source: 'demo',
    lines: 3,
    startedAtMs: Float64Array.from([FROM_MS, FROM_MS + 3_600_000, FROM_MS + 7_200_000]),
    provider: 'openai',
    model: 'gpt-large',
    calls,
    unpriced: Uint8Array.from([0, 0, 1]),
    buckets: [
      {
        bucket: 'freshIn',
        units: Float64Array.from([6_800_000_000, 40 * 250_000, 70]),
        rate: RATES[0] as bigint,
        cost: BigInt64Array.from([9_000_000_000_000_000n, 25_000_000_000_000n, 0n]),
      },
    ],
  });
  const { total, unpricedCalls, rows } = await ledger.ask({
    of: ['calls', 'attempts', 'cost', 'averageInputTokens', 'lines', 'requests'],
    by: ['contextBand', 'source'],
    during: { fromMs: FROM_MS, toMs: TO_MS },
    where: [],
    timeZone: 'UTC',
    simulated: 'exclude',
    limit: 10,
  });
  expect(total).toMatchObject({ calls: 1_000_047, attempts: 1_000_047, cost: '9025', lines: 3 });
  expect(unpricedCalls).toBe(7);
  expect(rows.map(({ group, figures }) => [...group, figures.calls])).toEqual([
    ['0-32k', 'demo', 1_000_007],
    ['200k-256k', 'demo', 40],
  ]);
  const [last] = await everyLine();
  expect(last?.calls).toBe(1_000_000);
});

test('costs past eight digits of dollars stay exact', async () => {
  const cost = 9_200_000_000_000_000_001n;
  await ledger.importLines({
    id: 'large',
    source: 'import',
    lines: 1,
    startedAtMs: Float64Array.of(FROM_MS),
    provider: 'openai',
    model: 'gpt-large',
    buckets: [{ bucket: 'freshIn', units: 1, rate: 1n, cost }],
  });
  const [line] = await everyLine();
  expect(parseDollars(line?.cost ?? '')).toBe(cost);
  expect(line?.buckets[0]?.cost).toBe('9200000.000000000001');
});

test.each<[string, Partial<ImportBlock>, RegExp]>([
  ['no lines', { lines: 0 }, /from 1 to 1000000 lines/],
  ['too few values', { startedAtMs: new Float64Array(2) }, /when it started/],
  [
    'a time that is none',
    { startedAtMs: new Float64Array(LINES).fill(Number.NaN) },
    /without a time of start/,
  ],
  ['a short column', { durationMs: new Uint32Array(3) }, /durationMs that has 3 values for 400 lines/],
  [
    'a place that is not there',
    { workflow: { values: ['a'], at: new Uint8Array(LINES).fill(7) } },
    /not there/,
  ],
  ['half a call', { calls: new Float64Array(LINES).fill(0.5) }, /no whole number/],
  ['another source', { source: 'gateway' as 'import' }, /must come from/],
  ['an id that is none', { id: 'a b' }, /not an id/],
])('refuses a block with %s, whole', async (_, over, message) => {
  await expect(ledger.importLines({ ...BLOCK, ...over })).rejects.toThrow(message);
  await expect(ledger.importLines({ ...BLOCK, ...over })).rejects.toThrow(RangeError);
  expect((await ledger.health()).lines).toBe(0);
});

test('a locked month takes no block', async () => {
  await ledger.lockMonth('2026-03');
  await expect(ledger.importLines(BLOCK)).rejects.toThrow(/lines in 2026-03, which is locked/);
  expect((await ledger.health()).lines).toBe(0);
});
