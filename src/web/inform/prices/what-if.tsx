/** The same tokens at another price: another version of the book, or another model. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { PriceList, WhatIfAnswer, WhatIfAsk } from '../../../api/contract/prices.ts';
import { Asking } from '../../parts/asking.tsx';
import { Field } from '../../parts/field.tsx';
import { useFilters } from '../../parts/filters.ts';
import { dateText } from '../../parts/instants.ts';
import { Choice } from '../filters.tsx';
import { asking } from '../../parts/server.ts';
import { Trouble } from '../trouble.tsx';
import type { PricesAddress, PricesGo } from './address.ts';
import { WhatIfAnswerCard } from './what-if-answer.tsx';

const BY = {
  workflow: 'Workflow',
  team: 'Team',
  customer: 'Customer',
  'provider,model': 'Model',
};
const NAME = /^[^/]+\/.+$/;

interface WhatIfProps {
  readonly address: PricesAddress;
  readonly go: PricesGo;
  readonly book: PriceList | undefined;
}

export function WhatIf({ address, go, book }: WhatIfProps) {
  const { by, version, model, at } = address;
  const [{ during }] = useFilters();
  const versions = useQuery({
    queryKey: ['prices', 'versions'],
    queryFn: ({ signal }) => asking(signal).priceVersions(),
  });
  const ask = askOf(during, address);
  const answer = useQuery<WhatIfAnswer>({
    queryKey: ['prices', 'what-if', ask],
    queryFn: ({ signal }) => asking(signal).whatIf(ask),
  });
  const choices = Object.fromEntries([
    ['', 'In force'],
    ...(versions.data?.versions ?? [])
      .filter((one) => one.version !== versions.data?.inForce)
      .map((one) => [one.version, `${one.version}, ${dateText(one.keptAt)}`]),
  ]) as Record<string, string>;
  return (
    <>
      <section className="card">
        <header>
          <h2>What if</h2>
          <p>a past period at other prices; nothing booked changes</p>
        </header>
        <div className="body acts">
          <Choice
            label="Price book"
            value={version}
            choices={choices}
            onChange={(next) => go({ version: next })}
          />
          <Choice label="By" value={by} choices={BY} onChange={(next) => go({ by: next })} />
        </div>
        <Mapping key={`${model} ${at}`} {...{ during, model, at, go, book }} />
      </section>
      {answer.error !== null && <Trouble error={answer.error} doing />}
      <Asking
        of="prices what-if"
        isOld={answer.isPlaceholderData}
        what="Pricing every line of the period anew"
      />
      {answer.data !== undefined && (
        <div aria-busy={answer.isPlaceholderData}>
          <WhatIfAnswerCard answer={answer.data} ask={ask} />
        </div>
      )}
    </>
  );
}

function askOf(during: string, address: PricesAddress): WhatIfAsk {
  const { map, ...ask } = fileAskOf(during, address);
  return { ...ask, ...(map && { mapping: [{ from: address.model, to: address.at }] }) };
}

/** The question as an address says it. */
export function fileAskOf(during: string, { by, version, model, at }: PricesAddress) {
  const mapped = NAME.test(model) && NAME.test(at);
  return { during, by, ...(version !== '' && { version }), ...(mapped && { map: [`${model}=${at}`] }) };
}

interface MappingProps {
  readonly during: string;
  readonly model: string;
  readonly at: string;
  readonly go: PricesGo;
  readonly book: PriceList | undefined;
}

/** Moves the tokens of one model to another, once both are said. */
function Mapping({ during, model, at, go, book }: MappingProps) {
  const [from, setFrom] = useState(model);
  const [to, setTo] = useState(at);
  const used = useQuery({
    queryKey: ['prices', 'used', during],
    queryFn: ({ signal }) =>
      asking(signal).ledger({ of: ['cost'], by: ['provider', 'model'], during, limit: 100 }),
  });
  const usedNames = used.data?.rows.map(({ group }) => group.join('/')) ?? [];
  const allNames = book?.prices
    .filter(({ model: name }) => !name.includes('*'))
    .map(({ provider, model: name }) => `${provider}/${name}`);
  const ready = NAME.test(from) && NAME.test(to);
  return (
    <form
      className="body mapping"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) go({ model: from, at: to });
      }}
    >
      <div className="fields">
        <Field
          label="Calls of"
          value={from}
          known={usedNames}
          onChange={setFrom}
          placeholder="provider/model"
          hint="Used in the period, dearest first."
        />
        <Field
          label="as if they had gone to"
          value={to}
          known={[...new Set(allNames)]}
          onChange={setTo}
          placeholder="provider/model"
          hint="Any model of the price book."
        />
        <div className="acts bottom">
          <button type="submit" className="btn primary" disabled={!ready}>
            Price it
          </button>
          {model !== '' && (
            <button type="button" className="btn plain" onClick={() => go({ model: '', at: '' })}>
              Clear
            </button>
          )}
        </div>
      </div>
    </form>
  );
}
