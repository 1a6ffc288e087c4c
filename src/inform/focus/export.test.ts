import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { OCTOBER, sampleUses } from '../../../test/fakes/focus-sample.ts';
import { costOfUse, usesLedger } from '../../../test/fakes/uses.ts';
import type { Use } from '../../../test/fakes/uses.ts';
import { divideRounded, formatDollars, parseDollars } from '../../units/money.ts';
import { listRateOf } from './charge.ts';
import { columnsOfSpec, SPECS } from './columns.ts';
import type { Spec } from './columns.ts';
import { compareExact, multiplyExact, readExact } from '../../units/exact.ts';
import type { Exact } from '../../units/exact.ts';
import { exportFocus } from './export.ts';
import type { ExportAsk, ExportSummary } from './export.ts';
import { tableOfBytes } from '../../tables/tables.ts';
import { cellsOf } from './project.ts';
import { ExportIncomplete } from './slices.ts';

type Line = Readonly<Record<string, string | null>>;

interface Exported {
  readonly lines: readonly Line[];
  readonly bytes: Buffer;
  readonly summary: ExportSummary;
}

async function exported(
  uses: readonly Use[],
  ask: Partial<ExportAsk> = {},
  most = 10_000,
): Promise<Exported> {
  const file = await exportFocus(usesLedger(uses, most), {
    spec: '1.2',
    format: 'csv',
    during: OCTOBER,
    granularity: 'day',
    tags: [],
    ...ask,
  });
  const bytes = Buffer.concat(await gathered(file.bytes));
  return { bytes, lines: await linesOf(bytes), summary: file.summary() };
}

async function gathered(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(part);
  return parts;
}

async function linesOf(bytes: Uint8Array): Promise<readonly Line[]> {
  const table = await tableOfBytes(bytes);
  const lines: Line[] = [];
  for await (const batch of table.batches)
    for (const row of batch)
      lines.push(Object.fromEntries(table.columns.map(({ name }, at) => [name, row[at] ?? null])));
  return lines;
}

const number = (line: Line, column: string): Exact => readExact(line[column] ?? 'null') as Exact;
const sum = (lines: readonly Line[], column: string): string =>
  formatDollars(lines.reduce((total, line) => total + parseDollars(line[column] ?? '0'), 0n));
const total = (uses: readonly Use[]): string =>
  formatDollars(uses.reduce((cost, use) => cost + costOfUse(use), 0n));

function identitiesHold(lines: readonly Line[]): void {
  for (const line of lines) {
    for (const side of ['List', 'Contracted']) {
      if (line[`${side}UnitPrice`] === null) continue;
      const product = multiplyExact(number(line, `${side}UnitPrice`), number(line, 'PricingQuantity'));
      expect(compareExact(product, number(line, `${side}Cost`))).toBe(0);
    }
  }
}

describe('money in the file', () => {
  it('bills what the ledger says, with what a commitment covers beside', async () => {
    const uses = sampleUses();
    const { lines, summary } = await exported(uses);
    expect(sum(lines, 'EffectiveCost')).toBe(total(uses));
    expect(parseDollars(summary.billedCost) + parseDollars(summary.coveredCost)).toBe(
      parseDollars(total(uses)),
    );
    expect(sum(lines, 'BilledCost')).toBe(summary.billedCost);
    expect(summary).toMatchObject({ equalsLedger: true, coveredCost: '0.036', rows: lines.length });
    identitiesHold(lines);
  });

  const rate = fc.bigInt(1n, 20_000_000_000_000n).map(formatDollars);
  const use = fc
    .record({
      atMs: fc.integer({ min: 0, max: 30 }).map((day) => OCTOBER.fromMs + day * 86_400_000),
      bucket: fc.constantFrom('freshIn', 'cacheRead', 'textOut', 'webSearch', 'reasoningOut'),
      rate,
      listRate: fc.option(rate, { nil: undefined }),
      model: fc.constantFrom('gpt-x', 'claude-x'),
      team: fc.constantFrom('', 'a', 'b'),
      forMonth: fc.constantFrom('', '', '', '2026-09'),
      units: fc.integer({ min: -1_000_000, max: 1_000_000_000 }),
    })
    .map(({ atMs, units, listRate, ...is }): Use => ({
      atMs,
      units,
      is,
      ...(listRate !== undefined && { listRate }),
    }));

  it('sums to the ledger to the picodollar and keeps both identities, whatever the prices', () =>
    fc.assert(
      fc.asyncProperty(fc.array(use, { maxLength: 40 }), async (uses) => {
        const { lines, summary } = await exported(uses);
        expect(sum(lines, 'BilledCost')).toBe(total(uses));
        expect(summary.equalsLedger).toBe(true);
        identitiesHold(lines);
      }),
      { numRuns: 60 },
    ));

  it('loses no row to the limit of groups, however small, and adds none', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(use, { minLength: 10, maxLength: 60 }),
        fc.integer({ min: 3, max: 20 }),
        async (uses, most) => {
          const own = uses.map((one, at) => ({
            ...one,
            is: { ...one.is, customer: `c${at % 13}`, workflow: `w${at % 7}` },
          }));
          const [whole, cut] = [
            await exported(own),
            await exported(own, {}, most).catch((error: unknown) => error),
          ];
          if (cut instanceof ExportIncomplete) return; // refused is not lost
          const rows = (lines: readonly Line[]): readonly string[] =>
            lines.map((line) => JSON.stringify(line)).toSorted();
          expect(rows((cut as Exported).lines)).toEqual(rows(whole.lines));
        },
      ),
      { numRuns: 30 },
    ));

  it('refuses when nothing tells the charges of one hour apart', async () => {
    const uses = Array.from({ length: 30 }, (_, at): Use => ({
      atMs: OCTOBER.fromMs,
      is: { bucket: 'freshIn', rate: String(at + 1), model: 'gpt-x' },
      units: 1_000_000,
    }));
    await expect(exported(uses, {}, 5)).rejects.toThrow(/would lack some/);
  });

  it('refuses when the groups are not the whole of their answer', async () => {
    const ledger = usesLedger(sampleUses());
    const file = await exportFocus(
      {
        async ask(question) {
          const answer = await ledger.ask(question);
          return question.by.length === 0 ? answer : { ...answer, rows: answer.rows.slice(1) };
        },
      },
      { spec: '1.2', format: 'csv', during: OCTOBER, granularity: 'day', tags: [] },
    );
    await expect(gathered(file.bytes)).rejects.toThrow(ExportIncomplete);
  });

  it('finds the list price behind a sum of rounded costs', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9_999 }),
        fc.array(fc.bigInt(1_000n, 1_000_000n), { minLength: 1, maxLength: 20 }),
        (cents, units) => {
          const price = BigInt(cents) * 10_000_000_000n;
          const cost = units.reduce((whole, one) => whole + divideRounded(one * price, 1_000_000n), 0n);
          const all = units.reduce((whole, one) => whole + one, 0n);
          expect(listRateOf(all, cost, units.length)).toBe(price);
          expect(listRateOf(-all, -cost, units.length)).toBe(price);
        },
      ),
    ));
});

describe('rows', () => {
  const base = {
    provider: 'openai',
    model: 'gpt-x',
    account: 'org-1',
    team: 'CX',
    bucket: 'textOut',
    rate: '10',
  };
  const at = OCTOBER.fromMs + 5 * 3_600_000;

  it('keeps usage without a price out of the file and counts it beside', async () => {
    const { lines, summary } = await exported([
      { atMs: at, is: base, units: 10 },
      { atMs: at, is: { ...base, rate: '' }, units: 77 },
      { atMs: at + 86_400_000, is: { ...base, rate: '' }, units: 23 },
    ]);
    expect(lines).toHaveLength(1);
    expect(summary.unpricedCalls).toBe(2);
    expect(summary.unpriced).toEqual([
      { provider: 'openai', model: 'gpt-x', bucket: 'textOut', units: '100' },
    ]);
  });

  it('writes a free price as a price', async () => {
    const { lines } = await exported([{ atMs: at, is: { ...base, rate: '0' }, units: 10 }]);
    expect(lines[0]).toMatchObject({ BilledCost: '0.0', ListUnitPrice: '0.0', ConsumedQuantity: '10.0' });
  });

  it('splits by bucket, tier, tags and hour, and adds up the rest', async () => {
    const uses = [
      { atMs: at, is: base, units: 10 },
      { atMs: at + 60_000, is: base, units: 5 },
      { atMs: at + 3_600_000, is: base, units: 1 },
      { atMs: at, is: { ...base, serviceTier: 'batch', rate: '5' }, units: 1 },
      { atMs: at, is: { ...base, 'tag:env': 'prod' }, units: 1 },
    ];
    expect((await exported(uses)).lines.map(({ ConsumedQuantity }) => ConsumedQuantity)).toEqual(
      expect.arrayContaining(['17.0', '1.0']),
    );
    const hourly = await exported(uses, { granularity: 'hour', tags: ['env'] });
    expect(hourly.lines).toHaveLength(4);
    expect(hourly.lines[0]).toMatchObject({
      ChargePeriodStart: '2026-10-01T05:00:00Z',
      ChargePeriodEnd: '2026-10-01T06:00:00Z',
      PricingQuantity: '0.000015',
      ListUnitPrice: '10.0',
      ListCost: '0.00015',
    });
    expect(hourly.lines.map(({ Tags }) => Tags)).toContain('{"team":"CX","env":"prod"}');
  });

  it('marks a correction of a closed month, nets one within an open month', async () => {
    const { lines } = await exported([
      { atMs: at, is: base, units: 100 },
      { atMs: at, is: { ...base, cause: 'attribution' }, units: -40 },
      { atMs: at, is: { ...base, cause: 'price-drift', forMonth: '2026-09' }, units: -5 },
    ]);
    expect(lines).toHaveLength(2);
    expect(lines.find(({ ChargeClass }) => ChargeClass === null)).toMatchObject({ ConsumedQuantity: '60.0' });
    expect(lines.find(({ ChargeClass }) => ChargeClass === 'Correction')).toMatchObject({
      BillingPeriodStart: '2026-10-01T00:00:00Z',
      ChargePeriodStart: '2026-09-01T00:00:00Z',
      ChargePeriodEnd: '2026-10-01T00:00:00Z',
      x_CorrectionCause: 'price-drift',
      x_CorrectedMonth: '2026-09',
      BilledCost: '-0.00005',
    });
  });

  it('writes money without units as an adjustment, and provisioned usage as covered', async () => {
    const { lines } = await exported([
      { atMs: at, is: { provider: 'openai', model: 'gpt-x' }, units: 0, cost: '-3.5' },
      { atMs: at, is: { ...base, serviceTier: 'provisioned' }, units: 1_000_000 },
    ]);
    expect(lines.find(({ ChargeCategory }) => ChargeCategory === 'Adjustment')).toMatchObject({
      BilledCost: '-3.5',
      ListCost: '-3.5',
      PricingQuantity: null,
      SkuId: null,
    });
    expect(lines.find(({ ChargeCategory }) => ChargeCategory === 'Usage')).toMatchObject({
      BilledCost: '0.0',
      EffectiveCost: '10.0',
      PricingCategory: 'Committed',
      CommitmentDiscountStatus: 'Used',
      CommitmentDiscountQuantity: '1000000.0',
    });
  });

  it('names the invoice where it is known', async () => {
    const { lines } = await exported([{ atMs: at, is: base, units: 10 }], {
      invoiceOf: ({ provider, account, month }) => `${provider}-${account}-${month}`,
    });
    expect(lines[0]?.['InvoiceId']).toBe('openai-org-1-2026-10');
  });
});

describe('versions', () => {
  it.each(SPECS)('%s has its columns, custom ones last, none longer than 50 characters', async (spec) => {
    const { bytes } = await exported(sampleUses(), { spec });
    const header = bytes.toString().split('\n', 1)[0]?.split(',') ?? [];
    expect(header).toEqual(columnsOfSpec(spec).map(({ name }) => name));
    const custom = header.findIndex((name) => name.startsWith('x_'));
    expect(header.slice(custom).every((name) => name.startsWith('x_'))).toBe(true);
    expect(header.every((name) => name.length <= 50)).toBe(true);
    expect(header.includes('ProviderName')).toBe(spec === '1.2');
    expect(header.includes('ServiceProviderName')).toBe(spec !== '1.2');
  });

  it('has the same money in every version', async () => {
    const files = await Promise.all(SPECS.map((spec) => exported(sampleUses(), { spec })));
    expect(new Set(files.map(({ lines }) => sum(lines, 'BilledCost'))).size).toBe(1);
  });

  it('prefixes the details that only 1.5 defines', () => {
    const charge = {
      fromMs: 0,
      toMs: 1,
      provider: 'anthropic',
      account: '',
      region: '',
      model: 'claude-x',
      serviceTier: 'batch',
      tags: {},
      cost: 0n,
      correction: null,
      allocated: undefined,
      priced: { kind: 'units', bucket: 'cacheWrite1h', units: 1n, rate: 1n, listRate: 1n },
    } as const;
    const details = (spec: Spec): unknown =>
      JSON.parse(cellsOf(charge, spec, () => null)['SkuPriceDetails'] ?? '');
    expect(details('1.5-draft')).toEqual({
      ModelDeveloper: 'Anthropic',
      ModelId: 'claude-x',
      TokenDirection: 'Input',
      TokenCacheAction: 'Write',
      x_CacheRetention: '1h',
      x_ServiceTier: 'batch',
    });
    expect(Object.keys(details('1.4') as object).every((key) => key.startsWith('x_'))).toBe(true);
  });
});

describe('Parquet', () => {
  it('reads back as the CSV of the same rows', async () => {
    const uses = sampleUses();
    const [csv, parquet] = [await exported(uses), await exported(uses, { format: 'parquet' })];
    expect(parquet.lines).toEqual(csv.lines);
  });

  it('is read by another engine, types and sums', async (context) => {
    const uses = sampleUses();
    const { bytes, summary } = await exported(uses, { format: 'parquet' });
    const directory = mkdtempSync(join(tmpdir(), 'setpoint-focus-'));
    try {
      const file = join(directory, 'focus.parquet');
      writeFileSync(file, bytes);
      const chdb = loadEngine();
      if (chdb === undefined) return context.skip('chdb has no build for this machine');
      const answer = String(
        chdb.query(
          `SELECT sum(BilledCost), toTypeName(any(BilledCost)), toTypeName(any(ListCost)), toTypeName(any(ChargePeriodStart)), count(), ` +
            `countIf(toDecimal256(assumeNotNull(ListUnitPrice), 15) * toDecimal256(assumeNotNull(PricingQuantity), 6) != ListCost AND ListUnitPrice IS NOT NULL) ` +
            `FROM file('${file}', Parquet)`,
          'TSVRaw',
        ),
      );
      expect(answer.trim().split('\t')).toEqual([
        summary.billedCost,
        'Nullable(Decimal(38, 12))',
        'Nullable(Decimal(38, 18))',
        "Nullable(DateTime64(3, 'UTC'))",
        String(summary.rows),
        '0',
      ]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

function loadEngine(): { query(sql: string, format: string): unknown } | undefined {
  try {
    return createRequire(import.meta.url)('chdb') as { query(sql: string, format: string): unknown };
  } catch {
    return undefined;
  }
}
