import type { CSSProperties } from 'react';

import type { CoverageAnswer } from '../../../api/contract/attribution.ts';
import { columnDecimals, countText, moneyCell, shareText } from '../../../units/figures.ts';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { CoverageFigure } from './coverage-figure.tsx';

const KNOWN: Readonly<Record<string, { readonly label: string; readonly note: string }>> = {
  said: { label: 'Said', note: 'by the call itself' },
  key: { label: 'Key', note: 'the name that its key stands for' },
  rule: { label: 'Rule', note: 'named at the source' },
  correction: { label: 'Correction', note: 'a rule, afterwards' },
  split: { label: 'Split', note: 'shared cost, divided' },
  unrecorded: { label: 'Not recorded', note: 'before this was written down' },
};

/** Coverage against its target, week by week, and how what is known is known. */
export function Coverage({ data }: { readonly data: CoverageAnswer }) {
  return (
    <div className="grid wide-left">
      <section className="card">
        <header>
          <h2>Spend with a workflow</h2>
          <p>share of each week’s cost, against {shareText(data.target)}</p>
        </header>
        <div className="body">
          <CoverageFigure data={data} />
        </div>
        <Fields data={data} />
      </section>
      <Known data={data} />
    </div>
  );
}

const FIELDS = ['workflow', 'team', 'customer'] as const;

function Fields({ data }: { readonly data: CoverageAnswer }) {
  const decimals = columnDecimals([data.total.cost]);
  const during = data.during.text;
  return (
    <div className="scroll" role="region" tabIndex={0} aria-label="Coverage by field">
      <table className="plain-ends">
        <caption className="sr">Coverage by field</caption>
        <thead>
          <tr>
            <th scope="col">Names</th>
            <th scope="col" className="num">
              Share of spend
            </th>
            <th scope="col" className="num">
              Named, $
            </th>
            <th scope="col" className="num">
              Missing, $
            </th>
          </tr>
        </thead>
        <tbody>
          {FIELDS.map((field) => {
            const { tagged, missing, share } = data.fields[field];
            return (
              <tr key={field}>
                <td>{field.charAt(0).toUpperCase() + field.slice(1)}</td>
                <td className="num">
                  <Bar share={share} full={1} decimals={1} />
                </td>
                <td className="num" title={`$${tagged.cost}`}>
                  {moneyCell(tagged.cost, decimals)}
                </td>
                <td className="num" title={`$${missing.cost}`}>
                  <a className="proof" {...ledgerLink({ during, by: `${field},model`, only: [`${field}=`] })}>
                    {moneyCell(missing.cost, decimals)}
                  </a>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Known({ data }: { readonly data: CoverageAnswer }) {
  const decimals = columnDecimals([data.total.cost]);
  const { missing, share } = data.fields.workflow;
  return (
    <section className="card">
      <header>
        <h2>How it is known</h2>
        <p>who named the workflow</p>
      </header>
      <div className="scroll" role="region" tabIndex={0} aria-label="How it is known">
        <table className="plain-ends">
          <caption className="sr">How workflows are known</caption>
          <thead>
            <tr>
              <th scope="col">By</th>
              <th scope="col" className="num">
                Share
              </th>
              <th scope="col" className="num">
                Cost, $
              </th>
            </tr>
          </thead>
          <tbody>
            {data.known.map(({ by, amount, share: part }) => (
              <tr key={by} className="loose">
                <td>
                  {KNOWN[by]?.label ?? by}
                  <small>{KNOWN[by]?.note ?? ''}</small>
                </td>
                <td className="num">{shareText(part, 1)}</td>
                <td className="num" title={`$${amount.cost}`}>
                  {moneyCell(amount.cost, decimals)}
                </td>
              </tr>
            ))}
            <tr className="loose">
              <td className="warn">
                Nobody
                <small>{countText(missing.calls)} calls</small>
              </td>
              <td className="num">{share === null ? '–' : shareText(1 - share, 1)}</td>
              <td className="num" title={`$${missing.cost}`}>
                <a className="proof" {...ledgerLink({ during: data.during.text, only: ['workflow='] })}>
                  {moneyCell(missing.cost, decimals)}
                </a>
              </td>
            </tr>
            <tr className="total">
              <td>Total</td>
              <td className="num">100%</td>
              <td className="num" title={`$${data.total.cost}`}>
                <a className="proof" {...ledgerLink({ during: data.during.text })}>
                  {moneyCell(data.total.cost, decimals)}
                </a>
              </td>
            </tr>
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface BarProps {
  readonly share: number | null;
  /** The share whose bar is full. */
  readonly full: number;
  readonly decimals?: 0 | 1;
}

/** A share as a bar and in figures. */
export function Bar({ share, full, decimals = 0 }: BarProps) {
  const width = full === 0 ? 0 : ((share ?? 0) / full) * 100;
  return (
    <span className="share">
      <i style={{ '--w': `${width}%` } as CSSProperties} />
      <em>{shareText(share, decimals)}</em>
    </span>
  );
}
