/** An answer of the ledger as files: what is shown with every digit, and the whole period for other tools. */
import type { LedgerAnswer } from '../../api/contract.ts';
import type { Conditions } from '../parts/conditions.ts';
import type { ExportLink } from '../parts/exports.tsx';
import { ledgerCsv } from './ledger-csv.ts';

/** @param page what the files are called after. */
export function filesOf(
  page: string,
  data: LedgerAnswer | undefined,
  where: Conditions,
  only: Conditions = [],
): ExportLink[] {
  if (data === undefined) return [];
  const focus = (format: 'csv' | 'parquet'): string =>
    `/api/v1/focus?${new URLSearchParams({ during: data.during.text, format }).toString()}`;
  return [
    {
      label: 'This table, CSV',
      note: 'the rows as shown, every digit, with filters, zone and price book',
      onSave: () => save(`${page}-${data.during.text}.csv`, ledgerCsv(data, where, only)),
    },
    {
      label: 'FOCUS 1.2, CSV',
      note: 'the whole period, for other cost tools; days are UTC',
      href: focus('csv'),
    },
    { label: 'FOCUS 1.2, Parquet', note: 'the same, smaller', href: focus('parquet') },
  ];
}

function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
}
