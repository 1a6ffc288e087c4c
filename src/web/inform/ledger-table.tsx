import { Fragment, useState } from 'react';

import type { Figures, LedgerAnswer } from '../../api/contract.ts';
import { columnDecimals, countText, perText, pricedPart, unitColumn } from '../../units/figures.ts';
import { Named } from '../parts/chips.tsx';
import { toAddress } from '../parts/conditions.ts';
import type { Conditions } from '../parts/conditions.ts';
import { Icon } from '../parts/icon.tsx';
import { periodText } from '../parts/instants.ts';
import { FigureCells } from './figure-cells.tsx';
import type { Columns } from './figure-cells.tsx';
import { Facts } from './filters.tsx';
import { SubRows } from './sub-rows.tsx';

const HUES = 8;
const TITLES: Readonly<Record<string, string>> = {
  workflow: 'Workflow',
  team: 'Team',
  customer: 'Customer',
  model: 'Model',
  provider: 'Provider',
  day: 'Day',
  key: 'Key',
  account: 'Account',
  region: 'Region',
  attributedBy: 'Named by',
  source: 'Source',
  cause: 'Cause of the correction',
};

/** An entity keeps its hue wherever it is shown, so the hue comes from its name. Days are no entities. */
function hue(name: string, dimension: string): string {
  if (dimension === 'day') return '';
  if (name === '') return 'k0';
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65_521;
  return `k${(sum % HUES) + 1}`;
}

interface LedgerTableProps {
  readonly data: LedgerAnswer;
  /** What rows are broken down by. */
  readonly second: string;
  /** The row whose calls are shown below. */
  readonly only: Conditions;
  readonly onShow: (conditions: Conditions) => void;
  readonly onMoreRows: () => void;
  readonly away: boolean;
}

/** The itemized table: the chart's legend and its accessible form at once. Every cost opens its calls. */
export function LedgerTable({ data, second, only, onShow, onMoreRows, away }: LedgerTableProps) {
  const first = data.by[0] ?? '';
  const title = TITLES[first] ?? first;
  const columns = columnsOf(data);
  const period = periodText(data.during, data.timeZone);
  return (
    <section className="card">
      <header>
        <h2>{period}</h2>
        <p>
          by {title.toLowerCase()}
          {Date.parse(data.during.to) > data.asOfMs && ', so far'}
        </p>
      </header>
      <div className="scroll" role="region" tabIndex={0} aria-label={`Ledger by ${first}, ${period}`}>
        <table className="ends">
          <caption className="sr">
            Ledger by {first}, {period}
          </caption>
          <Head title={title} columns={columns} />
          <tbody>
            {data.rows.map(({ group, figures }) => (
              <Row
                key={JSON.stringify(group)}
                {...{ data, group, figures, columns, second, onShow }}
                shown={toAddress(only) === toAddress(conditionsOf(data, group))}
              />
            ))}
            {data.other !== null && (
              <tr>
                <td className="indented">
                  <span className="name">
                    <i className="dot k0" /> Everything else
                  </span>
                </td>
                {columns.withTeam && <td className="soft team">Various</td>}
                <FigureCells figures={data.other} columns={columns} bar="k0" />
              </tr>
            )}
            <tr className="total">
              <td className="indented">Total</td>
              {columns.withTeam && <td className="quiet team">–</td>}
              <FigureCells figures={{ ...data.total, averageInputTokens: null }} columns={columns} />
            </tr>
          </tbody>
        </table>
      </div>
      <Notes data={data} onMoreRows={onMoreRows} />
      <footer className="facts-below">
        <Facts data={data} away={away} />
      </footer>
    </section>
  );
}

function Head({ title, columns }: { readonly title: string; readonly columns: Columns }) {
  return (
    <thead>
      <tr>
        <th scope="col" className="indented">
          {title}
        </th>
        {columns.withTeam && (
          <th scope="col" className="team">
            Team
          </th>
        )}
        <th scope="col" className="num">
          Calls
        </th>
        <th scope="col" className="num">
          Avg input tokens
        </th>
        <th scope="col" className="num">
          Per {perText(columns.unit, 'call', 'calls')}, $
        </th>
        <th scope="col" className="num">
          Share of spend
        </th>
        <th scope="col" className="num">
          Cost, $
        </th>
      </tr>
    </thead>
  );
}

function columnsOf(data: LedgerAnswer): Columns {
  const all: Figures[] = [...data.rows.map(({ figures }) => figures), data.total];
  return {
    decimals: columnDecimals(all.map(({ cost }) => cost)),
    unit: unitColumn(all.map(({ costPerCall }) => costPerCall)),
    withTeam: data.by.includes('team') && data.by[0] !== 'team',
    largestShare: Math.max(...data.rows.map(({ figures }) => figures.share ?? 0), data.other?.share ?? 0),
  };
}

function conditionsOf(data: LedgerAnswer, group: readonly string[]): Conditions {
  return group.map((value, index) => `${data.by[index]}=${value}`);
}

interface RowProps {
  readonly data: LedgerAnswer;
  readonly group: readonly string[];
  readonly figures: Figures;
  readonly columns: Columns;
  readonly second: string;
  readonly shown: boolean;
  readonly onShow: (conditions: Conditions) => void;
}

function Row({ data, group, figures, columns, second, shown, onShow }: RowProps) {
  const [open, setOpen] = useState(false);
  const [name = '', team = ''] = group;
  const first = data.by[0] ?? '';
  const conditions = conditionsOf(data, group);
  const mark = hue(name, first);
  return (
    <Fragment>
      <tr className={shown ? 'picked' : ''}>
        <td>
          <span className="name">
            <button
              type="button"
              className="twist"
              aria-expanded={open}
              aria-label={`Break down ${name || 'unattributed'} by ${second}`}
              onClick={() => setOpen(!open)}
            >
              <Icon name="right" />
            </button>
            {mark !== '' && <i className={`dot ${mark}`} />}
            <span className="cut" title={name}>
              <Named name={name} dimension={first} />
              {team !== '' && <small className="narrow-only">{team}</small>}
            </span>
            {pricedPart(figures.calls ?? 0, figures.unpricedCalls ?? 0) === 'some' && (
              <span className="chip warn">{countText(figures.unpricedCalls)} unpriced</span>
            )}
          </span>
        </td>
        {columns.withTeam && (
          <td className="soft team">{team === '' ? <span className="quiet">not named</span> : team}</td>
        )}
        <FigureCells figures={figures} columns={columns} bar={mark} onShow={() => onShow(conditions)} />
      </tr>
      {open && (
        <SubRows {...{ data, second, columns, onShow }} where={conditions} share={figures.share ?? null} />
      )}
    </Fragment>
  );
}

/** What must be known to read the table: what is missing from it. */
function Notes({ data, onMoreRows }: { readonly data: LedgerAnswer; readonly onMoreRows: () => void }) {
  const one = data.unpricedCalls === 1;
  return (
    <>
      {data.unpricedCalls > 0 && (
        <p className="notice">
          <Icon name="alert" />
          <span>
            <b>
              {countText(data.unpricedCalls)} {one ? 'call' : 'calls'} unpriced.
            </b>{' '}
            {one ? 'It counts as a call' : 'They count as calls'} and not as dollars until a price exists; add
            one under prices.overrides in setpoint.yaml.
          </span>
        </p>
      )}
      {data.other !== null && (
        <footer>
          <span>The {countText(data.rows.length)} largest are listed; the rest is in Everything else.</span>
          {data.rows.length < 1_000 && (
            <button type="button" className="btn" onClick={onMoreRows}>
              List up to 1,000
            </button>
          )}
        </footer>
      )}
      {data.simulated === 'exclude' && data.simulatedCalls > 0 && (
        <footer>
          {countText(data.simulatedCalls)} simulated {data.simulatedCalls === 1 ? 'call' : 'calls'} in this
          period left out: no money was spent on {data.simulatedCalls === 1 ? 'it' : 'them'}.
        </footer>
      )}
    </>
  );
}
