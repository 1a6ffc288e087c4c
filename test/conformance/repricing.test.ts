/**
 * Other prices over the embedded ledger itself: what-if says what pricing every line afresh says, repricing posts the
 * difference once and moves nothing else, and closed or invoiced months stay.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { Settlement } from '../../src/gateway/gateway.ts';
import { openLedger } from '../../src/ledger/ledger.ts';
import type { Answer, Dimension, Ledger, LedgerLine, LedgerPoster } from '../../src/ledger/ledger.ts';
import { askWhatIf, correctDrift } from '../../src/operate/operate.ts';
import { openPriceBook, withOverrides } from '../../src/prices/prices.ts';
import type { ModelMapping, PriceBookData, PriceOverride } from '../../src/prices/prices.ts';
import { formatDollars, parseDollars } from '../../src/units/money.ts';
import { askApi, fakeApi } from '../fakes/api.ts';
import { createDice, sampleSettlements } from './ledger-samples.ts';

const SPAN = { fromMs: Date.UTC(2026, 7, 1), toMs: Date.UTC(2026, 9, 1) };
const AUGUST = { fromMs: SPAN.fromMs, toMs: Date.UTC(2026, 8, 1) };
const SEPTEMBER = { fromMs: AUGUST.toMs, toMs: SPAN.toMs };
const NOW_MS = Date.UTC(2026, 9, 3);
const COUNT = 200;
const PROVIDER = 'anthropic';
const priceName = (): string => PROVIDER;

/** Whole picodollars a token, so that sums of products are products of sums. */
const rates = (freshIn: string, textOut: string): NonNullable<PriceOverride['rates']> => ({
  freshIn,
  textOut,
  cacheRead: '0.3',
  cacheWrite5m: '3.75',
  cacheWrite1h: '6',
  reasoningOut: textOut,
  webSearch: '10000',
});
const bookOf = (overrides: readonly PriceOverride[]): PriceBookData =>
  withOverrides(
    { version: '' },
    overrides.map((one) => ({ ...one, provider: PROVIDER })),
  );

const OLD_PRICES: readonly PriceOverride[] = [
  { provider: PROVIDER, model: 'claude-sonnet', rates: rates('3', '15') },
  { provider: PROVIDER, model: 'gpt-large', rates: rates('2.5', '10') },
];
const OLD = bookOf([...OLD_PRICES, { provider: PROVIDER, model: 'gpt-small', rates: { freshIn: '0.5' } }]);
/** A cut from the middle of August at noon, a size threshold on the edge of a band, a team's own price, a price for what had none. */
const NEW = bookOf([
  ...OLD_PRICES,
  { provider: PROVIDER, model: 'claude-sonnet', rates: { textOut: '12' }, from: '2026-08-15T12:00:00Z' },
  { provider: PROVIDER, model: 'gpt-large', rates: { freshIn: '5' }, tierThresholdTokens: 128_000 },
  { provider: PROVIDER, model: 'gpt-large', rates: { freshIn: '2' }, team: 'CX' },
  { provider: PROVIDER, model: 'gpt-small', rates: rates('0.5', '2') },
]);

let path: string;
let ledger: Ledger;

async function open(): Promise<void> {
  path = mkdtempSync(join(tmpdir(), 'setpoint-repricing-'));
  ledger = await openLedger({
    place: { kind: 'embedded', path },
    nowMs: () => NOW_MS,
    progress: () => ({ backlogFrames: 0, completeUntilMs: NOW_MS, trouble: '' }),
  });
}

async function close(): Promise<void> {
  await ledger.close();
  rmSync(path, { recursive: true, force: true });
}

/** Calls as a gateway with the old book would have priced them. */
async function fill(count = COUNT): Promise<void> {
  const book = openPriceBook(OLD);
  const dice = createDice(7);
  const postings = sampleSettlements(20_261_125, count, SPAN).map((made) => {
    const { intent } = made;
    const { team } = intent.attribution;
    const large = dice.chance(0.2) ? 150_000 : 0;
    const charges = made.charges.map((charge) => {
      const usage = { ...charge.usage, freshIn: (charge.usage.freshIn ?? 0) + large };
      const { model } = charge;
      const { account = '', region = '', startedAtMs: atMs } = intent;
      const said = { serviceTier: '', geo: '', team, account, region };
      const asked = { provider: PROVIDER, model, usage, atMs, ...said };
      return { ...charge, usage, cost: book.price(asked) };
    });
    const kept = { ...intent, provider: PROVIDER, simulated: false };
    const settlement: Settlement = { ...made, serviceTier: '', geo: '', intent: kept, charges };
    return { settlement, leg: 'settle', source: 'import' } as const;
  });
  for (let at = 0; at < postings.length; at += 5_000)
    await ledger.post({ id: `calls-${at}`, postings: postings.slice(at, at + 5_000) });
}

async function lines(): Promise<LedgerLine[]> {
  const all: LedgerLine[] = [];
  let cursor: string | null = null;
  do {
    const page = await ledger.page({
      during: SPAN,
      where: [],
      simulated: 'exclude',
      limit: 1_000,
      cursor,
    });
    all.push(...page.lines);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return all;
}

/** What a line costs by a book, at another model if the mapping says so; unpriced is nothing of a total. */
function fresh(data: PriceBookData, mapping: readonly ModelMapping[] = []) {
  const book = openPriceBook(data);
  return (line: LedgerLine): bigint => {
    const to = mapping.find(({ from }) => from.model === line.model)?.to;
    const { team, account, region } = line;
    const usage = Object.fromEntries(line.buckets.map(({ bucket, units }) => [bucket, units]));
    const cost = book.price({
      provider: to?.provider ?? PROVIDER,
      model: to?.model ?? line.model,
      usage,
      atMs: Date.parse(line.startedAt),
      serviceTier: to === undefined ? line.serviceTier : '',
      geo: to === undefined ? line.geo : '',
      team,
      account,
      region,
    });
    return cost.kind === 'priced' ? cost.total : 0n;
  };
}

function sumOf(all: readonly LedgerLine[], cost: (line: LedgerLine) => bigint): string {
  return formatDollars(all.reduce((sum, line) => sum + cost(line), 0n));
}

function whatIf(book: PriceBookData, booked = OLD, mapping: readonly ModelMapping[] = []) {
  return askWhatIf(ledger, { during: SPAN, where: [], by: ['workflow'], book, mapping, booked, priceName });
}

function reprice(apply: boolean, poster: LedgerPoster = ledger, during = SPAN, book = NEW) {
  return correctDrift({ ledger, poster }, { during, book, priceName, apply });
}

function ask(by: readonly Dimension[], during = SPAN): Promise<Answer> {
  const of = ['cost', 'calls', 'attempts', 'units', 'unpricedCalls'] as const;
  return ledger.ask({ of, by, during, where: [], timeZone: 'UTC', simulated: 'exclude', limit: 1_000 });
}

async function costs(by: Dimension): Promise<ReadonlyMap<string, string>> {
  const { rows } = await ask([by]);
  return new Map(rows.map(({ group, figures }) => [group[0] ?? '', figures.cost ?? '']));
}

describe('what-if over the ledger', () => {
  beforeAll(async () => {
    await open();
    await fill();
  });
  afterAll(close);

  test('by the book in force says what is booked, and no difference', async () => {
    const answer = await whatIf(OLD);
    const { total } = await ask([]);
    expect(answer.total).toMatchObject({ before: total.cost, after: total.cost, difference: '0' });
    expect(answer.exact).toBe(true);
    expect(answer.rows.every(({ difference }) => difference === '0')).toBe(true);
  });

  test('by another book equals every line priced afresh, group by group', async () => {
    const answer = await whatIf(NEW);
    const all = await lines();
    expect(answer.inexact).toEqual([]);
    expect(answer.total.after).toBe(sumOf(all, fresh(NEW)));
    expect(answer.total.after).not.toBe(answer.total.before);
    for (const { group, after } of answer.rows) {
      const own = all.filter(({ workflow }) => workflow === group[0]);
      expect(after).toBe(sumOf(own, fresh(NEW)));
    }
  });

  test('at other models equals every line priced at them', async () => {
    const end = (model: string) => ({ provider: PROVIDER, model });
    const mapping = [{ from: end('gpt-large'), to: end('claude-sonnet') }];
    const answer = await whatIf(OLD, OLD, mapping);
    expect(answer.exact).toBe(true);
    expect(answer.total.after).toBe(sumOf(await lines(), fresh(OLD, mapping)));
  });

  test('says the range where a threshold lies inside a band, and the truth lies in it', async () => {
    const inside = bookOf([
      ...OLD_PRICES,
      { provider: PROVIDER, model: 'gpt-large', rates: { freshIn: '5' }, tierThresholdTokens: 10_000 },
    ]);
    const { total, inexact } = await whatIf(inside);
    const truth = parseDollars(sumOf(await lines(), fresh(inside)));
    expect(inexact).toMatchObject([{ model: 'gpt-large', bucket: 'freshIn', reason: 'size' }]);
    expect(parseDollars(total.least) <= truth && truth <= parseDollars(total.most)).toBe(true);
    expect(total.least).not.toBe(total.most);
  });
});

describe('repricing over the ledger', () => {
  beforeEach(open);
  afterEach(close);

  test('looks first, posts once, and moves each group to what its lines cost afresh', async () => {
    await fill();
    const all = await lines();
    const before = await ask([]);
    const looked = await reprice(false);
    expect(looked).toMatchObject({ posted: 0, unpriced: 0, mixed: 0, lines: all.length });
    expect((await ask([])).total).toEqual(before.total);

    const applied = await reprice(true);
    expect(applied).toEqual({ ...looked, posted: 2 * looked.drifted });
    expect(looked.drifted).toBeGreaterThan(20);
    const after = await ask([]);
    expect(after.total.cost).toBe(sumOf(all, fresh(NEW)));
    const { cost: _cost, unpricedCalls, ...counts } = after.total;
    const { cost: _was, unpricedCalls: wasUnpriced, ...countsBefore } = before.total;
    expect(counts).toEqual(countsBefore);
    expect([unpricedCalls, Number(wasUnpriced) > 0]).toEqual([0, true]);
    for (const by of ['workflow', 'team', 'customer', 'model', 'provider'] as const)
      for (const [value, cost] of await costs(by))
        expect(cost, `${by}=${value}`).toBe(
          sumOf(
            all.filter((line) => line[by] === value),
            fresh(NEW),
          ),
        );
    expect(await reprice(true)).toMatchObject({ drifted: 0, difference: '0', posted: 0 });
    expect(await whatIf(NEW, NEW)).toMatchObject({ total: { difference: '0' }, exact: true, unpriced: [] });
    expect(await ledger.rollupsAgree()).toBe(true);
  });

  test('and back by the old book: prices that were not wrong stand again to the picodollar', async () => {
    await fill(60);
    const priced = (await lines()).filter(({ model }) => model !== 'gpt-small');
    await reprice(true);
    const back = await reprice(true, ledger, SPAN, OLD);
    expect(back.unpriced).toBeGreaterThan(0);
    const models = await costs('model');
    for (const model of ['claude-sonnet', 'gpt-large'])
      expect(models.get(model)).toBe(
        sumOf(
          priced.filter((line) => line.model === model),
          ({ cost }) => parseDollars(cost ?? '0'),
        ),
      );
  });

  test('a receipt shows what was taken back, what was given again, and why', async () => {
    await fill(60);
    const [line] = (await lines()).filter(
      ({ model, startedAt }) => model === 'claude-sonnet' && startedAt > '2026-08-16',
    );
    if (line === undefined) throw new Error('there must be a line after the cut');
    await reprice(true);
    const receipt = await ledger.receipt(line.call);
    const own = receipt?.lines.filter(({ corrects }) => corrects === line.id) ?? [];
    expect(own.map(({ cause, leg, correction }) => [cause, leg, correction])).toEqual([
      ['price-drift', 'adjust', NEW.version],
      ['price-drift', 'adjust', NEW.version],
    ]);
    const amounts = own.map(({ cost }) => cost);
    expect(amounts).toContain(formatDollars(-parseDollars(line.cost ?? '')));
    expect(amounts).toContain(formatDollars(fresh(NEW)(line)));
    expect(own.map(({ priceVersion }) => priceVersion)).toContain(NEW.version);
  });

  test.each(['before', 'after'] as const)(
    'a run that was cut off %s a batch was taken is finished by the next',
    async (when) => {
      await fill(60);
      const expected = sumOf(await lines(), fresh(NEW));
      let batches = 0;
      const failing: LedgerPoster = {
        ...bound(ledger),
        post: async (batch) => {
          batches += 1;
          if (batches === 2 && when === 'before') throw new Error('killed');
          const posted = await ledger.post(batch);
          if (batches === 2) throw new Error('killed');
          return posted;
        },
      };
      const small = { during: SPAN, book: NEW, priceName, apply: true, linesPerBatch: 10 };
      await expect(correctDrift({ ledger, poster: failing }, small)).rejects.toThrow('killed');
      expect((await ask([])).total.cost).not.toBe(expected);
      const rest = await reprice(true);
      expect(rest.posted).toBeGreaterThan(0);
      expect((await ask([])).total.cost).toBe(expected);
      expect((await reprice(true)).posted).toBe(0);
    },
  );

  test('a batch that is told twice, for its answer was lost, is one batch', async () => {
    await fill(60);
    const twice: LedgerPoster = {
      ...bound(ledger),
      post: async (batch) => {
        const first = await ledger.post(batch);
        expect(await ledger.post(batch)).toMatchObject({ repeated: true });
        return first;
      },
    };
    const all = await lines();
    await reprice(true, twice);
    expect((await ask([])).total.cost).toBe(sumOf(all, fresh(NEW)));
  });

  test('calls go with the money wherever it is moved afterwards', async () => {
    await fill(60);
    const before = await ask(['workflow']);
    await reprice(true);
    const where = [{ dimension: 'workflow', is: ['support-copilot'] }] as const;
    await ledger.move({
      id: 'm1',
      during: SPAN,
      where,
      set: { workflow: 'moved' },
      by: 'rule:m@1',
      cause: 'attribution',
    });
    const { rows } = await ask(['workflow']);
    const of = (answer: Answer['rows'], name: string) =>
      answer.find(({ group }) => group[0] === name)?.figures ?? {};
    const { calls, attempts } = of(before.rows, 'support-copilot');
    expect(of(rows, 'moved')).toMatchObject({ calls, attempts });
    expect(of(rows, 'support-copilot').calls ?? 0).toBe(0);
  });

  test('lines of several calls keep their calls, and their cost where only sizes could tell it', async () => {
    const block = (id: string, model: string) =>
      ({
        id,
        source: 'import',
        lines: 2,
        startedAtMs: Float64Array.of(SPAN.fromMs + 1_000, SPAN.toMs - 1_000),
        provider: PROVIDER,
        model,
        calls: 40,
        buckets: [{ bucket: 'freshIn', units: 400_000, rate: parseDollars('2.5') }],
      }) as const;
    await ledger.importLines(block('sums', 'gpt-large'));
    await ledger.importLines(block('small-sums', 'gpt-small'));
    const drift = await reprice(true);
    expect(drift).toMatchObject({ lines: 4, drifted: 2, mixed: 0, before: '2', after: '0.4' });
    const cut = bookOf([
      { provider: PROVIDER, model: 'gpt-large', rates: { freshIn: '2' } },
      { provider: PROVIDER, model: 'gpt-large', rates: { freshIn: '5' }, tierThresholdTokens: 128_000 },
    ]);
    expect(await reprice(true, ledger, SPAN, cut)).toMatchObject({ drifted: 0, mixed: 2, posted: 0 });
    expect((await ask([])).total).toMatchObject({ calls: 160, attempts: 160, cost: '2.4' });
    expect((await whatIf(NEW, NEW)).total.difference).toBe('0');
  });
});

describe('closed and invoiced months', () => {
  beforeEach(open);
  afterEach(close);

  test('are refused and stay; open days beside them are corrected', async () => {
    await fill(60);
    const fake = await fakeApi({
      ledger: Object.assign(ledger, { asked: [] }),
      poster: Object.assign(ledger, { batches: [], moves: [], blocks: [], rebooked: [] }),
      priceBook: () => NEW,
      now: () => NOW_MS,
      providers: () => [],
    });
    const send = (during: string) => askApi(fake, '/prices/reprice', { body: { during, apply: true } });
    await ledger.lockMonth('2026-08');
    const august = (await ask([], AUGUST)).total;
    const refused = await send('2026-08-01..2026-10-01');
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ code: 'months_locked' });
    expect((await ask([], AUGUST)).total).toEqual(august);
    expect(await reprice(false, ledger, SEPTEMBER)).toMatchObject({ posted: 0 });

    await reprice(true, ledger, SEPTEMBER);
    expect(await reprice(true, ledger, SEPTEMBER)).toMatchObject({ drifted: 0, posted: 0 });
    expect((await ask([], AUGUST)).total).toEqual(august);
    const [locked] = await ledger.lockedMonths();
    expect(locked).toMatchObject({ movedCost: '0', movedLines: 0 });
    expect((await whatIf(NEW)).lockedMonths).toEqual(['2026-08']);
  });

  test('a month that an invoice corrected is refused, for the difference would count twice', async () => {
    await fill(60);
    const [line] = (await lines()).filter(({ startedAt }) => startedAt > '2026-09');
    const [made] = sampleSettlements(5, 1, SEPTEMBER);
    if (line === undefined || made === undefined) throw new Error('there must be a line in September');
    const settlement = { ...made, intent: { ...made.intent, simulated: false } };
    await ledger.post({
      id: 'rec-1',
      postings: [{ settlement, leg: 'adjust', source: 'invoice', cause: 'price-drift', correction: 'rec-1' }],
    });
    await expect(reprice(true)).rejects.toThrow('2026-09 was corrected by an invoice');
    expect((await reprice(true, ledger, AUGUST)).posted).toBeGreaterThan(0);
  });
});

function bound(of: Ledger): LedgerPoster {
  return {
    post: (batch) => of.post(batch),
    move: (move) => of.move(move),
    importLines: (block) => of.importLines(block),
    lockMonth: (month) => of.lockMonth(month),
    rebookLate: (month, atMs) => of.rebookLate(month, atMs),
  };
}
