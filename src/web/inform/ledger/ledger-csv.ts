/** The ledger's table as CSV: what it is of stands above it, and every figure has all its digits. */
import type { Figures, LedgerAnswer } from '../../../api/contract.ts';
import type { Conditions } from '../../parts/conditions.ts';

const COLUMNS = ['calls', 'averageInputTokens', 'costPerCall', 'share', 'cost', 'unpricedCalls'] as const;

export function ledgerCsv(data: LedgerAnswer, only: Conditions): string {
  const none = data.by.map(() => '');
  const rows = [
    ['period', data.during.text],
    ['from', data.during.from],
    ['to', data.during.to],
    ['time zone', data.timeZone],
    ['currency', data.currency],
    ['price books', ...data.priceVersions],
    ['simulated', data.simulated],
    ['lines shown', ...only],
    ['as of', data.asOf],
    [],
    ['row', ...data.by, ...COLUMNS],
    ...data.rows.map(({ group, figures }) => ['group', ...group, ...cells(figures)]),
    ...(data.other === null ? [] : [['everything else', ...none, ...cells(data.other)]]),
    ['total', ...none, ...cells(data.total)],
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
