import { readFileSync } from 'node:fs';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { OCTOBER, sampleUses, sheetOf, textOf } from '../../../test/fakes/focus-sample.ts';
import type { Sheet } from '../../../test/fakes/focus-sample.ts';
import { usesLedger } from '../../../test/fakes/uses.ts';
import { checkTable } from './check.ts';
import { exportFocus } from './export.ts';
import { tableOfBytes } from '../../tables/tables.ts';
import { ModelError, readModel } from './model.ts';
import type { Check, Model, Rule } from './model.ts';
import { OWN_RULES_NAME, ownRules } from './own-rules.ts';
import type { CheckReport } from './report.ts';
import { criteriaOf } from './support.ts';
import { TableUnreadable } from '../../tables/tables.ts';

const MODEL_FILE = new URL('../../../../shared/fixtures/focus-1.2-requirements.json', import.meta.url);
const ABSENT = 'the requirements model is reference data that is not here';

function modelText(): string | undefined {
  try {
    return readFileSync(MODEL_FILE, 'utf8');
  } catch {
    return undefined;
  }
}
const TEXT = modelText();

async function check(
  csv: string | Uint8Array,
  models: readonly Model[],
  supports = ['token-provider'],
): Promise<CheckReport> {
  const bytes = typeof csv === 'string' ? Buffer.from(csv) : csv;
  const known = Object.keys(models.find(({ name }) => name !== OWN_RULES_NAME)?.criteria ?? {});
  return checkTable(await tableOfBytes(bytes), models, criteriaOf(supports, known));
}

/** Ids of the rules that fail of their own, not by a part. */
function broken(report: CheckReport): readonly string[] {
  return report.sets.flatMap(({ rules }) =>
    rules.filter(({ verdict, parts }) => verdict === 'fail' && parts === null).map(({ id }) => id),
  );
}

async function exported(
  format: 'csv' | 'parquet' = 'csv',
  spec: '1.2' | '1.4' | '1.5-draft' = '1.2',
): Promise<Buffer> {
  const file = await exportFocus(usesLedger(sampleUses()), {
    spec,
    format,
    during: OCTOBER,
    granularity: 'day',
    tags: [],
  });
  const parts: Uint8Array[] = [];
  for await (const part of file.bytes) parts.push(part);
  return Buffer.concat(parts);
}

describe('the 1.2 requirements model', () => {
  it('gives every one of its 621 rules a verdict', async (context) => {
    if (TEXT === undefined) return context.skip(ABSENT);
    const model = readModel(TEXT);
    for (const supports of [['all'], ['none'], ['token-provider']]) {
      const report = await check(await exported(), [model], supports);
      const [set] = report.sets;
      expect(set?.rules).toHaveLength(621);
      expect(Object.values(set?.counts ?? {}).reduce((sum, count) => sum + count, 0)).toBe(621);
      expect(new Set(set?.rules.map(({ id }) => id)).size).toBe(621);
    }
  });

  it('finds no broken rule in our own 1.2 file, CSV and Parquet alike', async (context) => {
    if (TEXT === undefined) return context.skip(ABSENT);
    const models = [readModel(TEXT), ownRules()];
    const [csv, parquet] = [
      await check(await exported(), models),
      await check(await exported('parquet'), models),
    ];
    expect(broken(csv)).toEqual([]);
    expect(csv.sets[0]?.counts.fail).toBe(0);
    expect(csv.sets[0]?.counts.pass).toBeGreaterThan(250);
    expect(parquet).toEqual(csv);
  });

  it('judges the rules with a known defect by their sentences, and says so', async (context) => {
    if (TEXT === undefined) return context.skip(ABSENT);
    const report = await check(await exported(), [readModel(TEXT)]);
    const status = report.sets[0]?.rules.find(({ id }) => id === 'CommitmentDiscountStatus-C-005-M');
    expect(status).toMatchObject({ verdict: 'pass', defect: expect.stringContaining('Used and Unused') });
    expect(status?.rowsChecked).toBeGreaterThan(0);
    expect(report.sets[0]?.defects).toBe(14);
  });

  it('obeys a rule whose defect was mended', async (context) => {
    if (TEXT === undefined) return context.skip(ABSENT);
    const mended = TEXT.replaceAll('"Value": "Pending"', '"Value": "Other"').replaceAll(
      '"Value":"Pending"',
      '"Value":"Other"',
    );
    const report = await check(await exported(), [readModel(mended)]);
    const status = report.sets[0]?.rules.find(({ id }) => id === 'CommitmentDiscountStatus-C-005-M');
    expect(status).toMatchObject({ verdict: 'fail', defect: null });
  });
});

interface Plant {
  readonly name: string;
  readonly fault: (sheet: Sheet) => void;
  /** Rules of the model that must fail, and no other. */
  readonly model: readonly string[];
  /** The same of our own rules. */
  readonly own: readonly string[];
}

const at = ({ header }: Sheet, column: string): number => header.indexOf(column);
const set =
  (column: string, value: string, row = 0) =>
  (sheet: Sheet): void => {
    (sheet.rows[row] as string[])[at(sheet, column)] = value;
  };
const drop =
  (column: string) =>
  (sheet: Sheet): void => {
    const place = at(sheet, column);
    for (const cells of [sheet.header, ...sheet.rows]) cells.splice(place, 1);
  };

/** One file with each fault; rule families: presence, null, value, format, type, unit, identity, distinct, condition, defect. */
const PLANTS: readonly Plant[] = [
  {
    name: 'a mandatory column is missing',
    fault: drop('ProviderName'),
    model: ['CostAndUsage-D-038-M'],
    own: [],
  },
  {
    name: 'a cost is null',
    fault: set('EffectiveCost', ''),
    model: ['EffectiveCost-C-003-M', 'EffectiveCost-C-004-M'],
    own: ['Setpoint-EffectiveCost-Null'],
  },
  {
    name: 'a category is written in another case',
    fault: set('ServiceCategory', 'AI and machine learning'),
    model: ['ServiceCategory-C-003-M', 'ServiceName-C-005-C', 'ServiceSubcategory-C-004-M'],
    own: ['Setpoint-ServiceCategory-Values'],
  },
  {
    name: 'an instant has an offset instead of Z',
    fault: set('ChargePeriodStart', '2026-10-07T00:00:00+00:00'),
    model: ['ChargePeriodStart-C-002-M'],
    own: ['Setpoint-ChargePeriodStart-Format'],
  },
  {
    name: 'a number has a thousands separator',
    fault: set('ConsumedQuantity', '"12,820.0"'),
    model: ['ConsumedQuantity-C-001-M', 'ConsumedQuantity-C-002-M'],
    own: ['Setpoint-ConsumedQuantity-Format'],
  },
  {
    name: 'a currency is not one',
    fault: set('BillingCurrency', 'USX'),
    model: ['BillingCurrency-C-003-M', 'BillingCurrency-C-006-M'],
    own: ['Setpoint-BillingCurrency-Format'],
  },
  {
    name: 'a cost is off by the smallest unit there is',
    fault: (sheet) =>
      set(
        'ListCost',
        (Number((sheet.rows[0] as string[])[at(sheet, 'ListCost')]) + 0.000001).toFixed(6),
      )(sheet),
    model: ['ListUnitPrice-C-010-C', 'ListCost-C-009-C'],
    own: ['Setpoint-ListCost-Identity'],
  },
  {
    name: 'two SKUs share a price id',
    fault: (sheet) => {
      const id = at(sheet, 'SkuPriceId');
      const other = sheet.rows.find(
        (cells) => cells[at(sheet, 'SkuId')] !== sheet.rows[0]?.[at(sheet, 'SkuId')] && cells[id] !== '',
      );
      set('SkuPriceId', other?.[id] ?? '')(sheet);
    },
    model: ['SkuPriceId-C-008-M'],
    own: [],
  },
  {
    name: 'tags are nested',
    fault: set('Tags', '"{""team"":{""name"":""CX""}}"'),
    model: ['Tags-C-001-M'],
    own: ['Setpoint-Tags-Format'],
  },
  {
    name: 'a quantity has no unit',
    fault: set('ConsumedUnit', ''),
    model: ['ConsumedUnit-C-006-C'],
    own: [],
  },
  {
    name: 'a status is one of the model’s list, not of the specification’s',
    fault: (sheet) => {
      const row = sheet.rows.findIndex((cells) => cells[at(sheet, 'CommitmentDiscountStatus')] === 'Used');
      set('CommitmentDiscountStatus', 'Active', row)(sheet);
    },
    model: ['CommitmentDiscountStatus-C-005-M'],
    own: ['Setpoint-CommitmentDiscountStatus-Values'],
  },
  {
    name: 'a class is not the one that there is, and a description is missing',
    fault: (sheet) => {
      set('ChargeClass', 'Refund')(sheet);
      set('ChargeDescription', '', 1)(sheet);
    },
    model: ['ChargeDescription-C-003-O', 'ChargeClass-C-005-C'],
    own: ['Setpoint-ChargeClass-Values'],
  },
  {
    name: 'a custom column stands among the others and a price is negative',
    fault: (sheet) => {
      const place = at(sheet, 'x_Provider');
      for (const cells of [sheet.header, ...sheet.rows]) cells.unshift(...cells.splice(place, 1));
      const row = sheet.rows.findIndex((cells) => cells[at(sheet, 'ChargeClass')] === 'Correction');
      set('ListUnitPrice', '-10.0', row)(sheet);
    },
    model: ['ListUnitPrice-C-008-M'],
    own: ['Setpoint-Columns'],
  },
];

describe('planted faults', () => {
  it.each(PLANTS)('$name: found by its rules, and nothing else is', async ({ fault, model, own }) => {
    const sheet = sheetOf((await exported()).toString());
    fault(sheet);
    expect(broken(await check(textOf(sheet), [ownRules()])).toSorted()).toEqual([...own].toSorted());
    if (TEXT === undefined) return;
    expect(broken(await check(textOf(sheet), [readModel(TEXT)])).toSorted()).toEqual([...model].toSorted());
  });

  it('has nothing to find in the file as it was', async () => {
    expect(broken(await check(textOf(sheetOf((await exported()).toString())), [ownRules()]))).toEqual([]);
  });

  it('has nothing to find in files of other versions either, and finds a key that nobody defined', async () => {
    for (const spec of ['1.4', '1.5-draft'] as const)
      expect(broken(await check(await exported('csv', spec), [ownRules()]))).toEqual([]);
    const sheet = sheetOf((await exported()).toString());
    set('SkuPriceDetails', '"{""Mood"":""good""}"')(sheet);
    expect(broken(await check(textOf(sheet), [ownRules()]))).toEqual(['Setpoint-SkuPriceDetails-Keys']);
  });

  it('names the offending rows, their values and how many there are', async () => {
    const sheet = sheetOf((await exported()).toString());
    for (let row = 2; row < 10; row += 1) set('BilledCost', '$1', row)(sheet);
    const report = await check(textOf(sheet), [ownRules()]);
    const rule = report.sets[0]?.rules.find(({ id }) => id === 'Setpoint-BilledCost-Format');
    expect(rule).toMatchObject({ rowsFailed: 8, rowsChecked: sheet.rows.length });
    expect(rule?.first).toHaveLength(5);
    expect(rule?.first[0]).toEqual({ row: 3, values: { BilledCost: '$1' } });
    expect(report.conforms).toBe(false);
  });
});

/** A model of a few rules, for what the official one does not have. */
function modelOf(rules: ReadonlyArray<Partial<Rule> & { readonly id: string }>): Model {
  return {
    name: 'test',
    version: '0',
    criteria: { CATS_SUPPORTED: 'cats' },
    rules: rules.map((rule) => ({
      entity: 'Column',
      reference: 'A',
      kind: 'Validation',
      machineCheckable: true,
      criteria: [],
      keyword: 'MUST',
      sentence: 'A MUST be right.',
      requirement: undefined,
      condition: undefined,
      dependencies: [],
      ...rule,
    })),
  };
}

const value = (column: string, wanted: string | number | null): Check => ({
  CheckFunction: 'CheckValue',
  ColumnName: column,
  Value: wanted,
});
const part = (id: string): Check => ({ CheckFunction: 'CheckModelRule', ModelRuleId: id });
const verdicts = (report: CheckReport): Readonly<Record<string, string>> =>
  Object.fromEntries(report.sets[0]?.rules.map(({ id, verdict }) => [id, verdict]) ?? []);

describe('how rules join', () => {
  it('passes OR with one part that passes, fails AND with one that fails, and lets advice bend', async () => {
    const model = modelOf([
      { id: 'yes', requirement: value('A', 'x') },
      { id: 'no', requirement: value('A', 'y') },
      { id: 'advice', requirement: value('A', 'y'), keyword: 'SHOULD' },
      { id: 'permission', requirement: value('A', null), keyword: 'MAY' },
      { id: 'either', requirement: { CheckFunction: 'OR', Items: [part('yes'), part('no')] } },
      { id: 'both', requirement: { CheckFunction: 'AND', Items: [part('yes'), part('no')] } },
      { id: 'soft', requirement: { CheckFunction: 'AND', Items: [part('yes'), part('advice')] } },
    ]);
    expect(verdicts(await check('A\nx\n', [model]))).toEqual({
      yes: 'pass',
      no: 'fail',
      advice: 'fail',
      permission: 'pass',
      either: 'pass',
      both: 'fail',
      soft: 'pass',
    });
  });

  it('holds a part to the condition and the criteria of the rule above it', async () => {
    const model = modelOf([
      {
        id: 'top',
        requirement: { CheckFunction: 'AND', Items: [part('below')] },
        condition: value('B', 'yes'),
      },
      { id: 'below', requirement: value('A', 'x') },
      {
        id: 'cats',
        requirement: { CheckFunction: 'AND', Items: [part('tail')] },
        criteria: ['CATS_SUPPORTED'],
      },
      { id: 'tail', requirement: value('A', 'z') },
    ]);
    const csv = 'A,B\nx,yes\ny,no\ny,\n';
    expect(verdicts(await check(csv, [model], ['none']))).toMatchObject({
      top: 'pass',
      below: 'pass',
      cats: 'not-applicable',
      tail: 'not-applicable',
    });
    expect(verdicts(await check(csv, [model], ['cats']))).toMatchObject({ cats: 'fail', tail: 'fail' });
  });

  it('says when no row meets a condition and when a column is absent', async () => {
    const model = modelOf([
      { id: 'never', requirement: value('A', 'x'), condition: value('A', 'q') },
      { id: 'absent', requirement: value('Z', 'x') },
    ]);
    const report = await check('A\ny\n', [model]);
    expect(report.sets[0]?.rules.map(({ verdict, reason }) => [verdict, reason])).toEqual([
      ['not-applicable', 'no row meets its condition'],
      ['not-applicable', 'the file has no column Z'],
    ]);
  });

  it('refuses what it does not know: functions, arguments, references, circles', async () => {
    const refused = (rule: Partial<Rule>): Promise<unknown> =>
      check('A\nx\n', [modelOf([{ id: 'r', ...rule }])]);
    await expect(refused({ requirement: { CheckFunction: 'CheckMoon', ColumnName: 'A' } })).rejects.toThrow(
      /CheckMoon/,
    );
    await expect(refused({ requirement: { CheckFunction: 'CheckValue', ColumnName: 'A' } })).rejects.toThrow(
      /Value/,
    );
    await expect(refused({ requirement: part('nobody') })).rejects.toThrow(/nobody/);
    await expect(refused({ requirement: part('r') })).rejects.toThrow(ModelError);
    await expect(
      refused({ requirement: value('A', 'x'), condition: { AND: [] } as unknown as Check }),
    ).rejects.toThrow(/does not know/);
    expect(() => readModel('{}')).toThrow(/focus model add/);
    expect(() => readModel('nonsense')).toThrow(ModelError);
    expect(() => criteriaOf(['DOGS'], ['CATS_SUPPORTED'])).toThrow(/CATS/);
  });

  it('refuses a model that names a check function which there is not', (context) => {
    if (TEXT === undefined) return context.skip(ABSENT);
    expect(() => readModel(TEXT.replaceAll('CheckNationalCurrency', 'CheckPlanet'))).toThrow(/CheckPlanet/);
    const once = TEXT.replace(/"CheckFunction": ?"TypeString"/, '"CheckFunction":"NoStandIn"');
    expect(once).not.toBe(TEXT);
    expect(() => readModel(once)).toThrow(/NoStandIn/);
  });
});

describe('exact identities', () => {
  const identity = modelOf([
    {
      id: 'product',
      requirement: {
        CheckFunction: 'ColumnByColumnEqualsColumnValue',
        ColumnAName: 'A',
        ColumnBName: 'B',
        ResultColumnName: 'C',
      },
    },
  ]);

  it('holds 0.000015 × 20 = 0.0003, which floats do not', async () => {
    expect(0.000015 * 20).not.toBe(0.0003);
    expect(verdicts(await check('A,B,C\n0.000015,20,0.0003\n', [identity]))['product']).toBe('pass');
    expect(verdicts(await check('A,B,C\n0.000015,20,0.00030000000000000003\n', [identity]))['product']).toBe(
      'fail',
    );
  });

  it('holds for every price and quantity, and for no other product', () =>
    fc.assert(
      fc.asyncProperty(fc.bigInt(0n, 10n ** 18n), fc.bigInt(1n, 10n ** 12n), async (price, units) => {
        const text = (digits: bigint, scale: number): string => {
          const padded = digits.toString().padStart(scale + 1, '0');
          return `${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
        };
        const row = (product: bigint): string =>
          `A,B,C\n${text(price, 12)},${text(units, 6)},${text(product, 18)}\n`;
        expect(verdicts(await check(row(price * units), [identity]))['product']).toBe('pass');
        expect(verdicts(await check(row(price * units + 1n), [identity]))['product']).toBe('fail');
      }),
      { numRuns: 40 },
    ));
});

describe('what a file may be', () => {
  it('says what is wrong with a file that is no table', async () => {
    await expect(check('', [ownRules()])).rejects.toThrow(TableUnreadable);
    await expect(check('A,B\n1\n', [ownRules()])).rejects.toThrow(/Row 1 has 1 fields and the header 2/);
    await expect(check('A,A\n1,2\n', [ownRules()])).rejects.toThrow(/twice/);
    await expect(check('A\n"x', [ownRules()])).rejects.toThrow(/cut off/);
    await expect(check(Buffer.from('PAR1 and no more'), [ownRules()])).rejects.toThrow(TableUnreadable);
  });

  it('notes columns that other readers take for integers', async () => {
    const report = await check('BilledCost,ListCost\n3,3.0\n-4,\n', [ownRules()]);
    expect(report.notes).toEqual([expect.stringContaining('BilledCost holds whole numbers only')]);
  });

  it('gives a verdict to any text, or says that it is no table', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.string({ maxLength: 12, unit: 'binary' }), { minLength: 1, maxLength: 4 }), {
          maxLength: 6,
        }),
        async (rows) => {
          const csv = rows
            .map((cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','))
            .join('\n');
          try {
            const report = await check(`BilledCost,Tags,ChargePeriodStart\n${csv}\n`, [ownRules()]);
            expect(report.rows).toBeLessThanOrEqual(rows.length);
          } catch (error) {
            expect(error).toBeInstanceOf(TableUnreadable);
          }
        },
      ),
      { numRuns: 40 },
    ));
});
