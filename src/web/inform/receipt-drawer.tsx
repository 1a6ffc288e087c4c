import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

import type { LedgerLine, Receipt } from '../../api/contract.ts';
import { Named } from '../parts/chips.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Icon } from '../parts/icon.tsx';
import { fullInstant } from '../parts/instants.ts';
import { CompositionStrip } from '../parts/strip.tsx';
import { api } from './ledger-api.ts';
import { Attempts, Charges } from './receipt-tables.tsx';
import { tell } from './trouble.tsx';

const BASES: Readonly<Record<string, string>> = {
  reported: 'measured, usage reported by the provider',
  counted: 'estimated, counted from what was delivered',
  presumed: 'estimated, presumed until a correction replaces it',
};

const NAMERS: Readonly<Record<string, string>> = { said: 'the call itself', key: 'its key' };

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
        <Who line={line} timeZone={timeZone} />
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

function Who({ line, timeZone }: { readonly line: LedgerLine; readonly timeZone: string }) {
  const tags = Object.entries(line.tags).map(([name, value]) => `${name}: ${value}`);
  return (
    <dl className="facts-list">
      <dt>Workflow</dt>
      <dd>
        <Named name={line.workflow} dimension="workflow" />
        {line.team !== '' && <span className="quiet"> · {line.team}</span>}
      </dd>
      <dt>Customer</dt>
      <dd>
        <Named name={line.customer} dimension="customer" />
      </dd>
      <dt>Request</dt>
      <dd className="mono">{line.request}</dd>
      {line.session !== '' && (
        <>
          <dt>Session</dt>
          <dd className="mono">{line.session}</dd>
        </>
      )}
      <dt>Time</dt>
      <dd>
        {fullInstant(line.startedAt, timeZone)} {timeZone}
      </dd>
      <dt>Key</dt>
      <dd className="mono">{line.key}</dd>
      {tags.length > 0 && (
        <>
          <dt>Tags</dt>
          <dd>{tags.join(', ')}</dd>
        </>
      )}
      {line.account !== '' && (
        <>
          <dt>Account</dt>
          <dd className="mono">
            {line.account}
            {line.region !== '' && <span className="quiet"> · {line.region}</span>}
          </dd>
        </>
      )}
      {line.attributedBy !== '' && (
        <>
          <dt>Attributed by</dt>
          <dd>{NAMERS[line.attributedBy] ?? line.attributedBy}</dd>
        </>
      )}
      {line.source !== 'gateway' && (
        <>
          <dt>Source</dt>
          <dd>{line.source}</dd>
        </>
      )}
      <dt>Basis</dt>
      <dd>{BASES[line.basis] ?? line.basis}</dd>
    </dl>
  );
}
