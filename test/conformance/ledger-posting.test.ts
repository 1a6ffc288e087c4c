/** Lines that no gateway wrote: posted, moved and booked later exactly once, while totals stay what they are. */
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { MEASURES, createFailpoints, encodeLines, openLedger } from '../../src/ledger/ledger.ts';
import type {
  Answer,
  Dimension,
  DrainProgress,
  Ledger,
  Measure,
  Move,
  Posting,
  PostingBatch,
  Question,
} from '../../src/ledger/ledger.ts';
import { formatDollars, parseDollars } from '../../src/units/money.ts';
import { sampleSettlements } from './ledger-samples.ts';
import { costOf, trueLines } from './ledger-truth.ts';
import { newPlace } from './ledger-place.ts';
import type { TestPlace } from './ledger-place.ts';

const SPAN = { fromMs: Date.parse('2026-08-20T00:00:00Z'), toMs: Date.parse('2026-10-10T00:00:00Z') };
const NOW_MS = Date.parse('2026-10-12T09:00:00Z');
const SETTLEMENTS = sampleSettlements(4711, 300, SPAN);
const LATE_MS = Date.parse('2026-10-11T00:00:00Z');
const ALL = { fromMs: SPAN.fromMs, toMs: NOW_MS };
const CALM: DrainProgress = { backlogFrames: 0, completeUntilMs: NOW_MS, trouble: '' };
/** Everything that adds up but the number of lines, which corrections add to, and requests, which can be in several groups. */
const KEPT = MEASURES.filter((measure) => measure !== 'lines' && measure !== 'requests');

let store: TestPlace;
let ledger: Ledger;
let progress: DrainProgress;

beforeEach(async () => {
  store = await newPlace();
  progress = CALM;
  await open();
});

afterEach(async () => {
  await ledger.close();
  await store.remove();
});

async function open(failpoints = ''): Promise<void> {
  ledger = await openLedger({
    place: store.place,
    nowMs: () => NOW_MS,
    progress: () => progress,
    failpoints: createFailpoints(failpoints),
  });
}

async function reopen(failpoints = ''): Promise<void> {
  await ledger.close();
  await open(failpoints);
}

async function drainAll(): Promise<void> {
  const rows = SETTLEMENTS.map((settlement, sequence) =>
    Buffer.from(encodeLines(settlement, { journal: 'worker-1', sequence })),
  );
  await ledger.insert({ token: 'worker-1:all', rows, count: rows.length });
}

function batch(id: string, from: number, to: number, over: Partial<Posting> = {}): PostingBatch {
  return {
    id,
    postings: SETTLEMENTS.slice(from, to).map((settlement) => ({
      settlement,
      leg: 'settle',
      source: 'telemetry',
      ...over,
    })),
  };
}

function ask(
  of: readonly Measure[],
  by: readonly Dimension[] = [],
  over: Partial<Question> = {},
): Promise<Answer> {
  return ledger.ask({
    of,
    by,
    during: ALL,
    where: [],
    timeZone: 'UTC',
    simulated: 'include',
    limit: 10_000,
    ...over,
  });
}

/** Figures by group, but for groups of which nothing is left. */
async function groups(by: readonly Dimension[], of = KEPT): Promise<Map<string, unknown>> {
  const { rows } = await ask(of, by);
  return new Map(rows.map(({ group, figures }) => [JSON.stringify(group), figures]));
}

const lines = (from: number, to: number): number => trueLines(SETTLEMENTS.slice(from, to)).length;
const cost = (from: number, to: number): string =>
  formatDollars(costOf(trueLines(SETTLEMENTS.slice(from, to))));

describe('post', () => {
  test('a batch is there once, however often it is posted', async () => {
    expect(await ledger.post(batch('otel-1', 0, 100))).toEqual({ lines: lines(0, 100), repeated: false });
    expect(await ledger.post(batch('otel-1', 0, 100))).toEqual({ lines: lines(0, 100), repeated: true });
    await reopen();
    expect(await ledger.post(batch('otel-1', 0, 100))).toEqual({ lines: lines(0, 100), repeated: true });
    const { total, rows } = await ask(['cost', 'lines'], ['source']);
    expect(total).toEqual({ cost: cost(0, 100), lines: lines(0, 100) });
    expect(rows.map(({ group }) => group)).toEqual([['telemetry']]);
    expect(await ledger.rollupsAgree()).toBe(true);
  });

  test('an id stands for one batch', async () => {
    await ledger.post(batch('a', 0, 3));
    await expect(ledger.post(batch('a', 3, 6))).rejects.toThrow(/posted before with other contents/);
    expect((await ledger.health()).lines).toBe(lines(0, 3));
  });

  test.each(['post.after-begin', 'post.after-lines'])(
    'a try that ended at %s is completed by the next',
    async (failpoint) => {
      await reopen(`${failpoint}=throw`);
      await expect(ledger.post(batch('b', 0, 50))).rejects.toThrow(failpoint);
      const posted = await ledger.post(batch('b', 0, 50));
      expect(posted.repeated).toBe(false);
      expect((await ask(['cost', 'lines'])).total).toEqual({ cost: cost(0, 50), lines: lines(0, 50) });
      expect(await ledger.post(batch('b', 0, 50))).toEqual({ lines: lines(0, 50), repeated: true });
      expect(await ledger.rollupsAgree()).toBe(true);
    },
  );

  test('killed between the lines and the book: the next try adds nothing, and the sums are right', async () => {
    await ledger.close();
    await killedChild('post.after-lines=kill', `await ledger.post(batch);`, batch('k', 0, 40));
    await open();
    expect((await ask(['lines'])).total.lines).toBe(lines(0, 40));
    expect(await ledger.post(batch('k', 0, 40))).toEqual({ lines: 0, repeated: false });
    expect((await ask(['cost', 'lines'])).total).toEqual({ cost: cost(0, 40), lines: lines(0, 40) });
  });

  test('a correction takes back and counts no call; all its words stand on the line', async () => {
    const [first] = SETTLEMENTS;
    if (!first) throw new Error('no sample');
    const adjusted: Posting = {
      settlement: {
        ...first,
        charges: [
          {
            part: 'call',
            model: 'claude-sonnet',
            usage: { freshIn: -7 },
            basis: 'reported',
            flag: '',
            cost: {
              kind: 'priced',
              total: -35n,
              buckets: [{ bucket: 'freshIn', units: -7, rate: 5_000_000n, cost: -35n }],
            },
          },
        ],
      },
      leg: 'adjust',
      source: 'invoice',
      cause: 'price-drift',
      corrects: 'worker-1:7:0',
      correction: 'rec-3',
      forMonth: '2026-08',
    };
    await ledger.post({
      id: 'drift',
      postings: [adjusted, { ...adjusted, counts: { calls: 3, attempts: 3, unpriced: 0 } }],
    });
    const page = await ledger.page({ during: ALL, where: [], simulated: 'include', limit: 10, cursor: null });
    expect(page.lines[1]).toMatchObject({
      leg: 'adjust',
      source: 'invoice',
      cause: 'price-drift',
      corrects: 'worker-1:7:0',
      correction: 'rec-3',
      forMonth: '2026-08',
      calls: 0,
      cost: '-0.000000000035',
      inputTokens: -7,
    });
    expect((await ask(['calls', 'cost'], ['cause'])).rows).toEqual([
      { group: ['price-drift'], figures: { calls: 3, cost: '-0.00000000007' } },
    ]);
  });

  test('money without buckets stands under no bucket, and groups still make the total', async () => {
    await drainAll();
    const [first] = SETTLEMENTS;
    if (!first) throw new Error('no sample');
    const charge = {
      ...first.charges[0]!,
      usage: {},
      cost: { kind: 'priced', total: 12_345n, buckets: [] } as const,
    };
    await ledger.post({
      id: 'fee',
      postings: [{ settlement: { ...first, charges: [charge] }, leg: 'adjust', source: 'invoice' }],
    });
    const { rows, total } = await ask(['cost'], ['bucket']);
    const sum = rows.reduce((whole, { figures }) => whole + parseDollars(figures.cost ?? ''), 0n);
    expect(formatDollars(sum)).toBe(total.cost);
    expect(total.cost).toBe((await ask(['cost'])).total.cost);
    expect(rows.find(({ group }) => group[0] === '')?.figures.cost).toBe('0.000000012345');
  });

  test.each<[string, (posting: Posting) => Posting, RegExp]>([
    ['no UUID', (one) => withIntent(one, { call: 'x' }), /no UUID/],
    ['no time', (one) => withIntent(one, { startedAtMs: Number.NaN }), /no time of start/],
    ['no month', (one) => ({ ...one, forMonth: '2026-9' }), /write it as 2026-09/],
    ['no charge', (one) => ({ ...one, settlement: { ...one.settlement, charges: [] } }), /has no charge/],
  ])('refuses a batch with one posting that cannot be a line (%s), whole', async (_, spoil, message) => {
    const good = batch('c', 0, 5);
    const postings = good.postings.map((one, at) => (at === 3 ? spoil(one) : one));
    await expect(ledger.post({ id: 'c', postings })).rejects.toThrow(message);
    await expect(ledger.post({ id: 'c', postings })).rejects.toThrow(RangeError);
    expect((await ledger.health()).lines).toBe(0);
    expect((await ledger.post(good)).lines).toBe(lines(0, 5));
  });

  test('refuses an id that is none, and too many postings', async () => {
    await expect(ledger.post({ id: "x'; --", postings: [] })).rejects.toThrow(/not an id/);
    const [one] = batch('d', 0, 1).postings;
    if (!one) throw new Error('no posting');
    await expect(
      ledger.post({ id: 'd', postings: Array.from({ length: 5_001 }, () => one) }),
    ).rejects.toThrow(/at most 5000/);
  });
});

function withIntent(posting: Posting, over: Partial<Posting['settlement']['intent']>): Posting {
  const { settlement } = posting;
  return { ...posting, settlement: { ...settlement, intent: { ...settlement.intent, ...over } } };
}

function move(id: string, over: Partial<Move> = {}): Move {
  return {
    id,
    during: SPAN,
    where: [{ dimension: 'workflow', is: [''] }],
    set: { workflow: 'found', team: 'Found team' },
    by: `rule:${id}@1`,
    cause: 'attribution',
    ...over,
  };
}

describe('move', () => {
  test('totals stay, groups change by exactly what was moved, and a repeat changes nothing', async () => {
    await drainAll();
    const before = { total: (await ask(KEPT)).total, by: await groups(['workflow']) };
    const unattributed = before.by.get('[""]') as Answer['total'];
    const { lines: added } = await ledger.move(move('m1'));
    expect(added).toBeGreaterThan(0);
    expect((await ask(KEPT)).total).toEqual(before.total);
    const after = await groups(['workflow']);
    expect(after.get('["found"]')).toEqual(unattributed);
    for (const [measure, value] of Object.entries(after.get('[""]') ?? {}))
      expect([0, '0', null, undefined, JSON.stringify({ input: {}, output: {} })], measure).toContain(
        typeof value === 'object' && value !== null ? JSON.stringify(value) : value,
      );
    for (const [group, figures] of before.by)
      if (group !== '[""]') expect(after.get(group), group).toEqual(figures);
    const seen = await groups(['workflow', 'source', 'leg', 'day']);
    expect(await ledger.move(move('m1'))).toEqual({ lines: added, repeated: true });
    expect(await groups(['workflow', 'source', 'leg', 'day'])).toEqual(seen);
    expect(await ledger.rollupsAgree()).toBe(true);
  });

  test('another move of the same lines finds them under their new name only', async () => {
    await drainAll();
    const { total } = await ask(KEPT);
    const { lines: added } = await ledger.move(move('m1'));
    expect(await ledger.move(move('again', { by: 'rule:x@2' }))).toEqual({ lines: 0, repeated: false });
    const onwards = {
      where: [{ dimension: 'workflow' as const, is: ['found'] }],
      set: { workflow: 'elsewhere' },
    };
    expect((await ledger.move(move('m2', onwards))).lines).toBe(added);
    const by = await groups(['workflow'], ['cost', 'calls']);
    expect(by.get('["found"]')).toEqual({ cost: '0', calls: 0 });
    expect((await ask(KEPT)).total).toEqual(total);
  });

  test('a receipt shows the line, what takes it back, and what gives it again', async () => {
    await drainAll();
    await ledger.move(move('m1'));
    const settlement = SETTLEMENTS.find(({ intent }) => intent.attribution.workflow === '');
    const receipt = await ledger.receipt(settlement?.intent.call ?? '');
    const own = receipt?.lines.filter(({ attempt }) => attempt === settlement?.intent.attempt) ?? [];
    const original = own.find(({ leg }) => leg === 'settle' && own[0]?.part === 'call');
    const pair = own.filter(({ corrects }) => corrects === original?.id);
    expect(pair).toHaveLength(2);
    const [back, again] = pair.toSorted((a, b) => a.calls - b.calls);
    expect(back).toMatchObject({
      leg: 'adjust',
      source: 'rule',
      workflow: '',
      cause: 'attribution',
      correction: 'rule:m1@1',
    });
    expect(again).toMatchObject({
      leg: 'adjust',
      workflow: 'found',
      team: 'Found team',
      attributedBy: 'rule:m1@1',
      cost: original?.cost,
      buckets: original?.buckets,
      tags: original?.tags,
    });
    expect(parseDollars(back?.cost ?? '0')).toBe(-parseDollars(original?.cost ?? '0'));
    const calls = SETTLEMENTS.filter(({ intent }) => intent.call === settlement?.intent.call);
    expect(receipt?.total).toBe(formatDollars(costOf(trueLines(calls))));
    expect(receipt?.unpricedLines).toBe(
      trueLines(calls).filter(({ charge }) => charge.cost.kind === 'unpriced').length,
    );
  });

  test('the order of two moves of different lines makes no difference, for any conditions', async () => {
    await drainAll();
    const { total } = await ask(KEPT);
    const customers = ['acme', 'globex', 'initech', ''];
    let runs = 0;
    const names = fc.record({
      first: fc.subarray(customers, { minLength: 1, maxLength: 2 }),
      set: fc.constantFrom<Move['set']>({ workflow: 'w' }, { team: 't' }, { customer: 'c', workflow: 'v' }),
      swapped: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(names, async ({ first, set, swapped }) => {
        runs += 1;
        const others = customers.filter((name) => !first.includes(name));
        const before = await groups(['customer', 'workflow', 'team'], ['cost', 'calls', 'inputTokens']);
        const expected = movedInMemory(before, first, set);
        const moves = [
          move(`p${runs}a`, { where: [{ dimension: 'customer', is: first }], set }),
          move(`p${runs}b`, { where: [{ dimension: 'customer', is: others }], set: { team: 'Rest' } }),
        ];
        for (const one of swapped ? moves.toReversed() : moves) await ledger.move(one);
        const after = await groups(['customer', 'workflow', 'team'], ['cost', 'calls', 'inputTokens']);
        expect(withoutNothing(after)).toEqual(withoutNothing(movedInMemory2(expected, others)));
        expect((await ask(KEPT)).total).toEqual(total);
        expect(await ledger.rollupsAgree()).toBe(true);
      }),
      { numRuns: 3 },
    );
  });

  test('a try that ended behind its lines, or in the middle of them, is completed by the next', async () => {
    await drainAll();
    const { total } = await ask(KEPT);
    await reopen('post.after-lines=throw');
    await expect(ledger.move(move('m1'))).rejects.toThrow('post.after-lines');
    expect(await ledger.move(move('m1'))).toEqual({ lines: 0, repeated: false });
    expect((await ask(KEPT)).total).toEqual(total);
    expect((await groups(['workflow'], ['cost'])).get('[""]')).toEqual({ cost: '0' });
  });

  test.each<[Partial<Move>, RegExp]>([
    [{ set: {} }, /names a workflow/],
    [{ where: [{ dimension: 'day', is: ['2026-09-01'] }] }, /by its period/],
    [{ where: [{ dimension: 'bucket', is: ['freshIn'] }] }, /whole lines/],
    [{ during: { fromMs: 2, toMs: 1 } }, /ends before/],
  ])('refuses %j', async (over, message) => {
    await expect(ledger.move(move('bad', over))).rejects.toThrow(message);
  });
});

type Sums = Map<string, { cost: bigint; calls: number; inputTokens: number }>;

function movedInMemory(before: Map<string, unknown>, customers: readonly string[], set: Move['set']): Sums {
  return regrouped(toSums(before), ([customer, workflow, team]) =>
    customers.includes(customer ?? '')
      ? [set.customer ?? customer ?? '', set.workflow ?? workflow ?? '', set.team ?? team ?? '']
      : [customer ?? '', workflow ?? '', team ?? ''],
  );
}

function movedInMemory2(before: Sums, customers: readonly string[]): Sums {
  return regrouped(before, ([customer = '', workflow = '', team = '']) => [
    customer,
    workflow,
    customers.includes(customer) ? 'Rest' : team,
  ]);
}

function toSums(figures: Map<string, unknown>): Sums {
  return new Map(
    [...figures].map(([group, one]) => {
      const { cost: dollars = '0', calls = 0, inputTokens = 0 } = one as Answer['total'];
      return [group, { cost: parseDollars(dollars), calls, inputTokens }];
    }),
  );
}

function regrouped(sums: Sums, rename: (group: string[]) => string[]): Sums {
  const renamed: Sums = new Map();
  for (const [group, { cost: dollars, calls, inputTokens }] of sums) {
    const name = JSON.stringify(rename(JSON.parse(group) as string[]));
    const own = renamed.get(name) ?? { cost: 0n, calls: 0, inputTokens: 0 };
    renamed.set(name, {
      cost: own.cost + dollars,
      calls: own.calls + calls,
      inputTokens: own.inputTokens + inputTokens,
    });
  }
  return renamed;
}

function withoutNothing(sums: Map<string, unknown> | Sums): Sums {
  const exact = [...sums.values()].some((one) => typeof (one as { cost: unknown }).cost === 'bigint')
    ? (sums as Sums)
    : toSums(sums);
  return new Map([...exact].filter(([, one]) => one.cost !== 0n || one.calls !== 0 || one.inputTokens !== 0));
}

describe('locked months', () => {
  test('a month is frozen with its sums, once, and tells when it moved', async () => {
    await drainAll();
    const locked = await ledger.lockMonth('2026-09');
    const september = trueLines(SETTLEMENTS).filter(
      ({ settlement }) =>
        !settlement.intent.simulated &&
        new Date(settlement.intent.startedAtMs).toISOString().startsWith('2026-09'),
    );
    expect(locked).toMatchObject({
      month: '2026-09',
      lockedAtMs: NOW_MS,
      movedCost: '0',
      movedLines: 0,
      frozen: { lines: september.length, cost: formatDollars(costOf(september)) },
    });
    expect(locked.frozen.providers.map(({ provider }) => provider)).toEqual(['anthropic', 'azure', 'openai']);
    const late = SETTLEMENTS.filter(
      ({ intent }) => !intent.simulated && new Date(intent.startedAtMs).toISOString().startsWith('2026-09'),
    ).slice(0, 5);
    const rows = late.map((settlement, sequence) =>
      Buffer.from(encodeLines(settlement, { journal: 'late-worker', sequence })),
    );
    await ledger.insert({ token: 'late:1', rows, count: rows.length });
    const [moved] = await ledger.lockedMonths();
    expect(moved).toMatchObject({
      frozen: locked.frozen,
      movedCost: formatDollars(costOf(trueLines(late))),
      movedLines: trueLines(late).length,
    });
    expect(await ledger.lockMonth('2026-09')).toEqual(moved);
  });

  test('late lines are taken back and given again later, once; the month is what it was', async () => {
    await drainAll();
    await ledger.lockMonth('2026-09');
    const late = SETTLEMENTS.filter(({ intent }) =>
      new Date(intent.startedAtMs).toISOString().startsWith('2026-09'),
    ).slice(5, 12);
    const send = (from: number, to: number) =>
      ledger.insert({
        token: `late:${from}`,
        rows: late
          .slice(from, to)
          .map((settlement, at) =>
            Buffer.from(encodeLines(settlement, { journal: 'worker-9', sequence: from + at })),
          ),
        count: to - from,
      });
    await send(0, 4);
    const { total } = await ask(KEPT);
    const first = await ledger.rebookLate('2026-09', LATE_MS);
    expect(first).toEqual({ lines: 2 * trueLines(late.slice(0, 4)).length, repeated: false });
    expect(await ledger.rebookLate('2026-09', LATE_MS)).toEqual({ lines: 0, repeated: true });
    expect((await ledger.lockedMonths())[0]).toMatchObject({ movedCost: '0', movedLines: 0 });
    expect((await ask(KEPT)).total).toEqual(total);
    await send(4, 7);
    expect((await ledger.rebookLate('2026-09', LATE_MS)).lines).toBe(2 * trueLines(late.slice(4)).length);
    expect((await ledger.lockedMonths())[0]).toMatchObject({ movedCost: '0', movedLines: 0 });
    const { rows } = await ask(['cost'], ['month', 'forMonth', 'cause']);
    expect(rows.find(({ group }) => group[1] === '2026-09')).toEqual({
      group: ['2026-10', '2026-09', 'late'],
      figures: { cost: formatDollars(costOf(trueLines(late))) },
    });
    expect(await ledger.rollupsAgree()).toBe(true);
  });

  test('a locked month takes no posting, no import and no move, unless they are booked later', async () => {
    await drainAll();
    await ledger.lockMonth('2026-08');
    await expect(ledger.post(batch('p', 0, 300))).rejects.toThrow(/lies in 2026-08, which is locked/);
    await expect(ledger.move(move('m'))).rejects.toThrow(/lie in 2026-08, which is locked/);
    await expect(ledger.move(move('m', { bookAtMs: SPAN.fromMs }))).rejects.toThrow(/locked too/);
    expect((await ledger.lockedMonths())[0]).toMatchObject({ movedCost: '0', movedLines: 0 });
    const { total } = await ask(KEPT);
    await ledger.move(move('m', { bookAtMs: LATE_MS }));
    expect((await ledger.lockedMonths())[0]).toMatchObject({ movedCost: '0', movedLines: 0 });
    expect((await ask(KEPT)).total).toEqual(total);
    const { rows } = await ask(['calls'], ['forMonth', 'month'], {
      where: [{ dimension: 'workflow', is: ['found'] }],
    });
    expect(rows.map(({ group }) => group)).toEqual(
      expect.arrayContaining([
        ['2026-08', '2026-10'],
        ['', '2026-09'],
      ]),
    );
    const posting = batch('later', 0, 1, { forMonth: '2026-08', leg: 'adjust', source: 'invoice' });
    const booked = posting.postings.map((one) => withIntent(one, { startedAtMs: LATE_MS }));
    expect((await ledger.post({ id: 'later', postings: booked })).lines).toBeGreaterThan(0);
  });

  test.each<[Partial<DrainProgress>, RegExp]>([
    [{ completeUntilMs: Date.parse('2026-09-30T23:59:59Z') }, /complete until 2026-09-30T23:59:59/],
    [{ backlogFrames: 4 }, /4 frames wait/],
    [{ trouble: 'the disk is full' }, /the disk is full/],
  ])('is not locked while lines may be on their way: %j', async (over, message) => {
    progress = { ...CALM, ...over };
    await expect(ledger.lockMonth('2026-09')).rejects.toThrow(message);
    expect(await ledger.lockedMonths()).toEqual([]);
  });

  test('refuses what is no month, and to rebook a month that is open', async () => {
    await expect(ledger.lockMonth('2026-13')).rejects.toThrow(/not a month/);
    await expect(ledger.rebookLate('2026-09', LATE_MS)).rejects.toThrow(/is not locked/);
  });
});

async function killedChild(failpoints: string, body: string, data: unknown): Promise<void> {
  const script = join(mkdtempSync(join(tmpdir(), 'setpoint-child-')), 'child.mjs');
  const door = new URL('../../src/ledger/ledger.ts', import.meta.url).href;
  const text = JSON.stringify(data, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
  writeFileSync(
    script,
    `import { openLedger, createFailpoints } from ${JSON.stringify(door)};
     const batch = JSON.parse(${JSON.stringify(text)}, (_, value) => typeof value === 'string' && /^-?\\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value);
     const ledger = await openLedger({ place: ${JSON.stringify(store.place)}, nowMs: () => ${NOW_MS},
       progress: () => (${JSON.stringify(CALM)}), failpoints: createFailpoints(${JSON.stringify(failpoints)}) });
     ${body}`,
  );
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += String(chunk)));
  const signal = await new Promise((resolve) => child.on('close', (_, ended) => resolve(ended)));
  expect(signal, output).toBe('SIGKILL');
}
