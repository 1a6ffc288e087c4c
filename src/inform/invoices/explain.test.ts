/** One planted cause at a time, in one cell or a few: which cause is claimed, and that the parts sum to the difference. */
import { describe, expect, test } from 'vitest';

import { ALL_DETECTORS } from './causes.ts';
import type { Cause } from './causes.ts';
import type { LedgerFact, MonthFacts } from './facts.ts';
import type { SourcedLine } from './match.ts';
import { reconcile } from './reconcile.ts';

const HOUR_MS = 3_600_000;

function fact(over: Partial<LedgerFact> & { day?: string } = {}): LedgerFact {
  const { day = '2026-10-03', ...rest } = over;
  return {
    provider: 'openai',
    atMs: Date.parse(`${day}T10:00:00Z`),
    account: 'a',
    model: 'gpt-4o',
    bucket: 'freshIn',
    tier: '',
    region: '',
    rate: '2.5',
    basis: 'reported',
    units: 1_000_000n,
    cost: 2_500_000_000_000n,
    ...rest,
  };
}

function line(over: Partial<SourcedLine> = {}): SourcedLine {
  return {
    importId: 'i',
    row: 1,
    provider: 'openai',
    day: '2026-10-03',
    monthly: false,
    charge: 'usage',
    account: 'a',
    model: 'gpt-4o',
    bucket: 'input',
    tier: null,
    region: null,
    units: 1_000_000n,
    step: 1,
    cost: 2_500_000_000_000n,
    text: 'gpt-4o, input',
    invoice: null,
    ...over,
  };
}

function run(facts: readonly LedgerFact[], lines: readonly SourcedLine[], more: Partial<MonthFacts> = {}) {
  const [report] = reconcile({
    facts: { month: '2026-10', lines: facts, bands: [], failed: [], ...more },
    lines,
    detectors: ALL_DETECTORS,
  });
  if (report === undefined) throw new Error('no report');
  for (const { claims, residual } of report.keys)
    expect(claims.reduce((sum, { amount }) => sum + amount, 0n)).toBe(residual);
  return report;
}

function causes(report: ReturnType<typeof run>): Partial<Record<Cause, bigint>> {
  return Object.fromEntries(report.waterfall.causes);
}

const usd = (text: number): bigint => BigInt(Math.round(text * 1_000)) * 1_000_000_000n;

describe('causes', () => {
  test('equal sides claim nothing', () => {
    const report = run([fact()], [line()]);
    expect(causes(report)).toEqual({});
    expect(report.keys.map(({ state }) => state)).toEqual(['cost-matched']);
  });

  test('a key that only the invoice has is off-gateway', () => {
    expect(causes(run([fact()], [line(), line({ row: 2, account: 'b' })]))).toEqual({
      'off-gateway': usd(2.5),
    });
  });

  test('counted units that are not billed', () => {
    const facts = [fact(), fact({ basis: 'counted', units: 100_000n, cost: usd(0.25) })];
    expect(causes(run(facts, [line()]))).toEqual({ 'unbilled-aborts': usd(-0.25) });
  });

  test('failed attempts that are billed', () => {
    const failed = [{ provider: 'openai', day: '2026-10-03', account: 'a', model: 'gpt-4o', attempts: 3 }];
    expect(causes(run([fact()], [line({ units: 1_100_000n, cost: usd(2.75) })], { failed }))).toEqual({
      'billed-failures': usd(0.25),
    });
  });

  test('another price from a date on', () => {
    const days = ['2026-10-03', '2026-10-04', '2026-10-05', '2026-10-06'];
    const report = run(
      days.map((day) => fact({ day })),
      days.map((day, at) => line({ day, row: at + 1, cost: at < 2 ? usd(2.5) : usd(2) })),
    );
    expect(causes(report)).toEqual({ 'price-drift': usd(-1) });
    expect(report.keys.flatMap(({ claims }) => claims).map(({ evidence }) => evidence)[0]).toContain(
      'from 2026-10-05 on',
    );
  });

  test('a tier that the ledger does not know', () => {
    expect(causes(run([fact()], [line({ tier: 'batch', cost: usd(1.25) })]))).toEqual({ batch: usd(-1.25) });
    expect(causes(run([fact()], [line({ tier: 'priority', cost: usd(5) })]))).toEqual({ tier: usd(2.5) });
  });

  test('a place that costs a tenth more', () => {
    expect(causes(run([fact()], [line({ region: 'us', cost: usd(2.75) })]))).toEqual({
      'geo-uplift': usd(0.25),
    });
  });

  test('writes that live an hour', () => {
    const written = fact({ bucket: 'cacheWrite5m', rate: '3.75', cost: usd(3.75) });
    expect(causes(run([written], [line({ bucket: 'cacheWrite', cost: usd(6) })]))).toEqual({
      'cache-ttl': usd(2.25),
    });
  });

  test('long input that is priced higher', () => {
    const bands = [
      {
        provider: 'openai',
        day: '2026-10-03',
        account: 'a',
        model: 'gpt-4o',
        bucket: 'freshIn',
        tier: '',
        region: '',
        band: '256k-272k',
        units: 300_000n,
        cost: usd(0.75),
      },
    ];
    expect(causes(run([fact()], [line({ cost: usd(3.25) })], { bands }))).toEqual({
      'context-tier': usd(0.75),
    });
  });

  test('use without a price in the ledger', () => {
    expect(causes(run([fact({ rate: '', cost: 0n })], [line()]))).toEqual({ 'missing-price': usd(2.5) });
  });

  test('units billed by the thousand', () => {
    const report = run([fact({ units: 999_400n, cost: 2_498_500_000_000n })], [line({ step: 1_000 })]);
    expect(causes(report)).toEqual({ rounding: 1_500_000_000n });
  });

  test('use after the last day of the statement is late', () => {
    expect(causes(run([fact(), fact({ day: '2026-10-04' })], [line()]))).toEqual({ 'late-data': usd(-2.5) });
  });

  test('days of another time zone', () => {
    const hours = Array.from({ length: 24 * 6 }, (_, at) =>
      fact({
        atMs: Date.parse('2026-10-03T00:00:00Z') + at * HOUR_MS,
        units: BigInt(1_000 + at * 37),
        cost: BigInt(1_000 + at * 37) * 2_500_000n,
      }),
    );
    const ofDay = new Map<string, bigint>();
    for (const { atMs, units } of hours) {
      const day = new Date(atMs - 8 * HOUR_MS).toISOString().slice(0, 10);
      ofDay.set(day, (ofDay.get(day) ?? 0n) + units);
    }
    const lines = [...ofDay].map(([day, units], at) =>
      line({ day, row: at + 1, units, cost: units * 2_500_000n }),
    );
    const report = run(hours, lines);
    expect([...report.waterfall.causes.values()].every((amount) => amount === 0n)).toBe(true);
    expect(new Set(report.keys.flatMap(({ claims }) => claims.map(({ cause }) => cause)))).toEqual(
      new Set(['day-shift']),
    );
  });

  test('credits, tax and minimums stand beside use', () => {
    const beside = (['credit', 'tax', 'minimum'] as const).map((charge, at) =>
      line({
        row: at + 2,
        charge,
        units: null,
        model: null,
        bucket: null,
        cost: charge === 'credit' ? usd(-1) : usd(0.5),
      }),
    );
    expect(causes(run([fact()], [line(), ...beside]))).toEqual({
      credits: usd(-1),
      tax: usd(0.5),
      minimum: usd(0.5),
    });
  });

  test('what an earlier reconciliation booked is no difference any more', () => {
    const credit = line({ row: 2, charge: 'credit', units: null, model: null, bucket: null, cost: usd(-1) });
    const booked = [{ provider: 'openai', cause: 'credits', cost: usd(-1) }];
    const report = run([fact()], [line(), credit], { booked });
    expect(causes(report)).toEqual({ credits: 0n });
    expect(report.waterfall).toMatchObject({ ledger: usd(1.5), invoice: usd(1.5) });
    expect(causes(run([fact()], [line()], { booked }))).toEqual({ credits: usd(1) });
    const unknown = line({ row: 2, model: null, bucket: null, text: 'Quantum tokens' });
    const corrected = fact({ model: '? Quantum tokens', bucket: '', rate: '', units: 0n });
    expect(causes(run([fact(), corrected], [line(), unknown]))).toEqual({});
  });

  test('words that no rule knows stay unexplained and are listed', () => {
    const report = run([fact()], [line(), line({ row: 2, model: null, text: 'Quantum tokens, deluxe' })]);
    expect(causes(report)).toEqual({ unexplained: usd(2.5) });
    expect(report.unknownTexts).toEqual(['Quantum tokens, deluxe']);
  });

  test('fewer units for no reason are unexplained', () => {
    const facts = [fact(), fact({ day: '2026-10-04' })];
    expect(
      causes(run(facts, [line({ units: 900_000n, cost: usd(2.25) }), line({ row: 2, day: '2026-10-04' })])),
    ).toEqual({ unexplained: usd(-0.25) });
  });
});

describe('the grain', () => {
  test('is the finest that both sides can say, and says what it left out', () => {
    const { grain } = run([fact({ account: '' })], [line({ tier: null })]);
    expect(grain.parts).toEqual(['day', 'model', 'bucket']);
    expect(grain.coarsened).toEqual([
      { part: 'account', because: 'ledger' },
      { part: 'tier', because: 'statement' },
      { part: 'region', because: 'statement' },
    ]);
  });
  test('leaves out accounts when both sides name them and no name is common; one common name keeps them', () => {
    const both = [fact({ account: 'aws-prod' })];
    const report = run(both, [line({ account: '000000000002' })]);
    expect(report.grain.coarsened).toContainEqual({ part: 'account', because: 'names' });
    expect(causes(report)).toEqual({});
    const kept = run(both, [
      line({ account: 'aws-prod' }),
      line({ row: 2, account: 'stray', units: 400_000n, cost: usd(1) }),
    ]);
    expect(kept.grain.parts).toContain('account');
    expect(causes(kept)).toEqual({ 'off-gateway': usd(1) });
  });
  test('of a monthly statement has no day', () => {
    const report = run(
      [fact(), fact({ day: '2026-10-20' })],
      [line({ day: '2026-10-01', monthly: true, units: 2_000_000n, cost: usd(5) })],
    );
    expect(report.keys).toHaveLength(1);
    expect(causes(report)).toEqual({});
  });
});
