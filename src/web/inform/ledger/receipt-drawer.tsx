import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

import type { Receipt } from '../../../api/contract.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Icon } from '../../parts/icon.tsx';
import { CompositionStrip } from '../../parts/strip.tsx';
import { asking } from '../../parts/server.ts';
import { tell } from '../../parts/telling.ts';
import { Attempts } from './receipt-attempts.tsx';
import { Charges } from './receipt-charges.tsx';
import { Timeline } from './receipt-timeline.tsx';
import { Who } from './receipt-who.tsx';
import { isTaken } from './row-walk.ts';

interface ReceiptDrawerProps {
  readonly call: string;
  readonly timeZone: string;
  /** It lies over the page instead of beside it, and so takes the focus. */
  readonly covers: boolean;
  /** The calls beside it in the table, as far as they are there. */
  readonly previous: string | undefined;
  readonly next: string | undefined;
  /** Opens another, or with an empty id closes it. */
  readonly onPick: (call: string, how?: 'step' | 'replace') => void;
}

/** What one call cost and why: units × price × price version, to the picodollar. */
export function ReceiptDrawer({ call, timeZone, covers, previous, next, onPick }: ReceiptDrawerProps) {
  const receipt = useQuery({
    queryKey: ['receipt', call],
    queryFn: ({ signal }) => asking(signal).receipt(call),
  });
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (covers) close.current?.focus();
  }, [covers]);
  // Here and not where rows are walked: it may be open before there are rows.
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !isTaken(event)) onPick('');
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [onPick]);
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
          <Beside label="Newer call" icon="up" call={previous} onPick={onPick} />
          <Beside label="Older call" icon="down" call={next} onPick={onPick} />
          <button
            type="button"
            className="btn plain square"
            aria-label="Close"
            ref={close}
            onClick={() => onPick('')}
          >
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

interface BesideProps {
  readonly label: string;
  readonly icon: 'up' | 'down';
  readonly call: string | undefined;
  readonly onPick: (call: string, how?: 'step' | 'replace') => void;
}

function Beside({ label, icon, call, onPick }: BesideProps) {
  return (
    <button
      type="button"
      className={`btn plain square move ${icon}`}
      aria-label={label}
      title={label}
      aria-disabled={call === undefined}
      onClick={() => call !== undefined && onPick(call, 'replace')}
    >
      <Icon name="right" />
    </button>
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
      <Timeline lines={receipt.lines} timeZone={timeZone} />
      <Take receipt={receipt} />
    </>
  );
}

/** The receipt for elsewhere: its id, the answer of the API, how to ask for it, or on paper. */
function Take({ receipt }: { readonly receipt: Receipt }) {
  const url = `${location.origin}/api/v1/calls/${receipt.call}`;
  return (
    <section className="take">
      <CopyButton text={receipt.call} label="Copy id of the call" says="Copy id" />
      <CopyButton text={JSON.stringify(receipt, null, 2)} label="Copy as JSON" says="JSON" />
      <CopyButton text={`curl '${url}'`} label="Copy as curl" says="curl" />
      <button type="button" className="btn" onClick={() => print()}>
        Print
      </button>
    </section>
  );
}
