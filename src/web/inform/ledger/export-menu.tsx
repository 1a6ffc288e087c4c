/** What is shown, and what it rests on, as files. */
import { useRef } from 'react';

import type { LedgerAnswer } from '../../../api/contract.ts';
import type { Conditions } from '../../parts/conditions.ts';
import { Icon } from '../../parts/icon.tsx';
import { ledgerCsv } from './ledger-csv.ts';

interface ExportMenuProps {
  readonly data: LedgerAnswer;
  /** The lines that the page shows below. */
  readonly only: Conditions;
}

export function ExportMenu({ data, only }: ExportMenuProps) {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = (): void => menu.current?.removeAttribute('open');
  const focus = (format: 'csv' | 'parquet'): string =>
    `/api/v1/focus?${new URLSearchParams({ during: data.during.text, format }).toString()}`;
  return (
    <details
      className="export"
      ref={menu}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        close();
        menu.current?.querySelector('summary')?.focus();
      }}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) close();
      }}
    >
      <summary className="btn plain">
        <Icon name="share" />
        Export
      </summary>
      <div>
        <button
          type="button"
          className="btn plain"
          onClick={() => {
            save(`ledger-${data.during.text}.csv`, ledgerCsv(data, only));
            close();
          }}
        >
          <span>
            This table, CSV
            <small>the rows as shown, every digit, with zone and price book</small>
          </span>
        </button>
        <a className="btn plain" href={focus('csv')} download onClick={close}>
          <span>
            FOCUS 1.2, CSV
            <small>the whole period, for other cost tools; days are UTC</small>
          </span>
        </a>
        <a className="btn plain" href={focus('parquet')} download onClick={close}>
          <span>
            FOCUS 1.2, Parquet
            <small>the same, smaller</small>
          </span>
        </a>
      </div>
    </details>
  );
}

function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
}
