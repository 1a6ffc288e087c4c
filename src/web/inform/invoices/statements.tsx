import { useQuery } from '@tanstack/react-query';

import type { Invoice } from '../../../api/contract/invoices.ts';
import { columnDecimals, countText, moneyCell } from '../../../units/figures.ts';
import { Heads } from '../../parts/heads.tsx';
import { Icon } from '../../parts/icon.tsx';
import { dateText, dayText } from '../../parts/instants.ts';
import { asking } from '../../parts/server.ts';
import { Trouble } from '../trouble.tsx';

const MOST_LINES = 200;

interface StatementsProps {
  readonly picked: string;
  readonly onPick: (id: string) => void;
  readonly onImport: () => void;
}

/** What was imported, newest first; each opens the rows as they were read. */
export function Statements({ picked, onPick, onImport }: StatementsProps) {
  const list = useQuery({
    queryKey: ['invoices', 'statements'],
    queryFn: ({ signal }) => asking(signal).invoices.list(),
  });
  if (list.data === undefined) return list.error === null ? null : <Trouble error={list.error} />;
  const { invoices } = list.data;
  if (invoices.length === 0)
    return (
      <section className="card empty">
        <h2>No statement yet</h2>
        <p>
          Cost and usage reports of OpenAI and Anthropic, exports of AWS, Azure and Google, FOCUS files and
          any CSV can be imported. A file is read whole or not at all; the same file twice is nothing new.
        </p>
        <button type="button" className="btn primary" onClick={onImport}>
          Import a statement
        </button>
      </section>
    );
  return (
    <>
      <p className="sentence">
        <b>{countText(invoices.length)}</b> {invoices.length === 1 ? 'statement is' : 'statements are'}{' '}
        imported
        {invoices[0] !== undefined && (
          <>
            ; the last, {invoices[0].kind}, tells of <b>{spanText(invoices[0])}</b>
          </>
        )}
        .
      </p>
      <section className="card">
        <header>
          <h2>Statements</h2>
          <p>newest first</p>
        </header>
        <div className="scroll" role="region" tabIndex={0} aria-label="Statements">
          <table className="ends">
            <caption className="sr">Imported statements, newest first</caption>
            <Heads texts={['File', 'Kind', 'Days', 'Imported']} figures={['Lines']} />
            <tbody>
              {invoices.map((one) => (
                <StatementRow key={one.id} one={one} picked={one.id === picked} onPick={onPick} />
              ))}
            </tbody>
          </table>
        </div>
      </section>
      {picked !== '' && <StatementLines id={picked} onClose={() => onPick('')} />}
    </>
  );
}

interface StatementRowProps {
  readonly one: Invoice;
  readonly picked: boolean;
  readonly onPick: (id: string) => void;
}

function StatementRow({ one, picked, onPick }: StatementRowProps) {
  return (
    <tr className={picked ? 'loose picked' : 'loose'}>
      <td>
        <span className="cut" title={one.fileName}>
          {one.fileName || 'no name'}
          <small className="mono" title={`SHA-256 ${one.digest}`}>
            {one.digest.slice(0, 12)}
          </small>
        </span>
      </td>
      <td className="soft">{one.kind}</td>
      <td className="soft">{spanText(one)}</td>
      <td className="soft">
        {dateText(one.at)}
        <small>{one.actor}</small>
      </td>
      <td className="num">
        <button
          type="button"
          className="proof strong"
          aria-label={`${countText(one.lines)} lines of ${one.fileName}: show them`}
          onClick={() => onPick(one.id)}
        >
          {countText(one.lines)}
        </button>
      </td>
    </tr>
  );
}

function spanText({ firstDay, lastDay }: Invoice): string {
  return firstDay === lastDay ? dayText(firstDay) : `${dayText(firstDay)} to ${dayText(lastDay)}`;
}

function StatementLines({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const detail = useQuery({
    queryKey: ['invoices', 'statement', id],
    queryFn: ({ signal }) => asking(signal).invoices.show(id),
  });
  if (detail.data === undefined) return detail.error === null ? null : <Trouble error={detail.error} />;
  const { fileName, statement } = detail.data;
  const decimals = columnDecimals(statement.map(({ cost }) => cost));
  return (
    <section className="card" aria-busy={detail.isPlaceholderData}>
      <header>
        <h2>Lines</h2>
        <p>{fileName}, as they were read</p>
        <div className="push">
          <button type="button" className="btn plain square" aria-label="Close the lines" onClick={onClose}>
            <Icon name="cross" />
          </button>
        </div>
      </header>
      <div className="scroll" role="region" tabIndex={0} aria-label="Lines of the statement">
        <table className="ends">
          <caption className="sr">Lines of the statement</caption>
          <Heads
            texts={['Row', 'Day', 'Charge', 'Model', 'Bucket', 'Account']}
            figures={['Units', 'Cost, $']}
          />
          <tbody>
            {statement.slice(0, MOST_LINES).map((line) => (
              <tr key={`${line.row} ${line.bucket} ${line.day}`}>
                <td className="quiet">{line.row}</td>
                <td className="soft">{dayText(line.day)}</td>
                <td className="soft">{line.charge}</td>
                <td>
                  <span className="cut" title={line.text}>
                    {line.model ?? line.text}
                  </span>
                </td>
                <td className="soft">{line.bucket ?? '–'}</td>
                <td className="soft">
                  <span className="cut" title={line.account ?? ''}>
                    {line.account || '–'}
                  </span>
                </td>
                <td className="num">
                  {line.units === null ? '–' : Number(line.units).toLocaleString('en-US')}
                </td>
                <td className="num" title={line.cost === null ? 'not stated' : `$${line.cost}`}>
                  {moneyCell(line.cost, decimals)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {statement.length > MOST_LINES && (
        <footer>
          The first {countText(MOST_LINES)} of {countText(statement.length)} lines; “setpoint invoice show”
          has all.
        </footer>
      )}
    </section>
  );
}
