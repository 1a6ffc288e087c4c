import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { PriceDiff } from '../../../api/contract/prices.ts';
import { columnDecimals, countText, moneyCell, NONE } from '../../../units/figures.ts';
import { Heads } from '../../parts/heads.tsx';
import { dateText } from '../../parts/instants.ts';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { Choice } from '../filters.tsx';
import { asking } from '../../parts/server.ts';
import { Trouble } from '../trouble.tsx';
import type { PricesAddress, PricesGo } from './address.ts';
import { bucketLabel, rateText, scopeText } from './rates.ts';

interface CompareProps {
  readonly address: PricesAddress;
  readonly go: PricesGo;
}

/** What differs between two versions of the book, and how much was spent on it. */
export function Compare({ address, go }: CompareProps) {
  const list = useQuery({
    queryKey: ['prices', 'versions'],
    queryFn: ({ signal }) => asking(signal).priceVersions(),
  });
  const versions = list.data?.versions ?? [];
  const to = address.to || (list.data?.inForce ?? '');
  const from = address.from || (versions.find(({ version }) => version !== to)?.version ?? '');
  const diff = useQuery({
    queryKey: ['prices', 'diff', from, to],
    queryFn: ({ signal }) => asking(signal).diffPrices({ from, to }),
    enabled: from !== '' && to !== '',
  });
  const error = list.error ?? diff.error;
  if (list.data !== undefined && versions.length < 2) return <OneVersion version={list.data.inForce} />;
  const choices = Object.fromEntries(
    versions.map(({ version, keptAt }) => [
      version,
      `${version}, ${dateText(keptAt)}${version === list.data?.inForce ? ', in force' : ''}`,
    ]),
  );
  return (
    <>
      {error !== null && <Trouble error={error} />}
      <section className="card">
        <header>
          <h2>What differs</h2>
          <p>dollars per million units, with what was spent on it in the last 30 days</p>
        </header>
        <div className="body acts">
          <Choice label="From" value={from} choices={choices} onChange={(next) => go({ from: next })} />
          <Choice label="To" value={to} choices={choices} onChange={(next) => go({ to: next })} />
        </div>
        {diff.data !== undefined && <Changes diff={diff.data} />}
      </section>
    </>
  );
}

function OneVersion({ version }: { readonly version: string }) {
  return (
    <section className="card empty">
      <h2>Only one version has been in force</h2>
      <p>
        Every version that ever priced a call is kept, and can be compared and asked about. The first is{' '}
        <span className="mono">{version}</span>; a price that you set makes the next.
      </p>
    </section>
  );
}

/** A bucket that takes the price of another, and that nobody used, is no news. */
function isNews({ follows, spend }: PriceDiff['changes'][number]): boolean {
  return follows === null || (spend !== null && spend !== '0');
}

function Changes({ diff }: { readonly diff: PriceDiff }) {
  const [all, setAll] = useState(false);
  const shown = all ? diff.changes : diff.changes.filter(isNews);
  const hidden = diff.changes.length - shown.length;
  const decimals = columnDecimals(diff.changes.map(({ spend }) => spend));
  if (diff.changes.length === 0)
    return <p className="body quiet">Not one rate differs between these two versions.</p>;
  return (
    <>
      <div className="scroll" role="region" tabIndex={0} aria-label="What differs">
        <table className="ends">
          <caption className="sr">Rates that differ</caption>
          <Heads
            texts={['Model', 'Bucket', 'From']}
            figures={['Before', 'After', 'Change', 'Spend, 30 days, $']}
          />
          <tbody>
            {shown.map((change) => (
              <ChangeRow key={JSON.stringify(change)} change={change} decimals={decimals} />
            ))}
          </tbody>
        </table>
      </div>
      <footer>
        {hidden > 0 && (
          <button type="button" className="btn" onClick={() => setAll(true)}>
            Show {countText(hidden)} that follow and were not used
          </button>
        )}
        <span>
          {countText(diff.changes.length)} {diff.changes.length === 1 ? 'rate differs' : 'rates differ'}
          {diff.hasMore && ' and more; compare fewer models on the command line'}. Booked lines keep the price
          that they were booked at.
        </span>
      </footer>
    </>
  );
}

interface ChangeRowProps {
  readonly change: PriceDiff['changes'][number];
  readonly decimals: number;
}

function ChangeRow({ change, decimals }: ChangeRowProps) {
  const { provider, model, bucket, aboveTokens, from, before, after, percent, follows, spend } = change;
  const scope = scopeText(change);
  const only = [`provider=${provider}`, `model=${model}`];
  return (
    <tr className="loose">
      <td>
        <span className="cut" title={model}>
          {model}
          <small>
            {provider}
            {scope !== '' && ` · ${scope}`}
          </small>
        </span>
      </td>
      <td>
        {bucketLabel(bucket)}
        <small>
          {aboveTokens !== null && `above ${countText(aboveTokens)} tokens `}
          {follows !== null && `follows ${bucketLabel(follows).toLowerCase()}`}
        </small>
      </td>
      <td className="soft">{from === null ? 'already' : dateText(from)}</td>
      <td className="num">
        {before === null ? <span className="chip warn">unpriced</span> : rateText(before)}
      </td>
      <td className="num">
        {after === null ? <span className="chip warn">unpriced</span> : rateText(after)}
      </td>
      <td className="num">{percent === null ? NONE : percentText(percent)}</td>
      <td className="num" title={spend === null ? 'The ledger did not answer' : `$${spend}`}>
        {spend === null ? (
          NONE
        ) : (
          <a className="proof" {...ledgerLink({ zone: '', during: '30d', by: 'provider,model', only })}>
            {moneyCell(spend, decimals)}
          </a>
        )}
      </td>
    </tr>
  );
}

/** The contract's decimal per cent with a sign: `+12.5%`, `−20%`. */
function percentText(percent: string): string {
  const text = percent.replace('-', '−');
  return `${/^[−0]*$|^−/.test(text) ? '' : '+'}${text}%`;
}
