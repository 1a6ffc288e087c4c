/** What is shown, and what it rests on, as files and on paper. */
import type { LedgerAnswer } from '../../../api/contract.ts';
import type { Conditions } from '../../parts/conditions.ts';
import { Drop, DropText } from '../../parts/drop.tsx';
import { openOverlay } from '../../parts/overlay.ts';
import { ledgerCsv } from './ledger-csv.ts';

interface ExportMenuProps {
  readonly data: LedgerAnswer;
  /** Of the whole page. */
  readonly filters: Conditions;
  /** The lines that the page shows below. */
  readonly only: Conditions;
}

const close = (): void => openOverlay(undefined);
const UNTIL_CLOSED_MS = 100;

export function ExportMenu({ data, filters, only }: ExportMenuProps) {
  const focus = (format: 'csv' | 'parquet'): string =>
    `/api/v1/focus?${new URLSearchParams({ during: data.during.text, format }).toString()}`;
  const act = (run: () => void) => () => {
    close();
    setTimeout(run, UNTIL_CLOSED_MS);
  };
  return (
    <Drop name="export" label="Export" icon="share">
      <button
        type="button"
        className="btn plain"
        onClick={act(() => save(`ledger-${data.during.text}.csv`, ledgerCsv(data, { filters, only })))}
      >
        <DropText
          label="This table, CSV"
          note="the rows as shown, every digit, with filters, zone and price book"
        />
      </button>
      <a className="btn plain" href={focus('csv')} download onClick={close}>
        <DropText label="FOCUS 1.2, CSV" note="the whole period, for other cost tools; days are UTC" />
      </a>
      <a className="btn plain" href={focus('parquet')} download onClick={close}>
        <DropText label="FOCUS 1.2, Parquet" note="the same, smaller" />
      </a>
      <button type="button" className="btn plain" onClick={act(() => print())}>
        <DropText
          label="Print, or save as PDF"
          note="with a receipt open, the receipt; of the calls, up to 1,000"
        />
      </button>
    </Drop>
  );
}

function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
}
