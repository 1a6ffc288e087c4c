import { useQuery } from '@tanstack/react-query';
import { Fragment, useState } from 'react';

import type { Figures, LedgerAnswer } from '../../api/contract.ts';
import { columnDecimals, countText, moneyCell, shareText } from '../../units/figures.ts';
import { Named } from '../parts/chips.tsx';
import { Icon } from '../parts/icon.tsx';
import { api } from './ledger-api.ts';

const HUES = 8;
const TITLES: Readonly<Record<string, string>> = {
  workflow: 'Workflow',
  team: 'Team',
  customer: 'Customer',
  model: 'Model',
  provider: 'Provider',
  day: 'Day',
  key: 'Key',
};

/** An entity keeps its hue wherever it is shown, so the hue comes from its name. */
function hue(name: string): string {
  if (name === '') return 'k0';
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65_521;
  return `k${(sum % HUES) + 1}`;
}

interface LedgerTableProps {
  readonly data: LedgerAnswer;
  readonly first: string;
  readonly second: string;
  /** Opens the calls behind a row: `dimension=value`. */
  readonly onOpen: (condition: string) => void;
}

/** The itemized table: the chart's legend and its accessible form at once. Every figure opens its calls. */
export function LedgerTable({ data, first, second, onOpen }: LedgerTableProps) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const withTeam = data.by.includes('team') && first === 'workflow';
  const costs = [...data.rows.map(({ figures }) => figures.cost ?? '0'), data.total.cost ?? '0'];
  const decimals = columnDecimals(costs);
  const unitDecimals = columnDecimals(data.rows.map(({ figures }) => figures.costPerCall ?? '0')) || 4;
  const largestShare = Math.max(...data.rows.map(({ figures }) => figures.share ?? 0), 0);
  const toggle = (id: string): void => setOpen(new Set(open.has(id) ? [...open].filter((one) => one !== id) : [...open, id]));
  const columns = { decimals, unitDecimals, withTeam };
  return (
    <section className="card">
      <header>
        <h2>{TITLES[first] ?? first}</h2>
        <p>
          {data.during.from.slice(0, 10)} to {data.during.to.slice(0, 10)}
        </p>
      </header>
      <div className="scroll" role="region" tabIndex={0} aria-label={`Ledger by ${first}`}>
        <table>
          <caption className="sr">Ledger by {first}</caption>
          <thead>
            <tr>
              <th scope="col" className="indented">{TITLES[first] ?? first}</th>
              {withTeam && <th scope="col">Team</th>}
              <th scope="col" className="num">Calls</th>
              <th scope="col" className="num">Avg input tokens</th>
              <th scope="col" className="num">Per call, $</th>
              <th scope="col" className="num">Share of spend</th>
              <th scope="col" className="num">Cost, $</th>
            </tr>
          </thead>
          <tbody>
            {data.rows.map(({ group, figures }) => {
              const id = group.join(' ');
              const [name = '', team = ''] = group;
              return (
                <Fragment key={id}>
                  <tr>
                    <td>
                      <span className="name">
                        <button type="button" className="twist" aria-expanded={open.has(id)} aria-label={`Break down ${name || 'unattributed'} by ${second}`} onClick={() => toggle(id)}>
                          <Icon name="right" />
                        </button>
                        <i className={`dot ${hue(name)}`} />
                        <Named name={name} />
                      </span>
                    </td>
                    {withTeam && <td className="soft">{team === '' ? <span className="quiet">not named</span> : team}</td>}
                    <FigureCells figures={figures} columns={columns} bar={{ hue: hue(name), width: (figures.share ?? 0) / (largestShare || 1) }} onOpen={() => onOpen(`${first}=${name}`)} />
                  </tr>
                  {open.has(id) && (
                    <SubRows data={data} second={second} where={withTeam ? [`workflow=${name}`, `team=${team}`] : [`${first}=${name}`]} columns={columns} share={figures.share ?? 0} onOpen={onOpen} />
                  )}
                </Fragment>
              );
            })}
            <tr className="total">
              <td className="indented">Total</td>
              {withTeam && <td className="quiet">–</td>}
              <FigureCells figures={data.total} columns={columns} />
            </tr>
          </tbody>
        </table>
      </div>
      {data.unpricedCalls > 0 && (
        <p className="notice">
          <Icon name="alert" />
          <span>
            <b>{countText(data.unpricedCalls)} calls unpriced.</b> They count as calls and not as dollars until a price exists; add one under
            prices.overrides in setpoint.yaml.
          </span>
        </p>
      )}
      {data.simulated === 'exclude' && data.simulatedCalls > 0 && (
        <footer>{countText(data.simulatedCalls)} simulated calls in this period are left out: no money was spent on them.</footer>
      )}
    </section>
  );
}

interface Columns {
  readonly decimals: number;
  readonly unitDecimals: number;
  readonly withTeam: boolean;
}

interface FigureCellsProps {
  readonly figures: Figures;
  readonly columns: Columns;
  readonly bar?: { readonly hue: string; readonly width: number };
  readonly onOpen?: () => void;
}

function FigureCells({ figures, columns, bar, onOpen }: FigureCellsProps) {
  const average = figures.averageInputTokens;
  const perCall = figures.costPerCall;
  const share = shareText(figures.share ?? null);
  const cost = moneyCell(figures.cost ?? '0', columns.decimals);
  return (
    <>
      <td className="num">{countText(figures.calls ?? 0)}</td>
      <td className="num">{average === null || average === undefined ? '–' : countText(average)}</td>
      <td className="num">{perCall === null || perCall === undefined ? '–' : moneyCell(perCall, columns.unitDecimals)}</td>
      <td className="num">
        {bar === undefined ? (
          share
        ) : (
          <span className="share">
            <i className={bar.hue} style={{ '--w': `${bar.width * 100}%` } as React.CSSProperties} />
            <em>{share}</em>
          </span>
        )}
      </td>
      <td className="num" title={`$${figures.cost ?? '0'}`}>
        {onOpen === undefined ? (
          cost
        ) : (
          <button type="button" className="proof strong" onClick={onOpen} aria-label={`${cost} dollars: show the calls`}>
            {cost}
          </button>
        )}
      </td>
    </>
  );
}

interface SubRowsProps {
  readonly data: LedgerAnswer;
  readonly second: string;
  readonly where: readonly string[];
  readonly columns: Columns;
  /** The parent's share of the whole, so that shares in sub-rows are of the whole as well. */
  readonly share: number;
  readonly onOpen: (condition: string) => void;
}

const SUB_ROWS = 8;

function SubRows({ data, second, where, columns, share, onOpen }: SubRowsProps) {
  const answer = useQuery({
    queryKey: ['ledger', data.during.text, 'sub', second, where, data.simulated],
    queryFn: () =>
      api.ledger({
        of: ['calls', 'averageInputTokens', 'costPerCall', 'share', 'cost'],
        by: [second],
        during: data.during.text,
        where,
        simulated: data.simulated,
        limit: SUB_ROWS,
      }),
  });
  if (answer.data === undefined) return null;
  const { rows, other } = answer.data;
  const ofWhole = (figures: Figures): Figures => ({ ...figures, share: (figures.share ?? 0) * share });
  return (
    <>
      {rows.map(({ group: [name = ''], figures }) => (
        <tr className="sub" key={name}>
          <td>
            <Named name={name} />
          </td>
          {columns.withTeam && <td />}
          <FigureCells figures={ofWhole(figures)} columns={columns} onOpen={() => onOpen(`${second}=${name}`)} />
        </tr>
      ))}
      {other !== null && (
        <tr className="sub">
          <td className="quiet">All others</td>
          {columns.withTeam && <td />}
          <FigureCells figures={ofWhole(other)} columns={columns} />
        </tr>
      )}
    </>
  );
}
