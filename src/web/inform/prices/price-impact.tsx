import type { PricesDecided } from '../../../api/contract/prices.ts';
import { moneyText } from '../../../units/figures.ts';
import { Icon } from '../../parts/icon.tsx';
import { periodText } from '../../parts/instants.ts';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { changeText } from '../../parts/change.ts';

/** Why a price looks wrong, and what it would have made of last month's money. */
export function PriceImpact({ judged }: { readonly judged: PricesDecided }) {
  const { warnings, lastMonth } = judged;
  return (
    <div aria-live="polite" className="impact">
      {warnings.length === 0 ? (
        <p>
          <span className="chip good">
            <Icon name="check" />
            plausible
          </span>{' '}
          Nothing about it is suspicious.
        </p>
      ) : (
        <div className="notice" role="alert">
          <Icon name="alert" />
          <div>
            <b>This price is suspicious.</b>
            <ul>
              {warnings.map((warning) => (
                <li key={warning}>{warning}</li>
              ))}
            </ul>
          </div>
        </div>
      )}
      {lastMonth === null ? (
        <p className="small quiet">The ledger did not answer: what it would do to last month is not known.</p>
      ) : (
        <dl className="effect">
          <div>
            <dt>{periodText({ text: '', ...lastMonth.during }, 'UTC')}, as booked</dt>
            <dd>
              <a className="proof" {...ledgerLink({ zone: 'UTC', during: 'last-month' })}>
                {moneyText(lastMonth.before)}
              </a>
            </dd>
          </div>
          <div>
            <dt>At this price</dt>
            <dd>
              {lastMonth.exact ? '' : 'about '}
              {moneyText(lastMonth.after)}
              {!lastMonth.exact && (
                <small>
                  {moneyText(lastMonth.least)} to {moneyText(lastMonth.most)}
                </small>
              )}
            </dd>
          </div>
          <div>
            <dt>Difference</dt>
            <dd>
              {changeText(lastMonth.before, lastMonth.difference)}
              <small>nothing booked changes</small>
            </dd>
          </div>
        </dl>
      )}
    </div>
  );
}
