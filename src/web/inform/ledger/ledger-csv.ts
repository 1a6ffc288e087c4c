/** The ledger's table as CSV: what it is of stands above it, and every figure has all its digits. */
import type { Figures, LedgerAnswer } from '../../../api/contract.ts';
import type { Conditions } from '../../parts/conditions.ts';

const COLUMNS = ['calls', 'averageInputTokens', 'costPerCall', 'share', 'cost', 'unpricedCalls'] as const;

interface Narrowed {
  /** Of the whole table. */
  readonly filters: Conditions;
  /** Of the lines below it. */
  readonly only: Conditions;
}

export function ledgerCsv(data: LedgerAnswer, { filters, only }: Narrowed): string {
  const none = data.by.map(() => '');
  const { compared } = data;
  const before = (figures: Figures | null | undefined): string[] =>
    compared === undefined ? [] : [figures?.cost ?? ''];
  const rows = [
    ['period', data.during.text],
    ['from', data.during.from],
    ['to', data.during.to],
    ['time zone', data.timeZone],
    ['currency', data.currency],
    ['price books', ...data.priceVersions],
    ['simulated', data.simulated],
    ['filters', ...filters],
    ['lines shown', ...only],
    ...(compared === undefined ? [] : [['compared with', compared.during.from, compared.during.to]]),
    ['as of', data.asOf],
    [],
    ['row', ...data.by, ...COLUMNS, ...(compared === undefined ? [] : ['costBefore'])],
    ...data.rows.map(({ group, figures }, at) => [
      'group',
      ...group,
      ...cells(figures),
      ...before(compared?.rows[at]),
    ]),
    ...(data.other === null
      ? []
      : [['everything else', ...none, ...cells(data.other), ...before(compared?.other)]]),
    ['total', ...none, ...cells(data.total), ...before(compared?.total)],
  ];
  return `${rows.map((row) => row.map(field).join(',')).join('\r\n')}\r\n`;
}

function cells(figures: Figures): string[] {
  return COLUMNS.map((column) => {
    const figure = figures[column];
    return figure === null || figure === undefined ? '' : String(figure);
  });
}

/** Quoted where it must be. A text that a spreadsheet would run as a formula is kept a text. */
function field(value: string): string {
  const safe = /^[=+@\t\r]|^-(?![\d.])/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
