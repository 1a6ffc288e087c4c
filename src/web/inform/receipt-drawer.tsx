import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

import type { Receipt } from '../../api/contract.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Icon } from '../parts/icon.tsx';
import { CompositionStrip } from '../parts/strip.tsx';
import { api } from './ledger-api.ts';
import { Who } from './receipt-who.tsx';
import { Attempts, Charges } from './receipt-tables.tsx';
import { tell } from './trouble.tsx';

interface ReceiptDrawerProps {
  readonly call: string;
  readonly timeZone: string;
  /** It lies over the page instead of beside it, and so takes the focus. */
  readonly covers: boolean;
  readonly onClose: () => void;
}

/** What one call cost and why: units × price × price version, to the picodollar. */
export function ReceiptDrawer({ call, timeZone, covers, onClose }: ReceiptDrawerProps) {
  const receipt = useQuery({ queryKey: ['receipt', call], queryFn: () => api.receipt(call) });
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (covers) close.current?.focus();
  }, [covers]);
  // Until the next receipt is there, the one before stays whole, under its own name.
  const shown = receipt.data?.call ?? call;
  return (
    <aside className="drawer" aria-label="Receipt" {...(covers && { role: 'dialog', 'aria-modal': true })}>
      <div className="drawer-page">
        <header>
          <h2>Receipt</h2>
          <span className="mono" title={shown}>
            {shown.slice(-12)}
          </span>
          <span className="push" />
          <CopyButton text={shown} label="Copy the call's id" bare />
          <button type="button" className="btn plain square" aria-label="Close" ref={close} onClick={onClose}>
            <Icon name="cross" />
          </button>
        </header>
        {receipt.error !== null && (
          <section role="alert">
            <b>{tell(receipt.error).title}.</b> {tell(receipt.error).detail}
          </section>
        )}
        {receipt.error === null && receipt.data !== undefined && (
          <ReceiptBody receipt={receipt.data} timeZone={timeZone} />
        )}
      </div>
    </aside>
  );
}

function ReceiptBody({ receipt, timeZone }: { readonly receipt: Receipt; readonly timeZone: string }) {
  const line = receipt.lines.find(({ part }) => part === 'call') ?? receipt.lines[0];
  if (line === undefined) return null;
  return (
    <>
      <section>
        <Who line={line} lines={receipt.lines} timeZone={timeZone} />
      </section>
      <Charges receipt={receipt} line={line} />
      <CompositionStrip
        title="Composition of the input"
        basis={line.compositionBasis}
        parts={line.composition.input}
      />
      <CompositionStrip
        title="Composition of the output"
        basis={line.compositionBasis}
        parts={line.composition.output}
      />
      <Attempts lines={receipt.lines} />
    </>
  );
}
