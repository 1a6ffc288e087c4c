/** What a page shows as files: its own questions, asked of the server in another format, so that nothing is made up here. */
import { fileLink } from '../../api/client.ts';
import type { FileAsks } from '../../api/client.ts';
import type { ExportLink } from '../parts/exports.tsx';

/** A table as CSV and as Parquet. */
export function filesOf<Of extends keyof FileAsks>(
  label: string,
  of: Of,
  ask: FileAsks[Of] | undefined,
  note = 'rows, the rest and the total, every digit, with filters, zone and price book',
): ExportLink[] {
  if (ask === undefined) return [];
  return [
    {
      label: `${label}, CSV`,
      note,
      href: fileLink(of, ask, 'csv'),
    },
    { label: `${label}, Parquet`, note: 'the same, with types', href: fileLink(of, ask, 'parquet') },
  ];
}

/** The whole period for other tools. */
export function focusFiles(during: string): ExportLink[] {
  const href = (format: 'csv' | 'parquet'): string =>
    `/api/v1/focus?${new URLSearchParams({ during, format }).toString()}`;
  return [
    {
      label: 'FOCUS 1.2, CSV',
      note: 'the whole period, for other cost tools; days are UTC',
      href: href('csv'),
    },
    { label: 'FOCUS 1.2, Parquet', note: 'the same, smaller', href: href('parquet') },
  ];
}
