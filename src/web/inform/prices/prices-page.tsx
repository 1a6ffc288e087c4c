/** What a million units cost, who decided it, and what another price would do to the money. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import type { PriceCheck, PriceList } from '../../../api/contract/prices.ts';
import { countText } from '../../../units/figures.ts';
import { useAddress } from '../../parts/address.ts';
import type { ExportLink } from '../../parts/exports.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { useFilters } from '../../parts/filters.ts';
import { Icon } from '../../parts/icon.tsx';
import { dateText } from '../../parts/instants.ts';
import { Segments } from '../../parts/segments.tsx';
import { Shell } from '../../parts/shell.tsx';
import { filesOf } from '../files.ts';
import { asking } from '../../parts/server.ts';
import { Trouble } from '../trouble.tsx';
import { DEFAULTS } from './address.ts';
import type { PricesAddress } from './address.ts';
import { Book } from './book.tsx';
import { Compare } from './compare.tsx';
import { Decisions } from './decisions.tsx';
import { Notices } from './notices.tsx';
import { EMPTY_PRICE } from './price-form.ts';
import type { PriceForm } from './price-form.ts';
import { SetPriceDialog } from './set-price-dialog.tsx';
import { fileAskOf, WhatIf } from './what-if.tsx';

const VIEWS = { book: 'Book', decisions: 'Decisions', compare: 'Compare', 'what-if': 'What if' };
const ALL = 10_000;

export function PricesPage() {
  const [address, go] = useAddress(DEFAULTS);
  const [{ during }] = useFilters();
  const [form, setForm] = useState<PriceForm>();
  const check = useQuery({
    queryKey: ['prices', 'check'],
    queryFn: ({ signal }) => asking(signal).checkPrices(),
  });
  const book = useQuery({
    queryKey: ['prices', 'book'],
    queryFn: ({ signal }) => asking(signal).prices({ limit: ALL }),
    staleTime: 60_000,
  });
  const version = book.data?.priceBookVersion ?? '';
  const error = check.error ?? book.error;
  useEffect(() => {
    document.title = 'Prices · Setpoint';
  }, []);
  const setPrice = (
    <button type="button" className="btn" onClick={() => setForm(EMPTY_PRICE)}>
      <Icon name="plus" />
      Set a price
    </button>
  );
  return (
    <Shell title="Prices" acts={setPrice} links={linksOf(during, address)}>
      <FilterBar
        views={
          <Segments
            label="View"
            value={address.view}
            choices={VIEWS}
            onChange={(next) => go({ view: next })}
          />
        }
        show={address.view === 'what-if' ? ['period'] : []}
        facts={
          address.view === 'what-if'
            ? undefined
            : { timeZone: 'UTC', ...(version !== '' && { priceBookVersion: version }) }
        }
        away={error !== null}
        zoned={false}
      >
        <span className="small quiet nowrap">USD per million units</span>
      </FilterBar>
      <div className="content" aria-busy={book.isPlaceholderData}>
        {error !== null && <Trouble error={error} />}
        {check.data !== undefined && <PricesSentence check={check.data} book={book.data} />}
        {address.view === 'book' && check.data !== undefined && (
          <Notices check={check.data} onPrice={setForm} />
        )}
        {address.view === 'book' && book.data !== undefined && (
          <Book book={book.data} address={address} go={go} onPrice={setForm} />
        )}
        {address.view === 'decisions' && <Decisions onPrice={setForm} />}
        {address.view === 'compare' && <Compare address={address} go={go} />}
        {address.view === 'what-if' && <WhatIf address={address} go={go} book={book.data} />}
      </div>
      {form !== undefined && (
        <SetPriceDialog start={form} book={book.data} onClose={() => setForm(undefined)} />
      )}
    </Shell>
  );
}

function linksOf(during: string, address: PricesAddress): ExportLink[] {
  return address.view === 'what-if'
    ? filesOf('What if', 'whatIf', fileAskOf(during, address))
    : filesOf('The whole book', 'prices', { limit: ALL });
}

/** What holds, where it is from, and whether anything that is used has no price. */
function PricesSentence({
  check,
  book,
}: {
  readonly check: PriceCheck;
  readonly book: PriceList | undefined;
}) {
  const unpriced = check.notices.filter(({ kind }) => kind === 'unpriced-model').length;
  const announced = check.notices.filter(({ kind }) => kind === 'announced').length;
  const agreed = book?.prices.filter(({ kind }) => kind === 'agreed').length ?? 0;
  return (
    <p className="sentence">
      {book !== undefined && !book.hasMore && (
        <>
          <b>{countText(book.prices.length)}</b> prices hold now,{' '}
          <b>{agreed === 0 ? 'none' : countText(agreed)}</b> of them your own
          {check.source !== null && (
            <>
              ; the list was published on <b>{dateText(check.source.publishedOn)}</b>
            </>
          )}
          .{' '}
        </>
      )}
      {unpriced === 0 ? (
        <>
          Every model called in the last 30 days <b>has a price</b>
        </>
      ) : (
        <>
          <b>{countText(unpriced)}</b> {unpriced === 1 ? 'model that was' : 'models that were'} called in the
          last 30 days <b>{unpriced === 1 ? 'has' : 'have'} no price</b>: counted as calls, not as dollars
        </>
      )}
      {announced > 0 && (
        <>
          , and <b>{countText(announced)}</b> {announced === 1 ? 'price changes' : 'prices change'} at a date
          that is known
        </>
      )}
      .
    </p>
  );
}
