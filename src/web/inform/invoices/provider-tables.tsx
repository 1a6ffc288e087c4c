import type { Reconciliation } from '../../../api/contract/invoices.ts';
import { columnDecimals, countText, moneyCell, shareText } from '../../../units/figures.ts';
import { Heads } from '../../parts/heads.tsx';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { isNothing, sumMoney, totalsOf } from './sums.ts';

interface TableProps {
  readonly data: Reconciliation;
  readonly onShow: (show: string) => void;
}

/** Ledger, what is named, what is not, and invoice, per provider. */
export function ProviderTable({ data, onShow }: TableProps) {
  const totals = totalsOf(data);
  const decimals = columnDecimals([totals.ledger, totals.invoice]);
  return (
    <div className="scroll" role="region" tabIndex={0} aria-label="By provider">
      <table className="ends">
        <caption className="sr">Ledger to invoice, by provider</caption>
        <thead>
          <tr>
            {['Provider', 'Ledger, $', 'Named causes, $', 'Unexplained, $', 'Invoice, $'].map((head, at) => (
              <th key={head} scope="col" className={at === 0 ? '' : 'num'}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.providers.map((one) => (
            <ProviderRow
              key={one.provider}
              one={one}
              month={data.month}
              decimals={decimals}
              onShow={onShow}
            />
          ))}
          <tr className="total">
            <td>Total</td>
            <td className="num" title={`$${totals.ledger}`}>
              {moneyCell(totals.ledger, decimals)}
            </td>
            <td className="num" title={`$${totals.named}`}>
              {moneyCell(totals.named, decimals)}
            </td>
            <td className="num" title={`$${totals.unexplained}`}>
              {moneyCell(totals.unexplained, decimals)}
            </td>
            <td className="num" title={`$${totals.invoice}`}>
              {moneyCell(totals.invoice, decimals)}
            </td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}

interface ProviderRowProps {
  readonly one: Reconciliation['providers'][number];
  readonly month: string;
  readonly decimals: number;
  readonly onShow: (show: string) => void;
}

function ProviderRow({ one, month, decimals, onShow }: ProviderRowProps) {
  const { provider, ledger, causes, invoice } = one;
  const of = (unexplained: boolean): string =>
    sumMoney(
      causes.filter(({ cause }) => (cause === 'unexplained') === unexplained).map(({ amount }) => amount),
    );
  const [named, left] = [of(false), of(true)];
  return (
    <tr>
      <td>{provider}</td>
      <td className="num" title={`$${ledger}`}>
        <a
          className="proof"
          {...ledgerLink({
            zone: 'UTC',
            during: month,
            by: 'provider,model',
            only: [`provider=${provider}`],
          })}
        >
          {moneyCell(ledger, decimals)}
        </a>
      </td>
      <td className="num" title={`$${named}`}>
        {moneyCell(named, decimals)}
      </td>
      <td className={`num ${isNothing(left) ? '' : 'warn'}`} title={`$${left}`}>
        {isNothing(left) ? (
          '0'
        ) : (
          <button type="button" className="proof" onClick={() => onShow('unexplained')}>
            {moneyCell(left, decimals)}
          </button>
        )}
      </td>
      <td className="num" title={invoice === null ? 'No cost stated' : `$${invoice}`}>
        {invoice === null ? 'not stated' : moneyCell(invoice, decimals)}
      </td>
    </tr>
  );
}

/** How far each key is proven: from an estimate to what the books say. */
export function Matching({ data, onShow }: TableProps) {
  const rows = data.providers.flatMap(({ provider, coverage }) =>
    coverage.filter(({ keys }) => keys > 0).map((one) => ({ provider, ...one })),
  );
  const decimals = columnDecimals(rows.map(({ cost }) => cost));
  return (
    <section className="card">
      <header>
        <h2>How far it is proven</h2>
        <p>keys of day, account, model and bucket</p>
      </header>
      <div className="scroll" role="region" tabIndex={0} aria-label="How far it is proven">
        <table className="plain-ends">
          <caption className="sr">States of the keys, by provider</caption>
          <Heads texts={['State']} figures={['Keys', 'Share', 'Cost, $']} />
          <tbody>
            {rows.map(({ provider, state, keys, share, cost }) => (
              <tr key={`${provider} ${state}`} className="loose">
                <td>
                  <span className={`chip ${state === 'estimated' ? 'hatched' : ''}`}>
                    {state.replace('-', ' ')}
                  </span>
                  <small>{provider}</small>
                </td>
                <td className="num">
                  <button
                    type="button"
                    className="proof"
                    aria-label={`${countText(keys)} keys ${state}: show them`}
                    onClick={() => onShow(state)}
                  >
                    {countText(keys)}
                  </button>
                </td>
                <td className="num">{shareText(share, 1)}</td>
                <td className="num" title={`$${cost}`}>
                  {moneyCell(cost, decimals)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
