/** The ledger's table as CSV: what it is of stands above it, and every figure has all its digits. */
import type { Figures, LedgerAnswer } from '../../api/contract.ts';
import type { Conditions } from '../parts/conditions.ts';

const COLUMNS = ['calls', 'averageInputTokens', 'costPerCall', 'share', 'cost', 'unpricedCalls'] as const;
const BESIDE = ['calls', 'cost'] as const;

/** @param only the lines that the page shows below, beyond its filters. */
export function ledgerCsv(data: LedgerAnswer, where: Conditions, only: Conditions = []): string {
  const none = data.by.map(() => '');
  const { compared } = data;
  const beside = (figures: Figures | null | undefined): string[] =>
    compared === undefined ? [] : cells(figures ?? {}, BESIDE);
  const rows = [
    ['period', data.during.text],
    ['from', data.during.from],
    ['to', data.during.to],
    ['time zone', data.timeZone],
    ['currency', data.currency],
    ['price books', ...data.priceVersions],
    ['simulated', data.simulated],
    ['filters', ...where],
    ['lines shown', ...only],
    ['as of', data.asOf],
    ...(compared === undefined ? [] : [['compared with', compared.during.from, compared.during.to]]),
    [],
    [
      'row',
      ...data.by,
      ...COLUMNS,
      ...(compared === undefined ? [] : BESIDE.map((name) => `${name} before`)),
    ],
    ...data.rows.map(({ group, figures }, at) => [
      'group',
      ...group,
      ...cells(figures),
      ...beside(compared?.rows[at]),
    ]),
    ...(data.other === null
      ? []
      : [['everything else', ...none, ...cells(data.other), ...beside(compared?.other)]]),
    ['total', ...none, ...cells(data.total), ...beside(compared?.total)],
  ];
  return `${rows.map((row) => row.map(field).join(',')).join('\r\n')}\r\n`;
}

function cells(figures: Figures, columns: readonly (keyof Figures)[] = COLUMNS): string[] {
  return columns.map((column) => {
    const figure = figures[column];
    return figure === null || figure === undefined ? '' : String(figure);
  });
}

/** Quoted where it must be. A text that a spreadsheet would run as a formula is kept a text. */
function field(value: string): string {
  const safe = /^[=+@\t\r]|^-(?![\d.])/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
