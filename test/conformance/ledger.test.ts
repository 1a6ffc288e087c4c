import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { DIMENSIONS, MEASURES, encodeLines, openLedger } from '../../src/ledger/ledger.ts';
import type {
  Answer,
  Condition,
  Dimension,
  Ledger,
  LedgerLine,
  Measure,
  Question,
  Span,
} from '../../src/ledger/ledger.ts';
import { openEngine } from '../../src/ledger/stores/engine.ts';
import type { Engine } from '../../src/ledger/stores/engine.ts';
import { answerQuestion } from '../../src/ledger/stores/ask.ts';
import { divideRounded, formatDollars, parseDollars } from '../../src/units/money.ts';
import { HOSTILE, createDice, sampleSettlements } from './ledger-samples.ts';
import { costOf, groupsOf, linesOf, trueFigure, trueLines, usesOf } from './ledger-truth.ts';
import type { TrueLine } from './ledger-truth.ts';
import { newPlace } from './ledger-place.ts';
import type { TestPlace } from './ledger-place.ts';

// Europe and New York change their clocks inside this span.
const SPAN: Span = { fromMs: Date.parse('2026-10-20T00:00:00Z'), toMs: Date.parse('2026-11-05T00:00:00Z') };
const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu'];
const NOW_MS = Date.parse('2026-11-05T08:00:00Z');
const SETTLEMENTS = sampleSettlements(20_261_005, 4_000, SPAN);
const TRUTH = trueLines(SETTLEMENTS);
const ADDITIVE = MEASURES.filter(
  (measure) => !/^average|^share$|PerCall$|^requests$|^composition$/.test(measure),
);

let store: TestPlace;
let ledger: Ledger;
let engine: Engine;

beforeAll(async () => {
  store = await newPlace();
  ledger = await openLedger({
    place: store.place,
    nowMs: () => NOW_MS,
    progress: () => ({ backlogFrames: 3, completeUntilMs: NOW_MS - 1_000, trouble: '' }),
  });
  engine = await openEngine(store.place);
  const rows = SETTLEMENTS.map((settlement, sequence) =>
    Buffer.from(encodeLines(settlement, { journal: 'worker-1', sequence })),
  );
  for (let from = 0; from < rows.length; from += 1_000) {
    const batch = rows.slice(from, from + 1_000);
    await ledger.insert({
      token: `worker-1:${from}:${from + batch.length - 1}:abc`,
      rows: batch,
      count: batch.length,
    });
    if (from === 2_000) await ledger.condense('all'); // what comes after it is read from quarters and lines
  }
});

afterAll(async () => {
  await engine.close();
  await ledger.close();
  await store.remove();
});

function question(over: Partial<Question> = {}): Question {
  return {
    of: ['cost', 'calls'],
    by: [],
    during: SPAN,
    where: [],
    timeZone: 'UTC',
    simulated: 'exclude',
    limit: 10_000,
    ...over,
  };
}

const OF_USES: ReadonlySet<string> = new Set(['bucket', 'rate']);
const TRUE_USES = TRUTH.flatMap(usesOf);

function tellsUsesApart({ by, where }: Question): boolean {
  return [...by, ...where.map(({ dimension }) => dimension)].some((name) => OF_USES.has(name));
}

/** Each line once, whole, however many of its buckets are there. */
function wholeLines(uses: readonly TrueLine[]): TrueLine[] {
  const whole = new Map(
    uses.map((use) => [`${use.settlement.intent.attempt} ${use.part}`, use.use?.ofWhole ?? use.charge]),
  );
  return TRUTH.filter(({ settlement, part }) => whole.has(`${settlement.intent.attempt} ${part}`));
}

/** What belongs to a whole line counts once in the total, however many of its buckets are told apart. */
const OF_LINES: ReadonlySet<Measure> = new Set([
  'calls',
  'attempts',
  'unpricedCalls',
  'flaggedCalls',
  'averageDurationMs',
  'lines',
]);
/** Over `calls`, which the total counts once. */
const PER_CALL: ReadonlySet<Measure> = new Set(['averageInputTokens', 'averageOutputTokens', 'costPerCall']);

/** Holds one answer against the truth: groups, order, rest, total and every note at its foot. */
function check(asked: Question, answer: Answer): void {
  const apart = tellsUsesApart(asked);
  const all = linesOf(apart ? TRUE_USES : TRUTH, asked);
  const lines = apart ? wholeLines(all) : all;
  const totalCost = costOf(all);
  const groups = groupsOf(all, asked.by, asked.timeZone);
  const figures = (of: typeof all) =>
    Object.fromEntries(asked.of.map((measure) => [measure, trueFigure(measure, of, totalCost)]));
  for (const row of answer.rows)
    expect(row.figures, row.group.join(' · ')).toEqual(figures(groups.get(JSON.stringify(row.group)) ?? []));
  expect(answer.rows).toHaveLength(Math.min(groups.size, asked.limit));
  const calls = Number(trueFigure('calls', lines, 0n));
  const total = asked.of.map((measure): [Measure, unknown] => {
    if (!apart) return [measure, trueFigure(measure, all, totalCost)];
    if (OF_LINES.has(measure)) return [measure, trueFigure(measure, lines, totalCost)];
    if (PER_CALL.has(measure)) return [measure, perCall(measure, all, calls)];
    return [measure, trueFigure(measure, all, totalCost)];
  });
  expect(answer.total).toEqual(Object.fromEntries(total));
  const shown = new Set(answer.rows.map(({ group }) => JSON.stringify(group)));
  const rest = [...groups].filter(([group]) => !shown.has(group)).flatMap(([, members]) => members);
  expect(answer.other).toEqual(rest.length === 0 ? null : figures(rest));
  const unattributed = (of: typeof all) =>
    of.filter(({ settlement }) => settlement.intent.attribution.workflow === '');
  const simulated = linesOf(apart ? TRUE_USES : TRUTH, { ...asked, simulated: 'only' });
  expect(answer).toMatchObject({
    unpricedCalls: trueFigure('unpricedCalls', lines, 0n),
    unattributedCalls: trueFigure('calls', unattributed(lines), 0n),
    unattributedCost: formatDollars(costOf(unattributed(all))),
    simulatedCalls: trueFigure('calls', apart ? wholeLines(simulated) : simulated, 0n),
  });
}

function perCall(measure: Measure, lines: readonly TrueLine[], calls: number): unknown {
  if (calls === 0) return null;
  if (measure === 'costPerCall') return formatDollars(divideRounded(costOf(lines), BigInt(calls)));
  const inference = lines.filter(({ settlement }) => settlement.intent.endpoint === 'inference');
  const side = measure === 'averageInputTokens' ? 'inputTokens' : 'outputTokens';
  return Number(trueFigure(side, inference, 0n)) / calls;
}

const anySpan = fc
  .tuple(fc.integer({ min: 0, max: 16 * 96 }), fc.integer({ min: 1, max: 16 * 96 }), fc.boolean())
  .map(([from, length, aligned]): Span => {
    const slip = aligned ? 0 : 123_457;
    const fromMs = SPAN.fromMs + from * 900_000 + slip;
    return { fromMs, toMs: fromMs + length * 900_000 + slip };
  });

const TAGGED: readonly Dimension[] = ['tag:environment', `tag:${HOSTILE[0]}`, 'tag:nothing'];
const anyDimension = fc.constantFrom<Dimension>(...DIMENSIONS, ...TAGGED);
const anyCondition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({
    dimension: fc.constant<Dimension>('workflow'),
    not: fc.subarray(['', 'support-copilot', HOSTILE[0] as string], { minLength: 1 }),
  }),
  fc.record({
    dimension: fc.constant<Dimension>('customer'),
    is: fc.subarray(['', 'acme', ...HOSTILE], { minLength: 2 }),
  }),
  fc.record({
    dimension: fc.constantFrom<Dimension>('status', 'endpoint'),
    is: fc.constant(['ok', 'inference']),
  }),
  fc.record({ dimension: fc.constant<Dimension>('stream'), is: fc.constantFrom(['true'], ['false']) }),
  fc.record({
    dimension: fc.constant<Dimension>('tag:environment'),
    is: fc.constantFrom(['production'], ['']),
  }),
  fc.record({
    dimension: fc.constant<Dimension>('bucket'),
    is: fc.subarray(['freshIn', 'cacheRead', 'textOut', ''], { minLength: 1 }),
  }),
  fc.record({ dimension: fc.constant<Dimension>('rate'), not: fc.constantFrom(['15.000000000003'], ['']) }),
  fc.record({ dimension: fc.constant<Dimension>('source'), is: fc.constantFrom(['gateway'], ['import']) }),
  fc.record({
    dimension: fc.constant<Dimension>('contextBand'),
    not: fc.constantFrom(['0-32k'], ['32k-128k', '512k+']),
  }),
);
const anyQuestion: fc.Arbitrary<Question> = fc
  .record<Question>({
    of: fc.subarray([...MEASURES], { minLength: 1 }),
    by: fc.uniqueArray(anyDimension, { maxLength: 3 }),
    during: anySpan,
    where: fc.array(anyCondition, { maxLength: 2 }),
    timeZone: fc.constantFrom(...ZONES),
    simulated: fc.constantFrom('exclude', 'include', 'only'),
    limit: fc.constantFrom(1, 3, 10, 10_000),
  })
  .map((asked) =>
    tellsUsesApart(asked) ? { ...asked, of: asked.of.filter((measure) => measure !== 'composition') } : asked,
  );

describe('questions', () => {
  test('every measure by every dimension equals the settlements, to the picodollar', async () => {
    for (const [at, dimension] of [...DIMENSIONS, ...TAGGED].entries()) {
      const asked = question({
        of: MEASURES.filter((measure) => measure !== 'composition' || !OF_USES.has(dimension)),
        by: [dimension],
        timeZone: ZONES[at % ZONES.length] as string,
        simulated: 'include',
      });
      check(asked, await ledger.ask(asked));
    }
  });

  test('any question equals the settlements', async () => {
    await fc.assert(
      fc.asyncProperty(anyQuestion, async (asked) => check(asked, await ledger.ask(asked))),
      { numRuns: 60 },
    );
  }, 240_000);

  test('days of a clock change are whole in their own time zone', async () => {
    for (const [timeZone, day] of [
      ['Europe/Berlin', '2026-10-25'],
      ['America/New_York', '2026-11-01'],
    ] as const) {
      const asked = question({ by: ['day', 'hour'], timeZone, where: [{ dimension: 'day', is: [day] }] });
      const answer = await ledger.ask(asked);
      check(asked, answer);
      expect(new Set(answer.rows.map(({ group }) => group[1])).size).toBe(25);
      const days = await ledger.ask(question({ by: ['day'], timeZone }));
      expect(days.rows.find(({ group }) => group[0] === day)?.figures.cost).toBe(answer.total.cost);
    }
  });

  test('the roll-up and the lines give the same answer', async () => {
    const slow: readonly Dimension[] = ['request', 'session', 'responseId'];
    const fitting = fc.constantFrom<Dimension>(
      ...DIMENSIONS.filter((dimension) => !slow.includes(dimension)),
      'tag:environment',
    );
    const asks = fc.record({
      of: fc.subarray(
        MEASURES.filter((measure) => measure !== 'composition'),
        { minLength: 1 },
      ),
      by: fc.uniqueArray(fitting, { maxLength: 3 }),
      during: anySpan,
      where: fc.constantFrom<Condition[]>(
        [],
        [{ dimension: 'model', is: ['gpt-small'] }],
        [{ dimension: 'day', not: ['2026-10-25'] }],
        [{ dimension: 'customer', is: ['acme', ''] }],
        [
          { dimension: 'bucket', not: ['freshIn'] },
          { dimension: 'month', is: ['2026-11'] },
        ],
      ),
      timeZone: fc.constantFrom(...ZONES),
      simulated: fc.constantFrom('exclude', 'include', 'only'),
      limit: fc.constantFrom(2, 10_000),
    }) satisfies fc.Arbitrary<Question>;
    await fc.assert(
      fc.asyncProperty(asks, async (asked) => {
        const freshness = { nowMs: NOW_MS, completeUntilMs: NOW_MS - 1_000 };
        expect(await ledger.ask(asked)).toEqual(await answerQuestion(engine, asked, freshness, 'lines-only'));
      }),
      { numRuns: 40 },
    );
  }, 240_000);

  test('groups, the rest and the total add up, whatever the limit', async () => {
    for (const limit of [1, 4, 17]) {
      const answer = await ledger.ask(question({ of: ADDITIVE, by: ['customer', 'team'], limit }));
      for (const measure of ADDITIVE) {
        const parts = [...answer.rows.map(({ figures }) => figures), answer.other ?? {}].map((figures) =>
          toExact(figures[measure]),
        );
        expect(
          parts.reduce((total, part) => total + part, 0n),
          measure,
        ).toBe(toExact(answer.total[measure]));
      }
    }
  });

  test('groups come largest cost first, times in their order', async () => {
    const byCost = (await ledger.ask(question({ by: ['customer'] }))).rows.map(({ figures }) =>
      parseDollars(figures.cost ?? '0'),
    );
    expect(byCost).toEqual(byCost.toSorted((a, b) => (a < b ? 1 : a > b ? -1 : 0)));
    const days = (await ledger.ask(question({ by: ['team', 'day'], timeZone: 'Europe/Berlin' }))).rows.map(
      ({ group }) => group[1] ?? '',
    );
    expect(days).toEqual(days.toSorted());
  });

  test('the answer says how fresh it is and which prices it rests on', async () => {
    const answer = await ledger.ask(question());
    expect(answer).toMatchObject({ asOfMs: NOW_MS, completeUntilMs: NOW_MS - 1_000, timeZone: 'UTC' });
    expect(answer.priceVersions.toSorted()).toEqual(['2026-09-01', '2026-10-01', '2026-10-15']);
    expect(answer.unpricedCalls).toBeGreaterThan(0);
  });

  test('an empty span has no rows, a total of zero and no averages', async () => {
    const answer = await ledger.ask(
      question({
        of: ['cost', 'share', 'averageInputTokens', 'costPerCall'],
        by: ['team'],
        during: { fromMs: 0, toMs: 1 },
      }),
    );
    expect(answer).toMatchObject({
      rows: [],
      other: null,
      total: { cost: '0', share: null, averageInputTokens: null, costPerCall: null },
    });
    expect((await ledger.ask(question({ during: { fromMs: 0, toMs: 1 } }))).rows).toEqual([]);
  });

  test('one that is taken back fails, and those beside and after it are answered as ever', async () => {
    const asked = question({ by: ['workflow', 'day', 'model'] });
    const whole = await ledger.ask(asked);
    await expect(ledger.ask(asked, AbortSignal.abort())).rejects.toThrow();
    const leaving = new AbortController();
    const left = Array.from({ length: 8 }, () => ledger.ask(asked, leaving.signal));
    const stays = ledger.ask(asked);
    leaving.abort();
    const ends = await Promise.allSettled(left);
    expect(ends.map(({ status }) => status)).toEqual(left.map(() => 'rejected'));
    expect((await stays).rows).toEqual(whole.rows);
    expect((await ledger.ask(asked)).rows).toEqual(whole.rows);
  });

  test('hostile text is data', async () => {
    for (const hostile of HOSTILE) {
      const asked = question({
        by: [`tag:${hostile}`, 'customer'],
        where: [
          { dimension: 'customer', is: [hostile] },
          { dimension: `tag:${hostile}`, not: ['nobody'] },
        ],
      });
      check(asked, await ledger.ask(asked));
    }
    expect((await ledger.health()).lines).toBe(TRUTH.length);
  });

  test.each<[Partial<Record<keyof Question, unknown>>, RegExp]>([
    [{ of: ['profit'] }, /"profit" is not a measure/],
    [{ by: ['cost) FROM lines --'] }, /is not a dimension/],
    [{ by: ['toString'] }, /is not a dimension/],
    [{ by: ['tag:'] }, /is not a dimension/],
    [{ where: [{ dimension: 'nothing', is: ['x'] }] }, /is not a dimension/],
    [{ where: [{ dimension: 'hour', is: ['noon'] }] }, /is not an hour/],
    [{ timeZone: "UTC'" }, /is not a time zone/],
    [{ limit: 0 }, /limit of groups/],
    [{ limit: 1.5 }, /limit of groups/],
    [{ during: { fromMs: 5, toMs: 4 } }, /ends before it begins/],
    [{ during: { fromMs: Number.NaN, toMs: 4 } }, /no beginning/],
  ])('refuses %j', async (over, message) => {
    await expect(ledger.ask(question(over as Partial<Question>))).rejects.toThrow(message);
  });
});

describe('lines', () => {
  async function allPages(
    ask: { limit: number; where?: Condition[]; during?: Span },
    between?: () => Promise<void>,
  ): Promise<LedgerLine[]> {
    const lines: LedgerLine[] = [];
    let cursor: string | null = null;
    do {
      const page = await ledger.page({ during: SPAN, where: [], simulated: 'include', ...ask, cursor });
      lines.push(...page.lines);
      cursor = page.nextCursor;
      await between?.();
    } while (cursor !== null);
    return lines;
  }

  test('a line reads back what was settled', async () => {
    const lines = new Map((await allPages({ limit: 1_000 })).map((line) => [line.id, line]));
    expect(lines.size).toBe(TRUTH.length);
    SETTLEMENTS.forEach((settlement, sequence) =>
      settlement.charges.forEach((charge, part) => {
        const { intent } = settlement;
        const { cost } = charge;
        expect(lines.get(`worker-1:${sequence}:${part}`)).toMatchObject({
          call: intent.call,
          attempt: intent.attempt,
          attemptNumber: intent.attemptNumber,
          workflow: intent.attribution.workflow,
          team: intent.attribution.team,
          customer: intent.attribution.customer,
          request: intent.attribution.request,
          session: intent.attribution.session,
          tags: intent.attribution.tags,
          attributedBy: intent.attribution.by ?? '',
          account: intent.account ?? '',
          region: intent.region ?? '',
          path: intent.path ?? '',
          fingerprint: intent.fingerprint ?? '',
          source: 'gateway',
          startedAt: new Date(intent.startedAtMs).toISOString(),
          stream: intent.stream,
          simulated: intent.simulated,
          status: settlement.status,
          responseId: settlement.responseId,
          model: charge.model,
          leg: 'settle',
          durationMs: settlement.durationMs,
          cost: cost.kind === 'priced' ? formatDollars(cost.total) : null,
          providerCost: charge.providerCost === undefined ? null : formatDollars(charge.providerCost),
          compositionBasis: settlement.composition.basis,
          buckets:
            cost.kind === 'priced'
              ? cost.buckets.map((one) => ({
                  ...one,
                  rate: formatDollars(one.rate),
                  listRate: formatDollars(one.listRate ?? one.rate),
                  cost: formatDollars(one.cost),
                }))
              : Object.entries(charge.usage)
                  .filter(([, units]) => units !== 0)
                  .map(([bucket, units]) => ({ bucket, units, rate: null, listRate: null, cost: null })),
        });
      }),
    );
  });

  test('pages are newest first, filtered, and end', async () => {
    const where: Condition[] = [{ dimension: 'customer', is: [HOSTILE[0] as string] }];
    const lines = await allPages({ limit: 7, where });
    expect(lines.map(({ customer }) => customer).every((customer) => customer === HOSTILE[0])).toBe(true);
    expect(lines).toHaveLength(linesOf(TRUTH, question({ where, simulated: 'include' })).length);
    const times = lines.map(({ startedAt }) => startedAt);
    expect(times).toEqual(times.toSorted().toReversed());
  });

  test.each<[string, Condition[]]>([
    ['a bucket', [{ dimension: 'bucket', is: ['reasoningOut'] }]],
    [
      'a bucket at a rate',
      [
        { dimension: 'bucket', not: ['textOut'] },
        { dimension: 'rate', is: ['15.000000000003'] },
      ],
    ],
    ['the size of the input', [{ dimension: 'contextBand', is: ['128k-200k'] }]],
    ['the source', [{ dimension: 'source', is: ['gateway'] }]],
  ])('lines behind a figure are found by %s', async (_, where) => {
    const lines = await allPages({ limit: 1_000, where });
    const asked = question({ where, simulated: 'include' });
    const uses = tellsUsesApart(asked) ? wholeLines(linesOf(TRUE_USES, asked)) : linesOf(TRUTH, asked);
    expect(lines).toHaveLength(uses.length);
    expect(lines.length).toBeGreaterThan(0);
  });

  test('a receipt holds every attempt of the call and sums to the picodollar', async () => {
    const retried = SETTLEMENTS.filter(({ intent }) => intent.attemptNumber === 2).slice(0, 20);
    expect(retried.length).toBeGreaterThan(5);
    for (const { intent } of retried) {
      const own = TRUTH.filter(({ settlement }) => settlement.intent.call === intent.call);
      const receipt = await ledger.receipt(intent.call.toUpperCase());
      expect(receipt?.lines).toHaveLength(own.length);
      expect(receipt).toMatchObject({
        call: intent.call,
        total: formatDollars(costOf(own)),
        unpricedLines: trueFigure('unpricedCalls', own, 0n),
      });
    }
    expect(await ledger.receipt('00000000-0000-7000-8000-000000000000')).toBeUndefined();
    expect(await ledger.receipt("x' OR 1=1")).toBeUndefined();
  });

  test.each([
    '',
    'nonsense',
    Buffer.from('{"a":1}').toString('base64url'),
    Buffer.from('["1","x",1,1]').toString('base64url'),
  ])('refuses the cursor "%s"', async (cursor) => {
    await expect(
      ledger.page({ during: SPAN, where: [], simulated: 'include', limit: 5, cursor }),
    ).rejects.toThrow(RangeError);
  });

  test('a page cannot be narrowed by a condition on time', async () => {
    await expect(
      ledger.page({
        during: SPAN,
        where: [{ dimension: 'day', is: ['2026-10-25'] }],
        simulated: 'include',
        limit: 5,
        cursor: null,
      }),
    ).rejects.toThrow(/by their period/);
  });

  test('health counts the lines and passes on what the drain says', async () => {
    expect(await ledger.health()).toEqual({
      lines: TRUTH.length,
      backlogFrames: 3,
      completeUntilMs: NOW_MS - 1_000,
      trouble: '',
    });
  });

  // The tests from here on add lines; they come last.
  test('each line is on one page while others arrive', async () => {
    const before = new Set((await allPages({ limit: 1_000 })).map(({ id }) => id));
    const dice = createDice(5);
    let sequence = 0;
    const seen = await allPages({ limit: 300 }, async () => {
      const late = sampleSettlements(dice.number(1e9), 20, SPAN).map((settlement) =>
        Buffer.from(encodeLines(settlement, { journal: 'late', sequence: sequence++ })),
      );
      await ledger.insert({ token: `late:${sequence}`, rows: late, count: late.length });
    });
    const ids = seen.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => before.has(id)).length).toBe(before.size);
    expect(ids.length).toBeGreaterThan(before.size);
  });

  test('a tail gives each new line once, attempts whole, whatever the journal', async () => {
    const recent: Span = { fromMs: NOW_MS - 3_600_000, toMs: NOW_MS };
    let { position, lines } = await ledger.tail('', 10);
    expect(lines).toEqual([]);
    const fresh = sampleSettlements(77, 60, recent);
    for (const journal of ['worker-1', 'new-worker']) {
      const rows = fresh.map((settlement, at) =>
        Buffer.from(encodeLines(settlement, { journal, sequence: 10_000 + at })),
      );
      await ledger.insert({ token: `${journal}:tail`, rows, count: rows.length });
    }
    const seen: string[] = [];
    do {
      ({ position, lines } = await ledger.tail(position, 7));
      seen.push(...lines.map(({ id }) => id));
    } while (lines.length > 0);
    expect(seen.length).toBe(2 * trueLines(fresh).length);
    expect(new Set(seen).size).toBe(seen.length);
    await expect(ledger.tail('nonsense', 7)).rejects.toThrow(RangeError);
  });
});

function toExact(value: unknown): bigint {
  return typeof value === 'string' ? parseDollars(value) : BigInt((value as number | undefined) ?? 0);
}

test('the measures that add up are the ones tested so', () => {
  expect(ADDITIVE).toContain('cost' satisfies Measure);
  expect(ADDITIVE).toHaveLength(16);
});
