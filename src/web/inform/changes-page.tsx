/** Why spend changed: the driver waterfall, and below it the workflows and models that moved. */
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';

import type { ChangesAnswer } from '../../api/contract/anomalies.ts';
import { columnDecimals, countText, moneyCell } from '../../units/figures.ts';
import { useAddress } from '../parts/address.ts';
import { Asking } from '../parts/asking.tsx';
import type { Basis } from '../parts/basis.ts';
import { Named } from '../parts/chips.tsx';
import type { Conditions } from '../parts/conditions.ts';
import { Content } from '../parts/content.tsx';
import { FilterBar } from '../parts/filter-bar.tsx';
import { askOf, useFilters } from '../parts/filters.ts';
import { Heads } from '../parts/heads.tsx';
import { periodText } from '../parts/instants.ts';
import { ledgerLink } from '../parts/ledger-link.ts';
import { Shell } from '../parts/shell.tsx';
import { Waterfall } from '../parts/waterfall.tsx';
import { DRIVERS, stepsOf } from './drivers.ts';
import { filesOf } from './files.ts';
import { asking } from '../parts/server.ts';
import { Trouble } from './trouble.tsx';

const DEFAULTS = { by: 'workflow' } as const;

export function ChangesPage() {
  const [{ by }, go] = useAddress(DEFAULTS);
  const [filters] = useFilters();
  const { during, ...scope } = askOf(filters);
  const before = filters.compare === 'off' ? 'previous' : filters.compare; // a change is measured from something
  const ask = { after: during, by: by.split(','), ...scope, before };
  const answer = useQuery({
    queryKey: ['changes', during, scope, before, by],
    queryFn: ({ signal }) => asking(signal).changes(ask),
  });
  const { data } = answer;
  useEffect(() => {
    document.title = 'What changed · Setpoint';
  }, []);
  return (
    <Shell title="What changed" links={filesOf('What moved', 'changes', ask)}>
      <FilterBar
        show={['period', 'compare', 'by', 'filters']}
        by={by}
        onBy={(next) => go({ by: next })}
        facts={data === undefined ? undefined : basisOf(data)}
        away={answer.error !== null}
      />
      <Content isOld={answer.isPlaceholderData} isReady={data !== undefined && !answer.isPlaceholderData}>
        {answer.error !== null && <Trouble error={answer.error} data={undefined} />}
        <Asking
          of="changes"
          isOld={answer.isPlaceholderData}
          what="Comparing the two periods, cell by cell"
        />
        {data !== undefined && <Change data={data} />}
      </Content>
    </Shell>
  );
}

function basisOf({ asOf, timeZone, after, priceVersions }: ChangesAnswer): Basis {
  return { asOf, timeZone, during: after, priceVersions, priceBookVersion: priceVersions[0] ?? '' };
}

function Change({ data }: { readonly data: ChangesAnswer }) {
  if (data.before.cost === '0' && data.after.cost === '0')
    return (
      <section className="card empty">
        <h2>No money was spent in either period</h2>
        <p>
          Simulated calls cost nothing. As soon as priced calls are in the ledger, this page says why spend
          moved.
        </p>
      </section>
    );
  return (
    <>
      <p className="sentence">{data.sentence}</p>
      <section className="card">
        <header>
          <h2>Spend, by driver</h2>
          <p>
            {periodText(data.before, data.timeZone)} to {periodText(data.after, data.timeZone)}
          </p>
        </header>
        <div className="body">
          <Waterfall
            from={{ label: 'Before', amount: Number(data.before.cost) }}
            to={{ label: 'After', amount: Number(data.after.cost) }}
            steps={stepsOf(data)}
            sentence={data.sentence}
          />
        </div>
      </section>
      <Cells data={data} />
    </>
  );
}

/** Amounts as cells of one precision. */
type Show = (amount: string) => string;

function Cells({ data }: { readonly data: ChangesAnswer }) {
  const [{ where }] = useFilters();
  const decimals = columnDecimals([data.before.cost, data.after.cost, data.change]);
  const show: Show = (amount) => moneyCell(amount, decimals);
  const drivers = (effects: ChangesAnswer['effects'], beside: string) => (
    <DriverCells {...{ effects, beside, show }} hasBeside={data.beside !== '0'} />
  );
  const other = data.otherCells;
  return (
    <section className="card">
      <header>
        <h2>What moved</h2>
        <p>dollars, largest change first; each row adds up</p>
      </header>
      <div className="scroll" role="region" tabIndex={0} aria-label="What moved">
        <table className="ends">
          <caption className="sr">Change of spend by {data.dimensions.join(' and ')} and driver</caption>
          <Heads texts={data.dimensions.map(title)} figures={headsOf(data)} />
          <tbody>
            {data.cells.map((one) => (
              <tr key={JSON.stringify(one.group)}>
                {one.group.map((value, at) => (
                  <td key={data.dimensions[at] ?? at}>
                    <Named name={value} dimension={data.dimensions[at] ?? ''} />
                  </td>
                ))}
                <td className="num">{show(one.before)}</td>
                <td className="num">
                  <a className="proof" {...proofOf(data, where, one.group)}>
                    {show(one.after)}
                  </a>
                </td>
                <td className="num">
                  <b>{show(one.change)}</b>
                </td>
                {drivers(one.effects, one.beside)}
              </tr>
            ))}
            {other !== null && (
              <tr>
                <td colSpan={data.dimensions.length + 2}>{countText(other.cells)} more</td>
                <td className="num">{show(other.change)}</td>
                {drivers(other.effects, other.beside)}
              </tr>
            )}
            <tr className="total">
              <td colSpan={data.dimensions.length}>Total</td>
              <td className="num">{show(data.before.cost)}</td>
              <td className="num">{show(data.after.cost)}</td>
              <td className="num">{show(data.change)}</td>
              {drivers(data.effects, data.beside)}
            </tr>
          </tbody>
        </table>
      </div>
      {data.unpriced > 0 && (
        <p className="notice">
          {countText(data.unpriced)} calls have no price: what they cost is in neither period.
        </p>
      )}
    </section>
  );
}

function title(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function headsOf({ beside }: ChangesAnswer): string[] {
  const drivers = DRIVERS.map(({ label }) => label);
  return ['Before, $', 'After, $', 'Change, $', ...drivers, ...(beside === '0' ? [] : ['Beside'])];
}

function DriverCells(props: {
  readonly effects: ChangesAnswer['effects'];
  readonly beside: string;
  readonly show: Show;
  readonly hasBeside: boolean;
}) {
  const { effects, beside, show, hasBeside } = props;
  return (
    <>
      {DRIVERS.map(({ name }) => (
        <td key={name} className="num">
          {show(effects[name])}
        </td>
      ))}
      {hasBeside && <td className="num">{show(beside)}</td>}
    </>
  );
}

/** The lines that prove a figure. */
function proofOf(
  data: ChangesAnswer,
  where: Conditions,
  group: readonly string[],
): ReturnType<typeof ledgerLink> {
  return ledgerLink({
    during: data.after.text,
    where,
    only: group.map((value, at) => `${data.dimensions[at] ?? ''}=${value}`),
  });
}
