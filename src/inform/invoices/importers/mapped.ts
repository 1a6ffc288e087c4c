/** Any CSV, read by a mapping: which column is which field, in what unit, with what sign and date format. */
import { z } from 'zod';

import { modelName, providerName, tierName } from '../names.ts';
import {
  TOKEN_CLASSES,
  checkCurrency,
  dayOf,
  parseDecimal,
  readRows,
  toPicodollars,
  unitsOf,
  wholeFile,
} from '../statement.ts';
import type { Imported, TokenClass } from '../statement.ts';
import { cell } from './tables.ts';
import type { TableRow } from './tables.ts';
import { classOf } from '../names.ts';

const FIELDS = [
  'provider',
  'day',
  'account',
  'model',
  'bucket',
  'tier',
  'region',
  'units',
  'cost',
  'currency',
  'text',
  'charge',
  'invoice',
] as const;
type Field = (typeof FIELDS)[number];

export const Mapping = z.strictObject({
  /** Field → column. */
  columns: z.partialRecord(z.enum(FIELDS), z.string().max(200)),
  /** Field → what it is on every row. */
  constants: z.partialRecord(z.enum(FIELDS), z.string().max(200)).default({}),
  /** A unit is this many tokens or calls. */
  unitMultiplier: z
    .string()
    .regex(/^\d+(\.\d+)?$/)
    .default('1'),
  /** `cost` is in this; `cents` is a hundredth. */
  costUnit: z.enum(['dollars', 'cents']).default('dollars'),
  /** `negative`: costs are written below zero. */
  sign: z.enum(['positive', 'negative']).default('positive'),
  dateFormat: z.enum(['YYYY-MM-DD', 'MM/DD/YYYY', 'DD/MM/YYYY', 'DD.MM.YYYY']).default('YYYY-MM-DD'),
  monthly: z.boolean().default(false),
});
export type Mapping = z.infer<typeof Mapping>;

export function importMapped(rows: readonly TableRow[], mapping: Mapping): Imported {
  const absent = Object.values(mapping.columns).filter(
    (name) => rows.length > 0 && !Object.hasOwn(rows[0] ?? {}, name),
  );
  if (absent.length > 0)
    return wholeFile(
      `has no column ${absent.map((name) => `"${name}"`).join(', ')}; it has ${Object.keys(rows[0] ?? {}).join(', ')}`,
    );
  return readRows(rows, (row, number) => {
    const field = (name: Field): string | null => {
      const column = mapping.columns[name];
      return (column === undefined ? null : cell(row, column)) ?? mapping.constants[name] ?? null;
    };
    checkCurrency(field('currency') ?? undefined);
    const [cost, units, model, tier, charge] = [
      field('cost'),
      field('units'),
      field('model'),
      field('tier'),
      field('charge'),
    ];
    if (cost === null && units === null) throw new RangeError('states neither units nor a cost');
    return {
      row: number,
      provider: providerName(field('provider') ?? ''),
      day: dayIn(field('day') ?? '', mapping.dateFormat),
      monthly: mapping.monthly,
      charge: chargeOf(charge),
      account: field('account'),
      model: model === null ? null : modelName(model),
      bucket: bucketOf(field('bucket')),
      tier: tier === null ? null : tierName(tier),
      region: field('region'),
      units: units === null ? null : unitsOf(units, parseDecimal(mapping.unitMultiplier)),
      step: 1,
      cost: cost === null ? null : costOf(cost, mapping),
      text: field('text') ?? [model, field('bucket')].filter((one) => one !== null).join(', '),
      invoice: field('invoice'),
    };
  });
}

function costOf(text: string, { costUnit, sign }: Mapping): bigint {
  const { digits, scale } = parseDecimal(text.replace(/^\$/, '').replaceAll(',', ''));
  return toPicodollars({
    digits: sign === 'negative' ? -digits : digits,
    scale: scale + (costUnit === 'cents' ? 2 : 0),
  });
}

function chargeOf(text: string | null): 'usage' | 'credit' | 'tax' | 'minimum' | 'adjustment' {
  const match = /credit|tax|minimum|adjustment/i.exec(text ?? '')?.[0]?.toLowerCase();
  return (match as 'credit' | undefined) ?? 'usage';
}

function bucketOf(text: string | null): TokenClass | null {
  if (text === null) return null;
  return TOKEN_CLASSES.find((name) => name === text) ?? classOf(text);
}

function dayIn(text: string, format: Mapping['dateFormat']): string {
  const [first = '', second = '', third = ''] = text.split(/[/.]/);
  switch (format) {
    case 'YYYY-MM-DD':
      return dayOf(/^\d{4}-\d{2}$/.test(text) ? `${text}-01` : text);
    case 'MM/DD/YYYY':
      return dayOf(`${third}-${first.padStart(2, '0')}-${second.padStart(2, '0')}`);
    case 'DD/MM/YYYY':
    case 'DD.MM.YYYY':
      return dayOf(`${third}-${second.padStart(2, '0')}-${first.padStart(2, '0')}`);
  }
}
