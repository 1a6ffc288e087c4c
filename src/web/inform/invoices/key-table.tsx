import { Fragment, useState } from 'react';

import type { Reconciliation } from '../../../api/contract/invoices.ts';
import { columnDecimals, moneyCell, NONE } from '../../../units/figures.ts';
import { parseDollars } from '../../../units/money.ts';
import { dayText } from '../../parts/instants.ts';
import { Icon } from '../../parts/icon.tsx';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { MoreFooter } from '../../parts/more-footer.tsx';
import { Choice } from '../filters.tsx';
import { causeText, isNothing } from './sums.ts';

type Key = Reconciliation['providers'][number]['keys'][number] & { readonly provider: string };

const PAGE = 25;
const STATES = ['estimated', 'usage-matched', 'cost-matched', 'invoiced', 'corrected'];

interface KeyTableProps {
  readonly data: Reconciliation;
  readonly show: string;
  readonly onShow: (show: string) => void;
  readonly onStatement: (id: string) => void;
}

/** The keys that differ, largest first; each says why, how that is reckoned, and on which row of which statement. */
export function KeyTable({ data, show, onShow, onStatement }: KeyTableProps) {
  const [most, setMost] = useState(PAGE);
  const keys = keysOf(data, show);
  const decimals = columnDecimals(keys.slice(0, most).map((key) => key.invoiceCost ?? key.ledgerCost));
  return (
    <section className="card">
      <header>
        <h2>Keys</h2>
        <p>{show === '' ? 'that differ, largest difference first' : 'largest difference first'}</p>
        <div className="push">
          <Choice label="Show" value={show} choices={choicesOf(data)} onChange={onShow} />
        </div>
      </header>
      {keys.length === 0 ? (
        <p className="body quiet">
          {show === '' ? 'No key differs: ledger and invoice agree, key by key.' : 'There is no such key.'}
        </p>
      ) : (
        <div className="scroll" role="region" tabIndex={0} aria-label="Keys">
          <table className="ends">
            <caption className="sr">Reconciled keys, largest difference first</caption>
            <thead>
              <tr>
                <th scope="col" className="indented">
                  Day
                </th>
                <th scope="col">Model</th>
                <th scope="col">Account</th>
                <th scope="col">Bucket</th>
                <th scope="col">State and causes</th>
                <th scope="col" className="num">
                  Ledger, $
                </th>
                <th scope="col" className="num">
                  Invoice, $
                </th>
                <th scope="col" className="num">
                  Difference, $
                </th>
              </tr>
            </thead>
            <tbody>
              {keys.slice(0, most).map((key) => (
                <KeyRow key={key.id} one={key} decimals={decimals} onStatement={onStatement} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <MoreFooter most={most} all={keys.length} onMore={() => setMost(most + 4 * PAGE)} />
    </section>
  );
}

function choicesOf(data: Reconciliation): Record<string, string> {
  const causes = new Set(data.providers.flatMap(({ causes: all }) => all.map(({ cause }) => cause)));
  return {
    '': 'All that differ',
    ...Object.fromEntries([...causes].map((cause) => [cause, causeText(cause)])),
    ...Object.fromEntries(STATES.map((state) => [state, state.replace('-', ' ')])),
  };
}

function keysOf({ providers }: Reconciliation, show: string): Key[] {
  return providers
    .flatMap(({ provider, keys }) => keys.map((key) => ({ ...key, provider })))
    .filter(({ residual, state, claims }) => {
      if (show === '') return !isNothing(residual) || claims.length > 0;
      return state === show || claims.some(({ cause }) => cause === show);
    })
    .toSorted((left, right) => compare(sizeOf(right.residual), sizeOf(left.residual)));
}

function sizeOf(amount: string): bigint {
  const exact = parseDollars(amount);
  return exact < 0n ? -exact : exact;
}

function compare(left: bigint, right: bigint): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

interface KeyRowProps {
  readonly one: Key;
  readonly decimals: number;
  readonly onStatement: (id: string) => void;
}

function KeyRow({ one, decimals, onStatement }: KeyRowProps) {
  const [open, setOpen] = useState(false);
  const { day, model, account, bucket, tier, state, claims, ledgerCost, invoiceCost, residual, provider } =
    one;
  const only = [
    `provider=${provider}`,
    ...(model === '' ? [] : [`model=${model}`]),
    ...(account === '' ? [] : [`account=${account}`]),
  ];
  return (
    <Fragment>
      <tr>
        <td>
          <span className="name">
            <button
              type="button"
              className="twist"
              aria-expanded={open}
              aria-label={`Why ${model || provider} differs on ${day}`}
              onClick={() => setOpen(!open)}
            >
              <Icon name="right" />
            </button>
            {/^\d{4}-\d{2}-\d{2}$/.test(day) ? dayText(day) : day || NONE}
          </span>
        </td>
        <td>
          <span className="cut" title={`${provider} ${model}`}>
            {model || provider}
          </span>
        </td>
        <td className="soft">
          <span className="cut" title={account}>
            {account || NONE}
          </span>
        </td>
        <td className="soft">
          {bucket || NONE}
          {tier !== '' && tier !== 'standard' && ` · ${tier}`}
        </td>
        <td>
          <span className={`chip ${state === 'estimated' ? 'hatched' : ''}`}>{state.replace('-', ' ')}</span>
          {claims.map(({ cause }, at) => (
            <span key={`${cause} ${at}`} className={`chip ${cause === 'unexplained' ? 'warn' : 'line'}`}>
              {causeText(cause).toLowerCase()}
            </span>
          ))}
        </td>
        <td className="num" title={`$${ledgerCost}`}>
          <a
            className="proof"
            {...ledgerLink({ zone: 'UTC', during: day || 'all', by: 'provider,model', only })}
          >
            {moneyCell(ledgerCost, decimals)}
          </a>
        </td>
        <td className="num" title={invoiceCost === null ? 'No cost stated' : `$${invoiceCost}`}>
          {moneyCell(invoiceCost, decimals)}
        </td>
        <td className="num" title={`$${residual}`}>
          {moneyCell(residual, decimals)}
        </td>
      </tr>
      {open && <KeyProof one={one} onStatement={onStatement} />}
    </Fragment>
  );
}

/** The arithmetic that a person can redo, and the rows of the statement. */
function KeyProof({ one, onStatement }: Pick<KeyRowProps, 'one' | 'onStatement'>) {
  return (
    <tr className="detail">
      <td colSpan={8}>
        <ul className="claims">
          {one.claims.map(({ cause, amount, arithmetic, evidence }) => (
            <li key={`${cause} ${arithmetic}`}>
              <b>{causeText(cause)}</b>, ${amount}
              {arithmetic !== '' && <span className="soft">: {arithmetic}</span>}
              {evidence !== '' && <span className="quiet"> ({evidence})</span>}
            </li>
          ))}
          {one.claims.length === 0 && <li>Nothing differs.</li>}
        </ul>
        <p className="small quiet">
          Units: {Number(one.ledgerUnits).toLocaleString('en-US')} in the ledger,{' '}
          {one.invoiceUnits === null ? 'not stated' : Number(one.invoiceUnits).toLocaleString('en-US')} in the
          statement.{' '}
          {one.rows.length === 0
            ? 'No row of a statement is about it.'
            : `Rows ${one.rows
                .slice(0, 6)
                .map(({ row }) => row)
                .join(', ')}${one.rows.length > 6 ? ' and more' : ''} of `}
          {[...new Set(one.rows.map(({ importId }) => importId))].map((id) => (
            <button key={id} type="button" className="proof" onClick={() => onStatement(id)}>
              <span className="mono">statement {id.slice(0, 8)}</span>
            </button>
          ))}
        </p>
      </td>
    </tr>
  );
}
