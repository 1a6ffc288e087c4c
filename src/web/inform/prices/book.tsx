import { Fragment, useState } from 'react';

import type { Price, PriceList } from '../../../api/contract/prices.ts';
import { countText } from '../../../units/figures.ts';
import { Heads } from '../../parts/heads.tsx';
import { Icon } from '../../parts/icon.tsx';
import { MoreFooter } from '../../parts/more-footer.tsx';
import { Choice } from '../filters.tsx';
import type { PricesAddress, PricesGo } from './address.ts';
import { formOfPrice } from './price-form.ts';
import type { PriceForm } from './price-form.ts';
import {
  bucketLabel,
  COLUMN_HEADS,
  COLUMNS,
  firstRate,
  holdsText,
  multipleText,
  originText,
  rateText,
  scopeText,
} from './rates.ts';

const ORIGINS = {
  '': 'All',
  agreed: 'Your own',
  decision: 'Decided here',
  list: 'List prices',
  dated: 'With dates',
};
const PAGE = 50;

interface BookProps {
  readonly book: PriceList;
  readonly address: PricesAddress;
  readonly go: PricesGo;
  readonly onPrice: (form: PriceForm) => void;
}

/** The book in force: searched as it is typed, since all of it is here. Your own prices come first. */
export function Book({ book, address, go, onPrice }: BookProps) {
  const [shown, setShown] = useState(PAGE);
  const found = findPrices(book.prices, address.find, address.origin);
  return (
    <section className="card">
      <header>
        <h2>Prices in force</h2>
        <p>dollars per million units</p>
        <div className="push">
          <span className="seek">
            <input
              type="search"
              value={address.find}
              placeholder="Provider or model"
              aria-label="Find a provider or model"
              onChange={(event) => go({ find: event.target.value }, 'replace')}
            />
          </span>
          <Choice
            label="Show"
            value={address.origin}
            choices={ORIGINS}
            onChange={(origin) => go({ origin })}
          />
        </div>
      </header>
      <div className="scroll" role="region" tabIndex={0} aria-label="Prices in force">
        <table className="ends">
          <caption className="sr">Prices in force, dollars per million units</caption>
          <thead>
            <tr>
              <th scope="col" className="indented">
                Model
              </th>
              <th scope="col">Provider</th>
              <th scope="col">Origin</th>
              <th scope="col">Holds</th>
              {COLUMNS.map((bucket) => (
                <th key={bucket} scope="col" className="num">
                  {COLUMN_HEADS[bucket]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.slice(0, shown).map((price) => (
              <PriceRow key={keyOf(price)} price={price} onPrice={onPrice} />
            ))}
          </tbody>
        </table>
      </div>
      {found.length === 0 && (
        <div className="empty">
          <h2>No such price</h2>
          <p>Calls of a model without a price are counted as calls, not as dollars, until you set one.</p>
        </div>
      )}
      <MoreFooter most={shown} all={found.length} onMore={() => setShown(shown + 4 * PAGE)} />
    </section>
  );
}

/** All words must occur in provider or model. */
export function findPrices(prices: readonly Price[], find: string, origin: string): Price[] {
  const words = find
    .toLowerCase()
    .split(/[\s/]+/)
    .filter((word) => word !== '');
  return prices
    .filter((price) => isOf(price, origin))
    .filter(({ provider, model }) =>
      words.every((word) => `${provider}/${model}`.toLowerCase().includes(word)),
    )
    .toSorted((left, right) => Number(right.kind === 'agreed') - Number(left.kind === 'agreed'));
}

function isOf(price: Price, origin: string): boolean {
  if (origin === 'agreed') return price.kind === 'agreed';
  if (origin === 'decision') return price.decision !== null;
  if (origin === 'list') return price.origin === 'list';
  return origin !== 'dated' || price.from !== null || price.until !== null || price.daily !== null;
}

function keyOf(price: Price): string {
  const { provider, model, from, until, daily, tier, team, account, region, decision } = price;
  return JSON.stringify([provider, model, from, until, daily, tier, team, account, region, decision]);
}

function PriceRow({
  price,
  onPrice,
}: {
  readonly price: Price;
  readonly onPrice: (form: PriceForm) => void;
}) {
  const [open, setOpen] = useState(false);
  const scope = scopeText(price);
  return (
    <Fragment>
      <tr className={scope === '' ? '' : 'loose'}>
        <td>
          <span className="name">
            <button
              type="button"
              className="twist"
              aria-expanded={open}
              aria-label={`All rates of ${price.provider} ${price.model}`}
              onClick={() => setOpen(!open)}
            >
              <Icon name="right" />
            </button>
            <span className="cut" title={price.model}>
              {price.model === '*' ? 'every model' : price.model}
              {scope !== '' && <small>{scope}</small>}
            </span>
          </span>
        </td>
        <td className="soft">
          <span className="cut" title={price.provider}>
            {price.provider}
          </span>
        </td>
        <td>
          <span className={`chip ${price.kind === 'agreed' ? 'accent' : ''}`} title={price.source}>
            {originText(price)}
          </span>
        </td>
        <td className="soft">{holdsText(price)}</td>
        {price.multiplier !== null && price.rates.length === 0 ? (
          <td className="num" colSpan={COLUMNS.length}>
            {multipleText(price.multiplier)}
          </td>
        ) : (
          COLUMNS.map((bucket) => <RateCell key={bucket} price={price} bucket={bucket} />)
        )}
      </tr>
      {open && <AllRates price={price} onPrice={onPrice} />}
    </Fragment>
  );
}

function RateCell({ price, bucket }: { readonly price: Price; readonly bucket: string }) {
  const rate =
    firstRate(price, bucket) ?? (bucket === 'cacheWrite' ? firstRate(price, 'cacheWrite5m') : undefined);
  const hasBands = price.rates.some((one) => one.bucket === bucket && one.aboveTokens !== null);
  return (
    <td className="num" title={hasBands ? 'More above a number of tokens: open the row' : undefined}>
      {rate === undefined ? <span className="quiet">–</span> : rateText(rate)}
      {hasBands && <span className="quiet"> +</span>}
    </td>
  );
}

function AllRates({
  price,
  onPrice,
}: {
  readonly price: Price;
  readonly onPrice: (form: PriceForm) => void;
}) {
  return (
    <tr className="detail">
      <td colSpan={COLUMNS.length + 4}>
        <table className="receipt rates plain-ends">
          <caption className="sr">
            All rates of {price.provider} {price.model}
          </caption>
          <Heads texts={['Bucket', 'For inputs']} figures={['$ / 1M']} />
          <tbody>
            {price.multiplier !== null && (
              <tr>
                <td colSpan={3}>{multipleText(price.multiplier)}, each bucket</td>
              </tr>
            )}
            {price.rates.map(({ bucket, rate, aboveTokens }) => (
              <tr key={`${bucket} ${aboveTokens}`}>
                <td>{bucketLabel(bucket)}</td>
                <td className="quiet">
                  {aboveTokens === null ? 'of any size' : `above ${countText(aboveTokens)} tokens`}
                </td>
                <td className="num">{rateText(rate)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {price.note !== '' && <p className="small quiet wrap">{price.note}</p>}
        <div className="acts">
          <button type="button" className="btn" onClick={() => onPrice(formOfPrice(price))}>
            {price.decision === null ? 'Set another price' : 'Set the next price'}
          </button>
        </div>
      </td>
    </tr>
  );
}
