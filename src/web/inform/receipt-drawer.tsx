import { useQuery } from '@tanstack/react-query';

import { ApiProblem } from '../../api/client.ts';
import type { LedgerLine, Receipt } from '../../api/contract.ts';
import { countText, exactMoney } from '../../units/figures.ts';
import { parseDollars } from '../../units/money.ts';
import { BUCKETS } from '../../units/tokens.ts';
import type { Bucket } from '../../units/tokens.ts';
import { Named, StateChip } from '../parts/chips.tsx';
import { Icon } from '../parts/icon.tsx';
import { CompositionStrip } from '../parts/strip.tsx';
import { api } from './ledger-api.ts';
import { states } from './calls-table.tsx';

const BASES: Readonly<Record<string, string>> = {
  reported: 'measured, usage reported by the provider',
  counted: 'estimated, counted from what was delivered',
  presumed: 'assumed, until the provider’s figures correct it',
};

/** What one call cost and why: units × price × price version, to the picodollar. */
export function ReceiptDrawer({ call, onClose }: { readonly call: string; readonly onClose: () => void }) {
  const receipt = useQuery({ queryKey: ['receipt', call], queryFn: () => api.receipt(call) });
  return (
    <aside className="drawer" aria-label="Receipt">
      <header>
        <h2>Receipt</h2>
        <span className="mono">{call.slice(-12)}</span>
        <span className="push" />
        <button type="button" className="btn plain square" aria-label="Copy the call's id" onClick={() => void navigator.clipboard.writeText(call)}>
          <Icon name="copy" />
        </button>
        <button type="button" className="btn plain square" aria-label="Close" onClick={onClose}>
          <Icon name="cross" />
        </button>
      </header>
      {receipt.error !== null && (
        <section role="alert">{receipt.error instanceof ApiProblem ? receipt.error.problem.detail : receipt.error.message}</section>
      )}
      {receipt.data !== undefined && <ReceiptBody receipt={receipt.data} />}
    </aside>
  );
}

function ReceiptBody({ receipt }: { readonly receipt: Receipt }) {
  const line = receipt.lines[0];
  if (line === undefined) return null;
  const tags = Object.entries(line.tags);
  return (
    <>
      <section>
        <dl className="facts-list">
          <dt>Workflow</dt>
          <dd>
            <Named name={line.workflow} /> {line.team !== '' && <span className="quiet">· {line.team}</span>}
          </dd>
          <dt>Customer</dt>
          <dd>
            <Named name={line.customer} />
          </dd>
          <dt>Request</dt>
          <dd className="mono wrap">{line.request}</dd>
          <dt>Time</dt>
          <dd>{line.startedAt.replace('T', ' ').replace('Z', '')} UTC</dd>
          <dt>Key</dt>
          <dd className="mono">{line.key}</dd>
          {tags.length > 0 && <dt>Tags</dt>}
          {tags.length > 0 && <dd>{tags.map(([name, value]) => `${name}: ${value}`).join(', ')}</dd>}
          <dt>Basis</dt>
          <dd>{BASES[line.basis] ?? line.basis}</dd>
        </dl>
      </section>
      <Charges receipt={receipt} line={line} />
      <CompositionStrip title="Composition of the input" basis={line.compositionBasis} parts={line.composition.input} />
      <CompositionStrip title="Composition of the output" basis={line.compositionBasis} parts={line.composition.output} />
      <Attempts lines={receipt.lines} />
    </>
  );
}

function Charges({ receipt, line }: { readonly receipt: Receipt; readonly line: LedgerLine }) {
  const priced = receipt.unpricedLines === 0;
  return (
    <section>
      <h2>
        Charges <em>units × price per 1M = cost</em>
      </h2>
      <div className="scroll" role="region" tabIndex={0} aria-label="Charges">
        <table className="receipt">
          <caption className="sr">Charges of the call</caption>
          <thead>
            <tr>
              <th scope="col">Bucket</th>
              <th scope="col" className="num">Units</th>
              <th scope="col" className="num">$ / 1M</th>
              <th scope="col" className="num">Cost, $</th>
            </tr>
          </thead>
          <tbody>
            {receipt.lines.flatMap((one) =>
              one.buckets.map(({ bucket, units, rate, cost }) => (
                <tr key={`${one.id} ${bucket}`}>
                  <td>
                    {BUCKETS[bucket as Bucket]?.label ?? bucket}
                    {one.part !== 'call' && <span className="quiet"> · {one.part}</span>}
                    {one.attemptNumber > 1 && <span className="quiet"> · attempt {one.attemptNumber}</span>}
                  </td>
                  <td className="num">{countText(units)}</td>
                  <td className="num">{rate ?? '–'}</td>
                  <td className="num">{cost === null ? '–' : exactMoney(cost)}</td>
                </tr>
              )),
            )}
            <tr className="due">
              <td>Cost</td>
              <td />
              <td />
              <td className="num">{priced ? `$${exactMoney(receipt.total)}` : <StateChip state="unpriced" />}</td>
            </tr>
          </tbody>
        </table>
      </div>
      <p className="quiet small">
        {line.provider} {line.model} · price book {line.priceVersion}
        <br />
        {priced ? `${countText(Number(parseDollars(receipt.total)))} picodollars, exact` : 'No price is known for this model at this time: counted as a call, not as dollars.'}
        {line.simulated && '. Simulated: no money was spent.'}
      </p>
    </section>
  );
}

function Attempts({ lines }: { readonly lines: readonly LedgerLine[] }) {
  const attempts = lines.filter((line) => line.part === 'call');
  return (
    <section>
      <h2>
        Attempts <em>one dispatch each</em>
      </h2>
      <table className="receipt">
        <caption className="sr">Attempts of the call</caption>
        <thead className="sr">
          <tr>
            <th scope="col">Number</th>
            <th scope="col">Attempt</th>
            <th scope="col">State</th>
            <th scope="col">Duration</th>
          </tr>
        </thead>
        <tbody>
          {attempts.map((line) => (
            <tr key={line.id}>
              <td className="quiet">{line.attemptNumber}</td>
              <td>
                {line.kind} <span className="quiet">{line.provider}{line.stream ? ', stream' : ''}</span>
              </td>
              <td>
                {line.httpStatus > 0 && <span className={`chip ${line.httpStatus < 400 ? 'good' : 'bad'}`}>{line.httpStatus}</span>}
                {states(line).map((state) => (
                  <StateChip key={state} state={state} />
                ))}
              </td>
              <td className="num">{(line.durationMs / 1_000).toFixed(2)} s</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
